"""The browser that the pages are opened in, and what is done where it is absent.

These tests run when asked for (``make browser-test``). Where the browser or a package is absent
they are skipped, unless BROWSER_REQUIRED is set: then absence is a failure.
"""

import importlib.util
import os
import shutil

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PACKAGES = ("playwright", "axe_playwright_python")
ABSENT = [
    *([] if CHROMIUM else ["chromium"]),
    *(name for name in PACKAGES if importlib.util.find_spec(name) is None),
]
if ABSENT and os.environ.get("BROWSER_REQUIRED"):
    message = f"BROWSER_REQUIRED is set, but not here: {', '.join(ABSENT)}"
    raise RuntimeError(message)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(ABSENT), reason=f"not here: {', '.join(ABSENT)}"),
]

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
