"""SOP instances and their frames, as the reader makes them; everything else only looks at them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.data_set import NOTHING, DataSet, LooseNumber
from fw_gear_viewer_check.model.sop_classes import BIG_ENDIAN, DEFLATED, EXPLICIT_VR, IMPLICIT_VR

RLE_HEADER = 1
"""In place of a marker, which RLE has none of."""
NO_FRAGMENT = -1
"""In place of a marker, where encapsulated pixel data holds nothing, or only a table of offsets."""


@dataclass(frozen=True, slots=True)
class PixelData:
    """What is known of an instance's pixel data without reading them.

    ``length`` is in bytes; None for encapsulated (compressed) pixel data, whose length is not
    declared (PS3.5 annex A.4). ``available`` is how many bytes follow in the file, of a deflated
    data set how many of ``length`` come out; None where that was not looked at.
    """

    length: int | None
    available: int | None
    keyword: str = "PixelData"
    """Which element they are: a map of numbers may have FloatPixelData or DoubleFloatPixelData."""
    frame_marker: int | None = None
    """What the first frame of encapsulated pixel data is coded in, by the marker found in it.

    0xFFC0 to 0xFFCF (SOF0 to SOF15) of JPEG, 0xFFF7 of JPEG-LS, 0xFF4F of JPEG 2000,
    :data:`RLE_HEADER` of RLE, 0 where it begins like none of these, :data:`NO_FRAGMENT` where there
    is none; None where no marker was looked for, or it stands too far inside.
    """
    second_marker: int | None = None
    """The same of the second fragment, where it has to be a frame: there are several, and no table
    of offsets says where the second one begins. 0 also where there is no second fragment, or a
    later one has to be a frame and begins like none. The coding of the second is not looked for
    behind a first fragment of more than 1 MiB."""
    fragments_end: int = 0
    """Bytes up to the end of the last fragment of encapsulated pixel data that begins in the file,
    and of the beginning of the next one where something is missing behind it; 0 where unknown."""
    missing_frames: int = 0
    """By how many frames NumberOfFrames exceeds the fragments: in all but videos, each has one."""
    is_followed: bool = True
    """False where it was not looked whether the file ends before they do."""

    @property
    def is_empty(self) -> bool:
        """True when the element is there and holds no pixel."""
        return self.length == 0 or self.available == 0 or self.frame_marker == NO_FRAGMENT

    @property
    def missing_bytes(self) -> int:
        """By how many bytes the file ends before the declared length; 0 where that is unknown.

        Encapsulated pixel data lack as many at the least.
        """
        declared = self.fragments_end if self.length is None else self.length
        if self.available is None:
            return 0
        return max(declared - self.available, 0)


@dataclass(frozen=True, slots=True)
class Instance:
    """One SOP instance: ``name`` is its member (or file) name."""

    name: str
    data: DataSet = field(repr=False)
    transfer_syntax_uid: str = field(default="", repr=False)
    pixel_data: PixelData | None = None
    encoding: str = ""
    """UID of the uncompressed transfer syntax in which the data set is encoded; "" where unknown.

    The bytes decide: implicit or explicit VR little endian, or explicit VR big endian.
    """
    hidden_name: str = field(default="", repr=False)
    """The name in the input, where ``name`` is a number that stands for it; else "".

    What depends on a name looks at :attr:`real_name`, what is shown is ``name``."""
    has_file_meta: bool = True
    """The file has file meta information, where the transfer syntax is named (PS3.10)."""
    digest: bytes | None = field(default=None, compare=False)
    """Digest of the whole file; None where no other file has its SOPInstanceUID, or these were not
    compared."""
    pixel_digest: bytes | None = field(default=None, compare=False)
    """The same of what the pixel data hold, or of an object without them the data set; that of the
    whole file where it is deflated, or they hold nothing."""
    not_compared: str = field(default="", compare=False)
    """The limit for which it was not compared with those of its SOPInstanceUID."""
    levels: bytes | None = field(default=None, compare=False)
    """Of a fractional segmentation, the bytes above 0 that its pixel data hold, two at the most;
    None where that was not looked at."""

    @property
    def real_name(self) -> str:
        """The name in the input."""
        return self.hidden_name or self.name

    @property
    def is_encoded_as_declared(self) -> bool:
        """False when the data set is encoded otherwise than TransferSyntaxUID says.

        All compressed transfer syntaxes are explicit VR little endian (PS3.5 annex A).
        """
        declared = self.transfer_syntax_uid
        if declared not in {IMPLICIT_VR, BIG_ENDIAN}:
            declared = EXPLICIT_VR if declared else ""
        return not (self.encoding and declared) or self.encoding == declared

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
    def pixel_encoding(self) -> str:
        """What has to be the same for the same pixels to be the same bytes.

        Of an object without them its whole data set is compared.
        """
        if self.transfer_syntax_uid == DEFLATED:
            return DEFLATED
        if self.pixel_data is None:
            return self.encoding
        is_compressed = self.pixel_data.length is None
        if is_compressed:
            return self.transfer_syntax_uid
        return BIG_ENDIAN if self.encoding == BIG_ENDIAN else ""

    @property
    def number_of_frames(self) -> int:
        """NumberOfFrames; 1 when missing. The reader refuses an image that declares too many."""
        return frames_of(self.data)

    @property
    def has_frame_count(self) -> bool:
        """False when NumberOfFrames is there and a server finds no count in it.

        It is blank, damaged, several, 0, or loosely written.
        """
        if "NumberOfFrames" not in self.data:
            return True
        is_one = not isinstance(self.data["NumberOfFrames"], (tuple, LooseNumber))
        return is_one and _declared_frames(self.data) >= 1

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
    def is_fractional(self) -> bool:
        """True for a segmentation of type FRACTIONAL, whatever values it has."""
        is_segmentation = self.sop_class_uid in sop_classes.SEG
        return is_segmentation and self.data.text("SegmentationType") == "FRACTIONAL"

    @property
    def is_screenshot(self) -> bool:
        """True for a picture of something: a dose report, a page of results.

        Some scanners write true images of the patient as secondary captures, too: as PRIMARY.
        """
        is_capture = self.sop_class_uid in sop_classes.SECONDARY_CAPTURE
        return is_capture and "PRIMARY" not in self.data.texts("ImageType")

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
            yield Frame(self, n + 1, groups[n] if n < len(groups) else NOTHING)


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame; its functional groups are looked up per frame, then shared (PS3.3 C.7.6.16)."""

    instance: Instance
    number: int
    groups: DataSet = field(repr=False)

    @property
    def name(self) -> str:
        """Member name, with the frame number for a multi-frame instance."""
        if not self.instance.is_multi_frame:
            return self.instance.name
        return f"{self.instance.name} frame {self.number}"

    def group(self, sequence: str) -> DataSet:
        """First item of a functional group; an empty data set when it is in neither place."""
        items = self.groups.items_of(sequence) or self.instance.shared_groups.items_of(sequence)
        return items[0] if items else NOTHING

    @property
    def position(self) -> tuple[float, ...] | None:
        """ImagePositionPatient in mm, shape (3,): functional groups, top level, detector."""
        own = self._placed("PlanePositionSequence", "ImagePositionPatient")
        return own or self._position_on_detector()

    def _placed(self, sequence: str, keyword: str) -> tuple[float, ...] | None:
        """Look into the functional groups and at the top level, of a single image there first.

        The viewer, and requirements, ask a single image for nothing else.
        """
        at_top = self.instance.data.numbers(keyword)
        if at_top and not self.instance.is_multi_frame:
            return at_top
        return self.group(sequence).numbers(keyword) or at_top

    def _position_on_detector(self) -> tuple[float, ...] | None:
        """Step from the detector's position along the normal (NM, PS3.3 C.8.4.11, C.8.4.15).

        SpacingBetweenSlices may be missing there: the page then takes SliceThickness (MPR-301).
        """
        data, orientation = self.instance.data, self.orientation
        detector = data.first_item("DetectorInformationSequence")
        position = detector.numbers("ImagePositionPatient")
        step = data.number("SpacingBetweenSlices") or data.number("SliceThickness")
        if position is None or step is None or orientation is None:
            return None
        (ax, ay, az), (bx, by, bz) = orientation[:3], orientation[3:]
        normal = (ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx)
        offset = step * (self.number - 1)
        return tuple(p + n * offset for p, n in zip(position, normal, strict=True))

    @property
    def orientation(self) -> tuple[float, ...] | None:
        """ImageOrientationPatient, shape (6,): functional groups, top level, detector."""
        keyword = "ImageOrientationPatient"
        detector = self.instance.data.first_item("DetectorInformationSequence")
        return self._placed("PlaneOrientationSequence", keyword) or detector.numbers(keyword)


def frames_of(data: DataSet) -> int:
    """Return NumberOfFrames of a data set; 1 when missing."""
    return max(int(_declared_frames(data)), 1) if "NumberOfFrames" in data else 1


def _declared_frames(data: DataSet) -> float:
    """Return the number that the viewer makes of NumberOfFrames; 0 for none.

    It is a text where a file names another VR than IS.
    """
    declared = data.number("NumberOfFrames")
    if declared is not None:
        return declared
    try:
        number = float(data.text("NumberOfFrames"))
    except ValueError:
        return 0.0
    return number if math.isfinite(number) else 0.0
