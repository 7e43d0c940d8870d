"""Other files than the input: what requirements ask about them, and where it is looked up.

Three requirements look beyond the input. :class:`LocalLookup` knows the other series of the input
and the ``reference`` input, :class:`SurveyLookup` the other inputs of a survey; the platform is a
third source (:mod:`~fw_gear_viewer_check.gear.lookup`), and :class:`ChainedLookup` combines them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.limits import MAX_KEPT_BYTES, SpentError

ReferencedInstances: TypeAlias = Mapping[str, frozenset[str]]
"""The SOPInstanceUIDs that a segmentation refers to, by SeriesInstanceUID."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Other files or sessions that were found.

    ``matches`` names them, and never by a value that identifies a patient. None means that it is
    not known; ``reason`` then says why, and is "" where nothing was looked up at all.
    """

    matches: tuple[str, ...] | None = None
    reason: str = ""


NOT_LOOKED_UP = Answer()


@dataclass(frozen=True)
class ReferenceImages:
    """An image series that a segmentation may refer to.

    ``where`` names the place in which it was found; ``instances`` holds the headers that were
    read, which may be fewer than the images.
    """

    series_instance_uid: str
    sop_instance_uids: frozenset[str]
    where: str
    instances: tuple[Instance, ...] = ()

    @cached_property
    def by_uid(self) -> dict[str, list[Instance]]:
        """The headers by SOPInstanceUID: there may be as many segmentations as images."""
        found: dict[str, list[Instance]] = defaultdict(list)
        for instance in self.instances:
            found[instance.sop_instance_uid].append(instance)
        return dict(found)

    def matched(self, referenced: ReferencedInstances) -> frozenset[str]:
        """Return the images that are referenced in this very series, and in it."""
        return referenced.get(self.series_instance_uid, frozenset()) & self.sop_instance_uids


@dataclass(frozen=True, slots=True)
class References:
    """The image series that were found for a segmentation."""

    series: tuple[ReferenceImages, ...] = ()
    reason: str = ""
    """Why images that were not found may still exist; "" when they are missing for sure."""
    remark: str = ""
    """What else the source knows about where they are."""

    def best(self, referenced: ReferencedInstances) -> ReferenceImages | None:
        """Return the series with most of the referenced images, the first of equals.

        A series under another SeriesInstanceUID than the one referred to comes last: the viewer
        does not find images by their SOPInstanceUID alone.
        """
        everything = frozenset().union(*referenced.values())
        return max(
            self.series,
            key=lambda one: (len(one.matched(referenced)), len(everything & one.sop_instance_uids)),
            default=None,
        )

    def is_complete(self, referenced: ReferencedInstances) -> bool:
        """Return True when one series holds all that is referenced."""
        best = self.best(referenced)
        total = len(frozenset().union(*referenced.values()))
        return best is not None and len(best.matched(referenced)) == total > 0


class Lookup:
    """A source that knows of no other file; sources override what they know."""

    def same_series_in_session(self, series_instance_uid: str) -> Answer:  # noqa: ARG002
        """Other files of the session (in a survey: other inputs) that hold this series."""
        return NOT_LOOKED_UP

    def same_series_in_project(self, series_instance_uid: str) -> Answer:  # noqa: ARG002
        """Other files of the project (in a survey: other inputs) that hold this series."""
        return NOT_LOOKED_UP

    def same_study_in_other_sessions(self, study_instance_uid: str) -> Answer:  # noqa: ARG002
        """Other sessions of the project that hold this study."""
        return NOT_LOOKED_UP

    def reference_images(self, referenced: ReferencedInstances) -> References:  # noqa: ARG002
        """Image series for the images that a segmentation refers to."""
        return References(reason="the reference images were not looked up")


class LocalLookup(Lookup):
    """The series of this input and of the ``reference`` input."""

    def __init__(
        self, inputs: Sequence[tuple[str, tuple[Instance, ...]]], *, is_cut: bool = False
    ) -> None:
        """Take the instances of each place: ("this input", ...), ("the reference input", ...).

        A place after the first was named as the one that holds the images: what it does not hold
        is missing, unless it holds no image at all. Nobody says so of the input itself. ``is_cut``
        where not all of such a place was read.
        """
        found = [image_series(where, instances) for where, instances in inputs]
        self._images = tuple(series for place in found for series in place)
        self._places_by_uid: dict[str, list[int]] = defaultdict(list)
        for n, images in enumerate(self._images):
            for uid in images.sop_instance_uids:
                self._places_by_uid[uid].append(n)
        self._reason = ""
        if len(found) == 1:
            self._reason = "the reference images were not provided"
        elif not any(found[1:]):
            self._reason = "the input reference contains no readable image"
        elif is_cut:
            self._reason = "the input reference is too large: not all of its images were read"

    def reference_images(self, referenced: ReferencedInstances) -> References:
        """Image series of this run that hold a referenced image; if none does, the first series.

        There may be a thousand series, and a hundred thousand segmentations to look them up.
        """
        uids = frozenset().union(*referenced.values())
        places = {n for uid in uids for n in self._places_by_uid.get(uid, ())}
        images = tuple(self._images[n] for n in sorted(places)) or self._images[:1]
        return References(images, self._reason)


MOST_READ_AGAIN = 100
"""Inputs that are read again for the segmentations of one: as many series as a study has."""
_TOO_MANY = f"more than {MOST_READ_AGAIN} inputs contain reference series: not all were read"
_CUT = "too many inputs contain the same series: not all were looked at"
_TOO_LARGE = "an input that contains a reference series is too large: it was not read"


class SurveyLookup(Lookup):
    """The other inputs of a survey, by an index of the series that each of them holds.

    The index stays small (UIDs of series, no instances): images that a segmentation refers to are
    read again when they are first needed. Which inputs make up a session a survey cannot know.
    """

    def __init__(
        self,
        own_input: str,
        inputs_by_series: Mapping[str, Sequence[str]],
        read: Callable[[str], tuple[tuple[Instance, ...], int]],
        *,
        is_cut: bool = False,
    ) -> None:
        """Take the input that is checked, the inputs that hold each series, and their reader.

        ``is_cut`` where more inputs than these hold the series. The reader gives what an input
        holds, and the bytes of memory that it takes; it raises :class:`~.limits.SpentError` for one
        that is too large.
        """
        self._own_input = own_input
        self._inputs_by_series = inputs_by_series
        self._read = read
        self._left, self._memory = MOST_READ_AGAIN, MAX_KEPT_BYTES // 2
        self._known: dict[str, list[ReferenceImages]] = {}
        self._reason = _CUT if is_cut else ""

    def same_series_in_session(self, series_instance_uid: str) -> Answer:
        """Other inputs that hold this series."""
        return Answer(self._others(series_instance_uid))

    same_series_in_project = same_series_in_session

    def reference_images(self, referenced: ReferencedInstances) -> References:
        """Image series of other inputs with these UIDs."""
        found = tuple(image for uid in sorted(referenced) for image in self._images_of(uid))
        nothing = "" if found else "no input of the survey contains the reference series"
        return References(found, self._reason or nothing)

    def _images_of(self, series_instance_uid: str) -> list[ReferenceImages]:
        """Read the other inputs that hold a series, once for all segmentations of the input.

        Any input may claim to hold it. Where there is no memory left, no headers are kept.
        """
        known = self._known.get(series_instance_uid)
        if known is None:
            known = self._known[series_instance_uid] = []
            for name in self._others(series_instance_uid):
                if not self._left:
                    self._reason = _TOO_MANY
                    break
                self._left -= 1
                try:
                    instances, memory = self._read(name)
                except SpentError:
                    self._reason = _TOO_LARGE
                    continue
                for one in image_series(f"the input {name}", instances):
                    if one.series_instance_uid != series_instance_uid:
                        continue
                    is_kept = memory <= self._memory
                    self._memory -= memory if is_kept else 0
                    known.append(one if is_kept else replace(one, instances=()))
        return known

    def _others(self, series_instance_uid: str) -> tuple[str, ...]:
        inputs = self._inputs_by_series.get(series_instance_uid, ())
        return tuple(sorted(name for name in inputs if name != self._own_input))


class ChainedLookup(Lookup):
    """Several sources, the nearest first; the next one is used for what is still open."""

    def __init__(self, *sources: Lookup) -> None:
        self._sources = sources

    def same_series_in_session(self, series_instance_uid: str) -> Answer:
        """Other files of the session that hold this series, as any source knows them."""
        return _joined(s.same_series_in_session(series_instance_uid) for s in self._sources)

    def same_series_in_project(self, series_instance_uid: str) -> Answer:
        """Other files of the project that hold this series, as any source knows them."""
        return _joined(s.same_series_in_project(series_instance_uid) for s in self._sources)

    def same_study_in_other_sessions(self, study_instance_uid: str) -> Answer:
        """Other sessions that hold this study, as any source knows them."""
        return _joined(s.same_study_in_other_sessions(study_instance_uid) for s in self._sources)

    def reference_images(self, referenced: ReferencedInstances) -> References:
        """Image series of the first source that holds all of them, or else of all sources."""
        answers: list[References] = []
        for source in self._sources:
            answer = source.reference_images(referenced)
            if answer.is_complete(referenced):
                return answer
            answers.append(answer)
        series = tuple(found for answer in answers for found in answer.series)
        return References(series, *_reason_and_remark(answers))


def _reason_and_remark(answers: Sequence[References]) -> tuple[str, str]:
    """Return why images may still exist, and what else to say of those that are missing.

    The last source knows most. Where a nearer one is sure that images are missing, the reasons of
    those after it are remarks only.
    """
    remarks = [answer.remark for answer in answers if answer.remark]
    sure = next((n for n, answer in enumerate(answers) if not answer.reason), None)
    if sure is None:
        return answers[-1].reason, "; ".join(remarks)
    reasons = [answer.reason for answer in answers[sure:] if answer.reason]
    return "", "; ".join(remarks + reasons)


def _joined(answers: Iterable[Answer]) -> Answer:
    looked_up = [answer for answer in answers if answer != NOT_LOOKED_UP]
    matches = tuple(match for answer in looked_up for match in answer.matches or ())
    unknown = next((answer for answer in looked_up if answer.matches is None), None)
    if unknown and not matches:
        return unknown
    return Answer(matches) if looked_up else NOT_LOOKED_UP


def image_series(where: str, instances: Iterable[Instance]) -> list[ReferenceImages]:
    """Return the image series among the instances; segmentations are not images of a patient."""
    by_uid: dict[str, list[Instance]] = defaultdict(list)
    for instance in instances:
        if instance.is_image and instance.sop_class_uid not in sop_classes.SEG:
            by_uid[instance.data.text("SeriesInstanceUID")].append(instance)
    return [
        ReferenceImages(uid, frozenset(i.sop_instance_uid for i in found), where, tuple(found))
        for uid, found in by_uid.items()
    ]
