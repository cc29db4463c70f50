"""Superuser mode, read without Odoo: wherever it begins, its reason stands beside."""

import ast
import io
import tokenize

from runtime import layout

MARK = "# sudo:"
# Migrations run once, with nobody logged in, and tests are not for users.
LEFT_OUT = {"tests", "migrations"}


def begins(node):
    """Whether a call of the syntax tree begins superuser mode."""
    if not isinstance(node, ast.Call):
        return False
    if any(k.arg == "su" and getattr(k.value, "value", None) is not False for k in node.keywords):
        return True
    values = [*node.args, *(keyword.value for keyword in node.keywords)]
    name = getattr(node.func, "attr", None)
    if name == "sudo":
        return not (values and getattr(values[0], "value", None) is False)
    if name in ("with_user", "Environment"):
        return any("SUPERUSER_ID" in ast.unparse(value) for value in values)
    return False


def unexplained(text):
    """Return the lines on which superuser mode begins without a reason.

    The reason is a comment in the statement, or in the comments right above it.
    """
    comments = {
        token.start[0]: token
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT
    }
    whole_lines = {
        row for row, token in comments.items() if not token.line[: token.start[1]].strip()
    }
    found = []
    visit(ast.parse(text), None, comments, whole_lines, found)
    return found


def visit(node, rows, comments, whole_lines, found):
    """Go through the syntax tree; ``rows`` are the lines where a reason may stand."""
    if isinstance(node, ast.stmt):
        rows = list(range(node.lineno, get_last_row(node) + 1))
        above = node.lineno - 1
        while above in whole_lines:
            rows.append(above)
            above -= 1
    if begins(node) and not any(MARK in comments[row].string for row in rows if row in comments):
        found.append(node.lineno)
    for child in ast.iter_child_nodes(node):
        visit(child, rows, comments, whole_lines, found)


def get_last_row(statement):
    """Last line of a statement; of one that holds others, of its head."""
    body = getattr(statement, "body", None)
    return max(statement.lineno, body[0].lineno - 1) if body else statement.end_lineno


def test_a_missing_reason_is_found():
    assert unexplained("a = b.sudo()") == [1]
    assert unexplained("a = b.env(su=True)") == [1]
    assert unexplained("a = b.with_user(SUPERUSER_ID)") == [1]
    assert unexplained("# why\na = (\n    b\n    .sudo()\n)") == [3]
    assert unexplained("# sudo: x\nb = 1\n\na = b.sudo()") == [4]
    assert unexplained("# sudo: x\nif a:\n    b.sudo()") == [3]
    assert unexplained("if a.sudo():\n    b = 1  # sudo: x") == [1]
    assert unexplained("def f():\n    return a.sudo()\n# sudo: x") == [2]


def test_a_reason_is_seen():
    assert not unexplained("a = b.sudo()  # sudo: x")
    assert not unexplained("# sudo: x\n# and more\na = (\n    b\n    .sudo()\n)")
    assert not unexplained("for a in b.sudo():  # sudo: x\n    pass")
    assert not unexplained("a = b.sudo(False)")
    assert not unexplained("a = b.env(su=False)")


def test_superuser_mode_has_its_reason_beside_it():
    found = {
        str(path): lines
        for path in layout.MODULE_DIR.rglob("*.py")
        if LEFT_OUT.isdisjoint(path.relative_to(layout.MODULE_DIR).parts)
        and (lines := unexplained(path.read_text()))
    }
    assert not found
