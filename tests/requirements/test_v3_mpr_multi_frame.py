import pytest

from fw_gear_viewer_check.requirements import repairs
from tests import make
from tests.judge import FAIL, NA, PASS, UNKNOWN, judge
from tests.make import ABSENT, AXIAL, BLANK, PER_FRAME, SHARED

IDS = ("MPR-301", "MPR-302", "MPR-303")
MEASURES = {
    f"{SHARED}.PixelMeasuresSequence": ABSENT,
    f"{PER_FRAME}.PixelMeasuresSequence": ABSENT,
}
ORIENTATION = {f"{SHARED}.PlaneOrientationSequence": ABSENT}
POSITION = {f"{PER_FRAME}.PlanePositionSequence": ABSENT}
FRAMES = tuple(f"001.dcm frame {k}" for k in range(1, 6))


@pytest.mark.parametrize("id_", IDS)
@pytest.mark.parametrize("maker", [make.enhanced_mr, make.nm])
def test_mpr_301_to_303_pass_perfect_images(id_, maker):
    found = judge(id_, maker())
    assert (found.status, found.affected) == (PASS, ())
    assert found.checked == (1 if id_ == "MPR-301" else 5)


@pytest.mark.parametrize("id_", [*IDS, "MPR-401"])
def test_mpr_301_to_401_do_not_speak_about_single_frame_images_and_segmentations(id_):
    images = make.ct(3)
    for other in (images, make.seg(images), make.sr(), make.cr(NumberOfFrames=2)):
        assert judge(id_, other).status == NA


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, FAIL),
        ({f"{PER_FRAME}.PixelMeasuresSequence.PixelSpacing": [1, 1]}, PASS),
        ({f"{PER_FRAME}[0].PixelMeasuresSequence.PixelSpacing": [1, 1]}, PASS),
        ({f"{PER_FRAME}[1].PixelMeasuresSequence.PixelSpacing": [1, 1]}, FAIL),
        ({f"{SHARED}.PixelMeasuresSequence.PixelSpacing": [1, 1]}, PASS),
        ({f"{SHARED}.PixelMeasuresSequence": BLANK}, FAIL),
        ({f"{SHARED}.PixelMeasuresSequence.PixelSpacing": BLANK}, FAIL),
        ({"PixelSpacing": [1, 1]}, FAIL),
        ({"PixelSpacing": [1, 1], "SliceThickness": 2}, PASS),
        ({"PixelSpacing": [1, 1], "SpacingBetweenSlices": 2}, PASS),
        ({"PixelSpacing": [1, 1], "SliceThickness": BLANK}, FAIL),
        ({"SliceThickness": 2, "SpacingBetweenSlices": 2}, FAIL),
    ],
)
def test_mpr_301_takes_measures_from_any_of_three_places(changes, status):
    found = judge("MPR-301", make.change(make.enhanced_mr(**MEASURES), **changes))
    assert (found.status, found.checked) == (status, 1)
    assert found.affected == (("001.dcm",) if status == FAIL else ())
    if status == FAIL:
        assert found.evidence.startswith(
            "no usable PixelMeasuresSequence.PixelSpacing, PixelSpacing with SliceThickness or "
            "PixelSpacing with SpacingBetweenSlices"
        )


@pytest.mark.parametrize("spacing", [[0, 0], [1, 0], [-1, 1]])
def test_mpr_301_and_mea_101_fail_a_spacing_that_is_not_above_zero(spacing):
    image = make.enhanced_mr(**{f"{SHARED}.PixelMeasuresSequence.PixelSpacing": spacing})
    for id_ in ("MPR-301", "MEA-101"):
        found = judge(id_, image)
        assert (found.status, found.code) == (FAIL, "not-positive")
        assert "not above zero" in found.evidence


OWN = f"{PER_FRAME}.PixelMeasuresSequence"


@pytest.mark.parametrize(
    ("own", "status", "code"),
    [
        ({f"{OWN}.PixelSpacing": [0, 0]}, FAIL, "not-positive"),
        ({f"{OWN}.PixelSpacing": BLANK}, FAIL, "blank"),
        ({f"{OWN}.SliceThickness": 2}, FAIL, "absent"),
        ({f"{OWN}.SliceThickness": 2, "PixelSpacing": [1, 1], "SliceThickness": 2}, FAIL, "absent"),
        ({f"{OWN}.PixelSpacing": [2, 2]}, PASS, ""),
        ({OWN: BLANK}, PASS, ""),
        ({f"{PER_FRAME}[1].PixelMeasuresSequence.PixelSpacing": [0, 0]}, PASS, ""),
    ],
)
def test_mpr_301_takes_the_group_of_the_first_frame_before_the_shared_one(own, status, code):
    found = judge("MPR-301", make.enhanced_mr(**own))
    assert (found.status, found.code) == (status, code)


def test_mpr_301_takes_what_stands_at_the_top_where_the_group_of_the_frame_has_no_spacing():
    own = {f"{OWN}.SliceThickness": 2, "PixelSpacing": [1, 1], "SliceThickness": 2}
    image = make.enhanced_mr(**own, **{f"{SHARED}.PixelMeasuresSequence": ABSENT})
    assert judge("MPR-301", image).status == PASS
    make.change(image, **{f"{OWN}.PixelSpacing": [0, 0]})
    assert judge("MPR-301", image).status == FAIL


@pytest.mark.parametrize("at_top", [ABSENT, AXIAL])
@pytest.mark.parametrize(
    "cosines", [[0] * 6, [1, 0, 0, 1, 0, 0], [1, 0, 0, 0.9, 0.1, 0], [9, 0, 0, 0, 9, 0]]
)
def test_mpr_302_fails_an_orientation_that_spans_no_plane(cosines, at_top):
    image = make.enhanced_mr(ImageOrientationPatient=at_top)
    make.change(image, **{f"{SHARED}.PlaneOrientationSequence.ImageOrientationPatient": cosines})
    found = judge("MPR-302", image)
    assert (found.status, found.code, len(found.affected)) == (FAIL, "no-plane", 5)


def test_mpr_301_tells_where_the_measures_stand():
    images = make.nm() + make.enhanced_mr(SeriesInstanceUID="1.2.3.20")
    assert judge("MPR-301", images).evidence == (
        f"found in PixelSpacing with SliceThickness, {SHARED}.PixelMeasuresSequence.PixelSpacing"
    )


@pytest.mark.parametrize(("n", "where"), [(1, "Slices"), (2, "Slices in any of 2 images")])
def test_mpr_301_to_303_count_only_where_there_is_something_to_count(n, where):
    images = make.enhanced_mr(n=n, **MEASURES, **ORIENTATION, **POSITION)
    assert judge("MPR-301", images).evidence.endswith(where)
    assert judge("MPR-302", images).evidence.endswith(" for any frame")
    assert judge("MPR-303", images).evidence.endswith(" for any frame")


@pytest.mark.parametrize(
    ("changes", "affected"),
    [
        ({}, FRAMES),
        ({f"{SHARED}.PlaneOrientationSequence.ImageOrientationPatient": AXIAL}, ()),
        ({f"{PER_FRAME}.PlaneOrientationSequence.ImageOrientationPatient": AXIAL}, ()),
        ({f"{PER_FRAME}[0].PlaneOrientationSequence.ImageOrientationPatient": AXIAL}, FRAMES[1:]),
        ({f"{SHARED}.PlaneOrientationSequence": BLANK}, FRAMES),
        ({"ImageOrientationPatient": AXIAL}, ()),
        ({"ImageOrientationPatient": BLANK}, FRAMES),
        ({"DetectorInformationSequence.ImageOrientationPatient": AXIAL}, ()),
    ],
)
def test_mpr_302_takes_orientations_from_any_of_four_places(changes, affected):
    found = judge("MPR-302", make.change(make.enhanced_mr(**ORIENTATION), **changes))
    assert (found.status, found.affected, found.checked) == (
        FAIL if affected else PASS,
        affected,
        5,
    )


@pytest.mark.parametrize(
    ("changes", "affected"),
    [
        ({}, FRAMES),
        ({f"{PER_FRAME}.PlanePositionSequence.ImagePositionPatient": [0, 0, 1]}, ()),
        ({f"{SHARED}.PlanePositionSequence.ImagePositionPatient": [0, 0, 1]}, ()),
        ({f"{PER_FRAME}[0].PlanePositionSequence.ImagePositionPatient": [0, 0, 1]}, FRAMES[1:]),
        ({f"{PER_FRAME}.PlanePositionSequence": BLANK}, FRAMES),
        ({f"{PER_FRAME}.CTPositionSequence.TablePosition": 3}, ()),
        ({f"{SHARED}.CTPositionSequence.TablePosition": 3}, ()),
        ({"ImagePositionPatient": [0, 0, 1]}, ()),
        ({"DetectorInformationSequence.ImagePositionPatient": [0, 0, 1]}, ()),
    ],
)
def test_mpr_303_takes_positions_from_any_of_four_places(changes, affected):
    found = judge("MPR-303", make.change(make.enhanced_mr(**POSITION), **changes))
    assert (found.status, found.affected, found.checked) == (
        FAIL if affected else PASS,
        affected,
        5,
    )


def test_mpr_302_and_303_do_not_call_absent_what_is_blank_or_damaged():
    path = f"{PER_FRAME}[1].PlanePositionSequence.ImagePositionPatient"
    found = judge("MPR-303", make.enhanced_mr(**{path: BLANK}))
    assert found.affected == FRAMES[1:2]
    assert found.evidence.endswith("for 1 of 5 frames (ImagePositionPatient is blank in 1)")
    images = make.enhanced_mr(**ORIENTATION, ImageOrientationPatient=[1, 0, 0])
    assert judge("MPR-302", images).evidence.endswith(
        "(ImageOrientationPatient is damaged (3 values instead of 6 numbers) in 5)"
    )
    absent = make.enhanced_mr(**POSITION)
    assert judge("MPR-303", absent).evidence.endswith(" for any frame")


def test_mpr_302_and_303_count_frames_without_an_item():
    images = make.enhanced_mr(NumberOfFrames=7, **ORIENTATION)
    assert len(judge("MPR-302", images).affected) == 7
    assert judge("MPR-303", images).affected == ("001.dcm frame 6", "001.dcm frame 7")


def several(keyword, value, *, which):
    """Return three multi-frame images without it, but for one that has it at the top level."""
    images = make.enhanced_mr(frames=2, n=3, **ORIENTATION, **POSITION)
    make.change(images[which : which + 1], **{keyword: value})
    return images


@pytest.mark.parametrize(
    ("id_", "keyword", "value"),
    [
        ("MPR-302", "ImageOrientationPatient", AXIAL),
        ("MPR-303", "ImagePositionPatient", [0, 0, 1]),
    ],
)
@pytest.mark.parametrize("which", [0, 1, 2])
def test_mpr_302_and_303_judge_every_image(id_, keyword, value, which):
    found = judge(id_, several(keyword, value, which=which))
    expected = tuple(
        f"{k + 1:03}.dcm frame {frame}" for k in range(3) if k != which for frame in (1, 2)
    )
    assert (found.status, found.affected, found.checked) == (FAIL, expected, 6)


@pytest.mark.parametrize(
    ("image_type", "status"),
    [
        (["ORIGINAL", "PRIMARY", "RECON TOMO", "EMISSION"], PASS),
        (["DERIVED", "PRIMARY", "RECON GATED TOMO"], PASS),
        (["ORIGINAL", "PRIMARY", "TOMO", "EMISSION"], FAIL),
        (["ORIGINAL", "PRIMARY", "recon tomo"], FAIL),
        (["RECON TOMO", "PRIMARY", "STATIC"], FAIL),
        (["ORIGINAL", "PRIMARY"], FAIL),
        (ABSENT, FAIL),
        (BLANK, FAIL),
    ],
)
def test_mpr_401_asks_for_a_reconstructed_nm_image(image_type, status):
    found = judge("MPR-401", make.nm(ImageType=image_type))
    assert (found.status, found.checked) == (status, 1)


def test_mpr_401_quotes_what_it_found():
    found = judge("MPR-401", make.nm(ImageType=["ORIGINAL", "PRIMARY", "WHOLE BODY"]))
    assert found.evidence == "value 3 of ImageType is WHOLE BODY"
    found = judge("MPR-401", make.nm(ImageType=["ORIGINAL", "PRIMARY"]))
    assert found.evidence == "value 3 of ImageType is absent"


def test_mpr_401_speaks_about_nm_only():
    assert judge("MPR-401", make.nm(Modality="PT")).status == NA


@pytest.mark.parametrize(("kind", "status"), [("RECON TOMO", PASS), ("STATIC", FAIL)])
def test_mpr_401_asks_single_frame_nm_series_too(kind, status):
    images = make.mr(3, Modality="NM", SOPClassUID=make.NM)
    make.change(images, ImageType=["ORIGINAL", "PRIMARY", kind])
    found = judge("MPR-401", images)
    assert (found.status, found.checked) == (status, 3)


TOMOSYNTHESIS = make.STORAGE + "13.1.3"


def test_mpr_301_to_303_speak_about_tomosynthesis():
    slices = make.enhanced_mr(5, Modality="MG", SOPClassUID=TOMOSYNTHESIS)
    for id_ in ("MPR-101", "MPR-102", "MPR-301", "MPR-302", "MPR-303"):
        assert judge(id_, slices).status == PASS, id_
    make.change(slices, **{f"{PER_FRAME}.PlanePositionSequence": ABSENT})
    assert judge("MPR-303", slices).status == FAIL


@pytest.mark.parametrize("modality", ["CR", "DX", "MG", "IO", "PX", "RG"])
def test_mpr_303_speaks_about_projections_with_frame_positions_only(modality):
    frames = make.enhanced_mr(5, Modality=modality, SOPClassUID=make.DX)
    assert judge("MPR-303", frames).status == PASS
    make.change(frames, **{f"{PER_FRAME}.PlanePositionSequence": ABSENT})
    assert judge("MPR-303", frames).status == NA
    assert judge("MPR-205", make.mr(3, Modality=modality)).status == NA


@pytest.mark.parametrize(
    ("images", "repair"),
    [
        (make.nm(5, DetectorInformationSequence=ABSENT), repairs.ASK_GEOMETRY),
        (
            make.nm(5, DetectorInformationSequence=ABSENT, ImageType=["ORIGINAL", "M", "STATIC"]),
            repairs.PLANAR_NM,
        ),
        (
            make.enhanced_mr(5, Modality="MG", SOPClassUID=TOMOSYNTHESIS, **POSITION),
            repairs.ASK_GEOMETRY,
        ),
        (make.enhanced_mr(5, Modality="US", **POSITION), repairs.NOT_A_VOLUME),
    ],
)
def test_mpr_303_asks_for_positions_where_there_is_a_volume(images, repair):
    assert judge("MPR-303", images).repair == repair


def test_table_positions_alone_do_not_tell_whether_it_is_4d():
    """MPR-102 named MPR-303 as what has to be met first, which was met."""
    images = make.change(
        make.enhanced_mr(**POSITION), **{f"{PER_FRAME}.CTPositionSequence.TablePosition": 3}
    )
    assert judge("MPR-303", images).evidence == "found in CTPositionSequence"
    found = judge("MPR-102", images)
    assert (found.status, found.code) == (UNKNOWN, "table-positions")
    assert found.repair.kind == "export"
