"""The corpus of real series, where it is at hand: what its tables say of each."""

import json
import os
from pathlib import Path

CORPUS = Path(
    os.environ.get("VIEWER_CHECK_CORPUS") or Path(__file__).parents[2] / "../shared/corpus"
)
TABLES = (CORPUS / "index.json", CORPUS / "more.json")
REAL = [
    one
    for table in TABLES
    if table.is_file()
    for one in json.loads(table.read_text(encoding="utf-8"))
]
FILES = {one["id"]: one["file"] for one in REAL}
"""By id: the zip, from the corpus's folder."""
