"""Make the pictures of the README: ``make pictures`` (needs Chromium).

The series are made up: nothing in the pictures is of a patient.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tempfile
from itertools import chain
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from examples.make_demo import write_series
from fw_gear_viewer_check.reports.html import render_html
from fw_gear_viewer_check.reports.library import check
from tests import pack
from tests.situations.table import TABLE

FOLDER = Path(__file__).with_name("pictures")
CHROMIUM = "/usr/bin/chromium"
WIDTH, HEIGHT = 1000, 800
COLOURS = 64
"""Enough for a page of text, and a third of the bytes."""


def main() -> None:
    """Take a picture of the report of a series, and one of the survey of many."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for picture, page in (("report", report_in(folder)), ("survey", survey_in(folder))):
            _screenshot(page).save(FOLDER / f"{picture}.png", optimize=True)


def report_in(folder: Path) -> Path:
    """Write the report of a series in which one image is displaced."""
    series, page = folder / "ball.dicom.zip", folder / "report.html"
    write_series(series, displaced_mm=1.5)
    page.write_text(render_html(check(series), source=series), encoding="utf-8")
    return page


def survey_in(folder: Path) -> Path:
    """Survey the situations of docs/situations.md that are one series each, a zip each."""
    root, out = folder / "archive", folder / "out"
    root.mkdir()
    for number, situation in enumerate(chain.from_iterable(TABLE.values())):
        images = situation.make()
        if not isinstance(images, list) or len({d.get("SeriesInstanceUID") for d in images}) > 1:
            continue
        for image in images:
            # The situations have their UIDs in common.
            image.SeriesInstanceUID, image.StudyInstanceUID = f"1.2.3.{number}", f"1.2.4.{number}"
        name = re.sub(r"\W+", "-", situation.name).strip("-")
        pack.zip_file(root, images, f"{name}.dicom.zip")  # type: ignore[no-untyped-call]
    command = ["-m", "fw_gear_viewer_check", "survey", root.name, "--out", out.name]
    subprocess.run([sys.executable, *command, "--jobs", "1"], check=True, cwd=folder)
    return out / "survey.html"


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
