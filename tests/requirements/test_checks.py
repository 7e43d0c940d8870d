"""How checks put what they found into words."""

import pytest

from fw_gear_viewer_check.model import text
from fw_gear_viewer_check.requirements import checks


@pytest.mark.parametrize(
    ("count", "noun", "told"),
    [(1, "query", "1 query"), (2, "query", "2 queries"), (0, "image", "0 images"),
     (1_234, "image", "1,234 images")],
)  # fmt: skip
def test_what_is_counted_has_its_plural(count, noun, told):
    assert text.counted(count, noun) == told


def test_a_list_names_five_and_counts_the_others():
    assert text.listed(list("abcde")) == "a, b, c, d, e"
    assert text.listed(list("abcdefg")) == "a, b, c, d, e and 2 more"


def test_a_tally_tells_the_five_most_frequent_problems():
    problems = [kind for n, kind in enumerate("abcdef") for _ in range(6 - n)]
    assert checks.tally(problems, 30) == ("a in 6, b in 5, c in 4, d in 3, e in 2 of 30 images")


def test_a_path_is_named_by_its_last_two_parts():
    assert checks._short("A.B.C") == "B.C"
    assert checks._short("C") == "C"
