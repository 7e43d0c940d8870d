import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fw_gear_viewer_check.dicom import values
from fw_gear_viewer_check.dicom.values import LARGEST, PRESENT, convert, has_form, presence
from fw_gear_viewer_check.model.data_set import Damaged, Padded

TEXT_VRS = ("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC")
OTHER_VRS = ("UI", "UR", "UT", "US", "SS", "UL", "SL", "FL", "FD", "UV", "SV", "AT", "OB", "UN", "")


@pytest.mark.parametrize(
    ("vr", "raw", "value"),
    [
        ("CS", b"CT", "CT"),
        ("CS", b"CT ", "CT"),
        ("CS", b" RECON TOMO ", "RECON TOMO"),
        ("CS", b"ORIGINAL\\PRIMARY \\AXIAL", ("ORIGINAL", "PRIMARY", "AXIAL")),
        ("CS", b"A\\\\B", ("A", None, "B")),
        ("CS", b"A\\", ("A", None)),
        ("CS", b"A\\  \\B \0\0", ("A", None, "B")),
        ("CS", b"X\\AX", ("X", "AX")),
        ("UI", b"1.2.3\0", "1.2.3"),
        ("LT", b"one\\text", "one\\text"),
        ("UT", b"one\\text ", "one\\text"),
        ("LO", b"M\xfcller", "M\xfcller"),
        ("DS", b"1.50", 1.5),
        ("DS", b" -1e-3 ", -0.001),
        ("DS", b"+.5", 0.5),
        ("DS", b"1.", 1.0),
        ("DS", b"1\\2\\3 ", (1.0, 2.0, 3.0)),
        ("DS", b"1 \\2\0\0", (1.0, 2.0)),
        ("DS", b"1\\\\3 ", (1.0, None, 3.0)),
        ("IS", b"12", 12),
        ("IS", b"-3", -3),
        ("IS", b"12.0", 12),
        ("IS", b"1\\2 ", (1, 2)),
        ("US", b"\x00\x02", 512),
        ("US", b"\1\0\2\0", (1, 2)),
        ("SS", b"\xff\xff", -1),
        ("UL", b"\1\0\0\0", 1),
        ("FD", struct.pack("<d", 0.1), 0.1),
        ("FL", struct.pack("<2f", 0.5, 1.5), (0.5, 1.5)),
        ("AT", b"ab", "ab"),
    ],
)
def test_bytes_become_the_value_of_their_vr(vr, raw, value):
    assert convert(vr, raw) == value
    assert isinstance(convert(vr, raw), type(value))


def test_the_byte_order_is_that_of_the_file():
    assert convert("US", b"\x02\x00", ">") == 512
    assert convert("FD", struct.pack(">d", 0.1), ">") == 0.1


@pytest.mark.parametrize("vr", [*TEXT_VRS, "UI", "UR", "UT", "US", "SS", "UL", "SL", "FL", "FD"])
def test_nothing_is_blank(vr):
    assert convert(vr, b"") is None


@pytest.mark.parametrize("vr", [*TEXT_VRS, "UI", "UT"])
@pytest.mark.parametrize("raw", [b" ", b"\0", b"  \0\0", b"\t\r\n"])
def test_padding_alone_is_blank(vr, raw):
    assert convert(vr, raw) is None


@pytest.mark.parametrize("raw", [b"1\0\\2 ", b"NORM \0\\ATTN", b"A\0B"])
def test_what_is_behind_a_zero_byte_is_damage(raw):
    """A server stops there, other readers go on: the viewer had one value, and drew nothing."""
    for vr in ("DS", "CS", "LO", "LT"):
        assert convert(vr, raw) == Damaged("has a zero byte within")


@pytest.mark.parametrize("raw", [b"BQML \0", b"BQML\n ", b" BQML"])
def test_blanks_that_a_server_leaves_are_told(raw):
    assert isinstance(convert("CS", raw), Padded)
    assert convert("CS", raw) == "BQML"


@pytest.mark.parametrize("raw", [b"BQML", b"BQML    ", b"BQML\0\0"])
def test_blanks_that_a_server_takes_off_are_nothing(raw):
    assert not isinstance(convert("CS", raw), Padded)


@pytest.mark.parametrize("raw", [b"\\", b"\\\\", b" \\ \\ "])
def test_separators_alone_are_blank(raw):
    assert convert("DS", raw) is None
    assert convert("CS", raw) is None


@pytest.mark.parametrize(
    ("vr", "raw", "reason"),
    [
        ("DS", b"abc", "not a number"),
        ("DS", b"1,5", "not a number"),
        ("DS", b"nan", "not a number"),
        ("DS", b"inf", "not a number"),
        ("DS", b"1e999", "not a finite number"),
        ("DS", b"-1.1e15", "beyond 1e15"),
        ("FD", struct.pack("<2d", 1, 1e300), "beyond single precision"),
        ("UV", struct.pack("<Q", 2**63), "beyond 1e15"),
        ("DS", b"-Infinity ", "infinite"),
        ("DS", b"1_0", "not a number"),
        ("DS", b"0x10", "not a number"),
        ("DS", b"1\\two", "not a number"),
        ("IS", b"1.5", "not a whole number"),
        ("IS", b"x", "not a number"),
        ("IS", b"2147483648", "beyond 32 bits"),
        ("IS", b"-2147483649", "beyond 32 bits"),
        ("IS", b"1\\99999999999", "beyond 32 bits"),
        ("US", b"\1", "1 bytes instead of a multiple of 2"),
        ("FD", b"1234567", "7 bytes instead of a multiple of 8"),
        ("FD", struct.pack("<d", float("nan")), "not a finite number"),
        ("FL", struct.pack("<f", float("inf")), "not a finite number"),
        ("DS", "\u0661".encode("latin-1", "ignore") + b"\xb2", "not a number"),
    ],
)
def test_what_is_no_value_of_its_vr_is_damaged(vr, raw, reason):
    assert convert(vr, raw) == Damaged(reason)


@pytest.mark.parametrize(
    ("vr", "text", "fits"),
    [
        *(("DA", "20200131", True), ("DA", "2020.01.31", True), ("DA", "2020-01-31", False)),
        *(("DA", "202001", False), ("DA", "", False), ("DA", "20200131 ", False)),
        *(("TM", "10", True), ("TM", "1011", True), ("TM", "10:11:12", True)),
        *(("TM", "101112.123456", True), ("TM", "101112.1234567", False), ("TM", "1", False)),
        *(("CS", "A_B 9", True), ("CS", "a", False), ("CS", "A" * 17, False), ("CS", "A-B", False)),
        *(("UI", "1.2.3", True), ("UI", "0.0", True), ("UI", "1.02", False), ("UI", "1.", False)),
        *(("UI", "1" * 64, True), ("UI", "1" * 65, False), ("UI", "1.a", False), ("UI", "", False)),
        *(("LO", "anything at all", True), ("XX", "", True)),
    ],
)
def test_forms_of_vrs(vr, text, fits):
    assert has_form(vr, text) is fits


@pytest.mark.parametrize(
    ("vr", "value", "kept"),
    [
        ("LO", None, None),
        ("LO", "Doe", PRESENT),
        ("LO", ("Doe", "Jane"), PRESENT),
        ("DA", "20200101", PRESENT),
        ("DA", "born", Damaged("not a date")),
        ("DA", ("20200101", "20200102"), PRESENT),
        ("DA", ("20200101", "born"), Damaged("not a date")),
        ("SH", ("a", None), PRESENT),
        ("IS", 12, PRESENT),
        ("DA", Damaged("reason"), Damaged("reason")),
    ],
)
def test_only_the_presence_of_a_value_is_kept(vr, value, kept):
    assert presence(vr, value) == kept


def _values_in(value):
    return value if isinstance(value, tuple) else (value,)


@given(st.sampled_from(TEXT_VRS + OTHER_VRS), st.binary(max_size=60), st.sampled_from("<>"))
def test_any_bytes_become_a_value_or_damage_that_quotes_nothing(vr, raw, byte_order):
    value = convert(vr, raw, byte_order)
    for one in _values_in(value):
        assert one is None or isinstance(one, (str, int, float, Damaged))
        assert one == one  # noqa: PLR0124 - no NaN
        if isinstance(one, Damaged):
            assert set(one.reason) <= set("abcdefghijklmnopqrstuvwxyz 0123456789")
    assert value != ()
    assert hash(value) is not None


@given(st.floats(-LARGEST, LARGEST))
def test_decimal_strings_come_back(number):
    assert convert("DS", repr(number).encode()) == number


@given(st.integers(-(2**31), 2**31 - 1))
def test_integer_strings_come_back(number):
    assert convert("IS", str(number).encode()) == number


def test_present_is_no_value_of_a_file():
    assert not values.has_form("CS", PRESENT)
