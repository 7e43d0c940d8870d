"""The model gives the answers that the viewer gave: recorded cases, and the recorded corpus."""

import re
from pathlib import Path

import pytest

from fw_gear_viewer_check.ohif.javascript import Source
from fw_gear_viewer_check.requirements.registry import REQUIREMENTS
from tests.viewer import agreement, case, known, records
from tests.viewer.compare import compare
from tests.viewer.live import predict_from, predict_path
from tests.viewer.real_series import CORPUS, FILES, REAL
from tests.viewer.real_viewer import SOURCES

RECORDED = [record for group in records.groups() for record in records.records(group)]
REAL_RECORDED = [(source, one) for source in SOURCES for one in records.corpus(source=source)]


def name_of(value):
    return value if isinstance(value, str) else getattr(value, "name", None) or value.case.name


ATTRIBUTES = {
    "CardiacTriggerTime": "TriggerTime",
    "PhilipsPrivateBValue": "(2001,1003)",
    "SiemensPrivateBValue": "(0019,100C)",
    "GEPrivateBValue": "(0043,1039)",
    "PetFrameReferenceTime": "FrameReferenceTime",
}
"""The viewer's names of what splits a 4D series, where they are not the keywords."""


@pytest.mark.long
@pytest.mark.parametrize("group", records.groups())
@pytest.mark.parametrize("source", SOURCES)
def test_the_model_answers_as_the_viewer_did(source, group):
    unexpected = {}
    for record in records.records(group, source=source):
        prediction = predict_from(case.to_series(record.case), source)
        differences = compare(
            prediction, record.sets, error_page=record.error_page, drawn=record.drawn
        )
        expected = list(known.fields(record.case.name, source))
        # What the server did itself is told in docs/agreement.md.
        if record.is_the_files and [d.field for d in differences] != expected:
            unexpected[record.case.name] = differences
    assert unexpected == {}


def test_the_split_of_a_4d_series_names_the_attribute_that_the_viewer_names():
    split = [r for r in RECORDED if len(r.sets) == 1 and r.sets[0]["attribute"]]
    assert len(split) > 80
    for record in split:
        (viewer,) = record.sets
        found = case.four_d_split(case.to_series(record.case).instances, Source.LOCAL)
        volumes = 1 if found is None else len(found.volumes)
        assert volumes == viewer["volumes"], record.case.name
        if found is not None:
            attribute = ATTRIBUTES.get(viewer["attribute"], viewer["attribute"])
            assert found.attribute == attribute, record.case.name


def test_the_viewer_was_asked_about_each_case_from_each_source():
    """Where this fails: ``make viewer-test NEW=1``, and the same with ``SOURCE=dicomweb``."""
    names = [one.name for group in records.groups() for one in records.cases(group)]
    assert len(names) >= 150
    assert len(set(names)) == len(names)
    for source in SOURCES:
        asked = [
            r.case.name for group in records.groups() for r in records.records(group, source=source)
        ]
        assert sorted(asked) == sorted(names)


@pytest.mark.long
def test_the_page_on_agreement_is_what_the_records_say():
    assert agreement.PAGE.read_text(encoding="utf-8") == agreement.text()


def test_known_disagreements_are_cases_that_exist():
    made = {record.case.name for record in RECORDED}
    assert set(known.DISAGREEMENTS) <= made | {record.name for _, record in REAL_RECORDED}


@pytest.mark.corpus
@pytest.mark.skipif(not REAL, reason="the corpus is not here")
@pytest.mark.parametrize(("source", "record"), REAL_RECORDED, ids=name_of)
def test_the_model_answers_as_the_viewer_did_on_the_corpus(source, record):
    prediction = predict_path(CORPUS / FILES[record.name], source)

    differences = compare(prediction, record.sets, error_page=record.error_page, drawn=record.drawn)

    # As recorded, for docs/agreement.md is made of it.
    assert [d.field for d in differences] == list(record.differs), differences
    if record.is_the_files:
        assert list(record.differs) == list(known.fields(record.name, source))


def test_the_table_of_differences_names_requirements_that_exist():
    table = (Path(__file__).parent / "page_and_viewer.md").read_text(encoding="utf-8")

    named = set(re.findall(r"\b(?:ZIP|V2|V3|MPR|SEG|MEA|SUV|LIM)-\d{3}\b", table))

    assert named
    assert named <= {requirement.id for requirement in REQUIREMENTS}
