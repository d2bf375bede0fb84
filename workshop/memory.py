"""Prints the memory of each learner of a running `make hub`: `.venv/bin/python workshop/memory.py`.

USS is what a process has alone, and would give back; PSS adds its share of what it has in common
with others; RSS counts that in full, for each anew; data is what MEMORY limits, reserved and not
yet used included. Megabytes. Linux only.
"""

import sys
from pathlib import Path

import psutil

LEARNERS = Path(sys.argv[1] if len(sys.argv) > 1 else "room").resolve() / "learners"

print(f"{'learner':12} {'process':8} {'USS':>6} {'PSS':>6} {'RSS':>6} {'data':>6}")
for process in psutil.process_iter():
    try:
        home = Path(process.environ().get("HOME", "/"))
        command = process.cmdline()
        memory = process.memory_full_info()
    except psutil.Error:
        continue
    if home.parent != LEARNERS or not command:
        continue
    kind = "kernel" if any("ipykernel" in part for part in command) else "server"
    megabytes = [f"{part / 1e6:6.0f}" for part in (memory.uss, memory.pss, memory.rss, memory.data)]
    print(f"{home.name:12} {kind:8}", *megabytes)
