"""What the documentation shows and links to is there (docs-check holds the made pages)."""

import inspect
import re
from pathlib import Path

import pytest
from PIL import Image

import fw_gear_viewer_check
from docs import make_api

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
MOST_BYTES = 60_000
"""Of a picture: whoever clones the repository gets all of them."""


@pytest.mark.parametrize("name", ["report", "survey"])
def test_the_readme_shows_a_small_picture(name):
    path = ROOT / "docs" / "pictures" / f"{name}.png"
    assert f"(docs/pictures/{name}.png)" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert path.stat().st_size < MOST_BYTES
    with Image.open(path) as picture:
        assert picture.width <= 1200


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_lead_to_files_that_are_there(page):
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_public_name_is_described_with_its_parameters():
    page = make_api.page()
    for name in fw_gear_viewer_check.__all__:
        assert f"### `{name}`\n\n" in page
        assert not re.search(rf"### `{name}`\s+(###|$)", page), f"{name} has no text"
    for parameter in inspect.signature(fw_gear_viewer_check.check).parameters:
        assert f"- `{parameter}`: " in page
    for method in ("to_dataframe", "to_html", "to_json"):
        assert f"Report.{method}() -> " in page
    assert " at 0x" not in page


def test_a_name_that_is_not_described_stops_the_page(monkeypatch):
    monkeypatch.setattr(fw_gear_viewer_check, "__all__", [*fw_gear_viewer_check.__all__, "new"])
    with pytest.raises(SystemExit, match="PUBLIC"):
        make_api.page()
