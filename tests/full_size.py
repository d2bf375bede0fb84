"""BiomedCLIP's architecture with random weights, as the Hub stores it: `full_size.py FOLDER`.

The real weights (784 MB) cannot be part of a test. These have their names, shapes, file format and
size on disk, so that the code that loads the real model runs at its real size.
"""

import json
import string
import sys
from pathlib import Path

import torch

MODEL = "microsoft/BiomedCLIP-PubMedBERT_256-vit_base_patch16_224"
TEXT = "microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract"
ROOT = Path(__file__).resolve().parents[1]
CONFIG = {  # with indent=2, byte for byte the published open_clip_config.json
    "model_cfg": {
        "embed_dim": 512,
        "vision_cfg": {
            "timm_model_name": "vit_base_patch16_224",
            "timm_model_pretrained": False,
            "timm_pool": "",
            "timm_proj": "linear",
            "image_size": 224,
        },
        "text_cfg": {
            "hf_model_name": TEXT,
            "hf_tokenizer_name": TEXT,
            "hf_proj_type": "mlp",
            "hf_pooler_type": "cls_last_hidden_state_pooler",
            "context_length": 256,
        },
    },
    "preprocess_cfg": {
        "mean": [0.48145466, 0.4578275, 0.40821073],
        "std": [0.26862954, 0.26130258, 0.27577711],
    },
}
TEXT_CONFIG = {
    "architectures": ["BertForMaskedLM"],
    "model_type": "bert",
    "attention_probs_dropout_prob": 0.1,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.1,
    "hidden_size": 768,
    "initializer_range": 0.02,
    "intermediate_size": 3072,
    "layer_norm_eps": 1e-12,
    "max_position_embeddings": 512,
    "num_attention_heads": 12,
    "num_hidden_layers": 12,
    "type_vocab_size": 2,
    "vocab_size": 30522,
}


def vocabulary() -> list[str]:
    """Return 30,522 WordPiece tokens: PhantomCLIP's words, single characters and fillers.

    [PAD] comes first, as in BiomedBERT.
    """
    tokenizer = json.loads((ROOT / "example_data/phantom_clip/tokenizer.json").read_text())
    words = tokenizer["model"]["vocab"]
    characters = string.ascii_lowercase + string.digits + string.punctuation
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokens = dict.fromkeys(
        [*specials, *characters, *(f"##{c}" for c in characters), *sorted(words, key=words.get)]
    )
    return [*tokens, *(f"[unused{i}]" for i in range(TEXT_CONFIG["vocab_size"] - len(tokens)))]


def write_text_tower(folder: Path) -> None:
    """Write what the text tower's repository gives: config, vocabulary, tokenizer config."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(TEXT_CONFIG, indent=2))
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": true}')
    (folder / "vocab.txt").write_text("\n".join(vocabulary()) + "\n")


def write_model(folder: Path, safetensors: bool = False) -> Path:
    """Return `folder`, filled with the model: weights as .bin like the Hub, or as .safetensors."""
    import open_clip
    from safetensors.torch import save_file

    write_text_tower(folder)
    (folder / "open_clip_config.json").write_text(json.dumps(CONFIG, indent=2))
    torch.manual_seed(0)
    text = CONFIG["model_cfg"]["text_cfg"] | {
        "hf_model_name": str(folder.resolve()),
        "hf_model_pretrained": False,
    }
    model = open_clip.create_model(f"local-dir:{folder}", text_cfg=text, load_weights=False)
    model.logit_scale.data.fill_(4.4454)  # BiomedCLIP's, about 85 after exp
    weights = model.state_dict()
    if safetensors:
        save_file(weights, folder / "open_clip_model.safetensors")
    else:
        # The published file holds this buffer as well; open_clip drops it.
        weights["text.transformer.embeddings.position_ids"] = torch.arange(512)[None]
        torch.save(weights, folder / "open_clip_pytorch_model.bin")
    return folder


if __name__ == "__main__":
    print(write_model(Path(sys.argv[1]), safetensors="--safetensors" in sys.argv))
