"""Notes that are worth reading: those that say more than what stands above them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fw_gear_viewer_check.checker.report import Result
from fw_gear_viewer_check.reports.viewer_list import REPORTED_APART
from fw_gear_viewer_check.requirements.types import Level, Status


def notes_of(results: Sequence[Result]) -> list[Result]:
    """Return the notes without those that repeat a failure; all are in the CSV."""
    unmet = [r for r in results if r.status is Status.FAIL]
    said = {r.finding.evidence for r in unmet if r.level is not Level.NOTE}
    return [
        r
        for r in unmet
        if r.level is Level.NOTE
        and r.requirement.id not in REPORTED_APART
        and r.finding.evidence not in said
        and not repeats(r, unmet)
    ]


def repeats(result: Result, results: Iterable[Result]) -> bool:
    """Return True for what only follows from requirements that it names, one of them not met."""
    named = result.finding.values.get("ids")
    return isinstance(named, tuple) and any(
        r.status is Status.FAIL and r.requirement.id in named for r in results
    )
