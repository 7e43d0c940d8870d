"""A report, cut into what an HTML page shows, in the order it is read.

Rule of this file: texts and numbers, no HTML and no pictures. What fails is said once: a capability
that fails because V3 does not open the series says so, and does not repeat why.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from fw_gear_viewer_check.model.sop_classes import name_of
from fw_gear_viewer_check.model.text import counted
from fw_gear_viewer_check.reports import wording
from fw_gear_viewer_check.requirements.types import SEVERITY, Capability, Level, Status, worst

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fw_gear_viewer_check.checker.report import Report, Result, SeriesReport, Verdict
    from fw_gear_viewer_check.requirements.types import Repair

MOST_NAMES = 100
"""Names of images shown for one requirement; where all images are affected, the first ten."""
_FEW_NAMES = 10
MOST_SERIES = 12
"""Series shown in detail, the worst; the others stand in the list of series."""

_NOUNS = {Capability.ARCHIVE: "file", Capability.V3_OVERLAY: "object"}
ORDER = (
    *(Capability.V3_OPEN, Capability.V3_MPR, Capability.V3_OVERLAY, Capability.V3_MEASURE),
    *(Capability.V3_SUV, Capability.ARCHIVE, Capability.V2_OPEN),
)
"""Most asked for first. V2 is the last: almost no series of a scanner has all that it asks for."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A capability and its verdict."""

    capability: Capability
    status: Status
    meaning: str
    decides: bool
    """It counts towards the overall state."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A requirement that is not met, and by which images."""

    result: Result
    share: str
    names: tuple[str, ...]
    more: int
    """Names left out."""


@dataclass(frozen=True, slots=True)
class Card:
    """Requirements that are not met for the same cause, and are repaired in the same way."""

    heading: str
    reasons: tuple[Reason, ...]
    statement: str
    """What is asked; "" where several things are, each named by its evidence."""
    is_of_same: bool
    """All reasons affect the same images: they are named once."""
    why: str
    repair: Repair | None


@dataclass(frozen=True, slots=True)
class Problem:
    """A capability that fails or cannot be judged."""

    tile: Tile
    cards: tuple[Card, ...]
    unjudged: tuple[Result, ...]
    """What could not be judged besides, mostly because of the above."""
    cause: str
    """Where the cause is told, when it is elsewhere."""


def without(tiles: Iterable[Tile]) -> tuple[str, ...]:
    """Return what there is not, as nouns, what decides first."""
    failing = [t for t in tiles if t.status is Status.FAIL]
    failing.sort(key=lambda t: (t.capability is ORDER[-1], not t.decides))
    return tuple(wording.NOUNS[t.capability] for t in failing)


def kind_of(report: Report) -> str:
    """Say in a line what the input is."""
    if len(report.series) > 1:
        objects = sum(len(s.series.instances) for s in report.series)
        return f"{len(report.series):,} series, {counted(objects, 'DICOM file')}"
    facts = dict(_facts(report.series[0]))
    told = [facts[term] for term in ("Kind", "Size") if term in facts]
    pixels = f"{facts['Pixels']} pixels" if "Pixels" in facts else ""
    return ", ".join(filter(None, [*told, pixels])) or "no DICOM that can be read"


@dataclass(frozen=True, slots=True)
class SeriesStory:
    """A series, as its section of the page tells it."""

    report: SeriesReport
    title: str
    facts: tuple[tuple[str, str], ...]
    tiles: tuple[Tile, ...]
    problems: tuple[Problem, ...]
    notes: tuple[Card, ...]
    worst: Status


def tiles_of(
    verdicts: dict[str, Verdict], require: Sequence[Capability], *, archive: bool = True
) -> tuple[Tile, ...]:
    """Return a tile for each capability, in the order of :data:`ORDER`."""
    wanted = [c for c in ORDER if archive or c is not Capability.ARCHIVE]
    return tuple(_tile(verdicts[c], require) for c in wanted)


def _tile(verdict: Verdict, require: Sequence[Capability]) -> Tile:
    capability, status = verdict.capability, verdict.status
    meaning = wording.MEANINGS[capability][status]
    if len(_own(verdict)) < len(verdict.reasons):
        meaning = wording.INHERITED
    return Tile(capability, status, meaning, capability in require)


def _own(verdict: Verdict) -> list[Result]:
    return [r for r in verdict.reasons if r.requirement.capability is verdict.capability]


def series_of(report: Report) -> tuple[SeriesStory, ...]:
    """Return the series, worst first: by the overall state, then by how much fails."""
    alone = len(report.series) == 1
    stories = [_series(one, report.require, archive=alone) for one in report.series]
    return tuple(sorted(stories, key=_badness, reverse=True))


def archive_of(report: Report) -> Problem | None:
    """Return what is wrong with an archive of several series, said once for all of them."""
    alone = [_series(one, report.require, archive=True) for one in report.series]
    problems = [p for s in alone for p in s.problems if p.tile.capability is Capability.ARCHIVE]
    if len(report.series) == 1 or not problems:
        return None
    cards = {tuple(r.result.finding for r in c.reasons): c for p in problems for c in p.cards}
    tile = _tile(report.verdicts[Capability.ARCHIVE], report.require)
    return Problem(tile, tuple(cards.values()), (), "")


def archive_notes_of(report: Report) -> tuple[Card, ...]:
    """Return the notes about an archive of several series, said once for all of them."""
    if len(report.series) == 1:
        return ()
    return _cards(dict.fromkeys(r for r in report.results if _is_told_note(r) and _of_archive(r)))


def evidence_of(cards: Iterable[Card]) -> tuple[str, ...]:
    """Return what was found, each finding once."""
    found = (reason.result.finding.evidence for card in cards for reason in card.reasons)
    return tuple(dict.fromkeys(found))


def _of_archive(result: Result) -> bool:
    return result.requirement.capability is Capability.ARCHIVE


def _badness(story: SeriesStory) -> tuple[int, int, int]:
    failing = [tile for tile in story.tiles if tile.status is Status.FAIL]
    return SEVERITY[story.worst], len(failing), len(story.report.series.instances)


def _series(report: SeriesReport, require: Sequence[Capability], *, archive: bool) -> SeriesStory:
    """Tell of a series; of its archive only where the series is the only one."""
    tiles = tiles_of(report.verdicts, require, archive=archive)
    told = [t for t in tiles if t.status in {Status.FAIL, Status.UNKNOWN}]
    told.sort(key=lambda t: (t.capability is ORDER[-1], not t.decides, -SEVERITY[t.status]))
    is_empty = not report.series.instances
    notes = [r for r in report.results if _is_told_note(r) and (archive or not _of_archive(r))]
    return SeriesStory(
        report=report,
        title=_title(report),
        facts=_facts(report),
        tiles=tiles,
        problems=_nothing_readable(report, told) if is_empty else _problems(report, told),
        notes=() if is_empty else _cards(notes),
        worst=worst([t.status for t in tiles if t.decides]),
    )


TOLD_APART = ("MPR-193",)
"""What is said about disagreement with the open-source viewer has a section of its own."""


def _is_told_note(result: Result) -> bool:
    is_note = result.level is Level.NOTE and result.status is Status.FAIL
    return is_note and result.requirement.id not in TOLD_APART


def _title(report: SeriesReport) -> str:
    series = report.series
    if not series.instances:
        return wording.NO_DICOM
    return f"{series.modality or 'No modality'}, {_size(report)}"


def _size(report: SeriesReport) -> str:
    series = report.series
    count = len(series.instances)
    if not series.frame_count:
        return counted(count, "object")
    multi = [i for i in series.instances if i.is_image and i.is_multi_frame]
    if not multi:
        return counted(series.frame_count, "image")
    frames = f"{series.frame_count:,} frames"
    return f"{counted(len(multi), 'multi-frame image')} ({frames})"


def _facts(report: SeriesReport) -> tuple[tuple[str, str], ...]:
    series = report.series
    if not series.instances:
        reasons = dict.fromkeys(m.problem or str(m.kind) for m in series.archive.members)
        found = series.archive.problem or ", ".join(list(reasons)[:3]) or "no file"
        return (("Files", f"{len(series.archive.members):,}"), ("Found", found))
    sizes = {(i.data.number("Columns"), i.data.number("Rows")) for i in series.instances}
    facts = [
        ("Kind", name_of(series.sop_class_uid)),
        ("Modality", series.modality or "missing"),
        ("Size", _size(report)),
    ]
    columns, rows = sizes.pop()
    if not sizes and columns and rows:
        facts.append(("Pixels", f"{columns:g} \N{MULTIPLICATION SIGN} {rows:g}"))
    facts.append(("SeriesInstanceUID", series.series_instance_uid or "missing"))
    return tuple(facts)


def _problems(report: SeriesReport, tiles: Iterable[Tile]) -> tuple[Problem, ...]:
    return tuple(_problem(report, tile) for tile in tiles)


def _problem(report: SeriesReport, tile: Tile) -> Problem:
    verdict = report.verdicts[tile.capability]
    own = _own(verdict)
    return Problem(
        tile=tile,
        cards=_cards(r for r in own if r.status is tile.status),
        unjudged=tuple(r for r in own if r.status is not tile.status),
        cause=wording.INHERITED if len(own) < len(verdict.reasons) else "",
    )


def _nothing_readable(report: SeriesReport, tiles: Iterable[Tile]) -> tuple[Problem, ...]:
    """Say once what every requirement of an object says where there is no object."""
    problems: list[Problem] = []
    for tile in tiles:
        first = _own(report.verdicts[tile.capability])[0]
        told = Reason(first, "", (), 0)
        card = Card(
            wording.NO_DICOM, (told,), "", True, wording.NO_DICOM_WHY, wording.NO_DICOM_REPAIR
        )
        cards, cause = ((), wording.SAME_CAUSE) if problems else ((card,), "")
        problems.append(Problem(tile, cards, (), cause))
    return tuple(problems)


def _cards(results: Iterable[Result]) -> tuple[Card, ...]:
    """Put neighbours with one cause and one repair into one card."""
    grouped = groupby(results, key=lambda r: (r.requirement.why, r.repair))
    return tuple(_card(list(group)) for _, group in grouped)


def _card(results: list[Result]) -> Card:
    first = results[0].requirement
    heading = ", ".join(r.requirement.title for r in results)
    return Card(
        heading=heading,
        reasons=tuple(map(_reason, results)),
        statement=first.statement if len(results) == 1 else "",
        is_of_same=len({r.finding.affected for r in results}) == 1,
        why=first.why,
        repair=results[0].repair,
    )


def _reason(result: Result) -> Reason:
    finding = result.finding
    affected, checked = len(finding.affected), finding.checked
    noun = _NOUNS.get(result.requirement.capability, "image")
    is_all = affected >= checked
    shown = finding.affected[: _FEW_NAMES if is_all else MOST_NAMES]
    if affected == checked == 1 or not affected:
        return Reason(result, "", (), 0)
    share = f"all {checked:,} {noun}s" if is_all else f"{affected:,} of {checked:,} {noun}s"
    return Reason(result, share, shown, affected - len(shown))
