"""Setting attributes of data sets by keyword or path; see ``make`` for examples."""

from __future__ import annotations

from typing import NamedTuple

from pydicom import Dataset
from pydicom.config import disable_value_validation
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import FileMetaDataset
from pydicom.tag import BaseTag

ABSENT = object()
BLANK = None


class Each(tuple):
    """One value for each instance."""

    __slots__ = ()


class Raw(NamedTuple):
    value: bytes
    vr: str | None


def each(*values):
    return Each(values)


def raw(value, vr=None):
    return Raw(value, vr)


def empty(transfer_syntax):
    """Return a data set without attributes."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = transfer_syntax
    return dataset


def change(datasets, **changes):
    """Change data sets that were made before, and return them."""
    with disable_value_validation():
        for path, value in changes.items():
            for k, dataset in enumerate(datasets):
                _change(dataset, path, value[k] if isinstance(value, Each) else value)
    return datasets


def _change(dataset, path, value):
    if path in {"TransferSyntaxUID", "MediaStorageSOPClassUID"}:
        _put(dataset.file_meta, path, value)
        return
    *sequences, keyword = path.split(".")
    for holder in _holders(dataset, sequences, create=value is not ABSENT):
        _put(holder, keyword, value)


def _holders(dataset, sequences, *, create):
    """Return the data sets that a path leads to."""
    if not sequences:
        return [dataset]
    name, _, index = sequences[0].rstrip("]").partition("[")
    if not dataset.get(name):
        if not create:
            return []
        _put(dataset, name, [{}])
    items = list(dataset[name].value)
    chosen = [items[int(index)]] if index else items
    return [h for item in chosen for h in _holders(item, sequences[1:], create=create)]


def _put(dataset, keyword, value):
    tag = _tag(keyword)
    if value is ABSENT:
        if tag in dataset:
            del dataset[tag]
        return
    if isinstance(value, Raw):
        vr = value.vr or _vr(tag)
        dataset[tag] = RawDataElement(tag, vr, len(value.value), value.value, 0, False, True)
        return
    vr = _vr(tag)
    if vr == "SQ":
        value = [_item(item) for item in value or ()]
    dataset[tag] = DataElement(tag, vr, value)


def _item(content):
    item = Dataset()
    for keyword, value in content.items():
        _put(item, keyword, value)
    return item


def _tag(keyword):
    """Return the tag of a keyword, or of a private attribute written as "(7053,1000)"."""
    if keyword.startswith("("):
        return BaseTag(int(keyword[1:5] + keyword[6:10], 16))
    tag = tag_for_keyword(keyword)
    assert tag is not None, f"{keyword} is not in the DICOM dictionary"
    return BaseTag(tag)


def _vr(tag):
    """Return the VR of the dictionary; a choice of VRs is settled as US or OW."""
    if tag.is_private:
        return "LO"
    vr = dictionary_VR(tag)
    return {"US or SS": "US", "OB or OW": "OW"}.get(vr, vr)


def vr_of(keyword):
    return _vr(_tag(keyword))


def only(dataset, tag):
    """Return a data set with one of the elements."""
    found = empty(dataset.file_meta.TransferSyntaxUID)
    found[tag] = dataset[tag]
    return found
