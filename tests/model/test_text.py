import pytest

from fw_gear_viewer_check.model import text

HOSTILE = ("DOE^JANE", "Jane Doe", "1970-01-01", "a\nb", "=1+1", "1.2.\u0663", "\x1b[31m", "A" * 65)


@pytest.mark.parametrize("value", ["1.2.840.10008.5.1.4.1.1.2", "2.25.1", "1.02.3", ""])
def test_a_uid_is_shown(value):
    assert text.uid(value) == value


@pytest.mark.parametrize(
    "value",
    [
        *HOSTILE,
        "19700101",
        "1." + "2" * 63,
        ".1.2",
        "1..2",
        "1.2",
        "4711.0815",
        "4711.0.815",
        "1.2.1970",
        "01.12.70",
        "1.2.3\n",
    ],
)
def test_what_is_no_uid_is_not_shown(value):
    assert text.uid(value) == text.NOT_SHOWN


@pytest.mark.parametrize("value", ["CT", "RTSTRUCT", "M3D", ""])
def test_a_coded_value_is_shown(value):
    assert text.code(value) == value


@pytest.mark.parametrize("value", [*HOSTILE, "ct", "A" * 17, "CT\n", "DOE JANE", "DOE", "19700101"])
def test_what_is_no_coded_value_is_not_shown(value):
    assert text.code(value) == text.NOT_SHOWN


@pytest.mark.parametrize(
    "value", ["BQML", "PROPCPS", "START", "RECON TOMO", 512, 0.5, -1.5e-05, ""]
)
def test_evidence_quotes_codes_and_numbers(value):
    assert text.quoted(value) == str(value)


@pytest.mark.parametrize(
    "value",
    [
        "DOE^JANE",
        "DOE JANE",
        "DOE",
        "a\nb",
        "=SUM(A1)",
        "19700101",
        "512",
        19700101,
        19700101.0,
        (1, 2),
        None,
    ],
)
def test_evidence_quotes_nothing_else(value):
    assert text.quoted(value) == text.NOT_SHOWN


@pytest.mark.parametrize("value", [19700131, -19700131.0, 1e6, float("nan"), float("inf")])
def test_a_number_of_a_million_and_more_is_shown_in_no_format(value):
    for form in ("", "g", ",.0f", ".2f"):
        assert text.number(value, form) == text.NOT_SHOWN


def test_a_number_is_shown_unless_another_leads_from_it_to_a_date():
    assert text.number(999_999, ",") == "999,999"
    assert text.number(-2.5, ".2f", 0, 512) == "-2.50"
    assert text.number(2.5, ".2f", 0, 19700131) == text.NOT_SHOWN


def test_the_name_of_a_class_is_that_of_the_dictionary_or_its_uid():
    assert text.uid_name("1.2.840.10008.5.1.4.1.1.2") == "CT Image Storage"
    assert text.uid_name("1.2.3.4") == "1.2.3.4"
    assert text.uid_name("") == "none"
    assert text.uid_name("DOE^JANE") == text.NOT_SHOWN


def test_a_sentence_has_a_capital_and_one_full_stop():
    assert text.sentence("no image.") == text.sentence("no image") == "No image."
    assert text.sentence("") == ""


@pytest.mark.parametrize(
    ("name", "length", "cut"), [("abcdefghij", 10, "abcdefghij"), ("abcdefghij", 7, "ab…ghij")]
)
def test_a_long_name_loses_its_middle(name, length, cut):
    assert text.cut_middle(name, length) == cut
