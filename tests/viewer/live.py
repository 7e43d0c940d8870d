"""Ask the real viewer about every case (see README.md of this folder)."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fw_gear_viewer_check.dicom.reader import read_input
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.ohif.display_sets import predict
from tests.viewer.case import Case, series_uid, write
from tests.viewer.compare import Difference, compare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from fw_gear_viewer_check.ohif.prediction import Prediction
    from tests.viewer.real_viewer import Answer, RealViewer

ON_A_PAGE = 40
"""Cases that are asked about together: the viewer judges each series by itself."""


@dataclass(frozen=True)
class Outcome:
    """A case, what the viewer did with it, and in what the prediction differs."""

    case: Case
    sets: list[dict[str, Any]]
    error_page: bool
    differences: list[Difference]


def ask(
    viewer: RealViewer, cases: Sequence[Case], on_progress: Callable[[int, int], None]
) -> list[Outcome]:
    """Return the outcome of each case.

    Most cases share a page. One that may end the viewer's work is asked about alone, and so is,
    again, each whose shared answer is not what was predicted: a disagreement never comes from the
    neighbours.
    """
    outcomes: list[Outcome] = []
    for page in _pages(cases):
        answered = _ask_page(viewer, page)
        for outcome in answered:
            again = len(page) > 1 and outcome.differences
            outcomes += _ask_page(viewer, [outcome.case]) if again else [outcome]
        on_progress(len(outcomes), len(cases))
    return outcomes


def _pages(cases: Iterable[Case]) -> Iterator[list[Case]]:
    page: list[Case] = []
    for case in cases:
        if case.alone or _may_end_the_page(case):
            yield [case]
            continue
        page.append(case)
        if len(page) == ON_A_PAGE:
            yield page
            page = []
    if page:
        yield page


def _may_end_the_page(case: Case) -> bool:
    from tests.viewer.case import to_series

    prediction = predict(to_series(case))
    return bool(prediction.lost or prediction.crash)


def _ask_page(viewer: RealViewer, page: Sequence[Case]) -> list[Outcome]:
    with tempfile.TemporaryDirectory() as folder:
        files: list[Path] = []
        predictions = []
        for serial, case in enumerate(page, start=1):
            home = Path(folder) / str(serial)
            home.mkdir()
            files += write(case, home, serial)
            predictions.append(predict_path(home))
        answer = viewer.answer(files)
    return [
        _outcome(case, prediction, answer, None if len(page) == 1 else series_uid(serial))
        for serial, (case, prediction) in enumerate(zip(page, predictions, strict=True), start=1)
    ]


def predict_path(path: Path, *, with_references: bool = False) -> Prediction:
    """Predict as the gear does: through the reader of headers."""
    archive, instances = read_input(path)
    uid = instances[0].data.text("SeriesInstanceUID") if instances else ""
    return predict(Series(uid, instances, archive), with_references=with_references)


def _outcome(case: Case, prediction: Prediction, answer: Answer, uid: str | None) -> Outcome:
    sets = [s for s in answer.display_sets if uid is None or s["series"] == uid]
    kept = [{k: v for k, v in s.items() if k != "series"} for s in sets]
    differences = compare(prediction, kept, error_page=answer.error_page)
    return Outcome(case, kept, answer.error_page, differences)


def timed(work: Callable[[], list[Outcome]]) -> tuple[list[Outcome], float]:
    """Return what the work returns, and how many seconds it took."""
    start = time.monotonic()
    return work(), time.monotonic() - start
