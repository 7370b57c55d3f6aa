#!/usr/bin/python3
"""The operator's page in a real browser, beside a real relay that is stopped in between.

    tests/web/console_test.py MNMD                      all of it; exit code 77 where a browser or Selenium is missing
    tests/web/console_test.py MNMD --screenshots DIR    no test: the pictures of doc/console.md
"""
import json
import os
import shutil
import subprocess
import sys

from browser_run import run

HOSTILE = "<img/src=x/onerror=document.title='owned'>"


class People:
    """Users of the relay, by the client `mnm`; what mnmlog says of it."""

    def __init__(self, house):
        self.bin = os.path.dirname(house.relay.program)
        self.data = house.relay.data
        self.environment = {"MNM_CONNECT": f"unix://{house.directory}/mnm.sock", "MNM_PROFILES": os.path.join(house.directory, "profiles"),
                            "PATH": os.environ["PATH"]}
        self.uids = {}

    def run(self, program, *arguments, text=None):
        done = subprocess.run([os.path.join(self.bin, program), *arguments], env=self.environment, input=text, text=True,
                              capture_output=True, timeout=60)
        assert done.returncode == 0, f"{program} {arguments}: {done.stderr}"
        return done.stdout.strip()

    def register(self, name, alias):
        self.uids[name] = self.run("mnm", "register", "--as", name, "--alias", alias)

    def post(self, name, to, text="words"):
        return self.run("mnm", "post", "--as", name, "--to", self.uids[to], text=text)

    def receive(self, name, count=1):
        self.run("mnm", "receive", "--as", name, "--count", str(count))

    def last(self):
        return json.loads(self.run("mnmlog", "info", "--json", "-q", "--data", self.data))["head_lsn"]


class Console:
    """mnmctl console of the test's own: where it is, until it is ended."""

    def __init__(self, house, *options):
        program = os.path.join(os.path.dirname(house.relay.program), "mnmctl")
        self.process = subprocess.Popen([program, "--data", house.relay.data, "console", *options], stdout=subprocess.PIPE, stderr=house.relay.words, text=True)
        self.address = self.process.stdout.readline().strip()

    def stop(self):
        self.process.terminate()
        assert self.process.wait(60) == 0
        self.process.stdout.close()


def rows(page):
    return [text.split("\n")[0] for text in page.text(".events tbody tr")]


def live(page, people):
    """Events come by themselves, and filters hold for what is there and for what comes."""
    page.wait("what is there", lambda: any("registered" in row for row in rows(page)))
    before = len(rows(page))
    people.post("alice", "bob")
    page.wait("the post", lambda: len(rows(page)) > before and any("posted" in row for row in rows(page)))
    page.fill("Op or event", "post")
    page.click("Filter")
    page.wait("posts alone", lambda: rows(page) and all("stored" in row for row in rows(page)))
    count = len(rows(page))
    people.post("alice", "bob")
    page.wait("one more", lambda: len(rows(page)) == count + 1)
    page.click("Pause")
    people.post("alice", "bob")
    page.wait("the relay has gone on", lambda: f"LSN {people.last()} " in page.text(".state")[0])
    assert len(rows(page)) == count + 1, "it was to pause"
    page.click("Go on")
    page.wait("what came meanwhile", lambda: len(rows(page)) == count + 2)
    page.fill("User", "nobody-of-this-name")
    page.click("Filter")
    page.wait("the reason", lambda: "nobody-of-this-name" in "".join(page.text("[role=status]")))
    page.click("Clear")
    page.wait("all again", lambda: any("registered" in row for row in rows(page)))


def failing(page, part):
    """From now on, questions with this in their address fail as they do when something is broken; None: none."""
    script = ("window.realFetch ??= window.fetch; const part = arguments[0];"
              "window.fetch = (url, init) => part !== null && String(url).includes(part)"
              " ? Promise.resolve(new Response('{\"detail\":\"broken just now\"}', {status: 500})) : window.realFetch(url, init)")
    page.driver.execute_script(script, part)


def loses_nothing(page, people):
    """What came while questions failed is shown when they don't any more, and so is the first page."""
    page.click("Live")
    page.wait("events", lambda: rows(page))
    page.click("Pause")
    failing(page, "/events")
    people.post("alice", "bob", "while it is broken")
    first, last = people.last() - 1, people.last()
    page.wait("the relay has gone on", lambda: f"LSN {last} " in page.text(".state")[0])
    page.click("Go on")
    page.wait("the reason", lambda: "broken just now" in "".join(page.text("[role=status]")))
    failing(page, None)
    page.wait("what came meanwhile", lambda: {str(first), str(last)} <= {row.split()[-1] for row in page.text(".events tbody tr td:nth-child(2)")})
    failing(page, "/events")
    page.fill("Op or event", "registered")
    page.click("Filter")
    page.wait("the reason", lambda: "broken just now" in "".join(page.text("[role=status]")))
    failing(page, None)
    page.wait("the first page", lambda: rows(page) and all("registered" in row for row in rows(page)))
    page.click("Clear")


def look_up(page, time):
    script = ("const input = arguments[0]; input.value = arguments[1];"
              "input.dispatchEvent(new Event('change', {bubbles: true}))")
    page.driver.execute_script(script, page.named("input", "Or a time"), time)


def times(page, people):
    """A time that can't be looked up isn't the end of the log."""
    page.click("A moment")
    slide(page, 2)
    page.wait("LSN 2", lambda: page.text(".when")[0].startswith("LSN 2,"))
    failing(page, "/events")
    look_up(page, "2001-01-01T00:00:00")
    page.wait("the reason", lambda: "broken just now" in page.text(".when")[0])
    assert page.named("input[type=range]", "Moment").get_attribute("value") == "2"
    failing(page, None)
    look_up(page, "2001-01-01T00:00:01")
    page.wait("the first event", lambda: page.text(".when")[0].startswith("LSN 1,"))
    look_up(page, "2099-01-01T00:00:00")
    page.wait("the last event", lambda: page.text(".when")[0].startswith(f"LSN {people.last()},"))


def slide(page, lsn):
    """The slider as somebody drags it there."""
    script = ("const slider = arguments[0]; slider.value = arguments[1];"
              "slider.dispatchEvent(new Event('input', {bubbles: true}))")
    page.driver.execute_script(script, page.named("input[type=range]", "Moment"), str(lsn))


def moments(page, people, carols_first):
    """Before a user was there, and after."""
    page.click("A moment")
    page.fill("Which", "carol-calls")
    page.click("Show")
    page.wait("her state now", lambda: "carol-calls" in "".join(page.text(".result .fields")))
    slide(page, carols_first - 1)
    page.wait("she isn't there yet", lambda: f"no user carol-calls at LSN {carols_first - 1}" in "".join(page.text(".result .error")))
    slide(page, carols_first + 1)
    page.wait("she is", lambda: people.uids["carol"] in "".join(page.text(".result h2")))
    slide(page, 1)
    page.wait("the first event", lambda: page.text(".when")[0].startswith("LSN 1,"))


def life(page, people, acked, waiting):
    page.click("A message")
    for message, state in ((acked, "acked"), (waiting, "waiting")):
        page.fill("Message", message)
        page.click("Show")
        page.wait(f"the timeline of one that is {state}", lambda: page.text(".result h2") == [f"Message {message}"]
                  and page.all(f".timeline .copy.{state}") and state in "".join(page.text(".result td .tag")))
    page.fill("Message", "00000000000fffff")
    page.click("Show")
    page.wait("that there is none", lambda: page.text(".result .error"))


def queues(page, people):
    page.click("Queues")
    node = people.uids["carol"] + "/1"
    page.wait("carol's queue", lambda: any(text.startswith(f"{node} 1 ") for text in page.text(".queues tbody tr")))
    page.click(node)
    page.wait("why", lambda: "Stuck" in "".join(page.text(".verdict")) and "offline" in "".join(page.text(".verdict")))


def integrity(page):
    page.click("Integrity")
    page.wait("all holds", lambda: "events hold" in "".join(page.text(".verdict:not(.bad)")))
    assert not page.all(".verdict.bad")
    heads = "".join(page.text(".heads"))
    assert "beside the log" in heads or heads.startswith("No head"), heads


def figures(page):
    page.click("Figures")
    page.wait("charts", lambda: len(page.all(".chart")) == 8)
    page.wait("of the queue", lambda: any("messages 1" in text or "messages 4" in text or "messages" in text for text in page.text("figcaption")))
    page.wait("lines", lambda: page.driver.execute_script("return [...document.querySelectorAll('.chart path')].some((path) => path.getAttribute('d').includes('L'))"))


def looks_right(page):
    assert page.nameless() == [], page.nameless()
    kept = page.driver.execute_script("return [localStorage.length, sessionStorage.length, document.cookie, location.href.includes('token')]")
    assert kept == [0, 0, "", False], kept
    assert "owned" not in page.driver.title
    elements = page.driver.execute_script("return document.querySelectorAll('main img, main script').length")
    assert elements == 0, "what a user chose became an element"
    complaints = [each for each in page.complaints() if "the server responded with a status of" not in each]
    assert complaints == [], complaints


def every_view_has_names(page):
    for view in ("Live", "A moment", "A message", "Queues", "Integrity", "Figures"):
        page.click(view)
        page.wait(view, lambda view=view: page.text("nav [aria-current]") == [view])
        assert page.nameless() == [], (view, page.nameless())


def without_relay(house, page):
    """The relay stops; its files are read. It starts again; the page goes on by itself."""
    house.relay.stop()
    page.wait("the files", lambda: page.text(".state")[0].startswith("No relay answers"))
    page.click("Live")
    page.wait("its last events", lambda: rows(page))
    house.relay.start()
    page.wait("the relay", lambda: page.text(".state")[0].startswith("Running"))


def ended(house, console, page):
    """After a reload the token is gone, and can be given by hand; when the console ends, the page says so."""
    page.driver.refresh()
    page.fill("Token", "0" * 50)
    page.click("Go on")
    page.wait("that it is wrong", lambda: "wrong" in "".join(page.text(".error")))
    page.fill("Token", console.address)
    page.click("Go on")
    page.wait("the events", lambda: rows(page))
    other = Console(house, "--listen", console.address.split("/console")[0].replace("127.0.0.1", "127.0.0.2"), "--allow-plaintext")
    page.driver.get(other.address)
    page.wait("another address is itself a name", lambda: rows(page))
    other.stop()
    page.driver.get(console.address.split("#")[0])
    page.driver.get(console.address)
    page.wait("the token of an address that only differs behind the #", lambda: rows(page))
    assert "token" not in page.driver.current_url
    console.stop()
    page.wait("its end", lambda: "has ended" in "".join(page.text("main")))


def story(house, people):
    people.register("alice", "alice-at-home")
    people.register("bob", HOSTILE)
    acked = people.post("alice", "bob")
    people.receive("bob")
    before_carol = people.last()
    people.register("carol", "carol-calls")
    waiting = people.post("alice", "carol")
    console = Console(house)
    page = house.browser("operator", console.address)
    live(page, people)
    moments(page, people, before_carol + 1)
    loses_nothing(page, people)
    times(page, people)
    life(page, people, acked, waiting)
    queues(page, people)
    integrity(page)
    figures(page)
    every_view_has_names(page)
    looks_right(page)
    without_relay(house, page)
    ended(house, console, page)


def pictures(house, people, directory):
    from pictures import picture
    people.register("alice", "alice-at-home")
    people.register("bob", "bob-the-builder")
    people.register("marta", "marta.on.the.road")
    message = people.run("mnm", "post", "--as", "alice", "--to", people.uids["bob"], "--to", people.uids["marta"], text="Lunch at one?")
    people.receive("bob")
    console = Console(house)
    page = house.browser("operator", console.address, size=(1180, 760))
    phone = house.browser("phone", console.address, size=(390, 760), phone=True, dark=True)
    page.wait("events", lambda: rows(page))
    for _ in range(6):
        people.post("alice", "bob", "Back before dark.")
    people.receive("bob", 6)
    page.wait("the last ack", lambda: f"LSN {people.last()} " in page.text(".state")[0] and "session_ended" in rows(page)[0])
    picture(page, os.path.join(directory, "console-live.png"))
    page.click("A message")
    page.fill("Message", message)
    page.click("Show")
    page.wait("the timeline", lambda: page.all(".timeline"))
    picture(page, os.path.join(directory, "console-life.png"))
    phone.click("Figures")
    phone.wait("charts", lambda: len(phone.all(".chart")) == 8)
    picture(phone, os.path.join(directory, "console-phone.png"))
    console.stop()


def work(house, screenshots):
    if not shutil.which("tsc"):
        return "mnmctl was built without the page"
    house.relay.stop()
    house.relay.more = ("--listen", f"unix://{house.directory}/mnm.sock", "--checkpoint-interval", "1s")
    house.relay.start()
    people = People(house)
    if screenshots:
        pictures(house, people, screenshots)
    else:
        story(house, people)
    return None


if __name__ == "__main__":
    sys.exit(run(__doc__, work))
