"""A Hub on the loopback that can be told to fail: `local_hub` with faults added."""

import time
from collections.abc import Callable

from nbhelpers.local_hub import Handler


def no_fault(handler, name):
    """Let every request through."""


class FaultyHandler(Handler):
    """Asks `fault(handler, name)` before each answer; `name` is the file asked for, or "" for a list.

    A fault answers the request itself and returns True, or returns None to let it through.
    """

    fault: Callable[["FaultyHandler", str], bool | None] = staticmethod(no_fault)
    sent = 0  # bytes of files, over all requests

    def do_GET(self):  # noqa: N802
        name = self.path.rpartition("/")[2] if "/resolve/" in self.path else ""
        if not vars(type(self)).get("fault", no_fault)(self, name):
            super().do_GET()

    do_HEAD = do_GET  # noqa: N815

    def send_head(self, status, length, headers):
        super().send_head(status, length, headers)
        if self.command == "GET":
            type(self).sent += length


def status(code: int, error_code: str = ""):
    """Answer every request with this status."""

    def fault(handler, name):
        handler.send_json({"error": "as the test wants it"}, code, {"X-Error-Code": error_code})
        return True

    return fault


def only(names: str | tuple[str, ...], fault):
    """Let `fault` happen to these files alone."""
    names = (names,) if isinstance(names, str) else names
    return lambda handler, name: fault(handler, name) if name in names else None


def page(handler, name):
    """Answer with the login page of a hotel's network."""
    body = b"<!DOCTYPE html><html><title>Welcome</title>Please log in</html>"
    handler.send_head(200, len(body), {"Content-Type": "text/html"})
    if handler.command != "HEAD":
        handler.wfile.write(body)
    return True


def hang(handler, name):
    """Accept the request and never answer it."""
    time.sleep(12)
    handler.close_connection = True
    return True


def around(handler, name):
    """Send the client round in circles."""
    handler.send_head(302, 0, {"Location": handler.path})
    return True


def find(handler, name):
    """Return path and checksum of the file that is asked for."""
    return next(files[name] for files in handler.server.repositories.values() if name in files)


def wrong_bytes(handler, name):
    """Send as many bytes as there should be, and other ones."""
    if handler.command == "HEAD" or not name:
        return None
    path, checksum = find(handler, name)
    handler.send_head(200, path.stat().st_size, {"ETag": f'"{checksum}"'})
    handler.wfile.write(bytes(path.stat().st_size))
    return True


def cut(handler, name):
    """Promise the whole file and hang up after a thousand bytes of it."""
    if handler.command == "HEAD" or not name:
        return None
    path, checksum = find(handler, name)
    handler.send_head(200, path.stat().st_size, {"ETag": f'"{checksum}"'})
    handler.wfile.write(path.read_bytes()[:1000])
    handler.close_connection = True
    return True
