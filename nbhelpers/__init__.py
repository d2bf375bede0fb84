"""What the biomedical vision–language notebooks share: models, pictures, prompts, scores."""

import sys

try:
    from .load import ModelLoadError, load_model, prefetch
    from .model import VisionLanguageModel
    from .pictures import ExampleImage, ImageError, example_data, example_images, open_image
    from .prompts import MODEL_CARD_LABELS, TEMPLATES, label_embeddings
except ModuleNotFoundError as error:
    remedy = "Type `make lab` once, then `source .venv/bin/activate`, and start Python again."
    raise ModuleNotFoundError(f"{sys.executable} has no {error.name}. {remedy}") from None
