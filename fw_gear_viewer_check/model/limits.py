"""What one input may cost, in bytes, objects, frames and seconds.

Nobody's data come near these limits. They are there so that no file, however it was made, takes
more than 1 GiB of memory or some minutes: where one is reached, the files that are left are not
read, and the finding about them (ZIP-103, ZIP-191) names the limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Sized
from dataclasses import dataclass, field, replace
from itertools import count

MAX_MEMBERS = 100_000
"""Files in one input: twenty times the images of the largest series that the page allows."""
MAX_DIRECTORY_BYTES = 32 * 1024 * 1024
"""Directory of a zip, which is parsed as a whole: MAX_MEMBERS with names of 250 characters."""
MAX_SERIES = 1_000
"""Series in one input: each is judged by itself, and takes some 100 rows of the report."""
MAX_WALKED_BYTES = 2 * 1024 * 1024 * 1024
"""Headers of all files together: 5,000 images with 165 KB of private attributes make 0.8 GiB."""
MAX_STEPPED_BYTES = 32 * 1024 * 1024 * 1024
"""Compressed frames that are stepped over to see whether all are there, and pixels of deflated data
sets, of all files together: in a zip they are unpacked for it."""
MAX_COMPARED_BYTES = 16 * 1024 * 1024 * 1024
"""Files with the SOPInstanceUID of another one that are read whole, to tell copies from others:
what is beyond is not known to differ. Also what is searched of fractional segmentations."""
MAX_FRACTIONAL_BYTES = 64 * 1024 * 1024
"""Pixel data of a fractional segmentation that are searched for values between empty and full."""
UNPACKED_OF_ANY = 4 * 1024 * 1024 * 1024
UNPACKED_OF_BYTE = 16
"""Of both, what a small input may take: the longest pixel data that there are, and so much for each
of its bytes. Images are packed to a third, masks to less; what is packed a thousandfold takes 2 s
(3 s where it is compared) for each GiB that it makes of 1 MiB."""
MAX_KEPT_BYTES = 448 * 1024 * 1024
"""Memory of what is kept of all headers together: 100,000 frames, or 100,000 files, take half."""
MAX_FRAMES = 100_000
"""Frames that one image may declare: an hour of video, at 25 a second, has 90,000."""
MAX_FRAMES_TOGETHER = 300_000
"""Frames that all images of an input may declare."""
MAX_ELEMENTS = 24_000_000
"""Elements that are looked at and items that begin, of all headers: each takes some 2 us."""
STEPS_OF_ELEMENT = 5
"""Elements that are stepped over, which take as long as one that is looked at."""
ELEMENTS_OF_ANY, ELEMENTS_OF_BYTE = 10_000, 4
"""Elements of a file in a first look, and for each of its bytes: packed in a deflated data set, a
kilobyte may hold 100,000. Of what pydicom does, as much. What has more is judged by itself."""
PARTS_OF_ELEMENT = 2
"""Parts of a value that take as long."""
MAX_ODD = 8_000_000
"""What pydicom does for headers in unusual encodings, all together, by how often it reads on: each
time takes up to 3 us. An image of 200 elements takes 430 of them."""
ODD_ITEM = 7
"""Times of that which an item takes, or an element in one."""
ODD_PART = 3
"""Times of that which a part of a value takes: pydicom looks at each in the name of an encoding."""
ODD_SEARCHED = 512
"""Bytes that are searched in such a time."""
MAX_SEARCHED_BYTES = 1024 * 1024 * 1024
"""Bytes of one header that pydicom may search for the ends of what has none: 6 s for each GiB."""

OBJECT_BYTES = 256
"""Memory of a value, or of an item, with its entries in tables; an instance takes ten."""
MOST_IN_ITEM = 5
"""Values in the table of an item that it has room for; so many more count as one item more."""
PART_BYTES = 64
"""Memory of one of several texts or numbers that make a value."""


def searched(content: bytes) -> int:
    """Return how many bytes pydicom may search in these: to their end for each undefined length."""
    return len(content) * content.count(b"\xff\xff\xff\xff")


class SpentError(ValueError):
    """A limit is reached; the message names it."""


@dataclass(slots=True)
class Budget:
    """What is left for one input. What takes from it checks first that something is left."""

    walked: int = MAX_WALKED_BYTES
    elements: int = MAX_ELEMENTS
    kept: int = MAX_KEPT_BYTES
    frames: int = MAX_FRAMES_TOGETHER
    stepped: int = MAX_STEPPED_BYTES
    """0 where it is not looked whether all of the pixel data is there: see ``follows``."""
    compared: int = MAX_COMPARED_BYTES
    """0 where files are not compared, but taken for copies if they may be: see ``compares``."""
    odd: int = MAX_ODD
    series: set[str] = field(default_factory=set)
    """SeriesInstanceUIDs met so far."""
    is_spent: bool = False
    """Something was not read because of it."""
    changes_by_vr: bool = False
    """A value was read that is another one in the VR that the dictionary gives its attribute."""
    stops_gears: bool = False
    """A file holds what gears, which read with pydicom, cannot read or write again."""
    most_stepped: int = field(init=False)
    follows: bool = field(init=False)
    compares: bool = field(init=False)
    """False from the beginning, and not where all is spent."""

    def __post_init__(self) -> None:
        self.most_stepped = self.stepped
        self.follows, self.compares = self.stepped > 0, self.compared > 0

    @classmethod
    def of_input(cls, size: int) -> Budget:
        """Return that of a whole input of so many bytes, as they lie on the disk."""
        most = UNPACKED_OF_ANY + UNPACKED_OF_BYTE * size
        return cls(stepped=min(most, MAX_STEPPED_BYTES), compared=min(most, MAX_COMPARED_BYTES))

    @classmethod
    def of_part(cls) -> Budget:
        """Return an eighth of it: a series of 5,000 images takes half of that."""
        kept, frames = MAX_KEPT_BYTES // 8, MAX_FRAMES_TOGETHER // 8
        return replace(cls.of_one(), kept=kept, frames=frames)

    @classmethod
    def of_one(cls, size: int = MAX_ELEMENTS) -> Budget:
        """Return that of one file among many, of which each has its own, for a first look."""
        most = ELEMENTS_OF_ANY + ELEMENTS_OF_BYTE * size
        return cls(
            walked=MAX_WALKED_BYTES // 8,
            elements=min(most, MAX_ELEMENTS // 8),
            stepped=0,
            compared=0,
            odd=min(most, MAX_ODD // 8),
        )

    @classmethod
    def of_reference(cls) -> Budget:
        """Return that of images that are read for the segmentations of another input."""
        return cls(kept=MAX_KEPT_BYTES // 4, stepped=0, compared=0)

    def check(self) -> None:
        """Raise :class:`SpentError` when nothing more is to be read of this input."""
        if self.walked < 0:
            limit = f"the headers of its input exceed {MAX_WALKED_BYTES >> 30} GiB"
        elif self.elements < 0:
            limit = f"the headers of its input have more than {MAX_ELEMENTS:,} elements"
        elif self.kept < 0:
            limit = f"what is checked of its input exceeds {MAX_KEPT_BYTES >> 20} MiB"
        elif self.stepped < 0:
            most = f"{self.most_stepped / 2**30:.3g} GiB"
            limit = f"the pixel data that is unpacked of its input exceeds {most}"
        else:
            return
        message = f"not read: {limit}"
        raise self._refusal(message)

    def check_odd(self) -> None:
        """Raise :class:`SpentError` when no more unusual header is to be read of this input."""
        if self.odd < 0:
            message = "not read: the headers of its input in unusual encodings take too long"
            raise self._refusal(message)

    def keep(self, objects: int, parts: int = 0, content: int = 0) -> None:
        """Take the memory of items and values, of their parts, and of so many bytes of content."""
        self.kept -= OBJECT_BYTES * objects + PART_BYTES * parts + content

    def keep_items(self, items: Sequence[Sized]) -> None:
        """Take the memory of the items of a sequence, with the tables of their values."""
        self.keep(sum(1 + len(item) // MOST_IN_ITEM for item in items))

    def take_series(self, uid: str) -> None:
        """Take the series of an image."""
        if uid in self.series:
            return
        if len(self.series) == MAX_SERIES:
            message = f"not checked: its input contains more than {MAX_SERIES:,} series"
            raise self._refusal(message)
        self.series.add(uid)

    def take_frames(self, count: int) -> None:
        """Take the frames that an image declares."""
        if count > MAX_FRAMES:
            message = f"not checked: it declares more than {MAX_FRAMES:,} frames"
            raise SpentError(message)
        if count > self.frames:
            message = f"not checked: its input declares more than {MAX_FRAMES_TOGETHER:,} frames"
            raise self._refusal(message)
        self.frames -= count

    def _refusal(self, message: str) -> SpentError:
        self.is_spent = True
        return SpentError(message)


class Steps:
    """Numbers the elements and items that are met; a budget pays for them from time to time."""

    def __init__(self) -> None:
        self.numbers: Iterator[int] = count(1)
        self._paid = 0

    def pay(self, budget: Budget) -> None:
        """Take what was met since the last time."""
        elements = (next(self.numbers) - self._paid) // STEPS_OF_ELEMENT
        self._paid += elements * STEPS_OF_ELEMENT
        budget.elements -= elements
