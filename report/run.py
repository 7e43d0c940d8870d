#!/usr/bin/env python3
"""The gear ``viewer-check-report``: what viewer-check has found on all files of a project.

The Flywheel engine starts it as ``python -m report.run`` in the gear folder. It reads what the
gear viewer-check has left on the files; it writes its outputs, and nothing on the platform.
"""

from __future__ import annotations

import signal

if __name__ == "__main__":  # until it can answer, Ctrl-C ends it without a word
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import json
import logging
import re
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from operator import methodcaller
from pathlib import Path
from typing import Any

from fw_gear_viewer_check.checker.options import UsageError, complete, options_from
from fw_gear_viewer_check.gear import log as job_log
from fw_gear_viewer_check.gear.job import CONTAINERS, gear_folder, read_json
from fw_gear_viewer_check.gear.platform_files import get, text_of
from fw_gear_viewer_check.gear.sdk import Connection, NoAnswerError, Question, client_of
from fw_gear_viewer_check.model.text import counted
from fw_gear_viewer_check.model.version import __version__
from fw_gear_viewer_check.requirements.types import Capability, Status
from fw_gear_viewer_check.survey.page import PROJECT, render_page
from fw_gear_viewer_check.survey.rollup import RollUp
from fw_gear_viewer_check.survey.tables import table
from fw_gear_viewer_check.system import stopping
from fw_gear_viewer_check.system.bounds import limit_memory
from fw_gear_viewer_check.system.files import appearing_together, write_text
from fw_gear_viewer_check.system.tracebacks import stopped_by
from report import file_results, project

log = logging.getLogger("viewer-check gear")

PAGE, FILES, REPAIRS = "viewer_check_report.html", "files.csv", "repairs.csv"


def main() -> int:
    """Run the gear in the current folder and return its exit code."""
    job_log.start()
    stopping.clean_up_when_stopped()
    try:
        run(gear_folder())
    except stopping.StoppedError as stopped:
        job_log.error("stopped by a signal: nothing was written")
        return stopped.exit_code
    except (UsageError, NoAnswerError) as error:
        job_log.error(error)
        return 1
    except OSError as error:
        job_log.error(f"cannot write to output/: {error.strerror or error}")
        return 1
    except sqlite3.Error as error:
        job_log.error(f"scratch data base in the temporary folder: {error}")
        return 1
    except Exception as error:  # noqa: BLE001 - a traceback may quote values
        job_log.error(f"{stopped_by(error)}: nothing was written")
        return 1
    return 0


def run(folder: Path) -> None:
    """Write the report about the container that the job's analysis belongs to."""
    given = read_json(folder / "config.json")
    config = given.get("config") or {}
    settings = complete(config, declared_options())
    job_log.ignored(sorted(set(config) - set(settings)), settings)
    job_log.set_level(debug=settings["debug"])
    key = ((given.get("inputs") or {}).get("api-key") or {}).get("key")
    if not isinstance(key, str) or not key:
        message = "the gear was given no api-key: it reads the results from the platform"
        raise UsageError(message)
    connection = Connection(lambda: client_of(key))
    kind, id_ = _container(connection, (given.get("destination") or {}).get("id"))
    wanted = project.Wanted(
        include=_included(settings["include"]),
        tag=settings["tag_filter"].strip(),
        hide_names=settings["hide_names"],
    )
    with closing(project.Project(connection, kind, id_, wanted)) as found:
        found.read()
        rollup, remarks = _write(found, wanted, _links(key), folder / "output")
    _log(rollup, remarks, found.requests)


def _included(names: str) -> tuple[Capability, ...]:
    try:
        return options_from({"require": names}).require
    except UsageError as error:
        message = str(error).replace("option require", "option include", 1)
        raise UsageError(message) from error


def declared_options() -> dict[str, Any]:
    """Return the options of the manifest, each with its JSON schema."""
    manifest = json.loads(Path(__file__).with_name("manifest.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = manifest["config"]
    return found


def _container(connection: Connection, analysis: object) -> tuple[str, str]:
    """Return kind and id of what the job was started on: the parent of its analysis."""
    id_ = file_results.id_of(analysis)
    if not id_:
        message = "config.json does not name the analysis that the outputs go to"
        raise UsageError(message)
    asked = Question(connection, project.PAGE_SECONDS, project.PAGE_REQUESTS)
    found = asked.ask("the analysis", methodcaller("get_analysis", id_))
    parent = get(found, "parent")
    kind, id_ = text_of(get(parent, "type")), file_results.id_of(get(parent, "id"))
    if kind not in CONTAINERS[:-1] or not id_:
        message = "start this gear on a project, a subject or a session"
        raise UsageError(message)
    return kind, id_


def _links(key: str) -> Callable[[file_results.FileRow], str]:
    """Return what makes the address of a file's session on the site that a key is for."""
    # host:secret or host:port:secret; a secret may be of digits only.
    host, *port, _ = key.split(":") if ":" in key else ("", "")
    is_host = re.fullmatch(r"[A-Za-z0-9.-]+", host)
    has_port = bool(port) and port[0].isdigit() and port[0] != "443"
    site = f"https://{host}:{port[0]}" if has_port else f"https://{host}"
    return lambda row: (
        f"{site}/#/projects/{row.project}/sessions/{row.session_id}"
        if is_host and row.project and row.session_id
        else ""
    )


def _write(
    found: project.Project,
    wanted: project.Wanted,
    link_of: Callable[[file_results.FileRow], str],
    output: Path,
) -> tuple[RollUp, list[str]]:
    """Write the outputs, all or none; return the numbers, and remarks about them."""
    rollup, of_other_versions = RollUp(), 0
    with appearing_together(output) as made:
        with (
            table(made / FILES, file_results.FILES_COLUMNS) as files,
            table(made / REPAIRS, file_results.REPAIRS_COLUMNS) as repairs,
        ):
            for row in found.rows():
                link = link_of(row)
                files(file_results.file_cells(row, link))
                for cells in file_results.repair_cells(row):
                    repairs(cells)
                rollup.inputs += 1
                rollup.add(row.series_row(link))
                of_other_versions += row.checked_by not in {"", __version__}
        rollup.left_out = found.left_out
        remarks = [
            f"{counted(count, 'file')} {what}."
            for count, what in (
                (rollup.states[file_results.State.STALE], "changed since it was checked"),
                (of_other_versions, "checked by another version of the gear"),
            )
            if count
        ]
        require = file_results.required_of(wanted.include)
        write_text(made / PAGE, render_page(rollup, require, PROJECT, wanted.include, remarks))
    return rollup, remarks


def _log(rollup: RollUp, remarks: list[str], requests: int) -> None:
    ready = rollup.overall[Status.PASS] + rollup.overall[Status.NOT_APPLICABLE]
    log.info("%s of %s ready", f"{ready:,}", counted(rollup.series, "checked file"))
    for what, count in (*rollup.states.items(), *rollup.left_out.items()):
        log.info("%s: %s", what, f"{count:,}")
    for remark in remarks:
        log.info(remark)
    log.info("%s to the platform", counted(requests, "request"))


if __name__ == "__main__":
    limit_memory()
    sys.exit(main())
