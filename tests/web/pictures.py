"""The pictures of the README: a made-up story, on a desk and on a phone."""
import os
import struct
import zlib

from browser_test import meet


def landscape(width=560, height=320):
    """A PNG that nobody has rights in: hills before an evening sky."""
    from math import sin
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            sky = y / height
            pixel = (int(244 - 60 * sky), int(214 - 70 * sky), int(190 - 20 * sky))
            if (x - 400) ** 2 + (y - 90) ** 2 < 34 ** 2:
                pixel = (255, 240, 205)
            for depth, shade in ((0, (126, 148, 150)), (1, (84, 118, 112)), (2, (47, 84, 76))):
                if y > 150 + 50 * depth + 26 * sin(x / (70 + 25 * depth) + 2 * depth) + 9 * sin(x / 23 + depth):
                    pixel = shade
            rows.extend(pixel)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(rows), 9)) + chunk(b"IEND", b"")


def converse(house, alice, bob):
    bob.say("Good morning! Are we still on for Saturday?")
    alice.sees("Good morning! Are we still on for Saturday?")
    alice.say("Yes. The 9:40 train, and back before dark.")
    alice.say("I have put the route into a file; it is a little steep after the bridge.")
    bob.sees("I have put the route into a file; it is a little steep after the bridge.")
    alice.attach(house.file("route-saturday.gpx", b"<gpx/>" * 4000))
    bob.wait("the file", lambda: bob.text(".file"))
    bob.say("Thanks! This is from there, last autumn:")
    alice.sees("Thanks! This is from there, last autumn:")
    bob.attach(house.file("hills.png", landscape()))
    for each in (alice, bob):
        each.wait("the picture", lambda each=each: each.driver.execute_script(
            "const image = document.querySelector('.picture img'); return image !== null && image.complete && image.naturalWidth > 0"))
    alice.say("Lovely. I will bring tea.")
    bob.sees("Lovely. I will bring tea.")


def more_people(house, alice):
    for name, words in (("garden-club", None), ("marta.on.the.road", "Back on Thursday; the parcel is with the neighbours.")):
        other = house.browser(name)
        other.register(name if words else "gardener-jo")
        if words:
            other.click("New conversation")
            other.fill("Whom?", "alice-at-home")
            other.fill("First words", words)
            other.click("Say hello")
            alice.wait("a hello", lambda name=name: name in "".join(alice.text(".talk .name")))
            continue
        alice.click("New conversation")
        alice.click("Or a group")
        alice.fill("Name", "garden-club")
        alice.fill("First member", "gardener-jo")
        alice.click("Make the group")
        alice.title("garden-club")
        other.talk("garden-club")
        other.click("Join")
        other.say("The beans are up!")
        alice.sees("The beans are up!")


def picture(browser, path):
    browser.driver.execute_script("document.activeElement.blur(); document.querySelector('.scroller')?.scrollTo(0, 1e6)")
    browser.driver.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": 200, "y": 4})
    browser.driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
    browser.driver.save_screenshot(path)
    print(f"{path}: {os.path.getsize(path)} octets")


def pictures(house, directory):
    os.makedirs(directory, exist_ok=True)
    alice = house.browser("alice")
    bob = house.browser("bob", size=(390, 760), phone=True, dark=True)
    meet(alice, bob)
    more_people(house, alice)
    alice.talk("bob-the-builder")
    converse(house, alice, bob)
    picture(alice, os.path.join(directory, "web-desk.png"))
    picture(bob, os.path.join(directory, "web-phone.png"))
