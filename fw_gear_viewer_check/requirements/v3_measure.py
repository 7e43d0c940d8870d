"""Tags required for measurements in mm."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from math import inf

from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.data_set import DataSet
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.requirements import repairs, scopes
from fw_gear_viewer_check.requirements.checks import Problem, failed, judged_by, lack, passed
from fw_gear_viewer_check.requirements.splitting import of_geometry
from fw_gear_viewer_check.requirements.types import (
    Capability,
    Finding,
    Level,
    RepairTable,
    Requirement,
)

_REGIONS = "SequenceOfUltrasoundRegions"

_CENTIMETRES = 3
"""PhysicalUnitsXDirection and PhysicalUnitsYDirection: cm (PS3.3 C.8.5.5.1.15)."""
_MEASURED = frozenset({1, 2, 3, 4})
"""RegionDataType in which the viewer measures lengths: tissue, and colours of flow in it."""
_CURVES = frozenset({(4, 3), (4, 7)})
"""Units of regions that the viewer takes whatever their type: cm or cm/s over seconds."""
_PLACE = (
    "RegionLocationMinX0",
    "RegionLocationMinY0",
    "RegionLocationMaxX1",
    "RegionLocationMaxY1",
)
_MOST_BEFORE = 50
"""Regions looked at for one that hides a later one: scanners write a few, a broken file 100,000."""

_Place = tuple[float, float, float, float]
"""First and last pixel of a region: left, top, right, bottom."""

_OTHER_SPACINGS = {
    "ImagerPixelSpacing": "only ImagerPixelSpacing, the distance on the detector",
    "NominalScannedPixelSpacing": "only NominalScannedPixelSpacing, the distance on the film",
}
_MEASURES_ALL_THE_SAME = "; the open-source viewer measures with it"


def has_spacing(series: Series) -> Finding:
    """MEA-101: PixelSpacing where the viewer reads it."""
    return judged_by(series, _spacing_problem, "PixelSpacing", "PixelSpacing is present")


def _spacing_problem(instance: Instance) -> Problem | None:
    problem = lack(instance.data, "PixelSpacing")
    if not problem:
        return None
    groups = [f.group("PixelMeasuresSequence") for f in instance.frames()]
    in_groups = [lack(group, "PixelSpacing") for group in groups]
    if not any(in_groups):
        return None
    # What is there and cannot be used is not to be called absent.
    problem = next((p for p in (problem, *in_groups) if p and p.code != "absent"), problem)
    other = next((text for k, text in _OTHER_SPACINGS.items() if not instance.data.problem(k)), "")
    is_projection = instance.sop_class_uid in sop_classes.PROJECTION
    if is_projection and not instance.data.problem("ImagerPixelSpacing"):
        other += _MEASURES_ALL_THE_SAME
    return Problem("other-spacing-only", f"{problem} ({other})") if other else problem


def has_region_in_cm(series: Series) -> Finding:
    """MEA-201: an ultrasound region with a scale in cm."""
    return judged_by(
        series,
        _region_problem,
        _REGIONS,
        "an ultrasound region with a scale in cm",
    )


def _region_problem(instance: Instance) -> Problem | None:
    problem = lack(instance.data, _REGIONS)
    if problem:
        if lack(instance.data, "PixelSpacing"):
            return problem
        text = f"{problem} (PixelSpacing is present{_MEASURES_ALL_THE_SAME})"
        return Problem("other-spacing-only", text)
    return _scale_problem(instance)


def _scale_problem(instance: Instance) -> Problem | None:
    regions = list(filter(_has_scale, instance.data.items_of(_REGIONS)))
    if not regions:
        return Problem("no-scale", "without a scale (PhysicalDeltaX, PhysicalDeltaY)")
    regions = list(filter(_is_in_cm, regions))
    if not regions:
        return Problem("not-in-cm", "without a region in cm")
    regions = list(filter(_is_measured, regions))
    if not regions:
        return Problem("other-data-type", "without a region in cm of RegionDataType 1 to 4")
    if not any(_place(region, instance) for region in regions):
        text = "without a region in cm that has a place in the image (RegionLocationMinX0)"
        return Problem("no-place", text)
    if not any(_measures_in_cm(region) for region in _seen(instance)):
        return Problem("hidden", "without a region in cm that no region before it covers")
    return None


def _seen(instance: Instance) -> Iterator[DataSet]:
    """Yield the regions that are measured in: the viewer takes the first that holds the points."""
    before: list[_Place] = []
    for region in instance.data.items_of(_REGIONS):
        place = _place(region, instance) if _is_measured(region) else None
        if place and not any(_covers(other, place) for other in before):
            yield region
            if len(before) < _MOST_BEFORE:
                before.append(place)


def _place(region: DataSet, instance: Instance) -> _Place | None:
    """Return the part of the image that the region holds; None where that is no area."""
    if any(lack(region, keyword) for keyword in _PLACE):
        return None
    left, top, right, bottom = (region.number(keyword) or 0 for keyword in _PLACE)
    right = min(right, (instance.data.number("Columns") or inf) - 1)
    bottom = min(bottom, (instance.data.number("Rows") or inf) - 1)
    return (left, top, right, bottom) if left < right and top < bottom else None


def _covers(one: _Place, other: _Place) -> bool:
    starts_before = one[0] <= other[0] and one[1] <= other[1]
    return starts_before and one[2] >= other[2] and one[3] >= other[3]


def _is_measured(region: DataSet) -> bool:
    return region.number("RegionDataType") in _MEASURED or _units(region) in _CURVES


def _measures_in_cm(region: DataSet) -> bool:
    return _is_in_cm(region) and _has_scale(region)


def _has_scale(region: DataSet) -> bool:
    return bool(region.number("PhysicalDeltaX") and region.number("PhysicalDeltaY"))


def _is_in_cm(region: DataSet) -> bool:
    return _units(region) == (_CENTIMETRES, _CENTIMETRES)


def _units(region: DataSet) -> tuple[float | None, float | None]:
    return region.number("PhysicalUnitsXDirection"), region.number("PhysicalUnitsYDirection")


def one_scale(series: Series) -> Finding:
    """MEA-291: one scale in all calibrated regions of all images."""
    scales = [_scales(instance) for instance in series.instances]
    checked = len(scales)
    several = [i.name for i, s in zip(series.instances, scales, strict=True) if len(s) > 1]
    most = max(map(len, scales))
    if several:
        evidence = f"regions with {most} different scales in one image"
        return failed(evidence, several, checked, "scales-in-image", scales=most)
    found = len(set(scales))
    if found > 1:
        odd = [i.name for i, s in zip(series.instances, scales, strict=True) if s != scales[0]]
        evidence = f"{found} different scales among the images"
        return failed(evidence, odd, checked, "scales-of-images", scales=found)
    return passed("all regions have the same scale", checked)


def _scales(instance: Instance) -> frozenset[tuple[float | None, float | None]]:
    """Return PhysicalDeltaX and PhysicalDeltaY of the regions that are measured in."""
    return frozenset(
        (region.number("PhysicalDeltaX"), region.number("PhysicalDeltaY"))
        for region in _seen(instance)
        if _measures_in_cm(region)
    )


_row = partial(Requirement, capability=Capability.V3_MEASURE, repair=repairs.ASK_SOURCE)

MEASUREMENTS = (
    _row(
        id="MEA-101",
        source="DICOM tags required for measurements",
        scope=scopes.MEASURED,
        title="PixelSpacing",
        statement="Every image has a PixelSpacing of two numbers above zero: the distances between "
        "pixels in the patient, in mm.",
        why="Without it the viewer measures in pixels.",
        repair=RepairTable(
            of_geometry,
            {
                "scan": repairs.ASK_GEOMETRY,
                "other": repairs.CALIBRATE,
                "nm": repairs.ASK_GEOMETRY,
                "dose": repairs.ASK_GEOMETRY,
            },
        ),
        if_mixed=repairs.SPLIT_BY_CLASS,
        check=has_spacing,
        reads=("PixelSpacing",),
    ),
    _row(
        id="MEA-201",
        source="Ultrasound data",
        scope=scopes.ULTRASOUND,
        title="Ultrasound regions with a scale",
        cause="no calibrated ultrasound regions",
        statement="Every ultrasound image has a region in SequenceOfUltrasoundRegions that gives "
        "the scale in cm, shows tissue or colour flow (RegionDataType 1 to 4), and has a place in "
        "the image that no region in other units before it covers.",
        why="The scale of an ultrasound image is in these regions. Without one the viewer measures "
        "in pixels.",
        repair=repairs.CALIBRATE_ULTRASOUND,
        check=has_region_in_cm,
        reads=(
            f"{_REGIONS}.PhysicalDeltaX",
            f"{_REGIONS}.PhysicalDeltaY",
            f"{_REGIONS}.RegionDataType",
            f"{_REGIONS}.PhysicalUnitsXDirection",
            f"{_REGIONS}.PhysicalUnitsYDirection",
            *(f"{_REGIONS}.{keyword}" for keyword in _PLACE),
            *("Rows", "Columns"),
        ),
    ),
    _row(
        id="MEA-291",
        source="viewer (OHIF 3.13)",
        level=Level.NOTE,
        scope=scopes.ULTRASOUND,
        title="Same scale in all ultrasound regions",
        cause="several scales in one image",
        statement="All calibrated regions of an ultrasound series have the same scale.",
        why="The viewer measures with the scale of the region, so lines of equal length on the "
        "screen can differ in mm.",
        repair=repairs.MIND_REGIONS,
        check=one_scale,
        reads=(f"{_REGIONS}.PhysicalDeltaX", f"{_REGIONS}.PhysicalDeltaY"),
        requires=("MEA-201",),
    ),
)
