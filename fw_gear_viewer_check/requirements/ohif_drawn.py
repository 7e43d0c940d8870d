"""What an image needs, beside its pixels, to be drawn and not left black."""

from __future__ import annotations

from functools import partial

from fw_gear_viewer_check.ohif.failures import FailureCode
from fw_gear_viewer_check.requirements import repairs, scopes
from fw_gear_viewer_check.requirements.ohif_failures import NoFailure
from fw_gear_viewer_check.requirements.types import Capability, Requirement

_seen = partial(Requirement, capability=Capability.V3_OPEN, source="viewer (OHIF 3.13)")

SEEN_IN_VIEWER = (
    _seen(
        id="V3-293",
        scope=scopes.IMAGES,
        title="Plane of the image",
        cause="pixel spacing, orientation or position makes no sense",
        statement="Where they have values: PixelSpacing (of X-ray images without it, "
        "ImagerPixelSpacing) is two numbers, not 0 and below 100 m; ImageOrientationPatient two "
        "directions that differ; ImagePositionPatient three numbers.",
        why="The viewer does not draw an image whose place it cannot work out: the viewport stays "
        "black, without a message.",
        repair=repairs.ASK_GEOMETRY,
        check=NoFailure((FailureCode.NO_PLANE,), "the values in space give a plane"),
        reads=(
            *("PixelSpacing", "ImagerPixelSpacing"),
            *("ImageOrientationPatient", "ImagePositionPatient"),
            "SharedFunctionalGroupsSequence.PixelMeasuresSequence.PixelSpacing",
        ),
    ),
    _seen(
        id="V3-294",
        scope=scopes.PET_SUV,
        title="SUV that is not infinite",
        cause="SUV is infinite, which leaves the images black",
        statement="Where the viewer works out an SUV, it is finite: half life and dose are neither "
        "blank nor 0, and the scan is not years from the injection.",
        why="The viewer multiplies the pixels by the factor. Where that is infinite, it draws the "
        "images black, in every window.",
        repair=repairs.ENTER_PET,
        check=NoFailure((FailureCode.SUV_INFINITE,), "no factor is infinite"),
    ),
)
