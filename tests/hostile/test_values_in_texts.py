"""A name, a date or a number of a patient in the place of any attribute that is read, in no output.

Each attribute in turn holds them, as a file may that lies about its VR: in all images, in one, and
in each a little different. The series are changed after they were read, for there are thousands.
"""

import json
import re
import struct
from dataclasses import replace
from functools import partial
from itertools import product

import pytest

from fuzz import edits
from fw_gear_viewer_check import check
from fw_gear_viewer_check.checker import judging
from fw_gear_viewer_check.checker.options import Options
from fw_gear_viewer_check.dicom import attributes, elements
from fw_gear_viewer_check.model.archive import Archive
from fw_gear_viewer_check.model.data_set import VALUES_DUE, DataSet
from fw_gear_viewer_check.model.limits import MAX_FRAMES
from fw_gear_viewer_check.model.lookup import LocalLookup
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.reports import (
    csv_table,
    facts,
    job_log,
    json_report,
    pictures,
    qc_info,
    repair_plan,
    rows,
    text,
)
from fw_gear_viewer_check.reports.html import render_html
from tests import make, pack

NAME, DATE, SHORT_DATE = "SMITH^JOHN", 19700131, 700131
_UID = re.compile(r"(?<!\d)[0-2](\.\d+){2,}")
_TOLD = re.compile(
    r"SMITH|(?<!\d)700[, ]?13[1-9]|(?<![\d.,])\d{7,}|(?<![\d.,])\d{1,3}(?:,\d{3}){2,}"
    r"|(?<![\w.])\d+(?:\.\d+)?e\+?\d+"
)
"""The marks, and every number of a million and more, however it is written."""
SYNTAX = ("TransferSyntaxUID",)


def kinds():
    images, places = make.ct(2), [0, 0, 3, 3, 6, 6]
    tilted = make.each(*[make.AXIAL] * 3, [1, 0, 0, 0, 0.9, 0.4])
    captures = make.ct(2, SOPClassUID=make.SC, SOPInstanceUID=make.each("1.2.7", "1.2.8"))
    phases = {
        f"{make.PER_FRAME}[{n}].FrameContentSequence": [{"TemporalPositionIndex": n % 2 + 1}]
        for n in range(6)
    }
    counts = {"Units": "CNTS", "(7053,1000)": "0.5", "(7053,1009)": "0.5"}
    slots = {"TimeSlotVector": [1, 1, 2, 2], "SliceVector": [1, 2, 1, 2]}
    return {
        "ct": make.ct(4),
        "4d": make.ct(z=places, AcquisitionNumber=make.each(1, 2, 1, 2, 1, 2)),
        "uneven": make.ct(z=[0, 3, 4, 9]),
        "tilted": make.ct(4, ImageOrientationPatient=tilted),
        "mosaic": make.mr(3, ImageType=["ORIGINAL", "PRIMARY", "M", "MOSAIC"]),
        "pt": make.pt(4, WindowCenter=10_000, WindowWidth=20_000),
        "pt in counts": make.pt(4, **counts),
        "cr": make.cr(),
        "us": make.us(2),
        "nm": make.nm(frames=4),
        "nm 4d": make.nm(frames=4, **slots),
        "enhanced 4d": make.enhanced_mr(z=places, **phases),
        "seg": [*images, *make.seg(images)],
        "rtstruct": [*images, *make.rtstruct(images)],
        "rtdose": make.enhanced_mr(3, Modality="RTDOSE", SOPClassUID=f"{make.STORAGE}481.2"),
        "sr": make.sr(),
        "pr": make.sr(SOPClassUID=f"{make.STORAGE}11.1", Modality="PR"),
        "two classes": [*make.ct(3), *captures],
    }


def paths(instances, *, in_all):
    """Yield what is read, and its VR; ``in_all`` also in sequences that the series does not have.

    What of an identifying value is only its presence, or a count, is not in the model.
    """
    there = {keyword for instance in instances for keyword in instance.data}
    without_values = elements.PRESENCE_ONLY | attributes.COUNTED | attributes.MEASURED
    for path in edits._paths():
        *sequences, keyword = path.keywords
        if path.vr == "SQ" or keyword in without_values:
            continue
        if in_all or there.issuperset(sequences[:1]):
            yield path.keywords, path.vr
    yield SYNTAX, "UI"


def trials(vr, images):
    """Yield what is put in the place of a value: a mark by number, and the number in each image.

    Numbers are of the kind that the VR has, and of the other one.
    """
    own, other = (float, int) if vr in {"DS", "FD", "FL"} else (int, float)
    same, each = dict.fromkeys(range(images), 0), {n: n for n in range(images)}
    yield lambda _: NAME, same
    yield lambda number: str(DATE + number), each
    yield lambda number: str(SHORT_DATE + number), same
    yield lambda number: other(DATE + number), same
    for places in (same, each, {0: 0}, {images - 1: 0}) if images > 1 else (same,):
        yield lambda number: own(DATE + number), places


def shapes(keyword, old):
    """Yield functions from a mark to a value: alone, and as one or all of several."""
    given = old if isinstance(old, tuple) else (0,) * VALUES_DUE.get(keyword, 1)
    yield lambda mark: mark
    if len(given) > 1:
        yield lambda mark: (*given[:-1], mark)
        yield lambda mark: (mark,) * len(given)


def changed(data, path, value, number):
    """Return a data set with another value; in each item of a sequence its own."""
    keyword, *rest = path
    new = DataSet(data)
    if rest:
        items = enumerate(data.items_of(keyword) or (DataSet(),), start=number)
        new[keyword] = tuple(changed(item, rest, value, n) for n, item in items)
    else:
        new[keyword] = value(number)
    return new


def variants(instances, *, in_all=False):
    """Yield the series with marks in one attribute, and which one it is."""
    for path, vr in paths(instances, in_all=in_all):
        found = (value_at(i.data, path) for i in instances)
        old = next((value for value in found if value is not None), None)
        for shape, (mark, places) in product(shapes(path[-1], old), trials(vr, len(instances))):
            value = partial(lambda shape, mark, number: shape(mark(number)), shape, mark)
            made = list(instances)
            for n, number in places.items():
                if path == SYNTAX:
                    made[n] = replace(made[n], transfer_syntax_uid=str(value(number)))
                else:
                    made[n] = replace(made[n], data=changed(made[n].data, path, value, number))
            # The reader refuses an image that declares too many.
            if all(one.number_of_frames <= MAX_FRAMES for one in made):
                yield path, tuple(made)


def value_at(data, path):
    for keyword in path[:-1]:
        data = data.first_item(keyword)
    return data.get(path[-1])


def judged(instances):
    archive = Archive("made.zip", is_container=True)
    lookup = LocalLookup([("this input", instances)])
    found = judging._by_series(instances)
    series = [Series(uid, same, archive, lookup) for uid, same in found]
    return judging.report_on(archive, series, Options())


def content(report):
    """Return all that the outputs are made of: what was written once is not written again."""
    return repr(
        [
            (
                facts.title_of(one),
                facts.facts_of(one),
                rows.viewer(one),
                pictures.pictures_of(one.series),
                [(r.status, r.finding.evidence, r.finding.code) for r in one.results],
                [r.repair and (r.repair.text, r.repair.config) for r in one.results],
            )
            for one in report.series
        ]
    )


def outputs(report):
    yield text.to_text(report)
    yield repair_plan.to_text(report)
    yield json_report.to_text("made.zip", report)
    yield json.dumps(qc_info.qc_block(report))
    yield csv_table.to_csv(report)
    yield "\n".join(job_log.lines(report))
    yield render_html(report)


def told(output):
    """Return the marks, and the large numbers, that are no part of a UID."""
    return set(_TOLD.findall(_UID.sub("", output)))


@pytest.mark.long
@pytest.mark.parametrize("kind", kinds())
def test_no_output_shows_what_stands_in_the_place_of_a_value(kind):
    instances = tuple(i for series in pack.read(kinds()[kind]) for i in series.instances)
    before = judged(instances)
    usual = {line for one in outputs(before) for line in one.splitlines()}
    numbers = told("\n".join(usual))
    known, shown, tried = {content(before)}, [], 0
    for path, made in variants(instances, in_all=kind == "ct"):
        tried += 1
        report = judged(made)
        new = content(report)
        if new not in known:
            known.add(new)
            lines = {line for one in outputs(report) for line in one.splitlines()} - usual
            shown += [(path, more) for line in lines if (more := told(line) - numbers)]
    assert tried > 350
    assert len(known) > 5
    assert shown == []


def test_a_text_that_the_viewer_reads_as_a_number_is_not_shown():
    """It may be a short number of a patient; the viewer makes a distance of it all the same."""
    instances = pack.read(make.ct(3))[0].instances
    for number in (4321.0, "4321"):
        data = DataSet(instances[2].data | {"ImagePositionPatient": (0, 0, number)})
        report = judged((*instances[:2], replace(instances[2], data=data)))
        (failure,) = report.series[0].viewer.failures
        numbers = "" if isinstance(number, str) else ": 3.00 mm, where 2160.50 mm ± 432.10 mm is"
        assert failure.reason.startswith(f"1 of 2 gaps are irregular{numbers}")
        assert ("mm" in failure.reason) is bool(numbers)


def test_the_reason_of_no_picture_shows_no_number_that_may_be_a_date(tmp_path):
    lines = make.raw(struct.pack("<L", DATE), "UL")
    path = pack.zip_file(tmp_path, make.ct(1, Rows=lines, PixelData=bytes(32)))
    page = render_html(check(path), source=path)
    assert "it takes too long to decode (4 x (not shown) pixels)" in page
    assert told(page.partition("</style>")[2]) == set()


@pytest.mark.parametrize(
    "output",
    [
        *("SMITH^JOHN", "19700131 mm", "19700131.0", "1.97001e+07", "19,700,131", "- 19,700,131"),
        *("700131", "700,131", '"suv_factor": 6566710.3,'),
    ],
)
def test_the_search_finds_what_is_written_in_other_ways(output):
    assert told(output)
    assert told("1.2.840.10008.5.1.4.1.1.2 0.00018918918918, 512 x 512, 100,000 images") == set()
