"""Ask the real viewer about every case (see README.md of this folder)."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fw_gear_viewer_check.dicom.reader import read_input
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.ohif.display_sets import predict
from fw_gear_viewer_check.ohif.failures import Effect
from fw_gear_viewer_check.ohif.javascript import Source
from tests.viewer.case import GREY, Case, series_uid, to_series, write
from tests.viewer.compare import Difference, compare
from tests.viewer.real_viewer import DICOMWEB, LOCAL

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
    refused: int = 0
    """Files that the server did not take."""

    rewritten: tuple[str, ...] = ()
    """Keywords that the server served with other values."""

    drawn: bool | None = None
    """Whether the images of its stacks are drawn, where that was asked."""


def ask(
    viewer: RealViewer, cases: Sequence[Case], on_progress: Callable[[int, int], None]
) -> list[Outcome]:
    """Return the outcome of each case.

    Most cases share a page. One that may end the viewer's work is asked about alone, and so is,
    again, each whose shared answer is not what was predicted, or has the error page, which may be
    another's: a disagreement never comes from the neighbours.
    """
    outcomes: list[Outcome] = []
    for page in _pages(cases, viewer.source):
        answered = _ask_page(viewer, page)
        for one in answered:
            again = len(page) > 1 and (one.differences or one.error_page)
            outcomes += _ask_page(viewer, [one.case]) if again else [one]
        on_progress(len(outcomes), len(cases))
    return outcomes


def _pages(cases: Iterable[Case], source: str) -> Iterator[list[Case]]:
    page: list[Case] = []
    for case in cases:
        if case.alone or _may_end_the_page(case, source):
            yield [case]
            continue
        if len(page) == ON_A_PAGE or (page and _has_pixels(page[0]) != _has_pixels(case)):
            yield page
            page = []
        page.append(case)
    if page:
        yield page


def _has_pixels(case: Case) -> bool:
    """Return whether its images are asked to be drawn."""
    return case.pixels is not None


def _may_end_the_page(case: Case, source: str) -> bool:
    prediction = predict_from(to_series(case), source)
    # From a server each series comes by itself, and takes no other with it.
    return bool(
        prediction.of_effect(Effect.ERROR_PAGE)
        or (source == LOCAL and prediction.of_effect(Effect.DROPPED_SILENTLY))
    )


def _ask_page(viewer: RealViewer, page: Sequence[Case]) -> list[Outcome]:
    with tempfile.TemporaryDirectory() as folder:
        written: list[list[Path]] = []
        predictions = []
        for serial, case in enumerate(page, start=1):
            home = Path(folder) / str(serial)
            home.mkdir()
            written.append(write(case, home, serial))
            predictions.append(predict_path(home, viewer.source))
        files = [path for paths in written for path in paths]
        failing = any(p.of_effect(Effect.ERROR_PAGE) for p in predictions)
        drawing = _has_pixels(page[0])
        answer = viewer.answer(files, failing=failing, drawing=drawing, grey=GREY)
    alone = len(page) == 1
    return [
        outcome(case, prediction, answer, paths, None if alone else series_uid(serial))
        for serial, (case, prediction, paths) in enumerate(
            zip(page, predictions, written, strict=True), start=1
        )
    ]


def predict_path(path: Path, source: str = LOCAL, *, with_references: bool = False) -> Prediction:
    """Predict as the gear does: through the reader of headers."""
    archive, instances = read_input(path)
    uid = instances[0].data.text("SeriesInstanceUID") if instances else ""
    series = Series(uid, instances, archive)
    return predict_from(series, source, with_references=with_references)


SOURCE_OF = {LOCAL: Source.LOCAL, DICOMWEB: Source.SERVER}


def predict_from(series: Series, source: str, *, with_references: bool = False) -> Prediction:
    """Predict what the viewer shows with its data from there."""
    return predict(series, source=SOURCE_OF[source], with_references=with_references)


def outcome(
    case: Case,
    prediction: Prediction,
    answer: Answer,
    paths: Sequence[Path],
    uid: str | None = None,
) -> Outcome:
    """Return what the viewer did with one case of a page; without a UID it is the only one."""
    sets = [s for s in answer.display_sets if uid is None or s["series"] == uid]
    kept = [{k: v for k, v in s.items() if k != "series"} for s in sets]
    of_stacks = [drawn for series, drawn in answer.drawn.items() if uid in {None, series}]
    drawn = all(of_stacks) if of_stacks else None
    differences = compare(prediction, kept, error_page=answer.error_page, drawn=drawn)
    refused, rewritten = by_server(answer, paths)
    return Outcome(case, kept, answer.error_page, differences, refused, rewritten, drawn)


def by_server(answer: Answer, paths: Sequence[Path]) -> tuple[int, tuple[str, ...]]:
    """Return how many files of a case the server refused, and what it rewrote of the others."""
    if answer.stored is None:
        return 0, ()
    refused = sum(path in answer.stored.refused for path in paths)
    rewritten = {k for path in paths for k in answer.stored.rewritten.get(path, ())}
    return refused, tuple(sorted(rewritten))
