"""Headless Chromium for tests of pages, as engines run it without a screen and without a network."""

import os
import shutil
import sys
import tempfile

sys.path.append("/usr/lib/python3/dist-packages")  # Debian's, where another Python comes first.
try:
    from selenium import webdriver
    from selenium.webdriver.support.ui import WebDriverWait
except ImportError:
    webdriver = None

OPTIONS = ("--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
           "--disable-background-networking --disable-component-update --disable-sync").split()
PATIENCE = 60  # Seconds.


def missing():
    """What this machine lacks, or nothing."""
    if webdriver is None:
        return "python3-selenium"
    for program in ("chromium", "chromedriver"):
        if shutil.which(program) is None:
            return program
    return None


def start(case, dark=False, size=(1200, 1000)):
    """A browser that ends with the test case."""
    profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    case.addCleanup(profile.cleanup)
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for option in OPTIONS + [f"--user-data-dir={profile.name}",
                             f"--window-size={size[0]},{size[1]}"]:
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.chrome.service.Service(shutil.which("chromedriver"))
    browser = webdriver.Chrome(service=service, options=options)
    case.addCleanup(browser.quit)
    set_scheme(browser, dark)
    return browser


def set_scheme(browser, dark):
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})


def until(browser, holds):
    WebDriverWait(browser, PATIENCE).until(lambda _: holds())


def until_ready(browser):
    until(browser, lambda: browser.find_elements("css selector", "body[data-ready]"))


def picture(browser, name):
    """Kept for whoever wants to look: TANDEM_PICTURES is a folder."""
    if "TANDEM_PICTURES" in os.environ:
        browser.save_screenshot(os.path.join(os.environ["TANDEM_PICTURES"], name))
