"""Registering payments with the add-on installed, and without it, for customers without tickets.

Two databases with the same modules and demo data, one without the add-on, in one process and turn
by turn: 50 invoices of 50 customers are posted, and paid by core's wizard, in one go and one by
one. Only the wizard is measured; everything is rolled back. Beside the time that passes stands
that of the processors, of this process and the database's: other work on the machine leaves it
alone.
"""

import gc
import os
import statistics
import time

from measures import get_processor_seconds

from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry

ROUNDS = int(os.environ.get("BENCH_ROUNDS", 7))
INVOICES = int(os.environ.get("BENCH_PAYMENTS", 50))


def post_invoices(env):
    journal = env["account.journal"].search(
        [("type", "=", "sale"), ("company_id", "=", env.company.id)], limit=1
    )
    partners = env["res.partner"].create([{"name": f"Bench {n}"} for n in range(INVOICES)])
    moves = env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "journal_id": journal.id,
                "invoice_date": "2026-01-15",
                "invoice_line_ids": [(0, 0, {"name": "Bench", "quantity": 1, "price_unit": 1000})],
            }
            for partner in partners
        ]
    )
    moves.action_post()
    return moves


def register(moves):
    Wizard = moves.env["account.payment.register"]
    Wizard.with_context(active_model="account.move", active_ids=moves.ids).create(
        {}
    ).action_create_payments()
    moves.env.flush_all()


def register_each(moves):
    for move in moves:
        register(move)


def measure(env, function):
    """Milliseconds, those of the processors, and queries of one round, which is undone."""
    moves = post_invoices(env)
    env.flush_all()
    env.invalidate_all()
    gc.collect()
    queries, used, start = env.cr.sql_log_count, get_processor_seconds(env), time.perf_counter()
    function(moves)
    seconds, queries = time.perf_counter() - start, env.cr.sql_log_count - queries - 1
    used = get_processor_seconds(env) - used
    assert all(state in ("paid", "in_payment") for state in moves.mapped("payment_state"))
    env.cr.rollback()
    env.invalidate_all()
    return seconds * 1000, used * 1000, queries


with Registry(os.environ["BENCH_PLAIN"]).cursor() as plain_cr:
    company = env.ref("base.main_company")
    context = {"allowed_company_ids": company.ids}
    sides = {
        "with": Environment(env.cr, SUPERUSER_ID, context),
        "without": Environment(plain_cr, SUPERUSER_ID, context),
    }
    assert "invoice.ticket" not in sides["without"].registry
    for name, function in (("in one go", register), ("one by one", register_each)):
        rounds = []
        for number in range(ROUNDS + 1):
            # Neither side is always the first.
            order = list(sides.items())[:: -1 if number % 2 else 1]
            rounds.append({side: measure(side_env, function) for side, side_env in order})
        # The first round fills what the registry keeps.
        del rounds[0]
        for side in sides:
            milliseconds, used, queries = (
                statistics.median(values)
                for values in zip(*(each[side] for each in rounds), strict=True)
            )
            print(
                f"{INVOICES} payments {name:10} {side:8} {milliseconds:8.0f} ms "
                f"{used:8.0f} ms of processor {queries:6.0f} queries",
                flush=True,
            )
        for index, what in enumerate(("time", "processor")):
            ratios = [each["with"][index] / each["without"][index] for each in rounds]
            print(
                f"   {what}: median of the rounds' ratios {statistics.median(ratios):.3f}, "
                f"of {min(ratios):.3f} to {max(ratios):.3f}",
                flush=True,
            )
