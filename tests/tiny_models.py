"""Tiny open_clip models with random weights, of other kinds than BiomedCLIP, as the Hub has them.

"clip" is OpenAI's CLIP: a text tower and a tokenizer of open_clip's own, 77 tokens. "siglip" was
trained with a sigmoid, so it has a logit bias; it reads 64 tokens by a vocabulary of Hugging Face
whose pad token is its end token. "coca" has a third tower, for captions. "clipa" is a CLIP with a
BERT vocabulary, 32 tokens. They see 64 × 64 pixels, "siglip" 160 × 160, and have D = 32.
"""

import csv
import json
from pathlib import Path

import open_clip
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from nbhelpers import example_data

PREPROCESSING = {"mean": [0.5, 0.4, 0.3], "std": [0.3, 0.25, 0.2]}
VISION = {"image_size": 64, "patch_size": 16, "width": 64, "head_width": 32, "layers": 1}
TEXT = {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1}
WHOLE_SENTENCE = {"no_causal_mask": True, "pool_type": "last"}
TOWERS = {
    "clip": {"vision_cfg": VISION, "text_cfg": TEXT},
    "siglip": {
        "init_logit_bias": -10,
        "custom_text": True,
        "vision_cfg": {
            "image_size": 160,
            "timm_model_name": "test_vit3",
            "timm_model_pretrained": False,
            "timm_pool": "map",
            "timm_proj": "linear",
        },
        "text_cfg": TEXT
        | WHOLE_SENTENCE
        | {
            "context_length": 64,
            "vocab_size": 1000,
            "hf_tokenizer_name": "nobody/tiny-siglip",
            "tokenizer_kwargs": {"clean": "canonicalize"},
            "proj_bias": True,
        },
    },
    "coca": {
        "custom_text": True,
        "vision_cfg": VISION
        | {"attentional_pool": True, "attn_pooler_heads": 2, "output_tokens": True},
        "text_cfg": TEXT | {"context_length": 76, "embed_cls": True, "output_tokens": True},
        "multimodal_cfg": TEXT | {"context_length": 76, "attn_pooler_heads": 2},
    },
    "clipa": {
        "vision_cfg": VISION,
        "text_cfg": TEXT
        | WHOLE_SENTENCE
        | {
            "context_length": 32,
            "vocab_size": 1000,
            "hf_tokenizer_name": "nobody/tiny-clipa",
            "tokenizer_kwargs": {"strip_sep_token": True},
        },
    },
}


def write_tiny_model(folder: Path, kind: str) -> Path:
    """Return `folder`, filled with a random model of a kind: a key of `TOWERS`."""
    folder.mkdir(parents=True)
    if kind == "siglip":
        write_pieces(folder)
    elif kind == "clipa":
        write_wordpieces(folder)
    config = {"model_cfg": {"embed_dim": 32} | TOWERS[kind], "preprocess_cfg": PREPROCESSING}
    (folder / "open_clip_config.json").write_text(json.dumps(config, indent=2))
    torch.manual_seed(0)
    clip = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    with torch.no_grad():
        for weights in clip.parameters():
            if weights.ndim > 1:  # larger than open_clip draws them: inputs must make a difference
                weights.normal_(0, 0.3)
    weights = {name: values.clone() for name, values in clip.state_dict().items()}
    save_file(weights, folder / "open_clip_model.safetensors")
    return folder


def sentences() -> list[str]:
    """Return the labels and captions of the example pictures."""
    with (example_data() / "images.csv").open(encoding="utf-8") as file:
        return [
            f"this is a photo of {row['label']}. {row['caption']}" for row in csv.DictReader(file)
        ]


def write_pieces(folder: Path) -> None:
    """Write a Unigram vocabulary, as SigLIP's: it begins nothing, and pads with its end token."""
    words = Tokenizer(models.Unigram())
    words.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=900, special_tokens=["<unk>", "</s>"], unk_token="<unk>", show_progress=False
    )
    words.train_from_iterator([text.lower() for text in sentences()], trainer)
    end = words.token_to_id("</s>")
    words.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", end)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=words, eos_token="</s>", pad_token="</s>", unk_token="<unk>"
    ).save_pretrained(folder)


def write_wordpieces(folder: Path) -> None:
    """Write a WordPiece vocabulary, as BERT's."""
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    words.normalizer = normalizers.BertNormalizer()
    words.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=900, special_tokens=specials, show_progress=False
    )
    words.train_from_iterator(sentences(), trainer)
    words.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    PreTrainedTokenizerFast(
        tokenizer_object=words,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    ).save_pretrained(folder)
