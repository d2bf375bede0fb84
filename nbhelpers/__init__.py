"""What the biomedical vision–language notebooks share: models, images, prompts, metrics, plots.

`import nbhelpers` alone reads nothing else: torch and open_clip come in with the first name that needs them.
"""

from importlib import import_module

_HOMES = {
    "models": ("VisionLanguageModel", "load_model"),
    "folders": ("ModelLoadError",),
    "offline": ("prefetch",),
    "examples": ("ExampleImage", "example_data", "example_images"),
    "images": ("ImageError", "open_image"),
    "prompts": ("MODEL_CARD_LABELS", "TEMPLATES", "label_embeddings"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str):
    """Import the public `name` from the file that defines it, at its first use (PEP 562)."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
