"""The real viewer, asked now: ``make viewer-test``.

Writes the recorded answers that the replay reads, and docs/agreement.md.
"""

import json
import time
import zipfile

import pytest

from tests.viewer import agreement, known, live, records
from tests.viewer.compare import compare
from tests.viewer.groups import GROUPS
from tests.viewer.test_replay import ANSWERS, CORPUS

pytestmark = pytest.mark.viewer


@pytest.fixture(scope="module", autouse=True)
def page():
    yield
    agreement.main()


@pytest.fixture
def say(capsys):
    def _say(text):
        with capsys.disabled():
            print(text, flush=True)  # noqa: T201 - a live run takes minutes

    return _say


@pytest.mark.parametrize("group", GROUPS)
def test_predictions_are_what_the_viewer_does(group, viewer, say):
    cases = list(GROUPS[group]())
    started = time.monotonic()

    outcomes = live.ask(viewer, cases, lambda _done, _all: None)

    say(f"\n{group}: {len(cases)} cases in {time.monotonic() - started:.0f} s")
    records.write_records(group, outcomes)
    unexpected = [
        (o.case.name, o.differences)
        for o in outcomes
        if [d.field for d in o.differences] != list(known.fields(o.case.name))
    ]
    assert unexpected == []


@pytest.mark.corpus
@pytest.mark.skipif(not ANSWERS, reason="the corpus is not here")
def test_predictions_are_what_the_viewer_does_with_the_corpus(viewer, say, tmp_path):
    started = time.monotonic()
    found = {}
    for answer in ANSWERS:
        folder = tmp_path / answer["id"]
        with zipfile.ZipFile(CORPUS / answer["file"]) as archive:
            archive.extractall(folder)
        prediction = live.predict_path(folder)
        asked = viewer.answer(sorted(p for p in folder.rglob("*") if p.is_file()))
        differences = compare(prediction, asked.display_sets, error_page=asked.error_page)
        found[answer["id"]] = [d.field for d in differences]
    agreement.CORPUS_RUN.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    say(f"\ncorpus: {len(ANSWERS)} series in {time.monotonic() - started:.0f} s")
    assert {name: fields for name, fields in found.items() if fields} == {}
