"""One piece of work in a process of its own: ``tasks.py NAME [PATH]``.

Prints the CPU seconds of the work, imports left out; the whole process is measured from outside.
Only what a task needs is imported, before its clock starts.
"""

# ruff: noqa: PLC0415 - imports belong to the task, and stay outside its clock

from __future__ import annotations

import io
import sys
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = 16 * 1024
JUDGED = [
    *("ImageType", "SOPClassUID", "SOPInstanceUID", "StudyDate", "StudyTime", "Modality"),
    *("PatientID", "SliceThickness", "SpacingBetweenSlices", "StudyInstanceUID", "StudyID"),
    *("SeriesInstanceUID", "SeriesNumber", "AcquisitionNumber", "InstanceNumber"),
    *("ImagePositionPatient", "ImageOrientationPatient", "FrameOfReferenceUID"),
    *("SamplesPerPixel", "PhotometricInterpretation", "Rows", "Columns", "PixelSpacing"),
    *("BitsAllocated", "BitsStored", "PixelRepresentation", "WindowCenter", "WindowWidth"),
    *("RescaleIntercept", "RescaleSlope"),
]
"""What the pydicom tasks read of each instance: about what is judged."""

BEFORE_PIXEL_DATA = 0x7FE0000F

Work: TypeAlias = "Callable[[Path], object]"


def viewer_check() -> Work:
    """Judge everything: ours."""
    from fw_gear_viewer_check.checker.judging import check
    from fw_gear_viewer_check.dicom.header import HeaderReader

    HeaderReader()  # pydicom's dictionary is an import of ours
    return check


def pydicom_head() -> Work:
    """Read with pydicom the first 16 KB of every member, judging nothing: the reference."""
    import pydicom

    def work(path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                with archive.open(info) as member:
                    head = io.BytesIO(member.read(HEAD))
                dataset = pydicom.dcmread(head, stop_before_pixels=True, specific_tags=JUDGED)
                for keyword in JUDGED:
                    dataset.get(keyword)

    return work


def pydicom_streamed() -> Work:
    """Read every member with pydicom from the archive, all attributes."""
    import pydicom

    def work(path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                with archive.open(info) as member:
                    dataset = pydicom.dcmread(member, stop_before_pixels=True)
                for keyword in JUDGED:
                    dataset.get(keyword)

    return work


def dicomsdl() -> Work:
    """Read heads as the reference does, with a reader in C++."""
    import dicomsdl as library

    library.set_loglevel(library.LogLevel.ERROR)

    def work(path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                with archive.open(info) as member:
                    head = member.read(HEAD)
                # What is behind 0028,xxxx is not asked for, and may be cut off.
                settings = {"load_until": BEFORE_PIXEL_DATA, "keep_on_error": True}
                library.open_memory(head, **settings).getValues(JUDGED)

    return work


def fw_file_rs() -> Work:
    """Read heads as the reference does, with a reader in Rust."""
    from fw_file_rs import dcm

    def work(path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                with archive.open(info) as member:
                    dcm.parse_header(member.read(HEAD), JUDGED)

    return work


def pydicom_frames() -> Work:
    """Read a multi-frame image with pydicom, and touch the position of every frame."""
    import pydicom

    def work(path: Path) -> None:
        dataset = pydicom.dcmread(path, stop_before_pixels=True)
        for groups in dataset.PerFrameFunctionalGroupsSequence:
            _ = groups.PlanePositionSequence[0].ImagePositionPatient

    return work


def dicom_qc() -> Work:
    """Apply dicom-qc's rules, but dicom-validator, which downloads the standard."""
    from fw_gear_dicom_qc import main

    rules = dict.fromkeys((r for r in main.default_rules if r != "check_dicom_validator"), True)

    def work(path: Path) -> None:
        dicom = {"location": {"path": str(path)}, "object": {"info": {}}}
        main.run(dicom, {}, dict(rules), "current")

    return work


def inflate_only() -> Work:
    """Inflate 16 KB of every member, and parse nothing: the least that anybody can do."""

    def work(path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                with archive.open(info) as member:
                    member.read(HEAD)

    return work


def main() -> None:
    """Do the work named on the command line."""
    name, path = sys.argv[1], Path(sys.argv[2])
    work: Callable[[Path], object] = globals()[name]()
    start = time.process_time()
    work(path)
    print(time.process_time() - start)


if __name__ == "__main__":
    main()
