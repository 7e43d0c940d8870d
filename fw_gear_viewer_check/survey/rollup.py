"""Many series in numbers: how many open, by modality, and why the others do not."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from fw_gear_viewer_check.requirements.types import Capability, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_LISTED = 500
"""Series that the page lists; all are in series.csv."""
MOST_EXAMPLES = 5
"""Series named as examples of a reason."""
MOST_MODALITIES = 40
"""Kinds of modality told apart; the texts come out of files, and may be as many as these."""
OTHER = "other"

Counts: TypeAlias = "dict[Capability, Counter[Status]]"


def _counts() -> Counts:
    return {capability: Counter() for capability in Capability}


@dataclass(frozen=True, slots=True)
class Entry:
    """A series in the list of those that are not ready."""

    name: str
    series_instance_uid: str
    modality: str
    overall: Status
    verdicts: dict[Capability, Status]
    reasons: tuple[str, ...]
    """Ids of what is not met or cannot be judged; none where there is no readable DICOM."""
    report: str


@dataclass(slots=True)
class Reason:
    """A requirement that series do not meet."""

    requirement: str
    failing: int = 0
    unknown: int = 0
    noted: int = 0
    """Series for which it is a note: no verdict hangs on it."""
    examples: list[Entry] = field(default_factory=list)


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
    listed: list[Entry] = field(default_factory=list)
    unlisted: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    unchecked: list[tuple[str, str]] = field(default_factory=list)
    viewer: Counter[str] = field(default_factory=Counter)
    left_out: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, said: Mapping[str, Any], report: str) -> None:
        """Count an input, as the journal tells of it."""
        self.inputs += 1
        if said["problem"]:
            self.problems[said["problem"]] += 1
            if len(self.unchecked) < MOST_LISTED:
                self.unchecked.append((said["name"], said["problem"]))
        for one in said["series"]:
            self._add_series(said["name"], one, report)

    def _add_series(self, name: str, one: Mapping[str, Any], report: str) -> None:
        verdicts = {c: Status(one["verdicts"][c.value]) for c in Capability}
        overall = Status(one["overall"])
        self.series += 1
        self.instances += one["instances"]
        self.overall[overall] += 1
        modality = one["modality"] or ("not told" if one["instances"] else "no DICOM")
        if modality not in self.by_modality and len(self.by_modality) >= MOST_MODALITIES:
            modality = OTHER
        counts = self.by_modality.setdefault(modality, _counts())
        for capability, status in verdicts.items():
            self.verdicts[capability][status] += 1
            counts[capability][status] += 1
        self._add_viewer(one["viewer"])
        entry = Entry(
            name=name,
            series_instance_uid=one["series_instance_uid"],
            modality=one["modality"],
            overall=overall,
            verdicts=verdicts,
            reasons=(*one["failing"], *one["unknown"]) if one["instances"] else (),
            report=report,
        )
        self._add_reasons(entry, one)
        if overall in {Status.FAIL, Status.UNKNOWN}:
            if len(self.listed) < MOST_LISTED:
                self.listed.append(entry)
            else:
                self.unlisted += 1

    def _add_viewer(self, viewer: Mapping[str, Any] | None) -> None:
        if viewer is None:
            self.viewer["not predicted"] += 1
            return
        self.viewer["shown"] += viewer["display_sets"] > 0
        self.viewer["mpr"] += viewer["reconstructable"] > 0
        self.viewer["four_d"] += viewer["four_d"] > 0
        self.viewer["lost"] += bool(viewer["lost"])

    def _add_reasons(self, entry: Entry, one: Mapping[str, Any]) -> None:
        if not one["instances"]:
            self.unreadable.failing += 1
            if len(self.unreadable.examples) < MOST_EXAMPLES:
                self.unreadable.examples.append(entry)
            return
        for kind, ids in (
            ("failing", one["failing"]),
            ("unknown", one["unknown"]),
            ("noted", one["notes"]),
        ):
            for requirement in ids:
                reason = self.reasons.setdefault(requirement, Reason(requirement))
                setattr(reason, kind, getattr(reason, kind) + 1)
                if len(reason.examples) < MOST_EXAMPLES:
                    reason.examples.append(entry)

    def modalities(self) -> list[tuple[str, Counts, int]]:
        """Return the modalities with their counts and number of series, most frequent first."""
        rows = [(m, c, sum(c[Capability.ARCHIVE].values())) for m, c in self.by_modality.items()]
        return sorted(rows, key=lambda row: (-row[2], row[0]))

    def top_reasons(self, asked: tuple[str, ...]) -> list[Reason]:
        """Return what keeps most series from a verdict; what is ``asked`` for stands first."""
        reasons = [r for r in self.reasons.values() if r.failing or r.unknown]
        return sorted(
            reasons,
            key=lambda r: (r.requirement not in asked, -r.failing, -r.unknown, r.requirement),
        )

    def top_notes(self) -> list[Reason]:
        """Return the most frequent notes."""
        notes = [r for r in self.reasons.values() if r.noted]
        return sorted(notes, key=lambda r: (-r.noted, r.requirement))
