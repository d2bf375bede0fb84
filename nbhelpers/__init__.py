"""What the biomedical vision–language notebooks share: models, pictures, prompts, scores."""

from .load import ModelLoadError, load_model, prefetch
from .model import VisionLanguageModel
from .pictures import ExampleImage, ImageError, example_data, example_images, open_image
from .prompts import MODEL_CARD_LABELS, TEMPLATES, label_embeddings
