"""Make the pictures of the README: ``python docs/make_pictures.py`` (needs Chromium).

The series are made up: nothing in the pictures is of a patient.
"""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from examples.make_demo import write_series
from fw_gear_viewer_check.reports.html import write_html
from fw_gear_viewer_check.reports.library import check

FOLDER = Path(__file__).with_name("pictures")
CHROMIUM = "/usr/bin/chromium"
WIDTH, HEIGHT = 1100, 900
COLOURS = 64
"""Enough for a page of text, and a third of the bytes."""


def main() -> None:
    """Check a made-up series in which one image is displaced, and take a picture of its report."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        series = folder / "ball.dicom.zip"
        write_series(series, displaced_mm=1.5)
        page = folder / "report.html"
        write_html(check(series), page, source=series)
        picture = _screenshot(page)
    picture.save(FOLDER / "report.png", optimize=True)


def _screenshot(page: Path) -> Image.Image:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        tab.goto(page.as_uri())
        shot = tab.screenshot()
        browser.close()
    return Image.open(io.BytesIO(shot)).convert("P", palette=Image.Palette.ADAPTIVE, colors=COLOURS)


if __name__ == "__main__":
    main()
