"""Tags required for PET data conversion to SUV units."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fw_gear_viewer_check.model.text import quoted
from fw_gear_viewer_check.requirements import repairs, scopes
from fw_gear_viewer_check.requirements.checks import any_of, judged_by, positive, present
from fw_gear_viewer_check.requirements.types import Capability, Finding, Level, Requirement

if TYPE_CHECKING:
    from fw_gear_viewer_check.model.instance import Instance
    from fw_gear_viewer_check.model.series import Series

_DOSE = "RadiopharmaceuticalInformationSequence"
_CORRECTIONS = {"ATTN": "attenuation", "DECY": "decay"}

MEANINGS = {
    "CNTS": "counts",
    "NONE": "no unit",
    "CM2": "cm²",
    "CM2ML": "cm²/ml",
    "PCNT": "percent",
    "CPS": "counts per second",
    "BQML": "Bq/ml",
    "MGMINML": "mg/min/ml",
    "UMOLMINML": "µmol/min/ml",
    "MLMING": "ml/min/g",
    "MLG": "ml/g",
    "1CM": "1/cm",
    "UMOLML": "µmol/ml",
    "PROPCNTS": "proportional to counts",
    "PROPCPS": "proportional to counts per second",
    "MLMINML": "ml/min/ml",
    "MLML": "ml/ml",
    "GML": "g/ml",
    "STDDEV": "standard deviations",
}
"""Defined terms of Units and what they mean (PS3.3 C.8.9.1.1.3)."""


def convertible_units(series: Series) -> Finding:
    """SUV-101: pixel values in units that can become SUV."""

    def problem_of(instance: Instance) -> str:
        units = instance.data.text("Units")
        if units in scopes.SUV_UNITS:
            return ""
        if not units:
            return f"{instance.data.problem('Units')} (shown without unit)"
        return f"{quoted(units)} (shown in {MEANINGS.get(units, 'that unit')})"

    return judged_by(series, problem_of, "Units", "Units that become SUV")


def units_are_suv_units(series: Series) -> Finding:
    """SUV-102: other units are shown as they are."""

    def problem_of(instance: Instance) -> str:
        units = instance.data.text("Units")
        if not units or units in scopes.SUV_UNITS:
            return ""
        return f"{quoted(units)} ({MEANINGS.get(units, 'that unit')} is shown, not SUV)"

    return judged_by(series, problem_of, "Units", "Units are not shown as they are")


def units_given(series: Series) -> Finding:
    """SUV-103: without Units there is no unit."""
    return judged_by(
        series,
        lambda i: i.data.problem("Units"),
        "Units",
        "Units are there",
    )


def corrected(series: Series) -> Finding:
    """SUV-207: corrected for attenuation and for decay."""

    def problem_of(instance: Instance) -> str:
        done = instance.data.texts("CorrectedImage")
        if not done:
            return instance.data.problem("CorrectedImage")
        lacking = [k for k in _CORRECTIONS if k not in done]
        return f"without {' and '.join(lacking)}" if lacking else ""

    return judged_by(series, problem_of, "CorrectedImage", "corrected: ATTN and DECY")


def decay_from_start(series: Series) -> Finding:
    """SUV-209: decay corrected to the start of the scan."""

    def problem_of(instance: Instance) -> str:
        found = instance.data.text("DecayCorrection")
        if found == "START":
            return ""
        if found == "ADMIN":
            return "ADMIN (the page asks for START; the viewer would show wrong values)"
        return (
            f"{quoted(found)} (the viewer would show SUV all the same)"
            if found
            else instance.data.problem("DecayCorrection")
        )

    return judged_by(series, problem_of, "DecayCorrection", "DecayCorrection is START")


_row = partial(
    Requirement,
    capability=Capability.V3_SUV,
    source="DICOM tags required for PET data conversion to SUV units",
    scope=scopes.PET_SUV,
    repair=repairs.ENTER_PET,
    why="The SUV is computed from it; without it the viewer shows the stored values.",
)

UNITS = (
    _row(
        id="SUV-101",
        scope=scopes.PET,
        title="Units that can be converted",
        statement="The pixel values are in Bq/ml, counts or g/ml (Units is BQML, CNTS or GML).",
        why="Only these can be converted into SUV.",
        repair=repairs.OTHER_UNITS,
        check=convertible_units,
        tags=(("(0054,1001)", "Units"),),
    ),
    _row(
        id="SUV-102",
        scope=scopes.PET,
        level=Level.NOTE,
        title="No other unit than those of SUV",
        statement="Units is not another value than BQML, CNTS or GML.",
        why="In other units the viewer shows the stored values with that unit, not SUV.",
        repair=repairs.NONE_NEEDED,
        check=units_are_suv_units,
        tags=(("(0054,1001)", "Units"),),
    ),
    _row(
        id="SUV-103",
        scope=scopes.PET,
        level=Level.NOTE,
        title="A unit at all",
        statement="Units has a value.",
        why="Without it the viewer shows numbers without a unit.",
        check=units_given,
        tags=(("(0054,1001)", "Units"),),
    ),
)

REQUIRED_TAGS = (
    _row(
        id="SUV-201",
        title="Radiopharmaceutical",
        statement="Every image describes the radiopharmaceutical that was given.",
        check=present(_DOSE),
        tags=(("(0054,0016)", _DOSE),),
    ),
    _row(
        id="SUV-202",
        title="Half life of the radionuclide",
        statement="The half life is given, in seconds, above zero.",
        check=positive(f"{_DOSE}.RadionuclideHalfLife"),
        tags=(("(0018,1075)", "RadionuclideHalfLife"),),
        requires=("SUV-201",),
    ),
    _row(
        id="SUV-203",
        title="Time of injection",
        statement="The start of the injection is given, as date and time or as time.",
        check=any_of(
            (f"{_DOSE}.RadiopharmaceuticalStartDateTime",),
            (f"{_DOSE}.RadiopharmaceuticalStartTime",),
        ),
        tags=(
            ("(0018,1078)", "RadiopharmaceuticalStartDateTime"),
            ("(0018,1072)", "RadiopharmaceuticalStartTime"),
        ),
        requires=("SUV-201",),
    ),
    _row(
        id="SUV-204",
        title="Injected dose",
        statement="The injected dose is given, in Bq, above zero.",
        check=positive(f"{_DOSE}.RadionuclideTotalDose"),
        tags=(("(0018,1074)", "RadionuclideTotalDose"),),
        requires=("SUV-201",),
    ),
    _row(
        id="SUV-205",
        title="SeriesDate",
        statement="Every image has the date of its series.",
        check=present("SeriesDate"),
        tags=(("(0008,0021)", "SeriesDate"),),
    ),
    _row(
        id="SUV-206",
        title="SeriesTime",
        statement="Every image has the time of its series.",
        check=present("SeriesTime"),
        tags=(("(0008,0031)", "SeriesTime"),),
    ),
    _row(
        id="SUV-207",
        title="Corrected for attenuation and decay",
        statement="CorrectedImage contains ATTN and DECY.",
        why="Values that are not corrected for attenuation and decay are not SUV.",
        repair=repairs.ASK_CORRECTED,
        check=corrected,
        tags=(("(0028,0051)", "CorrectedImage"),),
    ),
    _row(
        id="SUV-208",
        title="Units",
        statement="Every image says in what its pixel values are measured.",
        check=present("Units"),
        tags=(("(0054,1001)", "Units"),),
    ),
    _row(
        id="SUV-209",
        title="Decay corrected to the start of the scan",
        statement="DecayCorrection is START.",
        why="The SUV is computed for values that were corrected to the start of the scan.",
        repair=repairs.ASK_DECAY,
        check=decay_from_start,
        tags=(("(0054,1102)", "DecayCorrection"),),
    ),
    _row(
        id="SUV-210",
        title="AcquisitionDate",
        statement="Every image has the date of its acquisition.",
        check=present("AcquisitionDate"),
        tags=(("(0008,0022)", "AcquisitionDate"),),
    ),
    _row(
        id="SUV-211",
        title="AcquisitionTime",
        statement="Every image has the time of its acquisition.",
        check=present("AcquisitionTime"),
        tags=(("(0008,0032)", "AcquisitionTime"),),
    ),
    _row(
        id="SUV-212",
        title="Weight of the patient",
        statement="The patient's weight is given, in kg, above zero.",
        check=positive("PatientWeight"),
        tags=(("(0010,1030)", "PatientWeight"),),
    ),
)
