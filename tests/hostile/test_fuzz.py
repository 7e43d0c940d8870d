"""The fuzzer itself: its seeds hold every promise, and a broken one is noticed."""

import base64
import struct
import time

import pytest

from fuzz import corpus, edits, targets
from tests import make, pack

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
