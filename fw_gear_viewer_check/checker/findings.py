"""One requirement, one series, one finding: scopes, what a requirement needs, checks that crash."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.model.text import counted, listed
from fw_gear_viewer_check.requirements import repair_choice, repairs, scopes
from fw_gear_viewer_check.requirements.types import (
    CHECK_STOPPED,
    NEEDS,
    Comparison,
    Finding,
    Level,
    Requirement,
    Status,
)
from fw_gear_viewer_check.system.tracebacks import traced

log = logging.getLogger(__name__)

NOTHING_READABLE = "nothing-readable"
"""Code of a requirement of every object where there is no object."""


@dataclass(frozen=True)
class Judge:
    """Judges the requirements of one series, each once, and first those that one needs."""

    requirements: Mapping[str, Requirement]
    """All there are, by id."""
    series: Series
    of_archive: dict[str, Finding] = field(default_factory=dict)
    """What was found about the files of the input: the same for each of its series."""
    whole: Series | None = None
    """All series of the input as one, on which a gear works; None where only one is judged."""
    _found: dict[str, Finding] = field(default_factory=dict)

    def finding(self, id_: str) -> Finding:
        """Judge one requirement; a check that crashes is UNKNOWN, never PASS or FAIL."""
        requirement = self.requirements[id_]
        found = self.of_archive if requirement.scope.of_archive else self._found
        if id_ not in found:
            found[id_] = self._repaired(requirement, self._judged(requirement))
        return found[id_]

    def _repaired(self, requirement: Requirement, finding: Finding) -> Finding:
        """Add what to do about a finding that is not met."""
        if finding.status not in {Status.FAIL, Status.UNKNOWN} or finding.repair is not None:
            return finding
        try:
            whole = self.whole or self.series
            known = self.requirements.values()
            repair = repair_choice.repair_of(requirement, self.series, finding, whole, known)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - what was found stands without it
            log.error("no repair of %s was chosen: %s", requirement.id, traced(error))  # noqa: TRY400
            repair = repairs.REPORT_IT
        return replace(finding, repair=repair)

    def _judged(self, requirement: Requirement) -> Finding:
        if not self.series.instances and requirement.scope is scopes.OBJECTS:
            return _nothing_readable(requirement, self.series)
        narrowed = requirement.scope.narrow(self.series)
        if narrowed is None:
            return Finding(Status.NOT_APPLICABLE, f"applies only to {requirement.scope.name}")
        checked = len(narrowed.instances)
        unmet = tuple(
            id_
            for id_ in requirement.requires
            if self.finding(id_).status in {Status.FAIL, Status.UNKNOWN}
        )
        if unmet:
            alone = None
            if requirement.stands_alone:
                alone = self._repaired(requirement, self._run(requirement, narrowed))
            evidence, values = f"cannot be checked because of {listed(unmet)}", {"ids": unmet}
            return Finding(Status.UNKNOWN, evidence, (), checked, None, NEEDS, values, alone)
        return self._run(requirement, narrowed)

    def _run(self, requirement: Requirement, narrowed: Series) -> Finding:
        """Run a check, whatever was found of those that it requires."""
        try:
            if isinstance(requirement.check, Comparison):
                others = {id_: self.finding(id_) for id_ in requirement.check.of}
                return requirement.check.compare(narrowed, others)
            return requirement.check(narrowed)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - a crash is neither a pass nor a fail
            log.error("%s could not be checked: %s", requirement.id, traced(error))  # noqa: TRY400
            evidence = f"the check stopped with an error ({type(error).__name__}): please report it"
            checked = len(narrowed.instances)
            return Finding(Status.UNKNOWN, evidence, (), checked, code=CHECK_STOPPED)


def _nothing_readable(requirement: Requirement, series: Series) -> Finding:
    """Judge a requirement of every object where there is no object at all."""
    if requirement.level is not Level.REQUIRED:
        return Finding(Status.NOT_APPLICABLE, "no readable DICOM in the input")
    archive = series.archive
    reasons = Counter(m.problem or str(m.kind) for m in archive.members).most_common(3)
    counts = ", ".join(f"{reason} ({counted(n, 'file')})" for reason, n in reasons)
    why = archive.problem or counts or "no file"
    evidence = f"no readable DICOM in the input: {why}"
    affected, values = (archive.name,), {"found": why}
    found = Finding(Status.FAIL, evidence, affected, 1, code=NOTHING_READABLE, values=values)
    return replace(found, repair=repairs.OF_STRANGERS.of(series, found))
