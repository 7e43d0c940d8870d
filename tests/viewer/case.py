"""A case: a made-up series as plain data, and its two forms: DICOM files and model objects.

Attributes stand by keyword, as in :class:`~fw_gear_viewer_check.model.DataSet`: a missing key is an
absent attribute, None a blank one, a list of dicts a sequence. What no rule looks at (pixels, the
encoding of the image) is added on writing. Identifiers are numbered unless a case gives its own;
:data:`LEFT_OUT` keeps one away.
"""

from __future__ import annotations

import tempfile
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pydicom
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset, write_file_meta_info
from pydicom.uid import UID

from fw_gear_viewer_check.dicom.reader import read_input
from fw_gear_viewer_check.dicom.values import convert
from fw_gear_viewer_check.model.archive import Archive
from fw_gear_viewer_check.model.data_set import DataSet, EmptyItem
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.ohif.four_d import Split, split
from fw_gear_viewer_check.ohif.metadata import ViewerInstance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fw_gear_viewer_check.ohif.javascript import Source

Attributes: TypeAlias = dict[str, Any]

LEFT_OUT = "(left out)"
"""In place of an identifier that the writer would add."""

EXPLICIT = "1.2.840.10008.1.2.1"
IMPLICIT = "1.2.840.10008.1.2"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"

_ROOT = "1.2.826.0.1.3680043.10.1551"
_PRIVATE = {
    "(2001,1003)": (0x2001, 0x03, "FL", "Philips Imaging DD 001"),
    "(0019,100C)": (0x0019, 0x0C, "IS", "SIEMENS MR HEADER"),
    "(0043,1039)": (0x0043, 0x39, "IS", "GEMS_PARM_01"),
    "(7053,1000)": (0x7053, 0x00, "DS", "Philips PET Private Group"),
    "(7053,1009)": (0x7053, 0x09, "DS", "Philips PET Private Group"),
    "(0009,100D)": (0x0009, 0x0D, "DT", "GEMS_PETD_01"),
}
_LONGEST_DECIMAL = 16
_HEAD_BYTES = 8
"""Tag and length of an element in implicit VR."""


GREY = 100
"""Value of every sample where a case has pixel data of its own."""


@dataclass(frozen=True)
class Pixels:
    """Pixel data of every instance: fragments (or, native, their only part) as hexadecimal text."""

    parts: tuple[str, ...]
    encapsulated: bool = True
    offsets: tuple[int, ...] = ()
    """The basic offset table."""

    def to_bytes(self) -> bytes:
        """Return the value of PixelData (PS3.5 annex A.4)."""
        parts = [bytes.fromhex(part) for part in self.parts]
        if not self.encapsulated:
            return b"".join(parts)
        table = b"".join(offset.to_bytes(4, "little") for offset in self.offsets)
        return b"".join(
            b"\xfe\xff\x00\xe0"
            + (len(one) + len(one) % 2).to_bytes(4, "little")
            + one
            + b"\0" * (len(one) % 2)
            for one in (table, *parts)
        )


@dataclass(frozen=True)
class Case:
    """A series; ``alone`` keeps it from sharing a page with others."""

    name: str
    instances: tuple[Attributes, ...]
    transfer_syntax: str = EXPLICIT
    alone: bool = False
    encoded_as: str = ""
    """How the data set is encoded, where that is not what the transfer syntax says."""

    pixels: Pixels | None = None
    """None: zeros, as many as the attributes say."""

    vrs: tuple[tuple[str, str], ...] = ()
    """Attributes that are written in another VR than the dictionary's, as bytes."""

    def numbered(self, serial: int) -> tuple[Attributes, ...]:
        """Return the instances with the identifiers of the ``serial``-th series of a page."""
        numbered = []
        for index, given in enumerate(self.instances, start=1):
            added = {
                "SOPInstanceUID": f"{_ROOT}.{serial}.{index}",
                "StudyInstanceUID": f"{_ROOT}.1",
                "SeriesInstanceUID": f"{_ROOT}.{serial}",
                "SeriesNumber": serial,
                "InstanceNumber": index,
            }
            joined = {**added, **given}
            numbered.append({k: v for k, v in joined.items() if v != LEFT_OUT})
        return tuple(numbered)


def series_uid(serial: int) -> str:
    """Return the SeriesInstanceUID of the ``serial``-th series of a page."""
    return f"{_ROOT}.{serial}"


def to_series(case: Case) -> Series:
    """Return the case as the reader would read it; by the reader where the bytes matter."""
    if case.pixels or case.vrs:
        with tempfile.TemporaryDirectory() as folder:
            write(case, Path(folder), 1)
            archive, read = read_input(Path(folder))
        return Series(series_uid(1), read, archive)
    instances = tuple(
        Instance(f"{n:04}.dcm", data_set(attributes), case.transfer_syntax)
        for n, attributes in enumerate(case.numbered(1))
    )
    return Series(series_uid(1), instances, Archive(case.name, is_container=True))


def four_d_split(instances: Sequence[Instance], source: Source) -> Split | None:
    """Return how the viewer splits a series into volumes; None when it sees a single one."""
    known = [ViewerInstance(instance, source) for instance in instances]
    found = split(known, [image for one in known for image in one.images])
    return found if found is not None and found.is_four_d else None


def data_set(attributes: Attributes) -> DataSet:
    """Return attributes as the reader does: tuples for several values and for sequences."""
    if not attributes:
        return EmptyItem()
    return DataSet({keyword: _value(keyword, value) for keyword, value in attributes.items()})


def _value(keyword: str, value: Any) -> Any:
    if keyword in _PRIVATE:
        return tuple(value) if isinstance(value, list) else value
    if dictionary_VR(keyword) == "SQ":
        return tuple(map(data_set, value)) if value else None
    if isinstance(value, str) and value != value.strip():
        return convert(dictionary_VR(keyword), value.encode("latin-1"))
    return tuple(value) if isinstance(value, list) else value


def write(case: Case, folder: Path, serial: int) -> list[Path]:
    """Write the case's files, named in the order of its instances."""
    paths = []
    for index, attributes in enumerate(case.numbered(serial)):
        path = folder / f"{serial:04}-{index:04}.dcm"
        with warnings.catch_warnings():
            # Some cases hold values that their VR forbids, on purpose.
            warnings.simplefilter("ignore")
            made = _dataset(attributes, case)
            if case.pixels:
                path.write_bytes(_file(made, case))
            else:
                made.save_as(path, enforce_file_format=True)
        paths.append(path)
    return paths


def _file(made: Dataset, case: Case) -> bytes:
    """Write the data set as the case wants it, not as the file meta information says."""
    file_meta = DicomBytesIO()
    write_file_meta_info(file_meta, made.file_meta)
    uid = UID(case.encoded_as or (EXPLICIT if case.pixels.encapsulated else case.transfer_syntax))
    written = DicomBytesIO()
    written.is_implicit_VR, written.is_little_endian = uid.is_implicit_VR, uid.is_little_endian
    write_dataset(written, made)
    content = written.getvalue()
    if case.transfer_syntax == DEFLATED and not case.encoded_as:
        deflating = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        content = deflating.compress(content) + deflating.flush()
    return bytes(made.preamble) + b"DICM" + file_meta.getvalue() + content


def _dataset(attributes: Attributes, case: Case) -> Dataset:
    made = _plain_dataset(attributes)
    _add_pixels(made, attributes, case.pixels)
    for keyword, vr in case.vrs:
        tag, value = made[keyword].tag, _as_bytes(made[keyword])
        made[tag] = RawDataElement(tag, vr, len(value), value, 0, False, True)
        made.set_original_encoding(False, True, "iso8859")  # else it is written in another VR
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = UID(case.transfer_syntax)
    made.file_meta.MediaStorageSOPClassUID = UID(attributes.get("SOPClassUID") or _ROOT)
    made.file_meta.MediaStorageSOPInstanceUID = UID(attributes.get("SOPInstanceUID") or _ROOT)
    made.preamble = b"\0" * 128
    return made


def _as_bytes(element: DataElement) -> bytes:
    """Return the value as it stands in a file, the items of a sequence in implicit VR."""
    alone = Dataset()
    alone.add(element)
    written = DicomBytesIO()
    written.is_implicit_VR, written.is_little_endian = True, True
    write_dataset(written, alone)
    return written.getvalue()[_HEAD_BYTES:]


def _plain_dataset(attributes: Attributes) -> Dataset:
    made = Dataset()
    for keyword, value in attributes.items():
        if keyword in _PRIVATE:
            group, element, vr, creator = _PRIVATE[keyword]
            block = made.private_block(group, creator, create=True)
            block.add_new(element, vr, _written(vr, value))
        elif dictionary_VR(keyword) == "SQ":
            items = [_plain_dataset(item) for item in value or ()]
            made.add_new(keyword, "SQ", pydicom.Sequence(items))
        else:
            vr = dictionary_VR(keyword)
            made.add_new(keyword, vr, _written(vr, value))
    return made


def _written(vr: str, value: Any) -> Any:
    if vr not in {"DS", "IS"} or value is None:
        return value
    values = value if isinstance(value, list) else [value]
    texts = ["" if v is None else repr(v).removesuffix(".0") for v in values]
    too_long = [text for text in texts if len(text) > _LONGEST_DECIMAL]
    if too_long:
        message = f"{too_long} would not survive as a decimal string"
        raise ValueError(message)
    return texts if isinstance(value, list) else texts[0]


def _add_pixels(made: Dataset, attributes: Attributes, pixels: Pixels | None) -> None:
    """Add the pixel data, or zeros, as many as the attributes say, and what describes them."""
    described = {
        "BitsAllocated": 8,
        "BitsStored": 8,
        "HighBit": 7,
        "PixelRepresentation": 0,
        "PhotometricInterpretation": "MONOCHROME2",
    }
    for keyword, value in described.items():
        if keyword not in attributes:
            setattr(made, keyword, value)
    if pixels:
        made.add_new("PixelData", "OB", pixels.to_bytes())
        made["PixelData"].is_undefined_length = pixels.encapsulated
        return
    size = 1
    for keyword in ("Rows", "Columns", "SamplesPerPixel", "NumberOfFrames"):
        size *= max(1, int(attributes.get(keyword) or 1))
    made.add_new("PixelData", "OB", b"\0" * (size + size % 2))


def shared_and_varying(instances: Sequence[Attributes]) -> tuple[Attributes, list[Attributes]]:
    """Return what all instances have in common, and the rest of each: a short form to store."""
    first = instances[0] if instances else {}
    common = {k: v for k, v in first.items() if all(k in i and i[k] == v for i in instances)}
    return common, [{k: v for k, v in i.items() if k not in common} for i in instances]
