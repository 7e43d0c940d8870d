"""What else keeps the open-source viewer from computing SUV; not on the page.

The viewer looks at all images of a series together: one bad image, and none is shown in SUV. Which
failure that is, :mod:`~fw_gear_viewer_check.ohif.suv` says. Evidence never quotes a date or a time.
"""

from __future__ import annotations

from functools import partial

from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.ohif.display_sets import prediction_of
from fw_gear_viewer_check.ohif.failures import Effect, FailureCode
from fw_gear_viewer_check.ohif.javascript import Source
from fw_gear_viewer_check.ohif.suv import MODALITY as PET
from fw_gear_viewer_check.requirements import causes, repairs, scopes, v3_suv
from fw_gear_viewer_check.requirements.checks import failed, not_applicable, passed
from fw_gear_viewer_check.requirements.ohif_failures import NoFailure, failed_by
from fw_gear_viewer_check.requirements.types import (
    Capability,
    Cause,
    Finding,
    Level,
    RepairTable,
    Requirement,
)

_counts_have_factors = NoFailure(
    (FailureCode.SUV_NO_COUNT_FACTORS,), "private Philips scale factors are present"
)


def counts_have_factors(series: Series) -> Finding:
    """SUV-292: Units CNTS with Philips' private scale factors."""
    if not any(i.data.text("Units") == "CNTS" for i in series.instances):
        return not_applicable("Units is not CNTS")
    return _counts_have_factors(series)


def suv_computed(series: Series) -> Finding:
    """SUV-298: the viewer computes the SUV, of all objects of the series together."""
    prediction = prediction_of(series)
    for failure in prediction.of_effect(Effect.NO_SUV):
        return failed_by(failure, series, f"the viewer computes no SUV: {failure.reason}")
    stacks = [s for s in prediction.display_sets if s.handler == "stack"]
    if not stacks:
        return not_applicable("the open-source viewer shows no stack of images")
    others = [i.name for i in series.instances if i.modality != PET]
    if not others and any(s.suv_factor for s in stacks):
        return passed("the viewer computes the SUV", len(series.instances))
    evidence = "the viewer computes no SUV: the first image that it is given may not be PET"
    return failed(evidence, others, len(series.instances), "not-all-pet")


def _cause_of_no_suv(_: Series, finding: Finding) -> Cause:
    """SUV-298."""
    if finding.code == "not-all-pet":
        return "others", {}
    return ("times" if finding.values.get("is_decayed") else "values"), {}


def suv_from_files(series: Series) -> Finding:
    """SUV-297: what costs the SUV only where the viewer reads the files itself."""
    known = {failure.code for failure in prediction_of(series).failures}
    for failure in prediction_of(series, source=Source.LOCAL).of_effect(Effect.NO_SUV):
        if failure.code not in known:
            evidence = f"SUV is missing only where the viewer opens local files: {failure.reason}"
            return failed_by(failure, series, evidence)
    return passed("SUV from local files as from a server", len(series.instances))


_seen = partial(
    Requirement,
    capability=Capability.V3_SUV,
    source="viewer (OHIF 3.13)",
    scope=scopes.PET_SUV,
    repair=repairs.ENTER_PET,
)

_COMPUTED = (
    _seen(
        id="SUV-291",
        title="Same values for the SUV in all images",
        cause="values differ between the images",
        statement="Units, corrections, weight, size, sex, half life, dose and series time are the "
        "same in every image.",
        why="If one of them differs, the viewer shows no SUV for the whole series.",
        repair=RepairTable(
            causes.of_disagreement,
            {
                "values": repairs.ENTER_PET,
                "attribute": repairs.SPLIT_BY_ATTRIBUTE,
            },
        ),
        check=NoFailure(
            (FailureCode.SUV_ATTRIBUTES_DIFFER,), "the values are the same in all images"
        ),
    ),
    _seen(
        id="SUV-292",
        title="Scale factors for counts",
        cause="Philips scale factors missing",
        statement="Every image in counts (Units CNTS) has a private Philips scale factor, "
        "(7053,1000) or (7053,1009).",
        why="The viewer needs these factors to convert counts to SUV.",
        repair=repairs.ASK_FACTORS,
        check=counts_have_factors,
        reads=("(7053,1000)", "(7053,1009)"),
    ),
    _seen(
        id="SUV-293",
        title="Injection before the scan",
        cause="the scan starts before the injection",
        statement="The injection is earlier than the scan.",
        why="If the scan seems to start before the injection, the viewer shows no SUV for the "
        "whole series.",
        repair=repairs.ASK_TIMES,
        check=NoFailure(
            (FailureCode.SUV_SCAN_BEFORE_INJECTION,), "the injection is before the scan"
        ),
        requires=("SUV-201", "SUV-203", "SUV-205", "SUV-206", "SUV-210", "SUV-211", "SUV-294"),
    ),
    _seen(
        id="SUV-294",
        title="Readable dates and times",
        cause="dates or times cannot be read",
        statement="The dates and times of series and acquisition, and the time of injection, are "
        "valid.",
        why="If the viewer cannot read one of them, it shows no SUV for the whole series.",
        repair=repairs.ASK_TIMES,
        check=NoFailure((FailureCode.SUV_TIME_UNREADABLE,), "dates and times can be read"),
    ),
    _seen(
        id="SUV-295",
        title="PatientSex that fits PatientSize",
        cause="PatientSex is neither M nor F",
        statement="Where PatientSize is present, PatientSex is M, F or missing.",
        why="With any other PatientSex the viewer fails, and shows no SUV for the whole series.",
        repair=RepairTable(
            causes.of_sex,
            {
                "other": repairs.REMOVE_PATIENT_SIZE,
                "word": repairs.SPELL_SEX,
            },
        ),
        check=NoFailure((FailureCode.SUV_SEX_BESIDE_SIZE,), "PatientSex is M or F, or not needed"),
        reads=("PatientSex", "PatientSize"),
    ),
)
_REQUIRED = tuple(r.id for r in (*v3_suv.REQUIRED_TAGS, *_COMPUTED) if r.level is Level.REQUIRED)

SEEN_IN_VIEWER = (
    *_COMPUTED,
    _seen(
        id="SUV-297",
        level=Level.NOTE,
        title="SUV from local files too",
        cause="no SUV from local files",
        statement="The open-source viewer also computes the SUV from local files.",
        why="A server corrects some attributes, such as a blank PatientSex or private factors in "
        "implicit VR. A viewer that reads the files itself shows no SUV then.",
        repair=RepairTable(
            causes.of_local_suv,
            {
                "other": repairs.NONE_NEEDED,
                "implicit": repairs.TO_EXPLICIT_VR,
            },
        ),
        check=suv_from_files,
    ),
    _seen(
        id="SUV-298",
        scope=scopes.WITH_PET_SUV,
        title="The viewer computes the SUV",
        cause="the viewer computes no SUV",
        statement="Where the other requirements for SUV are met, the open-source viewer computes "
        "it too.",
        why="The viewer looks at all objects of the series together. Other objects in it, or an "
        "injection that was moved years away from the scan, cost the SUV of the whole series.",
        repair=RepairTable(
            _cause_of_no_suv,
            {
                "times": repairs.ASK_TIMES,
                "values": repairs.ENTER_PET,
                "others": repairs.SORT_OUT_PET,
            },
        ),
        if_mixed=repairs.SPLIT_BY_CLASS,
        check=suv_computed,
        requires=_REQUIRED,
        stands_alone=True,
    ),
)
