"""The model gives the answers that the viewer gave: recorded cases, and the recorded corpus."""

import json
import os
import re
from pathlib import Path

import pytest

from fw_gear_viewer_check.ohif.display_sets import predict
from fw_gear_viewer_check.ohif.failures import Effect
from fw_gear_viewer_check.ohif.four_d import four_d_split
from fw_gear_viewer_check.requirements.registry import REQUIREMENTS
from tests.viewer import agreement, case, known, records
from tests.viewer.compare import compare
from tests.viewer.live import predict_path

CORPUS = Path(
    os.environ.get("VIEWER_CHECK_CORPUS") or Path(__file__).parents[2] / "../shared/corpus"
)
INDEX = CORPUS / "index.json"
ANSWERS = json.loads(INDEX.read_text(encoding="utf-8")) if INDEX.is_file() else []
RECORDED = [record for group in records.groups() for record in records.records(group)]

ATTRIBUTES = {
    "CardiacTriggerTime": "TriggerTime",
    "PhilipsPrivateBValue": "(2001,1003)",
    "SiemensPrivateBValue": "(0019,100C)",
    "GEPrivateBValue": "(0043,1039)",
    "PetFrameReferenceTime": "FrameReferenceTime",
}
"""The viewer's names of what splits a 4D series, where they are not the keywords."""

HANDLERS = {
    "dicom-seg": "seg",
    "dicom-rt": "rtstruct",
    "dicom-sr": "sr",
    "dicom-sr-3d": "sr",
    "DicomMicroscopySopClassHandler": "microscopy",
}
"""The corpus's short names of handlers, where they are not the contract's."""


@pytest.mark.parametrize("record", RECORDED, ids=lambda record: record.case.name)
def test_the_model_answers_as_the_viewer_did(record):
    prediction = predict(case.to_series(record.case))

    differences = compare(prediction, record.sets, error_page=record.error_page)

    assert [d.field for d in differences] == list(known.fields(record.case.name)), differences


@pytest.mark.parametrize(
    "record",
    [r for r in RECORDED if len(r.sets) == 1 and r.sets[0]["attribute"]],
    ids=lambda record: record.case.name,
)
def test_the_split_of_a_4d_series_names_the_attribute_that_the_viewer_names(record):
    viewer = record.sets[0]

    found = four_d_split(case.to_series(record.case).instances)

    attribute = ATTRIBUTES.get(viewer["attribute"], viewer["attribute"])
    if viewer["volumes"] == 1:
        assert found is None
    else:
        assert found is not None
        assert (found.attribute, len(found.volumes)) == (attribute, viewer["volumes"])


def test_there_are_enough_recorded_cases_and_each_has_its_name():
    names = [record.case.name for record in RECORDED]

    assert len(names) >= 150
    assert len(set(names)) == len(names)


def test_the_page_on_agreement_is_what_the_records_say():
    assert agreement.PAGE.read_text(encoding="utf-8") == agreement.text()


def test_known_disagreements_are_cases_that_exist():
    assert set(known.DISAGREEMENTS) <= {record.case.name for record in RECORDED}


@pytest.mark.corpus
@pytest.mark.skipif(not ANSWERS, reason="the corpus is not here")
@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer["id"])
def test_the_model_answers_as_the_viewer_did_on_the_corpus(answer):
    prediction = predict_path(CORPUS / answer["file"])

    # The error page wipes the list of display sets, and so the record of it.
    predicted = () if prediction.of_effect(Effect.ERROR_PAGE) else prediction.display_sets
    assert sorted(map(_told, predicted), key=str) == sorted(
        map(_recorded, answer["viewer"]["display_sets"]), key=str
    )


def _told(shown):
    return (
        *(shown.handler, shown.frames, shown.reconstructable, shown.four_d),
        *(list(shown.messages), shown.handler == "unsupported"),
    )


def _recorded(shown):
    handler = HANDLERS.get(shown["handler"], shown["handler"])
    return (
        *(handler, shown["frames"], bool(shown["reconstructable"]), bool(shown["four_d"])),
        *(shown["messages"], shown["unsupported"]),
    )


def test_the_table_of_differences_names_requirements_that_exist():
    table = (Path(__file__).parent / "page_and_viewer.md").read_text(encoding="utf-8")

    named = set(re.findall(r"\b(?:ZIP|V2|V3|MPR|SEG|MEA|SUV|LIM)-\d{3}\b", table))

    assert named
    assert named <= {requirement.id for requirement in REQUIREMENTS}
