"""What a situation is, and what is told of it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fw_gear_viewer_check.checker.judging import check
from fw_gear_viewer_check.checker.options import Options
from fw_gear_viewer_check.reports.headline import headline, headlines
from fw_gear_viewer_check.requirements.types import Capability, Status
from fw_gear_viewer_check.survey import work
from fw_gear_viewer_check.survey.records import Record, series_rows
from tests import pack

if TYPE_CHECKING:
    from collections.abc import Callable

CAPABILITIES = tuple(c for c in Capability if c is not Capability.V2_OPEN)
"""Those of which a situation tells the verdict, in this order: P, F, U or - (does not apply)."""

LETTERS = {"PASS": "P", "FAIL": "F", "UNKNOWN": "U", "NOT_APPLICABLE": "-"}

FOR_V2 = "V2-"
"""Rows of the V2 viewer fail for most real data, and say nothing about the situation."""


@dataclass(frozen=True)
class Situation:
    """Something that a site uploads: how to make it, and what it is told."""

    name: str
    make: Callable[[], object]
    """Returns data sets, or {member name: bytes}."""
    verdicts: str
    """A letter for each of :data:`CAPABILITIES`."""
    rows: str = ""
    """"MPR-205:uneven-gaps" for each row that is not met, in order of the registry."""
    reference: Callable[[], object] | None = None
    shows_v2: bool = False


@dataclass(frozen=True)
class Told:
    """What the checker says of a situation."""

    headline: str
    verdicts: str
    rows: str
    of_each: tuple[str, ...]
    """Headlines of its series."""
    in_survey: tuple[str, ...]
    """The same, as a survey has them in its tables."""


def told(situation: Situation) -> Told:
    """Check a situation."""
    with tempfile.TemporaryDirectory() as folder:
        contents = situation.make()
        reference = None
        if situation.reference is not None:
            reference = pack.zip_file(folder, situation.reference(), "reference.zip")
        report = check(pack.zip_file(folder, contents), reference, options=Options())
    letters = [LETTERS[report.verdicts[c].status] for c in CAPABILITIES]
    rows = [
        f"{r.requirement.id}:{r.finding.code}"
        for r in report.results
        if r.status in {Status.FAIL, Status.UNKNOWN}
        and r.finding.code != "needs"
        and (situation.shows_v2 or not r.requirement.id.startswith(FOR_V2))
    ]
    unreadable = [row for row in rows if row.endswith(":nothing-readable")]
    told_once = dict.fromkeys(row for row in rows if row not in unreadable[1:])
    described = tuple(work.described(report, one) for one in report.series)
    record = Record("key", "name", "", "", series=described)
    in_survey = tuple(row.headline for row, _ in series_rows(record, Options()))
    verdicts, of_each = "".join(letters), headlines(report)
    return Told(headline(report), verdicts, " ".join(told_once), of_each, in_survey)
