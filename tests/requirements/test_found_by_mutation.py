"""What mutation testing found untested: each of these would change a verdict or a name."""

import pytest

from fw_gear_viewer_check.requirements import checks
from tests import make
from tests.judge import FAIL, PASS, judge


def test_mpr_102_two_images_at_one_place_are_two_volumes():
    images = make.ct(z=[0, 0], AcquisitionNumber=make.each(1, 2))
    found = judge("MPR-102", images)
    assert (found.status, found.checked) == (FAIL, 2)
    assert (judge("MPR-102", make.ct(1)).status, judge("MPR-102", make.ct(1)).checked) == (PASS, 1)


@pytest.mark.parametrize(("slots", "status"), [(1, PASS), (2, FAIL), (make.ABSENT, PASS)])
def test_mpr_102_time_slots_of_nuclear_medicine(slots, status):
    found = judge("MPR-102", make.nm(NumberOfTimeSlots=slots))
    assert found.status == status
    assert found.status == PASS or "2 volumes" in found.evidence


def test_suv_293_names_the_images():
    late = make.pt(2, **{f"{make.DOSE}.RadiopharmaceuticalStartTime": "230000"})
    assert judge("SUV-293", late).affected == ("001.dcm", "002.dcm")


def test_v3_195_tells_of_the_first_that_is_odd():
    images = make.ct(3, PixelData=make.each(bytes(32), bytes(30), bytes(28)))
    found = judge("V3-195", images)
    assert found.affected == ("002.dcm", "003.dcm")
    assert "30" in found.evidence


@pytest.mark.parametrize(
    ("count", "noun", "told"),
    [(1, "query", "1 query"), (2, "query", "2 queries"), (0, "image", "0 images"),
     (1_234, "image", "1,234 images")],
)  # fmt: skip
def test_what_is_counted_has_its_plural(count, noun, told):
    assert checks.counted(count, noun) == told


def test_a_list_names_five_and_counts_the_others():
    assert checks.listed(list("abcde")) == "a, b, c, d, e"
    assert checks.listed(list("abcdefg")) == "a, b, c, d, e and 2 more"


def test_a_tally_tells_the_five_most_frequent_problems():
    problems = [kind for n, kind in enumerate("abcdef") for _ in range(6 - n)]
    assert checks.tally(problems, 30) == ("a in 6, b in 5, c in 4, d in 3, e in 2 of 30 instances")


def test_a_path_is_named_by_its_last_two_parts():
    assert checks._short("A.B.C") == "B.C"
    assert checks._short("C") == "C"
