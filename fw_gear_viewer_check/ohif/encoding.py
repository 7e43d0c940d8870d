"""docs/ohif.md sections 5 and 9: whether the viewer can read a file, and draw its pixels."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.data_set import DataSet, LooseNumber
from fw_gear_viewer_check.model.instance import RLE_HEADER, Instance, PixelData
from fw_gear_viewer_check.model.text import uid_name
from fw_gear_viewer_check.ohif.failures import Cause, FailureCode
from fw_gear_viewer_check.ohif.javascript import Source

_JPEG = "1.2.840.10008.1.2.4."
_DECLARED = {
    **dict.fromkeys((f"{_JPEG}50", f"{_JPEG}51"), "JPEG"),
    **dict.fromkeys((f"{_JPEG}57", f"{_JPEG}70"), "lossless JPEG"),
    **dict.fromkeys((f"{_JPEG}80", f"{_JPEG}81"), "JPEG-LS"),
    **dict.fromkeys((f"{_JPEG}{n}" for n in (90, 91, 201, 202, 203)), "JPEG 2000"),
    sop_classes.RLE: "RLE",
}
"""How frames are coded, by transfer syntax."""

_CODINGS = {
    **dict.fromkeys((0xFFC0, 0xFFC1, 0xFFC2), "JPEG"),
    0xFFC3: "lossless JPEG",
    0xFFF7: "JPEG-LS",
    0xFF4F: "JPEG 2000",
    RLE_HEADER: "RLE",
    0: "not compressed in a known way",
}
"""How a frame is coded, by its marker."""


def unreadable(instance: Instance, source: Source) -> Iterator[Cause]:
    """Yield why an instance is not read at all."""
    if source is Source.LOCAL and not instance.transfer_syntax_uid:
        yield FailureCode.NO_FILE_META, "the file does not name its transfer syntax"
    elif source is Source.LOCAL and not has_known_characters(instance):
        reason = "SpecificCharacterSet has several values, or one that is unknown"
        yield FailureCode.CHARACTER_SET, reason
    elif not instance.is_encoded_as_declared:
        reason = (
            f"encoded in {uid_name(instance.encoding)}, but its transfer syntax says "
            f"{uid_name(instance.transfer_syntax_uid)}"
        )
        yield FailureCode.ENCODED_OTHERWISE, reason


def has_known_characters(instance: Instance) -> bool:
    """Return whether the viewer's own parser takes the character set."""
    names = instance.data.texts("SpecificCharacterSet")
    return len(names) <= 1 and all(map(is_character_set, names))


def is_character_set(name: str) -> bool:
    """Return whether a text names a character set, if not quite as DICOM writes it."""
    return name.upper().replace(" ", "_") in _CHARACTERS


_CHARACTERS = {
    *("", "ISO_IR_192", "GB18030", "GBK", "ISO_2022_GBK", "ISO_2022_58"),
    *(f"ISO_2022_IR_{n}" for n in (58, 87, 149, 159)),
    *(
        f"{prefix}_{n}"
        for prefix in ("ISO_IR", "ISO_2022_IR")
        for n in (6, 13, 100, 101, 109, 110, 126, 127, 138, 144, 148, 166)
    ),
}


def undrawable(instance: Instance) -> Iterator[Cause]:
    """Yield why the pixels of an instance are not drawn."""
    uid, pixels = instance.transfer_syntax_uid, instance.pixel_data
    is_video = uid in sop_classes.VIDEO_TRANSFER_SYNTAXES
    if not instance.is_image or (is_video and instance.sop_class_uid in sop_classes.VIDEO):
        return
    if uid in sop_classes.DECODED_TRANSFER_SYNTAXES:
        yield from _of_pixels(uid, pixels)
    elif uid:
        reason = f"transfer syntax is {uid_name(uid)}, which the viewer does not decode"
        yield FailureCode.NOT_DECODED, reason
    elif instance.has_file_meta or (pixels and pixels.length is None):
        # Without any, a server takes the data set for what it is, and nobody names a compression.
        yield FailureCode.SYNTAX_NOT_NAMED, "transfer syntax is not named"


def uncoloured(instance: Instance) -> Iterator[Cause]:
    """Yield that an instance lacks the tables of its colours, or shares colours between pixels.

    Segmented tables are not read.
    """
    if instance.sop_class_uid not in sop_classes.STACK:
        return
    if instance.data.get("PhotometricInterpretation") == "PALETTE COLOR":
        reason = next(
            filter(None, map(partial(_lack, instance.data), ("Red", "Green", "Blue"))), ""
        )
        if reason:
            yield FailureCode.NO_COLOUR_TABLES, reason
    elif _shares_colours(instance):
        reason = "pixels share their colours (as in YBR_FULL_422) without compression"
        yield FailureCode.COLOURS_SHARED, reason


def _lack(data: DataSet, colour: str) -> str:
    """Say what is wrong with the table of a colour (PS3.3 section C.7.6.3.1.5 and C.7.6.3.1.6)."""
    table = f"{colour}PaletteColorLookupTableData"
    descriptor = data.numbers(f"{colour}PaletteColorLookupTableDescriptor")
    if data.problem(table) or descriptor is None or len(descriptor) < 2:
        return "PALETTE COLOR without its three colour tables, or without what describes them"
    entries, bits = (*descriptor, 0)[0:3:2]
    size = (entries or 65536) * (2 if bits > 8 else 1)
    is_short = abs(data.number(table) or 0) < size
    return f"{table} is shorter than its descriptor says" if is_short else ""


def _shares_colours(instance: Instance) -> bool:
    """Return whether pixels share their colours, and are not compressed.

    The viewer takes what is shorter than three samples a pixel for RGB. It compares with the length
    of another way to share them, which no image in DICOM has (PS3.3 C.7.6.3.1.2).
    """
    data, pixels = instance.data, instance.pixel_data
    if pixels is None or not pixels.length:  # none, or compressed
        return False
    if not data.text("PhotometricInterpretation").endswith("422"):
        return False
    rows, columns = data.number("Rows") or 0, data.number("Columns") or 0
    return pixels.length < 3 * rows * columns * instance.number_of_frames


def uncounted(instance: Instance, source: Source) -> Iterator[Cause]:
    """Yield why a server gives no frame of an instance, though files of it are drawn."""
    if source is Source.SERVER and instance.pixel_data and not instance.has_frame_count:
        yield FailureCode.NO_FRAME_COUNT, f"NumberOfFrames is {_uncountable(instance.data)}"


def _uncountable(data: DataSet) -> str:
    problem, count = data.problem("NumberOfFrames"), data.get("NumberOfFrames")
    if problem:
        return problem
    if isinstance(count, tuple):
        return "several values"
    is_loose = isinstance(count, LooseNumber) and count >= 1
    return "not written in digits alone (blanks before them, or a point)" if is_loose else "below 1"


def _of_pixels(uid: str, pixels: PixelData | None) -> Iterator[Cause]:
    """Compare the pixel data with what the transfer syntax says of them."""
    if pixels is None or pixels.is_empty:
        return
    if pixels.second_marker == 0:
        reason = "the pixel data has no offset table, and its fragments are not whole frames"
        yield FailureCode.FRAME_CUT, reason
        return
    is_native, found = uid in sop_classes.NATIVE_TRANSFER_SYNTAXES, ""
    if is_native != (pixels.length is not None):
        found = "compressed" if is_native else "not compressed"
    elif not is_native:
        markers = (pixels.frame_marker, pixels.second_marker)
        codings = [_CODINGS.get(one, "JPEG of another kind") for one in markers if one is not None]
        found = next((coding for coding in codings if coding != _DECLARED[uid]), "")
    if found:
        reason = f"the pixel data is {found}, but the transfer syntax says {uid_name(uid)}"
        yield FailureCode.CODED_OTHERWISE, reason
