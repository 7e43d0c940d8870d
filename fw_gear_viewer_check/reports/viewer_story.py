"""What the open-source viewer would show of a series, and where the page says otherwise."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fw_gear_viewer_check.model.text import counted
from fw_gear_viewer_check.ohif.failures import Effect
from fw_gear_viewer_check.reports import wording
from fw_gear_viewer_check.reports.view import TOLD_APART
from fw_gear_viewer_check.requirements.types import Capability, Status

if TYPE_CHECKING:
    from fw_gear_viewer_check.checker.report import SeriesReport
    from fw_gear_viewer_check.ohif.prediction import DisplaySet, Prediction

MOST_ROWS = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry (or several alike) of the viewer's list of series."""

    what: str
    frames: str
    mpr: str
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ViewerStory:
    """What is shown, and what the page says otherwise; the two failures may be ""."""

    entries: tuple[Entry, ...]
    more: int
    dropped_silently: str
    error_page: str
    disagreements: tuple[str, ...]


def viewer_story_of(report: SeriesReport) -> ViewerStory | None:
    """Return what was predicted; None where nothing was."""
    viewer = report.viewer
    if viewer is None:
        return None
    alike = Counter(map(_entry, viewer.display_sets))
    rows = [
        Entry(
            f"{n:,} \N{MULTIPLICATION SIGN} {e.what}" if n > 1 else e.what,
            e.frames,
            e.mpr,
            e.messages,
        )
        for e, n in alike.items()
    ]
    return ViewerStory(
        entries=tuple(rows[:MOST_ROWS]),
        more=max(len(rows) - MOST_ROWS, 0),
        dropped_silently=viewer.reason_of(Effect.DROPPED_SILENTLY),
        error_page=viewer.reason_of(Effect.ERROR_PAGE),
        disagreements=tuple(_disagreements(report, viewer)),
    )


def _entry(shown: DisplaySet) -> Entry:
    what = wording.HANDLERS.get(shown.handler, shown.handler)
    # Of a whole-slide image the viewer counts no frames, and yet shows it.
    frames = f"{shown.frames:,}" if shown.frames else "\N{EN DASH}"
    if shown.handler != "stack":
        mpr = "\N{EN DASH}"
    elif not shown.reconstructable:
        mpr = "no"
    else:
        mpr = "yes, as a 4D volume" if shown.four_d else "yes"
    said = tuple(f"{wording.MESSAGES[code]} (message {code})" for code in shown.messages)
    return Entry(what, frames, mpr, said)


def _disagreements(report: SeriesReport, viewer: Prediction) -> list[str]:
    told = [
        _sentence(result.finding.evidence)
        for result in report.results
        if result.requirement.id in TOLD_APART and result.status is Status.FAIL
    ]
    verdict = report.verdicts[Capability.V3_OPEN]
    opens = verdict.status
    is_by_page = any(not r.requirement.source.startswith("viewer") for r in verdict.reasons)
    shown = [s for s in viewer.display_sets if s.handler != "unsupported"]
    is_dropped = bool(viewer.of_effect(Effect.DROPPED_SILENTLY))
    is_error = bool(viewer.of_effect(Effect.ERROR_PAGE))
    if opens is Status.FAIL and is_by_page and shown and not (is_dropped or is_error):
        told.append(
            "The page does not support this series in the V3 viewer; the open-source viewer would "
            f"list it all the same ({counted(len(shown), 'entry')})."
        )
    # A segmentation without its images is already told: SEG-101 cannot be judged.
    lacks_images = report.verdicts[Capability.V3_OVERLAY].status is Status.UNKNOWN
    is_not_shown = is_dropped or (is_error and not lacks_images) or not shown
    if opens is Status.PASS and is_not_shown:
        told.append("The page has no objection; the open-source viewer would not show it.")
    has_factor = any(s.suv_factor is not None for s in viewer.display_sets)
    suv = report.verdicts[Capability.V3_SUV].status
    if suv is Status.PASS and not has_factor:
        told.append("The page promises SUV; the open-source viewer would not compute it.")
    if suv is Status.FAIL and has_factor and opens is not Status.FAIL:
        told.append("The page does not promise SUV; the open-source viewer would compute it.")
    return told


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
