"""viewer.md sections 0 and 5: the display sets that the viewer makes of a series."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.ohif import javascript as js
from fw_gear_viewer_check.ohif.handlers import HANDLERS, plain
from fw_gear_viewer_check.ohif.messages import Message
from fw_gear_viewer_check.ohif.metadata import Stored, ViewerError
from fw_gear_viewer_check.ohif.prediction import DisplaySet, Prediction
from fw_gear_viewer_check.ohif.suv import MODALITY as PET
from fw_gear_viewer_check.ohif.suv import suv
from fw_gear_viewer_check.ohif.volume import MAX_3D_TEXTURE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fw_gear_viewer_check.model.instance import Instance
    from fw_gear_viewer_check.model.series import Series
    from fw_gear_viewer_check.ohif.javascript import Js


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
    for uids, handler in HANDLERS:
        if uid in uids and rest:
            of_handler = handler(rest, max_texture)
            made += of_handler
            taken = {id(i) for display_set in of_handler for i in display_set.instances}
            rest = [one for one in rest if id(one.source) not in taken]
    return made or [_unsupported(group)]


def _unsupported(group: Sequence[Stored]) -> DisplaySet:
    named = js.truthy(group[0].get("SOPClassUID"))
    code = Message.UNSUPPORTED_SOP_CLASS_UID if named else Message.MISSING_SOP_CLASS_UID
    return replace(plain("unsupported", group, None), messages=(int(code),))


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
    found = suv(stored)
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
