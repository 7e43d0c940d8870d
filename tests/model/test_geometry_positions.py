"""Geometry alone: what the requirements' tests, which go through files, do not tell apart."""

from __future__ import annotations

import numpy as np
import pytest

from fw_gear_viewer_check.model import geometry

AXIAL = (1, 0, 0, 0, 1, 0)


def spacing(along, tolerance):
    return geometry.spacing(along, [(0, 0, z) for z in along], tolerance)


def test_distances_are_in_mm_whatever_the_length_of_the_cosines():
    positions = [(5, 5, 0), (5, 5, 3), (5, 5, -4.5)]
    assert geometry.distances(positions, AXIAL).tolist() == [0, 3, -4.5]
    stretched = tuple(2 * cosine for cosine in AXIAL)
    assert geometry.distances(positions, stretched).tolist() == [0, 3, -4.5]
    assert geometry.normal((1, 0, 0, 0, 0, 1)) == (0, -1, 0)


def test_distances_without_a_scan_axis_are_nought():
    assert geometry.distances([(1, 2, 3)], (1, 0, 0, 1, 0, 0)).tolist() == [0]


def test_one_place_is_judged_image_by_image():
    near = geometry.SAME_POSITION_MM
    assert geometry.share_one_position([(3, 4, 5)])
    assert geometry.share_one_position([(3, 4, 5)] + [(3, 4, 5 + 0.9 * near)] * 50)
    assert not geometry.share_one_position([(3, 4, 5), (3, 4, 5), (3, 4, 5 + 1.1 * near)])


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("offset", [-0.009, 0.009, 0.0])
def test_two_within_a_place_are_one_on_each_side(axis, offset):
    first, second = [1.0, 2.0, 3.0], [1.0, 2.0, 3.0]
    second[axis] += offset
    along = [first[2], second[2]]
    (place,) = geometry.grouped_by_position([first, second], along)
    assert sorted(place) == [0, 1]


def test_places_stand_in_order_and_keep_the_order_within():
    positions = [(0, 0, 6), (0, 0, 0), (9, 0, 6), (0, 0, 6), (0, 0, 3)]
    along = [position[2] for position in positions]
    assert geometry.grouped_by_position(positions, along) == [(1,), (4,), (0, 3), (2,)]
    assert geometry.grouped_by_position([], []) == []
    assert geometry.grouped_by_position([(1, 1, 1)], [1]) == [(0,)]


def test_places_by_the_pair_and_by_the_cube_are_the_same():
    """The cubes only save comparisons."""
    random = np.random.default_rng(7)
    positions = np.round(random.uniform(-0.06, 0.06, (300, 3)), 3).tolist()
    along = [0.0] * len(positions)
    places = geometry.grouped_by_position(positions, along)
    assert sorted(n for place in places for n in place) == list(range(300))
    for place in places:
        assert all(geometry.share_one_position([positions[place[0]], positions[n]]) for n in place)
    heads = [positions[place[0]] for place in places]
    for k, head in enumerate(heads):
        assert not any(geometry.share_one_position([head, other]) for other in heads[k + 1 :])


@pytest.mark.parametrize("far", [1e300, 8e307])
def test_coordinates_beyond_all_bounds_are_one_place_only_when_equal(far):
    positions = [(far, 0, 0), (far, 0, 0), (2 * far, 0, 0)]
    assert geometry.grouped_by_position(positions, [0, 0, 0]) == [(0, 1), (2,)]


def test_thousands_side_by_side_are_not_compared_with_each_other(monkeypatch):
    monkeypatch.setattr("math.dist", None)
    tiles = [(k % 100 * 0.5, k // 100 * 0.5, 0) for k in range(10_000)]
    assert len(geometry.grouped_by_position(tiles, [0.0] * len(tiles))) == 10_000


@pytest.mark.parametrize("step", [0.012, 0.009, 0.001, 0.0005])
@pytest.mark.parametrize("volumes", [1, 2, 40])
def test_fine_slices_are_at_places_of_their_own(step, volumes):
    along = [round(step * n, 6) for n in range(60) for _ in range(volumes)]
    places = geometry.grouped_by_position([(0, 0, z) for z in along], along)
    assert [len(place) for place in places] == [volumes] * 60


@pytest.mark.parametrize("rounding", [1e-6, 1e-4, 4e-3])
@pytest.mark.parametrize("volumes", [2, 30, 1200])
def test_rounding_makes_no_places_of_the_volumes_of_a_4d_series(rounding, volumes):
    noise = np.random.default_rng(3).uniform(-rounding, rounding, (volumes, 10))
    along = (3.0 * np.arange(10) + noise).ravel().tolist()
    places = geometry.grouped_by_position([(0, 0, z) for z in along], along)
    assert [len(place) for place in places] == [volumes] * 10


def test_a_fine_slice_that_is_missing_is_found():
    heights = [round(0.009 * n, 6) for n in range(60) if n != 20]
    assert (spacing(heights, 0.001).missing_count, spacing(heights, 0.001).is_even) == (1, True)


def test_spacing_tells_what_it_was_given():
    found = spacing([6, 0, 3], 0.2)
    assert (found.order, found.distances, found.gaps) == ((1, 2, 0), (0, 3, 6), (3, 3))
    assert (found.average, found.tolerance, found.is_even) == (3, 0.2, True)


def test_equal_distances_keep_the_order_of_the_images():
    along = [0.0, 1.0] * 40
    assert spacing(along, 0.2).order == (*range(0, 80, 2), *range(1, 80, 2))


def test_a_gap_as_wide_as_a_place_does_not_count_for_the_usual_gap():
    found = spacing([-0.01, 0, 0.01, 3, 6, 12, 18, 24], 0.2)
    assert found.average == pytest.approx(24.01 / 7)  # with 3 mm for the usual one, / 10
    near = geometry.SAME_POSITION_MM
    assert geometry._missing(np.array([0.01, 0.03]), near, 0.001, near).tolist() == [0, 0]


def test_no_gap_is_a_hole_where_all_lie_at_one_place():
    found = spacing([1, 1, 1], 0.2)
    assert (found.missing, found.irregular, found.average) == ((0, 0), (0, 1), 0)
