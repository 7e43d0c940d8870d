#!/usr/bin/env python3
"""The gear: from ``config.json`` and ``input/`` to ``output/``, as the Flywheel engine runs it.

This is the only file that imports the gear toolkit and the SDK. The toolkit is imported after the
check: loading it takes longer than checking most series, and a check needs nothing of it.
"""

from __future__ import annotations

import logging
import os
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from fw_gear_viewer_check.checker import options
from fw_gear_viewer_check.checker.judging import check
from fw_gear_viewer_check.checker.options import UsageError
from fw_gear_viewer_check.gear import calls, config_json, parser
from fw_gear_viewer_check.gear.calls import NoAnswerError
from fw_gear_viewer_check.gear.lookup import PlatformLookup
from fw_gear_viewer_check.model.text import printable
from fw_gear_viewer_check.reports import csv_table, job_log, qc_info
from fw_gear_viewer_check.system import stopping

if TYPE_CHECKING:
    from fw_gear_viewer_check.checker.report import Report
    from fw_gear_viewer_check.gear.calls import PlatformClient
    from fw_gear_viewer_check.gear.parser import GearConfig

log = logging.getLogger("viewer-check gear")

GEAR = "viewer-check"
ENDINGS = (".dicom.zip", ".zip", ".dcm", ".dicom")
MAX_STEM_BYTES = 200
"""File systems refuse names above 255 bytes; ours are longer than the input's."""


class OutputError(RuntimeError):
    """The outputs cannot be written; the message is one line that says why."""


def main() -> int:
    """Run the gear in the current folder and return its exit code."""
    _log_to_stdout()
    stopping.clean_up_when_stopped()
    try:
        return run(Path.cwd())
    except stopping.StoppedError as stopped:
        log.error("stopped by a signal: nothing was written")  # noqa: TRY400 - no traceback
        return int(stopped.args[0])
    except (UsageError, OutputError) as error:
        log.error("%s", error)  # noqa: TRY400 - one clear line, no traceback
        return 1


def run(folder: Path) -> int:
    """Check the input of a gear folder and write all outputs; return the exit code."""
    complete = config_json.load(folder)
    config = parser.parse(complete, folder)
    _log_more(config.debug)
    log.debug("%s", config)
    started = time.monotonic()
    report = check(
        config.input_path,
        config.reference_path,
        options=config.options,
        lookup=_on_platform(complete, config),
    )
    seconds = time.monotonic() - started
    for line in job_log.lines(report):
        log.info(line)
    for name in config.unknown:
        log.warning("there is no option %s: it does not count", ascii(name)[:80])
    log.debug("checked in %.2f s", seconds)
    _write_outputs(folder, complete, config, report)
    if config.fail_on.includes(report.overall):
        reasons = [c for c in report.require if report.verdicts[c].status is report.overall]
        message = "fail_on is %s and the overall state is %s, because of %s"
        log.error(message, config.fail_on, report.overall, ", ".join(reasons))
        return 1
    return 0


def _on_platform(complete: config_json.Json, config: GearConfig) -> PlatformLookup | None:
    """Return how other files are looked up on the platform; None where it does not run the gear."""
    if not config.platform_lookup or "api-key" not in complete["inputs"]:
        return None
    file_id = complete["inputs"]["dicom"]["object"].get("file_id")
    return PlatformLookup(lambda: _client(config.api_key), str(file_id or ""))


def _client(api_key: str) -> PlatformClient:
    """Return a client of the platform; called when something is looked up, and not before."""
    if not api_key:
        message = (
            "the platform could not be asked: the gear was given no api-key (the option "
            "platform_lookup turns this off)"
        )
        raise NoAnswerError(message)
    calls.limit_retries(os.environ)
    import flywheel  # noqa: PLC0415 - loading it takes longer than checking most series

    # The check of the key would be a request of its own, and the first question shows it as well.
    client: PlatformClient = flywheel.Client(api_key, disable_auth_check=True)
    return client


def _write_outputs(
    folder: Path, complete: config_json.Json, config: GearConfig, report: Report
) -> None:
    """Write everything to a folder of its own and then move it: all outputs appear, or none."""
    output = folder / "output"
    stem = output_stem(config.input_name)
    try:
        output.mkdir(exist_ok=True)
        with stopping.temporary_folder(output) as staging:
            csv_table.write_csv(report, staging / f"{stem}_viewer_check.csv")
            if config.html_report:
                _write_html(config, report, staging / f"{stem}_viewer_check.html")
            _write_metadata(folder, staging, complete, config, report)
            # The metadata last: they speak of the others.
            with stopping.unstoppable():
                for written in sorted(staging.iterdir(), reverse=True):
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
    stem = printable(Path(name).name)
    for ending in ENDINGS:
        if stem.lower().endswith(ending):
            stem = stem[: -len(ending)]
            break
    return stem.encode()[:MAX_STEM_BYTES].decode(errors="ignore") or "input"


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
    updated = metadata.add_gear_info("qc", dicom, **qc_info.qc_block(report))
    tags = {"tags": qc_info.tags(dicom["object"]["tags"], config.tag, report.overall)}
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
        "config": options.complete(complete["config"]),
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
    """Log to stdout, and errors to stderr."""
    out, err = logging.StreamHandler(sys.stdout), logging.StreamHandler(sys.stderr)
    out.addFilter(lambda record: record.levelno < logging.ERROR)
    err.setLevel(logging.ERROR)
    logging.basicConfig(format="%(levelname)-8s %(message)s", handlers=[out, err], force=True)


def _log_more(debug: bool) -> None:
    """Set what is logged; of other packages only warnings, for they may log addresses and names.

    Of our own package too, unless asked for more: the first line is to be the gear's.
    """
    log.setLevel(logging.DEBUG if debug else logging.INFO)
    logging.getLogger("fw_gear_viewer_check").setLevel(logging.DEBUG if debug else logging.WARNING)


if __name__ == "__main__":
    sys.exit(main())
