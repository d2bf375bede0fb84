"""The model card's own lines, run in any environment: `python model_card.py OUT.npz IMAGE ...`

Between the two rules stands the recipe of BiomedCLIP's model card (section 2.1), with files in
place of addresses.
"""

import sys

import numpy as np
import torch
from open_clip import create_model_from_pretrained, get_tokenizer
from PIL import Image

out, *test_imgs = sys.argv[1:]
labels = [
    "adenocarcinoma histopathology",
    "brain MRI",
    "covid line chart",
    "squamous cell carcinoma histopathology",
    "immunohistochemistry histopathology",
    "bone X-ray",
    "chest X-ray",
    "pie chart",
    "hematoxylin and eosin histopathology",
]
template = "this is a photo of "
# ---
model, preprocess = create_model_from_pretrained(
    "hf-hub:microsoft/BiomedCLIP-PubMedBERT_256-vit_base_patch16_224"
)
tokenizer = get_tokenizer("hf-hub:microsoft/BiomedCLIP-PubMedBERT_256-vit_base_patch16_224")
model.eval()
context_length = 256
images = torch.stack([preprocess(Image.open(img)) for img in test_imgs])
texts = tokenizer([template + label for label in labels], context_length=context_length)
with torch.no_grad():
    image_features, text_features, logit_scale = model(images, texts)
    logits = (logit_scale * image_features @ text_features.t()).detach().softmax(dim=-1)
# ---
found = {
    "pixels": images,
    "tokens": texts,
    "images": image_features,
    "texts": text_features,
    "probabilities": logits,
}
np.savez(out, **{name: values.numpy() for name, values in found.items()})
