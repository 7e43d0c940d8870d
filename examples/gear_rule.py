"""Make or update the gear rule that checks every DICOM file of a project.

    python -m examples.gear_rule GROUP/PROJECT [--after TAG] [--role ROLE] [--config site.toml]
                                 [--priority low|medium|high] [--apply]

Without --apply it only says what it would do. The site and the api-key are those of the variable
FLYWHEEL_API_KEY, or of the Flywheel command line where you are logged in. You need to be an admin
of the project.

The rule starts the gear on a file that is DICOM, has the tag of the gear that comes before
(file-metadata-importer), and does not have the tag of viewer-check yet. Remove that tag from a file
to have it checked again.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from examples import site
from fw_gear_viewer_check.checker.options import DEFAULTS, UsageError, options_from, read_profile

GEAR = "viewer-check"
RULE = "viewer-check"
"""Name by which the rule is found again."""


@site.answering("the site")
def main(arguments: list[str] | None = None) -> int:
    """Show the rule and what is there now; with --apply make it so."""
    given = _parsed(arguments)
    client = site.client()
    project = site.lookup(client, given.project)
    gear = site.lookup(client, f"gears/{GEAR}")
    try:
        config = {} if given.config is None else read_profile(given.config)
        options_from(config)
    except UsageError as error:
        sys.exit(str(error))
    tag = config.get("tag", DEFAULTS["tag"])
    wanted = {
        "name": RULE,
        "gear_id": gear.id,
        "role_id": _role_id(client, given.role),
        "all": [
            {"type": "file.type", "value": "dicom"},
            {"type": "file.tags", "value": given.after},
        ],
        "not": [{"type": "file.tags", "value": tag}] if tag else [],
        "any": [],
        "config": config,
        "priority": given.priority,
        # The rule stays with this version of the gear until this script runs again.
        "auto_update": False,
        "disabled": False,
    }
    there = [rule for rule in client.get_project_rules(project.id) if rule.name == RULE]
    print(f"{given.project}: {'update' if there else 'make'} the rule {RULE!r}:")
    print(json.dumps({**wanted, "gear": f"{GEAR} {gear.gear.version}"}, indent=2))
    if not given.apply:
        print("nothing was changed: add --apply to save the rule")
    elif there:
        client.modify_project_rule(project.id, there[0].id, wanted)
        print("updated")
    else:
        client.add_project_rule(project.id, {**wanted, "project_id": project.id})
        print("made")
    return 0


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("project", metavar="GROUP/PROJECT")
    parser.add_argument(
        "--after",
        metavar="TAG",
        default="file-metadata-importer",
        help="tag of the gear that comes before, the last of your chain",
    )
    parser.add_argument(
        "--role",
        default="read-only",
        help="role of the gear in the project: reading is enough (default: read-only)",
    )
    parser.add_argument("--config", type=Path, help="options of the gear, as a TOML file")
    parser.add_argument("--priority", choices=["low", "medium", "high"], default="low")
    parser.add_argument("--apply", action="store_true", help="save the rule")
    return parser.parse_args(arguments)


def _role_id(client: Any, label: str) -> str:  # noqa: ANN401 - the SDK is not typed
    """Return the id of a role: the gear has an api-key, and such a rule needs one."""
    roles = {role.label: role.id for role in client.get_all_roles()}
    if label not in roles:
        sys.exit(f"the site has no role {label!r}; it has {', '.join(sorted(roles))}")
    return str(roles[label])


if __name__ == "__main__":
    sys.exit(main())
