"""Data elements byte by byte, for what no writer would write, and the reading of them."""

from __future__ import annotations

import io
import struct

from fw_gear_viewer_check.dicom.header import (
    HeaderReader,
    NotDicomError,
    OddEncodingError,
)
from fw_gear_viewer_check.dicom.streams import UnreadableError
from fw_gear_viewer_check.dicom.values import LONG_VRS

READER = HeaderReader()
ITS_EXCEPTIONS = (NotDicomError, UnreadableError, OddEncodingError)
UNDEFINED = b"\xff\xff\xff\xff"


def read(content, size=None):
    """Read a header; ``size`` is the size of the file where it is not all there."""
    return READER.read(io.BytesIO(content), len(content) if size is None else size)


def element(group, number, vr, value, length=None):
    """Encode an explicit VR little endian element."""
    length = struct.pack("<L", len(value)) if length is None else length
    tag = struct.pack("<HH", group, number)
    if vr in LONG_VRS:
        return tag + vr + b"\0\0" + length + value
    return tag + vr + length[:2] + value


def item(value, length=None):
    """Encode an item of a sequence."""
    length = struct.pack("<L", len(value)) if length is None else length
    return b"\xfe\xff\x00\xe0" + length + value


ITEM_END = b"\xfe\xff\x0d\xe0\0\0\0\0"
SEQUENCE_END = b"\xfe\xff\xdd\xe0\0\0\0\0"
CLASS = element(8, 0x16, b"UI", b"1.2\0")
MODALITY = element(8, 0x60, b"CS", b"CT")
ROWS = element(0x28, 0x10, b"US", b"\x04\0")
PIXELS = element(0x7FE0, 0x10, b"OW", bytes(32))
REFERENCED = 0x8, 0x1115
