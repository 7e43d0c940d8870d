"""Make or update the gear rule that checks every DICOM file of a project.

    python -m examples.gear_rule GROUP/PROJECT [--after TAG] [--role ROLE] [--config site.toml]
                                 [--priority low|medium|high] [--apply]

Without --apply it only says what it would do. The site and the api-key are those of the variable
FLYWHEEL_API_KEY, or of the Flywheel command line where you are logged in. You need to be an admin
of the project.

The rule starts the gear on a file that is DICOM, has the tag of the gear that comes before
(file-metadata-importer), and does not have the tag of viewer-check yet. Remove that tag from a file
to have it checked again.

Of a rule that is there only the version of the gear changes, and what you name: the site may have
edited its config and its conditions.
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from pathlib import Path
from typing import Any

from examples import site
from fw_gear_viewer_check.checker.options import DEFAULTS, UsageError, options_from, read_profile

GEAR = "viewer-check"
RULE = "viewer-check"
"""Name by which the rule is found again."""
NEW = {
    "name": RULE,
    "all": [
        {"type": "file.type", "value": "dicom"},
        {"type": "file.tags", "value": "file-metadata-importer"},
    ],
    "not": [{"type": "file.tags", "value": DEFAULTS["tag"]}],
    "any": [],
    "config": {},
    "priority": "low",
    # The rule stays with this version of the gear until this script runs again.
    "auto_update": False,
    "disabled": False,
}


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
    there = _there(client, project.id, given.project)
    changes = {"gear_id": gear.id, **_named(given, config, there or NEW)}
    if given.role or not there:
        changes["role_id"] = _role_id(client, given.role or "read-only")
    print(f"{given.project}: {'update' if there else 'make'} the rule {RULE!r}:")
    wanted = {**(there or NEW), **changes, "gear": f"{GEAR} {gear.gear.version}"}
    _tell(wanted, there)
    if not given.apply:
        print("nothing was changed: add --apply to save the rule")
    elif there:
        client.modify_project_rule(project.id, there["_id"], changes)
        print("updated")
    else:
        client.add_project_rule(project.id, {**NEW, **changes, "project_id": project.id})
        print("made")
    return 0


def _there(client: Any, project_id: str, name: str) -> dict[str, Any]:  # noqa: ANN401
    """Return the rule that is there, with its gear; {} where there is none."""
    found = [rule for rule in client.get_project_rules(project_id) if rule.name == RULE]
    if len(found) > 1:
        sys.exit(f"{name} has {len(found)} rules {RULE!r}: remove those that should not be there")
    if not found:
        return {}
    with site.answering(f"the gear of the rule {RULE!r}"):
        gear = client.get_gear(found[0].gear_id).gear
    if gear.name != GEAR:
        sys.exit(f"{name} has a rule {RULE!r} of another gear, {gear.name}: rename that rule")
    return {**_plain(found[0]), "gear": f"{GEAR} {gear.version}"}


def _named(
    given: argparse.Namespace, config: dict[str, Any], rule: dict[str, Any]
) -> dict[str, Any]:
    """Return what the command line names, as it changes a rule."""
    named: dict[str, Any] = {}
    if given.priority:
        named["priority"] = given.priority
    if given.after:
        others = [one for one in rule.get("all", []) if one["type"] != "file.tags"]
        named["all"] = [*others, *_tagged(given.after)]
    if given.config:
        named["config"] = config
        # Without blanks around it, as the gear writes it.
        tags = (c.get("tag", DEFAULTS["tag"]) for c in (rule.get("config", {}), config))
        old, new = (str(tag).strip() for tag in tags)
        if new != old:
            # What the site has sent may say more of a condition (regex).
            given_before = rule.get("not", [])
            others = [c for c in given_before if (c["type"], c["value"]) != ("file.tags", old)]
            named["not"] = [*others, *_tagged(new)]
    return named


def _tagged(tag: str) -> list[dict[str, str]]:
    return [{"type": "file.tags", "value": tag}] if tag else []


def _tell(wanted: dict[str, Any], there: dict[str, Any]) -> None:
    """Print a rule; of one that is there each line that changes, as it is and as it will be."""
    before, after = (json.dumps(r, indent=2, default=str).splitlines() for r in (there, wanted))
    differing = difflib.unified_diff(before, after, n=len(before), lineterm="")
    print("\n".join((there and list(differing)[3:]) or after))


def _plain(value: Any) -> Any:  # noqa: ANN401
    """Return what the site has sent: the SDK adds None for what is not there."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if hasattr(value, "items"):
        return {name: _plain(one) for name, one in value.items() if one is not None}
    return value


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("project", metavar="GROUP/PROJECT")
    parser.add_argument(
        "--after",
        metavar="TAG",
        help="tag of the gear that comes before, the last of your chain "
        "(for a new rule: file-metadata-importer)",
    )
    parser.add_argument(
        "--role",
        help="role of the gear in the project: reading is enough (for a new rule: read-only)",
    )
    parser.add_argument("--config", type=Path, help="options of the gear, as a TOML file")
    parser.add_argument("--priority", choices=["low", "medium", "high"], help="for a new rule: low")
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
