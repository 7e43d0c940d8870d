"""Tags required for PET data conversion to SUV units."""

from __future__ import annotations

from collections import Counter
from functools import partial

from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.model.terms import UNIT_NAMES
from fw_gear_viewer_check.model.text import quoted
from fw_gear_viewer_check.ohif.display_sets import prediction_of
from fw_gear_viewer_check.requirements import causes, repairs, scopes
from fw_gear_viewer_check.requirements.checks import (
    AnyOf,
    Positive,
    Present,
    Problem,
    judged_by,
    lack,
)
from fw_gear_viewer_check.requirements.types import (
    Capability,
    Cause,
    Finding,
    Level,
    RepairTable,
    Requirement,
)

_DOSE = "RadiopharmaceuticalInformationSequence"
_CORRECTIONS = ("ATTN", "DECY")


def convertible_units(series: Series) -> Finding:
    """SUV-101: pixel values in units that can become SUV."""

    def problem_of(instance: Instance) -> Problem | None:
        units = scopes.units_of(instance)
        if units in scopes.SUV_UNITS:
            return None
        missing = lack(instance.data, "Units")
        if missing:
            return Problem(missing.code, f"{missing} (values are shown without a unit)")
        return Problem("other-units", _shown_as(units))

    return judged_by(series, problem_of, "Units", "Units can be converted to SUV")


def _of_units(series: Series, finding: Finding) -> Cause:
    """SUV-101."""
    cause, values = causes.of_other_reconstruction(series, finding)
    if cause == "attribute":
        return cause, values
    return ("other" if finding.code == "other-units" else "missing"), {}


def units_are_suv_units(series: Series) -> Finding:
    """SUV-102: other units are shown as they are."""

    def problem_of(instance: Instance) -> Problem | None:
        units = scopes.units_of(instance)
        if not units or units in scopes.SUV_UNITS:
            return None
        return Problem("other-units", _shown_as(units))

    return judged_by(series, problem_of, "Units", "no other unit")


def _shown_as(units: str) -> str:
    how = f"as {UNIT_NAMES[units]}" if units in UNIT_NAMES else "in this unit"
    return f"{quoted(units)} (values are shown {how}, not as SUV)"


def corrected(series: Series) -> Finding:
    """SUV-207: corrected for attenuation and for decay."""

    def problem_of(instance: Instance) -> Problem | None:
        done = instance.data.texts("CorrectedImage")
        if not done:
            return lack(instance.data, "CorrectedImage")
        lacking = " and ".join(k for k in _CORRECTIONS if k not in done)
        return Problem("not-corrected", f"without {lacking}") if lacking else None

    return judged_by(series, problem_of, "CorrectedImage", "CorrectedImage contains ATTN and DECY")


def decay_from_start(series: Series) -> Finding:
    """SUV-209: decay corrected to the start of the scan."""

    def problem_of(instance: Instance) -> Problem | None:
        problem = lack(instance.data, "DecayCorrection")
        if problem:
            return problem
        found = instance.data.text("DecayCorrection")
        if found == "ADMIN":
            text = "ADMIN (Flywheel requires START; the open-source viewer shows wrong values)"
            return Problem("corrected-to-injection", text)
        text = f"{quoted(found)} (Flywheel requires START; the open-source viewer shows SUV anyway)"
        return None if found == "START" else Problem("corrected-otherwise", text)

    return judged_by(series, problem_of, "DecayCorrection", "DecayCorrection is START")


def plausible(series: Series) -> Finding:
    """SUV-296: values that can be right, and a g/ml that is SUV by weight."""
    factors = [s.suv_factor for s in prediction_of(series).display_sets if s.suv_factor]
    usual = Counter(map(_injected, series.instances)).most_common(1)[0][0]

    def problem_of(instance: Instance) -> Problem | None:
        problem = _implausible(instance)
        if problem is None and _injected(instance) != usual:
            text = "implausible: the time of injection differs between the images"
            return Problem("injection", text)
        return problem or (_too_decayed(instance, factors[0]) if factors else None)

    return judged_by(series, problem_of, "a value for the SUV", "plausible values")


def _injected(instance: Instance) -> tuple[str, str]:
    dose = instance.data.first_item(_DOSE)
    date_time, time = (
        dose.text(f"RadiopharmaceuticalStart{part}") for part in ("DateTime", "Time")
    )
    return date_time, time


def _too_decayed(instance: Instance, factor: float) -> Problem | None:
    """Return a problem where the factor of Bq/ml counts on a dose that has decayed to nothing."""
    weight = instance.data.number("PatientWeight")
    total = instance.data.first_item(_DOSE).number("RadionuclideTotalDose")
    if scopes.units_of(instance) != "BQML" or not weight or not total:
        return None
    share = weight * 1000 / factor / total
    text = f"implausible: more than {MOST_HALF_LIVES} half lives from the injection to the scan"
    return Problem("decay", text) if share < 2**-MOST_HALF_LIVES else None


def _implausible(instance: Instance) -> Problem | None:
    data = instance.data
    dose = data.first_item(_DOSE)
    nuclide = dose.first_item("RadionuclideCodeSequence").text("CodeValue")
    half_life, due = dose.number("RadionuclideHalfLife"), HALF_LIVES.get(nuclide)
    if half_life and due and abs(half_life - due) > HALF_LIFE_SHARE * due:
        is_minutes = abs(half_life * 60 - due) <= HALF_LIFE_SHARE * due
        more = " (it is in minutes)" if is_minutes else ""
        return Problem("half-life", f"implausible: half life is not that of the nuclide{more}")
    total = dose.number("RadionuclideTotalDose")
    if total and not DOSES_BQ[0] <= total <= DOSES_BQ[1]:
        is_mega = DOSES_BQ[0] <= total * 1e6 <= DOSES_BQ[1]
        more = " (it is in MBq)" if is_mega else ""
        return Problem("dose", f"implausible: dose is outside 1 MBq to 100 GBq{more}")
    weight = data.number("PatientWeight")
    if weight and not WEIGHTS_KG[0] <= weight <= WEIGHTS_KG[1]:
        return Problem("weight", "implausible: weight is outside 0.5 to 400 kg")
    kind = data.text("SUVType")
    if data.text("Units") == "GML" and kind not in {"", "BW"}:
        return Problem("suv-type", f"not based on body weight: SUVType is {quoted(kind)}")
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
MOST_HALF_LIVES = 20
"""After these, a millionth of the dose is left: nothing to scan."""


_row = partial(
    Requirement,
    capability=Capability.V3_SUV,
    source="DICOM tags required for PET data conversion to SUV units",
    scope=scopes.PET_SUV,
    repair=repairs.ENTER_PET,
)

UNITS = (
    _row(
        id="SUV-101",
        scope=scopes.PET,
        title="Units that can be converted to SUV",
        cause="Units cannot be converted to SUV",
        statement="Units is BQML, CNTS or GML (Bq/ml, counts or g/ml).",
        why="The viewer converts only these to SUV.",
        repair=RepairTable(
            _of_units,
            {
                "other": repairs.OTHER_UNITS,
                "missing": repairs.ENTER_PET,
                "attribute": repairs.SPLIT_BY_ATTRIBUTE,
            },
        ),
        check=convertible_units,
        reads=("Units",),
    ),
    _row(
        id="SUV-102",
        scope=scopes.PET,
        level=Level.NOTE,
        title="No Units other than BQML, CNTS or GML",
        cause="shown in its own unit",
        statement="Units has no value other than BQML, CNTS or GML.",
        why="The viewer shows values in other units as they are, not as SUV.",
        repair=repairs.NONE_NEEDED,
        check=units_are_suv_units,
        reads=("Units",),
    ),
    _row(
        id="SUV-103",
        scope=scopes.PET,
        level=Level.NOTE,
        title="Units given",
        cause="shown without a unit",
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
        statement="Every image has a RadiopharmaceuticalInformationSequence.",
        why="It holds the dose, the half life and the time of injection, from which the SUV is "
        "computed.",
        check=Present(_DOSE),
    ),
    _row(
        id="SUV-202",
        title="Half life of the radionuclide",
        statement="RadionuclideHalfLife is above zero, in seconds.",
        why="The viewer computes from it how much of the dose was left at the scan. Without it "
        "there is no SUV.",
        check=Positive(f"{_DOSE}.RadionuclideHalfLife"),
        requires=("SUV-201",),
    ),
    _row(
        id="SUV-203",
        title="Time of injection",
        cause="injection time missing",
        statement="RadiopharmaceuticalStartDateTime or RadiopharmaceuticalStartTime is present.",
        why="The viewer computes the decay between injection and scan from it. Without it there is "
        "no SUV.",
        check=AnyOf(
            f"{_DOSE}.RadiopharmaceuticalStartDateTime",
            f"{_DOSE}.RadiopharmaceuticalStartTime",
        ),
        requires=("SUV-201",),
    ),
    _row(
        id="SUV-204",
        title="Injected dose",
        statement="RadionuclideTotalDose is above zero, in Bq.",
        why="The SUV relates the measured activity to this dose. Without it there is no SUV.",
        check=Positive(f"{_DOSE}.RadionuclideTotalDose"),
        requires=("SUV-201",),
    ),
    _row(
        id="SUV-205",
        title="SeriesDate",
        statement="Every image has a SeriesDate.",
        why="The viewer computes the decay between injection and scan from it. Without it there is "
        "no SUV.",
        check=Present("SeriesDate"),
    ),
    _row(
        id="SUV-206",
        title="SeriesTime",
        statement="Every image has a SeriesTime.",
        why="The viewer computes the decay between injection and scan from it. Without it there is "
        "no SUV.",
        check=Present("SeriesTime"),
    ),
    _row(
        id="SUV-207",
        title="Corrected for attenuation and decay",
        cause="attenuation or decay not corrected",
        statement="CorrectedImage contains ATTN and DECY.",
        why="Values without these corrections cannot become SUV.",
        repair=RepairTable(
            causes.of_other_reconstruction,
            {"values": repairs.ASK_CORRECTED, "attribute": repairs.SPLIT_BY_ATTRIBUTE},
        ),
        check=corrected,
        reads=("CorrectedImage",),
    ),
    _row(
        id="SUV-208",
        scope=scopes.PET_NOT_IN_OTHER_UNITS,
        title="Units",
        statement="Every image has Units: what its pixel values measure.",
        why="The viewer decides by it whether and how to compute the SUV.",
        check=Present("Units"),
    ),
    _row(
        id="SUV-209",
        title="Decay corrected to the start of the scan",
        cause="decay not corrected to the scan start",
        statement="DecayCorrection is START.",
        why="The viewer computes the SUV for values that are corrected to the start of the scan.",
        repair=repairs.ASK_DECAY,
        check=decay_from_start,
        reads=("DecayCorrection",),
    ),
    _row(
        id="SUV-210",
        title="AcquisitionDate",
        statement="Every image has an AcquisitionDate.",
        why="The viewer computes the decay between injection and scan from it. Without it there is "
        "no SUV.",
        check=Present("AcquisitionDate"),
    ),
    _row(
        id="SUV-211",
        title="AcquisitionTime",
        statement="Every image has an AcquisitionTime.",
        why="The viewer computes the decay between injection and scan from it. Without it there is "
        "no SUV.",
        check=Present("AcquisitionTime"),
    ),
    _row(
        id="SUV-212",
        title="Weight of the patient",
        statement="PatientWeight is above zero, in kg.",
        why="The SUV relates the dose to the patient's weight. Without it there is no SUV.",
        check=Positive("PatientWeight"),
    ),
)

PLAUSIBLE = (
    _row(
        id="SUV-296",
        source="viewer (OHIF 3.13)",
        level=Level.NOTE,
        title="Plausible values",
        cause="implausible values",
        statement="The half life is that of the nuclide, the dose is 1 MBq to 100 GBq, the weight "
        f"is 0.5 to 400 kg, the scan follows the injection within {MOST_HALF_LIVES} half lives, "
        "all images have one time of injection, and values in g/ml are SUV by body weight.",
        why="The viewer does not check these values. A half life in minutes, a dose in MBq, or "
        "dates that were shifted apart, give a wrong SUV.",
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
