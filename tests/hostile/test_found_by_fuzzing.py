"""What the fuzzer found, made small; and its seeds, which must hold every promise."""

import base64
import struct
import time

import pytest

from fuzz import corpus, edits, targets
from tests import make, pack
from tests.hostile import raw_dicom
from tests.hostile.test_archives import entry, local, zip_of

WHOLE = pack.to_bytes(make.ct(1)[0])


@pytest.fixture(autouse=True)
def no_errors(monkeypatch):
    handler = targets._NoErrors()
    monkeypatch.setattr("logging.root.handlers", [handler])


def test_a_member_without_a_name():
    """It ended the check: ZipInfo.is_dir() looks at the last character of the name."""
    targets.check_zip(zip_of([entry(b"", WHOLE)], before=local(b"", WHOLE)))


@pytest.mark.parametrize("keyword", ["Rows", "Columns", "SamplesPerPixel", "ImageType"])
def test_a_damaged_value_that_the_picture_needs(tmp_path, keyword):
    """It ended the run of the gear: the decoder asked for Rows outside of its guard."""
    path = pack.zip_file(tmp_path, make.ct(1, **{keyword: make.raw(b"\xffbc")}))
    from fw_gear_viewer_check import check

    targets.write_reports(check(path), path)


def test_frames_without_number():
    """It filled the memory: the viewer's model makes an object of each frame that is declared."""
    frames = raw_dicom.text(0x00280008, "IS", "2147483647")
    targets.check_file(raw_dicom.image(frames, raw_dicom.element(0x00280010, "US", b"\4\0")))


@pytest.mark.parametrize(
    "found",
    [
        "DQABegMAAABBCAkKCwwN8uwQERITFBUWFxgZGhscCABQVAECShFTUQAA/////ykqKwwtLi8wMHRlXDQDAjY=",
        "DQABegMAAABBCAkKCwwN8uwQERITFBUWFxgZGhscCABQVAECShFTUQAA/////ykqKywtLi8wMHRlXDQDAjY=",
    ],
)
def test_frames_without_number_in_a_series_that_was_read(found):
    """The same, before such a series was left out here as the reader does: 29 s and 860 MB."""
    data = base64.b64decode(found)
    started = time.process_time()
    targets.judge_edits(data)
    assert time.process_time() - started < 5


@pytest.mark.parametrize("kind", corpus.series())
def test_seeds_of_the_members(kind):
    datasets = corpus.series()[kind]
    contents = pack.members(datasets, make.EXPLICIT).values()
    targets.check_members(corpus.SEPARATOR.join(contents))


@pytest.mark.parametrize("first", range(len(corpus.series())))
def test_edits_change_a_series_that_is_judged(first):
    seed = bytes([first]) + bytes(range(96))
    assert edits.edited(seed) != edits.edited(seed[:1])
    targets.judge_edits(seed)


def test_a_broken_promise_is_told():
    with pytest.raises(targets.BrokenPromiseError):
        targets._within_64_bits({"frames": [2**63]})


def test_the_words_are_what_the_fuzzer_reads():
    lines = corpus.words().splitlines()
    assert len(lines) > 150
    rows = "".join(f"\\x{byte:02x}" for byte in struct.pack("<HH2s", 0x28, 0x10, b"US") + b"\4\0")
    assert f'"{rows}"' in lines
