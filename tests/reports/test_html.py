import re
import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from jinja2 import UndefinedError

from fw_gear_viewer_check.checker.judging import check
from fw_gear_viewer_check.checker.options import Options
from fw_gear_viewer_check.model import text
from fw_gear_viewer_check.ohif.failures import Failure, FailureCode
from fw_gear_viewer_check.ohif.prediction import DisplaySet, Prediction
from fw_gear_viewer_check.reports import html, viewer_list
from fw_gear_viewer_check.reports.html import render_html
from fw_gear_viewer_check.reports.view import ORDER
from fw_gear_viewer_check.requirements.types import Capability, Level, Repair, RepairKind, Status
from fw_gear_viewer_check.system.files import write_text
from tests import hand_made, make, pack

LARGEST = 300_000
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """What a page shows, and how it is built."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.ids, self.links, self.headings = [], [], [], [], []
        self.texts, self.tiles, self.unclosed = [], {}, []
        self.steps, self.headline, self.banner = [], "", ""
        self.feed(text)
        self.steps = [" ".join(step.split()) for step in self.steps]
        self.unclosed += self.open

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if tag not in VOID:
            self.open.append(tag)
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag == "a":
            self.links.append(attributes["href"])
        if tag in {"h1", "h2", "h3", "h4"}:
            self.headings.append(tag)
        if tag == "li" and self.open[-2] == "ol":
            self.steps.append("")
        if attributes.get("class", "").startswith("banner "):
            self.banner = attributes["class"].removeprefix("banner ")
        if "data-capability" in attributes:
            self.tiles.setdefault(attributes["data-capability"], attributes["data-status"])

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_endtag(self, tag):
        if self.open.pop() != tag:
            self.unclosed.append(tag)

    def handle_data(self, data):
        if not {"style", "svg"} & set(self.open):
            self.texts.append(data)
        if "h1" in self.open:
            self.headline += data
        if "ol" in self.open and self.steps:
            self.steps[-1] += data

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


def page_of(folder, datasets, *, thumbnails=False, **options):
    path = pack.zip_file(folder, datasets)
    report = check(path, options=Options(**options))
    return Page(render_html(report, source=path if thumbnails else None))


def page_by_hand(*results, **changes):
    return Page(render_html(hand_made.report(hand_made.series_report(*results, **changes))))


INPUTS = {
    "good": lambda: make.ct(5),
    "uneven": lambda: make.ct(z=[0, 3, 6, 11, 14, 17]),
    "one image": lambda: make.ct(1),
    "tilted": lambda: make.ct(
        4, ImageOrientationPatient=make.each(*[make.AXIAL] * 3, [0, 1, 0, 0, 0, 1])
    ),
    "4D": lambda: make.mr(z=[0, 3, 6] * 2, TemporalPositionIdentifier=make.each(1, 1, 1, 2, 2, 2)),
    "multi-frame": lambda: make.enhanced_mr(6),
    "segmentation": lambda: make.seg(make.ct(3)),
    "report": make.sr,
    "ultrasound": lambda: make.us(2, PhotometricInterpretation="PALETTE COLOR"),
    "PET": lambda: make.pt(3, Units="PROPCNT"),
    "several": lambda: [*make.ct(4), *make.us(2), *make.seg(make.ct(4))],
}


@pytest.fixture(scope="module", params=INPUTS, ids=str)
def page(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    return page_of(folder, INPUTS[request.param](), thumbnails=True)


def test_is_well_formed(page):
    assert page.unclosed == []


def test_ids_are_unique_and_links_lead_somewhere(page):
    assert len(page.ids) == len(set(page.ids))
    assert {link for link in page.links if link.removeprefix("#") not in page.ids} == set()
    references = [
        attributes[name]
        for _, attributes in page.tags
        for name in ("href", "xlink:href", "clip-path")
        if attributes.get(name, "").startswith(("#", "url("))
    ]
    names = {re.sub(r"^url\(|[#)]", "", reference) for reference in references}
    assert names <= set(page.ids)


def test_nothing_is_loaded_and_nothing_runs(page):
    assert not [tag for tag, _ in page.tags if tag in {"script", "link", "iframe", "object"}]
    handlers = [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert handlers == []
    sources = [attributes["src"] for _, attributes in page.tags if "src" in attributes]
    assert all(source.startswith("data:image/png;base64,") for source in sources)


def test_headings_do_not_skip_a_level(page):
    levels = [int(heading[1]) for heading in page.headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_tables_have_headers_with_a_scope_and_pictures_a_text(page):
    assert all("scope" in attributes for tag, attributes in page.tags if tag == "th")
    assert all(attributes["alt"] for tag, attributes in page.tags if tag == "img")
    roles = [attributes for _, attributes in page.tags if attributes.get("role") == "img"]
    assert all(attributes["aria-label"] for attributes in roles)


def test_there_is_a_tile_for_all_that_applies(page):
    assert {"v3_open", "v2_open", "archive"} <= set(page.tiles)
    assert "NOT_APPLICABLE" not in page.tiles.values()
    table = page.text.partition("All requirements")[2]
    assert all(capability.label in table for capability in Capability)


@pytest.mark.parametrize("status", [Status.PASS, Status.FAIL, Status.UNKNOWN])
@pytest.mark.parametrize("capability", list(Capability))
def test_every_state_of_every_capability_is_said_in_words(capability, status):
    page = page_by_hand(
        hand_made.result(status, "XX-101", capability, evidence="what was found", checked=3)
    )
    assert page.tiles[capability] == status
    assert capability.label in page.text
    told = "what was found" in page.text.partition("All requirements")[0].lower()
    assert told is (status is not Status.PASS)


def test_what_does_not_apply_has_no_tile_and_says_so_in_the_table(tmp_path):
    page = page_of(tmp_path, make.ct(3))
    assert set(page.tiles) == {c.value for c in Capability} - {"v3_suv", "v3_overlay"}
    of_pet = page.text.partition("All requirements")[2].partition("PET in SUV")[2]
    assert "\N{EN DASH} Does not apply" in of_pet


def test_a_failure_says_what_where_how_to_repair_it_and_why():
    page = page_by_hand(
        hand_made.result(affected=[f"{n}.dcm" for n in range(12)], checked=40, source="All data")
    )
    details = page.text.rpartition("✗ FAIL No MPR or 3D: ")[2]
    parts = [
        "uneven slice spacing",
        "Gaps of 1 mm and 7 mm. MPR-205",
        "Which: 12 of 40 images",
        "0.dcm",
        "11.dcm",
        "Repair Split the series with dicom-splitter .",
        "The viewer builds one volume.",
        "Each gap is as wide as the average.",
        "(Flywheel's requirements, “All data”)",
    ]
    places = [details.find(part) for part in parts]
    assert -1 not in places
    assert places == sorted(places)


def test_many_names_are_counted():
    names = [f"{n:04}.dcm" for n in range(500)]
    page = page_by_hand(hand_made.result(affected=names, checked=1000))
    assert "0099.dcm and 400 more" in page.text
    assert "0100.dcm" not in page.text


def test_of_all_images_the_first_ten_are_named():
    names = [f"{n:04}.dcm" for n in range(500)]
    page = page_by_hand(hand_made.result(affected=names, checked=500))
    assert "Which: all 500 images" in page.text
    assert "0009.dcm and 490 more" in page.text


def test_what_cannot_be_opened_is_said_once(tmp_path):
    page = page_of(tmp_path, make.ct(3, Rows=make.ABSENT))
    before_the_table = page.text.partition("All requirements")[0].partition("What to do next")[2]
    assert before_the_table.count("Rows is absent in all 3 images. V3-105") == 1
    assert before_the_table.count("V3 does not open it") == 2


def test_v2_is_the_last_and_no_step_of_its_own(tmp_path):
    page = page_of(tmp_path, make.ct(z=[0, 3, 6, 11, 14], RequestedProcedureID=make.ABSENT))
    assert page.tiles["v2_open"] == "FAIL"
    assert page.headline == "Opens in V3 with measurements; no MPR or 3D: uneven slice spacing."
    details = page.text.partition("What to do next")[2]
    assert "V2 opens it ✗ FAIL V2 opens it: only if you use V2" in page.text
    assert "✗ FAIL V2 may not open it: 1 rarely written attribute missing" in details
    assert details.index("✗ FAIL No MPR or 3D") < details.index("✗ FAIL V2 may not open it")
    assert len(page.steps) == 1


def test_v2_is_a_step_where_it_is_required(tmp_path):
    images = make.ct(3, RequestedProcedureID=make.ABSENT)
    page = page_of(tmp_path, images, require=(Capability.V2_OPEN,))
    assert page.banner == "partly"
    assert page.headline.endswith("; V2 may not open it.")
    assert len(page.steps) == 1


@pytest.mark.parametrize(
    ("name", "banner"),
    [
        ("good", "good"),
        ("uneven", "partly"),
        ("one image", "partly"),
        ("segmentation", "unknown"),
        ("report", "good"),
        ("ultrasound", "bad"),
        ("several", "partly"),
    ],
)
def test_the_banner_is_coloured_by_what_a_user_gets(tmp_path, name, banner):
    assert page_of(tmp_path, INPUTS[name]()).banner == banner


def test_the_overall_result_is_decided_by_what_is_required(tmp_path):
    uneven = make.ct(z=[0, 3, 6, 11, 14])
    for capability, result in ((Capability.V3_MPR, "✗ FAIL"), (Capability.V3_OPEN, "✓ PASS")):
        text = page_of(tmp_path, uneven, require=(capability,)).text
        assert f"Overall result: {result}" in text


def test_the_next_step_is_the_repair_with_its_cause(tmp_path):
    page = page_of(tmp_path, make.us(1, PhotometricInterpretation="PALETTE COLOR"))
    (step,) = page.steps
    assert step.startswith("Not supported in V3: ultrasound with palette colours ")
    assert "LIM-104" not in step


def test_a_step_has_the_config_of_its_gear_to_copy():
    repair = Repair(
        RepairKind.GEAR,
        "Split the series with dicom-splitter.",
        "dicom-splitter",
        {"group_by": "", "max_geometric_splits": 10},
        "It deletes its input.",
    )
    (step,) = page_by_hand(hand_made.result(repair=repair)).steps
    assert '"max_geometric_splits": 10' in step
    assert step.endswith("It deletes its input.")


def test_a_step_names_all_that_it_repairs(tmp_path):
    lost = dict.fromkeys(("StudyID", "StudyDate", "RequestedProcedureID"), make.ABSENT)
    (step,) = page_of(tmp_path, make.ct(3, **lost), require=(Capability.V2_OPEN,)).steps
    assert "StudyDate and 2 more attributes missing" in step


def test_why_nothing_can_be_repaired_comes_last():
    none = Repair(RepairKind.NONE, "A mosaic has no volume.")
    export = Repair(RepairKind.EXPORT, "Export it again.")
    page = page_by_hand(
        hand_made.result(repair=none), hand_made.result(Status.FAIL, "MPR-103", repair=export)
    )
    assert [step.partition(".")[0][-15:] for step in page.steps] == [
        "Export it again",
        "c has no volume",
    ]


def test_where_there_is_no_volume_nothing_is_offered_that_makes_none(tmp_path):
    clip = make.us(3, Rows=make.each(4, 4, 8), Columns=4)
    page = page_of(tmp_path, clip)
    assert page.headline.endswith("no MPR or 3D: single views, no volume.")
    assert [step.partition(":")[0] for step in page.steps].count("No MPR or 3D") == 1
    assert "they form no volume" in " ".join(page.steps)
    assert "dicom-splitter grouped by Rows" not in page.text


def test_what_only_follows_is_no_step(tmp_path):
    mosaic = make.mr(z=[0] * 3, ImageType=["ORIGINAL", "PRIMARY", "M", "MOSAIC"])
    page = page_of(tmp_path, mosaic)
    assert len(page.steps) == 1
    assert "mosaic" in page.steps[0]
    assert "MPR-191" in page.text.partition("All requirements")[0]


def test_a_step_names_what_does_not_work():
    page = page_by_hand(
        hand_made.result(),
        hand_made.result(identifier="MEA-101", capability=Capability.V3_MEASURE),
    )
    (step,) = page.steps
    assert step.startswith("No MPR or 3D \N{MIDDLE DOT} Lengths in pixels, not mm: uneven slice")


def test_a_step_says_what_could_not_be_determined_and_why(tmp_path):
    (step,) = page_of(tmp_path, make.rtstruct(make.ct(3))).steps
    assert step.startswith(
        "V3 opens it \N{MIDDLE DOT} Segmentation overlay: reference images needed"
    )


def test_a_step_says_which_images():
    names = [f"{n}.dcm" for n in range(5)]
    for checked, where in ((9, "5 of 9 images: 0.dcm, 1.dcm, ..."), (5, "all 5 images")):
        (step,) = page_by_hand(hand_made.result(affected=names, checked=checked)).steps
        assert f"No MPR or 3D: uneven slice spacing {where} Split" in step


def test_nothing_to_do_for_a_perfect_series(tmp_path):
    text = page_of(tmp_path, make.ct(3)).text
    assert "What to do next Nothing to repair: everything that applies works in V3." in text


def test_notes_change_nothing_and_are_reported():
    page = page_by_hand(
        hand_made.result(Status.PASS),
        hand_made.result(Status.FAIL, "MPR-206", level=Level.NOTE, evidence="two are missing"),
    )
    assert page.tiles["v3_mpr"] == "PASS"
    assert "Note (reported, but never change the result) Two are missing. MPR-206" in page.text


def test_missing_images_are_noted_next_to_nothing_to_do(tmp_path):
    page = page_of(tmp_path, make.ct(z=[3 * k for k in range(30) if k not in {8, 9}]))
    following = page.text.partition("What to do next ")[2]
    note = "Note: missing images"
    assert following.startswith(f"Nothing to repair: everything that applies works in V3. {note}")
    assert "2 images missing in 1 gap" in following
    assert "1 note" in page.text
    assert " FAIL, " not in page.text
    assert "#s1-notes" in page.links
    assert "s1-notes" in page.ids


def test_notes_about_an_archive_are_told_once(tmp_path):
    page = page_of(tmp_path, [*make.ct(3), *make.ct(3), *make.mr(3), *make.pt(3)])
    details = page.text.partition("Skip")[2].partition("All requirements")[0]
    assert details.count("ZIP-192") == 1
    assert page.links.count("#archive-notes") == page.ids.count("archive-notes") == 1


def test_paper_has_no_headings_of_what_does_not_apply(tmp_path):
    page = page_of(tmp_path, make.ct(3))
    groups = [attributes.get("class") for tag, attributes in page.tags if tag == "tbody"]
    in_order = dict(zip(ORDER, groups[-len(Capability) :], strict=True))
    left_out = {Capability.V3_OVERLAY, Capability.V3_SUV}
    assert {c for c, name in in_order.items() if name == "left-out"} == left_out


def test_a_whole_slide_image_is_not_said_to_have_no_images():
    shown = DisplaySet("microscopy", (), 0, reconstructable=False, four_d=False, messages=())
    page = page_by_hand(hand_made.result(), viewer=Prediction((shown,)))
    assert "Whole-slide image \N{EN DASH} \N{EN DASH} none" in page.text


def test_an_error_page_of_the_viewer_follows_what_it_lists():
    shown = DisplaySet("rtstruct", (), None, reconstructable=False, four_d=False, messages=())
    viewer = Prediction(
        (shown,), (Failure(FailureCode.NO_REFERENCE_IMAGES, "it refers to nothing"),)
    )
    text = page_by_hand(hand_made.result(), viewer=viewer).text.partition("viewer shows")[2]
    error = f"{viewer_list.VIEWER} shows an error page: it refers to nothing."
    assert error in text
    assert "Radiotherapy structures" in text.partition(error)[0]
    assert "Radiotherapy structures" not in text.partition(error)[2]


def test_the_viewers_messages_are_explained():
    shown = DisplaySet("stack", (), 28, reconstructable=False, four_d=False, messages=(8, 3))
    page = page_by_hand(hand_made.result(), viewer=Prediction((shown, shown)))
    assert "2 \N{MULTIPLICATION SIGN} Images 28 each no The spacing is uneven." in page.text
    assert "MPR and 3D are not offered." in page.text


def test_a_disagreement_with_the_viewer_is_told_apart():
    shown = DisplaySet("stack", (), 28, reconstructable=True, four_d=False, messages=())
    page = page_by_hand(
        hand_made.result(),
        hand_made.result(
            Status.FAIL, "MPR-193", level=Level.NOTE, evidence="the viewer would offer MPR"
        ),
        viewer=Prediction((shown,)),
    )
    assert "Different from Flywheel's requirements The viewer would offer MPR." in page.text
    assert "Note " not in page.text.partition("All requirements")[0]


def test_a_structure_set_without_its_images_is_no_disagreement(tmp_path):
    alone = page_of(tmp_path, make.rtstruct(make.ct(3)))
    assert "shows an error page: its reference images" in alone.text
    assert "Different from Flywheel's requirements" not in alone.text


def test_several_series_come_worst_first_and_the_archive_is_told_once(tmp_path):
    contents = pack.members([*make.ct(4), *make.us(2, PhotometricInterpretation="PALETTE COLOR")])
    path = pack.zip_file(tmp_path, {**contents, "Thumbs.db": b"x"})
    page = Page(render_html(check(path)))
    assert page.text.index("Series 1: US, 2 images") < page.text.index("Series 2: CT, 4 images")
    told = page.text.partition("All requirements")[0].partition("What to do next")[2]
    assert told.count("ZIP-104") == 1
    assert told.count("ZIP-102") == 1


def test_a_tile_of_several_series_counts_those_that_fail(tmp_path):
    ultrasound = make.us(2, PhotometricInterpretation="PALETTE COLOR")
    series = [*make.ct(4), *ultrasound, *make.sr()]
    page = page_of(tmp_path, series)
    tiles = page.text.partition("What to do next")[0]
    assert "V3 opens it: 1 of 3 series" in tiles
    assert "MPR and 3D: 1 of 2 series" in tiles
    assert "Archive is clean: 3 series in one archive" in tiles


@pytest.mark.long
def test_of_very_many_series_the_worst_are_told_and_the_others_listed(tmp_path):
    series = [make.ct(1, SeriesInstanceUID=f"1.2.3.{n}")[0] for n in range(60)]
    text = render_html(check(pack.zip_file(tmp_path, series)))
    page = Page(text)
    assert "The 60 series Series, worst first" in page.text
    assert "Details of the 12 worst are below; all are in the CSV." in page.text
    assert text.count('class="series"') == 12
    assert len(text.encode()) < 2 * LARGEST


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.zip", b"not a zip", "not a zip, or its directory is damaged"),
        ("b.zip", b"", "empty (0 bytes)"),
        ("c.dcm", b"some text that is no DICOM", "not DICOM"),
        ("d.zip", pack.zip_bytes({}), "no file"),
        ("e.zip", pack.zip_bytes({"a.txt": b"text"}), "not DICOM"),
    ],
)
def test_an_input_without_dicom_says_so_once(tmp_path, name, content, found):
    path = tmp_path / name
    path.write_bytes(content)
    page = Page(render_html(check(path), source=path))
    assert page.unclosed == []
    told = page.text.partition("All requirements")[0]
    assert page.headline == "Does not open: no readable DICOM."
    assert "in the input" not in told
    assert f"Found: {found}" in told
    assert "The viewer shows only DICOM images and documents, and none could be read." in told
    assert "V3-101" not in told
    assert "StudyInstanceUID" not in told
    assert len(page.steps) <= 2


@pytest.mark.process
def test_the_same_report_gives_the_same_bytes_also_in_another_process(tmp_path):
    path = pack.zip_file(tmp_path, INPUTS["uneven"]())
    script = (
        "import sys; from pathlib import Path; from fw_gear_viewer_check import check;"
        "from fw_gear_viewer_check.reports.html import render_html; path = Path(sys.argv[1]);"
        "Path(sys.argv[2]).write_text(render_html(check(path), source=path), encoding='utf-8')"
    )
    pages = []
    for seed in ("1", "2"):
        out = tmp_path / f"{seed}.html"
        subprocess.run(
            [sys.executable, "-c", script, str(path), str(out)],
            check=True,
            # A home that cannot be written to, as in the gear's container.
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path), "HOME": "/dev/null"},
        )
        pages.append(out.read_bytes())
    assert pages[0] == pages[1]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["1.html", "2.html", "series.dicom.zip"]


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 191 }}{% raw %}",
    "\x1b[31mred\x07\u202egnp.exe",
)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_shown_and_does_nothing(hostile):
    page = page_by_hand(
        hand_made.result(evidence=f"found {hostile}", affected=[hostile, "b"], checked=3),
        modality=hostile,
        uid=hostile,
        names=(hostile,),
    )
    assert not [tag for tag, attributes in page.tags if tag == "script" or "onerror" in attributes]
    assert page.unclosed == []
    assert "1337" not in page.text
    for shown in (text.printable(hostile), text.visible(hostile)):
        assert " ".join(shown.split()) in page.text


def test_hostile_file_names_are_shown_and_do_nothing(tmp_path):
    members = {
        f"{name.replace('/', '_')}.dcm": pack.to_bytes(d)
        for name, d in zip(HOSTILE, make.ct(4, Rows=make.each(4, 5, 6, 7)), strict=True)
    }
    path = pack.zip_file(tmp_path, members, name="<b>{{ name }}.zip")
    page = Page(render_html(check(path), source=path))
    assert "<b>{{ name }}.zip" in page.text
    assert "<script>alert(1)<_script>.dcm" in page.text
    assert not [tag for tag, attributes in page.tags if tag == "script" or "onerror" in attributes]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", page.text)


def test_endless_text_is_cut():
    endless = "A" * 10_000_000
    text = render_html(
        hand_made.report(
            hand_made.series_report(
                hand_made.result(evidence=endless, affected=[endless, "b"], checked=3),
                modality=endless,
                uid=endless,
            ),
            name=endless,
        )
    )
    assert len(text) < 100_000
    assert "AAA…" in text


def five_thousand():
    """Write one image, and change the bytes of its place and UID: pydicom would take seconds."""
    (image,) = make.ct(
        z=[9999.999],
        SOPInstanceUID="1.2.3.777777",
        PixelSpacing=make.ABSENT,
        RequestedProcedureID=make.BLANK,
    )
    written = pack.to_bytes(image)
    for n in range(5000):
        z = 0.6 * n + 0.5 * ((7919 * n) % 101 / 101)
        changed = written.replace(b"9999.999", f"{z:08.3f}".encode())
        yield f"{'folder/' * 12}{n:05}.dcm", changed.replace(b"777777", f"{100000 + n}".encode())


@pytest.mark.long
def test_five_thousand_broken_images_make_a_small_page(tmp_path):
    path = pack.zip_file(tmp_path, dict(five_thousand()))
    text = render_html(check(path), source=path)
    assert "5,000 images" in text
    assert "of another size" in text
    assert "RequestedProcedureID" in text
    assert len(text.encode()) < LARGEST


IDENTIFYING = {
    "PatientName": "Sekrit^Jane",
    "PatientID": "SEKRIT-1",
    "PatientBirthDate": "19771231",
    "AccessionNumber": "SEKRIT-2",
    "StudyDate": "20211122",
    "StudyTime": "131415",
    "SeriesDate": "20211123",
    "SeriesTime": "131416",
    "AcquisitionDate": "20211124",
    "AcquisitionTime": "131417",
    "ContentTime": "131418",
    "SeriesDescription": "Sekrit series",
    "StudyDescription": "Sekrit study",
    "InstitutionName": "Sekrit hospital",
    "StudyID": "SEKRIT-3",
    "RequestedProcedureID": "SEKRIT-4",
    "ScheduledProcedureStepID": "SEKRIT-5",
}


@pytest.mark.parametrize("maker", [make.ct, make.pt, make.us, make.cr, make.enhanced_mr])
def test_no_identifying_value_appears(tmp_path, maker):
    values = {**IDENTIFYING, "BurnedInAnnotation": "NO"}
    path = pack.zip_file(tmp_path, maker(4, **values))
    text = render_html(check(path), source=path)
    # A thumbnail's letters may spell anything.
    text = re.sub(r"data:image/png;base64,[^\"]*", "", text)
    assert [value for value in IDENTIFYING.values() if value in text] == []
    assert "sekrit" not in text.lower()


def test_damaged_identifying_values_do_not_appear_either(tmp_path):
    damaged = {keyword: make.raw(b"SEKRIT\\SEKRIT\x00\xff") for keyword in IDENTIFYING}
    path = pack.zip_file(tmp_path, make.pt(4, **damaged))
    assert "sekrit" not in render_html(check(path), source=path).lower()


def test_times_that_split_a_4d_series_are_not_shown(tmp_path):
    times = make.each("131415.1", "131415.1", "131415.1", "161718.2", "161718.2", "161718.2")
    path = pack.zip_file(tmp_path, make.mr(z=[0, 3, 6] * 2, AcquisitionTime=times))
    text = render_html(check(path), source=path)
    assert "AcquisitionTime" in text
    assert "131415" not in text
    assert "161718" not in text


def test_without_the_input_no_thumbnail_is_looked_for(tmp_path):
    path = pack.zip_file(tmp_path, make.ct(3))
    report = check(path)
    path.unlink()
    assert "data:image" not in render_html(report)
    assert "its file cannot be read" in render_html(report, source=path)


def test_a_page_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    out = tmp_path / "report.html"
    out.write_text("old")

    def full_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_text(out, render_html(hand_made.report()))
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
    assert out.read_text() == "old"


def test_a_name_that_no_template_knows_is_an_error():
    with pytest.raises(UndefinedError):
        html.environment().from_string("{{ nothing }}").render()


def test_every_template_escapes():
    environment = html.environment()
    assert environment.autoescape is not False
    assert environment.from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("short.dcm", "short.dcm"), ("a" * 50 + "/0042.dcm", "aaaaaa…aaaa/0042.dcm")],
)
def test_of_a_long_name_the_end_is_kept(name, expected):
    assert text.cut_middle(name, 20) == expected
