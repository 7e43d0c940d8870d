import pytest

from fw_gear_viewer_check.model.lookup import ReferenceImages, References, Shape
from fw_gear_viewer_check.requirements import repairs
from tests import make, pack
from tests.elsewhere import Elsewhere
from tests.judge import FAIL, NA, PASS, UNKNOWN, judge
from tests.make import ABSENT, AXIAL, BLANK, PER_FRAME, SHARED

IMAGES = make.ct(3)
OF_SEG = ("SEG-291", "SEG-292", "SEG-293", "SEG-294", "SEG-295", "SEG-296")
OF_RTSTRUCT = ("SEG-391", "SEG-392", "SEG-393", "SEG-394", "SEG-395")
REFERENCED = "ReferencedSeriesSequence"
FRAMES_OF_REFERENCE = "ReferencedFrameOfReferenceSequence"
STUDIES = f"{FRAMES_OF_REFERENCE}.RTReferencedStudySequence"
SERIES = f"{STUDIES}.RTReferencedSeriesSequence"
CONTOURS = "ROIContourSequence.ContourSequence"
COLOUR = "ROIContourSequence.ROIDisplayColor"
POINTS = "rt-contour-without-points"
SEGMENT = f"{PER_FRAME}.SegmentIdentificationSequence"


@pytest.mark.parametrize("id_", OF_SEG)
def test_seg_291_to_296_pass_a_perfect_segmentation(id_):
    found = judge(id_, make.seg(IMAGES), reference=IMAGES)
    assert (found.status, found.affected, found.checked) == (PASS, (), 1)


@pytest.mark.parametrize("id_", OF_RTSTRUCT)
def test_seg_391_to_395_pass_a_perfect_structure_set(id_):
    found = judge(id_, make.rtstruct(IMAGES))
    assert (found.status, found.affected, found.checked) == (PASS, (), 1)


@pytest.mark.parametrize("id_", OF_SEG + OF_RTSTRUCT)
def test_seg_291_to_393_do_not_speak_about_other_objects(id_):
    other = make.rtstruct(IMAGES) if id_ in OF_SEG else make.seg(IMAGES)
    for objects in (other, IMAGES, make.sr()):
        assert judge(id_, objects).status == NA


def fails(id_, datasets, evidence, code=None, **how):
    found = judge(id_, datasets, **how)
    assert (found.status, found.affected, found.checked) == (FAIL, ("001.dcm",), 1)
    assert evidence in found.evidence
    assert code is None or found.code == code


@pytest.mark.parametrize("value", [ABSENT, BLANK])
def test_seg_291_asks_for_the_images_of_each_referenced_series(value):
    segmentation = make.seg(IMAGES, **{f"{REFERENCED}.ReferencedInstanceSequence": value})
    fails("SEG-291", segmentation, "ReferencedInstanceSequence is missing", "broken-reference")


def test_seg_291_looks_at_every_referenced_series():
    segmentation = make.seg(IMAGES)
    items = segmentation[0].ReferencedSeriesSequence
    items.append(make.seg(IMAGES)[0].ReferencedSeriesSequence[0])
    assert judge("SEG-291", segmentation).status == PASS
    del items[1].ReferencedInstanceSequence
    fails("SEG-291", segmentation, "ReferencedInstanceSequence is missing", "broken-reference")


@pytest.mark.parametrize(
    ("changes", "evidence"),
    [
        ({f"{SHARED}.PixelMeasuresSequence": ABSENT}, "absent"),
        ({f"{SHARED}.PixelMeasuresSequence": BLANK}, "blank"),
        (
            {
                f"{SHARED}.PixelMeasuresSequence": ABSENT,
                f"{PER_FRAME}.PixelMeasuresSequence.PixelSpacing": [1, 1],
            },
            "absent",
        ),
    ],
)
def test_seg_292_asks_for_shared_pixel_measures(changes, evidence):
    fails("SEG-292", make.seg(IMAGES, **changes), evidence, "seg-no-shared-measures")


ORIENTATION = "PlaneOrientationSequence.ImageOrientationPatient"


@pytest.mark.parametrize("group", [SHARED, PER_FRAME])
@pytest.mark.parametrize("value", [ABSENT, BLANK, [1, 0, 0], make.raw(b"1\\0\\0\\0\\1\\x ")])
def test_seg_293_asks_for_six_numbers(group, value):
    segmentation = make.seg(IMAGES, **{f"{SHARED}.PlaneOrientationSequence": ABSENT})
    make.change(segmentation, **{f"{group}.{ORIENTATION}": AXIAL})
    assert judge("SEG-293", segmentation).status == PASS
    make.change(segmentation, **{f"{group}.{ORIENTATION}": value})
    evidence = "ImageOrientationPatient in PlaneOrientationSequence is "
    fails("SEG-293", segmentation, evidence, "seg-no-orientation")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, FAIL),
        ({f"{SHARED}.{ORIENTATION}": AXIAL}, PASS),
        ({f"{PER_FRAME}.{ORIENTATION}": AXIAL}, PASS),
        ({f"{PER_FRAME}[0].{ORIENTATION}": AXIAL}, FAIL),
    ],
)
def test_seg_293_asks_for_an_orientation_shared_or_of_every_frame(changes, status):
    without = make.seg(IMAGES, **{f"{SHARED}.PlaneOrientationSequence": ABSENT})
    make.change(without, **changes)
    if status == PASS:
        assert judge("SEG-293", without).status == PASS
    else:
        fails("SEG-293", without, "in PlaneOrientationSequence is absent", "seg-no-orientation")


@pytest.mark.parametrize(
    ("changes", "evidence"),
    [
        ({"SegmentSequence": ABSENT}, "SegmentSequence is absent"),
        ({"SegmentSequence": BLANK}, "SegmentSequence is blank"),
        ({f"{PER_FRAME}.SegmentIdentificationSequence": ABSENT}, "missing in 3 frames"),
        ({f"{PER_FRAME}[1].SegmentIdentificationSequence": BLANK}, "missing in 1 frame"),
        ({f"{SEGMENT}.ReferencedSegmentNumber": ABSENT}, "missing in 3 frames"),
        ({f"{SEGMENT}.ReferencedSegmentNumber": BLANK}, "missing in 3 frames"),
        ({f"{SEGMENT}.ReferencedSegmentNumber": 0}, "ReferencedSegmentNumber is 0 in 3 frames"),
        ({f"{SEGMENT}.ReferencedSegmentNumber": [1, 1]}, "is several numbers in 3 frames"),
        ({f"{SEGMENT}.ReferencedSegmentNumber": 256}, "is above 255 in 3 frames"),
        ({"SegmentSequence.SegmentNumber": ABSENT}, "missing in 1 item of SegmentSequence"),
    ],
)
def test_seg_294_asks_for_segments_and_the_segment_of_each_frame(changes, evidence):
    fails("SEG-294", make.seg(IMAGES, **changes), evidence, "seg-no-segments")


@pytest.mark.parametrize(
    ("changes", "evidence"),
    [
        ({"NumberOfFrames": ABSENT}, f"{PER_FRAME} has 3 items for 1 frame"),
        ({"NumberOfFrames": 2}, f"{PER_FRAME} has 3 items for 2 frames"),
        *(
            ({"BitsStored": stored}, "BitsStored is not 1, but BitsAllocated is")
            for stored in (ABSENT, BLANK, 8, 0, [1, 1])
        ),
        ({"SamplesPerPixel": BLANK}, "SamplesPerPixel is not 1"),
        ({"SamplesPerPixel": 0}, "SamplesPerPixel is not 1"),
        ({"PixelRepresentation": 1}, "PixelRepresentation is 1, but BitsAllocated is 1"),
        (
            {"SOPClassUID": make.LABELMAP, "PhotometricInterpretation": "PALETTE COLOR"},
            "its colours are taken for segments",
        ),
    ],
)
def test_seg_294_asks_for_frames_that_the_viewer_can_tell_apart(changes, evidence):
    """The real viewer draws the first over all images, or "Offset and length out of bounds"."""
    fails("SEG-294", make.seg(IMAGES, **changes), evidence, "seg-no-frames")


@pytest.mark.parametrize("bits", [1, 8])
def test_seg_294_takes_frames_of_whole_bytes(bits):
    segmentation = make.seg(IMAGES, BitsAllocated=8, BitsStored=bits)
    assert judge("SEG-294", segmentation).status == PASS


ENHANCED = make.enhanced_mr(4)


@pytest.mark.parametrize(
    ("numbers", "evidence"),
    [
        ([1, 2, 3, 4], ""),
        ([None] * 4, "3 of 4 frames would be drawn at another position than their own"),
        ([1] * 4, "3 of 4 frames would be drawn at another position than their own"),
        ([4, 3, 2, 1], "4 of 4 frames would be drawn at another position than their own"),
        ([1, 2, 3, 5], "1 of 4 frames name a frame that their image lacks"),
        ([0, 2, 3, 4], "1 of 4 frames name a frame that their image lacks"),
    ],
)
def test_seg_296_looks_at_the_frame_of_a_multi_frame_image(numbers, evidence):
    """Which frame is named was not looked at: masks lay on others, or nowhere."""
    (image,) = ENHANCED
    segmentation = make.seg(make.mr(4, SeriesInstanceUID=image.SeriesInstanceUID))
    named = [{"ReferencedSOPInstanceUID": image.SOPInstanceUID} for _ in numbers]
    for source, number in zip(named, numbers, strict=True):
        source.update({} if number is None else {"ReferencedFrameNumber": number})
    for n, source in enumerate(named):
        path = f"{PER_FRAME}[{n}].DerivationImageSequence.SourceImageSequence"
        make.change(segmentation, **{path: [source]})
    listed = f"{REFERENCED}.ReferencedInstanceSequence"
    make.change(segmentation, **{listed: [{"ReferencedSOPInstanceUID": image.SOPInstanceUID}]})
    if evidence:
        fails("SEG-296", segmentation, evidence, reference=ENHANCED)
    else:
        assert judge("SEG-296", segmentation, reference=ENHANCED).status == PASS


@pytest.mark.parametrize(
    "changes",
    [
        {"SOPClassUID": make.LABELMAP},
        {f"{SHARED}.SegmentIdentificationSequence.ReferencedSegmentNumber": 1},
    ],
)
def test_seg_294_takes_labelmaps_and_a_shared_segment(changes):
    segmentation = make.seg(IMAGES, **{f"{PER_FRAME}.SegmentIdentificationSequence": ABSENT})
    assert judge("SEG-294", make.change(segmentation, **changes)).status == PASS


@pytest.mark.parametrize(
    ("kind", "status"), [("BINARY", PASS), ("LABELMAP", PASS), ("FRACTIONAL", FAIL), (ABSENT, PASS)]
)
def test_seg_295_notes_fractional_segmentations(kind, status):
    segmentation = make.seg(IMAGES, SegmentationType=kind)
    if status == PASS:
        assert judge("SEG-295", segmentation).status == PASS
    else:
        fails("SEG-295", segmentation, "SegmentationType is FRACTIONAL")


EMPTY, FULL, HALF = b"\0", b"\xff", b"\x80"


def fractional(pixels, **changes):
    return make.fractional_seg(IMAGES, pixels, **changes)


@pytest.mark.parametrize(
    ("pixels", "full", "status"),
    [
        (EMPTY * 48, 255, PASS),
        (EMPTY * 24 + FULL * 24, 255, PASS),
        (EMPTY * 47 + HALF, 255, FAIL),
        (HALF + EMPTY * 47, 255, FAIL),
        (FULL * 47 + b"\xfe", 255, FAIL),
        (EMPTY * 24 + HALF * 24, 128, PASS),
        (EMPTY * 24 + FULL * 24, 128, FAIL),
        (EMPTY * 24 + b"\1" * 24, 1, PASS),
        (EMPTY * 24 + b"\2" * 24, 1, FAIL),
        (EMPTY * 48, BLANK, PASS),
        (EMPTY * 47 + FULL, BLANK, FAIL),
        (EMPTY * 48, ABSENT, FAIL),
        (EMPTY * 48, [1, 255], FAIL),
    ],
)
@pytest.mark.parametrize("syntax", [make.EXPLICIT, make.IMPLICIT, make.BIG_ENDIAN])
def test_seg_298_asks_for_pixels_that_are_empty_or_full(syntax, pixels, full, status):
    changes = {"MaximumFractionalValue": full, "TransferSyntaxUID": syntax}
    segmentation = fractional(pixels, **changes)
    if status == PASS:
        assert judge("SEG-298", segmentation).status == PASS
    else:
        fails("SEG-298", segmentation, "MaximumFractionalValue", "seg-fractional")


def test_seg_298_speaks_about_fractional_segmentations_only():
    assert judge("SEG-298", fractional(HALF * 48, SegmentationType="BINARY")).status == NA
    assert judge("SEG-298", IMAGES).status == NA


@pytest.mark.parametrize(("full", "status"), [(255, UNKNOWN), (1, PASS), (ABSENT, FAIL)])
@pytest.mark.parametrize("syntax", [make.JPEG, make.DEFLATED])
def test_seg_298_does_not_look_into_compressed_pixels(syntax, full, status):
    segmentation = fractional(HALF * 48, MaximumFractionalValue=full, TransferSyntaxUID=syntax)
    found = judge("SEG-298", segmentation)
    assert found.status == status
    if status == UNKNOWN:
        assert (found.code, found.repair) == ("not-looked-at", repairs.ASK_BINARY)


@pytest.mark.parametrize(("full", "status"), [(1, PASS), (255, FAIL)])
def test_seg_298_takes_a_set_bit_for_1(full, status):
    bits = {"BitsAllocated": 1, "BitsStored": 1, "HighBit": 0}
    segmentation = fractional(b"\x0f\xff" * 3, MaximumFractionalValue=full, **bits)
    assert judge("SEG-298", segmentation).status == status


@pytest.mark.parametrize("keyword", ["Rows", "Columns"])
def test_seg_296_fails_another_matrix(keyword):
    segmentation = make.seg(IMAGES, **{keyword: 8})
    fails(
        "SEG-296", segmentation, f"{keyword} is 8, but 4 in the reference images", reference=IMAGES
    )


@pytest.mark.parametrize(
    ("cosines", "status"),
    [
        ([1, 0, 0, 0, 1, 0], PASS),
        ([-1, 0, 0, 0, 1, 0], PASS),
        ([1, 0, 0, 0, -1, 0], PASS),
        ([0, 1, 0, 1, 0, 0], PASS),
        ([0, -1, 0, 1, 0, 0], PASS),
        ([1, 0.001, 0, 0, 1, 0], PASS),
        ([1, 0.0011, 0, 0, 1, 0], FAIL),
        ([1, 0, 0, 0, 0, 1], FAIL),
        ([0, 1, 0, 0, 0, -1], FAIL),
    ],
)
def test_seg_296_takes_the_eight_directions_in_the_plane_of_the_images(cosines, status):
    segmentation = make.seg(IMAGES, **{f"{SHARED}.{ORIENTATION}": cosines})
    found = judge("SEG-296", segmentation, reference=IMAGES)
    assert found.status == status
    assert status == PASS or "its plane is not that" in found.evidence


def test_seg_296_compares_with_the_images_referred_to_only():
    localizer = make.ct(1, SOPInstanceUID="1.9", Rows=64, Columns=64)
    assert judge("SEG-296", make.seg(IMAGES), reference=localizer + IMAGES).status == PASS


def test_seg_296_asks_for_the_coordinate_system_where_frames_do_not_name_their_images():
    elsewhere = make.seg(IMAGES, FrameOfReferenceUID="1.2.9")
    assert judge("SEG-296", elsewhere, reference=IMAGES).status == PASS
    make.change(elsewhere, **{f"{PER_FRAME}[1].DerivationImageSequence": ABSENT})
    found = judge("SEG-296", elsewhere, reference=IMAGES)
    assert found.status == FAIL
    assert "its FrameOfReferenceUID is not that of the reference images" in found.evidence
    images = make.ct(3, FrameOfReferenceUID=ABSENT)
    assert judge("SEG-296", elsewhere, reference=images).status == PASS
    make.change(elsewhere, FrameOfReferenceUID=IMAGES[0].FrameOfReferenceUID)
    assert judge("SEG-296", elsewhere, reference=IMAGES).status == PASS


def test_seg_296_says_the_same_in_every_run():
    """The UIDs that are referred to are a set, and their order differs from run to run."""
    images = make.ct(12, Rows=make.each(*range(4, 16)))
    fails(
        "SEG-296",
        make.seg(images, Rows=99),
        "Rows is 99, but 4 in the reference images",
        reference=images,
    )


def test_seg_296_counts_the_images_of_all_segmentations():
    overlays = make.seg(IMAGES) + make.seg(IMAGES[:1], SOPInstanceUID="1.9")
    found = judge("SEG-296", overlays, reference=IMAGES)
    assert (found.status, found.checked) == (PASS, 2)
    assert found.evidence == "same size and plane as 4 reference images"


def test_seg_296_does_not_speak_without_the_headers_of_the_images():
    uids = frozenset(image.SOPInstanceUID for image in IMAGES)
    known = ReferenceImages(IMAGES[0].SeriesInstanceUID, uids, "the session")
    lookup = Elsewhere(references=References((known,)))
    assert judge("SEG-101", make.seg(IMAGES), lookup=lookup).status == PASS
    assert judge("SEG-296", make.seg(IMAGES), lookup=lookup).status == NA


def test_seg_296_needs_the_images():
    assert judge("SEG-296", make.seg(IMAGES)).status == UNKNOWN
    found = judge("SEG-296", make.seg(IMAGES), reference=make.mr(3))
    assert (found.status, found.code, found.values["ids"]) == (UNKNOWN, "needs", ("SEG-101",))


@pytest.mark.parametrize(
    ("changes", "missing", "code"),
    [
        ({STUDIES: ABSENT}, "RTReferencedStudySequence", "no-reference"),
        ({STUDIES: BLANK}, "RTReferencedStudySequence", "no-reference"),
        ({SERIES: ABSENT}, "RTReferencedSeriesSequence", "broken-reference"),
        ({f"{SERIES}.ContourImageSequence": ABSENT}, "ContourImageSequence", "broken-reference"),
        ({f"{SERIES}.ContourImageSequence": BLANK}, "ContourImageSequence", "broken-reference"),
    ],
)
def test_seg_391_asks_for_every_link_of_the_chain(changes, missing, code):
    fails("SEG-391", make.rtstruct(IMAGES, **changes), f"{missing} is missing", code)


def test_seg_391_does_not_ask_for_the_chain_where_the_viewer_is_told_the_series():
    structures = make.rtstruct(IMAGES, **{STUDIES: ABSENT})
    structures[0].ReferencedSeriesSequence = make.seg(IMAGES)[0].ReferencedSeriesSequence
    assert judge("SEG-391", structures).status == PASS


@pytest.mark.parametrize(
    ("changes", "stranger"),
    [
        ({"ROIContourSequence.ReferencedROINumber": 2}, "2"),
        ({"ROIContourSequence.ReferencedROINumber": 234_567}, "234567"),
        ({"ROIContourSequence.ReferencedROINumber": 1_234_567}, "(not shown)"),
        ({"ROIContourSequence.ReferencedROINumber": make.raw(b"SMITH^JOHN", "LO")}, "(not shown)"),
        ({"ROIContourSequence.ReferencedROINumber": make.raw(b"19700131", "DA")}, "(not shown)"),
        ({"ROIContourSequence.ReferencedROINumber": ABSENT}, "absent"),
        ({"ROIContourSequence.ReferencedROINumber": BLANK}, "blank"),
    ],
)
def test_seg_392_asks_for_the_structure_of_every_contour(changes, stranger):
    evidence = f"ReferencedROINumber {stranger} is not in StructureSetROISequence"
    fails("SEG-392", make.rtstruct(IMAGES, **changes), evidence, "rt-unknown-structure")


@pytest.mark.parametrize("value", [[1, 2], make.raw(b"x ")])
def test_seg_392_takes_only_a_single_number_for_that_of_a_structure(value):
    """Over DICOMweb, the viewer found none by two, though the structure had the same."""
    numbers = ("StructureSetROISequence.ROINumber", "ROIContourSequence.ReferencedROINumber")
    structures = make.rtstruct(IMAGES, **dict.fromkeys(numbers, value))
    assert judge("SEG-392", structures).code == "rt-unknown-structure"


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("has_contours", [True, False])
def test_seg_392_asks_for_the_contours_of_a_structure_in_one_item(place, has_contours):
    """Over DICOMweb, the viewer drew contours of the first item in place of the second's."""
    structures = make.rtstruct(IMAGES)
    other = make.rtstruct(IMAGES, **({} if has_contours else {CONTOURS: ABSENT}))
    structures[0].ROIContourSequence.insert(place, other[0].ROIContourSequence[0])
    evidence = "1 structure in several items of ROIContourSequence"
    fails("SEG-392", structures, evidence, "rt-structure-twice")


def test_seg_392_does_not_ask_for_the_structure_of_no_contour():
    """The viewer passes such an item over, and draws the rest."""
    structures = make.rtstruct(IMAGES)
    stranger = {"ROIContourSequence.ReferencedROINumber": 9, CONTOURS: ABSENT}
    other = make.rtstruct(IMAGES, **stranger)[0].ROIContourSequence[0]
    structures[0].ROIContourSequence.append(other)
    assert judge("SEG-392", structures).status == PASS


@pytest.mark.parametrize(
    ("id_", "sequence", "needed"),
    [
        ("SEG-291", REFERENCED, "SEG-202"),
        ("SEG-292", SHARED, "SEG-203"),
        ("SEG-293", SHARED, "SEG-203"),
        ("SEG-293", PER_FRAME, "SEG-204"),
        ("SEG-294", PER_FRAME, "SEG-204"),
        ("SEG-391", FRAMES_OF_REFERENCE, "SEG-304"),
        ("SEG-392", "ROIContourSequence", "SEG-302"),
        ("SEG-392", "StructureSetROISequence", "SEG-303"),
        ("SEG-393", "ROIContourSequence", "SEG-302"),
        ("SEG-394", FRAMES_OF_REFERENCE, "SEG-304"),
    ],
)
def test_seg_291_to_394_need_the_sequence_they_look_into(id_, sequence, needed):
    made = make.seg if id_ in OF_SEG else make.rtstruct
    found = judge(id_, made(IMAGES, **{sequence: ABSENT}))
    assert (found.status, found.code, found.values["ids"]) == (UNKNOWN, "needs", (needed,))


@pytest.mark.parametrize(
    ("changes", "evidence", "code"),
    [
        ({CONTOURS: ABSENT}, "no structure has a contour", "rt-no-contours"),
        ({CONTOURS: BLANK}, "no structure has a contour", "rt-no-contours"),
        ({CONTOURS: [{}]}, "ContourData is absent in 1 contour", POINTS),
        ({f"{CONTOURS}[1].ContourData": ABSENT}, "in 1 contour", POINTS),
        ({f"{CONTOURS}.ContourData": BLANK}, "in 3 contours", POINTS),
        ({f"{CONTOURS}[1].ContourData": [1]}, "is a single value in 1", POINTS),
        (
            {f"{CONTOURS}[0].NumberOfContourPoints": 0, f"{CONTOURS}[0].ContourData": BLANK},
            "ContourData is blank in 1 contour",
            POINTS,
        ),
        *(
            ({f"{CONTOURS}[0].ContourData": make.raw(value)}, "not all are numbers", POINTS)
            for value in (
                b"a\\b\\c ",
                b"0\\0\\x ",
                b"0\\0\\\\1\\1\\0",
                b"0,5\\0\\0 ",
            )
        ),
        ({COLOUR: 255}, "has a single value in 1 structure", "rt-colour-single-value"),
    ],
)
def test_seg_393_asks_for_contours_their_points_and_colours(changes, evidence, code):
    fails("SEG-393", make.rtstruct(IMAGES, **changes), evidence, code)


@pytest.mark.parametrize(
    "changes",
    [
        {COLOUR: [255, 0, 0]},
        {COLOUR: BLANK},
        {f"{CONTOURS}[1].ContourData": [0, 0, 0]},
        {f"{CONTOURS}[1].ContourData": [0] * 12},
        {f"{CONTOURS}[0].NumberOfContourPoints": 8},
        {f"{CONTOURS}[0].NumberOfContourPoints": ABSENT},
        {f"{CONTOURS}[0].ContourData": make.raw(b" 0 \\-1.5e1\\+.5\\1.\\0\\0 ")},
    ],
)
def test_seg_393_does_not_count_the_points(changes):
    """Seen over DICOMweb: a structure set that announces five points too many loads."""
    assert judge("SEG-393", make.rtstruct(IMAGES, **changes)).status == PASS


@pytest.mark.parametrize(
    "changes",
    [
        {f"{CONTOURS}.ContourData": [1, 2]},
        *({f"{CONTOURS}.NumberOfContourPoints": count} for count in (0, BLANK, ABSENT)),
    ],
)
def test_seg_393_fails_a_structure_set_of_no_point(changes):
    fails("SEG-393", make.rtstruct(IMAGES, **changes), "no contour has a point", "no-points")


def test_seg_394_fails_several_frames_of_reference():
    structures = make.rtstruct(IMAGES)
    items = structures[0].ReferencedFrameOfReferenceSequence
    items.append(make.rtstruct(IMAGES)[0].ReferencedFrameOfReferenceSequence[0])
    fails("SEG-394", structures, "ReferencedFrameOfReferenceSequence has 2 items")
    structures[0].ReferencedSeriesSequence = make.seg(IMAGES)[0].ReferencedSeriesSequence
    assert judge("SEG-394", structures).status == PASS


def test_seg_393_takes_a_structure_without_contours_beside_one_with():
    structures = make.rtstruct(IMAGES)
    structures[0].ROIContourSequence.append(make.rtstruct(IMAGES)[0].ROIContourSequence[0])
    del structures[0].ROIContourSequence[1].ContourSequence
    assert judge("SEG-393", structures).status == PASS


@pytest.mark.parametrize("group", [make.PER_FRAME, make.SHARED])
def test_seg_294_fails_frames_whose_segment_has_no_number(group):
    images = make.ct(3)
    segmentation = make.seg(images)
    make.change(segmentation, **{f"{make.PER_FRAME}.SegmentIdentificationSequence": ABSENT})
    make.change(segmentation, **{f"{group}.SegmentIdentificationSequence": [{}]})
    assert judge("SEG-294", segmentation, reference=images).status == FAIL
    number = f"{group}.SegmentIdentificationSequence.ReferencedSegmentNumber"
    make.change(segmentation, **{number: 1})
    assert judge("SEG-294", segmentation, reference=images).status == PASS


SOURCE = f"{PER_FRAME}[1].DerivationImageSequence"
PLACE = f"{PER_FRAME}[1].PlanePositionSequence"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({SOURCE: ABSENT}, PASS),
        ({f"{SOURCE}.SourceImageSequence.ReferencedSOPInstanceUID": "1.9"}, PASS),
        ({PLACE: ABSENT}, PASS),
        ({SOURCE: ABSENT, PLACE: ABSENT}, FAIL),
        ({SOURCE: ABSENT, f"{PLACE}.ImagePositionPatient": [0, 0, 3.0009]}, PASS),
        ({SOURCE: ABSENT, f"{PLACE}.ImagePositionPatient": [0, 0, 3.0011]}, FAIL),
        (
            {
                f"{SOURCE}.SourceImageSequence.ReferencedSOPInstanceUID": "1.9",
                f"{PLACE}.ImagePositionPatient": [0, 0, 4.5],
            },
            FAIL,
        ),
    ],
)
def test_seg_296_asks_for_an_image_of_each_frame(changes, status):
    found = judge("SEG-296", make.seg(IMAGES, **changes), reference=IMAGES)
    assert found.status == status
    told = "1 of 3 frames neither name a reference image nor lie on one"
    assert found.evidence == (
        told if status == FAIL else "same size and plane as 3 reference images"
    )


def test_seg_296_knows_of_unknown_images_only_that_a_frame_without_a_position_lies_on_none():
    uids = frozenset(image.SOPInstanceUID for image in IMAGES)
    shapes = {IMAGES[0].SOPInstanceUID: (Shape(4, 4, tuple(AXIAL), ""),)}
    known = ReferenceImages(IMAGES[0].SeriesInstanceUID, uids, "the session", shapes)
    lookup = Elsewhere(references=References((known,)))
    moved = make.seg(IMAGES, **{SOURCE: ABSENT, f"{PLACE}.ImagePositionPatient": [0, 0, 4.5]})
    assert judge("SEG-296", moved, lookup=lookup).status == PASS
    placeless = make.seg(IMAGES, **{SOURCE: ABSENT, PLACE: ABSENT})
    assert judge("SEG-296", placeless, lookup=lookup).status == FAIL


NAMES = [{"ReferencedSOPInstanceUID": image.SOPInstanceUID} for image in IMAGES]


@pytest.mark.parametrize("encoding", [make.EXPLICIT, make.BIG_ENDIAN, make.DEFLATED])
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({SOURCE: ABSENT, "SourceImageSequence": NAMES}, PASS),
        ({SOURCE: ABSENT, "SourceImageSequence": NAMES[:2]}, PASS),
        ({SOURCE: ABSENT, "SourceImageSequence": NAMES[:1]}, FAIL),
        (
            {
                f"{SOURCE}.SourceImageSequence.ReferencedSOPInstanceUID": "1.9",
                "SourceImageSequence": NAMES,
            },
            FAIL,
        ),
    ],
)
def test_seg_296_takes_the_list_of_sources_for_frames_that_name_none(changes, status, encoding):
    """It has one for each frame."""
    elsewhere = make.seg(IMAGES, **changes)
    for frame, image in zip(elsewhere[0].PerFrameFunctionalGroupsSequence, IMAGES, strict=True):
        x, y, z = image.ImagePositionPatient
        frame.PlanePositionSequence[0].ImagePositionPatient = [x, y, z + 0.1]  # not quite
    found = judge("SEG-296", pack.members(elsewhere, encoding), reference=IMAGES)
    assert found.status == status


@pytest.mark.parametrize("named", [{}, {SOURCE: ABSENT, "SourceImageSequence": NAMES}])
@pytest.mark.parametrize(("off", "status"), [(0.2, PASS), (0.3, FAIL), (-4.5, FAIL)])
@pytest.mark.parametrize("axis", [2, 0])
def test_seg_296_looks_where_frames_lie_that_name_their_image(named, off, status, axis):
    """A finer grid passed, of which the viewer draws each frame on some slice."""
    images = make.ct(3, ImageOrientationPatient=[[1, 0, 0, 0, 1, 0], [0, 1, 0, 0, 0, 1]][axis == 0])
    names = [{"ReferencedSOPInstanceUID": image.SOPInstanceUID} for image in images]
    named = {**named, **({"SourceImageSequence": names} if named else {})}
    segmentation = make.seg(images, **named)
    for frame in segmentation[0].PerFrameFunctionalGroupsSequence[:2]:
        position = list(frame.PlanePositionSequence[0].ImagePositionPatient)
        position[axis] += off
        frame.PlanePositionSequence[0].ImagePositionPatient = position
    found = judge("SEG-296", segmentation, reference=images)
    assert found.status == status
    if status == FAIL:
        assert found.evidence == ("2 of 3 frames would be drawn at another position than their own")


@pytest.mark.parametrize(("aside", "status"), [(0.9, PASS), (1.1, FAIL), (50, FAIL)])
def test_seg_296_looks_where_the_first_pixel_lies(aside, status):
    images = make.ct(3)
    segmentation = make.seg(images)
    for frame in segmentation[0].PerFrameFunctionalGroupsSequence:
        frame.PlanePositionSequence[0].ImagePositionPatient[0] += aside
    assert judge("SEG-296", segmentation, reference=images).status == status
    turned = f"{make.SHARED}.PlaneOrientationSequence.ImageOrientationPatient"
    make.change(segmentation, **{turned: [-1, 0, 0, 0, 1, 0]})
    assert judge("SEG-296", segmentation, reference=images).status == PASS


@pytest.mark.parametrize(
    ("spacing", "status"),
    [([1, 1.009], PASS), ([1, 1.02], FAIL), ([0.5, 0.5], FAIL), (ABSENT, PASS)],
)
def test_seg_296_compares_the_pixel_spacing(spacing, status):
    """The viewer does not resample: the same matrix of smaller pixels was drawn twice as large."""
    changes = {f"{make.SHARED}.PixelMeasuresSequence.PixelSpacing": spacing}
    found = judge("SEG-296", make.seg(IMAGES, **changes), reference=IMAGES)
    assert found.status == status


def test_seg_395_asks_for_one_structure_set_in_the_series():
    one, other = make.rtstruct(IMAGES) + make.rtstruct(IMAGES, SOPInstanceUID="1.9")
    assert judge("SEG-395", [one]).status == PASS
    found = judge("SEG-395", [one, other])
    assert (found.status, found.affected, found.checked) == (FAIL, ("001.dcm",), 2)
    assert found.evidence == "of 2 structure sets only the last is drawn"
