from itertools import accumulate
from types import SimpleNamespace

import pytest

from fw_gear_viewer_check.requirements import ohif_mpr, repairs
from fw_gear_viewer_check.requirements.registry import BY_ID
from fw_gear_viewer_check.requirements.types import Level
from tests import make
from tests.judge import FAIL, NA, PASS, UNKNOWN, judge
from tests.make import ABSENT, AXIAL, BLANK, PER_FRAME, SHARED, each


@pytest.mark.parametrize(
    ("z", "status"),
    [
        ([0, 3], PASS),
        ([0, 0.011], PASS),
        ([0, 0.01], FAIL),
        ([0, 0, 0], FAIL),
        ([0, 0, 3], PASS),
        ([[0, 0, 0], [1, 0, 0], [2, 0, 0]], FAIL),
        ([[0, 0, 0], [1, 0, 0.001]], FAIL),
        ([[0, 0, 0], [1, 0, 0.00101]], PASS),
    ],
)
def test_mpr_191_asks_for_extent_along_the_normal(z, status):
    found = judge("MPR-191", make.ct(z=z))
    assert (found.status, found.checked) == (status, len(z))
    assert len(found.affected) == (len(z) if status == FAIL else 0)


@pytest.mark.parametrize(
    ("positions", "evidence"),
    [
        ([[0, 0, 0]] * 3, "all images are at the same position"),
        ([[0, 0, 0], [0, 0, 0], ABSENT], "all 2 images with a position are at the same position"),
    ],
)
def test_mpr_191_speaks_of_the_images_that_have_a_position(positions, evidence):
    found = judge("MPR-191", make.ct(3, ImagePositionPatient=each(*positions)))
    assert (found.status, found.evidence) == (FAIL, evidence)


def test_mpr_191_does_not_speak_about_fewer_than_two_positions():
    assert judge("MPR-191", make.ct(1)).status == NA
    images = make.ct(2, ImagePositionPatient=each([0, 0, 0], ABSENT))
    assert judge("MPR-191", images).status == NA
    assert judge("MPR-191", make.enhanced_mr()).status == NA


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, PASS),
        ({"WindowCenter": ABSENT}, FAIL),
        ({"WindowCenter": BLANK}, FAIL),
        ({"WindowWidth": ABSENT}, PASS),
        ({"WindowCenter": ABSENT, "WindowWidth": ABSENT}, PASS),
        ({"WindowCenter": [40, 80], "WindowWidth": [400, 800]}, PASS),
    ],
)
@pytest.mark.parametrize("maker", [make.ct, make.enhanced_mr])
def test_mpr_192_fails_a_width_without_a_centre(changes, status, maker):
    assert judge("MPR-192", maker(2, **changes)).status == status


def test_mpr_192_names_the_images():
    found = judge("MPR-192", make.ct(3, WindowCenter=each(40, BLANK, ABSENT)))
    assert (found.affected, found.checked) == (("002.dcm", "003.dcm"), 3)
    assert found.evidence == (
        "WindowWidth is present, and WindowCenter is blank in 1, absent in 1 of 3 images"
    )


def test_mpr_193_asks_the_viewer_about_the_series():
    for images in (make.ct(3), make.enhanced_mr()):
        found = judge("MPR-193", images)
        assert (found.status, found.evidence) == (
            PASS,
            "the viewer offers MPR, and no requirement fails",
        )
    # The page takes 0.2 mm, the viewer a fifth of the average.
    found = judge("MPR-193", make.ct(z=[0, 3, 6.5, 9]))
    assert (found.status, len(found.affected), found.checked) == (FAIL, 4, 4)
    assert (found.code, found.values["ids"]) == ("offered-against-page", ("MPR-205",))


@pytest.fixture
def viewer(monkeypatch):
    """Let the viewer offer MPR, or not, whatever the series."""

    def offers(*reconstructable, handler="stack"):
        sets = [
            SimpleNamespace(handler=handler, reconstructable=offered) for offered in reconstructable
        ]
        prediction = SimpleNamespace(display_sets=sets)
        monkeypatch.setattr(ohif_mpr, "prediction_of", lambda _series: prediction)

    return offers


def test_mpr_193_passes_when_the_viewer_offers_no_more_than_the_page(viewer):
    viewer(True)
    assert judge("MPR-193", make.ct(3)).status == PASS
    viewer(False)
    assert judge("MPR-193", make.ct(3)).status == PASS
    found = judge("MPR-193", make.ct(3, PixelSpacing=ABSENT))
    assert (found.status, found.evidence) == (PASS, "the viewer offers no MPR")


def test_mpr_193_says_why_the_page_does_not_promise_what_the_viewer_offers(viewer):
    viewer(False, True)
    found = judge("MPR-193", make.ct(3, PixelSpacing=ABSENT))
    assert (found.status, found.values["ids"]) == (FAIL, ("MPR-103",))


def test_mpr_193_does_not_count_notes_of_the_page(viewer):
    viewer(True)
    holes = make.ct(z=[0, 3, 6, 9, 15, 18, 21])
    assert judge("MPR-206", holes).status == FAIL
    assert judge("MPR-193", holes).status == PASS


def test_mpr_193_does_not_speak_where_the_viewer_shows_no_stack(viewer):
    viewer(True, handler="video")
    assert judge("MPR-193", make.ct(3)).status == NA


def test_mpr_193_does_not_speak_about_what_is_no_volume(viewer):
    viewer(True)
    assert judge("MPR-193", make.cr()).status == NA


def spaced(*gaps):
    return make.ct(z=list(accumulate(gaps, initial=0)))


@pytest.mark.parametrize(
    ("gaps", "irregular", "missing"),
    [
        ([1, 1, 2], 3, 1),
        ([1] * 7 + [6] + [1] * 7, 14, 5),
        ([0.5] * 2 + [0.65, 0.35] + [0.5] * 2, 2, 0),
        ([3] * 10 + [4.5] + [3] * 10, None, None),
        ([3] * 5 + [6] + [3] * 5, 0, None),
        ([0.5] * 2 + [0.59, 0.41] + [0.5] * 2, 0, None),
    ],
)
def test_mpr_198_fails_what_the_page_promises_and_the_viewer_does_not_offer(
    gaps, irregular, missing
):
    """Holes spoil the viewer's plain average; thin slices leave less than 0.2 mm of tolerance."""
    images = spaced(*gaps)
    found = judge("MPR-198", images)
    if irregular is None:
        assert (judge("MPR-205", images).status, found.status) == (FAIL, UNKNOWN)
    elif irregular == 0:
        assert (judge("MPR-205", images).status, found.status) == (PASS, PASS)
    else:
        assert (judge("MPR-205", images).status, found.status) == (PASS, FAIL)
        assert (found.code, found.values["irregular"]) == ("irregular-spacing", irregular)
        assert len(found.affected) == irregular
        assert (f"{missing} slice" in found.evidence) == bool(missing)
        assert " is allowed" in found.evidence


def test_mpr_198_fails_a_multi_frame_image_of_which_the_viewer_makes_no_volume():
    found = judge("MPR-198", make.nm(SliceThickness=ABSENT))
    assert (found.status, found.code, found.affected) == (FAIL, "no-pixel-measures", ("001.dcm",))


def test_mpr_198_leaves_large_images_to_mpr_194():
    assert judge("MPR-198", make.ct(3, Rows=2049)).status == NA
    assert judge("MPR-194", make.ct(3, Rows=2049)).status == FAIL


def test_mpr_198_does_not_speak_about_projections():
    assert judge("MPR-198", make.cr()).status == NA


STRANGERS = {"SOPClassUID": make.SC}, {"StudyInstanceUID": "1.2.9"}


@pytest.mark.parametrize("strange", STRANGERS)
def test_mpr_198_is_decided_by_the_largest_stack(strange):
    """With two strangers behind it, a scan with a hole passed: they alone make a volume."""
    scan, strangers = make.ct(z=[0, 2, 4, 8, 10]), make.ct(z=[12, 14], **strange)
    for n, one in enumerate(strangers):
        make.change([one], SOPInstanceUID=f"1.9.{n}", InstanceNumber=50 + n)
    for images in ([*scan, *strangers], [*strangers, *scan]):
        found = judge("MPR-198", images)
        assert (found.status, found.code) == (FAIL, "irregular-spacing")
        assert "offers no MPR" in judge("MPR-206", images).evidence
    whole = make.ct(z=[0, 2, 4, 6, 8, 10])
    assert judge("MPR-198", [*whole, strangers[0]]).status == PASS


@pytest.mark.parametrize("keyword", ["Rows", "Columns"])
@pytest.mark.parametrize(("size", "status"), [(2048, PASS), (2049, FAIL)])
def test_mpr_194_notes_images_above_2048(keyword, size, status):
    assert judge("MPR-194", make.enhanced_mr(**{keyword: size})).status == status
    found = judge("MPR-194", make.ct(2, **{keyword: size}))
    assert found.status == status
    assert (
        status == PASS or found.evidence == "Rows or Columns is 2,049 (above 2,048) in all 2 images"
    )


@pytest.mark.parametrize(("frames", "status"), [(384, PASS), (385, FAIL)])
def test_mpr_194_notes_a_volume_above_3_gb(frames, status):
    """2,048 x 2,048 x 16 bits are 8 MiB a slice."""
    positions = {"PixelData": bytes(2), "Rows": 2048, "Columns": 2048, "NumberOfFrames": frames}
    found = judge("MPR-194", make.nm(frames=2, **positions))
    assert (found.status, found.code) == (status, "too-large" if status == FAIL else "")
    assert status == PASS or found.values["gigabytes"] == pytest.approx(3.008, abs=0.001)


@pytest.mark.parametrize(
    ("z", "status"),
    [
        ([0, 3, 6, 9], PASS),
        ([0, 3, 6.1, 9], PASS),
        ([0, 3, 7, 9], FAIL),
        ([0, 3, 6], PASS),
        ([0, 3, 7], FAIL),
        ([0, 3], NA),
        ([0, 0, 0, 0], NA),
        ([0, 3, 6, 9, 15, 18, 21], FAIL),
    ],
)
def test_mpr_391_judges_the_gaps_between_frames(z, status):
    assert judge("MPR-391", make.enhanced_mr(z=z)).status == status


def test_mpr_391_names_frames():
    found = judge("MPR-391", make.enhanced_mr(z=[0, 3, 7, 9]))
    assert found.checked == 4
    assert "001.dcm frame 3" in found.affected
    assert "4.00 mm between 001.dcm frame 2 and 001.dcm frame 3" in found.evidence


@pytest.mark.parametrize(
    ("z", "missing"), [([0, 3, 6, 12, 15], "1 frame"), ([0, 3, 6, 15, 18], "2 frames")]
)
def test_mpr_391_tells_of_missing_frames(z, missing):
    """The page allows them, and the viewer shows the frames the same distance apart."""
    found = judge("MPR-391", make.enhanced_mr(z=z))
    assert (found.status, found.code, found.checked) == (FAIL, "missing-frames", 5)
    assert found.affected == ("001.dcm frame 4",)
    assert found.evidence.startswith(f"{missing} missing")


def test_mpr_391_does_not_speak_without_positions_and_of_single_frames():
    assert judge("MPR-391", make.ct(5)).status == NA
    one_position = make.nm(ImagePositionPatient=[0, 0, 0])
    assert judge("MPR-391", one_position).status == NA


def test_mpr_391_reads_positions_of_the_detector():
    assert judge("MPR-391", make.nm()).status == PASS


@pytest.mark.parametrize("maker", [make.enhanced_mr, make.nm])
def test_mpr_392_passes_frames_at_different_places(maker):
    found = judge("MPR-392", maker())
    assert (found.status, found.affected, found.checked) == (PASS, (), 1)


@pytest.mark.parametrize("z", [[0, 0, 0], [[0, 0, 1], [1, 0, 1], [2, 0, 1]], [0, 0.01]])
def test_mpr_392_fails_frames_at_one_place_or_in_one_plane(z):
    found = judge("MPR-392", make.enhanced_mr(z=z))
    assert (found.status, found.affected, found.checked) == (FAIL, ("001.dcm",), 1)


@pytest.mark.parametrize(
    "place", ["ImagePositionPatient", f"{SHARED}.PlanePositionSequence.ImagePositionPatient"]
)
def test_mpr_392_fails_one_position_for_all_frames(place):
    images = make.enhanced_mr(**{f"{PER_FRAME}.PlanePositionSequence": ABSENT, place: [0, 0, 0]})
    found = judge("MPR-392", images)
    assert (found.status, found.affected, found.checked) == (FAIL, ("001.dcm",), 1)
    assert found.evidence.startswith("one position for all frames")


def test_mpr_392_fails_a_position_at_the_top_level_beside_those_of_the_frames():
    """The viewer reads the top level first, and so puts all frames at one place."""
    found = judge("MPR-392", make.enhanced_mr(ImagePositionPatient=[0, 0, 0]))
    assert (found.status, found.affected, found.checked) == (FAIL, ("001.dcm",), 1)
    assert found.evidence.startswith("ImagePositionPatient is at the top level too")
    assert judge("MPR-392", make.enhanced_mr(ImagePositionPatient=BLANK)).status == PASS


def test_mpr_392_does_not_speak_about_frames_without_positions():
    images = make.enhanced_mr(**{f"{PER_FRAME}.PlanePositionSequence": ABSENT})
    assert judge("MPR-392", images).status == NA
    assert judge("MPR-392", make.ct(3)).status == NA


def test_mpr_392_judges_the_multi_frame_image_beside_single_ones():
    images = make.ct(2) + make.enhanced_mr(SeriesInstanceUID="1.2.3.2", SOPInstanceUID="1.9")
    found = judge("MPR-392", images)
    assert (found.status, found.checked) == (PASS, 1)


def test_mpr_392_names_the_images():
    images = make.enhanced_mr(n=3)
    make.change(
        images[1:2], **{f"{PER_FRAME}.PlanePositionSequence.ImagePositionPatient": [0, 0, 0]}
    )
    assert judge("MPR-392", images).affected == ("002.dcm",)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, PASS),
        ({"SliceThickness": ABSENT}, FAIL),
        ({"SliceThickness": BLANK}, FAIL),
        ({"SliceThickness": ABSENT, "SpacingBetweenSlices": ABSENT}, PASS),
        (
            {"SliceThickness": ABSENT, f"{SHARED}.PixelMeasuresSequence.PixelSpacing": [1, 1]},
            PASS,
        ),
        (
            {"SliceThickness": ABSENT, f"{PER_FRAME}.PixelMeasuresSequence.PixelSpacing": [1, 1]},
            PASS,
        ),
        (
            # As for the viewer, the first frame decides.
            {"SliceThickness": ABSENT, PER_FRAME: [{}, {"PixelMeasuresSequence": [{}]}]},
            FAIL,
        ),
    ],
)
def test_mpr_393_notes_spacing_without_thickness(changes, status):
    found = judge("MPR-393", make.nm(**changes))
    assert (found.status, found.checked) == (status, 1)
    if status == FAIL:
        subject = "SpacingBetweenSlices is present, and SliceThickness"
        assert found.evidence in {f"{subject} is absent", f"{subject} is blank"}
    assert judge("MPR-393", make.nm(Modality="PT", **changes)).status == status
    assert judge("MPR-301", make.nm(SliceThickness=ABSENT)).status == PASS


def test_mpr_393_does_not_speak_about_single_frames():
    assert judge("MPR-393", make.ct(2, ImageOrientationPatient=AXIAL)).status == NA


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"WindowCenter": 8431, "WindowWidth": 15175}, FAIL),
        ({"WindowCenter": 40, "WindowWidth": 400}, FAIL),
        ({"WindowCenter": 4.5, "WindowWidth": 9}, PASS),
        ({"WindowCenter": 50, "WindowWidth": 100}, PASS),
        ({"WindowCenter": 50.5, "WindowWidth": 100}, FAIL),
        ({"WindowCenter": ABSENT, "WindowWidth": ABSENT}, PASS),
        ({"WindowCenter": 8431, "WindowWidth": 15175, "Units": "GML"}, PASS),
        ({"WindowCenter": 8431, "WindowWidth": 15175, "PatientWeight": ABSENT}, PASS),
        ({"WindowCenter": 8431, "WindowWidth": 0}, PASS),
    ],
)
def test_mpr_291_notes_a_window_of_activity_where_mpr_shows_suv(changes, status):
    """Seen in the viewer from both sources: black, and drawn with a window of SUV or without one.

    So it is with values in g/ml, and where no SUV can be computed.
    """
    found = judge("MPR-291", make.pt(3, **changes))
    assert (found.status, found.checked) == (status, 3)
    if status == FAIL:
        assert (found.code, len(found.affected)) == ("window-of-activity", 3)
        assert found.evidence.startswith("black until another window is chosen: ")
        assert BY_ID["MPR-291"].level is Level.NOTE


def test_mpr_291_is_about_pet_that_makes_a_volume():
    window = {"WindowCenter": 8431, "WindowWidth": 15175}
    assert judge("MPR-291", make.ct(3, **window)).status == NA
    assert judge("MPR-291", make.pt(1, **window)).status == PASS


def test_mpr_191_calls_no_plane_what_is_tilted_against_each_other():
    """A sagittal scout in front of axial images: its normal is not theirs."""
    images = make.ct(5)
    make.change(images[:1], ImageOrientationPatient=[0, 1, 0, 0, 0, -1])
    assert judge("MPR-191", images).status == PASS
    assert judge("MPR-203", images).status == FAIL


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"SOPClassUID": f"{make.STORAGE}7.4", "z": range(100)}, "a video"),
        ({"SOPClassUID": make.MICROSCOPY}, "a slide"),
        ({"SOPClassUID": make.SR}, "a report"),
    ],
)
def test_mpr_198_fails_what_the_viewer_shows_as_no_stack(changes, shown):
    found = judge("MPR-198", make.enhanced_mr(**changes))
    assert (found.status, found.code) == (FAIL, "no-stack")
    assert found.evidence.endswith(shown)


def test_mpr_198_is_decided_by_the_scan_and_not_by_what_lies_beside_it():
    scan = make.ct(z=[0, 2, 4, 8, 10])
    captures = make.ct(z=[12, 14], SOPClassUID=make.SC, SOPInstanceUID=each("9.1", "9.2"))
    assert judge("MPR-198", [*scan, *captures]).status == FAIL
    even = make.ct(z=[0, 2, 4, 6, 8, 10])
    far = make.change(captures[1:], ImagePositionPatient=[0, 0, 12])
    assert judge("MPR-198", [*even, *far]).status == PASS


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, PASS),
        ({"SpacingBetweenSlices": ABSENT}, FAIL),
        ({"SpacingBetweenSlices": BLANK}, FAIL),
        ({"SpacingBetweenSlices": 0}, FAIL),
        ({"SpacingBetweenSlices": ABSENT, "SliceThickness": 1}, PASS),
    ],
)
def test_mpr_391_notes_nm_frames_whose_spacing_the_viewer_does_not_know(changes, status):
    found = judge("MPR-391", make.nm(**changes))
    assert (found.status, found.code) == (status, "no-spacing" if status == FAIL else "")
    assert found.repair == (repairs.ASK_SPACING if status == FAIL else None)
    assert judge("MPR-102", make.nm(**changes)).status == PASS


def test_mpr_198_says_that_a_size_is_missing_where_no_two_differ():
    found = judge("MPR-198", make.ct(5, SamplesPerPixel=BLANK))
    assert (found.status, found.code, len(found.affected)) == (FAIL, "size-missing", 5)
    assert found.evidence.endswith("Rows, Columns or SamplesPerPixel has no value")
