"""Sources of what is known of other files: this run, a survey, several of them together.

:class:`LocalLookup` knows the other series of the same input and the ``reference`` input,
:class:`SurveyLookup` the other inputs of a survey, :class:`ChainedLookup` asks several sources. The
platform is one more: see :mod:`~fw_gear_viewer_check.gear.lookup`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.lookup import (
    NOBODY_ASKED,
    Answer,
    Lookup,
    ReferencedInstances,
    ReferenceImages,
    References,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from fw_gear_viewer_check.model.instance import Instance


class LocalLookup:
    """The series of this input and of the ``reference`` input."""

    def __init__(self, inputs: Sequence[tuple[str, tuple[Instance, ...]]]) -> None:
        """Take the instances of each place: ("this input", ...), ("the reference input", ...).

        A place after the first was named as the one that holds the images: what it does not hold
        is missing, unless it holds no image at all. Nobody says so of the input itself.
        """
        found = [image_series(where, instances) for where, instances in inputs]
        self._images = tuple(series for place in found for series in place)
        self._holders: dict[str, list[int]] = defaultdict(list)
        for n, reference in enumerate(self._images):
            for uid in reference.sop_instance_uids:
                self._holders[uid].append(n)
        self._reason = ""
        """Why what is missing here may be elsewhere; "" when it is missing for sure."""
        if len(found) == 1:
            self._reason = (
                "the reference image series is not at hand: give it as the input reference (on the "
                "command line: --reference)"
            )
        elif not any(found[1:]):
            self._reason = "the reference holds no image that can be read: give the image series"

    def files_with_series(self, series_instance_uid: str) -> Answer:  # noqa: ARG002
        """Nothing is known of other files."""
        return NOBODY_ASKED

    def sessions_with_study(self, study_instance_uid: str) -> Answer:  # noqa: ARG002
        """Nothing is known of other sessions."""
        return NOBODY_ASKED

    def reference_images(self, wanted: ReferencedInstances) -> References:
        """Image series of this run that hold a wanted image; if there is none, the first series.

        There may be a thousand series, and a hundred thousand segmentations that ask.
        """
        asked = frozenset().union(*wanted.values())
        holders = {n for uid in asked for n in self._holders.get(uid, ())}
        images = tuple(self._images[n] for n in sorted(holders)) or self._images[:1]
        return References(images, self._reason)


MOST_READ_AGAIN = 100
"""Inputs that are read again for the segmentations of one: as many series as a study has."""


class SurveyLookup:
    """The other inputs of a survey, by an index of what each of them holds.

    The index stays small (UIDs of series, no instances): the images that a segmentation refers to
    are read again when they are first asked for. Which inputs make up a session a survey cannot
    know.
    """

    def __init__(
        self,
        own_input: str,
        inputs_by_series: Mapping[str, Sequence[str]],
        read: Callable[[str], tuple[Instance, ...]],
    ) -> None:
        """Take the input that is judged, the inputs that hold each series, and their reader."""
        self._own_input = own_input
        self._inputs_by_series = inputs_by_series
        self._read = read
        self._left = MOST_READ_AGAIN
        self._known: dict[str, list[ReferenceImages]] = {}

    def files_with_series(self, series_instance_uid: str) -> Answer:
        """Other inputs that hold this series."""
        return Answer(self._others(series_instance_uid))

    def sessions_with_study(self, study_instance_uid: str) -> Answer:  # noqa: ARG002
        """Nothing is known of sessions."""
        return NOBODY_ASKED

    def reference_images(self, wanted: ReferencedInstances) -> References:
        """Image series of other inputs with these UIDs."""
        found = tuple(image for uid in sorted(wanted) for image in self._images_of(uid))
        reason = "" if found else "no input of the survey holds the referenced series"
        if self._left < 0:
            reason = f"more than {MOST_READ_AGAIN} inputs hold referenced series: not all were read"
        return References(found, reason)

    def _images_of(self, series_instance_uid: str) -> list[ReferenceImages]:
        """Read the other inputs that hold a series, once: each segmentation asks anew."""
        known = self._known.get(series_instance_uid)
        if known is None:
            known = self._known[series_instance_uid] = []
            for name in self._others(series_instance_uid):
                self._left -= 1
                if self._left < 0:
                    break
                found = image_series(f"the input {name}", self._read(name))
                known += [one for one in found if one.series_instance_uid == series_instance_uid]
        return known

    def _others(self, series_instance_uid: str) -> tuple[str, ...]:
        holders = self._inputs_by_series.get(series_instance_uid, ())
        return tuple(sorted(name for name in holders if name != self._own_input))


class ChainedLookup:
    """Several sources, the nearest first; the next one is asked for what is still open."""

    def __init__(self, *sources: Lookup) -> None:
        """Take the sources, the nearest first."""
        self._sources = sources

    def files_with_series(self, series_instance_uid: str) -> Answer:
        """Other files that hold this series, as any source knows them."""
        return _joined(s.files_with_series(series_instance_uid) for s in self._sources)

    def sessions_with_study(self, study_instance_uid: str) -> Answer:
        """Other sessions that hold this study, as any source knows them."""
        return _joined(s.sessions_with_study(study_instance_uid) for s in self._sources)

    def reference_images(self, wanted: ReferencedInstances) -> References:
        """Image series of all sources, or of the first ones when they hold all that is wanted."""
        answers: list[References] = []
        for source in self._sources:
            answer = source.reference_images(wanted)
            if answer.is_complete(wanted):
                return answer
            answers.append(answer)
        return References(
            tuple(found for answer in answers for found in answer.series),
            *_doubts(answers),
        )


def _doubts(answers: Sequence[References]) -> tuple[str, str]:
    """Return why images may still be there, and what else to say of those that are missing.

    The last source knows most. Where a nearer one is sure that images are missing, the doubts of
    those after it are only told.
    """
    remarks = [answer.remark for answer in answers if answer.remark]
    sure = next((n for n, answer in enumerate(answers) if not answer.reason), None)
    if sure is None:
        return answers[-1].reason, "; ".join(remarks)
    doubts = [answer.reason for answer in answers[sure:] if answer.reason]
    return "", "; ".join(remarks + doubts)


def _joined(answers: Iterable[Answer]) -> Answer:
    asked = [answer for answer in answers if answer.asked]
    if not asked:
        return NOBODY_ASKED
    matches = tuple(match for answer in asked for match in answer.matches or ())
    unanswered = [answer for answer in asked if answer.matches is None]
    return unanswered[0] if unanswered and not matches else Answer(matches)


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
