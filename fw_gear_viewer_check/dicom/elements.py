"""Which attributes are wanted of a data set, by the bytes of their tags, and their values."""

from __future__ import annotations

import secrets
from hashlib import blake2b
from struct import pack
from typing import NamedTuple

from fw_gear_viewer_check.dicom import attributes, values
from fw_gear_viewer_check.model.data_set import Padded, Value, damaged
from fw_gear_viewer_check.model.limits import PARTS_OF_ELEMENT, Budget

MAX_VALUE_BYTES = 1024
"""Longest value that is kept: those of ImageType and CorrectedImage, the longest, make 300.

It would stand in a hundred rows of a table, and be looked at as often.
"""
MAX_VECTOR_BYTES = 1024 * 1024
"""The same of a value with a number for each frame: 100,000 fit."""
MAX_COUNTED_BYTES = 16 * 1024 * 1024
"""The same of a value whose parts are counted (ContourData)."""


class ElementSpec(NamedTuple):
    """What is wanted of an attribute; ``memo`` holds the values of the bytes met so far."""

    keyword: str
    vr: str
    items: dict[bytes, ElementSpec]
    memo: dict[bytes, Value] | None
    longest: int = MAX_VALUE_BYTES
    """Bytes above which a value is damaged."""


NOTHING_WANTED: dict[bytes, ElementSpec] = {}
"""The table of what is stepped over: one, for what is learnt of it is kept by its id."""
NOT_READ = ElementSpec("", "SQ", NOTHING_WANTED, None)

PRESENCE_ONLY = frozenset(
    {"StudyDate", "StudyTime", "StudyID", "PatientID"}
    | {"ScheduledProcedureStepID", "RequestedProcedureID", "EncapsulatedDocument"},
)
"""Identifying attributes of which nothing but the presence is kept."""
_LOOKED_INTO = attributes.PRIVATE.keys() | attributes.FILE_META.keys()
"""What servers and the viewer read in whatever VR it is written."""
TOLD_APART = frozenset({"PatientID"})
"""Those of which it is also kept whether two values are the same."""

_NEVER_REPEATED = (
    attributes.COUNTED | attributes.PALETTES | {"SOPInstanceUID", "ReferencedSOPInstanceUID"}
)
"""Values that are long, or differ in every instance: remembering them would only cost memory."""


def element_specs(tree: attributes.Tree) -> dict[bytes, ElementSpec]:
    """Return the tree by the four bytes of each tag, little endian, with VRs of the dictionary."""
    table = {}
    for keyword, items in tree.items():
        tag = attributes.tag_of(keyword)
        table[pack("<2H", tag >> 16, tag & 0xFFFF)] = ElementSpec(
            keyword,
            attributes.vr_of(keyword),
            NOTHING_WANTED if items is None else element_specs(items),
            None if keyword in _NEVER_REPEATED else {},
            longest(keyword),
        )
    return table


def longest(keyword: str) -> int:
    """Return how many bytes a value of this attribute may have."""
    if keyword in attributes.COUNTED:
        return MAX_COUNTED_BYTES
    is_long = keyword in attributes.ONE_PER_FRAME or keyword in attributes.PALETTES
    return MAX_VECTOR_BYTES if is_long else MAX_VALUE_BYTES


def remembered(want: ElementSpec, vr: str, raw: bytes, budget: Budget) -> Value:
    """Convert, or find what the same bytes were converted to before."""
    if want.memo is None or vr != want.vr:
        value = converted(want.keyword, vr, raw)
        budget.changes_by_vr |= reads_otherwise(want.keyword, vr, raw)
    else:
        try:
            return want.memo[raw]
        except KeyError:
            value = want.memo[raw] = converted(want.keyword, vr, raw)
    budget.keep(1, parts(value), 2 * len(raw))
    if want.memo is not None and not parts(value):
        # Parts that were looked at one by one, and are not kept.
        budget.elements -= raw.count(b"\\") // PARTS_OF_ELEMENT
    return value


def reads_otherwise(keyword: str, vr: str, raw: bytes, byte_order: str = "<") -> bool:
    """Return True where a gear would read another value: by the VR of the dictionary.

    Private elements keep the VR that they are written in.
    """
    if keyword in attributes.DESCRIPTORS and vr == "SS":
        raw = raw[:2]  # the count of entries, which has no sign
    if keyword in attributes.PRIVATE or vr in values.OPAQUE_VRS:
        return False
    named = attributes.vr_of(keyword)
    return values.reads_otherwise(vr, named, raw, byte_order)


def parts(value: Value) -> int:
    """Return how many texts or numbers make the value; 0 for a single one."""
    return len(value) if isinstance(value, tuple) else 0


def converted(keyword: str, vr: str, raw: bytes, byte_order: str = "<") -> Value:
    """Return a value as it is kept; ``vr`` is as the file has it.

    What is written in a VR of bytes, a server serves as bytes, which the viewer does not look into;
    of VR UN, it serves texts, with the blank at their end.
    """
    if vr not in values.OPAQUE_VRS:
        return _kept(keyword, vr, raw, byte_order)
    named = attributes.vr_of(keyword)
    if raw and named not in values.OPAQUE_VRS and keyword not in _LOOKED_INTO:
        if vr != "UN" or values.is_binary(named):
            return damaged(f"VR {vr} instead of {named}")
        if raw.endswith(b" ") and named not in {"DS", "IS"}:
            raw += b"\0"  # behind which a blank is no padding
    return _kept(keyword, named, raw, byte_order)


def _kept(keyword: str, vr: str, raw: bytes, byte_order: str) -> Value:
    """Return how many values there are, or only that an identifying one is, or the value."""
    if keyword in attributes.COUNTED:
        return _count(keyword, raw) if raw.strip(b" \0") else None
    if keyword in attributes.MEASURED:
        return _bytes_in_name(raw.strip(b" \0")) or None
    if keyword in attributes.SIZED:
        return (-len(raw) if _is_text(raw) else len(raw)) or None
    if keyword in attributes.DESCRIPTORS and vr == "SS":
        vr = "US"
    value = values.convert(vr, raw, byte_order)
    if keyword not in PRESENCE_ONLY:
        return value
    kept = values.presence(vr, value)
    if keyword not in TOLD_APART or kept != values.PRESENT:
        return kept
    digest = blake2b(_decoded(str(value)).encode(), key=_KEY, digest_size=16)
    told = f"{values.PRESENT} {digest.hexdigest()}"
    return Padded(told) if isinstance(value, Padded) else told


def _count(keyword: str, raw: bytes) -> Value:
    """Return how many values there are, of numbers only where each is one."""
    if attributes.vr_of(keyword) == "DS" and not values.are_numbers(raw):
        return damaged("not all are numbers")
    return raw.count(b"\\") + 1


def _decoded(text: str) -> str:
    """Return a text that was read as Latin-1, and may be UTF-8: one patient may be in both."""
    try:
        return text.encode("latin-1").decode()
    except UnicodeDecodeError:
        return text


def _bytes_in_name(raw: bytes) -> int:
    """Return how many bytes a text takes in UTF-8; at the most, where it is in another encoding."""
    is_as_named = _is_text(raw) and b"\x1b" not in raw
    return len(raw) if is_as_named else 2 * len(raw)


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


_KEY = secrets.token_bytes(32)
"""Of this run only: what is kept of a value tells it from others, and does not lead back to it."""
