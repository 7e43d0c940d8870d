import pytest
from pydicom._uid_dict import UID_dictionary

from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.dictionary import is_sop_class
from tests import make, pack
from tests.make import STORAGE

IMAGES_BY_ANOTHER_NAME = {
    *("Enhanced US Volume Storage", "RT Dose Storage", "Segmentation Storage"),
    *("Parametric Map Storage", "Ophthalmic Thickness Map Storage"),
    *("Corneal Topography Map Storage", "DICOS 2D AIT Storage", "DICOS 3D AIT Storage"),
    *("DICOS Quadrupole Resonance (QR) Storage",),
    "Ophthalmic Optical Coherence Tomography B-scan Volume Analysis Storage",
}
"""Standard classes with pixel data whose name does not say "Image"."""

NO_STORAGE = {"Storage Commitment", "Stored Print", "Media Storage"}
"""Services, not objects."""

OBJECTS = {
    uid: name
    for uid, (name, kind, *_) in UID_dictionary.items()
    if kind == "SOP Class" and "Storage" in name and not any(n in name for n in NO_STORAGE)
}


def test_standard_classes_are_known_to_carry_pixels_or_not():
    for uid, name in OBJECTS.items():
        is_image = "Image" in name or name in IMAGES_BY_ANOTHER_NAME
        assert (uid not in sop_classes.WITHOUT_PIXELS) is is_image, name


@pytest.mark.parametrize(
    ("datasets", "is_image"),
    [
        (make.ct(1), True),
        (make.ct(1, PixelData=make.ABSENT), True),
        (make.seg(make.ct(1)), True),
        (make.rtstruct(make.ct(1)), False),
        (make.sr(), False),
        (make.sr(SOPClassUID=make.RAW_DATA), False),
        (make.ct(1, SOPClassUID=make.RAW_DATA), True),
        (make.sr(SOPClassUID="1.2.3"), False),
        (make.sr(SOPClassUID="1.2.3", Rows=4), True),
        (make.sr(SOPClassUID=make.ABSENT), False),
        (make.ct(1, SOPClassUID=make.ABSENT), True),
    ],
)
def test_images_carry_pixels_or_should(datasets, is_image):
    assert pack.read(datasets)[0].instances[0].is_image is is_image


def test_handled_classes_are_named_once():
    stacks_and_others = (
        *(sop_classes.STACK, sop_classes.SEG, sop_classes.RTSTRUCT, sop_classes.MICROSCOPY),
        *(sop_classes.PARAMETRIC_MAP, sop_classes.PDF, sop_classes.SR, sop_classes.ECG),
    )
    assert sum(map(len, stacks_and_others)) == len(frozenset().union(*stacks_and_others))
    assert frozenset().union(*stacks_and_others) | sop_classes.VIDEO == sop_classes.HANDLED


def test_classes_are_standard_ones():
    newer_than_the_dictionary = {sop_classes.LABELMAP}
    known = sop_classes.HANDLED | sop_classes.ULTRASOUND | sop_classes.PROJECTION
    assert {u for u in known if not is_sop_class(u)} <= newer_than_the_dictionary


def test_names_are_those_of_the_dictionary():
    assert is_sop_class(STORAGE + "2")
    assert not is_sop_class("1.2.840.10008.1.2")
    assert not is_sop_class("not a UID")
