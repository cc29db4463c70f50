"""The manual, in two languages: docs/<language> becomes static/manual/<language> of the add-on.

``make docs`` calls Sphinx once for each language, which is ``-D language``. What a browser gets is
all of this folder: the theme is our own, and takes nothing of Sphinx's.
"""

import json
from pathlib import Path

from docutils import nodes

TITLES = {"zh_CN": "票据使用手册", "en": "Tickets: the Manual"}
WORDS = {
    "zh_CN": {"search": "搜索", "none": "没有找到，请换个说法试试。"},
    "en": {"search": "Search", "none": "Nothing found. Try other words."},
}

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence"]
exclude_patterns = []
# Names stand as the screens have them.
smartquotes = False

html_theme = "theme"
html_theme_path = ["."]
html_additional_pages = {"search": "search.html"}
html_copy_source = False
html_permalinks = False
html_use_index = False
html_domain_indices = False


def set_words(app, config):
    config.project = config.html_title = config.html_short_title = TITLES[config.language]
    config.html_context = {"words": WORDS[config.language]}


def leave_search_to_us(app):
    """Sphinx would index words, which Chinese does not divide."""
    app.builder.search = False
    app.manual_sections = []


def note_sections(app, pagename, templatename, context, doctree):
    """Keep the text under each heading of a page, that of its sections apart."""
    for section in doctree.findall(nodes.section) if doctree else ():
        title, *parts = section.children
        text = " ".join(part.astext() for part in parts if not isinstance(part, nodes.section))
        app.manual_sections.append(
            {
                "href": f"{pagename}.html#{section['ids'][0]}",
                "title": title.astext(),
                "text": " ".join(text.split()),
            }
        )


def write_sections(app, exception):
    if exception:
        return
    sections = sorted(app.manual_sections, key=lambda section: section["href"])
    text = json.dumps(sections, ensure_ascii=False, indent=1)
    Path(app.outdir, "_static", "sections.js").write_text(f"const SECTIONS = {text};\n")


def setup(app):
    app.connect("config-inited", set_words)
    app.connect("builder-inited", leave_search_to_us)
    app.connect("html-page-context", note_sections)
    app.connect("build-finished", write_sections)
