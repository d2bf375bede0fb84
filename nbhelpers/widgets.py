"""ipywidgets explorers: thin shells over functions that work without a browser."""

import base64
import html
import io
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets
import numpy as np
from scipy.special import softmax

from .charts import interval_bars, reliability_diagram
from .encoders import VisionLanguageModel
from .images import open_image
from .metrics import accuracy, calibration_error, majority_baseline, recall_per_class, reliability
from .plotting import AltFigure, probability_bars
from .prompts import label_embeddings
from .retrieval import top_k


def classify_bytes(model: VisionLanguageModel, labels: Sequence[str], content: bytes) -> AltFigure:
    """Return the figure of one encoded image beside its five most probable labels.

    Raises ImageError: the bytes are no picture that can be opened.
    """
    picture = open_image(content)
    probabilities = model.probabilities(
        model.encode_images(picture), label_embeddings(model, labels)
    )[0]
    return probability_bars(
        picture, labels, probabilities, model_name=model.name, title="Your image"
    )


def upload_classifier(model: VisionLanguageModel, labels: Sequence[str]) -> ipywidgets.VBox:
    """Return a button to choose an image with, and below it what the model makes of that image."""
    button = ipywidgets.FileUpload(
        accept="image/*", description="Choose an image", layout={"width": "max-content"}
    )
    answer = ipywidgets.HTML()

    def show(change: dict) -> None:
        files = change["new"]  # a tuple of files; in ipywidgets 7, which Colab has, a dict of them
        file = next(iter(files.values() if isinstance(files, dict) else files))
        answer.value = _answer(
            lambda: classify_bytes(model, labels, bytes(file["content"])).to_html()
        )

    button.observe(show, names="value")
    return ipywidgets.VBox([button, answer])


def picture_search(
    model: VisionLanguageModel,
    pictures: Sequence[Any],
    captions: Sequence[str],
    vectors: np.ndarray,
    k: int = 6,
) -> Callable[[str], str]:
    """Return a function from a query to HTML: the k best of `pictures`, best first, each over its cosine and caption.

    `vectors` (N, D) are the pictures' embeddings. A blank query gives a hint in place of pictures.

    Raises ValueError: no pictures, or not one caption and one embedding a picture.
    """
    if not len(vectors):
        raise ValueError("There are no pictures to search in: pass at least one.")
    if not len(pictures) == len(captions) == len(vectors):
        raise ValueError(
            f"{len(pictures)} pictures, {len(captions)} captions and {len(vectors)} vectors do not match."
        )
    thumbnails = [_thumbnail(picture) for picture in pictures]

    def search(query: str) -> str:
        if not query.strip():
            return "<p>Type what you look for, such as: fracture of the wrist.</p>"
        (order,), (cosines,) = top_k(model.encode_texts(query), vectors, min(k, len(vectors)))
        figures = [
            f'<figure style="width: 132px; margin: 0"><img width="132" alt="{html.escape(captions[n])}" '
            f'src="{thumbnails[n]}"><figcaption style="font-size: 12px; line-height: 1.25">'
            f"<b>{rank} · {cosine:.2f}</b> {html.escape(captions[n])}</figcaption></figure>"
            for rank, (n, cosine) in enumerate(zip(order, cosines, strict=True), 1)
        ]
        told = f"<p>The {len(figures)} best of {len(vectors)} pictures by cosine ({html.escape(model.name)})</p>"
        return (
            f'{told}<div style="display: flex; flex-wrap: wrap; gap: 10px">{"".join(figures)}</div>'
        )

    return search


def search_box(search: Callable[[str], str], query: str = "") -> ipywidgets.VBox:
    """Return a line to type into, and below it, with every key, what `search` (of `picture_search`) finds."""
    line = ipywidgets.Text(
        query, description="Search", placeholder="words of your own", layout={"width": "32em"}
    )
    found = ipywidgets.HTML(search(query))
    line.observe(
        lambda change: setattr(found, "value", _answer(lambda: search(change["new"]))),
        names="value",
    )
    return ipywidgets.VBox([line, found])


def score_wording(
    model: VisionLanguageModel,
    images: np.ndarray,
    truth: Sequence[str],
    labels: Sequence[str],
    template: str,
    names: Sequence[str],
) -> AltFigure:
    """Return the figure of each label's recall, and the accuracy in its title, under this template and these names.

    `images` is (N, D), `truth` (N,) holds labels; `names` are what the prompts call the labels, in their order.

    Raises ValueError: not one name for each label, a name is blank or comes twice, the template has no {}.
    """
    if len(names) != len(labels):
        raise ValueError(
            f"There are {len(names)} names for {len(labels)} labels: write one name for each, in order."
        )
    texts = label_embeddings(model, names, [template])
    predicted = np.array(labels)[(images @ texts.T).argmax(axis=1)]
    recalls = recall_per_class(truth, predicted, labels)
    called = [
        name if name == label else f"{name} = {label}"
        for name, label in zip(names, labels, strict=True)
    ]
    shown = [name for name, label in zip(called, labels, strict=True) if label in recalls]
    title = f"“{template}”: accuracy {accuracy(truth, predicted)}"
    chance = majority_baseline(truth)
    return interval_bars(
        shown, list(recalls.values()), model_name=model.name, title=title, baseline=chance
    )


def wording_playground(
    model: VisionLanguageModel, images: np.ndarray, truth: Sequence[str], labels: Sequence[str]
) -> ipywidgets.VBox:
    """Return a field for the template, one for the names (a line each), a button, and below them how that scores."""
    wide = {"width": "90%", "max_width": "640px"}
    template = ipywidgets.Text("this is a photo of {}", description="Template", layout=wide)
    rows = len(labels) + 1
    names = ipywidgets.Textarea("\n".join(labels), description="Names", rows=rows, layout=wide)
    button = ipywidgets.Button(description="Score this wording", layout={"width": "max-content"})
    answer = ipywidgets.HTML()

    def show(_: ipywidgets.Button | None = None) -> None:
        lines = [line.strip() for line in names.value.strip().splitlines()]
        answer.value = _answer(
            lambda: score_wording(model, images, truth, labels, template.value, lines).to_html()
        )

    button.on_click(show)
    show()
    return ipywidgets.VBox([template, names, button, answer])


def calibration_at(
    model: VisionLanguageModel, cosines: np.ndarray, truth: Sequence[int], scale: float
) -> AltFigure:
    """Return the reliability diagram of the answers at this logit scale, with accuracy and error in its title.

    `cosines` is (N, M), of N images and M labels; `truth` (N,) holds the column of each image's label.
    """
    confidence, correct = (
        softmax(scale * cosines, axis=1).max(axis=1),
        cosines.argmax(axis=1) == truth,
    )
    told = f"accuracy {correct.mean():.2f}, calibration error {calibration_error(confidence, correct).value:.2f}"
    table = {"answers": reliability(confidence, correct)}
    return reliability_diagram(
        table, model_name=model.name, title=f"Logit scale {scale:.1f}: {told}"
    )


def scale_slider(
    model: VisionLanguageModel, cosines: np.ndarray, truth: Sequence[int]
) -> ipywidgets.VBox:
    """Return a slider for the logit scale, from 1 to 200, and below it how well calibrated the answers are there."""
    options = {
        "min": 0,
        "max": np.log10(200),
        "step": 0.02,
        "readout_format": ".1f",
        "continuous_update": False,
    }
    slider = ipywidgets.FloatLogSlider(
        model.logit_scale, base=10, description="Logit scale", layout={"width": "32em"}, **options
    )
    answer = ipywidgets.HTML()

    def show(change: dict) -> None:
        answer.value = _answer(
            lambda: calibration_at(model, cosines, truth, change["new"]).to_html()
        )

    slider.observe(show, names="value")
    show({"new": slider.value})
    return ipywidgets.VBox([slider, answer])


def rank_statements(model: VisionLanguageModel, picture: Any, statements: str) -> AltFigure:
    """Return the figure of the picture beside its statements, one a line of `statements`, the most probable first.

    Raises ValueError: fewer than two different statements, which leave nothing to rank.
    """
    lines = list(dict.fromkeys(line.strip() for line in statements.splitlines() if line.strip()))
    if len(lines) < 2:
        raise ValueError("Write at least two different statements, each on a line of its own.")
    probabilities = model.probabilities(model.encode_images(picture), model.encode_texts(lines))[0]
    return probability_bars(
        picture,
        lines,
        probabilities,
        model_name=model.name,
        title="Which statement fits best?",
        top_k=10,
    )


def ask(
    model: VisionLanguageModel, pictures: Mapping[str, Any], statements: str
) -> ipywidgets.VBox:
    """Return a menu of the named pictures, a box for statements and a button; below them the ranking, once asked."""
    wide = {"width": "32em"}
    menu = ipywidgets.Dropdown(options=list(pictures), description="Picture", layout=wide)
    text = ipywidgets.Textarea(value=statements, description="Statements", rows=5, layout=wide)
    button, answer = ipywidgets.Button(description="Rank them"), ipywidgets.HTML()

    def show(_: ipywidgets.Button) -> None:
        answer.value = _answer(
            lambda: rank_statements(model, pictures[menu.value], text.value).to_html()
        )

    button.on_click(show)
    return ipywidgets.VBox([menu, text, button, answer])


def _answer(make: Callable[[], str]) -> str:
    """Return the HTML that `make` gives, or why there is none: in words, or for an error of ours as the traceback.

    For an HTML widget: an Output widget that is filled while its cell runs can leave nbclient waiting for a kernel
    that is idle.
    """
    try:
        return make()
    except ValueError as error:  # an ImageError, too
        return f"<p>{html.escape(str(error))}</p>"
    except (
        Exception
    ):  # Jupyter would hide it in a log, and leave the answer before this one standing
        return f"<pre>{html.escape(traceback.format_exc())}</pre>"


def _thumbnail(picture: Any) -> str:
    """Return the picture as an address that holds it, at most 264 pixels wide and high."""
    small, file = open_image(picture), io.BytesIO()
    small.thumbnail((264, 264))
    small.save(file, "JPEG", quality=85)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"
