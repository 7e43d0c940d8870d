"""A report as lines for the log of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fw_gear_viewer_check.model.text import printable, shortened
from fw_gear_viewer_check.model.version import __version__
from fw_gear_viewer_check.reports import rows
from fw_gear_viewer_check.requirements.types import Level, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fw_gear_viewer_check.checker.report import Report, Result, Verdict

MAX_LINE = 300
"""Characters of a line."""


def lines(report: Report) -> Iterator[str]:
    """Yield the verdicts and their reasons: the first line alone tells how it ended."""
    failed = [result.level for result in report.results if result.status is Status.FAIL]
    instances = sum(len(series.series.instances) for series in report.series)
    yield (
        f"{printable(report.name)}: overall {report.overall}; "
        f"errors: {failed.count(Level.REQUIRED)}, notes: {failed.count(Level.NOTE)}, "
        f"series: {rows.series_count(report)}, instances: {instances} (viewer-check {__version__})"
    )
    for verdict in report.verdicts.values():
        yield f"{verdict.capability} {verdict.status}"
        for status in (Status.FAIL, Status.UNKNOWN):
            reasons = (reason for reason in _first_of_each(verdict) if reason.status is status)
            for what, ids in rows.ids_by_evidence(reasons).items():
                told = f"{', '.join(ids)} {status}: {what}"
                yield f"    {shortened(told, MAX_LINE)}"


def _first_of_each(verdict: Verdict) -> Iterable[Result]:
    """Return one reason per requirement: what several series have in common is said once."""
    by_id: dict[str, Result] = {}
    for reason in verdict.reasons:
        by_id.setdefault(reason.requirement.id, reason)
    return by_id.values()
