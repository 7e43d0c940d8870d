"""What every worker needs, imported once by the process that they are forked from."""

from __future__ import annotations

import sys
from types import TracebackType

from fw_gear_viewer_check.dicom.header import HeaderReader
from fw_gear_viewer_check.survey import scan, work

__all__ = ["scan", "work"]

HeaderReader()  # takes the dictionary of DICOM, which is slow to import


def _unless_too_late(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """Say nothing of a worker that starts while the survey ends: what it needs is gone."""
    if not isinstance(error, (EOFError, FileNotFoundError)):
        sys.__excepthook__(kind, error, traceback)


sys.excepthook = _unless_too_late
