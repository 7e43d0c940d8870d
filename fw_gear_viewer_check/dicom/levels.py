"""Which values the pixels of a fractional segmentation have: by them the viewer loads it or not."""

from __future__ import annotations

from dataclasses import replace
from typing import IO

from fw_gear_viewer_check.dicom.streams import parts
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.limits import MAX_FRACTIONAL_BYTES
from fw_gear_viewer_check.model.sop_classes import DEFLATED


def are_asked_for(instance: Instance) -> bool:
    """Return True where the values decide, and stand in the file as they are."""
    pixels = instance.pixel_data
    return (
        instance.is_fractional
        and instance.data.number("BitsAllocated") in {1, 8}
        and instance.transfer_syntax_uid != DEFLATED
        and pixels is not None
        and bool(pixels.length and pixels.available)
    )


def with_levels(instance: Instance, stream: IO[bytes], start: int) -> Instance:
    """Return an instance with the levels of its pixel data, which begin there in its file."""
    pixels = instance.pixel_data
    length = (pixels and pixels.length) or 0
    found, read = b"\0", 0
    stream.seek(start)
    for part in parts(stream, min(length, MAX_FRACTIONAL_BYTES)):
        read += len(part)
        while other := part.translate(None, found):
            found += other[:1]
            if len(found) > 2:
                return replace(instance, levels=found[1:])
    return replace(instance, levels=found[1:]) if read == length else instance
