#!/usr/bin/env python3
"""Look for known vulnerabilities of the locked packages; ``make audit`` calls it.

Where the data base cannot be reached, that is said in one line and is no failure: a build must not
depend on somebody else's server. A vulnerability that is found is one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).parent.parent / "requirements.txt"
UNREACHABLE = ("ConnectionError", "Max retries", "Timeout", "NameResolution", "SSLError")
"""What stands in the error of a tool that cannot reach its server."""
SECONDS = 120


def main() -> int:
    """Run pip-audit on the lock, without installing anything."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(LOCK)]
    options = ["--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
    try:
        ended = subprocess.run(
            [*command, *options], capture_output=True, text=True, check=False, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        print("audit: skipped, the data base of vulnerabilities does not answer")
        return 0
    try:
        found = json.loads(ended.stdout)["dependencies"]
    except ValueError:
        if not any(sign in ended.stderr for sign in UNREACHABLE):
            print(ended.stderr.strip(), file=sys.stderr)
            return ended.returncode or 1
        found = []
    audited = [package for package in found if "skip_reason" not in package]
    if not audited:
        print("audit: skipped, the data base of vulnerabilities cannot be reached from here")
        return 0
    weak = [(p, v) for p in audited for v in p["vulns"]]
    for package, vulnerability in weak:
        mended = ", ".join(vulnerability["fix_versions"]) or "no version"
        name = f"{package['name']} {package['version']}"
        print(f"audit: {name} has {vulnerability['id']}, mended in {mended}")
    print(f"audit: {len(audited)} of {len(found)} packages looked up, {len(weak)} weaknesses")
    return 1 if weak else 0


if __name__ == "__main__":
    sys.exit(main())
