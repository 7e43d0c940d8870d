"""The real viewer, asked now: ``make viewer-test``.

Writes the recorded answers that the replay reads, and docs/agreement.md.
"""

import time
import zipfile
from contextlib import ExitStack

import pytest

from tests.viewer import agreement, known, live, real_viewer, records
from tests.viewer.compare import compare
from tests.viewer.groups import GROUPS
from tests.viewer.test_replay import ANSWERS, CORPUS

pytestmark = pytest.mark.viewer


@pytest.fixture(scope="module")
def viewer():
    sync_api = pytest.importorskip("playwright.sync_api", reason="python -m tests.viewer.set_up")
    with ExitStack() as stack:
        base = stack.enter_context(real_viewer.served(real_viewer.install()))
        started = real_viewer.RealViewer(stack.enter_context(sync_api.sync_playwright()), base)
        stack.callback(started.close)
        yield started


@pytest.fixture(scope="module")
def tally():
    """Gather all outcomes; a run of every group writes what it found."""
    gathered = agreement.Tally()
    yield gathered
    if set(gathered.generated) == set(GROUPS):
        agreement.write(gathered)


@pytest.fixture
def say(capsys):
    def _say(text):
        with capsys.disabled():
            print(text, flush=True)  # noqa: T201 - a live run takes minutes

    return _say


@pytest.mark.parametrize("group", GROUPS)
def test_predictions_are_what_the_viewer_does(group, viewer, tally, say):
    cases = list(GROUPS[group]())
    started = time.monotonic()

    outcomes = live.ask(viewer, cases, lambda _done, _all: None)

    say(f"\n{group}: {len(cases)} cases in {time.monotonic() - started:.0f} s")
    tally.generated[group] = outcomes
    records.write_records(group, outcomes)
    unexpected = [
        (o.case.name, o.differences)
        for o in outcomes
        if [d.field for d in o.differences] != list(known.fields(o.case.name))
    ]
    assert unexpected == []


@pytest.mark.corpus
@pytest.mark.skipif(not ANSWERS, reason="the corpus is not here")
def test_predictions_are_what_the_viewer_does_with_the_corpus(viewer, tally, say, tmp_path):
    started = time.monotonic()
    differing = []
    for answer in ANSWERS:
        folder = tmp_path / answer["id"]
        with zipfile.ZipFile(CORPUS / answer["file"]) as archive:
            archive.extractall(folder)
        prediction = live.predict_path(folder)
        asked = viewer.answer(sorted(p for p in folder.rglob("*") if p.is_file()))
        differences = compare(prediction, asked.display_sets, error_page=asked.error_page)
        tally.corpus[answer["id"]] = (asked, differences)
        if differences:
            differing.append((answer["id"], differences))
    say(f"\ncorpus: {len(ANSWERS)} series in {time.monotonic() - started:.0f} s")
    assert differing == []
