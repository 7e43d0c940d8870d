"""Inputs in remote stores: what is found, and how little of it is read."""

import csv
import os
import random
import socket
import struct
import zipfile
from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from fw_gear_viewer_check.checker.options import UsageError
from fw_gear_viewer_check.dicom.reader import File, read_file
from fw_gear_viewer_check.survey import remote, remote_roots, roots
from fw_gear_viewer_check.survey.urls import StoreError
from tests import make, pack
from tests.survey import archive
from tests.survey.store import serving


def rows(out):
    with (out / "series.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def noisy(count, size=128 * 1024):
    """Return a CT series with pixels that do not get smaller when they are deflated."""
    noise = random.Random(1).randbytes(size)  # noqa: S311 - pixels
    series = make.ct(count, Rows=256, Columns=256, SeriesInstanceUID="1.2.3.1")
    return {n: c + noise for n, c in pack.members(series).items()}


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


def test_long_extra_fields_are_stepped_over(tmp_path):
    """A store gives fewer bytes than 4 KB of them: the members were read from a wrong place."""
    path = tmp_path / "series.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in pack.members(make.ct(3)).items():
            info = zipfile.ZipInfo(name)
            info.extra = struct.pack("<2H", 0x4453, 8000) + bytes(8000)
            archive.writestr(info, content)
    with serving(tmp_path) as server:
        size = path.stat().st_size
        far = read_file(
            File(path.name, size, lambda: remote.opened(f"{server.url}/{path.name}", size))
        )
    assert far == read_file(File(path.name, size, lambda: path.open("rb")))
    assert len(far[1]) == 3


def test_long_headers_are_read_to_their_end(tmp_path):
    series = make.enhanced_mr(600, n=3, SeriesInstanceUID="1.2.3.1")
    path = pack.zip_file(tmp_path, series, compression=zipfile.ZIP_DEFLATED)
    with serving(tmp_path) as server:
        size = path.stat().st_size
        far = read_file(
            File(path.name, size, lambda: remote.opened(f"{server.url}/{path.name}", size))
        )
    assert far == read_file(File(path.name, size, lambda: path.open("rb")))
    assert len(far[1][0].frame_groups) == 600


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
def test_a_dead_url_of_a_list_is_a_row_and_not_an_end(tmp_path):
    path = pack.zip_file(tmp_path, make.ct(3, SeriesInstanceUID="1.2.3.1"))
    with serving(tmp_path) as server:
        names = [f"{server.url}/{name}" for name in ("gone.zip", "gone/", path.name)]
        (tmp_path / "list.txt").write_text("\n".join(names))
        archive.surveyed(f"@{tmp_path}/list.txt", "--out", tmp_path / "out", "--jobs", "1")
    nothing = "the store did not deliver it: there is no such file, or no answer"
    problems = {row["input"]: row["problem"] for row in rows(tmp_path / "out")}
    assert problems == dict(zip(names, [nothing, nothing, ""], strict=True))


def test_a_folder_of_a_store_that_cannot_be_listed_is_told(monkeypatch):
    store = MemoryFileSystem()
    store.pipe({"/archive/open/1.zip": b"x", "/archive/closed/2.zip": b"x"})
    ls = MemoryFileSystem.ls

    def refusing(self, path, **more):
        if path.endswith("closed"):
            raise PermissionError(13, "no")
        return ls(self, path, **more)

    monkeypatch.setattr(MemoryFileSystem, "ls", refusing)
    place, told = remote_roots.listed("memory://archive")
    assert place.location.endswith("archive/open/1.zip")
    assert told.name.endswith("archive/closed")
    assert told.reason == "cannot be listed (PermissionError 13)"
    with pytest.raises(StoreError, match="PermissionError"):
        list(remote_roots.listed("memory://archive/closed"))


@pytest.mark.process
def test_a_bucket_of_s3(tmp_path, monkeypatch):
    import boto3
    from moto.server import ThreadedMotoServer

    root = archive.mixed(tmp_path)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        store = boto3.client("s3")
        store.create_bucket(Bucket="archive")
        for path in root.rglob("*"):
            if path.is_file():
                store.upload_file(path, "archive", path.relative_to(root).as_posix())
        done = archive.survey("s3://archive", "--out", tmp_path / "far", "--jobs", "1")
        assert done.returncode == 0, done.stderr
        one = archive.survey("s3://archive/go*.zip", "--out", tmp_path / "glob", "--jobs", "1")
        assert one.returncode == 0, one.stderr
    finally:
        server.stop()
    archive.surveyed(root, "--out", tmp_path / "here", "--jobs", "1")
    assert _told(tmp_path / "far", "s3://archive/") == _told(tmp_path / "here", f"{root}/")
    assert [row["input"] for row in rows(tmp_path / "glob")] == ["s3://archive/good.dicom.zip"]
