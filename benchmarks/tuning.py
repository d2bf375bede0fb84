"""What a step of fine-tuning costs: `python -m benchmarks.tuning FOLDER WAY` prints a row of CSV.

FOLDER holds a model, such as BiomedCLIP's architecture with random weights (tests/full_size.py). A
WAY is "whole", all weights; "lora", rank 8 in both towers; or "frozen", which only embeds, as a
probe needs it once. The rows are kept in example_data/tuning_cost.csv for notebook 11. Seconds are
those of one core: on a machine that others use, the clock on the wall tells of them, too.
"""

import platform
import sys
import threading
import time
from datetime import date

import numpy as np
import psutil
import torch
from open_clip import ClipLoss
from peft import LoraConfig, get_peft_model
from PIL import Image

from nbhelpers import load_model

FIELDS = "way,trained_parameters,batch,seconds_per_step,peak_gb,precision,threads,machine,date"
LAYERS = ("qkv", "fc1", "fc2", "query", "value")
BATCH, STEPS = 8, 2
SENTENCE = (
    "H&E stained section showing lymphocytes beside tumour cells of an adenocarcinoma, case {}"
)


def main(folder: str, way: str) -> str:
    """Return one row: the mean of STEPS steps after a first one, and the largest memory in GB."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = load_model(folder, device="cpu")
    clip = model.clip.requires_grad_(way == "whole")
    if way == "lora":
        clip = get_peft_model(clip, LoraConfig(r=8, lora_alpha=16, target_modules=list(LAYERS)))
    weights = [one for one in clip.parameters() if one.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=1e-5) if weights else None
    noise = np.random.default_rng(0).integers(0, 256, (BATCH, 224, 224, 3), dtype=np.uint8)
    pictures = torch.stack([model.preprocess(Image.fromarray(one)) for one in noise])
    ids = model.tokenizer([SENTENCE.format(number) for number in range(BATCH)])
    ids = ids[:, : int((ids != 0).sum(1).max())]
    peak, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            peak[0] = max(peak[0], psutil.Process().memory_info().rss)

    threading.Thread(target=watch, daemon=True).start()
    for step in range(STEPS + 1):
        if step == 1:
            start = time.process_time()
        rounded = torch.autocast("cpu", model.precision, model.precision != torch.float32)
        with rounded, torch.set_grad_enabled(bool(weights)):
            images = clip.encode_image(pictures, normalize=True)
            texts = clip.encode_text(ids, normalize=True)
        if weights:
            optimizer.zero_grad()
            ClipLoss()(images.float(), texts.float(), clip.logit_scale.exp()).backward()
            optimizer.step()
    seconds = (time.process_time() - start) / STEPS
    done.set()
    trained, precision = sum(one.numel() for one in weights), str(model.precision)[6:]
    cost = [way, trained, BATCH, f"{seconds:.2f}", f"{peak[0] / 1e9:.1f}", precision, 1]
    return ",".join(map(str, [*cost, processor(), date.today()]))


def processor() -> str:
    """Return the processor's name, where the system tells it."""
    return torch.cpu.get_capabilities().get("cpu_name") or platform.machine()


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
