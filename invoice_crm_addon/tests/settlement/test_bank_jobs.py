from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ...models.settlement import bank_match_job
from ...models.settlement.bank_match import ACCEPTED_AT_ONCE
from ...models.settlement.bank_statement_import import StatementImport
from ..threads import retry_soon, run_at_once
from .bank_common import BankCommon, delete_bank_traces

ACCOUNT = "6222021001116245702"
NAME = "Bank Job"
LOGGER = "odoo.addons.invoice_crm_addon.models.settlement.bank_match_job"


class Killed(BaseException):
    """The worker is gone: nothing of ours sees it."""


@tagged("post_install", "-at_install")
class TestBankThreshold(BankCommon):
    """How many lines are booked at once, and what changes while they wait."""

    def _bring(self, count):
        rows = [
            ("2026-11-02", self.customer.name, ACCOUNT, 100.0 + number, "Goods", f"S{number}")
            for number in range(count)
        ]
        return self._import(*rows)

    def test_one_more_than_at_once_is_a_job(self):
        matches = self._bring(ACCEPTED_AT_ONCE + 1).with_user(self.finance)
        with patch.object(type(matches), "_accept_each", return_value={}) as accept:
            matches[1:].action_accept()
            self.assertEqual(accept.call_count, 1)
            self.assertFalse(matches.accepting_user_id)
            action = matches.action_accept()
            self.assertEqual(accept.call_count, 1)
        self.assertIn(str(ACCEPTED_AT_ONCE + 1), action["params"]["message"])
        self.assertEqual(matches.mapped("accepting_user_id"), self.finance)
        self.assertEqual(set(matches.mapped("state")), {"open"})

    def test_what_changes_while_it_waits_is_not_booked(self):
        invoice = self._create_invoice(100.0)
        matches = self._bring(2).with_user(self.finance)
        matches._accept_in_background()
        matches[0].action_propose()
        self.assertEqual(matches[0].accepting_user_id, self.finance, "nothing changed")
        invoice.button_draft()
        matches[0].action_propose()
        self.assertFalse(matches[0].accepting_user_id)
        self.assertIn("changed meanwhile", matches[0].reasons)
        self.assertEqual(matches[1].accepting_user_id, self.finance)

    def test_program_error_of_one_stops_no_other(self):
        matches = self._bring(5).with_user(self.finance)
        matches._accept_in_background()
        book = type(matches)._book

        def fail(rows, proposals):
            if matches[2] in rows:
                raise ValueError("Something is wrong")
            return book(rows, proposals)

        with (
            patch.object(type(matches), "_book", fail),
            self.enter_registry_test_mode(),
            mute_logger(LOGGER),
        ):
            self.env.ref("invoice_crm_addon.ir_cron_bank_match_accept").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(matches.mapped("state"), ["matched"] * 2 + ["open"] + ["matched"] * 2)
        self.assertIn("error of the program", matches[2].reasons)
        self.assertFalse(matches.accepting_user_id)


@tagged("post_install", "-at_install")
class TestBankWorker(TransactionCase):
    """The job in a worker of its own, with real commits."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(delete_bank_traces, cls.registry, NAME)
        delete_bank_traces(cls.registry, NAME)

    def _run(self, *functions):
        with retry_soon():
            return run_at_once(self.registry, SUPERUSER_ID, functions)

    def _bring(self, env):
        bank = env["account.journal"].search(
            [("type", "=", "bank"), ("suspense_account_id", "!=", False)], limit=1
        )
        env["res.partner"].create({"name": NAME, "is_company": True})
        journal = env["account.journal"].create(
            {"name": NAME, "code": "BJOB", "type": "bank", "company_id": bank.company_id.id}
        )
        env = env(context={"allowed_company_ids": journal.company_id.ids, "tracking_disable": True})
        rows = [("2026-11-02", NAME, "", 50.0 + n, "A", f"J{n}") for n in range(5)]
        run = StatementImport(env, "x", BankCommon._make_csv(*rows))
        lines = run.run(journal.with_env(env), env["ir.attachment"])
        matches = env["invoice.bank.match"]._take_in(lines)
        matches.with_user(env.ref("base.user_admin"))._accept_in_background()
        return matches.ids

    def _get_states(self, ids):
        with self.registry.cursor() as cr:
            matches = api.Environment(cr, SUPERUSER_ID, {})["invoice.bank.match"].browse(ids)
            return matches.mapped("state"), len(matches.filtered("accepting_user_id"))

    def test_worker_that_dies_leaves_what_is_booked_and_goes_on(self):
        [ids] = self._run(self._bring)
        self.assertEqual(self._get_states(ids), (["open"] * 5, 5))
        calls = []
        Match = type(self.env["invoice.bank.match"])
        accept = Match._accept_for

        def die(matches, user):
            calls.append(matches.ids)
            if len(calls) == 2:
                raise Killed
            return accept(matches, user)

        def work(env):
            try:
                env["invoice.bank.match"]._cron_accept()
            except Killed:
                env.cr.rollback()

        with patch.object(bank_match_job, "BOOKED_AT_ONCE", 2):
            with patch.object(Match, "_accept_for", die):
                self._run(work)
            self.assertEqual([len(found) for found in calls], [2, 2])
            states, waiting = self._get_states(ids)
            self.assertEqual((states.count("matched"), waiting), (2, 3))
            outcomes = self._run(work, work)
        self.assertEqual(outcomes, [None, None])
        states, waiting = self._get_states(ids)
        # Of two workers the one that loses leaves its lines to the next run.
        if waiting:
            self._run(work)
        self.assertEqual(self._get_states(ids), (["matched"] * 5, 0))
        with self.registry.cursor() as cr:
            cr.execute(
                "SELECT COUNT(*) FROM account_payment p JOIN invoice_bank_match m "
                "ON m.payment_id = p.id WHERE m.id IN %s",
                [tuple(ids)],
            )
            self.assertEqual(cr.fetchone(), (5,))
