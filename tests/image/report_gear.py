"""Run inside the image: the report gear, against a platform on the container's own loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.lookup import stub_platform
from tests.survey import project

FOLDER = Path("/flywheel/v0")
COUNT = 60


def main() -> int:
    """Start the platform, write config.json, and start the gear by its own manifest's command."""
    command = json.loads((FOLDER / "report" / "manifest.json").read_text())["command"]
    with tempfile.TemporaryDirectory() as scratch:
        blocks = project.blocks_of(Path(scratch))
    made = project.Project(COUNT, blocks, project.header())
    with stub_platform.running(made) as platform:
        analysis = {"_id": project.ANALYSIS, "parent": platform.parent}
        platform.containers["analyses"] = {project.ANALYSIS: analysis}
        config = {
            "config": {},
            "inputs": {"api-key": {"base": "api-key", "key": platform.key}},
            "destination": {"type": "analysis", "id": project.ANALYSIS},
        }
        (FOLDER / "config.json").write_text(json.dumps(config))
        environment = {"PATH": os.environ["PATH"], "NO_PROXY": "127.0.0.1"}
        ended = subprocess.run(
            ["/bin/bash", "-c", command], cwd=FOLDER, env=environment, check=False
        )
    return ended.returncode


if __name__ == "__main__":
    sys.exit(main())
