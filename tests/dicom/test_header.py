import io
import re
import zlib

import pytest
from pydicom.uid import UID

from fw_gear_viewer_check.dicom import attributes
from fw_gear_viewer_check.dicom.elements import PRESENCE_ONLY, TOLD_APART
from fw_gear_viewer_check.dicom.header import HeaderReader
from fw_gear_viewer_check.dicom.reader import read_input
from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.data_set import Damaged, Padded
from tests import keywords, make, pack
from tests.elements import (
    CLASS,
    ITEM_END,
    PIXELS,
    REFERENCED,
    ROWS,
    SEQUENCE_END,
    UNDEFINED,
    element,
    item,
    read,
)
from tests.hostile import raw_dicom as raw


def test_values_stop_before_the_pixel_data():
    found = read(CLASS + ROWS + PIXELS)
    assert found.data == {"SOPClassUID": "1.2", "Rows": 4}
    assert (found.pixel_data.length, found.pixel_data.available) == (32, 32)
    assert found.pixel_data.missing_bytes == 0
    assert read(CLASS + ROWS + PIXELS[:-1]).pixel_data.missing_bytes == 1


KINDS_OF_PIXELS = [(0x08, "FloatPixelData"), (0x09, "DoubleFloatPixelData"), (0x10, "PixelData")]


@pytest.mark.parametrize(("number", "keyword"), KINDS_OF_PIXELS)
@pytest.mark.parametrize("odd", [b"", element(9, 0x1001, b"ZZ", b"ab")])
def test_float_pixel_data_are_pixel_data(tmp_path, number, keyword, odd):
    content = raw.image(odd, element(0x7FE0, number, b"OW", bytes(8)))
    path = tmp_path / "a.dcm"
    path.write_bytes(content)
    _, (instance,) = read_input(path)
    assert (instance.pixel_data.length, instance.pixel_data.keyword) == (8, keyword)


def test_other_elements_of_the_pixel_group_are_not():
    content = CLASS + element(0x7FE0, 1, b"OW", bytes(8)) + PIXELS
    assert read(content).pixel_data.length == 32
    assert read(CLASS + element(0x7FE0, 1, b"OW", bytes(8))).pixel_data is None


@pytest.mark.parametrize("defined", [True, False])
@pytest.mark.parametrize("end", [b"", ITEM_END])
def test_sequences_and_items_of_known_and_unknown_length(defined, end):
    uid = element(0x20, 0xE, b"UI", b"1.5\0")
    one = item(uid + ITEM_END, UNDEFINED) if end else item(uid)
    value = one if defined else one + SEQUENCE_END
    content = CLASS + element(*REFERENCED, b"SQ", value, None if defined else UNDEFINED) + ROWS
    assert read(content).data["ReferencedSeriesSequence"] == ({"SeriesInstanceUID": "1.5"},)
    assert read(content).data["Rows"] == 4


def test_a_sequence_of_unknown_vr_and_length_is_encoded_with_implicit_vr():
    inner = item(b"\x20\0\x0e\0\4\0\0\0" + b"1.5\0")
    content = CLASS + element(*REFERENCED, b"UN", inner + SEQUENCE_END, UNDEFINED) + ROWS
    assert read(content).data["ReferencedSeriesSequence"] == ({"SeriesInstanceUID": "1.5"},)


def test_a_sequence_of_unknown_vr_and_known_length_is_bytes_to_a_server():
    """It was looked into, and passed; the viewer had no such sequence."""
    inner = item(b"\x20\0\x0e\0\4\0\0\0" + b"1.5\0")
    found = read(CLASS + element(*REFERENCED, b"UN", inner) + ROWS).data
    assert found["ReferencedSeriesSequence"] == Damaged("VR UN instead of a sequence")
    assert found["Rows"] == 4
    found = read(CLASS + element(*REFERENCED, b"UN", b"") + ROWS).data
    assert found.problem("ReferencedSeriesSequence") == "blank"


def test_a_sequence_without_items_is_blank():
    found = read(CLASS + element(*REFERENCED, b"SQ", b"")).data
    assert found.problem("ReferencedSeriesSequence") == "blank"


def test_unwanted_sequences_are_stepped_over():
    icon = item(CLASS + PIXELS + ITEM_END, UNDEFINED) + SEQUENCE_END
    content = CLASS + element(0x88, 0x200, b"SQ", icon, UNDEFINED) + PIXELS
    assert read(content).data == {"SOPClassUID": "1.2"}
    fragments = item(b"abcd") + item(b"") + SEQUENCE_END
    nested = item(element(0x7FE0, 0x10, b"OB", fragments, UNDEFINED) + ITEM_END, UNDEFINED)
    content = CLASS + element(0x88, 0x200, b"SQ", nested + SEQUENCE_END, UNDEFINED) + ROWS + PIXELS
    found = read(content)
    assert (found.data["Rows"], found.pixel_data.length) == (4, 32)


@pytest.mark.parametrize(
    ("vr", "value", "keyword", "damage"),
    [
        (b"UT", b"text", "ReferencedSeriesSequence", "VR UT instead of a sequence"),
        (b"SQ", item(CLASS), "Rows", "a sequence instead of a value"),
    ],
)
def test_values_and_sequences_in_each_others_place_are_damaged(vr, value, keyword, damage):
    tag = REFERENCED if vr == b"UT" else (0x28, 0x10)
    assert read(CLASS + element(*tag, vr, value)).data[keyword] == Damaged(damage)


@pytest.mark.parametrize("vr", [b"UN", b"OB", b"OW", b"OD", b"OF", b"OL", b"OV"])
def test_a_value_in_a_vr_of_bytes_is_none_to_a_server(vr):
    """It was read by the dictionary; the viewer showed the error page for such Rows."""
    damage = Damaged(f"VR {vr.decode()} instead of US")
    assert read(CLASS + element(0x28, 0x10, vr, b"\4\0")).data["Rows"] == damage
    assert read(CLASS + element(0x28, 0x10, vr, b"")).data.problem("Rows") == "blank"
    numbers = read(CLASS + element(0x28, 0x30, vr, b"1\\2 ")).data["PixelSpacing"]
    assert numbers == ((1, 2) if vr == b"UN" else Damaged(f"VR {vr.decode()} instead of DS"))


def test_a_blank_at_the_end_of_a_patient_in_vr_un_is_told():
    """A server finds another patient, and sends nothing of the series; it is the same one."""
    plain, blank = (
        read(CLASS + element(0x10, 0x20, vr, b"patient ")).data["PatientID"]
        for vr in (b"LO", b"UN")
    )
    assert (plain, type(plain), type(blank)) == (blank, str, Padded)


@pytest.mark.parametrize(
    ("vr", "text", "count"),
    [(b"UN", b"GML ", True), (b"UN", b"BQML", False), (b"CS", b"GML ", False)],
)
def test_a_blank_at_the_end_of_a_text_counts_in_vr_un(vr, text, count):
    """A server leaves it, and the viewer finds other units."""
    units = read(CLASS + element(0x54, 0x1001, vr, text)).data["Units"]
    assert (units, isinstance(units, Padded)) == (text.decode().strip(), count)


def test_a_value_is_read_by_the_vr_that_the_file_names():
    assert read(CLASS + element(0x28, 0x10, b"IS", b"12")).data["Rows"] == 12


def test_only_the_presence_of_identifying_attributes_is_kept():
    secrets = {"PatientID": "A\\B", "StudyID": "secret", "EncapsulatedDocument": b"secret"}
    values = pack.to_bytes(make.change(make.ct(1), **secrets)[0])
    data = read(values).data
    kept = {data[k] for k in PRESENCE_ONLY - TOLD_APART}
    assert kept == {"(present)"}
    assert "PatientName" not in data


def test_of_a_patient_it_is_kept_whether_it_is_the_same():
    def kept(patient, **how):
        return read(pack.to_bytes(make.change(make.ct(1), PatientID=patient)[0], **how)).data

    one, same, other = (kept(p)["PatientID"] for p in ("secret", "secret ", "other"))
    assert one == same != other
    assert re.fullmatch(r"\(present\) [0-9a-f]{32}", one)
    assert kept("secret", transfer_syntax=make.IMPLICIT)["PatientID"] == one
    assert kept("")["PatientID"] is None


def test_identifying_attributes_of_a_request_are_not_kept_either():
    request = {"ScheduledProcedureStepID": "secret", "RequestedProcedureID": "secret"}
    data = read(pack.to_bytes(make.ct(1, RequestAttributesSequence=[request])[0])).data
    assert set(data["RequestAttributesSequence"][0].values()) == {"(present)"}


def test_contour_data_are_only_counted():
    data = read(pack.to_bytes(make.rtstruct(make.ct(2))[0])).data
    contours = data["ROIContourSequence"][0]["ContourSequence"]
    assert [c["ContourData"] for c in contours] == [9, 9]


@pytest.mark.parametrize(("table", "kept"), [(b"\xff\0", 2), (b"\1\2", -2), (b"", None)])
def test_of_a_table_of_colours_is_kept_how_long_it_is_and_whether_it_can_be_a_text(table, kept):
    images = make.us(1, RedPaletteColorLookupTableData=table)
    for syntax in (make.EXPLICIT, make.IMPLICIT):
        data = read(pack.to_bytes(images[0], syntax)).data
        assert data["RedPaletteColorLookupTableData"] == kept


def test_each_distinct_value_is_converted_once():
    reader = HeaderReader()
    first, second = (reader.read(io.BytesIO(pack.to_bytes(d)), 5000).data for d in make.ct(2))
    assert first["ImageOrientationPatient"] is second["ImageOrientationPatient"]
    assert first["SOPInstanceUID"] != second["SOPInstanceUID"]


def test_every_attribute_of_the_tree_can_be_read():
    """Each keyword, at each place, comes back from a file that has it there."""

    def built(tree):
        return {
            k: [built(items)] if items is not None else SAMPLES[vr_of(k)]
            for k, items in tree.items()
        }

    def kept(found):
        items = {k: v[0] for k, v in found.items() if isinstance(v, tuple)}
        return {k: kept(items[k]) if k in items else None for k in found}

    dataset = make.change(make.sr(), **built(attributes.TREE))[0]
    assert kept(read(pack.to_bytes(dataset)).data) == attributes.TREE


def vr_of(keyword):
    return keywords.vr_of(keyword)


SAMPLES = {
    "OB": b"\1\2",
    "UI": "1.2.3",
    "CS": "CODE",
    "IS": 1,
    "DS": 1.5,
    "US": 1,
    "UL": 1,
    "FD": 1.5,
    "FL": 1.5,
    "SH": "text",
    "LO": "text",
    "DA": "20200101",
    "TM": "101112",
    "DT": "20200101101112",
    "SS": 1,
    "AT": 0x00100010,
    "OW": b"\xff\xff",
}


def test_pydicoms_uid_knows_the_transfer_syntaxes_told_apart_here():
    assert UID(sop_classes.DEFLATED).is_deflated
    assert UID(sop_classes.IMPLICIT_VR).is_implicit_VR
    assert not UID(sop_classes.EXPLICIT_VR).is_implicit_VR
    assert not UID(sop_classes.BIG_ENDIAN).is_little_endian
    assert zlib.MAX_WBITS == 15


def test_values_with_the_same_damage_are_one():
    """Millions of them, of which nothing was taken from the budget, took a GiB."""
    series = element(8, 0x1115, b"SQ", item(element(8, 0x114A, b"US", bytes(2))) * 2)
    first, second = read(CLASS + series + ROWS).data["ReferencedSeriesSequence"]
    assert first["ReferencedInstanceSequence"].reason == "VR US instead of a sequence"
    assert first["ReferencedInstanceSequence"] is second["ReferencedInstanceSequence"]
