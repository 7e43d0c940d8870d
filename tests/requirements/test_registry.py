"""The registry against the page's inventory, the DICOM dictionary, and the tests themselves."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
from pydicom.datadict import dictionary_VM, dictionary_VR, keyword_for_tag

from fw_gear_viewer_check.dicom import attributes, values
from fw_gear_viewer_check.model import data_set
from fw_gear_viewer_check.requirements.checks import OfEach
from fw_gear_viewer_check.requirements.registry import BY_ID, REQUIREMENTS
from fw_gear_viewer_check.requirements.types import Capability, Level

ROOT = Path(__file__).parents[2]
PAGE_FOLDER = ROOT.parent / "shared" / "page"
INVENTORY = PAGE_FOLDER / "inventory.tsv"
PAGE_TEXT = PAGE_FOLDER / "data-requirements.txt"

ERRATA = {
    "(0008,0030) DM": "StudyTime has VR TM",
    "(0028,0002) SamplePerPixel": "the keyword is SamplesPerPixel",
    "(0018,0088) SpacingBetweenFrames": "the keyword is SpacingBetweenSlices",
    "(0020,0011) twice": "SeriesNumber stands twice in the table of the V2 viewer",
}
"""Slips of the page, and what is meant."""

FOLDER = ROOT / "fw_gear_viewer_check" / "requirements"
HELPERS = {"__init__", "registry", "types", "checks", "scopes", "repairs"} | {
    *(
        "causes",
        "causes_in_space",
        "repair_choice",
        "splitting",
        "ohif_failures",
        "four_d",
        "gear_numbers",
    ),
    "known_repairs",
    "repair_kinds",
    "volumes",
}
SECTIONS = {path.stem for path in FOLDER.glob("*.py")} - HELPERS
MIRRORS = {
    module: path
    for path in sorted((ROOT / "tests" / "requirements").glob("test_*.py"))
    if (module := path.stem.removeprefix("test_")) in SECTIONS
}

NOTES_OF_THE_PAGE = {"MPR-206", "SUV-102", "SUV-103"}
"""Sentences of the page that tell what happens, and ask for nothing."""


def inventory():
    """Return (id, capability, kind, heading, sentence) of every sentence of the page."""
    if not INVENTORY.exists():
        pytest.skip("the page's inventory is not here")
    return [line.split("\t") for line in INVENTORY.read_text(encoding="utf-8").splitlines()]


def of_page():
    return [r for r in REQUIREMENTS if not is_own(r.id)]


def is_own(id_):
    return id_[-2] == "9"


def family(id_):
    return id_.partition("-")[0]


def test_ids_are_unique_and_well_formed():
    ids = [r.id for r in REQUIREMENTS]
    assert len(set(ids)) == len(ids) == len(BY_ID)
    for id_ in ids:
        assert re.fullmatch(r"(ZIP|V2|V3|MPR|SEG|MEA|SUV|LIM)-[1-9]\d\d", id_), id_


def test_every_sentence_of_the_page_is_implemented_in_its_order():
    assert [r.id for r in of_page()] == [row[0] for row in inventory()]
    assert len(of_page()) == 69


def test_capabilities_and_headings_are_those_of_the_page():
    for id_, capability, _, heading, _ in inventory():
        assert BY_ID[id_].capability == Capability(capability.lower()), id_
        # Two sections have the same heading; the inventory numbers them.
        assert BY_ID[id_].source == re.sub(r" \d$", "", heading), id_


def test_headings_stand_on_the_page():
    if not PAGE_TEXT.exists():
        pytest.skip("the page is not here")
    lines = {line.strip() for line in PAGE_TEXT.read_text(encoding="utf-8").splitlines()}
    assert {r.source for r in of_page()} <= lines


def test_what_the_page_does_not_say_has_the_viewer_as_its_source():
    for requirement in REQUIREMENTS:
        if is_own(requirement.id):
            assert re.match(r"viewer \((OHIF 3\.|V2\))", requirement.source), requirement.id


def test_levels_are_those_of_the_specification():
    assert {r.id for r in of_page() if r.level is Level.NOTE} == NOTES_OF_THE_PAGE
    assert {r.level for r in REQUIREMENTS} == {Level.REQUIRED, Level.NOTE}


def test_own_ids_follow_their_section():
    """An x9x entry stands behind entries of its own family, so that a reader finds it."""
    seen = []
    for requirement in REQUIREMENTS:
        assert not is_own(requirement.id) or family(requirement.id) in seen, requirement.id
        seen.append(family(requirement.id))


def test_tags_agree_with_the_dictionary():
    for requirement in REQUIREMENTS:
        for tag, keyword in requirement.tags:
            number = int(tag[1:5] + tag[6:10], 16)
            if keyword != tag:  # a private attribute has no keyword
                assert keyword_for_tag(number) == keyword, (requirement.id, tag)


def test_tags_are_those_the_page_gives():
    for id_, _, _, _, sentence in inventory():
        text = re.sub(r"0x", "", sentence)
        given = {f"({g},{e})" for g, e in re.findall(r"\(([0-9A-F]{4})[, ]+([0-9A-F]{4})\)", text)}
        ours = {tag for tag, _ in BY_ID[id_].tags}
        assert given <= ours, (id_, given - ours)


def test_every_slip_of_the_page_is_known():
    """Names and VRs of the page that are not the dictionary's are the errata, and no other."""
    slips, seen = set(), set()
    for _, _, _, heading, sentence in inventory():
        for group, element, vr, name in re.findall(
            r"\((\w{4}),(\w{4})\) \| (\w\w) \| (\w+)", sentence
        ):
            tag = int(group + element, 16)
            slips |= {f"({group},{element}) {vr}"} if dictionary_VR(tag) != vr else set()
            slips |= {f"({group},{element}) {name}"} if keyword_for_tag(tag) != name else set()
        for name, tag in re.findall(r"([A-Za-z]+) ?\((\w{4},\w{4})\)", sentence):
            known = keyword_for_tag(int(tag.replace(",", ""), 16))
            if "with" + known in name or known == name.removeprefix("and"):
                continue
            if name not in {"Spacing", "DateTime"}:  # written with blanks inside
                slips.add(f"({tag}) {name.removeprefix('or')}")
        seen.add(heading)
    text = PAGE_TEXT.read_text(encoding="utf-8")
    v2 = text[text.index("V2 Viewer\n") : text.index("V3 viewer\n")]
    slips |= {"(0020,0011) twice"} if v2.count("(0020,0011)") == 2 else set()
    assert slips == set(ERRATA)


def paths_of(tree, before=()):
    for keyword, items in tree.items():
        yield ".".join((*before, keyword))
        yield from paths_of(items or {}, (*before, keyword))


def test_every_attribute_that_is_looked_at_is_read():
    read = {*attributes.PRIVATE, "TransferSyntaxUID", "PixelData", *paths_of(attributes.TREE)}
    for requirement in REQUIREMENTS:
        assert set(requirement.attributes) <= read, requirement.id


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("Rowz", "Rowz is not in the DICOM dictionary"),
        ("PixelMeasureSequence.PixelSpacing", "PixelMeasureSequence is not in the"),
        ("PixelMeasuresSequence.PixelSpacings", "PixelSpacings is not in the"),
        ("ImageType.Rows", "ImageType is not a sequence"),
        ("(0043,1040)", "(0043,1040) is not in the"),
    ],
)
def test_a_keyword_that_cannot_be_read_is_an_error_at_import(path, why):
    before = [*paths_of(attributes.TREE)]
    with pytest.raises(LookupError, match=re.escape(why)):
        attributes.read_also(path)
    assert [*paths_of(attributes.TREE)] == before


LOOKING = {"model", "ohif", "requirements", "reports"}
"""Rooms that look at attributes (the pictures' reader does too, and the viewer at all groups)."""


def test_nothing_is_read_that_nothing_looks_at():
    modules = [p for p in FOLDER.parent.rglob("*.py") if p.parent.name in LOOKING]
    modules.append(FOLDER.parent / "dicom" / "pixels.py")
    texts = "\n".join(path.read_text(encoding="utf-8") for path in modules)
    words = set(re.findall(r"[A-Z]\w+", texts))
    keywords = {k for path in paths_of(attributes.TREE) for k in path.split(".")}
    assert {k for k in keywords - words if not k.startswith("Unassigned")} == set()


def test_read_attributes_have_one_vr_that_can_be_converted():
    def walk(tree):
        for keyword, items in tree.items():
            vr = dictionary_VR(keyword)
            if keyword not in {*attributes.DESCRIPTORS, "WaveformData"}:
                assert re.fullmatch("[A-Z]{2}", vr), keyword
            assert (vr == "SQ") == (items is not None), keyword
            walk(items or {})

    walk(attributes.TREE)


def test_due_counts_are_those_of_the_dictionary():
    for keyword, due in data_set.VALUES_DUE.items():
        assert dictionary_VM(keyword) == str(due)


def test_private_attributes_are_written_as_their_tags():
    for key, (tag, vr) in attributes.PRIVATE.items():
        assert key == f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
        assert (tag >> 16) % 2 == 1
        assert values.convert(vr, b"\0\0\0\0" if vr == "FL" else b"1 ") is not None


def test_texts_are_there():
    for requirement in REQUIREMENTS:
        for text in (requirement.title, requirement.statement, requirement.why):
            assert text.strip() == text != "", requirement.id
            assert "  " not in text, requirement.id
            assert text[0].isupper(), requirement.id
        assert not requirement.title.endswith("."), requirement.id
        for sentence in (requirement.statement, requirement.why):
            assert sentence.endswith((".", ").")), sentence
        assert set(requirement.requires) <= set(BY_ID) - {requirement.id}, requirement.id


def test_titles_tell_requirements_of_a_capability_apart():
    titles = [(r.capability, family(r.id), r.id[4], r.title) for r in REQUIREMENTS]
    assert len(set(titles)) == len(titles)


def test_the_pages_sentences_are_not_copied():
    if not PAGE_TEXT.exists():
        pytest.skip("the page is not here")
    page = runs_of_words(PAGE_TEXT.read_text(encoding="utf-8"))
    for r in REQUIREMENTS:
        for text in (r.title, r.statement, r.why, *(repair.text for repair in r.repairs)):
            copied = runs_of_words(text) & page
            assert not copied, (r.id, copied)


def runs_of_words(text, length=8):
    words = re.findall(r"\w+", text.lower())
    return {" ".join(words[n : n + length]) for n in range(len(words) - length + 1)}


def module_of(requirement):
    """Return the section of the page that holds a requirement's table."""

    for name in MIRRORS:
        module = importlib.import_module(f"fw_gear_viewer_check.requirements.{name}")
        tables = {k: v for k, v in vars(module).items() if not k.startswith("_")}
        if any(isinstance(t, tuple) and requirement in t for t in tables.values()):
            return name
    message = f"{requirement.id} stands in no section that has tests"
    raise AssertionError(message)


def ids_tested_in(name):
    """Return the ids that the tests in a mirrored file are named by, ranges filled in."""
    named = set()
    for path in [MIRRORS[name], *MIRRORS[name].parent.glob(f"{MIRRORS[name].stem}_spacing.py")]:
        for found in re.findall(r"def test_(\w+)", path.read_text(encoding="utf-8")):
            named |= ids_in(found)
    return named


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("mpr_205_fails_3_mm", {"MPR-205"}),
        ("v2_105_and_106_fail", {"V2-105", "V2-106"}),
        ("suv_202_204_and_212_ask", {"SUV-202", "SUV-204", "SUV-212"}),
        ("mpr_301_to_303_pass", {"MPR-301", "MPR-302", "MPR-303"}),
        ("mpr_301_to_401_pass", {"MPR-301", "MPR-302", "MPR-303", "MPR-391", "MPR-392"}),
        ("zip_1_rows_pass", set()),
        ("reads_a_zip", set()),
    ],
)
def test_names_of_tests_are_read_as_they_are_meant(name, ids):
    assert ids <= ids_in(name)
    assert bool(ids) == bool(ids_in(name))


def ids_in(name):
    """Return the ids a test is named by: mpr_205_, mpr_205_and_206_, v2_101_to_110_."""
    match = re.match(
        r"(zip|v2|v3|mpr|seg|mea|suv|lim)_([\d_a-z]*?\d{3})(?=_(?!\d|and_\d|to_\d|or_\d))", name
    )
    if match is None:
        return set()
    prefix, numbers = match.groups()
    found = {f"{prefix.upper()}-{n}" for n in re.findall(r"\d{3}", numbers)}
    for first, last in re.findall(r"(\d{3})_to_(\d{3})", numbers):
        found |= {f"{prefix.upper()}-{n}" for n in range(int(first), int(last) + 1)}
    return found & set(BY_ID)


def test_every_requirement_has_tests_in_the_mirrored_file():
    """But those whose check is data, which test_perfect.py takes from the registry."""
    assert [
        r.id
        for r in REQUIREMENTS
        if not isinstance(r.check, OfEach) and r.id not in ids_tested_in(module_of(r))
    ] == []


def test_every_section_is_mirrored():
    assert set(MIRRORS) == SECTIONS
