import pytest

from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.series import Tolerances
from fw_gear_viewer_check.requirements import repairs
from tests import make
from tests.judge import FAIL, NA, PASS, judge
from tests.make import STORAGE, each

STACK = (
    "1 1.1 1.1.1 1.2 1.2.1 1.3 1.3.1 2 2.1 2.2 3.1 4 4.1 4.3 4.4 6.1 6.2 7 7.1 7.2 7.3 7.4 12.1 "
    "12.1.1 12.2 12.2.1 13.1.1 13.1.2 13.1.3 13.1.4 13.1.5 14.1 14.2 20 77.1.1 77.1.1.1 77.1.2 "
    "77.1.2.1 77.1.3 77.1.4 77.1.4.1 77.1.5.1 77.1.5.2 77.1.5.4 82.1 128 128.1 130 481.1 481.2"
)
"""The viewer's 50 classes of image stacks, as its source lists them."""
OTHERS = "9.1.1 9.1.2 9.1.3 9.2.1 9.3.1 66.4 66.7 77.1.6 104.1 88.11 88.22 88.33 88.34 481.3"
UNSUPPORTED = (
    "6 3 5 4.2 66 66.1 66.5 11.1 88.59 88.67 88.50 88.65 88.69 481.5 104.2 104.3 91.1 30 9.4.1"
)


def stored(ending, **changes):
    return make.change(make.ct(2), SOPClassUID=STORAGE + ending, **changes)


def test_lim_101_knows_the_stacks_of_the_viewer():
    assert {STORAGE + e for e in STACK.split()} == sop_classes.STACK


@pytest.mark.parametrize("ending", (STACK + " " + OTHERS).split())
def test_lim_101_passes_what_the_viewer_has_a_handler_for(ending):
    assert judge("LIM-101", stored(ending)).status == PASS


@pytest.mark.parametrize("ending", UNSUPPORTED.split())
def test_lim_101_fails_standard_classes_without_a_handler(ending):
    found = judge("LIM-101", stored(ending))
    assert (found.status, found.checked) == (FAIL, 2)
    assert "(standard, but not supported by the viewer)" in found.evidence


@pytest.mark.parametrize("uid", ["1.2.3.4", "1.3.12.2.1107.5.9.1", STORAGE + "9999", "CT"])
def test_lim_101_tells_private_and_unknown_classes_from_standard_ones(uid):
    found = judge("LIM-101", make.ct(2, SOPClassUID=uid))
    assert (found.status, found.affected) == (FAIL, ("001.dcm", "002.dcm"))
    shown = uid if "." in uid else "(not shown)"
    assert found.evidence == f"SOP class is {shown} (private or unknown) in all 2 images"


def test_lim_101_names_the_class():
    assert judge("LIM-101", make.ct(1)).evidence == "CT Image Storage"
    assert "Raw Data Storage (standard" in judge("LIM-101", stored("66")).evidence


def test_lim_101_counts_the_instances_of_a_class_that_is_not_supported():
    images = make.ct(3, SOPClassUID=make.each(make.CT, make.RAW_DATA, make.CT))
    assert judge("LIM-101", images).affected == ("002.dcm",)


def test_lim_101_fails_an_input_without_an_object_that_can_be_read():
    found = judge("LIM-101", {"a.txt": b"text"})
    assert (found.status, found.evidence) == (
        FAIL,
        "no readable DICOM in the input: not DICOM (1 file)",
    )


@pytest.mark.parametrize(("n", "status"), [(1, PASS), (2, FAIL), (3, FAIL)])
def test_lim_102_takes_one_multi_frame_image(n, status):
    found = judge("LIM-102", make.enhanced_mr(n=n))
    assert (found.status, found.checked) == (status, n)
    assert len(found.affected) == (n if status == FAIL else 0)


def test_lim_102_counts_images_with_more_than_one_frame_only():
    assert judge("LIM-102", make.ct(5, NumberOfFrames=1)).status == PASS
    found = judge("LIM-102", make.ct(3, NumberOfFrames=make.each(2, 1, 3)))
    assert (found.status, found.affected) == (FAIL, ("001.dcm", "003.dcm"))


@pytest.mark.parametrize(
    ("images", "told"),
    [
        (make.enhanced_mr(n=2), "lists each one separately"),
        (make.seg(make.ct(3)) + make.seg(make.ct(3)), "shows only the last one"),
        (make.enhanced_mr(n=2, SOPClassUID=make.MICROSCOPY), "shows them as one slide"),
    ],
)
def test_lim_102_says_what_the_open_source_viewer_makes_of_them(images, told):
    make.change(images, SeriesInstanceUID="1.2.3", SOPInstanceUID=make.each("1.1", "1.2"))
    assert told in judge("LIM-102", images).evidence


def test_lim_104_says_that_the_open_source_viewer_draws_some():
    found = judge("LIM-104", make.us(1, PhotometricInterpretation="PALETTE COLOR"))
    assert found.evidence == (
        "PhotometricInterpretation is PALETTE COLOR (Flywheel does not support it; the "
        "open-source viewer draws some of these images)"
    )


def test_lim_102_counts_segmentations_as_images():
    images = make.ct(3)
    segmentations = make.seg(images) + make.seg(images, SOPInstanceUID="1.9")
    found = judge("LIM-102", segmentations)
    assert found.affected == ("001.dcm", "002.dcm")
    assert found.evidence.startswith("2 segmentations in the series")
    of_one_frame = make.seg(images[:1]) + make.seg(images[:1], SOPInstanceUID="1.9")
    assert judge("LIM-102", of_one_frame).repair == repairs.SPLIT_MULTI_FRAMES


def test_lim_102_and_103_do_not_speak_about_documents():
    assert judge("LIM-102", make.sr()).status == NA
    assert judge("LIM-103", make.sr()).status == NA


@pytest.mark.parametrize(("n", "status"), [(3, PASS), (4, PASS), (5, FAIL)])
def test_lim_103_takes_as_many_single_images_as_configured(n, status):
    found = judge("LIM-103", make.ct(n), tolerances=Tolerances(max_instances=4))
    assert (found.status, found.checked) == (status, n)
    assert found.affected == (("005.dcm",) if status == FAIL else ())


def test_lim_103_speaks_about_all_images():
    segmentations = make.seg(make.ct(1)) + make.seg(make.ct(1), SOPInstanceUID="1.9")
    for images in (make.cr(2), make.us(2), segmentations):
        assert judge("LIM-103", images, tolerances=Tolerances(max_instances=1)).status == FAIL


def test_lim_103_takes_5000_unless_configured():
    assert Tolerances().max_instances == 5000
    assert judge("LIM-103", make.ct(1)).evidence == "1 single-frame image, the limit is 5,000"


def test_lim_103_does_not_count_multi_frame_images():
    images = make.enhanced_mr(frames=9, n=3)
    assert judge("LIM-103", images, tolerances=Tolerances(max_instances=2)).status == PASS


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, PASS),
        ({"PhotometricInterpretation": "RGB"}, PASS),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, FAIL),
        ({"PhotometricInterpretation": "PALETTE COLOR", "SOPClassUID": make.SC}, FAIL),
        ({"PhotometricInterpretation": "PALETTE COLOR", "Modality": "OT"}, FAIL),
        (
            {
                "PhotometricInterpretation": "PALETTE COLOR",
                "Modality": "OT",
                "SOPClassUID": make.SC,
            },
            NA,
        ),
    ],
)
def test_lim_104_fails_palette_colours_of_ultrasound(changes, status):
    found = judge("LIM-104", make.change(make.us(2), **changes))
    assert found.status == status
    if status == FAIL:
        assert found.evidence.startswith(
            "PhotometricInterpretation is PALETTE COLOR in all 2 images ("
        )


def test_lim_104_does_not_speak_about_other_modalities():
    assert judge("LIM-104", make.ct(1, PhotometricInterpretation="PALETTE COLOR")).status == NA


def test_lim_102_and_103_leave_true_copies_aside():
    twice = make.enhanced_mr(5, n=2, SOPInstanceUID="1.2.3.9", InstanceNumber=1)
    assert (judge("LIM-102", twice).status, judge("LIM-102", twice).checked) == (PASS, 1)
    assert judge("LIM-102", make.change(twice, InstanceNumber=each(1, 2))).status == FAIL
    copies = make.ct(3, SOPInstanceUID="1.2.3.9", InstanceNumber=1, ImagePositionPatient=[0, 0, 0])
    assert judge("LIM-103", copies, tolerances=Tolerances(max_instances=1)).status == PASS


@pytest.mark.parametrize(("number", "status"), [(1, PASS), (2, FAIL)])
def test_lim_102_counts_segmentations_of_one_frame_of_which_one_is_drawn(number, status):
    images = make.ct(1)
    found = [make.seg(images, SOPInstanceUID=f"1.2.{n}")[0] for n in range(number)]
    assert judge("LIM-102", found).status == status
