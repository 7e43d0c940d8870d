import re

import pytest

from fw_gear_viewer_check.reports import plot
from fw_gear_viewer_check.reports.pictures import pictures_of
from tests import make, pack

COSINES = [1, 0, 0, 0, 1, 0]
TILTED = [1, 0, 0, 0, 0, -1]


def pictures(datasets):
    (series,) = pack.read(datasets)
    return pictures_of(series)


def legend_of(picture):
    return {key.kind: key.text for key in picture.legend}


def drawn(picture, kind):
    """Number of marks or lines of a kind."""
    return sum(data.count("M") for name, data in picture.plot.paths if name == kind)


def numbers(picture):
    return [label.text for label in picture.plot.labels if label.kind == "number"]


@pytest.mark.parametrize(
    "datasets",
    [make.ct(1), make.ct(2), make.cr(4), make.us(4), make.sr(), make.seg(make.ct(5))],
    ids=["one image", "two images", "X-rays", "ultrasound", "report", "segmentation"],
)
def test_where_nothing_can_be_compared_there_is_no_picture(datasets):
    assert pictures(datasets) == ()


def test_of_an_even_series_there_is_nothing_to_see():
    assert pictures(make.ct(7)) == ()


def test_a_series_with_a_missing_image_has_a_picture_of_its_gaps():
    (picture,) = pictures(make.ct(z=[0, 3, 6, 12, 15, 18, 21]))
    legend = legend_of(picture)
    assert picture.title == "Gaps between the images: 3.00 to 6.00 mm"
    assert legend["image"] == "one line per image (7)"
    assert legend["even"] == "5 gaps near the average"
    assert legend["band"] == "allowed: 3.00 mm ± 0.2 mm (average)"
    assert drawn(picture, "image") == 7
    assert drawn(picture, "even") == 5
    assert numbers(picture) == ["6.00"]


def test_missing_images_uneven_gaps_and_repeated_positions_are_marked():
    z = [3.0 * n for n in range(20) if n not in (5, 6, 12)]
    z[14] += 0.9
    (picture,) = pictures(make.ct(z=[*z, z[3]]))
    legend = legend_of(picture)
    assert legend["missing"] == "2 gaps with images missing (3 images, one dashed line each)"
    assert legend["odd"] == "2 gaps of another size"
    assert legend["same"] == "1 pair at one position"
    assert drawn(picture, "missing-image") == 3
    assert [drawn(picture, kind) for kind in ("missing", "odd", "same")] == [2, 2, 1]
    assert numbers(picture) == ["9.00", "6.00", "3.90"]
    assert all(text in picture.alt for text in legend.values())


def test_a_gap_larger_than_the_picture_is_said():
    (picture,) = pictures(make.ct(z=[0, 3, 6, 9, 12, 15, 1015.5]))
    assert legend_of(picture)["cut"] == "1 gap beyond the plot"
    assert "1000.50" in numbers(picture)


def test_missing_images_that_are_too_many_to_be_drawn_are_not_said_to_be():
    (picture,) = pictures(make.ct(z=[0, 3, 6, 9, 12, 15, 3015]))
    assert legend_of(picture)["missing"].endswith("(999 images)")


def test_frames_are_drawn_like_images():
    (picture,) = pictures(make.enhanced_mr(z=[0, 3, 6, 11, 14]))
    assert legend_of(picture)["odd"] == "4 gaps of another size"


def test_tilted_images_are_drawn_instead_of_gaps():
    orientations = make.each(*[COSINES] * 5, *[TILTED] * 2)
    (picture,) = pictures(make.ct(7, ImageOrientationPatient=orientations))
    assert picture.title == "Orientation: 2 images tilted, by up to 90°"
    assert legend_of(picture)["odd"] == "2 images tilted against the first"
    assert "The largest difference is 1.000." in picture.alt


def test_images_are_counted_in_whole_numbers():
    orientations = make.each(*[COSINES] * 17, *[TILTED] * 3)
    (picture,) = pictures(make.ct(20, ImageOrientationPatient=orientations))
    below = [x for x in picture.plot.labels if x.kind == "tick" and x.anchor == "middle"]
    assert [label.text for label in below] == ["5", "10", "15", "20"]


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        (
            {"TemporalPositionIdentifier": make.each(1, 1, 1, 1, 2, 2, 2, 2)},
            "they differ in TemporalPositionIdentifier",
        ),
        ({}, "no single attribute separates them"),
    ],
    ids=["told apart", "not told apart"],
)
def test_a_4d_series_says_what_splits_it(changes, cause):
    (picture,) = pictures(make.mr(z=[0, 3, 6, 9] * 2, **changes))
    assert picture.title == "4D: 2 images at each position, 2 volumes in one series"
    assert legend_of(picture) == {"band": f"2 images at a position; {cause}"}
    assert picture.alt.startswith("4 positions along the scan axis.")
    assert [box[0] for box in picture.plot.rectangles] == ["bar"] * 4
    assert drawn(picture, "cell") == 4


def test_positions_with_another_number_of_images_are_marked():
    first, *_ = pictures(make.mr(z=[0, 3, 6, 9, 0, 3, 6]))
    assert first.title == "4D: 2 images at most positions, 2 volumes in one series"
    assert legend_of(first)["odd"] == "1 position with another number of images"
    assert [box[0] for box in first.plot.rectangles].count("odd-bar") == 1


def test_an_uneven_4d_series_has_a_picture_of_its_gaps_too():
    _, second = pictures(make.mr(z=[0, 3, 6, 11] * 2))
    assert second.title == "Gaps between the positions: 3.00 to 5.00 mm"


def test_everything_is_drawn_inside_the_picture():
    for picture in pictures(make.mr(z=[-30.5, 3, 6, 11] * 2)):
        figure = picture.plot
        for _, x, y, w, h in figure.rectangles:
            assert 0 <= x <= x + w <= plot.WIDTH
            assert 0 <= y <= y + h <= figure.height
        for _, data in figure.paths:
            for x, y in re.findall(r"M([-\d.]+) ([-\d.]+)", data):
                assert 0 <= float(x) <= plot.WIDTH
                assert 0 <= float(y) <= figure.height
        for label in figure.labels:
            assert 0 <= label.x <= plot.WIDTH
            assert 0 <= label.y <= figure.height


def test_the_same_series_gives_the_same_drawing():
    assert pictures(make.ct(z=[0, 3, 7])) == pictures(make.ct(z=[0, 3, 7]))


@pytest.mark.parametrize("count", [5, 480, 481, 20_000])
def test_crowded_marks_are_gathered_and_the_extremes_kept(count):
    x = [float(n) for n in range(count)]
    y = [((7919 * n) % 1013) / 1013 for n in range(count)]
    y[count // 2] = 99.0
    thin_x, thin_y = plot.thinned(x, y)
    assert len(thin_x) == len(thin_y) <= 2 * plot.COLUMNS + 2
    assert 99.0 in thin_y
    assert min(thin_y) == min(y)
    if count <= 480:
        assert (thin_x, thin_y) == (x, y)


@pytest.mark.parametrize(
    ("low", "high", "most", "expected"),
    [
        (0, 10, 5, [0, 2, 4, 6, 8, 10]),
        (-31, 29, 8, [-30, -20, -10, 0, 10, 20]),
        (1, 3, 8, [1, 1.5, 2, 2.5, 3]),
        (7, 7, 5, [7]),
        (0, 3e-7, 3, [0, 1e-7, 2e-7, 3e-7]),
        (0, 2e15, 4, [0, 5e14, 1e15, 1.5e15, 2e15]),
    ],
)
def test_axes_have_round_numbers(low, high, most, expected):
    found = plot.ticks(low, high, most)
    if (low, high) == (1, 3):
        assert plot.ticks(low, high, most, whole=True) == [1, 2, 3]
    assert found == pytest.approx(expected)
