"""A report for the terminal: the answer first, then what fails, with numbers and repairs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from fw_gear_viewer_check.checker.report import Report
from fw_gear_viewer_check.model.text import counted, shortened
from fw_gear_viewer_check.reports import rows
from fw_gear_viewer_check.reports.causes import RARE_V2
from fw_gear_viewer_check.reports.view import (
    Cause,
    Group,
    Problem,
    ReportView,
    SeriesView,
    view_of,
)
from fw_gear_viewer_check.reports.viewer_list import NOTHING, VIEWER, Entry
from fw_gear_viewer_check.reports.wording import SIGNS, wrapped
from fw_gear_viewer_check.requirements.types import Capability, Repair, Status

Paint = Callable[[str, Status], str]
"""Gives a text the colour of a status; a terminal without colour gets it as it is."""

NARROWEST, WIDEST = 60, 120
MAX_EVIDENCE = 400
"""Characters of what was found; all of it is in the CSV."""
MOST_EXAMPLES = 3
"""Images named with a cause."""
MOST_SERIES = 50


def to_text(report: Report, paint: Paint = lambda text, _: text, width: int = 80) -> str:
    """Return the report as text that ends with a newline; ``width`` is the terminal's."""
    lines = _Lines(paint, min(max(width, NARROWEST), WIDEST))
    return "\n".join(lines.of(view_of(report))) + "\n"


class _Lines:
    """Lines of one width and colouring."""

    def __init__(self, paint: Paint, width: int) -> None:
        self.paint, self.width = paint, width
        self.repairs: set[Repair] = set()
        """Those that stand above, of the same series."""

    def of(self, view: ReportView) -> Iterator[str]:
        yield from self.wrapped(view.headline)
        overall = f"{view.overall.value}: {view.name} (checked: {view.decides})"
        yield from self.painted(overall, view.overall, view.overall.value)
        if view.is_unreadable:
            yield from self.group(view.problems[0].groups[0])
            return
        yield from self.wrapped(view.kind)
        if not view.is_of_many:
            yield from self.series(view.series[0])
            return
        if view.archive:
            yield from self.problem(view.archive)
        yield from self.notes(view.archive_notes)
        for one in view.series[:MOST_SERIES]:
            yield ""
            title = f"{SIGNS[one.worst]} {one.title}: {one.headline}"
            yield from self.painted(title, one.worst, SIGNS[one.worst])
            yield from self.series(one)
        more = len(view.series) - MOST_SERIES
        if more > 0:
            yield ""
            yield f"and {counted(more, 'more series')[:-1]} (all are in the CSV)"

    def series(self, one: SeriesView) -> Iterator[str]:
        self.repairs.clear()
        facts = dict(one.facts)
        if "SeriesInstanceUID" in facts:
            yield from self.wrapped(f"Series {facts['SeriesInstanceUID']}")
        passed = [t.capability.label for t in one.tiles if t.status is Status.PASS]
        if passed:
            sign = SIGNS[Status.PASS]
            yield from self.painted(f"{sign} {', '.join(passed)}", Status.PASS, sign)
        for problem in one.problems:
            yield from self.problem(problem)
        yield from self.notes(one.notes)
        yield from self.viewer(one)

    def problem(self, problem: Problem) -> Iterator[str]:
        tile = problem.tile
        title = tile.title
        if problem.follows and problem.groups:
            title = f"{title} (also: {problem.groups[0].causes[0].ids})"
        sign = SIGNS[tile.status]
        if problem.groups and is_short(problem):
            ids = (cause.ids for group in problem.groups for cause in group.causes)
            title = f"{title} [{', '.join(ids)}]"
        yield from self.painted(f"{sign} {title}", tile.status, sign)
        if problem.follows or is_short(problem):
            return
        for group in problem.groups:
            yield from self.group(group)
        for cause in problem.undetermined:
            yield from self.wrapped(f"    ? {_cause(cause)}", "      ")

    def group(self, group: Group) -> Iterator[str]:
        for cause in group.causes:
            yield from self.wrapped(f"    {_cause(cause)}", "      ")
        yield from self.repair(group.repair)

    def repair(self, repair: Repair | None) -> Iterator[str]:
        if repair is None:
            return
        if repair in self.repairs:
            yield "    > Same repair as above."
            return
        self.repairs.add(repair)
        yield from self.wrapped(f"    > {repair.text}", "      ")
        if repair.gear:
            # One line, whatever the width: it is there to be copied.
            yield f"      {repair.gear} {rows.config_text(repair)}"
            yield from self.wrapped(f"      {repair.caution}", "      ")

    def notes(self, groups: Iterable[Group]) -> Iterator[str]:
        for group in groups:
            for cause in group.causes:
                yield from self.wrapped(f"Note: {_cause(cause)}", "  ")

    def viewer(self, one: SeriesView) -> Iterator[str]:
        if one.viewer is None:
            return
        if not one.viewer.is_shown:
            yield from self.wrapped(one.viewer.failures[0], "  ")
            return
        shown = [f"{entry.title}{_size(entry)}" for entry in one.viewer.entries[:MOST_EXAMPLES]]
        if shown:
            yield from self.wrapped(f"{VIEWER} lists: {', '.join(shown)}", "  ")
        for sentence in one.viewer.disagreements:
            yield from self.wrapped(f"  {sentence}", "  ")

    def painted(self, line: str, status: Status, word: str) -> Iterator[str]:
        """Wrap a line, and colour the word that it begins with."""
        first, *others = self.wrapped(line, "  ")
        yield f"{self.paint(word, status)}{first.removeprefix(word)}"
        yield from others

    def wrapped(self, line: str, indent: str = "") -> list[str]:
        return wrapped(line, self.width, indent)


def _size(entry: Entry) -> str:
    known = {"no": "no MPR", "yes": "with MPR", "yes, as a 4D volume": "MPR as a 4D volume"}
    frames = "" if entry.frames == NOTHING else entry.frames
    each = f"{frames} each" if frames and entry.count > 1 else frames
    parts = [part for part in (each, known.get(entry.mpr, "")) if part]
    return f" ({', '.join(parts)})" if parts else ""


def is_short(problem: Problem) -> bool:
    """Return True for a problem whose first line says all: V2 without what nobody writes."""
    ids = {r.requirement.id for g in problem.groups for c in g.causes for r in c.results}
    return problem.tile.capability is Capability.V2_OPEN and ids <= RARE_V2


def _cause(cause: Cause) -> str:
    names = "" if cause.share.startswith("all") else ", ".join(cause.names[:MOST_EXAMPLES])
    examples = f" ({names}{', ...' if len(cause.names) > MOST_EXAMPLES else ''})" if names else ""
    ids = f" [{cause.ids}]" if cause.ids else ""
    return f"{shortened(cause.evidence, MAX_EVIDENCE)}{examples}{ids}"
