"""SOP classes and transfer syntaxes, and what the open-source viewer (OHIF 3.13) does with them.

Rule of this file: a UID that the viewer treats in a way of its own stands here and nowhere else.
UIDs are those of PS3.4 table B.5-1 and PS3.6 annex A; handlers were
read off the viewer's release 3.13.2 (mode "longitudinal") and seen in runs of it.
"""

from __future__ import annotations

STORAGE = "1.2.840.10008.5.1.4.1.1."


def _storage(*endings: str) -> frozenset[str]:
    return frozenset(STORAGE + ending for ending in endings)


STACK = _storage(
    *("1", "1.1", "1.1.1", "1.2", "1.2.1", "1.3", "1.3.1"),  # CR, DX, MG, IO
    *("2", "2.1", "2.2", "3.1", "6.1", "6.2"),  # CT, US
    *("4", "4.1", "4.3", "4.4"),  # MR
    *("7", "7.1", "7.2", "7.3", "7.4"),  # secondary capture
    *("12.1", "12.1.1", "12.2", "12.2.1"),  # XA, RF
    *("13.1.1", "13.1.2", "13.1.3", "13.1.4", "13.1.5"),  # 3D X-ray, breast tomosynthesis
    *("14.1", "14.2", "20", "128", "128.1", "130"),  # OCT, NM, PET
    *("77.1.1", "77.1.1.1", "77.1.2", "77.1.2.1", "77.1.3", "77.1.4", "77.1.4.1"),  # VL, video
    *("77.1.5.1", "77.1.5.2", "77.1.5.4", "82.1"),  # ophthalmic
    *("481.1", "481.2"),  # RT image, RT dose
)
"""Shown as a stack of images."""

SECONDARY_CAPTURE = _storage("7", "7.1", "7.2", "7.3", "7.4")
SEG = _storage("66.4", "66.7")
LABELMAP = STORAGE + "66.7"
RTSTRUCT = _storage("481.3")
MICROSCOPY = _storage("77.1.6")
PARAMETRIC_MAP = _storage("30")
PDF = _storage("104.1")
SR = _storage("88.11", "88.22", "88.33", "88.34")
COMPREHENSIVE_3D_SR = STORAGE + "88.34"
ECG = _storage("9.1.1", "9.1.2", "9.1.3", "9.2.1", "9.3.1")
VIDEO = _storage("77.1.1.1", "77.1.2.1", "77.1.4.1", "7", "7.4")
"""Shown as video under conditions that :mod:`~fw_gear_viewer_check.ohif` holds."""

HANDLED = STACK | SEG | RTSTRUCT | MICROSCOPY | PARAMETRIC_MAP | PDF | SR | ECG | VIDEO
"""SOP classes that some handler of the viewer takes."""

ULTRASOUND = _storage("3", "3.1", "6", "6.1", "6.2")
PROJECTION = _storage(
    *("1", "1.1", "1.1.1", "1.2", "1.2.1", "1.3", "1.3.1"),
    *("12.1", "12.1.1", "12.2", "12.2.1", "12.3"),
)
"""X-ray projections: ImagerPixelSpacing has a meaning (PS3.3 10.7)."""

WITHOUT_PIXELS = _storage(
    *("4.2", "66", "66.1", "66.2", "66.3", "66.5", "66.6", "67", "68.1", "68.2", "131", "200.1"),
    *("200.2", "200.3", "200.7", "200.8", "201.1", "79.1", "80.1", "90.1"),
    *("91.1", "78.1", "78.2", "78.3", "78.4", "78.5", "78.6", "78.7", "78.8"),
    *("8", "9", "9.1", "10", "11", "129", "77.1.5.3", "501.3"),
    *(f"88.{n}" for n in (1, 2, 3, 4)),
    *("9.1.1", "9.1.2", "9.1.3", "9.1.4", "9.2.1", "9.3.1", "9.4.1", "9.4.2", "9.5.1", "9.6.1"),
    *("9.6.2", "9.7.1", "9.7.2", "9.7.3", "9.7.4", "9.8.1"),
    *(f"11.{n}" for n in range(1, 13)),
    *(f"88.{n}" for n in (11, 22, 33, 34, 35, 40, 50, 59, 65, 67, 68, 69, 70, 71, 72, 73)),
    *(f"88.{n}" for n in (74, 75, 76, 77)),
    *(f"104.{n}" for n in range(1, 6)),
    *(f"481.{n}" for n in (*range(3, 23), 25)),
) | {
    "1.2.840.10008.1.3.10",
    *(f"1.2.840.10008.5.1.4.34.{n}" for n in (1, 7, 10)),
    *(f"1.2.840.10008.5.1.4.{n}.1" for n in (38, 39, 43, 44, 45)),
}
"""Standard classes whose instances carry no pixel data: documents, waveforms, plans, references."""

TOMOSYNTHESIS = _storage("13.1.3")

SINGLE_PROJECTION_MODALITIES = frozenset({"CR", "DX", "MG", "IO", "PX", "RG"})
"""One image each: there is no volume to reformat."""

RECONSTRUCTED_NM = ("RECON TOMO", "RECON GATED TOMO")
"""Value 3 of ImageType of NM images that are planes of a volume."""

VOLUME_MODALITIES = frozenset({"CT", "MR", "NM", "PT"})
"""Modalities for which the viewer looks for trouble with a volume."""

ONE_IMAGE_PER_DISPLAY_SET = frozenset({"CR", "DX", "MG"})
"""Modalities of which the viewer shows each image on its own."""

IMPLICIT_VR = "1.2.840.10008.1.2"
"""Private attributes are not read: the viewer does not know their VR."""
EXPLICIT_VR = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
RLE = "1.2.840.10008.1.2.5"

DECODED_TRANSFER_SYNTAXES = frozenset(
    {IMPLICIT_VR, EXPLICIT_VR, BIG_ENDIAN, RLE}
    | {f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 57, 70, 80, 81, 90, 91, 201, 202, 203)}
)
VIDEO_TRANSFER_SYNTAXES = frozenset(f"1.2.840.10008.1.2.4.{n}" for n in range(102, 109))
"""MPEG-4 and HEVC: decoded by the browser, in the video handler only."""

NATIVE_TRANSFER_SYNTAXES = frozenset({IMPLICIT_VR, EXPLICIT_VR, BIG_ENDIAN})
"""Pixel data as long as the image's size says (PS3.5 annex A.1 to A.3)."""


def is_private(uid: str) -> bool:
    """Return True for a UID outside the DICOM root (PS3.5 section 9)."""
    return not uid.startswith("1.2.840.10008.")
