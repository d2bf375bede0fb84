"""The Hub for a room: thirty clients at once, and those that mean no good."""

import http.client
import os
import re
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from nbhelpers.checksums import sha256
from nbhelpers.serve import local_hub

PHANTOMCLIP = Path(__file__).parents[1] / "example_data" / "phantom_clip"
FILE = "/nbhelpers/phantom_clip/resolve/main/open_clip_model.safetensors"


@pytest.fixture(scope="module")
def server():
    """`python -m nbhelpers serve` as people start it: (host, port, process)."""
    command = [
        sys.executable,
        "-m",
        "nbhelpers",
        "serve",
        str(PHANTOMCLIP),
        "--host",
        "127.0.0.1",
        "--port",
        "0",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = [process.stdout.readline() for _ in range(3)]
    port = int(re.search(r"HF_ENDPOINT=http://127.0.0.1:(\d+)", said[-1])[1])
    yield "127.0.0.1", port, psutil.Process(process.pid)
    process.terminate()
    process.wait()


def get(server, path, method="GET", **headers):
    connection = http.client.HTTPConnection(*server[:2], timeout=60)
    connection.putrequest(method, path, skip_host=False)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def test_thirty_clients_at_once_get_it_whole_and_memory_stays_small(server):
    right = sha256(PHANTOMCLIP / "open_clip_model.safetensors")
    peak = 0

    def fetch(_):
        import hashlib

        return hashlib.sha256(get(server, FILE)[1]).hexdigest()

    with ThreadPoolExecutor(30) as pool:
        results = [pool.submit(fetch, client) for client in range(30)]
        while not all(result.done() for result in results):
            peak = max(peak, server[2].memory_info().rss)
            time.sleep(0.02)
    assert {result.result() for result in results} == {right}
    assert peak < 300e6


@pytest.mark.parametrize(
    "path",
    [
        "/nbhelpers/phantom_clip/resolve/main/../../etc/passwd",
        "/nbhelpers/phantom_clip/resolve/main/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/nbhelpers/phantom_clip/resolve/main/%2e%2e/%2e%2e/README.md",
        "/nbhelpers/phantom_clip/resolve/main//etc/passwd",
        "/../../etc/passwd",
        "//etc/passwd",
        "/nbhelpers/phantom_clip/resolve/main/..\\..\\LICENSE",
        "/nbhelpers/phantom_clip/resolve/main/README.md%00.txt",
        "/nbhelpers/phantom_clip/resolve/../../images.csv",
        "/../example_data/resolve/main/images.csv",
        "http://elsewhere/etc/passwd",
        "/nbhelpers/phantom_clip",
        "/",
    ],
)
def test_nothing_outside_the_folder_is_served(path, server):
    response, body = get(server, path)
    assert response.status == 404 and b"root:" not in body and len(body) < 200


def test_ranges(server):
    content = (PHANTOMCLIP / "open_clip_model.safetensors").read_bytes()
    size = len(content)
    for asked, part in {
        "0-9": content[:10],
        "100-": content[100:],
        f"{size - 1}-{size + 50}": content[-1:],
    }.items():
        response, body = get(server, FILE, Range=f"bytes={asked}")
        assert (response.status, body) == (206, part)
    response, body = get(server, FILE, Range=f"bytes={size}-")
    assert (
        response.status == 416
        and response.headers["Content-Range"] == f"bytes */{size}"
        and body == b""
    )
    for nonsense in (
        "bytes=5-2",
        "bytes=-5",
        "lines=1-2",
        "bytes=0-1,5-6",
        "bytes=" + "9" * 4000 + "-",
    ):
        assert get(server, FILE, "HEAD", Range=nonsense)[0].status in (200, 416)


def test_it_is_read_only(server):
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        assert get(server, FILE, method)[0].status == 501


def test_huge_headers_are_refused_and_cost_no_memory(server):
    def send(_):
        with socket.create_connection(server[:2], timeout=30) as connection:
            try:
                connection.sendall(b"GET / HTTP/1.1\r\n")
                for _ in range(100):
                    connection.sendall(b"X: " + b"a" * 60_000 + b"\r\n")
            except OSError:
                return b"closed"
            return connection.recv(100)

    with ThreadPoolExecutor(20) as pool:
        assert all(said[:12] in (b"HTTP/1.1 431", b"closed") for said in pool.map(send, range(20)))
    assert server[2].memory_info().rss < 300e6
    assert get(server, "/api/models/nbhelpers/phantom_clip")[0].status == 200


def test_a_thousand_wrong_requests_and_slow_clients_do_not_stop_it(server):
    slow = [socket.create_connection(server[:2], timeout=30) for _ in range(100)]
    for connection in slow:
        connection.sendall(b"GET /api/mod")
    noise = [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
        os.urandom(300),
        b"GET / HTTP/9.9\r\n\r\n",
        b"A" * 70_000,
    ]
    for index in range(1000):
        with socket.create_connection(server[:2], timeout=30) as connection:
            connection.sendall(noise[index % len(noise)])
    start = time.perf_counter()
    response, body = get(server, FILE)
    assert (
        response.status == 200
        and len(body) == (PHANTOMCLIP / "open_clip_model.safetensors").stat().st_size
    )
    assert time.perf_counter() - start < 10 and server[2].memory_info().rss < 300e6
    for connection in slow:
        connection.close()


def test_local_hub_points_this_process_there_and_back(monkeypatch):
    from huggingface_hub import constants, list_repo_files

    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    before = constants.ENDPOINT
    with local_hub(PHANTOMCLIP) as hub:
        assert os.environ["HF_ENDPOINT"] == constants.ENDPOINT == hub.address
        assert "open_clip_config.json" in list_repo_files("nbhelpers/phantom_clip")
        assert any("/api/models/nbhelpers/phantom_clip" in line for line in hub.requests)
    assert os.environ["HF_ENDPOINT"] == "http://127.0.0.1:9" and before == constants.ENDPOINT
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(hub.server_address)
