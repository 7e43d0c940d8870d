"""The real viewer in a real browser: OHIF in Chromium, given local files or a DICOMweb server.

The viewer's prebuilt package comes from npm into a cache folder, is served from this machine's
loopback address, and is driven by Playwright with the system's Chromium. A page is loaded anew for
each question, because the viewer keeps every study it has seen.
"""

from __future__ import annotations

import http.client
import http.server
import os
import shutil
import subprocess
import tarfile
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.viewer import dicom_server
from tests.viewer.not_available import ViewerNotAvailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from playwright.sync_api import Browser, Page, Playwright, Request

    from tests.viewer.dicom_server import DicomServer, Stored

PACKAGE = "@ohif/app"
RELEASE = "3.13.2"
"""The release of the viewer that the prediction follows."""

LOCAL, DICOMWEB = "local", "dicomweb"
SOURCES = (LOCAL, DICOMWEB)
"""Where the viewer has its data from: files chosen in the browser, or a server."""

ASKED_RELEASE = os.environ.get("VIEWER_RELEASE") or RELEASE
ASKED_SOURCE = os.environ.get("VIEWER_SOURCE") or LOCAL
"""What a live run asks: ``make viewer-test OHIF=3.12.10 SOURCE=dicomweb``."""

CACHE = Path(__file__).resolve().parents[2] / ".viewer-cache"
"""Ignored by git; removing it makes the next run fetch the viewer again."""

_CONFIG = """window.config = {
  routerBasename: '/', showStudyList: true, extensions: [], modes: [],
  customizationService: {}, showWarningMessageForCrossOrigin: false,
  showCPUFallbackMessage: false, showLoadingIndicator: true, strictZSpacingForVolumeViewport: true,
  investigationalUseDialog: {option: 'never'}, maxNumberOfWebWorkers: 1,
  defaultDataSourceName: '%(source)s',
  dataSources: [{
    namespace: '@ohif/extension-default.dataSourcesModule.%(source)s',
    sourceName: '%(source)s', configuration: %(configuration)s,
  }],
};
"""

_SERVER = """{
      friendlyName: 'server', name: 'server', qidoRoot: location.origin + '/dicom-web',
      wadoRoot: location.origin + '/dicom-web', imageRendering: 'wadors',
      thumbnailRendering: 'wadors', enableStudyLazyLoad: true, qidoSupportsIncludeField: false,
      supportsFuzzyMatching: false, supportsWildcard: true, dicomUploadEnabled: false,
      singlepart: 'bulkdata,video', omitQuotationForMultipartRequest: true,
      bulkDataURI: {enabled: true},
    }"""

CONFIGS = {
    LOCAL: _CONFIG % {"source": "dicomlocal", "configuration": "{friendlyName: 'local files'}"},
    DICOMWEB: _CONFIG % {"source": "dicomweb", "configuration": _SERVER},
}

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

NOTHING_READ = 12.0
"""Seconds after which the viewer is taken to have read no file; more for many files."""

AWAKE = 250
"""Ticks of 10 ms that the page must have had in that time: a busy machine is given longer."""

ERROR_COMES = 12.0
"""Seconds in which the error page of a display set without its images comes."""

READ_ANSWER = Path(__file__).with_name("read_answer.js").read_text(encoding="utf-8")
DRAW_IMAGES = Path(__file__).with_name("draw_images.js").read_text(encoding="utf-8")

WATCH = f"""
(() => {{
  const read = {READ_ANSWER};
  window.__made = null;
  window.__ticks = 0;
  setInterval(() => {{
    window.__ticks += 1;
    const now = read();
    if (now && (now.sets.length || !window.__made)) window.__made = now.sets;
  }}, 10);
}})();
"""
"""Keeps the last list that was not empty: the error page, where it comes, wipes the list."""


@dataclass(frozen=True)
class Answer:
    """What the viewer did with a case."""

    display_sets: list[dict[str, Any]]
    error_page: bool = False
    errors: list[str] = field(default_factory=list)
    """Messages of exceptions that reached the console."""

    stored: Stored | None = None
    """What the server made of the files, where there is one."""

    drawn: dict[str, bool] = field(default_factory=dict)
    """Whether the stacks of a series are drawn; empty where that was not asked, or none is."""


def install(release: str = ASKED_RELEASE) -> Path:
    """Return the folder of the viewer's files, fetched from npm if need be."""
    folder = CACHE / f"ohif-app-{release}"
    if (folder / "index.html").is_file():
        return folder
    npm = shutil.which("npm")
    if npm is None:
        message = "npm is needed to fetch the viewer"
        raise ViewerNotAvailableError(message)
    CACHE.mkdir(parents=True, exist_ok=True)
    packed = subprocess.run(
        [npm, "pack", "--silent", f"{PACKAGE}@{release}"],
        cwd=CACHE,
        check=False,
        capture_output=True,
        text=True,
    )
    if packed.returncode:
        message = f"npm could not fetch {PACKAGE} {release}: {packed.stderr.strip()[-300:]}"
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
    """The viewer's files, isolated as its workers ask for; any other path is its start page.

    What the viewer asks of its server goes on to that server: to the browser they are one.
    """

    extensions_map = {  # noqa: RUF012 - declared so by its base
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".wasm": "application/wasm",
        ".js": "text/javascript",
    }

    def __init__(self, *given: Any, config: str, server_port: int | None, directory: str) -> None:
        self._config, self._server_port = config, server_port
        super().__init__(*given, directory=directory)

    def do_GET(self) -> None:
        """Serve a file, the configuration, the start page, or what the server answers."""
        with suppress(BrokenPipeError):  # the browser has left the page
            self._serve()

    def _serve(self) -> None:
        name = self.path.split("?")[0]
        if name.startswith(dicom_server.ROOT):
            self._pass_on()
            return
        if name == "/app-config.js":
            self._give(http.HTTPStatus.OK, "text/javascript", self._config.encode())
            return
        if not Path(self.translate_path(name)).is_file():
            self.path = "/index.html"
        super().do_GET()

    def _pass_on(self) -> None:
        kept = {k: v for k, v in self.headers.items() if k.lower() in {"accept", "host", "range"}}
        connection = http.client.HTTPConnection("127.0.0.1", self._server_port)
        try:
            connection.request("GET", self.path, headers=kept)
            answer = connection.getresponse()
            self._give(answer.status, answer.headers["Content-Type"], answer.read())
        finally:
            connection.close()

    def _give(self, status: int, content_type: str | None, body: bytes) -> None:
        self.send_response(status)
        if content_type is not None:
            self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self) -> None:
        """Add what makes the page cross-origin isolated, and let the browser keep the files."""
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        kept = not self.path.startswith(dicom_server.ROOT)
        self.send_header("Cache-Control", "max-age=3600" if kept else "no-store")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Stay silent: a page makes a hundred requests."""


@contextmanager
def served(folder: Path, dicom: DicomServer | None) -> Iterator[str]:
    """Serve the viewer on the loopback address; yields the base of its addresses.

    Without a server of DICOM data the viewer takes local files.
    """
    handler = partial(
        _Files,
        config=CONFIGS[DICOMWEB if dicom else LOCAL],
        server_port=dicom.port if dicom else None,
        directory=str(folder),
    )
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def _may_still_fail(sets: list[dict[str, Any]]) -> bool:
    """Tell display sets whose error page, where one comes, comes some time after their listing."""
    late = ("dicom-rt", "dicom-pmap", "dicom-sr", "dicom-sr-3d")
    return any(s["handler"].endswith(late) for s in sets)


def _drawn(page: Page, grey: int | None) -> dict[str, bool]:
    found: dict[str, bool] = page.evaluate(DRAW_IMAGES, grey)
    return found


class RealViewer:
    """A browser with the viewer in it; it is started again when it has crashed."""

    def __init__(self, playwright: Playwright, base: str, dicom: DicomServer | None) -> None:
        self._playwright = playwright
        self._base = base
        self._dicom = dicom
        self.source = LOCAL if dicom is None else DICOMWEB
        self._browser: Browser | None = None
        self._context: Any = None

    def close(self) -> None:
        """End the browser."""
        if self._browser is not None:
            self._browser.close()
            self._browser = None

    def answer(
        self,
        files: Sequence[Path],
        *,
        failing: bool = False,
        drawing: bool = False,
        grey: int | None = None,
    ) -> Answer:
        """Give the viewer the files and return what it makes of them; one more try on a crash.

        ``failing`` gives the error page the time to come. ``drawing`` asks whether it draws the
        images too, every pixel as ``grey`` where that is given.
        """
        ask = partial(self._answer, files, failing=failing, drawing=drawing, grey=grey)
        from playwright.sync_api import Error

        try:
            return ask()
        except Error:
            self.close()
            return ask()

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

    def _answer(
        self, files: Sequence[Path], *, failing: bool, drawing: bool, grey: int | None
    ) -> Answer:
        page = self._page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error).split("\n")[0]))
        page.add_init_script(WATCH)
        try:
            if self._dicom is None:
                if not self._choose(page, files):
                    return Answer([])
                made = self._made(page, errors, failing=failing)
                return replace(made, drawn=_drawn(page, grey)) if drawing else made
            stored = self._dicom.store(files)
            if not stored.studies:
                return Answer([], stored=stored)
            made = self._made(page, errors, self._open(page, stored), failing=failing)
            drawn = _drawn(page, grey) if drawing else {}
            return replace(made, stored=stored, drawn=drawn)
        finally:
            page.close()

    def _choose(self, page: Page, files: Sequence[Path]) -> bool:
        """Choose the files; return False where the viewer reads none, and stays where it is."""
        from playwright.sync_api import TimeoutError as TookTooLongError

        page.goto(f"{self._base}/localbasic", wait_until="commit")
        chosen = page.locator("input[type=file]:not([webkitdirectory])").first
        chosen.wait_for(state="attached")
        chosen.set_input_files([str(file) for file in files])
        wait = NOTHING_READ + len(files) / 10
        try:
            page.wait_for_url(
                lambda url: "/viewer" in url, wait_until="commit", timeout=1000 * wait
            )
        except TookTooLongError:
            return False
        return True

    def _open(self, page: Page, stored: Stored) -> Callable[[], bool]:
        """Open what the server holds; returns what tells whether the viewer has it all."""
        ended: list[str] = []

        def note(request: Request) -> None:
            if request.url.endswith("/metadata"):
                ended.append(request.url)

        page.on("requestfinished", note)
        page.on("requestfailed", note)
        studies = "&".join(f"StudyInstanceUIDs={quote(uid)}" for uid in stored.studies)
        page.goto(f"{self._base}/viewer?{studies}", wait_until="commit")
        return lambda: len(ended) >= stored.series

    def _made(
        self,
        page: Page,
        errors: list[str],
        complete: Callable[[], bool] = lambda: True,
        *,
        failing: bool,
    ) -> Answer:
        """Wait until the list of display sets stands still, or nothing comes."""
        waiting_until = time.monotonic() + PAGE_TIMEOUT
        while not complete() and time.monotonic() < waiting_until:
            page.wait_for_timeout(50)
        started = changed = time.monotonic()
        ticks = page.evaluate("window.__ticks") or 0
        seen: dict[str, Any] = {"sets": [], "errorPage": False}
        made: list[dict[str, Any]] = []
        while True:
            now = time.monotonic()
            state = page.evaluate(READ_ANSWER)
            made = page.evaluate("window.__made") or made
            if state is not None and state != seen:
                seen, changed = state, now
            quiet = now - changed
            may_fail = failing or _may_still_fail(seen["sets"] or made)
            if seen["sets"] and quiet > QUIET and not may_fail:
                break
            limit = ERROR_COMES if may_fail else NOTHING_COMES
            if seen["errorPage"] and quiet > QUIET:
                break
            awake = (page.evaluate("window.__ticks") or 0) - ticks
            if now - started > PAGE_TIMEOUT or (now - started > limit and awake > AWAKE):
                break
            time.sleep(0.05)
        return Answer(made, seen["errorPage"], errors)
