"""Compressed frames: what they are coded in, and whether all of them are there (PS3.5 A.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from struct import Struct

from fw_gear_viewer_check.dicom.streams import Reading, Stream, UnreadableError, parts
from fw_gear_viewer_check.model.instance import NO_FRAGMENT, RLE_HEADER, PixelData
from fw_gear_viewer_check.model.limits import MAX_FRAMES, Budget

_MARKER_WITHIN = (1024, 128 * 1024)
"""Bytes of a compressed frame in which the marker of its coding is looked for: at first, and where
it is not among them. A colour profile may stand before it."""
_LONGEST_TABLE = 4 * MAX_FRAMES
"""Bytes of an offset table: one number for each frame."""
MAX_FIRST_FRAGMENT = 1024 * 1024
"""Bytes behind which the second fragment is not looked at: a member of a zip is inflated so far."""
ITEM = b"\xfe\xff\x00\xe0"
SEQUENCE_END = b"\xfe\xff\xdd\xe0"
_U32 = Struct("<L").unpack_from
_OFFSETS = Struct("<L").iter_unpack
_LARGEST_OFFSET = 1 << 32
"""Offsets of frames behind the first 4 GiB are less by so much, or by several times that."""
_SEGMENT = re.compile(rb"\xff+([^\xff])(..)", re.DOTALL)
"""A marker of JPEG, which may be filled up with bytes of FF, and the length behind it."""
_LONGEST_START = 16
"""Bytes by which the beginning of a frame is known from other bytes."""
_MOST_SEGMENTS = 1000
"""Segments before a frame: a colour profile has 255 at the most."""
_NO_FRAME_MARKERS = frozenset({0xC4, 0xC8, 0xCC})
"""Tables and extensions of JPEG among the markers of frames (ISO/IEC 10918-1 table B.1)."""
_RLE, _MOST_RLE_SEGMENTS = b"\0\0\0\x40\0\0\0", 15
"""Count of segments (its upper bytes), and the first one's place behind the header (PS3.5 G.5)."""
_NO_END = "damaged: something else stands where its compressed frames go on or end"
_JPEG_2000 = (b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  ")
"""Starts of a codestream, and of the JP2 file around one."""


class Fragments:
    """The fragments of encapsulated pixel data, from where a walk has reached them."""

    def __init__(self, walk: Reading) -> None:
        self._walk, self._start = walk, walk.at
        self._first, self._table = 0, b""
        """Where the first one begins, and the offset table before it."""
        self._second = 0
        """Where it begins, if no table says where the second frame does."""
        self._is_unfinished = self._is_split = False
        """The first one ends before a marker that may stand behind it, and frames have several."""
        self.marker, end = self._look_at_first()
        """:attr:`~..model.instance.PixelData.frame_marker`."""
        self.end = max(end - self._start, 0)
        """Bytes up to the end of the first one."""

    def all_of(self, pixels: PixelData, frames: int) -> PixelData:
        """Return what is known of the pixel data, with what the fragments behind the first tell."""
        delimiter = 8  # most pixel data end with it, behind their first fragment
        if not self.end or pixels.available is None:
            return pixels
        if frames > self._walk.budget.frames:  # it is refused, and its table takes long to read
            return pixels
        if frames > 1:
            pixels = replace(pixels, second_marker=self._second_marker())
        count, end = int(not self._table or 0 in self._named(frames)), self.end
        if pixels.available != end + delimiter:
            if not self._walk.budget.follows:
                return replace(pixels, is_followed=False)
            count, end, is_cut = self._all(frames)
            if is_cut:
                pixels = replace(pixels, second_marker=0)
        if self._is_unfinished and not self._is_split:
            pixels = replace(pixels, frame_marker=0)
        missing = max(min(frames, MAX_FRAMES) - count, 0)
        return replace(pixels, fragments_end=end, missing_frames=missing)

    def _look_at_first(self) -> tuple[int | None, int]:
        """Return the marker in the first fragment, and where it ends."""
        walk, length = self._walk, 0
        for _ in range(2):  # the item of the offset table, then the first fragment's
            if length > _LONGEST_TABLE:
                return 0, 0
            walk.at += length
            if self._is_last():
                return NO_FRAGMENT, 0
            if walk.buffer[walk.at : walk.at + 4] != ITEM:
                return 0, 0
            self._table = walk.buffer[walk.at - length : walk.at - length % 4]
            length = _U32(walk.buffer, walk.at + 4)[0]
            walk.at += 8
        self._first, end = walk.at - 8, walk.at + length
        if not self._table and length <= MAX_FIRST_FRAGMENT:
            self._second = end
        if not length and self._is_last():
            return NO_FRAGMENT, 0
        marker, is_whole = self._marker(length)
        self._is_unfinished = marker is None and is_whole
        return marker, end

    def _is_last(self) -> bool:
        """Return True where no further item of the pixel data follows."""
        walk = self._walk
        return not walk.have(8) or walk.buffer[walk.at : walk.at + 4] == SEQUENCE_END

    def _second_marker(self) -> int | None:
        if not self._second:
            return None
        walk = self._walk
        walk.at = self._second
        if not walk.have(8) or walk.buffer[walk.at : walk.at + 4] != ITEM:
            return 0
        length = _U32(walk.buffer, walk.at + 4)[0]
        walk.at += 8
        marker, is_whole = self._marker(length)
        return 0 if marker is None and is_whole else marker

    def _marker(self, length: int) -> tuple[int | None, bool]:
        """Look for the marker in the fragment that begins here, and has so many bytes.

        The second value is True where all of them were looked at.
        """
        walk, marker, end = self._walk, None, 0
        for most in _MARKER_WITHIN:
            end = min(length, most)
            walk.have(end)
            marker = frame_marker(walk.buffer[walk.at : walk.at + end])
            if marker is not None or end == length:
                break
        return marker, end == length

    def _all(self, frames: int) -> tuple[int, int, bool]:
        """Count the fragments; return their number, and the bytes up to the end of the last one.

        Where there is a table, those count that it names, as the viewer looks for them. Where the
        file ends before there is one for each frame, in the beginning of one, or before the end of
        frames that have several, the beginning of the next counts. The third value is True where
        one has to be the beginning of a frame, and is none.
        """
        named = self._named(frames)
        walk, size = self._walk, self._walk.size or 0
        at, count, number, held, is_cut = self._first, 0, 0, 0, False
        while True:
            walk.budget.elements -= 1
            head = walk.ahead(at, 8) if at < size else b""
            if len(head) < 8 or head[:4] != ITEM:
                if head[:4] == SEQUENCE_END:
                    walk.refuse_behind_pixels(at + 8)
                elif len(head) == 8 and count >= frames and not self._is_padded(at):
                    raise UnreadableError(_NO_END)
                else:
                    walk.budget.stops_gears |= len(head) < 8  # they want the end to be marked
                self._is_split = held > frames
                is_short = len(head) < 8 and (count < frames or number > frames or head != b"")
                return count, at - self._start + (8 if is_short else 0), is_cut
            length = _U32(head, 4)[0]
            number += 1
            is_frame = number <= frames
            if self._table:
                is_frame = (at - self._first) % _LARGEST_OFFSET in named
            if length and is_frame and frames > 1 and not is_cut:
                is_cut = frame_marker(walk.ahead(at + 8, min(length, _LONGEST_START))) == 0
            held += length > 0
            count += length > 0 and (is_frame or not self._table)
            at += 8 + length

    def _named(self, frames: int) -> set[int]:
        """Return where the table says that frames begin."""
        return set(islice((o for (o,) in _OFFSETS(self._table)), min(frames, MAX_FRAMES)))

    def _is_padded(self, at: int) -> bool:
        """Return True where the end follows a byte that the length of the last one leaves out."""
        return self._walk.ahead(at, 5)[1:] == SEQUENCE_END


def contents(stream: Stream, budget: Budget) -> Iterator[bytes]:
    """Yield what is in the fragments, behind the offset table, from the beginning of pixel data."""
    is_table = True
    while (head := stream.read(8))[:4] == ITEM and len(head) == 8:
        budget.elements -= 1
        budget.check()
        for part in parts(stream, _U32(head, 4)[0]):
            if not is_table:
                yield part
        is_table = False


def frame_marker(start: bytes) -> int | None:
    """Return :attr:`~..model.instance.PixelData.frame_marker` of a frame with this start."""
    if start.startswith(_JPEG_2000):
        return 0xFF4F
    if start[1:8] == _RLE and 0 < start[0] <= _MOST_RLE_SEGMENTS:
        return RLE_HEADER
    if not start.startswith(b"\xff\xd8"):
        return 0
    at = 2
    for _ in range(_MOST_SEGMENTS):
        segment = _SEGMENT.match(start, at)
        if segment is None:
            return 0 if start[at : at + 1] not in {b"", b"\xff"} else None
        kind, length = segment[1][0], segment[2]
        if kind == 0xF7 or (0xC0 <= kind <= 0xCF and kind not in _NO_FRAME_MARKERS):
            return 0xFF00 | kind
        at = segment.start(2) + int.from_bytes(length, "big")
    return 0
