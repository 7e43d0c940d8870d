"""From findings to verdicts: the worst of what is required, capability by capability."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from fw_gear_viewer_check.checker.report import Result, Verdict
from fw_gear_viewer_check.requirements.registry import BY_ID
from fw_gear_viewer_check.requirements.types import (
    NEEDS,
    SEVERITY,
    Capability,
    Finding,
    Level,
    Requirement,
    Status,
    worst,
)


def level_of(
    requirement: Requirement, findings: Mapping[str, Finding], levels: Mapping[str, Level]
) -> Level:
    """Return the level at which its finding counts; ``levels`` are those that options set, by id.

    What could not be judged for want of others counts no more than they do: who makes a
    requirement a note does not want to be stopped by those that cannot be judged without it.
    Those that can are judged by themselves (:func:`settled`), and count as ever.
    """
    finding = findings.get(requirement.id)
    if finding is None:  # ignored: it was not judged by itself
        return levels.get(requirement.id, requirement.level)
    declared = Level.REQUIRED if finding.code in requirement.required_for else requirement.level
    level = levels.get(requirement.id, declared)
    if finding.code != NEEDS or level is not Level.REQUIRED:
        return level
    return level if _is_stopped(finding, findings, levels) else Level.NOTE


def _is_stopped(
    finding: Finding, findings: Mapping[str, Finding], levels: Mapping[str, Level]
) -> bool:
    """Return True where one of those that it needs is required."""
    needed = finding.values["ids"]
    of_needed = needed if isinstance(needed, tuple) else ()
    return any(level_of(BY_ID[id_], findings, levels) is Level.REQUIRED for id_ in of_needed)


def settled(
    requirement: Requirement, findings: Mapping[str, Finding], levels: Mapping[str, Level]
) -> tuple[Level, Finding]:
    """Return what counts of a requirement that is not ignored, and at which level.

    What the viewer does can be said whatever else is not met: where options took that out of the
    way, it is.
    """
    finding = findings[requirement.id]
    if finding.by_itself is not None and not _is_stopped(finding, findings, levels):
        finding = finding.by_itself
    return level_of(requirement, {**findings, requirement.id: finding}, levels), finding


def verdicts_of(results: Iterable[Result]) -> dict[str, Verdict]:
    """Return the verdict of every capability of one series."""
    results = tuple(results)
    verdicts = {c.value: _verdict(c, results) for c in Capability}
    opens = verdicts[Capability.V3_OPEN]
    if opens.status is not Status.FAIL:
        return verdicts
    for capability in Capability:
        verdict = verdicts[capability]
        if capability.builds_on_open and verdict.status is not Status.NOT_APPLICABLE:
            reasons = (*opens.reasons, *verdict.reasons)
            verdicts[capability.value] = replace(verdict, status=Status.FAIL, reasons=reasons)
    return verdicts


def _verdict(capability: Capability, results: Sequence[Result]) -> Verdict:
    """Draw the verdict: the worst of the required results; reasons are those not met.

    What could not be judged for want of another requirement is no reason of its own.
    """
    own = [r for r in results if r.requirement.capability is capability]
    counting = [r for r in own if r.level is Level.REQUIRED]
    notes = tuple(r for r in own if r.level is Level.NOTE and r.status is Status.FAIL)
    reasons = [
        r for r in counting if r.status in {Status.FAIL, Status.UNKNOWN} and r.finding.code != NEEDS
    ]
    reasons.sort(key=lambda r: -SEVERITY[r.status])
    status = worst([r.status for r in counting])
    return Verdict(capability, status, tuple(reasons), bool(counting), notes)


def worst_verdict(capability: Capability, verdicts: Sequence[Verdict]) -> Verdict:
    """Return the worst of several series' verdicts, with the reasons of all that have it."""
    if len(verdicts) == 1:
        return verdicts[0]
    status = worst([v.status for v in verdicts])
    reasons = tuple(r for v in verdicts if v.status is status for r in v.reasons)
    return Verdict(capability, status, reasons, any(v.is_judged for v in verdicts))
