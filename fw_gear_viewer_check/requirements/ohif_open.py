"""What else an image needs to open, seen in the open-source viewer; not on the page."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial

from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.model.text import LARGEST, NOT_SHOWN, counted, listed, number, uid_name
from fw_gear_viewer_check.ohif.display_sets import prediction_of
from fw_gear_viewer_check.ohif.failures import Effect, FailureCode
from fw_gear_viewer_check.ohif.javascript import Source
from fw_gear_viewer_check.requirements import causes, causes_in_space, repairs, scopes
from fw_gear_viewer_check.requirements.checks import (
    Problem,
    failed,
    judged_by,
    not_applicable,
    passed,
    tallied,
    unknown,
    where,
)
from fw_gear_viewer_check.requirements.ohif_failures import NoFailure, failed_by
from fw_gear_viewer_check.requirements.types import (
    Capability,
    Comparison,
    Finding,
    Findings,
    Level,
    RepairTable,
    Requirement,
    Status,
)
from fw_gear_viewer_check.requirements.zip_archive import no_copies

DIFFERENT_IMAGES = "different-images"
"""Code of V3-196 where images that are no copies share one SOPInstanceUID: some are lost."""

NOT_COMPARED, NOT_READ = "not-compared", "not-read-again"
"""The same where it is not known whether they are copies: of two encodings, or too large."""

_FEWEST_FOR_A_VOLUME = 3
"""Images from which on the viewer looks at positions."""

_SUBSAMPLED = frozenset({"YBR_FULL_422", "YBR_PARTIAL_422"})
"""Two samples a pixel on average, though SamplesPerPixel says three (PS3.3 C.7.6.3.1.2)."""
_OF_THREE = frozenset({"RGB", "YBR_FULL"})


def decodable(series: Series) -> Finding:
    """V3-191: files that the viewer can read, in a transfer syntax that it decodes."""
    prediction = prediction_of(series)
    problems = prediction.of_code(
        *(FailureCode.ENCODED_OTHERWISE, FailureCode.SYNTAX_NOT_NAMED, FailureCode.NOT_DECODED),
        *(FailureCode.CODED_OTHERWISE, FailureCode.FRAME_CUT),
    )
    checked = len(series.instances)
    if not problems:
        names = sorted({uid_name(i.transfer_syntax_uid) for i in series.instances})
        return passed(listed(names), checked)
    counts = [f"{p.reason}{where(len(p.instances), checked)}" for p in problems]
    affected = dict.fromkeys(name for problem in problems for name in problem.instances)
    return failed(listed(counts, 3), affected, checked, problems[0].code.value)


def has_pixels(series: Series) -> Finding:
    """V3-192: pixel data, whole."""
    problems = map(_pixel_problem, series.instances, series.once(_all_lengths))
    is_followed = all(i.pixel_data is None or i.pixel_data.is_followed for i in series.instances)
    told = "pixel data is complete"
    if not is_followed:
        told = "pixel data is there (whether it ends early was not looked at)"
    return tallied(series, problems, "pixel data", told)


def _pixel_problem(instance: Instance, lengths: tuple[int, int] | None) -> Problem | None:
    pixels = instance.pixel_data
    if pixels is None:
        return Problem("absent")
    if pixels.is_empty:
        return Problem("empty")
    is_map = instance.sop_class_uid in sop_classes.PARAMETRIC_MAP
    if pixels.keyword != "PixelData" and not is_map:
        return Problem("other-element", f"{pixels.keyword} instead of PixelData")
    if pixels.missing_bytes:
        return Problem("cut-off", "truncated")
    is_video = instance.transfer_syntax_uid in sop_classes.VIDEO_TRANSFER_SYNTAXES
    if pixels.missing_frames and not is_video:
        return Problem("frames-missing", "fewer frames than NumberOfFrames")
    is_short = lengths is not None and lengths[0] < lengths[1]
    return Problem("short", "shorter than the attributes say") if is_short else None


_positions_known = NoFailure((FailureCode.POSITION_IN_SOME,), "ImagePositionPatient in all images")


def positions_in_all_or_none(series: Series) -> Finding:
    """V3-193: ImagePositionPatient in some images only loses the whole series.

    The viewer makes a stack of each SOP class: screenshots without positions beside the images of
    a scan do no harm.
    """
    checked = len(series.instances)
    if checked < _FEWEST_FOR_A_VOLUME:
        return not_applicable("fewer than three images")
    finding = _positions_known(series)
    unplaced = sum(i.data.numbers("ImagePositionPatient") is None for i in series.instances)
    if finding.status is Status.FAIL or not unplaced:
        return finding
    if unplaced == checked:
        return passed("ImagePositionPatient in no image", checked)
    return passed(
        f"ImagePositionPatient is missing in {unplaced:,} of {checked:,} images, but the viewer "
        "lists the series",
        checked,
    )


def drawable_bits(series: Series) -> Finding:
    """V3-194: BitsAllocated that the viewer can draw."""

    def problem_of(instance: Instance) -> Problem | None:
        bits = instance.data.number("BitsAllocated")
        if bits == 32 and instance.transfer_syntax_uid in _OF_16_BITS:
            syntax = uid_name(instance.transfer_syntax_uid)
            return Problem("other-bits", f"32 in {syntax}")
        if bits is None or bits in {8, 16, 32}:
            return None
        is_segmentation = bits == 1 and instance.sop_class_uid in sop_classes.SEG
        return None if is_segmentation else Problem("other-bits", number(bits, "g"))

    return judged_by(series, problem_of, "BitsAllocated", "a supported number of bits")


_OF_16_BITS = {sop_classes.BIG_ENDIAN, sop_classes.RLE}
"""Transfer syntaxes of which the viewer shows an error page where pixels have more bits."""


def pixel_length(series: Series) -> Finding:
    """V3-195: uncompressed pixel data as long as the attributes say."""
    lengths = zip(series.instances, series.once(_all_lengths), strict=True)
    judged = [(i, found[1], found[0]) for i, found in lengths if found is not None]
    if not judged:
        return not_applicable("no uncompressed pixel data of known length")
    # Odd lengths are padded to even ones (PS3.5 section 8.1.1).
    odd = [(i, want, got) for i, want, got in judged if got not in {want, want + want % 2}]
    if not odd:
        return passed("pixel data is as long as the attributes say", len(judged))
    instance, want, got = odd[0]
    sizes = (instance.data.number(keyword) or 0 for keyword in _SIZES)
    due = f"{want:,}" if max(sizes) < LARGEST else NOT_SHOWN
    return failed(
        f"pixel data has the wrong length in {len(odd):,} of {counted(len(judged), 'image')}: "
        f"{got:,} bytes instead of {due}",
        [i.name for i, _, _ in odd],
        len(judged),
        "shorter" if got < want else "longer",
    )


_SIZES = ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated")


def _all_lengths(series: Series) -> list[tuple[int, int] | None]:
    return list(map(_lengths, series.instances))


def _lengths(instance: Instance) -> tuple[int, int] | None:
    """Return the bytes of the pixel data, and those due; None where they are compressed."""
    pixels, due = instance.pixel_data, _expected_length(instance)
    syntax = instance.transfer_syntax_uid
    if not instance.has_file_meta:  # the data set is taken for what it is
        syntax = instance.encoding
    is_native = syntax in sop_classes.NATIVE_TRANSFER_SYNTAXES
    if not is_native or pixels is None or pixels.length is None or due is None:
        return None
    return pixels.length, due


def _expected_length(instance: Instance) -> int | None:
    """Return the bytes of native pixel data, without padding (PS3.5 section 8.1.1)."""
    data = instance.data
    rows, columns = data.number("Rows"), data.number("Columns")
    bits = data.number("BitsAllocated")
    if rows is None or columns is None or bits is None:
        return None
    samples, colours = data.number("SamplesPerPixel") or 1, data.text("PhotometricInterpretation")
    if colours in _SUBSAMPLED:
        samples = 2
    elif colours in _OF_THREE:  # the viewer takes three, whatever SamplesPerPixel says
        samples = max(samples, 3)
    return -int(-rows * columns * samples * bits * instance.number_of_frames // 8)


def no_image_twice(series: Series) -> Finding:
    """V3-196: no SOPInstanceUID twice in the series.

    Copies are dropped and nothing is lost. Of different images one is shown, and which one depends
    on the order in which they reach the server: no verdict may depend on it.
    """
    shown, lost = set(), []
    for instance in series.distinct.instances:
        uid = instance.sop_instance_uid
        if uid in shown:
            lost.append(instance.name)
        elif uid:
            shown.add(uid)
    if lost:
        count = counted(len(lost), "image")
        evidence = (
            f"{count} with the SOPInstanceUID of a different image: the viewer shows only one"
        )
        return failed(evidence, lost, len(series.instances), DIFFERENT_IMAGES)
    known = dict[str, Instance]()
    firsts = ((i, known.setdefault(i.sop_instance_uid, i)) for i in series.instances)
    again = [(i, first) for i, first in firsts if i.sop_instance_uid and i is not first]
    unlike = sum(i.pixel_encoding != first.pixel_encoding for i, first in again)
    limits = [i.not_compared for i, _ in again if i.not_compared]
    if number := unlike or len(limits):
        why = "cannot be compared in two encodings" if unlike else f"were not compared: {limits[0]}"
        images = f"{counted(number, 'image')} with the SOPInstanceUID of another"
        evidence = f"{images}: the viewer shows only one, and they {why}"
        code = NOT_COMPARED if unlike else NOT_READ
        found = unknown(evidence, len(series.instances), code=code)
        return replace(found, repair=repairs.OWN_UIDS)
    return no_copies([(i.name, i.sop_instance_uid) for i in series.instances])


def one_sop_class(series: Series) -> Finding:
    """V3-197: one SOP class in the series."""
    classes = Counter(i.sop_class_uid for i in series.instances)
    if len(classes) <= 1:
        return passed("one SOP class in the series", len(series.instances))
    usual = classes.most_common(1)[0][0]
    named = [f"{uid_name(uid)} ({counted(n, 'object')})" for uid, n in classes.most_common()]
    return failed(
        f"{len(classes)} SOP classes: {listed(named)}",
        [i.name for i in series.instances if i.sop_class_uid != usual],
        len(series.instances),
        "several-classes",
        classes=len(classes),
    )


def nothing_fails(series: Series, others: Findings) -> Finding:
    """V3-198: the viewer, by its own rules, does not lose the series or stop with an error.

    A structure set, a map of parameters and a report of measurements are shown with their images
    only. Which images a report has is not looked for.
    """
    has_images = others["SEG-101"].status is Status.PASS
    prediction = prediction_of(series, with_references=has_images)
    part = "the rest of the series" if prediction.display_sets else "the series"
    for failure in prediction.of_effect(Effect.DROPPED_SILENTLY):
        return failed_by(failure, series, f"the viewer does not list {part}: {failure.reason}")
    for failure in prediction.of_effect(Effect.ERROR_PAGE):
        if failure.code is FailureCode.NO_REFERENCE_IMAGES:
            evidence = "without its reference images, the viewer shows an error page"
            found = unknown(evidence, len(series.instances), code=failure.code.value)
            is_report = prediction.display_sets[0].handler == "sr"
            return replace(found, repair=repairs.OPEN_WITH_IMAGES) if is_report else found
        return failed_by(failure, series, f"the viewer shows an error page: {failure.reason}")
    for failure in prediction.of_code(FailureCode.NO_FRAME_COUNT):
        return failed_by(failure, series, f"a server gives no frame of it: {failure.reason}")
    for failure in prediction.of_code(
        FailureCode.NO_REFERENCE, FailureCode.SEVERAL_FRAMES_OF_REFERENCE
    ):
        return failed_by(failure, series, f"the viewer lists it as unsupported: {failure.reason}")
    return passed("the viewer lists the series", len(series.instances))


def opens_from_files(series: Series) -> Finding:
    """V3-199: what the viewer fails on only where it reads the files itself."""
    local = prediction_of(series, source=Source.LOCAL)
    known = {failure.code for failure in prediction_of(series).failures}
    known.add(FailureCode.NO_REFERENCE_IMAGES)  # of whatever is opened alone
    for effect in (Effect.DROPPED_SILENTLY, Effect.ERROR_PAGE, Effect.SOME_DROPPED):
        for failure in local.of_effect(effect):
            if failure.code not in known:
                evidence = f"fails only where the viewer opens local files: {failure.reason}"
                return failed_by(failure, series, evidence)
    return passed("opens from local files as from a server", len(series.instances))


_seen = partial(
    Requirement,
    capability=Capability.V3_OPEN,
    source="viewer (OHIF 3.13)",
    scope=scopes.IMAGES,
)

SEEN_IN_VIEWER = (
    _seen(
        id="V3-191",
        title="A transfer syntax that the viewer decodes",
        cause="its compression cannot be decoded",
        statement="The pixels are stored as the transfer syntax says: uncompressed, or in a "
        "compression that the viewer decodes.",
        why="If the viewer cannot decode the pixels, it lists the image but does not draw it.",
        repair=RepairTable(
            causes.of_transfer_syntax,
            {
                "named": repairs.TRANSCODE,
                "unnamed": repairs.WRITE_PART_10,
                "miswritten": repairs.WRITE_AGAIN,
            },
        ),
        check=decodable,
        reads=("TransferSyntaxUID",),
    ),
    _seen(
        id="V3-192",
        title="Complete pixel data",
        cause="no pixel data",
        statement="Every image has complete pixel data.",
        why="The viewer lists an image without pixel data but cannot draw it.",
        repair=repairs.UPLOAD_AGAIN,
        check=has_pixels,
        reads=("PixelData",),
    ),
    _seen(
        id="V3-193",
        scope=scopes.VOLUME_MODALITIES,
        title="Positions in all images or in none",
        cause="positions in some images only",
        statement="Of three or more CT, MR, NM or PT images of one SOP class, either all have an "
        "ImagePositionPatient or none has.",
        why="If only some images have a position, the viewer fails and shows nothing of the "
        "series.",
        repair=RepairTable(
            causes_in_space.of_some_positions,
            {
                "attribute": repairs.SPLIT_BY_ATTRIBUTE,
                "some": repairs.ASK_GEOMETRY,
            },
        ),
        check=positions_in_all_or_none,
        reads=("ImagePositionPatient",),
    ),
    _seen(
        id="V3-194",
        title="A supported number of bits",
        cause="BitsAllocated not supported",
        statement="BitsAllocated is 8, 16 or 32 (1 in a segmentation); in RLE or big endian, 8 or "
        "16.",
        why="The viewer cannot decode other numbers of bits.",
        repair=repairs.CONVERT_AGAIN,
        check=drawable_bits,
        reads=("BitsAllocated",),
    ),
    _seen(
        id="V3-195",
        level=Level.NOTE,
        title="Pixel data of the expected length",
        cause="pixel data has the wrong length",
        statement="Uncompressed pixel data is as long as Rows, Columns, frames and bits require.",
        why="The viewer draws shorter pixel data in part or not at all.",
        repair=repairs.UPLOAD_AGAIN,
        check=pixel_length,
    ),
    _seen(
        id="V3-196",
        level=Level.NOTE,
        required_for=(DIFFERENT_IMAGES, NOT_COMPARED, NOT_READ),
        title="No image twice in the series",
        cause="duplicate images",
        statement="No two objects of the series have the same SOPInstanceUID. Copies are only a "
        "note; different images are an error, and so is not knowing (two encodings, or too large).",
        why="The viewer keeps the first and drops the others. Copies are no loss; different images "
        "are lost.",
        repair=RepairTable(
            causes.of_copies,
            {
                "copies": repairs.REMOVE_COPIES,
                "different": repairs.OWN_UIDS,
            },
        ),
        scope=scopes.OBJECTS,
        check=no_image_twice,
        reads=("SOPInstanceUID",),
    ),
    _seen(
        id="V3-197",
        level=Level.NOTE,
        title="One kind of object in the series",
        cause="several kinds of object",
        statement="All objects of the series have the same SOP class.",
        why="The viewer lists each kind of object separately.",
        repair=RepairTable(
            causes.of_kinds,
            {
                "images": repairs.SPLIT_BY_CLASS,
                "overlay": repairs.NONE_NEEDED,
                "in-header": repairs.WITH_OTHERS,
            },
        ),
        scope=scopes.OBJECTS,
        check=one_sop_class,
        reads=("SOPClassUID",),
    ),
    _seen(
        id="V3-198",
        scope=scopes.OBJECTS,
        title="Nothing that makes the viewer fail",
        cause="the viewer fails on it",
        statement="The open-source viewer lists the series: nothing in it makes the viewer fail.",
        why="The viewer expects some attributes in a certain form. Otherwise it shows an error "
        "page, or nothing at all. A server gives no frame where NumberOfFrames is not a "
        "number in digits alone.",
        repair=RepairTable(
            causes.of_failure,
            {
                "named": repairs.WITH_OTHERS,
                "reference": repairs.CONVERT_AGAIN,
                "several": repairs.ONE_STRUCTURE_SET_EACH,
                "uid": repairs.NEW_UIDS,
                "other": repairs.ASK_SOURCE,
            },
        ),
        check=Comparison(("SEG-101",), nothing_fails),
    ),
    _seen(
        id="V3-199",
        level=Level.NOTE,
        scope=scopes.OBJECTS,
        title="Opens from local files too",
        cause="does not open from local files",
        statement="The open-source viewer also opens the series from local files.",
        why="Flywheel feeds its viewer from a server, which corrects some attributes. A viewer "
        "that reads the files itself can fail on them.",
        repair=repairs.NONE_NEEDED,
        check=opens_from_files,
    ),
)
