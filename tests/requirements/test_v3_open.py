import pytest

from tests import make
from tests.judge import FAIL, NA, PASS, judge
from tests.make import ABSENT, BLANK, raw

OF_ANY_OBJECT = {
    "V3-101": "StudyInstanceUID",
    "V3-102": "SeriesInstanceUID",
    "V3-103": "SOPInstanceUID",
    "V3-108": "Modality",
    "V3-110": "SOPClassUID",
}
OF_IMAGES = {
    "V3-104": "PhotometricInterpretation",
    "V3-105": "Rows",
    "V3-106": "Columns",
    "V3-107": "PixelRepresentation",
    "V3-109": "BitsAllocated",
    "V3-111": "InstanceNumber",
}
PRESENT = OF_ANY_OBJECT | OF_IMAGES
REMARKS = ("V3-104", "V3-107", "V3-108", "V3-110", "V3-111")
"""Where the viewer asks for less than the page, the evidence says what it does."""


def assert_evidence(found, id_, plain):
    assert found.evidence.startswith(plain)
    assert ("; the open-source viewer" in found.evidence) == (id_ in REMARKS)
    assert id_ in REMARKS or found.evidence == plain


@pytest.mark.parametrize(("id_", "keyword"), PRESENT.items())
@pytest.mark.parametrize(("value", "word"), [(ABSENT, "absent"), (BLANK, "blank")])
def test_v3_101_to_111_ask_for_a_value_in_every_image(id_, keyword, value, word):
    found = judge(id_, make.ct(3, **{keyword: value}))
    assert (found.status, found.checked) == (FAIL, 3)
    assert found.affected == ("001.dcm", "002.dcm", "003.dcm")
    assert_evidence(found, id_, f"{keyword} is {word} in all 3 images")
    assert judge(id_, make.ct(3)).status == PASS


@pytest.mark.parametrize(("id_", "keyword"), [i for i in PRESENT.items() if i[0] != "V3-102"])
def test_v3_101_to_111_count_the_images_without_it(id_, keyword):
    images = make.ct(3)
    make.change(images[1:2], **{keyword: BLANK})
    found = judge(id_, images)
    assert (found.status, found.affected) == (FAIL, ("002.dcm",))
    assert_evidence(found, id_, f"{keyword} is blank in 1 of 3 images")


@pytest.mark.parametrize("id_", OF_ANY_OBJECT)
def test_v3_101_to_110_speak_about_documents_too(id_):
    for document in (make.sr(), make.rtstruct(make.ct(2))):
        assert judge(id_, document).status == PASS


@pytest.mark.parametrize("id_", OF_IMAGES)
def test_v3_104_and_others_speak_about_images_only(id_):
    for document in (make.sr(), make.rtstruct(make.ct(2))):
        assert judge(id_, document).status == NA


@pytest.mark.parametrize("id_", OF_IMAGES)
def test_v3_104_and_others_count_segmentations_as_images(id_):
    assert judge(id_, make.seg(make.ct(2))).status == PASS


@pytest.mark.parametrize(
    ("id_", "keyword", "value", "why"),
    [
        ("V3-105", "Rows", raw(b"abc"), "3 bytes instead of a multiple of 2"),
        ("V3-106", "Columns", raw(b"a"), "1 bytes instead of a multiple of 2"),
        ("V3-111", "InstanceNumber", raw(b"abcd"), "not a number"),
        ("V3-111", "InstanceNumber", raw(b"1.5 "), "not a whole number"),
    ],
)
def test_v3_105_and_others_fail_a_damaged_value(id_, keyword, value, why):
    found = judge(id_, make.ct(2, **{keyword: value}))
    assert found.status == FAIL
    assert_evidence(found, id_, f"{keyword} is damaged ({why}) in all 2 images")


def test_v3_107_takes_zero_for_a_value():
    assert judge("V3-107", make.ct(1, PixelRepresentation=0)).status == PASS


def test_v3_110_does_not_take_the_class_from_the_file_meta_information():
    images = make.ct(1, SOPClassUID=ABSENT, MediaStorageSOPClassUID=make.CT)
    assert judge("V3-110", images).status == FAIL


def test_v3_110_and_104_see_an_image_by_its_pixels_when_its_class_is_missing():
    assert judge("V3-104", make.ct(1, SOPClassUID=ABSENT)).status == PASS


@pytest.mark.parametrize("keyword", ["Rows", "Columns", "BitsAllocated"])
@pytest.mark.parametrize(("value", "status"), [(0, FAIL), (1, PASS)])
def test_v3_105_to_109_take_zero_for_missing(keyword, value, status):
    id_ = {"Rows": "V3-105", "Columns": "V3-106", "BitsAllocated": "V3-109"}[keyword]
    found = judge(id_, make.ct(2, **{keyword: value}))
    assert (found.status, found.code) == (status, "not-positive" if status == FAIL else "")


@pytest.mark.parametrize(
    ("id_", "keyword", "values"),
    [
        ("V3-105", "Rows", raw(b"\4\0\4\0")),
        ("V3-108", "Modality", ["CT", "MR"]),
        ("V3-110", "SOPClassUID", [make.CT, make.CT]),
        ("V3-111", "InstanceNumber", [1, 2]),
        ("V2-101", "SeriesInstanceUID", ["1.2.3", "1.2.4"]),
    ],
)
def test_several_values_where_one_is_due_are_damage(id_, keyword, values):
    found = judge(id_, make.ct(2, **{keyword: values}))
    assert (found.status, found.code, len(found.affected)) == (FAIL, "damaged", 2)
    assert "2 values instead of one" in found.evidence


def test_a_backslash_in_a_free_text_is_no_damage():
    assert judge("V2-110", make.ct(2, PatientID="site\\7")).status == PASS
