import errno
import io
import itertools
import logging
import os
import resource
import sys
import threading
import zipfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from fw_gear_viewer_check.dicom import reader
from fw_gear_viewer_check.dicom.header import HeaderReader
from fw_gear_viewer_check.dicom.muted import muted
from fw_gear_viewer_check.dicom.reader import File, read_file, read_files, read_input
from fw_gear_viewer_check.model.archive import MemberKind
from fw_gear_viewer_check.model.text import MAX_NAME, shown
from fw_gear_viewer_check.system.files import opened_regular
from tests import make, pack

IMAGES = make.ct(3)
WHOLE = pack.to_bytes(IMAGES[0])


def read(path):
    """Return {member name: (kind, problem)} and the instances."""
    archive, instances = read_input(path)
    return {m.name: (m.kind, m.problem) for m in archive.members}, instances


def read_zip(tmp_path, contents, **how):
    return read(pack.zip_file(tmp_path, contents, **how))


def test_a_folder_gives_what_a_zip_of_it_gives(tmp_path):
    contents = {
        **{f"a/{name}": content for name, content in pack.members(IMAGES).items()},
        "b/c/IM1": WHOLE,
        "notes.txt": b"some text of a length",
        ".DS_Store": b"x",
        "0": b"",
        "cut": WHOLE[:300],
        "short.dcm": WHOLE[:-3],
        "more.zip": pack.zip_bytes({}),
    }
    of_zip = read_input(pack.zip_file(tmp_path, contents, name="series.zip"))
    of_folder = read_input(pack.folder_of(tmp_path, contents))
    assert of_folder[0].members == of_zip[0].members
    assert of_folder[1] == of_zip[1]
    assert of_folder[0].name == "series"
    assert of_folder[0].is_container


def test_a_lone_file_is_no_container(tmp_path):
    archive, instances = read_input(pack.file_of(tmp_path, IMAGES[0]))
    assert (archive.name, archive.is_container) == ("image.dcm", False)
    assert [m.kind for m in archive.members] == [MemberKind.DICOM]
    assert [i.name for i in instances] == ["image.dcm"]


@pytest.mark.parametrize("content", [b"", b"no DICOM at all, but a text of some length"])
def test_a_lone_file_that_is_not_dicom_gives_no_instance(tmp_path, content):
    path = tmp_path / "image.dcm"
    path.write_bytes(content)
    archive, instances = read_input(path)
    assert instances == ()
    assert len(archive.members) == 1
    assert archive.members[0].kind in {MemberKind.EMPTY, MemberKind.NOT_DICOM}


@pytest.mark.parametrize("name", [".image.dcm", "._image", "Thumbs.db"])
def test_a_lone_file_that_is_named_is_no_hidden_one(tmp_path, name):
    """Given by its name it was "no readable DICOM"."""
    archive, instances = read_input(_written(tmp_path / name, WHOLE))
    assert [m.kind for m in archive.members] == [MemberKind.DICOM]
    assert len(instances) == 1


def test_a_zip_is_known_by_its_content_and_by_its_name(tmp_path):
    path = pack.zip_file(tmp_path, IMAGES, name="series.dicom")
    assert len(read_input(path)[1]) == 3
    archive, instances = read_input(_written(tmp_path / "a.ZIP", b"not a zip"))
    assert (archive.is_container, archive.problem) == (
        True,
        "not a zip, or its directory is damaged",
    )
    assert (archive.members, instances) == ((), ())


def test_an_image_named_like_a_zip_is_an_image(tmp_path):
    archive, instances = read_input(_written(tmp_path / "image.zip", WHOLE))
    assert (archive.is_container, len(instances)) == (False, 1)


def _written(path, content):
    path.write_bytes(content)
    return path


def test_an_empty_zip_has_no_members(tmp_path):
    archive, instances = read_input(pack.zip_file(tmp_path, {}))
    assert (archive.members, archive.problem, instances) == ((), "", ())


def test_an_empty_file_named_like_a_zip_says_so(tmp_path):
    assert read_input(_written(tmp_path / "a.zip", b""))[0].problem == "empty (0 bytes)"


def test_a_zip_cut_anywhere_never_raises(tmp_path):
    whole = pack.zip_bytes(pack.members(IMAGES), zipfile.ZIP_DEFLATED)
    path = tmp_path / "cut.zip"
    for end in range(0, len(whole), 97):
        archive, instances = read_input(_written(path, whole[:end]))
        assert archive.problem
        assert instances == ()


def test_a_zip_with_damaged_bytes_never_raises(tmp_path):
    whole = pack.zip_bytes(pack.members(IMAGES), zipfile.ZIP_DEFLATED)
    path = tmp_path / "damaged.zip"
    for at in range(0, len(whole), 41):
        damaged = bytearray(whole)
        damaged[at] ^= 0xFF
        archive, instances = read_input(_written(path, bytes(damaged)))
        readable = [m for m in archive.members if m.kind is MemberKind.DICOM]
        assert len(instances) == len(readable)
        assert archive.problem or archive.members


def test_an_unknown_compression_is_named(tmp_path):
    whole = bytearray(pack.zip_bytes({"001.dcm": WHOLE}))
    whole[whole.index(b"PK\1\2") + 10] = 97
    members, _ = read(_written(tmp_path / "odd.zip", bytes(whole)))
    assert members["001.dcm"] == (
        MemberKind.UNREADABLE,
        "compressed in a way that is not read",
    )


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_is_unpacked_without_a_bound_is_not_read(tmp_path, method):
    members, instances = read_zip(tmp_path, IMAGES, compression=method)
    problem = "compressed in a way that is not read"
    assert set(members.values()) == {(MemberKind.UNREADABLE, problem)}
    assert instances == ()


def test_two_members_of_one_name_are_two_members(tmp_path):
    contents = list(pack.members(IMAGES).values())
    path = _written(tmp_path / "a.zip", pack.zip_bytes([("same.dcm", c) for c in contents]))
    archive, instances = read_input(path)
    assert [m.name for m in archive.members] == ["same.dcm"] * 3
    assert {i.sop_instance_uid for i in instances} == {"1.2.3.2.1", "1.2.3.2.2", "1.2.3.2.3"}


def test_names_are_shown_without_control_characters_and_cut_at_their_beginning():
    assert shown("a\n\t\x1b[31m\x00b\u202e.dcm") == "a\ufffd\ufffd\ufffd[31m\ufffdb\ufffd.dcm"
    long = "folder/" * 60 + "IM0001"
    assert len(shown(long)) == MAX_NAME
    assert shown(long).startswith("…")
    assert shown(long).endswith("/IM0001")
    assert shown("x" * MAX_NAME) == "x" * MAX_NAME


def test_long_names_are_told_apart(tmp_path):
    contents = {"folder/" * 60 + name: content for name, content in pack.members(IMAGES).items()}
    _, instances = read_zip(tmp_path, contents)
    assert len({i.name for i in instances}) == 3


def test_links_and_pipes_in_a_folder(tmp_path):
    folder = pack.folder_of(tmp_path, IMAGES)
    elsewhere = _written(tmp_path / "elsewhere.dcm", WHOLE)
    (tmp_path / "more").mkdir()
    (folder / "link.dcm").symlink_to(elsewhere)
    (folder / "dead").symlink_to(tmp_path / "nothing")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe")
    members, instances = read(folder)
    assert members["link.dcm"] == (MemberKind.DICOM, "")
    assert members["dead"] == (MemberKind.UNREADABLE, "cannot be opened")
    assert members["pipe"] == (MemberKind.UNREADABLE, "not a regular file")
    assert members["loop"] == (MemberKind.UNREADABLE, "a link to a folder, not followed")
    assert len(instances) == 4
    assert len(members) == 7


def test_a_folder_that_cannot_be_listed_is_a_member_with_a_problem(tmp_path, monkeypatch):
    folder = pack.folder_of(tmp_path, {"a/1.dcm": WHOLE, "b/2.dcm": WHOLE})
    scandir = os.scandir

    def refusing(path):
        if Path(path).name == "b":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    members, instances = read(folder)
    assert members["b"] == (MemberKind.UNREADABLE, "a folder that cannot be opened")
    assert [i.name for i in instances] == ["a/1.dcm"]


def test_a_member_that_cannot_be_opened_is_a_member_with_a_problem(tmp_path, monkeypatch):
    folder = pack.folder_of(tmp_path, IMAGES)

    def refusing(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(reader, "opened_regular", refusing)
    members, instances = read(folder)
    assert set(members.values()) == {(MemberKind.UNREADABLE, "cannot be read (PermissionError)")}
    assert instances == ()


def test_nothing_there_and_no_file_are_errors(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_input(tmp_path / "nothing")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="neither a file nor a folder"):
        read_input(tmp_path / "pipe")


def test_progress_counts_members(tmp_path):
    seen = []
    read_input(pack.zip_file(tmp_path, IMAGES), lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_pixel_data_are_not_read_beyond_the_head(tmp_path, monkeypatch, method):
    """Eight MiB of pixels, of which some tens of kilobytes may be unpacked with the header."""
    big = make.ct(2, Rows=2048, Columns=2048)
    path = pack.zip_file(tmp_path, big, compression=method)
    unpacked = []
    original = zipfile.ZipExtFile.read

    def counting(self, n=-1):
        part = original(self, n)
        unpacked.append(len(part))
        return part

    monkeypatch.setattr(zipfile.ZipExtFile, "read", counting)
    _, instances = read_input(path)
    assert [i.pixel_data.length for i in instances] == [2048 * 2048 * 2] * 2
    assert sum(unpacked) < 2 * 64 * 1024
    assert len(unpacked) < 10


def test_pixel_data_of_a_folder_are_not_read_either(tmp_path, monkeypatch):
    folder = pack.folder_of(tmp_path, make.ct(1, Rows=2048, Columns=2048))
    read_bytes = itertools.count()
    sizes = []

    class Counting(io.FileIO):
        def read(self, size=-1, /):
            next(read_bytes)
            part = super().read(size)
            sizes.append(len(part))
            return part

    monkeypatch.setattr(reader, "opened_regular", Counting)
    read_input(folder)
    assert 0 < sum(sizes) < 64 * 1024


@contextmanager
def nested_folders(top, name, count):
    """Make folders inside each other, too deep for what calls itself for each."""
    opened = [os.open(top, os.O_RDONLY)]
    for _ in range(count):
        os.mkdir(name, dir_fd=opened[-1])
        opened.append(os.open(name, os.O_RDONLY, dir_fd=opened[-1]))
    yield opened[-1]
    os.close(opened.pop())
    for above in reversed(opened):
        os.rmdir(name, dir_fd=above)
        os.close(above)


@pytest.mark.long
def test_a_folder_may_be_a_thousand_folders_deep(tmp_path):
    """os.walk calls itself for each level: the check ended with a RecursionError."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    depth = min(1_100, most - 200)
    before = sys.getrecursionlimit()
    with nested_folders(tmp_path, "d", depth) as deepest:
        file = os.open("b.dcm", os.O_WRONLY | os.O_CREAT, dir_fd=deepest)
        os.write(file, WHOLE)
        os.close(file)
        sys.setrecursionlimit(400)
        try:
            archive, instances = read_input(tmp_path)
        finally:
            sys.setrecursionlimit(before)
            os.remove("b.dcm", dir_fd=deepest)
    assert len(instances) == 1
    assert archive.members[0].name.endswith("d/d/b.dcm")


def test_a_folder_that_goes_on_deeper_than_a_path_can_be_long(tmp_path):
    with nested_folders(tmp_path, "d" * 200, 30):
        archive, instances = read_input(tmp_path)
    assert instances == ()
    assert [m.problem for m in archive.members] == ["a folder that cannot be opened"]


@pytest.mark.parametrize("name", ["a.dcm", "a.zip"])
def test_a_file_that_became_a_pipe_is_not_waited_for(tmp_path, name):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(OSError, match="not a regular file"):
        read_file(File(name, 100, partial(opened_regular, path)))
    member, instance = reader.read_member(
        HeaderReader(), File(name, 100, partial(opened_regular, path))
    )
    assert (member.problem, instance) == ("cannot be read (OSError)", None)


@pytest.mark.parametrize("name", ["evil.exe/", "folder\\"])
def test_a_member_that_is_named_like_a_folder_and_has_content_is_a_file(tmp_path, name):
    """It was passed over: an archive with a program in it was clean."""
    contents = {**pack.members(IMAGES), "empty/": b"", name: b"MZ" + bytes(5000)}
    members, instances = read_zip(tmp_path, contents)
    assert members[shown(name)][0] is MemberKind.NOT_DICOM
    assert len(members) == len(instances) + 1 == 4


def test_threads_are_muted_one_after_the_other():
    """The first to leave let the libraries speak in the others, and quote values of files."""
    inside, logger = threading.Event(), logging.getLogger("pydicom")

    def other():
        with muted():
            inside.set()

    before = logger.level
    with muted():
        thread = threading.Thread(target=other)
        thread.start()
        assert not inside.wait(0.1)
        assert logger.level > logging.CRITICAL
    thread.join()
    assert inside.is_set()
    assert logger.level == before


class Failing(io.BytesIO):
    """A stream of a disk that fails behind the first kilobyte."""

    number = errno.EIO

    def read(self, size=-1):
        if self.tell() + (size if size >= 0 else 1 << 30) > 1024:
            raise OSError(self.number, os.strerror(self.number))
        return super().read(size)


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOTCONN, errno.EHOSTDOWN, errno.EACCES])
@pytest.mark.parametrize("name", ["a.zip", "a.dcm"])
def test_an_error_of_the_disk_is_no_damage_of_the_file(monkeypatch, name, number):
    """An honest zip was "not a zip", for ever, for one read that failed."""
    monkeypatch.setattr(Failing, "number", number)
    images = pack.members(make.ct(3))
    content = pack.zip_bytes(images) if name == "a.zip" else next(iter(images.values())) * 3
    with pytest.raises(OSError, match=os.strerror(number)):
        read_file(File(name, len(content), lambda: Failing(content)))
    files = [File(f"{n}.dcm", len(content), lambda: Failing(content)) for n in range(2)]
    with pytest.raises(OSError, match=os.strerror(number)):
        read_files("folder", files)


@pytest.mark.parametrize(("number", "is_fault"), [(errno.EIO, True), (errno.EACCES, False)])
def test_a_folder_that_a_disk_does_not_list_is_no_damage(tmp_path, monkeypatch, number, is_fault):
    """A check of the folder said to clean up the archive."""
    folder = pack.folder_of(tmp_path, make.ct(3))
    (folder / "closed").mkdir()
    scandir = os.scandir

    def failing(path):
        if str(path).endswith("closed"):
            raise OSError(number, os.strerror(number), path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", failing)
    if is_fault:
        with pytest.raises(OSError, match=os.strerror(number)):
            read_input(folder)
    else:
        archive, _ = read_input(folder)
        assert [m.problem for m in archive.members if m.problem] == [
            "a folder that cannot be opened"
        ]
