"""What a compressed frame is coded in, by its first bytes."""

from __future__ import annotations

from fw_gear_viewer_check.model.instance import RLE_HEADER

_NO_FRAME_MARKERS = frozenset({0xC4, 0xC8, 0xCC})
"""Tables and extensions of JPEG among the markers of frames (ISO/IEC 10918-1 table B.1)."""


_RLE, _MOST_RLE_SEGMENTS = b"\0\0\0\x40\0\0\0", 15
"""Count of segments (its upper bytes), and the first one's place behind the header (PS3.5 G.5)."""

_JPEG_2000 = (b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  ")
"""Starts of a codestream, and of the JP2 file around one."""


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
