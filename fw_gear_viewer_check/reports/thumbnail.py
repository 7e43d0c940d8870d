"""A small picture of the middle image of a series, as a data URI; or the reason why there is none.

Rule of this file: a picture must not show who the patient is. Names and dates are often burned into
the pixels of ultrasound, secondary captures and scanned films, and photographs may show a face.
Such images are shown only where they declare that they are clean; images of CT, MR, NM and PET
are shown where they lie in the patient, unless something says that they are not plain slices.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from fw_gear_viewer_check.dicom import pixels
from fw_gear_viewer_check.dicom.reader import MemberNotOpened, open_member
from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.model.stack import stack_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

MAX_SIDE = 240
"""Rows or columns of a thumbnail: about 60 kB as PNG at the most."""
MAX_MEMBER = 128 << 20
"""Bytes that a member of a zip may take unpacked: the time to unpack them stays below a second."""

_SLICES = frozenset(
    sop_classes.STORAGE + ending
    for ending in ("2", "2.1", "2.2", "4", "4.1", "4.4", "20", "128", "128.1", "130")
)
"""CT, MR, NM and PET: text in the pixels is the exception."""
_NM = sop_classes.STORAGE + "20"
"""Its planar images have no position."""
_MODALITIES: tuple[list[str], ...] = (["CT"], ["MR"], ["NM"], ["PT"], [])
"""Of slices; another image may be stored under their SOP class."""
_CAPTURES = (
    *("SCREEN", "SCRN", "SAVE", "REPORT", "DOSE", "PROT", "CAPTURE", "SUMMARY", "PASTED"),
    *("TABLE", "GRAPH", "PAGE"),
)
"""Words in ImageType that mark a picture of a screen or a page, stored as if it were a slice."""
_PAGES = (
    *("PATIENT INFO", "PATIENT DATA", "PATIENTEN", "DOSE INFO", "SCREEN S", "SCREENS", "SCREEN C"),
    *("REPORT", "SUMMARY", "BERICHT", "BEFUND", "RAPPORT", "INFORME"),
)
"""Words in descriptions that do; a "low dose" is one of images."""
_PAGES_OF_SERIES = (*_PAGES, "PROTOCOL", "PROTOKOLL")
"""The same of SeriesDescription: as ProtocolName, "chest protocol" is one of images."""
_DESCRIPTIONS = ("ProtocolName", "ImageComments", "DerivationDescription")
_BLANKS = str.maketrans("_-", "  ")
_CAPTURE_DEVICES = range(0x00181010, 0x0018101C)
"""Attributes of the device that made a secondary capture or a film."""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A picture, or why there is none: one of ``uri`` and ``reason`` is "".

    ``label`` says which image it is.
    """

    uri: str
    reason: str
    label: str


NOT_DRAWN = Thumbnail("", "No picture of the middle image: drawing it stopped.", "")


def thumbnail_of(series: Series, path: Path) -> Thumbnail | None:
    """Return a thumbnail of the middle image of a series of the input at ``path``.

    None for a series without images: there is nothing to be expected.
    """
    middle = middle_image(series)
    if middle is None:
        return None
    instance, frame = middle
    if why_not := _why_not(instance):
        return Thumbnail("", f"No picture of the middle image: {why_not}.", "")
    try:
        # Values are converted, with warnings that quote them, when they are looked at.
        with open_member(path, instance.real_name, MAX_MEMBER) as stream, pixels.as_not_decoded():
            header = pixels.read_header(stream)
            _refuse_another(header, instance)
            is_placed = _is_placed(instance, frame)
            private = _told_of(series) or may_identify(header, is_placed=is_placed)
            if private:
                return Thumbnail("", private, "")
            decoded = pixels.decode(stream, header, frame, instance.transfer_syntax_uid)
            uri = _as_png(decoded)
    except (MemberNotOpened, pixels.NotDecoded) as error:
        return Thumbnail("", f"No picture of the middle image: {error}.", "")
    number = f", frame {frame + 1:,} of {instance.number_of_frames:,}"
    label = f"{instance.name}{number if instance.is_multi_frame else ''}"
    return Thumbnail(uri, "", label)


def _why_not(instance: Instance) -> str:
    if instance.pixel_data is None or instance.pixel_data.is_empty:
        return "it has no pixel data"
    if instance.pixel_data.length is None and not instance.transfer_syntax_uid:
        return "its compression is not named"
    return "its pixel data is truncated" if instance.pixel_data.missing_bytes else ""


def _refuse_another(header: Dataset, instance: Instance) -> None:
    """Take no other file for an image: names that are long are cut, and shown alike."""
    for keyword in ("SOPInstanceUID", "SeriesInstanceUID"):
        if "".join(_words(header, keyword)) != instance.data.text(keyword).upper():
            message = "another file has the same name"
            raise pixels.NotDecoded(message)


def middle_image(series: Series) -> tuple[Instance, int] | None:
    """Return the instance and the frame (from 0) in the middle of the stack."""
    images = [i for i in series.instances if i.is_image and i.sop_class_uid not in sop_classes.SEG]
    if not images:
        return None
    shown = series
    if len(images) < len(series.instances):
        shown = replace(series, instances=tuple(images))
    placed = stack_of(shown)
    if placed.distances_along_normal and len(placed.frames) == len(shown.frames):
        order = sorted(
            range(len(placed.distances_along_normal)),
            key=lambda n: (placed.distances_along_normal[n], n),
        )
        frame = placed.frames[order[len(order) // 2]]
        return frame.instance, frame.number - 1
    images.sort(key=lambda i: (i.data.number("InstanceNumber") or 0, i.real_name))
    instance = images[len(images) // 2]
    return instance, instance.number_of_frames // 2


_SAY = "No picture: an image of the series says that"
_TELL = {
    "BurnedInAnnotation": f"{_SAY} text is burned into its pixels.",
    "RecognizableVisualFeatures": f"{_SAY} a person can be recognised in it.",
}
"""What tells that the pixels show who the patient is, whatever it says but a plain "NO"."""


def _told_of(series: Series) -> str:
    """Return what any image says of all, as they are of one patient; "" for nothing."""
    for keyword, reason in _TELL.items():
        if any(_is_told(instance, keyword) for instance in series.instances):
            return reason
    return ""


def _is_told(instance: Instance, keyword: str) -> bool:
    told = [word.strip(" \0").upper() for word in instance.data.texts(keyword)]
    is_damaged = instance.data.problem(keyword).startswith("damaged")
    return is_damaged or (any(told) and told != ["NO"])


def _is_placed(instance: Instance, number: int) -> bool:
    """Return whether a frame (from 0) says where in the patient it lies: no page of text does."""
    frame = next(islice(instance.frames(), number, None))
    return frame.position is not None and frame.orientation is not None


def may_identify(header: Dataset, *, is_placed: bool) -> str:
    """Return why the pixels might show who the patient is; "" where there is no sign of it.

    Only a plain "NO" says that they do not: whatever else stands there is taken for a yes.
    """
    for keyword, reason in _TELL.items():
        if _words(header, keyword) not in ([], ["NO"]):
            return reason
    declared = _words(header, "BurnedInAnnotation")
    kinds = _words(header, "ImageType")
    is_capture = any(mark in kind for kind in kinds for mark in _CAPTURES)
    is_capture |= _names_page(header, "SeriesDescription", _PAGES_OF_SERIES)
    is_capture |= any(_names_page(header, keyword, _PAGES) for keyword in _DESCRIPTIONS)
    is_capture |= bool(_words(header, "ConversionType"))
    is_capture |= any(tag in _CAPTURE_DEVICES for tag in header.keys())  # noqa: SIM118 - no dict
    is_capture |= _words(header, "Modality") not in _MODALITIES
    is_grey = _words(header, "PhotometricInterpretation") in (["MONOCHROME1"], ["MONOCHROME2"])
    sop_class = "".join(_words(header, "SOPClassUID"))
    is_slice = sop_class in _SLICES and (is_placed or sop_class == _NM)
    is_slice &= is_grey and not is_capture
    if is_slice or declared:
        return ""
    return (
        "No picture: images of this kind often have the patient's name burned into the pixels, "
        "and this one does not declare that it has none (BurnedInAnnotation)."
    )


def _names_page(header: Dataset, keyword: str, words: Sequence[str]) -> bool:
    described = " ".join(_words(header, keyword)).translate(_BLANKS)
    return any(word in described for word in words)


def _words(header: Dataset, keyword: str) -> list[str]:
    """Return what an attribute says, in capitals; [] where it is absent or blank."""
    value = header.get(keyword)
    if keyword in header and header[keyword].VR == "SQ":
        message = f"its {keyword} is a sequence"
        raise pixels.NotDecoded(message)
    if isinstance(value, bytes):
        message = f"its {keyword} is stored as bytes"
        raise pixels.NotDecoded(message)
    several = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    words = [str(one).strip(" \0").upper() for one in several if one is not None]
    return words if any(words) else []


def _as_png(decoded: NDArray[np.uint8]) -> str:
    from PIL import Image  # noqa: PLC0415 - loaded for reports only

    picture = Image.fromarray(decoded)
    picture.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode('ascii')}"
