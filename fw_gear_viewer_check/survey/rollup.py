"""Many series in numbers: how many open, by modality, and why the others do not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from fw_gear_viewer_check.reports.rows import Json
from fw_gear_viewer_check.requirements.types import Capability, Status

MOST_LISTED = 20_000
"""Rows of the page's table; all are in the CSV."""
MOST_CHARACTERS = 200
"""Of one text in a row of the table; the CSV has all of it."""
MOST_UNCHECKED = 500
"""Inputs that could not be checked and that the page names."""
MOST_GROUPS = 1_000
"""Subjects with a row of their own."""
MOST_REPAIRS = 8
"""Repairs told for one reason; each finding has its own in the CSV."""
MOST_EXAMPLES = 5
"""Series named as examples of a reason."""
MOST_MODALITIES = 40
"""Modalities with a row of their own; the texts come out of files, and may be as many as these."""
OTHER = "other"

Counts: TypeAlias = "defaultdict[Capability, Counter[Status]]"


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """One row of series.csv and of the page's table."""

    name: str
    """The input."""
    problem: str = ""
    link: str = ""
    """Where more is said of it: a report in the survey's folder, a page of the platform."""
    headline: str = ""
    group: str = ""
    """What it belongs to: the subject, on the platform."""
    state: str = ""
    """Whether it was checked, on the platform."""
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
    repairs: Mapping[str, str] = field(default_factory=dict)
    """What to do about each of these ids."""
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
    repairs: Counter[str] = field(default_factory=Counter)
    """What to do, for how many series."""


def modality_of(row: SeriesRow) -> str:
    """Return the modality under which a series is counted."""
    return row.modality or ("not given" if row.instances else "no DICOM")


def cut(text: str) -> str:
    """Return a text without its middle where it is long: names differ at their ends."""
    half = MOST_CHARACTERS // 2
    return text if len(text) <= MOST_CHARACTERS else f"{text[:half]}…{text[-half:]}"


def _is_lacking(row: SeriesRow) -> bool:
    """Return True where something does not work; V2 hardly opens anything without a remark."""
    of_interest = zip(Capability, row.verdicts, strict=True)
    statuses = {row.overall, *(s for c, s in of_interest if c is not Capability.V2_OPEN)}
    return bool(row.problem) or not statuses.isdisjoint({Status.FAIL, Status.UNKNOWN})


def _counts_of(table: dict[str, Counts], name: str, most: int) -> Counts:
    if name not in table and len(table) >= most:
        name = OTHER
    return table.setdefault(name, defaultdict(Counter))


@dataclass(slots=True)
class RollUp:
    """The numbers of a survey; it stays small however many series are added."""

    inputs: int = 0
    rows: int = 0
    series: int = 0
    instances: int = 0
    overall: Counter[Status] = field(default_factory=Counter)
    verdicts: Counts = field(default_factory=lambda: defaultdict(Counter))
    by_modality: dict[str, Counts] = field(default_factory=dict)
    reasons: dict[str, Reason] = field(default_factory=dict)
    unreadable: Reason = field(default_factory=lambda: Reason(""))
    """Inputs without any readable DICOM: one reason, not one for each attribute they lack."""
    by_group: dict[str, Counts] = field(default_factory=dict)
    states: Counter[str] = field(default_factory=Counter)
    lacking: list[tuple[int, SeriesRow]] = field(default_factory=list)
    """The first rows with a verdict that is not PASS, or without any; each with its number."""
    complete: list[tuple[int, SeriesRow]] = field(default_factory=list)
    """The first of the other rows."""
    problems: Counter[str] = field(default_factory=Counter)
    unchecked: list[SeriesRow] = field(default_factory=list)
    viewer: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    def add(self, row: SeriesRow) -> None:
        """Count a series, or an input that could not be checked."""
        row = replace(row, name=cut(row.name), group=cut(row.group))
        self.rows += 1
        self.states[row.state] += 1
        listed = self.lacking if _is_lacking(row) else self.complete
        if len(listed) < MOST_LISTED:
            listed.append((self.rows, replace(row, repairs={}, viewer=None)))
        if row.problem:
            self.problems[row.problem] += 1
            if len(self.unchecked) < MOST_UNCHECKED:
                self.unchecked.append(row)
            return
        self.series += 1
        self.instances += row.instances or 0
        self.overall[row.overall] += 1
        counted = [
            self.verdicts,
            _counts_of(self.by_modality, modality_of(row), MOST_MODALITIES),
            *([_counts_of(self.by_group, row.group, MOST_GROUPS)] if row.group else ()),
        ]
        for counts in counted:
            for capability, status in zip(Capability, row.verdicts, strict=True):
                counts[capability][status] += 1
        if row.viewer is not None:
            self.viewer["shown"] += row.viewer["display_sets"] > 0
            self.viewer["mpr"] += row.viewer["reconstructable"] > 0
            self.viewer["four_d"] += row.viewer["four_d"] > 0
            self.viewer["lost"] += bool(row.viewer["lost"])
        self._add_reasons(row)

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
                repair = row.repairs.get(requirement, "")
                if repair in reason.repairs or len(reason.repairs) < MOST_REPAIRS:
                    reason.repairs[repair] += bool(repair)
                if len(reason.examples) < MOST_EXAMPLES:
                    reason.examples.append(row)

    def listed(self) -> list[SeriesRow]:
        """Return the rows of the page's table, in order: what lacks something before the rest."""
        numbered = [*self.lacking, *self.complete[: MOST_LISTED - len(self.lacking)]]
        return [row for _, row in sorted(numbered, key=lambda pair: pair[0])]

    def modalities(self) -> list[tuple[str, Counts]]:
        """Return the modalities with their counts, the most frequent first."""
        return sorted(
            self.by_modality.items(), key=lambda one: (-one[1][Capability.ARCHIVE].total(), one[0])
        )

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
