"""The door to the gear toolkit: it makes what the engine reads from ``.metadata.json``.

Nothing else imports ``flywheel_gear_toolkit``; its successor fw-gear would be swapped in here (see
docs/gear.md for what was tried with it). The toolkit adds ``job_info`` and knows the engine's
schema. What it is not used for, and why:

* ``with GearToolkitContext() as context``: leaving it logs all metadata, which name the patient,
  and writes them beside outputs that may not be there yet. Outputs appear together or not at all.
* reading config.json: it fails where a hand-made one lacks info, tags, hierarchy or destination.
* ``add_qc_result`` and ``add_file_tags``: they merge with an earlier result and never remove a tag.
"""

from __future__ import annotations

import logging
import os
import warnings
from pathlib import Path

from fw_gear_viewer_check.gear.job import Job, Json
from fw_gear_viewer_check.gear.platform_files import FileState
from fw_gear_viewer_check.gear.sdk import SDK_SETTINGS

GEAR = "viewer-check"
"""Name of the gear: the key of its results under ``info.qc``."""
PROJECT = Path(__file__).parents[2]
"""Where manifest.json lies beside this package."""


class MetadataError(RuntimeError):
    """The metadata do not fit the engine's schema; the message quotes none of them."""


def engine_metadata(
    job: Job, qc: Json, file: FileState, *, for_file: bool, for_analysis: bool
) -> Json:
    """Return the content of ``.metadata.json``: ``qc`` joins what the input file holds.

    ``file`` is the info and the tags that the file shall have besides; ``for_analysis`` writes the
    result to the analysis that is the destination as well.
    """
    os.environ.update(SDK_SETTINGS)  # the toolkit imports the SDK
    with warnings.catch_warnings():
        # Nothing that a user of this gear could do anything about.
        warnings.simplefilter("ignore", DeprecationWarning)
        from flywheel_gear_toolkit import GearToolkitContext  # noqa: PLC0415 - slow to load
        from flywheel_gear_toolkit.interfaces import engine_metadata as schema  # noqa: PLC0415

        context = GearToolkitContext(
            gear_path=job.folder,
            # Not that of the folder, which may be another gear's: its result would be replaced.
            manifest_path=PROJECT / "manifest.json",
            # Not config.json, which may lack what the toolkit needs, and holds the api-key.
            config_path=os.devnull,
        )
    # It warns of a job without an id, which a run on a desk is, and may quote metadata.
    logging.getLogger("flywheel_gear_toolkit").setLevel(logging.CRITICAL + 1)
    entry = {**job.input, "object": {**job.input["object"], "info": {**file.info}}}
    context.config_json = {
        # All of this but the destination becomes part of job_info.
        "config": job.settings,
        "inputs": {**job.inputs, "dicom": entry},
        "job": {"id": job.id},
        "destination": job.destination,
    }
    metadata = context.metadata
    info = metadata.add_gear_info("qc", entry, **qc)
    if for_file:
        # A deep merge would fail on some of the info that other gears leave.
        metadata.update_file_metadata(
            entry,
            deep=False,
            container_type=entry["hierarchy"]["type"],
            info=info,
            **({"tags": list(file.tags)} if job.settings["tag"] else {}),
        )
    if for_analysis:
        metadata.update_container("analysis", info={"qc": {GEAR: info["qc"][GEAR]}})
    metadata.clean()
    # Its write() would log what does not fit, values of the patient included, and end the process.
    content: Json = metadata._metadata  # noqa: SLF001
    import jsonschema  # noqa: PLC0415 - the toolkit has loaded it

    if not jsonschema.Draft7Validator(schema).is_valid(content):
        message = "the metadata do not fit the schema of .metadata.json; nothing was written"
        raise MetadataError(message)
    return content
