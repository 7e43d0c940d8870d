"""Archives made to do harm: each is a finding, within bounds, and nothing is unpacked."""

import io
import struct
import zipfile
import zlib
from contextlib import nullcontext

import pytest

from fuzz import targets
from fw_gear_viewer_check import check
from fw_gear_viewer_check.dicom import zipfiles
from fw_gear_viewer_check.dicom.reader import MemberNotOpened, open_member, read_input
from fw_gear_viewer_check.model import limits
from fw_gear_viewer_check.model.archive import MemberKind
from fw_gear_viewer_check.reports import csv_table
from tests import make, pack
from tests.hostile import raw_dicom

WHOLE = pack.to_bytes(make.ct(1)[0])
OVERLAPS = "damaged: it overlaps what follows in the zip"
LIES = "damaged: it cannot be as long as the zip says"


def read_bytes(tmp_path, content, name="a.zip"):
    path = tmp_path / name
    path.write_bytes(content)
    archive, _ = read_input(path)
    assert [p.name for p in tmp_path.iterdir()] == [name]
    return archive


def local(name, content, flags=0):
    """Return a stored member, with what stands before it."""
    sizes = (zlib.crc32(content), len(content), len(content), len(name), 0)
    return struct.pack("<4s5H3L2H", b"PK\3\4", 20, flags, 0, 0, 0, *sizes) + name + content


def entry(name, content=b"", *, size=None, offset=0, extra=b"", flags=0):
    """Return an entry of the directory."""
    length = len(content) if size is None else size
    sizes = (zlib.crc32(content), length, length, len(name), len(extra), 0, 0, 0, 0, offset)
    return struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, flags, 0, 0, 0, *sizes) + name + extra


def zip_of(entries, *, before=b"", count=None):
    """Return a zip that is nothing but a directory."""
    directory = b"".join(entries)
    count = len(entries) if count is None else count
    return (
        before
        + directory
        + struct.pack(
            "<4s4H2LH", b"PK\5\6", 0, 0, count & 0xFFFF, count & 0xFFFF,
            len(directory), len(before), 0,
        )
    )  # fmt: skip


@pytest.mark.long
def test_a_member_that_inflates_a_thousandfold_is_read_to_its_header_only(tmp_path):
    bomb = raw_dicom.image(raw_dicom.element(0x7FE00010, "OW", bytes(200 << 20)))
    content = pack.zip_bytes({"a": bomb, "b": bytes(200 << 20)}, zipfile.ZIP_DEFLATED)
    assert len(content) < 1 << 20
    archive = read_bytes(tmp_path, content)
    assert [m.kind for m in archive.members] == [MemberKind.DICOM, MemberKind.UNREADABLE]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_size_that_cannot_be_is_damage(tmp_path, method):
    content = bytearray(pack.zip_bytes({"a": WHOLE}, method))
    at = content.index(b"PK\1\2") + 24
    content[at : at + 4] = struct.pack("<L", 4_000_000_000)
    (member,) = read_bytes(tmp_path, bytes(content)).members
    assert (member.kind, member.problem) == (MemberKind.UNREADABLE, LIES)


def test_64_bit_sizes(tmp_path):
    huge = 2**63 - 1
    extra = struct.pack("<HHQQQ", 1, 24, huge, huge, huge)
    most = 0xFFFFFFFF
    only = entry(b"a", size=most, offset=most, extra=extra)
    (member,) = read_bytes(tmp_path, zip_of([only], before=b"PK\3\4")).members
    assert (member.kind, member.size) == (MemberKind.UNREADABLE, huge)
    assert member.problem == OVERLAPS


def test_a_member_that_reaches_into_the_directory_is_damage(tmp_path):
    """The directory was taken for its pixels: an image without most of them passed as whole."""
    whole = zip_of([entry(b"a", WHOLE)], before=local(b"a", WHOLE[:-20]))
    (member,) = read_bytes(tmp_path, whole).members
    assert (member.kind, member.problem) == (MemberKind.UNREADABLE, OVERLAPS)


def overlapping_zip(count):
    """Return a zip whose members share one content, as the best known bombs do."""
    entries = [entry(b"%05d" % k, WHOLE) for k in range(count)]
    return zip_of(entries, before=local(b"00000", WHOLE))


def test_members_that_share_their_bytes_are_damage(tmp_path):
    archive = read_bytes(tmp_path, overlapping_zip(100))
    problems = [m.problem for m in archive.members]
    assert problems.count(OVERLAPS) == len(problems)


def test_a_member_quoted_inside_another_is_damage(tmp_path):
    inner = pack.zip_bytes({"b": WHOLE})
    quoted = inner[: inner.index(b"PK\1\2")]
    before = local(b"a", quoted)
    entries = [entry(b"a", quoted), entry(b"b", WHOLE, offset=before.index(quoted))]
    found = read_bytes(tmp_path, zip_of(entries, before=before)).members
    assert [(m.name, m.problem) for m in found] == [("a", OVERLAPS), ("b", "")]


def test_a_directory_too_long_is_refused_before_it_is_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr(zipfiles, "MAX_DIRECTORY_BYTES", 1 << 20)
    content = zip_of([entry(b"%05d" % k) for k in range(30_000)])
    assert read_bytes(tmp_path, content).problem == "its directory is longer than 1 MiB"
    report = check(tmp_path / "a.zip")
    assert report.verdicts["archive"].status == "FAIL"
    told = {r.requirement.id: r.finding.evidence for r in report.results}
    assert told["ZIP-103"].endswith("its directory is longer than 1 MiB")


def test_too_many_members_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("fw_gear_viewer_check.dicom.reader.MAX_MEMBERS", 10)
    assert read_bytes(tmp_path, pack.zip_bytes({str(n): b"x" for n in range(10)})).problem == ""
    archive = read_bytes(tmp_path, pack.zip_bytes({str(n): b"x" for n in range(11)}))
    assert (archive.problem, archive.members) == ("it contains more than 10 files", ())


def test_a_folder_of_too_many_files_is_refused_too(tmp_path, monkeypatch):
    monkeypatch.setattr("fw_gear_viewer_check.dicom.reader.MAX_MEMBERS", 10)
    folder = pack.folder_of(tmp_path, {f"{n}.dcm": b"x" for n in range(11)})
    assert read_input(folder)[0].problem == "it contains more than 10 files"


def test_more_series_than_are_judged_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_SERIES", 3)
    members = {f"{n}.dcm": raw_dicom.image(number=n, series=f"1.2.{n}") for n in range(5)}
    report = check(pack.zip_file(tmp_path, members))
    assert len(report.series) == 3
    told = {r.requirement.id: r.finding.evidence for r in report.results}
    assert told["ZIP-191"] == "not checked: its input contains more than 3 series (2 files)"
    assert report.overall == "FAIL"


TRICKS = {
    "up": "../../../../tmp/evil.dcm",
    "absolute": "/etc/evil.dcm",
    "drive": "C:\\Windows\\evil.dcm",
    "share": "\\\\host\\share\\evil.dcm",
    "nul": "evil\0.dcm",
    "line": "evil\r\nINFO forged.dcm",
    "right-to-left": "evil\u202emcd.dcm",
    "formula": "=HYPERLINK(evil).dcm",
    "markup": "<script>evil</script>.dcm",
    "escape": "\x1b[2Jevil.dcm",
}


@pytest.mark.parametrize("name", TRICKS.values(), ids=TRICKS)
def test_names_are_only_ever_shown(tmp_path, name):
    path = tmp_path / "a.zip"
    path.write_bytes(pack.zip_bytes({name: WHOLE, "b.txt": b"text"}))
    report = check(path)
    assert [p.name for p in tmp_path.iterdir()] == ["a.zip"]
    assert sum(len(s.series.instances) for s in report.series) == 1
    csv = csv_table.to_csv(report)
    assert "\r" not in csv
    assert "\x1b" not in csv
    assert len(csv.splitlines()) == len(report.results) + 1


@pytest.mark.parametrize(
    "name",
    [b"\xff\xfe\x81.dcm", b"x" * 65_000 + b".dcm", b"", b"/" * 60_000 + b"a"],
    ids=["not-utf-8", "64-kb", "empty", "slashes"],
)
def test_odd_names(tmp_path, name):
    content = zip_of([entry(name, WHOLE)], before=local(name, WHOLE))
    (member,) = read_bytes(tmp_path, content).members
    assert len(member.name) <= 200
    assert member.kind == MemberKind.DICOM


def test_a_name_that_is_no_utf_8_though_it_says_so_condemns_nothing(tmp_path):
    """It made the whole zip "not a zip": 499 good images beside it were lost."""
    bad, good = b"\xff\xfe.dcm", "ü.dcm".encode()
    before = local(bad, WHOLE, flags=0x800)
    entries = [
        entry(bad, WHOLE, flags=0x800),
        entry(good, WHOLE, flags=0x800, offset=len(before)),
    ]
    archive = read_bytes(tmp_path, zip_of(entries, before=before + local(good, WHOLE, flags=0x800)))
    assert [(m.kind, m.problem) for m in archive.members] == [(MemberKind.DICOM, "")] * 2
    assert "ü.dcm" in {m.name for m in archive.members}


def test_two_members_of_one_name_are_reported_and_read(tmp_path):
    names = ("a.dcm", "b.dcm", "a.dcm")
    contents = [raw_dicom.image(number=n) for n in range(3)]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in zip(names, contents, strict=True):
            again = name in archive.namelist()
            with pytest.warns(UserWarning, match="Duplicate") if again else nullcontext():
                archive.writestr(name, content)
    path = tmp_path / "a.zip"
    path.write_bytes(out.getvalue())
    report = check(path)
    assert sum(len(s.series.instances) for s in report.series) == 3
    (finding,) = (r.finding for r in report.results if r.requirement.id == "ZIP-103")
    assert (finding.status, finding.affected) == ("FAIL", ("a.dcm", "a.dcm"))
    assert finding.evidence == "2 of 3 files not usable: its name is that of another file (2)"
    with pytest.raises(MemberNotOpened):
        open_member(path, "a.dcm", 1 << 20)
    with open_member(path, "b.dcm", 1 << 20) as member:
        assert member.read() == contents[1]


@pytest.mark.parametrize("part", [1, 7])
def test_the_last_part_of_a_split_zip_is_named(tmp_path, part):
    whole = pack.zip_bytes({"a": WHOLE})
    content = whole[len(WHOLE) // 2 :].replace(b"PK\5\6\0\0", b"PK\5\6" + bytes([part, 0]))
    told = f"it is the last of {part + 1} parts of a split zip: the others are missing"
    assert read_bytes(tmp_path, content).problem == told


@pytest.mark.parametrize("odd", ["name", "mode"])
def test_an_image_that_unpacking_loses_is_a_problem(tmp_path, odd):
    """It was read, and passed: every unpacker makes a folder, or a link, of it."""
    info = zipfile.ZipInfo("3.dcm/" if odd == "name" else "3.dcm")
    info.external_attr = 0o120777 << 16 if odd == "mode" else 0
    path = pack.zip_file(tmp_path, {f"{n}.dcm": raw_dicom.image(number=n) for n in (1, 2)})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(info, raw_dicom.image(number=3))
    report = check(path)
    (finding,) = (r.finding for r in report.results if r.requirement.id == "ZIP-103")
    assert (finding.status, finding.affected) == ("FAIL", (info.filename,))
    assert finding.repair.gear == ""


def test_a_zip_that_is_an_image_too_is_a_zip_by_its_name(tmp_path):
    """It passed as one image, and what it holds was never looked at."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("notes.txt")
        info.extra = b"xx\xf0\0" + bytes(128 - 43) + WHOLE[128:283]
        archive.writestr(info, b"text")
    assert out.getvalue()[128:132] == b"DICM"
    for name, members in (("a.zip", ["notes.txt"]), ("a.dcm", ["a.dcm"])):
        path = tmp_path / name
        path.write_bytes(out.getvalue())
        assert [m.name for m in read_input(path)[0].members] == members


def test_an_image_in_front_of_a_zip_is_a_problem_where_it_is_named_as_one(tmp_path):
    """It passed, and whatever unpacks it finds other files, or none."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("notes.txt", b"no image")
    padding = raw_dicom.element(0xFFFCFFFC, "OB", packed.getvalue())
    content = WHOLE + padding
    assert "a zip behind a DICOM file" in read_bytes(tmp_path, content).problem
    (tmp_path / "a.zip").rename(tmp_path / "a.dcm")
    assert [one.kind for one in read_input(tmp_path / "a.dcm")[0].members] == [MemberKind.DICOM]
    assert check(pack.file_of(tmp_path, make.ct(1)[0], "b.zip")).series[0].series.instances


def test_a_symbolic_link_inside_is_not_followed(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("link.dcm")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/hostname")
    (member,) = read_bytes(tmp_path, out.getvalue()).members
    assert member.kind == MemberKind.NOT_DICOM


@pytest.mark.parametrize("count", [0, 1, 65_535, 2**31])
def test_a_directory_that_lies_about_its_count(tmp_path, count):
    content = zip_of([entry(b"a", WHOLE)], before=local(b"a", WHOLE), count=count)
    archive = read_bytes(tmp_path, content)
    assert [m.kind for m in archive.members] == [MemberKind.DICOM]


def test_a_zip_written_by_half(tmp_path):
    whole = pack.zip_bytes(pack.members(make.ct(3)))
    for end in range(0, len(whole) - 1, 61):
        archive = read_bytes(tmp_path, whole[:end])
        assert archive.problem
        assert archive.members == ()


def test_a_bomb_inside_a_deflated_data_set_is_read_to_its_limit(tmp_path, monkeypatch):
    monkeypatch.setattr("fw_gear_viewer_check.dicom.streams.MAX_HEADER_BYTES", 1 << 20)
    plain = raw_dicom.identity() + raw_dicom.element(0x00091001, "OB", bytes(64 << 20))
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    deflated = packer.compress(plain) + packer.flush()
    content = raw_dicom.meta(make.DEFLATED) + deflated
    archive = read_bytes(tmp_path, pack.zip_bytes({"a": content}))
    assert archive.members[0].problem == "its header is longer than 1 MiB"


@pytest.mark.usefixtures("no_logged_errors")
def test_a_member_without_a_name():
    """It ended the check: ZipInfo.is_dir() looks at the last character of the name."""
    targets.check_zip(zip_of([entry(b"", WHOLE)], before=local(b"", WHOLE)))
