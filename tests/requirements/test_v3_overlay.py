from dataclasses import replace

import pytest

from fw_gear_viewer_check.checker import judging
from fw_gear_viewer_check.model.lookup import Lookup, ReferenceImages, References
from fw_gear_viewer_check.requirements import repairs
from tests import make, pack
from tests.elsewhere import Elsewhere
from tests.judge import FAIL, NA, PASS, UNKNOWN, judge
from tests.make import ABSENT, AXIAL, BLANK

IMAGES = make.ct(3)
CT_UID = IMAGES[0].SeriesInstanceUID
FIRST_CONTOURS = (
    "ReferencedFrameOfReferenceSequence.RTReferencedStudySequence.RTReferencedSeriesSequence."
    "ContourImageSequence"
)
PRESENT_IN_SEG = {
    "SEG-201": "FrameOfReferenceUID",
    "SEG-202": "ReferencedSeriesSequence",
    "SEG-203": "SharedFunctionalGroupsSequence",
    "SEG-204": "PerFrameFunctionalGroupsSequence",
}
PRESENT_IN_RTSTRUCT = {
    "SEG-302": "ROIContourSequence",
    "SEG-303": "StructureSetROISequence",
    "SEG-304": "ReferencedFrameOfReferenceSequence",
}
MAKERS = (make.seg, make.rtstruct)


def other_series():
    """An image series that no segmentation refers to."""
    return make.mr(3)


@pytest.mark.parametrize("maker", MAKERS)
def test_seg_101_passes_with_all_images_in_the_reference(maker):
    found = judge("SEG-101", maker(IMAGES), reference=IMAGES)
    assert (found.status, found.affected, found.checked) == (PASS, (), 1)
    assert found.evidence == "all 3 reference images found in the reference input"


@pytest.mark.parametrize("maker", MAKERS)
def test_seg_101_passes_with_all_images_in_the_same_input(maker):
    overlay = maker(IMAGES)
    series = 1 if overlay[0].SeriesInstanceUID > CT_UID else 0
    found = judge("SEG-101", IMAGES + overlay, series=series)
    assert found.evidence == "all 3 reference images found in this input"


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("held", [1, 2])
def test_seg_101_fails_with_some_of_the_images_and_counts_them(maker, held):
    found = judge("SEG-101", maker(IMAGES), reference=IMAGES[:held])
    assert (found.status, found.affected, found.checked) == (FAIL, ("001.dcm",), 1)
    assert found.evidence == f"{held} of 3 reference images found in the reference input"


@pytest.mark.parametrize("maker", MAKERS)
def test_seg_101_fails_with_another_series_as_the_reference(maker):
    found = judge("SEG-101", maker(IMAGES), reference=other_series())
    assert found.status == FAIL
    assert found.evidence.startswith("0 of 3 reference images found")


def test_seg_101_does_not_count_a_reference_without_a_uid():
    segmentation = make.seg(IMAGES)
    named = segmentation[0].ReferencedSeriesSequence[0].ReferencedInstanceSequence
    named[1].ReferencedSOPInstanceUID = ""
    found = judge("SEG-101", segmentation, reference=IMAGES)
    assert (found.status, found.evidence) == (
        PASS,
        "all 2 reference images found in the reference input",
    )


def test_seg_101_is_unknown_where_no_other_file_is_known_at_all():
    series = replace(pack.read(make.seg(IMAGES))[0], lookup=Lookup())
    found = judging.judge("SEG-101", series)
    assert (found.status, found.evidence) == (UNKNOWN, "the reference images were not looked up")


@pytest.mark.parametrize("maker", MAKERS)
def test_seg_101_is_unknown_with_nothing_at_hand(maker):
    found = judge("SEG-101", maker(IMAGES))
    assert (found.status, found.affected, found.checked) == (UNKNOWN, (), 1)
    assert "reference images were not provided" in found.evidence


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("reference", [{"notes.dcm": b"no image"}, make.seg(IMAGES)])
def test_seg_101_is_unknown_with_a_reference_that_holds_no_image(maker, reference):
    found = judge("SEG-101", maker(IMAGES), reference=reference)
    assert (found.status, found.affected) == (UNKNOWN, ())
    assert found.evidence.startswith("the input reference contains no readable image")


@pytest.mark.parametrize("maker", MAKERS)
def test_seg_101_is_unknown_with_an_unrelated_series_beside_it(maker):
    """Nobody said that the input holds the images: they may be in another file."""
    overlay = maker(IMAGES)
    series = 1 if overlay[0].SeriesInstanceUID > make.mr(1)[0].SeriesInstanceUID else 0
    assert judge("SEG-101", other_series() + overlay, series=series).status == UNKNOWN


@pytest.mark.parametrize("maker", MAKERS)
def test_seg_101_asks_elsewhere_for_the_series_it_refers_to(maker):
    uids = frozenset(image.SOPInstanceUID for image in IMAGES)
    held = References((ReferenceImages(CT_UID, uids, "the acquisition T1"),))
    lookup = Elsewhere(references=held)
    found = judge("SEG-101", maker(IMAGES), lookup=lookup)
    assert (found.status, lookup.asked_for) == (PASS, [CT_UID])
    assert found.evidence == "all 3 reference images found in the acquisition T1"


@pytest.mark.parametrize(
    ("overlay", "why"),
    [
        (make.seg(IMAGES, ReferencedSeriesSequence=ABSENT), "no reference image is named"),
        (make.rtstruct(IMAGES, **{FIRST_CONTOURS: ABSENT}), "no reference image is named"),
    ],
)
def test_seg_101_fails_an_overlay_that_names_no_image(overlay, why):
    found = judge("SEG-101", overlay, reference=IMAGES)
    assert (found.status, found.evidence) == (FAIL, why)


def test_seg_101_names_every_overlay_that_lacks_its_images():
    overlays = [
        *make.seg(IMAGES, SOPInstanceUID="9.1"),
        *make.seg(make.ct(4), SOPInstanceUID="9.2"),
        *make.seg(make.ct(5), SOPInstanceUID="9.3"),
    ]
    found = judge("SEG-101", overlays, reference=IMAGES)
    assert (found.status, found.affected, found.checked) == (FAIL, ("002.dcm", "003.dcm"), 3)


@pytest.mark.parametrize("id_", ["SEG-101", *PRESENT_IN_SEG, "SEG-301", *PRESENT_IN_RTSTRUCT])
def test_seg_101_to_304_do_not_speak_about_images_and_documents(id_):
    assert judge(id_, make.ct(3)).status == NA
    assert judge(id_, make.sr()).status == NA


@pytest.mark.parametrize("id_", PRESENT_IN_SEG)
def test_seg_201_to_204_do_not_speak_about_structure_sets(id_):
    assert judge(id_, make.rtstruct(IMAGES)).status == NA


@pytest.mark.parametrize("id_", ["SEG-301", *PRESENT_IN_RTSTRUCT])
def test_seg_301_to_304_do_not_speak_about_segmentations(id_):
    assert judge(id_, make.seg(IMAGES)).status == NA


@pytest.mark.parametrize(("id_", "keyword"), PRESENT_IN_SEG.items())
@pytest.mark.parametrize(("value", "word"), [(ABSENT, "absent"), (BLANK, "blank")])
def test_seg_201_to_204_ask_for_a_value_or_an_item(id_, keyword, value, word):
    found = judge(id_, make.seg(IMAGES, **{keyword: value}))
    assert (found.status, found.affected, found.checked) == (FAIL, ("001.dcm",), 1)
    assert found.evidence == f"{keyword} is {word}"
    assert judge(id_, make.seg(IMAGES)).status == PASS
    assert judge(id_, make.seg(IMAGES, SOPClassUID=make.LABELMAP)).status == PASS


@pytest.mark.parametrize(("id_", "keyword"), PRESENT_IN_RTSTRUCT.items())
@pytest.mark.parametrize(("value", "word"), [(ABSENT, "absent"), (BLANK, "blank")])
def test_seg_302_to_304_ask_for_an_item(id_, keyword, value, word):
    found = judge(id_, make.rtstruct(IMAGES, **{keyword: value}))
    assert (found.status, found.affected, found.checked) == (FAIL, ("001.dcm",), 1)
    assert found.evidence == f"{keyword} is {word}"
    assert judge(id_, make.rtstruct(IMAGES)).status == PASS


NESTED = "ReferencedFrameOfReferenceSequence.FrameOfReferenceUID"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, PASS),
        ({"FrameOfReferenceUID": ABSENT}, PASS),
        ({"FrameOfReferenceUID": BLANK, NESTED: BLANK}, FAIL),
        ({"FrameOfReferenceUID": ABSENT, NESTED: ABSENT}, FAIL),
        ({NESTED: ABSENT}, PASS),
        (
            {
                "FrameOfReferenceUID": ABSENT,
                "ReferencedFrameOfReferenceSequence": [{}, {"FrameOfReferenceUID": "1.2"}],
            },
            PASS,
        ),
    ],
)
def test_seg_301_also_looks_where_dicom_puts_it(changes, status):
    found = judge("SEG-301", make.rtstruct(IMAGES, **changes))
    assert (found.status, found.checked) == (status, 1)
    if status == FAIL:
        word = "blank" if NESTED in changes and changes[NESTED] is BLANK else "absent"
        assert found.evidence == f"FrameOfReferenceUID is {word}"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, PASS),
        ({"InstanceNumber": ABSENT}, FAIL),
        ({"InstanceNumber": make.each(1, 2, 3, ABSENT)}, PASS),
        ({"StudyInstanceUID": BLANK}, FAIL),
        ({"Modality": BLANK}, FAIL),
        ({"PixelData": ABSENT}, FAIL),
        ({"PixelData": b"aa"}, FAIL),
        ({"BitsAllocated": 12}, FAIL),
        ({"Rows": ABSENT}, FAIL),
        ({"Rows": make.each(4, ABSENT, ABSENT, ABSENT)}, PASS),
        (
            {
                "SOPClassUID": make.each("1.2.3.4", "1.2.3.4", make.CT, make.CT),
                "Rows": make.each(4, 4, ABSENT, ABSENT),
            },
            FAIL,
        ),
    ],
)
def test_seg_101_asks_for_images_that_the_viewer_shows(changes, status):
    """Over images that do not open, nothing is drawn."""
    images = make.ct(4)
    segmentation = make.seg(images)
    found = judge("SEG-101", segmentation, reference=make.change(images, **changes))
    assert (found.status, found.code) == (status, "images-not-shown" if status == FAIL else "")
    assert found.repair == (repairs.REPAIR_REFERENCE if status == FAIL else None)


@pytest.mark.parametrize(
    ("changes", "stacks"),
    [
        ({"SOPClassUID": make.each(make.CT, make.CT, make.SC, make.SC)}, 2),
        ({"Modality": "DX"}, 4),
        ({"Modality": make.each("CT", "CT", "CT", "DX")}, 2),
    ],
)
@pytest.mark.parametrize("maker", [make.seg, make.rtstruct])
def test_seg_101_asks_for_images_in_one_stack(maker, changes, stacks):
    """The viewer draws over the first display set that holds one of them."""
    images = make.ct(4, **changes)
    found = judge("SEG-101", maker(images), reference=images)
    assert (found.status, found.code) == (FAIL, "images-apart")
    assert found.evidence.endswith(f"but shown in {stacks} separate stacks")
    assert found.repair == repairs.ONE_SEGMENTATION_EACH
    assert judge("SEG-101", maker(images[3:]), reference=images).status == PASS


def test_seg_101_asks_for_images_of_a_series_that_opens():
    """Flywheel supports no series of two multi-frame images, so none is drawn over."""
    images = make.enhanced_mr(n=2, ImagePositionPatient=[0, 0, 0], ImageOrientationPatient=AXIAL)
    found = judge("SEG-101", make.seg(images[:1]), reference=images)
    assert (found.status, found.code) == (FAIL, "images-not-shown")
    assert judge("SEG-101", make.seg(images[:1]), reference=images[:1]).status == PASS


def test_seg_101_looks_for_the_series_of_a_structure_set_where_the_viewer_looks_first():
    listed = make.seg(IMAGES)[0].ReferencedSeriesSequence
    structures = make.rtstruct(IMAGES, **{FIRST_CONTOURS: ABSENT})
    assert judge("SEG-101", structures, reference=IMAGES).status == FAIL
    structures[0].ReferencedSeriesSequence = listed
    assert judge("SEG-101", structures, reference=IMAGES).status == PASS
    elsewhere = make.rtstruct(IMAGES)
    elsewhere[0].ReferencedSeriesSequence = make.seg(other_series())[0].ReferencedSeriesSequence
    assert judge("SEG-101", elsewhere, reference=IMAGES).status == FAIL


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"Modality": ""}, FAIL),
        ({"SOPClassUID": make.RAW_DATA}, FAIL),
        ({"PatientID": "another"}, FAIL),
        ({"PatientName": "another"}, PASS),
    ],
)
def test_seg_101_does_not_depend_on_which_image_of_one_uid_comes_first(changes, status):
    """The first by name was taken: renamed, the same images were shown or not."""
    images = make.ct(5)
    drawn = make.seg(images[:4])
    make.change(images[4:], SOPInstanceUID=images[3].SOPInstanceUID, **changes)
    for order in (images, images[::-1]):
        assert judge("SEG-101", drawn, reference=order).status == status
