import pytest

from fw_gear_viewer_check.model.stack import lacks_own_positions, stack_of
from tests import make, pack
from tests.make import ABSENT, AXIAL, PER_FRAME, SHARED, each


def volume(datasets):
    return stack_of(pack.read(datasets)[0])


def test_a_volume_is_worked_out_once_for_a_series():
    series = pack.read(make.ct(3))[0]
    assert stack_of(series) is stack_of(series)


def test_frames_have_positions_orientation_and_distances():
    found = volume(make.ct(z=[6, 0, 3]))
    assert found.positions == ((0, 0, 0), (0, 0, 3), (0, 0, 6))
    assert found.names == ("002.dcm", "003.dcm", "001.dcm")
    assert found.orientation == tuple(AXIAL)
    assert found.distances_along_normal == (0, 3, 6)
    assert found.frames_by_position == ((0,), (1,), (2,))
    assert (found.images_per_position, found.is_four_d, found.has_extent) == (1, False, True)


@pytest.mark.parametrize("turned", range(5))
def test_an_image_that_is_turned_does_not_decide_about_the_scan_axis(turned):
    cosines = [[0.99996, 0, -0.009, 0, 1, 0] if n == turned else AXIAL for n in range(5)]
    assert volume(make.ct(5, ImageOrientationPatient=each(*cosines))).orientation == tuple(AXIAL)


def test_frames_without_a_position_are_left_out():
    images = make.ct(3, ImagePositionPatient=each([0, 0, 0], ABSENT, [0, 0, 6]))
    assert [f.name for f in volume(images).frames] == ["001.dcm", "003.dcm"]


def test_nothing_has_no_places():
    found = volume(make.ct(2, ImagePositionPatient=ABSENT))
    assert (found.frames, found.distances_along_normal, found.frames_by_position) == ((), (), ())
    assert (found.images_per_position, found.is_four_d, found.splits_by) == (0, False, "")
    assert found.spacing(0.2) is None
    assert not found.has_extent


def test_places_hold_images_within_a_hundredth_of_a_millimetre():
    found = volume(make.ct(z=[0, 3, 0.01, 3.02, [0, 5, 3]]))
    assert found.frames_by_position == ((0, 1), (2,), (4,), (3,))
    assert not found.is_four_d


def test_places_without_an_orientation_are_found_all_the_same():
    images = make.ct(z=[3, 0, 3, 0], ImageOrientationPatient=ABSENT)
    assert volume(images).frames_by_position == ((0, 1), (2, 3))
    assert volume(images).is_four_d


def test_places_are_in_order_along_the_scan_axis():
    sagittal = [[0, 0, 7], [3, 0, 6], [6, 0, 8]]
    images = make.mr(z=sagittal, ImageOrientationPatient=[0, 1, 0, 0, 0, -1])
    assert volume(images).frames_by_position == ((2,), (1,), (0,))


def test_images_beside_each_other_in_one_plane_are_at_several_places():
    found = volume(make.ct(z=[[0, 0, 0], [9, 0, 0], [0, 0, 0], [9, 0, 0]]))
    assert sorted(map(sorted, found.frames_by_position)) == [[0, 1], [2, 3]]


@pytest.mark.parametrize(
    ("z", "per_place", "four_d"),
    [
        ([0, 0, 3, 3, 6, 6], 2, True),
        ([0, 0, 0, 3, 3, 3], 3, True),
        ([0, 0, 3, 3, 6], 2, True),
        ([0, 0, 3, 6], 1, False),
        ([0, 0, 3, 3, 6, 9], 2, False),
        ([0, 0], 2, True),
    ],
)
def test_most_places_hold_several_images_of_a_4d_series(z, per_place, four_d):
    found = volume(make.ct(z=z))
    assert (found.images_per_position, found.is_four_d) == (per_place, four_d)


def test_the_first_attribute_that_tells_all_apart_is_named():
    images = make.mr(
        z=[0, 0, 3, 3],
        TriggerTime=each(1, 2, 1, 1),
        EchoTime=each(5, 10, 5, 10),
        AcquisitionTime=each("10", "11", "10", "11"),
    )
    assert volume(images).splits_by == "EchoTime"
    assert volume(make.change(images, EchoTime=5)).splits_by == "AcquisitionTime"
    assert volume(make.change(images, AcquisitionTime=ABSENT)).splits_by == ""


def test_spacing_of_4d_is_that_of_its_places():
    found = volume(make.mr(z=[0, 0, 3, 3, 6, 6])).spacing(0.2)
    assert found.gaps == (3, 3)
    assert found.order == (0, 2, 4)
    assert volume(make.mr(z=[0, 0, 3, 3])).spacing(0.2) is None


def test_frames_are_found_in_functional_groups_at_the_top_and_on_the_detector():
    assert volume(make.enhanced_mr(z=[0, 3, 6])).distances_along_normal == (0, 3, 6)
    assert volume(make.nm(frames=3)).distances_along_normal == (0, 4, 8)
    shared = make.enhanced_mr(
        frames=2,
        **{
            f"{PER_FRAME}.PlanePositionSequence": ABSENT,
            f"{SHARED}.PlanePositionSequence.ImagePositionPatient": [0, 0, 7],
        },
    )
    assert volume(shared).distances_along_normal == (7, 7)
    assert volume(make.nm(frames=2, ImagePositionPatient=[0, 0, 7])).distances_along_normal == (
        7,
        7,
    )


def test_frames_on_a_detector_need_their_distance():
    without = {"SpacingBetweenSlices": ABSENT, "SliceThickness": 3}
    assert volume(make.nm(frames=3, **without)).distances_along_normal == (0, 3, 6)
    assert volume(make.nm(frames=3, **{**without, "SliceThickness": ABSENT})).frames == ()


def test_the_position_of_a_frame_goes_before_the_one_at_the_top():
    images = make.enhanced_mr(z=[0, 3], ImagePositionPatient=[0, 0, 9])
    assert volume(images).distances_along_normal == (0, 3)


@pytest.mark.parametrize(
    ("images", "lacking"),
    [
        (make.ct(1), False),
        (make.enhanced_mr(), False),
        (make.nm(), False),
        (make.nm(ImagePositionPatient=[0, 0, 0]), True),
        (make.enhanced_mr(ImagePositionPatient=[0, 0, 0]), False),
        (make.enhanced_mr(**{f"{PER_FRAME}.PlanePositionSequence": ABSENT}), False),
    ],
)
def test_frames_with_one_position_between_them_are_known(images, lacking):
    assert lacks_own_positions(pack.read(images)[0].instances[0]) is lacking
