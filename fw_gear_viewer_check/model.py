"""DICOM as the Flywheel page sees it: members, instances, frames, series.

The reader makes these objects, everything else only looks at them; none is ever changed.

An attribute's value is ``None`` when the element is there but blank, a :class:`Damaged` when its
bytes do not make a value of its VR, and else a ``str``, ``int``, ``float``, a tuple of these
(VM > 1), or a tuple of :class:`DataSet` (VR SQ). An absent attribute is not in the mapping.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from fw_gear_viewer_check.other_files import Peers

from fw_gear_viewer_check import sop_classes

VALUES_DUE = {
    "PixelSpacing": 2,
    "ImagerPixelSpacing": 2,
    "NominalScannedPixelSpacing": 2,
    "ImagePositionPatient": 3,
    "ImageOrientationPatient": 6,
}
"""Attributes that hold a fixed number of values other than one (PS3.6, column VM)."""


@dataclass(frozen=True, slots=True)
class Damaged:
    """Bytes that do not make a value of their VR.

    ``reason`` says what is wrong without quoting the value, which may identify a patient.
    """

    reason: str


Scalar: TypeAlias = str | int | float
Value: TypeAlias = "Scalar | tuple[Scalar | None, ...] | tuple[DataSet, ...] | Damaged | None"


class DataSet(dict[str, Value]):
    """Attributes of an instance or of a sequence item, by keyword (PS3.5 section 7)."""

    __slots__ = ()

    def problem(self, keyword: str) -> str:
        """Say why the attribute cannot be used: "absent", "blank" or "damaged (...)"; else ""."""
        value = self.get(keyword)
        if value is None or value == ():
            return "blank" if keyword in self else "absent"
        if isinstance(value, Damaged):
            return f"damaged ({value.reason})"
        due = VALUES_DUE.get(keyword)
        if due is not None and self.numbers(keyword) is None:
            count = len(value) if isinstance(value, tuple) else 1
            return f"damaged ({count} values where {due} numbers are due)"
        return ""

    def text(self, keyword: str) -> str:
        """First value as text; "" when there is none."""
        values = self.texts(keyword)
        return values[0] if values else ""

    def texts(self, keyword: str) -> tuple[str, ...]:
        """All values as text; () when there is none."""
        value = self.get(keyword)
        if value is None or isinstance(value, Damaged):
            return ()
        if isinstance(value, tuple):
            return tuple("" if v is None else str(v) for v in value if not isinstance(v, DataSet))
        return (str(value),)

    def number(self, keyword: str) -> float | None:
        """Value as a number; the first one when there are several; None when there is none."""
        value = self.get(keyword)
        first = value[0] if isinstance(value, tuple) and value else value
        return first if isinstance(first, (int, float)) else None

    def numbers(self, keyword: str) -> tuple[float, ...] | None:
        """Value as numbers; None when one is missing or their count is not the one due."""
        value = self.get(keyword)
        values = value if isinstance(value, tuple) else (value,)
        if len(values) != VALUES_DUE.get(keyword, len(values)):
            return None
        numbers = tuple(v for v in values if isinstance(v, (int, float)))
        return numbers if len(numbers) == len(values) else None

    def items_of(self, keyword: str) -> tuple[DataSet, ...]:
        """Items of a sequence; () when it is missing."""
        value = self.get(keyword)
        if not isinstance(value, tuple):
            return ()
        return tuple(v for v in value if isinstance(v, DataSet))

    def first_item(self, keyword: str) -> DataSet:
        """First item of a sequence; an empty data set when it is missing."""
        items = self.items_of(keyword)
        return items[0] if items else _NOTHING


class EmptyItem(DataSet):
    """An item of a sequence without a single element: the open-source viewer passes it over."""

    __slots__ = ()


_NOTHING = DataSet()


@dataclass(frozen=True, slots=True)
class PixelData:
    """What is known of an instance's pixel data without reading them.

    ``length`` is in bytes; None for encapsulated (compressed) pixel data, whose length is not
    declared (PS3.5 annex A.4). ``available`` is how many bytes follow in the file; None where that
    is not known (deflated data sets).
    """

    length: int | None
    available: int | None

    @property
    def is_empty(self) -> bool:
        """True when the element is there and holds no pixel."""
        return self.length == 0 or self.available == 0

    @property
    def is_cut_off(self) -> bool:
        """True when the file ends before the declared length."""
        return (
            self.length is not None and self.available is not None and self.length > self.available
        )


@dataclass(frozen=True, slots=True)
class Instance:
    """One SOP instance: ``name`` is its member (or file) name."""

    name: str
    data: DataSet
    transfer_syntax_uid: str = ""
    pixel_data: PixelData | None = None

    @property
    def sop_class_uid(self) -> str:
        """SOPClassUID; "" when missing."""
        return self.data.text("SOPClassUID")

    @property
    def sop_instance_uid(self) -> str:
        """SOPInstanceUID; "" when missing."""
        return self.data.text("SOPInstanceUID")

    @property
    def modality(self) -> str:
        """Modality; "" when missing."""
        return self.data.text("Modality")

    @property
    def number_of_frames(self) -> int:
        """NumberOfFrames; 1 when missing. The reader refuses an image that declares too many.

        A text (where a file names another VR than IS) is the number that the viewer makes of it.
        """
        declared = self.data.number("NumberOfFrames")
        if declared is None and "NumberOfFrames" in self.data:
            declared = _as_number(self.data.text("NumberOfFrames"))
        return max(int(declared or 1), 1)

    @property
    def is_multi_frame(self) -> bool:
        """True when NumberOfFrames is above 1: the viewer's own rule."""
        return self.number_of_frames > 1

    @property
    def is_image(self) -> bool:
        """True when it carries pixel data, or its SOP class says that it should."""
        if self.pixel_data is not None:
            return True
        uid = self.sop_class_uid
        if uid in sop_classes.WITHOUT_PIXELS:
            return False
        return not sop_classes.is_private(uid) or "Rows" in self.data

    @property
    def shared_groups(self) -> DataSet:
        """Item of SharedFunctionalGroupsSequence."""
        return self.data.first_item("SharedFunctionalGroupsSequence")

    @property
    def frame_groups(self) -> tuple[DataSet, ...]:
        """Items of PerFrameFunctionalGroupsSequence."""
        return self.data.items_of("PerFrameFunctionalGroupsSequence")

    def frames(self) -> Iterator[Frame]:
        """Yield all frames; a single-frame instance is its own only frame."""
        groups = self.frame_groups
        for n in range(self.number_of_frames):
            yield Frame(self, n + 1, groups[n] if n < len(groups) else _NOTHING)


def _as_number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return 0.0
    return number if math.isfinite(number) else 0.0


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame; its functional groups are looked up per frame, then shared (PS3.3 C.7.6.16)."""

    instance: Instance
    number: int
    groups: DataSet

    @property
    def name(self) -> str:
        """Member name, with the frame number for a multi-frame instance."""
        if not self.instance.is_multi_frame:
            return self.instance.name
        return f"{self.instance.name} frame {self.number}"

    def group(self, sequence: str) -> DataSet:
        """First item of a functional group; an empty data set when it is in neither place."""
        items = self.groups.items_of(sequence) or self.instance.shared_groups.items_of(sequence)
        return items[0] if items else _NOTHING

    @property
    def position(self) -> tuple[float, ...] | None:
        """ImagePositionPatient in mm, shape (3,): functional groups, then the top level."""
        return (
            self.group("PlanePositionSequence").numbers("ImagePositionPatient")
            or self.instance.data.numbers("ImagePositionPatient")
            or self._position_on_detector()
        )

    def _position_on_detector(self) -> tuple[float, ...] | None:
        """Step from the detector's position along the normal (NM, PS3.3 C.8.4.11, C.8.4.15)."""
        detector = self.instance.data.first_item("DetectorInformationSequence")
        position, step = (
            detector.numbers("ImagePositionPatient"),
            self.instance.data.number("SpacingBetweenSlices"),
        )
        orientation = self.orientation
        if position is None or step is None or orientation is None:
            return None
        (ax, ay, az), (bx, by, bz) = orientation[:3], orientation[3:]
        normal = (ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx)
        offset = step * (self.number - 1)
        return tuple(p + n * offset for p, n in zip(position, normal, strict=True))

    @property
    def orientation(self) -> tuple[float, ...] | None:
        """ImageOrientationPatient, shape (6,): functional groups, top level, detector."""
        data = self.instance.data
        return (
            self.group("PlaneOrientationSequence").numbers("ImageOrientationPatient")
            or data.numbers("ImageOrientationPatient")
            or data.first_item("DetectorInformationSequence").numbers("ImageOrientationPatient")
        )


class MemberKind(StrEnum):
    """What a member of an archive turned out to be."""

    DICOM = "DICOM"
    DICOMDIR = "DICOMDIR"
    HIDDEN = "hidden or operating-system file"
    NOT_DICOM = "not DICOM"
    ARCHIVE = "archive inside the archive"
    EMPTY = "empty (0 bytes)"
    ENCRYPTED = "encrypted"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside the input: ``size`` in bytes, ``problem`` why it cannot be read (or "")."""

    name: str
    size: int
    kind: MemberKind
    problem: str = ""
    series_instance_uid: str = ""
    sop_instance_uid: str = ""


@dataclass(frozen=True, slots=True)
class Archive:
    """The input: a zip, a folder, or a lone file (which has one member).

    ``problem`` says why the input as a whole cannot be read ("" if it can).
    """

    name: str
    is_container: bool
    members: tuple[Member, ...] = ()
    problem: str = ""

    def of_kind(self, *kinds: MemberKind) -> tuple[Member, ...]:
        """Members of these kinds, in order of name."""
        return tuple(m for m in self.members if m.kind in kinds)


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
class Series:
    """The instances of one SeriesInstanceUID in the input, in order of name.

    An input without readable DICOM makes one series without instances, so that every input is
    judged in the same way.
    """

    series_instance_uid: str
    instances: tuple[Instance, ...]
    archive: Archive
    peers: Peers | None = None
    tolerances: Tolerances = field(default_factory=Tolerances)

    def only(self, covers: Callable[[Instance], bool]) -> Series:
        """Return the series narrowed to the instances that ``covers`` accepts (cached)."""
        narrowed = self._narrowed.get(covers)
        if narrowed is None:
            chosen = tuple(i for i in self.instances if covers(i))
            unchanged = len(chosen) == len(self.instances)
            narrowed = self if unchanged else replace(self, instances=chosen)
            self._narrowed[covers] = narrowed
        return narrowed

    @cached_property
    def _narrowed(self) -> dict[Callable[[Instance], bool], Series]:
        return {}

    @cached_property
    def modality(self) -> str:
        """Most frequent Modality; "" when missing."""
        return most_common(i.modality for i in self.instances)

    @cached_property
    def sop_class_uid(self) -> str:
        """Most frequent SOPClassUID; "" when missing."""
        return most_common(i.sop_class_uid for i in self.instances)

    @cached_property
    def frame_count(self) -> int:
        """Number of images: each single-frame image counts one, each multi-frame its frames."""
        return sum(i.number_of_frames for i in self.instances if i.is_image)

    @cached_property
    def frames(self) -> tuple[Frame, ...]:
        """All frames, in order of instances."""
        return tuple(frame for instance in self.instances for frame in instance.frames())


def most_common(values: Iterable[str]) -> str:
    """Return the most frequent text, the first met of equals; "" for none."""
    counted = Counter(values).most_common(1)
    return counted[0][0] if counted else ""
