"""docs/ohif.md section 5: what each handler of the viewer makes of the instances of a SOP class."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.ohif import javascript as js
from fw_gear_viewer_check.ohif import references
from fw_gear_viewer_check.ohif.failures import Failure, FailureCode, ViewerError
from fw_gear_viewer_check.ohif.four_d import split
from fw_gear_viewer_check.ohif.javascript import ABSENT, Js
from fw_gear_viewer_check.ohif.messages import Message, messages
from fw_gear_viewer_check.ohif.metadata import ViewerInstance
from fw_gear_viewer_check.ohif.prediction import DisplaySet
from fw_gear_viewer_check.ohif.volume import (
    UnplacedImageError,
    black_volume,
    no_volume,
    unplaced_failure,
)


def unsupported(failure: Failure, instances: tuple[Instance, ...]) -> DisplaySet:
    """Return an entry of the list that shows no image."""
    named = failure.code is not FailureCode.NO_SOP_CLASS
    code = Message.UNSUPPORTED_SOP_CLASS_UID if named else Message.MISSING_SOP_CLASS_UID
    return DisplaySet("unsupported", instances, messages=(int(code),), failure=failure)


def _sources(instances: Iterable[ViewerInstance]) -> tuple[Instance, ...]:
    return tuple(one.origin for one in instances)


# Stacks of images.


def _stacks(instances: Sequence[ViewerInstance]) -> list[DisplaySet]:
    """Each multi-frame instance and each CR, MG, DX image by itself; the rest in one stack."""
    made, rest = [], []
    for one in instances:
        if one.get("SOPClassUID") not in _KNOWN_IMAGES and not js.truthy(one.get("Rows")):
            continue
        alone = one.get("Modality") in sop_classes.ONE_IMAGE_PER_DISPLAY_SET
        if one.is_multi_frame or alone:
            made.append(_stack([one]))
        else:
            rest.append(one)
    return [*made, _stack(rest)] if rest else made


_KNOWN_IMAGES = sop_classes.STACK - {
    sop_classes.STORAGE + "82.1",  # corneal topography map
    sop_classes.STORAGE + "481.2",  # RT dose
}
"""SOP classes that need no Rows to count as an image."""


def _stack(instances: list[ViewerInstance]) -> DisplaySet:
    instances.sort(key=instance_order)
    try:
        return _volume_or_stack(instances)
    except UnplacedImageError:
        failure = unplaced_failure(FailureCode.POSITION_IN_SOME, instances)
        raise ViewerError(failure.code, failure.reason, failure.instances) from None


def _volume_or_stack(instances: list[ViewerInstance]) -> DisplaySet:
    multi_frame = instances[0].is_multi_frame
    images = [image for one in instances for image in one.images]
    found = split(instances, images)
    four_d = found is not None and found.is_four_d
    # Only the first of the volumes is judged; a multi-frame instance is judged as a whole.
    judged = found.volumes[0] if found is not None and four_d else instances
    failure = no_volume(judged, multi_frame=multi_frame)
    black = black_volume(found.volumes) if found is not None and four_d and not failure else None
    return DisplaySet(
        handler="stack",
        instances=_sources(instances),
        frames=instances[0].frames if multi_frame else len(instances),
        reconstructable=failure is None,
        four_d=four_d,
        volumes=len(found.volumes) if found is not None else 1,
        messages=() if four_d else messages(instances, reconstructable=failure is None),
        failure=failure,
        black=black,
    )


def instance_order(instance: ViewerInstance) -> tuple[float, str]:
    """Sort by InstanceNumber, then by SOPInstanceUID."""
    number = instance.get("InstanceNumber")
    uid = instance.get("SOPInstanceUID")
    return js.parse_float(number) if js.truthy(number) else 0, uid if isinstance(uid, str) else ""


# The other handlers.


def _videos(instances: Sequence[ViewerInstance]) -> list[DisplaySet]:
    return [
        DisplaySet("video", (one.origin,), one.declared_frames, black=_still(one))
        for one in instances
        if _is_video(one)
    ]


def _still(instance: ViewerInstance) -> Failure | None:
    """Return that the viewer asks a video of still images: it gets none."""
    if _is_encoded(instance):
        return None
    reason = "the viewer takes still images for a video: it asks for one, and stays black"
    return Failure(FailureCode.STILL_AS_VIDEO, reason, (instance.origin.name,))


def _is_encoded(instance: ViewerInstance) -> bool:
    """Return whether it is encoded as a video, by what a server says, or the file."""
    available = instance.get("AvailableTransferSyntaxUID")
    syntax = available if js.truthy(available) else instance.origin.transfer_syntax_uid
    return syntax in sop_classes.VIDEO_TRANSFER_SYNTAXES


def _is_video(instance: ViewerInstance) -> bool:
    """Tell videos from still images by encoding, by class, or by length."""
    uid = instance.get("SOPClassUID")
    return (
        _is_encoded(instance)
        or uid == _VIDEO_PHOTOGRAPHIC
        or (uid in _SECONDARY_CAPTURE and (instance.declared_frames or 0) >= _LONG)
    )


_VIDEO_PHOTOGRAPHIC = sop_classes.STORAGE + "77.1.4.1"
_SECONDARY_CAPTURE = frozenset({sop_classes.STORAGE + "7", sop_classes.STORAGE + "7.4"})
_LONG = 90
"""From this many frames on a secondary capture is taken for a video."""


def _one_each(handler: str) -> Handler:
    return lambda instances: [DisplaySet(handler, (one.origin,), 0) for one in instances]


def _slides(instances: Sequence[ViewerInstance]) -> list[DisplaySet]:
    return [DisplaySet("microscopy", _sources(instances), 0)]


def _reports(instances: Sequence[ViewerInstance]) -> list[DisplaySet]:
    return [DisplaySet("sr", _sources(sorted(instances, key=instance_order)))]


def _parametric_maps(instances: Sequence[ViewerInstance]) -> list[DisplaySet]:
    """Only the first instance is looked at; it is always called reconstructable."""
    failure = references.of_series(instances[0])
    if failure is not None:
        return [unsupported(failure, _sources(instances))]
    return [DisplaySet("pmap", _sources(instances[:1]), reconstructable=True)]


def _segmentations(instances: Sequence[ViewerInstance]) -> list[DisplaySet]:
    last = max(instances, key=instance_order)
    failure = references.of_segmentation(last)
    if failure is not None:
        return [unsupported(failure, _sources(instances))]
    return [DisplaySet("seg", (last.origin,))]


def _structure_sets(instances: Sequence[ViewerInstance]) -> list[DisplaySet]:
    in_order = sorted(instances, key=instance_order)
    failure = references.of_structure_set(in_order[-1])
    if failure is not None:
        return [unsupported(failure, _sources(instances))]
    return [DisplaySet("rtstruct", _sources(in_order))]


Handler: TypeAlias = "Callable[[Sequence[ViewerInstance]], list[DisplaySet]]"

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
