"""Which data a requirement applies to; each name completes "applies only to ...".

A scope picks instances, because a series may hold an image and a document side by side; where the
page speaks of a modality, the whole series has it.
"""

from __future__ import annotations

from functools import partial

from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.model.stack import FEWEST_FOR_SPACING
from fw_gear_viewer_check.requirements.types import Scope


def _any(_: Instance) -> bool:
    return True


def _is_image(instance: Instance) -> bool:
    return instance.is_image


def _is_segmentation(instance: Instance) -> bool:
    return instance.sop_class_uid in sop_classes.SEG


def _is_fractional(instance: Instance) -> bool:
    return instance.is_fractional


def _is_rtstruct(instance: Instance) -> bool:
    return instance.sop_class_uid in sop_classes.RTSTRUCT


def _is_overlay(instance: Instance) -> bool:
    return _is_segmentation(instance) or _is_rtstruct(instance)


def _is_slide(instance: Instance) -> bool:
    return instance.sop_class_uid in sop_classes.MICROSCOPY


def _is_document(instance: Instance) -> bool:
    return instance.sop_class_uid in sop_classes.PDF | sop_classes.ECG | sop_classes.SR


def _is_ultrasound(instance: Instance) -> bool:
    return instance.is_image and (
        instance.modality in {"US", "IVUS"} or instance.sop_class_uid in sop_classes.ULTRASOUND
    )


def _may_be_volume(instance: Instance) -> bool:
    return (
        instance.is_image
        and not _is_segmentation(instance)
        and (
            instance.modality not in sop_classes.SINGLE_PROJECTION_MODALITIES
            or _is_projection_volume(instance)
        )
    )


def _is_projection_volume(instance: Instance) -> bool:
    """Return True for tomosynthesis, and other multi-frame images whose frames have positions."""
    groups = (*instance.frame_groups[:1], instance.shared_groups)
    return instance.sop_class_uid in sop_classes.TOMOSYNTHESIS or (
        instance.is_multi_frame and any(g.items_of("PlanePositionSequence") for g in groups)
    )


def _is_single_frame(instance: Instance) -> bool:
    return _may_be_volume(instance) and not instance.is_multi_frame


def _is_multi_frame(instance: Instance) -> bool:
    return _may_be_volume(instance) and instance.is_multi_frame


def _is_nm(instance: Instance) -> bool:
    return _may_be_volume(instance) and instance.modality == "NM"


def _is_measured_by_spacing(instance: Instance) -> bool:
    return (
        instance.is_image
        and not _is_segmentation(instance)
        and not _is_ultrasound(instance)
        and not _is_slide(instance)
    )


def _is_pet(instance: Instance) -> bool:
    """Leave out the screenshots, which are PT as their series is: nothing was measured by them."""
    is_of_pet = instance.is_image and instance.modality == "PT"
    is_page = instance.is_screenshot and bool(instance.data.problem("ImagePositionPatient"))
    return is_of_pet and not is_page


SUV_UNITS = ("BQML", "CNTS", "GML")
"""Values of Units that the viewer converts into SUV."""


def units_of(instance: Instance) -> str:
    """Return Units; all of several values, which are none that the viewer knows."""
    return "\\".join(instance.data.texts("Units"))


def _is_suv_or_unit_less_pet(instance: Instance) -> bool:
    return _is_pet(instance) and units_of(instance) in {"", *SUV_UNITS}


def _has_suv_units(series: Series) -> bool:
    return all(units_of(i) in SUV_UNITS for i in series.instances if _is_pet(i))


def _has_pet_in_suv_units(series: Series) -> bool:
    return any(map(_is_pet, series.instances)) and _has_suv_units(series)


def _is_volume_modality(instance: Instance) -> bool:
    return _is_single_frame(instance) and instance.modality in sop_classes.VOLUME_MODALITIES


def _in_container(series: Series) -> bool:
    return series.archive.is_container


def _in_opened_container(series: Series) -> bool:
    return series.archive.is_container and not series.archive.problem


_OF_FILES = partial(Scope, covers=_any, fewest=0, of_archive=True)
ARCHIVE = _OF_FILES("archives and folders", applies=_in_container)
OPENED_ARCHIVE = _OF_FILES("archives and folders that can be opened", applies=_in_opened_container)
ARCHIVED = Scope("DICOM objects in an archive or a folder", _any, applies=_in_opened_container)
FILES = _OF_FILES("every input")
INPUT = Scope("every input", _any, fewest=0)
OBJECTS = Scope("DICOM objects", _any)
IMAGES = Scope("images", _is_image)
_of_volumes = partial(Scope, without_copies=True)
DISTINCT_IMAGES = _of_volumes("images", _is_image)
VOLUMES = _of_volumes("images that can form a volume", _may_be_volume)
SINGLE_FRAME = _of_volumes("single-frame images that can form a volume", _is_single_frame)
SINGLE_FRAME_STACK = _of_volumes(
    "three or more single-frame images that can form a volume",
    _is_single_frame,
    fewest=FEWEST_FOR_SPACING,
)
MULTI_FRAME = _of_volumes("multi-frame images that can form a volume", _is_multi_frame)
NM = _of_volumes("NM images", _is_nm)
VOLUME_MODALITIES = Scope("single-frame CT, MR, NM and PT images", _is_volume_modality)
OVERLAYS = Scope("DICOM SEG and RTSTRUCT", _is_overlay)
SEG = Scope("DICOM SEG", _is_segmentation)
FRACTIONAL = Scope("fractional segmentations", _is_fractional)
RTSTRUCT = Scope("DICOM RTSTRUCT", _is_rtstruct)
SLIDES = Scope("whole-slide images", _is_slide)
DOCUMENTS = Scope("PDF documents, ECGs and structured reports", _is_document)
MEASURED = Scope("images that are measured by pixel spacing", _is_measured_by_spacing)
ULTRASOUND = Scope("ultrasound images", _is_ultrasound)
PET = Scope("PET images", _is_pet)
PET_SUV = Scope("PET series in BQML, CNTS or GML", _is_pet, applies=_has_suv_units)
WITH_PET_SUV = Scope("series with PET in BQML, CNTS or GML", _any, applies=_has_pet_in_suv_units)
PET_NOT_IN_OTHER_UNITS = Scope("PET images in BQML, CNTS or GML", _is_suv_or_unit_less_pet)
