import re
import xml.etree.ElementTree as ET

import pytest

from fw_gear_viewer_check.reports import drawing
from fw_gear_viewer_check.reports.pictures import pictures_of
from fw_gear_viewer_check.reports.svg import with_ids
from tests import make, pack

COSINES = [1, 0, 0, 0, 1, 0]
TILTED = [1, 0, 0, 0, 0, -1]


def pictures(datasets):
    (series,) = pack.read(datasets)
    return pictures_of(series)


def legend_of(picture):
    return {key.kind: key.text for key in picture.legend}


def strokes(picture, colour):
    """Number of strokes in the paths of a colour."""
    root = ET.fromstring(picture.svg)  # noqa: S314 - ours
    paths = [e.get("d") for e in root.iter() if f"stroke: var({colour})" in e.get("style", "")]
    return max((path.count("M") for path in paths if path), default=0)


@pytest.mark.parametrize(
    "datasets",
    [make.ct(1), make.ct(2), make.cr(4), make.us(4), make.sr(), make.seg(make.ct(5))],
    ids=["one image", "two images", "X-rays", "ultrasound", "report", "segmentation"],
)
def test_where_nothing_can_be_compared_there_is_no_picture(datasets):
    assert pictures(datasets) == ()


def test_of_an_even_series_there_is_nothing_to_see():
    assert pictures(make.ct(7)) == ()


def test_a_series_with_a_missing_image_has_a_picture_of_its_places():
    (picture,) = pictures(make.ct(z=[0, 3, 6, 12, 15, 18, 21]))
    legend = legend_of(picture)
    assert legend["image"] == "7 images, a stroke each"
    assert legend["even"] == "5 gaps as expected"
    assert legend["band"] == "allowed: 3.00 mm ± 0.2 mm"
    assert strokes(picture, "--plot-ink") == 7


def test_missing_images_uneven_gaps_and_repeated_places_are_marked():
    z = [3.0 * n for n in range(20) if n not in (5, 6, 12)]
    z[14] += 0.9
    (picture,) = pictures(make.ct(z=[*z, z[3]]))
    legend = legend_of(picture)
    assert legend["missing"] == "2 gaps with images missing (3 images, a dashed stroke each)"
    assert legend["odd"] == "2 gaps of another size"
    assert legend["same"] == "1 pair at one place"
    assert strokes(picture, "--plot-missing") == 3
    assert all(text in picture.alt for text in legend.values())


def test_a_gap_larger_than_the_picture_is_said():
    (picture,) = pictures(make.ct(z=[0, 3, 6, 9, 12, 15, 1015.5]))
    assert legend_of(picture)["cut"] == "1 gap larger than the picture"


def test_missing_images_that_are_too_many_to_be_drawn_are_not_said_to_be():
    (picture,) = pictures(make.ct(z=[0, 3, 6, 9, 12, 15, 3015]))
    assert legend_of(picture)["missing"].endswith("(999 images, dashed strokes)")


def test_frames_are_drawn_like_images():
    (picture,) = pictures(make.enhanced_mr(z=[0, 3, 6, 11, 14]))
    assert legend_of(picture)["odd"] == "4 gaps of another size"


def test_tilted_images_are_drawn_instead_of_gaps():
    orientations = make.each(*[COSINES] * 5, *[TILTED] * 2)
    (picture,) = pictures(make.ct(7, ImageOrientationPatient=orientations))
    assert "tilted" in picture.title
    assert legend_of(picture)["odd"] == "2 images tilted against the first"
    assert "The largest difference is 1.000." in picture.alt


def test_images_are_counted_in_whole_numbers():
    orientations = make.each(*[COSINES] * 17, *[TILTED] * 3)
    (picture,) = pictures(make.ct(20, ImageOrientationPatient=orientations))
    axis = picture.svg.partition("image, in order of position")[0]
    labels = re.findall(r">(\d+(?:\.\d+)?)</text>", axis)
    assert "18" in labels
    assert not [label for label in labels if label.endswith(".5")]


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        (
            {"TemporalPositionIdentifier": make.each(1, 1, 1, 1, 2, 2, 2, 2)},
            "TemporalPositionIdentifier tells them apart: split by it into 2 volumes",
        ),
        ({}, "no attribute was found that tells them apart"),
    ],
    ids=["told apart", "not told apart"],
)
def test_a_4d_series_says_what_splits_it(changes, cause):
    (picture,) = pictures(make.mr(z=[0, 3, 6, 9] * 2, **changes))
    assert picture.title == "2 images at each place: 2 volumes in one series"
    assert legend_of(picture) == {"band": f"2 images at a place; {cause}"}
    assert picture.alt.startswith("4 places along the scan axis.")


def test_places_with_another_number_of_images_are_marked():
    first, *_ = pictures(make.mr(z=[0, 3, 6, 9, 0, 3, 6]))
    assert first.title == "2 images at most places: 2 volumes in one series"
    assert legend_of(first)["odd"] == "1 place with another number of images"


def test_an_uneven_4d_series_has_a_picture_of_its_gaps_too():
    _, second = pictures(make.mr(z=[0, 3, 6, 11] * 2))
    assert second.title == "Where the places lie, and the gaps between them"


def test_a_drawing_follows_the_page_and_has_ids_of_its_own():
    (picture,) = pictures(make.ct(z=[0, 3, 6, 11, 14, 14]))
    assert not re.search(r"#[0-9a-fA-F]{6}", picture.svg)
    assert "font-size" in picture.svg
    first, second = (with_ids(picture.svg, prefix) for prefix in ("a-", "b-"))
    ids = [set(re.findall(r'\bid="([^"]+)"', svg)) for svg in (first, second)]
    assert ids[0]
    assert not ids[0] & ids[1]
    for svg, known in zip((first, second), ids, strict=True):
        assert set(re.findall(r'(?:href="#|url\(#)([\w-]+)', svg)) == known
    assert drawing.svg.PLACE_HOLDER not in first


def test_the_same_series_gives_the_same_drawing():
    assert pictures(make.ct(z=[0, 3, 7])) == pictures(make.ct(z=[0, 3, 7]))


@pytest.mark.parametrize("count", [5, 480, 481, 20_000])
def test_crowded_marks_are_gathered_and_the_extremes_kept(count):
    x = [float(n) for n in range(count)]
    y = [((7919 * n) % 1013) / 1013 for n in range(count)]
    y[count // 2] = 99.0
    thin_x, thin_y = drawing.thinned(x, y)
    assert len(thin_x) == len(thin_y) <= 2 * drawing.COLUMNS + 2
    assert 99.0 in thin_y
    assert min(thin_y) == min(y)
    if count <= 480:
        assert (thin_x, thin_y) == (x, y)
