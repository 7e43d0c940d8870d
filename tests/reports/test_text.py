import pytest

from fw_gear_viewer_check import check
from fw_gear_viewer_check.checker.options import Options
from fw_gear_viewer_check.reports import rows, text
from fw_gear_viewer_check.requirements import repairs
from fw_gear_viewer_check.requirements.types import Capability, Level, Repair, RepairKind, Status
from tests import hand_made, make, pack


def lines_of(path, **options):
    """Return the lines of the report, without the folds of long ones."""
    lines = []
    for line in text.to_text(check(path, **options), width=120).splitlines():
        if line.startswith("      ") and not line.startswith("      dicom-"):
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line)
    return [line.strip() for line in lines]


def test_the_answer_comes_first_then_the_result_and_what_was_checked(tmp_path):
    first, second, *_ = lines_of(pack.zip_file(tmp_path, make.ct(z=[0, 3, 6, 11, 14])))
    assert first == "Opens in V3 with measurements; no MPR or 3D: uneven slice spacing."
    assert second == "PASS: series.dicom.zip (checked: archive, v3_open, v3_overlay)"


def test_v3_comes_before_v2_and_rare_attributes_are_one_line(tmp_path):
    images = make.ct(z=[0, 3, 6, 11, 14], RequestedProcedureID=make.ABSENT)
    lines = lines_of(pack.zip_file(tmp_path, images))
    mpr = lines.index("✗ No MPR or 3D: uneven slice spacing")
    v2 = lines.index("✗ V2 may not open it: 1 rarely written attribute missing [V2-106]")
    assert mpr < v2
    assert not any("RequestedProcedureID" in line for line in lines)


def test_a_repair_stands_below_what_it_repairs(tmp_path):
    images = make.ct(
        3, Rows=make.each(16, 16, 8), PixelSpacing=make.each([1, 1], [1, 1], make.ABSENT)
    )
    lines = lines_of(pack.zip_file(tmp_path, images))
    at = next(n for n, line in enumerate(lines) if line.startswith("✗ No MPR or 3D"))
    starts = [line[-9:] if line.endswith("]") else line[:2] for line in lines[at + 1 : at + 6]]
    assert starts == ["[MPR-103]", "> ", "[MPR-201]", "> ", "di"]


def test_attributes_that_are_missing_are_one_line_with_one_repair(tmp_path):
    images = make.ct(3, StudyDate=make.ABSENT, StudyID=make.BLANK)
    lines = lines_of(pack.zip_file(tmp_path, images))
    at = lines.index("✗ V2 may not open it: StudyDate and StudyID missing")
    assert lines[at + 1] == "StudyDate and StudyID are missing in all 3 images. [V2-107, V2-109]"
    assert lines[at + 2].startswith("> ")
    assert not lines[at + 3].startswith("> ")


def test_images_are_named_where_not_all_are_affected():
    names = [f"{n}.dcm" for n in range(1, 6)]
    report = hand_made.report(
        hand_made.series_report(hand_made.result(affected=names, checked=9)), name="a.zip"
    )
    shown = text.to_text(report)
    assert "Gaps of 1 mm and 7 mm. (1.dcm, 2.dcm, 3.dcm, ...) [MPR-205]" in shown


def test_what_could_not_be_determined_because_of_a_failure_above_is_left_out(tmp_path):
    path = pack.zip_file(tmp_path, make.ct(3, ImagePositionPatient=make.ABSENT))
    unknown = [row["requirement"] for row in rows.rows(check(path)) if row["status"] == "UNKNOWN"]
    assert "MPR-102" in unknown
    lines = lines_of(path)
    assert sum("MPR-204" in line for line in lines) == 1
    assert not any("MPR-102" in line for line in lines)


def test_what_could_not_be_determined_besides_is_marked_and_has_no_repair(tmp_path):
    alone = make.rtstruct(make.ct(3), InstanceNumber=make.ABSENT, SOPInstanceUID=make.BLANK)
    lines = lines_of(pack.zip_file(tmp_path, alone))
    marked = [n for n, line in enumerate(lines) if line.startswith("? ") and "V3-198" in line]
    assert len(marked) == 1
    assert not lines[marked[0] + 1].startswith("> ")


def test_a_note_that_says_no_more_than_a_failure_is_left_out(tmp_path):
    gaps = make.ct(z=[k for k in range(25) if not 9 <= k <= 13])
    spacing = lines_of(pack.zip_file(tmp_path, gaps))
    assert any("5 slices missing" in line and "[MPR-198]" in line for line in spacing)
    assert not any("MPR-206" in line for line in spacing if "[MPR-198]" not in line)
    members = pack.members(make.ct(3))
    broken = members | {"cut.dcm": pack.to_bytes(make.ct(1)[0])[:300], "in.zip": b"PK\3\4 and so"}
    archive = lines_of(pack.zip_file(tmp_path, broken))
    (told,) = [line for line in archive if "ZIP-1" in line]
    assert told.startswith("2 of 5 files not usable: ")
    assert "truncated (1)" in told
    assert "archive or compressed file (1)" in told


def test_a_note_that_is_word_for_word_a_failure_is_left_out(tmp_path):
    lines = lines_of(pack.zip_file(tmp_path, make.pt(3, Units="PROPCNTS")))
    assert sum("Units is PROPCNTS" in line for line in lines) == 1
    assert any("[SUV-101]" in line for line in lines)


def test_an_object_without_a_class_is_of_unknown_kind(tmp_path):
    path = pack.zip_file(tmp_path, make.ct(3, SOPClassUID=make.ABSENT))
    assert lines_of(path)[2].startswith("Unknown kind, 3 images")


def test_a_segmentation_with_some_of_its_images_is_not_said_to_have_none(tmp_path):
    images = make.ct(4)
    (tmp_path / "some").mkdir()
    some = pack.zip_file(tmp_path / "some", images[:3])
    lines = lines_of(pack.zip_file(tmp_path, make.seg(images)), reference=some)
    assert lines[0] == "Not drawn over its images in V3: some reference images were not found."


def test_a_note_that_nothing_above_says_stays(tmp_path):
    lines = lines_of(pack.zip_file(tmp_path, make.ct(z=[k for k in range(40) if k != 9])))
    assert any(line.startswith("Note: 1 image missing in 1 gap: ") for line in lines)


def test_copies_are_counted_beside_the_images(tmp_path):
    images = make.ct(3, ImagePositionPatient=make.ABSENT)
    members = pack.members(images)
    copied = members | {f"copy of {name}": content for name, content in members.items()}
    lines = lines_of(pack.zip_file(tmp_path, copied))
    assert lines[2] == "CT Image, 6 images (3 of them copies) of 4 \N{MULTIPLICATION SIGN} 4 pixels"
    assert "ImagePositionPatient is absent in all 3 images. [MPR-204]" in lines
    once = lines_of(pack.zip_file(tmp_path, members | {"copy.dcm": next(iter(members.values()))}))
    assert once[2].startswith("CT Image, 4 images (1 of them a copy) of 4 ")
    assert lines_of(pack.zip_file(tmp_path, images))[2].startswith("CT Image, 3 images of 4 ")


def test_a_folder_is_not_called_a_file(tmp_path):
    (tmp_path / "scan").mkdir()
    (tmp_path / "scan" / "notes.txt").write_text("no DICOM")
    assert "in this file" not in text.to_text(check(tmp_path / "scan"))


def test_a_segmentation_alone_needs_its_images(tmp_path):
    lines = lines_of(pack.zip_file(tmp_path, make.seg(make.ct(3))))
    at = lines.index("? Segmentation overlay: reference images needed")
    assert lines[at + 1].endswith("[SEG-101]")
    assert lines[at + 2].startswith("> ")


def test_a_repair_that_stands_above_is_not_printed_again(tmp_path):
    lines = lines_of(pack.zip_file(tmp_path, make.rtstruct(make.ct(3))))
    assert [line for line in lines if line.startswith("> ")][1:] == ["> Same repair as above."]


def test_what_the_viewer_shows_has_a_size_only_where_it_has_one(tmp_path):
    shown = lines_of(pack.zip_file(tmp_path, make.seg(make.ct(3))))[-1]
    assert shown.endswith(" lists: Segmentation")


def test_what_only_follows_is_one_line(tmp_path):
    images = make.us(2, PhotometricInterpretation="PALETTE COLOR")
    lines = lines_of(pack.zip_file(tmp_path, images))
    at = next(n for n, line in enumerate(lines) if line.startswith("✗ No MPR or 3D"))
    assert lines[at].startswith("✗ No MPR or 3D: V3 does not open it (also: MPR-")
    assert not lines[at + 1].startswith("> ")


@pytest.mark.parametrize("name", ["scan.dcm", "scan.dicom.zip"])
def test_nothing_readable_is_told_once_with_its_own_repair(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"hello")
    lines = lines_of(path)
    assert lines[0] == "Does not open: no readable DICOM."
    what = (
        "not a zip, or its directory is damaged" if name.endswith("zip") else "not DICOM (1 file)"
    )
    assert lines[1].startswith("FAIL: ")
    assert lines[2] == f"Found: {what}."
    assert lines[3].startswith("> Check that you uploaded the right file.")
    assert not any("readable" in line for line in lines[1:])
    failing = [row for row in rows.rows(check(path)) if row["status"] == "FAIL"]
    assert {r["repair"] for r in failing if r["capability"] != "archive"} == {
        repairs.CHECK_UPLOAD.text
    }


def test_an_archive_of_several_series_is_reported_once(tmp_path):
    images = [*make.ct(2), *make.ct(2), *make.mr(2), *make.pt(2)]
    path = pack.zip_file(tmp_path, {**pack.members(images), "broken.dcm": b""})
    lines = lines_of(path)
    for once in ("ZIP-102", "ZIP-103", "ZIP-192"):
        assert sum(f"[{once}]" in line for line in lines) == 1
    assert lines[0].startswith("All 3 series open in V3")


@pytest.mark.parametrize("width", [20, 60, 80, 100, 120, 400])
def test_lines_fit_the_terminal_between_60_and_120_columns(tmp_path, width):
    images = make.ct(z=[0, 3, 6, 11, 14], StudyID=make.ABSENT)
    report = check(pack.zip_file(tmp_path, images))
    longest = max(map(len, text.to_text(report, width=width).splitlines()))
    assert longest <= min(max(width, 60), 120)


def test_colour_does_not_change_where_lines_end(tmp_path):
    report = check(pack.zip_file(tmp_path, make.ct(z=[0, 3, 6, 11, 14])))
    painted = text.to_text(report, lambda word, _: f"\x1b[31m{word}\x1b[0m", width=60)
    assert "\x1b[31m✗\x1b[0m No MPR" in painted
    assert painted.replace("\x1b[31m", "").replace("\x1b[0m", "") == text.to_text(report, width=60)


def test_the_config_of_a_gear_is_one_line_to_copy():
    repair = Repair(RepairKind.GEAR, "Split it.", "dicom-splitter", {"group_by": ""}, "It is slow.")
    report = hand_made.report(hand_made.series_report(hand_made.result(repair=repair)))
    lines = text.to_text(report).splitlines()
    at = lines.index("    > Split it.")
    assert lines[at + 1 : at + 3] == ['      dicom-splitter {"group_by": ""}', "      It is slow."]


def test_notes_are_reported_and_told_apart():
    note = hand_made.result(Status.FAIL, "MPR-206", level=Level.NOTE, evidence="two are missing")
    report = hand_made.report(
        hand_made.series_report(hand_made.result(Status.PASS), note),
        require=(Capability.V3_MPR,),
    )
    lines = text.to_text(report).splitlines()
    assert "Note: Two are missing. [MPR-206]" in lines
    assert lines[1].startswith("PASS: ")


def test_an_archive_without_dicom_is_reported_whatever_is_required(tmp_path):
    path = pack.zip_file(tmp_path, {"a.txt": b"hello"})
    lines = lines_of(path, options=Options(require=(Capability.ARCHIVE,)))
    assert lines[2] == "1 of 1 file not usable: not DICOM (1). [ZIP-103]"
    assert lines[3].startswith("> Check that you uploaded the right file.")


def test_where_page_and_viewer_differ_is_said_below_what_the_viewer_lists(tmp_path):
    lines = lines_of(pack.zip_file(tmp_path, make.enhanced_mr(n=2)))
    assert lines[0] == "Not supported in V3: several multi-frame images in one series."
    assert "✗ Not supported in V3: several multi-frame images in one series" in lines
    assert lines[-3].endswith(" Images (5 each, with MPR)")
    assert lines[-2] == "The open-source viewer offers MPR although requirements fail: MPR-102."
    assert lines[-1].endswith("support this series, but the open-source viewer lists it.")


def test_what_the_viewer_never_shows_has_one_repair(tmp_path):
    images = make.ct(1, SOPClassUID=f"{make.STORAGE}30", PixelRepresentation=make.ABSENT)
    lines = lines_of(pack.zip_file(tmp_path, images))
    assert any(line.endswith("[V3-107]") for line in lines)
    repaired = [line for line in lines if line.startswith("> ")]
    assert repaired == [f"> {repairs.SHOW_ANOTHER_WAY.text}"]


def test_what_is_solved_with_the_other_problem_has_no_repair_of_its_own(tmp_path):
    images = make.ct(4)
    make.change(images[:1], ImagePositionPatient=make.ABSENT)
    lines = lines_of(pack.zip_file(tmp_path, images))
    at = next(n for n, line in enumerate(lines) if line.endswith("[V3-193]"))
    assert lines[at + 1].endswith("[V3-198]")
    assert lines[at + 2] == f"> {repairs.ASK_GEOMETRY.text}"
    assert repairs.WITH_OTHERS.text not in "".join(lines)


def test_single_images_beside_multi_frame_ones_are_counted_too(tmp_path):
    images = [*make.enhanced_mr(3), *make.mr(2, SeriesInstanceUID="1.2.3.9")]
    make.change(images, SeriesInstanceUID="1.2.3.9")
    assert ", 3 images (5 frames)" in lines_of(pack.zip_file(tmp_path, images))[2]
