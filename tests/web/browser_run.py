"""What the tests in browsers have in common: what they are started with, and when they are skipped."""
import argparse
import os
import shutil

SKIPPED = 77


def run(description, work):
    """The exit code. `work(house, screenshots)` does the rest, in a house of its own, and returns why it is skipped, if it is."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mnmd")
    parser.add_argument("--screenshots", metavar="DIR")
    options = parser.parse_args()
    chromium, chromedriver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not chromedriver:
        print("skipped: chromium or chromedriver is missing; tools/setup --all installs them")
        return SKIPPED
    try:
        from house import House
    except ImportError as error:
        print(f"skipped: {error}; tools/setup --all installs python3-selenium")
        return SKIPPED
    with House(os.path.abspath(options.mnmd), chromium, chromedriver) as house:
        lack = work(house, options.screenshots)
    if lack:
        print(f"skipped: {lack}")
    return SKIPPED if lack else 0
