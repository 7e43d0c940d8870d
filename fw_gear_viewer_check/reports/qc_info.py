"""A report as custom information of a file, and its tags.

Rule of this file: what leaves it may stand in the platform's data base. Plain JSON values, no key
that the data base refuses, nothing that grows with the input: a series of 5,000 broken instances
makes a block of the same size as one of 50.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from fw_gear_viewer_check.checker.report import Report, Result, SeriesReport
from fw_gear_viewer_check.model.text import code, printable, shortened, uid
from fw_gear_viewer_check.model.version import PAGE, __version__
from fw_gear_viewer_check.reports import headline, rows
from fw_gear_viewer_check.reports.rows import Json
from fw_gear_viewer_check.requirements.types import Capability, Level, Status

MAX_BYTES = 56 * 1024
"""Size of the block as indented JSON: 64 KiB less what the toolkit's ``job_info`` may take."""


@dataclass(frozen=True, slots=True)
class _Limits:
    """How much of a report is written; all of it is in the CSV."""

    entries: int
    """Entries of one capability."""
    examples: int
    text: int
    """Characters of one text."""
    series: int
    display_sets: int


_LIMITS = (
    _Limits(entries=50, examples=10, text=1000, series=20, display_sets=20),
    _Limits(entries=50, examples=10, text=250, series=20, display_sets=5),
    _Limits(entries=25, examples=5, text=120, series=20, display_sets=2),
    _Limits(entries=10, examples=2, text=80, series=10, display_sets=1),
    _Limits(entries=3, examples=1, text=30, series=5, display_sets=1),
)
"""Tried in order until the block is small enough; the last one always is."""

_STATE_OF = {Status.PASS: "PASS", Status.FAIL: "FAIL", Status.UNKNOWN: "NA"}
"""Flywheel knows PASS, FAIL and NA; UNKNOWN is NA with a reason."""


def qc_block(report: Report, file_version: int | None = None) -> Json:
    """Return what the gear writes to ``file.info.qc.viewer-check``, without the ``job_info``.

    ``file_version`` is the version of the file that was checked, where that is known.
    """
    block: Json = {}
    for limits in _LIMITS:
        block = _block(report, file_version, limits)
        if len(json.dumps(block, indent=2, allow_nan=False)) <= MAX_BYTES:
            break
    return block


def _block(report: Report, file_version: int | None, limits: _Limits) -> Json:
    block: Json = {}
    left_out = 0
    for capability in Capability:
        status = report.verdicts[capability].status
        if status is Status.NOT_APPLICABLE:
            continue
        entries = _entries(report, capability, limits)
        left_out += len(entries) - len(entries[: limits.entries])
        block[capability.value] = {
            "state": _STATE_OF[status],
            "data": entries[: limits.entries] or None,
        }
    block["summary"] = _summary(report, file_version, limits, left_out)
    return block


def _summary(report: Report, file_version: int | None, limits: _Limits, left_out: int) -> Json:
    failed = Counter(r.level for r in _once(report.results) if r.status is Status.FAIL)
    unchecked = dict.fromkeys(
        r.requirement.id for r in report.results if r.status is Status.UNKNOWN
    )
    return {
        # One scalar per column of a dataview, before the lists.
        "headline": headline.headline(report),
        "version": __version__,
        "page": PAGE,
        "overall": report.overall.value,
        **rows.statuses(report.verdicts),
        "errors": failed[Level.REQUIRED],
        "notes": failed[Level.NOTE],
        "file_version": file_version,
        "series_count": rows.series_count(report),
        "shortened": _what_was_cut(report, limits, left_out),
        "unchecked": list(unchecked),
        "series": [_series(series, limits) for series in report.series[: limits.series]],
    }


def _what_was_cut(report: Report, limits: _Limits, left_out: int) -> str:
    """Say what stands only in the CSV; "" when nothing does."""
    cuts = []
    if left_out:
        cuts.append(f"{left_out} findings left out")
    if len(report.series) > limits.series:
        cuts.append(f"{limits.series} of {len(report.series)} series listed")
    if limits is not _LIMITS[0]:
        cuts.append("texts and lists of names cut")
    return "; ".join(cuts)


def _series(report: SeriesReport, limits: _Limits) -> Json:
    series = report.series
    return {
        "series_instance_uid": shortened(uid(series.series_instance_uid), limits.text),
        "modality": code(series.modality),
        "sop_class": shortened(uid(series.sop_class_uid), limits.text),
        "instances": len(series.instances),
        "frames": series.frame_count,
        "verdicts": rows.statuses(report.verdicts),
        "viewer": _viewer(report, limits),
    }


def _viewer(report: SeriesReport, limits: _Limits) -> Json | None:
    viewer = rows.viewer(report, most=limits.display_sets)
    if viewer is None:
        return None
    failures = [
        {**failure, "reason": shortened(failure["reason"], limits.text)}
        for failure in viewer["failures"]
    ]
    return {**viewer, "failures": failures}


def _entries(report: Report, capability: Capability, limits: _Limits) -> list[Json]:
    """Return the entries of a capability, most serious first."""
    status = report.verdicts[capability].status
    notes = _merged((r for r in report.results if _is_note(r, capability)), "warning", limits)
    if status is Status.PASS:
        return notes
    reasons = [
        reason
        for series in report.series
        for reason in series.verdicts[capability].reasons
        if reason.status is status
    ]
    if status is Status.UNKNOWN:
        return _merged(reasons, "warning", limits)[:1]
    return _merged(reasons, "error", limits) + notes


def _is_note(result: Result, capability: Capability) -> bool:
    return (
        result.level is Level.NOTE
        and result.status is Status.FAIL
        and result.requirement.capability is capability
    )


def _merged(results: Iterable[Result], kind: str, limits: _Limits) -> list[Json]:
    """Return one entry per requirement: what several series have in common is listed once."""
    by_id: dict[str, list[Result]] = {}
    for result in _once(results):
        by_id.setdefault(result.requirement.id, []).append(result)
    return [_entry(code, same, kind, limits) for code, same in by_id.items()]


def _once(results: Iterable[Result]) -> Iterator[Result]:
    """Yield the results; what is said of the archive once, though each series has it."""
    said = set()
    for result in results:
        if result.requirement.scope.of_archive:
            if result in said:
                continue
            said.add(result)
        yield result


def _entry(code: str, results: list[Result], kind: str, limits: _Limits) -> Json:
    findings = [result.finding for result in results]
    names = (name for finding in findings for name in finding.affected)
    return {
        "type": kind,
        "code": code,
        "message": _message(results, limits),
        "affected": sum(len(finding.affected) for finding in findings),
        "checked": sum(finding.checked for finding in findings),
        "examples": [
            shortened(printable(name), limits.text) for name in islice(names, limits.examples)
        ],
        "repair": _repair(results[0], limits),
    }


def _repair(result: Result, limits: _Limits) -> Json | None:
    """Return the repair, with the gear's whole config: its defaults would delete the input."""
    found = rows.repair_object(result.repair)
    if found is None:
        return None
    texts = {key: shortened(found[key], limits.text) for key in ("text", "caution")}
    return {**found, **texts}


def _message(results: list[Result], limits: _Limits) -> str:
    found, title = printable(results[0].finding.evidence), results[0].requirement.title
    if not found.startswith(title):
        found = f"{found} (required: {title})"
    others = len(results) - 1
    if not others:
        return shortened(found, limits.text)
    more = f" (and in {others} more series)"
    return shortened(found, limits.text - len(more)) + more
