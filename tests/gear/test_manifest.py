import json
import re
from pathlib import Path

import pytest
from gears.generator import validate_invocation
from jsonschema import ValidationError

from examples.run_demo import config_json_of
from fw_gear_viewer_check.model.version import __version__

# The validator leaves its schema open.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file .*manifest.schema:ResourceWarning")

PROJECT = Path(__file__).parents[2]
MANIFEST = json.loads((PROJECT / "manifest.json").read_text())


def test_the_manifest_is_valid():
    from flywheel_gear_toolkit.utils.manifest import Manifest

    assert Manifest(PROJECT / "manifest.json")._validate() == []


def test_only_one_input_has_a_type():
    """With a second one, batch runs and gear rules could not tell which file is which."""
    typed = [name for name, about in MANIFEST["inputs"].items() if "type" in about]
    assert typed == ["dicom"]


def test_the_sample_config_json_is_a_valid_invocation():
    validate_invocation(
        MANIFEST, config_json_of("scan.dicom.zip", "/flywheel/v0/input/dicom/scan.dicom.zip")
    )


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("orientation_tolerance", 0),
        ("spacing_tolerance_mm", -1),
        ("max_instances", 0),
        ("fail_on", "error"),
        ("debug", "yes"),
    ],
)
def test_the_platform_refuses_what_the_gear_would_refuse(option, value):
    sample = config_json_of("scan.dicom.zip", "/flywheel/v0/input/dicom/scan.dicom.zip")
    sample["config"][option] = value
    with pytest.raises(ValidationError):
        validate_invocation(MANIFEST, sample)


def found_in(name, pattern):
    return re.findall(pattern, (PROJECT / name).read_text(), re.MULTILINE)


def test_one_version_everywhere():
    image = f"viewer-check:{__version__}"
    assert MANIFEST["version"] == __version__
    assert MANIFEST["custom"]["gear-builder"]["image"] == image
    assert found_in("CHANGELOG.md", r"^## \[(\d.*?)\]")[0] == __version__
    assert found_in("Dockerfile", r'image\.version="(.*?)"') == [__version__]
    assert set(found_in("docs/gear.md", r"viewer-check:[\d.]+")) == {image}


def test_the_command_starts_a_file_that_is_there():
    interpreter, script = MANIFEST["command"].split()
    assert interpreter == "python"
    assert (PROJECT / script).is_file()


def test_a_newer_version_of_the_file_keeps_its_own_metadata():
    assert MANIFEST["output_configuration"] == {"enforce_file_version_match": True}
