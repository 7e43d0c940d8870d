"""One DICOM stream -> the judged attributes of its data set, up to the pixel data.

Rule of this file: bytes are walked once, front to back; only the values named in :mod:`.attributes`
are converted, each distinct one once; a stream that ends inside an element is truncated, never
"complete". The plain encodings (explicit and implicit VR little endian, deflated) are walked here;
anything else goes to :mod:`~.pydicom_fallback`.

PS3.5 section 7 (data elements, sequences), PS3.10 section 7 (preamble, file meta information).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from struct import Struct, pack
from typing import IO, cast

from fw_gear_viewer_check.dicom import attributes
from fw_gear_viewer_check.dicom.elements import (
    NOT_READ,
    NOTHING_WANTED,
    ElementSpec,
    element_specs,
    remembered,
)
from fw_gear_viewer_check.dicom.frames import ITEM, SEQUENCE_END, Fragments
from fw_gear_viewer_check.dicom.kinds import LONGEST_START
from fw_gear_viewer_check.dicom.runs import KEY_BYTES, LONGEST_LEARNT, MOST_LEARNT, Element, Runs
from fw_gear_viewer_check.dicom.streams import (
    FIRST_READ,
    MOST_EXPECTED,
    NO_PIXELS,
    PIXELS,
    TRUNCATED,
    UNDEFINED,
    Inflated,
    Reading,
    Stream,
    UnreadableError,
    step,
    tag_of,
)
from fw_gear_viewer_check.dicom.values import LONG_VRS, PIXEL_VRS, SHORT_VRS
from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.data_set import NOTHING, DataSet, EmptyItem, Value, damaged
from fw_gear_viewer_check.model.instance import PixelData, frames_of
from fw_gear_viewer_check.model.limits import Budget, Steps
from fw_gear_viewer_check.model.sop_classes import BIG_ENDIAN, DEFLATED, EXPLICIT_VR, IMPLICIT_VR
from fw_gear_viewer_check.system.few_lines import FewLines

MAX_DEPTH = 32
"""Deepest nesting of sequences: real objects stay below ten."""
MAX_ITEMS = 200_000
"""Most items in one sequence."""

_U16 = Struct("<H").unpack_from
_U32 = Struct("<L").unpack_from
_ITEM_END = b"\xfe\xff\x0d\xe0"
_VRS = SHORT_VRS | LONG_VRS
_UNKNOWN_LENGTHS = (UNDEFINED, 0)
"""Those of a sequence in VR UN: of any other length, it is bytes to a server, and to the viewer."""

MEDIA_DIRECTORY = "1.2.840.10008.1.3.10"


class NotDicomError(ValueError):
    """The stream does not look like DICOM; ``start`` is how it begins."""

    def __init__(self, start: bytes) -> None:
        """Take what was read of the stream."""
        super().__init__()
        self.start = start[:LONGEST_START]


class OddEncodingError(ValueError):
    """The stream is not encoded in the plain ways that are walked here."""


@dataclass(frozen=True, slots=True)
class Header:
    """What one stream holds before its pixel data."""

    data: DataSet
    transfer_syntax_uid: str
    pixel_data: PixelData | None
    encoding: str = ""
    """The uncompressed transfer syntax in which the data set was found to be encoded."""
    is_media_directory: bool = False
    has_file_meta: bool = True
    """It has file meta information (PS3.10 section 7.1), which names the transfer syntax."""
    media_class: str = ""
    """MediaStorageSOPClassUID of a file meta information that has all it must have."""


META_GROUP = b"\x02\x00"
_FIRST_GROUP = b"\x08\x00"
_PIXEL_GROUP = b"\xe0\x7f"
_PIXEL_TAGS = frozenset(pack("<2H", tag >> 16, tag & 0xFFFF) for tag in PIXELS)
_DELIMITER_GROUP = b"\xfe\xff"


@dataclass(slots=True)
class HeaderReader:
    """Reads many streams, and converts each distinct value of an attribute once."""

    table: dict[bytes, ElementSpec] = field(
        default_factory=lambda: element_specs(attributes.everything())
    )
    budget: Budget = field(default_factory=Budget)
    """What is left to be read of the input; each input has a reader of its own."""
    of_hidden: HeaderReader | None = None
    """That of its hidden files, which decide nothing about the others."""
    runs: dict[tuple[int, bool, int], Runs] = field(default_factory=dict)
    """Of each table of wanted elements, by its id, with explicit VR and without, and how deep."""
    file_meta: dict[bytes, ElementSpec] = field(
        default_factory=lambda: element_specs(attributes.FILE_META)
    )
    of_segmentations: dict[bytes, ElementSpec] = field(
        default_factory=lambda: element_specs(attributes.OF_SEGMENTATIONS)
    )
    expected: int = FIRST_READ
    """Bytes read at once: as many steps as the header before took.

    Damage may lie behind what a header needs: a stream that fails is to be read again, which takes
    FIRST_READ.
    """
    odd: FewLines = field(default_factory=FewLines)
    """Streams that are not encoded in a plain way."""
    stopped: FewLines = field(default_factory=FewLines)
    """Streams at which the reader stopped, which is a fault of it."""
    steps: Steps = field(default_factory=Steps)

    def read(self, stream: Stream, size: int) -> Header:
        """Return the header of a stream of ``size`` bytes.

        Raises :class:`NotDicomError`, :class:`UnreadableError`, :class:`OddEncodingError` or
        :class:`~..model.limits.SpentError`.
        """
        self.budget.check()
        try:
            return self._read(stream, size)
        finally:
            self.steps.pay(self.budget)

    def _read(self, stream: Stream, size: int) -> Header:
        expected, self.expected = self.expected, FIRST_READ  # for all streams that fail
        walk = _Walk(self, stream, size, expected)
        has_meta = walk.skip_preamble()
        meta = walk.data_set(self.file_meta, group=META_GROUP) if has_meta else NOTHING
        # As they stand in the file: several of them, which is wrong, as one text.
        transfer_syntax = "\\".join(meta.texts("TransferSyntaxUID"))
        media_class = "\\".join(meta.texts("MediaStorageSOPClassUID"))
        if media_class == MEDIA_DIRECTORY:
            return Header(DataSet(), transfer_syntax, None, is_media_directory=True)
        if transfer_syntax == BIG_ENDIAN and walk.buffer[walk.at : walk.at + 1] == b"\0":
            raise OddEncodingError
        if transfer_syntax == DEFLATED:
            # It goes on as if the first step, or the file meta information, were all that was read.
            most = max(walk.at, FIRST_READ)
            if most < len(walk.buffer):
                cast("IO[bytes]", stream).seek(most)
                walk.buffer = walk.buffer[:most]
            walk = _Walk(self, Inflated(walk.buffer[walk.at :], stream), None, FIRST_READ)
        if has_meta and not walk.have(1):
            raise UnreadableError(TRUNCATED)
        explicit = walk.looks_explicit()
        if not has_meta:
            walk.check_start(explicit=explicit)
        data = self._data_set(walk, explicit=explicit)
        if not has_meta and "SOPClassUID" not in data and "SOPInstanceUID" not in data:
            raise NotDicomError(walk.buffer)
        while self.expected < min(walk.at, MOST_EXPECTED):
            self.expected += step(self.expected)
        pixels = walk.pixel_data
        if pixels and walk.fragments:
            pixels = walk.fragments.all_of(pixels, frames_of(data))
        self.budget.keep(10)
        encoding = EXPLICIT_VR if explicit else IMPLICIT_VR
        known = media_class if attributes.FILE_META.keys() <= meta.keys() else ""
        return Header(data, transfer_syntax, pixels, encoding, False, has_meta, known)

    def _data_set(self, walk: _Walk, *, explicit: bool) -> DataSet:
        start = walk.at
        data = walk.data_set(self.table, explicit=explicit)
        if data.text("SOPClassUID") in sop_classes.SEG:
            end, walk.at = walk.at, start
            data |= walk.data_set(self.of_segmentations, explicit=explicit, group=_FIRST_GROUP)
            walk.at = end
        return data


class _Walk(Reading):
    """What is read of one file, from element to element."""

    __slots__ = ("fragments", "inner_end", "pixel_data", "runs", "steps")

    def __init__(self, reader: HeaderReader, stream: Stream, size: int | None, first: int) -> None:
        start = stream.read(first)
        super().__init__(stream, size, reader.budget, start)
        self.budget.walked -= len(start)
        self.runs, self.steps = reader.runs, reader.steps
        self.pixel_data: PixelData | None = None
        self.fragments: Fragments | None = None
        self.inner_end: float = math.inf
        """Where the first ends of the sequences and items that surround what is read."""

    def need(self, count: int) -> None:
        """Have ``count`` bytes; raise what :meth:`ended` returns when the stream ends before."""
        if self.at + count > len(self.buffer) and not self.have(count):
            raise self.ended()

    def ended(self) -> Exception:
        """Return what it means that the stream has ended: it is cut, or something is too long.

        What is longer than the item around it is odd, whether or not anything follows.
        """
        size = len(self.buffer) if self.size is None else self.size
        return OddEncodingError() if self.inner_end <= size else UnreadableError(TRUNCATED)

    def skip_preamble(self) -> bool:
        """Go to the first element; return True when it belongs to the file meta information."""
        if self.buffer[128:132] == b"DICM":
            self.at = 132
            return True
        return self.buffer[:2] == META_GROUP and self.buffer[4:6] in _VRS

    def looks_explicit(self) -> bool:
        """Return True when the next element names a VR, be it one that does not exist.

        The bytes decide, not the meta group, and they do as for pydicom.
        """
        vr = self.buffer[self.at + 4 : self.at + 6] if self.have(8) else b""
        return vr.isalpha() and vr.isupper()

    def check_start(self, *, explicit: bool) -> None:
        """Refuse a stream without preamble that does not begin as a data set does."""
        if not self.have(8):
            raise NotDicomError(self.buffer)
        group = self.buffer[self.at : self.at + 2]
        if group == b"\x00\x08":
            raise OddEncodingError
        length = _U32(self.buffer, self.at + 4)[0]
        if group != b"\x08\x00" or not (explicit or length <= (self.size or 0)):
            raise NotDicomError(self.buffer)

    def data_set(  # noqa: C901, PLR0912, PLR0915 - one loop: calls would double the time
        self,
        wanted: dict[bytes, ElementSpec],
        *,
        explicit: bool = True,
        end: int | None = None,
        depth: int = 0,
        group: bytes = b"",
    ) -> DataSet:
        """Walk elements up to the offset ``end``, an item delimiter, the pixel data or the end.

        Of ``group``, if one is given, up to the first element of another.

        This loop runs for every element of every instance: it keeps ``buffer`` and ``at`` in local
        names, and hands them over where another method may read on.
        """
        found, budget = DataSet(), self.budget
        budget.elements -= 1
        buffer, at, read = self.buffer, self.at, len(self.buffer)
        place = (id(wanted), explicit, depth)
        runs = self.runs.get(place)
        if runs is None:
            runs = self.runs[place] = Runs()
        by_key, varying = runs.by_key, runs.varying
        walked: list[Element] = []
        for _ in self.steps.numbers:
            if end is not None and at >= end:
                break
            run = by_key.get(buffer[at : at + KEY_BYTES])
            # Nothing is read on for a run: how much that is, another file has said.
            if run is not None and at + run.size <= (read if end is None else min(end, read)):
                values = runs.read(run, buffer, at, budget)
                if values is not None:
                    found.update(values)
                    at += run.size
                    continue
            if at + 12 > read:
                self.at = at
                self.steps.pay(budget)
                self.have(12)
                buffer, read = self.buffer, len(self.buffer)
                if at == read and depth == 0:
                    break
                if at + 8 > read:
                    raise self.ended()
            start, tag = at, buffer[at : at + 4]
            if group and tag[:2] != group:
                break
            if tag[1] >= _PIXEL_GROUP[1]:
                if tag == _ITEM_END if depth else tag in _PIXEL_TAGS:
                    self.at = at
                    self._end_of_data_set(tag, explicit=explicit)
                    runs.learn(walked, self.buffer, budget)
                    return found
                if not depth and tag[:2] == _DELIMITER_GROUP:  # of no sequence: stepped over
                    length = _U32(buffer, at + 4)[0]
                    if tag == _ITEM_END or length == UNDEFINED:
                        raise OddEncodingError
                    at += 8 + length
                    continue
            if not explicit:
                vr, length = b"", _U32(buffer, at + 4)[0]
                at += 8
            else:
                vr = buffer[at + 4 : at + 6]
                if vr in SHORT_VRS:
                    length = _U16(buffer, at + 6)[0]
                    at += 8
                elif vr in LONG_VRS:
                    if at + 12 > read:
                        raise self.ended()
                    length = _U32(buffer, at + 8)[0]
                    at += 12
                else:
                    raise OddEncodingError
            want = wanted.get(tag)
            if want is None and length != UNDEFINED:
                if tag not in varying and length <= LONGEST_LEARNT and len(walked) < MOST_LEARNT:
                    walked.append(Element(buffer[start:at], length, at + length))
                at += length
                continue
            self.at, left = at, budget.elements
            spec = want or NOT_READ
            name = vr.decode() or spec.vr
            if vr == b"UN" and spec.vr == "SQ" and length in _UNKNOWN_LENGTHS:
                name = "SQ"
            # A sequence of unknown VR is encoded with implicit VR (PS3.5 section 6.2.2, note).
            value = self._value(spec, name, length, explicit=explicit and vr != b"UN", depth=depth)
            if want is not None:
                found[want.keyword] = value
            buffer, head_end, at, read = self.buffer, at, self.at, len(self.buffer)
            if length == UNDEFINED or "SQ" in {name, spec.vr}:
                head_end = at  # a sequence is the same where all of its bytes are
            # Of a value that is too long, another one of that length would be too.
            is_short = at - start <= LONGEST_LEARNT and at - head_end <= spec.longest
            is_here = at <= read  # its end may have been stepped over only
            if tag not in varying and is_short and is_here and len(walked) < MOST_LEARNT:
                head, cost = buffer[start:head_end], left - budget.elements
                walked.append(Element(head, at - head_end, at, want, name, value, cost))
        if end is not None and at > end:
            raise OddEncodingError
        runs.learn(walked, self.buffer, budget)
        self.at = at
        return found

    def _end_of_data_set(self, tag: bytes, *, explicit: bool) -> None:
        """Step over an item delimiter, or look at the length of the pixel data."""
        if tag == _ITEM_END:
            self.at += 8
            return
        self.need(8)
        vr = self.buffer[self.at + 4 : self.at + 6] if explicit else b""
        if vr in _VRS and vr not in PIXEL_VRS:
            raise UnreadableError(NO_PIXELS)
        if vr in SHORT_VRS:
            length = _U16(self.buffer, self.at + 6)[0]
            self.at += 8
        elif explicit and vr not in LONG_VRS:
            raise OddEncodingError
        else:
            head = 12 if explicit else 8
            self.need(head)
            length = _U32(self.buffer, self.at + head - 4)[0]
            self.at += head
        keyword = PIXELS[tag_of(tag, "little")]
        available = self.available(length)
        if length == UNDEFINED:
            self.fragments = first = Fragments(self)
            pixels = PixelData(None, available, keyword, first.marker, None, first.end)
        else:
            pixels = PixelData(length, available, keyword)
            self.refuse_behind_pixels(self.at + length, explicit=explicit)
        self.pixel_data = replace(pixels, is_followed=False) if available is None else pixels

    def _value(
        self, want: ElementSpec, vr: str, length: int, *, explicit: bool, depth: int
    ) -> Value:
        self.budget.elements -= 1
        if length == UNDEFINED or vr == "SQ":
            items = self._items(want.items, length, explicit=explicit, depth=depth)
            if want.vr != "SQ":
                return damaged("a sequence instead of a value")
            return items if vr == "SQ" else damaged(f"VR {vr} instead of a sequence")
        start, self.at = self.at, self.at + length
        if want.vr == "SQ":
            return damaged(f"VR {vr} instead of a sequence")
        if length > want.longest:
            return damaged(f"longer than {want.longest >> 10:,} KiB")
        self.at = start
        self.need(length)
        self.at += length
        return remembered(want, vr, self.buffer[start : self.at], self.budget)

    def _items(
        self, wanted: dict[bytes, ElementSpec], length: int, *, explicit: bool, depth: int
    ) -> tuple[DataSet, ...]:
        """Walk the items of a sequence (PS3.5 section 7.5)."""
        if depth >= MAX_DEPTH:
            message = f"its sequences are nested more than {MAX_DEPTH} deep"
            raise UnreadableError(message)
        end, outer_end = None if length == UNDEFINED else self.at + length, self.inner_end
        sequence_end = outer_end if end is None else min(outer_end, end)
        items: list[DataSet] = []
        is_wanted = wanted is not NOTHING_WANTED
        count = 0
        while end is None or self.at < end:
            self.inner_end = sequence_end
            self.need(8)
            tag = self.buffer[self.at : self.at + 4]
            item_length = _U32(self.buffer, self.at + 4)[0]
            self.at += 8
            if tag == SEQUENCE_END:
                self.at = max(self.at, end or 0)  # what stands behind it is of no other sequence
                break
            if tag != ITEM:
                raise OddEncodingError
            count += 1
            next(self.steps.numbers)
            if count > MAX_ITEMS:
                message = f"a sequence has more than {MAX_ITEMS:,} items"
                raise UnreadableError(message)
            if not is_wanted and item_length != UNDEFINED:
                self.at += item_length
                continue
            # pydicom asks each item. What is behind a short one is not of the sequence.
            if not explicit and item_length >= 8 and self.looks_explicit():
                raise OddEncodingError
            start = self.at
            item_end = None if item_length == UNDEFINED else start + item_length
            self.inner_end = sequence_end if item_end is None else min(sequence_end, item_end)
            item = self.data_set(wanted, explicit=explicit, end=item_end, depth=depth + 1)
            if is_wanted:
                # What is not wanted is not in the item either: its length says that it is empty.
                read = self.at - start
                is_empty = read == (len(_ITEM_END) + 4 if item_length == UNDEFINED else 0)
                items.append(EmptyItem() if is_empty else item)
        if end is not None and self.at > end:
            raise OddEncodingError
        self.inner_end = outer_end
        self.steps.pay(self.budget)
        self.budget.keep_items(items)
        self.budget.check()
        return tuple(items)
