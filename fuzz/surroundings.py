"""What comes from elsewhere than the files: config.json, a journal, the platform, a list of files.

Each of these functions takes bytes, and breaks a promise by any exception but the one that ends in
a single line for the user.
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import chdir, closing, suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from fuzz.promises import BrokenPromiseError
from fw_gear_viewer_check.checker import judging
from fw_gear_viewer_check.checker.options import Options, UsageError
from fw_gear_viewer_check.gear.job import load_job
from fw_gear_viewer_check.gear.lookup import PlatformLookup
from fw_gear_viewer_check.gear.platform_files import file_state
from fw_gear_viewer_check.gear.sdk import Connection, NoAnswerError
from fw_gear_viewer_check.reports.qc_info import qc_block
from fw_gear_viewer_check.requirements.types import Capability
from fw_gear_viewer_check.survey import journal, roots, run, work
from fw_gear_viewer_check.survey.index import Index
from fw_gear_viewer_check.survey.inputs import Input, SourceFile
from fw_gear_viewer_check.survey.rollup import RollUp
from report import file_results
from tests import make, pack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fw_gear_viewer_check.checker.report import Report

MAX_MESSAGE = 4096
"""Characters of the one line that a user gets."""
SERIES, STUDY, OWN = "1.2.3", "1.2.9", "file0001"


def read_config(data: bytes) -> None:
    """Take the bytes for the config.json of a job."""
    with tempfile.TemporaryDirectory(prefix="viewer-check-fuzz-") as name:
        folder = Path(name)
        (folder / "input" / "dicom").mkdir(parents=True)
        (folder / "input" / "dicom" / "scan.dcm").touch()
        (folder / "config.json").write_bytes(data)
        try:
            load_job(folder)
        except UsageError as error:
            _hold_message(str(error))


def _hold_message(text: str) -> None:
    if len(text) > MAX_MESSAGE:
        message = f"a message of {len(text):,} characters"
        raise BrokenPromiseError(message)


def read_journal(data: bytes) -> None:
    """Take each line for the rest of a line of a journal, with the right checksum before it."""
    with tempfile.TemporaryDirectory(prefix="viewer-check-fuzz-") as name:
        folder = Path(name) / "out"
        plan = run.Plan((str(Path(name) / "in"),), folder, _SETTINGS, resume=True)
        plan.journal.parent.mkdir(parents=True)
        lines = [line[1:] + b"\n" for line in data.split(b"\n")]
        plan.journal.write_bytes(b"".join(journal._beginning(r) + r for r in lines))  # noqa: SLF001
        outside = Path(name) / "kept"
        outside.touch()
        with closing(Index()) as index, journal.Journal(plan.journal) as written:
            index.add_input(_INPUT, _SETTINGS.digest)
            survey = run._Survey(plan, written, index)  # noqa: SLF001 - without workers
            survey._load()  # noqa: SLF001
            index.group_loose(_SETTINGS.digest)
            index.forget_others()
            for _ in (*index.related(), *index.open_inputs()):
                pass
            survey._write()  # noqa: SLF001
            run._clear(run.Plan(plan.roots, folder, _SETTINGS), written)  # noqa: SLF001
        if not outside.exists():
            message = "a line of the journal had a file removed that is not the survey's"
            raise BrokenPromiseError(message)


_SETTINGS = work.Settings(Options())
_INPUT = Input("scan.dcm", (SourceFile("scan.dcm", 1, "1"),))


def ask_platform(data: bytes) -> None:
    """Take each line for the next answer of the platform."""
    answers = (_answer(line) for line in data.split(b"\n"))
    client = _Client(answers)
    lookup = PlatformLookup(Connection(lambda: client), OWN)
    for answer in (
        lookup.same_series_in_session(SERIES),
        lookup.same_series_in_project(SERIES),
        lookup.same_study_in_other_sessions(STUDY),
    ):
        _hold_message(f"{answer.matches}{answer.reason}")
    references = lookup.reference_images({SERIES: frozenset({"1.2.3.4"})})
    _hold_message(f"{references.reason}{references.remark}")
    with suppress(NoAnswerError):
        file_state(next(answers, None))


class _AnswerError(Exception):
    """An answer that is an error."""


@dataclass
class _Client:
    """Answers whatever comes next; the files of the SDK are objects, their metadata are not."""

    answers: Iterator[object]

    @property
    def files(self) -> _Client:
        return self

    def __call__(self, **_question: object) -> object:
        found = self._next()
        return SimpleNamespace(json=lambda: found, close=lambda: None)

    def get_file(self, file_id: str, **how: Any) -> Any:  # noqa: ANN401 - as of the SDK
        return self(file_id=file_id, **how)

    def get_file_zip_info(self, _file_id: str) -> object:
        return self._next()

    def download_file_from_acquisition(self, _id: str, _name: str, dest_file: str) -> object:
        Path(dest_file).write_bytes(json.dumps(repr(self._next())).encode())
        return None

    def _next(self) -> object:
        found = next(self.answers, None)
        if isinstance(found, str):
            raise _AnswerError(found)
        return found


_PLAIN = frozenset({"info"})


def _answer(line: bytes) -> object:
    try:
        return _as_objects(json.loads(line))
    except (ValueError, RecursionError):
        return line.decode("latin-1")


def _as_objects(value: Any) -> object:  # noqa: ANN401 - what JSON holds
    if isinstance(value, list):
        return [_as_objects(one) for one in value]
    if isinstance(value, dict):
        members = {k: v if k in _PLAIN else _as_objects(v) for k, v in value.items()}
        return SimpleNamespace(**members)
    return value


def read_results(data: bytes) -> None:
    """Take each line for a file of the platform, with what is taken for the gear's result on it."""
    for line in data.split(b"\n"):
        row = file_results.file_row(_answer(line), tuple(Capability))
        cells = [*file_results.file_cells(row, ""), *chain(*file_results.repair_cells(row))]
        if not all(cell.isprintable() for cell in cells if isinstance(cell, str)):
            message = "a cell of a table holds a control character"
            raise BrokenPromiseError(message)
        RollUp().add(row.series_row(""))


def read_list(data: bytes) -> None:
    """Take the bytes for a list of files; a slash in it would lead out of the folder."""
    with tempfile.TemporaryDirectory(prefix="viewer-check-fuzz-") as name, chdir(name):
        Path("in").mkdir()
        Path("in", "scan.dcm").touch()
        Path("list").write_bytes(data.replace(b"/", b"_").replace(b"..", b"__"))
        try:
            for one in roots.listed(["@list"], Path(name, "out")):
                _hold_message(repr(one).encode(errors="replace").decode()[:MAX_MESSAGE])
        except UsageError as error:
            _hold_message(str(error))


def seeds() -> dict[str, dict[str, bytes]]:
    """Return seeds of each target by name."""
    config = {
        "config": {"require": "v3_mpr", "spacing_tolerance_mm": 0.2, "fail_on": "never"},
        "inputs": {
            "dicom": {
                "base": "file",
                "hierarchy": {"type": "acquisition", "id": "aaa"},
                "location": {"path": "/flywheel/v0/input/dicom/scan.dcm", "name": "scan.dcm"},
                "object": {"info": {"a": [1]}, "tags": ["x"], "version": 1, "file_id": OWN},
            },
            "api-key": {"base": "api-key", "key": "host:key"},
        },
        "destination": {"type": "acquisition", "id": "bbb"},
        "job": {"id": "ccc"},
    }
    file = {
        "file_id": OWN,
        "name": "scan.zip",
        "type": "dicom",
        "size": 5,
        "version": 1,
        "zip_member_count": 1,
        "tags": ["a"],
        "parents": {"project": "p1", "session": "s1", "acquisition": "a1"},
        "info_exists": True,
        "info": {"header": {"dicom": {"SeriesInstanceUID": SERIES, "StudyInstanceUID": STUDY}}},
    }
    block = {"qc": {"viewer-check": qc_block(_report(), file_version=1)}}
    answers = [file, [file, {**file, "file_id": "f2"}], [file], {"members": [{"path": "1.2.3.4"}]}]
    return {
        "config": {"whole": json.dumps(config).encode(), "empty": b"{}"},
        "journal": {"records": "\n".join([*_records(), '{"finished":1}']).encode()},
        "platform": {"answers": "\n".join(map(json.dumps, answers)).encode(), "none": b""},
        "results": {"checked": json.dumps({**file, "info": block}).encode(), "none": b"{}"},
        "list": {"names": b"in\n# a comment\n\nin_scan.dcm\n*\nzip::in\nab\0c\n"},
    }


@lru_cache(maxsize=1)
def _records() -> tuple[str, ...]:
    with tempfile.TemporaryDirectory(prefix="viewer-check-fuzz-") as name:
        path = pack.zip_file(Path(name), make.ct(2))
        one = Input(str(path), (SourceFile(str(path), os.stat(path).st_size, "1"),))  # noqa: PTH116
        record = asdict(work.judge(work.Task(one, _SETTINGS))[0])
    fingerprint = _INPUT.fingerprint(_SETTINGS.digest)
    record |= {"key": _INPUT.key, "name": _INPUT.name, "fingerprint": fingerprint}
    return (
        json.dumps(record),
        '{"scanned":[["in/a.dcm","1","1.2.3",""]]}',
        '{"key":"../../kept","has_report":true}',
    )


@lru_cache(maxsize=1)
def _report() -> Report:
    with tempfile.TemporaryDirectory(prefix="viewer-check-fuzz-") as name:
        return judging.check(pack.zip_file(Path(name), make.ct(z=[0, 3, 4, 9])))


TARGETS = {
    "config": read_config,
    "journal": read_journal,
    "platform": ask_platform,
    "results": read_results,
    "list": read_list,
}
"""By the name that the command line takes."""
