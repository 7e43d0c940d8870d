"""What to do about a file, and nothing else: the output of ``viewer-check check --repairs``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fw_gear_viewer_check.checker.report import Report, Result
from fw_gear_viewer_check.model.text import printable
from fw_gear_viewer_check.reports.rows import config_text
from fw_gear_viewer_check.reports.wording import wrapped
from fw_gear_viewer_check.requirements import repairs
from fw_gear_viewer_check.requirements.types import Capability, Level, Repair, RepairKind, Status

_HEADINGS = {
    (RepairKind.GEAR, True): "Run a gear",
    (RepairKind.EXPORT, True): "Ask for another export",
    (RepairKind.MANUAL, True): "By hand",
    (RepairKind.NONE, True): "No repair possible, and why",
    (RepairKind.NONE, False): "Not determined, and nothing to do",
}
"""By kind of repair; the last is for what could not be determined, and does not fail."""


def to_text(report: Report, width: int = 100) -> str:
    """Return the repairs of an input, each once, with the requirements that it is for."""
    return "\n".join(_lines(report, width)) + "\n"


def _lines(report: Report, width: int) -> Iterator[str]:
    yield printable(report.name)
    found = _by_repair(report)
    if not found:
        yield "  Nothing to do: everything required is met."
    for key, heading in _HEADINGS.items():
        chosen = {repair: same for repair, same in found.items() if _key(repair, same) == key}
        if chosen:
            yield f"  {heading}:"
        for repair, same in chosen.items():
            ids = dict.fromkeys(r.requirement.id for r in same)
            yield from wrapped(f"    - {repair.text} ({', '.join(ids)})", width, " " * 6)
            if repair.gear:
                yield f"      {repair.gear} {config_text(repair)}"
                yield from wrapped(f"      {repair.caution}", width, " " * 6)
    if any(repair.kind is RepairKind.GEAR for repair in found):
        yield "  Run one gear at a time, then check its output."


def _key(repair: Repair, results: Iterable[Result]) -> tuple[RepairKind, bool]:
    is_failure = repair.kind is not RepairKind.NONE or any(r.status is Status.FAIL for r in results)
    return repair.kind, is_failure


def _by_repair(report: Report) -> dict[Repair, list[Result]]:
    """Return what decides verdicts and is not met: failures first, those of the V2 viewer last."""
    unmet = (Status.FAIL, Status.UNKNOWN)
    results = [r for r in report.results if r.level is Level.REQUIRED and r.status in unmet]
    results.sort(
        key=lambda r: (unmet.index(r.status), r.requirement.capability is Capability.V2_OPEN)
    )
    found: dict[Repair, list[Result]] = {}
    for result in results:
        if result.repair is not None and result.repair != repairs.AFTER_OTHERS:
            found.setdefault(result.repair, []).append(result)
    return found
