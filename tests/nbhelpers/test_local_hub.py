"""The Hub on this machine: real HTTP, ranges, and nothing outside the folder."""

import http.client
import os
import socket

import pytest

from nbhelpers import example_data
from nbhelpers.local_hub import local_hub


@pytest.fixture(scope="module")
def server():
    with local_hub(example_data() / "phantom_clip") as hub:
        yield hub


def get(server, path, method="GET", **headers):
    connection = http.client.HTTPConnection(*server.server_address, timeout=60)
    connection.request(method, path, headers=headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


@pytest.mark.parametrize(
    "path",
    [
        "/nbhelpers/phantom_clip/resolve/main/../../etc/passwd",
        "/nbhelpers/phantom_clip/resolve/main/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/nbhelpers/phantom_clip/resolve/main//etc/passwd",
        "/../../etc/passwd",
        "/nbhelpers/phantom_clip/resolve/../../images.csv",
        "/",
    ],
)
def test_nothing_outside_the_folder_is_served(path, server):
    response, body = get(server, path)
    assert response.status == 404 and b"root:" not in body and len(body) < 200


def test_it_listens_on_this_machine_alone(server):
    assert server.server_address[0] == "127.0.0.1"


def test_it_points_this_process_there_and_back(monkeypatch):
    from huggingface_hub import constants, model_info

    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    before = constants.ENDPOINT
    with local_hub(example_data() / "phantom_clip") as hub:
        assert os.environ["HF_ENDPOINT"] == constants.ENDPOINT == hub.address
        files = [file.rfilename for file in model_info(hub.name).siblings]
        assert "open_clip_config.json" in files
        assert any("/api/models/nbhelpers/phantom_clip" in line for line in hub.requests)
    assert os.environ["HF_ENDPOINT"] == "http://127.0.0.1:9" and before == constants.ENDPOINT
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(hub.server_address)
