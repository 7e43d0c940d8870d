"""Tags required for PET data conversion to SUV units."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fw_gear_viewer_check.model.text import quoted
from fw_gear_viewer_check.requirements import repairs, scopes
from fw_gear_viewer_check.requirements.checks import (
    AnyOf,
    Positive,
    Present,
    Problem,
    judged_by,
    lack,
)
from fw_gear_viewer_check.requirements.types import Capability, Finding, Level, Requirement

if TYPE_CHECKING:
    from fw_gear_viewer_check.model.instance import Instance
    from fw_gear_viewer_check.model.series import Series

_DOSE = "RadiopharmaceuticalInformationSequence"
_CORRECTIONS = ("ATTN", "DECY")

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

    def problem_of(instance: Instance) -> Problem | None:
        units = instance.data.text("Units")
        if units in scopes.SUV_UNITS:
            return None
        missing = lack(instance.data, "Units")
        if missing:
            return Problem(missing.code, f"{missing} (shown without unit)")
        meaning = MEANINGS.get(units, "that unit")
        return Problem("other-units", f"{quoted(units)} (shown in {meaning})")

    return judged_by(series, problem_of, "Units", "Units that become SUV")


def units_are_suv_units(series: Series) -> Finding:
    """SUV-102: other units are shown as they are."""

    def problem_of(instance: Instance) -> Problem | None:
        units = instance.data.text("Units")
        if not units or units in scopes.SUV_UNITS:
            return None
        meaning = MEANINGS.get(units, "that unit")
        return Problem("other-units", f"{quoted(units)} ({meaning} is shown, not SUV)")

    return judged_by(series, problem_of, "Units", "Units are not shown as they are")


def corrected(series: Series) -> Finding:
    """SUV-207: corrected for attenuation and for decay."""

    def problem_of(instance: Instance) -> Problem | None:
        done = instance.data.texts("CorrectedImage")
        if not done:
            return lack(instance.data, "CorrectedImage")
        lacking = " and ".join(k for k in _CORRECTIONS if k not in done)
        return Problem("not-corrected", f"without {lacking}") if lacking else None

    return judged_by(series, problem_of, "CorrectedImage", "corrected: ATTN and DECY")


def decay_from_start(series: Series) -> Finding:
    """SUV-209: decay corrected to the start of the scan."""

    def problem_of(instance: Instance) -> Problem | None:
        found = instance.data.text("DecayCorrection")
        if not found:
            return lack(instance.data, "DecayCorrection")
        if found == "ADMIN":
            text = "ADMIN (the page asks for START; the viewer would show wrong values)"
            return Problem("corrected-to-injection", text)
        text = f"{quoted(found)} (the viewer would show SUV all the same)"
        return None if found == "START" else Problem("corrected-otherwise", text)

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
        reads=("Units",),
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
        reads=("Units",),
    ),
    _row(
        id="SUV-103",
        scope=scopes.PET,
        level=Level.NOTE,
        title="A unit at all",
        statement="Units has a value.",
        why="Without it the viewer shows numbers without a unit.",
        check=Present("Units"),
    ),
)

REQUIRED_TAGS = (
    _row(
        id="SUV-201",
        title="Radiopharmaceutical",
        statement="Every image describes the radiopharmaceutical that was given.",
        check=Present(_DOSE),
    ),
    _row(
        id="SUV-202",
        title="Half life of the radionuclide",
        statement="The half life is given, in seconds, above zero.",
        check=Positive(f"{_DOSE}.RadionuclideHalfLife"),
        requires=("SUV-201",),
    ),
    _row(
        id="SUV-203",
        title="Time of injection",
        statement="The start of the injection is given, as date and time or as time.",
        check=AnyOf(
            f"{_DOSE}.RadiopharmaceuticalStartDateTime",
            f"{_DOSE}.RadiopharmaceuticalStartTime",
        ),
        requires=("SUV-201",),
    ),
    _row(
        id="SUV-204",
        title="Injected dose",
        statement="The injected dose is given, in Bq, above zero.",
        check=Positive(f"{_DOSE}.RadionuclideTotalDose"),
        requires=("SUV-201",),
    ),
    _row(
        id="SUV-205",
        title="SeriesDate",
        statement="Every image has the date of its series.",
        check=Present("SeriesDate"),
    ),
    _row(
        id="SUV-206",
        title="SeriesTime",
        statement="Every image has the time of its series.",
        check=Present("SeriesTime"),
    ),
    _row(
        id="SUV-207",
        title="Corrected for attenuation and decay",
        statement="CorrectedImage contains ATTN and DECY.",
        why="Values that are not corrected for attenuation and decay are not SUV.",
        repair=repairs.ASK_CORRECTED,
        check=corrected,
        reads=("CorrectedImage",),
    ),
    _row(
        id="SUV-208",
        title="Units",
        statement="Every image says in what its pixel values are measured.",
        check=Present("Units"),
    ),
    _row(
        id="SUV-209",
        title="Decay corrected to the start of the scan",
        statement="DecayCorrection is START.",
        why="The SUV is computed for values that were corrected to the start of the scan.",
        repair=repairs.ASK_DECAY,
        check=decay_from_start,
        reads=("DecayCorrection",),
    ),
    _row(
        id="SUV-210",
        title="AcquisitionDate",
        statement="Every image has the date of its acquisition.",
        check=Present("AcquisitionDate"),
    ),
    _row(
        id="SUV-211",
        title="AcquisitionTime",
        statement="Every image has the time of its acquisition.",
        check=Present("AcquisitionTime"),
    ),
    _row(
        id="SUV-212",
        title="Weight of the patient",
        statement="The patient's weight is given, in kg, above zero.",
        check=Positive("PatientWeight"),
    ),
)
