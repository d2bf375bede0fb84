"""Train PhantomCLIP: `python -m phantoms.train`.

A ViT-tiny and a small BERT learn, with the contrastive loss of CLIP (Radford et al. 2021, arXiv 2103.00020), which
caption belongs to which phantom. Before that, the text tower learns alone, with the same loss, which two captions were
written for the same phantom: an image tower with random weights learns faster against sentences that mean something
already. A second, shorter round shows many chest X-rays with an effusion on one side, because left and right are
otherwise too rare to be learned. For most of the time the ViT sees only half of its patches, which nearly doubles the
speed at little cost (Li et al. 2023, FLIP, arXiv 2212.00794).

Interrupted, the command goes on where it stopped; the result goes into the folder `example_data/phantom_clip`, in the
form in which the Hub stores open_clip models.
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

from .captions import caption
from .card import write_card
from .corpus import Batches, CaptionPairs, Corpus, SidedBatches, draw_corpus
from .evaluate import effusions, evaluate
from .figure import phantom

TRAINING_SERIES, VALIDATION_SERIES, TEST_SERIES = 1, 2, 3  # seeds; the test series is looked at once, at the end
REPOSITORY = Path(__file__).resolve().parents[1]
CONTEXT_LENGTH = 77
CONFIG = {
    "model_cfg": {
        "embed_dim": 256,
        "vision_cfg": {
            "timm_model_name": "vit_tiny_patch16_224",
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
    "preprocess_cfg": {"mean": [0.48145466, 0.4578275, 0.40821073], "std": [0.26862954, 0.26130258, 0.27577711]},
}


def write_configuration(folder: Path, corpus: Corpus) -> None:
    """Write everything but the weights: the configs of both towers, and a vocabulary learnt from training captions."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(TRAINING_SERIES)
    captions = (caption(facts, rng, plain=0.2) for facts in corpus.attributes for _ in range(2))
    wordpiece = BertWordPieceTokenizer(lowercase=True)
    wordpiece.train_from_iterator(captions, vocab_size=4096, min_frequency=3, show_progress=False)
    special = {f"{name}_token": f"[{name.upper()}]" for name in ("unk", "sep", "pad", "cls", "mask")}
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
    (folder / "open_clip_config.json").write_text(json.dumps(CONFIG, indent=2))


def new_model(folder: Path) -> CustomTextCLIP:
    """A PhantomCLIP with random weights, its text tower as configured in the folder."""
    cfg = CONFIG["model_cfg"]
    text = cfg["text_cfg"] | {"hf_model_name": str(folder.resolve()), "hf_model_pretrained": False}
    vision = cfg["vision_cfg"] | {"patch_dropout": 0.5}
    return CustomTextCLIP(cfg["embed_dim"], vision, text)


def save_weights(model: CustomTextCLIP, folder: Path) -> None:
    """Write the weights in half precision; the file is whole or, if anything goes wrong, the old one."""
    part = folder / "open_clip_model.safetensors.part"
    save_file({name: tensor.half().contiguous() for name, tensor in model.state_dict().items()}, part)
    part.replace(folder / "open_clip_model.safetensors")


def learning_rate(step: int, steps: int, peak: float, warmup: int = 150) -> float:
    """Up in a line, down along a cosine."""
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))


def optimizer_of(model: torch.nn.Module) -> torch.optim.AdamW:
    """AdamW with weight decay on matrices only."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, betas=(0.9, 0.98))


def update(model: CustomTextCLIP, optimizer, rate: float, one: torch.Tensor, other: torch.Tensor) -> float:
    """Make one step with the contrastive loss between two lists of unit vectors, (B, D) each; return the loss."""
    loss = ClipLoss()(one.float(), other.float(), model.logit_scale.exp())
    for group in optimizer.param_groups:
        group["lr"] = rate
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
    return torch.utils.data.DataLoader(batches, batch_size=None, sampler=steps, num_workers=1, prefetch_factor=8)


def train_text_tower(model: CustomTextCLIP, pairs: CaptionPairs, peak: float) -> None:
    """Let the text tower learn which two captions belong to the same phantom."""
    device = next(model.parameters()).device
    optimizer = optimizer_of(model.text)
    losses = []
    bar = tqdm(serve(pairs), "text tower", unit="step")
    for step, sides in enumerate(bar):
        with torch.autocast(device.type, dtype=torch.bfloat16):
            one, other = (model.encode_text(trimmed(ids).to(device), normalize=True) for ids in sides)
        losses.append(update(model, optimizer, learning_rate(step, len(pairs), peak, warmup=50), one, other))
        bar.set_postfix(loss=f"{np.mean(losses[-50:]):.3f}")


def train(
    model, batches: Batches, checkpoint: Path, validate, *, peak: float, full_from: float, every: int, warmup: int = 150
) -> dict:
    """Train both towers to the last batch, from the checkpoint if there is one; return the history."""
    device = next(model.parameters()).device
    steps = len(batches)
    optimizer = optimizer_of(model)
    history = {"start": 0, "seconds": 0.0, "loss": [], "scores": []}
    if checkpoint.exists():
        saved = torch.load(checkpoint, map_location=device, weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        history = saved["history"]
    mean, std = (255 * torch.tensor(v, device=device).view(3, 1, 1) for v in CONFIG["preprocess_cfg"].values())
    start, began = history["start"], time.monotonic() - history["seconds"]
    bar = tqdm(serve(batches, start), "training", total=steps, initial=start, unit="step", smoothing=0.02)
    for step, (images, ids) in enumerate(bar, start=start):
        torch.manual_seed(step)  # the patches to hide follow from the step, as the batch does
        model.train()
        model.visual.trunk.patch_drop.prob = 0.5 if step < full_from * steps else 0.0
        with torch.autocast(device.type, dtype=torch.bfloat16):
            image_features = model.encode_image((images.to(device) - mean) / std, normalize=True)
            text_features = model.encode_text(trimmed(ids).to(device), normalize=True)
        rate = learning_rate(step, steps, peak, warmup)
        history["loss"].append(round(update(model, optimizer, rate, image_features, text_features), 4))
        bar.set_postfix(loss=f"{np.mean(history['loss'][-50:]):.3f}")
        if (step + 1) % every == 0 or step + 1 == steps:
            scores = {name: [float(value) for value in score] for name, score in validate(model).items()}
            history["scores"].append({"step": step + 1, **scores})
            history |= {"start": step + 1, "seconds": time.monotonic() - began}
            tqdm.write(f"step {step + 1}: " + ", ".join(f"{name} {score[0]:.3f}" for name, score in scores.items()))
            state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "history": history}
            torch.save(state, checkpoint.with_suffix(".part"))
            checkpoint.with_suffix(".part").replace(checkpoint)
    return history


def main() -> None:
    """Draw the corpus, train, test, and write the model folder with its card."""
    parser = argparse.ArgumentParser(prog="python -m phantoms.train", description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=REPOSITORY / "build" / "phantom_clip", help="corpus, checkpoint")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "example_data" / "phantom_clip", help="the model")
    parser.add_argument("--figures", type=int, default=40_000, help="phantoms to draw for training")
    parser.add_argument("--steps", type=int, default=1_400, help="batches of the first round")
    parser.add_argument("--text-steps", type=int, default=400, help="batches for the text tower alone, before")
    parser.add_argument("--side-steps", type=int, default=200, help="batches of the second round, for left and right")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--every", type=int, default=100, help="steps between two validations, each a checkpoint")
    options = parser.parse_args()

    torch.manual_seed(TRAINING_SERIES)
    draw_corpus(options.work / "corpus", TRAINING_SERIES, options.figures)
    corpus = Corpus(options.work / "corpus")
    candidate, checkpoint = options.work / "model", options.work / "checkpoint.pt"
    if not (candidate / "open_clip_config.json").exists():
        write_configuration(candidate, corpus)
    model = new_model(candidate).to("cuda" if torch.cuda.is_available() else "cpu")
    tokenizer = get_tokenizer(f"local-dir:{candidate.resolve()}")
    held_out = [phantom(VALIDATION_SERIES, i) for i in range(500)], effusions(VALIDATION_SERIES, 100)

    def validate(model) -> dict:
        save_weights(model, candidate)
        return evaluate(load_model(candidate), *held_out)

    if not checkpoint.exists():
        pairs = CaptionPairs(corpus, TRAINING_SERIES, options.text_steps, options.batch_size, tokenizer)
        train_text_tower(model, pairs, peak=1e-3)
    series = (corpus, TRAINING_SERIES)
    batches = Batches(*series, options.steps, options.batch_size, tokenizer)
    history = train(model, batches, checkpoint, validate, peak=1e-3, full_from=0.85, every=options.every)
    batches = SidedBatches(*series, options.side_steps, options.batch_size, tokenizer)
    settings = {"peak": 5e-4, "full_from": 0.75, "every": options.every, "warmup": 20}
    sides = train(model, batches, options.work / "checkpoint_sides.pt", validate, **settings)
    history["scores"] += [row | {"step": row["step"] + options.steps} for row in sides["scores"]]
    history["loss"] += sides["loss"]
    history["seconds"] += sides["seconds"]
    figures = [phantom(TEST_SERIES, i) for i in range(1000)]
    trained = load_model(candidate)
    scores = evaluate(trained, figures, effusions(TEST_SERIES, 300))
    options.out.mkdir(parents=True, exist_ok=True)
    for path in candidate.iterdir():
        (options.out / path.name).write_bytes(path.read_bytes())
    asked = {name: getattr(options, name) for name in ("figures", "batch_size", "text_steps", "steps", "side_steps")}
    write_card(options.out, history, scores, trained, **asked)


if __name__ == "__main__":
    main()
