"""A real browser without a window, and what a page says and asks for in it."""

import json
import shutil

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")


def started(downloads):
    """Start the browser, or skip the test with the reason."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("there is no chromium with its chromedriver (Debian: apt-get install chromium chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.chrome.service.Service(DRIVER))
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(downloads)})
    return driver


class Tab:
    """The page that is open in a browser."""

    def __init__(self, driver):
        self.driver = driver

    def open(self, path, width=1280, height=900):
        """Open a file and wait for its pictures."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.driver.get_log("browser"), self.driver.get_log("performance")
        self.driver.get(path.as_uri())
        self.wait("return document.body.dataset.drawn")
        return self

    def run(self, script, *arguments):
        """Run a script in the page."""
        return self.driver.execute_script(script, *arguments)

    def wait(self, script):
        """Wait until a script returns something true."""
        from selenium.webdriver.support.wait import WebDriverWait

        return WebDriverWait(self.driver, 60, 0.05).until(lambda driver: driver.execute_script(script))

    def find(self, selector):
        """Find an element."""
        return self.driver.find_element("css selector", selector)

    def text(self, selector):
        """Read the text of an element, shown or not."""
        return self.run("return document.querySelector(arguments[0]).textContent", selector)

    def shows(self, order):
        """Wait until the pictures are those of an order."""
        return self.wait(f"return document.body.dataset.drawn === '{order}'")

    def curve(self, plot, name):
        """Read numbers of the curve whose name begins so, from what the plot was given."""
        script = """
            const trace = document.getElementById(arguments[0]).data.find((each) => each.name.startsWith(arguments[1]));
            return [Array.from(trace.x), Array.from(trace.y)];"""
        return self.run(script, plot, name)

    def complaints(self):
        """What the console of the page says."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self):
        """Addresses that the page asked for."""
        messages = (json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance"))
        sent = (each for each in messages if each["method"] == "Network.requestWillBeSent")
        return [each["params"]["request"]["url"] for each in sent]
