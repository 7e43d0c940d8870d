import pytest

from fw_gear_viewer_check.model.series import Tolerances
from fw_gear_viewer_check.requirements import repairs
from tests import make
from tests.judge import FAIL, NA, PASS, UNKNOWN, judge
from tests.make import ABSENT, AXIAL, BLANK, each, raw

ALL_DATA = ("MPR-101", "MPR-102", "MPR-103")
SINGLE_FRAME = ("MPR-201", "MPR-202", "MPR-203", "MPR-204", "MPR-205", "MPR-206")


def names(*numbers):
    return tuple(f"{n:03}.dcm" for n in numbers)


def axial(tilt=0.0):
    return [1, tilt, 0, 0, 1, 0]


@pytest.mark.parametrize("id_", ALL_DATA + SINGLE_FRAME)
@pytest.mark.parametrize("modality", ["CR", "DX", "MG", "IO", "PX", "RG"])
def test_mpr_101_to_206_do_not_speak_about_single_projections(id_, modality):
    assert judge(id_, make.ct(3, Modality=modality)).status == NA


@pytest.mark.parametrize("id_", ALL_DATA + SINGLE_FRAME)
def test_mpr_101_to_206_do_not_speak_about_segmentations_and_documents(id_):
    images = make.ct(3)
    for other in (make.seg(images), make.rtstruct(images), make.sr()):
        assert judge(id_, other).status == NA


@pytest.mark.parametrize("id_", SINGLE_FRAME)
def test_mpr_201_to_206_do_not_speak_about_multi_frame_images(id_):
    assert judge(id_, make.enhanced_mr()).status == NA
    assert judge(id_, make.enhanced_mr(n=3)).status == NA


@pytest.mark.parametrize("id_", ALL_DATA + SINGLE_FRAME)
@pytest.mark.parametrize("maker", [make.ct, make.mr, make.pt])
def test_mpr_101_to_206_pass_a_perfect_series(id_, maker):
    found = judge(id_, maker(4))
    assert (found.status, found.affected, found.checked) == (PASS, (), 4)


@pytest.mark.parametrize(
    ("images", "status", "evidence"),
    [
        (make.ct(1), FAIL, "only one image"),
        (make.ct(2), PASS, "2 images"),
        (make.enhanced_mr(frames=1), FAIL, "only one image"),
        (make.enhanced_mr(frames=7), PASS, "7 images"),
    ],
)
def test_mpr_101_asks_for_more_than_one_image_or_frame(images, status, evidence):
    found = judge("MPR-101", images)
    assert (found.status, found.evidence, found.checked) == (status, evidence, len(images))


def test_mpr_101_does_not_count_documents():
    images = make.ct(1) + make.sr(SeriesInstanceUID="1.2.3.2", SOPInstanceUID="1.2.3.2.9")
    assert judge("MPR-101", images).status == FAIL


SPLITTERS = {
    "TemporalPositionIdentifier": (1, 2),
    "DiffusionBValue": (0.0, 1000.0),
    "TriggerTime": (0, 40),
    "EchoTime": (2.5, 80),
    "EchoNumbers": (1, 2),
    "FrameReferenceTime": (100, 200),
    "AcquisitionTime": ("101112", "101113"),
    "ConvolutionKernel": ("B30f", "B70f"),
    "KVP": (80, 140),
    "NominalPercentageOfCardiacPhase": (40, 70),
    "TemporalPositionIndex": (1, 2),
    "AcquisitionNumber": (1, 2),
    "ReconstructionDiameter": (250, 350),
    "FlipAngle": (5, 15),
    "InversionTime": (700, 2500),
}


@pytest.mark.parametrize(("keyword", "values"), SPLITTERS.items())
def test_mpr_102_names_what_tells_volumes_apart_and_counts_them(keyword, values):
    images = make.mr(z=[0, 0, 3, 3, 6, 6], **{keyword: each(*values * 3)})
    found = judge("MPR-102", images)
    assert (found.status, len(found.affected), found.checked) == (FAIL, 6, 6)
    assert found.evidence == (
        f"4D, 2 volumes: 2 images at each of 3 positions; they differ in {keyword}"
    )


@pytest.mark.parametrize(
    ("keyword", "vr", "values"),
    [
        ("(2001,1003)", "FL", (b"\0\0\0\0", b"\0\0\x7a\x44")),
        ("(0019,100C)", "IS", (b"0 ", b"1000")),
        ("(0043,1039)", "IS", (b"1000\\8\\0", b"2000\\8\\0")),
    ],
)
def test_mpr_102_reads_the_private_b_values_of_the_vendors(keyword, vr, values):
    raws = [raw(v, vr) for v in values]
    found = judge("MPR-102", make.mr(z=[0, 0, 3, 3], **{keyword: each(*raws * 2)}))
    assert found.status == FAIL
    assert (found.values["attribute"], found.values["volumes"]) == (keyword, 2)


def test_mpr_102_fails_repeated_places_that_nothing_tells_apart():
    found = judge("MPR-102", make.ct(z=[0, 0, 3, 3, 6, 6]))
    assert (found.status, found.code, found.values["volumes"]) == (FAIL, "four-d", 2)
    assert found.evidence.endswith("no single attribute separates them")


@pytest.mark.parametrize("id_", ["MPR-102", "MPR-191", "MPR-205"])
@pytest.mark.parametrize("step", [0.012, 0.009, 0.001])
def test_fine_slices_are_no_volumes_at_one_place(id_, step):
    """Micro-CT, tomography of the eye: a fixed 0.01 mm made "2 volumes" of neighbours."""
    assert judge(id_, make.ct(z=[round(step * n, 6) for n in range(60)])).status == PASS


def test_mpr_102_counts_the_places_with_another_number_of_images():
    images = make.mr(z=[0, 0, 0, 3, 3, 6, 6], TriggerTime=each(0, 10, 20, 0, 10, 0, 10))
    found = judge("MPR-102", images)
    assert found.status == FAIL
    assert found.evidence.startswith(
        "4D, 2 volumes: 2 images at each of 2 positions, other numbers at 1"
    )


@pytest.mark.parametrize(
    ("first", "second", "keyword", "values"),
    [
        (range(10), range(12), "ConvolutionKernel", ("B30", "B70")),
        (range(10), range(2, 12), "ConvolutionKernel", ("B30", "B70")),
        (range(10), range(4), "TemporalPositionIdentifier", (1, 2)),
        (range(10), [n for n in range(10) if n != 4], "EchoTime", (10, 20)),
    ],
    ids=["longer", "moved", "stopped", "an image is lost"],
)
def test_mpr_102_names_what_separates_volumes_of_different_length(first, second, keyword, values):
    z = [3 * n for n in (*first, *second)]
    by_volume = each(*values[:1] * len(first), *values[1:] * len(second))
    images = make.ct(z=z, **{keyword: by_volume})
    if len(second) == 4:  # less than half of the positions have two
        images += make.ct(z=z[:10], **{keyword: 3})
    found = judge("MPR-102", images)
    assert (found.status, found.code, found.values["attribute"]) == (
        *(FAIL, "four-d-by-attribute"),
        keyword,
    )
    assert found.values["volumes"] == 2 + (len(second) == 4)


def test_mpr_102_names_nothing_whose_values_are_not_the_same_at_every_place():
    """Times that go on from image to image differ at every place, and split nothing."""
    times = each(*(f"10111{n}" for n in range(6)))
    found = judge("MPR-102", make.mr(z=[0, 0, 3, 3, 6, 6], AcquisitionTime=times))
    assert (found.status, found.code) == (FAIL, "four-d")
    assert found.values == {"attribute": "", "volumes": 2}
    found = judge("MPR-102", make.mr(z=[0, 0, 3, 3, 6, 6], EchoTime=each(2, 80, 2, 80, 2, 81)))
    assert (found.code, found.values["attribute"]) == ("four-d", "")
    found = judge("MPR-102", make.mr(z=[0, 0, 3, 3, 6, 6], EchoTime=each(2, 80, 80, 2, 2, 80)))
    assert (found.code, found.values) == (
        "four-d-by-attribute",
        {"attribute": "EchoTime", "volumes": 2},
    )


@pytest.mark.parametrize(
    "how",
    [
        {"ImageType": ["ORIGINAL", "PRIMARY", "M", "ND", "MOSAIC"]},
        {"(0019,0010)": raw(b"SIEMENS MR HEADER ", "LO"), "(0019,100A)": raw(b"\x24\0", "US")},
    ],
    ids=["ImageType", "private"],
)
def test_mpr_102_names_a_siemens_mosaic(how):
    found = judge("MPR-102", make.mr(z=[0, 0, 0], **how))
    assert (found.status, found.code, found.values["volumes"]) == (FAIL, "mosaic", 3)


@pytest.mark.parametrize(
    "how",
    [
        {"(0019,100A)": raw(b"\x24\0", "US")},
        {"(0019,0010)": raw(b"GEMS_ACQU_01", "LO"), "(0019,100A)": raw(b"\x24\0", "US")},
        {"(0019,0010)": raw(b"SIEMENS MR HEADER ", "LO"), "(0019,100A)": raw(b"\1\0", "US")},
    ],
)
def test_mpr_102_takes_no_other_private_attribute_for_a_mosaic(how):
    assert judge("MPR-102", make.mr(3, **how)).status == PASS


def test_mpr_102_to_206_leave_true_copies_aside():
    """The viewer drops them; V3-196 tells of them."""
    images = make.ct(z=[0, 0, 3, 3, 6, 6], InstanceNumber=each(1, 1, 2, 2, 3, 3))
    make.change(images, SOPInstanceUID=each("1.1", "1.1", "1.2", "1.2", "1.3", "1.3"))
    for id_ in ("MPR-101", "MPR-102", "MPR-204", "MPR-205", "MPR-206"):
        found = judge(id_, images)
        assert (found.status, found.checked) == (PASS, 3), id_
    assert judge("V3-196", images).affected == names(2, 4, 6)


@pytest.mark.parametrize(
    "how",
    [
        {"SOPInstanceUID": each("1.1", "1.2", "1.3", "1.4")},
        {"SOPInstanceUID": BLANK},
        {"InstanceNumber": each(1, 2, 3, 4)},
        {"ImagePositionPatient": each([0, 0, 0], [0, 0, 1], [0, 0, 3], [0, 0, 4])},
        {"PixelData": each(bytes(32), bytes(30), bytes(32), bytes(30))},
    ],
    ids=["UID", "no UID", "number", "position", "length"],
)
def test_mpr_102_takes_images_that_differ_for_no_copies(how):
    images = make.ct(z=[0, 0, 3, 3], InstanceNumber=each(1, 1, 2, 2))
    make.change(images, SOPInstanceUID=each("1.1", "1.1", "1.2", "1.2"))
    assert judge("MPR-102", images).checked == 2
    assert judge("MPR-102", make.change(images, **how)).checked == 4
    assert judge("MPR-102", make.enhanced_mr(z=[0, 0, 3, 3])).evidence.startswith("4D, ")


def test_mpr_102_says_where_it_passes_how_many_places_hold_several_images():
    found = judge("MPR-102", make.mr(z=[0, 0, 3, 3, 6, 9]))
    assert (found.status, found.evidence) == (
        PASS,
        "several images at 2 of 4 positions (MPR-205)",
    )


def test_mpr_102_fails_a_cine_at_one_place():
    found = judge("MPR-102", make.mr(z=[0] * 5, TriggerTime=each(0, 10, 20, 30, 40)))
    assert (found.status, found.evidence) == (
        FAIL,
        "4D, 5 volumes: all 5 images at one position; they differ in TriggerTime",
    )


@pytest.mark.parametrize(
    ("z", "status"),
    [
        ([0, 0, 3, 6], PASS),
        ([0, 0, 3, 3, 6, 9], PASS),
        ([0, 0, 3, 3, 6], FAIL),
        ([0, 0.01, 3, 3.01], FAIL),
        ([0, 0.011, 3, 3.011], PASS),
    ],
)
def test_mpr_102_calls_it_4d_when_most_places_are_repeated(z, status):
    assert judge("MPR-102", make.ct(z=z)).status == status


def test_mpr_102_does_not_mind_different_values_at_different_places():
    assert judge("MPR-102", make.mr(4, TriggerTime=each(0, 10, 20, 30))).status == PASS


def test_mpr_102_is_unknown_without_positions():
    images = make.ct(3)
    make.change(images[:1], ImagePositionPatient=ABSENT)
    found = judge("MPR-102", images)
    assert (found.status, found.checked) == (UNKNOWN, 3)
    assert judge("MPR-102", make.us(3, Modality="XA")).status == UNKNOWN


def test_mpr_102_is_unknown_for_frames_with_one_position_between_them():
    assert judge("MPR-102", make.nm(ImagePositionPatient=[0, 0, 0])).status == UNKNOWN


@pytest.mark.parametrize(
    ("group", "keyword", "values"),
    [
        ("FrameContentSequence", "TemporalPositionIndex", (1, 2)),
        ("MRDiffusionSequence", "DiffusionBValue", (0, 1000)),
        ("MREchoSequence", "EffectiveEchoTime", (10, 20)),
        ("CardiacSynchronizationSequence", "NominalCardiacTriggerDelayTime", (0, 40)),
        ("FrameContentSequence", "DimensionIndexValues", ([1, 1], [1, 2])),
    ],
)
def test_mpr_102_finds_4d_in_the_frames_of_one_image(group, keyword, values):
    images = make.enhanced_mr(z=[0, 0, 3, 3, 6, 6])
    for k in range(6):
        path = f"{make.PER_FRAME}[{k}].{group}.{keyword}"
        make.change(images, **{path: values[k % 2]})
    found = judge("MPR-102", images)
    assert (found.status, found.affected, found.checked) == (FAIL, ("001.dcm",), 1)
    assert (found.values["attribute"], found.values["volumes"]) == (keyword, 2)


@pytest.mark.parametrize(
    ("changes", "status", "text"),
    [
        ({"TimeSlotVector": [1, 1, 2, 2]}, FAIL, "4D: 2 volumes that differ in TimeSlotVector"),
        ({"RRIntervalVector": [1, 2, 3, 4]}, FAIL, "4D: 4 volumes that differ in RRIntervalVector"),
        ({"PhaseVector": [1, 1, 1, 2]}, FAIL, "4D: 2 volumes that differ in PhaseVector"),
        (
            {"EnergyWindowVector": [1, 2, 1, 2]},
            FAIL,
            "4D: 2 volumes that differ in EnergyWindowVector",
        ),
        ({"NumberOfTimeSlots": 8}, FAIL, "4D: 8 volumes that differ in NumberOfTimeSlots"),
        (
            {"NumberOfTimeSlots": make.raw(b"19700131", "IS")},
            FAIL,
            "4D: 4 volumes that differ in NumberOfTimeSlots",
        ),
        (
            {"TimeSlotVector": [1, 1, 1, 1], "NumberOfTimeSlots": 1},
            PASS,
            "one image at each position",
        ),
    ],
)
def test_mpr_102_reads_the_vectors_of_nm_images(changes, status, text):
    found = judge("MPR-102", make.nm(frames=4, **changes))
    assert (found.status, found.evidence, found.checked) == (status, text, 1)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (ABSENT, "absent"),
        (BLANK, "blank"),
        ([1, 0], "not above zero"),
        ([-1, 1], "not above zero"),
        (raw(b"1 "), "damaged (1 value instead of 2 numbers)"),
        (raw(b"1\\2\\3 "), "damaged (3 values instead of 2 numbers)"),
        (raw(b"a\\b "), "damaged (not a number)"),
    ],
)
def test_mpr_103_asks_for_two_positive_numbers_in_every_image(value, problem):
    images = make.ct(3)
    make.change(images[2:], PixelSpacing=value)
    found = judge("MPR-103", images)
    assert (found.status, found.affected, found.checked) == (FAIL, names(3), 3)
    assert found.evidence == f"PixelSpacing is {problem} in 1 of 3 images"


def test_mpr_103_leaves_multi_frame_images_to_mpr_301():
    assert judge("MPR-103", make.enhanced_mr()).status == PASS


@pytest.mark.parametrize("keyword", ["Rows", "Columns"])
def test_mpr_201_names_the_odd_ones_by_the_most_common_size(keyword):
    found = judge("MPR-201", make.ct(5, **{keyword: each(8, 9, 8, 8, 7)}))
    assert (found.status, found.affected, found.checked) == (FAIL, names(2, 5), 5)
    sizes = ("8 x 4", "9 x 4", "7 x 4") if keyword == "Rows" else ("4 x 8", "4 x 9", "4 x 7")
    assert found.evidence == (
        f"Rows and Columns: {sizes[0]} in 3 images, other values in 2 ({sizes[1]}, {sizes[2]})"
    )


def test_mpr_201_shows_three_other_sizes_and_counts_the_further_ones():
    found = judge("MPR-201", make.ct(6, Rows=each(8, 8, 1, 2, 3, 5)))
    assert (found.status, found.affected) == (FAIL, names(3, 4, 5, 6))
    assert found.evidence.endswith("other values in 4 (1 x 4, 2 x 4, 3 x 4 and 1 more)")


def test_mpr_201_fails_a_missing_and_a_damaged_size():
    damaged = raw(b"abc")
    found = judge("MPR-201", make.ct(4, Rows=each(4, BLANK, 4, damaged)))
    assert (found.status, found.affected) == (FAIL, names(2, 4))
    found = judge("MPR-201", make.ct(3, Rows=damaged))
    assert (found.status, found.affected) == (FAIL, names(1, 2, 3))
    assert found.evidence == "Rows and Columns: other values in 3 (damaged x 4)"


def test_mpr_202_names_the_odd_ones():
    found = judge("MPR-202", make.ct(3, SamplesPerPixel=each(1, 3, 1)))
    assert (found.status, found.affected, found.checked) == (FAIL, names(2), 3)
    assert found.evidence == "SamplesPerPixel: 1 in 2 images, other values in 1 (3)"


def test_mpr_202_passes_what_is_missing_everywhere():
    assert judge("MPR-202", make.ct(3, SamplesPerPixel=ABSENT)).status == PASS
    found = judge("MPR-202", make.ct(3, SamplesPerPixel=each(1, ABSENT, 1)))
    assert (found.status, found.affected) == (FAIL, names(2))
    assert found.evidence == "SamplesPerPixel: 1 in 2 images, other values in 1 (missing)"


@pytest.mark.parametrize("component", range(6))
@pytest.mark.parametrize(("difference", "status"), [(0.009, PASS), (0.01, FAIL), (-0.011, FAIL)])
def test_mpr_203_compares_each_cosine_strictly(component, difference, status):
    odd = [c + difference * (k == component) for k, c in enumerate(AXIAL)]
    found = judge("MPR-203", make.ct(3, ImageOrientationPatient=each(AXIAL, odd, AXIAL)))
    assert (found.status, found.checked) == (status, 3)
    assert found.affected == (names(2) if status == FAIL else ())


def test_mpr_203_compares_with_the_first_image_in_order_of_position():
    tilts = each(axial(), axial(), axial(0.02))
    found = judge("MPR-203", make.ct(z=[3, 6, 0], ImageOrientationPatient=tilts))
    assert (found.status, set(found.affected)) == (FAIL, set(names(1, 2)))
    assert "2 of 3 images tilted against the first one, 003.dcm" in found.evidence


def test_mpr_203_compares_with_the_first_of_those_that_have_a_position():
    tilts = each(axial(), axial(0.02), axial())
    images = make.ct(z=[6, 0, 3], ImageOrientationPatient=tilts)
    make.change(images[:1], ImagePositionPatient=ABSENT)
    found = judge("MPR-203", images)
    assert (found.status, found.affected) == (FAIL, names(3, 1))


@pytest.mark.parametrize(("tolerance", "status"), [(0.03, PASS), (0.02, FAIL)])
def test_mpr_203_takes_the_tolerance_that_is_configured(tolerance, status):
    images = make.ct(2, ImageOrientationPatient=each(axial(), axial(0.02)))
    tolerances = Tolerances(orientation=tolerance)
    assert judge("MPR-203", images, tolerances=tolerances).status == status


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (ABSENT, "absent"),
        (BLANK, "blank"),
        (raw(b"1\\0\\0 "), "damaged (3 values instead of 6 numbers)"),
        (raw(b"1\\0\\0\\0\\1\\x "), "damaged (not a number)"),
    ],
)
def test_mpr_203_fails_a_missing_or_damaged_orientation(value, problem):
    images = make.ct(3)
    make.change(images[1:2], ImageOrientationPatient=value)
    found = judge("MPR-203", images)
    assert (found.status, found.affected, found.checked) == (FAIL, names(2), 3)
    assert found.evidence == f"ImageOrientationPatient is {problem} in 1 of 3 images"


@pytest.mark.parametrize("cosines", [[0] * 6, [1, 0, 0, 1, 0, 0], [1, 0, 0, 0, 0, 0]])
def test_mpr_203_fails_an_orientation_that_is_none(cosines):
    """Some writers fill the attribute with zeros; the other images are not the tilted ones."""
    images = make.ct(4)
    make.change(images[:1], ImageOrientationPatient=cosines)
    found = judge("MPR-203", images)
    assert (found.status, found.affected) == (FAIL, names(1))
    assert found.evidence == "ImageOrientationPatient is not a valid orientation in 1 of 4 images"
    everywhere = make.ct(4, ImageOrientationPatient=cosines)
    # One group is nothing to split.
    assert judge("MPR-203", everywhere).repair == repairs.ASK_GEOMETRY
    assert judge("MPR-205", everywhere).status == UNKNOWN


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (ABSENT, "absent"),
        (BLANK, "blank"),
        (raw(b"1\\2 "), "damaged (2 values instead of 3 numbers"),
    ],
)
def test_mpr_204_asks_for_a_position_in_every_image(value, problem):
    images = make.ct(3)
    make.change(images[:2], ImagePositionPatient=value)
    found = judge("MPR-204", images)
    assert (found.status, found.affected, found.checked) == (FAIL, names(1, 2), 3)
    assert found.evidence.startswith(f"ImagePositionPatient is {problem}")


def test_mpr_102_two_images_at_one_place_are_two_volumes():
    images = make.ct(z=[0, 0], AcquisitionNumber=make.each(1, 2))
    found = judge("MPR-102", images)
    assert (found.status, found.checked) == (FAIL, 2)
    assert (judge("MPR-102", make.ct(1)).status, judge("MPR-102", make.ct(1)).checked) == (PASS, 1)


@pytest.mark.parametrize(("slots", "status"), [(1, PASS), (2, FAIL), (ABSENT, PASS)])
def test_mpr_102_time_slots_of_nuclear_medicine(slots, status):
    found = judge("MPR-102", make.nm(NumberOfTimeSlots=slots))
    assert found.status == status
    assert found.status == PASS or "2 volumes" in found.evidence


def test_mpr_102_names_repeats_at_one_position():
    found = judge("MPR-102", make.mr(z=[0] * 4, TriggerTime=each(0, 1, 2, 3)))
    assert (found.status, found.code) == (FAIL, "one-place")
    assert found.values == {"attribute": "TriggerTime", "volumes": 4}


@pytest.mark.parametrize(("z", "status"), [([0, 3, 6, 9, 0, 3], FAIL), ([0, 3, 6, 9], PASS)])
def test_mpr_102_fails_frames_that_repeat_some_positions(z, status):
    """Of single images MPR-205 fails; of frames no other requirement looks at the gaps."""
    found = judge("MPR-102", make.enhanced_mr(z=z))
    assert found.status == status
    assert found.code == ("repeated-positions" if status == FAIL else "")
    assert judge("MPR-102", make.ct(z=z)).status == PASS


def moved(step, volumes=3):
    """Positions of volumes of ten slices of 3 mm, each of them moved against the one before."""
    return [3 * k + n * step for n in range(volumes) for k in range(10)]


MOVED = [(0.011, FAIL), (0.1, FAIL), (0.3, FAIL), (0.5, FAIL), (1, PASS)]
"""Slices that are taken in turns lie at equal distances."""


def test_mpr_102_takes_no_slices_for_volumes_that_are_moved_against_each_other():
    """The inner two were compared with the extent of the outer two."""
    assert judge("MPR-102", make.mr(4, EchoTime=each(10, 20, 20, 10))).status == PASS


@pytest.mark.parametrize(("step", "status"), MOVED)
def test_mpr_102_finds_volumes_of_frames_that_are_moved_against_each_other(step, status):
    images = make.enhanced_mr(z=moved(step))
    for n, groups in enumerate(images[0].PerFrameFunctionalGroupsSequence):
        times = [{"TemporalPositionIndex": n // 10 + 1, "DimensionIndexValues": [1, n + 1]}]
        make.change([groups], FrameContentSequence=times)
    found = judge("MPR-102", images)
    assert found.status == status
    if status == FAIL:
        assert found.code == "four-d-moved"
        assert found.values == {"attribute": "TemporalPositionIndex", "volumes": 3}
        assert found.repair == repairs.FOUR_D_FRAMES


@pytest.mark.parametrize(("step", "status"), MOVED)
def test_mpr_102_finds_volumes_of_images_that_are_moved_against_each_other(step, status):
    times = make.each(*(n // 10 + 1 for n in range(30)))
    images = make.mr(z=moved(step), TemporalPositionIdentifier=times)
    found = judge("MPR-102", images)
    assert found.status == status
    if status == FAIL:
        assert found.repair.config["group_by"] == "TemporalPositionIdentifier"
    # Values that are not those of whole volumes.
    make.change(images, TemporalPositionIdentifier=make.each(*(n // 20 for n in range(30))))
    assert judge("MPR-102", images).status == PASS


def test_mpr_205_takes_no_small_step_for_that_of_missing_images():
    """Any gap is a multiple of a step that is small enough."""
    found = judge("MPR-205", make.ct(z=moved(0.011)))
    assert (found.status, found.code) == (FAIL, "too-many-holes")
