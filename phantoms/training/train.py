"""Train PhantomCLIP: `python -m phantoms.training.train`.

A small XCiT (El-Nouby et al. 2021, arXiv 2106.09681: a vision transformer on patches of 16 pixels,
with convolutions where a ViT has its patch embedding) and a small BERT learn, with the contrastive
loss of CLIP (Radford et al. 2021, arXiv 2103.00020), which caption belongs to which phantom. Before
that, the text tower learns alone, with the same loss, which two captions were written for the same
phantom, and for the first half of the steps the image tower learns alone against it: random weights
learn faster against sentences that mean something already (as in LiT, Zhai et al. 2022, arXiv
2111.07991, with the towers exchanged).

Interrupted, the command goes on where it stopped; the result goes into the folder
`example_data/phantom_clip`, in the form in which the Hub stores open_clip models.
"""

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from open_clip import ClipLoss, CustomTextCLIP, get_tokenizer
from safetensors.torch import save_file
from tokenizers import BertWordPieceTokenizer
from tqdm.auto import tqdm
from transformers import BertConfig, PreTrainedTokenizerFast

from nbhelpers import load_model

from ..captions import caption
from ..publish import phantom
from .card import write_card
from .corpus import Batches, CaptionPairs, Corpus, draw_corpus
from .evaluate import effusions, evaluate

# seeds; the test series is looked at once, at the end.
TRAINING_SERIES, VALIDATION_SERIES, TEST_SERIES = (1, 2, 3)
REPOSITORY = Path(__file__).resolve().parents[2]
CONTEXT_LENGTH = 77
CONFIG = {
    "model_cfg": {
        "embed_dim": 256,
        "vision_cfg": {
            "timm_model_name": "xcit_nano_12_p16_224",
            "timm_model_pretrained": False,
            "timm_pool": "",
            "timm_proj": "linear",
            "image_size": 224,
        },
        "text_cfg": {
            "hf_model_name": "nbhelpers/phantom_clip",
            "hf_tokenizer_name": "nbhelpers/phantom_clip",
            "hf_proj_type": "mlp",
            "hf_pooler_type": "cls_last_hidden_state_pooler",
            "context_length": CONTEXT_LENGTH,
        },
    },
    "preprocess_cfg": {
        "mean": [0.48145466, 0.4578275, 0.40821073],
        "std": [0.26862954, 0.26130258, 0.27577711],
    },
}


def write_configuration(folder: Path, corpus: Corpus, text_tower: Path | None = None) -> None:
    """Write everything but the weights: both towers' configs, a vocabulary from the captions.

    With `text_tower`, the folder of a model, its vocabulary and its text tower's config are taken
    instead.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "open_clip_config.json").write_text(json.dumps(CONFIG, indent=2))
    if text_tower:
        for name in ("tokenizer.json", "tokenizer_config.json", "config.json"):
            (folder / name).write_bytes((text_tower / name).read_bytes())
        return
    rng = np.random.default_rng(TRAINING_SERIES)
    captions = (caption(facts, rng, plain=0.2) for facts in corpus.attributes for _ in range(2))
    wordpiece = BertWordPieceTokenizer(lowercase=True)
    wordpiece.train_from_iterator(captions, vocab_size=4096, min_frequency=3, show_progress=False)
    special = {
        f"{name}_token": f"[{name.upper()}]" for name in ("unk", "sep", "pad", "cls", "mask")
    }
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=wordpiece._tokenizer, model_max_length=CONTEXT_LENGTH, **special
    )
    tokenizer.save_pretrained(folder)
    BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=256,
        num_hidden_layers=4,
        num_attention_heads=4,
        intermediate_size=1024,
        max_position_embeddings=CONTEXT_LENGTH,
        pad_token_id=tokenizer.pad_token_id,
    ).save_pretrained(folder)


def new_model(folder: Path) -> CustomTextCLIP:
    """A PhantomCLIP with random weights, its text tower as configured in the folder."""
    cfg = CONFIG["model_cfg"]
    text = cfg["text_cfg"] | {"hf_model_name": str(folder.resolve()), "hf_model_pretrained": False}
    return CustomTextCLIP(cfg["embed_dim"], cfg["vision_cfg"], text)


def save_weights(model: CustomTextCLIP, folder: Path) -> None:
    """Write the weights in half precision.

    The file is whole or, if anything goes wrong, the old one.
    """
    part = folder / "open_clip_model.safetensors.part"
    state = {
        name: (t.half() if t.is_floating_point() else t).contiguous()
        for name, t in model.state_dict().items()
    }
    save_file(state, part)
    part.replace(folder / "open_clip_model.safetensors")


def learning_rate(step: int, steps: int, peak: float, warmup: int = 50) -> float:
    """Up in a line, down along a cosine."""
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))


def optimizer_of(model: torch.nn.Module, **factors: float) -> torch.optim.AdamW:
    """AdamW with weight decay on matrices only.

    `factors` scale the learning rate of the parts with these names.
    """
    groups = []
    for name, weights in model.named_parameters():
        factor = factors.get(name.split(".")[0], 1.0)
        groups.append(
            {
                "params": [weights],
                "weight_decay": 0.1 if weights.ndim > 1 else 0.0,
                "factor": factor,
            }
        )
    return torch.optim.AdamW(groups, betas=(0.9, 0.98))


def update(
    model: CustomTextCLIP, optimizer, rate: float, one: torch.Tensor, other: torch.Tensor
) -> float:
    """Make one step with the contrastive loss between two lists of unit vectors, (B, D) each.

    Return the loss.
    """
    loss = ClipLoss()(one.float(), other.float(), model.logit_scale.exp())
    for group in optimizer.param_groups:
        group["lr"] = rate * group["factor"]
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    with torch.no_grad():
        model.logit_scale.clamp_(0, math.log(100))
    return loss.item()


def trimmed(ids: torch.Tensor) -> torch.Tensor:
    """The token ids (B, L) without the columns that are nothing but padding."""
    return ids[:, : int((ids != 0).sum(1).max())]


def serve(batches, start: int = 0) -> torch.utils.data.DataLoader:
    """The batches from number `start` on, prepared by another process while the model works."""
    steps = range(start, len(batches))
    return torch.utils.data.DataLoader(
        batches, batch_size=None, sampler=steps, num_workers=1, prefetch_factor=8
    )


def train_text_tower(model: CustomTextCLIP, pairs: CaptionPairs, peak: float) -> None:
    """Let the text tower learn which two captions belong to the same phantom."""
    device = next(model.parameters()).device
    optimizer = optimizer_of(model.text)
    losses = []
    bar = tqdm(serve(pairs), "text tower", unit="step")
    for step, sides in enumerate(bar):
        with torch.autocast(device.type, dtype=torch.bfloat16):
            one, other = (
                model.encode_text(trimmed(ids).to(device), normalize=True) for ids in sides
            )
        losses.append(update(model, optimizer, learning_rate(step, len(pairs), peak), one, other))
        bar.set_postfix(loss=f"{np.mean(losses[-50:]):.3f}")


def train(
    model,
    batches: Batches,
    checkpoint: Path,
    validate,
    *,
    peak: float,
    text_from: float,
    every: int,
) -> dict:
    """Train to the last batch, from the checkpoint if there is one; return the history.

    The image tower learns alone until the share `text_from` of the steps is done, then the text
    tower learns, too.
    """
    device = next(model.parameters()).device
    steps = len(batches)
    optimizer = optimizer_of(model, text=0.1)
    history = {"start": 0, "seconds": 0.0, "alone": 0, "plans": [], "loss": [], "scores": []}
    if checkpoint.exists():
        saved = torch.load(checkpoint, map_location=device, weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        history = saved["history"]
    if (
        not history["plans"] or history["plans"][-1][1] != steps
    ):  # a longer plan than that of the run before
        history["plans"].append([history["start"], steps])
    mean, std = (
        255 * torch.tensor(v, device=device).view(3, 1, 1)
        for v in CONFIG["preprocess_cfg"].values()
    )
    start, began = history["start"], time.monotonic() - history["seconds"]
    bar = tqdm(
        serve(batches, start), "training", total=steps, initial=start, unit="step", smoothing=0.02
    )
    for step, (images, ids) in enumerate(bar, start=start):
        torch.manual_seed(step)  # what dropout hides follows from the step, as the batch does
        model.train()
        model.text.train(learns := step >= text_from * steps)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            image_features = model.encode_image((images.to(device) - mean) / std, normalize=True)
            with torch.set_grad_enabled(learns):
                text_features = model.encode_text(trimmed(ids).to(device), normalize=True)
        rate = learning_rate(step, steps, peak)
        history["alone"] += not learns
        history["loss"].append(
            round(update(model, optimizer, rate, image_features, text_features), 4)
        )
        bar.set_postfix(loss=f"{np.mean(history['loss'][-50:]):.3f}")
        if (step + 1) % every == 0 or step + 1 == steps:
            scores = {
                name: [float(value) for value in score] for name, score in validate(model).items()
            }
            history["scores"].append({"step": step + 1, **scores})
            history |= {"start": step + 1, "seconds": time.monotonic() - began}
            tqdm.write(
                f"step {step + 1}: "
                + ", ".join(f"{name} {score[0]:.3f}" for name, score in scores.items())
            )
            state = {
                "model": model.state_dict(),
                "optimizer": optimizer.state_dict(),
                "history": history,
            }
            torch.save(state, checkpoint.with_suffix(".part"))
            checkpoint.with_suffix(".part").replace(checkpoint)
    return history


def main() -> None:
    """Draw the corpus, train, test, and write the model folder with its card."""
    parser = argparse.ArgumentParser(
        prog="python -m phantoms.training.train", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "--work",
        type=Path,
        default=REPOSITORY / "build" / "phantom_clip",
        help="corpus, checkpoint",
    )
    parser.add_argument(
        "--out", type=Path, default=REPOSITORY / "example_data" / "phantom_clip", help="the model"
    )
    parser.add_argument("--figures", type=int, default=32_000, help="phantoms to draw for training")
    parser.add_argument(
        "--text-tower", type=Path, help="begin with the text tower and vocabulary of this model"
    )
    parser.add_argument("--steps", type=int, default=1200, help="batches for both towers")
    parser.add_argument(
        "--text-steps", type=int, default=300, help="batches for the text tower alone, before"
    )
    parser.add_argument("--batch-size", type=int, default=96)
    parser.add_argument(
        "--every", type=int, default=100, help="steps between two validations, each a checkpoint"
    )
    options = parser.parse_args()

    torch.manual_seed(TRAINING_SERIES)
    draw_corpus(options.work / "corpus", TRAINING_SERIES, options.figures)
    corpus = Corpus(options.work / "corpus")
    candidate, checkpoint = options.work / "model", options.work / "checkpoint.pt"
    if not (candidate / "open_clip_config.json").exists():
        write_configuration(candidate, corpus, options.text_tower)
    model = new_model(candidate).to("cuda" if torch.cuda.is_available() else "cpu")
    tokenizer = get_tokenizer(f"local-dir:{candidate.resolve()}")
    held_out = (
        [phantom(VALIDATION_SERIES, i) for i in range(500)],
        effusions(VALIDATION_SERIES, 100),
    )

    def validate(model) -> dict:
        save_weights(model, candidate)
        return evaluate(load_model(candidate), *held_out)

    if options.text_tower:
        model.text.load_state_dict(load_model(options.text_tower).clip.text.state_dict())
    elif not checkpoint.exists():
        pairs = CaptionPairs(
            corpus, TRAINING_SERIES, options.text_steps, options.batch_size, tokenizer
        )
        train_text_tower(model, pairs, peak=1e-3)
    batches = Batches(corpus, TRAINING_SERIES, options.steps, options.batch_size, tokenizer)
    history = train(
        model, batches, checkpoint, validate, peak=2e-3, text_from=0.5, every=options.every
    )
    figures = [phantom(TEST_SERIES, i) for i in range(1000)]
    trained = load_model(candidate)
    scores = evaluate(trained, figures, effusions(TEST_SERIES, 300))
    options.out.mkdir(parents=True, exist_ok=True)
    for path in candidate.iterdir():
        (options.out / path.name).write_bytes(path.read_bytes())
    asked = {
        name: getattr(options, name) for name in ("figures", "batch_size", "text_steps", "steps")
    }
    write_card(options.out, history, scores, trained, text_tower=bool(options.text_tower), **asked)


if __name__ == "__main__":
    main()
