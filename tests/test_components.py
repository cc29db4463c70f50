"""Each component of the web client has a suite that mounts it or calls it."""

import re

from rjsmin import jsmin

from runtime import layout

SOURCE = layout.MODULE_DIR / "static/src"
SUITES = layout.MODULE_DIR / "static/tests/unit"
# What a file offers to views and actions, under which name.
REGISTERED = re.compile(r"\.add\(\s*\"([\w.]+)\"")
COMPONENT = re.compile(r"^(?:export )?class \w+ extends|^patch\(|=>\s*class extends", re.MULTILINE)
# Files whose parts are seen in the suite of what shows them.
SHOWN_IN = {
    "approval_person.js": "approval_fields.test.js",
    "composer_question.js": "composer_question.test.js",
    "fapiao_panel.js": "invoice_jobs.test.js",
    "file_list_controller.js": "settlement_pages.test.js",
    "find_selector.js": "find.test.js",
    "period_names.js": "find.test.js",
    "record_panel_form.js": "record_panel.test.js",
    "settlement_remind.js": "settlement_pages.test.js",
    "ticket_kanban_amounts.js": "amounts.test.js",
    "worklist_menu.js": "worklist.test.js",
}


def find_components():
    """Return the files of components, each with the names under which a test can ask for it."""
    found = {}
    for path in sorted(SOURCE.rglob("*.js")):
        text = path.read_text(encoding="utf-8")
        if COMPONENT.search(text):
            module = f"@invoice_crm_addon/{path.relative_to(SOURCE).with_suffix('')}"
            found[path] = {module, *REGISTERED.findall(text)}
    return found


def test_every_component_has_a_suite():
    suites = {path.name: path.read_text(encoding="utf-8") for path in SUITES.glob("*.test.js")}
    components = find_components()
    assert len(components) > 25
    missing = [
        path.name
        for path, names in components.items()
        if SHOWN_IN.get(path.name) not in suites
        and not any(
            re.search(rf"[\"']{re.escape(name)}[\"']", text)
            for name in names
            for text in suites.values()
        )
    ]
    assert not missing
    assert SHOWN_IN.keys() <= {path.name for path in components}, "names of files that are gone"


def test_what_everybody_loads_stays_small():
    """Whatever app they open: scripts and templates, 60 kB more than before there were panels."""
    files = {path: path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.js")}
    files = {path: jsmin(text) for path, text in files.items()}
    files |= {path: path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.xml")}
    loaded = [text for path, text in files.items() if path.parent.name not in ("lazy", "pages")]
    assert sum(len(text.encode()) for text in loaded) < 52_400 + 47_000 + 60_000
