"""Run everything: `python -m benchmarks [FOLDER]`, or `make bench`. It takes about 8 minutes."""

import datetime
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.card import Card
from benchmarks.inputs import NINE_PROMPTS, PROMPTS_720, ROOT, full_size, jpegs, nine_pictures
from nbhelpers import example_data, example_images, load_model

RESULTS = ROOT / "benchmarks/RESULTS.md"
TITLE = "# Speed against the model card's own snippet, one table per processor"
PHANTOM = example_data() / "phantom_clip"
LIBRARIES = ("torch", "torchvision", "open_clip_torch", "timm", "transformers")
LINES = []


def say(*lines):
    """Print lines of Markdown, and keep them for RESULTS.md."""
    LINES.extend(lines)
    print(*lines, sep="\n", flush=True)


def timed(work):
    """Return the seconds that work() takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def product_rate(dtype):
    """Return the machine's FLOP/s in the products of the towers' MLP, 1,024 tokens at a time."""
    a, b = torch.randn(1024, 768).to(dtype), torch.randn(768, 3072).to(dtype)
    return 2 * 1024 * 768 * 3072 / statistics.median([timed(lambda: a @ b) for _ in range(90)])


def flops(work):
    """Return the floating-point operations of the products and the attention in work()."""
    with FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops()


def race(what, card, ours, rounds, rate, flop, part=1):
    """Time both ways in turn, each as often as `rounds` says, and say the row of the table.

    `card` does 1 / part of the work; its time, which grows in proportion, is multiplied.
    """
    times = [], []
    for turn in range(max(rounds)):
        for taken, work, most in zip(times, (card, ours), rounds, strict=True):
            if turn < most:
                taken.append(timed(work) * (part if work is card else 1))
    medians = [statistics.median(taken) for taken in times]
    cells = [
        f"{median:.2f} ({min(taken):.2f}–{max(taken):.2f}; {len(taken)})"
        for median, taken in zip(medians, times, strict=True)
    ]
    ratio, share = medians[0] / medians[1], flop / medians[1] / rate
    say(f"| {what} | {cells[0]} | {cells[1]} | **{ratio:.1f}** | {share:.0%} |")


def races(card, model, rate):
    """Say the table of both ways."""
    nine, files = nine_pictures(), jpegs()

    def classify():
        return model.probabilities(model.encode_images(nine), model.encode_texts(NINE_PROMPTS))

    def card_classify():
        return card.classify(nine, NINE_PROMPTS)

    def images():
        return model.encode_images(files)

    def card_images():
        return card.images(files[::4])

    image = flops(lambda: model.encode_images(files[:1]))
    race("nine images × nine labels", card_classify, classify, (4, 5), rate, flops(classify))
    race("256 JPEGs from disk", card_images, images, (2, 3), rate, len(files) * image, part=4)
    for prompts, rounds, part in ((PROMPTS_720[::10], (2, 5), 1), (PROMPTS_720, (1, 3), 4)):

        def texts(prompts=prompts):
            return model.encode_texts(prompts)

        def card_texts(prompts=prompts[::part]):
            return card.texts(prompts)

        what = f"{len(prompts)} prompts (9 labels)"
        race(what, card_texts, texts, rounds, rate, flops(texts), part)


def largest_change(name, card, model, paths, prompts):
    """Say how far probabilities are from the card's, and whether a clear best label stays best."""
    expected = card.classify(paths, prompts).numpy()
    ways = replace(model, precision=torch.float32), model
    fp32, default = (
        way.probabilities(way.encode_images(paths), way.encode_texts(prompts)) for way in ways
    )
    best = np.sort(expected, axis=1)
    clear = best[:, -1] - best[:, -2] > 0.02
    kept = (expected.argmax(1) == default.argmax(1))[clear].sum()
    change = f"{np.abs(fp32 - expected).max():.1e} | {np.abs(default - expected).max():.4f}"
    say(f"| {name} | {len(paths)} × {len(prompts)} | {change} | {kept} of {clear.sum()} |")


def once(job, way, folder):
    """Return what the job measures in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.once", str(job), way, str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
    return json.loads(done.stdout.splitlines()[-1])


def processor():
    """Return the processor's name, and its units for bfloat16."""
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text() if cpuinfo.is_file() else ""
    name = re.search(r"^model name\s*: (.+)", text, re.MULTILINE)
    units = [unit for unit in ("avx512_bf16", "amx_bf16") if f" {unit} " in text]
    return " with ".join([name[1] if name else platform.processor(), *units[-1:]])


def keep(lines):
    """Write RESULTS.md: these lines first, then what it held of other processors."""
    held = RESULTS.read_text(encoding="utf-8").split("\n## ")[1:] if RESULTS.is_file() else []
    others = [f"## {part.rstrip()}" for part in held if part.splitlines()[0] != processor()]
    RESULTS.write_text("\n\n".join([TITLE, "\n".join(lines), *others]) + "\n", encoding="utf-8")


def main(folder):
    """Run everything and say it as Markdown."""
    card, model = Card(folder), load_model(folder)
    rates = [product_rate(dtype) for dtype in (torch.float32, torch.bfloat16)]
    load = f"load average {os.getloadavg()[0]:.1f} when it began"
    say(f"## {processor()}", "")
    threads = f"threads of torch: {torch.get_num_threads()}"
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    fp32, bf16 = (f"{rate / 1e9:.0f}" for rate in rates)
    say(f"{datetime.date.today()}, {threads}, {load},")
    say(f"Python {platform.python_version()}, {libraries}.")
    say(f"Products (1024, 768) · (768, 3072): float32 {fp32}, bfloat16 {bf16} GFLOP/s.")
    say("", f"{model}.")
    say("BiomedCLIP's architecture with random weights: time does not depend on their values.")
    say("Both ways take turns in one process. The snippet works in batches of 32, not in one. Of")
    say("the JPEGs and the 720 prompts it gets every fourth, and its time counts four times.", "")
    ours = "ours, s | ratio | ours, of the product's rate"
    say(f"| what | snippet, s: median (range; rounds) | {ours} |")
    say("| --- | --- | --- | --- | --- |")
    races(card, model, rates[model.precision == torch.bfloat16])
    change = "largest change of a probability, fp32 | default | best label kept where clear"
    say("", f"| model | images × labels | {change} |")
    say("| --- | --- | --- | --- | --- |")
    images = example_images()
    labels = [f"this is a photo of {label}" for label in sorted({image.label for image in images})]
    largest_change("full size, random weights", card, model, nine_pictures(), NINE_PROMPTS)
    trained = Card(PHANTOM), load_model(PHANTOM)
    largest_change("PhantomCLIP, trained", *trained, [image.file for image in images], labels)
    say("", "| full size, in a process of its own | snippet | ours |", "| --- | --- | --- |")
    cold, warm = ([once(job, way, folder) for way in ("card", "ours")] for job in ("cold", 64))
    say(f"| cold start to nine × nine, s | {cold[0]['seconds']:.1f} | {cold[1]['seconds']:.1f} |")
    say(f"| memory at most, loading too, MB | {cold[0]['all']:.0f} | {cold[1]['all']:.0f} |")
    peaks = f"{warm[0]['peak']:.0f} | {warm[1]['peak']:.0f}"
    say(f"| memory at most, encoding 64 JPEGs, MB | {peaks} |")
    say("", "| PhantomCLIP, JPEGs from files | s | images/s | memory at most, MB |")
    say("| --- | --- | --- | --- |")
    for count in (1024, 4096):
        run = once(count, "ours", PHANTOM)
        seconds = run["seconds"]
        say(f"| {count:,} | {seconds:.1f} | {count / seconds:.0f} | {run['peak']:.0f} |")
    keep(LINES)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else full_size())
