"""The one view of a report that the terminal, the job log and the HTML page show.

Rule of this file: texts and numbers, no HTML and no pictures. What fails is shown once: what
only follows from V3 not opening the series refers to it, and does not repeat why.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from fw_gear_viewer_check.checker.findings import NOTHING_READABLE
from fw_gear_viewer_check.checker.report import Report, Result, SeriesReport, Verdict
from fw_gear_viewer_check.model import text
from fw_gear_viewer_check.model.text import sentence, shortened
from fw_gear_viewer_check.reports import causes, headline, wording
from fw_gear_viewer_check.reports.facts import facts_of, kind_of, title_of
from fw_gear_viewer_check.reports.headline import Tone
from fw_gear_viewer_check.reports.notes import notes_of, repeats
from fw_gear_viewer_check.reports.viewer_list import ViewerView, viewer_view_of
from fw_gear_viewer_check.requirements import repairs
from fw_gear_viewer_check.requirements.types import (
    SEVERITY,
    Capability,
    Repair,
    RepairKind,
    Status,
    worst,
)

MOST_NAMES = 100
"""Names of images shown for one cause; where all images are affected, the first ten."""
_FEW_NAMES = 10
MOST_SERIES = 12
"""Series shown in detail, the worst; the others are only listed."""
ORDER = (
    *(Capability.V3_OPEN, Capability.V3_MPR, Capability.V3_OVERLAY, Capability.V3_MEASURE),
    *(Capability.V3_SUV, Capability.ARCHIVE, Capability.V2_OPEN),
)
"""What most users want comes first. V2 is the last: few scanners write all that it requires."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A capability and its verdict, in a few words."""

    capability: Capability
    status: Status
    phrase: str
    cause: str
    """The cause alone; "" where all is well."""
    decides: bool
    """It counts towards the overall result."""

    @property
    def is_open(self) -> bool:
        """True when there is something to explain."""
        return self.status in {Status.FAIL, Status.UNKNOWN}

    @property
    def title(self) -> str:
        """What does not work, and why; or what could not be determined."""
        if self.status is not Status.UNKNOWN:
            return self.phrase
        return f"{self.capability.label}: {self.phrase[:1].lower()}{self.phrase[1:]}"

    @property
    def is_minor(self) -> bool:
        """True for V2 where it is not required: most users have V3 only."""
        return self.capability is Capability.V2_OPEN and not self.decides


@dataclass(frozen=True, slots=True)
class Cause:
    """What was found, once, for all requirements with the same evidence; and in which images."""

    evidence: str
    results: tuple[Result, ...]
    share: str
    names: tuple[str, ...]
    more: int
    """Names left out."""

    @property
    def ids(self) -> str:
        """Ids of the requirements; "" where there is no DICOM that they could be about."""
        return ", ".join(r.requirement.id for r in self.results if not self.is_of_nothing)

    @property
    def is_of_nothing(self) -> bool:
        """True where there is no readable DICOM: all requirements say so, and none is about it."""
        return self.results[0].finding.code == NOTHING_READABLE


@dataclass(frozen=True, slots=True)
class Group:
    """Causes with one repair."""

    causes: tuple[Cause, ...]
    repair: Repair | None

    @property
    def title(self) -> str:
        """Titles of the requirements."""
        return ", ".join(r.requirement.title for c in self.causes for r in c.results)

    @property
    def first(self) -> Result:
        """The result that the explanation is taken from."""
        return self.causes[0].results[0]

    @property
    def why(self) -> str:
        """What the viewer does without it."""
        is_of_nothing = self.causes[0].is_of_nothing
        return wording.NO_DICOM_WHY if is_of_nothing else self.first.requirement.why


@dataclass(frozen=True, slots=True)
class Problem:
    """A capability that fails or cannot be determined."""

    tile: Tile
    groups: tuple[Group, ...]
    undetermined: tuple[Cause, ...]
    """What could not be determined besides, for reasons of its own."""
    follows: bool
    """It is a consequence of another problem."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do, and what for."""

    repair: Repair
    title: str
    """What does not work, and why."""
    where: str
    """How many images of how many, and the first of them."""
    gains: tuple[Capability, ...]
    decides: bool

    @property
    def is_minor(self) -> bool:
        """True for what only the V2 viewer needs, where it is not required."""
        return self.gains == ORDER[-1:] and not self.decides


@dataclass(frozen=True, slots=True)
class SeriesView:
    """A series, as it is shown."""

    report: SeriesReport
    title: str
    headline: str
    facts: tuple[tuple[str, str], ...]
    tiles: tuple[Tile, ...]
    problems: tuple[Problem, ...]
    notes: tuple[Group, ...]
    viewer: ViewerView | None
    worst: Status


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report, in the order in which it is read."""

    name: str
    headline: str
    tone: Tone
    overall: Status
    decides: str
    """Names of the capabilities that decide the overall result."""
    kind: str
    tiles: tuple[Tile, ...]
    steps: tuple[Step, ...]
    archive: Problem | None
    """What is wrong with an archive of several series, shown once for all of them."""
    archive_notes: tuple[Group, ...]
    series: tuple[SeriesView, ...]
    """Worst first."""

    @property
    def is_of_many(self) -> bool:
        """True for an input of several series."""
        return len(self.series) > 1

    @property
    def is_unreadable(self) -> bool:
        """True for an input without readable DICOM: the headline says all but why."""
        return not any(one.report.series.instances for one in self.series)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What fails or cannot be determined, of the archive and of all series."""
        return (
            *((self.archive,) if self.archive else ()),
            *(problem for one in self.series for problem in one.problems),
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What was noted, in a few words each."""
        groups = (*self.archive_notes, *(group for one in self.series for group in one.notes))
        results = (r for group in groups for cause in group.causes for r in cause.results)
        return tuple(dict.fromkeys(map(causes.of_result, results)))


def view_of(report: Report) -> ReportView:
    """Return the view of a report."""
    many = len(report.series) > 1
    series = [
        _series(one, words, report.require, archive=not many)
        for one, words in zip(report.series, headline.headlines(report), strict=True)
    ]
    series.sort(key=_badness, reverse=True)
    archive = _archive(report) if many else None
    tiles = _tiles(report.verdicts, report.require)
    view = ReportView(
        name=text.printable(report.name),
        headline=headline.headline(report),
        tone=headline.tone(report),
        overall=report.overall,
        decides=", ".join(report.require),
        kind=kind_of(report),
        tiles=tuple(_of_many(tile, report) for tile in tiles) if many else tiles,
        steps=(),
        archive=archive,
        archive_notes=_archive_notes(report) if many else (),
        series=tuple(series),
    )
    return replace(view, steps=_steps(view.problems))


def _tiles(
    verdicts: dict[str, Verdict], require: Sequence[Capability], *, archive: bool = True
) -> tuple[Tile, ...]:
    chosen = [c for c in ORDER if archive or c is not Capability.ARCHIVE]
    return tuple(_tile(verdicts[c], require) for c in chosen)


def _tile(verdict: Verdict, require: Sequence[Capability]) -> Tile:
    capability = verdict.capability
    phrase, cause = headline.phrase(verdict), headline.short_cause(verdict)
    return Tile(capability, verdict.status, phrase, cause, capability in require)


def _of_many(tile: Tile, report: Report) -> Tile:
    """Say of how many series it is true, rather than why it is of one of them."""
    if not tile.is_open or tile.capability is Capability.ARCHIVE:
        return tile
    statuses = [one.verdicts[tile.capability].status for one in report.series]
    applies = len(statuses) - statuses.count(Status.NOT_APPLICABLE)
    return replace(tile, cause=f"{statuses.count(tile.status):,} of {applies:,} series")


def _badness(one: SeriesView) -> tuple[int, int, int]:
    failing = [tile for tile in one.tiles if tile.status is Status.FAIL]
    return SEVERITY[one.worst], len(failing), len(one.report.series.instances)


def _series(
    report: SeriesReport, words: str, require: Sequence[Capability], *, archive: bool
) -> SeriesView:
    """Tell of a series; of its archive only where the series is the only one."""
    tiles = _tiles(report.verdicts, require, archive=archive)
    is_empty = not report.series.instances
    notes = [r for r in notes_of(report.results) if archive or not _is_of_archive(r)]
    return SeriesView(
        report=report,
        title=title_of(report),
        headline=words,
        facts=facts_of(report),
        tiles=tiles,
        problems=_problems(report, tiles),
        notes=() if is_empty else _groups(notes),
        viewer=viewer_view_of(report),
        worst=worst([t.status for t in tiles if t.decides]),
    )


def _is_of_archive(result: Result) -> bool:
    return result.requirement.capability is Capability.ARCHIVE


def _archive(report: Report) -> Problem | None:
    verdict = report.verdicts[Capability.ARCHIVE]
    tile = _tile(verdict, report.require)
    own = [r for r in dict.fromkeys(verdict.reasons) if r.status is verdict.status]
    return Problem(tile, _groups(own), (), follows=False) if tile.is_open else None


def _archive_notes(report: Report) -> tuple[Group, ...]:
    notes = (r for one in report.series for r in notes_of(one.results) if _is_of_archive(r))
    return _groups(dict.fromkeys(notes))


# --- what fails


def _problems(report: SeriesReport, tiles: Iterable[Tile]) -> tuple[Problem, ...]:
    unmet = sorted((t for t in tiles if t.is_open), key=_importance)
    if report.series.instances:
        return tuple(_problem(report.verdicts[t.capability], t) for t in unmet)
    # Where there is no object, every requirement of an object says the same.
    first, *others = unmet
    result = headline.own_reasons(report.verdicts[first.capability])[0]
    cause = _cause([result])
    if found := result.finding.values.get("found"):  # the headline says the rest
        cause = replace(cause, evidence=sentence(text.printable(f"found: {found}")))
    return (
        Problem(first, (Group((cause,), result.repair),), (), follows=False),
        *(Problem(tile, (), (), follows=True) for tile in others),
    )


def _importance(tile: Tile) -> tuple[bool, bool, int]:
    return tile.capability is ORDER[-1], not tile.decides, -SEVERITY[tile.status]


def _problem(verdict: Verdict, tile: Tile) -> Problem:
    own = sorted(headline.own_reasons(verdict), key=causes.rank)
    groups = _groups(r for r in own if r.status is tile.status)
    return Problem(
        tile=tile,
        groups=_with_one_reason(groups, tile.capability),
        undetermined=_causes_of(
            r for r in own if r.status is not tile.status and not repeats(r, own)
        ),
        follows=headline.is_inherited(verdict),
    )


def _with_one_reason(groups: tuple[Group, ...], capability: Capability) -> tuple[Group, ...]:
    """Leave out repairs that repair nothing where the root is that none can.

    Where there is no volume, nothing makes one, and what the viewer never shows needs no attribute.
    What is solved with the one other repair has none of its own.
    """
    if len(groups) < 2:
        return groups
    is_only = _is_beyond_repair(groups[0]) and _rank(groups[0]) < _rank(groups[1])
    is_hopeless = capability is Capability.V3_MPR or groups[0].repair == repairs.SHOW_ANOTHER_WAY
    follows = len(groups) == 2 and groups[1].repair == repairs.WITH_OTHERS
    if not (follows or (is_only and is_hopeless)):
        return groups
    return (Group(tuple(cause for group in groups for cause in group.causes), groups[0].repair),)


def _groups(results: Iterable[Result]) -> tuple[Group, ...]:
    """Put what is repaired in the same way together, in order of the first."""
    by_repair: dict[Repair | None, list[Result]] = {}
    for result in results:
        by_repair.setdefault(result.repair, []).append(result)
    return tuple(Group(_causes_of(same), repair) for repair, same in by_repair.items())


def _causes_of(results: Iterable[Result]) -> tuple[Cause, ...]:
    grouped = groupby(results, key=lambda r: (_what(r), r.finding.affected, r.finding.checked))
    return tuple(_cause(list(same)) for _, same in grouped)


_MISSING = re.compile(r"(\w+) is (absent|blank)( in (all )?[\d,]+ (of [\d,]+ )?\w+)?")


def _what(result: Result) -> str:
    """Return what was found; the same for all attributes that are missing and no more."""
    evidence = result.finding.evidence
    return "missing" if _MISSING.fullmatch(evidence) else evidence


def _cause(results: list[Result]) -> Cause:
    finding = results[0].finding
    affected, checked = len(finding.affected), finding.checked
    noun = "file" if _is_of_archive(results[0]) else "image"
    is_all = affected >= checked
    is_only = affected == checked == 1 or not affected
    share = f"all {checked:,} {noun}s" if is_all else f"{affected:,} of {checked:,} {noun}s"
    evidence = finding.evidence
    missing = [found[1] for r in results if (found := _MISSING.fullmatch(r.finding.evidence))]
    if len(missing) > 1:
        where = "" if is_only else f" in {share}"
        evidence = f"{causes.joined(list(dict.fromkeys(missing)))} are missing{where}"
    evidence = sentence(text.printable(evidence))
    if is_only:
        return Cause(evidence, tuple(results), "", (), 0)
    names = finding.affected[: _FEW_NAMES if is_all else MOST_NAMES]
    shown = tuple(map(text.printable, names))
    return Cause(evidence, tuple(results), share, shown, affected - len(shown))


# --- what to do


def _steps(problems: Iterable[Problem]) -> tuple[Step, ...]:
    """Return what to do, most useful first: each repair once, with all that it is good for.

    What only helps once V3 opens the series is left to the details. Why nothing can be done comes
    last.
    """
    found: dict[Repair, list[tuple[Tile, Group]]] = {}
    for problem in problems:
        for group in _helpful(problem) if problem.groups and not problem.follows else ():
            if group.repair is not None and group.repair != repairs.AFTER_OTHERS:
                found.setdefault(group.repair, []).append((problem.tile, group))
    steps = (_step(repair, parts) for repair, parts in found.items())
    return tuple(
        sorted(steps, key=lambda s: (s.is_minor, s.repair.kind is RepairKind.NONE, not s.decides))
    )


def _helpful(problem: Problem) -> Iterable[Group]:
    """Return the groups of a problem without those that say no more than its root does."""
    root = min(problem.groups, key=_rank)
    return [g for g in problem.groups if g is root or not _is_beyond_repair(g)]


def _rank(group: Group) -> int:
    return min(causes.rank(result) for cause in group.causes for result in cause.results)


def _is_beyond_repair(group: Group) -> bool:
    return group.repair is not None and group.repair.kind is RepairKind.NONE


def _step(repair: Repair, parts: list[tuple[Tile, Group]]) -> Step:
    results = [r for _, group in parts for cause in group.causes for r in cause.results]
    failing = (r for r in results if r.status is Status.FAIL)
    because = [words[0].removesuffix(causes.IN_SOME) for words in causes.of_results(failing)]
    more = f" (and {len(because) - 1:,} more)" if len(because) > 1 else ""
    titles = [tile.title.partition(": ") for tile, _ in parts]
    lacking = " \N{MIDDLE DOT} ".join(dict.fromkeys(begin for begin, *_ in titles))
    why = f"{because[0]}{more}" if because else titles[0][2]
    return Step(
        repair=repair,
        title=f"{lacking}: {why}",
        where=_where(parts[0][1].causes[0]),
        gains=tuple(dict.fromkeys(tile.capability for tile, _ in parts)),
        decides=any(tile.decides for tile, _ in parts),
    )


def _where(cause: Cause) -> str:
    if not cause.names or cause.share.startswith("all"):
        return cause.share
    examples = ", ".join(shortened(name, 30) for name in cause.names[:2])
    return f"{cause.share}: {examples}{', ...' if len(cause.names) + cause.more > 2 else ''}"
