"""MPR-205 and MPR-206: the gaps between images (the mirror of half of v3_mpr)."""

import math

import pytest

from fw_gear_viewer_check.model.series import Tolerances
from tests import make
from tests.judge import FAIL, NA, PASS, UNKNOWN, judge
from tests.make import ABSENT, PER_FRAME, each


def names(*numbers):
    return tuple(f"{n:03}.dcm" for n in numbers)


def at(*gaps):
    """Return positions with these gaps between them."""
    return [round(sum(gaps[:k]), 6) for k in range(len(gaps) + 1)]


def gaps_with_deviation(average, deviation):
    """Return ten gaps of that average, two of them off by the deviation."""
    return at(*[average] * 4, average + deviation, average - deviation, *[average] * 4)


@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize("id_", ["MPR-205", "MPR-206"])
def test_mpr_205_and_206_do_not_speak_about_fewer_than_three_images(id_, n):
    assert judge(id_, make.ct(n)).status == NA


@pytest.mark.parametrize(
    ("keyword", "needed"),
    [("ImagePositionPatient", "MPR-204"), ("ImageOrientationPatient", "MPR-203")],
)
@pytest.mark.parametrize("id_", ["MPR-205", "MPR-206"])
def test_mpr_205_and_206_need_geometry(id_, keyword, needed):
    found = judge(id_, make.ct(3, **{keyword: ABSENT}))
    assert (found.status, found.checked, found.code) == (UNKNOWN, 3, "needs")
    assert found.evidence == f"cannot be checked because of {needed}"


@pytest.mark.parametrize("average", [0.5, 1, 5])
@pytest.mark.parametrize(
    ("deviation", "status"),
    [(0, PASS), (0.1999, PASS), (0.2, PASS), (-0.2, PASS), (0.201, FAIL), (-0.201, FAIL)],
)
def test_mpr_205_takes_gaps_within_a_fifth_of_a_millimetre(average, deviation, status):
    found = judge("MPR-205", make.ct(z=gaps_with_deviation(average, deviation)))
    assert (found.status, found.checked) == (status, 11)
    if status == FAIL:
        assert set(found.affected) == set(names(6, 7))


@pytest.mark.parametrize(("tolerance", "status"), [(0.05, FAIL), (0.1, PASS), (0.5, PASS)])
def test_mpr_205_takes_the_tolerance_that_is_configured(tolerance, status):
    images = make.ct(z=gaps_with_deviation(3, 0.1))
    tolerances = Tolerances(spacing_mm=tolerance)
    assert judge("MPR-205", images, tolerances=tolerances).status == status


def test_mpr_205_tells_average_smallest_and_largest_gap():
    found = judge("MPR-205", make.ct(z=at(3, 3.1, 2.9)))
    assert found.evidence == (
        "average gap 3.000 mm, smallest 2.900, largest 3.100, 0 missing positions"
    )


def test_mpr_205_names_the_first_pairs_and_the_second_of_each_as_affected():
    found = judge("MPR-205", make.ct(z=at(3, 3, 3, 3, 3, 1.4, 3, 3)))
    assert (found.status, found.affected) == (FAIL, names(7))
    assert found.evidence == (
        "1 of 8 gaps differ from the 2.80 mm average by more than 0.2 mm (1.40 mm to 3.00 mm; "
        "1.40 mm between 006.dcm and 007.dcm)"
    )


def test_mpr_205_counts_the_gaps_and_names_one_pair():
    found = judge("MPR-205", make.ct(z=at(3, 4, 3, 4, 3, 4, 3, 4, 3)))
    assert (found.status, len(found.affected)) == (FAIL, 9)
    assert found.evidence.startswith("9 of 9 gaps differ from the ")
    assert found.evidence.count(".dcm and ") == 1


def test_mpr_205_sorts_by_position_whatever_the_names():
    assert judge("MPR-205", make.ct(z=[9, 0, 6, 3, 12])).status == PASS


@pytest.mark.parametrize(
    ("orientation", "direction"),
    [
        ([0, 1, 0, 0, 0, -1], [-1, 0, 0]),
        ([1, 0, 0, 0, 0, -1], [0, 1, 0]),
        ([1, 0, 0, 0, math.sqrt(0.5), math.sqrt(0.5)], [0, -math.sqrt(0.5), math.sqrt(0.5)]),
    ],
)
def test_mpr_205_measures_along_the_scan_axis(orientation, direction):
    z = [[round(3 * k * d, 6) for d in direction] for k in range(5)]
    found = judge("MPR-205", make.mr(z=z, ImageOrientationPatient=orientation))
    assert found.status == PASS
    assert found.evidence.startswith("average gap 3.000 mm")


def test_mpr_205_measures_a_sheared_stack_along_its_normal():
    found = judge("MPR-205", make.ct(z=[[0, 2 * k, 3 * k] for k in range(5)]))
    assert found.evidence.startswith("average gap 3.000 mm")


@pytest.mark.parametrize(
    ("gaps", "missing", "after"),
    [
        ([5, 5, 10, 5, 5, 5], 1, (4,)),
        ([5, 5, 10.4, 5, 5, 5], 1, (4,)),
        ([5, 5, 5, 20, 5, 5, 5], 3, (5,)),
        ([5, 10, 5, 5, 10, 5, 5], 2, (3, 6)),
    ],
)
def test_mpr_205_passes_holes_and_206_tells_them(gaps, missing, after):
    images = make.ct(z=at(*gaps))
    found = judge("MPR-205", images)
    assert found.status == PASS
    assert f"{missing} missing position" in found.evidence
    told = judge("MPR-206", images)
    assert (told.status, told.affected, told.checked) == (FAIL, names(*after), len(gaps) + 1)
    assert told.evidence.startswith(f"{missing} image{'s' * (missing > 1)} missing in ")


def test_mpr_206_promises_a_volume_only_where_mpr_205_passes():
    holes, uneven = make.ct(z=at(*[3] * 9, 9, 3, 3)), make.ct(z=at(3, 3, 3, 9, 3, 3, 4))
    assert judge("MPR-206", holes).evidence == (
        "2 images missing in 1 gap: the viewer builds the volume as if none were missing, so "
        "distances are wrong"
    )
    assert judge("MPR-206", uneven).evidence == "2 images missing in 1 gap"


def test_mpr_206_promises_no_volume_that_the_viewer_does_not_build():
    """By its plain average, which the hole makes larger, the gaps are irregular."""
    holes = make.ct(z=at(3, 3, 3, 9, 3, 3))
    assert judge("MPR-205", holes).status == PASS
    assert "offers no MPR (MPR-198)" in judge("MPR-206", holes).evidence
    assert judge("MPR-198", holes).status == FAIL


def shifted(k, *, by, n=6, gap=5):
    """Return positions of which one is shifted sideways."""
    return [[by if m == k else 0, 0, gap * m] for m in range(n)]


@pytest.mark.parametrize("k", [0, 2, 5])
@pytest.mark.parametrize(("by", "status"), [(1.4, PASS), (2, FAIL), (8.66, FAIL), (100, FAIL)])
def test_mpr_205_measures_from_position_to_position_where_an_image_is_shifted(k, by, status):
    """A shift of 1.4 mm makes gaps of 5.19 mm, one of 8.66 a gap of twice 5 mm: no hole."""
    found = judge("MPR-205", make.ct(z=shifted(k, by=by)))
    assert found.status == status
    assert found.values["missing"] == 0 if status == FAIL else True


def test_mpr_205_takes_no_shift_for_a_missing_image():
    images = make.ct(z=shifted(2, by=8.66))
    assert judge("MPR-206", images).status == PASS


def test_mpr_205_and_206_take_a_hole_in_a_tilted_scan_for_a_hole():
    images = make.ct(z=[[0, 2 * k, 5 * k] for k in (0, 1, 2, 4, 5, 6)])
    assert judge("MPR-205", images).status == PASS
    assert judge("MPR-206", images).values["missing"] == 1


def test_mpr_205_does_not_let_a_hole_spoil_the_average():
    images = make.ct(z=[5 * k for k in range(60) if k not in {20, 21, 40}])
    found = judge("MPR-205", images)
    assert found.status == PASS
    assert found.evidence.startswith("average gap 5.000 mm, smallest 5.000, largest 15.000, 3 miss")


@pytest.mark.long
@pytest.mark.parametrize(
    ("off", "status"), [(0.39, PASS), (0.45, FAIL), (-0.39, PASS), (-0.45, FAIL)]
)
def test_mpr_205_takes_a_hole_within_the_tolerance_for_each_of_its_steps(off, status):
    """With many gaps of 5 mm the average stays 5 mm, and a double gap may be 0.4 mm off."""
    images = make.ct(z=at(*[5] * 200, 10 + off, *[5] * 200))
    assert judge("MPR-205", images).status == status
    assert judge("MPR-206", images).status == (FAIL if status == PASS else PASS)


@pytest.mark.parametrize(
    ("gaps", "status"),
    [
        ([5, 5, 10], PASS),
        ([5, 10], FAIL),
        ([5, 5, 10, 10], FAIL),
        ([5, 5, 5, 5, 10, 10], PASS),
        ([5, 5, 5, 10, 10], FAIL),
    ],
)
def test_mpr_205_fails_when_fewer_than_two_thirds_of_the_gaps_are_regular(gaps, status):
    found = judge("MPR-205", make.ct(z=at(*gaps)))
    assert found.status == status
    if status == FAIL:
        assert found.code in {"too-many-holes", "uneven-gaps"}
        assert found.checked == len(gaps) + 1


@pytest.mark.parametrize("gaps", [[3, 3, 4.5, 3, 3], [1, 1, 1.5, 1, 1], [3, 3, 1.5, 3, 3]])
def test_mpr_205_fails_gaps_that_are_no_multiple(gaps):
    assert judge("MPR-205", make.ct(z=at(*gaps))).status == FAIL


def test_mpr_205_fails_images_that_are_all_at_one_place():
    found = judge("MPR-205", make.ct(z=[3] * 4))
    assert (found.status, found.affected, found.checked) == (FAIL, names(1, 2, 3, 4), 4)
    assert found.evidence == "all images are at the same position along the scan axis"


def test_mpr_205_counts_no_missing_positions_where_all_gaps_are_tiny():
    found = judge("MPR-205", make.ct(z=[[9 * k, 0, 0.004 * k] for k in range(3)]))
    assert (found.status, found.checked) == (FAIL, 3)
    assert "differ from the 0.004 mm average" in found.evidence
    assert found.values["missing"] == 0


def test_mpr_205_fails_images_that_move_in_their_plane_only():
    found = judge("MPR-205", make.ct(z=[[k, 0, 0] for k in range(4)]))
    assert found.evidence == "all images are at the same position along the scan axis"


@pytest.mark.parametrize("average", [0.15, 3])
def test_mpr_205_fails_two_images_at_one_place(average):
    images = make.ct(z=[average * k for k in (0, 1, 2, 2, 3, 4, 5)])
    found = judge("MPR-205", images)
    assert found.status == FAIL
    assert "004.dcm" in found.affected
    assert found.evidence.endswith("0.00 mm between 003.dcm and 004.dcm); 1 pair at one position")
    assert judge("MPR-102", images).status == PASS


def test_mpr_205_names_the_culprit_before_the_gaps_that_it_spoils():
    """One odd gap moves the average away from all the others."""
    found = judge("MPR-205", make.ct(z=at(5, 5, 5, 5, 7.5, 5, 5)))
    assert (found.status, found.affected[0], len(found.affected)) == (FAIL, "006.dcm", 7)
    assert "7.50 mm between 005.dcm and 006.dcm" in found.evidence
    like = judge("MPR-205", make.ct(z=at(5, 7.5000001, 5, 7.5000004, 5, 5, 5)))
    assert like.affected[:2] == names(3, 5)  # equally far off: in order of position
    repeated = judge("MPR-205", make.ct(z=at(5, 5, 5, 0, 5, 5)))
    assert repeated.affected[0] == "005.dcm"


def test_mpr_205_tells_images_side_by_side_from_images_at_one_place():
    found = judge("MPR-205", make.ct(z=[[x, 0, 3 * k] for x in (0, 200) for k in range(4)]))
    assert found.status == FAIL
    assert "0.00 mm between 001.dcm and 005.dcm" in found.evidence
    assert found.values["side_by_side"] == 4
    assert found.values["at_one_position"] == 0


def test_mpr_205_takes_a_gap_of_a_hundredth_of_a_millimetre_for_one_place():
    """The limit itself is still one place, as MPR-102 and MPR-191 have it."""
    found = judge("MPR-205", make.ct(z=[0, 0.01, 0.15, 0.3, 0.45]))
    assert (found.status, found.affected) == (FAIL, names(2))
    assert found.evidence.endswith("0.010 mm between 001.dcm and 002.dcm); 1 pair at one position")
    found = judge("MPR-205", make.ct(z=[-8, -3, 0, 0.01, 3, 6]))
    assert "0.010 mm between 003.dcm and 004.dcm" in found.evidence


def test_mpr_205_judges_the_places_of_a_4d_series():
    images = make.mr(z=[0, 0, 3, 3, 6, 6], TriggerTime=each(*(1, 2) * 3))
    found = judge("MPR-205", images)
    assert (found.status, found.evidence[:20]) == (PASS, "average gap 3.000 mm")
    assert judge("MPR-205", make.mr(z=[0, 0, 3, 3, 9, 9, 11, 11])).status == FAIL


@pytest.mark.parametrize("id_", ["MPR-205", "MPR-206"])
def test_mpr_205_and_206_do_not_speak_about_4d_with_two_places(id_):
    found = judge(id_, make.mr(z=[0, 0, 3, 3], TriggerTime=each(*(1, 2) * 2)))
    assert (found.status, found.evidence) == (NA, "fewer than three positions")


def test_mpr_206_is_unknown_among_images_that_are_tilted_against_each_other():
    tilts = each([0, 1, 0, 0, 0, -1], *[[1, 0, 0, 0, 1, 0]] * 4)
    found = judge("MPR-206", make.ct(z=[-50, 0, 3, 6, 9], ImageOrientationPatient=tilts))
    assert (found.status, found.checked) == (UNKNOWN, 5)
    assert "MPR-203" in found.evidence


def test_mpr_206_promises_a_volume_only_where_the_other_gaps_are_even():
    built = "as if none were missing"
    assert built in judge("MPR-206", make.ct(z=at(5, 5, 10, 5, 5))).evidence
    for gaps in ([5, 5, 10, 5, 10], [5, 5, 10, 5, 5, 6, 5, 5]):
        found = judge("MPR-206", make.ct(z=at(*gaps)))
        assert (found.status, built in found.evidence) == (FAIL, False)


def test_mpr_206_passes_a_series_without_holes():
    found = judge("MPR-206", make.ct(5))
    assert (found.status, found.evidence, found.checked) == (PASS, "no image is missing", 5)


def test_mpr_205_asks_a_single_image_for_the_position_that_the_viewer_takes():
    """Functional groups belong to frames: beside a position of its own they say nothing."""
    images = make.ct(z=[0, 5, 10, 15.9, 20, 25])
    even = each(*([0, 0, 5 * n] for n in range(6)))
    make.change(images, **{f"{PER_FRAME}.PlanePositionSequence.ImagePositionPatient": even})
    assert judge("MPR-205", images).status == FAIL


def zigzag(n, aside, step=2.0):
    return make.ct(
        n, ImagePositionPatient=each(*([aside * (k % 2), 0, k * step] for k in range(n)))
    )


@pytest.mark.parametrize(
    ("images", "status"),
    [
        (zigzag(9, 10), FAIL),
        (zigzag(8, 10), FAIL),
        (zigzag(9, 0.15), PASS),
        *((zigzag(n, aside, step=5.0), PASS) for n in (11, 12, 30, 31) for aside in (2.6, 4.9)),
        *((zigzag(n, 5.2, step=5.0), FAIL) for n in (11, 12, 30, 31)),
        (zigzag(9, 1, step=3.0), PASS),
        (make.ct(9, ImagePositionPatient=each(*([3 * k, 0, 2 * k] for k in range(9)))), PASS),
    ],
)
def test_mpr_205_fails_equal_gaps_that_go_from_side_to_side(images, status):
    """Two stacks side by side, half a gap apart: all distances are equal, and it is no volume."""
    found = judge("MPR-205", images)
    assert found.status == status
    assert (found.code == "sideways") == (status == FAIL)
