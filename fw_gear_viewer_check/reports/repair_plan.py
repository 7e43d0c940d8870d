"""What to do about a file, and nothing else: the output of ``viewer-check check --repairs``."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from fw_gear_viewer_check.model.text import printable
from fw_gear_viewer_check.reports.rows import config_text
from fw_gear_viewer_check.requirements import repairs
from fw_gear_viewer_check.requirements.types import Capability, Level, RepairKind, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fw_gear_viewer_check.checker.report import Report
    from fw_gear_viewer_check.requirements.types import Repair

_HEADINGS = {
    RepairKind.GEAR: "Run a gear",
    RepairKind.EXPORT: "Ask for another export",
    RepairKind.MANUAL: "By hand",
    RepairKind.NONE: "Nothing to repair",
}


def to_text(report: Report, width: int = 100) -> str:
    """Return the repairs of an input, each once, with the requirements that it is for."""
    return "\n".join(_lines(report, width)) + "\n"


def _lines(report: Report, width: int) -> Iterator[str]:
    yield printable(report.name)
    found = _ids_by_repair(report)
    if not found:
        yield "  Nothing to do: every requirement is met."
    for kind, heading in _HEADINGS.items():
        chosen = {repair: ids for repair, ids in found.items() if repair.kind is kind}
        if chosen:
            yield f"  {heading}:"
        for repair, ids in chosen.items():
            yield from _wrapped(f"- {repair.text} ({', '.join(ids)})", width)
            if repair.gear:
                yield f"      {repair.gear} {config_text(repair)}"
                yield from _wrapped(f"  {repair.caution}", width)
    if any(repair.kind is RepairKind.GEAR for repair in found):
        yield "  One gear at a time; then check again what it wrote."


def _ids_by_repair(report: Report) -> dict[Repair, list[str]]:
    """Return the repairs of what decides verdicts, those of the V2 viewer last."""
    found: dict[Repair, list[str]] = {}
    results = sorted(
        (r for r in report.results if r.level is Level.REQUIRED and r.status is Status.FAIL),
        key=lambda r: r.requirement.capability is Capability.V2_OPEN,
    )
    unknown = [
        r for r in report.results if r.level is Level.REQUIRED and r.status is Status.UNKNOWN
    ]
    for result in [*results, *unknown]:
        repair = result.repair
        if repair is not None and repair != repairs.AFTER_OTHERS:
            ids = found.setdefault(repair, [])
            ids += [result.requirement.id] if result.requirement.id not in ids else []
    return found


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=" " * 4,
        subsequent_indent=" " * 6,
        break_long_words=False,
        break_on_hyphens=False,
    )
