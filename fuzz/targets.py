"""What is fuzzed: bytes in, an exception where a promise is broken.

Promises: the header reader raises nothing but its own errors; a check ends with a report, leaves no
requirement "stopped", and every report can be written from it, within its size. What is logged is
held to :mod:`fuzz.promises`. The tests hold the cases that were found against the same functions.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from fuzz import corpus, edits, surroundings
from fuzz.promises import BrokenPromiseError, kept
from fw_gear_viewer_check import cli
from fw_gear_viewer_check.checker import judging
from fw_gear_viewer_check.checker.options import Options
from fw_gear_viewer_check.dicom import pydicom_fallback
from fw_gear_viewer_check.dicom.header import (
    HeaderReader,
    NotDicomError,
    OddEncodingError,
)
from fw_gear_viewer_check.dicom.streams import UnreadableError
from fw_gear_viewer_check.model.archive import Archive
from fw_gear_viewer_check.model.limits import SpentError
from fw_gear_viewer_check.model.lookup import LocalLookup
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.reports import csv_table, json_report, qc_info
from fw_gear_viewer_check.reports.html import render_html

if TYPE_CHECKING:
    from collections.abc import Callable

    from fw_gear_viewer_check.checker.report import Report
    from fw_gear_viewer_check.dicom.elements import ElementSpec
    from fw_gear_viewer_check.model.instance import Instance

MAX_BLOCK = 64 * 1024
"""Bytes that the block in the file's metadata may have (the gear's contract)."""
DRAWN_SHARE = 64
"""One input in so many is written as CSV and HTML too: both take longer than judging."""


def read_header(data: bytes) -> None:
    """Read the bytes as one DICOM stream, plainly and with pydicom."""
    try:
        _reader().read(io.BytesIO(data), len(data))
    except (NotDicomError, UnreadableError, SpentError):
        return
    except OddEncodingError:
        try:
            pydicom_fallback.read(io.BytesIO(data), len(data))
        except (NotDicomError, UnreadableError, SpentError):
            return


def read_header_with_pydicom(data: bytes) -> None:
    """Read the bytes as one DICOM stream, in the way meant for odd encodings."""
    try:
        pydicom_fallback.read(io.BytesIO(data), len(data))
    except (NotDicomError, UnreadableError, SpentError):
        return


def read_headers(data: bytes) -> None:
    """Read streams one after the other: what was read before may not change what is read."""
    reader = _reader()
    for content in data.split(corpus.SEPARATOR):
        after, alone = _outcome(reader, content), _outcome(_reader(), content)
        if after != alone:
            message = f"read differently after others: {after!r:.300} {alone!r:.300}"
            raise BrokenPromiseError(message)


def _outcome(reader: HeaderReader, content: bytes) -> object:
    try:
        return reader.read(io.BytesIO(content), len(content))
    except (NotDicomError, UnreadableError, SpentError, OddEncodingError) as error:
        return type(error), str(error)


@lru_cache(maxsize=1)
def _tables() -> dict[bytes, ElementSpec]:
    return HeaderReader().table


def _reader() -> HeaderReader:
    """Return a new reader; making its tables takes longer than reading most inputs."""
    return HeaderReader(_tables())


def check_zip(data: bytes) -> None:
    """Judge the bytes as a zip, and write all reports."""
    _check(data, "fuzzed.zip", draw=_chosen(data))


def check_file(data: bytes) -> None:
    """Judge the bytes as a DICOM file of their own, and write all reports."""
    _check(data, "fuzzed.dcm", draw=_chosen(data))


def check_members(data: bytes) -> None:
    """Judge the parts of the bytes as the members of a zip, and write all reports."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, content in enumerate(data.split(corpus.SEPARATOR)):
            archive.writestr(f"{number:03}.dcm", content)
    _check(out.getvalue(), "fuzzed.zip", draw=_chosen(data))


def judge_edits(data: bytes) -> None:
    """Judge a series that is changed as the bytes say, and write all reports."""
    judge_instances(edits.edited(data), draw=_chosen(data))


def _chosen(data: bytes) -> bool:
    return sum(data[-4:]) % DRAWN_SHARE == 0


def _check(content: bytes, name: str, *, draw: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="viewer-check-fuzz-") as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        report = judging.check(path)
        write_reports(report, path if draw else None)
        left = [p.name for p in Path(folder).iterdir() if p != path]
    if left:
        message = f"written beside the input: {left}"
        raise BrokenPromiseError(message)


def judge_instances(instances: tuple[Instance, ...], *, draw: bool = False) -> None:
    """Judge instances as if they had been read from a zip, and write all reports."""
    archive = Archive("made.zip", is_container=True)
    options = Options()
    series = [
        Series(uid, found, archive, LocalLookup([("this input", instances)]))
        for uid, found in judging._by_series(instances)  # noqa: SLF001 - the reader is left out
    ]
    report = judging.report_on(archive, series, options)
    write_reports(report, None, draw=draw)


def write_reports(report: Report, source: Path | None, *, draw: bool = False) -> None:
    """Write the report in every form, and hold each against its promise."""
    stopped = [r for r in report.results if r.finding.evidence.startswith("the check stopped")]
    if stopped:
        message = f"stopped: {sorted({r.requirement.id for r in stopped})}"
        raise BrokenPromiseError(message)
    json.loads(json_report.to_text("fuzzed", report))
    block = json.dumps(qc_info.qc_block(report), indent=2, allow_nan=False)
    if len(block) > MAX_BLOCK:
        message = f"the block of the metadata has {len(block)} bytes"
        raise BrokenPromiseError(message)
    _within_64_bits(json.loads(block))
    cli._part("text", "fuzzed", report).encode("utf-8")  # noqa: SLF001
    if source is not None or draw:
        csv_table.to_csv(report).encode("utf-8")
        render_html(report, source=source).encode("utf-8")


def _within_64_bits(value: object) -> None:
    """Refuse whole numbers that the platform's data base cannot hold."""
    if isinstance(value, dict):
        for part in value.values():
            _within_64_bits(part)
    elif isinstance(value, list):
        for part in value:
            _within_64_bits(part)
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        message = "the block of the metadata holds a number of more than 64 bits"
        raise BrokenPromiseError(message)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "header": read_header,
    "headers": read_headers,
    "pydicom": read_header_with_pydicom,
    "zip": check_zip,
    "members": check_members,
    "file": check_file,
    "edits": judge_edits,
    **surroundings.TARGETS,
}
"""By the name that the command line takes."""


def run(name: str, data: bytes) -> None:
    """Do with the bytes what a target does, and hold what is logged to its promises."""
    with kept(data, _known(name)):
        TARGETS[name](data)


@lru_cache(maxsize=16)
def _known(name: str) -> bytes:
    """Return the words that an input of this kind may hold, and a message, too."""
    return b"\n".join(surroundings.seeds().get(name, {}).values())
