"""A report as lines for the log of a job."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fw_gear_viewer_check.checker.report import Report
from fw_gear_viewer_check.model.text import shortened
from fw_gear_viewer_check.model.version import __version__
from fw_gear_viewer_check.reports import rows
from fw_gear_viewer_check.reports.view import Problem, view_of
from fw_gear_viewer_check.requirements.types import Repair

MAX_LINE = 300
"""Characters of a line."""


def lines(report: Report) -> Iterator[str]:
    """Yield the headline, then each capability with its reasons and repairs."""
    for line in _lines(report):
        yield shortened(line, MAX_LINE)


def _lines(report: Report) -> Iterator[str]:
    view = view_of(report)
    yield view.headline
    yield (
        f"{view.name}: overall {view.overall} (checked: {view.decides}); "
        f"{view.kind} (viewer-check {__version__})"
    )
    repaired: set[Repair] = set()
    for tile in view.tiles:
        yield f"{tile.capability} {tile.status}: {tile.phrase}"
        same = (p for p in view.problems if p.tile.capability is tile.capability)
        yield from _reasons(same, repaired)


def _reasons(problems: Iterable[Problem], repaired: set[Repair]) -> Iterator[str]:
    """Yield each requirement once: what several series have in common is logged for the first.

    ``repaired`` holds the repairs logged so far: each is logged once.
    """
    logged: set[str] = set()
    for problem in problems:
        for group in problem.groups:
            new = [cause for cause in group.causes if cause.ids not in logged]
            logged.update(cause.ids for cause in new)
            for cause in new:
                yield f"    {f'[{cause.ids}] ' if cause.ids else ''}{cause.evidence}"
            if new and group.repair is not None:
                is_known = group.repair in repaired
                yield f"    repair: {'as above' if is_known else _repair(group.repair)}"
                repaired.add(group.repair)


def _repair(repair: Repair) -> str:
    config = f" {repair.gear} {rows.config_text(repair)}" if repair.gear else ""
    return f"{repair.text}{config}"
