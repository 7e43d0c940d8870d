"""Names of UIDs, from pydicom's dictionary (PS3.6 annex A)."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=1024)  # a survey may meet as many as somebody cares to make up
def _entry(uid: str) -> tuple[str, str]:
    """Return name and type of a UID, as the dictionary has them."""
    from pydicom.config import IGNORE  # noqa: PLC0415 - slow import, only needed to judge
    from pydicom.uid import UID  # noqa: PLC0415

    known = UID(uid, validation_mode=IGNORE)
    return known.name, known.type


def name_of(uid: str) -> str:
    """Return "CT Image Storage"; the UID itself where the dictionary has no name for it."""
    return _entry(uid)[0] if uid else "none"


def is_standard_class(uid: str) -> bool:
    """Return True for a SOP class that the dictionary knows."""
    return _entry(uid)[1] == "SOP Class"
