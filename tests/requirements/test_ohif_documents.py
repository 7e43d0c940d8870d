import pytest

from fw_gear_viewer_check import check
from fw_gear_viewer_check.requirements import repairs
from tests import make, pack
from tests.judge import FAIL, NA, PASS, judge
from tests.make import ABSENT, BLANK, STORAGE

PDF, ECG = STORAGE + "104.1", STORAGE + "9.1.1"
WAVEFORM = {"SamplingFrequency": 500, "NumberOfWaveformSamples": 2, "WaveformData": b"\0\0\1\0"}
CONTENT = {
    PDF: ("EncapsulatedDocument", b"%PDF"),
    ECG: ("WaveformSequence", {f"WaveformSequence.{k}": v for k, v in WAVEFORM.items()}),
    make.SR: ("ContentSequence", {}),
}


def document(sop_class, **changes):
    keyword, value = CONTENT[sop_class]
    own = value if isinstance(value, dict) else {keyword: value}
    return make.sr(SOPClassUID=sop_class, **own | changes)


@pytest.mark.parametrize("sop_class", CONTENT)
def test_v3_292_asks_for_the_content_of_each_kind_of_document(tmp_path, sop_class):
    """What de-identification had emptied opened as a PDF document."""
    keyword, _ = CONTENT[sop_class]
    assert judge("V3-292", document(sop_class)).status == PASS
    for value, code in ((ABSENT, "absent"), (BLANK, "blank")):
        without = document(sop_class, **{keyword: ABSENT})
        if value is BLANK:
            make.change(without, **{keyword: BLANK})
        found = judge("V3-292", without)
        assert (found.status, found.code) == (FAIL, code)
        assert (found.evidence, found.repair) == (
            f"the content is {code} ({keyword})",
            repairs.ASK_SOURCE,
        )
        report = check(pack.zip_file(tmp_path, without))
        assert report.headline == "Does not open in V3: nothing in it to show."


@pytest.mark.parametrize("keyword", WAVEFORM)
def test_v3_292_asks_for_what_an_ecg_is_drawn_by(keyword):
    """The viewer said that something went wrong, or drew no curve, and it passed."""
    found = judge("V3-292", document(ECG, **{f"WaveformSequence.{keyword}": ABSENT}))
    assert (found.status, found.evidence) == (FAIL, f"the content is absent ({keyword})")


@pytest.mark.parametrize("transfer_syntax", [None, make.IMPLICIT, make.BIG_ENDIAN, make.DEFLATED])
@pytest.mark.parametrize("size", [2, 1_000, 100_000])
def test_v3_292_does_not_read_long_documents(transfer_syntax, size):
    documents = document(PDF, EncapsulatedDocument=b"\x01" * size)
    contents = pack.members(documents, transfer_syntax)
    assert judge("V3-292", contents).status == PASS


def test_v3_292_does_not_speak_about_images_and_other_objects():
    for other in (make.ct(2), make.sr(SOPClassUID=STORAGE + "88.59"), make.rtstruct(make.ct(2))):
        assert judge("V3-292", other).status == NA


def slide(**changes):
    return make.us(1, SOPClassUID=make.MICROSCOPY, Modality="SM", **make.SLIDE | changes)


OF_TILES = {
    *("DimensionOrganizationType", "PhotometricInterpretation"),
    *("SamplesPerPixel", "PlanarConfiguration"),
}


@pytest.mark.parametrize("keyword", [None, *sorted(make.SLIDE.keys() - OF_TILES)])
def test_v3_297_asks_for_what_a_slide_is_put_together_by(keyword):
    """The viewer showed an error, or nothing, and the slide passed."""
    assert judge("V3-297", slide()).status == PASS
    if keyword:
        found = judge("V3-297", slide(**{keyword: ABSENT}))
        assert (found.status, found.code) == (FAIL, "absent")
        assert keyword in found.evidence
    assert judge("V3-297", make.ct(1)).status == NA


GREY = {"PhotometricInterpretation": "MONOCHROME2", "SamplesPerPixel": 1}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"OpticalPathSequence.IlluminationTypeCodeSequence": ABSENT}, "absent"),
        ({"DimensionOrganizationType": ABSENT}, "absent"),
        ({"DimensionOrganizationType": "TILED_SPARSE"}, "absent"),
        ({"DimensionOrganizationType": "TILED_SPARSE", make.PER_FRAME: [{}]}, ""),
        (GREY, "monochrome"),
    ],
)
def test_v3_297_asks_for_what_tiles_are_drawn_by(changes, code):
    """Of the viewer, they were black, or something went wrong; labels are shown as pictures."""
    assert judge("V3-297", slide(**changes)).code == code
    beside = slide(**changes, ImageType=["ORIGINAL", "PRIMARY", "LABEL", "NONE"])
    assert judge("V3-297", beside).status == PASS
