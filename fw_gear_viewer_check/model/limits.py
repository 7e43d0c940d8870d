"""What one input may cost, in bytes, objects, frames and seconds.

Nobody's data come near these limits. They are there so that no file, however it was made, takes
more than 1 GiB of memory or some minutes: where one is reached, the files that are left are not
read, and the finding about them (ZIP-103, ZIP-191) names the limit.
"""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_MEMBERS = 100_000
"""Files in one input: twenty times the images of the largest series that the page allows."""
MAX_DIRECTORY_BYTES = 32 * 1024 * 1024
"""Directory of a zip, which is parsed as a whole: MAX_MEMBERS with names of 250 characters."""
MAX_SERIES = 1_000
"""Series in one input: each is judged by itself, and takes some 100 rows of the report."""
MAX_WALKED_BYTES = 2 * 1024 * 1024 * 1024
"""Headers of all files together: 5,000 images with 165 KB of private attributes make 0.8 GiB."""
MAX_KEPT_BYTES = 448 * 1024 * 1024
"""Memory of what is kept of all headers together: 100,000 frames, or 100,000 files, take half."""
MAX_FRAMES = 100_000
"""Frames that one image may declare: an hour of video, at 25 a second, has 90,000."""
MAX_FRAMES_TOGETHER = 300_000
"""Frames that all images of an input may declare."""
MAX_ODD_BYTES = 128 * 1024 * 1024
"""Headers in unusual encodings, all together: pydicom takes up to 1.4 s for each MiB."""
MAX_ODD_SECONDS = 120.0
"""CPU time that pydicom may take for them: 5,000 common headers take 15 s."""

INSTANCE_BYTES = 2_500
"""Memory of one instance and its member, without the values."""
ITEM_BYTES = 300
"""Memory of one item of a sequence, without the values."""
VALUE_BYTES = 160
"""Memory of one value, without its text or numbers: two objects, and its place in two tables."""
NUMBER_BYTES = 36
"""Memory of one of several numbers."""
TEXT_BYTES = 64
"""Memory of one of several texts, without its characters."""
STEP_BYTES = 64
"""What converting a value, or beginning an item, takes of MAX_WALKED_BYTES besides its bytes.

It takes as long as stepping over so many: a header may say the same thing ten million times.
"""

MAX_SEARCHED_BYTES = 4 * 1024 * 1024 * 1024
"""Bytes that pydicom may search for the ends of what has none: it takes 6 s for each GiB."""


def searched(content: bytes) -> int:
    """Return how many bytes pydicom may search in these: to their end for each undefined length."""
    return len(content) * content.count(b"\xff\xff\xff\xff")


class SpentError(ValueError):
    """A limit is reached; the message names it."""


@dataclass(slots=True)
class Budget:
    """What is left for one input. What takes from it checks first that something is left."""

    walked: int = MAX_WALKED_BYTES
    kept: int = MAX_KEPT_BYTES
    frames: int = MAX_FRAMES_TOGETHER
    odd_bytes: int = MAX_ODD_BYTES
    odd_seconds: float = MAX_ODD_SECONDS
    series: set[str] = field(default_factory=set)
    """SeriesInstanceUIDs met so far."""

    def check(self) -> None:
        """Raise :class:`SpentError` when nothing more is to be read of this input."""
        if self.walked < 0:
            limit = f"the headers of its input make more than {MAX_WALKED_BYTES >> 30} GiB"
        elif self.kept < 0:
            limit = f"what is judged of its input takes more than {MAX_KEPT_BYTES >> 20} MiB"
        else:
            return
        message = f"not read: {limit}"
        raise SpentError(message)

    def check_odd(self) -> None:
        """Raise :class:`SpentError` when no more unusual header is to be read of this input."""
        if self.odd_bytes < 0:
            limit = f"make more than {MAX_ODD_BYTES >> 20} MiB"
        elif self.odd_seconds < 0:
            limit = f"take longer than {MAX_ODD_SECONDS:.0f} s"
        else:
            return
        message = f"not read: the headers of its input in unusual encodings {limit}"
        raise SpentError(message)

    def take_series(self, uid: str) -> None:
        """Take the series of an image."""
        if uid in self.series:
            return
        if len(self.series) == MAX_SERIES:
            message = f"not judged: its input holds more than {MAX_SERIES:,} series"
            raise SpentError(message)
        self.series.add(uid)

    def take_frames(self, count: int) -> None:
        """Take the frames that an image declares."""
        if count > MAX_FRAMES:
            message = f"not judged: it declares more than {MAX_FRAMES:,} frames"
            raise SpentError(message)
        if count > self.frames:
            message = f"not judged: its input declares more than {MAX_FRAMES_TOGETHER:,} frames"
            raise SpentError(message)
        self.frames -= count
