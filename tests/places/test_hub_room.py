"""What `make hub` opens, in Chromium, for two learners: `make test ARGS="-m browser -k hub"`."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import psutil
import pytest
import requests
from test_browser import SETTINGS, STATUS, choose, run_cell, wait_until_all_ran

pytestmark = [pytest.mark.repository, pytest.mark.browser]
ROOT = Path(__file__).parents[2]
PASSWORD = "a-password-for-this-test"
GREEDY = "import numpy as np\nnp.ones(10**10)"  # 80 GB
KERNELS = "async () => (await window.jupyterapp.serviceManager.kernels.refreshRunning(), " + (
    "[...window.jupyterapp.serviceManager.kernels.running()].length)"
)


def three_free_ports():
    """The first of three ports in a row that nobody listens on."""
    for first in range(18000, 19000, 3):
        tried = [socket.socket() for _ in range(3)]
        try:
            for place, one in enumerate(tried):
                one.bind(("127.0.0.1", first + place))
            return first
        except OSError:
            continue
        finally:
            for one in tried:
                one.close()
    raise AssertionError("no three free ports in a row")


class Room:
    """`make hub` in a folder of its own."""

    def __init__(self, folder):
        self.folder, self.port = folder, three_free_ports()
        self.address = f"http://127.0.0.1:{self.port}"
        for name in ("ada", "grace"):
            jupyter = self.home(name) / ".jupyter"
            for setting, values in SETTINGS.items():
                file = f"lab/user-settings/@jupyterlab/{setting}.jupyterlab-settings"
                (jupyter / file).parent.mkdir(parents=True)
                (jupyter / file).write_text(json.dumps(values))
            config = {"LabApp": {"expose_app_in_browser": True}}
            (jupyter / "jupyter_server_config.json").write_text(json.dumps(config))

    def home(self, name):
        return self.folder / "learners" / name

    def start(self, password=PASSWORD, **options):
        """Start the hub; return what it said when its page answers, within a minute."""
        options = {"USERS": "ada\nGrace", "PORT": self.port, "ROOM": self.folder} | options
        command = ["make", "hub", *(f"{name}={value}" for name, value in options.items())]
        environment = os.environ | ({"HUB_PASSWORD": password} if password else {})
        log = self.folder / "log"
        with log.open("w") as file:
            self.make = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=file, stderr=file, start_new_session=True
            )
        end = time.monotonic() + 60
        while True:
            assert self.make.poll() is None and time.monotonic() < end, log.read_text()
            time.sleep(0.2)
            try:
                if requests.get(f"{self.address}/hub/login", timeout=60).ok:
                    return log.read_text()
            except requests.ConnectionError:
                continue

    def processes(self):
        """All that the hub started and that still runs, whoever its parent is."""
        found = []
        for process in psutil.process_iter():
            try:
                environment = process.environ()
            except psutil.Error:
                continue
            home = Path(environment.get("HOME", "/"))
            if environment.get("HUB_ROOM") == str(self.folder) or self.folder in home.parents:
                found.append(process)
        return found

    def listening(self):
        """Every address and port that one of the hub's processes listens on."""
        return {
            tuple(connection.laddr)
            for process in self.processes()
            for connection in process.net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        }

    def stop(self):
        """Stop the hub as Ctrl-C does; return what is still there afterwards."""
        os.killpg(self.make.pid, signal.SIGINT)
        self.make.wait(60)
        return psutil.wait_procs(self.processes(), timeout=10)[1]


@pytest.fixture
def room(tmp_path):
    subprocess.run(["make", "build/hub/ready"], cwd=ROOT, check=True)  # downloads, once
    room = Room(tmp_path)
    yield room
    for process in room.processes():
        process.kill()


def log_in(page, room, name, password=PASSWORD):
    """Fill in the form; return the status of the answer."""
    page.set_default_timeout(120_000)
    page.goto(room.address)
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    posted = lambda response: response.request.method == "POST"  # noqa: E731
    with page.expect_response(posted) as answer:
        page.get_by_role("button", name="Sign in").click()
    return answer.value.status


def wait_for_kernel(page):
    page.wait_for_url("**/user/*/lab/**")
    page.wait_for_function(f"() => {STATUS} === 'idle'")


def test_two_learners_work_apart_and_a_restart_loses_nothing(room, chromium):
    room.start()
    ada, grace, stranger = (chromium.new_context().new_page() for _ in range(3))
    for page, name in ((ada, "ada"), (grace, "grace")):
        assert log_in(page, room, name) == 302
    for page in (ada, grace):
        wait_for_kernel(page)
    for page in (ada, grace):
        choose(page, "Run", "Run All Cells")
    for page in (ada, grace):
        wait_until_all_ran(page)
    hers, other = (room.home(n) / "notebooks" / "00_start_here.ipynb" for n in ("ada", "grace"))
    assert "<details>" not in hers.read_text()

    assert {ip for ip, _ in room.listening()} == {"127.0.0.1"}

    assert log_in(stranger, room, "ada", "another-password") == 403
    assert log_in(stranger, room, "eve") == 403
    assert not [one for one in stranger.context.cookies() if "hub-login" in one["name"]]
    for page in (stranger, grace):
        assert page.goto(f"{room.address}/user/ada/api/contents/notebooks").status == 403

    run_cell(ada, hers, "what-you-saw", GREEDY)
    ada.get_by_text("MemoryError").first.wait_for()
    run_cell(ada, hers, "what-you-saw", "a_word_of_hers = 1")
    ada.keyboard.press("Control+s")
    ada.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    assert "a_word_of_hers" in hers.read_text()
    assert "a_word_of_hers" not in other.read_text()
    assert room.stop() == []

    kept = hers.read_bytes()
    said = room.start(password=None, USERS="ada", IDLE=0.1, HOST="0.0.0.0")
    password = re.search("The password for all of them: (.+)", said)[1]
    assert log_in(stranger, room, "ada", PASSWORD) == 403
    assert log_in(grace, room, "grace", password) == 403
    assert log_in(ada, room, "ada", password) == 302
    wait_for_kernel(ada)
    assert hers.read_bytes() == kept
    assert "a_word_of_hers" in ada.locator(".jp-Notebook").inner_text()
    beyond = {place for place in room.listening() if place[0] != "127.0.0.1"}
    assert beyond == {("0.0.0.0", room.port)}
    while ada.evaluate(KERNELS):
        time.sleep(0.5)
    assert room.stop() == []
    for file in room.folder.rglob("*"):
        assert (
            file.name == "log" or not file.is_file() or password.encode() not in file.read_bytes()
        )


def test_no_password_is_written_down():
    """What is in the repository names a password, and gives none."""
    files = ["Makefile", "workshop", "docs/teaching"]
    given = r"(password|token|secret)\w*['\"]?\s*[:=]\s*['\"][^'\"{]+['\"]"
    found = subprocess.run(
        ["git", "grep", "-nIiE", given, "--", *files], cwd=ROOT, capture_output=True, text=True
    )
    assert (found.returncode, found.stdout) == (1, "")
