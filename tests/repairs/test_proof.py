"""Every repair with the gears' own code, and what was tried besides: ``make repair-test``."""

from __future__ import annotations

import json

import pytest
from pydicom import dcmread

from fw_gear_viewer_check.requirements import repairs
from tests import make, pack
from tests.repairs import gears, proof, scans, trial

pytestmark = [pytest.mark.repair, pytest.mark.process]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return proof.prove(tmp_path_factory.mktemp("proof"))


@pytest.mark.parametrize("part", ["repaired", "corpus", "tried"])
def test_it_comes_out_as_recorded(found, part):
    if part == "corpus" and not proof.corpus():
        pytest.skip("the corpus is not here")
    assert found[part] == proof.recorded()[part]


def test_what_is_recorded_repairs():
    for part in ("repaired", "corpus"):
        assert {record["result"] for record in proof.recorded()[part]} == {"repaired"}


def test_new_uids_are_made_of_labels_only(tmp_path):
    """Two files of one acquisition get one UID: the caution of the repair says so."""
    config = proof.recorded()["repaired"]
    config = next(r["config"] for r in config if r["config"].get("new-uids-needed"))
    jobs = []
    for name in ("a", "b"):
        images = scans.ct(3, SeriesInstanceUID=name, StudyInstanceUID=name)
        path = pack.zip_file(tmp_path, images, f"{name}.dicom.zip")
        jobs.append(gears.Job("dicom-fixer", path, tmp_path / name, config))
    assert gears.run(jobs) == ["", ""]
    first, second = (proof.images_in(job.output) for job in jobs)
    assert first[0].SeriesInstanceUID == second[0].SeriesInstanceUID


def test_the_fixer_stretches_the_colours_of_each_image(tmp_path):
    """The caution of the repair says so."""
    images = scans.drawn(make.us(2, **scans.PALETTE, **scans.BYTES))
    for image, brightest in zip(images, (60, 120), strict=True):
        image.PixelData = bytes(range(brightest - 60, brightest + 1)) + bytes(195)
        assert len(image.PixelData) == image.Rows * image.Columns
    written = _fixed(tmp_path, scans.members(images, make.IMPLICIT))
    assert [max(image.PixelData) for image in written] == [255, 255]


@pytest.mark.parametrize("harm", ["converts twice", "leaves a colour out"])
def test_the_fixer_spoils_colours_that_it_is_not_suggested_for(tmp_path, harm):
    images = make.us(2, **scans.PALETTE, **scans.BYTES)
    if harm == "converts twice":
        images = scans.drawn(images)[:1] + scans.part(make.us(1, **scans.YBR), 9)
        images[1].PixelData = bytes((200, 90, 160)) * 256
    else:
        scans.drawn(make.change(images, BluePaletteColorLookupTableData=bytes(512)))
    written = _fixed(tmp_path, scans.members(images, make.IMPLICIT))
    image = written[-1]
    assert image.PhotometricInterpretation == "RGB"
    if harm == "converts twice":
        assert tuple(image.PixelData[:3]) == (252, 220, 255)  # not (245, 190, 133)
    else:
        assert len(image.PixelData) == 2 * image.Rows * image.Columns


@pytest.mark.parametrize("entries", [256, 40_000])
def test_the_fixer_counts_a_long_table_otherwise(tmp_path, entries):
    """It is not suggested for these."""
    table = scans.tables(entries, "SS")[0]
    images = scans.ct(3, PixelRepresentation=1, SeriesInstanceUID=make.ABSENT, **table)
    path = pack.zip_file(tmp_path, images, "a.dicom.zip")
    config = next(
        record["config"]
        for record in proof.recorded()["repaired"]
        if record["gear"] == "dicom-fixer" and record["requirement"] == "V3-102"
    )
    one = trial.Trial("a table", "V3-102", path, "dicom-fixer", config)
    (outcome,) = trial.run([one], tmp_path)
    assert outcome.result == ("repaired" if entries == 256 else "changes values")


def _fixed(folder, contents):
    path = pack.zip_file(folder, contents)
    job = gears.Job("dicom-fixer", path, folder / "out", dict(repairs.CONVERT_PALETTE.config))
    assert gears.run([job]) == [""]
    return sorted(proof.images_in(job.output), key=lambda image: image.InstanceNumber)


def test_the_splitter_would_delete_its_input():
    """Why every configuration says delete_input."""
    python, here = gears.python_of("dicom-splitter"), gears.HERE
    code = f"import sys; sys.path.insert(0, {str(here)!r}); import drive, json; "
    code += "print(json.dumps(drive.defaults_of('dicom-splitter')))"
    defaults = json.loads(gears.output_of([python, "-c", code]))
    assert defaults["delete_input"] is True
    assert defaults["max_geometric_splits"] == -1


def test_what_the_gears_write_keeps_its_history(tmp_path):
    """Splitting keeps the old SeriesInstanceUID in OriginalAttributesSequence."""
    path = pack.zip_file(tmp_path, scans.volumes(2, EchoNumbers=(1, 2)))
    repair = proof.repair_of(path, "MPR-102")
    gears.run([gears.Job(repair.gear, path, tmp_path / "out", dict(repair.config))])
    images = proof.images_in(tmp_path / "out")
    (old,) = {str(dcmread(f).SeriesInstanceUID) for f in proof.opened(path)}
    kept = {
        str(i.OriginalAttributesSequence[0].ModifiedAttributesSequence[0].SeriesInstanceUID)
        for i in images
    }
    assert kept == {old}
    assert len({i.SeriesInstanceUID for i in images}) == 2
