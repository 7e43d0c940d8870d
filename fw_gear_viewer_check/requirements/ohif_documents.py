"""What a document or a slide needs to be shown; the page speaks of images in stacks."""

from __future__ import annotations

from collections.abc import Iterator

from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.data_set import DataSet
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.requirements import repairs, scopes
from fw_gear_viewer_check.requirements.checks import Problem, judged_by, lack
from fw_gear_viewer_check.requirements.types import Capability, Finding, Requirement

_WAVEFORMS = "WaveformSequence"
_OF_A_WAVEFORM = ("WaveformData", "NumberOfWaveformSamples", "SamplingFrequency")
_CONTENT = (
    (sop_classes.PDF, "EncapsulatedDocument"),
    (sop_classes.ECG, _WAVEFORMS),
    (sop_classes.SR, "ContentSequence"),
)
"""What each class of documents has its content in. It may be long: of most it is not read."""


def has_content(series: Series) -> Finding:
    """V3-292: something to show, whatever it says."""

    def problem_of(instance: Instance) -> Problem | None:
        keyword = next(keyword for uids, keyword in _CONTENT if instance.sop_class_uid in uids)
        places = [(instance.data, keyword)]
        if keyword == _WAVEFORMS:
            item = instance.data.first_item(keyword)
            places += [(item, inner) for inner in _OF_A_WAVEFORM]
        for data, name in places:
            problem = data.problem(name)
            if problem in _MISSING:
                return Problem(problem, f"{problem} ({name})")
        return None

    return judged_by(series, problem_of, "the content", "the document has content")


_MISSING = frozenset({"absent", "blank"})


def has_what_a_slide_needs(series: Series) -> Finding:
    """V3-297: where its parts lie, and how they were lit (PS3.3 C.8.12.4, C.8.12.5)."""

    def problem_of(instance: Instance) -> Problem | None:
        for place, keyword, otherwise in _asked_of(instance):
            problem = lack(place, keyword)
            if problem:
                return Problem(problem.code, f"{problem.code} ({keyword}{otherwise})")
        if _is_tiled(instance) and instance.data.text(_COLOURS).startswith("MONOCHROME"):
            return Problem("monochrome", f"of a colour slide only ({_COLOURS})")
        return None

    return judged_by(series, problem_of, "an attribute", "the slide has what is asked for")


def _asked_of(instance: Instance) -> Iterator[tuple[DataSet, str, str]]:
    """Yield where each attribute has to be, and what may be instead."""
    data = instance.data
    yield from ((data, keyword, "") for keyword in _OF_A_SLIDE)
    if _is_tiled(instance):
        for path in data.items_of("OpticalPathSequence"):
            yield path, "IlluminationTypeCodeSequence", ""
        if data.text("DimensionOrganizationType") != "TILED_FULL":
            yield data, "PerFrameFunctionalGroupsSequence", ", or TILED_FULL"


def _is_tiled(instance: Instance) -> bool:
    """Return False for what is beside a slide: the viewer shows it as a picture."""
    return not {"LABEL", "OVERVIEW"} & set(instance.data.texts("ImageType"))


_COLOURS = "PhotometricInterpretation"
_OF_A_SLIDE = (
    *("ImageType", "TotalPixelMatrixColumns", "TotalPixelMatrixRows", "ImageOrientationSlide"),
    *("TotalPixelMatrixOriginSequence", "OpticalPathSequence", "SharedFunctionalGroupsSequence"),
)

SEEN_IN_VIEWER = (
    Requirement(
        id="V3-292",
        capability=Capability.V3_OPEN,
        source="viewer (OHIF 3.13)",
        scope=scopes.DOCUMENTS,
        title="Content of a document",
        cause="nothing in it to show",
        statement="A PDF object has its document (EncapsulatedDocument), an ECG its waveforms "
        "(WaveformSequence, with WaveformData, NumberOfWaveformSamples and SamplingFrequency), a "
        "structured report its text (ContentSequence).",
        why="Without its content the viewer lists a document but shows nothing of it. "
        "De-identification may have removed it.",
        repair=repairs.ASK_SOURCE,
        check=has_content,
        reads=(
            *("EncapsulatedDocument", "ContentSequence"),
            *(f"{_WAVEFORMS}.{keyword}" for keyword in _OF_A_WAVEFORM),
        ),
    ),
    Requirement(
        id="V3-297",
        capability=Capability.V3_OPEN,
        source="viewer (OHIF 3.13)",
        scope=scopes.SLIDES,
        title="What a slide needs",
        cause="attributes of the slide missing",
        statement="Every whole-slide image has ImageType, the size and origin of its total pixel "
        "matrix, ImageOrientationSlide, OpticalPathSequence and shared functional groups. But for "
        "its label and overview, each optical path has an IlluminationTypeCodeSequence, tiles have "
        "functional groups of their own unless they are TILED_FULL, and they are in colour.",
        why="The viewer puts the tiles of a slide together by these. Without one it shows nothing, "
        "or that something went wrong; slides of grey tiles (fluorescence) stay black.",
        repair=repairs.ASK_SOURCE,
        check=has_what_a_slide_needs,
        reads=(
            *_OF_A_SLIDE,
            "OpticalPathSequence.IlluminationTypeCodeSequence",
            *("DimensionOrganizationType", "PhotometricInterpretation"),
            "PerFrameFunctionalGroupsSequence",
        ),
    ),
)
