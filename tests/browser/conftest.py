"""One browser for all pages: Playwright starts once in a process."""

import pytest

from tests.browser.chromium import CHROMIUM, FLAGS


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
