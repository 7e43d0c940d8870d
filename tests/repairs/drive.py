"""Runs a gear's own code; started by ``gears`` with the Python of that gear's environment.

    python drive.py dicom-splitter < jobs.json > outcomes.json

A job is ``{"input": path, "output": folder, "config": {option: value}}``. The gear reads its
configuration with its own parser, and takes for every other option the default that its wheel
names. Each job has a process of its own: a gear may end it, and keeps settings in globals.
"""

from __future__ import annotations

import ast
import importlib
import json
import logging
import multiprocessing
import re
import sys
from importlib.metadata import metadata
from pathlib import Path
from types import SimpleNamespace

PACKAGES = {"dicom-splitter": "fw_gear_dicom_splitter", "dicom-fixer": "fw_gear_dicom_fixer"}
NAME = re.compile(r"\*?([\w-]+)")
DEFAULT = re.compile(r"__Default__: `?(.+?)`?\n")
NOT_IN_ITS_LIST = {"dicom-splitter": {"delete-reason": "data_structured_incorrectly"}}
"""An option that the splitter's parser asks for and its list does not name."""
LABELS = {"sub.label": "subject", "ses.label": "session", "acq.label": "acquisition"}
LONGEST_JOB = 120
"""Seconds."""


def defaults_of(gear):
    """Return the options that the wheel's description names, with their defaults."""
    described = str(metadata(PACKAGES[gear]).json["description"])
    sections = described.split("__Name__: ")[1:]
    named = {NAME.match(section)[1]: DEFAULT.search(section) for section in sections}
    return {name: _value(default[1]) for name, default in named.items() if default}


def _value(text):
    text = text.strip().strip('"')
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    try:
        return int(ast.literal_eval(text))
    except (ValueError, SyntaxError):
        return text


def context_of(gear, job):
    """Return what the gear's parser reads: its own context needs a platform."""
    known = defaults_of(gear)
    strangers = set(job["config"]) - set(known)
    if strangers:
        message = f"{gear} has no option {', '.join(sorted(strangers))}"
        raise ValueError(message)
    options = {**known, **NOT_IN_ITS_LIST.get(gear, {}), **job["config"]}
    path, output = job["input"], Path(job["output"])
    if gear == "dicom-splitter":
        config = SimpleNamespace(opts=options, get_input_path=lambda _: path)
        return SimpleNamespace(config=config, output_dir=output)
    return SimpleNamespace(
        config=options,
        get_input_path=lambda _: path,
        output_dir=output,
        get_input_file_object_value=lambda _name, _key: job.get("modality", ""),
    )


def run(gear, job, answers):
    """Run one job; put what it returned, or how it ended, on the queue."""
    logging.basicConfig(filename=Path(job["output"]).with_suffix(".log"), level=logging.INFO)
    package = PACKAGES[gear]
    parser, main = (importlib.import_module(f"{package}.{name}") for name in ("parser", "main"))
    try:
        parsed = parser.parse_config(context_of(gear, job))
        if gear == "dicom-splitter":
            _, is_done = main.run(parsed)
        else:
            is_done = main.run(parsed[0], LABELS)[0] is not None
        answers.put("" if is_done else "the gear says that it failed")
    except BaseException as error:  # noqa: BLE001 - a gear may end its process
        answers.put(f"{type(error).__name__}: {error}"[:300])


def main():
    """Run the jobs of stdin one after the other; write how each ended to stdout."""
    gear, outcomes = sys.argv[1], []
    for name in ("main", "parser"):
        importlib.import_module(f"{PACKAGES[gear]}.{name}")
    fork = multiprocessing.get_context("fork")
    for job in json.load(sys.stdin):
        Path(job["output"]).mkdir(parents=True)
        answers = fork.SimpleQueue()
        process = fork.Process(target=run, args=(gear, job, answers))
        process.start()
        process.join(LONGEST_JOB)
        if process.is_alive():
            process.kill()
            process.join()
        outcomes.append("stopped" if answers.empty() else answers.get())
    json.dump(outcomes, sys.stdout)


if __name__ == "__main__":
    main()
