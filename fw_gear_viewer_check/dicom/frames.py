"""Compressed frames: what they are coded in, and whether all of them are there (PS3.5 A.4)."""

from __future__ import annotations

import os
from dataclasses import replace
from struct import Struct
from typing import IO, Protocol, cast

from fw_gear_viewer_check.dicom.streams import Stream
from fw_gear_viewer_check.model.instance import NO_FRAGMENT, RLE_HEADER, PixelData
from fw_gear_viewer_check.model.limits import Budget

_MARKER_WITHIN = (1024, 128 * 1024)
"""Bytes of a compressed frame in which the marker of its coding is looked for: at first, and where
it is not among them. A colour profile may stand before it."""
_LONGEST_STEP = 32 * 1024
"""Bytes of an offset table, or of a first fragment, behind which it is looked what follows."""
MAX_FIRST_FRAGMENT = 1024 * 1024
"""Bytes behind which the second fragment is not looked at: a member of a zip is inflated so far."""
ITEM = b"\xfe\xff\x00\xe0"
SEQUENCE_END = b"\xfe\xff\xdd\xe0"
_U32 = Struct("<L").unpack_from
_NO_FRAME_MARKERS = frozenset({0xC4, 0xC8, 0xCC})
"""Tables and extensions of JPEG among the markers of frames (ISO/IEC 10918-1 table B.1)."""
_RLE, _MOST_RLE_SEGMENTS = b"\0\0\0\x40\0\0\0", 15
"""Count of segments (its upper bytes), and the first one's place behind the header (PS3.5 G.5)."""
_JPEG_2000 = (b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  ")
"""Starts of a codestream, and of the JP2 file around one."""


class Walk(Protocol):
    """The bytes of a file read so far, and the place ``at`` that was reached in them."""

    at: int
    buffer: bytes
    stream: Stream
    budget: Budget

    def have(self, count: int, /) -> bool:
        """Read on until ``count`` bytes follow; return False when the file ends before."""


class Fragments:
    """The fragments of encapsulated pixel data, from where a walk has reached them."""

    def __init__(self, walk: Walk) -> None:
        self._walk, self._start = walk, walk.at
        self._first = 0
        self._second = 0
        """Where it begins, if no table says where the second frame does."""
        self.marker, end = self._look_at_first()
        """:attr:`~..model.instance.PixelData.frame_marker`."""
        self.end = max(end - self._start, 0)
        """Bytes up to the end of the first one."""

    def all_of(self, pixels: PixelData, frames: float) -> PixelData:
        """Return what is known of the pixel data, with what the fragments behind the first tell."""
        if frames > 1:
            pixels = replace(pixels, second_marker=self._second_marker())
        delimiter = 8  # most pixel data end with it, behind their first fragment
        if not self.end or pixels.available in {None, self.end + delimiter}:
            return pixels
        return replace(pixels, fragments_end=self._last_end(frames))

    def _look_at_first(self) -> tuple[int | None, int]:
        """Return the marker in the first fragment, and where it ends."""
        walk, length = self._walk, 0
        for _ in range(2):  # the item of the offset table, then the first fragment's
            if self._is_last():
                return NO_FRAGMENT, 0
            if walk.buffer[walk.at : walk.at + 4] != ITEM:
                return None, 0
            has_table, length = bool(length), _U32(walk.buffer, walk.at + 4)[0]
            walk.at += 8
            start, end = walk.at, walk.at + length
            if length <= _LONGEST_STEP:
                walk.at = end
        if not has_table and length <= MAX_FIRST_FRAGMENT:
            self._second = end
        walk.at, self._first = start, start - 8
        if not length and self._is_last():
            return NO_FRAGMENT, 0
        return self._marker(length), end

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
        return self._marker(length)

    def _marker(self, length: int) -> int | None:
        """Look for the marker in the fragment that begins here, and has so many bytes."""
        walk, marker = self._walk, None
        for most in _MARKER_WITHIN:
            end = min(length, most)
            walk.have(end)
            marker = frame_marker(walk.buffer[walk.at : walk.at + end])
            if marker is not None:
                break
        return marker

    def _last_end(self, frames: float) -> int:
        """Return :attr:`~..model.instance.PixelData.fragments_end`, from fragment to fragment."""
        read, budget = self._walk.buffer, self._walk.budget
        stream = cast("IO[bytes]", self._walk.stream)
        at, there, count = self._first, len(read), 0
        while budget.elements > 0:
            budget.elements -= 1
            if at + 8 <= len(read):
                head = read[at : at + 8]
            else:
                budget.stepped -= max(at - there, 0)
                if budget.stepped < 0:
                    break
                stream.seek(at - there, os.SEEK_CUR)
                head = stream.read(8)
                there = at + len(head)
            if len(head) < 8 or head[:4] != ITEM:
                # Of each frame there is a fragment at least: another one should begin here.
                is_cut = len(head) < 8 and count < frames
                return at - self._start + (8 if is_cut else 0)
            count += 1
            at += 8 + _U32(head, 4)[0]
        return self.end


def frame_marker(start: bytes) -> int | None:
    """Return :attr:`~..model.instance.PixelData.frame_marker` of a frame with this start."""
    if start.startswith(_JPEG_2000):
        return 0xFF4F
    if start[1:8] == _RLE and 0 < start[0] <= _MOST_RLE_SEGMENTS:
        return RLE_HEADER
    if not start.startswith(b"\xff\xd8"):
        return 0
    at = 2
    while at + 4 <= len(start) and start[at] == 0xFF:
        kind = start[at + 1]
        if kind == 0xF7 or (0xC0 <= kind <= 0xCF and kind not in _NO_FRAME_MARKERS):
            return 0xFF00 | kind
        # Markers may be filled up with bytes of FF; all others before a frame have a length.
        at += 1 if kind == 0xFF else 2 + int.from_bytes(start[at + 2 : at + 4], "big")
    return None
