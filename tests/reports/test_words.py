"""Words that people read: short, and plain English. The evidence is that of all known inputs."""

import json
import os
import re
from pathlib import Path

import pytest

from fw_gear_viewer_check.checker.judging import check, report_on
from fw_gear_viewer_check.checker.options import OPTIONS, Options
from fw_gear_viewer_check.reports import headline, wording
from fw_gear_viewer_check.requirements.registry import REQUIREMENTS
from fw_gear_viewer_check.requirements.types import Capability, Status
from tests.viewer import case
from tests.viewer.groups import GROUPS

CORPUS = Path(
    os.environ.get("VIEWER_CHECK_CORPUS") or Path(__file__).parents[2] / "../shared/corpus"
)
TEMPLATES = Path(wording.__file__).parent / "templates"

MAX_EVIDENCE = 200
MAX_REPAIR = 250
MAX_TITLE = 60

DIALECT = re.compile(
    r"\b(judg\w*|told|tells?|speaks? (about|of)|moves? (the|a|any) verdict|stands? in\b"
    r"|at hand|stays? without|leaf\w*|comes? to|(one|each|most|different) places?"
    r"|without a word|message \d+|as it came|dialect)\b",
    re.IGNORECASE,
)
"""Words that readers stumbled over."""

OTHER_TERMS = re.compile(
    r"\b((is|are) there|all the same|cut off|instances?|the page|referenced images?|gives? up)\b",
    re.IGNORECASE,
)
"""Requirements have one term for one thing: present, truncated, image, object, Flywheel ..."""


def assert_plain(words, *, forbidden=(DIALECT,)):
    for pattern in forbidden:
        found = pattern.search(words)
        assert found is None, f"{found.group()!r} in {words!r}"


def assert_terms(words):
    assert_plain(words, forbidden=(DIALECT, OTHER_TERMS))


def test_the_texts_of_requirements():
    for requirement in REQUIREMENTS:
        assert len(requirement.title) <= MAX_TITLE, requirement.id
        for words in (requirement.title, requirement.statement, requirement.why):
            assert_terms(words)
        if requirement.cause:
            assert_plain(requirement.cause)
            assert len(requirement.cause) < headline.MAX_PHRASE
        for repair in requirement.repairs:
            assert 0 < len(repair.text) < MAX_REPAIR, requirement.id
            assert repair.text.endswith("."), requirement.id
            assert repair.text.count("; if ") <= 1, requirement.id
            assert_terms(repair.text)
            assert_terms(repair.caution)


def test_the_words_of_reports():
    tables = (wording.HANDLERS, wording.MESSAGES, wording.EFFECTS, wording.STATES)
    for table in tables:
        for words in table.values():
            assert_plain(words)
            assert len(words) < headline.MAX_PHRASE
    for capability in Capability:
        assert_plain(capability.label)


@pytest.mark.parametrize("option", OPTIONS, ids=lambda o: o.name)
def test_the_help_of_an_option(option):
    assert_plain(option.help)
    assert option.help.endswith(".")


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.j2")), ids=lambda p: p.name)
def test_the_text_of_a_template(path):
    source = path.read_text(encoding="utf-8")
    shown = re.sub(r"\{#.*?#\}|\{%.*?%\}|<[^>]*>", " ", source, flags=re.DOTALL)
    assert_plain(" ".join(re.sub(r"\{\{.*?\}\}", " x ", shown).split()))


def assert_evidence_is_plain_and_short(report):
    for result in report.results:
        evidence = result.finding.evidence
        assert_terms(evidence)
        if result.status in {Status.FAIL, Status.UNKNOWN}:
            assert len(evidence) < MAX_EVIDENCE, f"{result.requirement.id}: {evidence}"
            assert len(result.repair.text) < MAX_REPAIR
            assert_plain(result.repair.text)


@pytest.mark.long
@pytest.mark.parametrize("group", GROUPS)
def test_the_evidence_of_the_generated_cases(group):
    for one in GROUPS[group]():
        series = case.to_series(one)
        assert_evidence_is_plain_and_short(report_on(series.archive, [series], Options()))


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
@pytest.mark.parametrize("index", ["index.json", "more.json"])
def test_the_evidence_of_the_corpus(index):
    for one in json.loads((CORPUS / index).read_text(encoding="utf-8")):
        assert_evidence_is_plain_and_short(check(CORPUS / one["file"]))
