from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged

from ...models.ledger.chain import lay_paths
from ...models.ledger.ticket_path import WAITING
from ...wizards.settlement import bank_statement_wizard
from .bank_common import BankCommon

ACCOUNT = "6222021001116245702"
CRON = "invoice_crm_addon.ir_cron_bank_"


@tagged("post_install", "-at_install")
class TestBankMany(BankCommon):
    """Many lines, many of one customer."""

    @classmethod
    def _bring(cls, count):
        """As many lines of the customer, and invoices that each of them may pay."""
        invoices = [cls._create_invoice(100.0 + number) for number in range(count)]
        rows = [
            ("2026-11-02", cls.customer.name, ACCOUNT, 100.0 + number, "Goods", f"S{number}")
            for number in range(count)
        ]
        return cls._import(*rows), invoices

    def _count_proposing(self):
        Match = type(self.env["invoice.bank.match"])
        return patch.object(Match, "_propose", autospec=True, side_effect=Match._propose)

    def _count_queries(self, match):
        self.env.flush_all()
        self.env.transaction.reset()
        before = self.cr.sql_log_count
        match.with_user(self.finance).action_accept()
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def test_queries_do_not_grow_with_what_others_wait(self):
        matches, _invoices = self._bring(3)
        self._count_queries(matches[0])
        few = self._count_queries(matches[1])
        rows = [
            ("2026-11-03", self.customer.name, ACCOUNT, 102.0, "Goods", f"T{number}")
            for number in range(30)
        ]
        self._import(*rows)
        many = self._count_queries(matches[2])
        self.assertLess(many, few + 60, "30 others are proposed something else, in batches")

    def test_queries_of_one_and_of_many(self):
        matches, _invoices = self._bring(52)
        self._count_queries(matches[0])
        one = self._count_queries(matches[1])
        self.assertLess(one, 200)
        ten, forty = self._count_queries(matches[2:12]), self._count_queries(matches[12:52])
        self.assertEqual(set(matches.mapped("state")), {"matched"})
        self.assertLess(ten, 4 * one)
        self.assertLess(forty, 3 * ten, "4 times the lines")
        self.assertLess((forty - ten) / 30, 20, "what each line costs core")

    def _bring_ticketed(self, count):
        """Lines that pay invoices of one contract, each with its ticket."""
        contract = self._create_contract(amount_total=10000.0)
        self._approve(contract)
        matches, invoices = self._bring(count)
        tickets = self.env["invoice.ticket"]
        for invoice in invoices:
            invoice.invoice_contract_id = contract
            ticket = self._create_ticket(
                line_ids=[Command.create({"name": "Goods", "price_unit": invoice.amount_total})],
                allocation_ids=[
                    Command.create({"move_id": invoice.id, "amount": invoice.amount_total})
                ],
            )
            ticket.action_submit()
            self._issue(ticket)
            tickets |= ticket
        matches.action_propose()
        return matches, tickets, contract

    def test_ledger_is_laid_once(self):
        matches, tickets, contract = self._bring_ticketed(3)
        laying = "odoo.addons.invoice_crm_addon.models.ledger.ticket_path.lay_paths"
        with patch(laying, side_effect=lay_paths) as lay:
            one = self._count_queries(matches[0])
            self.assertEqual(lay.call_count, 1)
            rest = self._count_queries(matches[1:])
        self.assertLess(one, 260)
        self.assertLess(rest, one + 60, "two lines at once")
        self.assertEqual(matches.payment_id.invoice_contract_id, contract)
        self.assertEqual(set(tickets.mapped("payment_state")), {"paid"})
        paths = tickets.path_ids
        self.assertEqual(paths.payment_id, matches.payment_id)
        self.assertEqual(sum(paths.mapped("amount_paid")), 303.0)
        self.assertEqual(contract.amount_received, 303.0)
        self.assertEqual(contract.amount_ticketed_unpaid, 0.0)
        self.assertEqual(contract.amount_received_unticketed, 0.0)

    def test_what_waits_to_be_laid_is_laid_with_what_is_checked(self):
        _matches, tickets, _contract = self._bring_ticketed(1)
        invoice = tickets.allocation_ids.move_id
        Path = self.env["invoice.ticket.path"]
        with Path._settled_once(), Path._settled_once():
            Path._settle_or_note(invoice)
            tickets._settle()
            self.assertFalse(self.cr.cache[WAITING].take())
        self.assertNotIn(WAITING, self.cr.cache)
        with self.assertRaises(ValueError), Path._settled_once():
            Path._settle_or_note(invoice)
            raise ValueError
        self.assertNotIn(WAITING, self.cr.cache, "what failed leaves nothing to the next")

    def test_savepoint_that_is_rolled_back_takes_no_note_with_it(self):
        """Other modules try things inside: core then forgets all that the cursor keeps."""
        _matches, tickets, _contract = self._bring_ticketed(1)
        invoice = tickets.allocation_ids.move_id
        Path = self.env["invoice.ticket.path"]

        def lose_paths():
            self.env.flush_all()
            self.cr.execute("DELETE FROM invoice_ticket_path WHERE ticket_id = %s", [tickets.id])
            self.env.invalidate_all()

        lose_paths()
        with Path._settled_once():
            Path._settle_or_note(invoice)
            with self.assertRaises(ZeroDivisionError), self.cr.savepoint():
                Path._settle_or_note(invoice.copy())  # It is gone when all is laid.
                raise ZeroDivisionError
        self.assertEqual(tickets.path_ids.move_id, invoice, "noted before")
        lose_paths()
        with Path._settled_once():
            Path._settle_or_note(invoice)
            with self.assertRaises(ZeroDivisionError), self.cr.savepoint():
                Path._settle()
                raise ZeroDivisionError
        self.assertEqual(tickets.path_ids.move_id, invoice, "laid inside, and rolled back")

    def test_one_that_cannot_be_booked_stops_no_other(self):
        matches, invoices = self._bring(5)
        invoices[2].button_draft()
        action = matches.with_user(self.finance).action_accept()
        self.assertEqual(matches.mapped("state"), ["matched"] * 2 + ["open"] + ["matched"] * 2)
        self.assertIn("4 booked", action["params"]["message"])
        self.assertEqual(len(matches.payment_id), 4, "none is left of what was tried")

    def test_many_customers_at_once(self):
        customers = self.env["res.partner"].create(
            [{"name": f"Customer {number}", "is_company": True} for number in range(6)]
        )
        customers.with_company(
            self.company
        ).property_account_receivable_id = self.customer.with_company(
            self.company
        ).property_account_receivable_id
        rows = [
            ("2026-11-02", customer.name, "", 10.0, "Goods", f"S{customer.id}")
            for customer in customers
        ]
        matches = self._import(*rows)
        matches.with_user(self.finance).action_accept()
        self.assertEqual(matches.payment_id.partner_id, customers)
        for match in matches:
            items = match.line_id.move_id.line_ids
            self.assertEqual(items.partner_id, match.partner_id)
            self.assertEqual(match.line_id.partner_id, match.partner_id)
            self.assertEqual(match.line_id.payment_ids, match.payment_id)

    def test_many_are_proposed_anew_once(self):
        matches, invoices = self._bring(5)
        with self._count_proposing() as propose:
            matches.with_user(self.finance).action_accept()
        self.assertEqual(propose.call_count, 1)
        self.assertEqual(set(matches.mapped("state")), {"matched"})
        self.assertEqual({invoice.payment_state for invoice in invoices}, {"paid"})

    def test_very_many_are_booked_by_a_job(self):
        matches, _invoices = self._bring(3)
        other = self._import(("2026-11-02", "Unknown", "", 7.0, "", "U"))
        with patch.object(
            type(matches), "action_accept", lambda rows: rows._accept_in_background()
        ):
            action = (matches | other).with_user(self.finance).action_accept()
        self.assertIn("3 lines", action["params"]["message"])
        self.assertEqual(matches.accepting_user_id, self.finance)
        with self.enter_registry_test_mode():
            self.env.ref(CRON + "match_accept").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(set(matches.mapped("state")), {"matched"})
        self.assertFalse(matches.accepting_user_id)
        self.assertEqual(matches.payment_id.create_uid, self.finance)
        self.assertEqual(other.state, "open")

    def test_job_says_why_it_does_not_book(self):
        matches, _invoices = self._bring(2)
        matches.with_user(self.finance)._accept_in_background()
        self.finance.group_ids = self.env.ref("base.group_user")
        with self.enter_registry_test_mode():
            self.env.ref(CRON + "match_accept").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(set(matches.mapped("state")), {"open"})
        self.assertFalse(matches.accepting_user_id)
        self.assertNotIn("error of the program", matches[0].reasons)

    def test_large_file_is_imported_by_a_job(self):
        self.company.bank_match_auto = True
        invoice = self._create_invoice(100.0)
        rows = [
            ("2026-11-02", self.customer.name, ACCOUNT, 100.0 + number, "Goods", f"S{number}")
            for number in range(3)
        ]
        wizard = self._open_wizard(self._make_csv(*rows))
        wizard.file_ids.journal_id = self.bank_journal
        with patch.object(bank_statement_wizard, "IMPORTED_AT_ONCE", 2):
            wizard.action_import()
        self.assertEqual((wizard.state, wizard.new_count, wizard.total_count), ("running", 0, 3))
        with (
            patch("odoo.addons.invoice_crm_addon.models.settlement.bank_statement_import.BATCH", 2),
            self.enter_registry_test_mode(),
        ):
            self.env.ref(CRON + "statement_import").method_direct_trigger()
        self.env.invalidate_all()
        self.assertRecordValues(wizard, [{"state": "done", "new_count": 3, "booked_count": 1}])
        lines = self.env["account.bank.statement.line"].search(
            [("journal_id", "=", self.bank_journal.id)]
        )
        self.assertEqual(len(lines.statement_id), 1)
        self.assertEqual(len(lines), 3)
        self.assertEqual(invoice.payment_state, "paid")

    def test_undo_of_what_is_not_the_last_one(self):
        matches, invoices = self._bring(2)
        matches.with_user(self.finance).action_accept()
        first = matches[0].payment_id
        matches[0].with_user(self.finance).action_undo()
        self.assertEqual(first.state, "canceled", "its number is not free again")
        self.assertEqual(invoices[0].amount_residual, 100.0)
        matches[0].with_user(self.finance).action_accept()
        self.assertEqual(invoices[0].payment_state, "paid")

    def test_undo_where_nothing_posted_may_be_deleted(self):
        self.company.restrictive_audit_trail = True
        [match], [invoice] = self._bring(1)
        match.with_user(self.finance).action_accept()
        payment = match.payment_id
        match.with_user(self.finance).action_undo()
        self.assertEqual(payment.state, "canceled")
        self.assertEqual(invoice.amount_residual, 100.0)
        self.assertEqual(match.state, "open")
