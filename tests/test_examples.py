from pathlib import Path

from fw_gear_viewer_check.requirements.types import Capability

EXAMPLES = Path(__file__).parents[1] / "examples"


def test_rules_of_the_reporter_name_every_capability():
    text = (EXAMPLES / "qc-reporter.yaml").read_text()
    named = [line.strip().rstrip(":") for line in text.splitlines() if "viewer-check." in line]
    assert named == [f"viewer-check.{capability}" for capability in Capability]
