"""The command ``viewer-check``: findings on stdout, logs and progress on stderr.

Exit codes: 0 the overall result is PASS, 1 it is FAIL or UNKNOWN, 2 wrong usage or an error of the
tool, 130 interrupted.
"""

from __future__ import annotations

import io
import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from fw_gear_viewer_check.checker.options import (
    OPTIONS,
    Option,
    Options,
    UsageError,
    nearest,
    options_from,
    read_profile,
)
from fw_gear_viewer_check.checker.report import Report
from fw_gear_viewer_check.model.text import printable
from fw_gear_viewer_check.model.version import __version__
from fw_gear_viewer_check.requirements.types import Capability, Status, is_selected
from fw_gear_viewer_check.system import stopping, streams
from fw_gear_viewer_check.system.bounds import TooLongError, limited_time, size_of
from fw_gear_viewer_check.system.files import place_of, write_outputs
from fw_gear_viewer_check.system.stopping import INTERRUPTED
from fw_gear_viewer_check.system.tracebacks import stopped_by


class _File(click.Path):
    """A path, which is not empty: that would be the current folder."""

    def convert(self, value: Any, *where: Any) -> Any:  # noqa: ANN401 - click's
        if value == "":
            self.fail("the path is empty", *where)
        return super().convert(value, *where)


_FILE = _File(path_type=Path)
_COLOURS = {"PASS": "green", "FAIL": "red", "UNKNOWN": "yellow", "NOT_APPLICABLE": "bright_black"}


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="viewer-check")
@click.option("--debug", is_flag=True, help="Enable debug logging, to stderr.")
def cli(*, debug: bool) -> None:
    """Check whether the Flywheel viewer opens a DICOM series, and if not, why."""
    handler = logging.StreamHandler(sys.stderr)
    streams.log_ours_only(handler)
    logging.basicConfig(
        handlers=[handler], level=logging.WARNING, format="%(levelname)s %(message)s"
    )
    if debug:
        logging.getLogger("fw_gear_viewer_check").setLevel(logging.DEBUG)


CHECK_OPTIONS = tuple(option for option in OPTIONS if option.name in Options.__annotations__)
"""The options of a check, which ``check`` and ``survey`` share; the others are the gear's."""


def _check_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a check, and the profile that sets them."""
    command = click.option(
        "--config",
        "profile",
        type=_FILE,
        metavar="FILE",
        help="TOML file with options, named as in the gear: a site's profile.",
    )(command)
    for option in reversed(CHECK_OPTIONS):
        command = _click_option(option)(command)
    return command


def _click_option(option: Option) -> Callable[..., Any]:
    name = f"--{option.name.replace('_', '-')}"
    if isinstance(option.default, bool):
        return click.option(name, is_flag=True, default=None, help=option.help)
    default = f"  [default: {option.default}]" if option.default else ""
    return click.option(name, type=type(option.default), help=f"{option.help}{default}")


def _format_option(*choices: str) -> Callable[..., Any]:
    return click.option(
        *("--format", "format_"),
        type=click.Choice(choices),
        default=choices[0],
        show_default=True,
        help="Format of the output.",
    )


def _output_option(name: str, text: str) -> Callable[..., Any]:
    return click.option(f"--{name}", f"{name}_path", type=_FILE, metavar="FILE", help=text)


def _settings(given: dict[str, Any], profile: Path | None) -> dict[str, Any]:
    """Return the options that were set: the profile's, where the command line says nothing else."""
    values = {} if profile is None else read_profile(profile)
    return values | {name: value for name, value in given.items() if value is not None}


@cli.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=_FILE)
@click.option("--reference", type=_FILE, help="Reference images of a SEG or RTSTRUCT.")
@_format_option("text", "json", "csv")
@_output_option("html", "Also write the HTML report to FILE (-: stdout).")
@click.option("--thumbnail/--no-thumbnail", default=None, help="Show a picture in the HTML report.")
@_output_option("csv", "Also write the CSV to FILE (-: stdout).")
@click.option("--repairs", is_flag=True, help="Print only the repairs, file by file.")
@_check_options
def check(  # noqa: C901, PLR0913 - one for each option
    paths: tuple[Path, ...],
    reference: Path | None,
    format_: str,
    csv_path: Path | None,
    html_path: Path | None,
    *,
    thumbnail: bool | None,
    repairs: bool,
    profile: Path | None,
    **given: Any,  # noqa: ANN401 - click passes the shared options by name
) -> None:
    """Check DICOM files, zips or folders.

    A folder is one input, like a zip. Exit code 0: the overall result (--require) is PASS, 1: it is
    FAIL or UNKNOWN, 2: wrong usage, 130: interrupted.
    """
    from fw_gear_viewer_check.checker import judging  # noqa: PLC0415 - explain does without
    from fw_gear_viewer_check.dicom.reader import name_of  # noqa: PLC0415
    from fw_gear_viewer_check.system.progress import Progress  # noqa: PLC0415

    if repairs and format_ != "text":
        message = "--repairs prints text only: CSV and JSON always contain the repairs"
        raise UsageError(message)
    if html_path is not None and len(paths) > 1:
        message = "--html needs exactly one PATH: for several, use viewer-check survey --reports"
        raise UsageError(message)
    settings = _settings({**given, "thumbnail": thumbnail}, profile)
    options = options_from(settings)
    outputs = [path for path in (csv_path, html_path) if path is not None]
    _refuse_losses(outputs, [path for path in (*paths, reference, profile) if path is not None])
    _refuse_missing(paths, reference)
    format_ = "repairs" if repairs else format_
    images = None if reference is None else judging.Reference(reference)
    # Of each report only its texts are kept: headers of a hundred inputs would fill the memory.
    parts: list[Any] = []
    tables, page, is_fine, is_complete = [], "", True, True
    for path in paths:
        try:
            with Progress(printable(name_of(path))) as progress, limited_time(size_of(path)):
                report = judging.check(path, images, options=options, on_progress=progress.reached)
            called = name_of(path) if options.hide_names else str(path)
            part = _part(format_, called, report)
            table = "" if csv_path is None else _part("csv", "", report)
            if html_path is not None:
                from fw_gear_viewer_check.reports.html import render_html  # noqa: PLC0415 - needed

                source = path if settings.get("thumbnail", True) else None
                page = render_html(report, source=source)
        except Exception as error:  # noqa: BLE001 - whatever it is, the others are checked
            _say_of(path, error)
            is_complete = False
            continue
        is_fine &= report.overall in {Status.PASS, Status.NOT_APPLICABLE}
        parts.append(part)
        tables.append(table)
        del report  # before the next input is read
    if not parts:
        sys.exit(2)
    written = []
    if csv_path is not None:
        written.append((csv_path, "".join(_put_together("csv", tables))))
    if html_path is not None:
        written.append((html_path, page))
    if written:
        stopping.clean_up_when_stopped()
        write_outputs(written)
    for piece in _put_together(format_, parts):
        _write(piece, color=_colour_wanted())
    sys.exit(2 if not is_complete else 0 if is_fine else 1)


def _refuse_losses(outputs: list[Path], inputs: list[Path]) -> None:
    """Raise :class:`UsageError` for an output in the place of images, or of another output.

    A folder that is checked gets none at all: the next check would find it among the images.
    """
    from fw_gear_viewer_check.dicom.kinds import is_zip  # noqa: PLC0415 - explain does without

    taken: set[Path] = set()
    for path in outputs:
        is_stdout = str(path) == "-"
        if not is_stdout and path.exists() and not path.is_file():
            continue
        place = path if is_stdout else place_of(path)
        if place in taken:
            message = f"{path} is named for two outputs: name a file for each"
            raise UsageError(message)
        taken.add(place)
        if is_stdout:
            continue
        if not place.parent.is_dir():  # told before the inputs are read
            message = f"{path}: no such folder"
            raise UsageError(message)
        for folder in filter(Path.is_dir, inputs):
            if place.is_relative_to(place_of(folder)):
                message = f"{path} is in {folder}, which is checked: name a file elsewhere"
                raise UsageError(message)
        if not path.exists():
            continue
        with path.open("rb") as file:
            start = file.read(132)
        is_input = any(one.exists() and one.samefile(path) for one in inputs)
        # No text has a zero byte; DICOM without a preamble has.
        if is_input or b"\0" in start or is_zip(path.name, start):
            message = f"{path} is an input, a profile, or no text (DICOM, a zip): name another file"
            raise UsageError(message)


def _refuse_missing(paths: tuple[Path, ...], reference: Path | None) -> None:
    """Raise :class:`UsageError` for what cannot be read: it would cost the work on the others."""
    from fw_gear_viewer_check.checker import judging  # noqa: PLC0415 - explain does without

    for path in paths:
        judging.refuse_missing(path)
        _refuse_archives_only(path)
    if reference is not None:
        judging.refuse_missing(reference)


def _refuse_archives_only(path: Path) -> None:
    """Raise :class:`UsageError` for a folder of archives: it is no series, it holds many."""
    if not path.is_dir():
        return
    files = [p for p in path.iterdir() if not p.name.startswith(".")]
    zips = sum(p.suffix.lower() == ".zip" and p.is_file() for p in files)
    if zips and zips == len(files):
        message = f"{path}: {zips:,} zips here: use viewer-check survey"
        raise UsageError(message)


def _part(format_: str, called: str, report: Report) -> Any:  # noqa: ANN401
    """Return what is printed of one report: a text, or JSON values, which say what it is of."""
    if format_ == "json":
        from fw_gear_viewer_check.reports import json_report  # noqa: PLC0415

        return json_report.input_of(called, report)
    if format_ == "csv":
        from fw_gear_viewer_check.reports import csv_table  # noqa: PLC0415

        return csv_table.to_csv(report)
    width = shutil.get_terminal_size().columns
    if format_ == "repairs":
        from fw_gear_viewer_check.reports import repair_plan  # noqa: PLC0415

        return repair_plan.to_text(report, max(60, min(width, 120)))
    from fw_gear_viewer_check.reports import text  # noqa: PLC0415

    return text.to_text(report, _painted, width)


def _put_together(format_: str, parts: list[Any]) -> Iterable[str]:
    """Yield one output of several reports, piece by piece."""
    if format_ == "json":
        from fw_gear_viewer_check.reports import json_report  # noqa: PLC0415

        return json_report.pieces(parts)
    if format_ == "csv":  # one header
        return (parts[0], *(part.partition("\n")[2] for part in parts[1:]))
    return parts if format_ == "repairs" else ("\n".join(parts),)


def _painted(text: str, status: Status) -> str:
    return click.style(text, fg=_COLOURS[status.value], bold=status.value == "FAIL")


def _colour_wanted() -> bool | None:
    """Return None to let click see whether stdout is a terminal; NO_COLOR wins."""
    return False if os.environ.get("NO_COLOR") else None


@cli.command()
@click.argument("roots", nargs=-1, required=True, metavar="ROOT...")
@click.option("--out", required=True, type=_FILE, help="Output folder.")
@click.option(
    "--jobs", type=click.IntRange(1, 10_000), help="Worker processes.  [default: all cores]"
)
@click.option("--dask", metavar="ADDRESS", help="Use a dask cluster: tcp://scheduler:8786.")
@click.option("--resume", is_flag=True, help="Continue the survey in the output folder.")
@click.option(
    "--part", metavar="K/N", help="Check only part K of N of the inputs; write no tables."
)
@click.option("--reports", is_flag=True, help="Also write an HTML report of each input.")
@_check_options
def survey(  # noqa: PLR0913 - options of a command line
    *,
    roots: tuple[str, ...],
    out: Path,
    jobs: int | None,
    dask: str | None,
    resume: bool,
    part: str | None,
    reports: bool,
    profile: Path | None,
    **given: Any,  # noqa: ANN401 - click passes the shared options by name
) -> None:
    """Check all series in folders; write tables and a page.

    Writes series.csv, findings.csv.gz and survey.html to the folder --out. A ROOT is a folder, a
    zip, a DICOM file, a glob, @LIST (a text file with one root per line), or the URL of a remote
    store (s3://, gs://, https://). DICOM files outside of zips are grouped into series. Exit code
    0: the survey is complete, whatever it found. Continue an interrupted survey with --resume.
    """
    from fw_gear_viewer_check.survey import workers  # noqa: PLC0415 - explain does without

    options = options_from(_settings(given, profile))
    if dask is None:
        workers.begin_early()
    from fw_gear_viewer_check.survey import command, run  # noqa: PLC0415
    from fw_gear_viewer_check.survey.work import Settings  # noqa: PLC0415

    share = None if part is None else command.part(part)
    plan = run.Plan(roots, out, Settings(options, with_reports=reports), resume, share)
    code, text = command.carry_out(plan, jobs=jobs, dask=dask)
    _write(text, err=code != 0)
    sys.exit(code)


@cli.command()
@click.argument("what", required=False, metavar="[ID|CAPABILITY]")
def explain(what: str | None) -> None:
    """Explain a requirement: what it says, why, and the repair."""
    from fw_gear_viewer_check.reports import rules  # noqa: PLC0415
    from fw_gear_viewer_check.requirements.registry import REQUIREMENTS  # noqa: PLC0415

    if what is None:
        _write(rules.listed(REQUIREMENTS))
        return
    wanted = what.strip()
    chosen = [
        r
        for r in REQUIREMENTS
        if is_selected(r.id, wanted.upper()) or r.capability.value == wanted.lower()
    ]
    if not chosen:
        known = [r.id for r in REQUIREMENTS] + list(Capability)
        message = (
            f"{what!r} is neither a requirement nor a capability{nearest(wanted, known)}; list "
            "them with: viewer-check rules"
        )
        raise UsageError(message)
    _write("\n".join(rules.explained(r) for r in chosen))


@cli.command()
@_format_option("text", "json", "md")
def rules(format_: str) -> None:
    """List all requirements."""
    from fw_gear_viewer_check.reports import rules as written  # noqa: PLC0415
    from fw_gear_viewer_check.requirements.registry import REQUIREMENTS  # noqa: PLC0415

    writers = {"text": written.listed, "json": written.as_json, "md": written.as_markdown}
    _write(writers[format_](REQUIREMENTS))


def main() -> None:
    """Run the command; a wrong call, a failing disk or Ctrl-C is one line, never a traceback."""
    # A stream that the caller has closed is None, and libraries write to it.
    if sys.stdout is None or sys.stderr is None:
        nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end
        sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
    streams.may_be_full()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # The encoding of a pipe (on Windows) or terminal may lack a sign, or a letter of a name.
        encoding = None if sys.stdout.isatty() else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors="replace")
    try:
        sys.exit(cli.main(prog_name="viewer-check", standalone_mode=False))
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        sys.exit(error.exit_code)
    except click.Abort as error:
        _say("interrupted")
        cause = error.__cause__
        sys.exit(cause.exit_code if isinstance(cause, stopping.StoppedError) else INTERRUPTED)
    except UsageError as error:
        _say(str(error))
        sys.exit(2)
    except OSError as error:
        _say(f"{error.filename or 'output'}: {error.strerror}")
        sys.exit(2)
    except TooLongError as error:
        _say(str(error))
        sys.exit(2)
    except Exception as error:  # noqa: BLE001 - a traceback may quote values
        _say(stopped_by(error))
        sys.exit(2)


def _write(text: str, *, err: bool = False, color: bool | None = None) -> None:
    """Write what a command has found; who reads no further, as ``head`` does, has read enough."""
    with suppress(BrokenPipeError):  # of which click would make the exit code 1
        click.echo(text, nl=False, err=err, color=color)


def _say_of(path: Path, error: Exception) -> None:
    """Say why an input was not checked; the others are."""
    said = str(error) if isinstance(error, (UsageError, TooLongError)) else stopped_by(error)
    _say(said if said.startswith(str(path)) else f"{path}: {said}")


def _say(message: str) -> None:
    """Write a line about what is wrong; names of files in it may hold commands for a terminal."""
    with suppress(OSError):  # the exit code says it, too
        click.echo(f"viewer-check: {printable(message)}", err=True)
