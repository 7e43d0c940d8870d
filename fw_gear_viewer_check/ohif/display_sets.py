"""viewer.md sections 0 and 5: the display sets that the viewer makes of a series."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.ohif import javascript as js
from fw_gear_viewer_check.ohif.failures import Failure, FailureCode, ViewerError
from fw_gear_viewer_check.ohif.handlers import HANDLERS, unsupported
from fw_gear_viewer_check.ohif.metadata import ViewerInstance
from fw_gear_viewer_check.ohif.prediction import DisplaySet, Prediction, merged
from fw_gear_viewer_check.ohif.suv import MODALITY as PET
from fw_gear_viewer_check.ohif.suv import Suv, suv
from fw_gear_viewer_check.ohif.volume import MAX_3D_TEXTURE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from fw_gear_viewer_check.model.instance import Instance
    from fw_gear_viewer_check.model.series import Series
    from fw_gear_viewer_check.ohif.javascript import Js


def prediction_of(series: Series, *, with_references: bool = False) -> Prediction:
    """Return the prediction, worked out once.

    ``with_references``: the images that a segmentation refers to are opened with it.
    """
    return series.once(_with_references if with_references else predict)


def _with_references(series: Series) -> Prediction:
    return predict(series, with_references=True)


def predict(
    series: Series, *, max_texture: int = MAX_3D_TEXTURE, with_references: bool = False
) -> Prediction:
    """Return what the viewer shows of the series.

    ``max_texture`` is the largest 3D texture of the user's graphics processor: larger images are
    not offered as a volume. ``with_references`` says that the images which a segmentation refers
    to are opened with it.
    """
    kept = _kept(series.instances)
    if not kept:
        return Prediction((), (_nothing_listed(series.instances),))
    made: list[DisplaySet] = []
    failures = list(_copies(series.instances, kept))
    try:
        for group in _by_sop_class(kept):
            made += _of_group(group, max_texture)
    except ViewerError as error:
        return Prediction(tuple(made), (error.failure, *failures))
    found = suv(kept) if kept[0].get("Modality") == PET else Suv()
    display_sets = tuple(_with_suv(_one_report(made), kept, found))
    return Prediction(
        display_sets,
        merged(
            [
                *_error_page(series.instances, display_sets, with_references=with_references),
                *failures,
                *(one.failure for one in display_sets if one.failure is not None),
                *(found.failures if any(one.handler == "stack" for one in made) else ()),
            ]
        ),
    )


def _names(instances: Iterable[Instance]) -> tuple[str, ...]:
    return tuple(instance.name for instance in instances)


_NOT_LISTED = "StudyInstanceUID is missing, or SeriesInstanceUID absent"


def _nothing_listed(instances: tuple[Instance, ...]) -> Failure:
    if instances:
        return Failure(FailureCode.NO_STUDY_OR_SERIES, _NOT_LISTED, _names(instances))
    return Failure(FailureCode.NO_INSTANCE, "no instance can be read")


def _copies(instances: Iterable[Instance], kept: Iterable[ViewerInstance]) -> Iterator[Failure]:
    """Tell of the instances that the viewer drops: it keeps the first of a SOPInstanceUID."""
    sources = {id(one.source) for one in kept}
    dropped = [i for i in instances if _is_listed(i) and id(i) not in sources]
    if dropped:
        reason = f"{len(dropped):,} with the SOPInstanceUID of another"
        yield Failure(FailureCode.COPIES, reason, _names(dropped))


def _error_page(
    instances: Iterable[Instance], made: Sequence[DisplaySet], *, with_references: bool
) -> Iterator[Failure]:
    """Tell what ends on the viewer's error page.

    Only what the list of series itself leads to is known here, not what an image does.
    """
    outside = [i for i in instances if not _is_listed(i)]
    if outside:
        reason = f"in some instances {_NOT_LISTED}"
        yield Failure(FailureCode.NO_STUDY_OR_SERIES_IN_SOME, reason, _names(outside))
    if made[0].handler in _NEEDING_IMAGES and not with_references:
        reason = "the images that it refers to are not opened with it"
        yield Failure(FailureCode.NO_REFERENCE_IMAGES, reason, _names(made[0].instances))


_NEEDING_IMAGES = frozenset({"rtstruct", "pmap"})
"""Handlers whose display set cannot be shown without the images it refers to."""


def _is_listed(instance: Instance) -> bool:
    return bool(instance.data.text("StudyInstanceUID")) and "SeriesInstanceUID" in instance.data


def _kept(instances: Iterable[Instance]) -> list[ViewerInstance]:
    """Leave out what belongs to no study or series, and all but the first of a SOPInstanceUID."""
    kept: dict[tuple[str, str], ViewerInstance] = {}
    for instance in instances:
        if _is_listed(instance):
            study = instance.data.text("StudyInstanceUID")
            key = (study, instance.sop_instance_uid)
            if key not in kept:
                kept[key] = ViewerInstance(instance)
    return list(kept.values())


def _by_sop_class(instances: Iterable[ViewerInstance]) -> Iterable[list[ViewerInstance]]:
    groups: dict[Js, list[ViewerInstance]] = {}
    for one in instances:
        groups.setdefault(one.get("SOPClassUID"), []).append(one)
    return groups.values()


def _of_group(group: Sequence[ViewerInstance], max_texture: int) -> list[DisplaySet]:
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
    return made or [_without_handler(group)]


def _without_handler(group: Sequence[ViewerInstance]) -> DisplaySet:
    sources = tuple(one.source for one in group)
    code, reason = FailureCode.NO_SOP_CLASS, "SOPClassUID is blank"
    if js.truthy(group[0].get("SOPClassUID")):
        code, reason = FailureCode.NO_HANDLER, "the viewer has no handler for the SOP class"
    return unsupported(Failure(code, reason, _names(sources)), sources)


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


def _with_suv(
    made: Iterable[DisplaySet], instances: Sequence[ViewerInstance], found: Suv
) -> Iterator[DisplaySet]:
    """Give stacks their factor: that of their first image."""
    of_instance = dict(zip((id(one.source) for one in instances), found.factors, strict=False))
    for one in made:
        factor = of_instance.get(id(one.instances[0])) if one.handler == "stack" else None
        yield one if factor is None else replace(one, suv_factor=factor)
