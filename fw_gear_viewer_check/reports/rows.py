"""A report as plain values: what CSV, JSON and metadata have in common.

Names of members and values of attributes come out of untrusted files. They pass through
:func:`printable` here, so that no output has to think of it again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from fw_gear_viewer_check.checker.report import Report, Result, SeriesReport, Verdict
from fw_gear_viewer_check.model.text import LARGEST, code, printable, uid
from fw_gear_viewer_check.ohif.failures import Failure
from fw_gear_viewer_check.ohif.prediction import MODEL, DisplaySet
from fw_gear_viewer_check.requirements.types import Level, Repair, Requirement

Json = dict[str, Any]

EXAMPLES = 10
"""Members or instances that a finding names; all are counted."""
FOUND = (
    *("status", "affected", "checked", "examples", "evidence"),
    *("repair", "repair_gear", "repair_config"),
)
"""Columns about a finding; the others say where it was found, and what is required."""
COLUMNS = (
    *("file", "series_instance_uid", "modality", "capability", "requirement", "title", "level"),
    *FOUND,
    "source",
)
"""Columns of the CSV, in order."""


def rows(report: Report) -> Iterator[Json]:
    """Yield one row per series and requirement, in order of the registry."""
    for series in report.series:
        place = _place(report, series)
        for result in series.results:
            yield row(place, result.requirement, result.level, found_of(result))


def json_rows(report: Report) -> Iterator[Json]:
    """Yield the same rows with the repair as an object, or None."""
    for series in report.series:
        place = _place(report, series)
        for result in series.results:
            found = {**_finding(result), "repair": repair_object(result.repair)}
            yield row(place, result.requirement, result.level, found)


def _place(report: Report, series: SeriesReport) -> Json:
    return {
        "file": printable(report.name),
        "series_instance_uid": uid(series.series.series_instance_uid),
        "modality": code(series.series.modality),
    }


def row(place: Json, requirement: Requirement, level: Level, found: Json) -> Json:
    """Return a row: its first three columns, what is required, and what :func:`found_of` gives."""
    return {
        **place,
        "capability": requirement.capability.value,
        "requirement": requirement.id,
        "title": requirement.title,
        "level": level.value,
        **found,
        "source": requirement.source,
    }


def found_of(result: Result) -> Json:
    """Return the columns from "status" to "repair_config"."""
    repair = result.repair
    if repair is None:
        return {**_finding(result), "repair": "", "repair_gear": "", "repair_config": ""}
    config = config_text(repair) if repair.gear else ""
    gear = {"repair_gear": repair.gear, "repair_config": config}
    return {**_finding(result), "repair": repair.text, **gear}


def _finding(result: Result) -> Json:
    finding = result.finding
    return {
        "status": result.status.value,
        "affected": len(finding.affected),
        "checked": finding.checked,
        "examples": ";".join(printable(name) for name in finding.affected[:EXAMPLES]),
        "evidence": printable(finding.evidence),
    }


def config_text(repair: Repair) -> str:
    """Return a gear's configuration as JSON, in one line."""
    return json.dumps(dict(repair.config))


def repair_object(repair: Repair | None) -> Json | None:
    """Return a repair as JSON and the custom information of a file hold it."""
    if repair is None:
        return None
    return {
        "kind": repair.kind.value,
        "text": repair.text,
        "gear": repair.gear,
        "config": dict(repair.config),
        "caution": repair.caution,
    }


def series_count(report: Report) -> int:
    """Return how many series were found; an input without any is checked as an empty one."""
    return sum(bool(one.series.instances) for one in report.series)


def statuses(verdicts: dict[str, Verdict]) -> dict[str, str]:
    """Return the status of each capability."""
    return {str(name): verdict.status.value for name, verdict in verdicts.items()}


def viewer(series: SeriesReport, most: int | None = None) -> Json | None:
    """Return what the open-source viewer would show; at most so many display sets and failures."""
    if series.viewer is None:
        return None
    return {
        "model": MODEL,
        "display_sets": [_display_set(shown) for shown in series.viewer.display_sets[:most]],
        "failures": [_failure(failure) for failure in series.viewer.failures[:most]],
    }


def _failure(failure: Failure) -> Json:
    return {
        "code": failure.code.value,
        "effect": failure.effect.value,
        "reason": printable(failure.reason),
        "instances": len(failure.instances),
    }


def _display_set(shown: DisplaySet) -> Json:
    return {
        "handler": shown.handler,
        "frames": shown.frames,
        "reconstructable": shown.reconstructable,
        "four_d": shown.four_d,
        "messages": list(shown.messages),
        "suv_factor": _suv_factor(shown),
    }


def _suv_factor(shown: DisplaySet) -> float | None:
    """Return the factor; None where there is none, JSON has no number for it, or it may be a date.

    It may be Philips' private factor as it stands in the image, and a text that the viewer reads.
    """
    factor = shown.suv_factor
    is_text = any(isinstance(i.data.get("(7053,1000)"), str) for i in shown.instances[:1])
    return factor if factor is not None and abs(factor) < LARGEST and not is_text else None
