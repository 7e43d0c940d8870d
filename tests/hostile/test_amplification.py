"""Small files that ask for much: what they cost does not depend on what they say of themselves."""

import io
import logging
import random
import resource
import struct
import subprocess
import sys
import tracemalloc
import zipfile
import zlib
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from fuzz import targets
from fw_gear_viewer_check import check
from fw_gear_viewer_check.checker import judging
from fw_gear_viewer_check.dicom import attributes, decoder, pixels, pydicom_fallback, zipfiles
from fw_gear_viewer_check.dicom.elements import MAX_VALUE_BYTES
from fw_gear_viewer_check.dicom.header import HeaderReader
from fw_gear_viewer_check.dicom.reader import read_input
from fw_gear_viewer_check.dicom.streams import UnreadableError
from fw_gear_viewer_check.model import limits, text
from fw_gear_viewer_check.model.archive import Archive
from fw_gear_viewer_check.model.data_set import Damaged, DataSet, EmptyItem
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.limits import MAX_FRAMES, Budget, SpentError
from fw_gear_viewer_check.model.lookup import (
    MOST_READ_AGAIN,
    LocalLookup,
    SurveyLookup,
    image_series,
)
from fw_gear_viewer_check.model.places import Places
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.model.stack import stack_of_frames
from fw_gear_viewer_check.ohif.javascript import Source
from fw_gear_viewer_check.ohif.metadata import ViewerInstance
from fw_gear_viewer_check.reports import csv_table, json_report, rows
from fw_gear_viewer_check.reports.html import render_html
from fw_gear_viewer_check.requirements import causes
from fw_gear_viewer_check.requirements.ohif_overlay import fits_reference
from fw_gear_viewer_check.requirements.types import Finding, Status
from fw_gear_viewer_check.requirements.v3_overlay import reference_found
from fw_gear_viewer_check.survey.index import Index
from fw_gear_viewer_check.survey.inputs import Input, SourceFile
from fw_gear_viewer_check.survey.records import Record
from tests import make, pack
from tests.hostile import measured
from tests.hostile import raw_dicom as raw

EMPTY_ITEM = (
    raw.item(b"", raw.UNDEFINED) + raw.implicit(raw.ITEM_END) + raw.implicit(raw.SEQUENCE_END)
)
RLE = "1.2.840.10008.1.2.5"


def read(content):
    """Return the header of a stream, and what is left of its budget."""
    reader = HeaderReader()
    return reader.read(io.BytesIO(content), len(content)), reader.budget


def implicit_image(*elements):
    """Return an image in implicit VR, in which any value may be long."""
    texts = {0x00080016: make.CT, 0x00080018: "1.2.1", 0x0020000D: "1.2", 0x0020000E: "1.2.3"}
    own = {tag: raw.implicit(tag, pad(text.encode())) for tag, text in texts.items()}
    for one in elements:
        group, number = struct.unpack_from("<HH", one)
        own[group << 16 | number] = one
    return raw.meta(make.IMPLICIT) + b"".join(own[tag] for tag in sorted(own))


def pad(value):
    return value + b"\0" * (len(value) % 2)


# Frames.


@pytest.mark.parametrize("told", ["100", " 100 ", "1e2", "100.5"])
def test_frames_told_as_a_text_are_counted_as_the_viewer_does(tmp_path, told):
    """In a zip of 64 KB, 300 images that declared 100,000 frames in this way took 3 GB."""
    content = raw.image(raw.text(0x00280008, "LO", told))
    _, (instance,) = read_input(pack.zip_file(tmp_path, {"a.dcm": content}))
    assert instance.number_of_frames == ViewerInstance(instance, Source.SERVER).frames == 100


@pytest.mark.parametrize("told", ["nan", "inf", "many", "-5", "0", "0.5"])
def test_a_text_that_tells_no_frames(tmp_path, told):
    content = raw.image(raw.text(0x00280008, "LO", told))
    _, (instance,) = read_input(pack.zip_file(tmp_path, {"a.dcm": content}))
    assert instance.number_of_frames == ViewerInstance(instance, Source.SERVER).frames == 1


def test_too_many_frames_told_as_a_text(tmp_path):
    content = raw.image(raw.text(0x00280008, "LO", str(MAX_FRAMES + 1)))
    archive, instances = read_input(pack.zip_file(tmp_path, {"a.dcm": content}))
    assert instances == ()
    assert "100,000 frames" in archive.members[0].problem


# Values.


@pytest.mark.parametrize("tag", [0x00080060, 0x0020000E, 0x00080008, 0x00080018])
def test_a_long_value_is_damaged(tag):
    """A SeriesInstanceUID of 1 MB stood in every row: 300 KB made tables of many GB."""
    keyword = {0x00080060: "Modality", 0x0020000E: "SeriesInstanceUID", 0x00080008: "ImageType",
               0x00080018: "SOPInstanceUID"}[tag]  # fmt: skip
    for one in (b"1.2.", b"A\\"):
        content = implicit_image(raw.implicit(tag, one * (MAX_VALUE_BYTES // len(one) + 2)))
        header, _ = read(content)
        assert header.data[keyword] == Damaged("longer than 1 KiB")


def test_a_vector_with_a_number_for_each_frame_is_kept():
    vector = struct.pack("<H", 1) * 100_000
    header, _ = read(implicit_image(raw.implicit(0x00540070, vector)))
    assert len(header.data["TimeSlotVector"]) == 100_000


def test_a_long_transfer_syntax_is_none():
    meta = bytes(128) + b"DICM" + raw.element(0x00020010, "UN", b"1" * 100_000)
    header, _ = read(meta + raw.identity())
    assert header.transfer_syntax_uid == ""


def test_what_stands_in_every_row_is_short(tmp_path):
    uid, code = "\x1b" * 1000, "\x1b" * 1000
    content = raw.image(raw.text(0x00080060, "UT", code), raw.text(0x0020000E, "UT", uid))
    report = check(pack.zip_file(tmp_path, {"a.dcm": content}))
    for row in rows.rows(report):
        assert row["series_instance_uid"] == row["modality"] == text.NOT_SHOWN
    assert len(csv_table.to_csv(report)) < 100_000


@pytest.mark.parametrize(
    "element",
    [
        raw.element(0x00080060, "CS", b"CT"),
        raw.element(0x00091001, "SQ", EMPTY_ITEM, raw.UNDEFINED),
    ],
    ids=["values", "items"],
)
def test_saying_the_same_thing_again_and_again_is_counted(element):
    """Ten million times Modality in 128 MiB, 16 times over, took many minutes."""
    _, once = read(raw.image(element))
    content = raw.image(element * 101)
    _, often = read(content)
    assert once.elements - often.elements >= 100
    reader = HeaderReader(budget=Budget(elements=150))
    with pytest.raises(SpentError, match="elements"):
        [reader.read(io.BytesIO(content), len(content)) for _ in range(3)]


DELIMITER = raw.implicit(raw.SEQUENCE_END)
PRIVATE = raw.element(0x00091001, "LO")


@pytest.mark.parametrize(
    "elements",
    [
        PRIVATE * 1000,
        DELIMITER * 1000,
        raw.element(0x00091001, "SQ", raw.item() * 1000 + DELIMITER, raw.UNDEFINED),
        PRIVATE * 1000 + raw.element(0x00091001, "LO", b"", 99),
    ],
    ids=["elements", "delimiters", "items", "of a truncated header"],
)
def test_what_nobody_wants_is_counted_too(elements):
    """3 MB in a zip, 17 members of 15 million empty private elements, took 98 s."""
    _, none = read(raw.image())
    reader, content = HeaderReader(), raw.image(elements)
    with suppress(UnreadableError):
        reader.read(io.BytesIO(content), len(content))
    assert none.elements - reader.budget.elements >= 1000 // limits.STEPS_OF_ELEMENT


@pytest.mark.parametrize("text", [b"1\\" * 500 + b"x ", b"\\" * 500])
@pytest.mark.parametrize("vr", ["DS", "IS"])
def test_parts_of_values_that_are_not_kept_are_counted(text, vr):
    """288 KB in a zip, values of which the last part is none, took 92 s."""
    _, none = read(raw.image())
    _, left = read(raw.image(raw.element(0x00280030, vr, text)))  # DS
    assert none.elements - left.elements >= 500 // limits.PARTS_OF_ELEMENT


def test_items_that_differ_in_one_more_element_each_are_counted():
    """A run counted as one step, and was compared element by element: 9 MB took 135 s."""
    count = 300
    tags, items = range(0x00310000, 0x00310000 + count), b""
    for changed in tags:
        inner = [raw.element(tag, "LO", b"2 " if tag < changed else b"1 ") for tag in tags]
        items += raw.item(b"".join(inner) + raw.implicit(raw.ITEM_END), raw.UNDEFINED)
    content = raw.image(raw.element(0x00091001, "SQ", items + DELIMITER, raw.UNDEFINED))
    _, left = read(content)
    assert Budget().elements - left.elements >= count * count // 2


LONG = (-1.2345678e-38,) * 256
"""What many images share, as headers share values; its text takes 4 KB."""


def split_of_frames():
    groups = tuple(
        DataSet(
            FrameContentSequence=(DataSet(TemporalPositionIndex=LONG),),
            PlanePositionSequence=(DataSet(ImagePositionPatient=(0, 0, n)),),
        )
        for n in range(2000)
    )
    data = DataSet(NumberOfFrames=2000, PerFrameFunctionalGroupsSequence=groups)
    stack = stack_of_frames(Instance("1.dcm", data).frames())
    assert stack.frames_by_position
    return lambda: stack.splits_by


def beds_and(**changes):
    units = LONG, LONG[:200]
    images = [
        DataSet(Units=units[n % 2], SeriesTime=f"{n:06}", CorrectedImage=LONG, PatientSize=LONG)
        for n in range(2000)
    ]
    for n, image in enumerate(images):
        image.update({keyword: change(n) for keyword, change in changes.items()})
    instances = tuple(Instance(f"{n}.dcm", image) for n, image in enumerate(images))
    series = Series("1.2", instances, Archive("a.zip", is_container=True))
    return lambda: causes.of_disagreement(series, Finding(Status.FAIL, ""))


@pytest.mark.parametrize(
    "work",
    [split_of_frames(), beds_and(), beds_and(PatientWeight=float)],
    ids=["frames", "beds", "weights"],
)
def test_a_text_of_a_value_is_made_once(work):
    """One for each frame, or image, at once: 1.4 MB in a zip took 2 GiB."""
    tracemalloc.start()
    work()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3_000_000


def test_names_of_frames_are_made_once():
    """Those of 300,000, of 880 bytes each, were kept by each requirement that named them."""
    data = DataSet(SOPClassUID=make.ENHANCED_MR, Modality="MR", NumberOfFrames=9)
    series = Series("1.2", (Instance("1.dcm", data),), Archive("a.zip", is_container=True))
    first, second = (judging.judge(one, series).affected for one in ("MPR-302", "MPR-303"))
    assert len(first) == 9
    assert all(a is b for a, b in zip(first, second, strict=True))


class Noted(io.BytesIO):
    """A stream that keeps how much was asked of it each time."""

    def __init__(self, content):
        super().__init__(content)
        self.asked = []

    def read(self, size=-1):
        self.asked.append(size)
        return super().read(size)


def test_of_a_packed_member_little_is_taken_up_at_once():
    """What is taken up is copied at each further reading: 10 MB in a zip took minutes."""
    noise = random.Random(1).randbytes(1 << 20)  # noqa: S311 - packed as large as it is
    stream = Noted(pack.zip_bytes({"a": noise}, zipfile.ZIP_DEFLATED))
    with zipfiles.opened(stream) as archive:
        member = zipfiles.open_member(archive, archive.infolist()[0])
        stream.asked.clear()
        assert member.read(1 << 19) + member.read() == noise
    assert max(stream.asked) <= 128 * 1024


def test_fragments_are_looked_at_many_at_once():
    """Each reading of eight bytes unpacks 4 KiB, and copies all that was taken up."""
    frame = raw.item(b"\xff\xd8\xff\xc0\0\x0b" + bytes(94))
    pixels = raw.item() + frame * 5_000 + raw.implicit(raw.SEQUENCE_END)
    stream = Noted(raw.image(raw.element(0x7FE00010, "OB", pixels, raw.UNDEFINED)))
    size = len(stream.getvalue())
    assert HeaderReader().read(stream, size).pixel_data.missing_bytes == 0
    assert len(stream.asked) < size // 16_000


def test_texts_of_one_value_are_counted_with_their_objects():
    tokens = b"\\".join(b"%02x" % n for n in range(200))
    _, none = read(raw.image())
    _, some = read(raw.image(raw.text(0x00080008, "CS", tokens.decode())))
    assert none.kept - some.kept > 200 * limits.PART_BYTES


def test_vectors_that_pydicom_reads_are_counted():
    """125 KB in a zip took 1.9 GB."""
    vector = struct.pack(">H", 40_000) * 1000
    identity = [(0x00080016, make.CT), (0x00080018, "1.2.1"), (0x0020000E, "1.2.3")]
    elements = [(tag, b"UI", pad(text.encode())) for tag, text in identity]
    content = raw.meta(make.BIG_ENDIAN) + b"".join(
        struct.pack(">HH2sH", tag >> 16, tag & 0xFFFF, vr, len(value)) + value
        for tag, vr, value in [*elements, (0x00540070, b"US", vector)]
    )
    left = Budget()
    header = pydicom_fallback.read(io.BytesIO(content), len(content), left)
    assert len(header.data.numbers("TimeSlotVector") or ()) == 1000
    assert limits.MAX_KEPT_BYTES - left.kept > 1000 * limits.PART_BYTES


def test_texts_that_pydicom_reads_are_counted_with_their_length():
    """1.5 MB in a zip took 1.4 GB: each counted as 256 bytes."""
    length, left = 1_000_000, Budget()
    text = struct.pack(">HH2sHL", 0x54, 0x70, b"UT", 0, length) + b"x" * length
    content = raw.meta(make.BIG_ENDIAN) + big(0x00080018, b"UI", b"1.23") + text
    header = pydicom_fallback.read(io.BytesIO(content), len(content), left)
    assert len(header.data.text("TimeSlotVector")) == length
    assert limits.MAX_KEPT_BYTES - left.kept > length


BIG_ITEM = struct.pack(">HHL", 0xFFFE, 0xE000, 0)
BIG_FULL_ITEM = struct.pack(">HHLHH2sH", 0xFFFE, 0xE000, 8, 8, 5, b"CS", 0)
BIG_END = struct.pack(">HHL", 0xFFFE, 0xE0DD, 0)
PER_FRAME, PRIVATE_TAG = 0x52009230, 0x00091001


def big(tag, vr, value, length=None):
    """Return an element in explicit VR big endian."""
    length = len(value) if length is None else length
    start = struct.pack(">HH2s", tag >> 16, tag & 0xFFFF, vr)
    return start + struct.pack(">xxL" if vr == b"SQ" else ">H", length) + value


@pytest.mark.parametrize(
    ("content", "due"),
    [
        (big(PRIVATE_TAG, b"LO", b"") * 1000, 1000),
        (big(PRIVATE_TAG, b"SQ", BIG_ITEM * 1000 + BIG_END, raw.UNDEFINED), 7000),
        (big(PER_FRAME, b"SQ", BIG_ITEM * 1000), 7000),
        (big(PER_FRAME, b"SQ", BIG_FULL_ITEM * 1000), 14_000),
        (big(PER_FRAME, b"SQ", BIG_ITEM * 1000 + b"no item at all.."), 7000),
        (big(PRIVATE_TAG, b"SQ", BIG_ITEM * 1000 + b"no item at all..", raw.UNDEFINED), 7000),
    ],
    ids=["elements", "items", "wanted items", "with an element", "and damaged", "unwanted, too"],
)
def test_what_pydicom_makes_is_counted_and_not_how_long_it_is(content, due):
    """By the bytes, 264 KB in a zip were 33 headers of 7 s each."""
    identity = [(0x00080016, make.CT), (0x00080018, "1.2.1"), (0x0020000E, "1.2.3")]
    head = b"".join(big(tag, b"UI", pad(text.encode())) for tag, text in identity)
    taken = []
    for more in (b"", content):
        left, whole = Budget(), raw.meta(make.BIG_ENDIAN) + head + more
        with suppress(UnreadableError):
            pydicom_fallback.read(io.BytesIO(whole), len(whole), left)
        taken.append(limits.MAX_ODD - left.odd)
    assert due <= taken[1] - taken[0] < 3 * due


def test_a_long_value_that_pydicom_reads_costs_little():
    left = Budget()
    content = raw.meta(make.BIG_ENDIAN) + big(0x00080016, b"UI", pad(make.CT.encode()))
    content += big(PRIVATE_TAG, b"SQ", BIG_ITEM[:4] + struct.pack(">L", 99_992) + bytes(99_992))
    pydicom_fallback.read(io.BytesIO(content), len(content), left)
    assert limits.MAX_ODD - left.odd < 1000


MANY_PARTS = b"A\\" * 32_000
ODD = raw.element(0x00091001, "XX", b"ab")


@pytest.mark.parametrize(
    "charset",
    [
        raw.element(0x00080005, "CS", MANY_PARTS),
        raw.element(0x00080005, "UN", MANY_PARTS),
        raw.element(0x00081115, "SQ", raw.item(raw.element(0x00080005, "CS", MANY_PARTS))),
    ],
    ids=["CS", "UN", "in an item"],
)
def test_parts_of_values_that_pydicom_looks_at_are_counted(charset):
    """It looks at each name of a character set: 64 KB in a zip took two minutes."""
    left, content = Budget(), raw.image(charset, ODD)
    with suppress(UnreadableError):
        header = pydicom_fallback.read(io.BytesIO(content), len(content), left)
        assert header.data.get("SpecificCharacterSet") in (None, Damaged("longer than 1 KiB"))
    assert limits.MAX_ODD - left.odd > 2 * 32_000


ENDLESS_OB = raw.item(raw.element(0x00091002, "OB", b"", raw.UNDEFINED))
EMPTY_ITEMS = raw.item(b"", raw.UNDEFINED) + raw.implicit(raw.ITEM_END)


@pytest.mark.long
@pytest.mark.parametrize(
    "content",
    [
        raw.meta(make.BIG_ENDIAN)
        + raw.element(0x00091002, "SQ", EMPTY_ITEMS * 40_000, raw.UNDEFINED),
        raw.image(
            raw.element(0x00091001, "XX", b"ab"), raw.element(0x00081115, "SQ", ENDLESS_OB * 40_000)
        ),
    ],
    ids=["read as big endian", "without end"],
)
def test_undefined_lengths_that_pydicom_would_search_for_hours(content):
    """4 MiB took five minutes, or more than an hour: the time of all is looked at in between."""
    assert len(content) < pydicom_fallback.MAX_ODD_HEADER_BYTES
    with pytest.raises(UnreadableError, match="too many of its lengths are undefined"):
        pydicom_fallback.read(io.BytesIO(content), len(content))


# Numbers.


EXTREME = ["1e308", "-1e308", "1.7e308", "9e14", "-9e14", "1e200", "5e-324", "0"]


@pytest.mark.parametrize("keyword", ["ImagePositionPatient", "ImageOrientationPatient"])
def test_geometry_of_enormous_numbers_is_judged_and_drawn(keyword):
    """Six images, 1 KB: V3-198 stopped, and the HTML report, and with it the gear, too."""
    values = {
        "ImagePositionPatient": [f"0\\0\\{n}" for n in EXTREME],
        "ImageOrientationPatient": [f"{n}\\0\\0\\0\\{n}\\0" for n in EXTREME],
    }[keyword]
    each = make.each(*[make.raw(value.encode()) for value in values])
    instances = pack.read(make.ct(len(values), **{keyword: each}))[0].instances
    targets.judge_instances(instances, draw=True)


@pytest.mark.parametrize("number", ["9e14", "1e308"])
def test_orientations_that_are_all_enormous(number):
    orientation = make.raw(f"{number}\\0\\0\\0\\{number}\\0".encode())
    places = [0, 1, 4, 9, 16]
    instances = pack.read(make.ct(z=places, ImageOrientationPatient=orientation))[0].instances
    targets.judge_instances(instances, draw=True)


@pytest.mark.parametrize("vr", ["FD", "LO", "SL", "UV"])
def test_numbers_in_another_vr_than_is_due(vr):
    value = {
        "FD": struct.pack("<d", 1e308),
        "LO": b"1e308 ",
        "SL": struct.pack("<l", -(2**31)),
        "UV": struct.pack("<Q", 2**64 - 1),
    }[vr]
    tags = (0x00280002, 0x00280010, 0x00280011, 0x00280100, 0x00280103, 0x00540071, 0x00200013)
    elements = [raw.element(tag, vr, value) for tag in tags]
    pixel_data = raw.element(0x7FE00010, "OW", bytes(32))
    targets.check_file(raw.image(*elements, pixel_data))


def test_a_picture_that_cannot_be_drawn_costs_the_picture(tmp_path, monkeypatch, caplog):
    def broken(*_):
        message = "SECRET"
        raise ValueError(message)

    path = pack.zip_file(tmp_path, make.ct(3))
    report = check(path)
    for name in ("pictures_of", "thumbnail_of"):
        monkeypatch.setattr(f"fw_gear_viewer_check.reports.html.{name}", broken)
    assert "No picture of the middle image: drawing it stopped." in render_html(report, source=path)
    assert caplog.text.count("a picture could not be drawn: ValueError") == 2
    assert "SECRET" not in caplog.text


# Many of one thing for each of another.


def test_what_is_said_of_the_archive_is_found_once(tmp_path):
    """1,000 series beside 98,000 other files: 99,000 names for each series, and 1.3 GB."""
    images = {f"{n}.dcm": raw.image(number=n, series=f"1.2.{n}") for n in range(1, 4)}
    report = check(pack.zip_file(tmp_path, {**images, "a.txt": b"text", ".b": b"hidden"}))
    for id_ in ("ZIP-102", "ZIP-103", "ZIP-104", "ZIP-191", "ZIP-192", "ZIP-193"):
        findings = [r.finding for r in report.results if r.requirement.id == id_]
        assert len(findings) == 3
        assert all(finding is findings[0] for finding in findings)


def test_a_segmentation_is_compared_with_series_that_hold_its_images_only():
    """20,000 segmentations beside 990 series were compared with each of them, three times."""
    several = [
        pack.read(make.ct(2, SeriesInstanceUID=uid, SOPInstanceUID=make.each(f"{uid}.1", "1.9")))
        for uid in ("1.2.1", "1.2.2", "1.2.3")
    ]
    instances = tuple(i for (series,) in several for i in series.instances)
    lookup = LocalLookup([("this input", instances)])

    def found(uid):
        series = lookup.reference_images({"1.2.2": frozenset({uid})}).series
        return [one.series_instance_uid for one in series]

    assert found("1.2.2.1") == ["1.2.2"]
    assert found("1.9") == ["1.2.2", "1.2.1", "1.2.3"]
    assert found("1.8") == ["1.2.1"]


def test_a_frame_is_compared_with_few_of_the_images_that_lie_at_one_place():
    """Frames 0.1 nm apart, and those of a segmentation just off them: 13 KB took half a minute."""
    compared = []

    class Noted(tuple):
        __slots__ = ()

        def __iter__(self):
            compared.append(1)
            return super().__iter__()

    places = Places(Noted((n * 1e-7, 0, 0)) for n in range(1000))
    compared.clear()
    assert (0.00195, 0, 0) not in places
    assert 0 < len(compared) < 100
    assert (0, 0, 0.001) in places


def test_inputs_of_a_survey_are_read_once_for_all_segmentations_of_one():
    images = pack.read(make.ct(2))[0].instances
    uid = images[0].data.text("SeriesInstanceUID")
    asked = []

    def reading(names):
        asked.extend(names)
        return image_series("", images)

    lookup = SurveyLookup({}, {uid: ["ct.zip"], "1.2.9": ["ct.zip"]}, reading)
    wanted = {uid: frozenset({images[0].sop_instance_uid})}
    lookup.reference_images({"1.2.9": frozenset({"1"})})
    answers = [lookup.reference_images(wanted) for _ in range(5)]
    assert asked == ["ct.zip"]
    assert all(answer.is_complete(wanted) and not answer.reason for answer in answers)


def indexed(inputs, refers_to):
    """Return what an index says of a segmentation: which inputs are read, and what is cut."""
    with closing(Index()) as index:
        for name, holds in (("seg.zip", ()), *inputs.items()):
            file = SourceFile(name, 1, "")
            index.add_input(Input(name, (file,)), "")
            refers = refers_to if name == "seg.zip" else ()
            record = Record(name, name, "", "", holds=tuple(holds), refers_to=tuple(refers))
            index.add_judged(record, Path("journal"), 0, 0)
        (related,) = (found for one, found in index.related() if one.name == "seg.zip")
    return related


def test_no_more_inputs_are_read_again_than_is_bearable():
    many = {f"{n:03}.zip": ["1.2"] for n in range(MOST_READ_AGAIN + 5)}
    related = indexed(many, ["1.2"])
    assert len(related.holders["1.2"]) == MOST_READ_AGAIN
    assert related.cut == {"1.2"}
    lookup = SurveyLookup({}, {"1.2": ["a.zip"]}, lambda _name: (), cut=related.cut)
    answer = lookup.reference_images({"1.2": frozenset({"1"})})
    assert answer.reason == "more than 32 inputs contain reference series: not all were read"


def test_inputs_with_one_series_take_nothing_from_another_series():
    """They were read first, in order of UIDs, and the images of the other series never."""
    many = {f"{n:03}.zip": ["1.1"] for n in range(MOST_READ_AGAIN + 5)}
    related = indexed({**many, "copy.zip": ["1.2"], "images.zip": ["1.2"]}, ["1.1", "1.2"])
    assert [one.name for one in related.holders["1.2"]] == ["copy.zip", "images.zip"]
    assert len(related.holders["1.1"]) == MOST_READ_AGAIN - 2
    assert related.cut == {"1.1"}


def test_an_input_with_many_series_of_segmentations_is_read_once():
    """It was read for each of them, and for no more than a hundred."""
    uids = [f"1.2.{n}" for n in range(1, 2 * MOST_READ_AGAIN)]
    related = indexed({"images.zip": uids}, uids)
    assert all([one.name for one in related.holders[uid]] == ["images.zip"] for uid in uids)
    assert not related.cut


def test_a_document_of_many_series_is_written_in_pieces(monkeypatch, tmp_path):
    monkeypatch.setattr(json_report, "_TOKENS", 7)
    report = check(pack.zip_file(tmp_path, make.ct(2)))
    pieces = list(json_report.pieces([json_report.input_of("a", report)]))
    assert len(pieces) > 100
    assert "".join(pieces) == json_report.to_text("a", report)


# Pictures.


def picture(tmp_path, content, caplog):
    """Return what the HTML page says of the thumbnail; nothing may be logged."""
    path = pack.zip_file(tmp_path, {"a.dcm": content})
    text = render_html(check(path), source=path)
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING] == []
    return text


def slice_of(syntax, pixel_data, rows=4, before=b""):
    """Return a grey image of eight bits with this element of pixel data."""
    numbers = ((0x00280002, 1), (0x00280010, rows), (0x00280011, rows), (0x00280100, 8),
               (0x00280101, 8), (0x00280102, 7), (0x00280103, 0))  # fmt: skip
    elements = [raw.element(tag, "US", struct.pack("<H", n)) for tag, n in numbers]
    elements.insert(1, raw.text(0x00280004, "CS", "MONOCHROME2"))
    position = raw.text(0x00200032, "DS", "0\\0\\0")
    orientation = raw.text(0x00200037, "DS", "1\\0\\0\\0\\1\\0")
    in_space = (position, orientation, *elements)
    return raw.image(before, *in_space, pixel_data, transfer_syntax=syntax)


def fragments(*contents):
    items = b"".join(raw.item(pad(content)) for content in contents)
    end = raw.implicit(raw.SEQUENCE_END)
    return raw.element(0x7FE00010, "OB", raw.item(b"") + items + end, raw.UNDEFINED)


TOO_LONG = "it takes too long to decode (its {} is too long)"


def test_a_header_that_pydicom_would_chew_on_gives_no_picture(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(pixels, "MAX_PYDICOM_HEADER_BYTES", 4000)
    plain_pixels = raw.element(0x7FE00010, "OB", bytes(16))
    tiny = b"".join(raw.element(0x00091000 + n, "LO") for n in range(1000))
    assert "data:image/png" in picture(tmp_path, slice_of(make.EXPLICIT, plain_pixels), caplog)
    page = picture(tmp_path, slice_of(make.EXPLICIT, plain_pixels, before=tiny), caplog)
    assert TOO_LONG.format("header") in page


def test_a_character_set_of_a_million_parts_gives_no_picture(tmp_path, caplog):
    plain_pixels = raw.element(0x7FE00010, "OB", bytes(16))
    names = raw.element(0x00080005, "UN", MANY_PARTS * 8)
    page = picture(tmp_path, slice_of(make.EXPLICIT, plain_pixels, before=names), caplog)
    assert TOO_LONG.format("header") in page


def test_a_header_of_many_items_gives_no_picture(tmp_path, caplog):
    """8 KB in a zip took 16 s."""
    plain_pixels = raw.element(0x7FE00010, "OB", bytes(16))
    items = raw.element(0x00091010, "SQ", raw.item(b"") * 150_000)
    page = picture(tmp_path, slice_of(make.EXPLICIT, plain_pixels, before=items), caplog)
    assert TOO_LONG.format("header") in page


def test_a_table_that_pydicom_would_search_for_hours(tmp_path, caplog):
    """The walker steps over what is not judged; the picture asks pydicom for it."""
    table = raw.element(0x00283110, "SQ", ENDLESS_OB * 20_000)
    plain_pixels = raw.element(0x7FE00010, "OB", bytes(16))
    content = slice_of(make.EXPLICIT, table + plain_pixels)
    assert TOO_LONG.format("header") in picture(tmp_path, content, caplog)


def test_a_deflated_image_is_not_inflated_for_a_picture(tmp_path, caplog):
    """5 KB in a zip took all the memory there was."""
    whole = slice_of(make.DEFLATED, raw.element(0x7FE00010, "OB", bytes(16)))
    meta = raw.meta(make.DEFLATED)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    content = meta + packer.compress(whole[len(meta) :]) + packer.flush()
    assert "it is deflated" in picture(tmp_path, content, caplog)


def test_run_lengths_of_far_more_than_the_image(tmp_path, caplog, monkeypatch):
    """Python decodes them, to 64 times what is there: 76 KB in a zip took 3 GB."""
    monkeypatch.setattr(pixels, "_SLACK", 2000)
    head = struct.pack("<16L", 1, 64, *[0] * 14)
    fine = slice_of(RLE, fragments(head + b"\xf1\x05"))
    assert "data:image/png" in picture(tmp_path, fine, caplog)
    bomb = slice_of(RLE, fragments(head + b"\x81\0" * 5000))
    assert TOO_LONG.format("frame") in picture(tmp_path, bomb, caplog)


def test_millions_of_empty_fragments(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(pixels, "MAX_FRAME_BYTES", 5_000)
    monkeypatch.setattr(pixels, "_SLACK", 2000)
    bomb = slice_of(make.JPEG, fragments(*[b""] * 2000))
    assert decoder.NOT_READ in picture(tmp_path, bomb, caplog)


def code_stream(tiles=1, more=b""):
    """Return JPEG 2000 of 256 x 255 pixels, in tiles of so many: none of them is coded."""
    size = struct.pack(">HH8IH", 41, 0, 256, 255, 0, 0, tiles, tiles, 0, 0, 1) + b"\7\1\1"
    coding = struct.pack(">HBBHBBBBBB", 12, 0, 0, 1, 0, 0, 4, 4, 0, 1)
    quantum = struct.pack(">HBB", 4, 0x40, 0x40)
    head = b"\xff\x4f\xff\x51" + size + b"\xff\x52" + coding + b"\xff\x5c" + quantum
    return head + more + b"\xff\x90" + struct.pack(">HHIBB", 10, 0, 14, 0, 1) + b"\xff\x93\xff\xd9"


def transform(size):
    return b"\xff\x74" + struct.pack(">HHHH", 8 + size, 0, 0, 0) + bytes(size)


def exif(count):
    out = io.BytesIO()
    Image.new("L", (8, 8)).save(out, "JPEG")
    segment = b"\xff\xe1" + struct.pack(">H", 18) + b"Exif\0\0" + bytes(10)
    return out.getvalue()[:2] + segment * count + out.getvalue()[2:]


@pytest.mark.process
@pytest.mark.parametrize(
    ("syntax", "content"),
    [
        ("1.2.840.10008.1.2.4.90", lambda: code_stream(more=transform(16_000))),
        (make.JPEG, lambda: exif(300_000)),
    ],
)
def test_what_a_decoder_would_take_without_end(tmp_path, caplog, monkeypatch, syntax, content):
    """17 KB took 1.7 GiB, and 38 KB in a zip more than seven minutes."""
    monkeypatch.setattr(decoder, "MAX_SECONDS", 2)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    page = picture(tmp_path, slice_of(syntax, fragments(content()), 255), caplog)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert decoder.NOT_READ in page
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 4


@pytest.mark.process
def test_what_decodes_a_frame_has_no_memory_without_end():
    """Its limits are those of the system: what is not to be had is not taken."""
    code = (
        "import sys; from fw_gear_viewer_check.dicom import decoder; "
        "decoder._set_limits(decoder.MAX_MEMORY, 5); bytearray(decoder.MAX_MEMORY)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.endswith("MemoryError\n")


def test_a_palette_of_endless_segments(tmp_path, caplog):
    """Six bytes make 65,535 entries: 1 KB in a zip took all the memory there was."""
    segments = struct.pack("<3H", 0, 1, 5) + struct.pack("<3H", 1, 65535, 7) * 5
    tables = [raw.element(0x00281221 + n, "OW", segments) for n in range(3)]
    described = [raw.element(0x00281101 + n, "US", struct.pack("<3H", 0, 0, 16)) for n in range(3)]
    pixel_data = raw.element(0x7FE00010, "OB", bytes(16))
    clean = raw.text(0x00280301, "CS", "NO")
    content = slice_of(make.EXPLICIT, b"".join((clean, *described, *tables, pixel_data)))
    content = content.replace(b"CS\x0c\0MONOCHROME2 ", b"CS\x0e\0PALETTE COLOR ")
    assert "its palette is not stored entry by entry" in picture(tmp_path, content, caplog)


@pytest.mark.process
def test_what_a_decoder_fails_on_is_not_logged(tmp_path, caplog):
    """Its messages, and their tracebacks, were errors in the log of the job."""
    for syntax in (make.JPEG, "1.2.840.10008.1.2.4.90", RLE):
        page = picture(tmp_path, slice_of(syntax, fragments(b"no image at all")), caplog)
        assert "No picture of the middle image" in page
    assert logging.getLogger("pydicom").isEnabledFor(logging.WARNING)


# As large as they can be.


@pytest.mark.slow
def test_a_thousand_series_beside_a_hundred_thousand_files(tmp_path):
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for n in range(1000):
            archive.writestr(f"a{n:04}", raw.image(number=n, series=f"1.2.{n}"))
        for n in range(98_000):
            archive.writestr(f"b{n:05}", b"x")
    found = measured.check(path, seconds=60)
    assert found["series"] == 1000


@pytest.mark.slow
def test_the_same_element_a_hundred_million_times(tmp_path):
    path = tmp_path / "again.zip"
    content = raw.image(raw.element(0x00080060, "CS", b"CT") * (12 << 20))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(17):
            archive.writestr(f"{n:02}", content)
    found = measured.check(path, seconds=150)
    assert any("24,000,000 elements" in problem for problem in found["problems"])


# Frames times items.


def calls_of(function, *arguments):
    """Return how many functions a call calls, and how many generators it resumes."""
    called = 0

    def count(_frame, event, _argument):
        nonlocal called
        called += event == "call"

    sys.setprofile(count)
    try:
        function(*arguments)
    finally:
        sys.setprofile(None)
    return called


@pytest.mark.long
@pytest.mark.parametrize("kind", [make.enhanced_mr, make.cr, make.nm])
@pytest.mark.parametrize("sequence", [k for k, v in attributes.TREE.items() if v is not None])
def test_frames_and_items_do_not_multiply(tmp_path, kind, sequence):
    """A file of 65 KB, with 8,000 frames and as many items, took 20 s; twice that, four times."""
    _, (instance, *_) = read_input(pack.zip_file(tmp_path, kind()[:1]))
    item = (instance.data.items_of(sequence) or [EmptyItem()])[0]
    few, many = (
        calls_of(
            targets.judge_instances,
            [
                replace(
                    instance,
                    data=DataSet({**instance.data, sequence: (item,) * n, "NumberOfFrames": n}),
                )
            ],
        )
        for n in (100, 400)
    )
    assert many < 5 * few


def copies_of_an_image(count):
    """Return images with one SOPInstanceUID, which differ in what a segmentation ignores."""
    row = [f"{1 - n * 1e-9:.9f}\\0\\0\\0\\1\\0" for n in range(count)]
    return make.ct(count, SOPInstanceUID="1.2.9", ImageOrientationPatient=make.each(*row))


def series_with_an_image(count):
    """Return a series for each image; all images have one SOPInstanceUID."""
    series = make.each(*[f"1.2.{n}" for n in range(count)])
    return make.ct(count, SOPInstanceUID="1.2.9", SeriesInstanceUID=series)


@pytest.mark.parametrize("images_of", [copies_of_an_image, series_with_an_image])
def test_segmentations_and_images_do_not_multiply(tmp_path, images_of):
    """A zip of 3.4 MB, with 5,000 segmentations and as many copies of an image, took 85 s."""

    def judging(count):
        images = images_of(count)
        segmentations = [make.seg(images[:1], SOPInstanceUID=f"1.3.{n}")[0] for n in range(count)]
        archive, instances = read_input(pack.zip_file(tmp_path, [*images, *segmentations]))
        lookup = LocalLookup([("this input", instances)])
        series = Series("1.3", instances[count:], archive, lookup)
        return calls_of(lambda: (reference_found(series), fits_reference(series)))

    few, many = judging(20), judging(80)
    assert many < 5 * few
