"""Segmentations of the corpus with their images: as ``reference``, in a session, and without."""

import os
from pathlib import Path

import pytest

from fw_gear_viewer_check.checker.judging import check
from fw_gear_viewer_check.dicom.reader import read_input
from tests.judge import FAIL, NA, PASS, UNKNOWN
from tests.lookup.sdk import OWN, lookup_of

CORPUS = Path(
    os.environ.get("VIEWER_CHECK_CORPUS") or Path(__file__).parents[2] / "../shared/corpus"
)

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here"),
]

SEGMENTATION, RTSTRUCT = "dcmqi-SEG-66.4-03", "rt-utils-RTSTRUCT-481.3-01"
PAIRS = [
    pytest.param(SEGMENTATION, "dcmqi-CT-1.2-02", 3, id="dcmqi-SEG"),
    pytest.param("highdicom-SEG-66.4-03", "highdicom-CT-1.2-01", 1, id="highdicom-SEG"),
    pytest.param(RTSTRUCT, "rt-utils-CT-1.2-02", 2, id="rt-utils-RTSTRUCT"),
]


def path_of(name):
    return CORPUS / "series" / f"{name}.dicom.zip"


def findings(path, **how):
    report = check(path, **how)
    return {r.requirement.id: r.finding for r in report.results if r.requirement.id[:3] == "SEG"}


def add(platform, path, file_id, **more):
    """Add a corpus series as file-metadata-importer would describe it."""
    archive, instances = read_input(path)
    data = instances[0].data
    geometry = {k: data[k] for k in ("Rows", "Columns", "ImageOrientationPatient") if k in data}
    header = {"SOPInstanceUID": instances[0].sop_instance_uid, **geometry}
    platform.add(
        file_id,
        series=data.text("SeriesInstanceUID"),
        study=data.text("StudyInstanceUID"),
        size=path.stat().st_size,
        zip_member_count=len(archive.members),
        header=header,
        **more,
    )
    platform.members[file_id] = [member.name for member in archive.members]
    platform.contents[f"acq-{file_id}", f"{file_id}.dicom.zip"] = path.read_bytes()


def on_platform(platform):
    return lookup_of(platform)


@pytest.mark.parametrize(("name", "images", "count"), PAIRS)
def test_with_its_images_as_reference(name, images, count):
    found = findings(path_of(name), reference=path_of(images))
    assert found["SEG-101"].status == PASS
    assert f"all {count} reference image" in found["SEG-101"].evidence
    assert found["SEG-296"].status == (NA if "RTSTRUCT" in name else PASS)


@pytest.mark.parametrize(("name", "images", "count"), PAIRS)
def test_with_its_images_in_the_session(platform, name, images, count):
    add(platform, path_of(name), OWN)
    add(platform, path_of(images), "ct")
    found = findings(path_of(name), lookup=on_platform(platform))
    assert found["SEG-101"].status == PASS
    assert f"all {count} reference image" in found["SEG-101"].evidence
    assert found["SEG-296"].status == (NA if "RTSTRUCT" in name else PASS)
    # The input once; one search for ZIP-101 and two for V2-201; the rest finds the images.
    assert len(platform.requests) - 4 <= 3


@pytest.mark.parametrize(("name", "images", "count"), PAIRS)
def test_with_its_images_in_another_session(platform, name, images, count):
    add(platform, path_of(name), OWN)
    add(platform, path_of(images), "ct", session="ses2")
    found = findings(path_of(name), lookup=on_platform(platform))
    assert found["SEG-101"].status == FAIL
    assert found["SEG-101"].evidence.startswith(f"0 of {count} reference image")
    assert "no file of the session" in found["SEG-101"].evidence


@pytest.mark.parametrize(("name", "images", "count"), PAIRS)
def test_without_its_images(name, images, count):  # noqa: ARG001
    found = findings(path_of(name))
    assert found["SEG-101"].status == UNKNOWN
    assert found["SEG-296"].status == (NA if "RTSTRUCT" in name else UNKNOWN)


@pytest.mark.parametrize(("name", "images", "count"), PAIRS)
def test_with_a_wrong_reference(name, images, count):  # noqa: ARG001
    found = findings(path_of(name), reference=path_of("dcm_qa-MR-1.4-01"))
    assert found["SEG-101"].status == FAIL
    assert found["SEG-101"].evidence.startswith(f"0 of {count} reference image")
    assert found["SEG-296"].status == (NA if "RTSTRUCT" in name else UNKNOWN)


def test_with_one_of_its_98_images():
    found = findings(
        path_of("dicompyler-core-RTSTRUCT-481.3-01"),
        reference=path_of("dicompyler-core-CT-1.2-01"),
    )
    assert found["SEG-101"].status == FAIL
    assert found["SEG-101"].evidence.startswith("1 of 98 reference images found")
