"""survey.html: the numbers of a survey on one page, in the look of the reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fw_gear_viewer_check.model.text import counted
from fw_gear_viewer_check.reports import wording
from fw_gear_viewer_check.reports.html import environment
from fw_gear_viewer_check.requirements.registry import BY_ID, REQUIREMENTS
from fw_gear_viewer_check.requirements.types import Capability, Status

if TYPE_CHECKING:
    from collections import Counter

    from fw_gear_viewer_check.checker.options import Options
    from fw_gear_viewer_check.requirements.types import Requirement
    from fw_gear_viewer_check.survey.rollup import Reason, RollUp

MOST_REASONS = 25
MOST_NOTES = 10

_BAR = (Status.PASS, Status.UNKNOWN, Status.FAIL)
_QUESTIONS = {
    Capability.ARCHIVE: "Series in clean archives",
    Capability.V2_OPEN: "Series that V2 opens",
    Capability.V3_OPEN: "Series that V3 opens",
    Capability.V3_MPR: "Series with MPR and 3D",
    Capability.V3_OVERLAY: "Segmentations drawn over their images",
    Capability.V3_MEASURE: "Series measured in mm",
    Capability.V3_SUV: "PET series in SUV",
}


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
        if self.failed:
            return Status.FAIL
        if self.unknown:
            return Status.UNKNOWN
        return Status.PASS if self.passed else Status.NOT_APPLICABLE


@dataclass(frozen=True, slots=True)
class Why:
    """A reason, with the requirement it is about."""

    reason: Reason
    requirement: Requirement

    @property
    def count(self) -> str:
        """How many series it keeps from a verdict; "series" is its own plural."""
        fail = "fails" if self.reason.failing == 1 else "fail"
        counts = ((fail, self.reason.failing), ("cannot be judged", self.reason.unknown))
        return ", ".join(f"{count:,} series {what}" for what, count in counts if count)


def render_page(rollup: RollUp, options: Options) -> str:
    """Return the page: the same numbers always give the same text."""
    shares = {capability: share(rollup.verdicts[capability]) for capability in Capability}
    modalities = [
        (name, {c: share(counts[c]) for c in Capability}, total)
        for name, counts, total in rollup.modalities()
    ]
    required = tuple(r.id for r in REQUIREMENTS if r.capability in options.require)
    reasons, notes = rollup.top_reasons(required), rollup.top_notes()
    return (
        environment()
        .get_template("survey.html.j2")
        .render(
            rollup=rollup,
            counted=counted,
            ready=rollup.overall[Status.PASS] + rollup.overall[Status.NOT_APPLICABLE],
            require=options.require,
            capabilities=list(Capability),
            questions=_QUESTIONS,
            shares=shares,
            modalities=modalities,
            reasons=[Why(r, BY_ID[r.requirement]) for r in reasons[:MOST_REASONS]],
            no_dicom=wording,
            more_reasons=len(reasons[MOST_REASONS:]),
            notes=[Why(r, BY_ID[r.requirement]) for r in notes[:MOST_NOTES]],
            more_notes=len(notes[MOST_NOTES:]),
        )
    )


def share(counts: Counter[Status]) -> Share:
    """Return the counts of a capability as a share."""
    return Share(
        counts[Status.PASS],
        counts[Status.UNKNOWN],
        counts[Status.FAIL],
        counts[Status.NOT_APPLICABLE],
    )
