"""Interactive cells: any function from values to HTML, redrawn below its controls."""

import html
import traceback
from collections.abc import Callable
from typing import Any

import ipywidgets


def live(show: Callable[..., str], **controls: ipywidgets.Widget) -> ipywidgets.VBox:
    """Return the controls and, below them, the HTML that `show` returns for their values.

    `show` takes the controls' values by name, at once and on each change; with a Button, which
    has no value, on each click instead. A ValueError is shown as a sentence."""
    answer = ipywidgets.HTML()  # an Output widget can leave nbclient waiting for an idle kernel
    buttons = [one for one in controls.values() if isinstance(one, ipywidgets.Button)]
    inputs = {name: one for name, one in controls.items() if one not in buttons}

    def update(_: Any = None) -> None:
        try:
            answer.value = show(**{name: control.value for name, control in inputs.items()})
        except ValueError as error:  # an ImageError, too
            answer.value = f"<p>{html.escape(str(error))}</p>"
        except Exception:  # Jupyter would log it, and leave the answer before this one standing
            answer.value = f"<pre>{html.escape(traceback.format_exc())}</pre>"

    for button in buttons:
        button.on_click(update)
    for control in inputs.values() if not buttons else ():
        control.observe(update, names="value")
    update()
    return ipywidgets.VBox([*controls.values(), answer])
