"""The images of which the situations are made."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from tests import make, pack
from tests.make import ABSENT, AXIAL, each

CORONAL, SAGITTAL = [1, 0, 0, 0, 0, -1], [0, 1, 0, 0, 0, -1]
SLICES = (0, 3, 6, 9, 12, 15)
FACTORS = {"(7053,0010)": "Philips PET Private Group", "(7053,1000)": "0.5"}
PALETTE = {
    "PhotometricInterpretation": "PALETTE COLOR",
    **{
        f"{colour}PaletteColorLookupTable{part}": value
        for colour in ("Red", "Green", "Blue")
        for part, value in (("Descriptor", [256, 0, 16]), ("Data", bytes(range(256)) * 2))
    },
}


def tables(entries, vr):
    """Return tables of grey values, and of colours, of which each sets one kind of attribute."""
    first = -1024 if vr == "SS" else 0
    descriptor = make.raw(struct.pack("<Hhh", entries, first, 16), vr)
    colours = (f"{c}PaletteColorLookupTableDescriptor" for c in ("Red", "Green", "Blue"))
    of_grey = ("ModalityLUTSequence", "VOILUTSequence")
    return [
        *({keyword: [{"LUTDescriptor": descriptor}]} for keyword in of_grey),
        dict.fromkeys(colours, descriptor),
    ]


COLOUR = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0}
BYTES = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}
YBR = {**COLOUR, **BYTES, "PhotometricInterpretation": "YBR_FULL"}


def drawn(datasets, size=16):
    """Give images a size and pixels of their own, the same in every run."""
    for dataset in datasets:
        if "PixelData" not in dataset:
            continue
        dataset.Rows = size if dataset.get("Rows") == 4 else dataset.get("Rows", size)
        dataset.Columns = size if dataset.get("Columns") == 4 else dataset.get("Columns", size)
        _draw(dataset)
    return datasets


def _draw(dataset):
    random = np.random.default_rng(zlib.crc32(repr(dataset).encode()))
    samples, frames = (int(dataset.get(k) or 1) for k in ("SamplesPerPixel", "NumberOfFrames"))
    count = int(dataset.Rows) * int(dataset.Columns) * samples * frames
    if dataset.BitsAllocated == 8:
        dataset.PixelData = random.integers(0, 255, count, dtype="u1").tobytes()
    else:
        dataset.PixelData = random.normal(500, 100, count).clip(0, 4000).astype("<u2").tobytes()


def part(datasets, number, **changes):
    """Make images a further part of a series: their own UIDs and numbers."""
    for k, dataset in enumerate(datasets):
        dataset.SOPInstanceUID = f"1.2.3.{number}.{k + 1}"
        dataset.InstanceNumber = 100 * number + k + 1
    return drawn(make.change(datasets, **changes))


def volumes(count, maker=make.mr, z=SLICES, **values):
    """Return volumes at the same positions; ``values`` has one value for each volume."""
    return [
        image
        for v in range(count)
        for image in part(maker(z=list(z)), v + 1, **{k: found[v] for k, found in values.items()})
    ]


def interleaved(count, z):
    """Return volumes whose files go from position to position."""
    images = volumes(count, z=z)
    return [images[v * len(z) + k] for k in range(len(z)) for v in range(count)]


def planes(*stacks):
    """Return stacks of three images: an orientation, and a function of mm to a position."""
    return [
        image
        for n, (orientation, at) in enumerate(stacks)
        for image in part(
            make.mr(z=[at(mm) for mm in (-10, 0, 10)], ImageOrientationPatient=orientation), n + 1
        )
    ]


THREE_PLANES = (
    (AXIAL, lambda mm: [0, 0, mm]),
    (CORONAL, lambda mm: [0, mm, 0]),
    (SAGITTAL, lambda mm: [mm, 0, 0]),
)


def ct(*args, **changes):
    return drawn(make.ct(*args, **changes))


def pt(*args, **changes):
    return drawn(make.pt(*args, **changes))


def localizer(**changes):
    """One coronal image of another size, in the series of a scan."""
    image = make.ct(1, z=[[0, -100, 50]], ImageOrientationPatient=CORONAL, **changes)
    return part(image, 9, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])


def copied(images, *numbers):
    """Return members with copies of some images."""
    members = pack.members(images)
    return {**members, **{f"copy/{n}.dcm": members[pack.name_of(n)] for n in numbers}}


def members(images, transfer_syntax):
    return pack.members(images, transfer_syntax)


WITHOUT_GEOMETRY = dict.fromkeys(
    (
        *("ImagePositionPatient", "ImageOrientationPatient"),
        *("PixelSpacing", "FrameOfReferenceUID"),
    ),
    ABSENT,
)


OF_PAGE = {
    **WITHOUT_GEOMETRY,
    "SOPClassUID": make.SC,
    "ImageType": ["DERIVED", "SECONDARY", "DOSE_INFO"],
}
NOT_OF_NM = dict.fromkeys(
    (
        *("NumberOfFrames", "SpacingBetweenSlices", "SliceThickness"),
        *("DetectorInformationSequence",),
    ),
    ABSENT,
)


def dose_report(**changes):
    """One page of it, as a secondary capture in the series of a scan."""
    return part(make.ct(1, **{**OF_PAGE, **changes}), 9)


def film_in_a_scan(position=ABSENT):
    """A multi-frame secondary capture in the series of a scan."""
    film = {"SOPClassUID": f"{make.SC}.2", "NumberOfFrames": 4, "ImagePositionPatient": position}
    return [*ct(6), *drawn(dose_report(**film))]


def stacks_over_each_other(keyword, values):
    """Three stacks of 4 slices, 3 mm apart, each half a millimetre further."""
    z = [3 * k + n / 2 for n in range(len(values)) for k in range(4)]
    return drawn(make.ct(z=z, **{keyword: each(*(v for v in values for _ in range(4)))}))
