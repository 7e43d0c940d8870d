"""Headers made to do harm, byte by byte: each is read within bounds, or is a member's problem."""

import io
import struct
import time

import pytest

from fuzz import targets
from fw_gear_viewer_check import check
from fw_gear_viewer_check.dicom import pydicom_fallback, values
from fw_gear_viewer_check.dicom.elements import MAX_VALUE_BYTES
from fw_gear_viewer_check.dicom.header import HeaderReader, NotDicomError
from fw_gear_viewer_check.dicom.reader import read_input
from fw_gear_viewer_check.dicom.streams import UnreadableError
from fw_gear_viewer_check.model import limits
from fw_gear_viewer_check.model.data_set import Damaged
from fw_gear_viewer_check.model.limits import Budget, SpentError
from tests import make, pack
from tests.hostile import raw_dicom as raw

REFERENCED_SERIES, PER_FRAME = 0x00081115, 0x52009230


def member(tmp_path, content):
    """Return the member and the instances of a zip with this content in it."""
    archive, instances = read_input(pack.zip_file(tmp_path, {"a.dcm": content}))
    return archive.members[0], instances


def problem(tmp_path, content):
    found, instances = member(tmp_path, content)
    assert instances == ()
    return found.problem


def nested(depth, *, defined):
    """Return sequences nested so deep, innermost empty."""
    content = b""
    if not defined:
        start = raw.element(REFERENCED_SERIES, "SQ", length=raw.UNDEFINED) + raw.item(
            length=raw.UNDEFINED
        )
        return start * depth
    for _ in range(depth):
        content = raw.element(REFERENCED_SERIES, "SQ", raw.item(content))
    return content


@pytest.mark.parametrize("defined", [True, False])
def test_sequences_nested_ten_thousand_deep(tmp_path, defined):
    content = raw.image(nested(2_000 if defined else 10_000, defined=defined))
    found, instances = member(tmp_path, content)
    deep = "nested" in found.problem
    # A nesting of defined length that nobody asks for is stepped over as a whole.
    assert deep or (defined and len(instances) == 1)


@pytest.mark.parametrize("uid", [make.EXPLICIT, make.BIG_ENDIAN])
def test_nesting_that_pydicom_meets(tmp_path, uid):
    # An unknown VR hands the stream to pydicom, which recurses.
    odd = raw.element(0x00091001, "XX", b"ab")
    told = problem(tmp_path, raw.image(odd, nested(10_000, defined=False), transfer_syntax=uid))
    assert told.startswith(("its sequences are nested", "damaged: ", "truncated: "))


@pytest.mark.long
def test_undefined_lengths_that_never_end(tmp_path):
    forever = raw.element(REFERENCED_SERIES, "SQ", length=raw.UNDEFINED)
    assert problem(tmp_path, raw.image(forever)).startswith("truncated")
    empty_items = forever + raw.item() * 300_000
    told = problem(tmp_path, raw.image(empty_items))
    assert told == "a sequence has more than 200,000 items"


@pytest.mark.parametrize("length", [2**31, 2**32 - 2, 0x7FFFFFFF])
@pytest.mark.parametrize("tag", [0x00091001, 0x00080008, 0x00280030])
def test_a_length_of_two_gigabytes(tmp_path, length, tag):
    huge = raw.element(tag, "UN", b"few", length=length)
    assert problem(tmp_path, raw.image(huge)).startswith(("truncated", "damaged: "))


def test_a_value_too_long_to_be_kept_is_damaged(tmp_path):
    kept = b"1\\" * (MAX_VALUE_BYTES // 2 + 1)
    long = raw.element(0x00281050, "UT", kept)
    _, (instance,) = member(tmp_path, raw.image(long))
    assert instance.data["WindowCenter"] == Damaged("longer than 1 KiB")


@pytest.mark.parametrize("digits", [b"1" * 500_000, b"1" * 500_000 + b"x"])
def test_a_number_of_a_million_digits_takes_no_time(digits):
    reasons = {"beyond 1e15", "not a finite number", "not a number"}
    started = time.process_time()
    for vr in ("DS", "IS"):
        value = values.convert(vr, digits)
        assert isinstance(value, Damaged)
        assert value.reason in reasons
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("keyword", "value", "reason"),
    [
        ("NumberOfFrames", b"99999999999 ", "beyond 32 bits"),
        ("NumberOfFrames", b"1e300 ", "beyond single precision"),
        ("InstanceNumber", b"-2147483649", "beyond 32 bits"),
        ("InstanceNumber", b"1.5 ", "not a whole number"),
        ("PixelSpacing", b"1e999\\1 ", "not a finite number"),
        ("PixelSpacing", b"nan\\nan ", "not a number"),
        ("PixelSpacing", b"0x1\\1 ", "not a number"),
        ("PixelSpacing", "\N{ARABIC-INDIC DIGIT ONE}\\1 ".encode(), "not a number"),
        ("Rows", b"abc", "3 bytes instead of a multiple of 2"),
    ],
)
def test_numbers_that_are_none(tmp_path, keyword, value, reason):
    image = make.ct(1, **{keyword: make.raw(value)})
    _, (instance,) = member(tmp_path, pack.to_bytes(image[0]))
    assert instance.data[keyword] == Damaged(reason)
    targets.judge_instances((instance,), draw=True)


@pytest.mark.parametrize("count", [100_001, 2**31 - 1])
def test_more_frames_than_are_judged(tmp_path, count):
    image = make.enhanced_mr(2, NumberOfFrames=make.raw(str(count).encode()))
    told = problem(tmp_path, pack.to_bytes(image[0]))
    assert told == "not checked: it declares more than 100,000 frames"


def test_many_images_that_declare_many_frames(tmp_path, monkeypatch):
    images = make.enhanced_mr(2, n=5, NumberOfFrames=90_000)
    monkeypatch.setattr(limits, "MAX_FRAMES_TOGETHER", 300_000)
    archive, instances = read_input(pack.zip_file(tmp_path, images))
    assert len(instances) == 3
    assert {m.problem for m in archive.members[3:]} == {
        "not checked: its input declares more than 300,000 frames"
    }


@pytest.mark.parametrize("wrong", [make.IMPLICIT, make.EXPLICIT, make.BIG_ENDIAN, make.DEFLATED])
@pytest.mark.parametrize("real", [make.IMPLICIT, make.EXPLICIT, make.BIG_ENDIAN])
def test_a_transfer_syntax_that_is_not_the_real_one(tmp_path, wrong, real):
    content = pack.to_bytes(make.ct(1)[0], real)
    told = wrong.encode() + b"\0" * (len(wrong) % 2)
    start = content.index(b"\x02\x00\x10\x00UI")
    length = struct.unpack_from("<H", content, start + 6)[0]
    changed = struct.pack("<HH2sH", 2, 0x10, b"UI", len(told)) + told
    content = content[:start] + changed + content[start + 8 + length :]
    report = check(pack.zip_file(tmp_path, {"a.dcm": content}))
    targets.write_reports(report, None)


def test_a_header_cut_at_every_byte():
    content = pack.to_bytes(make.enhanced_mr(2)[0])
    end = content.index(b"\xe0\x7f\x10\x00")
    reader = HeaderReader()
    whole = reader.read(io.BytesIO(content), len(content)).data
    for cut in range(1, end):
        try:
            found = reader.read(io.BytesIO(content[:cut]), cut)
        except (NotDicomError, UnreadableError):
            continue
        # Cut between two elements of the top level, it is a shorter header, and not another one.
        assert found.data.items() <= whole.items()
        assert found.pixel_data is None


@pytest.mark.parametrize("character_set", [b"ISO_IR 999", b"\\ISO 2022 IR 87", b"\xff\xfe", b""])
def test_character_sets_that_are_none(tmp_path, character_set):
    odd = {"SpecificCharacterSet": make.raw(character_set), "StudyID": make.raw(b"\x1b$B\xff\xfe")}
    image = make.ct(2, **odd, ImageType=make.raw(b"\xc3\x28\\\x1b(B\\\xff "))
    targets.write_reports(check(pack.zip_file(tmp_path, image)), None, draw=True)


@pytest.mark.parametrize("vr", ["LO", "UN", "SQ", "OB", "FD", "??"])
def test_private_elements_of_any_vr(tmp_path, vr):
    private = [raw.element(0x00091001 + n, vr, b"" if vr == "SQ" else bytes(8)) for n in range(9)]
    found, _ = member(tmp_path, raw.image(*private))
    assert found.problem.partition(":")[0] in {"", "truncated", "damaged"}


def budget_with(limit, left):
    budget = Budget()
    setattr(budget, limit, left)
    return budget


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ("walked", "the headers of its input exceed 2 GiB"),
        ("kept", "exceeds 448 MiB"),
        ("elements", "more than 24,000,000 elements"),
    ],
)
def test_an_input_that_costs_too_much_is_read_no_further(limit, told):
    content = pack.to_bytes(make.ct(1)[0])
    reader = HeaderReader(budget=budget_with(limit, 10))
    reader.read(io.BytesIO(content), len(content))
    with pytest.raises(SpentError, match=told):
        reader.read(io.BytesIO(content), len(content))


def test_pydicom_is_handed_no_more_than_its_share():
    content = pack.to_bytes(make.ct(1)[0], make.BIG_ENDIAN)
    pydicom_fallback.read(io.BytesIO(content), len(content), Budget())
    left = budget_with("odd", 0)
    with pytest.raises(SpentError, match="unusual encodings take too long"):
        pydicom_fallback.read(io.BytesIO(content), len(content), left)


def test_an_odd_header_longer_than_its_limit_is_named(tmp_path):
    private = raw.element(0x00091001, "XX", b"ab") + raw.element(
        0x00091002, "OB", bytes(pydicom_fallback.MAX_ODD_HEADER_BYTES)
    )
    assert "4 MiB" in problem(tmp_path, raw.image(private))


def test_the_name_of_the_deflated_syntax_may_stand_anywhere(tmp_path):
    """A private text that named it made the file damaged."""
    named = raw.text(0x00091002, "LO", f"sent as {make.DEFLATED}")
    content = raw.image(raw.element(0x00091001, "XX", b"ab"), named)
    archive, _ = read_input(pack.zip_file(tmp_path, {"a.dcm": content}))
    assert archive.members[0].problem == ""


def test_pydicom_is_not_handed_a_deflated_data_set(tmp_path):
    odd = raw.image(raw.element(0x00091001, "XX", b"ab"), transfer_syntax=make.DEFLATED)
    assert problem(tmp_path, odd).startswith("damaged: its deflated data set")


@pytest.mark.usefixtures("no_logged_errors")
@pytest.mark.parametrize("keyword", ["Rows", "Columns", "SamplesPerPixel", "ImageType"])
def test_a_damaged_value_that_the_picture_needs(tmp_path, keyword):
    """It ended the run of the gear: the decoder asked for Rows outside of its guard."""
    path = pack.zip_file(tmp_path, make.ct(1, **{keyword: make.raw(b"\xffbc")}))
    targets.write_reports(check(path), path)


@pytest.mark.usefixtures("no_logged_errors")
def test_frames_without_number():
    """It filled the memory: the viewer's model makes an object of each frame that is declared."""
    frames = raw.text(0x00280008, "IS", "2147483647")
    targets.check_file(raw.image(frames, raw.element(0x00280010, "US", b"\4\0")))
