"""Series that were read once, changed as bytes say: fuzzing of the judging, without the reading.

Each edit takes a few bytes: which instance, which attribute, and the bytes that become its value in
the way the reader converts them. What comes out is what the reader could have made of some file.
"""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from pydicom.datadict import dictionary_VR, tag_for_keyword

from fuzz import corpus
from fw_gear_viewer_check.dicom import attributes, elements, values
from fw_gear_viewer_check.model.data_set import DataSet
from fw_gear_viewer_check.model.instance import Instance, PixelData
from tests import pack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fw_gear_viewer_check.model.data_set import Value

MAX_EDITS = 40
MAX_FRAMES = 3_000
"""An image that declares more is left out, as the reader does from 100,000 on."""
MAX_LENGTH = 64
"""Bytes of one value."""
POOL = (
    *(b"", b" ", b"0", b"-0", b"-1", b"1e300", b"1e-300", b"0\\0", b"1\\1", b"0\\0\\0", b"\\\\"),
    *(b"1\\0\\0\\0\\1\\0", b"0\\0\\0\\0\\0\\0", b"1e300\\1e300\\1e300", b"2147483647", b"NaN"),
    *(b"CT", b"PT", b"NM", b"US", b"SEG", b"MR", b"CNTS", b"START", b"ATTN\\DECY", b"20209999"),
    *(b"240000", b"1.2.840.10008.5.1.4.1.1.2", b"1.2.840.10008.5.1.4.1.1.66.4", b"\xff" * 8),
)
"""Values that mean something to some requirement."""
REMOVE, EMPTY, FROM_POOL = 0, 1, 2
OTHER_VRS = ("FD", "LO", "US", "SL", "UV", "UT", "DS", "CS")
"""VRs that a file may name for any attribute, whatever the dictionary says."""
ANOTHER_VR = 0x40
"""Bit of an edit that makes it a value of one of them."""


class _Path(NamedTuple):
    keywords: tuple[str, ...]
    vr: str


def edited(data: bytes) -> tuple[Instance, ...]:
    """Return the instances of a series, changed as the bytes say."""
    steps = iter(data)
    chosen = _bases()[next(steps, 0) % len(_bases())]
    instances = list(copy.deepcopy(chosen))
    for _ in range(MAX_EDITS):
        number = next(steps, None)
        if number is None:
            break
        place = number % len(instances)
        instances[place] = _edit(instances[place], steps)
    return tuple(i for i in instances if i.number_of_frames <= MAX_FRAMES)


def _edit(instance: Instance, steps: Iterator[int]) -> Instance:
    index = next(steps, 0) << 8 | next(steps, 0)
    paths = _paths()
    if index % (len(paths) + 1) == len(paths):
        length, available = (next(steps, 0) << 8 * next(steps, 0) % 5 for _ in range(2))
        pixels = PixelData(length, available) if length % 2 == 0 else None
        return Instance(instance.name, instance.data, instance.transfer_syntax_uid, pixels)
    path = paths[index % (len(paths) + 1)]
    action = next(steps, 0)
    for holder in _holders(instance.data, path.keywords[:-1], action):
        if action == REMOVE:
            holder.pop(path.keywords[-1], None)
        else:
            holder[path.keywords[-1]] = _value(path, action, steps)
    return instance


def _holders(data: DataSet, sequences: tuple[str, ...], action: int) -> Iterator[DataSet]:
    if not sequences:
        yield data
        return
    items = data.items_of(sequences[0])
    if not items and action != REMOVE:
        items = (DataSet(),)
        data[sequences[0]] = items
    chosen = items if action % 2 else items[action % len(items) :][:1] if items else ()
    for item in chosen:
        yield from _holders(item, sequences[1:], action)


def _value(path: _Path, action: int, steps: Iterator[int]) -> Value:
    if path.vr == "SQ":
        return None if action == EMPTY else tuple(DataSet() for _ in range(action % 4))
    if action == EMPTY:
        return None
    if action % 4 == FROM_POOL:
        raw = POOL[next(steps, 0) % len(POOL)]
    else:
        raw = bytes(
            byte for _, byte in zip(range(next(steps, 0) % MAX_LENGTH), steps, strict=False)
        )
    if path.keywords[-1] in attributes.COUNTED:
        return raw.count(b"\\") + 1 if raw else None
    is_other = action & ANOTHER_VR
    vr = OTHER_VRS[next(steps, 0) % len(OTHER_VRS)] if is_other else path.vr
    value = values.convert(vr, raw)
    is_kept_back = path.keywords[-1] in elements.PRESENCE_ONLY
    return values.presence(vr, value) if is_kept_back else value


@lru_cache(maxsize=1)
def _bases() -> tuple[tuple[Instance, ...], ...]:
    return tuple(
        tuple(instance for series in pack.read(datasets) for instance in series.instances)
        for datasets in corpus.series().values()
    )


@lru_cache(maxsize=1)
def _paths() -> tuple[_Path, ...]:
    private = [_Path((key,), vr) for key, (_, vr) in attributes.PRIVATE.items()]
    return (*_flat(attributes.TREE, ()), *private)


def _flat(tree: attributes.Tree, above: tuple[str, ...]) -> Iterator[_Path]:
    for keyword, items in tree.items():
        tag = tag_for_keyword(keyword)
        assert tag is not None, keyword  # noqa: S101 - the tests hold the tree against it
        yield _Path((*above, keyword), dictionary_VR(tag).split(" ")[0])
        if items:
            yield from _flat(items, (*above, keyword))
