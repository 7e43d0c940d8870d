"""A reader that has met other headers reads each as a reader that has met none."""

import io
import os
import random
import struct
import zipfile
from pathlib import Path

import pytest

from fw_gear_viewer_check.dicom import header, runs
from fw_gear_viewer_check.dicom.header import HeaderReader
from fw_gear_viewer_check.dicom.streams import MOST_EXPECTED
from fw_gear_viewer_check.model import limits
from fw_gear_viewer_check.model.limits import MAX_ELEMENTS, Budget, SpentError
from tests import make, pack
from tests.dicom.test_differential import BUNDLED
from tests.elements import (
    CLASS,
    ITEM_END,
    ITS_EXCEPTIONS,
    MODALITY,
    PIXELS,
    REFERENCED,
    ROWS,
    SEQUENCE_END,
    UNDEFINED,
    element,
    item,
)

CORPUS = Path(
    os.environ.get("VIEWER_CHECK_CORPUS", Path(__file__).parents[3] / "shared" / "corpus")
)
TABLE = HeaderReader().table
TOP = (id(TABLE), True, 0)


def repeatable(seed):
    return random.Random(seed)  # noqa: S311 - nothing is kept secret by it


def outcome(reader, content):
    """Return what a reader makes of a stream: its header, or its error."""
    try:
        return reader.read(io.BytesIO(content), len(content))
    except ITS_EXCEPTIONS as error:
        return type(error), str(error)


def compare(contents):
    """Read all with one reader and each with a new one; return the reader of all."""
    reader = HeaderReader(TABLE)
    for content in contents:
        assert outcome(reader, content) == outcome(HeaderReader(TABLE), content)
    return reader


def test_bundled_files_of_all_kinds_in_any_order():
    contents = [path.read_bytes()[:200_000] for path in BUNDLED]
    for seed in range(3):
        compare(repeatable(seed).sample(contents, len(contents)))


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
@pytest.mark.parametrize(
    "path", sorted((CORPUS / "series").glob("*.zip")), ids=lambda p: p.name.partition(".dicom")[0]
)
def test_series_of_the_corpus(path):
    with zipfile.ZipFile(path) as archive:
        names = [m for m in archive.namelist() if not m.endswith("/")][:60]
        compare([archive.open(name).read(300_000) for name in names])


@pytest.mark.parametrize("uid", [make.EXPLICIT, make.IMPLICIT, make.DEFLATED])
@pytest.mark.parametrize("maker", [make.ct, make.pt, lambda n: make.enhanced_mr(3, n=n)])
def test_images_of_a_series_are_walked_once(maker, uid, monkeypatch):
    monkeypatch.setattr(limits, "STEPS_OF_ELEMENT", 10**9)  # a run is one step
    contents = [pack.to_bytes(image, uid) for image in maker(12)]
    reader = compare(contents)
    elements = reader.budget.elements
    reader.read(io.BytesIO(contents[-1]), len(contents[-1]))
    fresh = HeaderReader(TABLE)
    before = fresh.budget.elements
    fresh.read(io.BytesIO(contents[-1]), len(contents[-1]))
    # What is looked at is counted, however it is reached.
    assert elements - reader.budget.elements == before - fresh.budget.elements
    assert any(place.by_key for place in reader.runs.values())


def test_items_that_nobody_wants_are_learnt_in_one_place():
    """A table made anew for each was a place of its own for each: learnt again, and never freed."""
    inner = item(b"".join(plain(6, 1)[:-1]) + ITEM_END, UNDEFINED)
    private = element(9, 0x1001, b"SQ", inner * 50 + SEQUENCE_END, UNDEFINED)
    reader = compare([CLASS + private + PIXELS] * 5)
    assert len(reader.runs) <= 4


def nested(depth, inner):
    """Return a sequence that nobody wants, in one, in one ..., with so many around the inner."""
    for _ in range(depth):
        inner = element(
            9, 0x1001, b"SQ", item(inner + ITEM_END, UNDEFINED) + SEQUENCE_END, UNDEFINED
        )
    return inner


def test_a_sequence_that_is_the_same_is_stepped_over_as_part_of_a_run(monkeypatch):
    monkeypatch.setattr(limits, "STEPS_OF_ELEMENT", 10**9)  # a run is one step
    items = nested(3, b"".join(plain(6, 1)[:-1]))
    wanted = element(
        *REFERENCED, b"SQ", item(CLASS + ROWS + ITEM_END, UNDEFINED) + SEQUENCE_END, UNDEFINED
    )
    contents = [
        CLASS + wanted + items + element(0x20, 0x13, b"IS", b"%d " % n) + PIXELS for n in range(9)
    ]
    reader = compare(contents)
    (run,) = reader.runs[TOP].by_key.values()
    assert run.size == len(contents[0]) - len(PIXELS)
    fresh = HeaderReader(TABLE)
    fresh.read(io.BytesIO(contents[0]), len(contents[0]))
    before = reader.budget.elements
    reader.read(io.BytesIO(contents[0]), len(contents[0]))
    assert before - reader.budget.elements == MAX_ELEMENTS - fresh.budget.elements
    compare([*contents, contents[0].replace(b"1.5 ", b"1.55"), *contents])


def test_how_deep_a_sequence_lies_counts():
    """Its bytes are those of one that was met higher up, and there they are too deep."""
    inner = nested(3, b"".join(plain(6, 1)[:-1]))
    contents = [CLASS + nested(depth, inner) + PIXELS for depth in (1, 28, 29, 30, 31)]
    reader = compare([*contents, *contents])
    assert [isinstance(outcome(reader, one), tuple) for one in contents] == [False] * 3 + [True] * 2


def plain(count, seed):
    """Return elements of one header as a list, most of them wanted by nobody."""
    random_ = repeatable(seed)
    found = [CLASS, element(8, 0x60, b"CS", b"CT")]
    found += [
        element(9, 0x1000 + n, b"LO", b"x" * random_.randrange(0, 40, 2)) for n in range(count)
    ]
    found.append(element(0x18, 0x50, b"DS", b"1.5 "))
    found += [element(0x19, 0x1000 + n, b"OB", b"y" * random_.randrange(9)) for n in range(count)]
    return [*found, element(0x20, 0x13, b"IS", b"7 "), ROWS, PIXELS]


@pytest.mark.parametrize("seed", range(40))
def test_headers_that_differ_in_some_elements(seed):
    random_ = repeatable(seed)
    base, contents = plain(10, seed), []
    for _ in range(30):
        elements = list(base)
        for _ in range(random_.randrange(4)):
            at = random_.randrange(len(elements))
            action = random_.randrange(6)
            if action == 0:
                del elements[at]
            elif action == 1:
                elements.insert(at, element(0x11, 0x1000, b"LO", b"z" * random_.randrange(9)))
            elif action == 2:
                elements[at] = elements[at][:4] + b"SH" + elements[at][6:]
            elif action == 3:
                changed = bytearray(elements[at])
                changed[random_.randrange(len(changed))] = random_.randrange(256)
                elements[at] = bytes(changed)
            elif action == 4:
                elements[at] = element(*REFERENCED, b"SQ", item(b"".join(base[:-1])))
            else:
                inner = item(b"".join(base[1:-1]) + ITEM_END, UNDEFINED) + SEQUENCE_END
                elements[at] = element(*REFERENCED, b"SQ", inner, UNDEFINED)
        content = b"".join(elements)
        contents.append(content if random_.random() < 0.8 else content[: random_.randrange(600)])
    compare(contents)


def test_a_run_is_not_read_beyond_the_item_that_holds_it():
    """Of wanted elements, the first in an item and the others, as a run, behind the sequence."""
    series = element(0x20, 0xE, b"UI", b"1.2.3\0")
    others = [element(9, 0x1000 + n, b"LO", b"ab") for n in range(5)]
    inner = b"".join([*others, series])
    whole = CLASS + element(*REFERENCED, b"SQ", item(inner)) + PIXELS
    for cut in range(0, len(inner), 10):
        items = element(*REFERENCED, b"SQ", item(inner[:cut], struct.pack("<L", cut)))
        compare([whole, whole, CLASS + items + inner[cut:] + PIXELS, whole])


def test_a_header_that_ends_inside_a_run():
    content = b"".join(plain(8, 2))
    compare([content, *(content[:cut] for cut in range(len(content)))])


def test_an_item_that_ends_with_what_is_not_there():
    others = [element(9, 0x1000 + n, b"LO", b"abcdef") for n in range(5)]
    whole = CLASS + element(*REFERENCED, b"SQ", item(b"".join(others)))
    compare([whole[:cut] for cut in range(len(CLASS), len(whole))] + [whole + PIXELS] * 2)


@pytest.mark.long
def test_headers_that_are_never_alike_are_not_learnt_for_ever():
    contents = [
        CLASS + b"".join(element(0x11 + 2 * n, k, b"LO", b"ab") for k in range(200)) + PIXELS
        for n in range(1_000)
    ]
    reader = compare(contents)
    made = sum(len(run.elements) for run in reader.runs[TOP].by_key.values())
    assert made <= runs.MOST_LEARNT + 200


def test_what_is_learnt_is_counted():
    content = b"".join(plain(100, 3))
    reader = HeaderReader(TABLE, Budget(kept=10_000))
    reader.read(io.BytesIO(content), len(content))
    with pytest.raises(SpentError):
        reader.read(io.BytesIO(content), len(content))


def test_an_endless_header_is_not_learnt_whole(monkeypatch):
    monkeypatch.setattr("fw_gear_viewer_check.dicom.header.MOST_LEARNT", 50)
    content = CLASS + b"".join(element(0x11, 0x1000 + n, b"LO", b"ab") for n in range(900)) + PIXELS
    reader = compare([content] * 3)
    assert [len(run.elements) for run in reader.runs[TOP].by_key.values()] == [50, 50, 50]


@pytest.mark.parametrize("length", [1024, 1026, 1500, 4000, 8100])
def test_a_value_that_is_too_long_is_damaged_whatever_was_read_before(length):
    """Where a run was stepped over, a value was taken that had been too long when it was walked."""
    spacing = [element(0x28, 0x30, b"DS", (b"%d\\%d" % (n, n)).ljust(length)) for n in range(1, 9)]
    reader = compare([CLASS + MODALITY + ROWS + one + PIXELS for one in spacing])
    header = outcome(reader, CLASS + MODALITY + ROWS + spacing[0] + PIXELS)
    assert header.data.problem("PixelSpacing").startswith("damaged") == (length > 1024)


def test_what_is_learnt_is_paid_by_the_file_that_it_is_learnt_from():
    """It was taken from the budget of the file that had been the first in such a place."""
    reader = HeaderReader(TABLE)
    outcome(reader, CLASS + PIXELS)
    reader.budget = Budget()
    many = b"".join(element(0x11, n, b"LT", bytes(8000)) for n in range(0x1000, 0x1200))
    before = reader.budget.kept
    outcome(reader, CLASS + many + PIXELS)
    assert before - reader.budget.kept > 2 * len(many)  # a run holds its bytes twice


def test_nothing_is_read_on_for_a_run():
    """A run of 100 MB that another member had taught made honest members be read whole."""
    long = [element(9, n, b"LO", b"x" * 8000) for n in range(0x1000, 0x1400)]
    reader = HeaderReader(TABLE)
    outcome(reader, CLASS + b"".join(long) + PIXELS)
    assert max(run.size for run in reader.runs[TOP].by_key.values()) > 8_000_000
    honest = CLASS + ROWS + PIXELS[:8] + struct.pack("<L", 20_000_000)
    before = reader.budget.walked
    header = reader.read(io.BytesIO(honest + bytes(20_000_000)), len(honest) + 20_000_000)
    assert header.data.number("Rows") == 4
    assert before - reader.budget.walked < 1_000_000


def test_a_run_costs_what_an_element_does():
    """71 million runs of three elements that nobody wants took 84 s."""
    run = b"".join(element(9, n, b"OB", bytes(2)) for n in (0x1001, 0x1002, 0x1003))
    content = CLASS + (run + element(0x11, 1, b"OB", b"")) * 1000 + PIXELS
    reader = HeaderReader(TABLE)
    outcome(reader, content)
    before = reader.budget.elements
    outcome(reader, content)
    assert before - reader.budget.elements > 1000


def test_files_that_fail_do_not_pay_for_the_long_header_before():
    """8,400 texts behind one image took 2 GiB of what may be read of headers."""
    long = CLASS + element(9, 0x1001, b"OB", bytes(200_000)) + ROWS + PIXELS
    texts = b"no DICOM" * 40_000
    reader = HeaderReader(TABLE)
    outcome(reader, long)
    before = reader.budget.walked
    for _ in range(20):
        with pytest.raises(header.NotDicomError):
            reader.read(io.BytesIO(texts), len(texts))
    assert before - reader.budget.walked < 2 * MOST_EXPECTED


@pytest.mark.parametrize("inside", [b"", b"\x62\0\4\0", b"\x62\0\4\0\0\0"])
def test_what_is_behind_a_sequence_does_not_decide_how_it_is_read(inside):
    """An element behind its empty last item made pydicom read it: at the end of a file none did."""
    sequence = element(0x62, 2, b"UN", item(inside) + SEQUENCE_END, UNDEFINED)
    end = element(0x62, 2, b"UN", item(b"") + SEQUENCE_END, UNDEFINED)
    compare([CLASS + ROWS + one + more for one in (end, sequence) for more in (b"", PIXELS, b"")])
    if not inside:
        read = outcome(HeaderReader(TABLE), CLASS + sequence + PIXELS)
        assert len(read.data.items_of("SegmentSequence")) == 1


def test_a_sequence_whose_end_was_not_read_is_not_learnt():
    """Its bytes were cut, and the run of it stopped the reader at the next header that has one."""
    sequence = 0x54, 0x16  # RadiopharmaceuticalInformationSequence
    unread = element(9, 0x1001, b"UT", bytes(9000))
    poison = element(*sequence, b"SQ", item(element(0x18, 0x1074, b"DS", b"1 ") + unread))
    honest = element(*sequence, b"SQ", item(element(0x18, 0x1074, b"DS", b"5.")))
    compare([CLASS + ROWS + one + PIXELS for one in (poison, honest, honest, poison, honest)])
