"""A report as a table: the CSV of the gear, and the data frame of the library.

This is the only module that imports pandas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from fw_gear_viewer_check.model import text
from fw_gear_viewer_check.reports import rows

if TYPE_CHECKING:
    from fw_gear_viewer_check.checker.report import Report


def to_dataframe(*reports: Report) -> pd.DataFrame:
    """Return one row per series and requirement, in order of the registry, input after input."""
    found = [row for report in reports for row in rows.rows(report)]
    return pd.DataFrame(found, columns=list(rows.COLUMNS))


def to_csv(*reports: Report) -> str:
    """Return the table as CSV text: the same reports always give the same bytes."""
    table = to_dataframe(*reports)
    guarded = table.map(lambda cell: text.guard(cell) if isinstance(cell, str) else cell)
    return guarded.to_csv(index=False, lineterminator="\n")
