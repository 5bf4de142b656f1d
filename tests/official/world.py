"""What every check has: the server, people who are signed in, a scorer of its own, and a list of checks."""

import json
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ouro import Ouro

# How long a condition may take to come true.
PATIENCE = 20

CHECKS = []


def check(function):
    """Marks a function as a check; it gets the world."""
    CHECKS.append(function)
    return function


@contextmanager
def refused(kind, *, code=None, words=None):
    """The block must end in that exception of the SDK, with that code and those words in its message."""
    try:
        yield
    except kind as error:
        if code is not None:
            assert error.code == code, f"code {error.code!r} instead of {code!r}: {error}"
        if words is not None:
            assert words.lower() in str(error).lower(), f"{words!r} is not in {error}"
        return
    raise AssertionError(f"nothing was refused; {kind.__name__} was expected")


def wait_for(what, found):
    """The first true answer of `found`."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        answer = found()
        if answer:
            return answer
        time.sleep(0.02)
    raise AssertionError(f"{what} did not happen within {PATIENCE} s")


class Scorer:
    """An evaluation route: scores what it was told about, by the id of a submitted asset."""

    def __init__(self):
        self.scores = {}
        self.seen = []
        scorer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
                scorer.seen.append(json.loads(body))
                found = [score for asset, score in scorer.scores.items() if asset in body]
                answer = found[0] if found else {"score": 0.5}
                answer = answer if isinstance(answer, dict) else {"score": answer, "categories": {"fit": answer}}
                text = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/"


class World:
    """A running `questdesk serve` and clients for it."""

    def __init__(self, binary):
        self.scorer = Scorer()
        self.home = tempfile.TemporaryDirectory()
        command = [binary, "serve", "--fixture", "empty", "--state-dir", self.home.name]
        command += ["--eval-route", f"lab={self.scorer.url}"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line, "questdesk serve said nothing"
        self.ready = json.loads(line)
        self.url, self.org, self.team = (self.ready[name] for name in ("url", "org_id", "team_id"))
        self.keys = {account["username"]: account["api_key"] for account in self.ready["accounts"]}
        self.ids = {account["username"]: account["user_id"] for account in self.ready["accounts"]}
        self.bound_key = self.ready["bound_keys"][0]["api_key"]
        self.routes = self.ready["routes"]
        self.clients = {}
        self.number = 0

    def client(self, name):
        """Somebody's client, in the personal context."""
        if name not in self.clients:
            self.clients[name] = Ouro(api_key=self.keys[name], base_url=self.url, organization="")
        return self.clients[name]

    def __getattr__(self, name):
        # ana, ravi, maria, bot, olga, nils: world.ana is ana's client.
        keys = self.__dict__.get("keys", {})
        name = {"bot": "bot-7"}.get(name, name)
        if name in keys:
            return self.client(name)
        raise AttributeError(name)

    def named(self, words):
        """A name that nothing has yet."""
        self.number += 1
        return f"{words} {self.number}"

    def place(self):
        """Where work of the team goes."""
        return {"org_id": self.org, "team_id": self.team}

    def quest(self, items, **fields):
        """A quest of ana's in the team."""
        return self.ana.quests.create(self.named("Quest"), items=items, **{**self.place(), **fields})

    def post(self, who, **fields):
        """A post of somebody's in the team."""
        client = self.client(who)
        return client.posts.create(name=self.named("Post"), content="# Findings\n\nAll **well**.", **{**self.place(), **fields})

    def entry(self, who, quest, item=0, **fields):
        """Somebody's entry to an item of a quest."""
        fields.setdefault("description", "As asked.")
        return self.client(who).quests.create_entry(str(quest.id), item_id=str(quest.items[item].id), **fields)

    def found(self, quest, entry):
        """An entry as the quest's owner sees it now."""
        rows = self.ana.quests.list_entries(str(quest.id), limit=200)
        return next(row for row in rows if str(row.id) == str(entry.id))

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.scorer.server.shutdown()
        self.home.cleanup()
