"""The words of survey.html."""

import json
import re
from dataclasses import replace

from fw_gear_viewer_check.requirements.registry import BY_ID
from fw_gear_viewer_check.requirements.types import DEFAULT_REQUIRE, Capability, Status
from fw_gear_viewer_check.survey.page import render_page
from fw_gear_viewer_check.survey.rollup import RollUp, SeriesRow


def one(overall=Status.PASS, **changes):
    """Return the row of a series."""
    row = SeriesRow(
        name="series.zip",
        series_instance_uid="1.2.3",
        modality="CT",
        instances=4,
        overall=overall,
        verdicts=(Status.PASS,) * len(Capability),
    )
    return replace(row, **changes)


def page_of(*series):
    """Return the page about these series, each an input of its own, without its tags."""
    rollup = RollUp()
    for row in series:
        rollup.inputs += 1
        rollup.add(row)
    html = render_page(rollup, DEFAULT_REQUIRE).partition("<body>")[2]
    return html, " ".join(re.sub(r"<[^>]*>", " ", html).split())


def failing_mpr():
    verdicts = (*[Status.PASS] * 3, Status.FAIL, *[Status.PASS] * 3)
    return one(verdicts=verdicts, failing=("MPR-205",))


def test_a_note_is_told_as_not_met():
    _, text = page_of(one(notes=("MPR-206",)), one(notes=("MPR-206",)))
    assert f"Not met by 2 series: {BY_ID['MPR-206'].title} MPR-206" in text


def test_what_works_for_some_has_no_sign_beside_the_number_of_those():
    """A cross beside "1 of 2" would read as: 1 of 2 fails."""
    html, _ = page_of(one(), failing_mpr())
    assert '<span class="share fail">1 of 2</span>' in html
    assert '<span class="share pass"><span aria-hidden="true">✓</span> 2 of 2</span>' in html
    html, _ = page_of(failing_mpr())
    assert '<span class="share fail"><span aria-hidden="true">✗</span> 0 of 1</span>' in html


def test_few_are_counted_in_words_that_fit():
    html, text = page_of(one(Status.UNKNOWN, unknown=("SEG-101",)), failing_mpr())
    assert "1 series cannot be determined · Segmentation overlay" in text
    assert "1 series fails · MPR and 3D" in text
    assert 'class="card unknown" id="fail-SEG-101"' in html
    assert "4 DICOM files in 1 input" in page_of(one())[1]


def test_an_input_without_dicom_does_not_list_all_that_it_lacks():
    html, text = page_of(one(Status.FAIL, instances=0, modality="", failing=("ZIP-103", "V2-101")))
    (row,) = json.loads(html.partition('id="rows">')[2].partition("</script>")[0])["rows"]
    assert "V2-101" not in str(row)
    assert "1 input Why The viewer shows only DICOM" in text
    assert '<option value="V2-101">' not in html


def test_a_file_of_a_project_without_dicom_does_not_list_them_either():
    bad = one(Status.FAIL, instances=0, modality="", state="checked", failing=("V2-101",))
    assert "V2-101" not in page_of(bad)[0]


def test_what_nobody_fails_lists_nothing_and_what_has_no_repair_names_none():
    unknown = one(Status.UNKNOWN, unknown=("SEG-101",), repairs={})
    html, text = page_of(unknown)
    assert 'data-filter="reason=SEG-101">0<' not in html
    assert "What to do Examples" not in text


def test_each_repair_is_told_with_its_number():
    rows = [
        one(failing=("MPR-205",), repairs={"MPR-205": text})
        for text in ("Split it.", "Export it again.", "Split it.")
    ]
    _, text = page_of(*rows)
    assert "What to do for 2 series Split it. What to do for 1 series Export it again." in text


def test_long_names_are_kept_as_they_are_shown():
    """Of 40,000 rows each kept the whole path, of up to 76 KB."""
    rollup = RollUp()
    for n in range(3):
        rollup.add(SeriesRow(f"{n}{'x' * 10_000}.zip", problem="broken" if n else ""))
    kept = [row for rows in (rollup.lacking, rollup.complete) for _, row in rows]
    assert {len(row.name) for row in (*kept, *rollup.unchecked)} == {201}
