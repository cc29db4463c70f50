"""make clean: stop the private PostgreSQL, remove the runtime folder."""

import fcntl

from . import cluster, layout
from .console import Failure, say, step


def main(_words):
    """Remove everything that the runtime made, unless somebody is using it."""
    if not layout.RUNTIME.exists():
        say(f"{layout.RUNTIME} does not exist: nothing to clean.")
        return 0
    users = layout.PG / "users.lock"
    if users.exists():
        with open(users, "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Failure(
                    "A command of this repository still uses PostgreSQL.",
                    "Stop it (make run: Ctrl-C), then clean.",
                ) from None
            cluster.stop()
    if cluster.is_external():
        say("-- the databases on the server of PGHOST stay; drop them yourself if you want")
    with step(f"remove {layout.RUNTIME}"):
        layout.remove_tree(cluster.socket_folder())
        layout.remove_tree(layout.RUNTIME)
    return 0
