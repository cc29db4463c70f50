from datetime import date

from odoo import SUPERUSER_ID, api
from odoo.tests import TransactionCase, tagged

from ...models.base.proof import proven
from ..threads import retry_soon, run_at_once

NAME = "Statement At Once"
MODEL = "invoice.account.statement"


@tagged("post_install", "-at_install")
class TestStatementRaces(TransactionCase):
    """Two people, or two answers, at the same instant, in real transactions."""

    ROUNDS = 4
    PERIOD = (date(2026, 3, 1), date(2026, 3, 31))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(cls._clean_up)
        cls._clean_up()
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            cls.partner_id = env["res.partner"].create({"name": NAME}).id

    @classmethod
    def _clean_up(cls):
        with cls.registry.cursor() as cr:
            cr.execute(
                "DELETE FROM invoice_account_statement WHERE partner_id IN "
                "(SELECT id FROM res_partner WHERE name = %s) RETURNING id",
                [NAME],
            )
            ids = [row[0] for row in cr.fetchall()] or [0]
            for table in ("mail_message", "mail_followers", "mail_activity"):
                column = "model" if table == "mail_message" else "res_model"
                cr.execute(
                    f"DELETE FROM {table} WHERE {column} = %s AND res_id = ANY(%s)", [MODEL, ids]
                )
            cr.execute("DELETE FROM res_partner WHERE name = %s", [NAME])

    def _prepare(self, env):
        owners = {env["res.partner"].browse(self.partner_id): {}}
        return env[MODEL]._prepare(env.company, owners, *self.PERIOD).id

    def _read(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            statements = env[MODEL].search([("partner_id", "=", self.partner_id)])
            return statements.mapped("state"), len(statements.message_ids)

    def test_prepared_once(self):
        for _round in range(self.ROUNDS):
            with retry_soon():
                outcomes = run_at_once(self.registry, SUPERUSER_ID, [self._prepare] * 2)
            self.assertTrue(all(isinstance(outcome, int) for outcome in outcomes), outcomes)
            states, _count = self._read()
            self.assertEqual(states.count("draft"), 1, states)

    def test_two_answers(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            statement_id = self._prepare(env)
            proven(env[MODEL].browse(statement_id)).state = "sent"

        def answer(env, name):
            statement = proven(env[MODEL].browse(statement_id))
            statement._collide()
            statement._answer("agreed", name)

        names = ("Li", "Han")
        before = self._read()[1]
        with retry_soon():
            outcomes = run_at_once(
                self.registry, SUPERUSER_ID, [lambda e, n=n: answer(e, n) for n in names]
            )
        self.assertEqual(outcomes, [None, None])
        states, count = self._read()
        self.assertIn("agreed", states)
        self.assertGreaterEqual(count, before + 2, "the history tells both")
