"""The drawn figures of the course, all of one family: FIGURES holds the function of each name."""

import inspect

from . import loading, measuring, quiz, searching, towers, training
from .card import Card

MODULES = (towers, loading, searching, measuring, training, quiz)
FIGURES = {
    name.replace("_", "-"): function
    for module in MODULES
    for name, function in inspect.getmembers(module, inspect.isfunction)
    if function.__module__ == module.__name__ and not name.startswith("_")
}
__all__ = ["FIGURES", "Card"]
