"""docs/ohif.md sections 0 and 5: the display sets that the viewer makes of a series."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.data_set import Damaged, DataSet, EmptyItem, items_in
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.model.sop_classes import IMPLICIT_VR
from fw_gear_viewer_check.model.text import counted
from fw_gear_viewer_check.ohif import javascript as js
from fw_gear_viewer_check.ohif.encoding import (
    has_known_characters,
    uncoloured,
    uncounted,
    undrawable,
    unreadable,
)
from fw_gear_viewer_check.ohif.failures import Cause, Effect, Failure, FailureCode, ViewerError
from fw_gear_viewer_check.ohif.handlers import HANDLERS, instance_order, unsupported
from fw_gear_viewer_check.ohif.javascript import Js, Source
from fw_gear_viewer_check.ohif.metadata import KNOWN_TO_SERVERS, ViewerInstance
from fw_gear_viewer_check.ohif.overlays import not_loaded
from fw_gear_viewer_check.ohif.planes import without_plane
from fw_gear_viewer_check.ohif.prediction import DisplaySet, Prediction, merged
from fw_gear_viewer_check.ohif.suv import MODALITY as PET
from fw_gear_viewer_check.ohif.suv import Suv, suv
from fw_gear_viewer_check.ohif.windows import black_volumes


def prediction_of(
    series: Series, *, with_references: bool = False, source: Source = Source.SERVER
) -> Prediction:
    """Return the prediction, worked out once: see :func:`predict`."""
    if source is Source.LOCAL:
        return series.once(_from_local_files)
    return series.once(_with_references if with_references else _worst)


def why_not_shown(images: Sequence[Instance], made: Prediction) -> str:
    """Say why the viewer shows none of the images of a series; "" where it shows some."""
    names = {image.name for image in images}
    for failure in made.failures:
        if failure.effect in _OF_ALL or (
            failure.effect in _OF_EACH and names.issubset(failure.instances)
        ):
            return failure.reason
    return ""


_OF_ALL = {Effect.DROPPED_SILENTLY, Effect.ERROR_PAGE}
_OF_EACH = {Effect.SOME_DROPPED, Effect.UNSUPPORTED, Effect.NOT_DRAWN}


def _from_local_files(series: Series) -> Prediction:
    """Predict anew only what may differ from the prediction that nearly every series needs."""
    if are_read_alike(series.instances):
        return prediction_of(series)
    return _worst(series, source=Source.LOCAL)


def are_read_alike(instances: Sequence[Instance]) -> bool:
    """Return True where the viewer has the same of local files as of a server."""
    return all(map(reads_alike, instances)) and not any(_not_found(instances))


def reads_alike(instance: Instance) -> bool:
    """Return True where the viewer has the same of a local file as of a server.

    What differs: files without a transfer syntax, odd character sets, instances of no study or
    series, blank values, private values in implicit VR, the time of injection.
    """
    syntax, data = instance.transfer_syntax_uid, instance.data
    return (
        bool(syntax)
        and has_known_characters(instance)
        and (syntax != IMPLICIT_VR or KNOWN_TO_SERVERS.isdisjoint(data))
        and _is_listed(instance, Source.SERVER)
        and instance.modality != PET
        and js.reads_alike(data)
    )


def _with_references(series: Series) -> Prediction:
    return _worst(series, with_references=True)


def _worst(
    series: Series, *, source: Source = Source.SERVER, with_references: bool = False
) -> Prediction:
    """Return the worst of the predictions, whichever images of one UID come first."""
    made = []
    for first in as_it_may_be(series):
        known = set(map(id, first))
        rest = (image for image in series.instances if id(image) not in known)
        ordered = replace(series, instances=(*first, *rest))
        made.append(predict(ordered, source=source, with_references=with_references))
    return max(made, key=_harm)


def as_it_may_be(series: Series) -> Iterator[list[Instance]]:
    """Yield the images with each of those that share a UID, of which the viewer keeps one.

    Which one, the order decides in which they reach the server, and no name. Also of several
    studies: the viewer looks for what it has by SeriesInstanceUID.
    """
    by_uid = defaultdict[str, list[Instance]](list)
    for image in series.distinct.instances:
        by_uid[image.sop_instance_uid].append(image)
    for same in by_uid.values():
        same.sort(key=lambda image: image.digest or b"")
    for n in range(min(max(map(len, by_uid.values()), default=1), _MOST_OF_ONE_UID)):
        yield [same[n % len(same)] for same in by_uid.values()]


_MOST_OF_ONE_UID = 5
"""Different images with one UID that are tried: each takes as long as the series."""


def _harm(made: Prediction) -> tuple[list[int], bool]:
    """Return what makes one prediction worse than another: its failures, then the lack of MPR."""
    seriousness = list(reversed(Effect))
    found = [seriousness.index(failure.effect) for failure in made.failures]
    return found, not any(one.reconstructable for one in made.largest)


def predict(
    series: Series,
    *,
    source: Source = Source.SERVER,
    with_references: bool = False,
) -> Prediction:
    """Return what the viewer shows of the series.

    ``source`` is where the viewer has the data from: a site feeds it from a server.
    ``with_references`` says that the images which a segmentation refers to are opened with it.
    """
    instances, lost = list[Instance](), list[Instance]()
    for one in series.instances:
        (lost if any(unreadable(one, source)) else instances).append(one)
    unread = merged(_of_each(lost, partial(unreadable, source=source)))
    listed = [i for i in instances if _is_listed(i, source)]
    kept = _kept(listed, source)
    if not kept:
        return Prediction((), (_nothing_listed(instances, unread), *unread))
    made: list[DisplaySet] = []
    failures = [
        *unread,
        *_copies(listed, kept),
        *_of_each(instances, undrawable),
        *_of_each(instances, uncoloured),
        *_of_each(instances, partial(uncounted, source=source)),
        *_of_each(instances, not_loaded),
    ]
    missed = list(_not_found([one.origin for one in kept if one.source is Source.SERVER]))
    if any(failure.effect is Effect.DROPPED_SILENTLY for failure in missed):
        return Prediction((), merged([*missed, *failures]))
    try:
        _check_items(kept)
        for group in _by_sop_class(kept):
            made += _of_group(group)
        failures += without_plane(kept)
    except ViewerError as error:
        return Prediction(tuple(made), merged([error.failure, *failures]))
    in_order = sorted(kept, key=instance_order)
    found = suv(in_order) if in_order[0].get("Modality") == PET else Suv()
    display_sets = tuple(_with_suv(_one_report(made), in_order, found))
    if with_references:
        display_sets = tuple(map(_on_its_images, display_sets))
    return Prediction(
        display_sets,
        merged(
            [
                *_outside(instances, source),
                *missed,
                *_error_page(kept, display_sets, with_references=with_references),
                *failures,
                *_behind_the_last(display_sets),
                *black_volumes(display_sets),
                *(one.failure for one in display_sets if one.failure is not None),
                *(one.black for one in display_sets if one.black is not None),
                *(found.failures if any(one.handler == "stack" for one in made) else ()),
            ]
        ),
    )


def _behind_the_last(made: Iterable[DisplaySet]) -> Iterator[Failure]:
    """Tell of structure sets that are listed with another, which alone is drawn."""
    for one in made:
        if one.handler == "rtstruct" and len(one.instances) > 1:
            reason = f"of {counted(len(one.instances), 'structure set')} only the last is drawn"
            yield Failure(FailureCode.ONLY_LAST_DRAWN, reason, _names(one.instances[:-1]))


def _of_each(
    instances: Iterable[Instance], causes: Callable[[Instance], Iterable[Cause]]
) -> Iterator[Failure]:
    return (Failure(*cause, (i.name,)) for i in instances for cause in causes(i))


def _on_its_images(made: DisplaySet) -> DisplaySet:
    """Give a segmentation or structure set the flag of the volume that it lies on."""
    is_overlay = made.handler in {"seg", "rtstruct"}
    return replace(made, reconstructable=True) if is_overlay else made


def _names(instances: Iterable[Instance]) -> tuple[str, ...]:
    return tuple(instance.name for instance in instances)


_NOT_LISTED = "StudyInstanceUID or SeriesInstanceUID is missing"


def _nothing_listed(instances: Iterable[Instance], unread: Sequence[Failure]) -> Failure:
    names = _names(instances)
    if names:
        return Failure(FailureCode.NO_STUDY_OR_SERIES, _NOT_LISTED, names)
    if unread:
        return Failure(FailureCode.NO_INSTANCE, unread[0].reason, unread[0].instances)
    return Failure(FailureCode.NO_INSTANCE, "no instance can be read")


def _copies(listed: Iterable[Instance], kept: Iterable[ViewerInstance]) -> Iterator[Failure]:
    """Tell of the instances that the viewer drops: it keeps the first of a SOPInstanceUID."""
    sources = {id(one.origin) for one in kept}
    dropped = [i for i in listed if id(i) not in sources]
    if dropped:
        reason = f"{counted(len(dropped), 'image')} with the SOPInstanceUID of another"
        yield Failure(FailureCode.COPIES, reason, _names(dropped))


def _error_page(
    kept: Iterable[ViewerInstance], made: Sequence[DisplaySet], *, with_references: bool
) -> Iterator[Failure]:
    """Tell what ends on the viewer's error page.

    Only what the list of series itself leads to is known here, not what an image does.
    """
    blank = [one.origin for one in kept if one.get("Modality") is None]
    if blank:
        yield Failure(FailureCode.MODALITY_BLANK, "Modality is blank", _names(blank))
    damaged = [one.origin for one in kept if _is_position_damaged(one)]
    if damaged:
        reason = "ImagePositionPatient is damaged"
        yield Failure(FailureCode.POSITION_DAMAGED, reason, _names(damaged))
    unnamed = [one.origin for one in kept if _has_unnamed_content(one)]
    if unnamed:
        reason = "a content item of the report has no ConceptNameCodeSequence"
        yield Failure(FailureCode.NO_CONCEPT_NAME, reason, _names(unnamed))
    # Which of several kinds comes first, a server decides.
    if all(map(_needs_images, made)) and not with_references:
        reason = "its reference images must be opened first"
        yield Failure(FailureCode.NO_REFERENCE_IMAGES, reason, _names(made[0].instances))


def _not_found(instances: Sequence[Instance]) -> Iterator[Failure]:
    """Tell what the viewer does not get when it asks a server by UID.

    It looks for the study without what is neither a digit nor a dot, and says "not found" of
    another. It puts UIDs into addresses: where no series answers there, it lists none, and images
    that do not come show the error page. The server files by patient first, and sends nothing of a
    series that two patients have.
    """
    # Padding makes another patient to the server.
    owners = [(i.data.text("StudyInstanceUID"), repr(i.data.text("PatientID"))) for i in instances]
    if len(set(owners)) > len({study for study, _ in owners}):
        usual = Counter(sorted(owners)).most_common(1)[0][0]
        odd = [i for i, owner in zip(instances, owners, strict=True) if owner != usual]
        reason = "PatientID is not the same in every object"
        yield Failure(FailureCode.UNDER_SEVERAL_PATIENTS, reason, _names(odd))
    strange = [i for i in instances if _NOT_IN_A_STUDY.search(i.data.text("StudyInstanceUID"))]
    if strange:
        reason = "StudyInstanceUID holds other characters than digits and dots, or ends with a dot"
        # Asked for a study with a dot at its end, the server lists its series, and sends none.
        uids = {i.data.text("StudyInstanceUID") for i in strange}
        is_found = not any(_NOT_A_DIGIT.search(uid) for uid in uids)
        code, names = FailureCode.STUDY_NOT_FOUND, _names(strange)
        yield Failure(code, reason, names, is_not_sent=is_found)
    for keyword in ("SeriesInstanceUID", "SOPInstanceUID"):
        strange = [i for i in instances if _NOT_IN_AN_ADDRESS.search(i.data.text(keyword))]
        if strange:
            reason = rf"{keyword} holds one of / ? # % * \, or ends with a dot"
            is_not_sent = keyword == "SeriesInstanceUID" and any(
                _NOT_SENT.search(i.data.text(keyword)) for i in strange
            )
            code, names = FailureCode.NOT_ASKED_FOR, _names(strange)
            yield Failure(code, reason, names, is_not_sent=is_not_sent)


_NOT_A_DIGIT = re.compile(r"[^0-9.]")
_NOT_IN_A_STUDY = re.compile(r"[^0-9.]|\.\Z")
_NOT_SENT = re.compile(r"[/?#*]|\.\Z")
"""Seen: of a series whose UID holds these the server sends nothing. Of `%` it sent all."""
_NOT_IN_AN_ADDRESS = re.compile(r"[/?#%*\\]|\.\Z")


def _outside(instances: Iterable[Instance], source: Source) -> Iterator[Failure]:
    """Tell of what belongs to no study or series: a server does not take it in the first place."""
    outside = [i for i in instances if not _is_listed(i, source)]
    if outside and source is Source.LOCAL:
        reason = f"{_NOT_LISTED} in some objects"
        yield Failure(FailureCode.NO_STUDY_OR_SERIES_IN_SOME, reason, _names(outside))


def _is_position_damaged(instance: ViewerInstance) -> bool:
    """Return whether a server has no number to send for the position; of files, one is made."""
    groups = instance.origin.frame_groups if instance.is_joined else ()
    holders = [instance.origin.data, *(one.first_item("PlanePositionSequence") for one in groups)]
    positions = (one.get("ImagePositionPatient") for one in holders)
    return instance.source is Source.SERVER and any(isinstance(p, Damaged) for p in positions)


def _has_unnamed_content(instance: ViewerInstance) -> bool:
    """Return whether the viewer takes for granted a name that an item of a report lacks.

    It looks for its sections by name among the items of the uppermost level only.
    """
    if instance.get("SOPClassUID") not in sop_classes.SR:
        return False
    items = items_in(instance.get("ContentSequence"))
    return not all(js.truthy(instance.read(i, "ConceptNameCodeSequence")) for i in items)


def _needs_images(made: DisplaySet) -> bool:
    """Return whether it cannot be shown without the images it refers to.

    Of reports, those of measurements: Imaging Measurement Report (PS3.16 TID 1500) by its title.
    """
    title = made.instances[-1].data.first_item("ConceptNameCodeSequence")
    measures = made.handler == "sr" and title.text("CodeValue") == _MEASUREMENT_REPORT
    return made.handler in {"rtstruct", "pmap"} or measures


_MEASUREMENT_REPORT = "126000"


def _is_listed(instance: Instance, source: Source) -> bool:
    has_series = "SeriesInstanceUID" in instance.data
    if source is Source.SERVER:
        has_series = bool(instance.data.text("SeriesInstanceUID"))
    return has_series and bool(instance.data.text("StudyInstanceUID"))


def _kept(listed: Iterable[Instance], source: Source) -> list[ViewerInstance]:
    """Leave out all but the first of a SOPInstanceUID.

    Also of several studies: the viewer looks for what it has by SeriesInstanceUID.
    """
    first: dict[str, Instance] = {}
    for instance in listed:
        first.setdefault(instance.sop_instance_uid, instance)
    return [ViewerInstance(instance, source) for instance in first.values()]


def _check_items(kept: Iterable[ViewerInstance]) -> None:
    """Raise where a server sends nothing of the series: it fails on an empty item."""
    for one in kept:
        keyword = _with_empty_item(one.origin.data)
        if keyword and one.source is Source.SERVER:
            reason = f"a server does not send it, for an item of {keyword} is empty"
            raise ViewerError(FailureCode.EMPTY_ITEM, reason, [one.origin.name])


def _with_empty_item(data: DataSet) -> str:
    """Return the sequence where an empty item stands before the last of several that are not."""
    for keyword, value in data.items():
        items = items_in(value)
        filled = [n for n, item in enumerate(items) if not isinstance(item, EmptyItem)]
        if len(filled) > 1 and filled[-1] >= len(filled):
            return keyword
    return ""


def _by_sop_class(instances: Iterable[ViewerInstance]) -> Iterable[list[ViewerInstance]]:
    """Group by study, for a series in two studies is two series there, and by SOP class."""
    groups: dict[tuple[Js, Js], list[ViewerInstance]] = {}
    for one in instances:
        key = (one.get("StudyInstanceUID"), one.get("SOPClassUID"))
        groups.setdefault(key, []).append(one)
    return groups.values()


def _of_group(group: Sequence[ViewerInstance]) -> list[DisplaySet]:
    """Offer the instances of one SOP class to the handlers, in the order of the viewer's mode."""
    uid = group[0].get("SOPClassUID")
    made: list[DisplaySet] = []
    rest = list(group)
    for uids, handler in HANDLERS:
        if uid in uids and rest:
            of_handler = handler(rest)
            made += of_handler
            taken = {id(i) for display_set in of_handler for i in display_set.instances}
            rest = [one for one in rest if id(one.origin) not in taken]
    return made or [_without_handler(group)]


def _without_handler(group: Sequence[ViewerInstance]) -> DisplaySet:
    sources = tuple(one.origin for one in group)
    code, reason = FailureCode.NO_SOP_CLASS, "SOPClassUID is blank"
    if js.truthy(group[0].get("SOPClassUID")):
        code, reason = FailureCode.NO_HANDLER, "the viewer does not support the SOP class"
    return unsupported(Failure(code, reason, _names(sources)), sources)


def _one_report(made: Sequence[DisplaySet]) -> list[DisplaySet]:
    """Join the reports: their display set takes in those of the other SOP classes.

    Three-dimensional reports have a handler of their own and stay apart.
    """
    kept: dict[object, DisplaySet] = {}
    for n, one in enumerate(made):
        is_three_d = one.instances[0].sop_class_uid == sop_classes.COMPREHENSIVE_3D_SR
        key = ("sr", is_three_d) if one.handler == "sr" else n
        other = kept.get(key)
        joined = one.instances if other is None else other.instances + one.instances
        kept[key] = replace(other or one, instances=joined)
    return list(kept.values())


def _with_suv(
    made: Iterable[DisplaySet], instances: Sequence[ViewerInstance], found: Suv
) -> Iterator[DisplaySet]:
    """Give stacks their factor: that of their first image."""
    of_instance = dict(zip((id(one.origin) for one in instances), found.factors, strict=False))
    for one in made:
        factor = of_instance.get(id(one.instances[0])) if one.handler == "stack" else None
        yield one if factor is None else replace(one, suv_factor=factor)
