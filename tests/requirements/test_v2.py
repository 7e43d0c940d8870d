import pytest

from fw_gear_viewer_check.model.lookup import Answer
from tests import make, pack
from tests.elsewhere import NO_ANSWER, NOT_ASKED, Elsewhere
from tests.judge import FAIL, NA, PASS, UNKNOWN, judge
from tests.make import ABSENT, BLANK, each, raw

PRESENT = {
    "V2-101": "SeriesInstanceUID",
    "V2-102": "StudyInstanceUID",
    "V2-103": "Modality",
    "V2-104": "SeriesNumber",
    "V2-105": "ScheduledProcedureStepID",
    "V2-106": "RequestedProcedureID",
    "V2-107": "StudyDate",
    "V2-108": "StudyTime",
    "V2-109": "StudyID",
    "V2-110": "PatientID",
}


def found_for(id_, **changes):
    return judge(id_, make.ct(3, **changes))


@pytest.mark.parametrize(("id_", "keyword"), PRESENT.items())
@pytest.mark.parametrize(("value", "word"), [(ABSENT, "absent"), (BLANK, "blank")])
def test_v2_101_to_110_ask_for_a_value_in_every_instance(id_, keyword, value, word):
    found = found_for(id_, **{keyword: value})
    assert (found.status, found.checked) == (FAIL, 3)
    assert found.affected == ("001.dcm", "002.dcm", "003.dcm")
    assert found.evidence == f"{keyword} is {word} in all 3 images"
    assert found_for(id_).status == PASS


@pytest.mark.parametrize(
    ("id_", "keyword"), [item for item in PRESENT.items() if item[0] != "V2-101"]
)
def test_v2_102_to_110_count_the_instances_without_it(id_, keyword):
    images = make.ct(3)
    make.change(images, **{keyword: each(getattr(images[0], keyword), BLANK, ABSENT)})
    found = judge(id_, images)
    assert (found.status, found.affected) == (FAIL, ("002.dcm", "003.dcm"))
    assert found.evidence == f"{keyword} is blank in 1, absent in 1 of 3 images"


@pytest.mark.parametrize("id_", PRESENT)
def test_v2_101_to_110_speak_about_documents_too(id_):
    assert judge(id_, make.sr()).status == PASS


@pytest.mark.parametrize(
    ("id_", "keyword"), [("V2-101", "SeriesInstanceUID"), ("V2-102", "StudyInstanceUID")]
)
@pytest.mark.parametrize(
    ("uid", "status"),
    [
        ("1.2.840.10008.1", PASS),
        ("0.1", PASS),
        ("1." + "2" * 62, PASS),
        ("1." + "2" * 63, FAIL),
        ("1.2.a", FAIL),
        ("abc", FAIL),
        ("1..2", FAIL),
        ("1.2.", FAIL),
        ("1.02", FAIL),
        ("1.2 3", FAIL),
    ],
)
def test_v2_101_and_102_ask_for_a_valid_uid(id_, keyword, uid, status):
    found = judge(id_, make.change(make.ct(2), **{keyword: uid}))
    assert (found.status, found.checked) == (status, 2)
    if status == FAIL:
        assert found.evidence == f"{keyword} is not a valid UID in all 2 images"


@pytest.mark.parametrize(("modality", "status"), [("XY_9", PASS), ("ct", FAIL), ("C" * 17, FAIL)])
def test_v2_103_asks_for_a_valid_code_string(modality, status):
    assert found_for("V2-103", Modality=modality).status == status


def test_v2_104_fails_a_number_that_is_none():
    found = found_for("V2-104", SeriesNumber=raw(b"one "))
    assert (found.status, found.evidence) == (
        FAIL,
        "SeriesNumber is damaged (not a number) in all 3 images",
    )


@pytest.mark.parametrize(("id_", "keyword"), [(i, PRESENT[i]) for i in ("V2-105", "V2-106")])
def test_v2_105_and_106_also_look_where_dicom_puts_it(id_, keyword):
    images = make.ct(3, **{keyword: each("x", ABSENT, BLANK)})
    make.change(images, RequestAttributesSequence=[{}, {keyword: "there"}])
    found = judge(id_, images)
    assert (found.status, found.affected) == (PASS, ())
    assert found.evidence == f"{keyword} is present (in RequestAttributesSequence in 2 images)"
    assert found_for(id_).evidence == f"{keyword} is present"


@pytest.mark.parametrize(("id_", "keyword"), [(i, PRESENT[i]) for i in ("V2-105", "V2-106")])
def test_v2_105_and_106_fail_when_it_is_blank_there_too(id_, keyword):
    images = make.ct(3, **{keyword: ABSENT})
    make.change(images, RequestAttributesSequence=[{keyword: BLANK}])
    assert judge(id_, images).affected == ("001.dcm", "002.dcm", "003.dcm")


@pytest.mark.parametrize(
    ("id_", "keyword", "value", "status"),
    [
        ("V2-107", "StudyDate", b"20200101", PASS),
        ("V2-107", "StudyDate", b"2020.01.01", PASS),
        ("V2-107", "StudyDate", b"2020-01-01", FAIL),
        ("V2-108", "StudyTime", b"10", PASS),
        ("V2-108", "StudyTime", b"101112.123456", PASS),
        ("V2-108", "StudyTime", b"noon", FAIL),
    ],
)
def test_v2_107_and_108_fail_a_damaged_date_or_time_and_do_not_quote_it(
    id_, keyword, value, status
):
    found = found_for(id_, **{keyword: raw(value)})
    assert found.status == status
    assert value.decode() not in found.evidence


def test_v2_201_passes_when_neither_uid_occurs_elsewhere():
    lookup = Elsewhere()
    found = judge("V2-201", make.ct(2), lookup=lookup)
    assert (found.status, found.checked) == (PASS, 1)
    assert lookup.asked_for == ["1.2.3.2", "1.2.3"]
    assert found.evidence == "no other file has this series, no other session has this study"


def test_v2_201_judges_a_lone_file_too(tmp_path):
    path = pack.file_of(tmp_path, make.ct(1)[0])
    assert judge("V2-201", path, lookup=Elsewhere()).status == PASS
    assert judge("V2-201", path, lookup=Elsewhere(Answer(("a.zip",)))).status == FAIL


def test_v2_201_names_files_and_sessions():
    lookup = Elsewhere(Answer(("a.zip",)), Answer(("S1", "S2")))
    found = judge("V2-201", make.ct(2), lookup=lookup)
    assert (found.status, found.affected, found.checked) == (FAIL, ("a.zip", "S1", "S2"), 4)
    assert found.evidence == "1 other file with this series and 2 other sessions with this study"


@pytest.mark.parametrize(
    "lookup", [Elsewhere(NO_ANSWER), Elsewhere(sessions=NO_ANSWER), Elsewhere(NO_ANSWER, NOT_ASKED)]
)
def test_v2_201_is_unknown_without_an_answer(lookup):
    found = judge("V2-201", make.ct(2), lookup=lookup)
    assert (found.status, found.evidence) == (UNKNOWN, "the platform did not answer")


def test_v2_201_fails_on_what_is_known_though_the_rest_is_not():
    assert judge("V2-201", make.ct(2), lookup=Elsewhere(Answer(("a",)), NO_ANSWER)).status == FAIL


def test_v2_201_claims_only_what_was_looked_at():
    found = judge("V2-201", make.ct(2), lookup=Elsewhere(sessions=NOT_ASKED))
    assert (found.status, found.evidence) == (PASS, "no other file has this series")
    found = judge("V2-201", make.ct(2), lookup=Elsewhere(files=NOT_ASKED))
    assert (found.status, found.evidence) == (PASS, "no other session has this study")


def test_v2_201_does_not_speak_where_nobody_is_asked():
    assert judge("V2-201", make.ct(2)).status == NA
    assert judge("V2-201", {"a.txt": b"text"}, lookup=Elsewhere()).status == NA


def test_v2_201_does_not_look_for_a_missing_uid():
    lookup = Elsewhere(Answer(("a.zip",)), Answer(("S1",)))
    images = make.ct(2, SeriesInstanceUID=ABSENT, StudyInstanceUID=BLANK)
    assert (judge("V2-201", images, lookup=lookup).status, lookup.asked_for) == (NA, [])


def test_v2_291_fails_two_studies_or_patients_in_one_series():
    assert judge("V2-291", make.ct(3)).status == PASS
    assert judge("V2-291", make.ct(3, PatientID=ABSENT, StudyInstanceUID=BLANK)).status == PASS
    assert judge("V2-291", make.ct(3, PatientID=each("a", "a ", ABSENT))).status == PASS
    found = judge("V2-291", make.ct(3, StudyInstanceUID=each("1.2", "1.2", "1.3")))
    assert (found.status, found.code, found.affected) == (FAIL, "several-studies", ("003.dcm",))
    found = judge("V2-291", make.ct(3, PatientID=each("Jane", "John", "John")))
    assert (found.status, found.code, found.affected) == (FAIL, "several-patients", ("001.dcm",))
    assert found.values == {"patients": 2, "studies": 1}
    assert found.evidence == "2 patients in one series"
