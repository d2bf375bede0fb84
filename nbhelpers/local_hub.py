"""A Hub on this machine alone that serves one model folder and notes every request.

Notebooks 01 and 02 and the tests download from it with the real libraries over real HTTP.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest import mock
from urllib.parse import unquote, urlsplit

from huggingface_hub import ModelCard, constants, hf_api

from .load import REVISIONS, checksum, read_config

LARGE = 1 << 20  # bytes; the Hub names a larger file by its SHA-256, a smaller one as git does
API = re.compile(
    r"/api/models/(?P<repository>[^/]+/[^/]+)(/(?P<what>revision|tree)/(?P<revision>[^/]+)(?P<inside>/.+)?)?"
)
FILE = re.compile(r"/(?P<repository>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<name>[^/]+)")


class Handler(BaseHTTPRequestHandler):
    """Answers what huggingface_hub asks: what a repository holds, and its files."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer a GET or a HEAD; what is not in the table of files does not exist."""
        path = unquote(urlsplit(self.path).path)
        self.server.requests.append(f"{self.command} {path}")
        match = API.fullmatch(path) or FILE.fullmatch(path)
        files = self.server.repositories.get(match["repository"]) if match else None
        if files is None:
            return self.send_json({}, 404, {"X-Error-Code": "RepoNotFound"})
        unpinned = hashlib.sha1(match["repository"].encode()).hexdigest()
        commit = REVISIONS.get(match["repository"], unpinned)
        if match["revision"] not in (None, "main", commit):
            return self.send_json({}, 404, {"X-Error-Code": "RevisionNotFound"})
        if match.re is FILE:
            return self.send_file(files.get(match["name"]), commit)
        if match["inside"]:  # a folder within the repository: there is none
            return self.send_file(None, commit)
        entries = list_files(files)
        if match["what"] == "tree":
            return self.send_json(entries)
        card = ModelCard.load(files["README.md"][0]).data.to_dict() if "README.md" in files else {}
        names = [{"rfilename": entry["path"]} for entry in entries]
        about = {"id": match["repository"], "sha": commit, "siblings": names, "cardData": card}
        return self.send_json(about)

    do_HEAD = do_GET  # noqa: N815

    def send_file(self, file: tuple[Path, str] | None, commit: str) -> None:
        """Send a file (path, checksum), or the part that the Range header asks for."""
        if file is None:
            missing = {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": commit}
            return self.send_json({}, 404, missing)
        path, etag = file
        size = path.stat().st_size
        headers = {"ETag": f'"{etag}"', "X-Repo-Commit": commit, "Accept-Ranges": "bytes"}
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        start = min(int(wanted[1]), size) if wanted else 0
        stop = min(int(wanted[2]) + 1, size) if wanted and wanted[2] else size
        if wanted:
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
        self.send_head(206 if wanted else 200, max(stop - start, 0), headers)
        if self.command == "GET":
            with path.open("rb") as content:
                content.seek(start)
                shutil.copyfileobj(content, self.wfile, LARGE)
        return None

    def send_json(self, content: dict | list, status: int = 200, headers: dict = {}) -> None:  # noqa: B006
        """Send a status and JSON."""
        body = json.dumps(content).encode()
        self.send_head(status, len(body), headers)
        if self.command == "GET":
            self.wfile.write(body)

    def send_head(self, status: int, length: int, headers: dict[str, str]) -> None:
        """Send the status line and the headers."""
        self.send_response(status)
        for key, value in {"Content-Length": str(length), **headers}.items():
            self.send_header(key, value)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Print nothing."""


def read_files(folder: Path) -> dict[str, tuple[Path, str]]:
    """Return name → (path, checksum) of a folder's files, with the checksum that the Hub uses."""
    files = {}
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        like = "" if path.stat().st_size > LARGE else 40 * "0"
        files[path.name] = (path, checksum(path, like))
    return files


def list_files(files: dict[str, tuple[Path, str]]) -> list[dict]:
    """Return the entries of a repository's folder as the Hub lists them."""
    entries = []
    for name, (path, etag) in files.items():
        entry = {"type": "file", "path": name, "size": path.stat().st_size, "oid": etag[:40]}
        if len(etag) == 64:
            entry["lfs"] = {"oid": etag, "size": entry["size"], "pointerSize": 134}
        entries.append(entry)
    return entries


@contextlib.contextmanager
def local_hub(
    folder: str | Path, name: str | None = None, cache: str | Path | None = None
) -> Iterator[ThreadingHTTPServer]:
    """Serve a model's folder on 127.0.0.1 while the block runs; HF_ENDPOINT points there.

    Yields the server: `address`, `name` (org/name of the model), `repositories` (that and its text
    tower's, by the name in its config), and `requests`, a line per request. `cache` takes the place
    of the Hub's cache. Both hold for this process and for those that it starts.
    """
    folder = Path(folder).expanduser().resolve()
    text_cfg = read_config(folder)["text_cfg"]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.name = name or f"nbhelpers/{folder.name}"
    texts = {text_cfg.get("hf_model_name"), text_cfg.get("hf_tokenizer_name")} - {None}
    server.repositories = {each: read_files(folder) for each in sorted({server.name, *texts})}
    server.requests = []
    server.address = f"http://127.0.0.1:{server.server_port}"
    template = server.address + "/{repo_id}/resolve/{revision}/{filename}"
    names = {"ENDPOINT": server.address, "HUGGINGFACE_CO_URL_TEMPLATE": template}
    variables = {"HF_ENDPOINT": server.address}
    if cache is not None:
        names["HF_HUB_CACHE"] = variables["HF_HUB_CACHE"] = str(cache)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    with (
        contextlib.closing(server.socket),
        mock.patch.dict(os.environ, variables),
        mock.patch.multiple(constants, **names),
        mock.patch.object(hf_api.api, "endpoint", server.address),
    ):
        try:
            yield server
        finally:
            server.shutdown()
