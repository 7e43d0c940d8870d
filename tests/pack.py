"""Data sets -> bytes, zips and folders, and back as the reader sees them."""

from __future__ import annotations

import io
import tempfile
import warnings
import zipfile
from pathlib import Path

from pydicom import Dataset, dcmwrite
from pydicom.config import disable_value_validation
from pydicom.encaps import encapsulate
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_data_element, write_dataset
from pydicom.uid import UID

from fw_gear_viewer_check.checker import judging
from fw_gear_viewer_check.checker.shown import shown
from fw_gear_viewer_check.dicom.reader import read_input
from fw_gear_viewer_check.model.lookup import LocalLookup
from fw_gear_viewer_check.model.series import Series, Tolerances
from tests import make


def to_bytes(dataset, transfer_syntax=None, *, preamble=True):
    """Write a data set; pixel data of a compressed transfer syntax are encapsulated as they are."""
    uid = UID(transfer_syntax or dataset.file_meta.get("TransferSyntaxUID") or make.EXPLICIT)
    if uid.is_compressed and not uid.is_deflated and "PixelData" in dataset:
        if not dataset.PixelData.startswith(b"\xfe\xff\x00\xe0"):
            is_frame = dataset.PixelData.startswith((b"\xff", b"\1\0\0\0\x40"))
            start = b"" if is_frame else _STARTS.get(uid[-3:], b"")
            dataset.PixelData = encapsulate([start + dataset.PixelData])
        dataset["PixelData"].VR = "OB"
        dataset["PixelData"].is_undefined_length = True
    with disable_value_validation(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if not preamble:
            return _content(dataset, uid)
        dataset.file_meta.TransferSyntaxUID = uid
        if "MediaStorageSOPClassUID" not in dataset.file_meta:
            dataset.file_meta.MediaStorageSOPClassUID = dataset.get("SOPClassUID") or make.CT
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.get("SOPInstanceUID") or "1.2"
        if uid.is_deflated:
            return _file(dataset, uid)
        key = (uid, *map(_identity, dataset.file_meta.elements()))
        if key not in _WRITTEN:
            alone = Dataset()
            alone.file_meta = dataset.file_meta
            _WRITTEN[key] = _file(alone, uid)
        return _WRITTEN[key] + _content(dataset, uid)


_STARTS = {
    **dict.fromkeys((".50", ".51"), b"\xff\xd8\xff\xc0\x00\x0b"),
    **dict.fromkeys((".57", ".70"), b"\xff\xd8\xff\xc3\x00\x0b"),
    **dict.fromkeys((".80", ".81"), b"\xff\xd8\xff\xf7\x00\x0b"),
    **dict.fromkeys((".90", ".91", "201", "202", "203"), b"\xff\x4f\xff\x51"),
    "2.5": b"\1\0\0\0\x40\0\0\0",
}
"""How a frame begins, by the end of the transfer syntax."""
_WRITTEN: dict[tuple[object, ...], bytes] = {}
"""What was written before: tests write the same elements ten thousands of times."""
_LONG = 4096
"""Bytes of an element from which on it is not remembered."""


def _file(dataset, uid):
    """Return a whole file as pydicom writes it."""
    out = io.BytesIO()
    _keep_raw(dataset, uid)
    dcmwrite(out, dataset, enforce_file_format=True)
    return out.getvalue()


def _content(dataset, uid):
    """Return a data set as pydicom writes it."""
    if "SpecificCharacterSet" in dataset:  # raw elements are converted then
        out = _buffer(uid)
        _keep_raw(dataset, uid)
        write_dataset(out, dataset)
        return out.getvalue()
    tags = sorted(dataset.keys(), key=int)
    return b"".join(_element(dataset.get_item(t), uid) for t in tags if t.element or t.group <= 6)


def _element(element, uid):
    is_long = isinstance(element.value, bytes) and len(element.value) > _LONG
    key = () if is_long else (uid, _identity(element))
    if key in _WRITTEN:
        return _WRITTEN[key]
    out = _buffer(uid)
    if element.VR == "SQ" and not element.is_raw:
        for item in element.value:
            _keep_raw(item, uid)
    write_data_element(out, element, "iso8859")
    if key and out.tell() <= _LONG:
        _WRITTEN[key] = out.getvalue()
    return out.getvalue()


def _identity(element):
    """Return what tells an element from all that are written in another way."""
    value = element.value
    if element.is_raw:
        return (element.tag, element.VR, value, element.length)
    if element.VR == "SQ":
        value = tuple(
            (item.is_undefined_length_sequence_item, *map(_identity, item.elements()))
            for item in value
        )
        return (element.tag, "SQ", value, element.is_undefined_length)
    return (element.tag, element.VR, repr(value), element.is_undefined_length)


def _buffer(uid):
    out = DicomBytesIO()
    out.is_implicit_VR, out.is_little_endian = uid.is_implicit_VR, uid.is_little_endian
    return out


def _keep_raw(dataset, uid):
    """Let pydicom write raw elements as they are, as it does with a data set that it has read."""
    dataset.set_original_encoding(uid.is_implicit_VR, uid.is_little_endian, "iso8859")
    for element in dataset.elements():
        if element.VR == "SQ":
            for item in element.value:
                _keep_raw(item, uid)


def name_of(k):
    return f"{k + 1:03}.dcm"


def members(datasets, transfer_syntax=None):
    """Return {"001.dcm": bytes, ...}."""
    return {name_of(k): to_bytes(d, transfer_syntax) for k, d in enumerate(datasets)}


def zip_bytes(contents, compression=zipfile.ZIP_STORED):
    """Return a zip of {name: bytes}; a list of pairs may repeat a name."""
    out = io.BytesIO()
    pairs = contents.items() if isinstance(contents, dict) else contents
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", compression) as archive:
        warnings.simplefilter("ignore")  # of names that occur twice
        for name, content in pairs:
            archive.writestr(zipfile.ZipInfo(name), content, compression)
    return out.getvalue()


def encrypted(zipped, name):
    """Set the flag of a member that says that it is encrypted, in both places that have it."""
    changed = bytearray(zipped)
    for signature, flags, length in ((b"PK\3\4", 6, 30), (b"PK\1\2", 8, 46)):
        at = -1
        while (at := zipped.find(signature, at + 1)) >= 0:
            if zipped[at + length :].startswith(name.encode()):
                changed[at + flags] |= 1
    return bytes(changed)


def zip_file(folder, contents, name="series.dicom.zip", compression=zipfile.ZIP_STORED):
    """Write a zip of data sets, or of {name: bytes}; return its path."""
    path = Path(folder) / name
    contents = members(contents) if _are_datasets(contents) else contents
    path.write_bytes(zip_bytes(contents, compression))
    return path


def folder_of(folder, contents, name="series"):
    """Write a folder of data sets, or of {name: bytes}; return its path."""
    root = Path(folder) / name
    root.mkdir(parents=True, exist_ok=True)
    contents = members(contents) if _are_datasets(contents) else contents
    for member, content in contents.items():
        path = root / member
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def file_of(folder, dataset, name="image.dcm"):
    """Write a lone DICOM file; return its path."""
    path = Path(folder) / name
    path.write_bytes(to_bytes(dataset))
    return path


def _are_datasets(contents):
    return isinstance(contents, list) and all(hasattr(c, "file_meta") for c in contents)


def read(contents, *, reference=None, lookup=None, tolerances=None):
    """Write data sets (or {name: bytes}) into a zip, and return its series as they are read.

    A path is read as it is. ``lookup`` stands for other files; without it, this input and the data
    sets of ``reference`` are all that is known, as in a run without the platform.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = contents if isinstance(contents, Path) else zip_file(folder, contents)
        archive, instances = read_input(path)
        places = [("this input", instances)]
        if reference is not None:
            reference_path = zip_file(folder, reference, "reference.zip")
            places.append(("the reference input", read_input(reference_path)[1]))
    return [
        Series(
            uid,
            found,
            archive,
            lookup or LocalLookup(places, shown=shown),
            tolerances or Tolerances(),
        )
        for uid, found in judging._by_series(instances)
    ]
