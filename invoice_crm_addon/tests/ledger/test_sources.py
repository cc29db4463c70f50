from contextlib import ExitStack
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import LedgerCommon


@tagged("post_install", "-at_install")
class TestSources(LedgerCommon):
    """What is ticketed changes under its tickets: refused, or shown as too much."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.usd = cls._enable_usd()
        cls.stranger = cls.env["res.partner"].create({"name": "Stranger"})

    def _assert_excess(self, document, excess):
        """It shows on the document, in the worklist and as an activity of finance."""
        self.assertEqual(document.ticketing_state, "excess")
        self.assertEqual(document.amount_ticket_excess, excess)
        activities = document.activity_ids.filtered(
            lambda a: (
                a.activity_type_id == self.env.ref("invoice_crm_addon.mail_activity_type_excess")
            )
        )
        self.assertEqual(len(activities), 1)
        self.assertTrue(activities.user_id.has_group("invoice_crm_addon.group_ticket_finance"))

    def _assert_mended(self, document):
        self.assertNotEqual(document.ticketing_state, "excess")
        self.assertFalse(document.activity_ids)

    # === REFUSED === #

    def test_contract_and_order_stay_what_their_tickets_need(self):
        """Refused for each place of the way that was ticketed."""
        for kind in self.KINDS:
            chain = self._create_chain()
            self._ticket(chain[kind])
            contract, order = chain["contract"], chain["order"]
            for document, change in (
                (contract, {"amount_total": 1129.99}),
                (contract, {"partner_id": self.stranger.id}),
                (contract, {"currency_id": self.usd.id}),
                (order, {"partner_id": self.stranger.id}),
                # A ticket of the contract alone says nothing of the order.
                *([] if kind == "contract" else [(order, {"state": "cancel"})]),
            ):
                with (
                    self.subTest(ticketed=kind, change=change),
                    self.assertRaises(UserError),
                    self.cr.savepoint(),
                ):
                    document.write(change)

    def test_order_is_not_lowered_below_its_tickets(self):
        order = self._create_order(quantity=10, price=100.0)
        self._ticket(order, 1000.0)
        line = order.order_line
        for change in (
            {"order_line": [Command.update(line.id, {"product_uom_qty": 8})]},
            {"order_line": [Command.update(line.id, {"price_unit": 80})]},
            {"order_line": [Command.update(line.id, {"discount": 20})]},
            {"order_line": [Command.update(line.id, {"tax_ids": [Command.clear()]})]},
        ):
            with (
                self.subTest(change=change),
                self.assertRaisesRegex(UserError, "too much"),
                self.cr.savepoint(),
            ):
                order.write(change)
                order.order_line.write({"product_uom_qty": 8, "price_unit": 100})
        with self.assertRaises(UserError), self.cr.savepoint():
            order.action_cancel()
        line.write({"product_uom_qty": 9, "price_unit": 100})
        self._assert_figures(order, 0.0, 1000.0, 17.0)

    def test_change_of_a_contract_that_is_approved_is_refused_when_it_is_made(self):
        self._create_flow("invoice.contract", [self.approver], trigger_fields=["amount_total"])
        contract = self._create_active_contract(2000.0)
        self._ticket(contract, 1130.0)
        with self.assertRaisesRegex(UserError, "too much"), self.cr.savepoint():
            contract.with_user(self.sales).amount_total = 1000.0
        contract.with_user(self.sales).amount_total = 1500.0
        self._approve(contract)
        self.assertEqual(contract.amount_to_ticket, 370.0)

    def test_customer_and_currency_stay(self):
        invoice, payment = self._create_invoice(), self._create_payment()
        self._ticket(invoice)
        self._ticket(payment)
        invoice.button_draft()
        payment.action_draft()
        for document in (invoice, payment):
            for change in ({"partner_id": self.stranger.id}, {"currency_id": self.usd.id}):
                with (
                    self.subTest(document._name, change=change),
                    self.assertRaises(UserError),
                    self.cr.savepoint(),
                ):
                    document.write(change)

    def test_contact_of_the_same_customer_is_no_other_customer(self):
        invoice = self._create_invoice()
        self._ticket(invoice)
        contact = self.env["res.partner"].create({"name": "Ann", "parent_id": self.customer.id})
        invoice.button_draft()
        invoice.partner_id = contact
        self.assertEqual(invoice.partner_id, contact)

    def test_warning_policy_shows_what_it_does_not_refuse(self):
        self.company.ticket_over_issue = "warn"
        chain = self._create_chain()
        self._ticket(chain["payment"])
        chain["contract"].amount_total = 1000.0
        self._assert_excess(chain["contract"], 130.0)
        chain["contract"].amount_total = 1130.0
        self._assert_mended(chain["contract"])

    def test_policy_off_tells_nobody(self):
        self.company.ticket_over_issue = "off"
        contract = self._create_active_contract()
        self._ticket(contract)
        contract.amount_total = 1000.0
        self.assertEqual(contract.amount_ticket_excess, 130.0)
        self.assertFalse(contract.activity_ids)

    def test_closed_contract_is_not_collected_on(self):
        contract = self._create_active_contract()
        contract.with_user(self.sales).action_close()
        with self.assertRaises(UserError), self.cr.savepoint():
            self._create_payment(invoice_contract_id=contract.id)
        payment = self._create_payment()
        with self.assertRaises(UserError), self.cr.savepoint():
            payment.invoice_contract_id = contract

    def test_contract_is_not_closed_under_tickets_on_their_way(self):
        for kind in self.KINDS:
            with self.subTest(kind), self.cr.savepoint():
                chain = self._create_chain()
                ticket = self._ticket(chain[kind])
                contract = chain["contract"].with_user(self.sales)
                self.assertFalse(contract.can_close)
                for action in ("action_close", "action_cancel"):
                    with self.assertRaises(UserError), self.cr.savepoint():
                        getattr(contract, action)()
                self._issue(ticket)
                contract.action_close()
                with self.assertRaises(UserError), self.cr.savepoint():
                    self._ticket(chain[kind], 0.01)

    # === CORE IS NOT STOPPED === #

    def test_invoice_that_is_reset_lowered_and_posted(self):
        invoice = self._create_invoice()
        ticket = self._ticket(invoice)
        self._issue(ticket)
        invoice.button_draft()
        self._assert_excess(invoice, 1130.0)
        invoice.invoice_line_ids.price_unit = 800.0
        invoice.action_post()
        self._assert_excess(invoice, 226.0)
        invoice.button_draft()
        invoice.invoice_line_ids.price_unit = 1000.0
        invoice.action_post()
        self._assert_mended(invoice)

    def test_invoice_that_is_cancelled(self):
        chain = self._create_chain()
        self._ticket(chain["invoice"])
        chain["invoice"].button_draft()
        chain["invoice"].button_cancel()
        self._assert_excess(chain["invoice"], 1130.0)

    def test_credit_note_of_what_is_ticketed(self):
        """Whichever place of the way was ticketed."""
        for kind in self.KINDS:
            with self.subTest(kind):
                chain = self._create_chain()
                self._ticket(chain[kind])
                self._credit(chain["invoice"], 0.5)
                worse = [d for d in chain.values() if d.ticketing_state == "excess"]
                if kind != "contract":
                    self._assert_excess(chain["order"], 565.0)
                    self.assertIn(chain["order"], worse)

    def test_payment_that_is_reset_and_lowered(self):
        payment = self._create_payment()
        self._ticket(payment)
        payment.action_draft()
        self._assert_excess(payment, 1130.0)
        payment.amount = 1000.0
        payment.action_post()
        self._assert_excess(payment, 130.0)

    def test_payment_that_is_cancelled(self):
        payment = self._create_payment()
        ticket = self._ticket(payment)
        payment.action_cancel()
        self._assert_excess(payment, 1130.0)
        ticket.with_user(self.sales).action_reset()
        self._assert_mended(payment)

    def test_payment_that_is_ticketed_and_reconciled_with_a_ticketed_invoice(self):
        invoice, payment = self._create_invoice(), self._create_payment()
        self._ticket(invoice)
        self._ticket(payment)
        self._reconcile(invoice, payment)
        self._assert_excess(invoice, 1130.0)
        payment.move_id.line_ids.remove_move_reconcile()
        self._assert_mended(invoice)

    # === WHAT CANNOT BE TICKETED === #

    def test_only_what_is_posted_and_came_in_is_documented(self):
        journal = self._setup_books(self.company).filtered(lambda j: j.type == "sale")
        bill_journal = journal.copy(
            {
                "type": "purchase",
                "code": "TBIL",
                "default_account_id": journal.default_account_id.copy(
                    {"account_type": "expense", "code": "6602"}
                ).id,
            }
        )
        self.customer.with_company(
            self.company
        ).property_account_payable_id = journal.default_account_id.copy(
            {"account_type": "liability_payable", "code": "2202", "reconcile": True}
        )
        draft = self._create_invoice(post=False)
        cancelled = self._create_invoice(post=False)
        cancelled.button_cancel()
        bill = self._create_invoice(post=False, move_type="in_invoice", journal_id=bill_journal.id)
        credit = self._credit(self._create_invoice())
        refund = self._create_payment(payment_type="outbound")
        canceled = self._create_payment()
        canceled.action_cancel()
        for document in (draft, cancelled, bill, credit, refund, canceled):
            with (
                self.subTest(document.display_name),
                self.assertRaises(UserError),
                self.cr.savepoint(),
            ):
                self._ticket(document, 10.0)

    def test_quotation_is_not_ticketed(self):
        order = self._create_order()
        quotation = order.copy()
        with self.assertRaises(UserError), self.cr.savepoint():
            self._ticket(quotation, 10.0)

    # === FIGURES === #

    def test_nobody_types_figures(self):
        chain = self._create_chain()
        self.finance.group_ids += self.env.ref("account.group_account_manager")
        self.finance.group_ids += self.env.ref("sales_team.group_sale_manager")
        for document in chain.values():
            for fname in ("amount_ticketed", "ticketing_state", "has_tickets"):
                with (
                    self.subTest(document._name, fname=fname),
                    self.assertRaises(UserError),
                    self.cr.savepoint(),
                ):
                    document.with_user(self.finance).write({fname: False})
        Contract = self.env["invoice.contract"].with_context(default_amount_ticketed=5.0)
        contract = Contract.create({"name": "Forged", "partner_id": self.customer.id})
        self.assertEqual(contract.amount_ticketed, 0.0)

    def test_figures_are_searched_sorted_and_grouped(self):
        documents = [self._create_chain() for _index in range(3)]
        for chain, amount in zip(documents, (1130.0, 500.0, 0), strict=True):
            if amount:
                self._ticket(chain["payment"], amount)
        for kind in self.KINDS:
            records = documents[0][kind].browse().concat(*(chain[kind] for chain in documents))
            domain = [("id", "in", records.ids)]
            with self.subTest(kind):
                left = [0.0, 630.0, 1130.0]
                self.assertEqual(records.mapped("amount_to_ticket"), left)
                for operator, value, found in (
                    (">", 0, records[1:]),
                    ("=", 0, records[0]),
                    ("<=", 630, records[:2]),
                    ("!=", 630, records[0] + records[2]),
                    (">=", 630.01, records[2]),
                ):
                    with self.subTest(operator=operator):
                        self.assertEqual(
                            records.search([*domain, ("amount_to_ticket", operator, value)]),
                            found & records.search([*domain, ("id", "in", found.ids)]),
                        )
                self.assertEqual(
                    records.search(domain, order="amount_to_ticket desc"), records[::-1]
                )
                groups = records._read_group(
                    domain, ["ticketing_state"], ["amount_to_ticket:sum", "amount_in_progress:sum"]
                )
                self.assertEqual(
                    {state: sums for state, *sums in groups},
                    {"full": [0.0, 1130.0], "partial": [630.0, 500.0], False: [1130.0, 0.0]},
                )

    def test_lists_take_no_query_per_record(self):
        chains = [self._create_chain() for _index in range(12)]
        for chain in chains[::2]:
            self._ticket(chain["invoice"], 500.0)
        spec = {"amount_to_ticket": {}, "ticketing_state": {}, "ticket_count": {}}
        for kind in self.KINDS:
            records = chains[0][kind].browse(chain[kind].id for chain in chains)

            def count(records):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.cr.sql_log_count
                records.web_read(spec)
                return self.cr.sql_log_count - before

            with self.subTest(kind):
                count(records[:2])
                self.assertLessEqual(count(records), count(records[:2]))

    # === WHAT FINANCE PICKS === #

    def test_finance_picks_a_payment_and_sees_what_is_left(self):
        payment = self._create_payment(amount=2000.0)
        self._ticket(payment, 500.0)
        ticket = self._create_ticket()
        self._issue(ticket)
        form = Form(ticket.with_user(self.finance))
        with form.allocation_ids.new() as row:
            row.payment_id = payment
            self.assertEqual(row.amount, 1130.0)
        with form.allocation_ids.new() as row:
            row.move_id = self._create_invoice(500.0)
            self.assertEqual(row.amount, 565.0)
        form.save()
        self.assertEqual(payment.amount_to_ticket, 370.0)
        label = payment.with_context(show_to_ticket=True).display_name
        for part in ("370.00", "2,000.00", self.customer.name):
            self.assertIn(part, label)

    def test_payment_of_another_customer_is_refused_with_a_sentence(self):
        receivable = self.customer.with_company(self.company).property_account_receivable_id
        self.stranger.with_company(self.company).property_account_receivable_id = receivable
        payment = self._create_payment(partner_id=self.stranger.id)
        ticket = self._create_ticket()
        form = Form(ticket.with_user(self.finance))
        with form.allocation_ids.new() as row:
            row.payment_id = payment
            row.amount = 10.0
        with self.assertRaisesRegex(UserError, "another customer"):
            form.save()

    def test_allocation_of_nothing_is_not_saved(self):
        payment = self._create_payment()
        with self.assertRaisesRegex(UserError, "Enter how much"):
            self._create_ticket(
                allocation_ids=[Command.create({"payment_id": payment.id, "amount": 0.0})]
            )

    def test_received_and_not_ticketed(self):
        contract = self._create_active_contract(3000.0)
        self._create_payment(invoice_contract_id=contract.id)
        self._ticket(contract, 1000.0)
        Contract = self.env["invoice.contract"]
        self.assertEqual(contract.amount_received_unticketed, 1130.0)
        self._issue(contract.ticket_ids)
        self.assertEqual(contract.amount_received_unticketed, 130.0)
        domain = [("id", "=", contract.id), ("amount_received_unticketed", ">", 100)]
        self.assertEqual(Contract.search(domain, order="amount_received_unticketed"), contract)

    # === WHO DOES NOT TICKET === #

    def _count_queries_of_the_books(self, with_ledger):
        """Queries to post an invoice, to pay it, and to reset both, in a fresh transaction."""
        invoice = self._create_invoice(post=False)
        of_order = self._create_order()._create_invoices()
        payment = self.env["account.payment"].create(
            {
                "partner_id": self.customer.id,
                "partner_type": "customer",
                "payment_type": "inbound",
                "amount": 1130.0,
                "journal_id": self._setup_books(self.company)
                .filtered(lambda j: j.type == "bank")
                .id,
            }
        )
        steps = (
            invoice.action_post,
            payment.action_post,
            lambda: self._reconcile(invoice, payment),
            of_order.action_post,
            of_order.button_draft,
            payment.action_draft,
        )
        counts = []
        with ExitStack() as stack:
            if not with_ledger:
                for model in ("account.move", "account.payment", "sale.order"):
                    for method in ("_follow_tickets", "_check_ticketed_terms"):
                        stack.enter_context(
                            patch.object(self.registry[model], method, lambda *args: None)
                        )
                stack.enter_context(
                    patch.object(
                        self.registry["account.partial.reconcile"],
                        "_get_touched_by_tickets",
                        lambda partials: [partials.browse(), partials.browse()],
                    )
                )
            for step in steps:
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.cr.sql_log_count
                step()
                self.env.flush_all()
                counts.append(self.cr.sql_log_count - before)
        return counts

    def test_who_does_not_ticket_pays_nothing(self):
        for with_ledger in (True, False):
            # Caches get warm.
            self._count_queries_of_the_books(with_ledger)
        without = self._count_queries_of_the_books(False)
        self.assertEqual(self._count_queries_of_the_books(True), without)

    def test_books_of_others_touch_no_table_of_ours(self):
        seen = []
        execute = type(self.cr).execute

        def spy(cursor, query, *args, **kwargs):
            text = getattr(query, "code", None) or str(query)
            if "invoice_ticket" in text:
                seen.append(text)
            return execute(cursor, query, *args, **kwargs)

        order = self._create_order()
        self.env.flush_all()
        self.env.invalidate_all()
        self.patch(type(self.cr), "execute", spy)
        payment = self._pay(self._invoice(order))
        other = self._create_invoice()
        self._credit(other)
        payment.action_draft()
        self.env.flush_all()
        self.assertFalse(seen)
