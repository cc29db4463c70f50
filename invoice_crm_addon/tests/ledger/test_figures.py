from contextlib import ExitStack
from operator import le
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import LedgerCommon


@tagged("post_install", "-at_install")
class TestFigures(LedgerCommon):
    """What lists, searches and pickers show of the ledger, and what they cost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stranger = cls.env["res.partner"].create({"name": "Stranger"})

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

    def test_search_finds_what_the_form_of_an_order_says(self):
        """Of orders that nothing ticketed yet: invoiced, beyond the order, credited in part."""
        plain = self._create_order(quantity=10, price=100.0)
        beyond = self._create_order(quantity=10, price=100.0)
        self._invoice(beyond, 12)
        credited = self._create_order(quantity=10, price=100.0)
        self._credit(self._invoice(credited, 10), 4)
        for order, amount in ((plain, 1130.0), (beyond, 1356.0), (credited, 678.0)):
            domain = [("id", "=", order.id), ("amount_to_ticket", "=", amount)]
            self.assertEqual((order.amount_to_ticket, order.search(domain)), (amount, order))

    def test_lists_take_no_query_per_record(self):
        chains = [self._create_chain() for _index in range(12)]
        for chain in chains[::2]:
            self._ticket(chain["invoice"], 500.0)
        spec = {"amount_to_ticket": {}, "ticketing_state": {}, "ticket_count": {}}
        for kind in self.KINDS:
            records = chains[0][kind].browse(chain[kind].id for chain in chains)

            def count(records):
                self.env.flush_all()
                self.env.transaction.reset()
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
        credit = self._create_invoice(move_type="out_refund", post=False)
        payment = self._create_payment(post=False)
        refund = self._create_payment(post=False, payment_type="outbound")
        steps = (
            invoice.action_post,
            payment.action_post,
            lambda: self._reconcile(invoice, payment),
            of_order.action_post,
            of_order.button_draft,
            payment.action_draft,
            credit.action_post,
            credit.button_draft,
            refund.action_post,
            refund.action_draft,
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
                # Also what environments remember of user and company, until Python collects them.
                self.env.transaction.reset()
                before = self.cr.sql_log_count
                step()
                self.env.flush_all()
                counts.append(self.cr.sql_log_count - before)
        return counts

    def test_who_does_not_ticket_pays_nothing(self):
        # By turns, and the least of each: core fills caches of its own now and then, and numbers
        # the first entries of a month in another way. That is on no side for long.
        least = {}
        for number in range(25):
            for with_ledger in (True, False):
                counts = self._count_queries_of_the_books(with_ledger)
                if number:
                    least[with_ledger] = list(map(min, least.get(with_ledger, counts), counts))
            if number > 3 and all(map(le, least[True], least[False])):
                break
        for step, (own, without) in enumerate(zip(least[True], least[False], strict=True)):
            with self.subTest(step=step):
                self.assertLessEqual(own, without)

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

    def test_queries_do_not_grow_with_tickets_that_name_documents(self):
        contract = self._create_active_contract(100000.0)

        def add(number):
            for _index in range(number):
                order = self._create_order(invoice_contract_id=contract.id)
                self._ticket(self._invoice(order))

        def count():
            self.env.flush_all()
            self.env.transaction.reset()
            before = self.cr.sql_log_count
            self.env["invoice.ticket.path"]._settle(contract)
            self.env.flush_all()
            return self.cr.sql_log_count - before

        add(2)
        count()
        few = count()
        add(5)
        count()
        self.assertLessEqual(count(), few)
