"""Other files than the input: what requirements ask about them, and where it is looked up.

Three requirements look beyond the input. :class:`LocalLookup` knows the other series of the input
and the ``reference`` input, :class:`SurveyLookup` the other inputs of a survey; the platform is a
third source (:mod:`~fw_gear_viewer_check.gear.lookup`), and :class:`ChainedLookup` combines them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.limits import SpentError
from fw_gear_viewer_check.model.places import Places, Position

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


class Shape(NamedTuple):
    """What a segmentation and its images are compared by."""

    rows: float | None
    columns: float | None
    orientation: tuple[float, ...] | None
    frame_of_reference_uid: str
    spacing: tuple[float, ...] | None = None


def shape(instance: Instance) -> Shape:
    """Return what an instance is compared by, as the viewer reads it: shared, else at the top."""
    data, shared = instance.data, instance.shared_groups
    turned = shared.first_item("PlaneOrientationSequence").numbers("ImageOrientationPatient")
    spacing = shared.first_item("PixelMeasuresSequence").numbers("PixelSpacing")
    return Shape(
        *(data.number("Rows"), data.number("Columns")),
        turned or next(instance.frames()).orientation,
        data.text("FrameOfReferenceUID"),
        spacing or data.numbers("PixelSpacing"),
    )


@dataclass(frozen=True, slots=True)
class ReferenceImages:
    """An image series that a segmentation may refer to.

    ``where`` names the place in which it was found; ``shapes`` is what a segmentation is compared
    with, of the images whose headers were read: they may be fewer, or several with one UID
    (:data:`MOST_OF_A_UID`).
    """

    series_instance_uid: str
    sop_instance_uids: AbstractSet[str]
    where: str
    shapes: Mapping[str, tuple[Shape, ...]] = field(default_factory=dict)
    not_shown: str = ""
    """Why the viewer shows none of the images; "" where it shows them, or that is not known."""
    places: Places | None = field(default=None, compare=False)
    """Where the images lie; None where not all of their headers were read."""
    positions: Mapping[str, Position] = field(default_factory=dict, compare=False)
    """Of images of one frame, by SOPInstanceUID, of which each was read and has one image."""
    apart: Mapping[str, int] = field(default_factory=dict, compare=False)
    """The display set of each image, where the viewer is known to make several of the series."""

    def matched(self, referenced: ReferencedInstances) -> AbstractSet[str]:
        """Return the images that are referenced in this very series, and in it."""
        return referenced.get(self.series_instance_uid, frozenset()) & self.sop_instance_uids


MOST_OF_A_UID = 10
"""Different images with one UID that a segmentation is compared with, and series that hold it.

More are of no use to anybody, and many segmentations would have to be compared with many of them.
"""


@dataclass(frozen=True, slots=True)
class References:
    """The image series that were found for a segmentation."""

    series: tuple[ReferenceImages, ...] = ()
    reason: str = ""
    """Why images that were not found may still exist; "" when they are missing for sure."""
    is_cut: bool = False
    """True where a source could not look at all that it has: the others may be there."""
    remark: str = ""
    """What else the source knows about where they are."""

    def best(self, referenced: ReferencedInstances) -> ReferenceImages | None:
        """Return the series with most of the referenced images, the first of equals.

        A series under another SeriesInstanceUID than the one referred to comes last: the viewer
        does not find images by their SOPInstanceUID alone.
        """
        best = max(
            self.series,
            key=lambda one: (len(one.matched(referenced)), not one.not_shown),
            default=None,
        )
        if best is None or best.matched(referenced):
            return best
        return max(self.strangers(frozenset().union(*referenced.values())), key=itemgetter(1))[0]

    def equals(self, referenced: ReferencedInstances) -> list[ReferenceImages]:
        """Return the best series, and those of other places that hold as much of what is wanted."""
        best = self.best(referenced)
        if best is None:
            return []
        most = best.matched(referenced)
        others = (one for one in self.series if one is not best and one.not_shown == best.not_shown)
        return [best, *(one for one in others if one.matched(referenced) == most)]

    def strangers(self, uids: frozenset[str]) -> list[tuple[ReferenceImages, int]]:
        """Return the first series, and how many of the images each holds under any series."""
        first = self.series[:MOST_OF_A_UID]
        return [(one, len(uids & one.sop_instance_uids)) for one in first]

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
        self,
        inputs: Sequence[tuple[str, tuple[Instance, ...]]],
        *,
        is_cut: bool = False,
        shown: Callable[[ReferenceImages, list[Instance]], ReferenceImages] = lambda found, _: (
            found
        ),
    ) -> None:
        """Take the instances of each place: ("this input", ...), ("the reference input", ...).

        A place after the first was named as the one that holds the images: what it does not hold
        is missing, unless it holds no image at all. Nobody says so of the input itself. ``is_cut``
        where not all of such a place was read; ``shown`` adds what the viewer makes of a series.
        """
        self._inputs, self._is_cut = inputs, is_cut
        self._show = shown
        self._asked: dict[int, ReferenceImages] = {}

    def reference_images(self, referenced: ReferencedInstances) -> References:
        """Image series of this run that hold a referenced image; if none does, the first series.

        Those that are named come first, then those that hold most. There may be a thousand series,
        and a hundred thousand segmentations to look them up.
        """
        uids = frozenset().union(*referenced.values())
        held = Counter(n for uid in uids for n in self._holders.get(uid, ()))
        named = {n for uid in referenced for n in self._named.get(uid, ())}
        right = sorted(n for n in named if self._images[n].matched(referenced))
        others = sorted(held.keys() - set(right), key=lambda n: (-held[n], n))[:MOST_OF_A_UID]
        shown = [self._shown(n) for n in right]
        if len(right) > 1 and not any(one.matched(referenced) >= uids for one in shown):
            shown += [
                _joined_images(s) for uid in referenced if len(s := _of_series(uid, shown)) > 1
            ]
        images = (*shown, *(self._images[n] for n in others)) or self._images[:1]
        reason = ""
        if len(self._places) == 1:
            reason = "the reference images were not provided"
        elif not any(self._places[1:]):
            reason = "the input reference contains no readable image"
        elif self._is_cut:
            reason = "the input reference is too large: not all of its images were read"
        return References(images, reason, self._is_cut)

    def _shown(self, n: int) -> ReferenceImages:
        """Return an image series, and how the viewer shows it: that is asked once of each."""
        if n not in self._asked:
            self._asked[n] = self._show(self._images[n], self._instances[n])
        return self._asked[n]

    @cached_property
    def _instances(self) -> list[list[Instance]]:
        """The images of each series, in the order of :attr:`_images`."""
        places = (images_by_series(instances) for _, instances in self._inputs)
        return [images for place in places for images in place.values()]

    @cached_property
    def _places(self) -> list[list[ReferenceImages]]:
        """The image series of each place; most inputs have no segmentation that needs them."""
        return [image_series(where, instances) for where, instances in self._inputs]

    @cached_property
    def _images(self) -> tuple[ReferenceImages, ...]:
        return tuple(chain.from_iterable(self._places))

    @cached_property
    def _named(self) -> dict[str, list[int]]:
        """The image series by SeriesInstanceUID: one of each place."""
        found: dict[str, list[int]] = defaultdict(list)
        for n, images in enumerate(self._images):
            found[images.series_instance_uid].append(n)
        return found

    @cached_property
    def _holders(self) -> dict[str, list[int]]:
        """The image series by the SOPInstanceUIDs in them."""
        found: dict[str, list[int]] = defaultdict(list)
        for n, images in enumerate(self._images):
            for uid in images.sop_instance_uids:
                if len(found[uid]) < MOST_OF_A_UID:
                    found[uid].append(n)
        return found


MOST_READ_AGAIN = 32
"""Inputs that are read again for the segmentations of one: as many series as a study has."""
_TOO_MANY = f"more than {MOST_READ_AGAIN} inputs contain reference series: not all were read"
_TOO_LARGE = "an input that contains a reference series is too large: it was not read"


class SurveyLookup(Lookup):
    """The other inputs of a survey, by an index of the series that each of them holds.

    The index stays small (UIDs of series, no instances): images that a segmentation refers to are
    read again when they are first needed. Which inputs make up a session a survey cannot know.
    What is answered depends on the question alone, and not on those that were asked before.
    """

    def __init__(
        self,
        doubles: Mapping[str, Sequence[str]],
        holders: Mapping[str, Sequence[str]],
        read: Callable[[str], Sequence[ReferenceImages]],
        *,
        cut: frozenset[str] = frozenset(),
    ) -> None:
        """Take the other inputs that hold each series of the one that is checked, and a reader.

        ``holders`` are those that hold each series that it refers to, :data:`MOST_READ_AGAIN`
        together; ``cut`` are the series that more inputs hold than these. The reader gives the
        image series of an input, without a place; it raises :class:`~.limits.SpentError` for one
        that is too large.
        """
        self._doubles, self._holders = doubles, holders
        self._read, self._cut = read, cut
        self._known: dict[str, dict[str, ReferenceImages] | None] = {}

    def same_series_in_session(self, series_instance_uid: str) -> Answer:
        """Other inputs that hold this series."""
        return Answer(tuple(sorted(self._doubles.get(self._key(series_instance_uid), ()))))

    same_series_in_project = same_series_in_session

    def reference_images(self, referenced: ReferencedInstances) -> References:
        """Image series of other inputs with these UIDs."""
        uids = sorted(referenced)
        known = [(uid, self._images_of(name)) for uid in uids for name in self._holders_of(uid)]
        found = [images[uid] for uid, images in known if images and uid in images]
        found += [_joined_images(same) for uid in uids if len(same := _of_series(uid, found)) > 1]
        reason = "" if found else "no input of the survey contains the reference series"
        if is_cut := any(images is None for _, images in known):
            reason = _TOO_LARGE
        elif is_cut := not self._cut.isdisjoint(map(self._key, uids)):
            reason = _TOO_MANY
        return References(tuple(found), reason, is_cut)

    def _images_of(self, name: str) -> dict[str, ReferenceImages] | None:
        """Return the image series of an input by UID; None for one that is too large.

        It is read once for all segmentations. Any input may claim to hold a series.
        """
        if name not in self._known:
            try:
                found = self._read(name)
            except SpentError:
                self._known[name] = None
            else:
                self._known[name] = {
                    one.series_instance_uid: replace(one, where=f"the input {name}")
                    for one in found
                    if self._holders_of(one.series_instance_uid)
                }
        return self._known[name]

    def _holders_of(self, series_instance_uid: str) -> Sequence[str]:
        return self._holders.get(self._key(series_instance_uid), ())

    def _key(self, series_instance_uid: str) -> str:
        """Return what stands for a series in the index."""
        return series_instance_uid


def _of_series(uid: str, found: Iterable[ReferenceImages]) -> list[ReferenceImages]:
    return [one for one in found if one.series_instance_uid == uid]


def _joined_images(found: Sequence[ReferenceImages]) -> ReferenceImages:
    """Return the images of a series that lies in several inputs; display sets may join there."""
    shapes: dict[str, tuple[Shape, ...]] = {}
    for uid, more in chain.from_iterable(one.shapes.items() for one in found):
        shapes[uid] = tuple(dict.fromkeys((*shapes.get(uid, ()), *more)))[:MOST_OF_A_UID]
    first, where = found[0], f"{found[0].where} and {len(found) - 1:,} more"
    not_shown = min(one.not_shown for one in found)  # "" where the viewer shows one of them
    positions = dict(chain.from_iterable(one.positions.items() for one in found))
    return ReferenceImages(
        *(first.series_instance_uid, shapes.keys(), where, shapes, not_shown), positions=positions
    )


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
        reason, remark = _reason_and_remark(answers)
        is_cut = any(answer.is_cut for answer in answers)
        return References(series, reason, is_cut, remark)


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
    """Return the image series among the instances, as they are compared with segmentations."""
    found = []
    for uid, images in images_by_series(instances).items():
        shapes = shapes_of(images)
        lie = places_of(images), positions_of(images)
        found.append(ReferenceImages(uid, shapes.keys(), where, shapes, "", *lie))
    return found


def places_of(images: Iterable[Instance]) -> Places:
    """Return where images lie, and their frames."""
    positions = (frame.position for image in images for frame in image.frames())
    return Places(position for position in positions if position is not None)


def positions_of(images: Sequence[Instance]) -> dict[str, Position]:
    """Return :attr:`ReferenceImages.positions`."""
    counts = Counter(image.sop_instance_uid for image in images)
    alone = [i for i in images if counts[i.sop_instance_uid] == 1 and not i.is_multi_frame]
    found = ((image.sop_instance_uid, next(image.frames()).position) for image in alone)
    return {uid: position for uid, position in found if position is not None}


def images_by_series(instances: Iterable[Instance]) -> dict[str, list[Instance]]:
    """Return the images by SeriesInstanceUID; segmentations are not images of a patient."""
    found: dict[str, list[Instance]] = defaultdict(list)
    for instance in instances:
        if instance.is_image and instance.sop_class_uid not in sop_classes.SEG:
            found[instance.data.text("SeriesInstanceUID")].append(instance)
    return dict(found)


def shapes_of(images: Iterable[Instance]) -> dict[str, tuple[Shape, ...]]:
    """Return what a segmentation is compared with, by SOPInstanceUID.

    Equal ones are kept once: images of a series differ in few ways, most often in none.
    """
    found: dict[str, dict[Shape, None]] = defaultdict(dict)
    for image in images:
        of_uid = found[image.sop_instance_uid]
        if len(of_uid) < MOST_OF_A_UID:
            of_uid[shape(image)] = None
    once: dict[tuple[Shape, ...], tuple[Shape, ...]] = {}
    return {uid: once.setdefault(tuple(shapes), tuple(shapes)) for uid, shapes in found.items()}
