"""A report in a real browser: Chromium, driven by Playwright, checked by the axe engine."""

import importlib.resources

import pytest

from fw_gear_viewer_check.checker.judging import check
from fw_gear_viewer_check.reports.html import render_html
from tests import make, pack
from tests.browser.chromium import DESKTOP, PHONE, pytestmark
from tests.survey import archive

__all__ = ["pytestmark"]


def uneven():
    return make.ct(z=[0, 3, 6, 11, 14, 14, 20, 30], RequestedProcedureID=make.ABSENT)


def four_d():
    return make.mr(z=[0, 3, 6] * 2, TemporalPositionIdentifier=make.each(1, 1, 1, 2, 2, 2))


def several():
    ultrasound = make.us(2, PhotometricInterpretation="PALETTE COLOR", BurnedInAnnotation="NO")
    return [*make.ct(4), *ultrasound, *make.seg(make.ct(4)), *make.pt(3, Units="PROPCNT")]


def long_names():
    names = [f"{'very_long_folder_name_' * 4}/{n:04}.dcm" for n in range(6)]
    return dict(zip(names, map(pack.to_bytes, make.ct(z=[0, 3, 6, 11, 14, 17])), strict=True))


REPORTS = {
    "uneven": uneven,
    "4D": four_d,
    "several": several,
    "long names": long_names,
    "nothing readable": lambda: {"notes.txt": b"no DICOM at all"},
}


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    """Write each report once; return their paths."""
    folder = tmp_path_factory.mktemp("reports")
    written = {}
    for name, maker in REPORTS.items():
        source = pack.zip_file(folder, maker(), name=f"{name}.zip")
        written[name] = folder / f"{name}.html"
        page = render_html(check(source), source=source)
        written[name].write_text(page, encoding="utf-8")
    archive.surveyed(archive.mixed(folder), "--out", folder / "out", "--jobs", "1")
    written["survey"] = folder / "out" / "survey.html"
    return written


@pytest.fixture
def opened(browser, pages):
    """Open a report; fail at the end on what the browser complained about."""
    contexts, complaints = [], []

    def open_page(name, viewport=DESKTOP, colours="light"):
        context = browser.new_context(viewport=viewport, color_scheme=colours)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", lambda request: complaints.append(request.url))
        page.goto(pages[name].as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(params=[*REPORTS, "survey"])
def name(request):
    return request.param


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_accessibility_engine_has_no_complaint(opened, name, colours, viewport):
    page = opened(name, viewport, colours)
    for fold in page.locator("details").all():
        fold.evaluate("fold => { fold.open = true }")
    package = importlib.resources.files("axe_playwright_python")
    page.evaluate(package.joinpath("axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")
    assert found["passes"]
    told = [
        (v["id"], v["nodes"][0]["html"], v["nodes"][0]["failureSummary"])
        for v in found["violations"]
    ]
    assert told == []


def test_nothing_sticks_out_on_a_phone(opened, name):
    page = opened(name, PHONE)
    for fold in page.locator("details").all():
        fold.evaluate("fold => { fold.open = true }")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_share_is_seen_whole_on_a_phone(opened):
    """Half a bar, or a number without its last digits, would tell another share."""
    page = opened("survey", PHONE)
    assert not page.locator(".shares .bar").first.is_visible()
    for cell in page.locator(".shares tbody td:nth-child(4)").all():
        box = cell.bounding_box()
        assert box["x"] + box["width"] <= PHONE["width"]


def test_only_the_file_itself_is_loaded(browser, pages, name):
    context = browser.new_context()
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url.partition(":")[0]))
    page.goto(pages[name].as_uri())
    context.close()
    assert set(asked) <= {"file", "data"}
    assert asked.count("file") == 1


def test_tiles_show_their_state_in_words_and_colour(opened):
    page = opened("uneven")
    tile = page.locator('.tile[data-capability="v3_mpr"]')
    assert tile.locator(".state").inner_text().split() == ["✗", "FAIL"]
    fail = tile.evaluate("tile => getComputedStyle(tile).color")
    opens = page.locator('.tile[data-capability="v3_open"]')
    assert opens.locator(".state").inner_text().split() == ["✓", "PASS"]
    assert opens.evaluate("tile => getComputedStyle(tile).color") != fail


def test_the_first_screen_tells_the_state_and_the_next_step(opened):
    page = opened("several")
    for selector in (".banner", ".tile >> nth=6", ".next li >> nth=0"):
        box = page.locator(selector).bounding_box()
        assert box["y"] + box["height"] <= DESKTOP["height"]


def test_a_tile_leads_to_its_reasons_and_opens_them(opened):
    page = opened("uneven")
    reasons = page.locator("#s1-v2_open")
    assert not reasons.is_visible()
    page.get_by_role("link", name="V2 opens it: only if you use V2").click()
    assert reasons.is_visible()
    assert page.url.endswith("#s1-v2_open")


def test_five_questions_are_answered_on_the_first_screen(opened):
    """Can I measure, why no MPR, which images, what do I do, is V2 my problem."""
    page = opened("uneven")
    answers = {
        "measure": page.get_by_role("heading", name="with measurements; no MPR or 3D: several"),
        "MPR": page.get_by_role("link", name="MPR and 3D: several images at one position"),
        "which": page.get_by_text("images: 0", exact=False).first,
        "do": page.get_by_role("heading", name="What to do next"),
        "V2": page.get_by_role("link", name="V2 opens it: only if you use V2"),
    }
    for answer in answers.values():
        box = answer.bounding_box()
        assert box["y"] + box["height"] <= DESKTOP["height"]


def test_the_config_of_a_gear_is_selected_whole(opened):
    page = opened("4D")
    page.locator(".next .config summary").first.click()
    config = page.locator(".next .config pre").first
    config.click()
    assert page.evaluate("getSelection().toString()").strip() == config.inner_text().strip()


def test_folds_open_by_keyboard(opened):
    page = opened("uneven")
    page.locator(".problem > summary").first.click()
    fold = page.locator(".card details").first
    assert not fold.locator("ul").is_visible()
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    assert fold.locator("li").first.is_visible()
    assert fold.locator("li").first.inner_text().endswith(".dcm")


def test_paper_shows_what_is_folded(opened):
    page = opened("uneven")
    names = page.locator(".card details ul").first
    assert not names.is_visible()
    page.emulate_media(media="print")
    assert names.is_visible()
    assert names.bounding_box()["height"] > 0


def test_pictures_have_names_and_are_seen_in_the_dark(opened):
    page = opened("uneven", colours="dark")
    picture = page.get_by_role("img", name="gaps range from")
    assert picture.bounding_box()["height"] > 100
    colour = "shape => getComputedStyle(shape).stroke"
    stroke = picture.locator("path").first.evaluate(colour)
    page.emulate_media(color_scheme="light")
    assert picture.locator("path").first.evaluate(colour) != stroke


def test_the_thumbnail_is_decoded_by_the_browser(opened):
    page = opened("uneven")
    assert page.locator(".thumb img").evaluate("image => image.naturalWidth") == 4
