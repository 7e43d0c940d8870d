import pytest

from tests import make
from tests.judge import FAIL, NA, PASS, judge
from tests.make import ABSENT, BLANK, PER_FRAME, SHARED, each, raw, region

REGION = "SequenceOfUltrasoundRegions"
NO_PLACE = "without a region in cm that has a place in the image (RegionLocationMinX0)"
UPPER, LOWER = (0, 0, 3, 1), (0, 2, 3, 3)
NO_SPACING = {f"{SHARED}.PixelMeasuresSequence": ABSENT}
MICROSCOPY = make.MICROSCOPY


@pytest.mark.parametrize(
    "images", [make.ct(3), make.mr(2), make.pt(2), make.cr(), make.dx(), make.nm()]
)
def test_mea_101_passes_pixel_spacing_at_the_top_level(images):
    found = judge("MEA-101", images)
    assert (found.status, found.affected, found.checked) == (PASS, (), len(images))


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (ABSENT, "absent"),
        (BLANK, "blank"),
        ([0, 1], "not above zero"),
        (raw(b"1 "), "damaged (1 value instead of 2 numbers)"),
    ],
)
def test_mea_101_fails_images_without_usable_spacing(value, problem):
    images = make.ct(3)
    make.change(images[:1], PixelSpacing=value)
    found = judge("MEA-101", images)
    assert (found.status, found.affected, found.checked) == (FAIL, ("001.dcm",), 3)
    assert found.evidence == f"PixelSpacing is {problem} in 1 of 3 images"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, FAIL),
        ({f"{SHARED}.PixelMeasuresSequence.PixelSpacing": [1, 1]}, PASS),
        ({f"{PER_FRAME}.PixelMeasuresSequence.PixelSpacing": [1, 1]}, PASS),
        ({f"{PER_FRAME}[0].PixelMeasuresSequence.PixelSpacing": [1, 1]}, FAIL),
        ({"PixelSpacing": [1, 1]}, PASS),
    ],
)
@pytest.mark.parametrize("frames", [1, 4])
def test_mea_101_reads_functional_groups(frames, changes, status):
    images = make.change(make.enhanced_mr(frames=frames, **NO_SPACING), **changes)
    expected = PASS if frames == 1 and "[0]" in str(changes) else status
    assert judge("MEA-101", images).status == expected


@pytest.mark.parametrize(
    ("keyword", "meaning"),
    [
        ("ImagerPixelSpacing", "on the detector"),
        ("NominalScannedPixelSpacing", "on the film"),
    ],
)
def test_mea_101_says_what_other_spacing_there_is_and_what_it_means(keyword, meaning):
    found = judge("MEA-101", make.cr(**{"PixelSpacing": ABSENT, keyword: [0.1, 0.1]}))
    assert found.status == FAIL
    assert f"only {keyword}, the distance {meaning}" in found.evidence


@pytest.mark.parametrize(
    ("maker", "told"), [(make.cr, True), (make.dx, True), (make.ct, False), (make.mr, False)]
)
def test_mea_101_says_where_the_viewer_measures_on_the_detector(maker, told):
    images = maker(1, PixelSpacing=ABSENT, ImagerPixelSpacing=[0.1, 0.1])
    evidence = judge("MEA-101", images).evidence
    assert ("the open-source viewer measures with it" in evidence) == told


def test_mea_201_says_where_the_viewer_measures_by_pixel_spacing():
    images = make.us(1, **{REGION: ABSENT, "PixelSpacing": [0.1, 0.1]})
    assert judge("MEA-201", images).evidence == (
        "SequenceOfUltrasoundRegions is absent (PixelSpacing is present; the open-source "
        "viewer measures with it)"
    )


def test_mea_101_does_not_speak_about_other_objects():
    images = make.ct(2)
    others = (
        *(make.us(), make.seg(images), make.sr(), make.rtstruct(images)),
        make.ct(1, SOPClassUID=MICROSCOPY, Modality="SM"),
    )
    for other in others:
        assert judge("MEA-101", other).status == NA


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({REGION: ABSENT}, "absent"),
        ({REGION: BLANK}, "blank"),
        ({f"{REGION}.PhysicalDeltaX": ABSENT}, "without a scale (PhysicalDeltaX, PhysicalDeltaY)"),
        ({f"{REGION}.PhysicalDeltaY": BLANK}, "without a scale (PhysicalDeltaX, PhysicalDeltaY)"),
        ({f"{REGION}.PhysicalDeltaY": 0}, "without a scale (PhysicalDeltaX, PhysicalDeltaY)"),
        ({f"{REGION}.PhysicalUnitsXDirection": 4}, "without a region in cm"),
        ({f"{REGION}.PhysicalUnitsYDirection": 7}, "without a region in cm"),
        ({f"{REGION}.PhysicalUnitsYDirection": ABSENT}, "without a region in cm"),
        ({f"{REGION}.RegionDataType": 0}, "without a region in cm of RegionDataType 1 to 4"),
        ({f"{REGION}.RegionDataType": 10}, "without a region in cm of RegionDataType 1 to 4"),
        ({f"{REGION}.RegionDataType": ABSENT}, "without a region in cm of RegionDataType 1 to 4"),
    ],
)
def test_mea_201_asks_for_a_region_with_a_scale_in_cm(changes, problem):
    images = make.us(1) + make.us(1, SOPInstanceUID="1.2.9", **changes)
    found = judge("MEA-201", images)
    assert (found.status, found.affected, found.checked) == (FAIL, ("002.dcm",), 2)
    assert found.evidence == f"SequenceOfUltrasoundRegions is {problem} in 1 of 2 images"


def test_mea_201_takes_one_good_region_of_several():
    images = make.us()
    doppler = {**region(0.1, 4, LOWER), "PhysicalUnitsYDirection": 7}
    regions = [doppler, {**region(0.1, place=UPPER), "PhysicalDeltaY": -0.1}]
    assert judge("MEA-201", make.change(images, **{REGION: regions})).status == PASS
    regions[1]["PhysicalDeltaY"] = 0
    assert judge("MEA-201", make.change(images, **{REGION: regions})).status == FAIL


@pytest.mark.parametrize(
    "changes",
    [
        *({f"RegionLocation{corner}": ABSENT} for corner in ("MinX0", "MinY0", "MaxX1", "MaxY1")),
        {"RegionLocationMinX0": BLANK},
        {"RegionLocationMaxY1": raw(b"\0")},
        {"RegionLocationMaxX1": [2, 3]},
        {"RegionLocationMaxX1": 0},
        {"RegionLocationMinY0": 3},
        {"RegionLocationMinY0": 3, "RegionLocationMaxY1": 2},
        {"RegionLocationMinX0": 4, "RegionLocationMaxX1": 7},
        {"RegionLocationMinY0": 4, "RegionLocationMaxY1": 7},
    ],
)
def test_mea_201_fails_regions_that_hold_no_part_of_the_image(changes):
    images = make.us(1, **{f"{REGION}.{keyword}": value for keyword, value in changes.items()})
    found = judge("MEA-201", images)
    assert (found.status, found.code) == (FAIL, "no-place")
    assert found.evidence == f"{REGION} is {NO_PLACE}"


def test_mea_201_does_not_look_for_the_edge_of_images_without_a_size():
    images = make.us(1, **{REGION: [region(0.1, place=(400, 300, 799, 599))]})
    assert judge("MEA-201", images).code == "no-place"
    assert judge("MEA-201", make.change(images, Rows=ABSENT, Columns=BLANK)).status == PASS


@pytest.mark.parametrize(
    ("before", "code"),
    [
        (region(0.1, 4), "hidden"),
        (region(0.1, 4, place=(0, 0, 900, 3)), "hidden"),
        ({**region(0.1, 4), "PhysicalUnitsYDirection": 7, "RegionDataType": 10}, "hidden"),
        ({**region(0.1), "PhysicalUnitsXDirection": 4, "RegionDataType": 10}, "hidden"),
        ({**region(0.1), "PhysicalDeltaX": 0}, "hidden"),
        ({**region(0.1, 4), "RegionDataType": 10}, ""),
        (region(0.1, 4, LOWER), ""),
        (region(0.1, 4, place=(0, 0, 2, 3)), ""),
        (region(0.1, 4, place=(1, 0, 3, 3)), ""),
        ({**region(0.1, 4), "RegionLocationMinX0": None}, ""),
        (region(0.1), ""),
    ],
)
def test_mea_201_fails_regions_that_one_in_other_units_hides(before, code):
    """The viewer measures by the first region that holds all points."""
    images = make.us(1, **{REGION: [before, region(0.1, place=(0, 0, 4, 4))]})
    found = judge("MEA-201", images)
    assert (found.status, found.code) == (FAIL if code else PASS, code)
    if code:
        text = "without a region in cm that no region before it covers"
        assert found.evidence == f"{REGION} is {text}"
    assert judge("MEA-201", make.change(images, **{REGION: [region(0.1), before]})).status == PASS


def test_mea_201_speaks_about_ultrasound_only():
    assert judge("MEA-201", make.us()).status == PASS
    assert judge("MEA-201", make.us(Modality="OT")).status == PASS
    assert judge("MEA-201", make.us(SOPClassUID=make.SC)).status == PASS
    assert judge("MEA-201", make.ct(2)).status == NA


@pytest.mark.parametrize(
    ("images", "code"),
    [
        (([region(0.05)], [region(0.05)]), ""),
        (([region(0.05), region(0.05)], [region(0.05)]), ""),
        (([region(0.05), region(0.1, units=4)], [region(0.05)]), ""),
        (([region(0.05), region(0.06)], [region(0.05)]), ""),
        (([region(0.05), region(0.06, place=(4, 0, 7, 3))], [region(0.05)]), ""),
        (([region(0.05), region(0.06, place=(0, 0, 3, 0))], [region(0.05)]), ""),
        (([region(0.05, place=UPPER), region(0.06)], [region(0.05)]), "scales-in-image"),
        (
            ([region(0.05, place=UPPER), region(0.06, place=LOWER)], [region(0.05)]),
            "scales-in-image",
        ),
        (([region(0.05)], [region(0.06)]), "scales-of-images"),
    ],
)
def test_mea_291_notes_regions_of_several_scales(images, code):
    found = judge("MEA-291", make.us(2, SequenceOfUltrasoundRegions=each(*images)))
    assert (found.status, found.code) == (FAIL if code else PASS, code)


def test_mea_291_speaks_about_calibrated_ultrasound_only():
    assert judge("MEA-291", make.ct(2)).status == NA
    assert judge("MEA-291", make.us(2, SequenceOfUltrasoundRegions=ABSENT)).code == "needs"
