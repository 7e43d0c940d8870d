"""The instances of one SeriesInstanceUID, and how they are to be judged."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import cast

from fw_gear_viewer_check.model.archive import Archive
from fw_gear_viewer_check.model.instance import Frame, Instance
from fw_gear_viewer_check.model.lookup import Lookup
from fw_gear_viewer_check.model.remembering import Remembering


@dataclass(frozen=True, slots=True)
class Tolerances:
    """What the gear's config lets a site change."""

    orientation: float = 0.01
    """Largest difference of a direction cosine (exclusive)."""
    spacing_mm: float = 0.2
    """Largest deviation of a gap from the average gap, in mm (inclusive)."""
    max_instances: int = 5000
    """Most single images in a series."""


@dataclass(frozen=True, eq=False)
class Series(Remembering):
    """The instances of one SeriesInstanceUID in the input, in order of name.

    An input without readable DICOM makes one series without instances, so that every input is
    judged in the same way.
    """

    series_instance_uid: str = field(repr=False)
    instances: tuple[Instance, ...] = field(repr=False)
    archive: Archive
    lookup: Lookup = field(default_factory=Lookup)
    tolerances: Tolerances = field(default_factory=Tolerances)

    def only(self, covers: Callable[[Instance], bool]) -> Series:
        """Return the series narrowed to the instances that ``covers`` accepts (cached)."""
        if covers not in self._known:
            chosen = tuple(i for i in self.instances if covers(i))
            unchanged = len(chosen) == len(self.instances)
            self._known[covers] = self if unchanged else replace(self, instances=chosen)
        return cast("Series", self._known[covers])

    @cached_property
    def distinct(self) -> Series:
        """The series without true copies, which viewers drop: each image once.

        Copies have all in common that is read of them, and their pixels. Those of two encodings
        cannot be compared, as V3-196 says: viewers show one of these, too.
        """
        counts = Counter(i.sop_instance_uid for i in self.instances)
        known: dict[str, list[_Copies]] = defaultdict(list)
        kept = []
        for instance in self.instances:
            uid = instance.sop_instance_uid
            is_alone = not uid or counts[uid] == 1
            if is_alone or not any(copies.take(instance) for copies in known[uid]):
                kept.append(instance)
                if not is_alone and len(known[uid]) < _MOST_DIFFERENT:
                    known[uid].append(_Copies(instance))
        is_whole = len(kept) == len(self.instances)
        return self if is_whole else replace(self, instances=tuple(kept))

    @cached_property
    def modality(self) -> str:
        """Most frequent Modality, of equals that of a scan; "" when missing."""
        scans = {i.modality for i in self.instances if _is_of_scan(i)}
        return most_common((i.modality for i in self.instances), scans)

    @cached_property
    def sop_class_uid(self) -> str:
        """Most frequent SOPClassUID, of equals that of a scan; "" when missing."""
        scans = {i.sop_class_uid for i in self.instances if _is_of_scan(i)}
        return most_common((i.sop_class_uid for i in self.instances), scans)

    @cached_property
    def frame_count(self) -> int:
        """Number of images: each single-frame image counts one, each multi-frame its frames."""
        return sum(i.number_of_frames for i in self.instances if i.is_image)

    @cached_property
    def frames(self) -> tuple[Frame, ...]:
        """All frames, in order of instances."""
        return tuple(frame for instance in self.instances for frame in instance.frames())

    @cached_property
    def frame_names(self) -> tuple[str, ...]:
        """Their names: of 300,000 they take so much that no two findings have their own."""
        return tuple(frame.name for frame in self.frames)


_MOST_DIFFERENT = 50
"""Different images with one SOPInstanceUID that copies are looked for of: more are all kept."""


class _Copies:
    """An image, and what is known of the pixels of its copies in each encoding."""

    def __init__(self, instance: Instance) -> None:
        self._data, self._pixels = instance.data, {instance.pixel_encoding: _pixels(instance)}

    def take(self, instance: Instance) -> bool:
        """Return True for a copy of the image, and remember its pixels."""
        if instance.data != self._data:
            return False
        pixels = _pixels(instance)
        return self._pixels.setdefault(instance.pixel_encoding, pixels) == pixels


def _pixels(instance: Instance) -> tuple[int | None, bytes | None]:
    length = instance.pixel_data.length if instance.pixel_data else None
    return length, instance.pixel_digest


def _is_of_scan(instance: Instance) -> bool:
    return instance.is_image and not instance.is_screenshot


def most_common(values: Iterable[str], preferred: Container[str] = ()) -> str:
    """Return the most frequent text, of equals a preferred one or the last by alphabet, or ""."""
    counts = Counter(values)
    return max(counts, key=lambda value: (counts[value], value in preferred, value), default="")
