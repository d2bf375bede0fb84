"""The model card's way: open_clip alone, float32, every prompt padded to the full context length."""

import json
from pathlib import Path

import open_clip
import torch
from PIL import Image

BATCH = 32  # the card stacks everything into one batch; 32 is kinder to it, in time and in memory


class Card:
    """The snippet of the model card, cut into its steps."""

    def __init__(self, folder: Path):
        text = json.loads((folder / "open_clip_config.json").read_text())["model_cfg"]["text_cfg"]
        text |= {
            "hf_model_name": str(folder.resolve()),
            "hf_model_pretrained": False,
        }  # or it would ask the Hub
        name = f"local-dir:{folder.resolve()}"
        self.model, self.preprocess = open_clip.create_model_from_pretrained(name, text_cfg=text)
        self.tokenizer = open_clip.get_tokenizer(name)
        self.model.eval()

    @torch.no_grad()
    def images(self, paths: list[Path]) -> torch.Tensor:
        """Return (N, D), unit length."""
        starts = range(0, len(paths), BATCH)
        batches = (
            torch.stack([self.preprocess(Image.open(p)) for p in paths[s : s + BATCH]])
            for s in starts
        )
        return torch.cat([self.model.encode_image(batch, normalize=True) for batch in batches])

    @torch.no_grad()
    def texts(self, prompts: list[str]) -> torch.Tensor:
        """Return (M, D), unit length."""
        batches = (
            self.tokenizer(prompts[start : start + BATCH])
            for start in range(0, len(prompts), BATCH)
        )
        return torch.cat([self.model.encode_text(batch, normalize=True) for batch in batches])

    @torch.no_grad()
    def classify(self, paths: list[Path], prompts: list[str]) -> torch.Tensor:
        """Return the probabilities (N, M)."""
        scale = self.model.logit_scale.exp()
        return (scale * self.images(paths) @ self.texts(prompts).T).softmax(dim=-1)
