import bz2
import gzip
import io
import logging
import lzma
import tarfile

import pytest

from fw_gear_viewer_check.dicom.header import HeaderReader
from fw_gear_viewer_check.dicom.kinds import is_hidden
from fw_gear_viewer_check.dicom.reader import read_input
from fw_gear_viewer_check.model.archive import MemberKind
from fw_gear_viewer_check.model.text import shown
from fw_gear_viewer_check.system.few_lines import MOST_TOLD
from tests import make, pack

IMAGES = make.ct(3)
WHOLE = pack.to_bytes(IMAGES[0])
PART = b"--boundary\r\nContent-Type: application/dicom\r\n\r\n"


def read(path):
    """Return {member name: (kind, problem)} and the instances."""
    archive, instances = read_input(path)
    return {m.name: (m.kind, m.problem) for m in archive.members}, instances


def read_zip(tmp_path, contents, **how):
    return read(pack.zip_file(tmp_path, contents, **how))


def read_one(tmp_path, content, name="a"):
    """Return kind and problem of one member beside a perfect one, and whether it is an instance."""
    members, instances = read_zip(tmp_path, {name: content, "z.dcm": WHOLE})
    return *members[name], [i for i in instances if i.name == name]


def test_members_are_read_in_order_of_name(tmp_path):
    contents = dict(zip(["b/2.dcm", "a/3", "1.dcm"], pack.members(IMAGES).values(), strict=True))
    archive, instances = read_input(pack.zip_file(tmp_path, contents))
    assert [i.name for i in instances] == ["1.dcm", "a/3", "b/2.dcm"]
    assert [m.name for m in archive.members] == ["1.dcm", "a/3", "b/2.dcm"]
    assert [m.series_instance_uid for m in archive.members] == ["1.2.3.2"] * 3
    assert [m.sop_instance_uid for m in archive.members] == ["1.2.3.2.3", "1.2.3.2.2", "1.2.3.2.1"]
    assert archive.name == "series.dicom.zip"
    assert archive.is_container
    assert archive.problem == ""


@pytest.mark.parametrize("name", ["IM0001", "a/b/c/d/e/IM0001.dcm", "x.txt", "a b/é.IMA", "-1"])
def test_names_and_folders_do_not_matter(tmp_path, name):
    kind, problem, instance = read_one(tmp_path, WHOLE, name)
    assert (kind, problem, len(instance)) == (MemberKind.DICOM, "", 1)


@pytest.mark.parametrize("uid", [make.IMPLICIT, make.EXPLICIT, make.BIG_ENDIAN, make.DEFLATED])
def test_every_transfer_syntax_gives_the_same_attributes(tmp_path, uid):
    for made in (IMAGES, make.enhanced_mr(), make.pt(2), make.rtstruct(IMAGES)):
        plain = read_zip(tmp_path, pack.members(made, make.EXPLICIT))[1]
        other = read_zip(tmp_path, pack.members(made, uid))[1]
        assert [i.data for i in other] == [i.data for i in plain]
        assert {i.transfer_syntax_uid for i in other} == {uid}
        lengths = [i.pixel_data and i.pixel_data.length for i in plain]
        assert [i.pixel_data and i.pixel_data.length for i in other] == lengths


def test_a_member_without_preamble_is_read(tmp_path):
    for uid in (make.IMPLICIT, make.EXPLICIT, make.BIG_ENDIAN):
        content = pack.to_bytes(make.ct(1)[0], uid, preamble=False)
        kind, problem, (instance,) = read_one(tmp_path, content)
        assert (kind, problem, instance.transfer_syntax_uid) == (MemberKind.DICOM, "", "")
        assert instance.data.text("SOPInstanceUID") == "1.2.3.2.1"
        assert instance.pixel_data.length == 32


def test_a_member_without_preamble_may_have_its_meta_group(tmp_path):
    kind, _, (instance,) = read_one(tmp_path, WHOLE[132:])
    assert (kind, instance.transfer_syntax_uid) == (MemberKind.DICOM, make.EXPLICIT)


def test_compressed_pixel_data_have_no_known_length(tmp_path):
    content = pack.to_bytes(make.ct(1)[0], make.JPEG)
    _, _, (instance,) = read_one(tmp_path, content)
    assert instance.pixel_data.length is None
    assert instance.pixel_data.available > 0


@pytest.mark.parametrize(
    ("content", "kind", "problem"),
    [
        (b"", MemberKind.EMPTY, "empty (0 bytes)"),
        (b"x", MemberKind.NOT_DICOM, ""),
        (b"just some text, and then a little more of it", MemberKind.NOT_DICOM, ""),
        (b"\0" * 5000, MemberKind.UNREADABLE, "damaged: it begins with nothing but zeros"),
        (b"DICM is a word", MemberKind.UNREADABLE, "damaged: the 128 bytes before it are lost"),
        (b"no DICM here", MemberKind.NOT_DICOM, ""),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 300, MemberKind.NOT_DICOM, ""),
        (b"{}" * 400, MemberKind.NOT_DICOM, ""),
        (WHOLE[:-7], MemberKind.DICOM, "truncated: 7 bytes of its pixel data are missing"),
        (PART + WHOLE, MemberKind.UNREADABLE, "damaged: other bytes stand in front of it"),
        (WHOLE[:400], MemberKind.UNREADABLE, "truncated: it ends inside its header"),
    ],
)
def test_what_is_no_whole_image_is_named(tmp_path, content, kind, problem):
    found = read_one(tmp_path, content)
    assert found[:2] == (kind, problem)
    assert len(found[2]) == (kind is MemberKind.DICOM)


def test_a_dicomdir_is_told_from_an_image(tmp_path):
    kind = "1.2.840.10008.1.3.10"
    directory = make.ct(1, MediaStorageSOPClassUID=kind, SOPClassUID=make.ABSENT)[0]
    assert read_one(tmp_path, pack.to_bytes(directory), "DICOMDIR")[0] is MemberKind.DICOMDIR


def test_an_encrypted_member_is_named_and_not_opened(tmp_path):
    path = tmp_path / "series.zip"
    path.write_bytes(pack.encrypted(pack.zip_bytes(pack.members(IMAGES)), "002.dcm"))
    members, instances = read(path)
    assert members["002.dcm"] == (MemberKind.ENCRYPTED, "encrypted")
    assert [i.name for i in instances] == ["001.dcm", "003.dcm"]


@pytest.mark.parametrize(
    ("flag", "kind"), [(0x20, MemberKind.UNREADABLE), (0x40, MemberKind.ENCRYPTED)]
)
def test_a_member_that_no_gear_can_open_is_named(tmp_path, flag, kind):
    """Its bytes are those of an image, and it passed."""
    zipped = bytearray(pack.zip_bytes({"a.dcm": WHOLE}))
    zipped[zipped.index(b"PK\1\2") + 8] |= flag
    path = tmp_path / "series.zip"
    path.write_bytes(zipped)
    assert read(path)[0]["a.dcm"][0] is kind


def _archives():
    tarred = io.BytesIO()
    with tarfile.open(fileobj=tarred, mode="w") as archive:
        entry = tarfile.TarInfo("001.dcm")
        entry.size = len(WHOLE)
        archive.addfile(entry, io.BytesIO(WHOLE))
    yield "in.zip", pack.zip_bytes({"001.dcm": WHOLE})
    yield "in.tar", tarred.getvalue()
    yield "in.tgz", b"\x1f\x8b" + bytes(300)
    yield "IN.ZIP", pack.zip_bytes({})
    zipped = pack.zip_bytes({"001.dcm": WHOLE})
    yield from (("scan.dicom", zipped), ("scan.zip.bak", zipped), ("series2", tarred.getvalue()))
    for module in (gzip, bz2, lzma):
        yield "IM1.dcm", module.compress(WHOLE)
    yield "CD.ISO", bytes(300)
    for start in (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07\x00", b"\x28\xb5\x2f\xfd", b"\x1f\x9d\x90"):
        yield "IM1.dcm", start + bytes(300)


@pytest.mark.parametrize(("name", "content"), list(_archives()))
def test_nested_archives_are_not_opened(tmp_path, name, content):
    kind, _, instance = read_one(tmp_path, content, name)
    assert (kind, instance) == (MemberKind.ARCHIVE, [])


@pytest.mark.parametrize(
    ("name", "start"),
    [("a.nii.gz", b"\x1f\x8b\x08"), ("a.docx", b"PK\3\4"), ("a.ODT", b"PK\3\4"), ("a", b"ustar")],
)
def test_packed_documents_are_no_archives_of_images(tmp_path, name, start):
    assert read_one(tmp_path, start + bytes(300), name)[0] is MemberKind.NOT_DICOM


@pytest.mark.parametrize(
    "name",
    [
        *("Thumbs.db", "thumbs.DB", "ehthumbs.db", "desktop.ini", "a/Desktop.ini", ".DS_Store"),
        *("a/.ds_store", "__MACOSX/001.dcm", "a/__MacOSX/b/001.dcm", ".__MACOSX/001.dcm"),
        *("._001.dcm", "a/._b", ".hidden/001.dcm", "a\\.b", "./.a", "..a/b"),
    ],
)
def test_hidden_members_are_known_and_no_images(tmp_path, name):
    assert is_hidden(name)
    members, instances = read_zip(tmp_path, {name: WHOLE})
    assert members[shown(name)] == (MemberKind.HIDDEN, "")
    assert instances == ()


@pytest.mark.parametrize(
    "name", ["a.dcm", "./a.dcm", "../a.dcm", "thumbs.db.dcm", "MACOSX/a", "_a"]
)
def test_other_names_are_not_hidden(name):
    assert not is_hidden(name)


def test_the_log_does_not_grow_with_the_members(tmp_path, caplog, monkeypatch):
    """A line for each member: 100,000 of them made 6.6 MB of a debug log."""
    caplog.set_level(logging.DEBUG)
    content = pack.to_bytes(make.ct(1)[0], make.BIG_ENDIAN)
    path = pack.zip_file(tmp_path, {f"{n}.dcm": content for n in range(25)})
    read_input(path)
    lines = [record.getMessage() for record in caplog.records]
    assert lines == ["a member is not encoded in a plain way: pydicom reads it"] * MOST_TOLD + [
        "and 15 members more"
    ]
    caplog.clear()
    monkeypatch.setattr(HeaderReader, "read", lambda *_: 1 / 0)
    archive, _ = read_input(path)
    assert {one.problem for one in archive.members} == {
        "the reader stopped (ZeroDivisionError): please report it"
    }
    assert len(caplog.records) == MOST_TOLD + 1
    assert caplog.records[-1].getMessage() == "15 files more could not be read"
