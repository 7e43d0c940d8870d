"""Many series in numbers: how many open, by modality, and why the others do not."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from fw_gear_viewer_check.requirements.types import Capability, Status

if TYPE_CHECKING:
    from fw_gear_viewer_check.reports.rows import Json

MOST_LISTED = 500
"""Series that the page lists; all are in series.csv."""
MOST_EXAMPLES = 5
"""Series named as examples of a reason."""
MOST_MODALITIES = 40
"""Modalities with a row of their own; the texts come out of files, and may be as many as these."""
OTHER = "other"

Counts: TypeAlias = "dict[Capability, Counter[Status]]"


def _counts() -> Counts:
    return {capability: Counter() for capability in Capability}


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """One row of series.csv and of the page's table."""

    name: str
    """The input."""
    problem: str = ""
    link: str = ""
    """Where more is said of it: a report in the survey's folder, a page of the platform."""
    series_instance_uid: str = ""
    sop_class_uid: str = ""
    sop_class: str = ""
    modality: str = ""
    instances: int | None = None
    frames: int | None = None
    overall: Status = Status.UNKNOWN
    verdicts: tuple[Status, ...] = (Status.UNKNOWN,) * len(Capability)
    """In order of the capabilities."""
    failing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    viewer: Json | None = None


@dataclass(slots=True)
class Reason:
    """A requirement that series do not meet."""

    requirement: str
    failing: int = 0
    unknown: int = 0
    noted: int = 0
    """Series for which it is a note, and changes no verdict."""
    examples: list[SeriesRow] = field(default_factory=list)


@dataclass(slots=True)
class RollUp:
    """The numbers of a survey; it stays small however many series are added."""

    inputs: int = 0
    series: int = 0
    instances: int = 0
    overall: Counter[Status] = field(default_factory=Counter)
    verdicts: Counts = field(default_factory=_counts)
    by_modality: dict[str, Counts] = field(default_factory=dict)
    reasons: dict[str, Reason] = field(default_factory=dict)
    unreadable: Reason = field(default_factory=lambda: Reason(""))
    """Inputs without any readable DICOM: one reason, not one for each attribute they lack."""
    listed: list[SeriesRow] = field(default_factory=list)
    unlisted: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    unchecked: list[SeriesRow] = field(default_factory=list)
    viewer: Counter[str] = field(default_factory=Counter)
    left_out: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, row: SeriesRow) -> None:
        """Count a series, or an input that could not be checked."""
        if row.problem:
            self.problems[row.problem] += 1
            if len(self.unchecked) < MOST_LISTED:
                self.unchecked.append(row)
            return
        self.series += 1
        self.instances += row.instances or 0
        self.overall[row.overall] += 1
        modality = row.modality or ("not given" if row.instances else "no DICOM")
        if modality not in self.by_modality and len(self.by_modality) >= MOST_MODALITIES:
            modality = OTHER
        counts = self.by_modality.setdefault(modality, _counts())
        for capability, status in zip(Capability, row.verdicts, strict=True):
            self.verdicts[capability][status] += 1
            counts[capability][status] += 1
        self._add_viewer(row)
        self._add_reasons(row)
        if row.overall in {Status.FAIL, Status.UNKNOWN}:
            if len(self.listed) < MOST_LISTED:
                self.listed.append(row)
            else:
                self.unlisted += 1

    def _add_viewer(self, row: SeriesRow) -> None:
        if row.viewer is None:
            self.viewer["not predicted"] += 1
            return
        self.viewer["shown"] += row.viewer["display_sets"] > 0
        self.viewer["mpr"] += row.viewer["reconstructable"] > 0
        self.viewer["four_d"] += row.viewer["four_d"] > 0
        self.viewer["lost"] += bool(row.viewer["lost"])

    def _add_reasons(self, row: SeriesRow) -> None:
        if not row.instances:
            self.unreadable.failing += 1
            if len(self.unreadable.examples) < MOST_EXAMPLES:
                self.unreadable.examples.append(row)
            return
        for kind, ids in (("failing", row.failing), ("unknown", row.unknown), ("noted", row.notes)):
            for requirement in ids:
                reason = self.reasons.setdefault(requirement, Reason(requirement))
                setattr(reason, kind, getattr(reason, kind) + 1)
                if len(reason.examples) < MOST_EXAMPLES:
                    reason.examples.append(row)

    def modalities(self) -> list[tuple[str, Counts, int]]:
        """Return the modalities with their counts and number of series, most frequent first."""
        rows = [(m, c, c[Capability.ARCHIVE].total()) for m, c in self.by_modality.items()]
        return sorted(rows, key=lambda row: (-row[2], row[0]))

    def top_reasons(self, required: tuple[str, ...]) -> list[Reason]:
        """Return what keeps most series from a verdict; what is ``required`` stands first."""
        reasons = [r for r in self.reasons.values() if r.failing or r.unknown]
        return sorted(
            reasons,
            key=lambda r: (r.requirement not in required, -r.failing, -r.unknown, r.requirement),
        )

    def top_notes(self) -> list[Reason]:
        """Return the most frequent notes."""
        notes = [r for r in self.reasons.values() if r.noted]
        return sorted(notes, key=lambda r: (-r.noted, r.requirement))
