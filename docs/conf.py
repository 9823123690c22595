"""Sphinx configuration: Markdown in, one HTML site out."""

project = "Hashgrade"
author = "The Hashgrade authors"
copyright = author  # noqa: A001 - Sphinx's name for it
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = "Hashgrade"
exclude_patterns = ["_build"]
suppress_warnings = ["misc.highlighting_failure"]  # Pygments has no lexer for the CSV that a guide writes
