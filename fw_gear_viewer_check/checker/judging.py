"""From a path, or a series, to a report."""

from __future__ import annotations

import logging
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from os import PathLike
from pathlib import Path

from fw_gear_viewer_check.checker.findings import Judge
from fw_gear_viewer_check.checker.hidden_names import numbered
from fw_gear_viewer_check.checker.options import Options, UsageError
from fw_gear_viewer_check.checker.report import Report, Result, SeriesReport
from fw_gear_viewer_check.checker.shown import shown
from fw_gear_viewer_check.checker.verdicts import settled, verdicts_of, worst_verdict
from fw_gear_viewer_check.dicom.reader import look_at, read_input
from fw_gear_viewer_check.model.archive import Archive
from fw_gear_viewer_check.model.chained_lookup import ChainedLookup
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.limits import Budget
from fw_gear_viewer_check.model.lookup import LocalLookup, Lookup
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.model.text import printable
from fw_gear_viewer_check.ohif.display_sets import prediction_of
from fw_gear_viewer_check.ohif.prediction import Prediction
from fw_gear_viewer_check.requirements.registry import BY_ID, REQUIREMENTS
from fw_gear_viewer_check.requirements.types import Capability, Finding, Level, Status
from fw_gear_viewer_check.system.tracebacks import traced

log = logging.getLogger(__name__)

REFERENCE_ID = "SEG-101"
"""The requirement that finds the images of a segmentation."""


class Reference:
    """The images that segmentations refer to: read when first needed, once for all inputs."""

    def __init__(self, path: str | PathLike[str]) -> None:
        self._path, self._budget = path, Budget.of_reference()

    @cached_property
    def instances(self) -> tuple[Instance, ...]:
        """What it holds."""
        return _read(self._path, budget=self._budget)[1]

    @property
    def is_cut(self) -> bool:
        """True where not all of it was read."""
        return self._budget.is_spent


def check(
    path: str | PathLike[str],
    reference: Reference | str | PathLike[str] | None = None,
    *,
    options: Options | None = None,
    lookup: Lookup | None = None,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Report:
    """Judge a DICOM file, a zip or a folder: :func:`..reports.library.check` says how."""
    archive, instances = _read(path, on_progress)
    places, is_cut = [("this input", instances)], False
    if reference is not None:
        images = reference if isinstance(reference, Reference) else Reference(reference)
        places.append(("the reference input", images.instances))
        is_cut = images.is_cut
    local = LocalLookup(places, is_cut=is_cut, shown=shown)
    chained = local if lookup is None else ChainedLookup(local, lookup)
    return judge_input(archive, instances, chained, options or Options())


def judge_input(
    archive: Archive, instances: tuple[Instance, ...], lookup: Lookup, options: Options
) -> Report:
    """Judge an input that was read, series by series."""
    if options.hide_names:
        archive, instances = numbered(archive, instances)
    series = [
        Series(uid, found, archive, lookup, options.tolerances)
        for uid, found in _by_series(instances)
    ]
    return report_on(archive, series, options)


def _read(
    path: str | PathLike[str],
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    budget: Budget | None = None,
) -> tuple[Archive, tuple[Instance, ...]]:
    with _told_of(path):
        return read_input(Path(path), on_progress, budget)


def refuse_missing(path: str | PathLike[str]) -> None:
    """Raise :class:`UsageError` where there is nothing that can be opened; read nothing."""
    with _told_of(path):
        look_at(Path(path))


@contextmanager
def _told_of(path: str | PathLike[str]) -> Iterator[None]:
    """Raise :class:`UsageError` for a path that is none, or does not open."""
    if not os.fspath(path):  # Path would take it for the current folder
        message = "no path is given: it is empty"
        raise UsageError(message)
    try:
        yield
    except ValueError as error:  # NUL, or half a surrogate pair
        message = f"no such file or folder: {printable(str(path))}"
        raise UsageError(message) from error
    except FileNotFoundError as error:
        message = f"no such file or folder: {path}"
        raise UsageError(message) from error
    except OSError as error:
        message = f"{path} cannot be opened: {error.strerror}"
        raise UsageError(message) from error


def _by_series(instances: Iterable[Instance]) -> list[tuple[str, tuple[Instance, ...]]]:
    """Group by SeriesInstanceUID; an input without instances makes one empty series."""
    found: dict[str, list[Instance]] = defaultdict(list)
    for instance in instances:
        found[instance.data.text("SeriesInstanceUID")].append(instance)
    return [(uid, tuple(found[uid])) for uid in sorted(found)] or [("", ())]


def report_on(archive: Archive, series: list[Series], options: Options) -> Report:
    """Judge series that were read."""
    of_archive: dict[str, Finding] = {}
    whole = replace(series[0], instances=tuple(i for one in series for i in one.instances))
    reports = tuple(_series_report(one, options.levels, of_archive, whole) for one in series)
    verdicts = {
        capability.value: worst_verdict(capability, [r.verdicts[capability] for r in reports])
        for capability in Capability
    }
    return Report(archive.name, reports, verdicts, options.require)


def judge(requirement_id: str, series: Series) -> Finding:
    """Judge one requirement, and what it needs, of one series."""
    return Judge(BY_ID, series).finding(requirement_id)


def _series_report(
    series: Series, levels: dict[str, Level], of_archive: dict[str, Finding], whole: Series
) -> SeriesReport:
    judge = Judge({r.id: r for r in REQUIREMENTS}, series, of_archive, whole)
    judged = [r for r in REQUIREMENTS if levels.get(r.id) is not Level.IGNORE]
    found = {r.id: judge.finding(r.id) for r in judged}
    results = tuple(Result(r, *settled(r, found, levels)) for r in judged)
    has_images = judge.finding(REFERENCE_ID).status is Status.PASS
    return SeriesReport(
        series, results, verdicts_of(results), _prediction(series, has_images=has_images)
    )


def _prediction(series: Series, *, has_images: bool) -> Prediction | None:
    """Predict what the viewer shows; None, with a log entry, when the prediction stops.

    A segmentation is opened with its images where they were found.
    """
    if not series.instances:
        return None
    try:
        return prediction_of(series, with_references=has_images)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - what the viewer would show moves no verdict
        log.error("what the viewer shows could not be predicted: %s", traced(error))  # noqa: TRY400
        return None
