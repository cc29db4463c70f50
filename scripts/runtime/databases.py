"""Databases of the runtime: made under a temporary name, renamed when they are whole.

A template holds Odoo with everything the add-on depends on, demo data and Chinese. It is
made once; the demo database and every test database start as a copy of it.
"""

import ast
import contextlib
import fcntl
import hashlib
import itertools
import json
import os
import re
import shutil
import subprocess

from . import layout, odoo, process
from .console import Failure, say, step, tail

DEMO = "invoice_crm_demo"
# Databases whose names start so have the modules of tests/addons as well.
TEST = "invoice_crm_test"
LANGUAGE = "zh_CN"
LOGS = layout.RUNTIME / "log"

# Patterns of WARNING lines that Odoo also logs without this add-on, each with its reason.
HARMLESS = {}
_LINE = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (WARNING|ERROR|CRITICAL) ")


def _execute(statement, *parameters, database="postgres"):
    """Run one statement outside any transaction, by default on the maintenance database."""
    import psycopg2

    connection = psycopg2.connect(dbname=database)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []
    except psycopg2.errors.DiskFull as error:
        raise Failure("PostgreSQL has no space left on its disk.", "Free some space.") from error
    except psycopg2.errors.InsufficientPrivilege as error:
        raise Failure(
            f"The role of PGUSER may not do this: {error}".strip(),
            "Give it CREATEDB (ALTER ROLE ... CREATEDB) and run again.",
        ) from error
    finally:
        connection.close()


def exists(name):
    """Tell whether a database exists on the server."""
    return bool(_execute("SELECT 1 FROM pg_database WHERE datname = %s", name))


def names(prefix):
    """Return the databases whose names start so."""
    rows = _execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", prefix)
    return [name for (name,) in rows]


def set_address(name, address):
    """Say where a database is served: prints fetch their styles there, e-mails link to it."""
    _execute(
        "UPDATE ir_config_parameter SET value = %s WHERE key = 'web.base.url'"
        " AND NOT EXISTS (SELECT FROM ir_config_parameter WHERE key = 'web.base.url.freeze')",
        address,
        database=name,
    )


def filestore(name):
    """Return the folder of a database's attachments."""
    return layout.ODOO_DATA / "filestore" / name


def drop(name):
    """Drop a database and its files, sessions included; missing ones are fine."""
    _execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    layout.remove_tree(filestore(name))


def rename(old, new):
    """Give a finished database its final name, files first."""
    layout.remove_tree(filestore(new))
    if filestore(old).exists():
        filestore(old).rename(filestore(new))
    _execute(f'ALTER DATABASE "{old}" RENAME TO "{new}"')


def copy(source, target):
    """Copy a database nobody is connected to, with its files."""
    # The default strategy since PostgreSQL 15 copies sequences in a state that a crash soon
    # after sets back, and then ids collide; a file copy makes a checkpoint first.
    ((version,),) = _execute("SELECT current_setting('server_version_num')::int")
    strategy = " STRATEGY FILE_COPY" if version >= 150000 else ""
    _execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}"{strategy}')
    copy_files(source, target)


def copy_files(source, target):
    """Give a database the files of another one."""
    layout.remove_tree(filestore(target))
    if filestore(source).exists():
        # Attachments are named by their content and never rewritten: links are copies.
        shutil.copytree(filestore(source), filestore(target), copy_function=os.link)


def drop_workers(name):
    """Drop what processes that shared the tests of a database leave: files, copies as well."""
    files = {folder.name for folder in filestore(name).parent.glob(f"{name}-gw*")}
    for worker in files.union(names(f"{name}-gw")):
        drop(worker)


def can_have_workers(name):
    """Tell whether pytest-odoo can copy a database for each process that runs tests.

    It calls PostgreSQL's own programs; ours know no TLS, which a server of PGHOST may demand.
    """
    command = ["dropdb", "--if-exists", "--no-password", f"{name}-gw0"]
    return not subprocess.run(command, env=odoo.environment(), capture_output=True).returncode


@contextlib.contextmanager
def test_slot():
    """Lend a test database's name: a second run at the same time gets another one."""
    layout.STATE.mkdir(parents=True, exist_ok=True)
    for number in itertools.count(1):
        name = TEST if number == 1 else f"{TEST}_{number}"
        with open(layout.STATE / f"{name}.lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            drop_workers(name)
            try:
                yield name
            finally:
                drop_workers(name)
                if number > 1:
                    drop(name)
            return


def modules(name):
    """Return our modules that a database has installed, each with its folder."""
    tests = layout.test_modules() if name.startswith(TEST) else []
    return {folder.name: folder for folder in [layout.MODULE_DIR, *tests]}


def environment(name):
    """Return the process environment of Odoo on a database: where it finds its modules."""
    return odoo.environment(layout.ODOO_TEST_RC if name.startswith(TEST) else layout.ODOO_RC)


def fingerprint(name):
    """Return a digest of the files of a database's modules: another one means update."""
    digest = hashlib.sha256()
    for folder in modules(name).values():
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(folder.parent)).encode() + b"\0")
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def recorded(name):
    """Return the digest of modules that a database was installed or updated with."""
    with contextlib.suppress(OSError, ValueError):
        return json.loads((layout.STATE / f"{name}.json").read_text())["module"]
    return None


def record(name, digest):
    """Remember the digest of a database's modules, all or nothing."""
    layout.STATE.mkdir(parents=True, exist_ok=True)
    new = layout.STATE / f"{name}.tmp"
    new.write_text(json.dumps({"module": digest}))
    new.rename(layout.STATE / f"{name}.json")


def manifest():
    """Return the module's manifest."""
    path = layout.MODULE_DIR / "__manifest__.py"
    if not path.is_file():
        raise Failure(f"{path} is missing.", "Restore it: git checkout -- " + layout.MODULE)
    return ast.literal_eval(path.read_text())


def odoo_step(title, log_name, *words, env=None):
    """Run Odoo without serving; return the WARNING and worse lines of its log."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{log_name}.log"
    with step(title):
        with open(log, "w") as output:
            command = odoo.command("server", *words, "--no-http", "--stop-after-init")
            env = env or odoo.environment()
            code = process.run(command, stdout=output, stderr=output, env=env)
        text = log.read_text(errors="replace")
        if code or "CRITICAL" in text:
            say(tail(text))
            if "No space left on device" in text:
                raise Failure(f"The disk filled up: {title}.", "Free some space and run again.")
            raise Failure(f"Odoo failed: {title}.", f"The whole log: {log}")
    return problems(text)


def problems(log_text):
    """Return the log lines of level WARNING and up, without the known harmless ones."""
    lines = [line for line in log_text.splitlines() if _LINE.match(line)]
    return [line for line in lines if not any(re.search(known, line) for known in HARMLESS)]


def template():
    """Return the template's name, making it first when it is missing or outdated."""
    with layout.only_one("template"):
        return _template()


def _template():
    depends = sorted(manifest()["depends"])
    key = hashlib.sha256(",".join(["19.0", LANGUAGE, *depends]).encode()).hexdigest()[:8]
    name = f"invoice_crm_template_{key}"
    if exists(name):
        return name
    for old in names("invoice_crm_template_"):
        drop(old)
    new = f"{name}_unfinished"
    drop(new)
    found = odoo_step(
        f"make a template database: {', '.join(depends)}, demo data, {LANGUAGE}",
        "template",
        *("-d", new, "-i", ",".join(depends), "--with-demo", "--load-language", LANGUAGE),
    )
    if broken := [line for line in found if "demo data failed" in line]:
        # Odoo goes on without demo data; a template like that would puzzle everybody.
        raise Failure(f"Odoo's own demo data did not load: {broken[0]}", "Run again.")
    with step("prepare the web client's assets"):
        make_assets(new)
    rename(new, name)
    return name


# Bundles of pages and those which pages load when they need them, without those of Odoo's own
# JavaScript unit tests and the dark theme.
ASSETS = """
render = env["ir.qweb"]
scripts, styles = render._get_bundles_to_pregenarate()
lazy = {
    "invoice_crm_addon.assets_pages",
    "web.assets_backend_lazy",
    "web.assets_clickbot",
    "web.assets_emoji",
    "web.chartjs_lib",
    "web.fullcalendar_lib",
}
scripts |= {name for name in lazy if render._get_asset_bundle(name, css=False).javascripts}
styles |= {name for name in lazy if render._get_asset_bundle(name, js=False).stylesheets}
for name in sorted(scripts | styles):
    if not any(word in name for word in ("unit_tests", "tests_assets", "dark")):
        bundle = render._get_asset_bundle(name, css=name in styles, js=name in scripts)
        name in styles and bundle.css()
        name in scripts and bundle.js()
env.cr.commit()
"""


def make_assets(name):
    """Compile the web client's bundles now, else the first page of every test does.

    Returns the warnings: a pattern of assets that matches no file is only noticed here.
    """
    return run_code(name, ASSETS)


def run_code(name, code):
    """Run Python code in an Odoo shell on a database; return the warnings of its log."""
    log = LOGS / f"shell-{name}.log"
    source = LOGS / f"shell-{name}.py"
    source.write_text(code)
    with open(log, "w") as output, open(source) as keyboard:
        command = odoo.command("shell", "-d", name, "--no-http", "--log-level=warn")
        code = process.run(
            command, stdin=keyboard, stdout=output, stderr=output, env=environment(name)
        )
    text = log.read_text(errors="replace")
    if code or "Traceback" in text:
        say(tail(text))
        raise Failure(f"Code failed in an Odoo shell on {name}.", f"The whole log: {log}")
    return problems(text)


def create(name):
    """Make a database with its modules installed; return the warnings of its install."""
    source = template()
    digest = fingerprint(name)
    wanted = ",".join(modules(name))
    new = f"{name}_unfinished"
    with step(f"copy the template database to {name}"):
        drop(new)
        drop(name)
        copy(source, new)
    found = odoo_step(
        f"install {wanted} with demo data",
        f"install-{name}",
        *("-d", new, "-i", wanted),
        env=environment(name),
    )
    rename(new, name)
    record(name, digest)
    return found


def update(name):
    """Update a database's modules when their files changed; return the warnings."""
    digest = fingerprint(name)
    if recorded(name) == digest:
        return []
    wanted = ",".join(modules(name))
    found = odoo_step(
        f"update {wanted} in {name}: files changed",
        f"update-{name}",
        *("-d", name, "-u", wanted, "--i18n-overwrite"),
        env=environment(name),
    )
    record(name, digest)
    return found
