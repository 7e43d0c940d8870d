import math

import pytest

from fw_gear_viewer_check.requirements import repair_kinds, repairs
from tests import make
from tests.judge import FAIL, NA, PASS, UNKNOWN, judge
from tests.make import ABSENT, AXIAL, PER_FRAME, SHARED, each

SAGITTAL, CORONAL = [0, 1, 0, 0, 0, -1], [1, 0, 0, 0, 0, -1]


def tilted(degrees, n=6, gap=5):
    shift = gap * math.tan(math.radians(degrees))
    return make.ct(z=[[0, shift * k, gap * k] for k in range(n)])


@pytest.mark.parametrize(("degrees", "status"), [(0, PASS), (0.45, PASS), (0.55, FAIL), (17, FAIL)])
def test_mpr_195_notes_a_gantry_tilt(degrees, status):
    found = judge("MPR-195", tilted(degrees))
    assert (found.status, found.checked) == (status, 6)
    if status == FAIL:
        assert found.code == "sheared"
        assert found.values["degrees"] == pytest.approx(degrees, abs=0.01)
    assert judge("MPR-205", tilted(degrees)).status == PASS


def test_mpr_195_passes_an_oblique_stack_and_an_image_off_the_line():
    a = math.sqrt(0.5)
    oblique = make.mr(
        z=[[0, -a * 3 * k, a * 3 * k] for k in range(5)], ImageOrientationPatient=[1, 0, 0, 0, a, a]
    )
    assert judge("MPR-195", oblique).status == PASS
    off = make.ct(z=[[0, 9 * (k == 2), 5 * k] for k in range(6)])
    assert judge("MPR-195", off).status == PASS
    assert judge("MPR-205", off).status == FAIL


@pytest.mark.parametrize("n", [11, 12])
@pytest.mark.parametrize(("aside", "status"), [(0.9, PASS), (1.1, FAIL)])
def test_mpr_195_notes_even_slices_that_go_from_side_to_side(n, aside, status):
    found = judge("MPR-195", make.ct(z=[[aside * (k % 2), 0, 5 * k] for k in range(n)]))
    assert found.status == status
    if status == FAIL:
        assert found.code == "aside"
        assert found.values["millimetres"] == pytest.approx(aside)


def test_mpr_195_needs_orientations_and_three_images():
    assert judge("MPR-195", make.ct(3, ImageOrientationPatient=ABSENT)).status == UNKNOWN
    assert judge("MPR-195", tilted(17, n=2)).status == NA
    assert judge("MPR-195", make.enhanced_mr()).status == NA


def test_mpr_196_notes_another_pixel_spacing():
    assert judge("MPR-196", make.ct(3)).status == PASS
    images = make.ct(3, PixelSpacing=each([1, 1], [1, 1], [1, 1.001]))
    found = judge("MPR-196", images)
    assert (found.status, found.affected, found.code) == (FAIL, ("003.dcm",), "not-the-same")
    assert judge("MPR-196", make.ct(3, PixelSpacing=each([1, 1], ABSENT, [1, 1]))).code == "needs"


def test_mpr_197_notes_another_frame_of_reference():
    assert judge("MPR-197", make.ct(3)).status == PASS
    assert judge("MPR-197", make.ct(3, FrameOfReferenceUID=ABSENT)).status == PASS
    found = judge("MPR-197", make.ct(3, FrameOfReferenceUID=each("1.2", "1.2", "1.3")))
    assert (found.status, found.affected) == (FAIL, ("003.dcm",))


@pytest.mark.parametrize(
    ("id_", "keyword", "values"),
    [("MPR-196", "PixelSpacing", ([1, 1], [2, 2])), ("MPR-197", "FrameOfReferenceUID", "89")],
)
def test_mpr_196_and_197_split_by_the_value_where_each_has_a_stack(id_, keyword, values):
    def repair_of(*images):
        chosen = each(*(values[n] for n in images))
        return judge(id_, make.ct(len(images), **{keyword: chosen})).repair

    split = repair_of(0, 0, 0, 1, 1, 1)
    assert (split.gear, split.config["group_by"]) == (repair_kinds.SPLITTER, keyword)
    assert "2 series" in split.text
    # One image alone has no MPR, nor have stacks with uneven gaps.
    assert repair_of(0, 0, 0, 1) == repairs.ONE_STACK_EACH
    assert repair_of(0, 0, 1, 0, 1, 1) == repairs.ONE_STACK_EACH


@pytest.mark.parametrize(
    ("id_", "keyword", "values"),
    [
        ("MPR-196", "PixelSpacing", ([0.4882812] * 2, [0.488281] * 2)),
        ("MPR-197", "FrameOfReferenceUID", "89"),
        ("MPR-197", "FrameOfReferenceUID", ("1.2", ABSENT)),
    ],
)
def test_no_scan_that_has_mpr_is_split_into_every_other_slice(id_, keyword, values):
    found = judge(id_, make.ct(8, **{keyword: each(*values * 4)}))
    assert (found.status, found.repair.gear) == (FAIL, "")


def test_two_frames_of_reference_at_the_same_positions_are_split():
    twice = make.ct(z=[0, 3, 6] * 2, FrameOfReferenceUID=each(*"111222"))
    found = judge("MPR-102", twice)
    assert found.values == {"attribute": "FrameOfReferenceUID", "volumes": 2}
    assert "Normal for 4D" not in found.repair.text


def oriented(*orientations):
    image = make.enhanced_mr(len(orientations), **{f"{SHARED}.PlaneOrientationSequence": ABSENT})
    for k, orientation in enumerate(orientations):
        path = f"{PER_FRAME}[{k}].PlaneOrientationSequence.ImageOrientationPatient"
        make.change(image, **{path: orientation})
    return image


NEARLY, JUST_NOT = [1, 0.0099, 0, 0, 1, 0], [1, 0.01, 0, 0, 1, 0]


@pytest.mark.parametrize(
    ("orientations", "stacks"),
    [
        ((AXIAL, AXIAL, AXIAL), 1),
        ((AXIAL, NEARLY, AXIAL), 1),
        ((AXIAL, JUST_NOT, AXIAL), 2),
        ((AXIAL, AXIAL, SAGITTAL, SAGITTAL, CORONAL, CORONAL), 3),
    ],
)
def test_mpr_394_asks_for_one_orientation_of_the_frames(orientations, stacks):
    found = judge("MPR-394", oriented(*orientations))
    assert found.status == (FAIL if stacks > 1 else PASS)
    if stacks > 1:
        assert (found.code, found.values["stacks"]) == ("tilted", {"001.dcm": stacks})


def test_mpr_394_looks_at_frames_only():
    assert judge("MPR-394", make.enhanced_mr()).status == PASS
    assert judge("MPR-394", make.nm()).status == PASS
    assert judge("MPR-394", make.ct(3)).status == NA
    without = make.enhanced_mr(**{f"{SHARED}.PlaneOrientationSequence": ABSENT})
    assert judge("MPR-394", without).code == "needs"
