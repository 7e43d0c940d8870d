"""Streams of which no more is read than is bearable, whatever a file says of itself."""

from __future__ import annotations

import io
import math
import os
import zlib
from collections.abc import Iterator
from typing import IO, Literal, Protocol, cast

from fw_gear_viewer_check.dicom.values import LONG_VRS, SHORT_VRS
from fw_gear_viewer_check.model.limits import Budget

TRUNCATED = "truncated: it ends inside its header"
NO_PIXELS = "damaged: its pixel data has the VR of a text or a sequence, or none that exists"
MISPLACED = "elements that belong in front of its pixel data stand behind them"

PART = 1024 * 1024
"""Bytes of a long content that are read at once."""
FIRST_READ = 8 * 1024
"""Bytes read first, and at least each time that was not enough: nine of ten headers end in there.

How much is read decides whether damage behind the header is met. So a file is read in steps that it
decides itself. What the header before took is read at once, and where that fails, step by step.
"""
MOST_EXPECTED = 256 * 1024
"""Most bytes that are read at once, whatever the header before took."""
MAX_HEADER_BYTES = 128 * 1024 * 1024
"""Longest header walked: the largest real ones (RTSTRUCT, enhanced) are some tens of MiB."""
_AHEAD = 32 * 1024
"""Bytes that are read at once where little of each stretch is looked at."""
_DEFLATED_READ = 32 * 1024
"""Bytes of a deflated stream that are read at once."""
_MOST_IDLE = 64 * 1024
"""Bytes of it beyond twice those that came out: deflating makes nothing much longer, and an endless
row of empty blocks takes as long as real ones."""


def step(read: int) -> int:
    """Return how many bytes to read on: a part of what is there, so that time stays linear."""
    return max(FIRST_READ, read // 2)


ByteOrder = Literal["little", "big"]
PIXELS = {
    0x7FE00008: "FloatPixelData",
    0x7FE00009: "DoubleFloatPixelData",
    0x7FE00010: "PixelData",
}
"""The elements that hold pixels, by their tags: the last ones that are read of a data set."""
_PIXEL_GROUP, _DELIMITER_GROUP = 0x7FE0, 0xFFFE
_ENDS = frozenset({0xFFFEE00D, 0xFFFEE0DD})
"""Tags that end an item, and a sequence."""
_LENGTHS = frozenset({0x00000000, 0x00020000})
"""Lengths of the groups of commands and of the file meta information: of no data set."""
UNDEFINED = 0xFFFFFFFF


def tag_of(head: bytes, order: ByteOrder) -> int:
    """Return the tag of an element that begins with these bytes."""
    return int.from_bytes(head[:2], order) << 16 | int.from_bytes(head[2:4], order)


class Stream(Protocol):
    """What is read from: a file, or a member while it is inflated."""

    def read(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes; b"" at the end."""


def parts(stream: Stream, count: float = math.inf) -> Iterator[bytes]:
    """Yield the next ``count`` bytes, or all that are left."""
    while count > 0 and (part := stream.read(int(min(count, PART)))):
        yield part
        count -= len(part)


class Bounded:
    """A stream of which ``most`` bytes may be requested; more raises ``refusal``."""

    def __init__(self, stream: IO[bytes], most: int, refusal: Exception) -> None:
        self.seek, self.tell, self.seekable = stream.seek, stream.tell, stream.seekable
        self._stream, self._left, self._refusal = stream, most, refusal

    def read(self, size: int = -1, /) -> bytes:
        """Read on; to the end without a size."""
        if size > self._left:
            raise self._refusal
        part = self._stream.read(size if size >= 0 else self._left + 1)
        self._left -= len(part) if size < 0 else size
        if self._left < 0:
            raise self._refusal
        return part


class NotDeliveredError(Exception):
    """What holds the stream did not deliver it: nothing is known of the file then."""


class UnreadableError(ValueError):
    """The stream is DICOM and cannot be read; the message says why, without quoting values."""


class Reading:
    """The bytes of a file read so far, and the place ``at`` that was reached in them."""

    __slots__ = ("_ahead", "_ahead_at", "_position", "at", "budget", "buffer", "size", "stream")

    def __init__(self, stream: Stream, size: int | None, budget: Budget, start: bytes) -> None:
        """Take what was read of a stream; its size, where that is known."""
        self.stream, self.size, self.budget = stream, size, budget
        self.buffer, self.at = start, 0
        self._ahead, self._ahead_at = b"", 0
        self._position: int | None = None
        """Of the stream, once it is read further on."""

    def have(self, count: int) -> bool:
        """Read on until ``count`` bytes follow; return False when the stream ends before."""
        need = self.at + count
        while len(self.buffer) < need:
            if need > MAX_HEADER_BYTES:
                if self.size is not None and need > self.size + 12:  # what stands before a value
                    return False  # a length that lies
                message = f"its header is longer than {MAX_HEADER_BYTES >> 20} MiB"
                raise UnreadableError(message)
            part = self.stream.read(step(len(self.buffer)))
            if not part:
                return False
            self.buffer += part
            self.budget.walked -= len(part)
            self.budget.check()
        return True

    def ahead(self, at: int, count: int) -> bytes:
        """Return bytes of a file further on, asked for front to back; fewer at its end.

        What lies between is stepped over. Nothing can be read with :meth:`have` afterwards. How
        far it reads does not depend on what was read before, which another file may have decided.
        """
        end = self._ahead_at + len(self._ahead)
        if self._position is None:
            self._position, end = len(self.buffer), min(self.at, at)
        if at + count > end:
            kept = self._ahead[at - self._ahead_at :]
            start = at + len(kept)
            part = self._read_at(start, start + max(count - len(kept), _AHEAD))
            self._ahead, self._ahead_at = kept + part, at
            is_plain = isinstance(self.stream, io.BufferedReader)  # nothing is unpacked for it
            self.budget.stepped -= len(part) if is_plain else start + len(part) - end
            self.budget.check()
        start = at - self._ahead_at
        return self._ahead[start : start + count]

    def _read_at(self, start: int, stop: int) -> bytes:
        """Return these bytes; those that are in the buffer are not read again."""
        known = self.buffer[start:stop]
        start += len(known)
        if start >= stop:
            return known
        stream, position = cast("IO[bytes]", self.stream), cast("int", self._position)
        if start > position:
            stream.seek(start - position, os.SEEK_CUR)
        part = stream.read(stop - start)
        self._position = start + len(part)
        return known + part

    def available(self, length: int) -> int | None:
        """Return :attr:`~..model.instance.PixelData.available` of pixel data that begin here.

        Of a deflated data set one byte more is asked for, to see that it ends: nobody opens a part.
        """
        if self.size is not None:
            return max(self.size - self.at, 0)
        if length == UNDEFINED or not self.budget.follows:
            return None
        found = len(self.buffer) - self.at
        for part in parts(self.stream, length + 1 - found):
            found += len(part)
            self.budget.stepped -= len(part)
            self.budget.check()
        return min(found, length)

    def refuse_behind_pixels(
        self, at: int, order: ByteOrder = "little", *, explicit: bool = True
    ) -> None:
        """Raise :class:`UnreadableError` for an element behind the pixels that belongs before them.

        Elements are in the order of their tags (PS3.5 section 7.1), and an object has one of pixels
        (PS3.3 C.7.6.24): of those that are there again, nobody knows which count. What else follows
        is stepped over: padding, signatures, private elements, and bytes that are no elements. It
        is noted where gears cannot: of zeros they read commands, which they refuse to write, and
        what never ends costs them the whole data set.
        """
        if self.size is None or not self.budget.follows:
            return
        depth = 0  # in sequences and items of undefined length
        while at + 8 <= self.size and len(head := self.ahead(at, 12)) >= 8:
            self.budget.elements -= 1
            if not any(head[:8]):
                self.budget.stops_gears = True
                zeros = self.ahead(at, _AHEAD)
                at += max((len(zeros) - len(zeros.lstrip(b"\0"))) // 8 * 8, 8)
                continue
            tag, vr = tag_of(head, order), head[4:6]
            of_length = slice(4, 8)
            if not explicit or tag >> 16 == _DELIMITER_GROUP or vr not in SHORT_VRS | LONG_VRS:
                vr = b""
            elif vr in SHORT_VRS:
                of_length = slice(6, 8)
            else:
                of_length = slice(8, 12)
            length = int.from_bytes(head[of_length], order)
            at += of_length.stop
            self.budget.stops_gears |= len(head) < of_length.stop or tag in _LENGTHS
            is_element = vr or tag >> 16 == _PIXEL_GROUP or at + length <= self.size
            # Nobody reads the lengths of groups, nor zeros, which look like them.
            if not depth and tag & 0xFFFF and tag <= max(PIXELS) and is_element:
                what = "it has pixel data twice" if tag in PIXELS else MISPLACED
                message = f"damaged: {what}"
                raise UnreadableError(message)
            if length == UNDEFINED:
                depth += 1
            else:
                depth = max(depth - (tag in _ENDS), 0)
                at += length
        self.budget.stops_gears |= depth > 0


class Inflated:
    """A deflated data set, inflated as far as it is read (PS3.5 annex A.5)."""

    def __init__(self, start: bytes, stream: Stream) -> None:
        """Take the bytes that were read already, and the stream that goes on behind them."""
        self._stream = stream
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self._waiting = start
        self._read = self._made = 0

    def read(self, size: int, /) -> bytes:
        """Return ``size`` inflated bytes, fewer at the end. Raises :class:`UnreadableError`.

        All of them: what is read is put together as often as this is called. What was inflated
        before damage is returned, and the damage raised when more is read.
        """
        found: list[bytes] = []
        while size > 0:
            try:
                part = self._more(size)
            except UnreadableError:
                if not found:
                    raise
                break
            if not part:
                break
            found.append(part)
            size -= len(part)
        return b"".join(found)

    def _more(self, size: int) -> bytes:
        while not self._inflater.eof:
            deflated = self._waiting or self._stream.read(_DEFLATED_READ)
            try:
                part = self._inflater.decompress(deflated, size)
            except zlib.error as error:
                message = "damaged: its deflated data set cannot be inflated"
                raise UnreadableError(message) from error
            self._waiting = self._inflater.unconsumed_tail
            self._read += len(deflated) - len(self._waiting)
            self._made += len(part)
            if self._read > _MOST_IDLE + 2 * self._made:
                message = "damaged: its deflated data set is longer than what it holds"
                raise UnreadableError(message)
            if part:
                return part
            if not deflated:
                message = "truncated: its deflated data set has no end"
                raise UnreadableError(message)
        return b""
