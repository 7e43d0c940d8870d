"""docs/ohif.md sections 5 and 9: whether the viewer can read a file, and draw its pixels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.instance import RLE_HEADER, Instance
from fw_gear_viewer_check.model.text import uid_name
from fw_gear_viewer_check.ohif.failures import Failure, FailureCode
from fw_gear_viewer_check.ohif.javascript import Source

_JPEG = "1.2.840.10008.1.2.4."
_DECLARED = {
    **dict.fromkeys((f"{_JPEG}50", f"{_JPEG}51"), "JPEG"),
    **dict.fromkeys((f"{_JPEG}57", f"{_JPEG}70"), "lossless JPEG"),
    **dict.fromkeys((f"{_JPEG}80", f"{_JPEG}81"), "JPEG-LS"),
    **dict.fromkeys((f"{_JPEG}{n}" for n in (90, 91, 201, 202, 203)), "JPEG 2000"),
    "1.2.840.10008.1.2.5": "RLE",
}
"""How frames are coded, by transfer syntax."""

_CODINGS = {
    **dict.fromkeys((0xFFC0, 0xFFC1, 0xFFC2), "JPEG"),
    0xFFC3: "lossless JPEG",
    0xFFF7: "JPEG-LS",
    0xFF4F: "JPEG 2000",
    RLE_HEADER: "RLE",
}
"""How a frame is coded, by its marker."""


def unreadable(instances: Iterable[Instance], source: Source) -> Iterator[Failure]:
    """Yield why instances are not read at all, one failure each."""
    for instance in instances:
        if source is Source.LOCAL and not instance.transfer_syntax_uid:
            reason = "the file does not name its transfer syntax"
            yield Failure(FailureCode.NO_FILE_META, reason, (instance.name,))
        elif source is Source.LOCAL and not has_known_characters(instance):
            reason = "SpecificCharacterSet has several values, or one that is unknown"
            yield Failure(FailureCode.CHARACTER_SET, reason, (instance.name,))
        elif not instance.is_encoded_as_declared:
            reason = (
                f"encoded in {uid_name(instance.encoding)}, but its transfer syntax says "
                f"{uid_name(instance.transfer_syntax_uid)}"
            )
            yield Failure(FailureCode.ENCODED_OTHERWISE, reason, (instance.name,))


def has_known_characters(instance: Instance) -> bool:
    """Return whether the viewer's own parser takes the character set."""
    names = instance.data.texts("SpecificCharacterSet")
    return len(names) <= 1 and "".join(names).upper().replace(" ", "_") in _CHARACTERS


_CHARACTERS = {
    *("", "ISO_IR_192", "GB18030", "GBK", "ISO_2022_GBK", "ISO_2022_58"),
    *(f"ISO_2022_IR_{n}" for n in (58, 87, 149, 159)),
    *(
        f"{prefix}_{n}"
        for prefix in ("ISO_IR", "ISO_2022_IR")
        for n in (6, 13, 100, 101, 109, 110, 126, 127, 138, 144, 148, 166)
    ),
}


def undrawable(instances: Iterable[Instance]) -> Iterator[Failure]:
    """Yield why the pixels of instances are not drawn, one failure each."""
    for instance in instances:
        if not instance.is_image or _is_video(instance):
            continue
        code, reason = _syntax_problem(instance) or _pixel_problem(instance) or (None, "")
        if code is not None:
            yield Failure(code, reason, (instance.name,))


def _is_video(instance: Instance) -> bool:
    is_video = instance.sop_class_uid in sop_classes.VIDEO
    return is_video and instance.transfer_syntax_uid in sop_classes.VIDEO_TRANSFER_SYNTAXES


def _syntax_problem(instance: Instance) -> tuple[FailureCode, str] | None:
    uid = instance.transfer_syntax_uid
    if uid in sop_classes.DECODED_TRANSFER_SYNTAXES:
        return None
    if uid:
        reason = f"transfer syntax is {uid_name(uid)}, which the viewer does not decode"
        return FailureCode.NOT_DECODED, reason
    # Without any file meta information a server takes the data set for what it is.
    reason = "transfer syntax is not named"
    return (FailureCode.SYNTAX_NOT_NAMED, reason) if instance.has_file_meta else None


def _pixel_problem(instance: Instance) -> tuple[FailureCode, str] | None:
    """Compare the pixel data with what the transfer syntax says of them."""
    uid, pixels = instance.transfer_syntax_uid, instance.pixel_data
    if pixels is None or pixels.is_empty or not uid:
        return None
    if pixels.second_marker == 0:
        reason = "the pixel data has no offset table, and its fragments are not whole frames"
        return FailureCode.FRAME_CUT, reason
    is_native, found = uid in sop_classes.NATIVE_TRANSFER_SYNTAXES, ""
    if is_native != (pixels.length is not None):
        found = "compressed" if is_native else "not compressed"
    elif not is_native:
        markers = (pixels.frame_marker, pixels.second_marker)
        codings = [_CODINGS.get(one, "JPEG of another kind") for one in markers if one]
        found = next((coding for coding in codings if coding != _DECLARED[uid]), "")
    if not found:
        return None
    reason = f"the pixel data is {found}, but the transfer syntax says {uid_name(uid)}"
    return FailureCode.CODED_OTHERWISE, reason
