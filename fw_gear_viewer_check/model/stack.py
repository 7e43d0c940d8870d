"""The images of a series as a stack in space: positions, orientations, gaps, repeated positions.

Worked out once per series, and shared by the requirements and the report's pictures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import median_high

from fw_gear_viewer_check.model import geometry
from fw_gear_viewer_check.model.data_set import written
from fw_gear_viewer_check.model.dictionary import blank_of
from fw_gear_viewer_check.model.instance import Frame, Instance
from fw_gear_viewer_check.model.series import Series

RECONSTRUCTIONS = ("ImageType", "ConvolutionKernel", "KVP", "ReconstructionDiameter")
"""Attributes of images that were made from one scan in several ways."""

DIMENSIONS = (
    *(
        "FrameOfReferenceUID",
        "TemporalPositionIdentifier",
        "DiffusionBValue",
        "(2001,1003)",
        "(0019,100C)",
    ),
    *("(0043,1039)", "TriggerTime", "NominalPercentageOfCardiacPhase", "EchoTime", "EchoNumbers"),
    *("FrameReferenceTime", "InversionTime", "FlipAngle", "TemporalPositionIndex"),
    *(*RECONSTRUCTIONS, "AcquisitionNumber", "AcquisitionTime", "ContentTime"),
)
"""Attributes that may hold one value for each volume, those that say most first."""

FRAME_DIMENSIONS = (
    ("FrameContentSequence", "TemporalPositionIndex"),
    ("MRDiffusionSequence", "DiffusionBValue"),
    ("MREchoSequence", "EffectiveEchoTime"),
    ("CardiacSynchronizationSequence", "NominalCardiacTriggerDelayTime"),
    ("FrameContentSequence", "DimensionIndexValues"),
)
"""Functional group and attribute that may separate frames at one position."""


@dataclass(frozen=True)
class Stack:
    """Frames that have a position, in an order that does not depend on names, and the scan axis.

    ``orientation`` is the middle one of theirs, put in order: a few that differ do not decide.
    """

    frames: tuple[Frame, ...]
    orientation: tuple[float, ...] | None

    @cached_property
    def positions(self) -> tuple[tuple[float, ...], ...]:
        """ImagePositionPatient of each frame, mm, shape (n, 3)."""
        return tuple(frame.position or () for frame in self.frames)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Name of each frame, as :attr:`.series.Series.frame_names`."""
        return tuple(frame.name for frame in self.frames)

    @cached_property
    def distances_along_normal(self) -> tuple[float, ...]:
        """Distance of each frame along the scan axis, mm; () without an orientation."""
        if self.orientation is None or not self.frames:
            return ()
        return tuple(geometry.distances(self.positions, self.orientation).tolist())

    @cached_property
    def has_extent(self) -> bool:
        """True when the frames do not all lie in one plane."""
        heights = self.distances_along_normal
        return bool(heights) and max(heights) - min(heights) > geometry.LEAST_EXTENT_MM

    def is_parallel(self, tolerance: float) -> bool:
        """Return True when all frames that have an orientation have the same."""
        found = dict.fromkeys(o for frame in self.frames if (o := frame.orientation) is not None)
        return geometry.count_unlike(list(found), tolerance) <= 1

    def is_flat(self, tolerance: float) -> bool:
        """Return True for parallel frames in one plane: of others there is no one scan axis."""
        is_seen = bool(self.distances_along_normal)
        return is_seen and not self.has_extent and self.is_parallel(tolerance)

    @cached_property
    def frames_by_position(self) -> tuple[tuple[int, ...], ...]:
        """Indices of the frames at each position, in order along the scan axis.

        How near two frames have one position, :func:`.geometry.same_position_mm` says.
        """
        heights = self.distances_along_normal or tuple(p[2] for p in self.positions)
        return tuple(geometry.grouped_by_position(self.positions, heights))

    @cached_property
    def images_per_position(self) -> int:
        """Most frequent number of frames at a position; 0 without frames."""
        counts = Counter(len(group) for group in self.frames_by_position)
        return counts.most_common(1)[0][0] if counts else 0

    @cached_property
    def is_four_d(self) -> bool:
        """True when most positions hold several frames."""
        repeated = sum(len(group) > 1 for group in self.frames_by_position)
        return 2 * repeated > len(self.frames_by_position)

    def spacing(self, tolerance: float) -> geometry.Spacing | None:
        """Judge the gaps; of a 4D series, those between its positions. None for fewer than 3.

        ``order`` of the result points into :attr:`frames`.
        """
        chosen: Sequence[int] = range(len(self.frames))
        if self.is_four_d:
            chosen = [group[0] for group in self.frames_by_position]
        if len(chosen) < FEWEST_FOR_SPACING or not self.distances_along_normal:
            return None
        distances = [self.distances_along_normal[n] for n in chosen]
        positions = [self.positions[n] for n in chosen]
        found = geometry.spacing(distances, positions, tolerance)
        return replace(found, order=tuple(chosen[n] for n in found.order))

    @cached_property
    def splits_by(self) -> str:
        """Attribute that separates the frames at each position; "" when none does."""
        if not self.frames:
            return ""
        if self.frames[0].instance.is_multi_frame:
            for sequence, keyword in FRAME_DIMENSIONS:
                if self._tells_apart([f.group(sequence).get(keyword) for f in self.frames]):
                    return keyword
            return ""
        for keyword in DIMENSIONS:
            lacking = blank_of(keyword)
            if self._tells_apart([f.instance.data.get(keyword, lacking) for f in self.frames]):
                return keyword
        return ""

    def _tells_apart(self, values: list[object]) -> bool:
        """Return True when every position has the same values, each of them once.

        Times that go on from slice to slice differ at each position too, and split nothing.
        """
        texts = written(values)
        first, *others = [sorted(texts[n] for n in group) for group in self.frames_by_position]
        return len(set(first)) == len(first) and all(found == first for found in others)


FEWEST_FOR_SPACING = 3
"""Two images have one gap: there is nothing to compare it with."""


def stack_of(series: Series) -> Stack:
    """Return the volume of the series' frames (kept as long as the series is)."""
    return series.once(_stack_of)


def _stack_of(series: Series) -> Stack:
    return stack_of_frames(series.frames)


def stack_of_frames(frames: Iterable[Frame]) -> Stack:
    """Return the volume of those frames that have a position."""
    placed = [(p, f.orientation, f) for f in frames if (p := f.position) is not None]
    placed.sort(key=lambda one: (one[0], one[1] or ()))
    oriented = [o for _, o, _ in placed if o is not None and geometry.is_plane(o)]
    return Stack(
        tuple(frame for _, _, frame in placed), median_high(oriented) if oriented else None
    )


def lacks_own_positions(instance: Instance) -> bool:
    """Return True for a multi-frame image whose frames have one position between them."""
    if not instance.is_multi_frame or any(
        "PlanePositionSequence" in groups for groups in instance.frame_groups
    ):
        return False
    shared = instance.shared_groups.first_item("PlanePositionSequence")
    return not (
        instance.data.problem("ImagePositionPatient") and shared.problem("ImagePositionPatient")
    )


MOSAIC = ("ImageType", "(0019,0010)", "(0019,100A)")
"""Where it says that an image is a mosaic: its type, or Siemens' private number of tiles."""


def is_mosaic(instance: Instance) -> bool:
    """Return True for a Siemens mosaic: one image with all slices of a volume as tiles."""
    data = instance.data
    if "MOSAIC" in data.texts("ImageType"):
        return True
    is_siemens = data.text("(0019,0010)").startswith("SIEMENS MR HEADER")
    return is_siemens and (data.number("(0019,100A)") or 0) > 1
