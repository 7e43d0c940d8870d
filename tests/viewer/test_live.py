"""The real viewer, asked now: ``make viewer-test``.

Writes the recorded answers that the replay reads, and docs/agreement.md. With NEW=1 only the cases
are asked about of which there is no answer yet.
"""

import os
import shutil
import time
import zipfile

import pytest

from fw_gear_viewer_check.ohif.failures import Effect
from tests.viewer import agreement, known, live, records
from tests.viewer.case import Case
from tests.viewer.groups import GROUPS
from tests.viewer.real_series import CORPUS, REAL
from tests.viewer.real_viewer import ASKED_RELEASE, ASKED_SOURCE

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
    records.write_cases(group, cases)
    if os.environ.get("VIEWER_NEW"):
        answered = {r.case.name for r in records.records(group, ASKED_RELEASE, ASKED_SOURCE)}
        cases = [case for case in cases if case.name not in answered]
    started = time.monotonic()

    outcomes = live.ask(viewer, cases, lambda _done, _all: None)

    say(f"\n{group}: {len(cases)} cases in {time.monotonic() - started:.0f} s")
    records.write_answers(group, ASKED_RELEASE, ASKED_SOURCE, outcomes)
    unexpected = [
        (o.case.name, o.differences)
        for o in outcomes
        if not o.refused
        and not o.rewritten
        and [d.field for d in o.differences] != list(known.fields(o.case.name, ASKED_SOURCE))
    ]
    assert unexpected == []


@pytest.mark.corpus
@pytest.mark.skipif(not REAL, reason="the corpus is not here")
def test_predictions_are_what_the_viewer_does_with_the_corpus(viewer, say, tmp_path):
    started = time.monotonic()
    answers = {}
    for real in REAL:
        folder = tmp_path / real["id"]
        with zipfile.ZipFile(CORPUS / real["file"]) as archive:
            archive.extractall(folder)
        paths = sorted(p for p in folder.rglob("*") if p.is_file())
        prediction = live.predict_path(folder, ASKED_SOURCE)
        failing = bool(prediction.of_effect(Effect.ERROR_PAGE))
        answer = viewer.answer(paths, failing=failing, drawing=True)
        answers[real["id"]] = live.outcome(Case(real["id"], ()), prediction, answer, paths)
        shutil.rmtree(folder)
    records.write_corpus(ASKED_RELEASE, ASKED_SOURCE, answers.values())
    say(f"\ncorpus: {len(REAL)} series in {time.monotonic() - started:.0f} s")
    differing = {
        name: o.differences
        for name, o in answers.items()
        if not o.refused
        and not o.rewritten
        and [d.field for d in o.differences] != list(known.fields(name, ASKED_SOURCE))
    }
    assert differing == {}
