"""The private PostgreSQL starts for the first, stops with the last, survives accidents."""

import os
import signal
import time

import pytest

from runtime import cluster, databases, layout

pytestmark = pytest.mark.skipif(
    not layout.VENV_PYTHON.exists(), reason="the runtime's environment is not made yet"
)


@pytest.fixture
def handlers():
    """Restore the signal handlers that the end of a command switches off."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def server(folder, handlers):
    with cluster.running():
        yield


def test_half_made_cluster_is_made_again_and_the_last_user_stops_it(folder, handlers):
    half = layout.PG / "data.tmp"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")

    with cluster.running():
        assert cluster._ready()
        with cluster.running():
            assert cluster._ready()
        os.environ.update(
            PGHOST=str(cluster.socket_folder()), PGPORT=cluster.PORT, PGUSER=cluster.ROLE
        )
        assert databases.exists("postgres"), "the first user still has it"
    assert cluster._pid() is None
    assert not half.exists()


def test_killed_server_is_started_again(folder, handlers):
    with cluster.running():
        pid = cluster._pid()
        os.kill(pid, signal.SIGKILL)
        cluster._wait(lambda: cluster._pid() != pid, 10)
        time.sleep(0.2)
        cluster._ensure_started()
        assert databases.exists("postgres")


def test_long_paths_get_a_short_socket_folder(folder, monkeypatch):
    monkeypatch.setattr(layout, "PG", folder / ("long" * 30))
    path = cluster.socket_folder() / f".s.PGSQL.{cluster.PORT}"
    assert len(os.fsencode(path)) < 108


def test_databases_are_copied_renamed_and_dropped_with_their_files(server):
    databases.copy("template0", "one")
    databases.filestore("one").mkdir(parents=True)
    (databases.filestore("one") / "file").write_text("content")
    databases.copy("one", "two")
    databases.rename("two", "three")
    databases.drop("one")

    assert not databases.exists("one") and not databases.exists("two")
    assert not databases.filestore("one").exists() and not databases.filestore("two").exists()
    assert databases.exists("three")
    assert (databases.filestore("three") / "file").read_text() == "content"


def test_two_test_runs_at_once_get_two_databases(server):
    with databases.test_slot() as first, databases.test_slot() as second:
        assert first != second
    with databases.test_slot() as again:
        assert again == first


def test_copies_of_an_interrupted_run_are_dropped_with_their_files(server):
    """Names that pytest-odoo gives; a run at the same time keeps its own."""
    with databases.test_slot() as name, databases.test_slot() as beside:
        assert databases.can_have_workers(name)
        for copy in (f"{name}-gw0", f"{beside}-gw0"):
            databases.copy("template0", copy)
        files = databases.filestore(f"{name}-gw1")
        files.mkdir(parents=True)

        databases.drop_workers(name)

        assert not databases.exists(f"{name}-gw0") and not files.exists()
        assert databases.exists(f"{beside}-gw0")
    assert not databases.exists(f"{beside}-gw0")


def test_interrupted_database_is_made_again(server, monkeypatch):
    """A database left under its temporary name is dropped, never taken for a whole one."""
    databases.copy("template0", "source")
    databases.copy("template0", "demo_unfinished")
    calls = []
    monkeypatch.setattr(databases, "template", lambda: "source")
    monkeypatch.setattr(databases, "odoo_step", lambda *words, **env: calls.append(words) or [])

    assert not databases.exists("demo")
    databases.create("demo")

    assert databases.exists("demo") and not databases.exists("demo_unfinished")
    assert databases.recorded("demo") == databases.fingerprint("demo")
    assert databases.update("demo") == [] and len(calls) == 1, "unchanged files: no update"
    databases.record("demo", "older")
    databases.update("demo")
    assert len(calls) == 2 and "-u" in calls[1]


def test_database_knows_where_it_is_served_unless_somebody_fixed_it(server):
    """Prints fetch their styles from there: at another port they had none."""
    databases.copy("template0", "served")

    def execute(statement, *parameters):
        return databases._execute(statement, *parameters, database="served")

    execute("CREATE TABLE ir_config_parameter (key text, value text)")
    insert = "INSERT INTO ir_config_parameter VALUES (%s, %s)"
    execute(insert, "web.base.url", "http://localhost:8069")
    databases.set_address("served", "http://127.0.0.1:8070")
    value = "SELECT value FROM ir_config_parameter WHERE key = 'web.base.url'"
    assert execute(value) == [("http://127.0.0.1:8070",)]
    execute(insert, "web.base.url.freeze", "True")
    databases.set_address("served", "http://127.0.0.1:8071")
    assert execute(value) == [("http://127.0.0.1:8070",)]
