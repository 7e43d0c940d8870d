"""Duplicates in the project, asked of the real SDK against a stub of the platform."""

import pytest

from fw_gear_viewer_check.model.lookup import Answer
from tests.lookup.sdk import OWN, SERIES, STUDY, lookup_of
from tests.lookup.stub_platform import PROJECT

pytestmark = pytest.mark.long

OTHER_SERIES = "1.2.3.4.2"


def both(lookup):
    return lookup.same_series_in_project(SERIES), lookup.same_study_in_other_sessions(STUDY)


def test_a_clean_project_takes_three_requests(platform):
    platform.add(OWN, series=SERIES)
    lookup = lookup_of(platform)
    assert both(lookup) == (Answer(()), Answer(()))
    assert both(lookup) == (Answer(()), Answer(()))
    assert platform.paths_asked() == [f"/files/{OWN}", "/files", "/files"]


def test_every_search_is_for_one_uid_in_the_project(platform):
    platform.add(OWN, series=SERIES)
    both(lookup_of(platform))
    scope = [f"parents.project={PROJECT}", "type=dicom"]
    assert platform.filters_asked() == [
        [*scope, f"info.header.dicom.SeriesInstanceUID={SERIES}"],
        [*scope, f"info.header.dicom.StudyInstanceUID={STUDY}"],
    ]
    assert all(int(query["limit"]) <= 100 for _, query in platform.requests if "filter" in query)


def test_nothing_is_asked_before_a_question(platform):
    lookup_of(platform)
    assert platform.requests == []


def test_the_series_in_another_session(platform):
    platform.add(OWN, series=SERIES)
    platform.add("copy", series=SERIES, study="1.2.10", session="ses2")
    files, sessions = both(lookup_of(platform))
    assert files == Answer(("copy.dicom.zip",))
    assert sessions == Answer(())


def test_the_study_in_two_sessions(platform):
    platform.add(OWN, series=SERIES)
    platform.add("b", series="1.2.3.4.5", session="ses2")
    platform.add("a", series="1.2.3.4.6", session="ses2")
    platform.add("c", series="1.2.3.4.7", session="ses3")
    files, sessions = both(lookup_of(platform))
    assert files == Answer(())
    assert sessions == Answer(
        ("a.dicom.zip (in another session)", "c.dicom.zip (in another session)")
    )


def test_the_study_in_many_acquisitions_of_the_session(platform):
    for number in range(30):
        platform.add(f"f{number}", series=f"1.2.3.5.{number}")
    platform.add(OWN, series=SERIES)
    assert both(lookup_of(platform)) == (Answer(()), Answer(()))
    assert len(platform.requests) == 3


def test_versions_of_the_same_file_do_not_count(platform):
    platform.add(OWN, series=SERIES)
    platform.add(OWN, series=SERIES, version=2)
    assert both(lookup_of(platform)) == (Answer(()), Answer(()))


def test_versions_of_another_file_count_once(platform):
    platform.add(OWN, series=SERIES)
    platform.add("copy", series=SERIES)
    platform.add("copy", series=SERIES, version=2)
    assert lookup_of(platform).same_series_in_project(SERIES) == Answer(("copy.dicom.zip",))


def test_files_that_are_not_dicom_do_not_count(platform):
    platform.add(OWN, series=SERIES)
    platform.add("nifti", series=SERIES, type="nifti", session="ses2")
    assert both(lookup_of(platform)) == (Answer(()), Answer(()))


@pytest.mark.parametrize("is_described", [True, False])
def test_files_that_were_deleted_do_not_count(platform, is_described):
    """What was split and deleted shares the series with each of its parts."""
    platform.add(OWN, series=SERIES)
    gone = {"deleted": "2026-01-01T00:00:00Z"}
    platform.add("copy", series=SERIES, **gone)
    platform.add("elsewhere", series=OTHER_SERIES, session="ses2", **gone)
    if not is_described:
        found = platform.matching
        platform.matching = lambda query: [
            {k: v for k, v in file.items() if k not in {"info", "deleted"}} for file in found(query)
        ]
    lookup = lookup_of(platform)
    assert both(lookup) == (Answer(()), Answer(()))
    assert lookup.same_series_in_session(SERIES) == Answer(())


def test_another_project_does_not_count(platform):
    platform.add(OWN, series=SERIES)
    platform.add("copy", series=SERIES, project="proj0002", session="ses2")
    assert both(lookup_of(platform)) == (Answer(()), Answer(()))


def test_without_header_metadata_there_is_no_answer(platform):
    platform.add(OWN)
    for answer in both(lookup_of(platform)):
        assert answer.matches is None
        assert "run the gear file-metadata-importer first" in answer.reason


def test_without_header_metadata_a_copy_is_still_found(platform):
    platform.add(OWN)
    platform.add("copy", series=SERIES, session="ses2")
    files, sessions = both(lookup_of(platform))
    assert files == Answer(("copy.dicom.zip",))
    assert sessions == Answer(("copy.dicom.zip (in another session)",))


def test_the_second_series_of_an_archive_is_looked_up_when_the_search_works(platform):
    platform.add(OWN, series=SERIES)
    lookup = lookup_of(platform)
    assert lookup.same_series_in_project(OTHER_SERIES) == Answer(())
    assert lookup.same_series_in_project(SERIES) == Answer(())
    assert len(platform.requests) == 3


def test_a_search_that_does_not_find_the_input_is_not_believed(platform):
    platform.add(OWN, series=SERIES)
    platform.matching = lambda _query: []
    for answer in both(lookup_of(platform)):
        assert answer.matches is None
        assert "does not work as expected" in answer.reason


def test_a_project_of_10000_files_is_not_paged_through(platform):
    for number in range(10_000):
        platform.add(f"f{number}", series=f"1.2.3.5.{number}", study=f"1.2.8.{number}")
    platform.add(OWN, series=SERIES)
    assert both(lookup_of(platform)) == (Answer(()), Answer(()))
    assert len(platform.requests) == 3


@pytest.mark.parametrize("has_copy", [False, True])
def test_a_server_that_ignores_filters(platform, has_copy):
    if has_copy:
        platform.add("copy", series=SERIES, study="1.2.10", session="ses2")
    for number in range(1_000):
        platform.add(f"f{number}", series=f"1.2.3.5.{number}", study=f"1.2.8.{number}")
    platform.add(OWN, series=SERIES)
    real = platform.matching
    platform.matching = lambda query: real({n: v for n, v in query.items() if n != "filter"})
    files, sessions = both(lookup_of(platform))
    assert len(platform.requests) == 3
    assert files.matches == (("copy.dicom.zip",) if has_copy else None)
    assert sessions.matches is None
    assert "does not work as expected" in sessions.reason


def test_a_study_of_two_pages_is_compared_to_the_end(platform):
    platform.add(OWN, series=SERIES)
    for number in range(150):
        platform.add(f"f{number:03}", series=f"1.2.3.5.{number}")
    platform.add("z", series="1.2.3.6", session="ses2")
    answer = lookup_of(platform).same_study_in_other_sessions(STUDY)
    assert answer == Answer(("z.dicom.zip (in another session)",))
    assert [query.get("after_id") for _, query in platform.requests] == [None, None, "f098", "z"]


def test_a_study_of_more_files_than_are_compared(platform):
    platform.add(OWN, series=SERIES)
    for number in range(500):
        platform.add(f"f{number:03}", series=f"1.2.3.5.{number}")
    answer = lookup_of(platform).same_study_in_other_sessions(STUDY)
    assert (answer.matches, len(platform.requests)) == (None, 3)
    assert answer.reason == "more than 200 files of the project share this StudyInstanceUID"


def leave_out_metadata(platform, **sent):
    real = platform.matching
    platform.matching = lambda query: [
        {**{n: v for n, v in file.items() if n != "info"}, **sent} for file in real(query)
    ]


@pytest.mark.parametrize("sent", [{}, {"info": {}}, {"info": None}])
def test_a_finder_that_leaves_out_the_metadata(platform, sent):
    platform.add(OWN, series=SERIES)
    platform.add("copy", series=SERIES, session="ses2")
    leave_out_metadata(platform, **sent)
    files, sessions = both(lookup_of(platform))
    assert files == Answer(("copy.dicom.zip",))
    assert sessions == Answer(("copy.dicom.zip (in another session)",))
    assert platform.paths_asked() == [f"/files/{OWN}", "/files", "/files/copy", "/files"]


def test_without_metadata_in_the_list_a_large_session_costs_no_more(platform):
    platform.add(OWN, series=SERIES)
    for number in range(30):
        platform.add(f"f{number}", series=f"1.2.3.5.{number}")
    leave_out_metadata(platform)
    assert both(lookup_of(platform)) == (Answer(()), Answer(()))
    assert len(platform.requests) == 3


def test_metadata_that_are_withheld_prove_nothing(platform):
    platform.add(OWN, series=SERIES)
    hidden = platform.add("copy", series=SERIES)
    hidden["info"] = {}
    platform.matching = lambda _query: [
        {**file, "info": None} for versions in platform.files.values() for file in versions
    ]
    answer = lookup_of(platform).same_series_in_project(SERIES)
    assert answer.matches is None
    assert "does not work as expected" in answer.reason


@pytest.mark.parametrize("uid", ["", "1.2,parents.project=x", "=~.*", "abc", "1.2\n"])
def test_a_uid_that_is_none_is_not_put_into_a_filter(platform, uid):
    platform.add(OWN, series=SERIES)
    answer = lookup_of(platform).same_series_in_project(uid)
    assert answer.matches is None
    assert "no valid SeriesInstanceUID" in answer.reason
    assert platform.requests == []


@pytest.mark.parametrize("file_id", ["", "../users/self", "a/b"])
def test_a_file_id_that_is_none_is_not_asked_for(platform, file_id):
    answer = lookup_of(platform, file_id=file_id).same_series_in_project(SERIES)
    assert answer.reason == "nothing was looked up: config.json does not give the id of the file"
    assert platform.requests == []


def test_an_input_outside_of_sessions(platform):
    platform.add(OWN, series=SERIES, parents={"project": PROJECT})
    files, sessions = both(lookup_of(platform))
    assert files == Answer(())
    assert sessions.reason.startswith("the platform does not say which session")


def test_no_more_requests_than_the_budget(platform):
    platform.add(OWN, series=SERIES)
    lookup = lookup_of(platform)
    answers = [lookup.same_series_in_project(f"1.2.3.9.{number}") for number in range(20)]
    assert len(platform.requests) == 6
    assert answers[-1].reason.endswith("it needs too many requests")


def test_names_do_not_break_lines(platform):
    platform.add(OWN, series=SERIES)
    platform.add("copy", series=SERIES, name="a\nb\x1b[31m.zip")
    (name,) = lookup_of(platform).same_series_in_project(SERIES).matches
    assert name.isprintable()


@pytest.mark.parametrize("is_told", [True, False])
def test_pages_that_are_shorter_than_asked_for_are_not_the_last(platform, monkeypatch, is_told):
    """The copy on the third page was "not found" for sure."""
    platform.add(OWN, series=SERIES)
    for number in range(5):
        platform.add(f"f{number}", series=SERIES, session="ses2")
    real = platform.matching
    monkeypatch.setattr(platform, "matching", lambda query: real({**query, "limit": "2"}))
    monkeypatch.setattr(platform, "total", lambda _query: 6 if is_told else None)
    answer = lookup_of(platform).same_series_in_project(SERIES)
    assert answer == Answer(tuple(f"f{number}.dicom.zip" for number in range(5)))
    assert [query.get("after_id") for path, query in platform.requests if path == "/files"] == [
        *(None, "f0", "f2", "f4")
    ]


def test_a_page_that_is_all_as_the_platform_says_is_not_followed(platform, monkeypatch):
    platform.add(OWN, series=SERIES)
    lookup_of(platform).same_series_in_project(SERIES)
    assert len(platform.requests) == 2
    monkeypatch.setattr(platform, "total", lambda _query: None)
    lookup_of(platform).same_series_in_project(SERIES)
    assert len(platform.requests) == 5
