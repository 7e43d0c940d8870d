import base64
import io

import numpy as np
import pytest
from PIL import Image
from pydicom import Dataset
from pydicom.encaps import encapsulate

from fw_gear_viewer_check.checker.judging import check
from fw_gear_viewer_check.reports import thumbnail
from fw_gear_viewer_check.reports.thumbnail import thumbnail_of
from tests import make, pack

BURNED_IN = "often have the patient's name burned into the pixels"


def picture_of(folder, datasets, transfer_syntax=None):
    path = pack.zip_file(folder, pack.members(datasets, transfer_syntax))
    return thumbnail_of(check(path).series[0].series, path)


def pixels_of(thumb):
    assert thumb.reason == ""
    prefix, _, data = thumb.uri.partition(",")
    assert prefix == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def ramp(**changes):
    """Three images; the one in the middle holds 0 to 15, the others nothing."""
    nothing, values = bytes(32), np.arange(16, dtype="<u2").tobytes()
    return make.ct(
        **{
            "z": [6, 0, 3],
            "PixelData": make.each(nothing, nothing, values),
            "RescaleIntercept": 0,
            "WindowCenter": 8,
            "WindowWidth": 16,
            **changes,
        }
    )


def test_the_image_in_the_middle_of_the_stack_is_shown_through_its_window(tmp_path):
    thumb = picture_of(tmp_path, ramp())
    assert thumb.label == "003.dcm"
    # PS3.3 C.11.2.1.2.1: ((x - 7.5) / 15 + 0.5) * 255
    assert pixels_of(thumb).ravel().tolist() == [round(17 * x) for x in range(16)]


def test_the_middle_of_the_images_is_shown_beside_their_segmentation(tmp_path):
    """The middle of all frames was one of the segmentation, of which there is no picture."""
    images = ramp()
    overlay = make.seg(images, SeriesInstanceUID=images[0].SeriesInstanceUID)
    assert picture_of(tmp_path, [*images, *overlay]).label == "003.dcm"


def test_stored_values_are_rescaled_before_the_window(tmp_path):
    shifted = ramp(RescaleSlope=2, RescaleIntercept=-1000, WindowCenter=-984.5, WindowWidth=31)
    pixels = pixels_of(picture_of(tmp_path, shifted)).ravel()
    assert pixels.tolist() == [round(17 * x) for x in range(16)]


def test_monochrome1_is_shown_inverted(tmp_path):
    inverted = ramp(PhotometricInterpretation="MONOCHROME1")
    assert pixels_of(picture_of(tmp_path, inverted)).ravel()[[0, -1]].tolist() == [255, 0]


@pytest.mark.parametrize("width", [make.ABSENT, 0, -5])
def test_without_a_usable_window_the_range_of_the_values_is_shown(tmp_path, width):
    plain = ramp(WindowCenter=make.ABSENT, WindowWidth=width)
    pixels = pixels_of(picture_of(tmp_path, plain)).ravel()
    assert pixels[[0, -1]].tolist() == [0, 255]


def test_an_image_of_one_value_is_shown(tmp_path):
    flat = make.ct(3, WindowCenter=make.ABSENT, WindowWidth=make.ABSENT)
    assert pixels_of(picture_of(tmp_path, flat)).max() == 0


def test_the_middle_frame_is_shown_by_its_functional_groups(tmp_path):
    frames = np.zeros((3, 4, 4), "<u2")
    frames[1] = np.arange(16).reshape(4, 4)
    (image,) = make.enhanced_mr(3, PixelData=frames.tobytes())
    for keyword in ("WindowCenter", "WindowWidth"):
        del image[keyword]
    window = make.enhanced_mr(1)[0].SharedFunctionalGroupsSequence[0]
    window.WindowCenter, window.WindowWidth = 8, 16
    image.SharedFunctionalGroupsSequence[0].FrameVOILUTSequence = [window]
    thumb = picture_of(tmp_path, [image])
    assert thumb.label == "001.dcm, frame 2 of 3"
    assert pixels_of(thumb).ravel().tolist() == [round(17 * x) for x in range(16)]


def test_colours_are_shown(tmp_path):
    red = bytes([255, 0, 0]) * 16
    colour = {
        "SamplesPerPixel": 3,
        "PlanarConfiguration": 0,
        "BitsAllocated": 8,
        "BitsStored": 8,
        "HighBit": 7,
        "PhotometricInterpretation": "RGB",
        "BurnedInAnnotation": "NO",
    }
    pixels = pixels_of(picture_of(tmp_path, make.us(1, PixelData=red, **colour)))
    assert pixels.shape == (4, 4, 3)
    assert pixels[0, 0].tolist() == [255, 0, 0]


def test_a_number_of_bits_that_no_value_has_is_not_reckoned_with(tmp_path):
    """A number of two billion bits took 8 s and 1 GiB: of floats, pydicom lets it stand."""
    (image,) = make.us(1, BurnedInAnnotation="NO", SamplesPerPixel=3, PlanarConfiguration=0)
    del image.PixelData
    image.PhotometricInterpretation, image.BitsAllocated = "RGB", 32
    image.add_new("FloatPixelData", "OF", bytes(4 * 4 * 3 * 4))
    image.add_new("BitsStored", "IS", "65")
    told = "No picture of the middle image: its values have more than 64 bits."
    assert picture_of(tmp_path, [image]).reason == told


@pytest.mark.parametrize(("samples", "reason"), [(1, ""), (3, "damaged or unusual (TypeError)")])
def test_a_palette_is_applied(tmp_path, samples, reason):
    index = bytes([0, 1] * 8 * samples)
    palette = {
        "PhotometricInterpretation": "PALETTE COLOR",
        "BurnedInAnnotation": "NO",
        "BitsAllocated": 8,
        "BitsStored": 8,
        "HighBit": 7,
        "SamplesPerPixel": samples,
        "PlanarConfiguration": 0,
        "PixelData": index,
    }
    (image,) = make.us(1, **palette)
    for n, value in enumerate((0xFFFF, 0, 0x8080)):  # red, green, blue
        image.add_new((0x0028, 0x1101 + n), "US", [2, 0, 16])
        image.add_new((0x0028, 0x1201 + n), "OW", np.array([0, value], "<u2").tobytes())
    thumb = picture_of(tmp_path, [image])
    if reason:  # it ended the gear with a traceback
        assert (thumb.uri, reason in thumb.reason) == ("", True)
    else:
        assert pixels_of(thumb)[0, 1].tolist() == [255, 0, 128]


def test_a_large_image_is_made_small(tmp_path):
    large = make.ct(1, Rows=600, Columns=900)
    assert pixels_of(picture_of(tmp_path, large)).shape == (160, 240)


@pytest.mark.parametrize(
    ("limit", "transfer_syntax"),
    [("MAX_SAMPLES", make.EXPLICIT), ("MAX_COMPRESSED_SAMPLES", make.JPEG)],
)
def test_an_enormous_image_is_not_decoded(tmp_path, monkeypatch, limit, transfer_syntax):
    monkeypatch.setattr(f"fw_gear_viewer_check.dicom.pixels.{limit}", 15)
    thumb = picture_of(tmp_path, make.ct(1), transfer_syntax)
    assert "it takes too long to decode (4 x 4 pixels)." in thumb.reason


@pytest.mark.process
def test_jpeg_is_decoded(tmp_path):
    out = io.BytesIO()
    Image.new("L", (4, 4), 128).save(out, "JPEG")
    eight_bits = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "RescaleIntercept": 0}
    image = make.ct(1, PixelData=out.getvalue(), WindowCenter=128, WindowWidth=256, **eight_bits)
    assert pixels_of(picture_of(tmp_path, image, make.JPEG))[0, 0] == 128


@pytest.mark.process
def test_a_frame_of_a_compressed_multi_frame_image_is_decoded(tmp_path):
    def compressed(grey):
        out = io.BytesIO()
        Image.new("L", (4, 4), grey).save(out, "JPEG2000", no_jp2=True)
        return out.getvalue()

    eight_bits = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "RescaleIntercept": 0}
    frames = encapsulate([compressed(grey) for grey in (50, 100, 150)])
    image = make.nm(3, Rows=4, Columns=4, WindowCenter=128, WindowWidth=256, **eight_bits)
    image[0].PixelData = frames
    thumb = picture_of(tmp_path, image, "1.2.840.10008.1.2.4.90")
    assert thumb.label.endswith("frame 2 of 3")
    assert pixels_of(thumb)[0, 0] == 100


def test_a_large_member_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(thumbnail, "MAX_MEMBER", 0)
    assert "its file takes more than 0 MiB unpacked" in picture_of(tmp_path, make.ct(1)).reason


@pytest.mark.parametrize("wrap", [pack.folder_of, pack.zip_file])
def test_members_of_folders_and_zips_are_found(tmp_path, wrap):
    path = wrap(tmp_path, ramp())
    thumb = thumbnail_of(check(path).series[0].series, path)
    assert pixels_of(thumb).max() == 255


@pytest.mark.parametrize("names", [("A{}", "B{}"), ("a\x01{}", "a\x02{}")])
def test_a_file_whose_name_is_shown_alike_is_not_taken_for_the_image(tmp_path, names):
    """The picture of one series was that of another."""
    other, own = (name.format("x" * 240 + ".dcm") for name in names)
    (image,) = make.mr(1, SeriesInstanceUID="1.2.3.9")
    members = {other: pack.to_bytes(image), own: pack.to_bytes(ramp()[2])}
    path = pack.zip_file(tmp_path, members)
    thumbs = [thumbnail_of(one.series, path) for one in check(path).series]
    assert [bool(thumb.uri) for thumb in thumbs] == [False, True]
    assert "another file has the same name" in thumbs[0].reason


def test_a_lone_file_is_its_own_middle(tmp_path):
    path = pack.file_of(tmp_path, ramp()[2])
    assert pixels_of(thumbnail_of(check(path).series[0].series, path)).max() == 255


@pytest.mark.process
@pytest.mark.parametrize(
    ("datasets", "transfer_syntax", "reason"),
    [
        (make.ct(3, PixelData=make.ABSENT), None, "it has no pixel data."),
        (make.ct(3, PixelData=b""), None, "it has no pixel data."),
        (
            make.ct(3, PixelData=b"\x00" * 8),
            None,
            "its pixels are damaged or unusual (ValueError).",
        ),
        (make.ct(3, PixelData=b"no JPEG"), make.JPEG, "no decoder that is installed reads it"),
        (make.ct(3, PixelData=b"no JPEG"), make.JPEG_2000_PART_2, "no decoder that is installed"),
        (make.ct(3, BitsAllocated=make.ABSENT), None, "its pixels are damaged or unusual"),
    ],
    ids=["absent", "empty", "short", "broken JPEG", "unsupported", "attribute absent"],
)
def test_why_an_image_cannot_be_decoded_is_said(tmp_path, datasets, transfer_syntax, reason):
    thumb = picture_of(tmp_path, datasets, transfer_syntax)
    assert thumb.uri == ""
    assert thumb.reason.startswith("No picture of the middle image: ")
    assert reason in thumb.reason


@pytest.mark.process
def test_nothing_is_logged_of_an_image_that_no_decoder_reads(tmp_path, caplog):
    """The log would hold a traceback, which looks like a fault of the check."""
    jpeg = io.BytesIO()
    Image.new("L", (4, 4), 128).save(jpeg, "JPEG")
    images = make.ct(1, PixelData=jpeg.getvalue(), BitsAllocated=16, BitsStored=12)
    thumb = picture_of(tmp_path, images, "1.2.840.10008.1.2.4.51")
    assert "no decoder that is installed reads it" in thumb.reason
    assert [r for r in caplog.records if r.name.startswith("pydicom")] == []


def test_a_cut_off_file_says_so(tmp_path):
    whole = pack.to_bytes(make.ct(1, Rows=64, Columns=64)[0])
    path = pack.zip_file(tmp_path, {"cut.dcm": whole[:-100]})
    thumb = thumbnail_of(check(path).series[0].series, path)
    assert thumb.reason == "No picture of the middle image: its pixel data is truncated."


@pytest.mark.parametrize("maker", [make.sr, lambda: make.seg(make.ct(3))], ids=["SR", "SEG"])
def test_what_is_no_image_has_no_thumbnail_and_no_excuse(tmp_path, maker):
    assert picture_of(tmp_path, maker()) is None


@pytest.mark.parametrize(
    ("maker", "changes"),
    [
        (make.us, {}),
        (make.us, {"BurnedInAnnotation": make.BLANK}),
        (make.cr, {}),
        (make.dx, {}),
        (make.ct, {"SOPClassUID": make.SC}),
        (make.ct, {"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}),
        (make.ct, {"ImageType": "SCREEN SAVE"}),
        (make.ct, {"ImageType": ["DERIVED", "SECONDARY", "AXIAL", "SAVE SCRN"]}),
        (make.ct, {"ImageType": ["DERIVED", "SECONDARY", "OTHER", "CT_SOM5 PROT"]}),
        (make.ct, {"SeriesDescription": "Patient Protocol"}),
        (make.ct, {"SeriesDescription": "Dose_Report"}),
        (make.ct, {"SeriesDescription": "Dosisbericht"}),
        (make.mr, {"ImageComments": "patient-data"}),
        (make.ct, {"ProtocolName": "Screenshot"}),
        (make.ct, {"DerivationDescription": "Rapport de dose"}),
        (make.ct, {"ImagePositionPatient": make.ABSENT}),
        (make.mr, {"ImageOrientationPatient": make.ABSENT}),
        (make.pt, {"ImagePositionPatient": make.BLANK}),
        (make.ct, {"Modality": "US"}),
        (make.ct, {"DateOfSecondaryCapture": "20200101"}),
        (make.ct, {"SecondaryCaptureDeviceID": "FILM"}),
        (make.ct, {"ImageType": make.raw(b"dose report ")}),
        (make.ct, {"ConversionType": "WSD"}),
        (make.ct, {"ImageType": ["DERIVED", "SECONDARY", "OTHER", "CSA REPORT"]}),
        (make.mr, {"PhotometricInterpretation": "RGB", "SamplesPerPixel": 3}),
    ],
)
def test_what_may_have_a_name_in_its_pixels_is_not_shown(tmp_path, maker, changes):
    thumb = picture_of(tmp_path, maker(1, **changes))
    assert thumb.uri == ""
    assert BURNED_IN in thumb.reason


@pytest.mark.parametrize("maker", [make.ct, make.us])
@pytest.mark.parametrize("told", [b"YES", b" YES", b"yes\0", b"Y ", b"YES\\YES", b"NO\\YES", b"1 "])
def test_declared_text_in_the_pixels_is_not_shown(tmp_path, maker, told):
    """Whatever is not a plain NO: a letter more, a space before, and the picture was shown."""
    thumb = picture_of(tmp_path, maker(1, BurnedInAnnotation=make.raw(told)))
    assert thumb.uri == ""
    assert "text is burned into its pixels" in thumb.reason


@pytest.mark.parametrize("told", [b"YES", b" YES", b"Y "])
def test_a_recognisable_person_is_not_shown(tmp_path, told):
    visible = {"RecognizableVisualFeatures": make.raw(told)}
    photo = make.us(1, BurnedInAnnotation="NO", **visible)
    assert "a person can be recognised" in picture_of(tmp_path, photo).reason


def test_a_low_dose_is_no_dose_report(tmp_path):
    assert picture_of(tmp_path, make.ct(1, SeriesDescription="Low Dose 1.0 screening")).uri


def test_what_declares_that_it_is_clean_is_shown(tmp_path):
    assert picture_of(tmp_path, make.us(1, BurnedInAnnotation="NO")).uri


def test_a_page_without_a_place_that_declares_itself_clean_is_shown(tmp_path):
    nowhere = {"ImagePositionPatient": make.ABSENT, "ImageOrientationPatient": make.ABSENT}
    assert picture_of(tmp_path, make.ct(1, BurnedInAnnotation="NO", **nowhere)).uri


def test_a_protocol_of_a_chest_is_shown(tmp_path):
    assert picture_of(tmp_path, make.ct(1, ProtocolName="Chest Protocol")).uri


@pytest.mark.parametrize("told", ["YES", ["NO", "YES"]])
@pytest.mark.parametrize(
    ("keyword", "reason"),
    [
        ("BurnedInAnnotation", "text is burned into its pixels"),
        ("RecognizableVisualFeatures", "a person can be recognised in it"),
    ],
)
def test_an_image_that_shows_who_it_is_hides_that_of_its_series(tmp_path, told, keyword, reason):
    images = make.ct(3)
    setattr(images[0], keyword, told)
    assert reason in picture_of(tmp_path, images).reason


@pytest.mark.parametrize("keyword", ["BurnedInAnnotation", "RecognizableVisualFeatures"])
@pytest.mark.parametrize("at_the_top", ["NO", None])
def test_what_a_sequence_says_of_the_pixels_counts(tmp_path, at_the_top, keyword):
    """An enhanced image that was made of images with a name in their pixels was shown."""
    (image,) = make.ct(1) if at_the_top is None else make.ct(1, **{keyword: at_the_top})
    assert picture_of(tmp_path, [image]).uri
    image.UnassignedSharedConvertedAttributesSequence = [Dataset()]
    setattr(image.UnassignedSharedConvertedAttributesSequence[0], keyword, "YES")
    assert "or in a sequence" in picture_of(tmp_path, [image]).reason


@pytest.mark.parametrize("keyword", ["SeriesDescription", "ImageComments", "ConversionType"])
def test_a_sequence_in_the_place_of_a_text_is_not_looked_into(tmp_path, keyword, caplog, recwarn):
    """Its values were converted outside of what mutes pydicom: it quotes them, or raises."""
    (image,) = make.ct(1)
    item = Dataset()
    item.add_new("InstanceNumber", "LO", "inf")
    item["InstanceNumber"].VR = "IS"
    image.add_new(keyword, "SQ", [item])
    thumb = picture_of(tmp_path, [image])
    assert thumb.reason == f"No picture of the middle image: its {keyword} is a sequence."
    assert (caplog.records, list(recwarn)) == ([], [])


@pytest.mark.parametrize("vr", ["OB", "OW", "UN"])
@pytest.mark.parametrize(
    ("keyword", "value"),
    [("ImageType", b"DERIVED\\SECONDARY\\SCREEN SAVE "), ("SeriesDescription", b"DOSE REPORT ")],
)
def test_words_that_are_stored_as_bytes_are_not_left_out(tmp_path, keyword, value, vr):
    """Each byte was taken for a number: the image was shown."""
    (image,) = make.ct(1)
    image.add_new(keyword, vr, value)
    assert picture_of(tmp_path, [image]).uri == ""


def test_an_image_that_says_yes_and_then_no_is_not_shown(tmp_path):
    """Of a repeated element pydicom keeps the last."""
    content = pack.to_bytes(make.ct(1)[0])
    both = b"".join(b"\x28\0\x01\x03CS" + told for told in (b"\4\0YES ", b"\2\0NO"))
    at = content.index(b"\x28\0\x50\x10")
    path = pack.zip_file(tmp_path, {"1.dcm": content[:at] + both + content[at:]})
    thumb = thumbnail_of(check(path).series[0].series, path)
    assert (thumb.uri, "more than once" in thumb.reason) == ("", True)
