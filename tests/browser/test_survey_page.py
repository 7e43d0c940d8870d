"""The page about many series in a real browser: 20,000 rows stay fluid."""

import importlib.resources
import itertools
import time
from dataclasses import replace

import pytest

from fw_gear_viewer_check.requirements.types import DEFAULT_REQUIRE, Capability, Status
from fw_gear_viewer_check.survey.page import PROJECT, render_page
from fw_gear_viewer_check.survey.rollup import MOST_LISTED, RollUp, SeriesRow
from tests.browser.chromium import DESKTOP, PHONE, pytestmark

__all__ = ["pytestmark"]

MODALITIES = ("CT", "MR", "PT", "SEG")
FLUID_SECONDS = 1.0
"""Far above what it takes (some 50 ms), for a machine that does other things too."""


def row(number):
    """Return a row: every 4th series has no MPR, every 10th does not open."""
    verdicts = dict.fromkeys(Capability, Status.PASS)
    failing = []
    if number % 4 == 0:
        verdicts[Capability.V3_MPR] = Status.FAIL
        failing.append("MPR-205")
    if number % 10 == 0:
        verdicts[Capability.V3_OPEN] = Status.FAIL
        failing.append("V3-101")
    return SeriesRow(
        name=f"/archive/<b>subject {number % 97}</b>/{number:05}.dicom.zip",
        series_instance_uid=f"1.2.840.{number}",
        modality=MODALITIES[number % 4],
        instances=20,
        overall=Status.FAIL if number % 10 == 0 else Status.PASS,
        verdicts=tuple(verdicts.values()),
        failing=tuple(failing),
        repairs={"MPR-205": "Run dicom-splitter.", "V3-101": "Re-export the series."},
        link=f"reports/{number}.html",
    )


def page_of(count):
    rollup = RollUp()
    for number in range(count):
        rollup.inputs += 1
        rollup.add(row(number))
    return render_page(rollup, DEFAULT_REQUIRE)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("survey") / "survey.html"
    path.write_text(page_of(MOST_LISTED), encoding="utf-8")
    assert path.stat().st_size < 6 << 20
    return path


@pytest.fixture
def page(browser, path):
    context = browser.new_context(viewport=DESKTOP)
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path.as_uri())
    yield page
    context.close()
    assert complaints == []


def found(page):
    return page.locator("#count").inner_text().partition(" of ")[0]


def field(page, name):
    return page.locator(f'#filters [name="{name}"]')


def names(page):
    return page.locator("#found-rows th a").all_inner_texts()


def test_rows_are_searched_filtered_and_combined(page):
    assert found(page) == "20,000"
    field(page, "search").fill("subject 12< 1.2.840")
    assert found(page) == f"{len(range(12, 20_000, 97)):,}"
    page.get_by_role("button", name="Clear").click()
    page.wait_for_function("document.getElementById('count').textContent.startsWith('20,000')")
    field(page, "verdict").select_option(label="No MPR or 3D")
    assert found(page) == "5,000"
    field(page, "reason").select_option("V3-101")
    assert found(page) == "1,000"
    field(page, "modality").select_option("MR")
    assert found(page) == "0"


@pytest.mark.parametrize(("capability", "count"), [("v3_mpr", "5,000"), ("v3_open", "2,000")])
def test_a_number_lists_what_it_counts(page, capability, count):
    """What has no MPR is as easy to list as what does not open."""
    field(page, "search").fill("nothing like this")
    page.locator(f'tr[data-capability="{capability}"]').get_by_role("link", name=count).click()
    assert found(page) == count
    assert page.locator("#found").is_visible()


def test_columns_are_sorted_both_ways_and_by_keyboard(page):
    head = page.get_by_role("button", name="MPR", exact=True)
    head.focus()
    page.keyboard.press("Enter")
    assert names(page)[0].endswith("00000.dicom.zip")
    assert names(page)[1].endswith("00004.dicom.zip")
    column = head.locator("xpath=..")
    assert column.get_attribute("aria-sort") == "ascending"
    page.keyboard.press("Enter")
    assert column.get_attribute("aria-sort") == "descending"
    assert names(page)[0].endswith("00001.dicom.zip")


def test_pages_are_turned(page):
    first = names(page)
    page.get_by_role("button", name="Next").click()
    second = names(page)
    assert (len(first), len(second), len({*first, *second})) == (100, 100, 200)
    assert page.get_by_role("button", name="Previous").is_enabled()


def test_names_are_text_and_links_lead_to_reports(page):
    assert "<b>subject 0</b>" in names(page)[0]
    assert page.locator("#found-rows b").count() == 0
    assert page.locator("#found-rows a").first.get_attribute("href") == "reports/0.html"


def test_20_000_rows_stay_fluid(page):
    took = {}
    for word in ("subject 12", "1.2.840.1", "00001"):
        started = time.monotonic()
        field(page, "search").fill(word)
        assert found(page) != "20,000"
        took[word] = time.monotonic() - started
    field(page, "search").fill("")
    for head in ("Series", "In the viewer", "V3"):
        started = time.monotonic()
        page.get_by_role("button", name=head, exact=True).click()
        assert found(page) == "20,000"
        took[head] = time.monotonic() - started
    assert max(took.values()) < FLUID_SECONDS, took


def test_a_phone_reaches_everything(browser, path):
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for name in ("search", "verdict", "modality", "reason"):
        box = field(page, name).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
    context.close()


def test_without_script_the_table_names_the_csv(browser, path):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    assert page.locator("noscript a").get_attribute("href") == "series.csv"
    assert not page.locator("#filters").is_visible()
    context.close()


def test_above_20_000_rows_the_csv_is_named():
    html = page_of(MOST_LISTED + 500)
    assert "The table has 20,000 of 20,500" in html
    for number in itertools.chain(range(0, 20_500, 4), range(0, 20_500, 10)):
        assert f'"reports/{number}.html"' in html  # what lacks something is in it


@pytest.fixture(scope="module")
def report_path(tmp_path_factory):
    """Write the page of the gear viewer-check-report: with states and subjects."""
    rollup = RollUp()
    for number in range(300):
        state = ("checked", "stale", "never checked", "not readable")[number % 4]
        problem = state if number % 4 > 1 else ""
        file = replace(row(number), problem=problem, state=state, group=f"Subject {number % 3}")
        rollup.add(file)
    path = tmp_path_factory.mktemp("report") / "viewer_check_report.html"
    page = render_page(rollup, DEFAULT_REQUIRE, PROJECT, remarks=("75 files changed.",))
    path.write_text(page, encoding="utf-8")
    return path


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_report_of_a_project_is_accessible(browser, report_path, viewport, colours):
    context = browser.new_context(viewport=viewport, color_scheme=colours)
    page = context.new_page()
    page.goto(report_path.as_uri())
    for fold in page.locator("details").all():
        fold.evaluate("fold => { fold.open = true }")
    package = importlib.resources.files("axe_playwright_python")
    page.evaluate(package.joinpath("axe.min.js").read_text(encoding="utf-8"))
    violations = page.evaluate("axe.run()")["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    context.close()


def test_a_state_lists_its_files(browser, report_path):
    context = browser.new_context(viewport=DESKTOP)
    page = context.new_page()
    page.goto(report_path.as_uri())
    page.get_by_role("link", name="75 never checked").click()
    assert found(page) == "75"
    assert set(page.locator("#found-rows td:nth-child(4)").all_inner_texts()) == {"never checked"}
    context.close()
