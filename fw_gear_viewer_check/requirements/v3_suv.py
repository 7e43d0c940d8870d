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


def plausible(series: Series) -> Finding:
    """SUV-296: half life, dose and weight that can be right, and a g/ml that is SUV by weight."""
    return judged_by(series, _implausible, "what the SUV is made of", "plausible values")


def _implausible(instance: Instance) -> Problem | None:
    data = instance.data
    dose = data.first_item(_DOSE)
    nuclide = dose.first_item("RadionuclideCodeSequence").text("CodeValue")
    half_life, due = dose.number("RadionuclideHalfLife"), HALF_LIVES.get(nuclide)
    if half_life and due and abs(half_life - due) > HALF_LIFE_SHARE * due:
        is_minutes = abs(half_life * 60 - due) <= HALF_LIFE_SHARE * due
        more = ": it is given in minutes" if is_minutes else ""
        return Problem("half-life", f"not right: the half life is not the nuclide's{more}")
    total = dose.number("RadionuclideTotalDose")
    if total and not DOSES_BQ[0] <= total <= DOSES_BQ[1]:
        is_mega = DOSES_BQ[0] <= total * 1e6 <= DOSES_BQ[1]
        more = ": it is given in MBq" if is_mega else ""
        return Problem("dose", f"not right: a dose outside 1 MBq to 100 GBq{more}")
    weight = data.number("PatientWeight")
    if weight and not WEIGHTS_KG[0] <= weight <= WEIGHTS_KG[1]:
        return Problem("weight", "not right: a weight outside 0.5 to 400 kg")
    kind = data.text("SUVType")
    if data.text("Units") == "GML" and kind not in {"", "BW"}:
        return Problem("suv-type", f"no SUV by weight: SUVType is {quoted(kind)}")
    return None


HALF_LIVES = {
    **dict.fromkeys(("40565003", "C-105A1"), 1221.8),  # C-11
    **dict.fromkeys(("21576001", "C-107A1"), 597.9),  # N-13
    **dict.fromkeys(("129504001", "C-B1038"), 122.2),  # O-15
    **dict.fromkeys(("77004003", "C-111A1"), 6586.2),  # F-18
    **dict.fromkeys(("3932008", "C-127A2"), 45721.0),  # Cu-64
    **dict.fromkeys(("35337001", "C-131A3"), 4062.6),  # Ga-68
    **dict.fromkeys(("79197006", "C-159A2"), 75.5),  # Rb-82
    **dict.fromkeys(("10738001", "C-162A3"), 53064.0),  # Y-86
    **dict.fromkeys(("63360001", "C-168A4"), 282276.0),  # Zr-89
    **dict.fromkeys(("40937006", "C-114A5"), 360806.0),  # I-124
}
"""Half lives, s, by the nuclide's SNOMED CT and SRT code (PS3.16 CID 4020)."""
HALF_LIFE_SHARE = 0.05
DOSES_BQ = (1e6, 100e9)
WEIGHTS_KG = (0.5, 400)


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
        scope=scopes.PET_NOT_IN_OTHER_UNITS,
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
        scope=scopes.PET_NOT_IN_OTHER_UNITS,
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

PLAUSIBLE = (
    _row(
        id="SUV-296",
        source="viewer (OHIF 3.13)",
        level=Level.NOTE,
        title="Plausible values",
        statement="The half life is that of the nuclide, the dose is 1 MBq to 100 GBq, the weight "
        "0.5 to 400 kg, and values in g/ml are SUV by body weight.",
        why="The viewer computes with what is written: a half life in minutes or a dose in MBq "
        "gives an SUV that is wrong and looks right.",
        repair=repairs.CHECK_PET,
        check=plausible,
        reads=(
            f"{_DOSE}.RadionuclideCodeSequence.CodeValue",
            f"{_DOSE}.RadionuclideHalfLife",
            f"{_DOSE}.RadionuclideTotalDose",
            "PatientWeight",
            "SUVType",
        ),
    ),
)
