"""What goes wrong in the viewer: every way in which it drops, stops or disables something."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self, TypeAlias


class Effect(StrEnum):
    """What a user meets."""

    DROPPED_SILENTLY = "dropped_silently"
    """The series, or the rest of it, is not listed, and no message says so."""
    SOME_DROPPED = "some_dropped"
    """Some images are left out, and no message says so."""
    ERROR_PAGE = "error_page"
    """The viewer's error page stands in place of everything."""
    UNSUPPORTED = "unsupported"
    """It is listed as unsupported, without an image."""
    NOT_DRAWN = "not_drawn"
    """It is listed, and its pixels are not drawn."""
    NO_MPR = "no_mpr"
    """The images are shown, multi-planar reconstruction is not offered."""
    MPR_BLACK = "mpr_black"
    """Multi-planar reconstruction is offered, and black until another window is chosen."""
    BLACK_AT_FIRST = "black_at_first"
    """It opens, and is black until another window is chosen."""
    NOT_LOADED = "not_loaded"
    """A segmentation or structure set that is listed and cannot be laid over its images."""
    NO_SUV = "no_suv"
    """The PET images are shown, but not in SUV."""


class FailureCode(StrEnum):
    """The cause of a failure, and its effect."""

    effect: Effect

    def __new__(cls, value: str, effect: Effect) -> Self:
        """Make a code of its text and its effect."""
        code = str.__new__(cls, value)
        code._value_ = value
        code.effect = effect
        return code

    NO_INSTANCE = "no-instance", Effect.DROPPED_SILENTLY
    NO_STUDY_OR_SERIES = "no-study-or-series", Effect.DROPPED_SILENTLY
    POSITION_IN_SOME = "position-in-some", Effect.DROPPED_SILENTLY
    SPACING_SINGLE_VALUE = "spacing-single-value", Effect.DROPPED_SILENTLY
    ORIENTATION_SINGLE_VALUE = "orientation-single-value", Effect.DROPPED_SILENTLY
    NO_MODALITY = "no-modality", Effect.DROPPED_SILENTLY
    DETECTOR_WITHOUT_ITEM = "detector-without-item", Effect.DROPPED_SILENTLY
    DETECTOR_WITHOUT_POSITION = "detector-without-position", Effect.DROPPED_SILENTLY
    EMPTY_ITEM = "empty-item", Effect.DROPPED_SILENTLY
    UNDER_SEVERAL_PATIENTS = "under-several-patients", Effect.DROPPED_SILENTLY
    BROKEN_REFERENCE = "broken-reference", Effect.DROPPED_SILENTLY

    COPIES = "copies", Effect.SOME_DROPPED
    NO_FILE_META = "no-file-meta", Effect.SOME_DROPPED
    ENCODED_OTHERWISE = "encoded-otherwise", Effect.SOME_DROPPED
    ONLY_LAST_DRAWN = "only-last-drawn", Effect.SOME_DROPPED
    CHARACTER_SET = "character-set", Effect.SOME_DROPPED

    NO_STUDY_OR_SERIES_IN_SOME = "no-study-or-series-in-some", Effect.ERROR_PAGE
    STUDY_NOT_FOUND = "study-not-found", Effect.ERROR_PAGE
    NOT_ASKED_FOR = "not-asked-for", Effect.ERROR_PAGE
    MODALITY_BLANK = "modality-blank", Effect.ERROR_PAGE
    POSITION_DAMAGED = "position-damaged", Effect.ERROR_PAGE
    NO_CONCEPT_NAME = "no-concept-name", Effect.ERROR_PAGE
    NO_REFERENCE_IMAGES = "no-reference-images", Effect.ERROR_PAGE

    NO_HANDLER = "no-handler", Effect.UNSUPPORTED
    NO_SOP_CLASS = "no-sop-class", Effect.UNSUPPORTED
    NO_REFERENCE = "no-reference", Effect.UNSUPPORTED
    SEVERAL_FRAMES_OF_REFERENCE = "several-frames-of-reference", Effect.UNSUPPORTED

    SYNTAX_NOT_NAMED = "syntax-not-named", Effect.NOT_DRAWN
    NOT_DECODED = "not-decoded", Effect.NOT_DRAWN
    CODED_OTHERWISE = "coded-otherwise", Effect.NOT_DRAWN
    FRAME_CUT = "frame-cut", Effect.NOT_DRAWN
    NO_FRAME_COUNT = "no-frame-count", Effect.NOT_DRAWN
    NO_COLOUR_TABLES = "no-colour-tables", Effect.NOT_DRAWN
    COLOURS_SHARED = "colours-shared", Effect.NOT_DRAWN
    STILL_AS_VIDEO = "still-as-video", Effect.NOT_DRAWN
    FOUR_D_BLACK = "four-d-black", Effect.NOT_DRAWN
    NO_PLANE = "no-plane", Effect.NOT_DRAWN
    SUV_INFINITE = "suv-infinite", Effect.NOT_DRAWN

    TOO_LARGE = "too-large", Effect.NO_MPR
    SINGLE_IMAGE = "single-image", Effect.NO_MPR
    NO_POSITION = "no-position", Effect.NO_MPR
    NO_ORIENTATION = "no-orientation", Effect.NO_MPR
    NO_PIXEL_MEASURES = "no-pixel-measures", Effect.NO_MPR
    NOT_RECONSTRUCTED_NM = "not-reconstructed-nm", Effect.NO_MPR
    SIZE_MISSING = "size-missing", Effect.NO_MPR
    SIZES_DIFFER = "sizes-differ", Effect.NO_MPR
    ORIENTATIONS_DIFFER = "orientations-differ", Effect.NO_MPR
    IRREGULAR_SPACING = "irregular-spacing", Effect.NO_MPR

    WINDOW_OF_ACTIVITY = "window-of-activity", Effect.MPR_BLACK
    FOUR_D_WINDOW = "four-d-window", Effect.BLACK_AT_FIRST

    SEG_NO_SHARED_MEASURES = "seg-no-shared-measures", Effect.NOT_LOADED
    SEG_NO_ORIENTATION = "seg-no-orientation", Effect.NOT_LOADED
    SEG_NO_SEGMENTS = "seg-no-segments", Effect.NOT_LOADED
    SEG_NO_FRAMES = "seg-no-frames", Effect.NOT_LOADED
    SEG_FRACTIONAL = "seg-fractional", Effect.NOT_LOADED
    RT_UNKNOWN_STRUCTURE = "rt-unknown-structure", Effect.NOT_LOADED
    RT_STRUCTURE_TWICE = "rt-structure-twice", Effect.NOT_LOADED
    RT_NO_CONTOURS = "rt-no-contours", Effect.NOT_LOADED
    RT_CONTOUR_WITHOUT_POINTS = "rt-contour-without-points", Effect.NOT_LOADED
    RT_COLOUR_SINGLE_VALUE = "rt-colour-single-value", Effect.NOT_LOADED

    SUV_ATTRIBUTE_MISSING = "suv-attribute-missing", Effect.NO_SUV
    SUV_NOT_CORRECTED = "suv-not-corrected", Effect.NO_SUV
    SUV_ATTRIBUTES_DIFFER = "suv-attributes-differ", Effect.NO_SUV
    SUV_TIME_UNREADABLE = "suv-time-unreadable", Effect.NO_SUV
    SUV_SCAN_BEFORE_INJECTION = "suv-scan-before-injection", Effect.NO_SUV
    SUV_UNITS = "suv-units", Effect.NO_SUV
    SUV_NO_COUNT_FACTORS = "suv-no-count-factors", Effect.NO_SUV
    SUV_SEX_BESIDE_SIZE = "suv-sex-beside-size", Effect.NO_SUV
    SUV_FACTOR_UNUSABLE = "suv-factor-unusable", Effect.NO_SUV


@dataclass(frozen=True, slots=True)
class Failure:
    """One way in which the viewer fails; ``instances`` names those that cause it."""

    code: FailureCode
    reason: str
    """In words, with numbers, and without any value that may identify a patient."""
    instances: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """The numbers and names that the reason is made of."""
    is_not_sent: bool = False
    """A server sends nothing of the series: none of it is listed, whatever else the code means."""

    @property
    def effect(self) -> Effect:
        """What a user meets."""
        return Effect.DROPPED_SILENTLY if self.is_not_sent else self.code.effect


Cause: TypeAlias = tuple[FailureCode, str]
"""Why one instance fails: code and reason."""


class ViewerError(Exception):
    """An exception of the viewer itself: it ends the building of the display set."""

    def __init__(self, code: FailureCode, reason: str, instances: Iterable[str] = ()) -> None:
        super().__init__(reason)
        self.failure = Failure(code, reason, tuple(instances))
