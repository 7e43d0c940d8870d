"""The options: one declaration, valid whenever they exist, and the nearest name for a wrong one."""

import json
import math
import pickle
import tracemalloc
from dataclasses import fields
from inspect import signature
from pathlib import Path

import pytest

from fw_gear_viewer_check import check
from fw_gear_viewer_check.checker import options
from fw_gear_viewer_check.checker.options import DEFAULTS, OPTIONS, Options, UsageError
from fw_gear_viewer_check.requirements.registry import REQUIREMENTS
from fw_gear_viewer_check.requirements.types import Capability

PROJECT = Path(__file__).parents[2]


def message_of(work, *arguments, **how):
    with pytest.raises(UsageError) as error:
        work(*arguments, **how)
    message = str(error.value)
    assert "\n" not in message
    assert len(message) < 250
    return message


def test_the_defaults_are_those_of_a_check_without_options():
    assert options.options_from(DEFAULTS) == Options()
    assert options.options_from({}) == Options()
    assert options.complete({}) == DEFAULTS


def test_the_manifest_declares_the_options_as_the_code_does():
    manifest = json.loads((PROJECT / "manifest.json").read_text())
    assert list(manifest["config"].items()) == list(options.SCHEMA.items())


def test_the_readme_names_every_option_with_its_default():
    text = (PROJECT / "docs" / "gear.md").read_text()
    table = text.partition("| option | default | meaning |\n|---|---|---|\n")[2]
    rows = [row.split("|")[1:3] for row in table.partition("\n\n")[0].splitlines()]
    named = [[cell.strip(" `") for cell in row] for row in rows]
    assert named == [[name, str(default).lower()] for name, default in DEFAULTS.items()]


def test_the_library_takes_every_option_of_a_check_by_its_name():
    assert {option.name for option in fields(Options)} <= set(signature(check).parameters)


def test_a_tolerance_of_another_type_is_one_line(tmp_path):
    with pytest.raises(UsageError, match="'2' is not a number above 0"):
        check(tmp_path, spacing_tolerance_mm="2")  # type: ignore[arg-type]  # on purpose


def test_every_option_says_what_it_does_in_a_sentence():
    assert all(option.help[0].isupper() and option.help.endswith(".") for option in OPTIONS)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("orientation_tolerance", -1, "a number above 0"),
        ("orientation_tolerance", 0, "a number above 0"),
        ("orientation_tolerance", math.nan, "a number above 0"),
        ("spacing_tolerance_mm", math.inf, "a number above 0"),
        ("spacing_tolerance_mm", True, "a number above 0"),
        ("spacing_tolerance_mm", "0.2", "a number above 0"),
        ("spacing_tolerance_mm", 10**400, "a number above 0"),
        ("max_instances", 0, "a whole number above 0"),
        ("max_instances", -5, "a whole number above 0"),
        ("max_instances", 1.5, "a whole number above 0"),
        ("max_instances", True, "a whole number above 0"),
        ("require", ["v3_open"], "text"),
        ("ignore", 5, "text"),
        ("tag", False, "text"),
        ("debug", "true", "true or false"),
        ("hide_names", 1, "true or false"),
        ("platform_lookup", 0, "true or false"),
        ("fail_on", "error", "one of never, fail, unknown"),
        ("fail_on", [], "one of never, fail, unknown"),
    ],
)
def test_a_value_that_the_manifest_refuses_is_one_line_that_names_the_option(name, value, expected):
    message = message_of(options.complete, {name: value})
    assert message.startswith(f"option {name}: ")
    assert message.endswith(f"is not {expected}")


def test_null_is_the_default_and_5000_may_be_written_with_a_point():
    values = options.complete({**dict.fromkeys(DEFAULTS), "max_instances": 7000.0})
    assert values == {**DEFAULTS, "max_instances": 7000}
    assert type(values["max_instances"]) is int


@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf, True])
@pytest.mark.parametrize("name", ["orientation_tolerance", "spacing_tolerance_mm", "max_instances"])
def test_a_tolerance_that_is_not_above_zero_makes_no_options(name, value):
    assert message_of(Options, **{name: value}).startswith(f"option {name}: ")


def test_lists_are_texts_or_sequences():
    given = {"require": " v3_mpr, v3_suv,,v3_mpr", "ignore": ["V2-105 ", "MPR"], "tag": "x"}
    assert options.options_from(given) == Options(
        require=(Capability.V3_MPR, Capability.V3_SUV), ignore=("V2-105", "MPR")
    )
    assert "is not text" in message_of(options.options_from, {"ignore": [5]})


@pytest.mark.parametrize("name", ["ignore", "as_note", "as_error"])
@pytest.mark.parametrize("selector", ["MPR-999", "M", "V", "mpr-205", "", "MPR-205 ", "PR-205"])
def test_what_names_no_requirement_is_refused(name, selector):
    message = message_of(Options, **{name: ("MPR", selector)})
    assert message.startswith(f"option {name}: {selector!r} matches no requirement")


@pytest.mark.parametrize(
    ("given", "near"),
    [
        ({"ignore": "MPR-25"}, "MPR-205"),
        ({"ignore": "mpr-205"}, "MPR-205"),
        ({"as_note": "MRP"}, "MPR"),
        ({"require": "mpr"}, "v3_mpr"),
        ({"require": "V3-open"}, "v3_open"),
        ({"require": "v3_suvv"}, "v3_suv"),
    ],
)
def test_a_wrong_name_gets_the_nearest_one(given, near):
    suggested = message_of(options.options_from, given).partition("did you mean ")[2]
    assert near in suggested.partition("?")[0].split(" or ")


@pytest.mark.parametrize("given", ["", " , ", ()])
def test_the_overall_result_needs_a_capability(given):
    assert "at least one capability" in message_of(options.options_from, {"require": given})


def test_options_reach_another_process_as_they_are():
    made = Options(ignore=("MPR",))
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301 - our own


def test_a_profile_sets_the_options_that_it_names(tmp_path):
    path = tmp_path / "site.toml"
    path.write_text('require = "v3_open,v3_mpr"\nmax_instances = 100\ntag = "qc"\n')
    assert options.read_profile(path) == {
        "require": "v3_open,v3_mpr", "max_instances": 100, "tag": "qc"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"requires = 'v3_open'", "there is no option 'requires' (did you mean require?)"),
        (b"spacing_tolerance_mm = nan", "option spacing_tolerance_mm: nan is not"),
        (b"[ignore]", "option ignore is a table, not a value"),
        (b"tag = ", "is not valid TOML"),
        (b"\xff", "is not valid TOML"),
        (b"max_instances = 0x" + b"F" * 4000, "a number in it is too large"),
        (b"a = " + b"[" * 5000, "is not valid TOML"),
        (b"require" + b".a" * 3_000 + b" = 1", "option require is a table, not a value"),
        (b"#" * options.MAX_PROFILE + b"\n", "cannot be read: longer than 64 KiB"),
    ],
)
def test_a_wrong_profile_is_one_line(tmp_path, content, told):
    path = tmp_path / "site.toml"
    path.write_bytes(content)
    assert told in message_of(options.read_profile, path)


def test_a_profile_is_a_regular_file():
    assert "not a regular file" in message_of(options.read_profile, Path("/dev/zero"))


def test_a_profile_that_is_not_there_is_one_line(tmp_path):
    assert "cannot be read" in message_of(options.read_profile, tmp_path / "none.toml")


@pytest.mark.parametrize(
    "wrong",
    [
        *({"max_instances": 1.5}, {"require": ("x",)}, {"require": "x"}, {"require": ()}),
        *({"hide_names": "no"}, {"hide_names": 1}, {"hide_names": None}),
    ],
)
def test_options_made_by_hand_are_checked_as_those_of_files(wrong):
    with pytest.raises(UsageError):
        Options(**wrong)


def test_texts_without_end_are_refused():
    """Seven million characters stood beside the result in the metadata of the file."""
    every = ",".join(requirement.id for requirement in REQUIREMENTS)
    assert options.complete({"ignore": every})["ignore"] == every
    assert "option ignore: longer than" in message_of(options.complete, {"ignore": "MPR," * 9999})


def test_nothing_is_looked_for_that_is_near_to_a_very_long_name():
    long = "x" * 10_000_000
    tracemalloc.start()
    try:
        assert options.nearest(long, options.DEFAULTS) == ""
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_whole_number_of_instances_may_be_written_as_a_float():
    """A limit of 5.0 made the requirement end with a TypeError, and the series UNKNOWN."""
    most = options.options_from({"max_instances": 5.0}).tolerances.max_instances
    assert (most, type(most)) == (5, int)
