from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged

from ...models.settlement.bank_statement_import import StatementImport
from ..threads import retry_soon, run_at_once
from .bank_common import BankCommon, delete_bank_traces

NAME = "Bank At Once"
ROWS = [("2026-11-02", NAME, "", 50.0, "A", "S1"), ("2026-11-02", NAME, "", 60.0, "B", "S2")]


@tagged("post_install", "-at_install")
class TestBankRaces(TransactionCase):
    """Two people import one file, or accept one proposal, in real transactions."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(delete_bank_traces, cls.registry, NAME)
        delete_bank_traces(cls.registry, NAME)

    def _create_journal(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            bank = env["account.journal"].search(
                [("type", "=", "bank"), ("suspense_account_id", "!=", False)], limit=1
            )
            env["res.partner"].create({"name": NAME, "is_company": True})
            journal = env["account.journal"].create(
                {
                    "name": NAME,
                    "code": "ATONC",
                    "type": "bank",
                    "company_id": bank.company_id.id,
                }
            )
            return journal.id

    def test_one_file_twice_and_one_proposal_twice(self):
        journal_id, content = self._create_journal(), BankCommon._make_csv(*ROWS)

        def bring(env):
            journal = env["account.journal"].browse(journal_id)
            env = env(context={"allowed_company_ids": journal.company_id.ids})
            run = StatementImport(env, "x", content)
            lines = run.run(journal.with_env(env), env["ir.attachment"])
            return env["invoice.bank.match"]._take_in(lines).ids

        with retry_soon():
            outcomes = run_at_once(self.registry, SUPERUSER_ID, [bring, bring])
        self.assertEqual(sorted(map(len, outcomes)), [0, 2], outcomes)
        match_id = max(outcomes)[0]

        def accept(env):
            match = env["invoice.bank.match"].browse(match_id)
            return match.with_context(allowed_company_ids=match.company_id.ids).action_accept()

        with retry_soon():
            outcomes = run_at_once(self.registry, SUPERUSER_ID, [accept, accept])
        self.assertEqual(outcomes.count(True), 1, outcomes)
        self.assertTrue(any(isinstance(outcome, UserError) for outcome in outcomes), outcomes)
        with self.registry.cursor() as cr:
            cr.execute("SELECT COUNT(*) FROM account_payment WHERE journal_id = %s", [journal_id])
            self.assertEqual(cr.fetchone(), (1,))
