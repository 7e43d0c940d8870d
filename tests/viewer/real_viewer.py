"""The real viewer in a real browser: OHIF 3.13.2 in Chromium, fed through its file input.

The viewer's prebuilt package comes from npm into a cache folder, is served from this machine's
loopback address, and is driven by Playwright with the system's Chromium. One page is one case:
it is loaded anew each time, because the viewer keeps every study it has seen.
"""

from __future__ import annotations

import http.server
import shutil
import subprocess
import tarfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser, Page, Playwright

PACKAGE = "@ohif/app"
VERSION = "3.13.2"
CACHE = Path(__file__).resolve().parents[2] / ".viewer-cache"
"""Ignored by git; removing it makes the next run fetch the viewer again."""

CONFIG = """window.config = {
  routerBasename: '/', showStudyList: true, extensions: [], modes: [],
  customizationService: {}, showWarningMessageForCrossOrigin: false,
  showCPUFallbackMessage: false, showLoadingIndicator: true, strictZSpacingForVolumeViewport: true,
  investigationalUseDialog: {option: 'never'}, maxNumberOfWebWorkers: 1,
  defaultDataSourceName: 'dicomlocal',
  dataSources: [{
    namespace: '@ohif/extension-default.dataSourcesModule.dicomlocal',
    sourceName: 'dicomlocal', configuration: {friendlyName: 'local files'},
  }],
};
"""

FLAGS = (
    *("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"),
    *("--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
)
"""Software graphics, and nothing that reaches out of this machine."""

PAGE_TIMEOUT = 60.0
"""Seconds for the viewer to start and to take the files."""

QUIET = 0.4
"""Seconds without a new display set after which the viewer has made them all."""

NOTHING_COMES = 4.0
"""Seconds of an empty list after which the viewer is taken to have lost the series."""

ERROR_COMES = 12.0
"""Seconds in which the error page of a display set without its images comes."""

READ_ANSWER = Path(__file__).with_name("read_answer.js").read_text(encoding="utf-8")

WATCH = f"""
(() => {{
  const read = {READ_ANSWER};
  window.__made = null;
  setInterval(() => {{
    const now = read();
    if (now && (now.sets.length || !window.__made)) window.__made = now.sets;
  }}, 10);
}})();
"""
"""Keeps the last list that was not empty: the error page, where it comes, wipes the list."""


class ViewerNotAvailableError(Exception):
    """The viewer or a browser is not on this machine and cannot be fetched."""


@dataclass(frozen=True)
class Answer:
    """What the viewer did with a case."""

    display_sets: list[dict[str, Any]]
    error_page: bool = False
    errors: list[str] = field(default_factory=list)
    """Messages of exceptions that reached the console."""


def install() -> Path:
    """Return the folder of the viewer's files, fetched from npm if need be."""
    folder = CACHE / f"ohif-app-{VERSION}"
    if (folder / "index.html").is_file():
        return folder
    npm = shutil.which("npm")
    if npm is None:
        message = "npm is needed to fetch the viewer"
        raise ViewerNotAvailableError(message)
    CACHE.mkdir(parents=True, exist_ok=True)
    packed = subprocess.run(
        [npm, "pack", "--silent", f"{PACKAGE}@{VERSION}"],
        cwd=CACHE,
        check=False,
        capture_output=True,
        text=True,
    )
    if packed.returncode:
        message = f"npm could not fetch {PACKAGE} {VERSION}: {packed.stderr.strip()[-300:]}"
        raise ViewerNotAvailableError(message)
    archive = CACHE / packed.stdout.split()[-1]
    unpacked = CACHE / "unpacked"
    shutil.rmtree(unpacked, ignore_errors=True)
    with tarfile.open(archive) as tar:
        tar.extractall(unpacked, filter="data")
    (unpacked / "package" / "dist").rename(folder)
    shutil.rmtree(unpacked)
    archive.unlink()
    return folder


def chromium() -> str:
    """Return the path of the system's Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        message = "Chromium is not installed (Debian package chromium)"
        raise ViewerNotAvailableError(message)
    return found


class _Files(http.server.SimpleHTTPRequestHandler):
    """The viewer's files, isolated as its workers ask for; any other path is its start page."""

    extensions_map: ClassVar[dict[str, str]] = {
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".wasm": "application/wasm",
        ".js": "text/javascript",
    }

    def do_GET(self) -> None:
        """Serve a file, the configuration, or the start page."""
        name = self.path.split("?")[0]
        if name == "/app-config.js":
            body = CONFIG.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/javascript")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        if not Path(self.translate_path(name)).is_file():
            self.path = "/index.html"
        super().do_GET()

    def end_headers(self) -> None:
        """Add what makes the page cross-origin isolated, and let the browser keep the files."""
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        self.send_header("Cache-Control", "max-age=3600")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Stay silent: a page makes a hundred requests."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve the viewer on the loopback address; yields the base of its addresses."""
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(_Files, directory=str(folder))
    )
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def _may_still_fail(sets: list[dict[str, Any]]) -> bool:
    """Tell display sets whose error page comes some time after their listing."""
    return any(s["handler"].endswith(("dicom-rt", "dicom-pmap")) for s in sets)


class RealViewer:
    """A browser with the viewer in it; it is started again when it has crashed."""

    def __init__(self, playwright: Playwright, base: str) -> None:
        self._playwright = playwright
        self._base = base
        self._browser: Browser | None = None
        self._context: Any = None

    def close(self) -> None:
        """End the browser."""
        if self._browser is not None:
            self._browser.close()
            self._browser = None

    def answer(self, files: Sequence[Path]) -> Answer:
        """Give the viewer the files and return what it makes of them; one more try on a crash."""
        from playwright.sync_api import Error

        try:
            return self._answer(files)
        except Error:
            self.close()
            return self._answer(files)

    def _page(self) -> Page:
        if self._browser is None or not self._browser.is_connected():
            self._browser = self._playwright.chromium.launch(
                executable_path=chromium(), headless=True, args=list(FLAGS)
            )
            self._context = self._browser.new_context(viewport={"width": 800, "height": 600})
            self._context.route("**/sw.js", lambda route: route.abort())
        page: Page = self._context.new_page()
        page.set_default_timeout(PAGE_TIMEOUT * 1000)
        return page

    def _answer(self, files: Sequence[Path]) -> Answer:
        page = self._page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error).split("\n")[0]))
        page.add_init_script(WATCH)
        try:
            page.goto(f"{self._base}/localbasic", wait_until="commit")
            chosen = page.locator("input[type=file]:not([webkitdirectory])").first
            chosen.wait_for(state="attached")
            chosen.set_input_files([str(file) for file in files])
            return self._made(page, errors)
        finally:
            page.close()

    def _made(self, page: Page, errors: list[str]) -> Answer:
        """Wait until the list of display sets stands still, or nothing comes."""
        page.wait_for_url(lambda url: "/viewer" in url, wait_until="commit")
        started = changed = time.monotonic()
        seen: dict[str, Any] = {"sets": [], "errorPage": False}
        made: list[dict[str, Any]] = []
        while True:
            now = time.monotonic()
            state = page.evaluate(READ_ANSWER)
            made = page.evaluate("window.__made") or made
            if state is not None and state != seen:
                seen, changed = state, now
            quiet = now - changed
            if seen["sets"] and quiet > QUIET and not _may_still_fail(seen["sets"]):
                break
            limit = ERROR_COMES if _may_still_fail(made) else NOTHING_COMES
            if (seen["errorPage"] and quiet > QUIET) or now - started > limit:
                break
            time.sleep(0.05)
        return Answer(made, seen["errorPage"], errors)
