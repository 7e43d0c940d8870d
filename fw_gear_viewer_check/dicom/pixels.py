"""One image out of its file, as 8-bit grey or RGB: the only module that decodes pixels.

Grey values go the way of PS3.4 N.2: stored value -> rescale -> window (or VOI LUT) -> display. An
image without a window is shown between its 1st and 99th percentile.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np

from fw_gear_viewer_check.dicom.decoder import NOT_READ, DecoderError, decoded, thinned
from fw_gear_viewer_check.dicom.muted import muted
from fw_gear_viewer_check.dicom.streams import Bounded
from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.limits import MAX_SEARCHED_BYTES, searched
from fw_gear_viewer_check.model.text import number

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

log = logging.getLogger(__name__)

MAX_SAMPLES = 32 << 20
"""Larger images are not decoded: it would take seconds, and 12 bytes of memory a sample."""
MAX_COMPRESSED_SAMPLES = 8 << 20
"""The same of compressed ones; lossless JPEG 2000 is the slowest, a second for so many."""
MAX_RLE_SAMPLES = 3 << 20
"""The same of run lengths, which Python itself decodes, to 64 times what is there if it must."""
MAX_PYDICOM_HEADER_BYTES = 8 << 20
"""Longest header handed to pydicom, which may take 1.4 s and 85 MB for each MiB of it."""
MAX_SEARCHED = 4 * MAX_SEARCHED_BYTES
"""Most that it may have to search of that header, reckoned from above."""
MAX_PARTS = 250_000
"""Most parts of values in that header: pydicom makes as many, some 4 us each, in the name of an
encoding. Pixels take none, and 4,000 frames some 50,000."""
MAX_ITEMS = 100_000
"""Most items in that header: pydicom makes a data set of each, some 14 us, and 10,000
frames have as many."""
MAX_FRAME_BYTES = 16 << 20
"""Most that is read of compressed pixel data: no frame of MAX_COMPRESSED_SAMPLES takes more."""
MAX_BITS = 64
"""Most bits of a value: what stands in their place may be a number of any size."""
_SLACK = 1 << 20
"""Bytes besides the header and the frame: tables of offsets, and what stands between."""
_LOOKED_AT = (
    *("Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "SOPClassUID"),
    *("ImageType", "ConversionType", "BurnedInAnnotation", "RecognizableVisualFeatures"),
    *("Modality", "SeriesDescription", "SOPInstanceUID", "SeriesInstanceUID"),
    *("ProtocolName", "ImageComments", "DerivationDescription"),
)
"""Attributes that are read outside of the decoder."""
_TOLD_ONCE = {
    "BurnedInAnnotation": (b"\x28\x00\x01\x03", b"\x00\x28\x03\x01"),
    "RecognizableVisualFeatures": (b"\x28\x00\x02\x03", b"\x00\x28\x03\x02"),
}
"""Tags, little and big endian, of what says whether the pixels show who the patient is."""
_ELEMENT_HEAD = 12
"""Bytes of tag, VR and length in front of compressed pixel data."""


class NotDecoded(Exception):  # noqa: N818 - a finding, not a fault of the program
    """The image cannot be decoded; the message says why, in words for a report."""


def read_header(stream: IO[bytes]) -> Dataset:
    """Return the attributes before the pixel data. Raises :class:`NotDecoded`."""
    from pydicom import dcmread  # noqa: PLC0415 - slow import

    with as_not_decoded():
        bounded = _Costly(stream, MAX_PYDICOM_HEADER_BYTES, "header", _searched, MAX_SEARCHED)
        header = dcmread(cast("BinaryIO", bounded), stop_before_pixels=True, force=True)
        for keyword in _LOOKED_AT:
            # A damaged value raises when it is read first: here, and never again.
            header.get(keyword)
        _refuse_repeated(stream, header)
        return header


def _searched(content: bytes) -> int:
    parts = content.count(b"\\") * (MAX_SEARCHED // MAX_PARTS)
    items = content.count(b"\xfe\xff\x00\xe0") * (MAX_SEARCHED // MAX_ITEMS)
    return searched(content) + parts + items


def _refuse_repeated(stream: IO[bytes], header: Dataset) -> None:
    """Look at a header that was read: of an element that is repeated pydicom keeps the last.

    In a sequence, converters put what the images had said that they made one of.
    """
    end = stream.tell()
    stream.seek(0)
    content = stream.read(end)
    for keyword, tags in _TOLD_ONCE.items():
        if max(map(content.count, tags)) > (keyword in header):
            message = f"it has {keyword} more than once, or in a sequence"
            raise NotDecoded(message)


def decode(
    stream: IO[bytes], header: Dataset, frame: int, transfer_syntax_uid: str
) -> NDArray[np.uint8]:
    """Return frame number ``frame`` (from 0), shape (rows, columns) or (rows, columns, 3).

    Only this frame is decoded. Raises :class:`NotDecoded`.
    """
    # What is odd about the data is for the requirements to report, not for the decoder.
    with as_not_decoded(), np.errstate(all="ignore"):
        rows, columns, samples = (_count(header, k) for k in ("Rows", "Columns", "SamplesPerPixel"))
        count = rows * columns * max(samples, 1)
        if count > _most_samples(transfer_syntax_uid):
            message = f"it takes too long to decode ({number(columns)} x {number(rows)} pixels)"
            raise NotDecoded(message)
        bounded = _of_frame(stream, transfer_syntax_uid, count)
        if transfer_syntax_uid in sop_classes.NATIVE_TRANSFER_SYNTAXES | {sop_classes.RLE, ""}:
            pixels = _stored(bounded, frame, transfer_syntax_uid)
        else:
            pixels = _decompressed(bounded, header, frame, transfer_syntax_uid)
        return _displayed(pixels, header, frame)


@contextmanager
def as_not_decoded() -> Iterator[None]:
    """Mute pydicom and its decoders, and turn what they raise into :class:`NotDecoded`.

    The reason does not quote the error: its text may quote values.
    """
    try:
        with muted():
            yield
    except NotDecoded:
        raise
    except DecoderError as error:
        raise NotDecoded(str(error)) from error
    except Exception as error:  # decoders raise whatever they like on damaged data
        log.debug("an image cannot be decoded: %s", type(error).__name__)
        reason = f"its pixels are damaged or unusual ({type(error).__name__})"
        if isinstance(error, (NotImplementedError, RuntimeError)):  # what pydicom's decoders raise
            reason = NOT_READ
        raise NotDecoded(reason) from error


def _count(header: Dataset, keyword: str) -> int:
    """Return a whole number; 0 for what is missing, or is several."""
    value = header.get(keyword)
    return value if isinstance(value, int) else 0


def _most_samples(transfer_syntax_uid: str) -> int:
    if transfer_syntax_uid == sop_classes.RLE:
        return MAX_RLE_SAMPLES
    is_native = transfer_syntax_uid in sop_classes.NATIVE_TRANSFER_SYNTAXES
    return MAX_SAMPLES if is_native else MAX_COMPRESSED_SAMPLES


class _Costly(Bounded):
    """A stream that a decoder reads: bounded in what is found in it, too, and never read whole."""

    def __init__(
        self,
        stream: IO[bytes],
        most: int,
        what: str,
        cost: Callable[[bytes], int] = lambda _: 0,
        most_cost: int = 0,
    ) -> None:
        """Take how many bytes may be read, and how much may be found in what is read at once."""
        message = f"it takes too long to decode (its {what} is too long)"
        super().__init__(stream, most, NotDecoded(message))
        self._cost, self._cost_left = cost, most_cost

    def read(self, size: int = -1, /) -> bytes:
        """Read on; raises :class:`NotDecoded` beyond the limits, and for all that is left."""
        if size < 0:  # pydicom inflates all that is left of a deflated data set, whatever it makes
            message = "it is deflated, which is not undone for a picture"
            raise NotDecoded(message)
        part = super().read(size)
        self._cost_left -= self._cost(part)
        if self._cost_left < 0:
            raise self._refusal
        return part


def _of_frame(stream: IO[bytes], transfer_syntax_uid: str, count: int) -> _Costly:
    """Return the stream, bounded to what a frame of so many samples can take."""
    most = stream.tell() + _SLACK  # pydicom reads the header once more
    if transfer_syntax_uid in sop_classes.NATIVE_TRANSFER_SYNTAXES:
        return _Costly(stream, most + 8 * count, "frame")
    if transfer_syntax_uid == sop_classes.RLE:
        return _Costly(stream, most + 2 * count, "frame")
    return _Costly(stream, most + MAX_FRAME_BYTES, "frame")


def _stored(stream: _Costly, frame: int, transfer_syntax_uid: str) -> NDArray[np.generic]:
    from pydicom.pixels.utils import pixel_array  # noqa: PLC0415 - slow import

    known: dict[str, Any] = {}
    if transfer_syntax_uid:
        known["transfer_syntax_uid"] = transfer_syntax_uid
    pixels: NDArray[np.generic] = pixel_array(cast("BinaryIO", stream), index=frame, **known)
    return thinned(pixels)


def _decompressed(
    stream: _Costly, header: Dataset, frame: int, transfer_syntax_uid: str
) -> NDArray[np.generic]:
    from pydicom.encaps import get_frame  # noqa: PLC0415 - slow import
    from pydicom.pixels.decoders.base import get_decoder  # noqa: PLC0415 - slow import
    from pydicom.uid import UID  # noqa: PLC0415 - slow import

    if not get_decoder(UID(transfer_syntax_uid)).is_available:
        raise DecoderError(NOT_READ)
    stream.seek(_ELEMENT_HEAD, io.SEEK_CUR)
    offsets = header.get("ExtendedOffsetTable"), header.get("ExtendedOffsetTableLengths")
    one = get_frame(
        cast("Any", stream),
        frame,
        extended_offsets=cast("Any", offsets) if all(offsets) else None,
        number_of_frames=max(_count(header, "NumberOfFrames"), 1),
    )
    if not one:
        raise DecoderError(NOT_READ)
    return decoded(one, transfer_syntax_uid, _options(header))


def _options(header: Dataset) -> dict[str, Any]:
    """Return what pydicom's decoders have to know of a frame."""
    options = {option: _count(header, keyword) for option, keyword in _COUNTS.items()}
    if options["samples_per_pixel"] > 1:
        options["planar_configuration"] = _count(header, "PlanarConfiguration")
    colours = str(header.get("PhotometricInterpretation", ""))
    return {
        **options,
        "photometric_interpretation": colours,
        "number_of_frames": 1,
        "pixel_keyword": "PixelData",
    }


_COUNTS = {
    "rows": "Rows",
    "columns": "Columns",
    "samples_per_pixel": "SamplesPerPixel",
    "bits_allocated": "BitsAllocated",
    "bits_stored": "BitsStored",
    "pixel_representation": "PixelRepresentation",
}


def _displayed(pixels: NDArray[np.generic], header: Dataset, frame: int) -> NDArray[np.uint8]:
    colours = str(header.get("PhotometricInterpretation", ""))
    if colours == "PALETTE COLOR":
        from pydicom.pixels.processing import apply_color_lut  # noqa: PLC0415

        if "RedPaletteColorLookupTableData" not in header:
            # Segments (PS3.3 C.7.9.2) make 65,535 entries of six bytes, and may repeat each other.
            message = "its palette is not stored entry by entry"
            raise NotDecoded(message)
        pixels = apply_color_lut(pixels, header)
        return _scaled(pixels, 0, 255 if pixels.dtype.itemsize == 1 else 65535)
    if pixels.ndim == 3:
        return _scaled(pixels, 0, _largest(header.get("BitsStored", 8)))
    grey = _windowed(pixels, header, frame)
    return 255 - grey if colours == "MONOCHROME1" else grey


def _windowed(pixels: NDArray[np.generic], header: Dataset, frame: int) -> NDArray[np.uint8]:
    slope = _number(header, frame, "PixelValueTransformationSequence", "RescaleSlope")
    intercept = _number(header, frame, "PixelValueTransformationSequence", "RescaleIntercept")
    center = _number(header, frame, "FrameVOILUTSequence", "WindowCenter")
    width = _number(header, frame, "FrameVOILUTSequence", "WindowWidth")
    values = pixels.astype(np.float64) * (1.0 if slope is None else slope) + (intercept or 0.0)
    if center is not None and width is not None and width > 0:
        if width > 1 and header.get("VOILUTFunction", "LINEAR") == "LINEAR":
            center, width = center - 0.5, width - 1  # PS3.3 C.11.2.1.2.1
        return _scaled(values, center - width / 2, center + width / 2)
    if header.get("VOILUTSequence"):
        from pydicom.pixels.processing import apply_voi  # noqa: PLC0415

        table = header.VOILUTSequence[0].LUTDescriptor
        largest = _largest(table[2])
        return _scaled(apply_voi(np.rint(values).astype(int), header), 0, largest)
    low, high = np.percentile(values[np.isfinite(values)], (1, 99))
    return _scaled(values, float(low), float(high))


def _largest(bits: Any) -> int:  # noqa: ANN401 - what pydicom makes of it
    """Return the largest number of so many bits."""
    if int(bits) > MAX_BITS:
        message = f"its values have more than {MAX_BITS} bits"
        raise NotDecoded(message)
    return int(2 ** int(bits)) - 1


def _number(header: Dataset, frame: int, sequence: str, keyword: str) -> float | None:
    """Return a value from the frame's functional group, the shared one, or the top level."""
    shared = (header.get("SharedFunctionalGroupsSequence") or [])[:1]
    own = (header.get("PerFrameFunctionalGroupsSequence") or [])[frame : frame + 1]
    groups = [item[sequence].value[0] for item in (*own, *shared) if item.get(sequence)]
    for holder in (*groups, header):
        value = holder.get(keyword)
        if value is not None and value != "":
            return float(value if isinstance(value, (int, float, str)) else value[0])
    return None


def _scaled(values: NDArray[np.generic], low: float, high: float) -> NDArray[np.uint8]:
    """Return ``low`` as black and ``high`` as white; an image of one value is black."""
    share = (values.astype(np.float64) - low) / ((high - low) or 1.0)
    return np.rint(np.clip(np.nan_to_num(share), 0, 1) * 255).astype(np.uint8)
