"""Inputs of the benchmarks, made from pydicom's own sample files: real headers, no real patient.

``make(folder)`` writes what is missing; each input is made once and kept.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pydicom
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import EnhancedMRImageStorage, ExplicitVRLittleEndian, generate_uid

if TYPE_CHECKING:
    from collections.abc import Iterator

SIDE = 512
"""Rows and columns of the CT images."""
BATCH = 300
"""Zips of the batch, of so many images each:"""
BATCH_IMAGES = 20
FRAMES = 2000


def make(folder: Path) -> dict[str, Path]:
    """Return the inputs by name."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {
        f"ct{count}": _made(folder / f"ct{count}.dicom.zip", lambda p, n=count: _ct_zip(p, n))
        for count in (200, 1000, 5000)
    }
    made["enhanced"] = _made(folder / "enhanced.dcm", _enhanced)
    batch = folder / "batch"
    batch.mkdir(exist_ok=True)
    for number in range(BATCH):
        _made(batch / f"{number:03}.dicom.zip", lambda p: _ct_zip(p, BATCH_IMAGES, side=64))
    made["batch"] = batch
    return made


def _made(path: Path, write: object) -> Path:
    if not path.exists():
        temporary = path.with_suffix(".part")
        write(temporary)  # type: ignore[operator]
        temporary.rename(path)
    return path


def _ct_zip(path: Path, count: int, side: int = SIDE) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in ct_images(count, side):
            archive.writestr(name, content)


def _test_file(name: str) -> str:
    path = get_testdata_file(name, download=False)
    if not isinstance(path, str):
        raise FileNotFoundError(name)
    return path


def ct_images(count: int, side: int) -> Iterator[tuple[str, bytes]]:
    """Yield single-frame CT images: a GE header of some 250 elements, noisy pixels."""
    dataset = pydicom.dcmread(_test_file("CT_small.dcm"))
    random = np.random.default_rng(20)
    pixels = random.integers(0, 40, (side, side), dtype=np.int16)
    dataset.Rows = dataset.Columns = side
    dataset.StudyInstanceUID = generate_uid(entropy_srcs=["study", str(count)])
    dataset.SeriesInstanceUID = generate_uid(entropy_srcs=["series", str(count), str(side)])
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    for number in range(count):
        dataset.SOPInstanceUID = generate_uid(entropy_srcs=["image", str(count), str(number)])
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.InstanceNumber = number + 1
        dataset.ImagePositionPatient = [-158.1, -179.0, round(-75.7 + 1.25 * number, 4)]
        dataset.SliceLocation = dataset.ImagePositionPatient[2]
        dataset.PixelData = np.roll(pixels, number).tobytes()
        buffer = io.BytesIO()
        dataset.save_as(buffer)
        yield f"{number:05}.dcm", buffer.getvalue()


def _enhanced(path: Path) -> None:
    """Write a multi-frame MR image whose functional groups are the file, as Siemens XA does."""
    dataset = pydicom.dcmread(_test_file("MR_small.dcm"))
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = EnhancedMRImageStorage
    dataset.NumberOfFrames = FRAMES
    dataset.PixelData = bytes(dataset.Rows * dataset.Columns * 2 * FRAMES)
    dataset.PerFrameFunctionalGroupsSequence = Sequence(_groups(n) for n in range(FRAMES))
    shared = Dataset()
    shared.PixelMeasuresSequence = _one(PixelSpacing=[1, 1], SliceThickness=1)
    shared.PlaneOrientationSequence = _one(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
    dataset.SharedFunctionalGroupsSequence = Sequence([shared])
    _use_undefined_lengths(dataset)
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.save_as(path, enforce_file_format=True)


def _groups(number: int) -> Dataset:
    """Return the functional groups of a frame: the judged ones, and as much that is not."""
    groups = Dataset()
    groups.PlanePositionSequence = _one(ImagePositionPatient=[0, 0, float(number)])
    groups.FrameContentSequence = _one(
        FrameAcquisitionNumber=1,
        FrameReferenceDateTime="20200101120000.000000",
        TemporalPositionIndex=1,
        StackID="1",
        InStackPositionNumber=number + 1,
        DimensionIndexValues=[1, number + 1, 1],
    )
    groups.MREchoSequence = _one(EffectiveEchoTime=30.0)
    groups.FrameVOILUTSequence = _one(WindowCenter=400, WindowWidth=800)
    groups.PixelValueTransformationSequence = _one(
        RescaleIntercept=0, RescaleSlope=1, RescaleType="US"
    )
    groups.MRImageFrameTypeSequence = _one(
        FrameType=["ORIGINAL", "PRIMARY", "M", "NONE"], PixelPresentation="MONOCHROME"
    )
    groups.MRTimingAndRelatedParametersSequence = _one(
        RepetitionTime=2000.0, FlipAngle=90.0, EchoTrainLength=1, RFEchoTrainLength=0
    )
    private = Dataset()
    private.add_new(0x00210010, "LO", "SIEMENS MR SDI 02")
    for element in range(0x1101, 0x1180):
        private.add_new(0x00210000 + element, "LO", f"VALUE {element:04X} OF A SCANNER")
    groups.add_new(0x002110FE, "SQ", Sequence([private]))
    groups.add_new(0x00210010, "LO", "SIEMENS MR SDI 02")
    return groups


def _one(**values: object) -> Sequence:
    item = Dataset()
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return Sequence([item])


def _use_undefined_lengths(dataset: Dataset) -> None:
    """Encode sequences and items with delimiters, as scanners do."""
    for element in dataset:
        if element.VR == "SQ":
            element.is_undefined_length = True
            for item in element.value:
                item.is_undefined_length_sequence_item = True
                _use_undefined_lengths(item)


if __name__ == "__main__":
    for name, path in make(Path(__file__).with_name("data")).items():
        print(name, path)
