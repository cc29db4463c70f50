"""The manual: both languages tell the same, in the words of the product, as it was built."""

import ast
import json
import re
from html.parser import HTMLParser

import polib
import pytest

from runtime import docs, layout, screenshots

CHAPTERS = sorted(path.name for path in (docs.SOURCES / "en").glob("*.md"))
CATALOGUE = polib.pofile(str(layout.MODULE_DIR / "i18n" / "zh_CN.po"))
# What can be read on a screen: in views, as labels of fields and choices, menus, components.
ON_SCREEN = re.compile(
    r"model_terms:ir\.ui\.view|model:ir\.model\.fields(\.selection)?,|model:ir\.ui\.menu,"
    r"|model:ir\.actions|static/src/"
)
WORDS = {
    entry.msgid: entry.msgstr
    for entry in CATALOGUE
    if any(ON_SCREEN.search(place) for place, _line in entry.occurrences)
}
NAMES = re.compile(r"\{(guilabel|menuselection)\}`([^`]*)`")
LINKS = re.compile(r"(!?)\[[^\]]*\]\(([^)]*)\)")
STEP = re.compile(r"^\d+\. ", re.MULTILINE)


def read(language, chapter):
    return (docs.SOURCES / language / chapter).read_text()


def get_sections(text):
    """Return the text under each heading."""
    return re.split(r"^#+ .*$", text, flags=re.MULTILINE)


def get_names(text):
    """Return the names in a text, a menu as the names on the way to it."""
    return [tuple(name.split(" --> ")) for _role, name in NAMES.findall(text)]


def get_unknown_names(english, chinese):
    """Return what one language names and the other does not, or the product has not."""
    wanted = {tuple(WORDS.get(part, f"? {part}") for part in name) for name in get_names(english)}
    return sorted(wanted ^ set(get_names(chinese)))


def test_both_languages_have_the_same_chapters():
    assert len(CHAPTERS) > 10
    for language in docs.LANGUAGES:
        names = sorted(path.name for path in (docs.SOURCES / language).glob("*.md"))
        assert names == CHAPTERS


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_both_languages_tell_the_same(chapter):
    shapes = []
    for language in docs.LANGUAGES:
        text = read(language, chapter)
        headings = re.findall(r"^(#+) ", text, re.MULTILINE)
        links = sorted(LINKS.findall(text))
        shapes.append((headings, links, [len(STEP.findall(part)) for part in get_sections(text)]))
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_names_are_those_of_the_product(chapter):
    """To mend it, write the name that menu, button, field or tab has now, in both languages."""
    english, chinese = (get_sections(read(language, chapter)) for language in ("en", "zh_CN"))
    for section in zip(english, chinese, strict=True):
        assert not get_unknown_names(*section)


def test_a_name_that_is_gone_is_found():
    assert not get_unknown_names("{guilabel}`Void`", "{guilabel}`作废`")
    assert get_unknown_names("{guilabel}`Void`", "{guilabel}`废除`")
    assert get_unknown_names("{guilabel}`Vanish`", "{guilabel}`消失`")
    assert get_unknown_names("{guilabel}`Void` {guilabel}`Issue`", "{guilabel}`作废`")


@pytest.mark.parametrize("language", docs.LANGUAGES)
def test_every_picture_is_taken_shown_and_small(language):
    folder = docs.SOURCES / language / "pictures"
    shown = {
        target.rpartition("/")[2]
        for chapter in CHAPTERS
        for mark, target in LINKS.findall(read(language, chapter))
        if mark
    }
    taken = {f"{picture.name}.webp" for picture in screenshots.screens.MANUAL}
    there = {path.name: path.stat().st_size for path in folder.iterdir()}
    assert shown == taken == set(there)
    assert max(there.values()) <= screenshots.MOST_BYTES


def test_the_built_manual_is_up_to_date():
    assert docs.STAMP.read_text().strip() == docs.digest(), "call make docs"
    for language in docs.LANGUAGES:
        pages = {path.stem for path in (docs.BUILT / language).glob("*.html")}
        assert pages == {chapter.removesuffix(".md") for chapter in CHAPTERS} | {"search"}


@pytest.mark.parametrize("language", docs.LANGUAGES)
def test_only_our_own_files_are_built_in(language):
    ours = {path.name for path in (docs.SOURCES / "theme" / "static").iterdir()}
    there = {path.name for path in (docs.BUILT / language / "_static").iterdir()}
    assert there == ours | {"sections.js"}


@pytest.mark.parametrize("language", docs.LANGUAGES)
def test_every_page_leads_to_every_other(language):
    for page in (docs.BUILT / language).glob("*.html"):
        links = re.findall(r'href="([^"]*)"', page.read_text())
        for chapter in CHAPTERS:
            name = chapter.replace(".md", ".html")
            assert name in links or (name == page.name and "#" in links), f"{page.name}: {name}"


@pytest.mark.parametrize("language", docs.LANGUAGES)
def test_sections_are_found(language):
    text = (docs.BUILT / language / "_static" / "sections.js").read_text()
    sections = json.loads(text.removeprefix("const SECTIONS = ").rstrip().rstrip(";"))
    headings = [
        heading
        for chapter in CHAPTERS
        for heading in re.findall(r"^#+ (.*)$", read(language, chapter), re.MULTILINE)
    ]
    assert sorted(section["title"] for section in sections) == sorted(headings)
    for section in sections:
        page, _mark, anchor = section["href"].partition("#")
        assert f'id="{anchor}"' in (docs.BUILT / language / page).read_text()


class Outside(HTMLParser):
    """Collects what a page loads or links to elsewhere."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [
            value
            for name, value in attrs
            if name in ("src", "href", "action") and re.match(r"\w+:|//", value or "")
        ]


@pytest.mark.parametrize("language", docs.LANGUAGES)
def test_pages_ask_nobody_else(language):
    for page in (docs.BUILT / language).glob("*.html"):
        parser = Outside()
        parser.feed(page.read_text())
        assert not parser.found, page.name


def test_every_chapter_can_be_reached_from_a_screen():
    tree = ast.parse((layout.MODULE_DIR / "controllers" / "manual.py").read_text())
    (chapters,) = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and node.targets[0].id == "CHAPTERS"
    ]
    assert sorted(f"{name}.md" for name in chapters) == CHAPTERS
