"""Calls of the translation function, read without Odoo."""

import ast

from runtime import layout

# Parameters of `env._` itself: a placeholder of that name is a TypeError where it is used.
OWN_NAMES = {"self", "source"}


def clashes(text):
    """Return the lines on which a placeholder has a name that the function uses itself."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", getattr(node.func, "id", None)) in ("_", "_lt")
        and OWN_NAMES & {keyword.arg for keyword in node.keywords}
    ]


def test_clashes_are_found():
    assert clashes('self.env._(\n"%(source)s", source=1)') == [1]
    assert not clashes('self.env._("%(document)s", document=1)')


def test_no_placeholder_has_a_name_of_the_translation_function():
    found = {
        str(path): lines
        for path in layout.MODULE_DIR.rglob("*.py")
        if (lines := clashes(path.read_text()))
    }
    assert not found
