"""make run: the demo, served on this machine until Ctrl-C."""

import argparse
import socket
import time
import urllib.error
import urllib.request

from . import cluster, databases, layout, odoo, process
from .console import Failure, say, step, tail

LOGINS = (
    ("sales", "sales user: own customers, contracts, tickets", "销售"),
    ("sales2", "sales user of another department", "销售（另一部门）"),
    ("lead", "department lead: the whole department's documents", "部门主管"),
    ("approver", "approves and rejects", "审批人"),
    ("finance", "issues, voids, ships, reconciles", "财务"),
    ("manager", "settings: ticket types, approval flows", "票据管理员"),
    ("auditor", "reads everything, writes nothing", "审计"),
    ("admin", "Odoo's administrator", "系统管理员"),
)


def main(words):
    """Prepare what is missing, serve, and stop everything at the end."""
    parser = argparse.ArgumentParser(prog="make run")
    parser.add_argument("--port", type=int, default=8069)
    port = parser.parse_args(words).port
    check_port(port)
    layout.check_space(layout.EVERY_START_MB)
    with cluster.running():
        odoo.ensure()
        with layout.only_one("demo"):
            warnings = prepare()
        if warnings:
            say(f"   {len(warnings)} warnings in the log, the first: {warnings[0]}")
        serve(port)
    return 0


def check_port(port):
    """Refuse a port in use before anything else is done, and name a free one."""
    if not 0 < port < 65536:
        raise Failure(f"{port} is no port.", "Ports go from 1 to 65535: make run PORT=8069")
    try:
        _bind(port)
    except PermissionError:
        raise Failure(f"Port {port} is reserved for root.", "make run PORT=8069") from None
    except OSError:
        free = next((other for other in range(port + 1, 65536) if _is_free(other)), 8069)
        raise Failure(
            f"Port {port} is used by another program.", f"Choose another: make run PORT={free}"
        ) from None


def _bind(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))


def _is_free(port):
    try:
        _bind(port)
    except OSError:
        return False
    return True


def prepare():
    """Have the demo database, up to date with the module's files."""
    if databases.exists(databases.DEMO):
        return databases.update(databases.DEMO)
    return databases.create(databases.DEMO)


def serve(port):
    """Start Odoo, say where it is, wait for its end or for Ctrl-C."""
    databases.LOGS.mkdir(parents=True, exist_ok=True)
    log = databases.LOGS / "server.log"
    address = f"http://127.0.0.1:{port}"
    command = odoo.command(
        *("server", "-d", databases.DEMO, "--db-filter", f"^{databases.DEMO}$"),
        *("--http-port", port, "--logfile", log),
    )
    log.write_text("")
    databases.set_address(databases.DEMO, address)
    with open(log, "a") as output:
        server = process.start(command, stdout=output, stderr=output, env=odoo.environment())
    try:
        with step("start Odoo"):
            _wait_for(server, address, log)
        _announce(address, log)
        server.wait()
        say(tail(log.read_text(errors="replace")))
        raise Failure(f"Odoo stopped by itself (code {server.returncode}).", f"See {log}")
    except KeyboardInterrupt:
        say("\n-- stopping")
    finally:
        process.ignore_interrupts()
        process.finish(server)


def _wait_for(server, address, log):
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{address}/web/login", timeout=60).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    say(tail(log.read_text(errors="replace")))
    raise Failure("Odoo does not start.", f"The lines above say why; the whole log: {log}")


def _announce(address, log):
    say(f"\nOdoo with the demo database serves on  {address}\n")
    say("  login      role (the password is the login)")
    for login, role, chinese in LOGINS:
        say(f"  {login:<10} {role} · {chinese}")
    say(f"\n  log: {log}")
    say("  Ctrl-C stops everything that this command started.")
