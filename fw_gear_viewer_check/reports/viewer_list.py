"""What the open-source viewer lists of a series, in words, and where the page says otherwise."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import islice

from fw_gear_viewer_check.checker.report import SeriesReport
from fw_gear_viewer_check.model import text
from fw_gear_viewer_check.model.text import sentence
from fw_gear_viewer_check.ohif.failures import Effect
from fw_gear_viewer_check.ohif.prediction import MODEL, DisplaySet, Prediction
from fw_gear_viewer_check.reports import wording
from fw_gear_viewer_check.requirements.types import Capability, Status

VIEWER = f"The open-source viewer ({MODEL})"

NOTHING = "\N{EN DASH}"
"""In place of a number of frames, or of MPR, where an entry has none."""

MOST_ENTRIES = 8
"""Kinds of entries."""

REPORTED_APART = ("MPR-193",)
"""Where page and viewer differ stands beside what the viewer shows, not among the notes."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry, or several alike, of the viewer's list."""

    what: str
    frames: str
    """Of each."""
    mpr: str
    messages: tuple[str, ...]
    count: int = 1

    @property
    def title(self) -> str:
        """What it is, and how many there are."""
        return (
            f"{self.count:,} \N{MULTIPLICATION SIGN} {self.what}" if self.count > 1 else self.what
        )


@dataclass(frozen=True, slots=True)
class ViewerView:
    """What the open-source viewer shows, and where the page says otherwise."""

    entries: tuple[Entry, ...]
    more: int
    failures: tuple[str, ...]
    is_shown: bool
    """Nothing stops it, and nothing is dropped."""
    disagreements: tuple[str, ...]


def viewer_view_of(report: SeriesReport) -> ViewerView | None:
    """Return what was predicted; None where nothing was."""
    viewer = report.viewer
    if viewer is None:
        return None
    alike = Counter(map(_entry, viewer.display_sets))
    entries = [replace(entry, count=count) for entry, count in alike.items()]
    return ViewerView(
        entries=tuple(entries[:MOST_ENTRIES]),
        more=max(len(entries) - MOST_ENTRIES, 0),
        failures=tuple(_failures(viewer)),
        is_shown=not any(f.effect in _HIDING for f in viewer.failures),
        disagreements=tuple(_disagreements(report, viewer)),
    )


_HIDING = (Effect.DROPPED_SILENTLY, Effect.ERROR_PAGE)


def _failures(viewer: Prediction) -> list[str]:
    sentences = (
        f"{VIEWER} {wording.EFFECTS[f.effect]}: {f.reason.rstrip('.')}." for f in viewer.failures
    )
    return [text.printable(one) for one in islice(sentences, MOST_ENTRIES)]


def _entry(shown: DisplaySet) -> Entry:
    what = wording.HANDLERS.get(shown.handler, shown.handler)
    # Of a whole-slide image the viewer counts no frames, and yet shows it.
    frames = f"{shown.frames:,}" if shown.frames else NOTHING
    if shown.handler != "stack":
        mpr = NOTHING
    elif not shown.reconstructable:
        mpr = "no"
    else:
        mpr = "yes, as a 4D volume" if shown.four_d else "yes"
    messages = tuple(sentence(wording.MESSAGES[code]) for code in shown.messages)
    return Entry(what, frames, mpr, messages)


def _disagreements(report: SeriesReport, viewer: Prediction) -> list[str]:
    found = [
        sentence(text.printable(result.finding.evidence))
        for result in report.results
        if result.requirement.id in REPORTED_APART and result.status is Status.FAIL
    ]
    verdict = report.verdicts[Capability.V3_OPEN]
    opens = verdict.status
    is_by_page = any(not r.requirement.source.startswith("viewer") for r in verdict.reasons)
    shown = [s for s in viewer.display_sets if s.handler != "unsupported"]
    is_dropped = bool(viewer.of_effect(Effect.DROPPED_SILENTLY))
    is_error = bool(viewer.of_effect(Effect.ERROR_PAGE))
    if opens is Status.FAIL and is_by_page and shown and not (is_dropped or is_error):
        found.append("Flywheel does not support this series, but the open-source viewer lists it.")
    # A segmentation without its images is reported already: SEG-101 could not be determined.
    lacks_images = report.verdicts[Capability.V3_OVERLAY].status is Status.UNKNOWN
    is_not_shown = is_dropped or (is_error and not lacks_images) or not shown
    if opens is Status.PASS and is_not_shown:
        found.append("Flywheel supports this series, but the open-source viewer does not show it.")
    has_factor = any(s.suv_factor is not None for s in viewer.display_sets)
    suv = report.verdicts[Capability.V3_SUV].status
    if suv is Status.PASS and not has_factor:
        found.append(
            "Flywheel's requirements for SUV are met, but the open-source viewer computes none."
        )
    if suv is Status.FAIL and has_factor and opens is not Status.FAIL:
        found.append(
            "Flywheel's requirements for SUV are not met, but the open-source viewer computes it."
        )
    return found
