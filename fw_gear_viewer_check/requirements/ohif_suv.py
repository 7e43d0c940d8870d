"""What else keeps the open-source viewer from computing SUV; not on the page.

The viewer looks at all images of a series together: one bad image, and none is shown in SUV.
Evidence never quotes a date or a time.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.text import counted
from fw_gear_viewer_check.requirements import causes, repairs, scopes
from fw_gear_viewer_check.requirements.checks import (
    failed,
    judged_by,
    not_applicable,
    passed,
    split_path,
    unknown,
)
from fw_gear_viewer_check.requirements.types import (
    Capability,
    Finding,
    RepairTable,
    Requirement,
)

if TYPE_CHECKING:
    from fw_gear_viewer_check.model.data_set import DataSet
    from fw_gear_viewer_check.model.instance import Instance
    from fw_gear_viewer_check.model.series import Series

_DOSE = "RadiopharmaceuticalInformationSequence"

_AGREEING = (
    *("Units", "CorrectedImage", "PatientWeight", "PatientSize", "PatientSex", "DecayCorrection"),
    *(
        "SeriesDate",
        "SeriesTime",
        f"{_DOSE}.RadionuclideHalfLife",
        f"{_DOSE}.RadionuclideTotalDose",
    ),
)
"""Attributes that must be the same in every image."""


def attributes_agree(series: Series) -> Finding:
    """SUV-291: one value of each attribute in the series."""
    disagreeing: list[str] = []
    odd: set[int] = set()
    for path in _AGREEING:
        values = [_value_at(i, path) for i in series.instances]
        counts = Counter(values)
        if len(counts) > 1:
            usual = counts.most_common(1)[0][0]
            disagreeing.append(f"{path.rpartition('.')[2]} ({len(counts)} values)")
            odd.update(n for n, found in enumerate(values) if found != usual)
    if not disagreeing:
        return passed("the attributes agree across the series", len(series.instances))
    affected = [series.instances[n].name for n in sorted(odd)]
    return failed(
        f"not the same in every image: {', '.join(disagreeing)}", affected, len(series.instances)
    )


def _value_at(instance: Instance, path: str) -> str:
    data, keyword = split_path(instance.data, path)
    return repr(data.get(keyword))


def counts_have_factors(series: Series) -> Finding:
    """SUV-292: Units CNTS with Philips' private scale factors."""
    counts = [i for i in series.instances if i.data.text("Units") == "CNTS"]
    if not counts:
        return not_applicable("Units is not CNTS")
    implicit = [i.name for i in counts if i.transfer_syntax_uid == sop_classes.IMPLICIT_VR]
    if implicit:
        return failed(
            "Units is CNTS, and the viewer does not read Philips' private scale factors in "
            f"implicit VR, the transfer syntax of {len(implicit):,} of "
            f"{counted(len(counts), 'image')}",
            implicit,
            len(counts),
        )
    suv = [bool(i.data.number("(7053,1000)")) for i in counts]
    activity = [bool(i.data.number("(7053,1009)")) for i in counts]
    if all(suv) or (all(activity) and not any(suv)):
        return passed("Philips' private scale factors are there", len(counts))
    if all(a or b for a, b in zip(suv, activity, strict=True)):
        mixed = [i.name for i, is_given in zip(counts, suv, strict=True) if not is_given]
        return failed(
            f"Units is CNTS, and Philips' private scale factor (7053,1000) is missing in "
            f"{len(mixed):,} of {counted(len(counts), 'image')}: the viewer takes all or none",
            mixed,
            len(counts),
        )
    without = [i.name for i, a, b in zip(counts, suv, activity, strict=True) if not a and not b]
    return failed(
        f"Units is CNTS, and Philips' private scale factor (7053,1000) or (7053,1009) is missing "
        f"in {len(without):,} of {counted(len(counts), 'image')}",
        without,
        len(counts),
    )


def injected_before_scan(series: Series) -> Finding:
    """SUV-293: the scan does not start before the injection."""
    acquired = [_moment(i.data, "Acquisition") for i in series.instances]
    started = [_moment(i.data, "Series") for i in series.instances]
    injected = [_injection(i) for i in series.instances]
    checked = len(series.instances)
    if None in acquired or None in started or None in injected:
        return unknown("a date or a time is missing or cannot be read (SUV-294)", checked)
    earliest = min(moment for moment in acquired if moment)
    early = []
    for instance, start, injection in zip(series.instances, started, injected, strict=True):
        scan = start if start is not None and start <= earliest else earliest
        if injection is not None and scan < injection:
            early.append(instance.name)
    if early:
        return failed("the scan starts before the injection", early, checked)
    return passed("the injection is before the scan", checked)


def times_readable(series: Series) -> Finding:
    """SUV-294: dates and times that can be read."""

    def problem_of(instance: Instance) -> str:
        unreadable = [
            f"{prefix}Date or {prefix}Time"
            for prefix in ("Series", "Acquisition")
            if _given(instance.data, prefix) and _moment(instance.data, prefix) is None
        ]
        if _injection_given(instance) and _injection(instance) is None:
            unreadable.append("the time of injection")
        return f"not readable: {', '.join(unreadable)}" if unreadable else ""

    return judged_by(series, problem_of, "a date or time", "dates and times can be read")


def _given(data: DataSet, prefix: str) -> bool:
    return bool(data.text(f"{prefix}Date") and data.text(f"{prefix}Time"))


def _injection_given(instance: Instance) -> bool:
    dose = instance.data.first_item(_DOSE)
    start_time = dose.text("RadiopharmaceuticalStartTime") and instance.data.text("SeriesDate")
    return bool(dose.text("RadiopharmaceuticalStartDateTime") or start_time)


def _moment(data: DataSet, prefix: str) -> datetime | None:
    return parsed(data.text(f"{prefix}Date"), data.text(f"{prefix}Time"))


def _injection(instance: Instance) -> datetime | None:
    """Return the start of the injection; a bare time is of the series' date, as the viewer does."""
    dose = instance.data.first_item(_DOSE)
    date_time = dose.text("RadiopharmaceuticalStartDateTime")
    if date_time:
        return parsed(date_time[:8], date_time[8:].partition("+")[0].partition("-")[0])
    return parsed(instance.data.text("SeriesDate"), dose.text("RadiopharmaceuticalStartTime"))


def parsed(date: str, time: str) -> datetime | None:
    """Return the moment of a DA and a TM; None when one cannot be read (PS3.5 section 6.2)."""
    if len(date) != len("YYYYMMDD") or not _is_digits(date):
        return None
    whole, _, fraction = time.partition(".")
    if len(whole) not in {2, 4, 6} or not _is_digits(whole + fraction):
        return None
    try:
        moment = datetime.strptime(date + whole.ljust(6, "0"), "%Y%m%d%H%M%S")  # noqa: DTZ007
    except ValueError:
        return None
    return moment + timedelta(seconds=float(f"0.{fraction or 0}"))


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def sex_beside_size(series: Series) -> Finding:
    """SUV-295: PatientSize with a PatientSex other than M and F loses the SUV."""

    def problem_of(instance: Instance) -> str:
        data = instance.data
        # Both count as given when they are blank: the viewer looks for what is not there at all.
        if data.problem("PatientSize") not in {"", "blank"} or "PatientSex" not in data:
            return ""
        sex = data.text("PatientSex")
        return "" if sex in {"M", "F"} else "neither M nor F" if sex else "blank"

    return judged_by(series, problem_of, "PatientSex, next to PatientSize,", "M, F, or not needed")


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
        check=attributes_agree,
    ),
    _seen(
        id="SUV-292",
        title="Scale factors for counts",
        statement="Images in counts (Units CNTS) have Philips' private scale factor in each image.",
        why="Counts become SUV only by these factors.",
        repair=RepairTable(
            causes.of_counts,
            {
                "missing": repairs.ASK_FACTORS,
                "implicit": repairs.TO_EXPLICIT_VR,
            },
        ),
        check=counts_have_factors,
        reads=("(7053,1000)", "(7053,1009)"),
    ),
    _seen(
        id="SUV-293",
        title="Injection before the scan",
        statement="The injection starts before the scan.",
        why="With a negative decay time the viewer gives up the SUV of the whole series.",
        repair=repairs.ASK_TIMES,
        check=injected_before_scan,
    ),
    _seen(
        id="SUV-294",
        title="Dates and times that can be read",
        statement="Dates of series and acquisition and the time of injection are valid.",
        why="With one that it cannot read the viewer gives up the SUV of the whole series.",
        repair=repairs.ASK_TIMES,
        check=times_readable,
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
        check=sex_beside_size,
        reads=("PatientSex", "PatientSize"),
    ),
)
