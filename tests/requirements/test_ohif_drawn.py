from dataclasses import replace

import pytest
from pydicom import Dataset

from fw_gear_viewer_check.model.data_set import DataSet
from fw_gear_viewer_check.model.sop_classes import STORAGE
from fw_gear_viewer_check.ohif.encoding import uncoloured
from fw_gear_viewer_check.ohif.failures import FailureCode
from fw_gear_viewer_check.requirements.registry import BY_ID
from fw_gear_viewer_check.requirements.types import Level
from tests import make, pack
from tests.judge import FAIL, PASS, judge


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, PASS),
        ({"PixelSpacing": [0, 0]}, FAIL),
        ({"PixelSpacing": [1, 0]}, FAIL),
        ({"PixelSpacing": make.raw(b"0.5\\ ")}, FAIL),
        ({"PixelSpacing": make.raw(b"nan\\nan ")}, FAIL),
        ({"PixelSpacing": make.raw(b"abc ")}, FAIL),
        ({"PixelSpacing": [1e5, 1e5]}, FAIL),
        ({"PixelSpacing": [-1, -1]}, PASS),
        ({"PixelSpacing": ["1e-4", 1]}, FAIL),
        ({"PixelSpacing": ["1e-3", 1]}, PASS),
        ({"PixelSpacing": ["1e-12", "1e-12"]}, PASS),
        ({"PixelSpacing": make.ABSENT}, PASS),
        ({"PixelSpacing": make.BLANK, "ImagerPixelSpacing": [0, 0]}, PASS),
        ({"ImageOrientationPatient": [0, 0, 0, 0, 0, 0]}, FAIL),
        ({"ImageOrientationPatient": [1, 0, 0, 0, 0, 0]}, FAIL),
        ({"ImageOrientationPatient": [1, 0, 0, -1, 0, 0]}, FAIL),
        ({"ImageOrientationPatient": [1, 0, 0, 0, 1]}, FAIL),
        ({"ImageOrientationPatient": [1, 0, 0, 0.5, 0.5, 0]}, PASS),
        ({"ImageOrientationPatient": [0.025, 0, 0, 0, 0.025, 0]}, FAIL),
        ({"ImageOrientationPatient": [0.001, 0, 0, 0, 1, 0]}, FAIL),
        ({"ImageOrientationPatient": [1, 0, 0, 0, 0.01, 0]}, PASS),
        ({"ImageOrientationPatient": [0.03, 0, 0, 0, 0.03, 0]}, PASS),
        ({"ImageOrientationPatient": make.raw(b"abc ")}, FAIL),
        ({"ImageOrientationPatient": make.ABSENT}, PASS),
        ({"ImagePositionPatient": [0, 0]}, FAIL),
        ({"ImagePositionPatient": [0, 0, 0, 0]}, FAIL),
        ({"ImagePositionPatient": make.ABSENT}, PASS),
    ],
)
def test_v3_293_fails_values_that_give_no_plane(changes, status):
    """The viewport stayed black, and the image passed."""
    found = judge("V3-293", make.ct(3, **changes))
    assert (found.status, len(found.affected)) == (status, 3 if status == FAIL else 0)


@pytest.mark.parametrize(
    ("spacing", "status"), [([0, 0], FAIL), ([0.2, 0], FAIL), ([0.2, 0.2], PASS)]
)
def test_v3_293_takes_the_spacing_on_the_detector_of_an_x_ray_image(spacing, status):
    images = make.dx(PixelSpacing=make.ABSENT, ImagerPixelSpacing=spacing)
    assert judge("V3-293", images).status == status


def test_v3_293_looks_at_the_frames():
    changes = {f"{make.SHARED}.PixelMeasuresSequence.PixelSpacing": [0, 0]}
    assert judge("V3-293", make.enhanced_mr(3, **changes)).status == FAIL


@pytest.mark.parametrize("damage", [b"abc\\1 ", b"Infinity\\1", b"0x1\\1 ", b"1e400\\1 "])
def test_v3_293_fails_damaged_spacing_of_frames(damage):
    """Only what stands at the top level was looked at."""
    for groups in (make.SHARED, make.PER_FRAME):
        path = f"{groups}.PixelMeasuresSequence"
        changes = {path: [{"PixelSpacing": [1, 1]}], f"{path}.PixelSpacing": make.raw(damage)}
        assert judge("V3-293", make.enhanced_mr(3, **changes)).status == FAIL


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, PASS),
        ({"DetectorInformationSequence.ImageOrientationPatient": make.raw(b"x ")}, FAIL),
        ({"DetectorInformationSequence.ImagePositionPatient": [0, 0]}, FAIL),
        ({"SpacingBetweenSlices": make.raw(b"Infinity")}, FAIL),
    ],
)
def test_v3_293_looks_at_the_detector(changes, status):
    assert judge("V3-293", make.nm(4, **changes)).status == status


def test_v3_293_takes_the_nominal_spacing_of_the_detector_for_x_ray_images_only():
    images = make.ct(3, PixelSpacing=make.ABSENT, ImagerPixelSpacing=[0, 0])
    assert judge("V3-293", images).status == PASS


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, PASS),
        ({"RadionuclideTotalDose": 0}, FAIL),
        ({"RadionuclideTotalDose": make.BLANK}, FAIL),
        ({"RadionuclideHalfLife": 0}, FAIL),
        ({"RadionuclideTotalDose": make.ABSENT}, PASS),
        ({"RadionuclideTotalDose": -1}, PASS),
    ],
)
def test_v3_294_fails_pet_whose_pixels_become_infinite(changes, status):
    """De-identified PET with a dose of 0 was black, and passed."""
    inside = {f"{make.DOSE}.{keyword}": value for keyword, value in changes.items()}
    assert judge("V3-294", make.pt(3, **inside)).status == status


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, PASS),
        ({"VOILUTFunction": "LINEAR"}, FAIL),
        ({"VOILUTFunction": "SIGMOID"}, FAIL),
        ({"VOILUTFunction": make.BLANK}, PASS),
        ({"VOILUTFunction": "LINEAR", "WindowCenter": make.ABSENT}, PASS),
    ],
)
def test_v3_295_notes_a_function_beside_a_window(changes, status):
    """OHIF 3.13 leaves such images black, and the report did not say so."""
    found = judge("V3-295", make.ct(3, **{"WindowCenter": 40, "WindowWidth": 400, **changes}))
    assert (found.status, len(found.affected)) == (status, 3 if status == FAIL else 0)


@pytest.mark.parametrize("groups", [make.SHARED, make.PER_FRAME])
def test_v3_295_looks_at_the_frames(groups):
    images = make.enhanced_mr(3)
    for group in images[0][groups].value:
        group.FrameVOILUTSequence = [Dataset()]
        group.FrameVOILUTSequence[0].VOILUTFunction = "LINEAR"
    assert judge("V3-295", images).status == FAIL


MPEG = {"TransferSyntaxUID": make.MPEG4}
SCALED = ("RescaleSlope", "RescaleIntercept", "WindowCenter", "WindowWidth")
RGB = {"SamplesPerPixel": 3, "BitsAllocated": 8, "BitsStored": 8}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, PASS),
        ({"BitsStored": 17}, FAIL),
        ({"BitsStored": 1}, FAIL),
        ({"BitsStored": make.ABSENT}, PASS),
        ({"SamplesPerPixel": 0}, FAIL),
        ({"SamplesPerPixel": [1, 1]}, FAIL),
        ({**RGB, "SamplesPerPixel": 4, "PhotometricInterpretation": "RGB"}, FAIL),
        ({**RGB, "SamplesPerPixel": 4, "PhotometricInterpretation": "ARGB"}, PASS),
        ({**RGB, "PlanarConfiguration": 2}, FAIL),
        ({**RGB, "PlanarConfiguration": 1}, PASS),
        ({**RGB, "PlanarConfiguration": make.ABSENT}, PASS),
        ({"PlanarConfiguration": 2}, PASS),
        ({"PhotometricInterpretation": "YBR_ICT"}, FAIL),
        ({"PhotometricInterpretation": "YBR_RCT"}, FAIL),
        ({"PhotometricInterpretation": "YBR_PARTIAL_420"}, PASS),
        ({**RGB, "PhotometricInterpretation": "YBR_ICT"}, PASS),
        ({"RescaleSlope": 0}, FAIL),
        ({"RescaleSlope": -1}, PASS),
        ({"RescaleSlope": make.raw(b"1e40")}, FAIL),
        ({"RescaleSlope": make.raw(b"1e30")}, PASS),
        ({"RescaleSlope": make.raw(b"abc ")}, PASS),
        *[({k: make.raw(v)}, FAIL) for k in SCALED for v in (b"Infinity", b"-Infinity ")],
        ({"RescaleSlope": make.ABSENT}, PASS),
        ({"WindowCenter": make.raw(b"40\\ ")}, FAIL),
        ({"WindowCenter": [40, 50], "WindowWidth": [400, 350]}, PASS),
        ({"WindowCenter": make.BLANK}, PASS),
        *[({"WindowWidth": width}, FAIL) for width in (0, -400, 0.5, [0, 400])],
        *[({"WindowWidth": width}, PASS) for width in (1, [400, 0])],
        ({"WindowWidth": 0, "WindowCenter": make.ABSENT}, PASS),
        ({"WindowWidth": 0, "Modality": "PT"}, PASS),
        ({"WindowWidth": 0.5, "VOILUTFunction": "LINEAR_EXACT"}, PASS),
        ({"WindowWidth": 0, "VOILUTFunction": "LINEAR_EXACT"}, FAIL),
        ({**RGB, "WindowWidth": make.ABSENT, "RescaleIntercept": -1024}, FAIL),
        ({**RGB, "WindowWidth": make.ABSENT, "RescaleIntercept": -50}, PASS),
        ({**RGB, "WindowWidth": make.ABSENT, "RescaleIntercept": 0, "RescaleSlope": 2}, PASS),
        ({**RGB, "WindowWidth": 400, "RescaleIntercept": -1024}, PASS),
        ({"WindowWidth": make.ABSENT, "RescaleIntercept": -1024}, PASS),
    ],
)
def test_v3_296_fails_values_that_keep_pixels_from_being_drawn(changes, status):
    found = judge("V3-296", make.change(make.ct(3), **changes))
    assert (found.status, len(found.affected)) == (status, 3 if status == FAIL else 0)


@pytest.mark.parametrize("groups", [make.SHARED, make.PER_FRAME])
@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("PixelValueTransformationSequence.RescaleSlope", b"Infinity"),
        ("PixelValueTransformationSequence.RescaleIntercept", b"-Infinity "),
        ("FrameVOILUTSequence.WindowWidth", b"Infinity"),
        ("FrameVOILUTSequence.WindowCenter", b"Infinity"),
    ],
)
def test_v3_296_looks_at_the_functional_groups(groups, path, value):
    sequence, keyword = path.split(".")
    images = make.enhanced_mr(3, **{f"{groups}.{sequence}": [{keyword: 0}]})
    assert judge("V3-296", images).status == PASS
    assert (
        judge("V3-296", make.change(images, **{f"{groups}.{path}": make.raw(value)})).status == FAIL
    )


@pytest.mark.parametrize("groups", [make.SHARED, make.PER_FRAME])
@pytest.mark.parametrize(("width", "status"), [(0, FAIL), (400, PASS)])
def test_v3_296_looks_for_empty_windows_of_frames(groups, width, status):
    window = [{"WindowCenter": 40, "WindowWidth": width}]
    images = make.enhanced_mr(3, **{f"{groups}.FrameVOILUTSequence": window})
    assert judge("V3-296", images).status == status


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"SOPClassUID": STORAGE + "7.4", "NumberOfFrames": 90}, FAIL),
        ({"SOPClassUID": STORAGE + "7", "NumberOfFrames": 90}, FAIL),
        ({"SOPClassUID": STORAGE + "7.4", "NumberOfFrames": 89}, PASS),
        ({"SOPClassUID": STORAGE + "7.2", "NumberOfFrames": 90}, PASS),
        ({"SOPClassUID": STORAGE + "77.1.4.1", "NumberOfFrames": 2}, FAIL),
        ({"SOPClassUID": STORAGE + "77.1.1.1", "NumberOfFrames": 90}, PASS),
        ({"SOPClassUID": STORAGE + "7", "NumberOfFrames": 90, **MPEG}, PASS),
    ],
)
def test_v3_298_fails_still_images_that_are_taken_for_a_video(changes, status):
    """They opened as a video, which the server does not have: the viewport stayed black."""
    found = judge("V3-298", make.ct(1, Modality="OT", **changes))
    assert (found.status, len(found.affected)) == (status, int(status == FAIL))


@pytest.mark.parametrize(
    "missing", [*[{one} for one in make.COLOUR_TABLES], {*make.COLOUR_TABLES}, set()]
)
def test_v3_291_asks_palette_colours_for_their_tables(missing):
    """An image without them passed, and was not drawn."""
    changes = make.COLOUR_TABLES | dict.fromkeys(missing, make.ABSENT)
    images = make.ct(3, PhotometricInterpretation="PALETTE COLOR", **changes)
    found = judge("V3-291", images)
    assert (found.status, len(found.affected)) == ((FAIL, 3) if missing else (PASS, 0))
    assert judge("V3-291", make.change(images, PhotometricInterpretation="RGB")).status == PASS


@pytest.mark.parametrize(
    ("descriptor", "length", "status"),
    [
        ([256, 0, 16], 512, PASS),
        ([256, 0, 16], 510, FAIL),
        ([256, 0, 8], 256, PASS),
        ([256, 0, 8], 254, FAIL),
        ([0, 0, 8], 65536, PASS),
        ([0, 0, 8], 65534, FAIL),
        (256, 512, FAIL),
        ([256, 0], 512, PASS),
    ],
)
def test_v3_291_fails_tables_that_are_shorter_than_they_say(descriptor, length, status):
    """Such an image passed, and was not drawn."""
    table = "BluePaletteColorLookupTable"
    tables = make.COLOUR_TABLES | {f"{table}Descriptor": descriptor, f"{table}Data": bytes(length)}
    images = make.ct(2, PhotometricInterpretation="PALETTE COLOR", **tables)
    assert judge("V3-291", images).status == status


@pytest.mark.parametrize("written", [("a", "b", "c"), (256.0, None, 16.0), "256", None])
def test_v3_291_fails_tables_that_are_described_by_no_numbers(written):
    """In another VR they may be texts; these were an error of Python."""
    images = make.ct(1, PhotometricInterpretation="PALETTE COLOR", **make.COLOUR_TABLES)
    (image,) = pack.read(images)[0].instances
    data = DataSet({**image.data, "RedPaletteColorLookupTableDescriptor": written})
    found = list(uncoloured(replace(image, data=data)))
    assert [code for code, _ in found] == [FailureCode.NO_COLOUR_TABLES]
    assert not list(uncoloured(image))


@pytest.mark.parametrize("colours", ["YBR_FULL_422", "YBR_PARTIAL_422"])
def test_v3_291_fails_colours_that_pixels_share_without_compression(colours):
    """An ultrasound image passed, and the viewport stayed black."""
    of_three = {"SamplesPerPixel": 3, "BitsAllocated": 8, "PhotometricInterpretation": colours}
    images = make.ct(2, **of_three, PixelData=bytes(2 * 4 * 4))
    found = judge("V3-291", images)
    assert (found.status, found.code, len(found.affected)) == (FAIL, "colours-shared", 2)
    assert judge("V3-192", images).status == PASS
    # Many write all three samples, and say this.
    whole = make.ct(2, **of_three, PixelData=bytes(3 * 4 * 4))
    assert judge("V3-291", whole).status == PASS
    named = make.change(images, PhotometricInterpretation="MILLER19700422")
    assert "MILLER" not in judge("V3-291", named).evidence


def test_v3_291_passes_shared_colours_that_are_compressed():
    of_jpeg = {"PhotometricInterpretation": "YBR_FULL_422", "SamplesPerPixel": 3}
    frame = b"\xff\xd8\xff\xc0" + bytes(12)
    images = make.ct(2, **of_jpeg, TransferSyntaxUID=make.JPEG, PixelData=frame)
    assert judge("V3-291", images).status == PASS


def four_d(**changes):
    """Two volumes of four slices, in turn."""
    in_turn = {"TemporalPositionIdentifier": make.each(*[1, 2] * 4)}
    return make.mr(8, z=[0, 0, 3, 3, 6, 6, 9, 9], **in_turn, **changes)


AXIAL, CORONAL = [1, 0, 0, 0, 1, 0], [1, 0, 0, 0, 0, -1]
ALONG_X = [[x, 0, 0] for x in (0, 0, 3, 3, 6, 6, 9, 9)]


@pytest.mark.parametrize(
    ("changes", "names", "reason"),
    [
        ({}, 0, ""),
        ({"PixelSpacing": make.ABSENT}, 8, "PixelSpacing is missing"),
        ({"PixelSpacing": make.BLANK}, 8, "PixelSpacing is missing"),
        ({"PixelSpacing": make.each(make.ABSENT, *[[1, 1]] * 7)}, 0, ""),
        ({"ImageOrientationPatient": make.each(*[AXIAL, CORONAL] * 4)}, 4, "in one plane"),
        ({"ImagePositionPatient": make.each(*ALONG_X)}, 4, "in one plane"),
        ({"ImageOrientationPatient": make.ABSENT}, 0, ""),
    ],
)
def test_v3_299_fails_4d_series_that_open_as_black_volumes(changes, names, reason):
    """They passed as any stack of images: only of those does it make nothing but MPR black."""
    found = judge("V3-299", four_d(**changes))
    assert (found.status, len(found.affected)) == (FAIL if names else PASS, names)
    assert found.evidence.endswith(reason)


def test_v3_299_leaves_series_alone_that_open_as_images():
    assert judge("V3-299", make.mr(4, PixelSpacing=make.ABSENT)).status == PASS


@pytest.mark.parametrize(
    ("window", "status"), [((8431, 15175), FAIL), ((4.5, 9), PASS), ((make.ABSENT,) * 2, PASS)]
)
def test_v3_290_notes_dynamic_pet_that_is_black_at_first(window, status):
    """It opens as volumes; the first line said that it opens, and no more."""
    times = make.each(*[0] * 3, *[60000] * 3)
    images = make.pt(
        6,
        z=[0, 3, 6] * 2,
        FrameReferenceTime=times,
        WindowCenter=window[0],
        WindowWidth=window[1],
    )
    found = judge("V3-290", images)
    assert (found.status, len(found.affected)) == (status, 6 if status == FAIL else 0)
    assert judge("MPR-291", images).status == PASS
    assert BY_ID["V3-290"].level is Level.NOTE
