"""ipywidgets explorers: thin shells over functions that work without a browser."""

from collections.abc import Sequence

import ipywidgets
from IPython.display import display

from .encoders import VisionLanguageModel
from .images import ImageError, open_image
from .plotting import AltFigure, probability_bars
from .prompts import label_embeddings


def classify_bytes(model: VisionLanguageModel, labels: Sequence[str], content: bytes) -> AltFigure:
    """Return the figure of one encoded image beside its five most probable labels.

    Raises ImageError: the bytes are no picture that can be opened.
    """
    picture = open_image(content)
    probabilities = model.probabilities(model.encode_images(picture), label_embeddings(model, labels))[0]
    return probability_bars(picture, labels, probabilities, model_name=model.name, title="Your image")


def upload_classifier(model: VisionLanguageModel, labels: Sequence[str]) -> ipywidgets.VBox:
    """Return a button to choose an image with, and below it what the model makes of that image."""
    button = ipywidgets.FileUpload(accept="image/*", description="Choose an image", layout={"width": "max-content"})
    answer = ipywidgets.Output()

    def show(change: dict) -> None:
        answer.clear_output(wait=True)
        files = change["new"]  # a tuple of files; in ipywidgets 7, which Colab has, a dict of them
        file = next(iter(files.values() if isinstance(files, dict) else files))
        with answer:
            try:
                display(classify_bytes(model, labels, bytes(file["content"])))
            except ImageError as error:
                print(error)

    button.observe(show, names="value")
    return ipywidgets.VBox([button, answer])
