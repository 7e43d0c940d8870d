"""Series of the kinds that ``tests.make`` has no maker of."""

from __future__ import annotations

import math

from tests import make
from tests.make import ABSENT, PER_FRAME, SHARED, STORAGE, each

CORONAL, SAGITTAL = [1, 0, 0, 0, 0, -1], [0, 1, 0, 0, 0, -1]

ENHANCED_PET, TOMOSYNTHESIS, MAMMOGRAPHY = (STORAGE + e for e in ("130", "13.1.3", "1.2"))
XA, RF, OPT, ENHANCED_US = (STORAGE + e for e in ("12.1", "12.2", "77.1.5.4", "6.2"))
RTDOSE, RTPLAN, RTIMAGE = (STORAGE + e for e in ("481.2", "481.5", "481.1"))
PANORAMIC, INTRAORAL = (STORAGE + e for e in ("1.1", "1.3"))
PHOTO, ENDOSCOPY, SPECTROSCOPY = (STORAGE + e for e in ("77.1.4", "77.1.1", "4.2"))
KEY_OBJECTS, PRESENTATION, PDF, ECG = (STORAGE + e for e in ("88.59", "11.1", "104.1", "9.1.1"))
DOSE_REPORT, PARAMETRIC_MAP, LEGACY_MR = (STORAGE + e for e in ("88.67", "30", "4.4"))
JPEG_LOSSLESS, JPEG_2000, HTJ2K = ("1.2.840.10008.1.2.4." + e for e in ("70", "90", "201"))
RLE = "1.2.840.10008.1.2.5"

PHILIPS = {"Units": "CNTS", "(7053,1000)": make.raw(b"0.000123", "DS")}


def at(*gaps):
    """Return positions along the scan axis for gaps in mm."""
    return [sum(gaps[:n]) for n in range(len(gaps) + 1)]


def volumes(count, maker=make.mr, slices=5, gap=3, **changes):
    """Return volumes, one after the other, of images at the same positions."""
    return maker(z=[gap * k for k in range(slices)] * count, **changes)


def by_volume(*values, slices=5):
    """Return a value for each image of volumes: one for all images of a volume."""
    return each(*(value for value in values for _ in range(slices)))


def tilted(degrees, n=10, gap=5):
    """Return CT images of a tilted gantry."""
    shift = gap * math.tan(math.radians(degrees))
    return make.ct(z=[[0, shift * k, gap * k] for k in range(n)])


def turned(n, step):
    """Return images around one axis, each turned by some degrees: radial MRCP, MIP."""
    angles = [math.radians(step * k) for k in range(n)]
    cosines = [[math.cos(a), math.sin(a), 0, 0, 0, -1] for a in angles]
    positions = [[-20 * math.cos(a), -20 * math.sin(a), 20] for a in angles]
    return make.mr(z=positions, ImageOrientationPatient=each(*cosines))


def stacks(*orientations, each_of=3, maker=make.mr):
    """Return stacks of images, each in an orientation of its own: localizers."""
    cosines, positions = [], []
    for orientation in orientations:
        row, column = orientation[:3], orientation[3:]
        normal = [
            row[1] * column[2] - row[2] * column[1],
            row[2] * column[0] - row[0] * column[2],
            row[0] * column[1] - row[1] * column[0],
        ]
        for k in range(each_of):
            cosines.append(orientation)
            corner = [-100 * (a + b) for a, b in zip(row, column, strict=True)]
            positions.append([10 * k * c + d for c, d in zip(normal, corner, strict=True)])
    return maker(z=positions, ImageOrientationPatient=each(*cosines))


def beside(*parts):
    """Return several series of a maker as one series, with names and UIDs of their own."""
    together = [image for part in parts for image in part]
    uid = together[0].SeriesInstanceUID
    make.change(
        together,
        SeriesInstanceUID=uid,
        SOPInstanceUID=each(*(f"{uid}.{k + 1}" for k in range(len(together)))),
        InstanceNumber=each(*range(1, len(together) + 1)),
    )
    return together


def image_without_place(modality, sop_class, n=1, **changes):
    """Return images without geometry: photographs, captures, projections."""
    images = make.cr(n, Modality=modality, SOPClassUID=sop_class, PixelSpacing=ABSENT)
    return make.change(images, **changes)


def document(sop_class, modality):
    """Return an object without pixels."""
    return make.sr(SOPClassUID=sop_class, Modality=modality, **CONTENTS.get(sop_class, {}))


CONTENTS: dict[str, dict[str, object]] = {
    PDF: {"EncapsulatedDocument": b"%PDF"},
    ECG: {
        "WaveformSequence.SamplingFrequency": 500,
        "WaveformSequence.NumberOfWaveformSamples": 2,
        "WaveformSequence.WaveformData": bytes(4),
    },
}


def film(modality, sop_class, frames=20, **changes):
    """Return one multi-frame image without geometry: cine, angiography."""
    bare = {
        **dict.fromkeys(("PixelSpacing", "SliceThickness", "SpacingBetweenSlices"), ABSENT),
        "DetectorInformationSequence": ABSENT,
        "ImageType": ["ORIGINAL", "PRIMARY"],
        "Modality": modality,
        "SOPClassUID": sop_class,
    }
    return make.nm(frames=frames, **bare | changes)


def frames(values, path, z=None, **changes):
    """Return an enhanced MR image with a value in a functional group of each frame."""
    z = [0, 3, 6] * (len(values) // 3) if z is None else z
    image = make.enhanced_mr(z=z, **changes)
    for k, value in enumerate(values):
        make.change(image, **{f"{PER_FRAME}[{k}].{path}": value})
    return image


def oriented_frames(*orientations):
    """Return an enhanced MR image with an orientation for each frame."""
    image = make.enhanced_mr(len(orientations), **{f"{SHARED}.PlaneOrientationSequence": ABSENT})
    for k, orientation in enumerate(orientations):
        path = f"{PER_FRAME}[{k}].PlaneOrientationSequence.ImageOrientationPatient"
        make.change(image, **{path: orientation})
    return image


def other_number_of_frames(images, n):
    """Return segmentations whose last frames have no functional group."""
    return make.change(make.seg(images), NumberOfFrames=n)
