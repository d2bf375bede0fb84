"""Sphinx's settings: assemble.py copies this file to build/source, where Sphinx reads it."""

import re
import tomllib
from pathlib import Path

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
REPOSITORY = PROJECT["urls"]["Repository"]

project = "Biomedical vision–language notebooks"
version = PROJECT["version"]
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx_copybutton", "sphinx_design"]
exclude_patterns = ["extra"]

nb_execution_mode = "off"  # the notebooks come executed
nb_output_stderr = "remove"
nb_ipywidgets_js = {}  # myst-nb would fetch the widgets' code from another server
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
suppress_warnings = ["mystnb.unknown_mime_type"]

autodoc_default_options = {
    "members": True,
    "member-order": "bysource",
    "exclude-members": "set",
}  # matplotlib adds set()
autodoc_preserve_defaults = True
default_role = "code"
python_use_unqualified_type_names = True

html_theme = "furo"
html_title = project
html_static_path = ["_static"]
html_css_files = ["book.css"]
html_favicon = "_static/favicon.svg"
html_extra_path = ["extra"]
html_copy_source = False
html_domain_indices = False
html_show_copyright = False
html_math_renderer = (
    "mathml"  # drawn by the browser itself, where MathJax would be fetched from another server
)
templates_path = []
pygments_style, pygments_dark_style = "a11y-high-contrast-light", "a11y-high-contrast-dark"


def setup(app):
    """Write formulas as MathML, read docstrings as plain text, give captions heading level 2."""

    def write(mode):
        def visit(self, node):
            self.body.append(tex2mathml(node.astext(), as_block=mode == "block"))
            raise nodes.SkipNode

        return visit, None

    def escape(app, what, name, thing, options, lines):
        lines[:] = [re.sub(r"([|*\\]|_\b)", r"\\\1", line) for line in lines]

    def name_levels(
        app, page, template, context, doctree
    ):  # Sphinx leaves out how deep its captions are
        for key in context.keys() & {"body", "furo_navigation_tree"}:
            context[key] = context[key].replace('role="heading"', 'role="heading" aria-level="2"')

    app.connect("html-page-context", name_levels, priority=900)  # after furo's own
    app.connect("autodoc-process-docstring", escape)
    app.add_html_math_renderer("mathml", write("inline"), write("block"))
