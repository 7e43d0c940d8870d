"""Names of UIDs, from pydicom's dictionary (PS3.6 annex A)."""

from __future__ import annotations


def name_of(uid: str) -> str:
    """Return "CT Image Storage"; the UID itself where the dictionary has no name for it."""
    if not uid:
        return "none"
    from pydicom.uid import UID_dictionary  # noqa: PLC0415 - slow import, only needed to judge

    entry = UID_dictionary.get(uid)
    return entry[0] if entry else uid


def is_standard_storage_class(uid: str) -> bool:
    """Return True for a SOP class that the dictionary knows."""
    from pydicom.uid import UID_dictionary  # noqa: PLC0415

    entry = UID_dictionary.get(uid)
    return entry is not None and entry[1] == "SOP Class"
