"""The manual, in two languages: docs/<language> becomes static/manual/<language> of the add-on.

``make docs`` calls Sphinx once for each language, which is ``-D language``.
"""

import re

from sphinx import search

TITLES = {"zh_CN": "票据使用手册", "en": "Tickets: the Manual"}

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence"]
exclude_patterns = []

html_theme = "basic"
html_static_path = ["_static"]
html_css_files = ["manual.css"]
html_js_files = ["words.js"]
html_sidebars = {"**": ["searchbox.html", "globaltoc.html"]}
html_copy_source = False
html_show_copyright = False
html_show_sourcelink = False
html_show_sphinx = False
html_use_index = False
html_domain_indices = False


class ChineseSearch(search.SearchLanguage):
    """Each character is a word, and every two beside each other: no dictionary, here and there."""

    lang = "zh_CN"
    parts = re.compile(r"[\u4e00-\u9fff]+|[A-Za-z0-9_]+")
    language_name = "Chinese"
    # As split() below, of what is looked for: pairs alone, and the page must have them all.
    js_splitter_code = r"""
function splitQuery(query) {
  const words = [];
  for (const part of query.match(/[\u4e00-\u9fff]+|[A-Za-z0-9_]+/g) || []) {
    if (part.length < 3 || part.charCodeAt(0) < 0x4e00) words.push(part);
    else for (let i = 0; i < part.length - 1; i++) words.push(part.slice(i, i + 2));
  }
  return words;
}
"""

    def split(self, input):
        words = []
        for part in self.parts.findall(input):
            if len(part) < 3 or part < "\u4e00":
                words.append(part)
            else:
                words += [part[at : at + 2] for at in range(len(part) - 1)]
            if part >= "\u4e00":
                words += part
        return words

    def word_filter(self, word):
        return bool(word)


search.languages["zh_CN"] = ChineseSearch


def set_title(app, config):
    config.project = config.html_title = config.html_short_title = TITLES[config.language]


def setup(app):
    app.connect("config-inited", set_title)
