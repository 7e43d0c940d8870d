"""From findings to verdicts: the worst of what is required, capability by capability."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

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
    requirement a note does not want to be stopped by those that need it.
    """
    finding = findings.get(requirement.id)
    if finding is None:  # ignored: it was not judged by itself
        return levels.get(requirement.id, requirement.level)
    declared = Level.REQUIRED if finding.code in requirement.required_for else requirement.level
    level = levels.get(requirement.id, declared)
    needed = finding.values.get("ids", ()) if finding.code == NEEDS else ()
    if isinstance(needed, tuple) and needed and level is Level.REQUIRED:
        of_needed = (level_of(BY_ID[other], findings, levels) for other in needed)
        return Level.REQUIRED if Level.REQUIRED in of_needed else Level.NOTE
    return level


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
            verdicts[capability.value] = Verdict(capability, Status.FAIL, reasons)
    return verdicts


def _verdict(capability: Capability, results: Sequence[Result]) -> Verdict:
    """Draw the verdict: the worst of the required results; reasons are those not met.

    What could not be judged for want of another requirement is no reason of its own.
    """
    counting = [
        r for r in results if r.requirement.capability is capability and r.level is Level.REQUIRED
    ]
    reasons = [
        r for r in counting if r.status in {Status.FAIL, Status.UNKNOWN} and r.finding.code != NEEDS
    ]
    reasons.sort(key=lambda r: -SEVERITY[r.status])
    status = worst([r.status for r in counting])
    return Verdict(capability, status, tuple(reasons), is_judged=bool(counting))


def worst_verdict(capability: Capability, verdicts: Sequence[Verdict]) -> Verdict:
    """Return the worst of several series' verdicts, with the reasons of all that have it."""
    status = worst([v.status for v in verdicts])
    reasons = tuple(r for v in verdicts if v.status is status for r in v.reasons)
    return Verdict(capability, status, reasons, any(v.is_judged for v in verdicts))
