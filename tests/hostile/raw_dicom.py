"""DICOM made byte by byte, for what no library writes."""

from __future__ import annotations

import struct

from tests import make

ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
UNDEFINED = 0xFFFFFFFF
LONG = frozenset({"OB", "OW", "SQ", "UN", "UT", "UC", "UR"})


def element(tag, vr, value=b"", length=None):
    """Return an element, explicit VR little endian; ``length`` may lie."""
    length = len(value) if length is None else length
    start = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    if vr in LONG:
        return start + struct.pack("<HL", 0, length) + value
    return start + struct.pack("<H", length & 0xFFFF) + value


def implicit(tag, value=b"", length=None):
    """Return an element (or an item), implicit VR little endian."""
    length = len(value) if length is None else length
    return struct.pack("<HHL", tag >> 16, tag & 0xFFFF, length) + value


def item(content=b"", length=None):
    return implicit(ITEM, content, length)


def text(tag, vr, value):
    value = value.encode()
    return element(tag, vr, value + (b"\0" if vr == "UI" else b" ") * (len(value) % 2))


def meta(transfer_syntax=make.EXPLICIT):
    content = text(0x00020002, "UI", make.CT) + text(0x00020010, "UI", transfer_syntax)
    length = element(0x00020000, "UL", struct.pack("<L", len(content)))
    return bytes(128) + b"DICM" + length + content


def identity(number=1, series="1.2.3"):
    return b"".join(
        (
            text(0x00080016, "UI", make.CT),
            text(0x00080018, "UI", f"1.2.{number}"),
            text(0x00080060, "CS", "CT"),
            text(0x0020000D, "UI", "1.2"),
            text(0x0020000E, "UI", series),
        )
    )


def image(*elements, number=1, series="1.2.3", transfer_syntax=make.EXPLICIT):
    """Return a small image with further elements behind what identifies it."""
    return meta(transfer_syntax) + identity(number, series) + b"".join(elements)
