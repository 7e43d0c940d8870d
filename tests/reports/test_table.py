import io

import pandas as pd
import pytest

from fw_gear_viewer_check.model import text
from fw_gear_viewer_check.reports import csv_table, rows
from fw_gear_viewer_check.requirements.types import Status
from fw_gear_viewer_check.system.files import write_text
from tests import hand_made


def read_back(text):
    return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)


def cells(**changes):
    made = hand_made.report(hand_made.series_report(hand_made.result(**changes)))
    return read_back(csv_table.to_csv(made)).iloc[0]


def test_columns_are_those_of_the_contract_in_order():
    header = csv_table.to_csv(hand_made.report()).splitlines()[0]
    assert header == (
        "file,series_instance_uid,modality,capability,requirement,title,level,status,"
        "affected,checked,examples,evidence,repair,repair_gear,repair_config,source"
    )


def test_one_row_per_series_and_requirement_in_their_order():
    first = hand_made.series_report(
        hand_made.result(Status.PASS, "V3-101"), hand_made.result(), uid="1.2.3"
    )
    second = hand_made.series_report(
        hand_made.result(Status.NOT_APPLICABLE, "ZIP-101"), uid="1.2.4"
    )
    table_read = read_back(csv_table.to_csv(hand_made.report(first, second)))
    assert list(zip(table_read["series_instance_uid"], table_read["requirement"], strict=True)) == [
        ("1.2.3", "V3-101"),
        ("1.2.3", "MPR-205"),
        ("1.2.4", "ZIP-101"),
    ]


def test_a_row_says_what_was_found():
    row = cells(affected=[f"{n}.dcm" for n in range(12)], checked=40)
    assert dict(row) == {
        "file": "scan.dicom.zip",
        "series_instance_uid": "1.2.3",
        "modality": "CT",
        "capability": "v3_mpr",
        "requirement": "MPR-205",
        "title": "Images are evenly spaced",
        "level": "required",
        "status": "FAIL",
        "affected": "12",
        "checked": "40",
        "examples": "0.dcm;1.dcm;2.dcm;3.dcm;4.dcm;5.dcm;6.dcm;7.dcm;8.dcm;9.dcm",
        "evidence": "gaps of 1 mm and 7 mm",
        "repair": "Split the series with dicom-splitter.",
        "repair_gear": "dicom-splitter",
        "repair_config": '{"group_by": "EchoTime", "delete_input": false}',
        "source": "Single-frame data",
    }


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff20"])
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(start):
    row = cells(affected=[f"{start}cmd.dcm"], evidence=f"{start}SUM(A1)")
    assert row["examples"] == f"'{text.printable(start)}cmd.dcm"
    assert row["evidence"] == f"'{text.printable(start)}SUM(A1)"


def test_where_semicolons_separate_cells_no_formula_begins_behind_one():
    """Names of members are joined by them, and may hold some."""
    row = cells(affected=["a;=HYPERLINK(evil)", "+1.dcm", 'b;"=2'])
    assert row["examples"] == "a;'=HYPERLINK(evil);'+1.dcm;b;'\"=2"


def test_other_cells_stay_as_they_are():
    row = cells(affected=["a=b.dcm"], evidence="5 - 3 of 7, +1")
    assert (row["examples"], row["evidence"]) == ("a=b.dcm", "5 - 3 of 7, +1")


@pytest.mark.parametrize("name", ["a\nb", "a\r\nb", "a\x00b", "a\x85b", "a\u2028b", "a\x1bb"])
def test_a_row_stays_one_line_whatever_a_member_is_called(name):
    text = csv_table.to_csv(
        hand_made.report(hand_made.series_report(hand_made.result(affected=[name])))
    )
    assert len(text.splitlines()) == 2
    assert read_back(text).iloc[0]["examples"] == name.encode("unicode_escape").decode()


def test_names_of_all_languages_are_kept():
    name = "São Paulo\u3000脳 🧠.dcm"
    assert cells(affected=[name])["examples"] == name


def test_a_name_that_is_no_utf8_can_be_written(tmp_path):
    made = hand_made.report(hand_made.series_report(hand_made.result(affected=["a\udcff.dcm"])))
    write_text(tmp_path / "a.csv", csv_table.to_csv(made))
    assert rb"a\udcff.dcm" in (tmp_path / "a.csv").read_bytes()


def test_quotes_commas_and_semicolons_come_back():
    row = cells(evidence='a "b", c;d')
    assert row["evidence"] == 'a "b", c;d'


def test_the_same_report_gives_the_same_bytes(tmp_path):
    for name in ("a.csv", "b.csv"):
        write_text(tmp_path / name, csv_table.to_csv(hand_made.report()))
    first, second = ((tmp_path / name).read_bytes() for name in ("a.csv", "b.csv"))
    assert first == second
    assert first.endswith(b"\n")
    assert b"\r" not in first


def test_data_frame_has_numbers_and_unguarded_texts():
    made = hand_made.report(hand_made.series_report(hand_made.result(evidence="-1", checked=3)))
    frame = csv_table.to_dataframe(made)
    assert list(frame.columns) == list(rows.COLUMNS)
    assert frame["checked"].sum() == 3
    assert frame["evidence"][0] == "-1"


@pytest.mark.parametrize("status", list(Status))
def test_pandas_reads_every_status_with_its_defaults(status):
    made = hand_made.report(hand_made.series_report(hand_made.result(status)))
    frame = pd.read_csv(io.StringIO(csv_table.to_csv(made)))
    assert list(frame["status"]) == [status.value]
