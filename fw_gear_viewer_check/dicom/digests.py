"""What tells copies of an object from others that have its SOPInstanceUID."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import blake2b
from typing import IO, Any

from fw_gear_viewer_check.dicom.frames import contents
from fw_gear_viewer_check.dicom.header import META_GROUP
from fw_gear_viewer_check.dicom.streams import PART, parts
from fw_gear_viewer_check.dicom.values import LONG_VRS
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.limits import Budget, SpentError
from fw_gear_viewer_check.model.sop_classes import DEFLATED


def with_digests(instance: Instance, stream: IO[bytes], size: int, budget: Budget) -> Instance:
    """Return an instance with the digests of its file, which has so many bytes.

    Where the budget does not do, it has that of the file only.
    """
    whole, pixels = _Digested(stream), instance.pixel_data
    blocks = io.BufferedReader(whole, PART)  # in a store, each is a request
    content: Iterable[bytes]
    if pixels is None:
        content = _data_set(blocks, budget)
    elif instance.transfer_syntax_uid == DEFLATED:
        content = ()  # they may begin anywhere
    else:
        for _ in parts(blocks, size - (pixels.available or 0)):
            pass
        is_native = pixels.length is not None
        content = parts(blocks, pixels.length or 0) if is_native else contents(blocks, budget)
    of_content, spent = None, ""
    try:
        for part in content:
            of_content = of_content or blake2b()
            of_content.update(part)
    except SpentError:
        spent = "their pixel data are in too many fragments"
    for _ in parts(blocks):
        pass
    digest = whole.digest.digest()
    if spent:
        return replace(instance, digest=digest, not_compared=spent)
    # Where there is nothing to compare, only the same file is a copy.
    of_pixels = of_content.digest() if of_content else digest
    return replace(instance, digest=digest, pixel_digest=of_pixels)


def _data_set(blocks: IO[bytes], budget: Budget) -> Iterator[bytes]:
    """Yield what follows the file meta information, which says who wrote the file.

    Its elements say where it ends: a group length may lie.
    """
    head = blocks.read(132)
    if head[128:] == b"DICM":
        while (head := blocks.read(8))[:2] == META_GROUP:
            budget.elements -= 1
            budget.check()
            length = blocks.read(4) if head[4:6] in LONG_VRS else head[6:]
            for _ in parts(blocks, int.from_bytes(length, "little")):
                pass
    if head:
        yield head
    yield from parts(blocks)


class _Digested(io.RawIOBase):
    """A stream, and the digest of what was read of it.

    No other content has the same, even if somebody would like it to: a gear deletes copies.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self.digest = stream, blake2b()

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any, /) -> int:  # noqa: ANN401 - a buffer has no type before 3.12
        """Read into a buffer."""
        part = self._stream.read(len(buffer))
        buffer[: len(part)] = part
        self.digest.update(part)
        return len(part)
