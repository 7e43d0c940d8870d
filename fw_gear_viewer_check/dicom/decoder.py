"""A compressed frame, decoded in a process of its own.

A frame of a kilobyte can make a decoder take gigabytes, minutes, or the process with it, and no
look at the frame tells all of them. So the decoder has a process with limits, which ends with it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_MEMORY = 384 << 20
"""Bytes of addresses: Python and its packages take 140 MiB of them, the largest frame 300 with
them."""
MAX_SECONDS = 10
"""Of processor time; the largest frame takes one."""
MAX_WAITING = 60
"""Seconds until it has to be done, on a machine where others work, too."""
ENOUGH = 1024
"""Rows or columns beyond which pixels are skipped, before any arithmetic on them."""
NOT_READ = "no decoder that is installed reads it (it may well open in the viewer)"


class DecoderError(Exception):
    """The decoder failed, or took too much; the message says which, in words for a report."""


def decoded(frame: bytes, transfer_syntax_uid: str, options: dict[str, Any]) -> NDArray[np.generic]:
    """Return a frame, shape (rows, columns) or (rows, columns, 3), thinned where it is large.

    ``options`` are those of pydicom's decoders. Raises :class:`DecoderError`.
    """
    asked = json.dumps({"uid": transfer_syntax_uid, "options": options}).encode() + b"\n"
    paths = os.pathsep.join(path for path in sys.path if path)
    environment = {**os.environ, "PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1"}
    try:
        done = subprocess.run(  # noqa: S603 - this very module
            [sys.executable, "-P", "-m", __name__, str(MAX_MEMORY), str(MAX_SECONDS)],
            input=asked + frame,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            timeout=MAX_WAITING,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        message = "it takes too long to decode"
        raise DecoderError(message) from error
    except OSError as error:
        message = f"its decoder cannot be started ({error.strerror or type(error).__name__})"
        raise DecoderError(message) from error
    head, _, content = done.stdout.partition(b"\n")
    if done.returncode or not content:
        raise DecoderError(NOT_READ)
    told = json.loads(head)
    return np.frombuffer(content, told["dtype"]).reshape(told["shape"])


def main() -> None:
    """Decode the frame on stdin, and write the pixels to stdout."""
    _set_limits(*map(int, sys.argv[1:]))
    asked = json.loads(sys.stdin.buffer.readline())
    frame = sys.stdin.buffer.read()
    from pydicom.encaps import encapsulate  # noqa: PLC0415 - within the limits
    from pydicom.pixels.decoders.base import get_decoder  # noqa: PLC0415

    decoder = get_decoder(asked["uid"])
    pixels, _ = decoder.as_array(encapsulate([frame]), index=0, **asked["options"])
    pixels = thinned(pixels)
    head = json.dumps({"dtype": pixels.dtype.str, "shape": pixels.shape}).encode()
    sys.stdout.buffer.write(head + b"\n" + pixels.tobytes())


def thinned(pixels: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return a frame with no more than some of its rows and columns, where it has many."""
    step = max(1, max(pixels.shape[:2]) // ENOUGH)
    return pixels[::step, ::step]


def _set_limits(memory: int, seconds: int) -> None:
    with suppress(ImportError):  # Windows has none
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
