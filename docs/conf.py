"""The site: `make docs` builds it from the pages of this folder, the library and its examples, without a network."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

DOCS = Path(__file__).parent
ROOT = DOCS.parent
sys.path.insert(0, str(ROOT))

from bids_vlint import __version__  # noqa: E402
from docs.site_build import outside  # noqa: E402

project = "bids_vlint"
author = "The bids_vlint developers"
project_copyright = f"{author}. Apache License 2.0"
version = release = __version__
language = "en"

extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx_gallery.gen_gallery"]
exclude_patterns = ["_build", "examples"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
default_role = "code"

myst_heading_anchors = 4  # as GitHub makes them
myst_enable_extensions = ["colon_fence"]

autosummary_generate = True
autodoc_typehints = "none"  # numpydoc's sections say them
numpydoc_show_class_members = True
numpydoc_class_members_toctree = False
numpydoc_show_inherited_class_members = False

sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"from_",
    "within_subsection_order": "FileNameSortKey",
    "reset_argv": "docs.site_build.gallery.arguments",
    "image_scrapers": ("matplotlib", "docs.site_build.gallery.own_figures"),
    "abort_on_example_error": True,
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "min_reported_time": 1e6,
    "write_computation_times": False,
    "matplotlib_animations": False,
}

html_theme = "pydata_sphinx_theme"
html_title = "bids_vlint"
html_sidebars = {"quick_start": []}  # it has no pages below it
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "secondary_sidebar_items": ["page-toc"],
    "show_prev_next": True,
    "navigation_with_keys": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}

os.environ.setdefault("MPLBACKEND", "agg")


def setup(app: Sphinx) -> None:
    """Pages that stand elsewhere in the repository, and pictures in Mermaid, which are shown as their text."""
    from pygments.lexers.special import TextLexer

    app.connect("builder-inited", lambda _: outside.write(DOCS))
    app.connect("source-read", outside.lead_to_pages)
    for words in ("mermaid", "console"):
        app.add_lexer(words, TextLexer)
