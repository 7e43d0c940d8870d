"""Inputs in remote stores: what is found, and how little of it is read."""

import csv
import os
import random
import socket
import struct
import zipfile
from pathlib import Path
from urllib.parse import unquote

import pytest
from fsspec.implementations.memory import MemoryFile, MemoryFileSystem

from fw_gear_viewer_check.checker.options import UsageError
from fw_gear_viewer_check.dicom.reader import File, read_file
from fw_gear_viewer_check.model.text import printable
from fw_gear_viewer_check.survey import remote, remote_roots, roots
from fw_gear_viewer_check.survey.inputs import NOT_THERE, LeftOut, SourceFile
from fw_gear_viewer_check.survey.urls import StoreError
from tests import make, pack
from tests.survey import archive
from tests.survey.store import serving
from tests.survey.test_survey import run

pytestmark = pytest.mark.long


def rows(out):
    with (out / "series.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def noisy(count, size=256 * 1024):
    """Return a CT series with pixels that do not get smaller when they are deflated."""
    noise = random.Random(1).randbytes(size)  # noqa: S311 - pixels
    image = {"Rows": size // 512, "Columns": 256, "PixelData": noise}
    return pack.members(make.ct(count, SeriesInstanceUID="1.2.3.1", **image))


@pytest.mark.long
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_remote_zip_is_read_as_the_same_zip_here_and_hardly_read(tmp_path, method):
    path = pack.zip_file(tmp_path, noisy(100), compression=method)
    with serving(tmp_path) as server:
        url, size = f"{server.url}/{path.name}", path.stat().st_size
        far = read_file(File(path.name, size, lambda: remote.opened(url, size)))
        assert server.sent < 0.05 * size
    assert far == read_file(File(path.name, size, lambda: path.open("rb")))
    assert len(far[1]) == 100


def read_alike(path):
    """Read a zip from a store; return what it holds, which is what it holds here."""
    size = path.stat().st_size
    with serving(path.parent) as server:
        url = f"{server.url}/{path.name}"
        far = read_file(File(path.name, size, lambda: remote.opened(url, size)))
    assert far == read_file(File(path.name, size, lambda: path.open("rb")))
    return far


def test_long_extra_fields_are_stepped_over(tmp_path):
    """A store gives fewer bytes than 4 KB of them: the members were read from a wrong place."""
    path = tmp_path / "series.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in pack.members(make.ct(3)).items():
            info = zipfile.ZipInfo(name)
            info.extra = struct.pack("<2H", 0x4453, 8000) + bytes(8000)
            archive.writestr(info, content)
    assert len(read_alike(path)[1]) == 3


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("length", [4095, 4096, 9000, 65_000])
def test_long_names_of_members_are_read_to_their_end(tmp_path, method, length):
    """Of 4,096 bytes, a store gave fewer, and zipfile reads them once: no member was readable."""
    contents = pack.members(make.ct(3))
    long = {f"{'d' * (length - len(name))}{name}": one for name, one in contents.items()}
    path = pack.zip_file(tmp_path, long, compression=method)
    assert len(read_alike(path)[1]) == 3


@pytest.mark.parametrize("lost", [0, 1])
def test_a_member_before_the_start_costs_no_other(tmp_path, lost):
    """Where the first bytes are gone, the offsets of the first member count from before the zip."""
    zipped = pack.zip_bytes({"a.txt": b"a", **pack.members(make.ct(3))})
    path = tmp_path / "series.zip"
    path.write_bytes(zipped[lost:])
    assert len(read_alike(path)[1]) == 3


def test_a_member_behind_the_end_costs_no_other(tmp_path):
    """What was asked for it was no range: the whole zip was "not delivered"."""
    zipped = pack.zip_bytes({"a.txt": b"a", **pack.members(make.ct(3))})
    at = zipped.index(b"PK\1\2") + 42
    path = tmp_path / "series.zip"
    path.write_bytes(zipped[:at] + struct.pack("<L", 0x7FFFFFFF) + zipped[at + 4 :])
    assert len(read_alike(path)[1]) == 3


def test_long_headers_are_read_to_their_end(tmp_path):
    series = make.enhanced_mr(600, n=3, SeriesInstanceUID="1.2.3.1")
    path = pack.zip_file(tmp_path, series, compression=zipfile.ZIP_DEFLATED)
    assert len(read_alike(path)[1][0].frame_groups) == 600


@pytest.mark.process
def test_a_folder_of_a_web_server(tmp_path):
    root = archive.mixed(tmp_path / "web")
    (root / "damaged.dcm").unlink()
    archive.surveyed(root, "--out", tmp_path / "here", "--jobs", "1")
    with serving(root.parent) as server:
        url = f"{server.url}/archive/"
        archive.surveyed(url, "--out", tmp_path / "far", "--jobs", "1")
        archive.surveyed(url, "--out", tmp_path / "far", "--jobs", "1", "--resume")
    assert _told(tmp_path / "far", url) == _told(tmp_path / "here", f"{root}/")


def _told(out, root):
    names = ("input", "series_instance_uid", "instances", "overall", "failing", "unknown")
    return sorted(tuple(row[name].replace(root, "") for name in names) for row in rows(out))


@pytest.mark.process
def test_bytes_of_another_place_are_told(tmp_path):
    """A cache sent as many from elsewhere: an honest zip was damaged, also after --resume."""
    path = pack.zip_file(tmp_path, noisy(60))
    with serving(tmp_path, other=7) as server:
        archive.surveyed(f"{server.url}/{path.name}", "--out", tmp_path / "out", "--jobs", "1")
    (row,) = rows(tmp_path / "out")
    assert "the server sent other bytes than requested" in row["problem"]


@pytest.mark.process
def test_a_server_without_ranges_is_told_and_nothing_is_downloaded(tmp_path):
    path = pack.zip_file(tmp_path, noisy(60))
    with serving(tmp_path, ranges=False) as server:
        archive.surveyed(f"{server.url}/{path.name}", "--out", tmp_path / "out", "--jobs", "1")
    (row,) = rows(tmp_path / "out")
    assert row["problem"] == (
        "the store did not deliver it: the server does not send parts of files (range requests)"
    )
    assert row["v3_open"] == row["overall"] == "UNKNOWN"


@pytest.mark.process
def test_secrets_of_a_url_are_in_no_output(tmp_path):
    path = pack.zip_file(tmp_path, make.ct(3, SeriesInstanceUID="1.2.3.1"))
    with serving(tmp_path) as server:
        url = f"{server.url}/{path.name}?signature=geheim"
        done = archive.surveyed(url, "--out", tmp_path / "out", "--jobs", "1")
    (row,) = rows(tmp_path / "out")
    assert (row["instances"], row["problem"]) == ("3", "")
    for file in (tmp_path / "out").rglob("*.*"):
        assert b"geheim" not in file.read_bytes()
    assert "geheim" not in done.stdout + done.stderr


def test_secrets_of_a_root_without_inputs_are_not_told(tmp_path):
    (tmp_path / "empty").mkdir()
    with serving(tmp_path) as server:
        url = server.url.replace("//", "//user:geheim@") + "/empty/"
        with pytest.raises(UsageError, match="nothing to check in http") as refused:
            list(roots.listed([url], Path("out")))
    assert "geheim" not in str(refused.value)


def test_a_name_that_fsspec_takes_for_another_url_is_not_opened():
    """A web server could have had files of this machine read."""
    with pytest.raises(StoreError, match="cannot be opened"):
        remote.opened("http://127.0.0.1/a::file:///etc/hostname", 1)


@pytest.mark.process
def test_broken_settings_of_fsspec_are_one_line(tmp_path):
    (tmp_path / "c.json").write_text("{")
    environment = {**os.environ, "FSSPEC_CONFIG_DIR": str(tmp_path)}
    done = archive.survey("http://127.0.0.1:9/x.zip", "--out", tmp_path / "out", env=environment)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "JSONDecodeError" in done.stderr


@pytest.mark.process
def test_nothing_at_a_url_is_wrong_usage(tmp_path):
    with serving(tmp_path) as server:
        done = archive.survey(f"{server.url}/no.zip", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "there is nothing at http" in done.stderr
    with pytest.raises(StoreError, match="cannot be opened"):
        list(remote_roots.listed("nonsense://bucket/key.zip"))


@pytest.mark.parametrize("path", ["x.zip", "x/"])
def test_a_server_that_does_not_answer_is_not_an_empty_one(path):
    with socket.socket() as taken:  # bound, and never listening
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/{path}"
        with pytest.raises(UsageError, match=rf"{path} cannot be listed \(ClientConnectorError"):
            list(roots.listed([url], Path("out")))


@pytest.mark.process
@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_dead_link_of_a_web_folder_costs_itself(tmp_path, status):
    """It ended the survey, or was the only row of a folder that a list named."""
    path = pack.zip_file(tmp_path, make.ct(3, SeriesInstanceUID="1.2.3.1"), "1.zip")
    with serving(tmp_path, gone={"0.zip": status}) as server:
        for root in (f"{server.url}/", f"{server.url}/*.zip"):
            archive.surveyed(root, "--out", tmp_path / "out", "--jobs", "1")
            problems = {row["input"]: row["problem"] for row in rows(tmp_path / "out")}
            assert problems == {
                f"{server.url}/0.zip": "the store did not deliver it: there is no such file, or no "
                "answer",
                f"{server.url}/{path.name}": "",
            }


@pytest.mark.process
def test_a_dead_url_of_a_list_is_a_row_and_not_an_end(tmp_path):
    path = pack.zip_file(tmp_path, make.ct(3, SeriesInstanceUID="1.2.3.1"))
    with serving(tmp_path) as server:
        names = [f"{server.url}/{name}" for name in ("gone.zip", "gone/", path.name)]
        (tmp_path / "list.txt").write_text("\n".join(names))
        archive.surveyed(f"@{tmp_path}/list.txt", "--out", tmp_path / "out", "--jobs", "1")
    nothing = "the store did not deliver it: there is no such file, or no answer"
    problems = {row["input"]: row["problem"] for row in rows(tmp_path / "out")}
    assert problems == dict(zip(names, [nothing, nothing, ""], strict=True))


@pytest.fixture
def refuses_closed(monkeypatch):
    """Let the store in memory refuse to list folders that are called "closed"."""
    ls = MemoryFileSystem.ls

    def refusing(self, path, **more):
        if path.endswith("closed"):
            raise PermissionError(13, "no")
        return ls(self, path, **more)

    monkeypatch.setattr(MemoryFileSystem, "ls", refusing)


@pytest.mark.usefixtures("refuses_closed")
def test_a_folder_of_a_store_that_cannot_be_listed_is_told():
    store = MemoryFileSystem()
    store.pipe({"/archive/open/1.zip": b"x", "/archive/closed/2.zip": b"x"})
    place, told = remote_roots.listed("memory://archive")
    assert place.location.endswith("archive/open/1.zip")
    assert told.name.endswith("archive/closed")
    assert told.reason == "cannot be listed (PermissionError 13)"
    with pytest.raises(StoreError, match="PermissionError"):
        list(remote_roots.listed("memory://archive/closed"))


def test_a_folder_of_a_store_that_fills_the_memory_is_told(monkeypatch):
    store = MemoryFileSystem()
    store.pipe({"/large/full/1.zip": b"x", "/large/open/2.zip": b"x"})
    ls = MemoryFileSystem.ls

    def filling(self, path, **more):
        if "full" in path:
            raise MemoryError
        return ls(self, path, **more)

    monkeypatch.setattr(MemoryFileSystem, "ls", filling)
    _, told = remote_roots.listed("memory://large")
    assert told.reason == "cannot be listed (it takes more memory than it may)"


def test_urls_that_differ_in_what_is_not_shown_are_inputs_each(tmp_path):
    """Only the first was surveyed: what is shown was also its key."""
    pack.zip_file(tmp_path, make.ct(1), "1.zip")
    with serving(tmp_path) as server:
        url = f"{server.url}/1.zip"
        ways = [url.replace("//", "//joe:a@"), url.replace("//", "//joe:b@"), url]
        (tmp_path / "list.txt").write_text("\n".join([*ways, "http://[x", "http://[y"]))
        run(f"@{tmp_path}/list.txt", tmp_path / "out")
        shown = [row["input"] for row in rows(tmp_path / "out")]
        assert shown == ["http://(not a URL)"] * 2 + [url] * 3
        before = (tmp_path / "out" / "series.csv").read_bytes()
        assert b"joe" not in before
        run(f"@{tmp_path}/list.txt", tmp_path / "out", resume=True)
    assert (tmp_path / "out" / "series.csv").read_bytes() == before
    assert len((tmp_path / "out" / "left_out.csv").read_text().splitlines()) == 1


def test_what_a_list_names_in_vain_is_told(tmp_path):
    (tmp_path / "empty").mkdir()
    pack.zip_file(tmp_path, make.ct(1), "1.zip")
    with serving(tmp_path) as server:
        lines = [f"{server.url}/empty/", f"{server.url}/no*.zip", f"{tmp_path}/empty"]
        (tmp_path / "list.txt").write_text("\n".join([*lines, f"{tmp_path}/1.zip"]))
        found = list(roots.listed([f"@{tmp_path}/list.txt"], tmp_path / "out"))
    nothing = "there is nothing in it"
    assert found[0] == LeftOut(lines[0], nothing)
    assert found[1] == SourceFile(lines[1], NOT_THERE, "")
    assert found[2] == LeftOut(lines[2], nothing)


@pytest.mark.usefixtures("refuses_closed")
def test_wildcards_lead_to_files_and_into_folders():
    """Folders that they named were passed over, and so were those that could not be listed."""
    names = ("1.zip", "a1/2.zip", "a1/deep/3.zip", "b1/4.zip", "a2/5.dcm", "a[3]/6.zip", "closed/7")
    MemoryFileSystem().pipe({f"/wild/{name}": b"x" for name in names})

    def found(pattern):
        return [one.name.partition("/wild/")[2] for one in remote_roots.listed(pattern)]

    assert found("memory://wild/*.zip") == ["1.zip"]
    assert set(found("memory://wild/a*")) == {
        *("a1/2.zip", "a1/deep/3.zip", "a2/5.dcm", "a[3]/6.zip"),
    }
    assert found("memory://wild/*/*.zip") == ["closed", "b1/4.zip", "a[3]/6.zip", "a1/2.zip"]
    assert set(found("memory://wild/**/*.zip")) == {
        *("1.zip", "a1/2.zip", "a1/deep/3.zip", "b1/4.zip", "a[3]/6.zip", "closed"),
    }
    assert found("memory://wild/a[3]") == ["a[3]/6.zip"]
    with pytest.raises(StoreError, match="there is nothing at"):
        found("memory://wild/no*")


def test_a_store_that_fails_while_a_file_is_read_is_no_fault_of_the_file(monkeypatch):
    """Of stores without ranges, the member was damaged: its series failed."""
    MemoryFileSystem().pipe("/failing/1.zip", pack.zip_bytes(pack.members(make.ct(2))))
    with remote.opened("memory://failing/1.zip", 1) as file:
        size = len(file.read())
        read = MemoryFile.read

        def failing(self, count=-1):
            if self.tell() < size // 2:
                raise ConnectionResetError(104, "reset")
            return read(self, count)

        monkeypatch.setattr(MemoryFile, "read", failing)
        with pytest.raises(StoreError, match="ConnectionResetError 104"):
            read_file(File("1.zip", size, lambda: remote.opened("memory://failing/1.zip", size)))


@pytest.fixture
def bucket(monkeypatch):
    """Yield a function that puts a file into a bucket of S3 on this machine."""
    import boto3
    from moto.server import ThreadedMotoServer

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    store = boto3.client("s3")
    store.create_bucket(Bucket="archive")
    yield lambda name, content: store.put_object(Bucket="archive", Key=name, Body=content)
    server.stop()


@pytest.mark.process
def test_a_bucket_of_s3(tmp_path, bucket):
    root = archive.mixed(tmp_path)
    for path in root.rglob("*"):
        if path.is_file():
            bucket(path.relative_to(root).as_posix(), path.read_bytes())
    archive.surveyed("s3://archive", "--out", tmp_path / "far", "--jobs", "1")
    archive.surveyed("s3://archive/go*.zip", "--out", tmp_path / "glob", "--jobs", "1")
    archive.surveyed("s3://archive/*", "--out", tmp_path / "all", "--jobs", "1")
    archive.surveyed(root, "--out", tmp_path / "here", "--jobs", "1")
    here = _told(tmp_path / "here", f"{root}/")
    assert _told(tmp_path / "far", "s3://archive/") == here
    assert _told(tmp_path / "all", "s3://archive/") == here
    assert [row["input"] for row in rows(tmp_path / "glob")] == ["s3://archive/good.dicom.zip"]


ODD = (
    *("scan#1.zip", "scan#2.zip", "q?1.zip", "q?2.zip", "q?1/in.zip", "p%23.zip", "p#.zip"),
    *("[x].zip", "x.zip", "*.zip", "user@host.zip", "a;b.zip", "a b.zip", "a+b.zip", "end.zip "),
    *("\u00e9.zip", "e\u0301.zip", "back\\slash.zip", "tab\there.zip", "x::y.zip", "&amp;.zip"),
    *("#/in.zip", "both.zip.d/in.zip", ".hidden.zip", "100%/in.zip"),
)
"""Names that a file system, a web server and an object store may have, each of a file."""
ODD_KEYS = (
    *("dbl//d.zip", "up/../u.zip", "s3://inner/z.zip", "//first.zip", "named/", "end/"),
    *("both.zip", "both.zip/in.zip", "v.zip?versionId=1"),
)
"""Names that only an object store may have."""


def each_is_told(out, root, names):
    """Assert that each name has a row, or is left out, and that each row is that of its file."""
    found = {row["input"].removeprefix(root): row["series_instance_uid"] for row in rows(out)}
    with (out / "left_out.csv").open(newline="") as file:
        left_out = [row["file"].removeprefix(root) for row in csv.DictReader(file)]
    assert len(found) + len(left_out) == len(names), (sorted(found), left_out)
    read = {name: uid for name, uid in found.items() if uid}
    made = {printable(name): f"1.2.3.{number}" for number, name in enumerate(names)}
    assert read.items() <= made.items()
    return set(found) - set(read), set(left_out)


def content(number):
    return pack.zip_bytes(pack.members(make.ct(1, SeriesInstanceUID=f"1.2.3.{number}")))


@pytest.mark.process
def test_every_file_of_odd_name_is_an_input_or_left_out(tmp_path):
    """Of an object store, some had no row, and were not left out either."""
    root = tmp_path / "root"
    for number, name in enumerate(ODD):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content(number))
    archive.surveyed(root, "--out", tmp_path / "here", "--jobs", "1")
    assert each_is_told(tmp_path / "here", f"{root}/", ODD) == (set(), {".hidden.zip"})
    with serving(root) as server:
        archive.surveyed(f"{server.url}/", "--out", tmp_path / "web", "--jobs", "1")
    for row in (web := rows(tmp_path / "web")):
        row["input"] = unquote(row["input"])
    assert sorted(row["series_instance_uid"] for row in web) == sorted(
        row["series_instance_uid"] for row in rows(tmp_path / "here")
    )


@pytest.mark.process
def test_every_key_of_a_bucket_is_an_input_or_left_out(tmp_path, bucket):
    names = (*ODD, *ODD_KEYS)
    for number, name in enumerate(names):
        bucket(f"sub/{name}", content(number))
    bucket("sub/placeholder/", b"")
    archive.surveyed("s3://archive/sub", "--out", tmp_path / "out", "--jobs", "1")
    problems, left_out = each_is_told(tmp_path / "out", "s3://archive/sub/", names)
    assert problems == {"x::y.zip", "v.zip?versionId=1"}
    assert left_out == {".hidden.zip", "dbl/", "up/..", "s3:/", "", "named/", "end/"}
