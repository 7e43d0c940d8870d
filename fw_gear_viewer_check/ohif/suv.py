"""viewer.md section 8: the factor that turns PET pixels into SUV (body weight).

One computation per series, over all its images; any failure leaves the series without SUV.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fw_gear_viewer_check.ohif import javascript as js
from fw_gear_viewer_check.ohif.javascript import ABSENT
from fw_gear_viewer_check.ohif.suv_dates import UnreadableMomentError, moment, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fw_gear_viewer_check.model.data_set import DataSet
    from fw_gear_viewer_check.ohif.javascript import Js
    from fw_gear_viewer_check.ohif.metadata import Image, Stored

MODALITY = "PT"


@dataclass(frozen=True, slots=True)
class Suv:
    """The factor of each image, in order of the images, or why there is none."""

    factors: tuple[float, ...] = ()
    problem: str = ""


class _NoSuvError(Exception):
    """The viewer's computation fails."""


def suv(images: Sequence[Stored]) -> Suv:
    """Return the factors of a PET series; only factors that scale to a finite SUV count.

    The viewer also applies an infinite factor (half life or dose is 0), which shows nothing of use.
    """
    try:
        factors = _factors([_Pet(image) for stored in images for image in stored.images[:1]])
    except (_NoSuvError, UnreadableMomentError) as error:
        return Suv(problem=str(error))
    if not all(math.isfinite(factor) and factor for factor in factors):
        return Suv(problem=UNUSABLE)
    return Suv(factors)


UNUSABLE = "the factor is zero or not finite (half life or dose is blank or 0)"


class _Pet:
    """What the viewer gathers from one image; fails where something is not there at all."""

    def __init__(self, image: Image) -> None:
        self._image = image
        item = _first_item(image)
        self.half_life = _number(js.read(item, "RadionuclideHalfLife"))
        self.dose = _number(js.read(item, "RadionuclideTotalDose"))
        self.start_date_time = js.read(item, "RadiopharmaceuticalStartDateTime")
        self.start_time = js.read(item, "RadiopharmaceuticalStartTime")
        needed = {keyword: image.get(keyword) for keyword in _NEEDED}
        missing = [keyword for keyword, value in needed.items() if value is ABSENT]
        missing += ["RadionuclideHalfLife"] * (self.half_life is None)
        missing += ["RadionuclideTotalDose"] * (self.dose is None)
        if self.start_date_time is ABSENT and self.start_time is ABSENT:
            missing.append("RadiopharmaceuticalStartDateTime")
        if missing:
            reason = f"{', '.join(missing)} missing"
            raise _NoSuvError(reason)
        self.weight = _number(image.get("PatientWeight"))
        self.size = _number(image.get("PatientSize"))
        self.philips_suv = _number(image.get("(7053,1000)"))
        self.philips_activity = _number(image.get("(7053,1009)"))

    def get(self, keyword: str) -> Js:
        """Return an attribute of the image."""
        return self._image.get(keyword)

    @property
    def common(self) -> tuple[object, ...]:
        """What must be the same in all images."""
        values = tuple(self._image.get(keyword) for keyword in _COMMON)
        return (*values, self.weight, self.size, self.half_life, self.dose)


_NEEDED = (
    *("SeriesDate", "SeriesTime", "CorrectedImage", "Units", "DecayCorrection"),
    *("AcquisitionDate", "AcquisitionTime"),
)
_COMMON = ("Units", "CorrectedImage", "PatientSex", "DecayCorrection", "SeriesDate", "SeriesTime")


def _first_item(image: Image) -> DataSet:
    items = js.items(image.get("RadiopharmaceuticalInformationSequence"))
    if not items:
        reason = "RadiopharmaceuticalInformationSequence missing"
        raise _NoSuvError(reason)
    return items[0]


def _number(value: Js) -> float | None:
    """Return a finite number; blank is 0, several values are none."""
    if isinstance(value, tuple) or value is ABSENT:
        return None
    number = js.number(value)
    return number if math.isfinite(number) else None


def _factors(images: Sequence[_Pet]) -> tuple[float, ...]:
    """Follow the library's order of checks: it decides which failure is told."""
    first = images[0]
    corrected = first.get("CorrectedImage")
    if not (isinstance(corrected, (str, tuple)) and "ATTN" in corrected and "DECY" in corrected):
        reason = "CorrectedImage has no ATTN and DECY"
        raise _NoSuvError(reason)
    if any(image.common != first.common for image in images):
        reason = "the images differ in what must be the same in a series"
        raise _NoSuvError(reason)
    if not first.weight:
        reason = "PatientWeight missing or 0"
        raise _NoSuvError(reason)
    per_activity = _per_decayed_dose(images)
    grams = first.weight * 1000
    factors = _by_unit(images, per_activity * grams, per_activity, grams)
    sex = first.get("PatientSex")
    if first.size is not None and sex is not ABSENT and sex not in {"M", "F"}:
        reason = "PatientSize is there and PatientSex is neither M nor F"
        raise _NoSuvError(reason)
    return factors


def _by_unit(
    images: Sequence[_Pet], factor: float, per_activity: float, grams: float
) -> tuple[float, ...]:
    units = images[0].get("Units")
    if units == "BQML":
        return (factor,) * len(images)
    if units == "GML":
        return (1.0,) * len(images)
    if units != "CNTS":
        reason = "Units is none of BQML, CNTS, GML"
        raise _NoSuvError(reason)
    if all(image.philips_suv for image in images):
        return tuple(image.philips_suv or 0.0 for image in images)
    if any(image.philips_suv or not image.philips_activity for image in images):
        reason = "Units is CNTS and Philips' scale factors are not in every image"
        raise _NoSuvError(reason)
    return tuple((image.philips_activity or 0.0) * per_activity * grams for image in images)


def _per_decayed_dose(images: Sequence[_Pet]) -> float:
    """Return one over the dose that is left at the time of the scan."""
    first = images[0]
    elapsed = _scan_time(images) - _start_time(first)
    if elapsed < 0:
        reason = "the scan is earlier than the injection"
        raise _NoSuvError(reason)
    dose, half_life = first.dose or 0.0, first.half_life or 0.0
    return js.quotient(1, dose * _power_of_two(js.quotient(-elapsed, half_life)))


def _power_of_two(exponent: float) -> float:
    try:
        return math.pow(2, exponent)
    except OverflowError:
        return math.inf


def _scan_time(images: Sequence[_Pet]) -> float:
    """Return the series' time, unless an acquisition is earlier.

    GE's private (0009,100D) is meant to come before the acquisition's, but the viewer looks for it
    by a name that its parser never gives.
    """
    first = images[0]
    series = seconds(moment(first.get("SeriesDate"), first.get("SeriesTime")))
    earliest = min(
        seconds(moment(image.get("AcquisitionDate"), image.get("AcquisitionTime")))
        for image in images
    )
    return min(series, earliest)


def _start_time(image: _Pet) -> float:
    """Return the time of injection: on the series' date when it has none, also past midnight."""
    both = image.start_date_time
    if js.truthy(both):
        text = both if isinstance(both, str) else ""
        text += " " * (len(text) % 2)  # the viewer's parser leaves the padding of a DT in place
        return seconds(moment(text[:8], text[8:]))
    if js.truthy(image.start_time):
        return seconds(moment(image.get("SeriesDate"), image.start_time))
    reason = "RadiopharmaceuticalStartDateTime blank"
    raise _NoSuvError(reason)
