"""Other files than the input: what requirements ask about them, and where it is looked up.

Three requirements look beyond the input. :class:`LocalLookup` knows the other series of the input
and the ``reference`` input, :class:`SurveyLookup` the other inputs of a survey; the platform is a
third source (:mod:`~fw_gear_viewer_check.gear.lookup`), and
:class:`~.chained_lookup.ChainedLookup` combines them.
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
from fw_gear_viewer_check.model.instance import Frame, Instance
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
    positions: Mapping[str, tuple[Position | None, ...]] = field(
        default_factory=dict, compare=False
    )
    """Of the frames of each image, by SOPInstanceUID, of which each was read and has one image."""
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
        self._asked: dict[tuple[int, ...], ReferenceImages] = {}

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
        shown += [self._shown(*self._named[uid]) for uid in _in_parts(referenced, shown)]
        images = (*shown, *(self._images[n] for n in others)) or self._images[:1]
        reason = ""
        if len(self._places) == 1:
            reason = "the reference images were not provided"
        elif not any(self._places[1:]):
            reason = "the input reference contains no readable image"
        elif self._is_cut:
            reason = "the input reference is too large: not all of its images were read"
        return References(images, reason, self._is_cut)

    def _shown(self, *numbers: int) -> ReferenceImages:
        """Return an image series, of one place or several, and how the viewer shows it.

        That is asked once of each.
        """
        if numbers not in self._asked:
            found = self._images[numbers[0]]
            instances = [instance for n in numbers for instance in self._instances[n]]
            if len(numbers) > 1:
                (found,) = image_series(_several(found.where, len(numbers)), instances)
            self._asked[numbers] = self._show(found, instances)
        return self._asked[numbers]

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
_TOO_LARGE_TOGETHER = (
    "the inputs that contain parts of a reference series are too large to be read together"
)


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
        read: Callable[[tuple[str, ...]], Sequence[ReferenceImages]],
        *,
        cut: frozenset[str] = frozenset(),
    ) -> None:
        """Take the other inputs that hold each series of the one that is checked, and a reader.

        ``holders`` are those that hold each series that it refers to, :data:`MOST_READ_AGAIN`
        together; ``cut`` are the series that more inputs hold than these. The reader gives the
        image series of inputs as if they were one, without a place; it raises
        :class:`~.limits.SpentError` where that is too large.
        """
        self._doubles, self._holders = doubles, holders
        self._read, self._cut = read, cut
        self._known: dict[tuple[str, ...], dict[str, ReferenceImages] | None] = {}

    def same_series_in_session(self, series_instance_uid: str) -> Answer:
        """Other inputs that hold this series."""
        return Answer(tuple(sorted(self._doubles.get(self._key(series_instance_uid), ()))))

    same_series_in_project = same_series_in_session

    def reference_images(self, referenced: ReferencedInstances) -> References:
        """Image series of other inputs with these UIDs."""
        uids = sorted(referenced)
        known = [(uid, self._images_of(name)) for uid in uids for name in self._holders_of(uid)]
        found = [images[uid] for uid, images in known if images and uid in images]
        reason = "" if found else "no input of the survey contains the reference series"
        is_cut = False
        if parts := _in_parts(referenced, found):
            joined = self._images_of(*self._sharing)
            is_cut, reason = joined is None, _TOO_LARGE_TOGETHER if joined is None else reason
            found += [joined[uid] for uid in parts if joined and uid in joined]
        if any(images is None for _, images in known):
            is_cut, reason = True, _TOO_LARGE
        elif not self._cut.isdisjoint(map(self._key, uids)):
            is_cut, reason = True, _TOO_MANY
        return References(tuple(found), reason, is_cut)

    @cached_property
    def _sharing(self) -> tuple[str, ...]:
        """The inputs that hold a series which another holds, too, of those that could be read.

        They are read together once: there may be as many sets of them as series.
        """
        shared = {name for names in self._holders.values() if len(names) > 1 for name in names}
        return tuple(name for name in sorted(shared) if self._images_of(name))

    def _images_of(self, *names: str) -> dict[str, ReferenceImages] | None:
        """Return the image series of inputs by UID; None where they are too large.

        They are read once for all segmentations. Any input may claim to hold a series.
        """
        if names not in self._known:
            try:
                found = self._read(names)
            except SpentError:
                self._known[names] = None
            else:
                self._known[names] = {
                    uid: replace(one, where=_several(f"the input {holders[0]}", len(holders)))
                    for one in found
                    if (holders := self._holders_among(names, uid := one.series_instance_uid))
                }
        return self._known[names]

    def _holders_among(self, names: Sequence[str], series_instance_uid: str) -> list[str]:
        return [name for name in self._holders_of(series_instance_uid) if name in names]

    def _holders_of(self, series_instance_uid: str) -> Sequence[str]:
        return self._holders.get(self._key(series_instance_uid), ())

    def _key(self, series_instance_uid: str) -> str:
        """Return what stands for a series in the index."""
        return series_instance_uid


def _in_parts(referenced: ReferencedInstances, found: Sequence[ReferenceImages]) -> list[str]:
    """Return the series that lie in several places, and in none with all that is referenced.

    The viewer makes one series of the parts, and shows it in another way than each of them.
    """
    counts = Counter(one.series_instance_uid for one in found)
    whole = {
        uid
        for one in found
        if one.matched(referenced) == referenced[uid := one.series_instance_uid]
    }
    return [uid for uid, count in counts.items() if count > 1 and uid not in whole]


def _several(where: str, count: int) -> str:
    return f"{where} and {count - 1:,} more" if count > 1 else where


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


def positions_of(images: Sequence[Instance]) -> dict[str, tuple[Position | None, ...]]:
    """Return :attr:`ReferenceImages.positions`; what all frames have in common is of none."""
    counts = Counter(image.sop_instance_uid for image in images)
    alone = [image for image in images if counts[image.sop_instance_uid] == 1]
    once: dict[Position | None, Position | None] = {}  # a hundred thousand may lie in one place
    return {
        image.sop_instance_uid: tuple(
            once.setdefault(position, position) for position in map(_own_position, image.frames())
        )
        if image.is_multi_frame
        else (next(image.frames()).position,)
        for image in alone
    }


def _own_position(frame: Frame) -> Position | None:
    return frame.groups.first_item("PlanePositionSequence").numbers("ImagePositionPatient")


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
