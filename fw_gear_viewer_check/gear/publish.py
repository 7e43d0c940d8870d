"""What a job leaves: its outputs, and the result in the metadata of the input file."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import NoneType

from fw_gear_viewer_check.checker.report import Report
from fw_gear_viewer_check.gear import toolkit
from fw_gear_viewer_check.gear.job import CONTAINERS, Job, Json
from fw_gear_viewer_check.gear.platform_files import FileState, file_state, objects_in
from fw_gear_viewer_check.gear.sdk import (
    MAX_FILE_BYTES,
    MAX_JSON_OBJECTS,
    Connection,
    NoAnswerError,
    PassingError,
    get_file,
)
from fw_gear_viewer_check.model.text import printable
from fw_gear_viewer_check.reports import csv_table, qc_info
from fw_gear_viewer_check.requirements.types import Capability, Status
from fw_gear_viewer_check.system import stopping
from fw_gear_viewer_check.system.files import PART, refuse_folders, write_texts

log = logging.getLogger("viewer-check gear")

ENDINGS = (".dicom.zip", ".zip", ".dcm", ".dicom")
MAX_STEM_BYTES = 180
"""File systems refuse names above 255 bytes; ours are longer than the input's."""
DIGEST = 8
"""Characters of the digest that keeps apart names which are the same up to there."""
TRY_SECONDS = 20.0
"""Longest wait for one answer about the input file as it is now."""
PAUSES = (5.0, 15.0, 20.0)
"""Seconds before it is asked for once more: a platform that starts again takes a while."""
MAX_OBJECTS = 1_000_000
"""Most lists and objects in the metadata of the input file, of which several copies are made."""
SECONDS_TO_WRITE = 60
"""An incomplete output that is older was left by a run that was killed."""


METADATA = ".metadata.json"
"""What the engine reads."""


class OutputError(RuntimeError):
    """The outputs cannot be written; the message is one line that says why."""


def publish(job: Job, report: Report, connection: Connection | None) -> None:
    """Write all outputs of a job, or none; the result joins what the input file holds now."""
    stem = output_stem(job.input["location"]["name"])
    csv, html = f"{stem}_viewer_check.csv", f"{stem}_viewer_check.html"
    outputs = {csv: csv_table.to_csv(report)}
    if job.settings["html_report"]:
        from fw_gear_viewer_check.reports.html import render_html  # noqa: PLC0415 - when needed

        source = job.input_path if job.settings["thumbnail"] else None
        outputs[html] = render_html(report, source=source)
    metadata = _metadata_text(job, report, connection)
    if metadata:
        outputs[METADATA] = metadata  # last of all: they speak of the others
    output = job.folder / "output"
    try:
        output.mkdir(exist_ok=True)
        # From here on the job ends as its outputs say, which takes milliseconds.
        stopping.ignore_signals()
        refuse_folders(output / name for name in (csv, html, METADATA))
        _write(output, outputs)
        # Of an earlier run here on a file of this name: they would pass for this one's.
        for name in {html, METADATA} - outputs.keys():
            (output / name).unlink(missing_ok=True)
    except OSError as error:
        message = f"cannot write to {output.name}/: {error.strerror or error}"
        raise OutputError(message) from error


def _write(output: Path, outputs: dict[str, str]) -> None:
    """Write texts to a folder: they appear together, at the end."""
    # What a run that was killed in the next lines has left: the platform would keep it.
    for part in output.glob(f"{PART}*"):
        with suppress(OSError):  # a folder, or removed meanwhile
            if part.lstat().st_mtime < time.time() - SECONDS_TO_WRITE:
                part.unlink()
    write_texts({output / name: text for name, text in outputs.items()})


def output_stem(name: str) -> str:
    """Return the input's name without its ending, for the names of the outputs."""
    stem = printable(Path(name).name)
    ending = next((one for one in ENDINGS if stem.lower().endswith(one)), "")
    stem = stem[: len(stem) - len(ending)]
    if len(stem.encode()) > MAX_STEM_BYTES:
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST]
        cut = stem.encode()[: MAX_STEM_BYTES - DIGEST - 1].decode(errors="ignore")
        return f"{cut}-{digest}"
    return stem or "input"


def _metadata_text(job: Job, report: Report, connection: Connection | None) -> str:
    """Return ``.metadata.json``; "" where there is none."""
    try:
        metadata = _metadata(job, report, connection)
        return json.dumps(metadata, allow_nan=False) if metadata else ""
    except (_LeftAloneError, MemoryError) as reason:
        if isinstance(reason, MemoryError):
            reason = _NotKeptError("the input file's custom information takes too much memory")
        log.warning(
            "%s: the result is only in the outputs, and the file's custom information and tags "
            "stay as they are. Run the gear again %s",
            reason,
            reason.when,
        )
        return ""


def _metadata(job: Job, report: Report, connection: Connection | None) -> Json:
    """Return the content of ``.metadata.json``; empty where the result belongs nowhere.

    Raises :class:`_LeftAloneError`.
    """
    now = _current_state(job, connection)
    _refuse_what_cannot_be_kept(now)
    # The engine finds files by name: in another container it would be a stranger.
    for_file = _is_at_home(job, now)
    if not for_file:
        log.warning(
            "the destination is not the container of the input file: the platform saves the "
            "outputs, but not the result in the file's custom information and tags"
        )
    for_analysis = job.destination["type"] == "analysis"
    if not for_file and not for_analysis:
        return {}
    block = qc_info.qc_block(report, file_version=job.file_version)
    file = FileState(_with_room(now.info), tags_after(job, report, now.tags))
    try:
        return toolkit.engine_metadata(
            job, block, file, for_file=for_file, for_analysis=for_analysis
        )
    except toolkit.MetadataError as error:
        raise OutputError(str(error)) from error


def _is_at_home(job: Job, now: FileState) -> bool:
    """Return whether the destination holds the input file; ids that are not known may be equal."""
    home, destination = job.input["hierarchy"], job.destination
    ids = {home["id"] or now.container, destination["id"]} - {""}
    return home["type"] == destination["type"] in CONTAINERS and len(ids) < 2


def tags_after(job: Job, report: Report, old: Iterable[str]) -> tuple[str, ...]:
    """Return the file's tags after this run: those of an earlier run go, all others stay."""
    tag = job.settings["tag"]
    if not tag:
        return tuple(old)
    results = {tag: report.overall}
    if job.settings["capability_tags"]:
        results |= {f"{tag}-{name}": v.status for name, v in report.verdicts.items()}
    new = [f"{name}-{s}" for name, s in results.items() if s is not Status.NOT_APPLICABLE]
    ours = {
        f"{name}-{status}"
        for name in (tag, *(f"{tag}-{capability}" for capability in Capability))
        for status in Status
    }
    return tuple(dict.fromkeys([*(one for one in old if one not in ours), tag, *new]))


class _LeftAloneError(Exception):
    """The metadata on the platform are not to be touched; the message says why."""

    when = "on the file as it is now"


class _NotKeptError(_LeftAloneError):
    """What others wrote would be lost."""

    when = "when this is changed"


def _current_state(job: Job, connection: Connection | None) -> FileState:
    """Return what the input file holds now; what it held before where no platform can be asked.

    A job may wait for hours, and what other gears and people wrote meanwhile is never replaced by
    what the file held when the job was made: :class:`_LeftAloneError` is raised instead.
    """
    if connection is None or not job.api_key or not job.file_id:
        if connection is not None:
            # A file without an id is on no platform.
            log.log(
                logging.WARNING if job.file_id else logging.INFO,
                "the input file could not be read again (config.json gives no %s): the result "
                "joins the metadata that it had when the job was created",
                "api-key" if job.file_id else "file_id",
            )
        snapshot = job.input["object"]
        return FileState(snapshot["info"], tuple(snapshot["tags"]))
    try:
        now = _read_again(job, connection)
    except NoAnswerError as problem:
        message = f"the input file could not be read again ({problem})"
        raise _LeftAloneError(message) from problem
    change = _change(job, now)
    if change:
        raise _LeftAloneError(change)
    return now


def _refuse_what_cannot_be_kept(now: FileState) -> None:
    """Raise :class:`_LeftAloneError` for info that could not be written again as it is."""
    whose = "the input file's custom information"
    if objects_in(now.info) > MAX_OBJECTS:
        message = f"{whose} has more than {MAX_OBJECTS:,} objects"
        raise _NotKeptError(message)
    if not isinstance(now.info.get("qc"), (dict, NoneType)):
        message = f"{whose} has a qc that is no object"
        raise _NotKeptError(message)
    try:
        # The toolkit would write null for it.
        json.dumps(now.info, allow_nan=False)
    except ValueError as error:
        message = f"{whose} contains NaN or infinity, which JSON does not have"
        raise _NotKeptError(message) from error


def _change(job: Job, now: FileState) -> str:
    """Return why this is not the file that was checked any more; "" where it is."""
    home = job.input["hierarchy"]["id"]
    if now.file_id not in {"", job.file_id}:
        return "the platform's answer is about another file"
    if now.is_deleted:
        return "the input file was deleted"
    # The engine finds files by name: what has this name by now may be another one.
    if now.name not in {"", job.input["location"]["name"]}:
        return "the input file was renamed"
    if home and now.container not in {"", home}:
        return "the input file was moved"
    if job.file_version is not None and now.version not in {None, job.file_version}:
        return (
            f"the input file is now at version {now.version}, but version {job.file_version} was "
            "checked"
        )
    return ""


def _read_again(job: Job, connection: Connection) -> FileState:
    """Return what the input file holds now: this one answer is worth several tries."""
    ask = partial(
        connection.ask,
        "the input file",
        partial(get_file, file_id=job.file_id),
        seconds=TRY_SECONDS,
        max_bytes=MAX_FILE_BYTES,
        most_objects=MAX_JSON_OBJECTS,
    )
    for pause in PAUSES:
        with suppress(PassingError):
            return file_state(ask())
        time.sleep(pause)
    return file_state(ask())


def _with_room(info: Json) -> Json:
    """Return the info without our result of an earlier run."""
    qc = info.get("qc") or {}
    return {**info, "qc": {name: block for name, block in qc.items() if name != toolkit.GEAR}}
