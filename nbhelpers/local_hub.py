"""A Hub on this machine alone: serves one model's folder over HTTP and notes every request."""

import contextlib
import hashlib
import json
import os
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest import mock
from urllib.parse import unquote, urlsplit

from huggingface_hub import constants, hf_api

from .load import REVISIONS, read_config, sha256

ADDRESS = re.compile(
    r"(/api/models)?/(?P<name>[^/]+/[^/]+)(/(revision|tree|resolve)/(?P<at>[^/]+)(/(?P<file>.+))?)?"
)


class Handler(BaseHTTPRequestHandler):
    """Answers what huggingface_hub asks: what a repository holds, and its files."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer a GET or a HEAD."""
        path = unquote(urlsplit(self.path).path)
        self.server.requests.append(f"{self.command} {path}")
        asked = ADDRESS.fullmatch(path)
        if not asked or asked["name"] not in self.server.repositories:
            return self.send({"X-Error-Code": "RepoNotFound"}, status=404)
        files = self.server.repositories[asked["name"]]  # name → (path, checksum)
        commit = REVISIONS.get(asked["name"], hashlib.sha1(asked["name"].encode()).hexdigest())
        if asked["at"] not in (None, "main", commit):
            return self.send({"X-Error-Code": "RevisionNotFound"}, status=404)
        headers = {"X-Repo-Commit": commit}
        if asked["file"] is None:
            names = [{"rfilename": name} for name in files]
            answer = {"id": asked["name"], "sha": commit, "siblings": names}
            return self.send(headers, json.dumps(answer).encode())
        if asked["file"] not in files:
            return self.send(headers | {"X-Error-Code": "EntryNotFound"}, status=404)
        path, etag = files[asked["file"]]
        headers |= {"ETag": f'"{etag}"', "Content-Length": str(path.stat().st_size)}
        return self.send(headers, path.read_bytes() if self.command == "GET" else b"")

    do_HEAD = do_GET  # noqa: N815

    def send(self, headers: dict[str, str], body: bytes = b"{}", status: int = 200) -> None:
        """Send status and headers and, to a GET, the body."""
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Print nothing."""


@contextlib.contextmanager
def local_hub(
    folder: str | Path,
    name: str | None = None,
    cache: str | Path | None = None,
    handler: type[Handler] = Handler,
) -> Iterator[ThreadingHTTPServer]:
    """Yield a server of a model's folder on 127.0.0.1; HF_ENDPOINT points there meanwhile.

    It has `address`, `name`, `requests` and `repositories`; `cache` replaces that of the Hub."""
    folder = Path(folder).expanduser().resolve()
    text_cfg = read_config(folder)["text_cfg"]
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.address = f"http://127.0.0.1:{server.server_port}"
    server.name = name or f"nbhelpers/{folder.name}"
    server.requests = []
    paths = sorted(path for path in folder.iterdir() if path.is_file())
    files = {path.name: (path, sha256(path)) for path in paths}
    names = {server.name, text_cfg.get("hf_model_name"), text_cfg.get("hf_tokenizer_name")} - {None}
    server.repositories = {each: dict(files) for each in names}
    template = server.address + "/{repo_id}/resolve/{revision}/{filename}"
    places = {"ENDPOINT": server.address, "HUGGINGFACE_CO_URL_TEMPLATE": template}
    variables = {"HF_ENDPOINT": server.address}
    if cache is not None:
        places["HF_HUB_CACHE"] = variables["HF_HUB_CACHE"] = str(cache)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    with (
        contextlib.closing(server.socket),
        mock.patch.dict(os.environ, variables),
        mock.patch.multiple(constants, **places),
        mock.patch.object(hf_api.api, "endpoint", server.address),
    ):
        try:
            yield server
        finally:
            server.shutdown()
