"""The page about many series: how many open, why the others do not, and each of them in a table.

It is one file without anything from a network. The table is searched, filtered and sorted in the
browser, by survey.js, out of rows that stand in the page as JSON.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from markupsafe import Markup

from fw_gear_viewer_check.model.text import counted
from fw_gear_viewer_check.reports import wording
from fw_gear_viewer_check.reports.headline import FAILED
from fw_gear_viewer_check.reports.html import environment
from fw_gear_viewer_check.reports.view import ORDER
from fw_gear_viewer_check.requirements.registry import BY_ID, REQUIREMENTS
from fw_gear_viewer_check.requirements.types import Capability, Status, worst
from fw_gear_viewer_check.survey.rollup import Counts, Reason, RollUp, SeriesRow, cut, modality_of

MOST_REASONS = 25
MOST_NOTES = 10

_BAR = (Status.PASS, Status.UNKNOWN, Status.FAIL)
_SHORT = {
    Capability.ARCHIVE: "Zip",
    Capability.V2_OPEN: "V2",
    Capability.V3_OPEN: "V3",
    Capability.V3_MPR: "MPR",
    Capability.V3_OVERLAY: "Seg",
    Capability.V3_MEASURE: "mm",
    Capability.V3_SUV: "SUV",
}
"""Heads of narrow columns."""
_LETTERS = {Status.PASS: "P", Status.FAIL: "F", Status.UNKNOWN: "U", Status.NOT_APPLICABLE: "N"}


@dataclass(frozen=True, slots=True)
class Kind:
    """What the page is about, in its words."""

    title: str
    """Beginning of the heading: "Survey of" so many series."""
    noun: str
    """What has a row: series, file."""
    plural: str
    table: str
    """Name of the CSV with a row for each."""
    details: tuple[str, str]
    """Name of the other CSV, and what stands in it."""
    again: str
    """What is done about inputs that could not be checked."""

    unchecked: str
    """What follows the number of those without a result."""

    def counted(self, count: int) -> str:
        """Return "1 file", "2 files", "2 series"."""
        return f"{count:,} {self.noun if count == 1 else self.plural}"

    def kept(self, reason: Reason) -> str:
        """Return how many a reason keeps from a verdict."""
        fails = "fails" if reason.failing == 1 else "fail"
        counts = ((reason.failing, fails), (reason.unknown, "cannot be determined"))
        return ", ".join(f"{self.counted(count)} {what}" for count, what in counts if count)


PROJECT = Kind(
    title="Report on",
    noun="file",
    plural="files",
    table="files.csv",
    details=("repairs.csv", "one for each repair of a file: the gear to start, and its config"),
    again="Run the gear viewer-check on them.",
    unchecked="not checked",
)
SURVEY = Kind(
    title="Survey of",
    noun="series",
    plural="series",
    table="series.csv",
    details=(
        "findings.csv.gz",
        "one for each series and requirement, with evidence and repair",
    ),
    again="They are tried again with --resume.",
    unchecked="could not be checked",
)


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the series to which a capability applies have it."""

    passed: int
    unknown: int
    failed: int
    not_applicable: int

    @property
    def total(self) -> int:
        """Series to which it applies."""
        return self.passed + self.unknown + self.failed

    @property
    def percent(self) -> str:
        """Part that passes; never rounded to all or to none of them when it is not."""
        if not self.total:
            return ""
        whole = 100 * self.passed / self.total
        if 0 < self.passed < self.total:
            return f"{min(max(whole, 0.1), 99.9):.{0 if 1 <= whole <= 99 else 1}f} %"
        return f"{whole:.0f} %"

    @property
    def widths(self) -> list[tuple[Status, float]]:
        """Parts of a bar, in percent."""
        counts = zip(_BAR, (self.passed, self.unknown, self.failed), strict=True)
        return [(status, round(100 * n / self.total, 2)) for status, n in counts if n]

    @property
    def state(self) -> Status:
        """The worst there is."""
        return worst([status for status, _ in self.widths])


Shares = dict[Capability, Share]


def render_page(
    rollup: RollUp,
    require: tuple[Capability, ...],
    kind: Kind = SURVEY,
    include: tuple[Capability, ...] = tuple(Capability),
    remarks: Sequence[str] = (),
) -> str:
    """Return the page: the same numbers always give the same text."""
    required = tuple(r.id for r in REQUIREMENTS if r.capability in require)
    reasons, notes = rollup.top_reasons(required), rollup.top_notes()
    templates = resources.files("fw_gear_viewer_check") / "reports" / "templates"
    script = (templates / "survey.js").read_text(encoding="utf-8")
    listed = rollup.listed()
    shown = tuple(capability for capability in ORDER if capability in include)
    return (
        environment()
        .get_template("survey.html.j2")
        .render(
            kind=kind,
            rollup=rollup,
            counted=counted,
            ready=rollup.overall[Status.PASS] + rollup.overall[Status.NOT_APPLICABLE],
            require=require,
            capabilities=shown,
            remarks=remarks,
            lacks=FAILED,
            short=_SHORT,
            shares=_shares(rollup.verdicts),
            modalities=_rows_of_shares(rollup.modalities()),
            groups=_rows_of_shares(sorted(rollup.by_group.items())),
            states=sorted(rollup.states.items()) if any(rollup.states) else [],
            by_id=BY_ID,
            reasons=reasons[:MOST_REASONS],
            no_dicom=wording,
            more_reasons=len(reasons[MOST_REASONS:]),
            notes=notes[:MOST_NOTES],
            more_notes=len(notes[MOST_NOTES:]),
            listed=len(listed),
            listed_modalities=sorted({modality_of(row) for row in listed}),
            listed_reasons=sorted({id_ for row in listed for id_ in _reasons(row)}),
            rows=_rows(listed, rollup, shown),
            script=Markup(script),  # noqa: S704 - our own file
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        )
    )


def _rows(listed: list[SeriesRow], rollup: RollUp, include: tuple[Capability, ...]) -> Markup:
    """Return the rows of the table as JSON that ends no script element."""
    document = {
        "capabilities": len(include),
        "hasGroups": bool(rollup.by_group),
        "hasStates": any(rollup.states),
        "rows": [_row(row, include) for row in listed],
    }
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=True)
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - no character of markup is left


def _row(row: SeriesRow, include: tuple[Capability, ...]) -> list[str]:
    headline = row.problem or row.headline
    statuses = dict(zip(Capability, row.verdicts, strict=True))
    verdicts = "" if row.problem else "".join(_LETTERS[statuses[c]] for c in include)
    modality = "" if row.problem else modality_of(row)
    texts = (row.name, row.series_instance_uid, row.link, row.group, modality, row.state, headline)
    return [*(cut(text) for text in texts), verdicts, " ".join(_reasons(row))]


def _reasons(row: SeriesRow) -> tuple[str, ...]:
    """Return the requirements that keep it from a verdict; without DICOM none is the reason."""
    return (*row.failing, *row.unknown) if row.instances else ()


def _shares(counts: Counts) -> Shares:
    order = (*_BAR, Status.NOT_APPLICABLE)
    return {c: Share(*(counts[c][status] for status in order)) for c in Capability}


def _rows_of_shares(groups: list[tuple[str, Counts]]) -> list[tuple[str, Shares, int]]:
    """Return the name of each group, its shares, and its number of series."""
    return [(name, _shares(c), c[Capability.ARCHIVE].total()) for name, c in groups]
