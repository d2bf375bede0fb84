"""Train PhantomCLIP: `python -m phantoms.training.train`.

A small XCiT (El-Nouby et al. 2021, arXiv 2106.09681: a vision transformer on patches of 16 pixels,
with convolutions where a ViT has its patch embedding) and a small BERT learn, with the contrastive
loss of CLIP (Radford et al. 2021, arXiv 2103.00020), which caption belongs to which phantom; and
beside that which kind a phantom is, what it shows and lacks, in sentences that affirm and deny, and
where. Before that, the text tower learns alone, with the same loss, which two captions were written
for the same phantom: random weights learn faster against sentences that mean something already (as
in LiT, Zhai et al. 2022, arXiv 2111.07991, with the towers exchanged). With `--start`, both towers
begin with the weights of an earlier PhantomCLIP instead, of which `--keep` keeps a share.

Interrupted, the command goes on where it stopped; the result goes into the folder
`example_data/phantom_clip`, in the form in which the Hub stores open_clip models.
"""

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from open_clip import ClipLoss, CustomTextCLIP, get_tokenizer
from safetensors.torch import save_file
from tokenizers import BertWordPieceTokenizer
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, normalize, softplus
from tqdm.auto import tqdm
from transformers import BertConfig, PreTrainedTokenizerFast

from nbhelpers import load_model
from nbhelpers.model import pick_precision

from ..captions import caption
from .card import write_card
from .corpus import DIRECTIONS, Batches, CaptionPairs, Corpus, draw_corpus
from .evaluate import TestFigures, evaluate

# seeds; the test series is looked at once, at the end.
TRAINING_SERIES, VALIDATION_SERIES, TEST_SERIES = (6, 2, 3)
WEIGHTS = {"contrast": 1.5, "kind": 0.7, "findings": 0.5, "truth": 0.7, "places": 0.7}
RATES = {"text": 0.3}  # the text tower's share of the learning rate
POINTED = 25  # what a patch's cosine is multiplied with before the softmax over patches
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


def mixed(weights: dict, before: dict, keep: float) -> dict:
    """The weights, with the share `keep` of those before the training.

    WiSE-FT (Wortsman et al. 2021, arXiv 2109.01903): it forgets less of what they knew.
    """
    return {
        name: new.lerp(before[name].to(new), keep) if new.is_floating_point() else new
        for name, new in weights.items()
    }


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
        factor = next((f for part, f in factors.items() if part in name.split(".")), 1.0)
        groups.append(
            {
                "params": [weights],
                "weight_decay": 0.1 if weights.ndim > 1 else 0.0,
                "factor": factor,
            }
        )
    return torch.optim.AdamW(groups, betas=(0.9, 0.98))


def make_step(model: torch.nn.Module, optimizer, rate: float, loss: torch.Tensor) -> None:
    """Move all weights by one step down the loss, at this learning rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group["factor"]
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()


def fast(device: torch.device) -> torch.autocast:
    """A context in which products are in bfloat16, where that is the faster format."""
    half = torch.bfloat16
    return torch.autocast(device.type, half, enabled=pick_precision(device) == half)


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
        with fast(device):
            one, other = (
                model.encode_text(trimmed(ids).to(device), normalize=True) for ids in sides
            )
        loss = ClipLoss()(one.float(), other.float(), model.logit_scale.exp())
        make_step(model.text, optimizer, learning_rate(step, len(pairs), peak), loss)
        losses.append(loss.item())
        bar.set_postfix(loss=f"{np.mean(losses[-50:]):.3f}")


class Learner(torch.nn.Module):
    """A PhantomCLIP in training: its two towers, and a direction for each finding and its side.

    The directions stand for sentences while these do not mean much yet; they are no part of the
    model that is written.
    """

    def __init__(self, model: CustomTextCLIP):
        super().__init__()
        self.model = model
        model.visual.to(memory_format=torch.channels_last)  # 1.2 times as fast on a CPU
        self.findings = torch.nn.Linear(model.visual.head.proj.out_features, 2 * len(DIRECTIONS))

    def losses(self, batch: dict[str, torch.Tensor], words: bool) -> dict[str, torch.Tensor]:
        """The losses of one batch by name; sentences about findings and places with `words` alone.

        The text tower learns with `words` alone, too.
        """
        device = self.findings.weight.device
        mean, std = (
            255 * torch.tensor(v, device=device).view(3, 1, 1)
            for v in CONFIG["preprocess_cfg"].values()
        )
        batch = {name: value.to(device) for name, value in batch.items()}
        features, tokens = self.see((batch["images"] - mean) / std)
        texts = ["captions", "labels"] + ["sentences"] * words
        with torch.set_grad_enabled(words):
            captions, labels, *said = (self.read(batch[name]) for name in texts)
        scale = self.model.logit_scale.exp()
        losses = {
            "contrast": ClipLoss()(features, captions, scale),
            "kind": cross_entropy(scale * features @ labels.T, batch["kinds"]),
            "findings": known_loss(10 * self.findings(features), batch["known"]),
        }
        if words:
            losses["truth"] = truth_loss(scale * features @ said[0].T, batch["comparisons"])
            losses["places"] = self.places_loss(tokens, said[0], batch["places"], batch["inside"])
        return losses

    def see(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The pictures' embeddings (B, D), and their patches before they are pooled, (B, N, C)."""
        kept = []
        look = self.model.visual.trunk.cls_attn_blocks[0].register_forward_pre_hook(
            lambda _, given: kept.append(given[0][:, 1:])
        )
        with look, fast(pixels.device):
            features = self.model.encode_image(pixels, normalize=True)
        return features.float(), kept[0]

    def read(self, ids: torch.Tensor) -> torch.Tensor:
        """The embeddings (B, D) of token ids (B, L)."""
        with fast(ids.device):
            return self.model.encode_text(trimmed(ids), normalize=True).float()

    def places_loss(self, tokens, said, places, inside) -> torch.Tensor:
        """How far the patches that are most like a finding's sentence lie outside of its box.

        A patch's embedding is what the tower makes of it alone (MaskCLIP, Zhou et al. 2022, arXiv
        2112.01071). Of a softmax over the patches' cosines, the share inside the box should be 1
        with the own sentence, and 0 with one that is false of the place.
        """
        if not len(places):
            return said.sum() * 0
        patches = normalize(self.alone(tokens[places[:, 0]]), dim=-1)  # (P, N, D)
        own, false = (
            ((POINTED * torch.einsum("pnd,pd->pn", patches, said[rows])).softmax(1) * inside).sum(1)
            for rows in places.T[1:]
        )
        return -(own.clamp(1e-6).log() + (1 - false).clamp(1e-6).log()).mean() / 2

    def alone(self, tokens: torch.Tensor) -> torch.Tensor:
        """The embedding of each patch as if it were the only one: (P, N, C) to (P, N, D)."""
        visual, (count, n, width) = self.model.visual, tokens.shape
        trunk = visual.trunk
        with fast(tokens.device):
            each = tokens.reshape(count * n, 1, width)
            x = torch.cat([trunk.cls_token.expand(count * n, -1, -1).to(each.dtype), each], 1)
            for block in trunk.cls_attn_blocks:
                x = block(x)
            x = visual.head(trunk.forward_head(trunk.norm(x)))
        return x.float().view(count, n, -1)


def known_loss(logits: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """The loss of the learned directions (B, 2 F): there or absent, then left or right."""
    picture, direction, answer = known.T
    right = answer == 3
    column = direction + len(DIRECTIONS) * (answer > 1)
    yes = ((answer == 1) | right).float()
    each = binary_cross_entropy_with_logits(logits[picture, column], yes, reduction="none")
    return of_groups(each, answer, 4)


def truth_loss(logits: torch.Tensor, comparisons: torch.Tensor) -> torch.Tensor:
    """The loss of telling sentences true of a picture from false ones; logits (B, M)."""
    picture, kind, true, false = comparisons.T
    return of_groups(softplus(logits[picture, false] - logits[picture, true]), kind, 3)


def of_groups(losses: torch.Tensor, group: torch.Tensor, count: int) -> torch.Tensor:
    """The mean of the groups' mean losses: many easy questions do not drown few hard ones."""
    means = [losses[group == g].mean() for g in range(count) if (group == g).any()]
    return torch.stack(means).mean() if means else losses.sum()


def train(
    learner: Learner, batches: Batches, checkpoint: Path, validate, *, peak: float, every: int
) -> dict:
    """Train to the last batch, from the checkpoint if there is one; return the history."""
    steps = len(batches)
    optimizer = optimizer_of(learner, **RATES)
    history = {"start": 0, "seconds": 0.0, "loss": [], "scores": []}
    if checkpoint.exists():
        device = next(learner.parameters()).device
        saved = torch.load(checkpoint, map_location=device, weights_only=True)
        learner.load_state_dict(saved["learner"])
        optimizer.load_state_dict(saved["optimizer"])
        history = saved["history"]
    start, began = history["start"], time.monotonic() - history["seconds"]
    learner.train()
    bar = tqdm(
        serve(batches, start), "training", total=steps, initial=start, unit="step", smoothing=0.02
    )
    for step, batch in enumerate(bar, start=start):
        torch.manual_seed(step)  # what dropout hides follows from the step, as the batch does
        losses = learner.losses(batch, words=step % 2 == 1)
        total = sum(WEIGHTS[name] * loss for name, loss in losses.items())
        make_step(learner, optimizer, learning_rate(step, steps, peak), total)
        with torch.no_grad():
            learner.model.logit_scale.clamp_(0, math.log(100))
        history["loss"].append({name: round(loss.item(), 3) for name, loss in losses.items()})
        recent = pd.DataFrame(history["loss"][-50:]).mean()
        bar.set_postfix({name: f"{value:.2f}" for name, value in recent.items()})
        if (step + 1) % every == 0 or step + 1 == steps:
            found = validate(learner.model)
            learner.train()
            scores = {name: [float(value) for value in score] for name, score in found.items()}
            history["scores"].append({"step": step + 1, **scores})
            history |= {"start": step + 1, "seconds": time.monotonic() - began}
            shown = ", ".join(f"{name} {score[0]:.3f}" for name, score in scores.items())
            tqdm.write(f"step {step + 1}: {shown}")
            state = {"learner": learner.state_dict(), "optimizer": optimizer.state_dict()}
            torch.save(state | {"history": history}, checkpoint.with_suffix(".part"))
            checkpoint.with_suffix(".part").replace(checkpoint)
    return history


def main() -> None:
    """Draw the corpus, train, test, and write the model folder with its card."""
    parser = argparse.ArgumentParser(
        prog="python -m phantoms.training.train", description=__doc__.splitlines()[0]
    )
    build = REPOSITORY / "build" / "phantom_clip"
    out = REPOSITORY / "example_data" / "phantom_clip"
    parser.add_argument("--work", type=Path, default=build, help="corpus, checkpoint")
    parser.add_argument("--out", type=Path, default=out, help="the model")
    parser.add_argument("--start", type=Path, help="begin with the weights of this PhantomCLIP")
    parser.add_argument(
        "--keep", type=float, default=0.0, help="of those weights, the share kept in the result"
    )
    parser.add_argument("--figures", type=int, default=40_000, help="phantoms to draw for training")
    parser.add_argument("--steps", type=int, default=6000, help="batches for both towers")
    parser.add_argument(
        "--large-steps", type=int, default=600, help="of these, the last with 224 × 224 pixels"
    )
    parser.add_argument(
        "--text-steps", type=int, default=200, help="batches for the text tower alone, before"
    )
    parser.add_argument("--batch-size", type=int, default=96)
    parser.add_argument("--peak", type=float, default=2e-3, help="the highest learning rate")
    parser.add_argument(
        "--every", type=int, default=600, help="steps between two validations, each a checkpoint"
    )
    options = parser.parse_args()
    if options.keep and not options.start:
        parser.error("--keep takes a share of the weights of --start FOLDER: give both")
    if not 0 <= options.keep < 1:
        parser.error(f"--keep is a share, from 0 to below 1, not {options.keep}")
    if options.start and options.start.resolve() == options.out.resolve():
        parser.error("--out would overwrite --start, which a resumed run needs: give --out FOLDER")

    torch.manual_seed(TRAINING_SERIES)
    draw_corpus(options.work / "corpus", TRAINING_SERIES, options.figures)
    corpus = Corpus(options.work / "corpus")
    candidate, checkpoint = options.work / "model", options.work / "checkpoint.pt"
    if not (candidate / "open_clip_config.json").exists():
        write_configuration(candidate, corpus, options.start)
    learner = Learner(new_model(candidate)).to("cuda" if torch.cuda.is_available() else "cpu")
    tokenizer = get_tokenizer(f"local-dir:{candidate.resolve()}")
    if options.start:
        learner.model.load_state_dict(load_model(options.start).clip.state_dict())
    elif not checkpoint.exists():
        pairs = CaptionPairs(
            corpus, TRAINING_SERIES, options.text_steps, options.batch_size, tokenizer
        )
        train_text_tower(learner.model, pairs, peak=1e-3)
    batches = Batches(corpus, TRAINING_SERIES, options.steps, options.batch_size, tokenizer)
    batches.large_from = options.steps - options.large_steps
    held_out = TestFigures(VALIDATION_SERIES, scale=3)

    def validate(model) -> dict:
        save_weights(model, candidate)
        return evaluate(load_model(candidate), held_out)

    history = train(learner, batches, checkpoint, validate, peak=options.peak, every=options.every)
    if options.start:
        before = load_model(options.start).clip.state_dict()
        learner.model.load_state_dict(mixed(learner.model.state_dict(), before, options.keep))
        save_weights(learner.model, candidate)
    trained = load_model(candidate)
    scores = evaluate(trained, TestFigures(TEST_SERIES, scale=10))
    options.out.mkdir(parents=True, exist_ok=True)
    for path in candidate.iterdir():
        (options.out / path.name).write_bytes(path.read_bytes())
    sizes = {"small": batches.small, "large": batches.large}
    write_card(
        options.out, history, scores, trained, text_share=RATES["text"], **sizes, **vars(options)
    )


if __name__ == "__main__":
    main()
