"""The data dictionary (PS3.6): tags and VRs of attributes, names of UIDs.

The tables are pydicom's, read without importing pydicom: that imports numpy and all decoders, and
takes as long as everything else that a check of one file does.
"""

from __future__ import annotations

from functools import cache
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

_NEWER = {
    "1.2.840.10008.5.1.4.1.1.66.7": ("Label Map Segmentation Storage", "SOP Class"),
    "1.2.840.10008.5.1.4.1.1.66.8": ("Height Map Segmentation Storage", "SOP Class"),
}
"""Standard UIDs that pydicom's table lacks."""


@cache
def _table(module: str, name: str) -> dict[Any, tuple[str, ...]]:
    """Return a table of a module of pydicom that holds nothing but tables."""
    package = find_spec("pydicom")
    if package is None or package.origin is None:
        message = "pydicom is not installed"
        raise ImportError(message)
    path = Path(package.origin).with_name(f"{module}.py")
    loaded = ModuleType(module)
    SourceFileLoader(module, str(path)).exec_module(loaded)
    table: dict[Any, tuple[str, ...]] = getattr(loaded, name)
    return table


@cache
def _tags() -> dict[str, int]:
    return {entry[4]: tag for tag, entry in _table("_dicom_dict", "DicomDictionary").items()}


def tag_of(keyword: str) -> int | None:
    """Return the tag of an attribute; None for what is no keyword."""
    return _tags().get(keyword)


def vr_of(tag: int) -> str:
    """Return the VR of an attribute, "US or SS" where it depends; raises :class:`KeyError`."""
    return _table("_dicom_dict", "DicomDictionary")[tag][0]


def vm_of(tag: int) -> str:
    """Return how many values an attribute has: "1", "2", "1-n"; raises :class:`KeyError`."""
    return _table("_dicom_dict", "DicomDictionary")[tag][1]


@cache
def blank_of(keyword: str) -> str | None:
    """Return "" for a text, whose absence differs from a blank for gears; None for a number."""
    tag = tag_of(keyword)
    return "" if tag is not None and vr_of(tag) not in _NUMBERS else None


_NUMBERS = {"DS", "IS", "FD", "FL", "SL", "SS", "UL", "US"}


def name_of(uid: str) -> str:
    """Return "CT Image Storage"; "" for a UID that is not a standard one."""
    return _uid(uid)[0]


def is_sop_class(uid: str) -> bool:
    """Return True for a standard SOP class."""
    return _uid(uid)[1] == "SOP Class"


def _uid(uid: str) -> tuple[str, ...]:
    return _NEWER.get(uid) or _table("_uid_dict", "UID_dictionary").get(uid, ("", ""))
