"""A report for the terminal: the verdict first, then the reasons, with counts and remedies."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from fw_gear_viewer_check.core import Capability, Level, Status
from fw_gear_viewer_check.reports import plain
from fw_gear_viewer_check.reports.plain import printable
from fw_gear_viewer_check.viewer_model import MODEL

if TYPE_CHECKING:
    from fw_gear_viewer_check.core import Report, Result, SeriesReport

Paint = Callable[[str, Status], str]
"""Gives a text the colour of a status; a terminal without colour gets it as it is."""

WIDTH = 100
_EXAMPLES = 3
_SIGNS = {Status.PASS: "✓", Status.FAIL: "✗", Status.UNKNOWN: "?", Status.NA: "-"}


def to_text(report: Report, paint: Paint = lambda text, _: text) -> str:
    """Return the report as text that ends with a newline."""
    return "\n".join(_lines(report, paint)) + "\n"


def _lines(report: Report, paint: Paint) -> Iterator[str]:
    required = ", ".join(report.require)
    overall = paint(report.overall.value, report.overall)
    yield f"{printable(report.name)}: {overall} (of {required})"
    if len(report.series) > 1:
        yield f"  {len(report.series):,} series"
    yield from _verdicts(report, paint)
    for series in report.series:
        yield ""
        yield f"  {_headline(series)}"
        yield from _reasons(series, paint)
        yield from _notes(series)
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
    kind = plain.code(series.modality) or "no modality"
    count = f"{len(series.instances):,} instance{'s' * (len(series.instances) != 1)}"
    frames = (
        f", {series.frame_count:,} images" if series.frame_count > len(series.instances) else ""
    )
    uid = plain.uid(series.series_instance_uid) or "without SeriesInstanceUID"
    return f"{kind}, {count}{frames}, series {uid}"


def _reasons(one: SeriesReport, paint: Paint) -> Iterator[str]:
    """Tell what is not met, once for each requirement, in order of capabilities."""
    for capability in Capability:
        verdict = one.verdicts[capability]
        own = [r for r in verdict.reasons if r.requirement.capability is capability]
        inherited = len(own) < len(verdict.reasons)
        if not verdict.reasons:
            continue
        yield f"    {paint(f'{capability.label}: {verdict.status.value}', verdict.status)}"
        if inherited:
            yield f"      - V3 does not open it (see {Capability.V3_OPEN.label})"
        remedies: dict[str, None] = {}
        for result in own:
            yield from _wrapped(f"      - {_told(result)}")
            remedies[result.requirement.remedy] = None
        for remedy in remedies:
            yield from _wrapped(f"      > {remedy}")


def _told(result: Result) -> str:
    finding = result.finding
    are_all = len(finding.affected) == finding.checked
    names = [] if are_all else [printable(name) for name in finding.affected[:_EXAMPLES]]
    more = len(finding.affected) - len(names)
    examples = f" [{', '.join(names)}{f' and {more:,} more' if more else ''}]" if names else ""
    return f"{result.requirement.id} {printable(finding.evidence)}{examples}"


def _notes(one: SeriesReport) -> Iterator[str]:
    notes = [r for r in one.results if r.level is Level.NOTE and r.status is Status.FAIL]
    if notes:
        yield "    Notes"
        for result in notes:
            yield from _wrapped(f"      - {_told(result)}")


def _prediction(one: SeriesReport) -> Iterator[str]:
    if one.viewer is None:
        return
    failure = one.viewer.lost or one.viewer.crash
    if failure:
        what = "loses the series" if one.viewer.lost else "stops with an error page"
        yield from _wrapped(f"    The open-source viewer ({MODEL}) {what}: {failure}")
        return
    shown = [
        f"{s.handler}{f' of {s.frames:,}' if s.frames else ''}"
        f"{', MPR' if s.reconstructable else ''}{', 4D' if s.four_d else ''}"
        for s in one.viewer.display_sets[:_EXAMPLES]
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
