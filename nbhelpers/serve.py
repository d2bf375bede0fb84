"""A Hub for the room: gives the models of one folder, read-only, to every machine whose HF_ENDPOINT names it."""

import contextlib
import hashlib
import json
import os
import re
import socket
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO
from unittest import mock
from urllib.parse import unquote, urlsplit

from .checksums import LARGE, check_folder, digest, git_blob
from .folders import ModelLoadError, read_config
from .hub import TOKENIZER
from .offline import SOURCE, read_source

CONNECTIONS = 256  # at once; each costs a thread, and a file is sent by the kernel without passing through Python
IDLE = 30  # seconds that a client may keep its connection without a sign of life
API = re.compile(
    r"/api/models/(?P<repo>[^/]+/[^/]+)(?:/revision/(?P<revision>[^/]+)|/tree/(?P<tree>[^/]+)(?P<inside>/.+)?)?/?"
)
FILE = re.compile(r"/(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<name>[^/]+)")


@dataclass(frozen=True)
class Repository:
    """A repository of the Hub: its commit, and its files with path and checksum. Nothing else is ever served."""

    commit: str
    files: dict[str, tuple[Path, str]]


def repositories(folder: str | Path, name: str | None = None) -> dict[str, Repository]:
    """Return name → repository for what `folder` holds: a prefetched model, or any open_clip model.

    A prefetched folder keeps the names and commits of the Hub. Another is called by `name`, or else nbhelpers/FOLDER.
    Raises ModelLoadError: the folder is not a model, or a file is not what its SHA256SUMS says.
    """
    folder = Path(folder).expanduser().resolve()
    if not folder.is_dir():
        raise ModelLoadError(f"There is no folder {str(folder)!r} to serve.")
    check_folder(folder, again=False)
    if (folder / SOURCE).is_file():
        parts = read_source(folder)["repositories"]
        return {
            repo: _repository(folder, part["files"], part["revision"])
            for repo, part in parts.items()
        }
    text = read_config(folder)["text_cfg"]
    files = {
        path.name: path.name
        for path in folder.iterdir()
        if path.is_file() and path.suffix != ".part"
    }
    towers = {
        text[key]: [*TOKENIZER, "config.json"]
        for key in ("hf_model_name", "hf_tokenizer_name")
        if text.get(key)
    }
    own = name or next(
        (tower for tower in towers if tower.endswith(f"/{folder.name}")), f"nbhelpers/{folder.name}"
    )
    parts = {repo: {n: n for n in names if n in files} for repo, names in towers.items()} | {
        own: files
    }
    return {repo: _repository(folder, part) for repo, part in parts.items()}


def _repository(folder: Path, names: dict[str, str], commit: str | None = None) -> Repository:
    paths = {name: folder / local for name, local in names.items()}
    for path in paths.values():
        if not path.is_file() or path.resolve().parent != folder:
            raise ModelLoadError(
                f"{path} is not a file of {folder} itself, so it is not served. Prefetch or copy it again."
            )
    files = {
        n: (p, digest(p) if p.stat().st_size > LARGE else git_blob(p))
        for n, p in sorted(paths.items())
    }
    content = repr([(name, checksum) for name, (_, checksum) in files.items()])
    return Repository(commit or hashlib.sha1(content.encode()).hexdigest(), files)


class _Head:
    """The lines of a request, of 32 kB at most in all; the standard library alone would read 6 MB of headers."""

    left = 1 << 15

    def __init__(self, file: BinaryIO):
        self.file, self.close = file, file.close

    def readline(self, limit: int) -> bytes:
        """Return the next line, as far as it fits."""
        if self.left <= 0:
            raise HTTPException("too much before the end of the headers")
        line = self.file.readline(min(limit, self.left))
        self.left -= len(line)
        return line


class Handler(BaseHTTPRequestHandler):
    """Answers what huggingface_hub, open_clip and transformers ask: the list of a repository, and its files."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "nbhelpers", ""
    timeout = IDLE
    server: "Hub"

    def setup(self) -> None:
        """Put a bound on what a client can make the server read before it is understood."""
        super().setup()
        self.rfile = _Head(self.rfile)

    def handle_one_request(self) -> None:
        """Answer one request of a connection."""
        self.rfile.left = _Head.left
        super().handle_one_request()

    def do_GET(self) -> None:
        """Answer a GET or a HEAD from the table of files; whatever is not in the table does not exist."""
        path = unquote(urlsplit(self.path).path)
        self.server.requests.append(f"{self.command} {path}"[:200])
        found = API.fullmatch(path) or FILE.fullmatch(path)
        repository = found and self.server.repositories.get(found["repo"])
        if not repository:
            return self.answer(404, {"error": "Repository not found"}, X_Error_Code="RepoNotFound")
        asked = found.groupdict()
        if (asked.get("revision") or asked.get("tree") or "main") not in (
            "main",
            repository.commit,
        ):
            return self.answer(
                404, {"error": "Revision not found"}, X_Error_Code="RevisionNotFound"
            )
        if (
            asked.get("inside")
            or asked.get("name", next(iter(repository.files))) not in repository.files
        ):
            known = {"X_Error_Code": "EntryNotFound", "X_Repo_Commit": repository.commit}
            return self.answer(404, {"error": "Entry not found"}, **known)
        if "name" not in asked:
            return self.answer(
                200, listing(repository) if asked["tree"] else overview(asked["repo"], repository)
            )
        return self.send_file(*repository.files[asked["name"]], repository.commit)

    do_HEAD = do_GET  # noqa: N815

    def answer(self, status: int, content: dict | list, **headers: str) -> None:
        """Send a status and JSON."""
        body = json.dumps(content).encode()
        self.send_head(status, len(body), Content_Type="application/json", **headers)
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_file(self, path: Path, checksum: str, commit: str) -> None:
        """Send a file, or the part of it that the Range header asks for."""
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            headers = {"ETag": f'"{checksum}"', "X_Repo_Commit": commit, "Accept_Ranges": "bytes"}
            start, stop = 0, size
            if wanted := re.fullmatch(
                r"bytes=(\d{1,18})-(\d{0,18})", self.headers.get("Range", "")
            ):
                start, stop = int(wanted[1]), min(size, int(wanted[2] or size) + 1)
                if start >= stop:
                    return self.send_head(416, 0, Content_Range=f"bytes */{size}", **headers)
                headers["Content_Range"] = f"bytes {start}-{stop - 1}/{size}"
            self.send_head(
                206 if wanted else 200,
                stop - start,
                Content_Type="application/octet-stream",
                **headers,
            )
            if self.command != "HEAD":
                self.connection.sendfile(file, start, stop - start)

    def send_head(self, status: int, length: int, **headers: str) -> None:
        """Send the status line and the headers."""
        self.send_response(status)
        for key, value in {"Content_Length": length, **headers}.items():
            self.send_header(key.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.flush()

    def log_message(self, *args: object) -> None:
        """Say nothing: thirty clients would fill the screen."""


def overview(name: str, repository: Repository) -> dict:
    """Return what the Hub says of a repository, with size and checksum of each file."""
    siblings = []
    for file, (path, checksum) in repository.files.items():
        size = path.stat().st_size
        lfs = (
            {"lfs": {"sha256": checksum, "size": size, "pointerSize": 134}}
            if len(checksum) == 64
            else {}
        )
        siblings.append({"rfilename": file, "size": size, "blobId": checksum[:40], **lfs})
    return {
        "id": name,
        "modelId": name,
        "sha": repository.commit,
        "private": False,
        "tags": [],
        "siblings": siblings,
    }


def listing(repository: Repository) -> list[dict]:
    """Return the entries of a repository's folder."""
    entries = []
    for name, (path, checksum) in repository.files.items():
        size = path.stat().st_size
        lfs = (
            {"lfs": {"oid": checksum, "size": size, "pointerSize": 134}}
            if len(checksum) == 64
            else {}
        )
        entries.append({"type": "file", "path": name, "size": size, "oid": checksum[:40], **lfs})
    return entries


class Hub(ThreadingHTTPServer):
    """The server: `address` is what HF_ENDPOINT must say, `requests` the last ten thousand that came."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        models: dict[str, Repository],
        host: str = "127.0.0.1",
        port: int = 0,
        handler: type = Handler,
    ):
        super().__init__((host, port), handler)
        self.repositories = models
        self.requests: deque[str] = deque(maxlen=10_000)
        self.address = f"http://{host}:{self.server_address[1]}"
        self._places = threading.BoundedSemaphore(CONNECTIONS)

    def process_request(self, request: socket.socket, client_address: tuple) -> None:
        """Give the connection a thread of its own, or close it while all places are taken."""
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: socket.socket, client_address: tuple) -> None:
        """Answer one connection until it ends."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: socket.socket, client_address: tuple) -> None:
        """Pass over clients that go away; show anything else."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


@contextmanager
def local_hub(
    folder: str | Path,
    name: str | None = None,
    handler: type = Handler,
    cache: str | Path | None = None,
) -> Iterator[Hub]:
    """Serve `folder` on this machine alone while the block runs, and let HF_ENDPOINT point there.

    With `cache`, HF_HUB_CACHE points to that folder. Both hold for this process, libraries that read the variables at
    their import included, and for the processes that it starts.
    """
    from huggingface_hub import constants, hf_api

    hub = Hub(repositories(folder, name), handler=handler)
    threading.Thread(target=hub.serve_forever, daemon=True, kwargs={"poll_interval": 0.05}).start()
    with contextlib.ExitStack() as undo:
        undo.callback(hub.server_close)
        undo.callback(hub.shutdown)
        undo.enter_context(mock.patch.dict(os.environ, {"HF_ENDPOINT": hub.address}))
        undo.enter_context(mock.patch.object(constants, "ENDPOINT", hub.address))
        undo.enter_context(mock.patch.object(hf_api.api, "endpoint", hub.address))
        template = hub.address + "/{repo_id}/resolve/{revision}/{filename}"
        undo.enter_context(mock.patch.object(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template))
        if cache:
            undo.enter_context(mock.patch.dict(os.environ, {"HF_HUB_CACHE": str(cache)}))
            undo.enter_context(mock.patch.object(constants, "HF_HUB_CACHE", str(cache)))
        yield hub


def serve(
    folder: str | Path, host: str = "0.0.0.0", port: int = 8000, name: str | None = None
) -> None:
    """Serve `folder` to the network until Ctrl-C, after saying what to type on the other machines."""
    hub = Hub(repositories(folder, name), host, port)
    here = f"http://{socket.gethostname() if host == '0.0.0.0' else host}:{hub.server_address[1]}"
    print(
        f"Serving {', '.join(hub.repositories)} from {folder}, read-only, to anyone on this network. Ctrl-C ends it."
    )
    print(
        f"On each of the other machines type, before Python starts:\n  export HF_ENDPOINT={here}",
        flush=True,
    )
    with contextlib.suppress(KeyboardInterrupt):
        hub.serve_forever()
