"""Files that are easily lost: odd names, deep folders, neighbours of hostile files."""

import errno
import gzip
import os
import re
import threading
import time
import zlib
from concurrent.futures import Future
from unittest import mock

import pytest

from fw_gear_viewer_check.checker.options import UsageError
from fw_gear_viewer_check.dicom import reader
from fw_gear_viewer_check.model import limits
from fw_gear_viewer_check.survey import index, roots, scan, urls
from fw_gear_viewer_check.survey.inputs import NOT_THERE, LeftOut, SourceFile
from fw_gear_viewer_check.survey.roots import listed
from fw_gear_viewer_check.survey.workers import WorkerDied
from tests import make, pack
from tests.hostile import raw_dicom as raw
from tests.survey import archive
from tests.survey.inline import InlinePool
from tests.survey.test_survey import by_name, run, table


def zipped(**changes):
    return pack.zip_bytes(pack.members(make.ct(2, **changes)))


def test_a_name_that_is_not_utf_8_beside_its_escaped_spelling(tmp_path):
    """Both had the same key, and one of them was in no table."""
    root = tmp_path / "odd"
    root.mkdir()
    names = ("caf\udce9.zip", "caf\\xe9.zip", "caf\\\\xe9.zip")
    for number, name in enumerate(names, start=1):
        (root / name).write_bytes(zipped(SeriesInstanceUID=f"1.2.{number}"))
    run(root, tmp_path / "out")
    assert {row["series_instance_uid"] for row in table(tmp_path / "out")} == {
        "1.2.1", "1.2.2", "1.2.3",
    }  # fmt: skip


def test_a_file_named_like_the_key_of_a_loose_series(tmp_path):
    root = tmp_path / "odd"
    pack.folder_of(root, make.ct(3, SeriesInstanceUID="1.2.3"), "loose")
    (root / "loose" / " 1.2.3").write_bytes(pack.to_bytes(make.dx(1, SeriesInstanceUID="1.2.4")[0]))
    run(root, tmp_path / "out")
    rows = {row["series_instance_uid"]: row["instances"] for row in table(tmp_path / "out")}
    assert rows == {"1.2.3": "3", "1.2.4": "1"}


def test_doubles_with_one_name_are_both_reported(tmp_path):
    root = tmp_path / "odd"
    root.mkdir()
    for name in ("caf\udce9.zip", "caf\\xe9.zip"):
        (root / name).write_bytes(zipped(SeriesInstanceUID="1.2.1"))
    run(root, tmp_path / "out")
    assert [row["failing"].split(";")[0] for row in table(tmp_path / "out")] == ["ZIP-101"] * 2


@pytest.mark.long
def test_files_with_many_frames_change_nothing_for_their_neighbours(tmp_path):
    """One budget for a hundred loose files: the clean series fell apart into single files."""
    root = tmp_path / "loose"
    (root / "a").mkdir(parents=True)
    for number in range(4):
        video = make.dx(1, SeriesInstanceUID=f"1.2.{number}", NumberOfFrames=90_000)[0]
        pack.file_of(root / "a", video, f"{number}.dcm")
    pack.folder_of(root, make.ct(5, SeriesInstanceUID="1.3"), "b")
    run(root, tmp_path / "out")
    assert by_name(tmp_path / "out", root)["b/"]["instances"] == "5"


class PoolWithDeaths(InlinePool):
    def submit(self, function, task):
        if function is scan.scan and any("deadly" in file.location for file in task):
            future = Future()
            future.set_exception(WorkerDied())
            return future
        return super().submit(function, task)


def test_a_file_that_ends_its_worker_changes_nothing_for_its_neighbours(tmp_path):
    root = tmp_path / "loose"
    pack.folder_of(root, make.ct(5, SeriesInstanceUID="1.3"), "b")
    pack.file_of(root, make.dx(1, SeriesInstanceUID="1.4")[0], "deadly.dcm")
    run(root, tmp_path / "out", pool=PoolWithDeaths)
    assert by_name(tmp_path / "out", root)["b/"]["instances"] == "5"
    assert by_name(tmp_path / "out", root)["deadly.dcm"]["problem"] == ""


@pytest.fixture
def deep_folder(tmp_path, monkeypatch):
    """Make a folder more than 1,000 deep, of which pytest could not clean up."""
    depth = 1_100
    monkeypatch.chdir(tmp_path)
    for _ in range(depth):
        os.mkdir("d")  # noqa: PTH102
        os.chdir("d")
    pack.file_of(tmp_path.__class__(), make.dx(1)[0], "deep.dcm")
    yield tmp_path / "d"
    os.unlink("deep.dcm")  # noqa: PTH108
    for _ in range(depth):
        os.chdir("..")
        os.rmdir("d")  # noqa: PTH106


def test_a_folder_behind_a_link_is_where_the_link_leads(tmp_path):
    """A root link/../folder was another folder than the one that it names."""
    for place in ("here/archive", "there/archive", "there/inside"):
        (tmp_path / place).mkdir(parents=True)
    pack.file_of(tmp_path / "here" / "archive", make.dx(1)[0], "wrong.dcm")
    pack.file_of(tmp_path / "there" / "archive", make.dx(1)[0], "right.dcm")
    (tmp_path / "here" / "link").symlink_to(tmp_path / "there" / "inside")
    root = f"{tmp_path}/here/link/../archive"
    names = [one.name for one in listed([root], tmp_path / "out")]
    assert names == [f"{root}/right.dcm"]
    one, same = listed([root, f"{tmp_path}/there/archive"], tmp_path / "out")
    assert (one.identity, one.name) != (one.name, same.name)
    assert one.identity == same.identity


def test_folders_above_a_wildcard_are_refused(tmp_path):
    """Each multiplied what was found, in time and memory."""
    with pytest.raises(UsageError, match="stands behind a wildcard"):
        list(listed([f"{tmp_path}/*/../*/../*"], tmp_path / "out"))


def test_a_pattern_does_not_follow_links_in_circles(tmp_path):
    pack.folder_of(tmp_path, make.ct(2), "root")
    for name in ("a", "b", ".hidden"):
        (tmp_path / "root" / name).symlink_to(".", target_is_directory=True)
    found = [one for one in listed([f"{tmp_path}/**"], tmp_path.parent / "out") if one.name]
    names = {one.name.removeprefix(f"{tmp_path}/root/") for one in found}
    assert names == {"001.dcm", "002.dcm", "a", "b", ".hidden"}
    assert len(found) < 20


def test_links_to_one_folder_are_entered_once_by_a_pattern(tmp_path, monkeypatch):
    """3,000 links to their own folder were nine million folders, and no survey began."""
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    pack.file_of(root / "sub", make.dx(1)[0], "1.dcm")
    for number in range(300):
        (root / f"link{number}").symlink_to(".", target_is_directory=True)
    (tmp_path / "other").symlink_to("root")
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "out"
    for pattern, found in {
        f"{root}/*/*/*.dcm": [f"{root}/link0/sub/1.dcm"],
        f"{root}/*/sub/*.dcm": [f"{root}/link0/sub/1.dcm"],
        f"{root}/s*/1.dcm": [f"{root}/sub/1.dcm"],
        "*/sub/1.d*": ["other/sub/1.dcm"],
        f"{tmp_path}/r*/sub/": [f"{root}/sub/1.dcm"],
        f"{tmp_path}/r*/sub/1.dcm": [f"{root}/sub/1.dcm"],
    }.items():
        assert [one.name for one in listed([pattern], out)] == found, pattern
    for none in (f"{root}/*/2.dcm", f"{tmp_path}/*/sub/*/", f"{root}/s*/2.dcm"):
        with pytest.raises(UsageError, match="no such file"):
            list(listed([none], out))


@pytest.mark.long
def test_folders_a_thousand_deep(deep_folder, tmp_path):
    (found,) = listed([str(deep_folder)], tmp_path / "out")
    assert found.base == "deep.dcm"


def test_a_line_of_a_list_with_nul_is_a_row_and_not_an_end(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "good.zip").write_bytes(zipped())
    (tmp_path / "list.txt").write_text(f"{root}/go\0od.zip\n{root}/good.zip\n")
    run(f"@{tmp_path}/list.txt", tmp_path / "out")
    problems = {row["input"]: row["problem"] for row in table(tmp_path / "out")}
    assert problems == {f"{root}/good.zip": "", f"{root}/go\\x00od.zip": "there is no file"}


def test_a_line_of_a_list_that_is_not_utf_8_is_an_input(tmp_path):
    """It ended the survey, and what is surveyed below a folder could not be named."""
    root = tmp_path / "root"
    root.mkdir()
    for name in ("caf\udce9.zip", "good.zip"):
        (root / name).write_bytes(zipped())
    lines = (
        f"{root}/caf\udce9.zip",
        f"{root}/none\udcff.zip",
        "http://h\udcff/a.zip",
        f"{root}/good*",
    )
    (tmp_path / "list.txt").write_bytes(os.fsencode("\n".join(lines)))
    run(f"@{tmp_path}/list.txt", tmp_path / "out")
    problems = {row["input"]: row["problem"] for row in table(tmp_path / "out")}
    assert problems.pop("http://h\\udcff/a.zip")
    assert problems == {
        f"{root}/caf\\udce9.zip": "",
        f"{root}/good.zip": "",
        f"{root}/none\\udcff.zip": "there is no file",
    }


@pytest.mark.parametrize("encoding", ["utf-16", "zip"])
def test_a_list_that_is_no_text_is_wrong_usage(tmp_path, encoding):
    path = tmp_path / "list.txt"
    path.write_bytes(zipped() if encoding == "zip" else f"{tmp_path}/a.zip\n".encode(encoding))
    with pytest.raises(UsageError, match="not UTF-8 text"):
        list(listed([f"@{path}"], tmp_path / "out"))


@pytest.mark.parametrize(
    ("line", "name", "problem"),
    [
        ("file:///data/x.zip", "file:///data/x.zip", "name what is here by its path"),
        ("hdfs://u:pw@h/y.zip", "hdfs://h/y.zip", "name what is here by its path"),
        ("zip::http://u:pw@h/a.zip", "zip::http://(not one URL)", "a URL with :: in it"),
        ("http://[::1]:1/a.zip", "http://[::1]:1/a.zip", "write an IPv6 address in full"),
        ("x*/../y", "x*/../y", ".. stands behind a wildcard"),
        ("**/a/" * 4, "**/a/" * 4, "** stands in it more than 3 times"),
        ("[" * 9000, "[" * 9000, "a name with wildcards has more than 512 characters"),
    ],
)
def test_a_line_of_another_kind_is_a_row_and_not_an_end(tmp_path, line, name, problem):
    good = pack.zip_file(tmp_path, make.ct(1), "good.zip")
    (tmp_path / "list.txt").write_text(f"{line}\n{good}\n")
    run(f"@{tmp_path}/list.txt", tmp_path / "out")
    problems = {row["input"]: row["problem"] for row in table(tmp_path / "out")}
    assert problems.pop(str(good)) == ""
    assert problems.keys() == {name}
    assert problem in problems[name]
    assert line not in problems[name]  # names may be hidden
    with pytest.raises(UsageError, match=re.escape(problem)):
        list(listed([line], tmp_path / "out"))


def test_outputs_in_a_line_of_a_list_are_still_an_end(tmp_path):
    (tmp_path / "list.txt").write_text(f"{tmp_path}\n")
    with pytest.raises(UsageError, match="outside of the roots"):
        list(listed([f"@{tmp_path}/list.txt"], tmp_path / "out"))


def test_files_of_one_series_are_put_together_up_to_a_limit(tmp_path, monkeypatch):
    """A million files with a constant SeriesInstanceUID took a gigabyte, and were refused."""
    for module in (index, reader):
        monkeypatch.setattr(module, "MAX_MEMBERS", 3)
    root = tmp_path / "root"
    pack.folder_of(root, make.ct(6, SeriesInstanceUID="1.2.3"), "loose")
    run(root, tmp_path / "out")
    (row,) = table(tmp_path / "out")
    assert row["input"] == f"{root}/loose/"
    assert (
        "more than 3 files"
        in gzip.decompress((tmp_path / "out" / "findings.csv.gz").read_bytes()).decode()
    )
    lines = (tmp_path / "out" / "left_out.csv").read_text().splitlines()[1:]
    assert lines == [f'{root}/loose/{n:03}.dcm,"{index.TOO_MANY}"' for n in (5, 6)]


def test_a_file_that_is_named_like_a_list_is_none(tmp_path, monkeypatch):
    """A shell puts it among the roots: the lines of the file beside it named other folders."""
    monkeypatch.chdir(tmp_path)
    other = pack.file_of(tmp_path, make.dx(1)[0], "other.dcm")
    (tmp_path / "list").write_text(str(other))
    pack.file_of(tmp_path, make.dx(1)[0], "@list")
    assert [one.name for one in listed(["@list"], tmp_path / "out")] == ["@list"]


def test_a_list_without_lines_is_wrong_usage(tmp_path):
    """A device has no end, and the rest of a long line was taken for another root."""
    with pytest.raises(UsageError, match="a line of more than"):
        list(listed(["@/dev/zero"], tmp_path / "out"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_file_that_became_a_pipe_does_not_keep_the_reader_waiting(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(zipped())
    (file,) = listed([str(path)], tmp_path / "out")
    assert isinstance(file, SourceFile)
    path.unlink()
    os.mkfifo(path)
    caught = []

    def read():
        try:
            file.open()
        except OSError as error:
            caught.append(error.strerror)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(10)
    assert caught == ["not a regular file"]


def test_a_series_in_folders_that_begin_with_a_dot_and_are_named_is_read(tmp_path):
    """By their names in the folder that they share, its files were hidden ones."""
    images = make.ct(6, SeriesInstanceUID="1.2.3")
    folders = [tmp_path / ".part0", tmp_path / ".part1"]
    for folder, some in zip(folders, (images[:3], images[3:]), strict=True):
        folder.mkdir()
        for name, content in pack.members(some).items():
            (folder / name).write_bytes(content)
    names = tmp_path / "list"
    (folders[0] / "001.dcm").rename(folders[0] / ".001.dcm")
    (folders[1] / "001.dcm").rename(tmp_path / "001.dcm")
    names.write_text(f"{folders[0]}/.001.dcm\n{tmp_path}/001.dcm\n{folders[1]}\n{folders[0]}\n")
    run(f"@{names}", tmp_path / "out", pool=InlinePool)
    (row,) = table(tmp_path / "out")
    assert (row["instances"], row["overall"]) == ("6", "PASS")


@pytest.mark.parametrize("how", ["not opened", "worker died"])
def test_a_loose_file_that_was_not_read_is_looked_at_again(tmp_path, monkeypatch, how):
    """Its series stayed in two inputs for ever, which failed."""
    root = tmp_path / "root"
    images = [pack.to_bytes(image) for image in make.ct(3, SeriesInstanceUID="1.2.3")]
    pack.folder_of(root, dict(zip(("deadly", "1", "2"), images, strict=True)), "loose")
    read = SourceFile.open

    def failing(file):
        if file.base == "deadly":
            raise PermissionError
        return read(file)

    with monkeypatch.context() as patched:
        if how == "not opened":
            patched.setattr(SourceFile, "open", failing)
        run(root, tmp_path / "out", pool=InlinePool if how == "not opened" else PoolWithDeaths)
    assert len(table(tmp_path / "out")) == 2
    run(root, tmp_path / "out", resume=True)
    run(root, tmp_path / "new")
    assert archive.outputs(tmp_path / "out") == archive.outputs(tmp_path / "new")


def test_a_loose_file_of_another_size_is_another_file(tmp_path):
    """What is unpacked may have one time for all files: it kept the series of its old content."""
    root = tmp_path / "root"
    pack.folder_of(root, make.ct(2, SeriesInstanceUID="1.2.3"), "loose")
    paths = sorted((root / "loose").iterdir())
    for path in paths:
        os.utime(path, (0, 0))
    run(root, tmp_path / "out")
    (other,) = make.ct(1, SeriesInstanceUID="1.2.3.4", SOPInstanceUID="1.2.9", Rows=5)
    paths[1].write_bytes(pack.to_bytes(other) + bytes(64))
    os.utime(paths[1], (0, 0))
    run(root, tmp_path / "out", resume=True)
    assert {row["series_instance_uid"] for row in table(tmp_path / "out")} == {"1.2.3", "1.2.3.4"}


@pytest.mark.parametrize(
    "location",
    [
        "http://usr:geh/eim@127.0.0.1:9/a.zip",
        "http://usr:2020/geheim@host/a.zip",
        "http://usr:2020/g@geheim@host/",
        "http://usr:geh#eim@host/a.zip",
        "https://usr:geh?eim@host/a.zip",
        "usr:geheim@https://host/a.zip",
        "https://usr:geheim@host/a.zip",
        "s3://usr:geh/eim@bucket/a.zip",
        "gs://usr:20/geh/eim@bucket/a@b/c.zip",
        "abfs://usr:geh/eim@container@account.example/a.zip",
        "http://usr-geh:12?34@host/a.zip",
        "http://usr-geh:12#34@host/a.zip",
    ],
)
def test_no_password_of_a_url_is_shown(location):
    assert "geh" not in urls.shown(location)


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("http://host:80/user@site.zip", "http://host:80/user@site.zip"),
        ("http://host/a@b/c.zip", "http://host/a@b/c.zip"),
        ("http://usr:geheim@host:80/a@b/c.zip", "http://host:80/a@b/c.zip"),
        ("http://host:80/a@b/c.zip", "http://(not shown)@b/c.zip"),
        ("s3://bucket/a:b@c/d.zip", "s3://bucket/a:b@c/d.zip"),
        ("abfs://container@account/a:b@c.zip", "abfs://container@account/a:b@c.zip"),
    ],
)
def test_a_name_is_left_out_only_where_it_may_be_a_password(location, name):
    assert urls.shown(location) == name


def test_a_pattern_of_very_many_folders_matches_nothing(tmp_path):
    """Python's own search calls itself for each of them."""
    pattern = f"{tmp_path}/**/" + "*/" * 3000
    (tmp_path / "list").write_text(f"{pattern}\n")
    with pytest.raises(UsageError, match="no such file or folder"):
        list(listed([pattern], tmp_path / "out"))
    (found,) = listed([f"@{tmp_path / 'list'}"], tmp_path / "out")
    assert found.size == NOT_THERE


def test_a_list_of_what_is_not_there_has_few_lines_in_the_log(tmp_path, monkeypatch, caplog):
    """35 KB of it made 144 KB of log."""
    refused = mock.Mock(side_effect=urls.StoreError("it is not there"))
    monkeypatch.setattr(roots, "_below", refused)
    (tmp_path / "list").write_text("".join(f"gs://bucket/{n}\n" for n in range(30)))
    with caplog.at_level("INFO"):
        assert len(list(listed([f"@{tmp_path / 'list'}"], tmp_path / "out"))) == 30
    assert len(caplog.messages) == 11
    assert caplog.messages[-1] == "and 20 lines more"


def failing(folder, number, monkeypatch):
    """Let one folder fail when it is listed."""
    scandir = os.scandir

    def fails(path):
        if str(path) == str(folder):
            raise OSError(number, os.strerror(number), str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", fails)


@pytest.mark.parametrize("pattern", ["**/*.zip", "**", "**/*", "*/*.zip", "*", "*/*", "?*/**"])
@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.ENAMETOOLONG])
def test_a_folder_that_a_pattern_cannot_list_is_told(tmp_path, monkeypatch, pattern, number):
    """It was left out without a word, or ended the whole survey."""
    for name in ("a", "bad"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.zip").write_bytes(zipped())
    failing(tmp_path / "bad", number, monkeypatch)
    found = {one.name: getattr(one, "reason", "") for one in every(tmp_path, pattern)}
    told = {f"{tmp_path}/bad": f"cannot be listed ({os.strerror(number)})"}
    assert found == told | {f"{tmp_path}/a/x.zip": ""}


def every(root, pattern):
    """Return what a pattern finds in a list, where that it is nothing ends no survey."""
    (root.parent / "list").write_text(f"{root}/{pattern}\n")
    return list(listed([f"@{root.parent / 'list'}"], root.parent / "out"))


@pytest.mark.parametrize("pattern", ["", "**", "**/*", "*", "**/**/*", "**/*/", "**/*.zip"])
def test_what_a_pattern_leaves_out_is_told_as_below_a_folder(tmp_path, pattern):
    """Hidden files and links to folders had no row; each file was listed once for each folder."""
    root = tmp_path / "root"
    for folder in ("a", "a/b", "a/.git", ".hid"):
        (root / folder).mkdir(parents=True)
        (root / folder / "x.zip").write_bytes(zipped())
    (root / "a" / ".y.zip").write_bytes(zipped())
    (root / "a" / "link").symlink_to("b")
    found = [(one.name.removeprefix(f"{root}/"), type(one)) for one in every(root, pattern)]
    assert sorted(name for name, kind in found if kind is SourceFile) == ["a/b/x.zip", "a/x.zip"]
    left_out = sorted(name for name, kind in found if kind is LeftOut)
    assert left_out == [".hid", "a/.git", "a/.y.zip", "a/link"]


def test_hidden_folders_are_found_by_a_pattern_that_names_the_dot(tmp_path):
    (tmp_path / ".scans").mkdir()
    (tmp_path / ".scans" / "x.zip").write_bytes(zipped())
    (tmp_path / "root").mkdir()
    for pattern in (".s*/*.zip", ".s*", ".scans/**"):
        (found,) = listed([f"{tmp_path}/{pattern}"], tmp_path / "root" / "out")
        assert found.name == f"{tmp_path}/.scans/x.zip"


def test_a_look_at_a_loose_file_takes_less_than_judging_it_may(tmp_path, monkeypatch):
    """580 KB of three files took a minute of processor time before any was judged."""
    path = pack.file_of(tmp_path, make.enhanced_mr(400)[0], "loose")
    file = SourceFile(str(path), path.stat().st_size, "stamp")
    assert scan.scan([file])[0].series_instance_uid
    monkeypatch.setattr(limits, "MAX_ELEMENTS", 1000)
    assert scan.scan([file]) == [scan.NOT_READ]


def test_a_small_loose_file_is_not_looked_at_for_long(tmp_path):
    """One of 257 KB took 16 s, and a series may have any number of them."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    body = packer.compress(raw.element(0x00080060, "CS", b"CT") * 500_000) + packer.flush()
    contents = {
        "honest.dcm": pack.to_bytes(make.ct(1)[0], make.DEFLATED),
        "packed.dcm": raw.meta(make.DEFLATED) + body,
    }
    folder = pack.folder_of(tmp_path, contents)
    honest, packed = (SourceFile(f"{folder}/{name}", len(contents[name]), "") for name in contents)
    assert scan.scan([honest])[0].series_instance_uid
    began = time.process_time()
    assert scan.scan([packed]) == [scan.NOT_READ]
    assert time.process_time() - began < 0.5


def deflated(folder, name, *contents):
    """Write a file of CT with other elements in front of its UIDs; return it."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    end = raw.text(0x0020000D, "UI", "1.2.5") + raw.text(0x0020000E, "UI", "1.2.6")
    parts = [
        raw.text(0x00080016, "UI", make.CT),
        raw.text(0x00080018, "UI", "1.2.7"),
        *contents,
        end,
    ]
    body = b"".join(map(packer.compress, parts)) + packer.flush()
    path = folder / name
    path.write_bytes(raw.meta(make.DEFLATED) + body)
    return SourceFile(str(path), path.stat().st_size, "stamp")


def private(count):
    return b"".join(raw.element(0x00091000 + n, "LO", b"") for n in range(count))


def test_elements_that_are_stepped_over_count_while_a_loose_file_is_looked_at(
    tmp_path, monkeypatch
):
    """15,000,000 in 407 KB took six seconds: they counted behind the last one."""
    monkeypatch.setattr(limits, "ELEMENTS_OF_BYTE", 0)
    assert scan.scan([deflated(tmp_path, "few.dcm", private(10))])[0].series_instance_uid
    assert scan.scan([deflated(tmp_path, "many.dcm", private(1000) * 100)]) == [scan.NOT_READ]


def test_what_pydicom_searches_counts_while_a_loose_file_is_looked_at(tmp_path, monkeypatch):
    """140 KB took six seconds: it counted behind the last byte."""
    odd = raw.element(0x00091001, "XX", b"ab")
    endless = raw.item(raw.element(0x00091002, "OB", b"", raw.UNDEFINED))
    contents = raw.image(odd, raw.element(0x00081115, "SQ", endless * 1500))
    path = tmp_path / "odd.dcm"
    path.write_bytes(contents)
    file = SourceFile(str(path), path.stat().st_size, "stamp")
    assert scan.scan([file])[0].series_instance_uid
    monkeypatch.setattr(limits, "ELEMENTS_OF_BYTE", 0)
    assert scan.scan([file]) == [scan.NOT_READ]


@pytest.mark.parametrize("count", [3, 1000])
def test_what_a_loose_file_is_depends_on_no_other(tmp_path, monkeypatch, count):
    """What a file before had taught made it dearer, or cheaper, and an input of its own, or not."""
    monkeypatch.setattr(limits, "ELEMENTS_OF_BYTE", 0)
    taught = deflated(tmp_path, "a.dcm", private(count) * 3)
    for times in (5_000 // count, 40_000 // count, 90_000 // count):
        file = deflated(tmp_path, f"{times}.dcm", private(count) * times)
        (alone,) = scan.scan([file])
        assert scan.scan([taught, file])[1] == alone
