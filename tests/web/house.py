"""A relay of the test's own, and browsers with profiles of their own. Everything waits for conditions, with a limit; only
processes that were started here are ended."""
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE_S = 60


def until(what, condition, idle=lambda: None):
    """The condition's value, once it is true. `idle` is called between two looks."""
    limit = time.monotonic() + PATIENCE_S
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > limit:
            raise AssertionError(f"not within {PATIENCE_S} s: {what}")
        idle()


class Relay:
    def __init__(self, program, directory, *more):
        self.program = program
        self.more = more  # options
        self.data = os.path.join(directory, "data")
        self.words = open(os.path.join(directory, "words"), "ab")
        self.address = "http://127.0.0.1:0"
        self.start()

    def start(self):
        command = [self.program, "--data", self.data, "--listen", self.address, "--disk-reserve", "0", *self.more]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.words, text=True)
        for line in self.process.stdout:
            found = re.match(r"mnmd ready (http://\S+)", line)
            if found:
                self.address = found.group(1)  # the port that was picked; the next start takes it again
                return
        raise AssertionError("mnmd did not start")

    def body_octets(self):
        folder = os.path.join(self.data, "body")
        return sum(entry.stat().st_size for entry in os.scandir(folder)) if os.path.isdir(folder) else 0

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        if self.process.poll() is None:
            self.signal(signal.SIGCONT)
            self.process.terminate()
            self.process.wait(PATIENCE_S)


class Browser:
    """One person's. What is asked for by words is found by its accessible name."""

    def __init__(self, name, directory, address, chromium, chromedriver, size=(1080, 720), phone=False, dark=False):
        self.name = name
        self.address = address
        self.downloads = os.path.join(directory, name, "downloads")
        os.makedirs(self.downloads)
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        arguments = ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--lang=en-GB",
                     "--hide-scrollbars", "--disable-background-networking", "--disable-component-update",
                     f"--user-data-dir={os.path.join(directory, name, 'profile')}", f"--window-size={size[0]},{size[1]}"]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")  # it refuses to run as root otherwise
        for argument in arguments:
            options.add_argument(argument)
        options.add_experimental_option("prefs", {"download.default_directory": self.downloads,
                                                  "download.prompt_for_download": False})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service(chromedriver), options=options)
        self.driver.execute_cdp_cmd("Emulation.setLocaleOverride", {"locale": "en-GB"})
        metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 2 if phone else 1, "mobile": phone}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        if dark:
            scheme = [{"name": "prefers-color-scheme", "value": "dark"}]
            self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})
        self.open()

    def open(self):
        self.driver.get(self.address if "#" in self.address else self.address + "/")

    def leave(self):
        self.driver.get("about:blank")

    def close(self):
        self.driver.quit()

    def wait(self, what, condition):
        wait = WebDriverWait(self.driver, PATIENCE_S, 0.05, [StaleElementReferenceException])
        return wait.until(lambda _: condition(), f"{self.name}: {what}")

    def all(self, selector):
        """What can be seen of it; while a dialog is open, in it."""
        return self.driver.execute_script(
            "return [...(document.querySelector('dialog[open]') ?? document).querySelectorAll(arguments[0])]"
            ".filter((each) => each.checkVisibility())", selector)

    def named(self, selector, name):
        def look():
            for each in self.all(selector):
                if each.accessible_name == name or each.text == name:
                    return each
            return None
        return self.wait(f"{selector} “{name}”", look)

    def click(self, name):
        self.named("button, summary", name).click()

    def fill(self, label, text):
        field = self.named("input, textarea", label)
        field.clear()
        field.send_keys(text)

    def text(self, selector):
        return [each.text for each in self.all(selector)]

    # ------------------------------------------------------------------------------------------------------ the page

    def register(self, alias, device="Desk"):
        self.fill("Your alias", alias)
        self.fill("This device", device)
        self.click("Create an account")
        self.standing("Connected")

    def standing(self, text):
        # The list, with the standing, is not displayed on a phone while a conversation is open.
        script = "return document.querySelector('.standing')?.textContent ?? ''"
        self.wait(f"standing “{text}”", lambda: self.driver.execute_script(script).startswith(text))

    def talk(self, title):
        script = ("return [...document.querySelectorAll('.talk')]"
                  ".find((row) => row.querySelector('.name').firstChild.textContent === arguments[0])")
        self.wait(f"a conversation with {title}", lambda: self.driver.execute_script(script, title)).click()
        self.title(title)

    def title(self, title):
        self.wait(f"title {title}", lambda: self.text(".conversation h2") == [title])

    def say(self, text):
        field = self.named("textarea", "Message")
        # Typed by script where a key would do something else, and as fast as a paste.
        self.driver.execute_script("arguments[0].value = arguments[1]", field, text)
        field.send_keys(Keys.ENTER)

    def attach(self, path):
        self.driver.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(path)

    def messages(self):
        return self.text(".log:not(.queue) .message .text")

    def sees(self, text):
        self.wait(f"message “{text[:60]}”", lambda: text in self.messages())

    def save(self, name):
        """Clicks on a file that came, and waits until it is on the disk; its path."""
        self.wait(f"file {name}", lambda: [each for each in self.all(".file") if name in each.text])[-1].click()
        path = os.path.join(self.downloads, name)
        return self.wait(f"{name} saved", lambda: os.path.exists(path) and path)

    def complaints(self):
        """What the browser wrote into its console, but for links that were cut, which is what a test does to them."""
        return [each["message"] for each in self.driver.get_log("browser")
                if each["level"] == "SEVERE" and "WebSocket connection to" not in each["message"]
                and "net::ERR_CONNECTION_REFUSED" not in each["message"]]

    def nameless(self):
        """Controls that a screen reader would have no words for."""
        return [each.get_attribute("outerHTML")[:120] for each in self.all("button, input, textarea, select, a, summary")
                if not each.accessible_name]


class House:
    """A directory with a relay and browsers, all gone at the end."""

    def __init__(self, program, chromium, chromedriver, *more):
        self.directory = tempfile.mkdtemp(prefix="mnm-web-")
        self.programs = (chromium, chromedriver)
        self.browsers = []
        self.relay = Relay(program, self.directory, *more)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for browser in self.browsers:
            browser.close()
        self.relay.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def browser(self, name, address=None, **options):
        browser = Browser(name, self.directory, address or self.relay.address, *self.programs, **options)
        self.browsers.append(browser)
        return browser

    def file(self, name, octets):
        path = os.path.join(self.directory, name)
        with open(path, "wb") as file:
            file.write(octets)
        return path
