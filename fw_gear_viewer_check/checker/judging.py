"""From a path, or a series, to a report."""

from __future__ import annotations

import logging
import math
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from fw_gear_viewer_check.checker.findings import Judge
from fw_gear_viewer_check.checker.options import Options, UsageError
from fw_gear_viewer_check.checker.report import Report, Result, SeriesReport
from fw_gear_viewer_check.checker.verdicts import level_of, verdicts_of, worst_verdict
from fw_gear_viewer_check.dicom.reader import read_input
from fw_gear_viewer_check.model.lookup_sources import LocalLookup
from fw_gear_viewer_check.model.series import Series, Tolerances
from fw_gear_viewer_check.ohif.predictions import prediction_of
from fw_gear_viewer_check.requirements.registry import BY_ID, REQUIREMENTS
from fw_gear_viewer_check.requirements.types import Capability, Finding, Level, Status, is_selected
from fw_gear_viewer_check.system.tracebacks import traced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from os import PathLike

    from fw_gear_viewer_check.model.archive import Archive
    from fw_gear_viewer_check.model.instance import Instance
    from fw_gear_viewer_check.model.lookup import Lookup
    from fw_gear_viewer_check.ohif.prediction import Prediction

log = logging.getLogger(__name__)

REFERENCE_ID = "SEG-101"
"""The requirement that finds the images of a segmentation."""


def check(
    path: str | PathLike[str],
    reference: str | PathLike[str] | None = None,
    *,
    options: Options | None = None,
    lookup: Callable[[Lookup, tuple[Instance, ...]], Lookup] | None = None,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Report:
    """Judge a DICOM file, a zip or a folder.

    Args:
        path: the input; a folder is one input, like a zip.
        reference: the image series that a SEG or RTSTRUCT refers to, in any of these forms.
        options: levels, tolerances and what makes the overall state.
        lookup: given what is known locally and the instances, returns where other files are
            looked up (the platform).
        on_progress: called with the number of members read and to read.

    Raises:
        UsageError: a path that is not there, an unknown id, a tolerance that is not above zero.

    """
    options = options or Options()
    check_options(options)
    archive, instances = _read(path, on_progress)
    places = [("this input", instances)]
    if reference is not None:
        places.append(("the reference input", _read(reference)[1]))
    nearby: Lookup = LocalLookup(places)
    looked_up = lookup(nearby, instances) if lookup is not None else nearby
    return judge_input(archive, instances, looked_up, options)


def check_options(options: Options) -> None:
    """Raise :class:`UsageError` for an unknown id, or a tolerance that is not above zero."""
    levels_of(options)
    tolerances_of(options)


def judge_input(
    archive: Archive, instances: tuple[Instance, ...], lookup: Lookup, options: Options
) -> Report:
    """Judge an input that was read, series by series."""
    tolerances = tolerances_of(options)
    series = [
        Series(uid, found, archive, lookup, tolerances) for uid, found in _by_series(instances)
    ]
    return report_on(archive, series, levels_of(options), options.require)


def _read(
    path: str | PathLike[str],
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[Archive, tuple[Instance, ...]]:
    try:
        return read_input(Path(path), on_progress)
    except FileNotFoundError as error:
        message = f"there is no file or folder at {path}"
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


def report_on(
    archive: Archive,
    series: list[Series],
    levels: dict[str, Level],
    require: tuple[Capability, ...],
) -> Report:
    """Judge series that were read."""
    of_archive: dict[str, Finding] = {}
    reports = tuple(_series_report(one, levels, of_archive) for one in series)
    verdicts = {
        capability.value: worst_verdict(capability, [r.verdicts[capability] for r in reports])
        for capability in Capability
    }
    return Report(archive.name, reports, verdicts, require)


def levels_of(options: Options) -> dict[str, Level]:
    """Return the level of each requirement, overrides applied: required, then note, then ignore.

    Raises :class:`UsageError` for an id or prefix that names no requirement.
    """
    levels = {requirement.id: requirement.level for requirement in REQUIREMENTS}
    overrides = (
        (Level.REQUIRED, "as_error", options.as_error),
        (Level.NOTE, "as_note", options.as_note),
        (Level.IGNORE, "ignore", options.ignore),
    )
    for level, name, selectors in overrides:
        for selector in selectors:
            chosen = [id_ for id_ in levels if is_selected(id_, selector)]
            if not chosen:
                message = (
                    f"{name}: {selector!r} names no requirement; ids are like MPR-205, prefixes "
                    f"like MPR (list them with: viewer-check rules)"
                )
                raise UsageError(message)
            levels |= dict.fromkeys(chosen, level)
    return levels


def tolerances_of(options: Options) -> Tolerances:
    """Return the tolerances; raise :class:`UsageError` for one that is not above zero."""
    for name in ("orientation_tolerance", "spacing_tolerance_mm", "max_instances"):
        number = getattr(options, name)
        if not (math.isfinite(number) and number > 0):
            message = f"{name} is {number}, but must be a number above zero"
            raise UsageError(message)
    return Tolerances(
        options.orientation_tolerance, options.spacing_tolerance_mm, options.max_instances
    )


def judge(requirement_id: str, series: Series) -> Finding:
    """Judge one requirement, and what it needs, of one series."""
    return Judge(BY_ID, series).finding(requirement_id)


def _series_report(
    series: Series, levels: dict[str, Level], of_archive: dict[str, Finding]
) -> SeriesReport:
    judge = Judge({r.id: r for r in REQUIREMENTS}, series, of_archive)
    found = [(r, judge.finding(r.id)) for r in REQUIREMENTS if levels[r.id] is not Level.IGNORE]
    results = tuple(Result(r, level_of(r.id, finding, levels), finding) for r, finding in found)
    return SeriesReport(series, results, verdicts_of(results), _prediction(series, results))


def _prediction(series: Series, results: tuple[Result, ...]) -> Prediction | None:
    """Predict what the viewer shows; None, with a log entry, when the prediction stops.

    A segmentation is opened with its images where they were found.
    """
    if not series.instances:
        return None
    try:
        has_images = any(
            r.requirement.id == REFERENCE_ID and r.status is Status.PASS for r in results
        )
        return prediction_of(series, with_references=has_images)
    except Exception as error:  # noqa: BLE001 - what the viewer would show moves no verdict
        log.error("what the viewer shows could not be predicted: %s", traced(error))  # noqa: TRY400
        return None
