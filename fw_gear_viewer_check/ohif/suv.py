"""docs/ohif.md section 8: the factor that turns PET pixels into SUV (body weight).

One computation per series, over all its images; any failure leaves the series without SUV. The
viewer stops at the first; here all are found, since whoever repairs one meets the next.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from fw_gear_viewer_check.model.data_set import items_in
from fw_gear_viewer_check.model.text import counted
from fw_gear_viewer_check.ohif import javascript as js
from fw_gear_viewer_check.ohif.failures import Failure, FailureCode
from fw_gear_viewer_check.ohif.javascript import ABSENT, Js, Source
from fw_gear_viewer_check.ohif.metadata import Image, ViewerInstance, reads_private
from fw_gear_viewer_check.ohif.suv_dates import seconds

MODALITY = "PT"


@dataclass(frozen=True, slots=True)
class Suv:
    """The factor of each image, in order of the images, or why there is none."""

    factors: tuple[float, ...] = ()
    failures: tuple[Failure, ...] = ()


def suv(instances: Sequence[ViewerInstance]) -> Suv:
    """Return the factors of a PET series; only factors that scale to a finite SUV count.

    The viewer also applies an infinite factor (half life or dose is 0, or an injection that was
    moved years away from the scan), which shows nothing of use.
    """
    images = [_PetImage(image) for one in instances for image in one.images[:1]]
    failures = tuple(_failures(images))
    if failures:
        return Suv(failures=failures)
    factors = _factors(images)
    if not all(math.isfinite(factor) and factor for factor in factors):
        is_decayed = bool(images[0].half_life and images[0].dose)
        reason = "half life or dose is blank or 0"
        if is_decayed:
            reason = "nothing of the dose is left at the scan, by its half life and the times"
        codes = [FailureCode.SUV_FACTOR_UNUSABLE]
        if not all(map(math.isfinite, factors)):
            codes.append(FailureCode.SUV_INFINITE)
        return Suv(
            failures=tuple(_failure(c, reason, images, is_decayed=is_decayed) for c in codes)
        )
    return Suv(factors)


class _PetImage:
    """What the viewer gathers from one image."""

    def __init__(self, image: Image) -> None:
        self.image, self.get = image, image.get
        item = next(iter(items_in(image.get("RadiopharmaceuticalInformationSequence"))), None)
        self._injection = item
        self.half_life = _number(self.injection("RadionuclideHalfLife"))
        self.dose = _number(self.injection("RadionuclideTotalDose"))
        self.weight = _number(image.get("PatientWeight"))
        self.size = _number(image.get("PatientSize"))
        self.philips_suv = _number(image.get("(7053,1000)"))
        self.philips_activity = _number(image.get("(7053,1009)"))
        self.started = seconds(image.get("SeriesDate"), image.get("SeriesTime"))
        self.acquired = seconds(image.get("AcquisitionDate"), image.get("AcquisitionTime"))
        self.injected = self._injected_at()

    def injection(self, keyword: str) -> Js:
        """Return an attribute of the first radiopharmaceutical."""
        return ABSENT if self._injection is None else self.image.read(self._injection, keyword)

    def _injected_at(self) -> float | None:
        """Return the time of injection: on the series' date when it has none, also past midnight.

        The viewer's own parser leaves the padding of a DT in place.
        """
        both = self.injection("RadiopharmaceuticalStartDateTime")
        if js.truthy(both):
            text = both if isinstance(both, str) else ""
            if self.image.source is Source.LOCAL:
                text += " " * (len(text) % 2)
            return seconds(text[:8], text[8:])
        return seconds(self.get("SeriesDate"), self.injection("RadiopharmaceuticalStartTime"))

    @property
    def missing(self) -> list[str]:
        """The attributes that the viewer asks for and that are absent, or of no use as blanks."""
        if self._injection is None:
            found = ["RadiopharmaceuticalInformationSequence"]
        else:
            numbers = {"RadionuclideHalfLife": self.half_life, "RadionuclideTotalDose": self.dose}
            found = [keyword for keyword, number in numbers.items() if number is None]
            if not any(js.truthy(self.injection(keyword)) for keyword in _STARTS):
                found.append(_STARTS[0])
        found += [keyword for keyword in _NEEDED if self.get(keyword) is ABSENT]
        found += [keyword for keyword in _TIMES if not js.truthy(self.get(keyword))]
        return found + ["PatientWeight"] * (not self.weight)

    @property
    def unreadable(self) -> list[str]:
        """The dates and times that are there and that the viewer cannot read."""
        found = [
            f"{prefix}Date or {prefix}Time"
            for prefix, when in (("Series", self.started), ("Acquisition", self.acquired))
            if when is None
            and all(js.truthy(self.get(f"{prefix}{part}")) for part in ("Date", "Time"))
        ]
        date_time, time = (js.truthy(self.injection(keyword)) for keyword in _STARTS)
        is_given = date_time or (time and js.truthy(self.get("SeriesDate")))
        return found + ["the time of injection"] * (is_given and self.injected is None)

    @property
    def agreeing(self) -> dict[str, object]:
        """What must be the same in all images."""
        values: dict[str, object] = {keyword: self.get(keyword) for keyword in _AGREEING}
        return values | {
            "PatientWeight": self.weight,
            "PatientSize": self.size,
            "RadionuclideHalfLife": self.half_life,
            "RadionuclideTotalDose": self.dose,
        }


_STARTS = ("RadiopharmaceuticalStartDateTime", "RadiopharmaceuticalStartTime")
_NEEDED = ("CorrectedImage", "Units", "DecayCorrection")
_TIMES = ("SeriesDate", "SeriesTime", "AcquisitionDate", "AcquisitionTime")
_AGREEING = ("Units", "CorrectedImage", "PatientSex", "DecayCorrection", *_TIMES[:2])


def _number(value: Js) -> float | None:
    """Return a finite number; blank is 0, several values are none."""
    if isinstance(value, tuple) or value is ABSENT:
        return None
    number = js.number(value)
    return number if math.isfinite(number) else None


# Why there is no factor.


def _failures(images: Sequence[_PetImage]) -> Iterator[Failure]:
    missing, unreadable = [i.missing for i in images], [i.unreadable for i in images]
    yield from _by_kind(FailureCode.SUV_ATTRIBUTE_MISSING, "missing", images, missing)
    yield from _by_kind(FailureCode.SUV_TIME_UNREADABLE, "not readable", images, unreadable)
    corrected = images[0].get("CorrectedImage")
    if not (isinstance(corrected, (str, tuple)) and "ATTN" in corrected and "DECY" in corrected):
        reason = "CorrectedImage does not have both ATTN and DECY"
        yield _failure(FailureCode.SUV_NOT_CORRECTED, reason, images)
    yield from _differences(images)
    scan = _scan_time(images)
    early = [i for i in images if scan is not None and i.injected is not None and scan < i.injected]
    if early:
        reason = "the scan starts before the injection"
        yield _failure(FailureCode.SUV_SCAN_BEFORE_INJECTION, reason, early)
    if images[0].get("Units") not in {"BQML", "CNTS", "GML"}:
        yield _failure(FailureCode.SUV_UNITS, "Units is none of BQML, CNTS, GML", images)
    yield from _without_count_factors([i for i in images if i.get("Units") == "CNTS"])
    odd = [image for image in images if _has_odd_sex(image)]
    if odd:
        is_blank = not any(js.truthy(image.get("PatientSex")) for image in odd)
        problem = "blank" if is_blank else "neither M nor F"
        reason = f"PatientSize is present and PatientSex is {problem}"
        yield _failure(FailureCode.SUV_SEX_BESIDE_SIZE, reason, odd)


def _failure(
    code: FailureCode, reason: str, images: Iterable[_PetImage], **values: object
) -> Failure:
    return Failure(code, reason, tuple(i.image.origin.name for i in images), values)


def _by_kind(
    code: FailureCode, what: str, images: Sequence[_PetImage], names: Sequence[list[str]]
) -> Iterator[Failure]:
    """Yield one failure that names what is missing (or the like), and in how many images."""
    counts = Counter(name for of_image in names for name in of_image)
    if not counts:
        return
    parts = [
        name if n == len(images) else f"{name} in {n:,} of {counted(len(images), 'image')}"
        for name, n in counts.items()
    ]
    odd = [image for image, of_image in zip(images, names, strict=True) if of_image]
    yield _failure(code, f"{what}: {', '.join(parts)}", odd, attributes=tuple(counts))


def _differences(images: Sequence[_PetImage]) -> Iterator[Failure]:
    differing: dict[str, str] = {}
    odd: set[int] = set()
    found = [image.agreeing for image in images]
    for keyword in found[0]:
        values = [one[keyword] for one in found]
        counts = Counter(values)
        # Several values are an array, which equals no other (but CorrectedImage is compared apart).
        is_array = keyword != "CorrectedImage" and isinstance(values[0], tuple)
        if is_array and len(values) > 1:
            differing[keyword] = "several in one image"
            odd.update(range(len(values)))
        elif len(counts) > 1:
            usual = counts.most_common(1)[0][0]
            differing[keyword] = f"{len(counts)} values"
            odd.update(n for n, value in enumerate(values) if value != usual)
    if differing:
        named = ", ".join(f"{keyword} ({told})" for keyword, told in differing.items())
        yield _failure(
            FailureCode.SUV_ATTRIBUTES_DIFFER,
            f"not the same in every image: {named}",
            [images[n] for n in sorted(odd)],
            attributes=tuple(differing),
        )


def _without_count_factors(counts: Sequence[_PetImage]) -> Iterator[Failure]:
    """Ask counts for one of Philips' two factors: the first in all images, or the second."""
    without_suv = [image for image in counts if not image.philips_suv]
    has_all_activities = all(image.philips_activity for image in counts)
    if not without_suv or (has_all_activities and len(without_suv) == len(counts)):
        return
    implicit = [image for image in counts if not reads_private(image.image, "(7053,1000)")]
    without_both = [image for image in without_suv if not image.philips_activity]
    odd = implicit or without_both or without_suv
    share = f"{len(odd):,} of {counted(len(counts), 'image')}"
    factor = "Philips' private scale factor (7053,1000)"
    if implicit:
        reason = (
            f"the viewer does not read the private Philips scale factors in implicit VR ({share})"
        )
    elif without_both:
        reason = f"{factor} or (7053,1009) is missing in {share}"
    else:
        reason = f"{factor} is missing in {share}: the viewer takes all or none"
    yield _failure(FailureCode.SUV_NO_COUNT_FACTORS, f"Units is CNTS, and {reason}", odd)


def _has_odd_sex(image: _PetImage) -> bool:
    sex = image.get("PatientSex")
    # A sex without value is null from a server, and passes; out of a file it is a text, and fails.
    return image.size is not None and sex not in {ABSENT, None, "M", "F"}


# The factor, once nothing fails.


def _factors(images: Sequence[_PetImage]) -> tuple[float, ...]:
    first = images[0]
    grams = (first.weight or 0.0) * 1000
    elapsed = (_scan_time(images) or 0.0) - (first.injected or 0.0)
    left = _power_of_two(js.quotient(-elapsed, first.half_life or 0.0))
    per_activity = js.quotient(1, (first.dose or 0.0) * left)
    units = first.get("Units")
    if units == "BQML":
        return (per_activity * grams,) * len(images)
    if units == "GML":
        return (1.0,) * len(images)
    if all(image.philips_suv for image in images):
        return tuple(image.philips_suv or 0.0 for image in images)
    return tuple((image.philips_activity or 0.0) * per_activity * grams for image in images)


def _power_of_two(exponent: float) -> float:
    try:
        return math.pow(2, exponent)
    except OverflowError:
        return math.inf


def _scan_time(images: Sequence[_PetImage]) -> float | None:
    """Return the series' time, unless an acquisition is earlier; None where one is unknown.

    GE's private (0009,100D) is meant to come before the acquisition's, but the viewer looks for it
    by a name that its parser never gives.
    """
    times = [images[0].started, *(image.acquired for image in images)]
    known = [time for time in times if time is not None]
    return min(known) if len(known) == len(times) else None
