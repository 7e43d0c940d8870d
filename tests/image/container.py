"""Runs the gear's image: with docker or podman, or with the runner that IMAGE_RUN names.

Such a runner is called as ``IMAGE_RUN IMAGE INPUT OUTPUT [ARGUMENT ...]`` with further options in
the variable RUN_OPTS, separated by blanks. It has to mount as :func:`_command` does.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

MANIFEST = json.loads((Path(__file__).parents[2] / "manifest.json").read_text())
IMAGE = MANIFEST["custom"]["gear-builder"]["image"]
ENGINES_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""All that the Flywheel engine sets of the environment, besides what the manifest asks for."""

READ_ONLY = tuple(os.environ.get("IMAGE_READ_ONLY", "--read-only").split())
"""Read-only root file system; podman needs ``--read-only-tmpfs=false`` too, to mean all of it."""


def run(gear, *options, arguments=()):
    """Run the image on the input/ and output/ of a folder, without network or capabilities."""
    config = gear / "config.json"
    if config.exists():
        options = (*options, "-v", f"{config}:/flywheel/v0/config.json:ro")
    command = _command(gear / "input", gear / "output", options, arguments)
    environment = {**os.environ, "RUN_OPTS": " ".join(options)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def run_as_engine(gear, *options):
    """Run it as the Flywheel engine does: the manifest's command, in bash, with PATH alone."""
    script = f"cd /flywheel/v0 && exec env -i PATH={ENGINES_PATH} {MANIFEST['command']}"
    return run(gear, "--entrypoint", "/bin/bash", *options, arguments=("-c", script))


def shell(gear, script, *options):
    """Run a line of shell in the image, and return what it prints."""
    ended = run(gear, "--entrypoint", "/bin/bash", *options, arguments=("-c", script))
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def _command(input_folder, output_folder, options, arguments):
    runner = os.environ.get("IMAGE_RUN")
    if runner:
        return [runner, IMAGE, str(input_folder), str(output_folder), *arguments]
    return [
        *(_engine(), "run", "--rm", "--network", "none"),
        *("--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
        *options,
        *("-v", f"{input_folder}:/flywheel/v0/input:ro"),
        *("-v", f"{output_folder}:/flywheel/v0/output"),
        *(IMAGE, *arguments),
    ]


@cache
def _engine():
    """Return docker or podman: the one that works, as tools/build_image.sh chooses it."""
    for name in ("docker", "podman"):
        if (
            shutil.which(name)
            and subprocess.run([name, "info"], capture_output=True, check=False).returncode == 0
        ):
            return name
    message = "neither docker nor podman runs here, and IMAGE_RUN names no runner"
    raise RuntimeError(message)
