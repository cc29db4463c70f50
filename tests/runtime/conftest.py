"""A runtime folder of its own for every test."""

import pytest

from runtime import cluster, databases, layout

MOVED = {
    "DOWNLOADS": "downloads",
    "ODOO_TREE": "odoo",
    "PG": "pg",
    "ODOO_DATA": "odoo-data",
    "ODOO_RC": "odoo.conf",
    "ODOO_TEST_RC": "odoo-test.conf",
    "STATE": "state",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Point the runtime into a temporary folder; only the environment stays the real one."""
    for name, moved in MOVED.items():
        monkeypatch.setattr(layout, name, tmp_path / moved)
    monkeypatch.setattr(layout, "RUNTIME", tmp_path)
    monkeypatch.setattr(databases, "LOGS", tmp_path / "log")
    monkeypatch.setattr(cluster, "DATA", tmp_path / "pg" / "data")
    monkeypatch.setattr(cluster, "LOG", tmp_path / "pg" / "server.log")
    for name in ("ODOO_PATH", *cluster.EXTERNAL):
        monkeypatch.delenv(name, raising=False)
    return tmp_path
