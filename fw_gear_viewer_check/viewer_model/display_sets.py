"""viewer.md sections 0 and 5: the display sets that the viewer makes of a series."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from fw_gear_viewer_check import sop_classes
from fw_gear_viewer_check.viewer_model import javascript as js
from fw_gear_viewer_check.viewer_model import references
from fw_gear_viewer_check.viewer_model.four_d import split
from fw_gear_viewer_check.viewer_model.javascript import ABSENT
from fw_gear_viewer_check.viewer_model.messages import Message, messages
from fw_gear_viewer_check.viewer_model.stored import Stored, ViewerError
from fw_gear_viewer_check.viewer_model.suv import MODALITY as PET
from fw_gear_viewer_check.viewer_model.suv import Suv, suv
from fw_gear_viewer_check.viewer_model.volume import MAX_3D_TEXTURE, is_reconstructable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from fw_gear_viewer_check.model import Instance, Series
    from fw_gear_viewer_check.viewer_model.javascript import Js


@dataclass(frozen=True, slots=True)
class DisplaySet:
    """One thing that the viewer would list."""

    handler: str
    """stack, video, seg, rtstruct, sr, pdf, microscopy, pmap, ecg or unsupported."""
    instances: tuple[Instance, ...]
    frames: int | None
    """Number of images; None where the viewer does not count them."""
    reconstructable: bool
    """Multi-planar reconstruction is offered."""
    four_d: bool
    """The images make more than one volume."""
    messages: tuple[int, ...]
    """Codes of :class:`~.messages.Message`, in the viewer's order."""
    suv_factor: float | None = None
    """PET: what a rescaled pixel of the first image is multiplied by to get SUV (body weight)."""
    suv_problem: str = ""
    """PET: why there is no factor."""
    volumes: int = 1
    """Number of volumes that the images make: 1 unless it is 4D."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """The display sets of a series.

    ``lost`` says why the viewer shows nothing of the series, or of the rest of it, without a word
    to its user ("" if it shows all). ``crash`` says why it makes these display sets and then shows
    its error page instead ("" if it does not).
    """

    display_sets: tuple[DisplaySet, ...]
    lost: str = ""
    crash: str = ""


def predict(
    series: Series, *, max_texture: int = MAX_3D_TEXTURE, with_references: bool = False
) -> Prediction:
    """Return what the viewer shows of the series.

    ``max_texture`` is the largest 3D texture of the user's graphics processor: larger images are
    not offered as a volume. ``with_references`` says that the images which a segmentation refers
    to are opened with it.
    """
    stored = _kept(series.instances)
    if not stored:
        return Prediction((), lost=_NOT_LISTED if series.instances else "no instance can be read")
    made: list[DisplaySet] = []
    try:
        for group in _by_sop_class(stored):
            made += _of_group(group, max_texture)
    except ViewerError as error:
        return Prediction(tuple(made), lost=str(error))
    display_sets = tuple(_with_suv(_one_report(made), stored))
    return Prediction(display_sets, crash=_crash(series, display_sets, with_references))


_NOT_LISTED = "StudyInstanceUID is missing, or SeriesInstanceUID absent"


def _crash(series: Series, made: Sequence[DisplaySet], with_references: bool) -> str:
    """Say why the viewer ends on its error page; "" if it does not.

    Only what the list of series itself leads to is known here, not what an image does.
    """
    if any(not _is_listed(instance) for instance in series.instances):
        return f"in some instances {_NOT_LISTED}"
    needs_images = made and made[0].handler in _NEEDING_IMAGES
    if needs_images and not with_references:
        return "the images that it refers to are not opened with it"
    return ""


_NEEDING_IMAGES = frozenset({"rtstruct", "pmap"})
"""Handlers whose display set cannot be shown without the images it refers to."""


def _is_listed(instance: Instance) -> bool:
    return bool(instance.data.text("StudyInstanceUID")) and "SeriesInstanceUID" in instance.data


def _kept(instances: Iterable[Instance]) -> list[Stored]:
    """Leave out what belongs to no study or series, and all but the first of a SOPInstanceUID."""
    kept: dict[tuple[str, str], Stored] = {}
    for instance in instances:
        if _is_listed(instance):
            study = instance.data.text("StudyInstanceUID")
            kept.setdefault((study, instance.sop_instance_uid), Stored(instance))
    return list(kept.values())


def _by_sop_class(stored: Iterable[Stored]) -> Iterable[list[Stored]]:
    groups: dict[Js, list[Stored]] = {}
    for one in stored:
        groups.setdefault(one.get("SOPClassUID"), []).append(one)
    return groups.values()


def _of_group(group: Sequence[Stored], max_texture: int) -> list[DisplaySet]:
    """Offer the instances of one SOP class to the handlers, in the order of the viewer's mode."""
    uid = group[0].get("SOPClassUID")
    made: list[DisplaySet] = []
    rest = list(group)
    for uids, handler in _HANDLERS:
        if uid in uids and rest:
            of_handler = handler(rest, max_texture)
            made += of_handler
            taken = {id(i) for display_set in of_handler for i in display_set.instances}
            rest = [one for one in rest if id(one.source) not in taken]
    return made or [_unsupported(group)]


def _unsupported(group: Sequence[Stored]) -> DisplaySet:
    named = js.truthy(group[0].get("SOPClassUID"))
    code = Message.UNSUPPORTED_SOP_CLASS_UID if named else Message.MISSING_SOP_CLASS_UID
    return replace(_plain("unsupported", group, None), messages=(int(code),))


def _plain(handler: str, stored: Iterable[Stored], frames: int | None) -> DisplaySet:
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
    stored.sort(key=_instance_order)
    multi_frame = stored[0].is_multi_frame
    images = [image for one in stored for image in one.images]
    found = split(stored, images)
    four_d = found is not None and found.is_four_d
    # Only the first of the volumes is judged; a multi-frame instance is judged as a whole.
    judged = found.volumes[0] if found is not None and four_d else stored
    reconstructable = is_reconstructable(
        judged, multi_frame=multi_frame, max_texture=max_texture
    )
    return DisplaySet(
        handler="stack",
        instances=tuple(one.source for one in stored),
        frames=len(images) if multi_frame else len(stored),
        reconstructable=reconstructable,
        four_d=four_d,
        volumes=len(found.volumes) if found is not None else 1,
        messages=() if four_d else messages(stored, reconstructable=reconstructable),
    )


def _instance_order(stored: Stored) -> tuple[float, str]:
    number = stored.get("InstanceNumber")
    uid = stored.get("SOPInstanceUID")
    return js.parse_float(number) if js.truthy(number) else 0, uid if isinstance(uid, str) else ""


# The other handlers.


def _videos(stored: Sequence[Stored], _: int) -> list[DisplaySet]:
    return [_plain("video", [one], _frames_told(one)) for one in stored if _is_video(one)]


def _frames_told(stored: Stored) -> int | None:
    return int(js.number(stored.frame_count)) if js.truthy(stored.frame_count) else None


def _is_video(stored: Stored) -> bool:
    """Tell videos from still images by encoding, by class, or by length."""
    available = stored.get("AvailableTransferSyntaxUID")
    syntax = available if js.truthy(available) else stored.source.transfer_syntax_uid
    uid = stored.get("SOPClassUID")
    return (
        syntax in sop_classes.VIDEO_TRANSFER_SYNTAXES
        or uid == _VIDEO_PHOTOGRAPHIC
        or (uid in _SECONDARY_CAPTURE and (_frames_told(stored) or 0) >= _LONG)
    )


_VIDEO_PHOTOGRAPHIC = sop_classes.STORAGE + "77.1.4.1"
_SECONDARY_CAPTURE = frozenset({sop_classes.STORAGE + "7", sop_classes.STORAGE + "7.4"})
_LONG = 90
"""From this many frames on a secondary capture is taken for a video."""


def _one_each(handler: str) -> Handler:
    return lambda stored, _: [_plain(handler, [one], 0) for one in stored]


def _slides(stored: Sequence[Stored], _: int) -> list[DisplaySet]:
    return [_plain("microscopy", stored, 0)]


def _reports(stored: Sequence[Stored], _: int) -> list[DisplaySet]:
    return [_plain("sr", sorted(stored, key=_instance_order), None)]


def _parametric_maps(stored: Sequence[Stored], _: int) -> list[DisplaySet]:
    """Only the first instance is looked at; it is always called reconstructable."""
    if not js.truthy(stored[0].get("ReferencedSeriesSequence")):
        return []
    return [replace(_plain("pmap", stored[:1], None), reconstructable=True)]


def _segmentations(stored: Sequence[Stored], _: int) -> list[DisplaySet]:
    last = sorted(stored, key=_instance_order)[-1]
    return [_plain("seg", [last], None)] if references.of_segmentation(last) else []


def _structure_sets(stored: Sequence[Stored], _: int) -> list[DisplaySet]:
    in_order = sorted(stored, key=_instance_order)
    found = references.of_structure_set(in_order[-1])
    return [_plain("rtstruct", in_order, None)] if found else []


Handler: TypeAlias = "Callable[[Sequence[Stored], int], list[DisplaySet]]"

_HANDLERS: tuple[tuple[frozenset[Js], Handler], ...] = (
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


def _one_report(made: Sequence[DisplaySet]) -> list[DisplaySet]:
    """Join the reports: their display set takes in those of the other SOP classes.

    Three-dimensional reports have a handler of their own and stay apart.
    """
    kept: list[DisplaySet] = []
    joined: dict[bool, int] = {}
    for display_set in made:
        if display_set.handler != "sr":
            kept.append(display_set)
            continue
        three_d = display_set.instances[0].sop_class_uid == sop_classes.COMPREHENSIVE_3D_SR
        if three_d in joined:
            other = kept[joined[three_d]]
            instances = other.instances + display_set.instances
            kept[joined[three_d]] = replace(other, instances=instances)
        else:
            joined[three_d] = len(kept)
            kept.append(display_set)
    return kept


def _with_suv(made: Iterable[DisplaySet], stored: Sequence[Stored]) -> list[DisplaySet]:
    """Give stacks of a PET series their factor: that of their first image."""
    if stored[0].get("Modality") != PET:
        return list(made)
    found: Suv = suv(stored)
    of_instance = {
        id(one.source): factor for one, factor in zip(stored, found.factors, strict=False)
    }
    return [
        replace(
            display_set,
            suv_factor=of_instance.get(id(display_set.instances[0])),
            suv_problem=found.problem,
        )
        if display_set.handler == "stack"
        else display_set
        for display_set in made
    ]
