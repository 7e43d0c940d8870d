"""The images of a segmentation, looked for in the session by the real SDK."""

import tempfile
from unittest import mock

import pytest

from fw_gear_viewer_check.checker import judging
from fw_gear_viewer_check.gear import sdk
from fw_gear_viewer_check.gear.images import MAX_FETCHED_BYTES
from fw_gear_viewer_check.gear.sdk import Question
from fw_gear_viewer_check.model import limits
from fw_gear_viewer_check.model.chained_lookup import ChainedLookup
from fw_gear_viewer_check.model.lookup import LocalLookup
from tests import make, pack
from tests.judge import FAIL, NA, PASS, UNKNOWN
from tests.lookup import stub_platform
from tests.lookup.sdk import OWN, lookup_of

pytestmark = pytest.mark.long

SESSION_FILE = "ct"


@pytest.fixture
def images():
    return make.ct(4)


@pytest.fixture
def segmentation(images):
    return make.seg(images, SeriesInstanceUID="1.2.3.77")


def add_own(platform, segmentation, **more):
    first = segmentation[0]
    platform.add(
        OWN, series=str(first.SeriesInstanceUID), study=str(first.StudyInstanceUID), **more
    )


def add_images(platform, images, file_id=SESSION_FILE, *, names=None, **more):
    """Add an image series as the platform knows it after file-metadata-importer."""
    first = images[0]
    header = {
        "SOPInstanceUID": str(first.SOPInstanceUID),
        "Rows": int(first.Rows),
        "Columns": int(first.Columns),
        "ImageOrientationPatient": [float(v) for v in first.ImageOrientationPatient],
    }
    platform.members[file_id] = names or [f"IMG{n:04}.dcm" for n in range(len(images))]
    settings = {"header": header, "zip_member_count": len(images), **more}
    return platform.add(
        file_id,
        series=str(first.SeriesInstanceUID),
        study=settings.pop("study", str(first.StudyInstanceUID)),
        **settings,
    )


def named_after_uids(images):
    return [f"ct/{image.SOPInstanceUID}.CT.dcm" for image in images]


def keep_archive(platform, tmp_path, images, file_id=SESSION_FILE):
    path = pack.zip_file(tmp_path, images, f"{file_id}.zip")
    platform.contents[f"acq-{file_id}", f"{file_id}.dicom.zip"] = path.read_bytes()


def judged(segmentation, lookup, *, asks_first=("ZIP-101", "V2-201")):
    """Judge as the checker does, in its order; return SEG-101 and SEG-296."""
    (series,) = pack.read(segmentation, lookup=ChainedLookup(LocalLookup([]), lookup))
    for identifier in asks_first:
        judging.judge(identifier, series)
    return [judging.judge(identifier, series) for identifier in ("SEG-101", "SEG-296")]


def test_member_names_tell_the_instances(platform, images, segmentation):
    add_own(platform, segmentation)
    add_images(platform, images, names=named_after_uids(images))
    found, fits = judged(segmentation, lookup_of(platform))
    assert (found.status, fits.status) == (PASS, PASS)
    assert found.evidence == "all 4 reference images found in the session (ct.dicom.zip)"
    assert platform.paths_asked() == [f"/files/{OWN}", *["/files"] * 4, "/files/ct/zip_info"]


def test_the_archive_tells_where_names_do_not(platform, images, segmentation, tmp_path):
    add_own(platform, segmentation)
    add_images(platform, images)
    keep_archive(platform, tmp_path, images)
    found, fits = judged(segmentation, lookup_of(platform))
    assert (found.status, fits.status) == (PASS, PASS)
    assert len(platform.requests) == 7
    assert platform.paths_asked()[-1] == "/acquisitions/acq-ct/files/ct.dicom.zip"


def test_pixels_are_no_objects_of_json(platform, images, segmentation, tmp_path, monkeypatch):
    """Images with a background of 44, a comma, were too long to be downloaded."""
    for limit in ("MAX_JSON_COMMAS", "MAX_JSON_OBJECTS"):
        monkeypatch.setattr(sdk, limit, 1000)
    add_own(platform, segmentation)
    add_images(platform, images)
    pixels = b"[," * 64 * 64
    images = make.change(images, Rows=64, Columns=64, PixelData=pixels)
    keep_archive(platform, tmp_path, images)
    found, _ = judged(segmentation, lookup_of(platform))
    assert found.status == PASS


def test_the_archive_tells_where_its_images_lie(platform, images, segmentation, tmp_path):
    add_own(platform, segmentation)
    add_images(platform, images)
    moved = [[0, 0, 3 * n + 1.5] for n in range(len(images))]
    keep_archive(platform, tmp_path, make.change(images, ImagePositionPatient=make.each(*moved)))
    for frame in segmentation[0].PerFrameFunctionalGroupsSequence:
        del frame.DerivationImageSequence
    found, fits = judged(segmentation, lookup_of(platform))
    assert (found.status, fits.status) == (PASS, FAIL)


def test_an_archive_that_is_not_read_to_its_end_is_not_whole(
    platform, images, segmentation, tmp_path, monkeypatch
):
    """What a limit left out of it was missing, and an honest segmentation failed."""
    add_own(platform, segmentation)
    add_images(platform, images)
    keep_archive(platform, tmp_path, images)
    monkeypatch.setattr(limits, "MAX_KEPT_BYTES", 4 * 1_000)
    found, _ = judged(segmentation, lookup_of(platform))
    assert found.status == UNKNOWN
    assert found.evidence.endswith("is too large: not all of its images were read")


def test_an_archive_of_images_that_the_viewer_does_not_show(
    platform, images, segmentation, tmp_path
):
    add_own(platform, segmentation)
    add_images(platform, images)
    keep_archive(platform, tmp_path, make.change(images, StudyInstanceUID=make.BLANK))
    found, _ = judged(segmentation, lookup_of(platform))
    assert (found.status, found.code) == (FAIL, "images-not-shown")


def test_metadata_of_each_instance_tell_them(platform, images, segmentation):
    add_own(platform, segmentation)
    listed = {"SOPInstanceUID": [str(i.SOPInstanceUID) for i in images]}
    file = add_images(platform, images)
    file["info"]["header"]["dicom_array"] = listed
    found, _ = judged(segmentation, lookup_of(platform))
    assert (found.status, len(platform.requests)) == (PASS, 5)


def test_a_list_that_was_cut_is_not_believed(platform, images, segmentation, tmp_path):
    add_own(platform, segmentation)
    file = add_images(platform, images)
    cut = [str(i.SOPInstanceUID) for i in images[:2]]
    file["info"]["header"]["dicom_array"] = {"SOPInstanceUID": cut}
    keep_archive(platform, tmp_path, images)
    found, _ = judged(segmentation, lookup_of(platform))
    assert found.status == PASS


def test_a_series_of_single_files(platform, images, segmentation):
    add_own(platform, segmentation)
    for number, image in enumerate(images):
        single = {"name": f"{number}.dcm", "zip_member_count": None}
        add_images(platform, [image], f"single{number}", **single)
    found, fits = judged(segmentation, lookup_of(platform))
    assert (found.status, fits.status) == (PASS, PASS)
    assert fits.evidence == "same size and plane as 4 reference images"
    assert len(platform.requests) == 5


def test_a_series_split_into_two_archives(platform, images, segmentation):
    add_own(platform, segmentation)
    for file_id, part in (("a", images[:2]), ("b", images[2:])):
        add_images(platform, part, file_id, names=named_after_uids(part))
    found, _ = judged(segmentation, lookup_of(platform))
    assert found.status == PASS
    assert len(platform.requests) == 7


def test_images_of_another_study_in_the_same_session(platform, images, segmentation):
    add_own(platform, segmentation)
    add_images(platform, images, names=named_after_uids(images), study="1.2.99")
    found, _ = judged(segmentation, lookup_of(platform))
    assert (found.status, len(platform.requests)) == (PASS, 6)


def test_every_request_is_about_the_session(platform, images, segmentation):
    add_own(platform, segmentation)
    add_images(platform, images, session="ses2", names=named_after_uids(images))
    judged(segmentation, lookup_of(platform), asks_first=())
    assert {filters[0] for filters in platform.filters_asked()} == {"parents.session=ses1"}
    assert len(platform.requests) == 3


def test_an_rtstruct(platform, images):
    structures = make.rtstruct(images, SeriesInstanceUID="1.2.3.78")
    add_own(platform, structures)
    add_images(platform, images, names=named_after_uids(images))
    found, fits = judged(structures, lookup_of(platform))
    assert (found.status, fits.status) == (PASS, NA)


def test_some_images_are_not_in_the_session(platform, images, segmentation):
    add_own(platform, segmentation)
    add_images(platform, images[:3], names=named_after_uids(images[:3]))
    found, _ = judged(segmentation, lookup_of(platform))
    assert found.status == FAIL
    assert found.evidence == "3 of 4 reference images found in the session (ct.dicom.zip)"


def add_single(platform, images):
    for number, image in enumerate(images):
        name = f"{number}.dcm"
        add_images(platform, [image], f"single{number}", name=name, zip_member_count=None)


def test_a_series_of_more_files_than_are_looked_at(platform, images, segmentation, monkeypatch):
    """Those behind the limit were missing, and the segmentation failed."""
    monkeypatch.setattr("fw_gear_viewer_check.gear.lookup.PAGE", 2)
    monkeypatch.setattr("fw_gear_viewer_check.gear.lookup.MAX_FILES", 2)
    add_own(platform, segmentation)
    add_single(platform, images)
    found, _ = judged(segmentation, lookup_of(platform), asks_first=())
    assert found.status == UNKNOWN
    assert found.evidence.startswith("2 of 4 reference images found in the session (")
    assert found.evidence.endswith("more than 2 files of the session share this SeriesInstanceUID")


def test_a_series_of_which_a_file_is_not_described_yet(platform, images, segmentation):
    """The importer may still be at it: a segmentation of its images failed until then."""
    add_own(platform, segmentation)
    add_single(platform, images[:3])
    platform.add("not yet")
    found, _ = judged(segmentation, lookup_of(platform))
    assert found.status == UNKNOWN
    assert "3 of 4 reference images found" in found.evidence
    assert "run file-metadata-importer on them" in found.evidence


def test_a_list_that_ends_before_all_files_of_the_session(
    platform, images, segmentation, monkeypatch
):
    monkeypatch.setattr("fw_gear_viewer_check.gear.lookup.PAGE", 3)
    monkeypatch.setattr("fw_gear_viewer_check.gear.lookup.MAX_FILES", 3)
    add_own(platform, segmentation)
    add_single(platform, images)

    def refusing(handler):
        if "info.header" in handler.path:
            return stub_platform.status(400)(handler)
        return handler.send_files("", handler.query)

    platform.faults["files"] = refusing
    found, _ = judged(segmentation, lookup_of(platform), asks_first=())
    assert found.status == UNKNOWN
    assert found.evidence.startswith("2 of 4 reference images found in the session (")


def test_half_of_the_images_here_and_no_answer_about_the_others(platform, images, segmentation):
    add_own(platform, segmentation)
    add_images(platform, images, names=named_after_uids(images))
    platform.faults["files"] = stub_platform.status(503)
    here = LocalLookup([("this input", pack.read(images[:2])[0].instances)])
    (series,) = pack.read(segmentation, lookup=ChainedLookup(here, lookup_of(platform)))
    found = judging.judge("SEG-101", series)
    assert found.status == UNKNOWN
    assert found.evidence.startswith("2 of 4 reference images found in this input; ")


def test_names_that_are_other_uids_are_not_believed(platform, images, segmentation, tmp_path):
    add_own(platform, segmentation)
    names = [f"1.2.840.99.1.2.{number}.dcm" for number in range(4)]
    add_images(platform, images, names=names)
    keep_archive(platform, tmp_path, images)
    found, _ = judged(segmentation, lookup_of(platform))
    assert found.status == PASS


@pytest.mark.parametrize("session", ["nowhere", "ses2"])
def test_images_that_the_session_does_not_hold(platform, images, segmentation, session):
    add_own(platform, segmentation)
    platform.add("other", series="1.2.3.4.5.6")
    if session != "nowhere":
        add_images(platform, images, session=session, names=named_after_uids(images))
    found, fits = judged(segmentation, lookup_of(platform))
    assert (found.status, fits.status) == (FAIL, UNKNOWN)
    assert found.evidence == (
        "0 of 4 reference images found; no file of the session contains the reference series"
    )


def test_a_session_of_which_a_file_is_not_described_yet(platform, segmentation):
    """The importer may not have come to the images yet, and no rule can wait for that."""
    add_own(platform, segmentation)
    platform.add("described", series="1.2.3.4.5.6")
    platform.add("not yet")
    found, _ = judged(segmentation, lookup_of(platform))
    assert found.status == UNKNOWN
    assert "run file-metadata-importer on them, then this gear again" in found.evidence


@pytest.mark.parametrize(
    "parents",
    [{"analysis": "an1"}, {"session": "ses2"}],
)
def test_what_is_not_described_elsewhere_does_not_matter(platform, segmentation, parents):
    add_own(platform, segmentation)
    file = platform.add("not yet")
    file["parents"] |= parents
    assert judged(segmentation, lookup_of(platform))[0].status == FAIL


def test_a_segmentation_that_is_not_described_itself(platform, images, segmentation):
    platform.add(OWN)
    assert judged(segmentation, lookup_of(platform))[0].status == FAIL
    add_images(platform, images, names=named_after_uids(images))
    assert judged(segmentation, lookup_of(platform))[0].status == PASS


def test_images_in_an_analysis_are_not_in_the_viewer(platform, images, segmentation):
    add_own(platform, segmentation)
    file = add_images(platform, images, names=named_after_uids(images))
    file["parents"]["analysis"] = "an1"
    assert judged(segmentation, lookup_of(platform))[0].status == FAIL


@pytest.mark.parametrize("is_searched", [True, False])
def test_images_that_were_deleted_are_not_in_the_viewer(
    platform, images, segmentation, is_searched
):
    add_own(platform, segmentation)
    gone = {"deleted": "2026-01-01T00:00:00Z"}
    add_images(platform, images, names=named_after_uids(images), **gone)
    platform.add("new", **gone)
    if not is_searched:
        found = platform.matching
        platform.matching = lambda query: (
            [] if "SeriesInstanceUID" in query["filter"] else found(query)
        )
    assert judged(segmentation, lookup_of(platform))[0].status == FAIL


@pytest.mark.parametrize("how", ["finds nothing", "refused"])
def test_the_list_of_the_session_tells_where_the_search_does_not_work(
    platform, images, segmentation, how
):
    add_own(platform, segmentation)
    add_images(platform, images, names=named_after_uids(images))

    def broken(handler):
        if "info.header" not in handler.path:
            return handler.send_files("", {"filter": "type=dicom"})
        if how == "refused":
            return stub_platform.status(400)(handler)
        return handler.send_json({"count": 0, "total": 0, "results": []})

    platform.faults["files"] = broken
    assert judged(segmentation, lookup_of(platform))[0].status == PASS


def test_a_session_of_more_files_than_are_listed(platform, segmentation):
    for number in range(201):
        platform.add(f"f{number:03}", series=f"1.2.3.5.{number}")
    add_own(platform, segmentation)
    found, _ = judged(segmentation, lookup_of(platform))
    assert found.status == UNKNOWN
    assert found.evidence == "not found among the first 200 DICOM files of the session"


@pytest.mark.parametrize("code", [403, 504])
def test_a_search_that_is_refused_is_no_failure(platform, images, segmentation, code):
    add_own(platform, segmentation)
    add_images(platform, images, names=named_after_uids(images))
    platform.faults["files"] = stub_platform.status(code)
    found, _ = judged(segmentation, lookup_of(platform))
    assert found.status == UNKNOWN
    assert f"({code})" in found.evidence


@pytest.mark.long
def test_a_slow_project_does_not_keep_the_session_from_an_answer(platform, images, segmentation):
    add_own(platform, segmentation)
    add_images(platform, images, names=named_after_uids(images))

    def slow_in_project(handler):
        if "parents.project" in handler.path:
            platform.stopped.wait(60)
        handler.send_files("", handler.query)

    platform.faults["files"] = slow_in_project
    assert judged(segmentation, lookup_of(platform, seconds=1))[0].status == PASS


def test_an_archive_too_large_to_fetch(platform, images, segmentation):
    add_own(platform, segmentation)
    add_images(platform, images, size=MAX_FETCHED_BYTES + 1)
    found, fits = judged(segmentation, lookup_of(platform))
    assert (found.status, fits.status) == (UNKNOWN, UNKNOWN)
    assert "not downloaded (64 MiB)" in found.evidence
    assert "provide it as input reference" in found.evidence


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", b"<html>"])
def test_an_archive_that_arrives_broken(platform, images, segmentation, content):
    add_own(platform, segmentation)
    add_images(platform, images)
    platform.contents["acq-ct", "ct.dicom.zip"] = content
    found, _ = judged(segmentation, lookup_of(platform))
    assert found.status == UNKNOWN
    assert found.evidence == "what the platform sent of the reference series cannot be read"


@pytest.mark.parametrize("code", [403, 404, 500])
def test_member_names_refused(platform, images, segmentation, tmp_path, code):
    add_own(platform, segmentation)
    add_images(platform, images)
    keep_archive(platform, tmp_path, images)
    platform.faults["zip_info"] = stub_platform.status(code)
    found, _ = judged(segmentation, lookup_of(platform))
    assert found.status == PASS


def test_the_download_is_limited_in_time(platform, images, segmentation):
    add_own(platform, segmentation)
    add_images(platform, images)
    platform.faults["download"] = stub_platform.dripping(platform)
    found, _ = judged(segmentation, lookup_of(platform, seconds=0.2))
    assert (found.status, found.evidence) == (
        UNKNOWN,
        "the platform lookup failed: no answer in time",
    )


def test_a_segmentation_of_another_matrix(platform, images, segmentation):
    add_own(platform, segmentation)
    for image in images:
        image.Rows += 1
    add_images(platform, images, names=named_after_uids(images))
    _, fits = judged(segmentation, lookup_of(platform))
    assert fits.status == FAIL
    assert "in the reference images" in fits.evidence


def test_an_enhanced_reference_is_compared_by_its_functional_groups(platform, segmentation):
    (image,) = make.enhanced_mr(4)
    segmentation[0].ReferencedSeriesSequence[0].SeriesInstanceUID = image.SeriesInstanceUID
    (named, *_) = segmentation[0].ReferencedSeriesSequence[0].ReferencedInstanceSequence
    named.ReferencedSOPInstanceUID = image.SOPInstanceUID
    segmentation[0].ReferencedSeriesSequence[0].ReferencedInstanceSequence = [named]
    segmentation[0].Rows, segmentation[0].Columns = image.Rows, image.Columns
    add_own(platform, segmentation)
    oblique = [0.6, 0.8, 0, 0, 0, -1]
    header = {
        "SOPInstanceUID": str(image.SOPInstanceUID),
        "Rows": int(image.Rows),
        "Columns": int(image.Columns),
        "NumberOfFrames": 4,
        # As the importer writes it: one item, and not in a list.
        "PerFrameFunctionalGroupsSequence": {
            "PlaneOrientationSequence": [{"ImageOrientationPatient": oblique}]
        },
    }
    single = {"name": "enhanced.dcm", "zip_member_count": None, "header": header}
    platform.add("mr", series=str(image.SeriesInstanceUID), **single)
    found, fits = judged(segmentation, lookup_of(platform))
    assert (found.status, fits.status) == (PASS, FAIL)
    assert fits.evidence.startswith("its plane is not that")


def test_no_more_than_six_requests_for_the_images(platform, images, segmentation):
    add_own(platform, segmentation)
    for number, image in enumerate(images * 2):
        add_images(
            platform,
            [image],
            f"ct{number}",
            zip_member_count=2,
            names=named_after_uids([image]),
        )
    found, _ = judged(segmentation, lookup_of(platform), asks_first=())
    assert found.status == UNKNOWN
    assert found.evidence.endswith("it needs too many requests")
    assert len(platform.requests) == 6


def test_a_question_has_six_requests_and_ten_seconds():
    question = Question(mock.sentinel.connection)
    assert (question.requests, question.seconds) == (6, 10.0)


def test_without_a_temporary_folder_nothing_is_downloaded(
    platform, images, segmentation, tmp_path, monkeypatch
):
    """It was a traceback, and a request to report it."""
    add_own(platform, segmentation)
    add_images(platform, images)
    keep_archive(platform, tmp_path, images)
    (series,) = pack.read(segmentation, lookup=lookup_of(platform))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    found = judging.judge("SEG-101", series)
    assert found.status == UNKNOWN
    assert "there is no temporary folder that can be used" in found.evidence
    assert str(tmp_path) not in found.evidence
