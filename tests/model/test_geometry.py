import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fw_gear_viewer_check.model import geometry
from fw_gear_viewer_check.model.geometry import (
    LEAST_EXTENT_MM,
    SAME_POSITION_MM,
    distances,
    normal,
    share_one_position,
    unlike_first,
)

AXIAL = (1, 0, 0, 0, 1, 0)
TOLERANCE = 0.2


def spacing(along, tolerance):
    return geometry.spacing(along, [(0, 0, z) for z in along], tolerance)


@pytest.mark.parametrize(
    ("orientation", "axis"),
    [
        (AXIAL, (0, 0, 1)),
        ((0, 1, 0, 0, 0, -1), (-1, 0, 0)),
        ((1, 0, 0, 0, 0, -1), (0, 1, 0)),
        ((-1, 0, 0, 0, 1, 0), (0, 0, -1)),
    ],
)
def test_the_normal_is_row_times_column(orientation, axis):
    assert tuple(normal(orientation)) == axis


def test_distances_are_in_mm_whatever_the_length_of_the_cosines():
    assert distances([(0, 0, 0), (5, 5, 3)], AXIAL).tolist() == [0, 3]
    assert distances([(0, 0, 0), (5, 5, 3)], (2, 0, 0, 0, 2, 0)).tolist() == [0, 3]


def test_distances_of_an_orientation_that_is_none_are_zero():
    assert distances([(0, 0, 0), (5, 5, 3)], (1, 0, 0, 1, 0, 0)).tolist() == [0, 0]


def test_unlike_first_is_strict():
    cosines = [AXIAL, (1, 0.01, 0, 0, 1, 0), (1, 0.0099, 0, 0, 1, 0), (1, 0, 0, 0, 1, -0.02)]
    assert unlike_first(cosines, 0.01).tolist() == [False, True, False, True]


@pytest.mark.parametrize(
    ("second", "same"),
    [((0, 0, 0.01), True), ((0, 0, 0.0101), False), ((0.008, 0.008, 0), False), ((0, 0, 0), True)],
)
def test_positions_within_a_hundredth_of_a_millimetre_are_one_place(second, same):
    assert share_one_position([(0, 0, 0), second]) is same
    assert share_one_position([(0, 0, 0)])


def test_even_gaps_are_even():
    found = spacing([0, 3, 6, 9], TOLERANCE)
    assert found.is_even
    assert (found.average, found.gaps, found.missing) == (3, (3, 3, 3), (0, 0, 0))
    assert (found.irregular, found.missing_count, found.has_too_many_holes) == ((), 0, False)


def test_order_points_to_the_images():
    found = spacing([9, 0, 6, 3], TOLERANCE)
    assert found.order == (1, 3, 2, 0)
    assert list(found.distances) == [0, 3, 6, 9]


def test_equal_places_keep_their_order():
    assert spacing([3, 0, 3, 0], TOLERANCE).order == (1, 3, 0, 2)


def test_the_tolerance_is_inclusive_in_spite_of_binary_fractions():
    for average in (0.7, 1.1, 3.3, 7.7):
        gaps = [average] * 8 + [average + 0.2, average - 0.2]
        assert spacing(list(np.cumsum([0, *gaps])), TOLERANCE).is_even
        gaps = [average] * 8 + [average + 0.2001, average - 0.2001]
        assert spacing(list(np.cumsum([0, *gaps])), TOLERANCE).irregular == (8, 9)


def test_holes_are_counted_and_do_not_spoil_the_average():
    found = spacing([0, 5, 10, 25, 30, 35, 40, 50, 55], TOLERANCE)
    assert found.missing == (0, 0, 2, 0, 0, 0, 1, 0)
    assert (found.average, found.missing_count, found.is_even) == (5, 3, True)


def test_too_many_holes_are_uneven():
    found = spacing([0, 5, 15, 25, 30], TOLERANCE)
    assert found.has_too_many_holes
    assert not found.is_even
    assert not spacing([0, 5, 10, 20], TOLERANCE).has_too_many_holes


def test_a_gap_within_the_tolerance_of_the_average_is_no_hole():
    """With 0.15 mm between images a double gap is still within 0.2 mm of the average."""
    found = spacing([0, 0.15, 0.3, 0.6, 0.75, 0.9], TOLERANCE)
    assert (found.missing_count, found.irregular) == (0, ())


def test_two_images_at_one_place_are_irregular_however_small_the_gaps():
    assert spacing([0, 0.1, 0.1, 0.2, 0.3], TOLERANCE).irregular == (1,)
    assert spacing([0, 0.1, 0.1 + SAME_POSITION_MM / 2, 0.2, 0.3], TOLERANCE).irregular == (1,)


def test_all_at_one_place_has_no_average():
    found = spacing([3, 3, 3], TOLERANCE)
    assert (found.average, found.irregular, found.missing_count) == (0, (0, 1), 0)


def test_a_damaged_position_does_not_overflow():
    found = spacing([0, 1, 2, 3, 1e300], TOLERANCE)
    assert found.missing_count <= geometry.MOST_MISSING
    assert not found.is_even


positions = st.lists(
    st.floats(-1e4, 1e4, allow_nan=False).map(lambda v: round(v, 3)), min_size=2, max_size=40
)


@given(positions, st.floats(0.01, 2))
def test_spacing_is_of_one_piece(along, tolerance):
    found = spacing(along, tolerance)
    n = len(along)
    assert sorted(found.order) == list(range(n))
    assert list(found.distances) == sorted(along) == [along[k] for k in found.order]
    assert len(found.gaps) == len(found.missing) == n - 1
    assert all(gap >= 0 for gap in found.gaps)
    assert math.isclose(sum(found.gaps), max(along) - min(along), abs_tol=1e-6)
    assert all(0 <= k < n - 1 for k in found.irregular)
    assert not {k for k, missing in enumerate(found.missing) if missing} & set(found.irregular)
    for k, gap in enumerate(found.gaps):
        if k not in found.irregular:
            steps = found.missing[k] + 1
            error = abs(gap - steps * found.average) / steps
            assert error <= tolerance + 2 * geometry.ROUNDING_MM or steps > geometry.MOST_MISSING


@given(positions, st.permutations(range(40)))
def test_spacing_does_not_depend_on_the_order_of_the_images(along, permutation):
    moved = [along[k] for k in permutation if k < len(along)]
    found, again = spacing(along, TOLERANCE), spacing(moved, TOLERANCE)
    assert (found.gaps, found.average, found.missing) == (again.gaps, again.average, again.missing)
    assert (found.irregular, found.is_even) == (again.irregular, again.is_even)


@given(positions)
def test_gaps_do_not_depend_on_the_direction_of_the_axis(along):
    found, again = spacing(along, TOLERANCE), spacing([-v for v in along], TOLERANCE)
    assert found.gaps == again.gaps[::-1]
    assert math.isclose(found.average, again.average, abs_tol=1e-9)


@pytest.mark.long
@given(st.integers(3, 60), st.floats(0.5, 10).map(lambda v: round(v, 2)), st.data(), st.booleans())
def test_even_stacks_with_few_holes_are_even(n, step, data, is_reversed):
    removed = data.draw(st.sets(st.integers(1, n - 2), max_size=max(n // 8, 0)))
    along = [round(step * k, 2) for k in range(n) if k not in removed]
    assume(len(along) > 2)
    found = spacing(along[::-1] if is_reversed else along, TOLERANCE)
    assert found.missing_count == len(removed)
    assert not found.irregular
    assert math.isclose(found.average, step, abs_tol=0.01)


def test_limits_are_those_of_the_specification():
    assert (SAME_POSITION_MM, LEAST_EXTENT_MM) == (0.01, 0.001)
    assert geometry.LEAST_REGULAR_SHARE == 2 / 3


@pytest.mark.parametrize("count", range(1, 8))
def test_the_median_is_that_of_numpy(count):
    values = np.random.default_rng(count).normal(size=(count, 3))
    assert geometry._median(values).tolist() == np.median(values, axis=0).tolist()
    assert geometry._median(values[:, 0]) == np.median(values[:, 0])
