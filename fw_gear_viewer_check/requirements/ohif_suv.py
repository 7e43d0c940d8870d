"""What else keeps the open-source viewer from computing SUV; not on the page.

The viewer looks at all images of a series together: one bad image, and none is shown in SUV. Which
failure that is, :mod:`~fw_gear_viewer_check.ohif.suv` says. Evidence never quotes a date or a time.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fw_gear_viewer_check.ohif.display_sets import prediction_of
from fw_gear_viewer_check.ohif.failures import Effect, FailureCode
from fw_gear_viewer_check.ohif.javascript import Source
from fw_gear_viewer_check.requirements import causes, repairs, scopes
from fw_gear_viewer_check.requirements.checks import not_applicable, passed
from fw_gear_viewer_check.requirements.ohif_failures import NoFailure, failed_by
from fw_gear_viewer_check.requirements.types import (
    Capability,
    Finding,
    Level,
    RepairTable,
    Requirement,
)

if TYPE_CHECKING:
    from fw_gear_viewer_check.model.series import Series

_counts_have_factors = NoFailure(
    (FailureCode.SUV_NO_COUNT_FACTORS,), "Philips' private scale factors are there"
)


def counts_have_factors(series: Series) -> Finding:
    """SUV-292: Units CNTS with Philips' private scale factors."""
    if not any(i.data.text("Units") == "CNTS" for i in series.instances):
        return not_applicable("Units is not CNTS")
    return _counts_have_factors(series)


def suv_from_files(series: Series) -> Finding:
    """SUV-297: what costs the SUV only where the viewer reads the files itself."""
    known = {failure.code for failure in prediction_of(series).failures}
    for failure in prediction_of(series, source=Source.LOCAL).of_effect(Effect.NO_SUV):
        if failure.code not in known:
            evidence = f"only where the viewer opens local files, no SUV: {failure.reason}"
            return failed_by(failure, series, evidence)
    return passed("local files give what a server gives", len(series.instances))


_seen = partial(
    Requirement,
    capability=Capability.V3_SUV,
    source="viewer (OHIF 3.13)",
    scope=scopes.PET_SUV,
    repair=repairs.ENTER_PET,
)

SEEN_IN_VIEWER = (
    _seen(
        id="SUV-291",
        title="One value of each attribute in the series",
        statement="Units, corrections, weight, size, sex, half life, dose and series time are the "
        "same in every image.",
        why="Where they differ the viewer gives up the SUV of the whole series.",
        repair=RepairTable(
            causes.of_disagreement,
            {
                "values": repairs.ENTER_PET,
                "attribute": repairs.SPLIT_BY_ATTRIBUTE,
            },
        ),
        check=NoFailure(
            (FailureCode.SUV_ATTRIBUTES_DIFFER,), "the attributes agree across the series"
        ),
    ),
    _seen(
        id="SUV-292",
        title="Scale factors for counts",
        statement="Images in counts (Units CNTS) have Philips' private scale factor in each image.",
        why="Counts become SUV only by these factors.",
        repair=repairs.ASK_FACTORS,
        check=counts_have_factors,
        reads=("(7053,1000)", "(7053,1009)"),
    ),
    _seen(
        id="SUV-293",
        title="Injection before the scan",
        statement="The injection starts before the scan.",
        why="With a negative decay time the viewer gives up the SUV of the whole series.",
        repair=repairs.ASK_TIMES,
        check=NoFailure(
            (FailureCode.SUV_SCAN_BEFORE_INJECTION,), "the injection is before the scan"
        ),
        requires=("SUV-201", "SUV-203", "SUV-205", "SUV-206", "SUV-210", "SUV-211", "SUV-294"),
    ),
    _seen(
        id="SUV-294",
        title="Dates and times that can be read",
        statement="Dates of series and acquisition and the time of injection are valid.",
        why="With one that it cannot read the viewer gives up the SUV of the whole series.",
        repair=repairs.ASK_TIMES,
        check=NoFailure((FailureCode.SUV_TIME_UNREADABLE,), "dates and times can be read"),
    ),
    _seen(
        id="SUV-295",
        title="PatientSex next to PatientSize",
        statement="An image with PatientSize has M or F as PatientSex, or no PatientSex at all.",
        why="The viewer fails on another value or a blank one, and gives up every kind of SUV.",
        repair=RepairTable(
            causes.of_sex,
            {
                "other": repairs.REMOVE_PATIENT_SIZE,
                "word": repairs.SPELL_SEX,
            },
        ),
        check=NoFailure((FailureCode.SUV_SEX_BESIDE_SIZE,), "M, F, or not needed"),
        reads=("PatientSex", "PatientSize"),
    ),
    _seen(
        id="SUV-297",
        level=Level.NOTE,
        title="SUV from local files too",
        statement="The open-source viewer also computes SUV out of local files.",
        why="A server mends some things: a blank PatientSex, private factors in implicit VR. A "
        "viewer that reads the files in the browser gives up SUV.",
        repair=RepairTable(
            causes.of_local_suv,
            {
                "other": repairs.NONE_NEEDED,
                "implicit": repairs.TO_EXPLICIT_VR,
            },
        ),
        check=suv_from_files,
    ),
)
