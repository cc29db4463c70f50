from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged, users

from .bank_common import BankCommon

ACCOUNT = "6222021001116245702"
TITLE = "Beijing Example Trading Co., Ltd."


@tagged("post_install", "-at_install")
class TestBankMatching(BankCommon):
    def _line(
        self, amount, name=TITLE, account=ACCOUNT, text="货款", serial="S1", day="2026-11-02"
    ):
        return self._import((day, name, account, amount, text, serial))

    # === PROPOSALS === #

    def test_account_and_amount_are_certain(self):
        invoice = self._create_invoice(1130.0)
        match = self._line(1130.0)
        self.assertEqual(match.partner_id, self.customer)
        self.assertEqual(match.proposal_id.move_ids, invoice)
        self.assertEqual(match.certainty, "certain")
        self.assertIn("account is that of the customer", match.reasons)
        self.assertIn("exactly this open", match.reasons)

    def test_name_alone_is_enough(self):
        self._create_invoice(1130.0)
        match = self._line(1130.0, account="", name="ＢＥＩＪＩＮＧ example trading co., ltd.")
        self.assertEqual((match.partner_id, match.certainty), (self.customer, "certain"))

    def test_name_but_for_its_form_is_likely(self):
        self._create_invoice(1130.0, self.other_customer)
        match = self._line(1130.0, account="", name="上海样品科技股份有限公司")
        self.assertEqual((match.partner_id, match.certainty), (self.other_customer, "likely"))

    def test_account_and_name_of_two_customers_are_not_certain(self):
        self._create_invoice(1130.0)
        self._create_invoice(1130.0, self.other_customer)
        match = self._line(1130.0, name=self.other_customer.name)
        self.assertNotEqual(match.certainty, "certain")
        self.assertEqual(match.proposal_ids.partner_id, self.customer | self.other_customer)

    def test_number_in_the_text(self):
        self._create_invoice(1130.0)
        invoice = self._create_invoice(1130.0)
        match = self._line(1130.0, name="某人", account="", text=f"货款{invoice.name}谢谢")
        self.assertEqual(match.proposal_id.move_ids, invoice)
        self.assertEqual(match.certainty, "certain")

    def test_number_of_a_contract_in_the_text(self):
        contract = self._create_contract(number="HT-2026-008")
        self._approve(contract)
        match = self._line(500.0, name="某人", account="", text="合同HT-2026-008号首付")
        self.assertEqual(match.partner_id, self.customer)
        match.with_user(self.finance).action_accept()
        self.assertEqual(match.payment_id.invoice_contract_id, contract)

    def test_several_come_to_the_amount(self):
        first, second, third = (self._create_invoice(amount) for amount in (100.0, 20.0, 3.0))
        self.assertEqual(self._line(123.0).proposal_id.move_ids, first | second | third)
        self.assertEqual(self._line(120.0, serial="S2").proposal_id.move_ids, first | second)
        match = self._line(23.0, serial="S3")
        self.assertEqual(match.proposal_id.move_ids, second | third)
        self.assertEqual(match.certainty, "likely")

    def test_oldest_first(self):
        later = self._create_invoice(100.0, due="2026-10-20")
        first = self._create_invoice(100.0, due="2026-10-01")
        match = self._line(30.0)
        self.assertEqual(match.proposal_id.move_ids, first)
        self.assertIn("in part", match.reasons)
        match = self._line(100.0, serial="S2")
        self.assertEqual(match.proposal_id.move_ids, first, "two have the amount: the older one")
        self.assertNotEqual(match.certainty, "certain")
        self.assertTrue(later)

    def test_archived_customer_is_not_certain(self):
        self._create_invoice(1130.0)
        self.portal.active = False
        self.customer.action_archive()
        match = self._line(1130.0)
        self.assertEqual(match.partner_id, self.customer)
        self.assertNotEqual(match.certainty, "certain")
        self.assertIn("archived", match.reasons)

    def test_former_payer_is_known(self):
        self._create_invoice(1130.0)
        match = self._line(5.0, name="李示例", account="6222000011112222")
        self.assertFalse(match.proposal_id)
        wizard = self._choose(match, self.customer)
        wizard.action_book()
        match = self._line(1130.0, name="李示例", account="6222000011112222", serial="S2")
        self.assertEqual((match.partner_id, match.certainty), (self.customer, "certain"))
        self.assertIn("from this account before", match.reasons)

    def test_amount_alone_is_possible(self):
        invoice = self._create_invoice(987.65)
        match = self._line(987.65, name="不明", account="")
        self.assertEqual(match.proposal_id.move_ids, invoice)
        self.assertEqual(match.certainty, "possible")

    def test_documents_of_another_company_are_not_proposed(self):
        self.customer.company_id = False
        match = self._line(1130.0)
        self.assertEqual(match.partner_id, self.customer)
        self.assertFalse(match.proposal_id.move_ids)
        self.assertIn("stays on account", match.reasons)

    # === BOOKING === #

    def test_accept_pays_the_invoice_and_reconciles_the_line(self):
        invoice = self._create_invoice(1130.0)
        match = self._line(1130.0)
        match.with_user(self.finance).action_accept()
        self.assertEqual(match.state, "matched")
        self.assertTrue(match.line_id.is_reconciled)
        self.assertRecordValues(
            match.payment_id,
            [{"amount": 1130.0, "state": "paid", "is_matched": True, "is_reconciled": True}],
        )
        self.assertEqual(str(match.payment_id.date), "2026-11-02")
        self.assertEqual(invoice.amount_residual, 0.0)
        self.assertEqual(invoice.payment_state, "paid")

    def test_more_than_is_open_stays_on_account(self):
        invoice = self._create_invoice(1000.0)
        match = self._line(1130.0)
        match.with_user(self.finance).action_accept()
        self.assertEqual(invoice.amount_residual, 0.0)
        receivable = match.payment_id.move_id.line_ids.filtered(
            lambda item: item.account_id.account_type == "asset_receivable"
        )
        self.assertEqual(receivable.amount_residual, -130.0)

    def test_less_pays_the_last_one_in_part(self):
        later = self._create_invoice(100.0, due="2026-10-20")
        first = self._create_invoice(100.0, due="2026-10-01")
        match = self._line(150.0)
        match.with_user(self.finance).action_accept()
        self.assertEqual((first | later).mapped("amount_residual"), [0.0, 50.0])

    def test_instalments_are_paid_oldest_first(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "30/70",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 30, "nb_days": 0}),
                    Command.create({"value": "percent", "value_amount": 70, "nb_days": 30}),
                ],
            }
        )
        invoice = self._create_invoice(1000.0, invoice_payment_term_id=term.id)
        match = self._line(300.0)
        self.assertEqual(match.proposal_id.move_ids, invoice)
        self.assertEqual(match.certainty, "certain")
        match.with_user(self.finance).action_accept()
        items = invoice.line_ids.filtered("date_maturity").sorted("date_maturity")
        self.assertEqual(items.mapped("amount_residual"), [0.0, 700.0])

    def test_foreign_invoice_is_paid_and_not_certain(self):
        usd = self._enable_currency("USD")
        self.env["res.currency.rate"].create(
            {
                "currency_id": usd.id,
                "company_id": self.company.id,
                "name": "2026-01-01",
                "rate": 0.125,
            }
        )
        invoice = self._create_invoice(100.0, currency_id=usd.id)
        match = self._line(800.0)
        self.assertEqual(match.proposal_id.move_ids, invoice)
        self.assertEqual(match.certainty, "likely")
        self.assertIn("USD", match.reasons)
        match.with_user(self.finance).action_accept()
        self.assertEqual(invoice.amount_residual, 0.0)

    def test_payment_registered_before_is_not_booked_twice(self):
        payment = self._create_payment(date="2026-11-01")
        match = self._line(1130.0)
        self.assertEqual(match.proposal_id.payment_id, payment)
        count = self.env["account.payment"].search_count([])
        match.with_user(self.finance).action_accept()
        self.assertEqual(match.payment_id, payment)
        self.assertTrue(payment.is_matched)
        self.assertEqual(self.env["account.payment"].search_count([]), count)
        match.with_user(self.finance).action_undo()
        self.assertTrue(payment.exists())
        self.assertFalse(payment.is_matched)

    def test_ticket_of_a_contract_reads_as_paid(self):
        contract = self._create_contract()
        self._approve(contract)
        ticket = self._create_ticket(contract_id=contract.id)
        self._issue(ticket)
        match = self._line(1130.0)
        self.assertEqual(match.proposal_id.ticket_ids, ticket)
        self.assertEqual(match.certainty, "certain")
        match.with_user(self.finance).action_accept()
        self.assertEqual(ticket.payment_state, "paid")
        self.assertEqual(match.payment_id.invoice_contract_id, contract)
        self.assertEqual(contract.amount_received, 1130.0)
        self.assertEqual(contract.amount_ticketed, 1130.0)
        match.with_user(self.finance).action_undo()
        self.assertEqual(ticket.payment_state, "not_paid")
        self.assertEqual(contract.amount_received, 0.0)

    def test_ticket_follows_its_invoice(self):
        invoice = self._create_invoice(1130.0)
        ticket = self._create_ticket(
            allocation_ids=[Command.create({"move_id": invoice.id, "amount": 1130.0})]
        )
        self._issue(ticket)
        match = self._line(1130.0, text=f"发票{ticket.fapiao_number}")
        self.assertEqual(match.proposal_id.move_ids, invoice)
        self.assertFalse(match.proposal_id.ticket_ids)
        match.with_user(self.finance).action_accept()
        self.assertEqual(ticket.payment_state, "paid")

    def test_undo_takes_all_back(self):
        invoice = self._create_invoice(1130.0)
        match = self._line(1130.0)
        match.with_user(self.finance).action_accept()
        payment = match.payment_id
        match.with_user(self.finance).action_undo()
        self.assertFalse(payment.exists())
        self.assertEqual(invoice.amount_residual, 1130.0)
        self.assertEqual((match.state, match.certainty), ("open", "certain"))
        match.with_user(self.finance).action_accept()
        self.assertEqual(invoice.amount_residual, 0.0)

    def _forget(self):
        """As between two requests: all is written, and nothing is known any longer."""
        self.env.flush_all()
        self.env.invalidate_all()

    def _undo_later(self, match):
        """Accept, and undo in a request of its own, with all that histories keep, as a user does.

        :return: the payment that is gone, or cancelled
        """
        match = match.with_env(self.env(user=self.finance, context={"lang": "en_US"}))
        match.action_accept()
        payment = match.payment_id
        self._forget()
        self.env.cr.precommit.run()
        match.action_undo()
        self._forget()
        self.assertEqual(match.state, "open")
        return payment

    def test_undo_in_a_request_of_its_own(self):
        """Core deletes the entry first, then messages: then it looks at the payment's state."""
        contract = self._create_contract()
        self._approve(contract)
        plain, ticketed = self._create_invoice(1000.0), self._create_invoice(1130.0)
        of_contract = self._create_invoice(1001.0, invoice_contract_id=contract.id)
        row = Command.create({"move_id": ticketed.id, "amount": 1130.0})
        self._issue(self._create_ticket(allocation_ids=[row]))
        for invoice in (plain, ticketed, of_contract):
            amount = invoice.amount_total
            match = self._line(amount, serial=f"S{amount}")
            self.assertEqual(match.proposal_id.move_ids, invoice)
            for time in range(2):
                with self.subTest(amount, time=time), self.cr.savepoint():
                    payment = self._undo_later(match)
                    self.assertFalse(payment.exists())
                    self.assertEqual(invoice.amount_residual, amount)

    def test_undo_of_a_payment_whose_number_is_not_the_last(self):
        invoice = self._create_invoice(1130.0)
        match = self._line(1130.0)
        match.with_user(self.finance).action_accept()
        payment = match.payment_id
        self._create_payment(amount=5.0, date="2026-11-02", journal_id=self.bank_journal.id)
        self._forget()
        match.with_user(self.finance).action_undo()
        self._forget()
        self.assertEqual(payment.state, "canceled")
        self.assertEqual((match.state, invoice.amount_residual), ("open", 1130.0))

    def test_undo_of_a_payment_that_core_registered(self):
        invoice = self._create_invoice(1130.0)
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        payment = wizard.create(
            {"journal_id": self.bank_journal.id, "payment_date": "2026-11-01"}
        )._create_payments()
        self._forget()
        match = self._line(1130.0)
        self.assertEqual(match.proposal_id.payment_id, payment)
        match.with_user(self.finance).action_accept()
        self._forget()
        self.assertEqual(match.state, "matched")
        match.with_user(self.finance).action_undo()
        self._forget()
        self.assertTrue(payment.exists())
        self.assertEqual((match.state, payment.is_matched), ("open", False))
        self.assertEqual(invoice.amount_residual, 0.0)

    def test_undo_is_refused_once_a_ticket_documents_the_payment(self):
        match = self._line(1130.0)
        match.with_user(self.finance).action_accept()
        ticket = self._create_ticket(
            allocation_ids=[Command.create({"payment_id": match.payment_id.id, "amount": 1130.0})]
        )
        self._issue(ticket)
        with self.assertRaisesRegex(UserError, ticket.name):
            match.with_user(self.finance).action_undo()

    def test_what_changed_since_is_refused(self):
        invoice = self._create_invoice(1130.0)
        match = self._line(1130.0)
        payment = self._create_payment(amount=130.0, date="2026-01-01")
        (payment.move_id | invoice).line_ids.filtered(
            lambda item: item.account_id.account_type == "asset_receivable"
        ).reconcile()
        with self.assertRaisesRegex(UserError, "Look again"):
            match.with_user(self.finance).action_accept()
        self.assertEqual(invoice.amount_residual, 1000.0)
        match.with_user(self.finance).action_propose()
        match.with_user(self.finance).action_accept()
        self.assertEqual(invoice.amount_residual, 0.0)

    def test_two_lines_for_one_invoice_are_not_both_certain(self):
        invoice = self._create_invoice(1130.0)
        first, second = self._import(
            ("2026-11-02", TITLE, ACCOUNT, 1130.0, "货款", "S1"),
            ("2026-11-03", TITLE, ACCOUNT, 1130.0, "货款", "S2"),
        )
        self.assertEqual((first | second).mapped("certainty"), ["certain", "likely"])
        first.with_user(self.finance).action_accept()
        self.assertFalse(second.proposal_id.move_ids & invoice, "it is proposed anew")

    def test_many_at_once_and_what_hinders_some(self):
        self._create_invoice(1130.0)
        matches = self._line(1130.0) | self._line(1130.0, serial="S2")
        action = matches.with_user(self.finance).action_accept()
        self.assertIn("1 booked", action["params"]["message"])
        self.assertIn("Another line paid", action["params"]["message"])
        self.assertEqual(sorted(matches.mapped("state")), ["matched", "open"])

    def test_certain_ones_at_once_if_the_company_wants_it(self):
        self.company.bank_match_auto = True
        self._create_invoice(1130.0)
        matches = self._import(
            ("2026-11-02", TITLE, ACCOUNT, 1130.0, "货款", "S1"),
            ("2026-11-02", "不明", "", 77.0, "", "S2"),
        )
        self.assertEqual(matches.mapped("state"), ["matched", "open"])

    def test_not_from_a_customer(self):
        match = self._line(5.0, name="某银行", account="")
        match.with_user(self.finance).action_set_aside()
        self.assertEqual(match.state, "set_aside")
        self.assertFalse(match.line_id.is_reconciled)
        with self.assertRaises(UserError):
            match.with_user(self.finance).action_accept()
        match.with_user(self.finance).action_take_up()
        self.assertEqual(match.state, "open")

    def test_lines_made_in_core_are_on_the_worklist(self):
        self._create_invoice(1130.0)
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank_journal.id,
                "date": "2026-11-02",
                "amount": 1130.0,
                "payment_ref": "x",
                "partner_name": TITLE,
            }
        )
        self.env["invoice.bank.match"].with_user(self.finance).action_open_worklist()
        match = self.env["invoice.bank.match"].search([("line_id", "=", line.id)])
        self.assertEqual(match.partner_id, self.customer)

    # === CHOICE === #

    def _choose(self, match, customer, **values):
        return (
            self.env["invoice.bank.match.wizard"]
            .with_user(self.finance)
            .create({"match_id": match.id, "partner_id": customer.id, **values})
        )

    def test_other_documents_are_chosen(self):
        self._create_invoice(1130.0)
        chosen = self._create_invoice(500.0, self.other_customer)
        match = self._line(1130.0)
        wizard = self._choose(
            match, self.other_customer, move_ids=[Command.set(chosen.ids)], ticket_ids=[]
        )
        self.assertEqual((wizard.amount_open, wizard.amount_on_account), (500.0, 630.0))
        wizard.action_book()
        self.assertEqual(chosen.payment_state, "paid")
        self.assertEqual(match.payment_id.partner_id, self.other_customer)

    def test_documents_of_another_customer_are_refused(self):
        invoice = self._create_invoice(1130.0)
        wizard = self._choose(
            self._line(5.0), self.other_customer, move_ids=[Command.set(invoice.ids)]
        )
        with self.assertRaisesRegex(UserError, "cannot be paid"):
            wizard.action_book()

    # === RIGHTS === #

    def test_who_may_match(self):
        self._create_invoice(1130.0)
        match = self._line(1130.0)
        for user in (self.sales, self.lead, self.outsider, self.approver):
            with self.assertRaises(AccessError):
                match.with_user(user).action_accept()
        with self.assertRaises(UserError):
            match.with_user(self.auditor).action_accept()
        self.assertEqual(match.with_user(self.auditor).partner_id, self.customer)
        with self.assertRaises(AccessError):
            match.with_user(self.auditor).read(["account_number"])
        with self.assertRaises(AccessError):
            match.with_user(self.finance_other).action_accept()
        accountant = self._create_user("accountant", ["account.group_account_invoice"])
        match.with_user(accountant).action_accept()
        self.assertEqual(match.state, "matched")

    @users("ticket_finance")
    def test_nobody_writes_by_hand(self):
        match = self._line(1130.0).with_user(self.env.user)
        for values in ({"partner_id": self.other_customer.id}, {"amount": 1.0}):
            with self.assertRaises(AccessError):
                match.write(values)
        with self.assertRaises(AccessError):
            match.unlink()
