"""Zip files and hidden files: what an archive may hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial

from fw_gear_viewer_check.dicom.zipfiles import NAME_OF_FOLDER, NO_FILE, SAME_NAME
from fw_gear_viewer_check.model import text
from fw_gear_viewer_check.model.archive import Archive, Member, MemberKind
from fw_gear_viewer_check.model.series import Series, most_common
from fw_gear_viewer_check.model.text import counted, listed
from fw_gear_viewer_check.requirements import causes, repairs, scopes
from fw_gear_viewer_check.requirements.checks import failed, not_applicable, passed
from fw_gear_viewer_check.requirements.types import (
    Capability,
    Finding,
    Level,
    RepairTable,
    Requirement,
)

_NOT_AN_IMAGE_FILE = (
    *(MemberKind.NOT_DICOM, MemberKind.ARCHIVE, MemberKind.DICOMDIR),
    *(MemberKind.EMPTY, MemberKind.ENCRYPTED, MemberKind.UNREADABLE),
)


_HOLD_IMAGES = (MemberKind.DICOM, MemberKind.ARCHIVE)


def alone_in_project(series: Series) -> Finding:
    """ZIP-101: no other file holds this series."""
    uid = series.series_instance_uid
    if not uid:
        return not_applicable("no SeriesInstanceUID to look up")
    answer = series.lookup.same_series_in_session(uid)
    if answer.matches is None:
        # Says nothing of the file itself, and so decides nothing.
        return not_applicable(answer.reason or "other files were not looked up")
    if not answer.matches:
        return passed("no other file has this series", 1)
    count = counted(len(answer.matches), "other file")
    evidence = f"{count} with this series"
    return failed(evidence, answer.matches, len(answer.matches) + 1, "in-other-files")


def one_series(series: Series) -> Finding:
    """ZIP-102: one SeriesInstanceUID inside."""
    images = series.archive.of_kind(MemberKind.DICOM)
    if not images:
        return not_applicable("no DICOM file in the archive")
    counts = Counter(m.series_instance_uid for m in images)
    shown = {uid: text.uid(uid) or "without SeriesInstanceUID" for uid in counts}
    if len(counts) <= 1:
        return passed("one series in the archive", len(images))
    usual = counts.most_common(1)[0][0]
    odd = [m.name for m in images if m.series_instance_uid != usual]
    found = [f"{shown[uid]} ({counted(n, 'file')})" for uid, n in counts.most_common()]
    return failed(
        f"{len(counts):,} series in the archive: {listed(found, 6)}",
        odd,
        len(images),
        "several-series",
        series=len(counts),
    )


def only_dicom(series: Series) -> Finding:
    """ZIP-103: only DICOM files, all of them whole."""
    archive = series.archive
    if archive.problem:
        return _not_opened(archive)
    visible = [m for m in archive.members if m.kind is not MemberKind.HIDDEN]
    if not visible:
        evidence = "only hidden files" if archive.members else "no file"
        return failed(f"the archive contains {evidence}", [archive.name], 1, "empty-archive")
    strangers = [m for m in visible if m.kind in _NOT_AN_IMAGE_FILE or m.problem]
    if not strangers:
        return passed("every file is DICOM", len(visible))
    kinds = Counter(_kind(m) for m in strangers).most_common()
    named = ", ".join(f"{kind} ({n:,})" for kind, n in kinds[:5])
    evidence = f"{len(strangers):,} of {counted(len(visible), 'file')} not usable: {named}"
    codes = Counter(_code(m) for m in strangers)
    return failed(
        evidence,
        [m.name for m in strangers],
        len(visible),
        codes.most_common(1)[0][0],
        problems=dict(codes.most_common()),
    )


def _kind(member: Member) -> str:
    """Say what is wrong with a file, without the details of ZIP-191."""
    is_told = member.kind in {MemberKind.DICOM, MemberKind.UNREADABLE}
    return member.problem.partition(":")[0] if is_told else str(member.kind)


def _code(member: Member) -> str:
    if member.problem in {SAME_NAME, NAME_OF_FOLDER, NO_FILE}:
        return "same-name"
    is_cut_off = member.kind is MemberKind.DICOM
    return "truncated" if is_cut_off else member.kind.name.lower().replace("_", "-")


def no_hidden_files(series: Series) -> Finding:
    """ZIP-104: no files that an operating system left behind."""
    members = series.archive.members
    hidden = series.archive.of_kind(MemberKind.HIDDEN)
    if hidden:
        contents = Counter(m.content for m in hidden if m.content in _HOLD_IMAGES)
        told = "".join(f", {n:,} of them {kind}" for kind, n in sorted(contents.items()))
        evidence = f"{counted(len(hidden), 'hidden file')} in the archive{told}"
        return failed(evidence, [m.name for m in hidden], len(members), "hidden-files")
    return passed("no hidden file in the archive", len(members))


def all_readable(series: Series) -> Finding:
    """ZIP-191: every member can be read."""
    archive = series.archive
    if archive.problem:
        return _not_opened(archive)
    broken = [m for m in archive.members if m.problem]
    if not broken:
        return passed("every file can be read", len(archive.members))
    reasons = Counter(m.problem for m in broken).most_common()
    evidence = "; ".join(f"{reason} ({counted(n, 'file')})" for reason, n in reasons[:5])
    names = [m.name for m in broken]
    return failed(evidence, names, len(archive.members), "unreadable", ids=("ZIP-103",))


def no_copies_inside(series: Series) -> Finding:
    """ZIP-192: no SOPInstanceUID twice in the archive, be it in two series."""
    images = series.archive.of_kind(MemberKind.DICOM)
    if not images:
        return not_applicable("no DICOM file in the archive")
    return no_copies([(m.name, m.sop_instance_uid) for m in images])


def no_copies(named: Sequence[tuple[str, str]]) -> Finding:
    """Judge names and SOPInstanceUIDs: the first of a UID stays, the further ones are affected."""
    seen: set[str] = set()
    copies = []
    for name, uid in named:
        if uid and uid in seen:
            copies.append(name)
        seen.add(uid)
    if not copies:
        return passed("each SOPInstanceUID occurs once", len(named))
    evidence = f"{counted(len(copies), 'image')} with the SOPInstanceUID of an earlier image"
    return failed(evidence, copies, len(named), "repeated-uid")


def no_nested_archives(series: Series) -> Finding:
    """ZIP-193: archives inside the archive are not opened."""
    nested = [m.name for m in series.archive.of_kind(MemberKind.ARCHIVE)]
    if not nested:
        return passed("no archive inside the archive", len(series.archive.members))
    count = counted(len(nested), MemberKind.ARCHIVE)
    evidence = f"{count} inside the archive, not opened"
    members = series.archive.members
    return failed(evidence, nested, len(members), "nested-archives", ids=("ZIP-103",))


def _not_opened(archive: Archive) -> Finding:
    evidence = f"the archive cannot be opened: {archive.problem}"
    return failed(evidence, [archive.name], 1, "not-opened")


def one_study_and_patient(series: Series) -> Finding:
    """ZIP-194, V2-291: one patient and one study in a series; they are counted, never quoted."""
    patients, studies = (
        [i.data.text(keyword) for i in series.instances]
        for keyword in ("PatientID", "StudyInstanceUID")
    )
    counts = {"patients": len({*patients} - {""}), "studies": len({*studies} - {""})}
    checked = len(series.instances)
    if max(counts.values()) <= 1:
        return passed("one patient and one study in the series", checked)
    kind, values = ("patients", patients) if counts["patients"] > 1 else ("studies", studies)
    usual = most_common(value for value in values if value)
    odd = [i.name for i, v in zip(series.instances, values, strict=True) if v not in {"", usual}]
    told = [f"{n} {what}" for what, n in counts.items() if n > 1]
    evidence = f"{' and '.join(told)} in one series"
    return failed(evidence, odd, checked, f"several-{kind}", **counts)


_row = partial(Requirement, capability=Capability.ARCHIVE, scope=scopes.ARCHIVE)

ZIP_FILES = (
    _row(
        id="ZIP-101",
        source="Zip files",
        scope=scopes.INPUT,
        title="One archive per series",
        cause="another file contains the same series",
        statement="All images of a series are in one archive: no other file of the session "
        "contains the same series.",
        why="Images of a series that are spread over several files appear as separate, incomplete "
        "series, or not at all.",
        repair=repairs.KEEP_ONE_FILE,
        check=alone_in_project,
        reads=("SeriesInstanceUID",),
    ),
    _row(
        id="ZIP-102",
        source="Zip files",
        scope=scopes.OPENED_ARCHIVE,
        title="One series in the archive",
        cause="more than one series",
        statement="All images in the archive have the same SeriesInstanceUID.",
        why="Flywheel takes the metadata of an archive from one of its images, so other series in "
        "it get the wrong name or are not shown.",
        repair=repairs.SPLIT_BY_SERIES,
        check=one_series,
        reads=("SeriesInstanceUID",),
    ),
    _row(
        id="ZIP-103",
        source="Hidden Files",
        title="Only DICOM files in the archive",
        cause="files that are not DICOM images",
        statement="The archive contains only DICOM files, and each of them is complete.",
        why="The viewer tries to open every file in the archive. A file that is not DICOM, or is "
        "truncated, can keep the series from opening.",
        repair=repairs.OF_STRANGERS,
        check=only_dicom,
    ),
    _row(
        id="ZIP-104",
        source="Hidden Files",
        scope=scopes.OPENED_ARCHIVE,
        title="No hidden files in the archive",
        cause="hidden files",
        statement="The archive contains no hidden files, such as those that macOS and Windows add.",
        why="The viewer may take hidden files for images: Thumbs.db, .DS_Store, or those in the "
        "folder __MACOSX.",
        repair=RepairTable(
            causes.of_hidden_files,
            {
                "system": repairs.SPLIT_BY_SERIES,
                "by-hand": repairs.REMOVE_HIDDEN,
            },
        ),
        check=no_hidden_files,
    ),
    _row(
        id="ZIP-191",
        source="viewer (OHIF 3.13)",
        scope=scopes.FILES,
        level=Level.NOTE,
        title="Every file can be read",
        cause="unreadable files",
        statement="No file is empty, encrypted, truncated or damaged. In files above 16 KiB, "
        "damage behind the header is not looked for.",
        why="The viewer does not show a file that it cannot read, so images of the series are "
        "missing.",
        repair=RepairTable(
            causes.of_unreadable,
            {
                "damaged": repairs.UPLOAD_AGAIN,
                "password": repairs.REMOVE_PASSWORD,
            },
        ),
        check=all_readable,
    ),
    _row(
        id="ZIP-192",
        source="viewer (OHIF 3.13)",
        scope=scopes.OPENED_ARCHIVE,
        level=Level.NOTE,
        title="No image twice in the archive",
        cause="duplicate images",
        statement="No two images in the archive have the same SOPInstanceUID.",
        why="The viewer keeps only the first of several images with the same SOPInstanceUID.",
        repair=RepairTable(
            causes.of_copies,
            {
                "copies": repairs.REMOVE_COPIES,
                "different": repairs.OWN_UIDS,
                "other-series": repairs.SPLIT_BY_SERIES,
            },
        ),
        check=no_copies_inside,
        reads=("SOPInstanceUID",),
    ),
    _row(
        id="ZIP-193",
        source="viewer (OHIF 3.13)",
        scope=scopes.OPENED_ARCHIVE,
        level=Level.NOTE,
        title="No archive inside the archive",
        cause="archives inside the archive",
        statement="The archive contains no other archive.",
        why="Neither Flywheel nor this check opens an archive inside an archive.",
        repair=repairs.UNPACK_INNER,
        check=no_nested_archives,
    ),
    _row(
        id="ZIP-194",
        source="viewer (OHIF 3.13)",
        scope=scopes.ARCHIVED,
        level=Level.NOTE,
        required_for=("several-patients",),
        title="One patient and one study in a series",
        cause="more than one patient or study",
        statement="All objects of the series belong to one patient and one study. Several studies "
        "are only a note; several patients are an error.",
        why="The viewer shows images of two patients as one scan, or nothing of them, and lists a "
        "series of two studies twice.",
        repair=repairs.ASK_PATIENT,
        check=one_study_and_patient,
        reads=("PatientID", "StudyInstanceUID"),
    ),
)
