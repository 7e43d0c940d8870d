"""viewer.md section 5: what each handler of the viewer makes of the instances of a SOP class."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.ohif import javascript as js
from fw_gear_viewer_check.ohif import references
from fw_gear_viewer_check.ohif.four_d import split
from fw_gear_viewer_check.ohif.javascript import ABSENT
from fw_gear_viewer_check.ohif.messages import messages
from fw_gear_viewer_check.ohif.prediction import DisplaySet
from fw_gear_viewer_check.ohif.volume import is_reconstructable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from fw_gear_viewer_check.ohif.javascript import Js
    from fw_gear_viewer_check.ohif.metadata import Stored


def plain(handler: str, stored: Iterable[Stored], frames: int | None) -> DisplaySet:
    """Return a display set that is no volume and has no messages."""
    return DisplaySet(
        handler=handler,
        instances=tuple(one.source for one in stored),
        frames=frames,
        reconstructable=False,
        four_d=False,
        messages=(),
    )


# Stacks of images.


def _stacks(stored: Sequence[Stored], max_texture: int) -> list[DisplaySet]:
    """Each multi-frame instance and each CR, MG, DX image by itself; the rest in one stack."""
    made, rest = [], []
    for one in stored:
        if one.get("SOPClassUID") not in _KNOWN_IMAGES and not js.truthy(one.get("Rows")):
            continue
        alone = one.get("Modality") in sop_classes.ONE_IMAGE_PER_DISPLAY_SET
        if one.is_multi_frame or alone:
            made.append(_stack([one], max_texture))
        else:
            rest.append(one)
    return [*made, _stack(rest, max_texture)] if rest else made


_KNOWN_IMAGES = sop_classes.STACK - {
    sop_classes.STORAGE + "82.1",  # corneal topography map
    sop_classes.STORAGE + "481.2",  # RT dose
}
"""SOP classes that need no Rows to count as an image."""


def _stack(stored: list[Stored], max_texture: int) -> DisplaySet:
    stored.sort(key=instance_order)
    multi_frame = stored[0].is_multi_frame
    images = [image for one in stored for image in one.images]
    found = split(stored, images)
    four_d = found is not None and found.is_four_d
    # Only the first of the volumes is judged; a multi-frame instance is judged as a whole.
    judged = found.volumes[0] if found is not None and four_d else stored
    reconstructable = is_reconstructable(judged, multi_frame=multi_frame, max_texture=max_texture)
    return DisplaySet(
        handler="stack",
        instances=tuple(one.source for one in stored),
        frames=stored[0].frames if multi_frame else len(stored),
        reconstructable=reconstructable,
        four_d=four_d,
        volumes=len(found.volumes) if found is not None else 1,
        messages=() if four_d else messages(stored, reconstructable=reconstructable),
    )


def instance_order(stored: Stored) -> tuple[float, str]:
    """Sort by InstanceNumber, then by SOPInstanceUID."""
    number = stored.get("InstanceNumber")
    uid = stored.get("SOPInstanceUID")
    return js.parse_float(number) if js.truthy(number) else 0, uid if isinstance(uid, str) else ""


# The other handlers.


def _videos(stored: Sequence[Stored], _: int) -> list[DisplaySet]:
    return [plain("video", [one], one.declared_frames) for one in stored if _is_video(one)]


def _is_video(stored: Stored) -> bool:
    """Tell videos from still images by encoding, by class, or by length."""
    available = stored.get("AvailableTransferSyntaxUID")
    syntax = available if js.truthy(available) else stored.source.transfer_syntax_uid
    uid = stored.get("SOPClassUID")
    return (
        syntax in sop_classes.VIDEO_TRANSFER_SYNTAXES
        or uid == _VIDEO_PHOTOGRAPHIC
        or (uid in _SECONDARY_CAPTURE and (stored.declared_frames or 0) >= _LONG)
    )


_VIDEO_PHOTOGRAPHIC = sop_classes.STORAGE + "77.1.4.1"
_SECONDARY_CAPTURE = frozenset({sop_classes.STORAGE + "7", sop_classes.STORAGE + "7.4"})
_LONG = 90
"""From this many frames on a secondary capture is taken for a video."""


def _one_each(handler: str) -> Handler:
    return lambda stored, _: [plain(handler, [one], 0) for one in stored]


def _slides(stored: Sequence[Stored], _: int) -> list[DisplaySet]:
    return [plain("microscopy", stored, 0)]


def _reports(stored: Sequence[Stored], _: int) -> list[DisplaySet]:
    return [plain("sr", sorted(stored, key=instance_order), None)]


def _parametric_maps(stored: Sequence[Stored], _: int) -> list[DisplaySet]:
    """Only the first instance is looked at; it is always called reconstructable."""
    if not js.truthy(stored[0].get("ReferencedSeriesSequence")):
        return []
    return [replace(plain("pmap", stored[:1], None), reconstructable=True)]


def _segmentations(stored: Sequence[Stored], _: int) -> list[DisplaySet]:
    last = max(stored, key=instance_order)
    return [plain("seg", [last], None)] if references.of_segmentation(last) else []


def _structure_sets(stored: Sequence[Stored], _: int) -> list[DisplaySet]:
    in_order = sorted(stored, key=instance_order)
    found = references.of_structure_set(in_order[-1])
    return [plain("rtstruct", in_order, None)] if found else []


Handler: TypeAlias = "Callable[[Sequence[Stored], int], list[DisplaySet]]"

HANDLERS: tuple[tuple[frozenset[Js], Handler], ...] = (
    (sop_classes.VIDEO, _videos),
    (sop_classes.ECG, _one_each("ecg")),
    (sop_classes.SEG, _segmentations),
    (sop_classes.PARAMETRIC_MAP, _parametric_maps),
    # The list of the stack handler holds an undefined entry, so it takes what has no SOP class.
    (sop_classes.STACK | {ABSENT}, _stacks),
    (sop_classes.MICROSCOPY, _slides),
    (sop_classes.PDF, _one_each("pdf")),
    (sop_classes.SR, _reports),
    (sop_classes.RTSTRUCT, _structure_sets),
)
