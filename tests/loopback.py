"""A Hub on the loopback that can be told to fail: `local_hub` with faults added."""

import re
import time
from collections.abc import Callable

from nbhelpers.local_hub import Handler


def no_fault(handler, name):
    """Let every request through."""


class FaultyHandler(Handler):
    """Asks `fault(handler, name)` before each answer.

    `name` is the file that is asked for, or "" for a list. A fault answers the request itself and
    returns True, or returns None to let it through.
    """

    fault: Callable[["FaultyHandler", str], bool | None] = staticmethod(no_fault)
    sent = 0  # bytes of files, over all requests

    def do_GET(self):  # noqa: N802
        name = self.path.rpartition("/")[2] if "/resolve/" in self.path else ""
        if not vars(type(self)).get("fault", no_fault)(self, name):
            super().do_GET()

    do_HEAD = do_GET  # noqa: N815

    def send(self, headers, body=b"{}", status=200):
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if asked and status == 200 and "ETag" in headers:  # the rest of a file, as the Hub sends it
            start, size = int(asked[1]), len(body)
            body, status = body[start:], 206
            span = f"bytes {start}-{size - 1}/{size}"
            headers = headers | {"Content-Length": str(len(body)), "Content-Range": span}
        super().send(headers, body, status)
        if self.command == "GET":
            type(self).sent += len(body)


def status(code: int, error_code: str = ""):
    """Answer every request with this status."""

    def fault(handler, name):
        handler.send({"X-Error-Code": error_code}, status=code)
        return True

    return fault


def only(names: str | tuple[str, ...], fault):
    """Let `fault` happen to these files alone."""
    names = (names,) if isinstance(names, str) else names
    return lambda handler, name: fault(handler, name) if name in names else None


def page(handler, name):
    """Answer with the login page of a hotel's network."""
    body = b"<!DOCTYPE html><html><title>Welcome</title>Please log in</html>"
    handler.send({"Content-Type": "text/html"}, body)
    return True


def hang(handler, name):
    """Accept the request and never answer it."""
    time.sleep(12)
    handler.close_connection = True
    return True


def around(handler, name):
    """Send the client round in circles."""
    handler.send({"Location": handler.path}, b"", 302)
    return True


def find(handler, name):
    """Return path and checksum of the file that is asked for."""
    return next(files[name] for files in handler.server.repositories.values() if name in files)


def wrong_bytes(handler, name):
    """Send as many bytes as there should be, and other ones."""
    if handler.command == "HEAD" or not name:
        return None
    path, checksum = find(handler, name)
    handler.send({"ETag": f'"{checksum}"'}, bytes(path.stat().st_size))
    return True


def cut(handler, name):
    """Promise the whole file and hang up after a thousand bytes of it."""
    if handler.command == "HEAD" or not name:
        return None
    path, checksum = find(handler, name)
    size = str(path.stat().st_size)
    handler.send({"ETag": f'"{checksum}"', "Content-Length": size}, path.read_bytes()[:1000])
    handler.close_connection = True
    return True
