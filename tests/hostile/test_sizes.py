"""Inputs that are merely huge: each is judged or refused within its time and 1 GiB of memory."""

import struct
import zipfile
import zlib

import pytest

from fw_gear_viewer_check.model.limits import MAX_DIRECTORY_BYTES, MAX_MEMBERS
from tests import make, pack
from tests.hostile import measured
from tests.hostile import raw_dicom as raw

pytestmark = pytest.mark.slow


def numbered(count, series_count=1):
    """Yield the names and contents of so many images, made without a library: it would take long.

    Positions are such that neither position nor geometry of two images is the same.
    """
    template = pack.to_bytes(make.ct(1, SOPInstanceUID="1.2.777777777", SeriesInstanceUID="1.2.8888"
                                     )[0])  # fmt: skip
    for n in range(count):
        content = template.replace(b"1.2.777777777", b"1.2.7%08d" % n)
        yield f"{n:06}.dcm", content.replace(b"1.2.8888", b"1.2.8%03d" % (n % series_count))


def zip_of(tmp_path, named):
    path = tmp_path / "huge.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in named:
            archive.writestr(zipfile.ZipInfo(name), content)
    return path


def empty_members(tmp_path, count):
    """Write a zip of so many members without content, faster than the library does."""
    path = tmp_path / "many.zip"
    entries = b"".join(
        struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 30 * n)
        + b"%07d" % n
        for n in range(count)
    )
    end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(entries), 0)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, len(entries), 1)
    most = (0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    path.write_bytes(entries + end + locator + struct.pack("<4s2H2H2LH", b"PK\5\6", 0, 0, *most, 0))
    return path


def test_a_million_members(tmp_path):
    found = measured.check(empty_members(tmp_path, 10**6), seconds=20)
    assert found["problem"] == f"its directory is longer than {MAX_DIRECTORY_BYTES >> 20} MiB"


def test_more_members_than_are_read(tmp_path):
    found = measured.check(empty_members(tmp_path, MAX_MEMBERS + 1), seconds=30)
    assert found["problem"] == f"it contains more than {MAX_MEMBERS:,} files"


def test_fifty_thousand_members(tmp_path):
    found = measured.check(zip_of(tmp_path, numbered(50_000)), seconds=180)
    assert (found["instances"], found["problems"]) == (50_000, [""])


def test_five_hundred_series(tmp_path):
    found = measured.check(zip_of(tmp_path, numbered(2_000, 500)), seconds=120)
    assert (found["series"], found["instances"]) == (500, 2_000)


def test_a_hundred_thousand_functional_groups(tmp_path):
    position = raw.element(0x00200032, "DS", b"0\\0\\######")
    group = raw.item(raw.element(0x00209113, "SQ", raw.item(position)))
    groups = b"".join(group.replace(b"######", b"%6d" % n) for n in range(100_000))
    frames = raw.text(0x00280008, "IS", "100000")
    content = raw.image(frames, raw.element(0x52009230, "SQ", groups))
    found = measured.check(zip_of(tmp_path, [("a.dcm", content)]), seconds=120)
    assert (found["instances"], found["problems"]) == (1, [""])


def test_images_side_by_side(tmp_path):
    images = make.ct(z=[(k % 70, k // 70, 0) for k in range(3_000)])
    found = measured.check(pack.zip_file(tmp_path, images), seconds=60)
    assert found["instances"] == 3_000


def test_headers_that_hold_as_much_as_they_can(tmp_path):
    """Items by the million in every member, deflated: the budget ends it."""
    items = raw.item(raw.element(0x00081155, "UI", b"1.2.3.4\0")) * 190_000
    nested = raw.item(raw.element(0x0008114A, "SQ", items))
    content = raw.image(raw.element(0x00081115, "SQ", nested))
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(40):
            archive.writestr(f"{n}.dcm", content)
    assert path.stat().st_size < 40 * len(content) / 100
    found = measured.check(path, seconds=180)
    assert any("448 MiB" in problem for problem in found["problems"])


def test_headers_of_tiny_elements_for_pydicom(tmp_path):
    tiny = b"".join(raw.implicit(0x00090000 + n, b"") for n in range(60_000))
    odd = raw.element(0x00091001, "XX", b"ab") + tiny
    members = [(f"{n}.dcm", raw.image(odd, number=n)) for n in range(60)]
    found = measured.check(zip_of(tmp_path, members), seconds=200)
    assert all(p for p in found["problems"]) or found["instances"]


def test_a_long_stream_of_zeros(tmp_path):
    """Deflate at its best: 128 MiB a member, 2 GiB in all, and then no more."""
    head = raw.meta() + raw.identity()
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    long = raw.element(0x00091001, "OB", length=200 << 20)
    content = packer.compress(head + long)
    content += b"".join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()
    inflated = zlib.decompress(content, -15)
    entries, before = [], b""
    for n in range(20):
        name = b"%03d" % n
        sizes = (zlib.crc32(inflated), len(content), len(inflated), len(name))
        entries.append(
            struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 8, 0, 0, *sizes, 0, 0, 0, 0, 0,
                        len(before)) + name
        )  # fmt: skip
        before += struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 0, *sizes, 0) + name + content
    directory = b"".join(entries)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 20, 20, len(directory), len(before), 0)
    path = tmp_path / "zeros.zip"
    path.write_bytes(before + directory + end)
    del inflated
    found = measured.check(path, seconds=120)
    assert "its header is longer than 128 MiB" in found["problems"]
