"""Make a small CT series of a ball in a box, as a zip: nobody's data, for demos and tests.

    python -m examples.make_demo demo.dicom.zip [--displaced-mm 1.5]

With ``--displaced-mm`` one image does not lie where it should: the viewer opens the series, but
does not offer MPR.
"""

from __future__ import annotations

import argparse
import io
import zipfile
from pathlib import Path

import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

IMAGES = 12
SIZE = 64
"""Rows and columns."""
SPACING_MM = 2.5
DISPLACED = 8
"""Index of the image that lies elsewhere."""
LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The oldest date that a zip can hold: the same bytes every time."""


def main() -> None:
    """Write the series that the command line asks for."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("path", type=Path, help="zip to write")
    arguments.add_argument("--displaced-mm", type=float, default=0.0)
    given = arguments.parse_args()
    write_series(given.path, displaced_mm=given.displaced_mm)


def write_series(path: Path, *, displaced_mm: float = 0.0) -> None:
    """Write the series as a zip; one of its images lies so many mm from its place."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(IMAGES):
            off = displaced_mm if number == DISPLACED else 0.0
            buffer = io.BytesIO()
            image(number, number * SPACING_MM + off).save_as(buffer, enforce_file_format=True)
            member = zipfile.ZipInfo(f"{number + 1:02}.dcm", LONG_AGO)
            archive.writestr(member, buffer.getvalue(), zipfile.ZIP_DEFLATED)


def image(number: int, z: float) -> Dataset:
    """Return one image of the series, at a height in mm."""
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.SOPClassUID = CTImageStorage
    made.SOPInstanceUID = _uid("image", number)
    made.StudyInstanceUID = _uid("study")
    made.SeriesInstanceUID = _uid("series")
    made.FrameOfReferenceUID = _uid("frame of reference")
    made.Modality = "CT"
    made.PatientID = "DEMO"
    made.PatientName = "Demo^Ball"
    made.StudyID = "1"
    made.StudyDate = made.SeriesDate = "20260101"
    made.StudyTime = made.SeriesTime = "120000"
    made.AccessionNumber = "1"
    made.SeriesNumber = 1
    made.InstanceNumber = number + 1
    # The V2 viewer asks for these two; few scanners write them at this place.
    made.ScheduledProcedureStepID = made.RequestedProcedureID = "1"
    made.ImagePositionPatient = [0, 0, z]
    made.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    made.PixelSpacing = [SPACING_MM, SPACING_MM]
    made.SliceThickness = SPACING_MM
    made.RescaleIntercept, made.RescaleSlope, made.RescaleType = -1024, 1, "HU"
    made.WindowCenter, made.WindowWidth = 40, 400
    made.SamplesPerPixel = 1
    made.PhotometricInterpretation = "MONOCHROME2"
    made.Rows = made.Columns = SIZE
    made.BitsAllocated, made.BitsStored, made.HighBit = 16, 12, 11
    made.PixelRepresentation = 0
    made.PixelData = _ball(number).tobytes()
    return made


def _ball(number: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint16]]:
    """Return the pixels: water in the ball, air around it."""
    across = np.arange(SIZE) - SIZE / 2
    along = (number - (IMAGES - 1) / 2) * SIZE / IMAGES
    inside = across[:, None] ** 2 + across[None, :] ** 2 + along**2 < (SIZE / 3) ** 2
    return np.where(inside, np.uint16(1024), np.uint16(0))


def _uid(*what: object) -> str:
    """Return the same UID for the same thing in every run."""
    return generate_uid(entropy_srcs=["viewer-check demo", *map(str, what)])


if __name__ == "__main__":
    main()
