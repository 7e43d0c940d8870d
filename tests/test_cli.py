import json
import os
import signal
import stat
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from unittest import mock

import pandas as pd
import pytest

from examples.make_demo import write_series
from fw_gear_viewer_check import cli
from fw_gear_viewer_check.checker import judging
from fw_gear_viewer_check.dicom.reader import read_input
from fw_gear_viewer_check.requirements.registry import REQUIREMENTS
from fw_gear_viewer_check.system.bounds import TooLongError
from tests import make, pack
from tests.start import as_it_was


@pytest.fixture
def good(tmp_path):
    path = tmp_path / "good.dicom.zip"
    write_series(path)
    return path


@pytest.fixture
def uneven(tmp_path):
    path = tmp_path / "uneven.dicom.zip"
    write_series(path, displaced_mm=1.5)
    return path


@pytest.fixture
def call(monkeypatch, capsys):
    """Run the command in this process; return its exit code, stdout and stderr."""

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["viewer-check", *map(str, arguments)])
        code: int | str | None = 0
        try:
            with as_it_was():
                cli.main()
        except SystemExit as ended:
            code = ended.code
        return (code or 0, *capsys.readouterr())

    return run


def test_check_of_a_good_series_passes(call, good):
    code, out, err = call("check", good)
    assert (code, err) == (0, "")
    assert out.splitlines()[:2] == [
        "Opens in V3 with MPR, 3D and measurements.",
        "PASS: good.dicom.zip (checked: archive, v3_open, v3_overlay)",
    ]
    assert "✓ V3 opens it, MPR and 3D" in out


def test_repairs_in_another_format_are_refused_before_anything_is_written(call, good, tmp_path):
    """It was refused when all was judged, and --csv and --html were written."""
    csv, html = tmp_path / "findings.csv", tmp_path / "report.html"
    code, _, err = call(
        *("check", good, "--repairs", "--format", "json", "--csv", csv, "--html", html)
    )
    assert (code, csv.exists(), html.exists()) == (2, False, False)
    assert "--repairs prints text" in err


def test_check_tells_reason_examples_and_remedy(call, uneven):
    code, out, _ = call("check", "--require", "v3_mpr", uneven)
    assert code == 1
    assert "FAIL: uneven.dicom.zip (checked: v3_mpr)" in out
    flat = " ".join(out.split())
    assert "no MPR or 3D: uneven slice spacing." in flat
    assert "[MPR-205]" in flat
    assert "MPR is not available for unevenly spaced scans" in flat


def test_check_of_several_inputs_is_one_document(call, good, uneven):
    code, out, _ = call("check", "--format", "json", good, uneven)
    assert code == 0
    document = json.loads(out)
    assert [i["input"] for i in document["inputs"]] == [str(good), str(uneven)]
    (series,) = document["inputs"][1]["series"]
    assert series["verdicts"]["v3_mpr"] == "FAIL"
    assert [s["handler"] for s in series["viewer"]["display_sets"]] == ["stack"]
    assert len(document["inputs"][1]["results"]) == len(REQUIREMENTS)


@pytest.mark.parametrize("form", ["text", "json", "csv"])
@pytest.mark.parametrize(
    "error", [OSError(5, "Input/output error"), TooLongError("it is long"), KeyError("a fault")]
)
def test_one_of_several_inputs_that_fails_costs_itself_only(
    call, good, uneven, tmp_path, monkeypatch, *, form, error
):
    """All others lost their results."""

    def failing(path, *rest):
        if path == good:
            raise error
        return read_input(path, *rest)

    monkeypatch.setattr(judging, "read_input", failing)
    table = tmp_path / "out.csv"
    code, out, err = call("check", "--format", form, "--csv", table, good, uneven)
    assert (code, err.count(str(good)), err.count("\n")) == (2, 1, 1)
    assert set(pd.read_csv(table).file) == {uneven.name}
    assert "MPR" in out
    code, out, err = call("check", "--format", form, good, good)
    assert (code, out, err.count("\n")) == (2, "", 2)


@pytest.mark.parametrize(("kind", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_while_outputs_are_written_leaves_all(
    call, good, tmp_path, monkeypatch, *, kind, code
):
    """One of two stayed alone, and of a temporary file what was written."""
    real, out = os.replace, tmp_path / "out"
    out.mkdir()

    def stopped(*paths):
        real(*paths)
        if not list(out.glob("b.html")) or not list(out.glob("a.csv")):
            os.kill(os.getpid(), kind)

    monkeypatch.setattr(os, "replace", stopped)
    call_ = ("check", "--csv", out / "a.csv", "--html", out / "b.html", good)
    assert call(*call_) == (code, "", "\nviewer-check: interrupted\n")
    assert sorted(path.name for path in out.iterdir()) == ["a.csv", "b.html"]


def test_a_folder_that_is_missing_is_told_before_anything_is_read(
    call, good, tmp_path, monkeypatch
):
    """All inputs were read and judged, and nothing was printed of them."""
    monkeypatch.setattr(judging, "check", mock.Mock(side_effect=AssertionError))
    for option in ("--csv", "--html"):
        code, out, err = call("check", option, tmp_path / "none" / "x", good)
        assert (code, out) == (2, "")
        assert err == f"viewer-check: {tmp_path}/none/x: no such folder\n"


def test_an_output_that_may_not_be_replaced_costs_no_other_one(call, good, tmp_path, monkeypatch):
    """The table was replaced before it was tried."""
    table, page = tmp_path / "a.csv", tmp_path / "b.html"
    for path in (table, page):
        path.write_text("old")
    monkeypatch.setattr(os, "access", lambda path, mode: (Path(path), mode) != (page, os.W_OK))
    code, _, err = call("check", "--csv", table, "--html", page, good)
    assert (code, err) == (2, f"viewer-check: {page}: Permission denied\n")
    assert (table.read_text(), page.read_text()) == ("old", "old")


@pytest.mark.parametrize("option", ["--csv", "--html"])
def test_no_output_takes_the_place_of_images(call, good, uneven, tmp_path, option):
    lone = tmp_path / "lone"
    lone.write_bytes(bytes(128) + b"DICM")
    link = tmp_path / "link.csv"
    link.symlink_to(good)
    old = tmp_path / "old"  # as old scanners write it
    old.write_bytes(pack.to_bytes(make.ct(1)[0], make.IMPLICIT, preamble=False))
    for output in (good, uneven, lone, link, old):
        before = output.read_bytes()
        code, out, err = call("check", good, option, output)
        assert (code, out) == (2, "")
        assert "name another file" in err
        assert output.read_bytes() == before
    reference = tmp_path / "reference"
    reference.write_bytes(b"DICOM without a preamble")
    assert call("check", good, "--reference", reference, option, reference)[0] == 2
    assert call("check", good, option, tmp_path / "new")[0] == 0
    assert call("check", good, option, tmp_path / "new")[0] == 0


@pytest.mark.parametrize("option", ["--csv", "--html"])
def test_no_output_lies_in_a_folder_that_is_checked(call, tmp_path, monkeypatch, option):
    """An image without a preamble, as old scanners write it, was replaced."""
    folder = tmp_path / "series"
    (folder / "below").mkdir(parents=True)
    for number, image in enumerate(make.ct(3)):
        content = pack.to_bytes(image, make.IMPLICIT, preamble=False)
        (folder / "below" / f"IM{number}").write_bytes(content)
    (tmp_path / "link").symlink_to(folder / "below" / "IM0")
    (tmp_path / "folder").symlink_to(folder)
    monkeypatch.chdir(folder)
    before = (folder / "below" / "IM0").read_bytes()
    for checked in (folder, tmp_path / "folder", "."):
        for output in (folder / "below" / "IM0", tmp_path / "link", folder / "new", "new"):
            code, out, err = call("check", checked, option, output)
            assert (code, out) == (2, "")
            assert err.endswith("which is checked: name a file elsewhere\n")
    assert (folder / "below" / "IM0").read_bytes() == before
    assert not (folder / "new").exists()
    assert call("check", folder, option, tmp_path / "new")[0] == 0
    assert call("check", ".", option, "-")[0] == 0


def test_outputs_do_not_overwrite_each_other_or_the_profile(call, good, tmp_path):
    profile = tmp_path / "site.toml"
    profile.write_text('require = "v3_open"')
    code, _, err = call("check", good, "--config", profile, "--csv", profile)
    assert (code, profile.read_text()) == (2, 'require = "v3_open"')
    assert err.endswith("name another file\n")
    (tmp_path / "link").symlink_to("out")
    for other in (tmp_path / "out", tmp_path / "link", tmp_path / "." / "out"):
        code, _, err = call("check", good, "--csv", tmp_path / "out", "--html", other)
        assert (code, (tmp_path / "out").exists()) == (2, False)
        assert err.endswith("is named for two outputs: name a file for each\n")


def test_a_link_in_a_circle_is_replaced(call, good, tmp_path):
    """It ended in a traceback."""
    (tmp_path / "link").symlink_to("link")
    assert call("check", good, "--csv", tmp_path / "link")[0] == 0
    assert (tmp_path / "link").read_text().startswith("file,")


@pytest.mark.process
def test_a_disk_that_is_full_leaves_none_of_two_outputs(good, tmp_path):
    """The table was there, and the page was not."""
    program = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000));"
        "from fw_gear_viewer_check.cli import main; main()"
    )
    out = tmp_path / "out"
    out.mkdir()
    command = ["check", good, "--csv", out / "a.csv", "--html", out / "a.html"]
    done = subprocess.run(
        [sys.executable, "-c", program, *command], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "File too large" in done.stderr
    assert list(out.iterdir()) == []
    subprocess.run([sys.executable, "-c", program, *command[:4]], capture_output=True, check=False)
    assert [path.name for path in out.iterdir()] == ["a.csv"]


def test_check_writes_one_csv_for_all_inputs(call, good, uneven, tmp_path):
    target = tmp_path / "out.csv"
    code, printed, _ = call("check", "--format", "csv", "--csv", target, good, uneven)
    assert code == 0
    assert target.read_text() == printed
    table = pd.read_csv(target, keep_default_na=False)
    assert list(table["file"].unique()) == ["good.dicom.zip", "uneven.dicom.zip"]


def test_a_folder_is_one_input(call, good, tmp_path):
    import zipfile

    folder = tmp_path / "folder"
    with zipfile.ZipFile(good) as archive:
        archive.extractall(folder)
    code, out, _ = call("check", folder)
    assert code == 0
    assert "\nPASS: folder (" in out


@pytest.mark.process
@pytest.mark.parametrize("command", ["rules", "survey"])
def test_no_module_beside_the_data_is_run(tmp_path, command):
    """python -m looks into the current folder first."""
    for name in ("click", "signal", "typing", "tomllib", "numpy", "json"):
        (tmp_path / f"{name}.py").write_text("open('it-was-run', 'w')")
    arguments = ["rules"] if command == "rules" else ["survey", ".", "--out", "../out"]
    pack.file_of(tmp_path, make.dx(1)[0])
    done = subprocess.run(
        [sys.executable, "-m", "fw_gear_viewer_check", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "it-was-run").exists()


@pytest.mark.process
@pytest.mark.parametrize("start", ["-m fw_gear_viewer_check", "-P -c 'IMPORT; main()'"])
def test_a_current_folder_that_was_removed_does_not_matter(good, tmp_path, start):
    """It ended in a traceback, with the exit code of data that fail."""
    start = start.replace("IMPORT", "from fw_gear_viewer_check.__main__ import main")
    (tmp_path / "gone").mkdir()
    command = f"rmdir ../gone; exec {sys.executable} {start} check {good}"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=tmp_path / "gone",
        env={"PATH": os.defpath, "PYTHONPATH": str(Path(cli.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Opens in V3")


@pytest.mark.process
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    ("command", "code", "told"),
    [
        ("check {good} >/dev/full", 2, "viewer-check: output: No space left on device\n"),
        ("rules >/dev/full", 2, "viewer-check: output: No space left on device\n"),
        ("check nowhere 2>/dev/full", 2, ""),
        ("check --no-such-option 2>/dev/full", 2, ""),
        ("--debug check {good} 2>/dev/full", 0, ""),
    ],
)
def test_a_stream_that_is_full_is_one_line_at_most(good, command, code, told, unbuffered):
    """The exit codes were 1, which data have that fail, and 120."""
    command = f"exec {sys.executable} -m fw_gear_viewer_check {command.format(good=good)}"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (code, told)


def test_an_empty_path_is_not_the_current_folder(call):
    """A script with an empty variable got the verdict of something else."""
    code, _, err = call("check", "")
    assert code == 2
    assert "the path is empty" in err


@pytest.mark.parametrize("path", [".", "below/.."])
def test_the_current_folder_has_a_name(call, good, tmp_path, monkeypatch, path):
    folder = tmp_path / "folder"
    (folder / "below").mkdir(parents=True)
    good.rename(folder / "in.zip")
    monkeypatch.chdir(folder)
    code, out, _ = call("check", path, "--format", "csv")
    assert code == 1
    assert {line.partition(",")[0] for line in out.splitlines()[1:]} == {"folder"}


def test_levels_can_be_overridden(call, uneven):
    assert call("check", "--require", "v3_mpr", "--as-note", "MPR-205,MPR-198", uneven)[0] == 0
    assert call("check", "--require", "v3_mpr", "--ignore", "MPR", uneven)[0] == 0
    assert call("check", "--require", "v3_mpr", "--spacing-tolerance-mm", "2", uneven)[0] == 1
    wide = ("--spacing-tolerance-mm", "2", "--ignore", "MPR-198")
    assert call("check", "--require", "v3_mpr", *wide, uneven)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["check", "/no/such/file.dcm"], "no such file or folder"),
        (["check", "--ignore", "MPR-999", "{good}"], "'MPR-999' matches no requirement"),
        (["check", "--ignore", "M", "{good}"], "'M' matches no requirement"),
        (["check", "--spacing-tolerance-mm", "-1", "{good}"], "spacing_tolerance_mm"),
        (["check", "--orientation-tolerance", "nan", "{good}"], "orientation_tolerance"),
        (["check", "--max-instances", "0", "{good}"], "max_instances"),
        (["check", "--require", "v4_open", "{good}"], "'v4_open' is not a capability"),
        (["check", "--csv", "/no/such/folder/x.csv", "{good}"], "/folder/x.csv: no such folder"),
        (["check", "--reference", "/no/such/file", "{good}"], "no such file or folder"),
        (["check"], "Missing argument"),
        (["check", "--format", "xml", "{good}"], "'xml' is not one of"),
        (["explain", "XYZ-1"], "neither a requirement nor a capability"),
        (["explain", "mpr-250"], "(did you mean MPR-20"),
        (["survey", "/x", "--out", "/y", "--config", "/no.toml"], "/no.toml cannot be read"),
        (["survey", "/x", "--out", "/y", "--jobs", "1" + "0" * 12], "is not in the range"),
        (["nonsense"], "No such command"),
    ],
)
def test_wrong_usage_is_one_clear_line_and_exit_2(call, good, arguments, told):
    code, out, err = call(*(a.format(good=good) for a in arguments))
    assert (code, out) == (2, "")
    assert told in err
    assert "Traceback" not in err


def test_an_output_that_cannot_be_written_is_named_as_it_was_given(call, good, tmp_path):
    code, _, err = call("check", "--csv", tmp_path, good)
    assert (code, err) == (2, f"viewer-check: {tmp_path}: Is a directory\n")
    assert list(tmp_path.iterdir()) == [good]


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 broken", bytes(200) + b"x"])
@pytest.mark.parametrize("name", ["scan.dcm", "scan.dicom.zip"])
def test_what_is_not_dicom_is_a_finding(call, tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    code, out, err = call("check", path)
    assert (code, err) == (1, "")
    assert out.startswith("Does not open: no readable DICOM.\n")


@pytest.mark.parametrize(
    "bad", ["missing", "pipe", "zips", "--reference missing", "--reference pipe"]
)
def test_nothing_is_checked_where_one_path_is_missing(call, good, tmp_path, monkeypatch, bad):
    """All before it was checked, and its results were lost."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zips").mkdir()
    (tmp_path / "zips" / "a.zip").write_bytes(good.read_bytes())
    judge = mock.Mock()
    monkeypatch.setattr(judging, "check", judge)
    monkeypatch.chdir(tmp_path)
    code, out, err = call("check", good, *bad.split())
    assert (code, out, judge.called) == (2, "", False)
    assert (err.count("\n"), bad.split()[-1] in err) == (1, True)


def test_memory_that_is_short_is_one_line(call, good, monkeypatch):
    """It was a traceback, with the exit code of data that fail."""

    def fail(*_, **__):
        raise MemoryError

    monkeypatch.setattr(judging, "check", fail)
    assert call("check", good) == (2, "", f"viewer-check: {good}: out of memory\n")


def test_an_output_that_replaces_a_private_file_is_private(call, good, tmp_path):
    for name, option in (("o.csv", "--csv"), ("o.html", "--html")):
        (tmp_path / name).touch(0o640)
        assert call("check", good, option, tmp_path / name)[0] == 0
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o640
        assert (tmp_path / name).stat().st_size > 100


def test_explain_an_id_a_family_and_a_capability(call):
    one = call("explain", "mpr-205")[1]
    assert one.startswith("MPR-205  Even slice spacing")
    assert "dicom-splitter" in one
    family = call("explain", "MEA")[1]
    ids = [line.split()[0] for line in family.splitlines() if line[:3] == "MEA"]
    assert ids == [r.id for r in REQUIREMENTS if r.id.startswith("MEA-")]
    assert call("explain", "v3_measure")[1] == family
    everything = call("explain")[1]
    assert all(r.id in everything for r in REQUIREMENTS)


def test_no_word_of_an_explanation_is_broken(call):
    for requirement in REQUIREMENTS:
        assert not any(
            line.endswith("-") for line in call("explain", requirement.id)[1].split("\n")
        )


def test_an_explanation_names_no_value_that_only_a_series_has(call):
    assert not any("{" in call("explain", r.id)[1] for r in REQUIREMENTS)
    assert "{" not in call("rules", "--format", "md")[1]


def test_each_command_says_in_one_whole_line_what_it_does(call):
    code, out, _ = call("--help")
    assert code == 0
    lines = out.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in lines] == ["check", "explain", "rules", "survey"]
    assert all(line.endswith(".") and not line.endswith("...") for line in lines)


def test_rules_in_three_formats(call):
    assert all(r.title in call("rules")[1] for r in REQUIREMENTS)
    document = json.loads(call("rules", "--format", "json")[1])
    assert [r["id"] for r in document["requirements"]] == [r.id for r in REQUIREMENTS]
    assert call("rules", "--format", "md")[1].startswith("# All requirements")


def start(*arguments, **environment):
    return subprocess.run(
        [sys.executable, *arguments],
        env={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.process
@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_a_pipe_gets_utf_8_whatever_its_encoding(good, form):
    path = good.rename(good.with_name("\u4e2d\u00e9.dicom.zip"))
    printed = subprocess.run(
        [sys.executable, "-m", "fw_gear_viewer_check", "check", "--format", form, str(path)],
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        capture_output=True,
        check=False,
    )
    assert (printed.returncode, printed.stderr) == (0, b"")
    assert path.name in printed.stdout.decode("utf-8")


@pytest.mark.process
def test_as_a_module_without_colour_in_a_pipe(good):
    ended = start("-m", "fw_gear_viewer_check", "check", str(good))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "\x1b" not in ended.stdout


@pytest.mark.process
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_name_does_not_command_the_terminal(tmp_path):
    pipe = tmp_path / "\x1b[2Jscan"
    os.mkfifo(pipe)
    ended = start("-m", "fw_gear_viewer_check", "check", str(pipe))
    assert ended.returncode == 2
    assert ended.stderr.endswith("\\x1b[2Jscan cannot be opened: neither a file nor a folder\n")


@pytest.mark.process
def test_command_and_library_import_no_flywheel_package(good):
    code = (
        "import sys; from fw_gear_viewer_check import check, cli; "
        f"report = check({str(good)!r}); print(report.verdicts['v3_mpr'].status); "
        "print([m for m in sys.modules if m.split('.')[0] in ('flywheel', 'fw_gear')"
        " or m.startswith('flywheel_gear_toolkit')])"
    )
    ended = start("-c", code)
    assert ended.stdout == "PASS\n[]\n"


def test_commands_can_be_copied_from_what_explains_them(call):
    """Not broken at a hyphen, and Markdown does not take asterisks for emphasis."""
    lines = call("explain", "MPR")[1].splitlines()
    assert not any(line.endswith("-") for line in lines)
    repair = next(
        line for line in call("rules", "--format", "md")[1].splitlines() if "zip -r" in line
    )
    assert r"-x '\*/.\*' '\*\_\_MACOSX\*'" in repair


@pytest.mark.process
def test_help_loads_no_requirement():
    code = (
        "import sys; sys.argv = ['viewer-check', 'check', '--help']\n"
        "from fw_gear_viewer_check import cli\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        "print([m for m in ('pydicom', 'numpy', 'jsonschema') if m in sys.modules])"
    )
    assert start("-c", code).stdout.splitlines()[-1] == "[]"


@pytest.mark.process
def test_explain_imports_neither_pandas_nor_jinja2():
    code = (
        "import sys; sys.argv = ['viewer-check', 'explain', 'MPR-205']\n"
        "from fw_gear_viewer_check import cli\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        "print([m for m in ('pandas', 'jinja2') if m in sys.modules])"
    )
    assert start("-c", code).stdout.splitlines()[-1] == "[]"


@pytest.mark.process
def test_a_csv_needs_no_pandas():
    """It takes a quarter of a gear run to import."""
    code = (
        "import sys; from fw_gear_viewer_check.reports import csv_table; csv_table.to_csv()\n"
        "print('pandas' in sys.modules)"
    )
    assert start("-c", code).stdout.splitlines()[-1] == "False"


def test_library_call(good):
    from fw_gear_viewer_check import check

    report = check(good)
    assert report.verdicts["v3_mpr"].status == "PASS"
    assert len(report.results) == len(REQUIREMENTS)
    assert list(report.to_dataframe()["requirement"]) == [r.id for r in REQUIREMENTS]


def test_ctrl_c_is_one_line_and_no_failure_of_the_data(call, good, monkeypatch):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("fw_gear_viewer_check.checker.judging.check", stopped)
    assert call("check", good) == (130, "", "\nviewer-check: interrupted\n")


@pytest.mark.parametrize("option", ["--csv", "--html"])
def test_a_link_is_followed(call, good, tmp_path, option):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    assert call("check", option, link, good)[0] == 0
    assert link.is_symlink()
    assert len(target.read_text()) > 1000


def test_a_link_to_nothing_makes_its_target(call, good, tmp_path):
    link = tmp_path / "link"
    link.symlink_to("target")
    assert call("check", "--csv", link, good)[0] == 0
    assert (link.is_symlink(), (tmp_path / "target").is_file()) == (True, True)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_written_through(call, good, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()))
    reader.start()
    code = call("check", "--csv", pipe, good)[0]
    reader.join(10)
    assert (code, stat.S_ISFIFO(pipe.stat().st_mode)) == (0, True)
    assert got[0].startswith("file,series_instance_uid")


def test_who_reads_no_further_has_read_enough(call, good, tmp_path, monkeypatch):
    """The exit code was that of data that fail, and the other output was not written."""
    outside, inside = os.pipe()
    os.close(outside)
    html = tmp_path / "report.html"
    gone = os.fdopen(inside, "w", encoding="utf-8")
    monkeypatch.setattr("sys.stdout", gone)
    code = call("check", "--csv", "-", "--html", html, good)[0]
    monkeypatch.undo()
    with suppress(BrokenPipeError):
        gone.close()
    assert (code, html.exists()) == (0, True)


def test_a_device_stays_a_device(call, good):
    assert call("check", "--csv", os.devnull, "--html", os.devnull, good)[0] == 0
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


def test_a_reference_is_read_once_for_all_inputs(call, tmp_path, monkeypatch):
    names = []

    def counting(path, *more):
        names.append(path.name)
        return read_input(path, *more)

    monkeypatch.setattr(f"{judging.__name__}.read_input", counting)
    images = make.ct(3)
    reference = pack.zip_file(tmp_path, images, "images.zip")
    several = [pack.zip_file(tmp_path, make.seg(images), f"{n}.zip") for n in range(3)]
    code, out, _ = call("check", "--reference", reference, *several)
    assert (code, out.count("Opens in V3, drawn over its images")) == (0, 3)
    assert sorted(names) == ["0.zip", "1.zip", "2.zip", "images.zip"]


def test_stdout_is_one_output(call, good):
    """A table and a page stood one behind the other."""
    code, out, err = call("check", "--csv", "-", "--html", "-", good)
    assert (code, out) == (2, "")
    assert err.endswith("- is named for two outputs: name a file for each\n")


def test_a_dash_is_stdout(call, good):
    code, out, _ = call("check", "--format", "json", "--csv", "-", good)
    assert code == 0
    assert out.startswith("file,series_instance_uid")


@pytest.mark.process
@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "out.txt"])
def test_what_a_shell_redirects_keeps_what_follows(good, tmp_path, name):
    out = tmp_path / "out.txt"
    with out.open("w") as file:
        subprocess.run(
            [sys.executable, "-m", "fw_gear_viewer_check", "check", "--csv", name, good],
            cwd=tmp_path,
            stdout=file,
            check=True,
        )
    assert out.read_text().startswith("file,series_instance_uid")
    assert "The open-source viewer" in out.read_text()


def test_a_folder_of_zips_is_not_one_series(call, good, uneven, tmp_path):
    folder = tmp_path / "zips"
    folder.mkdir()
    for path in (good, uneven):
        path.rename(folder / path.name)
    code, out, err = call("check", folder)
    assert (code, out) == (2, "")
    assert err == f"viewer-check: {folder}: 2 zips here: use viewer-check survey\n"


def test_a_profile_sets_options_and_the_command_line_wins(call, uneven, tmp_path):
    profile = tmp_path / "site.toml"
    profile.write_text('require = "v3_mpr"\ntag = "qc"\n')
    assert call("check", "--config", profile, uneven)[0] == 1
    assert call("check", "--config", profile, "--require", "v3_open", uneven)[0] == 0
    profile.write_text("requires = 5")
    code, _, err = call("check", "--config", profile, uneven)
    assert code == 2
    assert err.endswith("there is no option 'requires' (did you mean require?)\n")


def test_names_can_be_hidden(call, uneven):
    code, out, _ = call("check", "--hide-names", "--require", "v3_mpr", uneven)
    assert code == 1
    assert "file 9 of 12" in " ".join(out.split())
    assert "09.dcm" not in out
    for options, named in ([(), str(uneven)], [("--hide-names",), uneven.name]):
        _, out, _ = call("check", *options, "--format", "json", uneven)
        assert json.loads(out)["inputs"][0]["input"] == named


@pytest.mark.process
@pytest.mark.parametrize(("path", "code"), [("good", 0), ("uneven", 1)])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_enough_does_not_matter(request, path, code, unbuffered):
    """The exit code was 1, which data have that fail."""
    source, drain = os.pipe()
    os.close(source)
    call = [sys.executable, "-m", "fw_gear_viewer_check", "check", "--require", "v3_mpr"]
    call.append(request.getfixturevalue(path))
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    done = subprocess.run(
        call, stdout=drain, stderr=subprocess.PIPE, env=environment, text=True, check=False
    )
    os.close(drain)
    assert (done.returncode, done.stderr) == (code, "")


@pytest.mark.process
@pytest.mark.parametrize("closed", ["2>&-", ">&-", ">&- 2>&-"])
def test_closed_streams_do_not_matter(good, closed):
    command = f"exec {sys.executable} -m fw_gear_viewer_check check {good} {closed}"
    shell = ["/bin/sh", "-c", command]
    assert subprocess.run(shell, capture_output=True, check=False).returncode == 0
