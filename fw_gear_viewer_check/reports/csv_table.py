"""A report as a table: the CSV of the gear, and the data frame of the library.

This is the only module that imports pandas, and only for the data frame.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from fw_gear_viewer_check.checker.report import Report
from fw_gear_viewer_check.model import text
from fw_gear_viewer_check.reports import rows

if TYPE_CHECKING:
    import pandas as pd


def to_dataframe(*reports: Report) -> pd.DataFrame:
    """Return one row per series and requirement, in order of the registry, input after input."""
    import pandas as pd  # noqa: PLC0415 - takes as long as a check

    found = [row for report in reports for row in rows.rows(report)]
    return pd.DataFrame(found, columns=list(rows.COLUMNS))


def to_csv(*reports: Report) -> str:
    """Return the table as CSV text: the same reports always give the same bytes."""
    table = io.StringIO()
    writer = csv.DictWriter(table, rows.COLUMNS, lineterminator="\n")
    writer.writeheader()
    for report in reports:
        for row in rows.rows(report):
            writer.writerow({k: text.guard(v) if isinstance(v, str) else v for k, v in row.items()})
    return table.getvalue()
