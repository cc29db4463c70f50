import threading
from contextlib import contextmanager
from types import SimpleNamespace
from unittest.mock import patch

from odoo import api
from odoo.modules.registry import DummyRLock, Registry
from odoo.service.model import retrying
from odoo.tools import mute_logger


def run_at_once(registry, uid, functions):
    """Run functions in real transactions that start at the same instant.

    Each has a thread, a cursor and an environment of its own, and is retried as Odoo retries
    a request. Their data must be committed before, and are committed by them.

    :param registry: registry of the database
    :param int uid: user of the environments
    :param list functions: callables that take the environment
    :return: for each function its result, or the exception that it ended with
    """
    barrier = threading.Barrier(len(functions))
    outcomes = [None] * len(functions)

    def run(index):
        try:
            with registry.cursor() as cr:
                env = api.Environment(cr, uid, {})
                cr.execute("SELECT 1")  # The snapshot is taken before anybody writes.
                barrier.wait(10)
                outcomes[index] = retrying(lambda: functions[index](env), env)
        except Exception as error:
            outcomes[index] = error

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(functions))]
    # The thread that runs the tests may hold the registry's lock, and waits here.
    with patch.object(Registry, "_lock", DummyRLock()):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    return outcomes


@contextmanager
def retry_soon(seconds=0.01):
    """Retries wait a moment, not the random time of seconds that Odoo waits; and log nothing.

    :param float seconds: how long a transaction that lost waits before it is run again
    """
    waits = SimpleNamespace(uniform=lambda _low, _high: seconds)
    with (
        patch("odoo.service.model.random", waits),
        mute_logger("odoo.sql_db", "odoo.service.model"),
    ):
        yield
