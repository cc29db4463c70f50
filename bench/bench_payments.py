"""Registering payments with the add-on installed, and without it, for customers without tickets.

Two databases with the same modules and demo data, one without the add-on, in one process and turn
by turn: 50 invoices of 50 customers are posted, and paid by core's wizard, in one go and one by
one. Only the wizard is measured; everything is rolled back.
"""

import os
import statistics
import time

from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry

ROUNDS = int(os.environ.get("BENCH_ROUNDS", 7))
INVOICES = 50


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
    """Seconds and queries of one round, and what it did is undone."""
    moves = post_invoices(env)
    env.flush_all()
    env.invalidate_all()
    queries, start = env.cr.sql_log_count, time.perf_counter()
    function(moves)
    seconds, queries = time.perf_counter() - start, env.cr.sql_log_count - queries
    assert all(state in ("paid", "in_payment") for state in moves.mapped("payment_state"))
    env.cr.rollback()
    env.invalidate_all()
    return seconds * 1000, queries


with Registry(os.environ["BENCH_PLAIN"]).cursor() as plain_cr:
    company = env.ref("base.main_company")
    context = {"allowed_company_ids": company.ids}
    sides = {
        "with": Environment(env.cr, SUPERUSER_ID, context),
        "without": Environment(plain_cr, SUPERUSER_ID, context),
    }
    assert "invoice.ticket" not in sides["without"].registry
    for name, function in (("in one go", register), ("one by one", register_each)):
        rounds = [
            {side: measure(side_env, function) for side, side_env in sides.items()}
            for _round in range(ROUNDS + 1)
        ][1:]
        for side in sides:
            milliseconds, queries = (
                statistics.median(values)
                for values in zip(*(each[side] for each in rounds), strict=True)
            )
            print(
                f"{INVOICES} payments {name:10} {side:8} {milliseconds:8.0f} ms "
                f"{queries:6.0f} queries",
                flush=True,
            )
        ratio = statistics.median(each["with"][0] / each["without"][0] for each in rounds)
        print(f"   median of the rounds' ratios: {ratio:.3f}", flush=True)
