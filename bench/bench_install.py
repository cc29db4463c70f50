"""Installation, update and removal of the add-on where there is much already.

Installs it beside BENCH_PARTNERS partners (100,000; see ``partner_rows``), updates it, and makes
BENCH_TICKETS tickets (200,000; see ``screen_rows``) in the database of this benchmark, updates and
removes it there. Each runs as a person runs it, in a process of its own: says seconds, what Odoo
and the database used of a processor, and what the process held at its peak and in between.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
from partner_rows import make_partners
from screen_rows import TICKETS, Rows
from screens import Screens

from odoo.sql_db import db_connect

PARTNERS = int(os.environ.get("BENCH_PARTNERS", 100_000))
MODULE = "invoice_crm_addon"
REMOVE = f"env.ref('base.module_{MODULE}').button_immediate_uninstall()"
sys.path.insert(0, os.fspath(Path(os.environ["PYTHONPATH"]).parent / "scripts"))

from runtime import databases  # noqa: E402


class Watch:
    """What a process of Odoo and its sessions of the database use while it runs."""

    def __init__(self, database):
        self.database = database
        self.connection = psycopg2.connect(dbname="postgres")
        self.connection.autocommit = True
        self.memory, self.seconds = [], {}

    def look(self, pid):
        status = Path(f"/proc/{pid}/status").read_text()
        if "VmRSS" in status:
            self.memory.append(int(status.split("VmRSS:")[1].split()[0]) // 1024)
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", [self.database])
            for (session,) in cursor.fetchall():
                counts = Path(f"/proc/{session}/schedstat")
                if counts.exists():
                    self.seconds[session] = int(counts.read_text().split()[0]) / 1e9


def run(title, database, *words, code=None):
    """Run Odoo's command line on a database, and print what it took."""
    watch, start, used = Watch(database), time.perf_counter(), os.times()
    command = [sys.executable, "-m", "odoo", *words, "-d", database, "--no-http"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    process.stdin.write(code or "")
    process.stdin.close()
    log = []
    os.set_blocking(process.stdout.fileno(), False)
    while process.poll() is None:
        watch.look(process.pid)
        log += process.stdout.readlines()
        time.sleep(1)
    log += process.stdout.readlines()
    assert not process.returncode, "".join(log[-30:])
    seconds, own = time.perf_counter() - start, os.times().children_user - used.children_user
    tenths = watch.memory[:: max(1, len(watch.memory) // 10)]
    print(
        f"{title}: {seconds:.0f} s; of a processor: Odoo {own:.0f} s, database "
        f"{sum(watch.seconds.values()):.0f} s; peak {max(watch.memory)} MB, "
        f"in between {' '.join(map(str, tenths))}",
        flush=True,
    )
    for line in log:
        if ".base.batches:" in line:
            print("   ", line.partition(".base.batches:")[2].strip())


install = f"{os.environ['BENCH_PLAIN']}_install"
databases.drop(install)
try:
    databases.copy(os.environ["BENCH_PLAIN"], install)
    with db_connect(install).cursor() as cr:
        make_partners(cr, PARTNERS)
        # As a company has it: nobody loads demo data beside a hundred thousand customers.
        cr.execute("UPDATE ir_module_module SET demo = FALSE")
        cr.commit()
        cr.execute("ANALYZE")
    run(f"{PARTNERS} partners, install", install, "server", "-i", MODULE, "--stop-after-init")
    run(f"{PARTNERS} partners, update", install, "server", "-u", MODULE, "--stop-after-init")
finally:
    databases.drop(install)

company = env.ref(f"{MODULE}.demo_company")
users = {user.login: user for user in env["res.users"].search([])}
start = time.perf_counter()
Rows(Screens(env(su=True), 1), company, users)
env.cr.commit()
print(f"{TICKETS} tickets in {time.perf_counter() - start:.0f} s", flush=True)
name = env.cr.dbname
run(f"{TICKETS} tickets, update", name, "server", "-u", MODULE, "--stop-after-init")
run(f"{TICKETS} tickets, remove", name, "shell", "--log-level=warn", code=REMOVE)
