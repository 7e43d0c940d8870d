"""What every worker needs, imported once by the process that they are forked from."""

from __future__ import annotations

from fw_gear_viewer_check.dicom.header import HeaderReader
from fw_gear_viewer_check.survey import scan, work

__all__ = ["scan", "work"]

HeaderReader()  # takes the dictionary of DICOM, which is slow to import
