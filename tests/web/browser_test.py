#!/usr/bin/python3
"""The browser client in real browsers against a real relay, which is killed in between.

    tests/web/browser_test.py MNMD                      all of it; exit code 77 where a browser or Selenium is missing
    tests/web/browser_test.py MNMD --screenshots DIR    no test: the pictures of the README
"""
import hashlib
import os
import signal
import sys
import urllib.error
import urllib.request

from browser_run import run

FILE_BYTES = 50 * 1000 * 1000
HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script> \u202e{{7*7}}"


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def meet(alice, bob):
    """Both register; one says hello to an alias, the other answers; each knows and sees the other."""
    alice.register("alice-at-home")
    bob.register("bob-the-builder")
    alice.click("New conversation")
    alice.fill("Whom?", "bob-the-builder")
    alice.fill("First words", "Hello, Bob.")
    alice.click("Say hello")
    bob.talk("alice-at-home")
    bob.sees("Hello, Bob.")
    bob.click("Answer")
    alice.title("bob-the-builder")
    alice.sees("Hello, Bob.")
    for each in (alice, bob):
        each.wait("the other is online", lambda each=each: each.text(".conversation .state") == ["online"])


def talk(alice, bob):
    bob.say("Hello, Alice.\nHow are you?")
    alice.sees("Hello, Alice.\nHow are you?")
    alice.say(HOSTILE)
    bob.sees(HOSTILE)
    elements = bob.driver.execute_script("return document.querySelectorAll('.log img, .log script').length")
    assert elements == 0, "a message became an element"
    assert "owned" not in bob.driver.title
    bob.say("- 1\n- 2")


def group(alice, bob):
    alice.click("New conversation")
    alice.click("Or a group")
    alice.fill("Name", "friends-of-lunch")
    alice.fill("First member", "bob-the-builder")
    alice.click("Make the group")
    alice.title("friends-of-lunch")
    bob.talk("friends-of-lunch")
    bob.click("Join")
    bob.say("To all of us.")
    alice.sees("To all of us.")
    alice.say("Lunch at one?")
    bob.sees("Lunch at one?")
    bob.talk("alice-at-home")
    alice.talk("bob-the-builder")


def catch_upload(house, alice):
    """A file on its way while the relay stands still: some of it is there, and not all. The paths that were sent."""
    from house import until
    for attempt in range(5):
        path = house.file(f"large-{attempt}.bin", os.urandom(FILE_BYTES))
        house.sent.append(path)
        before = house.relay.body_octets()
        alice.attach(path)
        until("the upload has begun", lambda: house.relay.body_octets() > before)
        house.relay.signal(signal.SIGSTOP)
        if house.relay.body_octets() < before + FILE_BYTES:
            return
        house.relay.signal(signal.SIGCONT)  # it was faster than we: once more
        alice.wait("it is sent", lambda: not alice.all(".queue .message"))
    raise AssertionError("no upload was ever seen half done")


def killed_relay(house, alice, bob):
    house.sent = []
    catch_upload(house, alice)
    house.relay.kill()
    alice.standing("No connection")
    alice.say("Written while the relay was away.")
    alice.wait("both wait", lambda: len([text for text in alice.text(".queue .message") if "Waits until" in text]) == 2)
    house.relay.start()
    bob.sees("Written while the relay was away.")
    alice.wait("nothing waits", lambda: not alice.all(".queue .message"))
    for path in house.sent:
        name = os.path.basename(path)
        assert sha256(bob.save(name)) == sha256(path), f"{name} came otherwise than it went"
        assert len([each for each in bob.text(".file") if name in each]) == 1, f"{name} came more than once"


def queue_without_page(house, alice, bob):
    """The page is closed while a message waits; the next one sends it."""
    house.relay.kill()
    alice.standing("No connection")
    alice.say("From the disk.")
    alice.wait("it waits", lambda: alice.all(".queue .message"))
    alice.leave()
    house.relay.start()
    alice.open()
    bob.sees("From the disk.")
    alice.standing("Connected")
    alice.talk("bob-the-builder")


def reload_keeps_all(alice, bob):
    before = bob.messages()
    assert len(before) == len(set(before)), f"a message is there twice: {before}"
    bob.open()
    bob.standing("Connected")
    bob.talk("alice-at-home")
    bob.wait("all messages are there", lambda: bob.messages() == before)
    alice.wait("both have the same", lambda: alice.messages() == before)


def further_device(house, alice, bob):
    """A second device of Alice's, from a key; it knows what the first one knows, and gets what the first one sends."""
    alice.click("Settings")
    alice.fill("Name of a further device", "Phone")
    alice.click("Add a device")
    key = alice.wait("the key", lambda: alice.text("[data-key=device]"))[0]
    phone = house.browser("phone", size=(390, 780), phone=True)
    phone.click("I have an account on another device")
    phone.fill("Device key", key)
    phone.click("Log in")
    phone.standing("Connected")
    alice.talk("bob-the-builder")
    alice.say("To your phone, too.")
    phone.talk("bob-the-builder")
    phone.sees("To your phone, too.")
    phone.say("From the phone.")
    bob.sees("From the phone.")
    alice.sees("From the phone.")
    alice.click("Settings")
    alice.click("Remove Phone")
    phone.standing("Not logged in")


def looks_right(browser):
    assert browser.nameless() == [], browser.nameless()
    assert browser.complaints() == [], browser.complaints()
    kept = browser.driver.execute_script("return [localStorage.length, sessionStorage.length, document.cookie, location.href]")
    assert kept == [0, 0, "", browser.address + "/"], kept
    landmarks = browser.driver.execute_script("return ['nav', 'main', 'header'].filter((tag) => !document.querySelector(tag))")
    assert landmarks == [], f"no {landmarks}"


def keyboard_alone(bob):
    """From the list to a sent message without a mouse."""
    from selenium.webdriver.common.keys import Keys
    bob.driver.execute_script("arguments[0].focus()", bob.all(".talk")[0])
    bob.driver.switch_to.active_element.send_keys(Keys.ENTER)
    bob.wait("the title has the focus", lambda: bob.driver.switch_to.active_element.tag_name == "h2")
    def tab_to_message():
        bob.driver.switch_to.active_element.send_keys(Keys.TAB)
        return bob.driver.switch_to.active_element.accessible_name == "Message"
    bob.wait("Tab leads to the message", tab_to_message)
    bob.driver.switch_to.active_element.send_keys("By keyboard.", Keys.ENTER)
    bob.sees("By keyboard.")


def two_windows(bob):
    """The newer window has the device; the older one gives way, and can have it back."""
    first = bob.driver.current_window_handle
    bob.driver.switch_to.new_window("tab")
    bob.open()
    bob.standing("Connected")
    bob.driver.switch_to.window(first)
    bob.click("Use it here")
    bob.standing("Connected")
    bob.talk("alice-at-home")


def story(house):
    alice = house.browser("alice")
    bob = house.browser("bob")
    for browser in (alice, bob):
        assert browser.nameless() == [], browser.nameless()
    meet(alice, bob)
    talk(alice, bob)
    alice.sees("- 1\n- 2")
    group(alice, bob)
    killed_relay(house, alice, bob)
    queue_without_page(house, alice, bob)
    reload_keeps_all(alice, bob)
    further_device(house, alice, bob)
    keyboard_alone(bob)
    two_windows(bob)
    for browser in (alice, bob):
        looks_right(browser)


def work(house, screenshots):
    try:
        urllib.request.urlopen(house.relay.address + "/")
    except urllib.error.HTTPError:
        return "mnmd was built without the browser client"
    if screenshots:
        from pictures import pictures
        pictures(house, screenshots)
    else:
        story(house)
    return None


if __name__ == "__main__":
    sys.exit(run(__doc__, work))
