"""The dictionary read without pydicom is pydicom's."""

import subprocess
import sys

import pytest
from pydicom._dicom_dict import DicomDictionary
from pydicom._uid_dict import UID_dictionary
from pydicom.datadict import dictionary_VR, keyword_for_tag, tag_for_keyword
from pydicom.uid import UID

from fw_gear_viewer_check.model import dictionary


def test_tags_and_vrs_are_those_of_pydicom():
    assert len(DicomDictionary) > 5_000
    for tag in DicomDictionary:
        assert dictionary.vr_of(tag) == dictionary_VR(tag)
        keyword = keyword_for_tag(tag)
        assert dictionary.tag_of(keyword) == tag_for_keyword(keyword)


@pytest.mark.parametrize("keyword", ["Rowz", "rows", "PrivateCreator"])
def test_what_is_no_keyword(keyword):
    assert dictionary.tag_of(keyword) is tag_for_keyword(keyword) is None


def test_uids_are_those_of_pydicom():
    for uid in UID_dictionary:
        assert dictionary.name_of(uid) == UID(uid).name
        assert dictionary.is_sop_class(uid) is (UID(uid).type == "SOP Class")
    assert dictionary.name_of("1.2.3") == dictionary.name_of("") == ""
    assert not dictionary.is_sop_class("1.2.3")


@pytest.mark.process
def test_a_check_imports_no_pydicom_and_no_masked_arrays(tmp_path):
    from tests import make, pack

    path = pack.zip_file(tmp_path, make.ct(3))
    program = (
        "import sys; from fw_gear_viewer_check import check; "
        "print(check(sys.argv[1]).overall, {'pydicom', 'numpy.ma'} & set(sys.modules))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, str(path)], check=True, capture_output=True, text=True
    )
    assert ended.stdout.split() == ["PASS", "set()"]


@pytest.mark.parametrize(("ending", "kind"), [("7", "Label"), ("8", "Height")])
def test_the_newest_segmentations_have_a_name(ending, kind):
    uid = f"1.2.840.10008.5.1.4.1.1.66.{ending}"
    assert dictionary.name_of(uid) == f"{kind} Map Segmentation Storage"
    assert dictionary.is_sop_class(uid)
