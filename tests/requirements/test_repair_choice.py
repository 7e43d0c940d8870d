"""Which of the repairs that fit a series is given."""

import struct
import tempfile

import pytest
from pydicom.encaps import encapsulate

from fw_gear_viewer_check import check
from fw_gear_viewer_check.dicom.header import MEDIA_DIRECTORY
from fw_gear_viewer_check.model.series import Tolerances
from fw_gear_viewer_check.requirements import repair_kinds, repairs
from fw_gear_viewer_check.requirements.registry import REQUIREMENTS
from fw_gear_viewer_check.requirements.repair_kinds import FIXER
from fw_gear_viewer_check.requirements.splitting import MOST_NEW_SERIES
from fw_gear_viewer_check.requirements.types import Capability
from tests import make, pack
from tests.judge import FAIL, PASS, judge
from tests.make import ABSENT, AXIAL, BLANK, each, raw
from tests.repairs.scans import (
    BYTES,
    COLOUR,
    CORONAL,
    FACTORS,
    NOT_OF_NM,
    OF_PAGE,
    PALETTE,
    SAGITTAL,
    SLICES,
    WITHOUT_GEOMETRY,
    YBR,
    ct,
    dose_report,
    film_in_a_scan,
    localizer,
    members,
    part,
    stacks_over_each_other,
    tables,
    volumes,
)


def pack_as(form, *values):
    return struct.pack(f"<{form}", *values)


OF_SPACE = ("MPR-103", "MPR-203", "MPR-204", "MEA-101")


@pytest.mark.parametrize("id_", OF_SPACE)
def test_a_dose_report_in_a_scan_is_split_off(id_):
    found = judge(id_, [*ct(6), *dose_report()])
    assert (found.status, found.repair) == (FAIL, repairs.SPLIT_BY_CLASS)


@pytest.mark.parametrize("id_", OF_SPACE)
def test_a_scan_that_lost_attributes_itself_is_exported_again(id_):
    scan = ct(6)
    make.change(scan[2:3], **WITHOUT_GEOMETRY)
    assert judge(id_, [*scan, *dose_report()]).repair == judge(id_, scan).repair
    assert judge(id_, scan).repair.kind == "export"


def test_kinds_that_differ_within_themselves_are_not_split_by_kind():
    sizes = ct(6, Rows=each(16, 16, 16, 8, 8, 8))
    assert judge("MPR-201", [*sizes, *dose_report()]).repair.config["group_by"] == "Rows,Columns"
    page = dose_report(Rows=8, **COLOUR)
    assert judge("MPR-201", [*ct(6), *page]).repair == repairs.SPLIT_BY_CLASS


@pytest.mark.parametrize(
    ("image_type", "repair"),
    [
        (["DERIVED", "SECONDARY", "DOSE_INFO"], repairs.NOT_A_VOLUME),
        (ABSENT, repairs.NOT_A_VOLUME),
        (["DERIVED", "PRIMARY", "ASL"], repairs.ASK_GEOMETRY),
    ],
)
def test_screenshots_have_no_position_and_primary_images_have_lost_it(image_type, repair):
    captures = make.ct(3, SOPClassUID=make.SC, **{**WITHOUT_GEOMETRY, "ImageType": image_type})
    assert judge("MPR-204", captures).repair == repair


def test_an_object_that_the_viewer_does_not_support_is_split_off_its_images():
    raw_data = part(make.ct(1, SOPClassUID=f"{make.STORAGE}66", PixelData=ABSENT), 9)
    assert judge("LIM-101", [*ct(3), *raw_data]).repair == repairs.SPLIT_BY_CLASS
    assert judge("LIM-101", raw_data).repair == repairs.SHOW_ANOTHER_WAY


def test_no_series_is_split_into_more_kinds_than_a_repair_may_make():
    kinds = [f"1.2.3.{n}" for n in range(MOST_NEW_SERIES)]
    raw_data = part(make.ct(len(kinds), PixelData=ABSENT, SOPClassUID=each(*kinds)), 8)
    page = dose_report(Rows=8)
    assert judge("MPR-201", [*ct(3), *raw_data[:-2], *page]).repair == repairs.SPLIT_BY_CLASS
    assert judge("MPR-201", [*ct(3), *raw_data, *page]).repair != repairs.SPLIT_BY_CLASS


def test_what_is_tried_on_each_kind_of_object_is_a_check_of_the_series_alone():
    assert all(callable(r.check) for r in REQUIREMENTS if r.if_mixed)


def test_a_scan_without_pixel_spacing_has_one_repair():
    images = make.ct(3, PixelSpacing=ABSENT)
    assert {judge(id_, images).repair for id_ in ("MPR-103", "MEA-101")} == {repairs.ASK_GEOMETRY}


def test_multi_frame_images_of_one_volume_each_need_no_more_than_to_be_split():
    """Each is a volume already: the advice for frames of one image contradicted LIM-102."""
    volumes = make.enhanced_mr(5, n=2)
    assert judge("LIM-102", volumes).repair == repairs.SPLIT_MULTI_FRAMES
    assert judge("MPR-102", volumes).repair == repairs.WITH_LIM_102
    both = make.enhanced_mr(z=[0, 0, 3, 3, 6, 6], n=2)
    assert judge("MPR-102", both).repair == repairs.FOUR_D_FRAMES
    assert judge("MPR-102", make.enhanced_mr(z=[0, 0, 3, 3])).repair == repairs.FOUR_D_FRAMES
    one = make.enhanced_mr(5)
    same = {name: getattr(one[0], name) for name in ("SeriesInstanceUID", "SOPClassUID")}
    beside = [*one, *part(make.mr(5), 9, **same)]
    assert judge("LIM-102", beside).status != FAIL
    assert judge("MPR-102", beside).repair == repairs.FOUR_D_FRAMES


def test_a_large_series_is_not_split_into_parts_without_mpr():
    how = {"tolerances": Tolerances(max_instances=8)}
    halves, mixed = ([0] * 6 + [1] * 6, [n % 3 % 2 for n in range(12)])
    for echoes, kind in ((halves, "gear"), (mixed, "export")):
        assert judge("LIM-103", make.mr(12, EchoTime=each(*echoes)), **how).repair.kind == kind


def _photographs(sop_class):
    return make.ct(
        2,
        Modality="OP",
        SOPClassUID=f"{make.STORAGE}{sop_class}",
        **WITHOUT_GEOMETRY,
        Rows=each(4, 6),
    )


def _planar_nm():
    kind = ["ORIGINAL", "PRIMARY", "WHOLE BODY", "EMISSION"]
    return make.ct(2, Modality="NM", ImageType=kind, **WITHOUT_GEOMETRY, Rows=each(4, 6))


def _scouts(*orientations, **changes):
    z = [[5 * n, 0, 0] for n in range(len(orientations))]
    return make.ct(z=z, ImageOrientationPatient=each(*orientations), **changes)


_UNEVEN = (0, 4, 8, 12, 16, 23, 30, 37, 44)


@pytest.mark.parametrize(
    ("id_", "images", "repair"),
    [
        ("MPR-201", make.us(4, Rows=each(4, 4, 6, 6)), repairs.NOT_A_VOLUME),
        ("MPR-201", make.us(3, Rows=each(4, 5, 6)), repairs.NOT_A_VOLUME),
        ("MPR-202", make.us(4, SamplesPerPixel=each(1, 1, 3, 3)), repairs.NOT_A_VOLUME),
        ("MPR-202", make.us(3, SamplesPerPixel=each(1, 1, 3), PixelSpacing=[1, 1]),
         repairs.NOT_A_VOLUME),
        ("MPR-201", _photographs("77.1.5.1"), repairs.NOT_A_VOLUME),
        ("MPR-201", _planar_nm(), repairs.PLANAR_NM),
        ("MPR-203", _scouts(CORONAL, SAGITTAL), repairs.EACH_TILTED),
        ("MPR-203", _scouts(CORONAL, SAGITTAL, SAGITTAL, Rows=each(4, 5, 6)), repairs.ALONE),
        ("MPR-201", _scouts(CORONAL, SAGITTAL, Rows=each(4, 6)), repairs.ALONE),
        ("MPR-201", _scouts(CORONAL, SAGITTAL, AXIAL, Rows=each(4, 5, 6)), repairs.ALONE),
        ("MPR-201", make.mr(2, Rows=each(4, 6)), repairs.ALONE),
        ("MPR-202", make.mr(2, SamplesPerPixel=each(1, 3)), repairs.ALONE),
        ("MPR-203", make.change([*ct(6), *localizer()], PixelSpacing=ABSENT), repairs.ASK_GEOMETRY),
        ("MPR-202", make.ct(4, ImagePositionPatient=ABSENT, SamplesPerPixel=each(1, 1, 3, 3)),
         repairs.ASK_GEOMETRY),
        ("MPR-201", make.ct(z=[0] * 4, Rows=each(4, 4, 6, 6)), repairs.ONE_POSITION),
        ("MPR-102", volumes(2, z=_UNEVEN, EchoTime=(10, 20)), repairs.UNEVEN),
        ("MPR-102", volumes(2, z=_UNEVEN), repairs.UNEVEN),
    ],
)  # fmt: skip
def test_no_series_is_split_of_which_no_part_would_have_mpr(id_, images, repair):
    """Exams in which nothing is wrong were torn apart, with new UIDs, and nothing was gained."""
    assert judge(id_, images).repair == repair


def test_a_series_is_split_of_which_a_part_has_mpr_when_it_is_split_again():
    echoes = {"EchoTime": (10, 20)}
    axial, coronal = volumes(2, **echoes), volumes(2, z=[[50, y, 0] for y in SLICES], **echoes)
    make.change(coronal, ImageOrientationPatient=CORONAL)
    images = [*axial, *part(coronal, 9)]
    assert judge("MPR-203", images).repair.config["group_by"] == "ImageOrientationPatient"
    assert judge("MPR-102", images).repair.config["group_by"] == "EchoTime"


def test_what_a_requirement_of_mpr_needs_is_tried_before_it_on_a_part():
    for n, requirement in enumerate(REQUIREMENTS):
        assert {r.id for r in REQUIREMENTS[:n]} >= set(requirement.requires) or (
            requirement.capability is not Capability.V3_MPR
        )


@pytest.mark.parametrize(
    ("z", "repair"),
    [
        ([0, 3, 6, 6, 9, 12, 15], repairs.REMOVE_REPEATED),
        ([0, 3, 6, 9, 12, 0, 3], repairs.REMOVE_REPEATED),
        ([0, 3, 6, 6, 9, 13, 16], repairs.UNEVEN),
        ([0, 3, 6, 6.5, 9, 12, 15], repairs.UNEVEN),
    ],
)
def test_images_that_repeat_a_position_can_be_removed(z, repair):
    """No MPR was said to be available for the scan, though one image was there twice."""
    assert judge("MPR-205", make.ct(z=z)).repair == repair


@pytest.mark.parametrize(
    ("one", "other"),
    [(b"1.2.3\\4", b"1.2.3_4"), (b"./1.2.3", b"1.2.3"), (b"a/../1.2", b"1.2 "), (b"1.2", b"1.3")],
)
def test_gears_that_would_make_one_of_two_uids_are_not_named(one, other):
    """They replace what no UID has: two images were copies of each other, or files of one name."""
    is_fine = (one, other) == (b"1.2", b"1.3")
    uids = [raw(one), raw(other), "1.2.9.1", "1.2.9.2"]
    series = {"SeriesInstanceUID": each("1.2.5", "1.2.5", "1.2.6", "1.2.6")}
    found = judge("ZIP-102", make.ct(4, SOPInstanceUID=each(*uids), **series))
    assert (found.repair != repairs.SORT_BY_HAND) is is_fine
    members = pack.members(make.ct(3, SOPInstanceUID=each(*uids[:3])))
    found = judge("ZIP-192", {**members, "copy.dcm": members["003.dcm"]})
    assert (found.repair.gear == "dicom-fixer") is is_fine


@pytest.mark.parametrize("keyword", ["EchoTime", "DiffusionBValue", "TemporalPositionIdentifier"])
def test_a_second_volume_that_was_aborted_is_not_thrown_away(keyword):
    """Its images were to be left out, as if each were the same as another one."""
    values = each(*[1] * 20, *[2] * 8)
    images = make.mr(z=[3 * n for n in (*range(20), *range(8))], **{keyword: values})
    images = [images[n] for n in range(0, 28, 2)] + [images[n] for n in range(1, 28, 2)]
    assert judge("MPR-205", images).repair.config["group_by"] == keyword


def test_beds_whose_values_name_no_file_are_not_split():
    """The gear stopped: the names of what it writes were longer than the disk takes."""
    beds = [[f"C{bed}{n:012}" for n in range(12)] for bed in (1, 2)]
    images = make.pt(z=[*range(5)] * 2, CorrectedImage=each(*beds[:1] * 5, *beds[1:] * 5))
    assert judge("SUV-291", images).repair == repairs.ENTER_PET


def test_one_lost_position_tears_no_scan_apart():
    """Ten images of an AcquisitionNumber each made ten series."""
    for numbers in (range(10), [n // 2 for n in range(10)]):
        images = make.mr(10, AcquisitionNumber=each(*numbers))
        make.change(images[2:3], ImagePositionPatient=ABSENT)
        assert judge("V3-193", images).repair.kind == "export"


@pytest.mark.parametrize("changes", [{}, {"ImagePositionPatient": ABSENT}])
def test_one_wrong_value_tears_no_scan_apart_that_has_no_mpr(changes):
    """One image was split off: the rest is no more a volume than before."""
    z = [0, 3, 6, 9, 12, 16.5, 19.5, 22.5, 25.5]
    times = each(*["110000"] * 4, "110001", *["110000"] * 4)
    assert judge("SUV-291", make.pt(z=z, SeriesTime=times, **changes)).repair == repairs.ENTER_PET
    how = {"tolerances": Tolerances(max_instances=8)}
    images = make.mr(z=z, EchoTime=each(*[1] * 8, 2), **changes)
    assert judge("LIM-103", images, **how).repair.kind == "export"


@pytest.mark.parametrize("modality", ["DS", "PA", "VF", "NMR"])
def test_no_fixer_replaces_a_modality_that_it_does_not_know(modality):
    images = make.ct(3, Modality=modality, SOPInstanceUID=each("1.1", "1.2", ABSENT))
    assert judge("V3-103", images).repair == repairs.FIRST_MODALITY


def test_no_fixer_writes_a_header_without_transfer_syntax():
    images = make.ct(3, SOPInstanceUID=each("1.1", "1.2", ABSENT))
    whole = pack.members(images)
    bare = {**whole, "003.dcm": pack.to_bytes(images[2], preamble=False)}
    assert judge("V3-103", whole).repair == repairs.ADD_INSTANCE_UIDS
    assert judge("V3-103", bare).repair == repairs.WRITE_PART_10


@pytest.mark.parametrize(("frames", "kind"), [(ABSENT, "gear"), (1, "none")])
def test_images_with_a_number_of_frames_are_not_split_by_geometry(frames, kind):
    images = make.change(volumes(3), NumberOfFrames=frames)
    assert judge("MPR-102", images).repair.kind == kind


def test_images_are_not_split_off_their_segmentation():
    images = make.ct(3)
    segmentation = make.seg(images, SeriesInstanceUID=images[0].SeriesInstanceUID)
    assert judge("V3-197", [*images, *segmentation]).repair == repairs.NONE_NEEDED


@pytest.mark.parametrize(
    ("beside", "repair"),
    [
        ({**COLOUR, **BYTES}, repairs.CONVERT_PALETTE),
        (BYTES, repairs.CONVERT_PALETTE),
        (YBR, repairs.ASK_RGB),
        ({**YBR, "SOPClassUID": make.SC, "Modality": "OT"}, repairs.ASK_RGB),
        ({**YBR, "PhotometricInterpretation": "YBR_PARTIAL_422"}, repairs.ASK_RGB),
    ],
)
def test_a_palette_is_converted_only_where_no_other_colours_are(beside, repair):
    """The fixer converted YBR images to RGB that were RGB already: their colours were lost."""
    images = [*make.us(2, **PALETTE, **BYTES), *part(make.us(1, **beside), 9)]
    assert judge("LIM-104", members(images, make.IMPLICIT)).repair == repair


@pytest.mark.parametrize("table", [bytes(512), b"\1\2" * 256, b"\xc2\x80" * 256, b"", ABSENT])
def test_a_palette_that_the_fixer_takes_for_text_is_not_converted(table):
    """It stopped, or wrote images of two colours instead of three."""
    images = make.us(2, **{**PALETTE, **BYTES, "BluePaletteColorLookupTableData": table})
    assert judge("LIM-104", members(images, make.IMPLICIT)).repair == repairs.ASK_RGB


def test_a_palette_of_16_bits_is_not_converted():
    """The fixer wrote pixels of 8 bits, and left BitsAllocated at 16: no image was shown."""
    images = make.us(2, **{**PALETTE, **BYTES, "BitsAllocated": 16})
    assert judge("LIM-104", members(images, make.IMPLICIT)).repair == repairs.ASK_RGB


def test_what_is_written_in_explicit_vr_keeps_its_colours():
    """Philips' counts, with a screenshot among them."""
    counts = make.pt(4, Units="CNTS", **FACTORS)
    assert judge("SUV-297", members(counts, make.IMPLICIT)).repair == repairs.TO_EXPLICIT_VR
    counts += part(make.pt(1, **YBR, Units="CNTS", **FACTORS), 9)
    assert judge("SUV-297", members(counts, make.IMPLICIT)).repair == repairs.ASK_RGB


@pytest.mark.parametrize(
    ("id_", "keyword"),
    [
        ("V2-101", "SeriesInstanceUID"),
        ("V2-102", "StudyInstanceUID"),
        ("V3-103", "SOPInstanceUID"),
        ("V3-110", "SOPClassUID"),
    ],
)
def test_no_gear_is_named_for_several_values_where_one_is_due(id_, keyword):
    found = judge(id_, make.ct(1, **{keyword: make.raw(b"1.2\\1.3 ", "UI")}))
    assert (found.code, found.repair) == ("damaged", repairs.ASK_SOURCE)


@pytest.mark.parametrize(("common", "is_split_by_it"), [(2, True), (12, False)])
def test_no_series_is_split_by_values_too_long_for_a_name(common, is_split_by_it):
    """The splitter cut the names of its outputs, and never ended where two were the same."""
    types = [[f"VALUE_{n:09}" for n in range(common)] + [last] for last in "AB"]
    found = judge("MPR-102", volumes(2, ImageType=types)).repair
    assert (found.config["group_by"] == "ImageType") is is_split_by_it


def test_no_gear_is_named_beside_a_hidden_file_that_may_be_an_image():
    """dicom-fixer took the part of an image for the image, and the image for its copy: lost."""
    files = pack.members(ct(5))
    files["copy.dcm"] = files["001.dcm"]
    assert judge("ZIP-192", files).repair == repairs.REMOVE_COPIES
    for name in (".002.dcm.part", "Thumbs.db", "__MACOSX/._002.dcm"):
        for content in (files["002.dcm"], files["002.dcm"][:500]):
            assert judge("ZIP-192", {**files, name: content}).repair == repairs.REMOVE_HIDDEN
            assert judge("ZIP-104", {**files, name: content}).repair == repairs.REMOVE_HIDDEN
    apple_double = b"\0\5\x16\7\0\2\0\0Mac OS X        \0\2\0\0\0\t" + bytes(200)
    for content in (apple_double, b"", b"icons"):
        of_system = {**files, "__MACOSX/._002.dcm": content}
        assert judge("ZIP-192", of_system).repair == repairs.REMOVE_COPIES


@pytest.mark.parametrize(
    "in_front", [None, b"--boundary\r\nContent-Type: application/dicom\r\n\r\n"]
)
def test_no_gear_is_named_that_would_drop_what_is_left_of_an_image(in_front):
    """Zeros in its place, or what a server had sent in front, made it "not DICOM"."""
    files = pack.members(ct(5))
    last = files["005.dcm"]
    files["005.dcm"] = bytes(len(last)) if in_front is None else in_front + last
    assert judge("ZIP-103", files).repair == repairs.UPLOAD_AGAIN
    assert judge("ZIP-103", {**files, "005.dcm": b"a text"}).repair.gear == repair_kinds.SPLITTER


@pytest.mark.parametrize(("length", "is_unpacked"), [(255, True), (256, False)])
def test_no_gear_is_named_that_cannot_unpack_the_archive(length, is_unpacked):
    """Gears unpack it, and a disk takes no longer name: they stopped."""
    files = pack.members(ct(4, SOPInstanceUID=ABSENT))
    files["x" * (length - 4) + ".dcm"] = files.pop("001.dcm")
    repair = repairs.ADD_INSTANCE_UIDS if is_unpacked else repairs.FIRST_READABLE
    assert judge("V3-103", files).repair == repair


def test_no_two_repairs_wait_for_each_other():
    """Of two series with a copy, each was to be repaired after the other."""
    mixed = pack.members([*ct(4), *make.mr(4, SeriesInstanceUID="1.2.9")])
    mixed["copy.dcm"] = mixed["001.dcm"]
    assert judge("ZIP-102", mixed).repair == repairs.SORT_BY_HAND
    assert judge("V3-196", mixed).repair == repairs.FIRST_SPLIT
    lacking = ct(6)
    make.change(lacking[2:3], SOPInstanceUID=ABSENT)
    one = pack.members(lacking)
    one["copy.dcm"] = one["001.dcm"]
    assert judge("V3-103", one).repair == repairs.FIRST_COPIES
    assert judge("V3-196", one).repair == judge("ZIP-192", one).repair == repairs.SORT_BY_HAND


def test_a_dicomdir_is_no_image_that_could_be_counted():
    """The splitter looked for its position, and wrote nothing."""
    four_d = pack.members(volumes(3))
    assert judge("MPR-102", four_d).repair.config["max_geometric_splits"] == 3
    (directory,) = make.ct(1)
    directory.SOPClassUID = directory.file_meta.MediaStorageSOPClassUID = MEDIA_DIRECTORY
    with_directory = {**four_d, "DICOMDIR": pack.to_bytes(directory)}
    assert judge("MPR-102", with_directory).repair == repairs.REMOVE_FILES
    copied = {**pack.members(ct(5)), "DICOMDIR": with_directory["DICOMDIR"]}
    copied["copy.dcm"] = copied["001.dcm"]
    assert judge("V3-196", copied).repair == repairs.REMOVE_FILES


@pytest.mark.parametrize(
    "other",
    [
        *({"Modality": "MR"}, {"StudyInstanceUID": "1.9"}, {"PatientID": "B"}),
        *({"SeriesNumber": 9}, {"FrameOfReferenceUID": "1.9"}, {"SeriesTime": "111111"}),
    ],
)
def test_images_of_several_series_get_no_common_uid(other):
    """Two patients became one series, for good."""
    without = ct(4, SeriesInstanceUID=ABSENT)
    assert judge("V3-102", without).repair.gear == repair_kinds.FIXER
    make.change(without[2:], **other)
    assert judge("V3-102", without).repair == repairs.SORT_BY_HAND


@pytest.mark.parametrize(
    "changes",
    [
        {"RescaleIntercept": make.raw(b"-1024,0")},
        {"PixelSpacing": make.raw(b"0,5\\0,5 ")},
        {"PatientWeight": make.raw(b"70 kg ")},
        {"DetectorInformationSequence": [{"ImagePositionPatient": make.raw(b"0,5\\0\\0")}]},
    ],
)
def test_no_gear_reads_a_number_with_a_comma(changes):
    """It wrote -10240 for -1024,0, and replaced the file."""
    lacking = ct(4, SOPInstanceUID=ABSENT)
    assert judge("V3-103", lacking).repair == repairs.ADD_INSTANCE_UIDS
    assert judge("V3-103", make.change(lacking, **changes)).repair == repairs.FIRST_NUMBERS
    beside = [*ct(4), *part(make.ct(2, SOPClassUID=make.SC), 9)]
    assert judge("V3-197", beside).repair.gear == repair_kinds.SPLITTER
    assert judge("V3-197", make.change(beside, **changes)).repair == repairs.FIRST_NUMBERS


@pytest.mark.parametrize(
    "changes",
    [
        {"RescaleSlope": raw(pack_as("d", 2.5), "FD")},
        {"RescaleIntercept": raw(pack_as("d", 0), "FD")},
        {"PixelSpacing": raw(pack_as("ff", 1, 1), "FL")},
        {"SliceThickness": raw(b"3 ", "US")},
        {"AcquisitionNumber": raw(pack_as("H", 1), "US")},
        {"Rows": raw(pack_as("I", 4), "UL")},
        {"PlanarConfiguration": raw(pack_as("I", 0), "UL")},
        {"InversionTime": raw(pack_as("d", 100), "FD")},
        {"DiffusionBValue": raw(b"1000", "DS")},
        {"NumberOfFrames": raw(b"1.5 ", "DS")},
        {"RescaleSlope": raw(b"2,5 ", "LO")},
        {f"{make.DOSE}.RadionuclideTotalDose": raw(pack_as("d", 3.7e8), "FD")},
        {"StackID": raw(pack_as("H", 1), "US")},
    ],
)
@pytest.mark.parametrize("encoding", [make.EXPLICIT, make.BIG_ENDIAN])
def test_no_gear_reads_a_number_in_another_vr(changes, encoding):
    """It takes the dictionary's VR: a RescaleSlope in FD was no text, and removed."""
    changes = {key: _in_order(value, encoding) for key, value in changes.items()}
    how = {"TransferSyntaxUID": encoding, "SOPInstanceUID": ABSENT}
    assert judge("V3-103", ct(4, **how)).repair == repairs.ADD_INSTANCE_UIDS
    assert judge("V3-103", make.change(ct(4, **how), **changes)).repair == repairs.FIRST_NUMBERS


@pytest.mark.parametrize("encoding", [make.EXPLICIT, make.IMPLICIT, make.BIG_ENDIAN])
@pytest.mark.parametrize(("entries", "is_kept"), [(256, True), (32_768, False), (40_000, False)])
def test_no_gear_counts_a_long_table_in_signed_numbers(encoding, entries, is_kept):
    """It wrote 7,232 for 40,000, and 0 (65,536) for 32,768; or stopped, in implicit VR."""
    repair = repairs.ADD_INSTANCE_UIDS if is_kept else repairs.FIRST_NUMBERS
    how = {"SOPInstanceUID": ABSENT, "TransferSyntaxUID": encoding}
    for table in tables(entries, "SS"):
        signed = ct(4, **how, PixelRepresentation=1, **table)
        assert judge("V3-103", signed).repair == repair
    for table in tables(entries, "US"):
        unsigned = ct(4, **how, PixelRepresentation=0, **table)
        assert judge("V3-103", unsigned).repair == repairs.ADD_INSTANCE_UIDS


def test_no_gear_counts_a_long_table_in_signed_numbers_whatever_the_pixels_are():
    for table in tables(40_000, "SS"):
        images = ct(4, SOPInstanceUID=ABSENT, PixelRepresentation=0, **table)
        assert judge("V3-103", images).repair == repairs.FIRST_NUMBERS


def test_a_hidden_file_does_not_hide_what_a_gear_would_read_otherwise():
    """What it had taught was stepped over in the images, and not noted of these."""
    thickness = {"SliceThickness": raw(b"3,0 ", "SH")}
    files = pack.members(ct(4, SOPInstanceUID=ABSENT, **thickness))
    lacking = make.change(ct(1, **thickness), SOPClassUID=ABSENT, SOPInstanceUID=ABSENT)
    files["000/Thumbs.db"] = pack.to_bytes(lacking[0], preamble=False)
    assert judge("V3-103", files).repair == repairs.FIRST_NUMBERS


def _in_order(value, encoding):
    is_binary = value.vr in {"FD", "FL", "UL"} or value == raw(pack_as("H", 1), "US")
    if encoding != make.BIG_ENDIAN or not is_binary:
        return value
    size = {"FD": 8, "US": 2}.get(value.vr, 4)
    numbers = [value.value[n : n + size][::-1] for n in range(0, len(value.value), size)]
    return raw(b"".join(numbers), value.vr)


@pytest.mark.parametrize(
    "changes",
    [
        {"RescaleSlope": raw(b"2.5 ", "UN")},
        {"RescaleSlope": raw(b"2.5 ", "LO")},
        {"RescaleSlope": raw(b"", "FD")},
        {"Rows": raw(pack_as("H", 4), "SS")},
        {"Rows": raw(pack_as("H", 4), "UN")},
        {"ImageType": raw(b"ORIGINAL\\PRIMARY ", "LO")},
        {"InstanceNumber": raw(b"1 ", "DS")},
        {"(0019,0010)": "SIEMENS MR HEADER", "(0019,100C)": raw(pack_as("d", 1000), "FD")},
        {"PatientAge": raw(pack_as("H", 30), "US")},
    ],
)
def test_gears_keep_what_is_the_same_in_the_dictionarys_vr(changes):
    lacking = ct(4, SOPInstanceUID=ABSENT, **changes)
    assert judge("V3-103", lacking).repair == repairs.ADD_INSTANCE_UIDS


PADDING = b"\xfc\xff\xfc\xffOB\0\0\4\0\0\0\0\0\0\0"
ENDLESS = b"\xe1\x7f\x01\x10SQ\0\0\xff\xff\xff\xff"
END = b"\xfe\xff\xdd\xe0\0\0\0\0"


@pytest.mark.parametrize(
    ("behind", "is_read"),
    [
        (b"", True),
        (bytes(2), True),
        (bytes(7), True),
        (PADDING, True),
        (ENDLESS + END, True),
        (b"garbage!", True),
        (bytes(8), False),
        (bytes(2048), False),
        (PADDING + bytes(64), False),
        (b"\xff" * 8, False),
        (b"\xff" * 64, False),
        (ENDLESS, False),
        (b"\0\0\0\0UL\4\0\0\0\0\0", False),
    ],
)
@pytest.mark.parametrize("encoding", [make.EXPLICIT, make.IMPLICIT, make.JPEG, make.BIG_ENDIAN])
def test_no_gear_is_named_for_what_it_cannot_read_behind_pixels(behind, is_read, encoding):
    """Zeros stopped it; of a file with bytes 255 it wrote an empty image in the place of all."""
    if encoding in {make.IMPLICIT, make.BIG_ENDIAN} and behind not in {b"", *map(bytes, (2, 8))}:
        return
    files = pack.members(ct(4, TransferSyntaxUID=encoding))
    files["copy.dcm"] = files["001.dcm"]
    files["002.dcm"] += behind
    repair = repairs.REMOVE_COPIES if is_read else repairs.FIRST_VALUES
    assert judge("ZIP-192", files).repair == repair


@pytest.mark.parametrize(("end", "is_read"), [(END, True), (b"", False), (END + bytes(8), False)])
@pytest.mark.parametrize("frames", [1, 2])
def test_no_gear_is_named_for_frames_without_an_end(end, is_read, frames):
    """Of compressed pixel data whose end is not marked it wrote empty images."""
    jpeg = encapsulate([b"\xff\xd8\xff\xc0\0\x0b" + bytes(20)] * frames)
    images = make.ct(4, TransferSyntaxUID=make.JPEG, NumberOfFrames=frames, PixelData=jpeg)
    files = pack.members(images)
    files = {name: content.removesuffix(END) + end for name, content in files.items()}
    files["copy.dcm"] = files["001.dcm"]
    assert (judge("ZIP-192", files).repair == repairs.REMOVE_COPIES) is is_read


@pytest.mark.parametrize("lacking", [ABSENT, make.BLANK])
@pytest.mark.parametrize(
    ("id_", "keyword", "value", "repair"),
    [
        ("MPR-201", "Rows", 4, repairs.ASK_SOURCE),
        ("MPR-202", "SamplesPerPixel", 1, repairs.ASK_SOURCE),
        ("V3-197", "SOPClassUID", make.CT, repairs.WITH_OTHERS),
    ],
)
def test_an_image_that_lacks_a_value_is_no_other_kind(id_, keyword, value, repair, lacking):
    """A scan was split where SamplesPerPixel was missing: into grey and colour images."""
    found = judge(id_, make.ct(4, **{keyword: each(value, value, lacking, value)}))
    assert (found.status, found.repair) == (FAIL, repair)


@pytest.mark.parametrize(
    ("keyword", "first", "second", "other", "volumes"),
    [
        ("ConvolutionKernel", raw(b"B30 "), raw(b"B30\0"), raw(b"B70 "), 2),
        ("ConvolutionKernel", raw(b"B30 "), raw(b" B30"), raw(b"B70 "), 3),
        ("ConvolutionKernel", raw(b"B30\\3 "), raw(b"B30\\ 3"), raw(b"B70 "), 3),
        ("AcquisitionTime", raw(b"110000"), raw(b" 110000 "), raw(b"120000"), 3),
        ("AcquisitionTime", make.BLANK, ABSENT, raw(b"120000"), 3),
        ("EchoTime", make.BLANK, ABSENT, 5, 2),
        ("EchoTime", 0, raw(b"-0"), 5, 2),
    ],
)
def test_values_are_grouped_as_the_splitter_does(keyword, first, second, other, volumes):
    """It keeps a blank in front of a text: of two volumes it made three series."""
    values = each(*[first, second] * 3, *[other] * 6)
    found = judge("MPR-102", make.ct(z=[*range(0, 18, 3)] * 2, **{keyword: values}))
    assert (found.values["attribute"], found.values["volumes"]) == (keyword, volumes)


@pytest.mark.parametrize(
    ("id_", "keyword"), [("V3-103", "SOPInstanceUID"), ("V3-110", "SOPClassUID")]
)
def test_no_order_of_files_decides_on_code_and_repair(id_, keyword):
    """A gear was named where the file without a value came before the one with a damaged one."""
    several = raw(b"1.2\\1.3 ", "UI")
    for values in ((ABSENT, several), (several, ABSENT), (ABSENT, ABSENT, several)):
        images = make.ct(len(values), **{keyword: each(*values)})
        found = judge(id_, make.change(images, MediaStorageSOPClassUID=make.CT))
        assert found.repair == repairs.ASK_SOURCE
        assert found.code == "absent"


def test_no_gear_is_named_for_commands_in_a_data_set():
    """It refuses to write them, like zeros behind a report."""
    commands = pack.members(ct(4, CommandGroupLength=raw(bytes(4), "UL")))
    report = pack.members(make.sr())
    padded = {name: content + bytes(512) for name, content in report.items()}
    for files, repair in (
        (commands, repairs.FIRST_VALUES),
        (report, repairs.REMOVE_COPIES),
        (padded, repairs.FIRST_VALUES),
    ):
        copied = {**files, "copy.dcm": next(iter(files.values()))}
        assert judge("ZIP-192", copied).repair == repair


@pytest.mark.parametrize(
    ("changes", "is_kept"),
    [
        ({"Units": raw(b"BQML\\CNTS ")}, False),
        ({"DecayCorrection": raw(b"START\\ADMIN ")}, False),
        ({"AcquisitionTime": raw(b"110000\\110001 ")}, False),
        ({"Rows": raw(b"\4\0\4\0")}, False),
        ({f"{make.DOSE}.RadiopharmaceuticalStartTime": raw(b"100000\\100001 ")}, False),
        ({"RescaleSlope": raw(b"1\\2 ")}, True),
        ({"ImageType": raw(b"ORIGINAL\\PRIMARY ")}, True),
        ({"StackID": raw(b"1\\2 ")}, True),
    ],
)
def test_no_gear_joins_several_values_that_the_viewer_reads(changes, is_kept):
    """It wrote BQML_CNTS for BQML and CNTS, of which the viewer takes the first; or it stopped."""
    lacking = make.pt(4, SOPInstanceUID=ABSENT, **changes)
    repair = repairs.ADD_INSTANCE_UIDS if is_kept else repairs.FIRST_VALUES
    assert judge("V3-103", lacking).repair == repair


def test_no_fixer_is_named_for_several_numbers_that_it_reckons_with():
    """It ended with an error: it asks whether a field is above 30, and multiplies frames."""
    lacking = make.mr(4, SOPInstanceUID=ABSENT)
    palette = make.us(1, **PALETTE, **BYTES)
    for number, repair in (
        ("1 ", (repairs.ADD_INSTANCE_UIDS, repairs.CONVERT_PALETTE)),
        ("1\\1 ", (repairs.FIRST_VALUES, repairs.FIRST_VALUES)),
    ):
        make.change(lacking, MagneticFieldStrength=raw(number.encode()))
        make.change(palette, NumberOfFrames=raw(number.encode()))
        found = judge("V3-103", lacking), judge("LIM-104", members(palette, make.IMPLICIT))
        assert tuple(one.repair for one in found) == repair


def test_every_run_of_a_gear_tells_what_else_it_changes():
    cautions = {repair.caution for one in REQUIREMENTS for repair in one.repairs if repair.gear}
    assert len(cautions) > 5
    assert all("1,5 becomes 15" in caution for caution in cautions)
    by_fixer = {r.caution for one in REQUIREMENTS for r in one.repairs if r.gear == FIXER}
    assert all("3000 tesla, 3" in caution and "PatientSex U" in caution for caution in by_fixer)


def test_a_gear_on_the_whole_file_heeds_every_series():
    """Only the series that was judged first was looked at: the others' numbers changed."""
    two = [*ct(2), *ct(2, SeriesInstanceUID="1.2.9")]
    assert repair_in_report("ZIP-102", two) == repairs.SPLIT_BY_SERIES
    make.change(two[2:3], RescaleIntercept=make.raw(b"-1024,0"))
    assert repair_in_report("ZIP-102", two) == repairs.FIRST_NUMBERS


@pytest.mark.parametrize("syntax", [make.DEFLATED, make.JPEG_2000_PART_2])
def test_a_series_that_does_not_open_is_not_split_for_mpr(syntax):
    """Three series were made of it, and none of them opened."""
    four_d = volumes(3, EchoTime=(10, 20, 30))
    assert repair_in_report("MPR-102", four_d).gear
    repair = repair_in_report("MPR-102", pack.members(four_d, syntax))
    assert repair == repair_in_report("V3-191", pack.members(four_d, syntax))
    assert not repair.gear


def repair_in_report(id_, images):
    with tempfile.TemporaryDirectory() as folder:
        report = check(pack.zip_file(folder, images))
    return next(r.repair for r in report.results if r.requirement.id == id_)


@pytest.mark.parametrize(
    "beside", [make.sr(), make.ct(1, SOPClassUID=make.RAW_DATA, PixelData=ABSENT)]
)
def test_no_geometry_is_looked_for_in_a_report(beside):
    """The splitter wrote nothing."""
    four_d = volumes(2)
    assert judge("MPR-102", four_d).repair.config["max_geometric_splits"] == 2
    make.change(beside, SeriesInstanceUID=four_d[0].SeriesInstanceUID)
    without_place = {"ImagePositionPatient": ABSENT, "ImageOrientationPatient": ABSENT}
    make.change(beside, SOPInstanceUID="1.2.99", **without_place)
    assert judge("MPR-102", [*four_d, *beside]).repair == repairs.FIRST_IMAGES


def test_whoever_splits_is_told_of_the_names():
    """Those of two files of one acquisition may be the same, and one replaces the other."""
    splits = {r for one in REQUIREMENTS for r in one.repairs if r.gear == repair_kinds.SPLITTER}
    unnamed = {repair for repair in splits if "replace files" not in repair.caution}
    assert unnamed == {repairs.SPLIT_MULTI_FRAMES}  # it names them after their UIDs


@pytest.mark.parametrize("option", ["new-uids-needed", "fix-uids"])
def test_whoever_renews_uids_is_told_of_segmentations(option):
    """Those of the images, and what a segmentation names of them, change apart."""
    renewing = {
        repair
        for one in REQUIREMENTS
        for repair in one.repairs
        if repair.config.get(option) is True
    }
    assert renewing
    assert all("egmentations" in repair.caution for repair in renewing)


def test_no_gear_is_started_that_would_stop():
    zeros = ct(4, StudyInstanceUID="1.2.03")
    assert judge("V2-102", zeros).repair == repairs.CORRECT_UIDS
    for name, repair in (
        ("ISO_IR 999", repairs.FIRST_VALUES),
        ("ISO_IR 192", repairs.CORRECT_UIDS),
        (["", "ISO 2022 IR 87"], repairs.CORRECT_UIDS),
    ):
        make.change(zeros, SpecificCharacterSet=name)
        assert judge("V2-102", zeros).repair == repair
    make.change(zeros, SpecificCharacterSet=ABSENT)
    explicit, implicit = (f"UI\x14\x00{uid}" for uid in (make.EXPLICIT, make.IMPLICIT))
    otherwise = {
        name: content.replace(explicit.encode(), implicit.ljust(len(explicit), "\0").encode())
        for name, content in pack.members(zeros).items()
    }
    assert judge("V2-102", otherwise).repair == repairs.FIRST_VALUES
    large = make.change(ct(4, StudyInstanceUID="1.2.03"), SeriesNumber=make.raw(b"4294967296"))
    assert judge("V2-102", large).repair == repairs.FIRST_NUMBERS
    beside = [*ct(4), *part(make.ct(2, SOPClassUID=make.SC), 9)]
    make.change(beside, SeriesNumber=make.raw(b"1\\2 "))
    assert judge("V3-197", beside).repair == repairs.FIRST_VALUES


@pytest.mark.parametrize(
    ("name", "is_kept"),
    [("a.dicom.zip", True), ("a.zip", True), ("a.ZIP", False), ("a", False), ("a.zip.b", False)],
)
def test_the_fixer_replaces_what_it_names_alike(tmp_path, name, is_kept):
    """It wrote a.ZIP.zip beside a.ZIP, which still failed, and the series was there twice."""
    lacking = pack.zip_file(tmp_path, ct(4, SOPInstanceUID=ABSENT), name)
    repair = repairs.ADD_INSTANCE_UIDS if is_kept else repairs.FIRST_NAME
    assert judge("V3-103", lacking).repair == repair
    alone = pack.zip_file(tmp_path, ct(1, SOPInstanceUID=ABSENT), name)
    assert judge("V3-103", alone).repair == repairs.ADD_INSTANCE_UIDS


@pytest.mark.parametrize("id_", OF_SPACE)
def test_no_image_is_split_from_its_own_segmentation(id_):
    """Its new SeriesInstanceUID was not the one that the segmentation names."""
    scan = ct(6)
    overlay = make.rtstruct(scan, SeriesInstanceUID=scan[0].SeriesInstanceUID)
    assert judge(id_, [*scan, *dose_report(), *overlay]).repair == repairs.KEEP_MATCH


def test_no_uid_is_renewed_of_images_with_their_segmentation():
    scan = ct(6, SeriesInstanceUID="a.b")
    overlay = make.rtstruct(scan, SeriesInstanceUID="a.b")
    assert judge("V2-101", scan).repair == repairs.NEW_UIDS
    assert judge("V2-101", [*scan, *overlay]).repair == repairs.KEEP_MATCH


@pytest.mark.parametrize("studies", [("1.3", "1.3", "1.4"), ("1.3", "1.3", ABSENT)])
def test_no_uids_are_renewed_where_the_fixer_finds_several_studies(studies):
    """It stopped: it renews StudyInstanceUID together with SeriesInstanceUID."""
    found = judge("V2-101", ct(3, SeriesInstanceUID="a.b", StudyInstanceUID=each(*studies)))
    assert (found.status, found.repair.kind) == (FAIL, "export")


def test_no_series_is_split_by_numbers_that_have_no_order():
    two = make.raw(b"\4\0\5\0")
    images = make.ct(4, Rows=each(4, 4, two, two))
    assert judge("MPR-201", images).repair == repairs.FIRST_VALUES
    assert judge("MPR-201", ct(4, Rows=each(4, 4, 5, 5))).repair.gear == "dicom-splitter"


def test_no_gear_is_named_where_it_would_change_a_dose():
    """0,00123 became 123."""
    dose = make.ct(3, SeriesInstanceUID=ABSENT, DoseGridScaling=make.raw(b"0,00123 "))
    assert judge("V3-102", dose).repair == repairs.FIRST_NUMBERS


@pytest.mark.parametrize(("beside", "gear"), [(0, "dicom-splitter"), (40, "")])
def test_stacks_are_split_by_geometry_where_the_splitter_sees_them_turn(beside, gear):
    """It looks along the line through the first two positions, not along the normal."""
    first = part(make.ct(z=[[0, 0.36 * z, z] for z in range(0, 15, 3)]), 1)
    second = part(make.ct(z=[[0, beside + 0.36 * z, z + 1] for z in range(0, 15, 3)]), 2)
    repair = judge("MPR-205", [*first, *second]).repair
    assert (repair.gear, repair.config.get("max_geometric_splits")) == (gear, 2 if gear else None)


def test_no_pet_is_split_into_parts_that_the_viewer_shows_without_mpr():
    """The page allows the hole that the bed between them leaves, the viewer does not."""
    corrections = ["START", "ADMIN", "START"]
    beds = [
        image
        for n, correction in enumerate(corrections)
        for image in part(
            make.pt(z=[12 * n + 3 * k for k in range(4)]), n, DecayCorrection=correction
        )
    ]
    assert judge("SUV-291", beds).repair.gear == ""
    assert judge("SUV-291", beds[:8]).repair.config["group_by"] == "DecayCorrection"


@pytest.mark.parametrize(
    ("name", "images", "repair"),
    [
        ("series-2_MR_bold.dicom.zip", volumes(3), repairs.FIRST_OTHER_NAME),
        # Too long a name to be shown whole.
        (f"series-2_MR_{'b' * 200}.dicom.zip", volumes(3), repairs.FIRST_OTHER_NAME),
        ("bold.dicom.zip", volumes(3), None),
        # What it groups by an attribute it names after that, too.
        ("series-2_MR_bold.dicom.zip", volumes(3, TemporalPositionIdentifier=(1, 2, 3)), None),
        (
            "series-2_MR_TemporalPositionIdentifier-1.dicom.zip",
            volumes(3, TemporalPositionIdentifier=(1, 2, 3)),
            repairs.FIRST_OTHER_NAME,
        ),
    ],
)
def test_the_splitter_does_not_write_over_its_input(tmp_path, name, images, repair):
    """One of ten volumes took the name of the series, and its place."""
    found = judge("MPR-102", pack.zip_file(tmp_path, images, name)).repair
    assert found == repair if repair else found.gear == repair_kinds.SPLITTER


def test_a_split_by_geometry_waits_for_what_keeps_the_series_from_opening():
    first = part(make.ct(z=[[0, 0.36 * z, z] for z in range(0, 15, 3)]), 1)
    second = part(make.ct(z=[[0, 0.36 * z, z + 1] for z in range(0, 15, 3)]), 2)
    stacks = make.change([*first, *second], PhotometricInterpretation=ABSENT)
    found = [judge(one.id, stacks) for one in REQUIREMENTS if one.capability == Capability.V3_OPEN]
    keeps = next(one for one in found if one.status == FAIL)
    repair = judge("MPR-205", stacks).repair
    assert (repair, repair.gear) == (keeps.repair, "")


def test_volumes_are_split_by_geometry_where_one_of_them_has_mpr_then():
    """Only the first image of each position was looked at, which are those of one volume."""
    four_d = volumes(2, z=(0, 3, 6))
    make.change(four_d[1:2], PixelSpacing=ABSENT)
    assert judge("MPR-102", four_d).repair.config["max_geometric_splits"] == 2
    make.change(four_d[4:5], PixelSpacing=ABSENT)
    assert not judge("MPR-102", four_d).repair.gear


def _has_one_kind_too_many(images, *ids):
    assert {judge(id_, images).repair for id_ in ids} == {repairs.SPLIT_BY_CLASS}


def test_a_screenshot_beside_one_multi_frame_volume_is_split_off():
    """The advice was to upload the reconstructed series, which it is, or none."""
    page = part(make.nm(1, **OF_PAGE, **NOT_OF_NM), 9)
    spect = [*make.nm(8), *page]
    _has_one_kind_too_many(spect, "MPR-103", "MPR-203", "MPR-204", "MPR-401", "MEA-101")
    one = make.enhanced_mr(5)
    same = {name: getattr(one[0], name) for name in ("SeriesInstanceUID", "StudyInstanceUID")}
    _has_one_kind_too_many([*one, *dose_report(**same)], "MPR-103", "MPR-203", "MPR-204")


def test_a_captured_film_beside_a_scan_is_split_off():
    _has_one_kind_too_many(film_in_a_scan(), "MPR-301", "MPR-302", "MPR-303")
    _has_one_kind_too_many(film_in_a_scan([0, 0, 0]), "MPR-392")


def test_a_report_is_split_off_before_the_views_of_the_scan_are():
    """No export gives a report an orientation."""
    views = [*ct(6), *localizer()]
    assert judge("MPR-203", views).repair.config["group_by"] == "ImageOrientationPatient"
    assert judge("MPR-203", [*views, *part(dose_report(), 8)]).repair == repairs.SPLIT_BY_CLASS


def test_kinds_are_not_set_apart_for_mpr_that_comes_of_none():
    uneven = [*make.ct(z=[0, 3, 7, 9, 20]), *dose_report()]
    found = {judge(id_, uneven).repair for id_ in ("MPR-103", "MPR-203", "MPR-204")}
    assert found == {repairs.UNEVEN}
    _has_one_kind_too_many(uneven, "MEA-101")


@pytest.mark.parametrize(
    ("flips", "group_by"), [((5, 20, 5, 20), "EchoTime,FlipAngle"), ((5, 5, 20, 20), "")]
)
def test_volumes_are_split_by_two_attributes_that_separate_them_together(flips, group_by):
    """Of echoes and flip angles it was said that nothing separates them."""
    found = judge("MPR-102", volumes(4, EchoTime=(4, 4, 9, 9), FlipAngle=flips))
    assert found.status == FAIL
    assert found.repair.config["group_by"] == group_by


def test_slices_are_not_called_missing_where_stacks_lie_over_each_other():
    stacks = stacks_over_each_other("AcquisitionNumber", (1, 2, 3))
    assert judge("MPR-206", stacks).status == PASS
    found = judge("MPR-198", stacks)
    assert (found.status, "missing" in found.evidence) == (FAIL, False)
    assert found.repair.config["group_by"] == "AcquisitionNumber"
    for of_first_is_missing in (stacks[:1] + stacks[2:], ct(z=[0, 3, 6, 9, 18, 21])):
        assert judge("MPR-206", of_first_is_missing).status == FAIL


def test_stacks_behind_each_other_may_lack_the_slices_between():
    behind = ct(z=[0, 3, 6, 9, 18, 21, 24, 27], AcquisitionNumber=each(*[1] * 4, *[2] * 4))
    assert judge("MPR-206", behind).repair == repairs.FIND_IMAGES


@pytest.mark.parametrize(
    ("described", "character_set", "repair"),
    [
        ("Q" * 64, "ISO_IR 192", repairs.SPLIT_BY_ORIENTATION),
        ("\u0431" * 40, "ISO_IR 144", repairs.SPLIT_BY_ORIENTATION),
        ("\u6f22" * 60, "ISO_IR 192", repairs.FIRST_VALUES),
        ("Q" * 1200, "ISO_IR 192", repairs.FIRST_VALUES),
    ],
)
def test_a_series_description_may_make_names_of_files_too_long(described, character_set, repair):
    """The gear ended with an error, or sought another name without end."""
    oblique = [0.9992128, 0.0396640, 0.0001123, 0.0396641, 0.9991234, 0.0123456]
    changes = {"SeriesDescription": described, "SpecificCharacterSet": character_set}
    images = [
        *make.ct(12, **changes),
        *part(make.ct(4, ImageOrientationPatient=oblique), 9, **changes),
    ]
    assert judge("MPR-203", images).repair.text[:20] == repair.text[:20]


def test_series_with_one_long_description_are_zipped_by_hand():
    for length, kind in ((64, "gear"), (300, "export")):
        series = [*make.ct(4), *make.ct(4, SeriesInstanceUID="1.2.9")]
        make.change(series, SeriesDescription="Q" * length)
        assert judge("ZIP-102", series).repair.kind == kind


def test_of_a_series_description_nothing_but_its_length_is_kept():
    (series,) = pack.read(make.ct(1, SeriesDescription="Head of Mrs. Doe"))
    assert series.instances[0].data["SeriesDescription"] == 16
    (series,) = pack.read(make.ct(1, SeriesDescription=BLANK))
    assert series.instances[0].data["SeriesDescription"] is None


def test_factors_are_left_to_the_fixer_only_where_it_rewrites_every_image():
    """It writes nothing where the last image is in explicit VR already."""
    counts = make.pt(4, Units="CNTS", **FACTORS)
    implicit, explicit = (members(counts, syntax) for syntax in (make.IMPLICIT, make.EXPLICIT))
    last = max(implicit)
    assert judge("SUV-297", implicit).repair == repairs.TO_EXPLICIT_VR
    mixed = {**implicit, last: explicit[last]}
    assert judge("SUV-297", mixed).repair == repairs.NONE_NEEDED
