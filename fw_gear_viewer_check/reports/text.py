"""A report for the terminal: the verdict first, then the reasons, with counts and repairs."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from fw_gear_viewer_check.model import text
from fw_gear_viewer_check.model.text import printable
from fw_gear_viewer_check.ohif.failures import Effect
from fw_gear_viewer_check.ohif.prediction import MODEL
from fw_gear_viewer_check.reports import rows
from fw_gear_viewer_check.reports.rows import EXAMPLES_IN_LINE
from fw_gear_viewer_check.requirements import repairs
from fw_gear_viewer_check.requirements.types import Capability, Level, Status

if TYPE_CHECKING:
    from fw_gear_viewer_check.checker.report import Report, Result, SeriesReport, Verdict
    from fw_gear_viewer_check.requirements.types import Repair

Paint = Callable[[str, Status], str]
"""Gives a text the colour of a status; a terminal without colour gets it as it is."""

WIDTH = 100
_SIGNS = {Status.PASS: "✓", Status.FAIL: "✗", Status.UNKNOWN: "?", Status.NOT_APPLICABLE: "-"}


def to_text(report: Report, paint: Paint = lambda text, _: text) -> str:
    """Return the report as text that ends with a newline."""
    return "\n".join(_lines(report, paint)) + "\n"


def _lines(report: Report, paint: Paint) -> Iterator[str]:
    required = ", ".join(report.require)
    overall = paint(report.overall.value, report.overall)
    yield f"{printable(report.name)}: {overall} (of {required})"
    are_many = len(report.series) > 1
    if are_many:
        yield f"  {len(report.series):,} series"
    yield from _verdicts(report, paint)
    if are_many:
        yield from _archive_of_many(report, paint)
    for series in report.series:
        yield ""
        yield f"  {_headline(series)}"
        told = [c for c in Capability if not (are_many and c is Capability.ARCHIVE)]
        if not series.series.instances:
            yield from _nothing_readable(series, paint)
            continue
        yield from _reasons(series, told, paint)
        yield from _notes(r for r in series.results if r.requirement.capability in told)
        yield from _prediction(series)


def _verdicts(report: Report, paint: Paint) -> Iterator[str]:
    for capability in Capability:
        status = report.verdicts[capability].status
        sign = paint(f"{_SIGNS[status]} {status.value:<7}", status)
        yield f"  {sign} {capability.label}"


def _headline(one: SeriesReport) -> str:
    series = one.series
    if not series.instances:
        return "no readable DICOM"
    kind = text.code(series.modality) or "no modality"
    count = f"{len(series.instances):,} instance{'s' * (len(series.instances) != 1)}"
    frames = (
        f", {series.frame_count:,} images" if series.frame_count > len(series.instances) else ""
    )
    uid = text.uid(series.series_instance_uid) or "without SeriesInstanceUID"
    return f"{kind}, {count}{frames}, series {uid}"


def _archive_of_many(report: Report, paint: Paint) -> Iterator[str]:
    """Tell of the archive once, not with each of its series."""
    verdict = report.verdicts[Capability.ARCHIVE]
    results = dict.fromkeys(
        r for r in report.results if r.requirement.capability is Capability.ARCHIVE
    )
    own = [r for r in dict.fromkeys(verdict.reasons) if r in results]
    if own or any(map(_is_told_note, results)):
        yield ""
    if own:
        yield _heading(verdict, paint)
        yield from _own_reasons(own, verdict.status)
    yield from _notes(results)


def _reasons(one: SeriesReport, told: Iterable[Capability], paint: Paint) -> Iterator[str]:
    """Tell what is not met, once for each requirement, in order of capabilities."""
    for capability in told:
        verdict = one.verdicts[capability]
        if not verdict.reasons:
            continue
        own = [r for r in verdict.reasons if r.requirement.capability is capability]
        yield _heading(verdict, paint)
        if len(own) < len(verdict.reasons):
            yield f"      - V3 does not open it (see {Capability.V3_OPEN.label})"
        yield from _own_reasons(own, verdict.status)


def _nothing_readable(one: SeriesReport, paint: Paint) -> Iterator[str]:
    """Say once what every requirement of an object says where there is no object."""
    failing = [verdict for verdict in one.verdicts.values() if verdict.reasons]
    yield from (_heading(verdict, paint) for verdict in failing)
    for evidence in dict.fromkeys(r.finding.evidence for v in failing for r in v.reasons):
        yield from _wrapped(f"      - {printable(evidence)}")
    yield from _wrapped(f"      > {repairs.CHECK_UPLOAD.text}")


def _heading(verdict: Verdict, paint: Paint) -> str:
    text = f"{verdict.capability.label}: {verdict.status.value}"
    return f"    {paint(text, verdict.status)}"


def _own_reasons(results: Sequence[Result], status: Status) -> Iterator[str]:
    yield from _repairs(r for r in results if r.status is status)
    # No repair for these: what they say is repaired, or judged, with the above.
    yield from _told_once("?", (r for r in results if r.status is not status))


def _repairs(results: Iterable[Result]) -> Iterator[str]:
    """Tell what is not met, and below it what repairs it: each repair once."""
    by_repair: dict[Repair | None, list[Result]] = {}
    for result in results:
        by_repair.setdefault(result.repair, []).append(result)
    for repair, repaired in by_repair.items():
        yield from _told_once("-", repaired)
        yield from _repair(repair)


def _repair(repair: Repair | None) -> Iterator[str]:
    """Tell the repair in a sentence; for a gear also its configuration, to copy, on one line."""
    if repair is None:
        return
    yield from _wrapped(f"      > {repair.text}")
    if repair.gear:
        yield f"        {repair.gear} {rows.config_text(repair)}"
        yield from _wrapped(f"        {repair.caution}")


def _told_once(sign: str, results: Iterable[Result]) -> Iterator[str]:
    for what, ids in rows.ids_by_evidence(results).items():
        yield from _wrapped(f"      {sign} {', '.join(ids)} {what}")


def _notes(results: Iterable[Result]) -> Iterator[str]:
    notes = list(filter(_is_told_note, results))
    if notes:
        yield "    Notes"
        yield from _told_once("-", notes)


def _is_told_note(result: Result) -> bool:
    return result.level is Level.NOTE and result.status is Status.FAIL


def _prediction(one: SeriesReport) -> Iterator[str]:
    if one.viewer is None:
        return
    dropped = one.viewer.reason_of(Effect.DROPPED_SILENTLY)
    failure = dropped or one.viewer.reason_of(Effect.ERROR_PAGE)
    if failure:
        what = "drops the series silently" if dropped else "shows its error page"
        yield from _wrapped(f"    The open-source viewer ({MODEL}) {what}: {failure}")
        return
    shown = [
        f"{s.handler}{f' of {s.frames:,}' if s.frames else ''}"
        f"{', MPR' if s.reconstructable else ''}{', 4D' if s.four_d else ''}"
        for s in one.viewer.display_sets[:EXAMPLES_IN_LINE]
    ]
    more = len(one.viewer.display_sets) - len(shown)
    others = f" and {more:,} more" if more else ""
    if shown:
        told = f"    The open-source viewer ({MODEL}) shows: {'; '.join(shown)}{others}"
        yield from _wrapped(told)


def _wrapped(line: str) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.wrap(
        line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
