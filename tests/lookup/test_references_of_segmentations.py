"""SEG-101 and SEG-296: which image series counts as the reference."""

import pytest

from tests import make
from tests.elsewhere import Elsewhere
from tests.judge import FAIL, PASS, UNKNOWN, judge

OTHER = "1.2.3.88"
SEGMENTATION = "1.2.3.77"
MAKERS = [make.seg, make.rtstruct]


def drawn_on(images, maker=make.seg, **changes):
    return maker(images, SeriesInstanceUID=SEGMENTATION, **changes)


def series_of(segmentation):
    """Count the series of an input: the segmentation's own has the highest UID here."""
    return sorted({str(one.SeriesInstanceUID) for one in segmentation}).index(SEGMENTATION)


@pytest.mark.parametrize("maker", MAKERS)
def test_seg_101_images_in_the_same_archive(maker):
    contents = [*make.ct(4), *drawn_on(make.ct(4), maker)]
    found = judge("SEG-101", contents, series=series_of(contents))
    assert found.status == PASS
    assert found.evidence == "all 4 reference images found in this input"


@pytest.mark.parametrize("maker", MAKERS)
def test_seg_101_images_in_the_reference(maker):
    found = judge("SEG-101", drawn_on(make.ct(4), maker), reference=make.ct(6))
    assert found.status == PASS


@pytest.mark.parametrize("maker", MAKERS)
def test_seg_101_images_nowhere(maker):
    found = judge("SEG-101", drawn_on(make.ct(4), maker))
    assert (found.status, found.code) == (UNKNOWN, "not-found-yet")


@pytest.mark.parametrize("maker", MAKERS)
def test_seg_101_a_wrong_reference(maker):
    wrong = make.mr(
        4, SeriesInstanceUID=OTHER, SOPInstanceUID=make.each("1.9", "2.9", "3.9", "4.9")
    )
    found = judge("SEG-101", drawn_on(make.ct(4), maker), reference=wrong)
    assert (found.status, len(found.affected)) == (FAIL, 1)
    assert found.evidence.startswith("0 of 4 reference images found in the reference input")


def test_seg_101_some_images():
    found = judge("SEG-101", drawn_on(make.ct(4)), reference=make.ct(3))
    assert found.status == FAIL
    assert found.evidence == "3 of 4 reference images found in the reference input"


def test_seg_101_unrelated_images_beside_it_prove_nothing():
    beside = make.mr(3, SeriesInstanceUID="1.2.3.1", SOPInstanceUID=make.each("1.9", "2.9", "3.9"))
    contents = [*beside, *drawn_on(make.ct(4))]
    assert judge("SEG-101", contents, series=series_of(contents)).status == UNKNOWN


def test_seg_101_images_under_another_series_uid():
    moved = make.ct(4)
    for image in moved:
        image.SeriesInstanceUID = OTHER
    found = judge("SEG-101", drawn_on(make.ct(4)), reference=moved)
    assert found.status == FAIL
    assert "0 of 4 reference images found" in found.evidence
    assert "4 are in a series with another SeriesInstanceUID" in found.evidence


def two_series():
    images = make.ct(4)
    for image in images[2:]:
        image.SeriesInstanceUID = OTHER
    segmentation = drawn_on(images)
    (item,) = segmentation[0].ReferencedSeriesSequence
    named = list(item.ReferencedInstanceSequence)
    item.ReferencedInstanceSequence = named[:2]
    second = type(item)()
    second.SeriesInstanceUID = OTHER
    second.ReferencedInstanceSequence = named[2:]
    segmentation[0].ReferencedSeriesSequence = [item, second]
    return images, segmentation


def test_seg_101_images_spread_over_two_series():
    images, segmentation = two_series()
    found = judge("SEG-101", segmentation, reference=images)
    assert found.status == FAIL
    assert found.evidence == (
        "2 of 4 reference images found in the reference input; 4 are found in 2 series together, "
        "but the viewer draws over only one series"
    )


def test_seg_101_each_segmentation_of_a_series_is_judged():
    (good,), (bad,) = drawn_on(make.ct(4)), drawn_on(make.mr(4, SeriesInstanceUID=OTHER))
    bad.SOPInstanceUID = "1.2.3.77.99"
    found = judge("SEG-101", [good, bad], reference=make.ct(4))
    assert (found.status, found.affected, found.checked) == (FAIL, ("002.dcm",), 2)


def test_seg_101_names_no_image():
    nothing = drawn_on(make.ct(2), ReferencedSeriesSequence=make.ABSENT)
    assert judge("SEG-101", nothing, reference=make.ct(2)).evidence == "no reference image is named"


def test_seg_101_asks_for_the_images_by_series():
    lookup = Elsewhere()
    judge("SEG-101", drawn_on(make.ct(2)), lookup=lookup)
    assert lookup.asked_for == [str(make.ct(1)[0].SeriesInstanceUID)]


def test_seg_296_fits():
    found = judge("SEG-296", drawn_on(make.ct(4)), reference=make.ct(4))
    assert (found.status, found.evidence) == (PASS, "same size and plane as 4 reference images")


def test_seg_296_without_headers():
    assert judge("SEG-296", drawn_on(make.ct(4))).status == UNKNOWN


def test_seg_296_another_matrix():
    found = judge("SEG-296", drawn_on(make.ct(4), Rows=7), reference=make.ct(4))
    assert found.status == FAIL
    assert found.evidence.startswith("Rows is 7, but ")


def test_seg_296_a_localizer_in_the_series_does_not_count():
    localizer, *images = make.ct(5)
    localizer.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
    localizer.Rows = localizer.Rows * 2
    found = judge("SEG-296", drawn_on(images), reference=[localizer, *images])
    assert (found.status, found.evidence) == (PASS, "same size and plane as 4 reference images")


@pytest.mark.parametrize(
    ("cosines", "status"),
    [
        ([1, 0, 0, 0, 1, 0], PASS),
        ([-1, 0, 0, 0, 1, 0], PASS),
        ([0, 1, 0, 1, 0, 0], PASS),
        ([0, -1, 0, -1, 0, 0], PASS),
        ([1, 0, 0, 0, 0, -1], FAIL),
        ([0.6, 0.8, 0, -0.8, 0.6, 0], FAIL),
    ],
)
@pytest.mark.parametrize("is_shared", [True, False])
@pytest.mark.parametrize("frames", [1, 4])
def test_seg_296_directions(cosines, status, is_shared, frames):
    images = make.ct(frames)
    (segmentation,) = drawn_on(images)
    shared = segmentation.SharedFunctionalGroupsSequence[0]
    shared.PlaneOrientationSequence[0].ImageOrientationPatient = cosines
    if not is_shared:
        for group in segmentation.PerFrameFunctionalGroupsSequence:
            group.PlaneOrientationSequence = shared.PlaneOrientationSequence
        del shared.PlaneOrientationSequence
    assert judge("SEG-296", [segmentation], reference=images).status == status
