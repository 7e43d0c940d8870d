"""What an image needs, beside its pixels, to be drawn and not left black."""

from __future__ import annotations

from functools import partial

from fw_gear_viewer_check.dicom.values import HUGE, INFINITE
from fw_gear_viewer_check.model.data_set import DataSet
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.ohif.failures import FailureCode
from fw_gear_viewer_check.requirements import repairs, scopes
from fw_gear_viewer_check.requirements.checks import Problem, judged_by
from fw_gear_viewer_check.requirements.ohif_failures import NoFailure, window_fits
from fw_gear_viewer_check.requirements.types import Capability, Finding, Level, Requirement


def no_function_beside_window(series: Series) -> Finding:
    """V3-295: no VOILUTFunction (PS3.3 C.11.2.1.3) that the latest viewer stumbles over."""

    def problem_of(instance: Instance) -> Problem | None:
        data = instance.data
        has_window = {"WindowCenter", "WindowWidth"} <= data.keys()
        # Frames have theirs together with their window; of the first one tells.
        groups = (instance.shared_groups, *instance.frame_groups[:1])
        named = [group.first_item("FrameVOILUTSequence") for group in groups] + [data] * has_window
        if any(one.get("VOILUTFunction") for one in named):
            return Problem("beside-window", "beside a window")
        return None

    return judged_by(series, problem_of, "VOILUTFunction", "no VOILUTFunction beside a window")


def drawn_by(series: Series) -> Finding:
    """V3-296: what the pixels are drawn by (PS3.3 C.7.6.3, C.11.1, C.11.2) makes sense."""
    return judged_by(series, _nonsense, "pixels", "what pixels are drawn by makes sense")


def _nonsense(instance: Instance) -> Problem | None:
    data = instance.data
    allocated, stored = data.number("BitsAllocated"), data.number("BitsStored")
    if allocated and stored and (stored > allocated or allocated > stored == 1):
        relation = "above BitsAllocated" if stored > 1 else "1, and BitsAllocated is not"
        return Problem("bits-stored", f"BitsStored is {relation}")
    samples = data.get("SamplesPerPixel", 1)
    if samples == 0 or isinstance(samples, tuple):
        return Problem("samples", "SamplesPerPixel is 0, or several numbers")
    if samples == 4 and data.get("PhotometricInterpretation") == "RGB":
        return Problem("samples", "SamplesPerPixel is 4, and the colours are called RGB")
    if samples != 1 and (data.number("PlanarConfiguration") or 0) not in {0, 1}:
        return Problem("planes", "PlanarConfiguration is neither 0 nor 1")
    is_native = instance.pixel_data is not None and instance.pixel_data.length is not None
    if samples == 1 and is_native and data.get("PhotometricInterpretation") in _OF_JPEG_2000:
        return Problem("one-sample", "one sample a pixel, called YBR_ICT or YBR_RCT")
    groups = (instance.shared_groups, *instance.frame_groups)
    named = [one.first_item(sequence) for one in groups for sequence in _TRANSFORMATIONS]
    # A stack of PET opens with a window of the viewer's own.
    has_own_window = data.text("Modality") == "PT"
    checks = (_beyond_drawing,) if has_own_window else (_beyond_drawing, _nothing_in_window)
    found = (check(one) for check in checks for one in (data, *named))
    return next(filter(None, found), None) or _nonsense_of_values(data)


_TRANSFORMATIONS = ("PixelValueTransformationSequence", "FrameVOILUTSequence")
_OF_JPEG_2000 = {"YBR_ICT", "YBR_RCT"}


def _nothing_in_window(data: DataSet) -> Problem | None:
    """Say that a window is empty; a linear one of less than 1 is, too (PS3.3 C.11.2.1.2)."""
    width, least = data.number("WindowWidth"), 0 if data.get("VOILUTFunction") else 1
    if width is None or data.number("WindowCenter") is None or 0 < width >= least:
        return None
    return Problem("empty-window", f"WindowWidth is {'below 1' if width > 0 else 'not above 0'}")


def _nonsense_of_values(data: DataSet) -> Problem | None:
    """Say what keeps an image from being drawn; in functional groups it is drawn all the same."""
    if data.number("RescaleSlope") == 0:
        return Problem("slope", "RescaleSlope is 0")
    if _blackens_colours(data):
        return Problem("colours", "RescaleIntercept makes all colours black")
    for keyword in ("WindowCenter", "WindowWidth"):
        value = data.get(keyword)
        if isinstance(value, tuple) and None in value:
            return Problem("window", f"{keyword} has a blank value beside another")
    return None


def _blackens_colours(data: DataSet) -> bool:
    """Return whether the brightest colour is black: the viewer rescales colours, too."""
    if (data.number("SamplesPerPixel") or 1) == 1 or data.number("WindowWidth") is not None:
        return False
    brightest = 2 ** min(data.number("BitsStored") or 8, 32) - 1
    slope, intercept = data.number("RescaleSlope"), data.number("RescaleIntercept") or 0
    return brightest * (1 if slope is None else slope) + intercept <= 0


def _beyond_drawing(data: DataSet) -> Problem | None:
    if data.get("RescaleSlope") == HUGE:
        return Problem("slope", "RescaleSlope is beyond single precision")
    for keyword in ("RescaleSlope", "RescaleIntercept", "WindowCenter", "WindowWidth"):
        if data.get(keyword) == INFINITE:
            return Problem("infinite", f"{keyword} is infinite")
    return None


_seen = partial(Requirement, capability=Capability.V3_OPEN, source="viewer (OHIF 3.13)")

SEEN_IN_VIEWER = (
    _seen(
        id="V3-291",
        scope=scopes.IMAGES,
        title="Colours that the viewer draws",
        cause="colour tables missing or too short",
        statement="Every image with the PhotometricInterpretation PALETTE COLOR has the tables of "
        "its colours (RedPaletteColorLookupTableData and those of green and blue) with their "
        "descriptors, as long as these say. No uncompressed image is in YBR_FULL_422 or "
        "YBR_PARTIAL_422.",
        why="Without whole tables the viewer does not draw the image, or shows an error page. Of "
        "pixels that share their colours it takes two samples each for three.",
        repair=repairs.ASK_RGB,
        check=NoFailure(
            (FailureCode.NO_COLOUR_TABLES, FailureCode.COLOURS_SHARED),
            "the viewer draws the colours",
        ),
        reads=(
            "PhotometricInterpretation",
            *(f"{colour}PaletteColorLookupTableData" for colour in ("Red", "Green", "Blue")),
            *(f"{colour}PaletteColorLookupTableDescriptor" for colour in ("Red", "Green", "Blue")),
        ),
    ),
    _seen(
        id="V3-293",
        scope=scopes.IMAGES,
        title="Plane of the image",
        cause="pixel spacing, orientation or position makes no sense",
        statement="Where they have values: PixelSpacing (of X-ray images without it, "
        "ImagerPixelSpacing) is two numbers, not 0 and below 100 m; ImageOrientationPatient two "
        "directions that differ, of a length not near 0; ImagePositionPatient three numbers.",
        why="The viewer does not draw an image whose place it cannot work out: the viewport stays "
        "black, without a message.",
        repair=repairs.ASK_GEOMETRY,
        check=NoFailure((FailureCode.NO_PLANE,), "the values in space give a plane"),
        reads=(
            *("PixelSpacing", "ImagerPixelSpacing"),
            *("ImageOrientationPatient", "ImagePositionPatient"),
            "SharedFunctionalGroupsSequence.PixelMeasuresSequence.PixelSpacing",
            "SharedFunctionalGroupsSequence.PlaneOrientationSequence.ImageOrientationPatient",
            "DetectorInformationSequence.ImageOrientationPatient",
            "DetectorInformationSequence.ImagePositionPatient",
            "SpacingBetweenSlices",
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
    _seen(
        id="V3-295",
        level=Level.NOTE,
        scope=scopes.IMAGES,
        title="No VOILUTFunction beside a window",
        cause="VOILUTFunction, which OHIF 3.13 stumbles over",
        statement="No image has a VOILUTFunction beside its WindowCenter and WindowWidth.",
        why="Release 3.13 of the open-source viewer leaves such an image black, and says that "
        "something went wrong. Releases 3.11 and 3.12 draw it.",
        repair=repairs.REMOVE_FUNCTION,
        check=no_function_beside_window,
        reads=(
            *("VOILUTFunction", "WindowCenter", "WindowWidth"),
            *(
                f"{groups}.FrameVOILUTSequence.VOILUTFunction"
                for groups in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
            ),
        ),
    ),
    _seen(
        id="V3-296",
        scope=scopes.IMAGES,
        title="Sound values for drawing the pixels",
        cause="a value that pixels are drawn by makes no sense",
        statement="Where they have values: BitsStored is not above BitsAllocated, nor 1 where "
        "that is not, SamplesPerPixel is a number above 0 and not 4 of RGB, PlanarConfiguration of "
        "colours 0 or 1, RescaleSlope not 0 and within single precision. No slope, intercept or "
        "window is Infinity, and no uncompressed grey image is in YBR_ICT or YBR_RCT. None of "
        "several WindowCenter or WindowWidth is blank. Except in PET, WindowWidth is at least 1 "
        "(above 0 beside a VOILUTFunction). RescaleIntercept does not make all colours black.",
        why="The viewer gets no frame, or leaves the viewport black.",
        repair=repairs.CONVERT_AGAIN,
        check=drawn_by,
        reads=(
            *("BitsAllocated", "BitsStored", "SamplesPerPixel", "PlanarConfiguration"),
            "PhotometricInterpretation",
            *("RescaleSlope", "RescaleIntercept", "WindowCenter", "WindowWidth"),
            *(
                f"{groups}.{sequence}"
                for groups in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
                for sequence in (
                    "PixelValueTransformationSequence.RescaleSlope",
                    "PixelValueTransformationSequence.RescaleIntercept",
                    "FrameVOILUTSequence.WindowCenter",
                    "FrameVOILUTSequence.WindowWidth",
                )
            ),
        ),
    ),
    _seen(
        id="V3-298",
        scope=scopes.IMAGES,
        title="Still images as such",
        cause="still images taken for a video",
        statement="A Secondary Capture Image, or Multi-frame True Color one, of 90 frames or more, "
        "and a Video Photographic Image, is encoded as MPEG-4 or HEVC.",
        why="The viewer takes it for a video, asks the server for one, and stays black.",
        repair=repairs.AS_VIDEO,
        check=NoFailure((FailureCode.STILL_AS_VIDEO,), "no still image is taken for a video"),
        reads=("SOPClassUID", "NumberOfFrames"),
    ),
    _seen(
        id="V3-299",
        scope=scopes.VOLUMES,
        title="Volumes of a 4D series",
        cause="a 4D series that stays black",
        statement="Where the images of a series make several volumes that the viewer opens as "
        "such, they have a PixelSpacing, and the images of each volume are not in one plane.",
        why="The viewer opens a 4D series as volumes, not as a stack of images: it stays black.",
        repair=repairs.ASK_GEOMETRY,
        check=NoFailure((FailureCode.FOUR_D_BLACK,), "volumes of a 4D series, if any, have a size"),
        reads=("PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient"),
    ),
    _seen(
        id="V3-290",
        level=Level.NOTE,
        scope=scopes.PET_SUV,
        title="A display window that fits a 4D series",
        cause="black until another window is chosen",
        statement="The WindowCenter and WindowWidth of a 4D PET series fit the SUV that the viewer "
        "shows.",
        why="The viewer opens a 4D series as volumes. It applies the window in the images, which "
        "is meant for Bq/ml, to SUV: all is black until the user chooses another window.",
        repair=repairs.CHOOSE_WINDOW,
        check=window_fits(FailureCode.FOUR_D_WINDOW),
        reads=("WindowCenter", "WindowWidth"),
    ),
)
