import gzip
import shlex
import shutil
import subprocess

import pytest

from fw_gear_viewer_check.checker.judging import check
from fw_gear_viewer_check.model.lookup import Answer
from fw_gear_viewer_check.requirements import repairs
from fw_gear_viewer_check.requirements.types import RepairKind
from tests import make, pack
from tests.elsewhere import NO_ANSWER, NOT_ASKED, NOTHING, Elsewhere
from tests.judge import FAIL, NA, PASS, judge
from tests.make import each

CONTAINER_ONLY = ("ZIP-102", "ZIP-103", "ZIP-104", "ZIP-192", "ZIP-193")
WHOLE = pack.to_bytes(make.ct(1)[0])
HIDDEN = [
    *("Thumbs.db", "THUMBS.DB", "a/thumbs.db", "desktop.ini", "a/Desktop.INI", ".DS_Store"),
    *("a/b/.ds_store", "__MACOSX/001.dcm", "a/__macosx/._001.dcm", ".__MACOSX/001.dcm"),
    *("._001.dcm", "a/._001.dcm", ".hidden", ".git/config", "a\\.hidden"),
]


def images_and(**others):
    """Return the members of a perfect series, and others; "_" in a name stands for a dot."""
    return pack.members(make.ct(3)) | {k.replace("_", "."): v for k, v in others.items()}


def two_series(**changes):
    return make.ct(3) + make.ct(2, SeriesInstanceUID="1.2.3.9", **changes)


@pytest.mark.parametrize("id_", CONTAINER_ONLY)
def test_zip_1_rows_do_not_speak_about_a_lone_file(tmp_path, id_):
    assert judge(id_, pack.file_of(tmp_path, make.ct(1)[0])).status == NA


@pytest.mark.parametrize("id_", [*CONTAINER_ONLY, "ZIP-191"])
def test_zip_1_rows_pass_a_zip_and_a_folder_of_one_series(tmp_path, id_):
    for path in (pack.zip_file(tmp_path, make.ct(3)), pack.folder_of(tmp_path, make.ct(3))):
        found = judge(id_, path)
        assert (found.status, found.affected, found.checked) == (PASS, (), 3)


def test_zip_101_passes_when_no_other_file_has_the_series():
    lookup = Elsewhere()
    found = judge("ZIP-101", make.ct(2), lookup=lookup)
    assert (found.status, found.checked) == (PASS, 1)
    assert lookup.asked_for == ["1.2.3.2"]


def test_zip_101_names_the_other_files():
    found = judge("ZIP-101", make.ct(2), lookup=Elsewhere(files=Answer(("a.zip", "b.zip"))))
    assert (found.status, found.affected, found.checked) == (FAIL, ("a.zip", "b.zip"), 3)
    assert found.evidence == "2 other files with this series"


def test_zip_101_decides_nothing_where_the_lookup_fails():
    found = judge("ZIP-101", make.ct(2), lookup=Elsewhere(files=NO_ANSWER))
    assert (found.status, found.evidence) == (NA, "the platform did not answer")
    assert (found.affected, found.checked) == ((), 0)


def test_zip_101_does_not_speak_where_nobody_is_asked():
    assert judge("ZIP-101", make.ct(2)).status == NA
    assert judge("ZIP-101", make.ct(2), lookup=Elsewhere(files=NOT_ASKED)).status == NA


def test_zip_101_asks_nobody_about_a_series_without_uid():
    lookup = Elsewhere(files=Answer(("a.zip",)))
    found = judge("ZIP-101", make.ct(2, SeriesInstanceUID=make.ABSENT), lookup=lookup)
    assert (found.status, lookup.asked_for) == (NA, [])


def test_zip_101_judges_a_lone_file_too(tmp_path):
    path = pack.file_of(tmp_path, make.ct(1)[0])
    assert judge("ZIP-101", path, lookup=Elsewhere(files=NOTHING)).status == PASS


@pytest.mark.parametrize("series", [0, 1])
def test_zip_102_names_the_other_series_and_counts_them(series):
    found = judge("ZIP-102", two_series(), series=series)
    assert (found.status, found.affected, found.checked) == (FAIL, ("004.dcm", "005.dcm"), 5)
    assert found.evidence == (
        "2 series in the archive: 1.2.3.2 (3 files), 1.2.3.9 (2 files)"
    )  # fmt: skip


def test_zip_102_counts_images_without_series_as_a_series():
    found = judge("ZIP-102", make.ct(3, SeriesInstanceUID=make.each("1.2.3", "1.2.3", "")))
    assert (found.status, found.affected) == (FAIL, ("003.dcm",))
    assert "without SeriesInstanceUID (1 file)" in found.evidence


def test_zip_102_does_not_speak_where_no_image_is_inside():
    assert judge("ZIP-102", {"a.txt": b"text"}).status == NA


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.txt", b"just some text", "not DICOM (1)"),
        ("empty.dcm", b"", "empty (0 bytes) (1)"),
        ("cut.dcm", WHOLE[:300], "truncated (1)"),
        ("short.dcm", WHOLE[:-1], "truncated (1)"),
        ("in.zip", pack.zip_bytes(pack.members(make.ct(1))), "archive or compressed file (1)"),
    ],
)
def test_zip_103_names_what_is_not_a_whole_dicom_file(name, content, kind):
    found = judge("ZIP-103", pack.members(make.ct(3)) | {name: content})
    assert (found.status, found.affected, found.checked) == (FAIL, (name,), 4)
    assert found.evidence == f"1 of 4 files not usable: {kind}"


def test_zip_103_counts_a_dicomdir_as_not_an_image_file():
    kind = "1.2.840.10008.1.3.10"
    directory = make.ct(1, MediaStorageSOPClassUID=kind, SOPClassUID=make.ABSENT)[0]
    found = judge("ZIP-103", pack.members(make.ct(3)) | {"DICOMDIR": pack.to_bytes(directory)})
    assert (found.status, found.affected, found.evidence) == (
        FAIL,
        ("DICOMDIR",),
        "1 of 4 files not usable: DICOMDIR (1)",
    )


@pytest.mark.parametrize("id_", ["ZIP-103", "ZIP-191"])
def test_zip_103_and_191_fail_an_encrypted_file(tmp_path, id_):
    path = tmp_path / "series.zip"
    path.write_bytes(pack.encrypted(pack.zip_bytes(pack.members(make.ct(3))), "002.dcm"))
    found = judge(id_, path)
    assert (found.status, found.affected, found.checked) == (FAIL, ("002.dcm",), 3)
    assert "encrypted" in found.evidence


def test_zip_103_does_not_count_hidden_files():
    found = judge("ZIP-103", images_and(_DS_Store=b"mac"))
    assert (found.status, found.checked) == (PASS, 3)


def test_zip_103_and_191_tell_the_five_most_frequent_reasons():
    contents = {
        **{f"{k}.txt": b"just some text" for k in range(2)},
        "in.zip": b"PK\3\4 and so on ...",
        "empty.dcm": b"",
        "cut.dcm": WHOLE[:300],
        **{f"short{k}.dcm": WHOLE[:-k] for k in range(1, 7)},
        "DICOMDIR": pack.to_bytes(
            make.ct(1, MediaStorageSOPClassUID="1.2.840.10008.1.3.10", SOPClassUID=make.ABSENT)[0]
        ),
    }
    told = judge("ZIP-103", contents).evidence
    assert told.startswith("12 of 12 files not usable: truncated (7), not DICOM (2), ")
    assert told.count(", ") == 4
    found = judge("ZIP-191", contents)
    assert (len(found.affected), found.evidence.count("; ")) == (8, 4)


@pytest.mark.parametrize(
    ("contents", "why"),
    [
        ({}, "the archive contains no file"),
        ({".DS_Store": b"mac"}, "the archive contains only hidden files"),
    ],
)
def test_zip_103_fails_an_archive_without_files(contents, why):
    found = judge("ZIP-103", contents)
    assert (found.status, found.evidence, found.checked) == (FAIL, why, 1)


@pytest.mark.parametrize("content", [b"", b"PK\3\4 and then nothing", b"no zip at all"])
@pytest.mark.parametrize("id_", ["ZIP-103", "ZIP-191"])
def test_zip_103_and_191_fail_an_archive_that_cannot_be_opened(tmp_path, content, id_):
    path = tmp_path / "broken.zip"
    path.write_bytes(content)
    found = judge(id_, path)
    assert (found.status, found.affected, found.checked) == (FAIL, ("broken.zip",), 1)
    assert found.evidence.startswith("the archive cannot be opened: ")


def test_zip_103_takes_no_folder_of_windows_for_an_empty_file():
    found = judge(
        "ZIP-103", {"d\\": b""} | {f"d\\{n}": b for n, b in pack.members(make.ct(2)).items()}
    )
    assert (found.status, found.checked) == (PASS, 2)


@pytest.mark.parametrize("id_", ["ZIP-102", "ZIP-104", "ZIP-192", "ZIP-193"])
def test_zip_104_and_others_say_nothing_of_an_archive_that_cannot_be_opened(tmp_path, id_):
    path = tmp_path / "broken.zip"
    path.write_bytes(b"no zip at all")
    assert judge(id_, path).status == NA


@pytest.mark.parametrize("name", HIDDEN)
def test_zip_104_fails_hidden_files_of_any_case_in_any_folder(name):
    found = judge("ZIP-104", pack.members(make.ct(2)) | {name: b"left behind"})
    assert (found.status, found.affected, found.checked) == (FAIL, (name,), 3)
    assert found.evidence == "1 hidden file in the archive"


@pytest.mark.process
def test_zip_104_gives_a_command_that_leaves_out_hidden_files(tmp_path):
    """The patterns of zip hold for whole paths: ".*" alone kept FOLDER/.DS_Store."""
    if shutil.which("zip") is None:
        pytest.skip("zip is not here")
    hidden = (".DS_Store", "a/._1.dcm", "__MACOSX/b", "Thumbs.db", "a/desktop.ini")
    for name in ("FOLDER/1.dcm", *(f"FOLDER/{one}" for one in hidden), "__MACOSX/._1.dcm"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(WHOLE)
    command = repairs.REMOVE_HIDDEN.text.partition("on macOS: ")[2].partition(")")[0]
    subprocess.run(shlex.split(command), cwd=tmp_path, check=True, capture_output=True)
    assert judge("ZIP-104", tmp_path / "series.zip").status == PASS
    assert judge("ZIP-103", tmp_path / "series.zip").status == PASS


@pytest.mark.parametrize(
    "name", ["a.b/c.dcm", "./a.dcm", "a/../b.dcm", "MACOSX/x", "thumbs.db.dcm"]
)
def test_zip_104_passes_names_that_only_look_like_it(name):
    assert judge("ZIP-104", {name: WHOLE}).status == PASS


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("empty.dcm", b"", "empty (0 bytes) (1 file)"),
        (
            "cut",
            WHOLE[:300],
            "truncated: it ends inside its header (1 file)",
        ),
        (
            "short",
            WHOLE[:-5],
            "truncated: 5 bytes of its pixel data are missing (1 file)",
        ),
    ],
)
def test_zip_191_says_why_a_file_cannot_be_read(name, content, why):
    found = judge("ZIP-191", pack.members(make.ct(2)) | {name: content})
    assert (found.status, found.affected, found.checked) == (FAIL, (name,), 3)
    assert found.evidence == why


def test_zip_191_does_not_mind_a_file_that_is_not_dicom():
    assert judge("ZIP-191", images_and(a_txt=b"just some text")).status == PASS


def test_zip_191_judges_a_lone_file(tmp_path):
    path = tmp_path / "image.dcm"
    path.write_bytes(WHOLE[:-5])
    assert judge("ZIP-191", path).status == FAIL


def test_zip_192_counts_the_second_and_further_of_the_same():
    images = make.ct(5, SOPInstanceUID=make.each("1.1", "1.2", "1.1", "1.1", "1.2"))
    found = judge("ZIP-192", images)
    assert (found.status, found.checked) == (FAIL, 5)
    assert found.affected == ("003.dcm", "004.dcm", "005.dcm")


@pytest.mark.parametrize("series", [0, 1])
def test_zip_192_looks_across_the_series_of_the_archive(series):
    found = judge("ZIP-192", two_series(SOPInstanceUID=make.each("1.2.3.2.1", "7")), series=series)
    assert (found.status, found.affected, found.checked) == (FAIL, ("004.dcm",), 5)


def test_zip_192_does_not_take_missing_uids_for_the_same():
    assert judge("ZIP-192", make.ct(3, SOPInstanceUID=make.ABSENT)).status == PASS


@pytest.mark.parametrize("ending", [".zip", ".ZIP", ".tar", ".tar.gz", ".7z", ".rar"])
def test_zip_193_names_archives_inside_the_archive(ending):
    found = judge("ZIP-193", pack.members(make.ct(2)) | {f"more{ending}": b"PK\3\4 and so on ..."})
    assert (found.status, found.affected, found.checked) == (FAIL, (f"more{ending}",), 3)
    assert found.evidence == "1 archive or compressed file inside the archive, not opened"


@pytest.mark.parametrize("id_", ["ZIP-103", "ZIP-193"])
def test_a_compressed_image_is_unpacked_not_dropped(id_):
    """It was "not DICOM", and dicom-splitter was to write an archive without it."""
    contents = pack.members(make.ct(2)) | {"a.txt": b"text", "IM9.dcm": gzip.compress(WHOLE)}
    assert judge(id_, contents).repair == repairs.UNPACK_INNER


@pytest.mark.parametrize(
    ("names", "code"),
    [(("IM1", "./IM1"), "same-name"), (("IM1", "IM1/IM2"), "same-name")],
)
def test_zip_103_names_files_that_unpacking_does_not_keep_apart(names, code):
    """A gear was named that unpacked fewer images than the archive holds."""
    contents = dict(zip(names, pack.members(make.ct(2)).values(), strict=True))
    found = judge("ZIP-103", contents | {"a.txt": b"text"})
    assert found.values["problems"][code] == (2 if "./IM1" in names else 1)
    assert found.repair.kind != RepairKind.GEAR


@pytest.mark.parametrize(
    ("contents", "told"),
    [
        ({".mr/1": WHOLE, ".mr/2": WHOLE, ".a.dcm": b"text"}, ", 2 of them DICOM"),
        ({".mr.zip": pack.zip_bytes({"1": WHOLE})}, ", 1 of them archive or compressed file"),
        ({"._1.dcm": WHOLE, "a/.DS_Store": WHOLE, "__MACOSX/1": WHOLE}, ", 3 of them DICOM"),
        ({".cut": WHOLE[:200], ".empty": b""}, ""),
    ],
)
def test_zip_104_tells_whether_hidden_files_are_images(contents, told):
    """They were left out as it said, and a whole series was gone."""
    found = judge("ZIP-104", pack.members(make.ct(2)) | contents)
    plural = "" if len(contents) == 1 else "s"
    assert found.evidence == f"{len(contents)} hidden file{plural} in the archive{told}"


def test_hidden_images_decide_nothing_else(tmp_path):
    images = pack.members(make.ct(3))
    hidden = {f".{n}": one for n, one in enumerate(pack.members(make.mr(3)).values())}
    plain, other = (
        check(pack.zip_file(tmp_path, one)).results for one in (images, images | hidden)
    )
    differ = {r.requirement.id for r, o in zip(plain, other, strict=True) if r.status != o.status}
    assert differ == {"ZIP-104"}


def test_zip_194_counts_patients_and_studies_of_a_series():
    assert judge("ZIP-194", make.ct(3)).status == PASS
    both = make.ct(3, StudyInstanceUID=each("1.2", "1.3", "1.4"), PatientID=each("a", "b", "b"))
    found = judge("ZIP-194", both)
    assert (found.status, found.code) == (FAIL, "several-patients")
    assert found.values == {"patients": 2, "studies": 3}
    assert found.evidence == "2 patients and 3 studies in one series"


@pytest.mark.parametrize(
    ("changes", "level", "verdict"),
    [
        ({}, "note", "PASS"),
        ({"StudyInstanceUID": each("1.2", "1.2", "1.3")}, "note", "PASS"),
        ({"PatientID": each("a", "a", "b")}, "required", "FAIL"),
    ],
)
def test_zip_194_is_required_of_patients_and_a_note_of_studies(tmp_path, changes, level, verdict):
    report = check(pack.zip_file(tmp_path, make.ct(3, **changes)))
    (result,) = [r for r in report.results if r.requirement.id == "ZIP-194"]
    assert (result.level, report.verdicts["archive"].status) == (level, verdict)


def test_zip_194_does_not_speak_about_a_lone_file(tmp_path):
    assert judge("ZIP-194", pack.file_of(tmp_path, make.ct(1)[0])).status == NA


@pytest.mark.parametrize(
    ("contents", "repair"),
    [
        ({"a.txt": b"hello"}, repairs.CHECK_UPLOAD),
        ({"a.txt": b"hello", "scan.zip": b"PK"}, repairs.UNPACK_INNER),
        ({"a.dcm": pack.to_bytes(make.ct(1)[0])[:400], "b.txt": b"hello"}, repairs.UPLOAD_AGAIN),
    ],
)
def test_an_archive_without_readable_dicom_has_one_repair(contents, repair):
    """Truncated images were told to be "NIfTI files, pictures and tables"."""
    assert {judge(id_, contents).repair for id_ in ("ZIP-103", "V3-101")} == {repair}


def test_zip_194_knows_a_patient_in_two_character_sets():
    images = make.ct(3, PatientID="Müller-1", SpecificCharacterSet="ISO_IR 100")
    make.change(images[1:], SpecificCharacterSet="ISO_IR 192")
    assert judge("ZIP-194", images).status == PASS
    make.change(images[1:], PatientID="Möller-1")
    assert judge("ZIP-194", images).code == "several-patients"
