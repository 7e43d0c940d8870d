"""Streams that :mod:`~fw_gear_viewer_check.dicom.header` does not walk, read by pydicom instead.

Big endian, elements with an unknown VR, items that do not fit their sequence: rare, and well known
to pydicom. What cannot be read here either is unreadable.
"""

from __future__ import annotations

import io
from contextlib import suppress
from struct import pack
from typing import IO, cast

import pydicom
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.multival import MultiValue

from fw_gear_viewer_check.dicom import attributes
from fw_gear_viewer_check.dicom.elements import (
    MAX_VALUE_BYTES,
    converted,
    longest,
    parts,
    reads_otherwise,
)
from fw_gear_viewer_check.dicom.frames import ITEM, Fragments
from fw_gear_viewer_check.dicom.header import Header, NotDicomError
from fw_gear_viewer_check.dicom.muted import muted
from fw_gear_viewer_check.dicom.streams import (
    NO_PIXELS,
    PIXELS,
    TRUNCATED,
    UNDEFINED,
    ByteOrder,
    Reading,
    Stream,
    UnreadableError,
    tag_of,
)
from fw_gear_viewer_check.dicom.values import LONG_VRS, PIXEL_VRS, SHORT_VRS
from fw_gear_viewer_check.model.data_set import Damaged, DataSet, EmptyItem, Value
from fw_gear_viewer_check.model.instance import PixelData, frames_of
from fw_gear_viewer_check.model.limits import (
    MAX_SEARCHED_BYTES,
    ODD_ITEM,
    ODD_PART,
    ODD_SEARCHED,
    Budget,
    SpentError,
    searched,
)
from fw_gear_viewer_check.model.sop_classes import BIG_ENDIAN, EXPLICIT_VR, IMPLICIT_VR, SEG

FIRST_ODD_READ = 16 * 1024
"""Bytes read first: of most, the whole header."""
MAX_ODD_HEADER_BYTES = 4 * 1024 * 1024
"""Longest header handed to pydicom: each MiB of it may take 2.4 s and 85 MB of memory."""
_SHORTEST = 8
"""Bytes of the shortest item, and of the shortest element."""

_PIXEL_TAGS = tuple(pack(f"{order}HH", tag >> 16, tag & 0xFFFF) for tag in PIXELS for order in "<>")
_ITEMS = (ITEM, b"\xff\xfe\xe0\x00")
_VRS = {None, *(vr.decode() for vr in SHORT_VRS | LONG_VRS)}
_OF_SEQUENCES = 0xFFFE
"""Group of items and of the ends of sequences."""


def read(stream: Stream, size: int, budget: Budget | None = None) -> Header:
    """Return the header of a stream of ``size`` bytes, from its beginning.

    Raises :class:`~.header.NotDicomError`, :class:`~.streams.UnreadableError` or
    :class:`~..model.limits.SpentError`.
    """
    budget = budget or Budget()
    budget.check_odd()
    start = stream.read(FIRST_ODD_READ)
    if len(start) == FIRST_ODD_READ:
        with suppress(UnreadableError):
            return _charged(_Head(start, budget), stream, size)
        cast("IO[bytes]", stream).seek(FIRST_ODD_READ)  # the frames, too, may have been looked at
        start += stream.read(MAX_ODD_HEADER_BYTES - len(start))
    return _charged(_Head(start, budget), stream, size)


def _charged(head: _Head, stream: Stream, size: int) -> Header:
    content, budget = head.getvalue(), head.budget
    budget.walked -= len(content)
    budget.check()
    # Those of pixels cost nothing: they begin at their tag, or behind it where a value spells it.
    found = [place for place in map(content.find, _PIXEL_TAGS) if place >= 0]
    pixels = min(found, default=len(content))
    head.taken += ODD_PART * content.count(b"\\", 0, pixels)
    try:
        return _parsed(head, Reading(stream, size, budget, content))
    finally:
        head.taken += ODD_PART * content.count(b"\\", pixels, head.tell())
        budget.changes_by_vr |= head.changes_by_vr
        budget.odd -= head.taken + head.searched // ODD_SEARCHED


def _parsed(head: _Head, reading: Reading) -> Header:
    budget, size = reading.budget, reading.size or 0
    try:
        with muted():
            dataset = pydicom.dcmread(head, stop_before_pixels=True, force=True)
            for tag in [tag for tag in dataset.keys() if tag.group == _OF_SEQUENCES]:  # noqa: SIM118
                del dataset[tag]  # of no sequence: pydicom steps over it
            _check_whole(dataset, head, size)
            data = _data_set(dataset, attributes.everything(), head)
            if data.text("SOPClassUID") in SEG:
                data |= _data_set(dataset, attributes.OF_SEGMENTATIONS, head)
            named, media_class = _of_file_meta(dataset.file_meta)
    except (UnreadableError, SpentError, MemoryError):
        raise
    except RecursionError as error:
        message = "its sequences are nested too deep"
        raise UnreadableError(message) from error
    except Exception as error:  # pydicom raises whatever the damage leads to
        message = f"damaged: its elements cannot be separated ({type(error).__name__})"
        raise UnreadableError(message) from error
    has_preamble = head.getvalue()[128:132] == b"DICM"
    if not has_preamble and "SOPClassUID" not in data and "SOPInstanceUID" not in data:
        raise NotDicomError(head.getvalue())
    budget.keep(10)
    _keep(data, budget)
    is_implicit, is_little_endian = _found_encoding(dataset)
    encoding = IMPLICIT_VR if is_implicit else EXPLICIT_VR if is_little_endian else BIG_ENDIAN
    reading.at = head.tell()
    pixel_data = _pixel_data(
        reading, frames_of(data), is_implicit=is_implicit, is_little_endian=is_little_endian
    )
    has_meta = has_preamble or len(dataset.file_meta) > 0
    return Header(data, named, pixel_data, encoding, False, has_meta, media_class)


def _of_file_meta(meta: pydicom.Dataset) -> tuple[str, str]:
    """Return the transfer syntax, and the SOP class where all of the information is there."""
    is_whole = all(keyword in meta for keyword in attributes.FILE_META)
    media_class = _uid(meta, "MediaStorageSOPClassUID") if is_whole else ""
    return _uid(meta, "TransferSyntaxUID"), media_class


def _uid(meta: pydicom.Dataset, keyword: str) -> str:
    """Return a UID as it stands in the file, several of them (which is wrong) as one text."""
    value = meta.get(keyword)
    values = value if isinstance(value, MultiValue) else [value or ""]
    text = "\\".join(map(str, values))
    return text if len(text) <= MAX_VALUE_BYTES else ""


class _Head(io.BytesIO):
    """Notes that it ended inside something: pydicom takes what is there for the whole.

    It counts what pydicom searches, too: all that it reads, again and again where ends are missing.
    And it counts how often pydicom reads on: see :data:`~..model.limits.MAX_ODD`.
    """

    ended_inside = False
    searched = taken = 0
    changes_by_vr = False

    def __init__(self, content: bytes, budget: Budget) -> None:
        super().__init__(content)
        self.budget = budget

    def count(self, size: int) -> None:
        """Count what is searched; raise :class:`~.streams.UnreadableError` for too much.

        Or :class:`~..model.limits.SpentError`, where it is more than what is left of the budget.
        """
        self.searched += size
        if self.searched > MAX_SEARCHED_BYTES:
            message = "damaged: too many of its lengths are undefined"
            raise UnreadableError(message)
        if self.taken + self.searched // ODD_SEARCHED > self.budget.odd:
            self.budget.odd = -1
            self.budget.check_odd()

    def read(self, size: int | None = -1, /) -> bytes:
        """Read on, as always, but for all that is left: pydicom would inflate it as a whole."""
        if size is None or size < 0:
            message = "damaged: its deflated data set is not encoded as it should be"
            raise UnreadableError(message)
        part = super().read(size)
        self.count(len(part))
        self.taken += ODD_ITEM if part.startswith(_ITEMS) else 1
        self.ended_inside |= 0 < len(part) < size
        return part


def _check_whole(dataset: pydicom.FileDataset, head: _Head, size: int) -> None:
    """Raise :class:`~.streams.UnreadableError` when the last element is cut, or others follow."""
    raws = [element for element in dataset.elements() if isinstance(element, RawDataElement)]
    is_cut = any(raw.length not in {UNDEFINED, len(raw.value or b"")} for raw in raws)
    if is_cut or head.ended_inside or head.tell() == len(head.getvalue()) < size:
        if size > MAX_ODD_HEADER_BYTES:
            message = f"its header is longer than {MAX_ODD_HEADER_BYTES >> 20} MiB"
            raise UnreadableError(message)
        raise UnreadableError(TRUNCATED)


def _keep(data: DataSet, budget: Budget) -> None:
    """Take what the items and values of a data set hold from the budget."""
    for keyword, value in data.items():
        items = data.items_of(keyword)
        texts = value if isinstance(value, tuple) and not items else (value,)
        content = sum(len(text) for text in texts if isinstance(text, str))
        budget.keep(1, 0 if items else parts(value), content)
        budget.keep_items(items)
        for item in items:
            _keep(item, budget)


def _found_encoding(dataset: pydicom.FileDataset) -> tuple[bool, bool]:
    """Return whether VRs are implicit, and bytes little endian, of what pydicom has read.

    Its ``original_encoding`` is what the file meta information says.
    """
    for element in dataset.elements():
        if isinstance(element, RawDataElement):
            return element.is_implicit_VR, element.is_little_endian
    is_implicit, is_little_endian = dataset.original_encoding
    return bool(is_implicit), bool(is_little_endian)


def _pixel_data(
    reading: Reading, frames: int, *, is_implicit: bool, is_little_endian: bool
) -> PixelData | None:
    """Look at the pixel data's element, before which pydicom stopped."""
    order: ByteOrder = "little" if is_little_endian else "big"
    if not reading.have(8):
        return None
    element = reading.buffer[reading.at : reading.at + 12]
    keyword = PIXELS.get(tag_of(element, order))
    if keyword is None:  # pydicom stops before pixels, and behind the end of an item
        message = "damaged: an item ends where none has begun"
        raise UnreadableError(message)
    vr, of_length = element[4:6], slice(6, 8)
    if is_implicit or not b"AA" <= vr <= b"ZZ":
        of_length = slice(4, 8)
    elif vr not in PIXEL_VRS:
        raise UnreadableError(NO_PIXELS)
    elif vr in LONG_VRS:
        of_length = slice(8, 12)
    if not reading.have(of_length.stop):
        return None
    reading.at += of_length.stop
    length = int.from_bytes(element[of_length], order)
    available = reading.available(length)
    if length != UNDEFINED:
        reading.refuse_behind_pixels(reading.at + length, order, explicit=not is_implicit)
        return PixelData(length, available, keyword)
    fragments = Fragments(reading)
    pixels = PixelData(None, available, keyword, fragments.marker, None, fragments.end)
    return fragments.all_of(pixels, frames)


def _data_set(dataset: pydicom.Dataset, tree: attributes.Tree, head: _Head) -> DataSet:
    found = DataSet()
    for keyword, items in tree.items():
        tag = attributes.tag_of(keyword)
        if tag not in dataset:
            continue
        raw = dataset.get_item(tag)
        if raw.VR not in _VRS:
            found[keyword] = Damaged("its VR does not exist")
        elif items is not None:
            found[keyword] = _items(dataset, tag, items, head)
        elif raw.VR == "SQ":
            found[keyword] = Damaged("a sequence instead of a value")
        else:
            found[keyword] = _value(keyword, raw, head)
    return found


def _items(dataset: pydicom.Dataset, tag: int, tree: attributes.Tree, head: _Head) -> Value:
    raw = dataset.get_item(tag)
    content = raw.value
    most = 0
    if isinstance(content, bytes):  # parsed now, from bytes of its own
        if content and raw.VR == "UN":
            return Damaged("VR UN instead of a sequence")
        head.count(searched(content))
        most = len(content) // _SHORTEST
    head.taken += ODD_ITEM * most  # should it fail
    element = dataset[tag]
    if element.VR != "SQ":
        return Damaged(f"VR {element.VR} instead of a sequence")
    if most:
        head.taken -= ODD_ITEM * (most - _made(element))
    return tuple(
        _data_set(item, tree, head) if len(item) else EmptyItem() for item in element.value
    )


def _made(sequence: DataElement) -> int:
    """Return how many items and elements pydicom made of a sequence."""
    inner = (element for item in sequence.value for element in item.elements())
    parsed = (_made(one) for one in inner if isinstance(one, DataElement) and one.VR == "SQ")
    return sum(1 + len(item) for item in sequence.value) + sum(parsed)


def _value(keyword: str, raw: RawDataElement | DataElement, head: _Head) -> Value:
    if not isinstance(raw, RawDataElement):
        # By these pydicom reads others: PixelRepresentation, SpecificCharacterSet.
        if raw.is_empty:
            return None
        if raw.VM > 1:
            if sum(len(str(part)) + 1 for part in raw.value) > longest(keyword):
                return _too_long(keyword)
            return tuple(None if part == "" else part for part in raw.value)
        return raw.value if isinstance(raw.value, (int, str)) else Damaged("not a number")
    content = raw.value or b""
    if len(content) > longest(keyword):
        return _too_long(keyword)
    named = raw.VR or attributes.vr_of(keyword)
    byte_order = "<" if raw.is_little_endian else ">"
    head.changes_by_vr |= reads_otherwise(keyword, named, content, byte_order)
    return converted(keyword, named, content, byte_order)


def _too_long(keyword: str) -> Damaged:
    return Damaged(f"longer than {longest(keyword) >> 10:,} KiB")
