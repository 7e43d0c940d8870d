"""What was found out about an input: results, verdicts, series, and all of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.ohif.prediction import Prediction
from fw_gear_viewer_check.requirements.types import (
    DEFAULT_REQUIRE,
    Capability,
    Finding,
    Level,
    Repair,
    Requirement,
    Status,
    worst,
)


@dataclass(frozen=True, slots=True)
class Result:
    """A requirement, and what was found in a series."""

    requirement: Requirement
    level: Level
    """Whether it decides the verdict of its capability, with the options applied."""
    finding: Finding
    """What was found: status, evidence, which images."""

    @property
    def status(self) -> Status:
        """Status of the finding."""
        return self.finding.status

    @property
    def repair(self) -> Repair | None:
        """What to do about the finding; None where it is met."""
        return self.finding.repair


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a capability works: the worst of its required results."""

    capability: Capability
    status: Status
    reasons: tuple[Result, ...] = ()
    """The results that made it so, worst first; () for PASS and NOT_APPLICABLE."""
    is_judged: bool = True
    """False where options make all its requirements notes, or ignore them."""
    notes: tuple[Result, ...] = ()
    """The results that fail, and do not count; () for several series."""


def overall_of(
    verdicts: Mapping[str, Verdict], require: Iterable[Capability], *, is_readable: bool
) -> Status:
    """Return what verdicts come to; FAIL where no DICOM can be read, whatever is required."""
    return worst([verdicts[c].status for c in require]) if is_readable else Status.FAIL


@dataclass(frozen=True, slots=True)
class SeriesReport:
    """Everything found out about one series."""

    series: Series
    """Its instances, as read: the presence of attributes, and values that identify nobody."""
    results: tuple[Result, ...]
    """One for each requirement that is not left out, in the order of ``REQUIREMENTS``."""
    verdicts: dict[str, Verdict]
    """By capability name, all seven."""
    viewer: Prediction | None
    """What the open-source viewer would show; None where it could not be predicted."""


@dataclass(frozen=True)
class Report:
    """Everything found out about one input."""

    name: str
    """File name, without its folder."""
    series: tuple[SeriesReport, ...]
    """In order of the SeriesInstanceUID; one without instances where no DICOM can be read."""
    verdicts: dict[str, Verdict]
    """By capability name, all seven: the worst of the series."""
    require: tuple[Capability, ...] = DEFAULT_REQUIRE
    """Capabilities that decide the overall result."""

    @property
    def overall(self) -> Status:
        """Worst verdict of the capabilities in ``require``; FAIL where no DICOM can be read."""
        is_readable = any(one.series.instances for one in self.series)
        return overall_of(self.verdicts, self.require, is_readable=is_readable)

    @property
    def results(self) -> tuple[Result, ...]:
        """Results of all series, one after the other."""
        return tuple(result for series in self.series for result in series.results)
