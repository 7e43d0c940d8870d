#!/usr/bin/env python3
"""The gear: from ``config.json`` and ``input/`` to ``output/``, as the Flywheel engine runs it.

This is the only file that imports the gear toolkit. It is imported after the check: loading it
takes longer than checking most series, and a check needs nothing of it.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from fw_gear_viewer_check import __version__, config_json, parser
from fw_gear_viewer_check.checker import check
from fw_gear_viewer_check.core import Level, Status, UsageError
from fw_gear_viewer_check.reports import info, table
from fw_gear_viewer_check.reports.plain import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fw_gear_viewer_check.core import Report
    from fw_gear_viewer_check.parser import GearConfig

log = logging.getLogger("fw_gear_viewer_check")

GEAR = "viewer-check"
ENDINGS = (".dicom.zip", ".zip", ".dcm", ".dicom")
MAX_STEM_BYTES = 200
"""File systems refuse names above 255 bytes; ours are longer than the input's."""


class OutputError(RuntimeError):
    """The outputs cannot be written; the message is one line that says why."""


def main() -> int:
    """Run the gear in the current folder and return its exit code."""
    _log_to_stdout()
    try:
        return run(Path.cwd())
    except (UsageError, OutputError) as error:
        log.error("%s", error)  # noqa: TRY400 - one clear line, no traceback
        return 1


def run(folder: Path) -> int:
    """Check the input of a gear folder and write all outputs; return the exit code."""
    complete = config_json.load(folder)
    config = parser.parse(complete, folder)
    if config.debug:
        log.setLevel(logging.DEBUG)
    report = check(config.input_path, config.reference_path, options=config.options)
    for line in _summary(config, report):
        log.info(line)
    _write_outputs(folder, complete, config, report)
    if config.fail_on.includes(report.overall):
        log.error("fail_on is %s and the overall state is %s", config.fail_on, report.overall)
        return 1
    return 0


def _summary(config: GearConfig, report: Report) -> Iterator[str]:
    """Yield the verdicts for the job log: the first line alone tells how it ended."""
    failed = [r.level for r in report.results if r.status is Status.FAIL]
    instances = sum(len(series.series.instances) for series in report.series)
    yield (
        f"{printable(config.input_name)}: overall {report.overall}; "
        f"errors: {failed.count(Level.REQUIRED)}, notes: {failed.count(Level.NOTE)}, "
        f"series: {len(report.series)}, instances: {instances} (viewer-check {__version__})"
    )
    for verdict in report.verdicts.values():
        ids = dict.fromkeys(reason.requirement.id for reason in verdict.reasons)
        because = f": {', '.join(ids)}" if ids else ""
        yield f"{verdict.capability} {verdict.status}{because}"


def _write_outputs(
    folder: Path, complete: config_json.Json, config: GearConfig, report: Report
) -> None:
    """Write everything to a folder of its own and then move it: all outputs appear, or none."""
    output = folder / "output"
    stem = output_stem(config.input_name)
    try:
        output.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=output, prefix=".viewer-check-") as name:
            staging = Path(name)
            table.write_csv(report, staging / f"{stem}_viewer_check.csv")
            if config.html_report:
                _write_html(config, report, staging / f"{stem}_viewer_check.html")
            _write_metadata(folder, staging, complete, config, report)
            for written in sorted(staging.iterdir()):
                written.replace(output / written.name)
    except OSError as error:
        message = f"cannot write to {output.name}/: {error.strerror or error}"
        raise OutputError(message) from error


def _write_html(config: GearConfig, report: Report, path: Path) -> None:
    """Write the report for people; what draws it is loaded only when it is wanted."""
    from fw_gear_viewer_check.reports.html import write_html  # noqa: PLC0415 - see docstring

    write_html(report, path, source=config.input_path if config.thumbnail else None)


def output_stem(name: str) -> str:
    """Return the input's name without its ending, for the names of the outputs."""
    stem = Path(name).name
    for ending in ENDINGS:
        if stem.lower().endswith(ending):
            stem = stem[: -len(ending)]
            break
    return stem.encode(errors="replace")[:MAX_STEM_BYTES].decode(errors="ignore") or "input"


def _write_metadata(
    folder: Path,
    staging: Path,
    complete: config_json.Json,
    config: GearConfig,
    report: Report,
) -> None:
    """Write ``.metadata.json``: the verdicts join what the input file's info and tags hold."""
    dicom = complete["inputs"]["dicom"]
    with warnings.catch_warnings():
        # Nothing that a user of this gear could do anything about.
        warnings.simplefilter("ignore", DeprecationWarning)
        from flywheel_gear_toolkit import GearToolkitContext  # noqa: PLC0415 - see top of file

        context = GearToolkitContext(
            gear_path=folder,
            manifest_path=_manifest(folder),
            # Not the file itself, which may lack what the toolkit needs.
            config_path=os.devnull,
        )
    context.config_json = _without_secrets(complete)
    # Where it finds fault with metadata, the toolkit logs them, and they may name a patient.
    logging.getLogger("flywheel_gear_toolkit").setLevel(logging.CRITICAL + 1)
    metadata = context.metadata
    _make_room(dicom["object"]["info"])
    updated = metadata.add_gear_info("qc", dicom, **info.qc_block(report))
    tags = {"tags": info.tags(dicom["object"]["tags"], config.tag, report.overall)}
    metadata.update_file_metadata(
        dicom,
        # A deep merge would fail on some of the info that other gears leave.
        deep=False,
        container_type=dicom["hierarchy"]["type"],
        info=updated,
        **(tags if config.tag else {}),
    )
    try:
        metadata.write(staging, fail_on_validation=True, log_meta=False)
    except SystemExit as error:
        message = "the metadata do not fit the schema of .metadata.json; nothing was written"
        raise OutputError(message) from error


def _manifest(folder: Path) -> Path:
    """Return the manifest of the gear folder, or else the one beside this file."""
    here = folder / "manifest.json"
    return here if here.exists() else Path(__file__).with_name("manifest.json")


def _without_secrets(complete: config_json.Json) -> config_json.Json:
    """Return what may go into ``job_info``: the options that count, and the file inputs."""
    return {
        **complete,
        "config": parser.effective(complete["config"]),
        "inputs": {
            name: entry for name, entry in complete["inputs"].items() if entry["base"] == "file"
        },
    }


def _make_room(existing: config_json.Json) -> None:
    """Remove our result of an earlier run, and what could not hold the new one."""
    if not isinstance(existing.setdefault("qc", {}), dict):
        log.warning("info.qc of the input file was no object: it is replaced")
        existing["qc"] = {}
    existing["qc"].pop(GEAR, None)


def _log_to_stdout() -> None:
    """Log to stdout, and errors to stderr; of other packages only what is worth a warning."""
    out, err = logging.StreamHandler(sys.stdout), logging.StreamHandler(sys.stderr)
    out.addFilter(lambda record: record.levelno < logging.ERROR)
    err.setLevel(logging.ERROR)
    logging.basicConfig(format="%(levelname)-8s %(message)s", handlers=[out, err], force=True)
    log.setLevel(logging.INFO)


if __name__ == "__main__":
    sys.exit(main())
