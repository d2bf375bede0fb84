"""The model card's way: open_clip alone, float32, each prompt padded to the context length."""

import json
from pathlib import Path

import open_clip
import torch
from PIL import Image

BATCH = 32  # the card stacks everything into one batch; 32 is kinder to it, in time and in memory


class Card:
    """The snippet of the model card, cut into its steps."""

    def __init__(self, folder: Path):
        config = json.loads((folder / "open_clip_config.json").read_text())
        text_cfg = config["model_cfg"]["text_cfg"]
        # The folder in place of the Hub's name, or open_clip would ask the Hub.
        text_cfg |= {"hf_model_name": str(folder.resolve()), "hf_model_pretrained": False}
        name = f"local-dir:{folder.resolve()}"
        self.model, self.preprocess = open_clip.create_model_from_pretrained(
            name, text_cfg=text_cfg
        )
        self.tokenizer = open_clip.get_tokenizer(name)
        self.model.eval()

    @torch.no_grad()
    def images(self, paths: list[Path]) -> torch.Tensor:
        """Return (N, D), unit length."""
        features = []
        for start in range(0, len(paths), BATCH):
            pictures = [Image.open(path) for path in paths[start : start + BATCH]]
            pixels = torch.stack([self.preprocess(picture) for picture in pictures])
            features.append(self.model.encode_image(pixels, normalize=True))
        return torch.cat(features)

    @torch.no_grad()
    def texts(self, prompts: list[str]) -> torch.Tensor:
        """Return (M, D), unit length."""
        features = []
        for start in range(0, len(prompts), BATCH):
            tokens = self.tokenizer(prompts[start : start + BATCH])
            features.append(self.model.encode_text(tokens, normalize=True))
        return torch.cat(features)

    @torch.no_grad()
    def classify(self, paths: list[Path], prompts: list[str]) -> torch.Tensor:
        """Return the probabilities (N, M)."""
        scale = self.model.logit_scale.exp()
        return (scale * self.images(paths) @ self.texts(prompts).T).softmax(dim=-1)
