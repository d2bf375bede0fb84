"""One job in a process of its own: `python -m benchmarks.once JOB WAY FOLDER` prints JSON.

A job is "cold", from the start of Python to nine × nine probabilities, or a number of JPEGs to
encode. A way is "card", the model card's snippet, or "ours".
"""

import json
import sys
import threading
import time
from pathlib import Path

START = time.perf_counter()


def main(job: str, way: str, folder: Path) -> dict[str, float]:
    """Return the job's seconds, its "peak" resident memory and that with loading, "all", in MB."""
    import psutil

    process, done, memory = psutil.Process(), threading.Event(), []

    def watch():  # the system's own maximum would be that of the process which started this one
        while not done.wait(0.02):
            memory.append(process.memory_info().rss / 1e6)

    threading.Thread(target=watch, daemon=True).start()
    from benchmarks.inputs import NINE_PROMPTS, jpegs, many, nine_pictures

    if way == "card":
        from benchmarks.card import Card

        model = Card(folder)
    else:
        from nbhelpers import load_model

        model = load_model(folder)
    if job == "cold":
        begin, pictures, loaded = START, nine_pictures(), 0
        if way == "card":
            model.classify(pictures, NINE_PROMPTS)
        else:
            model.probabilities(model.encode_images(pictures), model.encode_texts(NINE_PROMPTS))
    else:
        files = jpegs()
        encode = model.images if way == "card" else model.encode_images
        encode(files[:32])  # what the first batches allot is no growth
        loaded = len(memory)
        begin = time.perf_counter()
        encode(list(many(files, int(job))) if way == "card" else many(files, int(job)))
    seconds = time.perf_counter() - begin
    done.set()
    memory.append(process.memory_info().rss / 1e6)
    return {"seconds": seconds, "peak": max(memory[loaded:]), "all": max(memory)}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))))
