"""The fuzzer itself: its seeds hold every promise, and a broken one is noticed."""

import base64
import logging
import struct
import sys
import time
import warnings
from contextlib import nullcontext

import pytest

from fuzz import corpus, edits, surroundings, targets
from fuzz.promises import BrokenPromiseError, kept
from tests import make, pack
from tests.hostile import raw_dicom as raw

pytestmark = pytest.mark.usefixtures("no_logged_errors")


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


@pytest.mark.long
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


@pytest.mark.long
@pytest.mark.parametrize("name", surroundings.seeds())
def test_seeds_of_what_comes_from_elsewhere(name):
    for content in surroundings.seeds()[name].values():
        targets.run(name, content)
        for cut in range(0, len(content), max(len(content) // 20, 1)):
            targets.run(name, content[:cut])


def test_a_block_that_the_platform_cannot_hold_breaks_a_promise():
    with pytest.raises(BrokenPromiseError):
        targets._within_64_bits({"frames": [2**63]})


def logged(text):
    logging.getLogger("any").warning("%s", text)


@pytest.mark.parametrize(
    "speak",
    [
        lambda: logged("the name is DOE^JOHN^XXV"),
        lambda: sys.stderr.write("the name is DOE^JOHN^XXV"),
        lambda: warnings.warn("the name is DOE^JOHN^XXV", stacklevel=1),
        lambda: [logged("much") for _ in range(20_000)],
        lambda: logging.getLogger("any").error("any"),
    ],
    ids=["log", "stderr", "warning", "much", "error"],
)
def test_output_may_break_a_promise(speak):
    with pytest.raises(BrokenPromiseError), kept(b"\x10\0\x10\0PN\x0c\0DOE^JOHN^XXV"):
        speak()


def test_output_may_show_uids_and_words_of_ours():
    with kept(b"1.2.840.10008.5.1.4.1.1.2 "):
        logged("a file of 1.2.840.10008.5.1.4.1.1.2 is fine")


NAME = "DOE^JOHN^BORN^19420711"
LEAKS = [
    raw.text(0x00080005, "CS", f"ISO_IR {NAME}"),
    raw.text(0x00080005, "CS", f"ISO_IR {NAME}") + raw.text(0x00100010, "PN", "x" * 30) * 400,
    raw.text(0x00081115, "UI", NAME),
    raw.text(0x00081115, "IS", NAME),
    raw.text(0x00020010, "UI", NAME) + raw.text(0x00080016, "UI", NAME),
]


@pytest.mark.parametrize("element", LEAKS)
@pytest.mark.parametrize("target", ["pydicom", "header", "zip"])
def test_pydicom_says_nothing_of_a_file(element, target):
    """A zip of 16 KB wrote 157 MB of log, and names in it."""
    odd = raw.element(0x00091001, "XX", b"ab")
    items = raw.item(raw.text(0x00081155, "UI", NAME)) * 50
    content = raw.image(element, odd, raw.element(0x00081140, "SQ", items))
    targets.run(target, pack.zip_bytes({"a.dcm": content}) if target == "zip" else content)


def test_pydicom_would_say_it(monkeypatch):
    monkeypatch.setattr("fw_gear_viewer_check.dicom.pydicom_fallback.muted", nullcontext)
    items = raw.item(raw.text(0x00081155, "UI", NAME))
    odd = raw.element(0x00091001, "XX", b"ab"), raw.element(0x00081140, "SQ", items)
    with pytest.raises(BrokenPromiseError, match="quotes the input"):
        targets.run("pydicom", raw.image(raw.text(0x00080005, "CS", NAME), *odd))


def test_the_words_are_what_the_fuzzer_reads():
    lines = corpus.words().splitlines()
    assert len(lines) > 150
    rows = "".join(f"\\x{byte:02x}" for byte in struct.pack("<HH2s", 0x28, 0x10, b"US") + b"\4\0")
    assert f'"{rows}"' in lines
