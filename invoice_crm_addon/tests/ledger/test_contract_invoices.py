from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ...models.base.proof import proven
from .common import LedgerCommon


@tagged("post_install", "-at_install")
class TestContractInvoices(LedgerCommon):
    """Invoices that say their contract themselves, since no order does."""

    def _create_contract_invoice(self, contract, price=1000.0, **values):
        return self._create_invoice(price, invoice_contract_id=contract.id, **values)

    def test_ticketed_once_along_the_way(self):
        contract = self._create_active_contract(2260.0)
        invoice = self._create_contract_invoice(contract)
        self._ticket(invoice, 1130.0)
        path = invoice._get_taking_tickets().path_ids
        self.assertEqual(path.contract_id, contract)
        self.assertEqual(contract.amount_in_progress, 1130.0)
        self.assertEqual(contract.amount_to_ticket, 1130.0)
        self.assertEqual(invoice.amount_to_ticket, 0.0)

    def test_a_ticket_of_the_contract_covers_it(self):
        contract = self._create_active_contract(1130.0)
        invoice = self._create_contract_invoice(contract)
        self._ticket(contract, 1130.0)
        self.assertEqual(invoice.amount_to_ticket, 0.0)
        self.assertEqual(contract._get_taking_tickets().path_ids.move_id, invoice)

    def test_posted_after_the_ticket(self):
        contract = self._create_active_contract(1130.0)
        self._ticket(contract, 1130.0)
        invoice = self._create_contract_invoice(contract)
        self.assertEqual(invoice.amount_to_ticket, 0.0)

    def test_no_more_than_the_contract(self):
        contract = self._create_active_contract(500.0)
        invoice = self._create_contract_invoice(contract)
        self.assertEqual(invoice.amount_to_ticket, 500.0)
        found = self.env["account.move"].search(
            [("id", "=", invoice.id), ("amount_to_ticket", "in", [500.0])]
        )
        self.assertEqual(found, invoice)
        with self.assertRaisesRegex(UserError, "too much"):
            self._ticket(invoice, 1130.0)

    def test_what_came_in(self):
        contract = self._create_active_contract(2260.0)
        payment = self._pay(self._create_contract_invoice(contract))
        self.assertEqual(contract.amount_received, 1130.0)
        self.assertEqual(payment.invoice_contract_id, contract)
        self.assertTrue(payment.is_contract_found)
        payment.move_id.line_ids.remove_move_reconcile()
        self.assertEqual(contract.amount_received, 0.0)
        self.assertFalse(payment.invoice_contract_id)

    def test_chosen_when_it_is_paid_already(self):
        contract, other = self._create_active_contract(), self._create_active_contract()
        invoice = self._create_invoice()
        payment = self._pay(invoice)
        self.assertEqual(contract.amount_received, 0.0)
        invoice.invoice_contract_id = contract
        self.assertEqual(contract.amount_received, 1130.0)
        self.assertEqual(payment.invoice_contract_id, contract)
        invoice.invoice_contract_id = other
        self.assertEqual((contract | other).mapped("amount_received"), [0.0, 1130.0])
        self.assertEqual(payment.invoice_contract_id, other)
        invoice.invoice_contract_id = False
        self.assertEqual((contract | other).mapped("amount_received"), [0.0, 0.0])

    def test_bank_item_without_a_payment(self):
        contract = self._create_active_contract()
        invoice = self._create_contract_invoice(contract)
        bank = self._setup_books(self.company).filtered(lambda j: j.type == "bank")
        receivable = invoice.line_ids.filtered(lambda i: i.display_type == "payment_term")
        item = self.env["account.bank.statement.line"].create(
            {
                "journal_id": bank.id,
                "date": "2026-02-01",
                "partner_id": self.customer.id,
                "amount": 1130.0,
                "counterpart_account_id": receivable.account_id.id,
            }
        )
        self._reconcile(invoice, item.move_id)
        self.assertEqual(contract.amount_received, 1130.0)

    def test_credit_note_stays_with_the_contract(self):
        contract = self._create_active_contract(1130.0)
        invoice = self._create_contract_invoice(contract)
        credit = self._credit(invoice)
        self.assertEqual(credit.invoice_contract_id, contract)
        self.assertEqual(invoice.amount_to_ticket, 0.0)
        self.assertEqual(contract._get_amount_to_invoice(), 1130.0)
        self.assertFalse(invoice.copy().invoice_contract_id)

    def test_written_anew(self):
        contract = self._create_active_contract(1130.0)
        invoice = self._create_contract_invoice(contract)
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id})
        )
        anew = self.env["account.move"].browse(wizard.modify_moves()["res_id"])
        self.assertEqual(anew.invoice_contract_id, contract)

    def _create_bookkeeper(self):
        """Somebody who invoices, and may read no contract."""
        return self._create_user("bookkeeper", ["account.group_account_invoice"])

    @staticmethod
    def _correct(invoice, user, method):
        """Reverse an invoice by the dialog, as a user does."""
        wizard = (
            invoice.env["account.move.reversal"]
            .with_user(user)
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id})
        )
        return invoice.browse(getattr(wizard, method)()["res_id"])

    def test_corrected_by_who_may_not_read_the_contract(self):
        contract = self._create_active_contract(9040.0)
        bookkeeper = self._create_bookkeeper()
        self.assertFalse(contract.with_user(bookkeeper).has_access("read"))
        for method in ("refund_moves", "modify_moves"):
            invoice = self._create_contract_invoice(contract)
            move = self._correct(invoice, bookkeeper, method)
            self.assertEqual(move.invoice_contract_id, contract, method)
            self.assertEqual(invoice.reversal_move_ids.invoice_contract_id, contract)
        # What a remote call gives is still held to what its caller may read.
        with self.assertRaises(AccessError):
            self._create_invoice().with_user(bookkeeper).invoice_contract_id = contract.id
        values = {"move_type": "out_invoice", "partner_id": self.customer.id}
        with self.assertRaises(AccessError):
            self.env["account.move"].with_user(bookkeeper).create(
                {**values, "invoice_contract_id": contract.id}
            )

    def test_debit_note_by_who_may_not_read_the_contract(self):
        contract = self._create_active_contract(9040.0)
        invoice = self._create_contract_invoice(contract).with_user(self._create_bookkeeper())
        # As the dialog of debit notes does, where that module is installed.
        vals = {"debit_origin_id": invoice.id}
        self.assertTrue(invoice.sudo()._is_corrected_by(vals))
        origin = {"debit_origin_id": invoice.id} if "debit_origin_id" in invoice._fields else {}
        with patch.object(type(invoice), "_is_corrected_by", lambda _move, _vals: True):
            debit = invoice.with_context(include_business_fields=True).copy(
                {"invoice_date": "2026-02-01", **origin}
            )
        self.assertEqual(debit.sudo().invoice_contract_id, contract)
        # A mere copy is none.
        self.assertFalse(invoice.copy().sudo().invoice_contract_id)

    def test_corrected_when_the_contract_is_closed(self):
        contract = self._create_active_contract(9040.0)
        first = self._create_contract_invoice(contract)
        second = self._create_contract_invoice(contract)
        contract.with_user(self.sales).action_close()
        bookkeeper = self._create_bookkeeper()
        for invoice, method in ((first, "refund_moves"), (second, "modify_moves")):
            move = self._correct(invoice, bookkeeper, method)
            self.assertEqual(move.invoice_contract_id, contract, method)

    def test_invoiced_again_and_again(self):
        contract = self._create_active_contract(9040.0)
        invoice = self._create_contract_invoice(contract, post=False, auto_post="monthly")
        bookkeeper = self._create_bookkeeper()
        invoice.with_user(bookkeeper).action_post()
        following = self.env["account.move"].search([("auto_post_origin_id", "=", invoice.id)])
        following -= invoice
        self.assertEqual(following.invoice_contract_id, contract)
        # Of a contract that is closed nothing more is invoiced; what stands can be posted.
        contract.with_user(self.sales).action_close()
        following.with_user(bookkeeper).action_post()
        last = self.env["account.move"].search(
            [("auto_post_origin_id", "=", invoice.id), ("state", "=", "draft")]
        )
        self.assertTrue(last)
        self.assertFalse(last.invoice_contract_id)
        self.assertIn("not active any more", "".join(following.message_ids.mapped("body")))

    # === WHAT CONTRADICTS === #

    def test_customer(self):
        contract = self._create_active_contract()
        other = self.env["res.partner"].create({"name": "Another", "is_company": True})
        with self.assertRaisesRegex(ValidationError, "another customer"):
            self._create_contract_invoice(contract, partner_id=other.id)
        proven(contract).billed_partner_ids = other
        self._create_contract_invoice(contract, partner_id=other.id)
        with self.assertRaisesRegex(ValidationError, "another customer"):
            proven(contract).billed_partner_ids = [Command.clear()]

    def test_order_says_the_contract(self):
        contract, other = self._create_active_contract(), self._create_active_contract()
        order = self._create_order(invoice_contract_id=contract.id)
        invoice = self._invoice(order)
        with self.assertRaisesRegex(ValidationError, order.name):
            invoice.invoice_contract_id = other
        invoice.invoice_contract_id = contract
        loose = self._create_contract_invoice(other)
        with self.assertRaisesRegex(ValidationError, order.name):
            loose.invoice_line_ids.sale_line_ids = order.order_line
        with self.assertRaisesRegex(ValidationError, order.name):
            order.invoice_contract_id = other

    def test_lines_that_say_another_order(self):
        contract, other = self._create_active_contract(), self._create_active_contract()
        order = self._create_order(invoice_contract_id=contract.id)
        free = self._create_order()
        loose = self._create_contract_invoice(other, post=False)
        values = {"move_id": loose.id, "price_unit": 1.0, "name": "More"}
        lines = [Command.set(loose.invoice_line_ids.ids)]
        Item, Line = self.env["account.move.line"], self.env["sale.order.line"]
        free.invoice_contract_id = other
        free.order_line.invoice_lines = lines
        for change in (
            lambda: Item.create({**values, "sale_line_ids": [Command.set(order.order_line.ids)]}),
            lambda: order.order_line.write({"invoice_lines": lines}),
            lambda: Line.create(
                {"order_id": order.id, "product_id": self.product.id, "invoice_lines": lines}
            ),
            lambda: free.order_line.write({"order_id": order.id}),
        ):
            with self.assertRaises(ValidationError) as caught:
                change()
            self.assertIn(order.name, str(caught.exception))

    def test_errors_name_what_may_be_read(self):
        contract, other = self._create_active_contract(), self._create_active_contract()
        order = self._create_order(invoice_contract_id=contract.id)
        loose = self._create_contract_invoice(other)
        self.assertEqual(contract.with_user(self.outsider).sudo()._get_readable_names(), "…")
        loose = loose.with_user(self.outsider).sudo()
        with self.assertRaises(ValidationError) as caught:
            loose.invoice_line_ids.sale_line_ids = order.order_line
        for document in (loose, order, contract, other):
            self.assertNotIn(document.display_name, str(caught.exception))

    def test_who_sets_the_contract_claims_it(self):
        """The plan, which claims it too, is run again and sees what was invoiced at once."""
        contract, other = self._create_active_contract(), self._create_active_contract()
        claimed = []
        with patch.object(
            type(contract), "_claim_to_invoice", lambda contracts: claimed.extend(contracts.ids)
        ):
            invoice = self._create_contract_invoice(contract, post=False)
            self.assertEqual(claimed, contract.ids)
            invoice.invoice_contract_id = other
        self.assertEqual(claimed[1:], (contract | other).ids)

    def test_order_and_invoice_agree(self):
        contract = self._create_active_contract(2260.0)
        order = self._create_order(invoice_contract_id=contract.id)
        invoice = self._invoice(order)
        invoice.invoice_contract_id = contract
        self._ticket(contract, 1130.0)
        self.assertEqual(order.amount_to_ticket, 0.0)
        self.assertEqual(invoice.amount_to_ticket, 0.0)
        self.assertEqual(contract.amount_in_progress, 1130.0)

    def test_tickets_of_another_contract(self):
        contract, other = self._create_active_contract(), self._create_active_contract()
        invoice = self._create_contract_invoice(contract)
        proven(self._ticket(invoice, 1130.0)).contract_id = contract
        with self.assertRaisesRegex(ValidationError, "several contracts"):
            invoice.invoice_contract_id = other

    def test_too_much_of_the_contract(self):
        contract = self._create_active_contract(500.0)
        invoice = self._create_invoice()
        self._ticket(invoice, 1130.0)
        with self.assertRaisesRegex(UserError, "too much"):
            invoice.invoice_contract_id = contract

    def test_only_customer_invoices_of_active_contracts(self):
        contract = self._create_active_contract()
        entry = self._create_payment(amount=5.0).move_id
        with self.assertRaisesRegex(ValidationError, "Only customer invoices"):
            entry.invoice_contract_id = contract
        with self.assertRaisesRegex(UserError, "not active"):
            self._create_contract_invoice(self._create_contract())
        invoice = self._create_contract_invoice(contract)
        contract.with_user(self.sales).action_close()
        with self.assertRaisesRegex(UserError, "not active"):
            self._create_contract_invoice(contract)
        self.assertEqual(self._credit(invoice).invoice_contract_id, contract)

    def test_contract_is_not_given_up_under_it(self):
        contract = self._create_active_contract()
        invoice = self._create_contract_invoice(contract)
        with self.assertRaisesRegex(UserError, "is invoiced"):
            contract.with_user(self.sales).action_cancel()
        self._credit(invoice)
        contract.with_user(self.sales).action_cancel()
        with self.assertRaisesRegex(UserError, "has invoices"):
            contract.unlink()

    # === SCREENS === #

    def test_lists_know_the_contract(self):
        contract = self._create_active_contract(5000.0)
        own = self._create_contract_invoice(contract)
        ordered = self._invoice(self._create_order(invoice_contract_id=contract.id))
        loose = self._create_invoice()
        moves = own | ordered | loose
        Move = self.env["account.move"]
        self.assertEqual(moves.mapped("billed_contract_id"), contract)
        for operator, value, found in (
            ("=", contract.id, own | ordered),
            ("!=", False, own | ordered),
            ("=", False, loose),
            ("ilike", contract.name, own | ordered),
        ):
            domain = [("id", "in", moves.ids), ("billed_contract_id", operator, value)]
            self.assertEqual(Move.search(domain, order="id"), found, (operator, value))
        domain = [("id", "in", moves.ids)]
        groups = Move._read_group(domain, ["billed_contract_id"], ["id:recordset"])
        self.assertEqual(dict(groups), {contract: own | ordered, contract.browse(): loose})
        self.assertEqual(contract.invoice_count, 2)
        for user in (self.finance, self.auditor, self.sales, self.approver):
            seen = contract.with_user(user)
            may_read = Move.with_user(user).has_access("read")
            domain = [("id", "in", (own | ordered).ids)]
            count = Move.with_user(user).search_count(domain) if may_read else 0
            self.assertEqual(seen.invoice_count, count, user.name)
        shared = self._create_order(invoice_contract_id=contract.id)
        other = self._create_active_contract(5000.0)
        shared |= self._create_order(invoice_contract_id=other.id)
        shared._create_invoices()
        contracts = contract | other | self._create_active_contract()
        contracts.invalidate_recordset(["invoice_count"])
        self.assertEqual(contracts.mapped("invoice_count"), [3, 1, 0])
        self.assertEqual(contract.with_user(self.outsider)._count_invoices(), {})
        found = Move.search(contract.action_view_invoices()["domain"], order="id")
        self.assertEqual(found & moves, own | ordered)

    def test_groups_see_what_is_not_written_yet(self):
        contract = self._create_active_contract()
        order = self._create_order()
        invoice = self._invoice(order)
        self.env.flush_all()
        field = order._fields["invoice_contract_id"]
        field._update_cache(order, contract.id, dirty=True)
        groups = self.env["account.move"]._read_group(
            [("id", "=", invoice.id)], ["billed_contract_id"], []
        )
        self.assertEqual(groups, [(contract,)])

    def test_three_way_check_and_settlement(self):
        contract = self._create_active_contract(1130.0)
        invoice = self._create_contract_invoice(contract)
        self._pay(invoice)
        self._issue(self._ticket(invoice, 1130.0))
        self.env.flush_all()
        rows = self.env["invoice.settlement.check"].search([("contract_id", "=", contract.id)])
        for step in ("ordered", "invoiced", "ticketed", "collected"):
            self.assertEqual(sum(rows.mapped(f"amount_{step}")), 1130.0, step)
        scoped = self.env["invoice.settlement.check"]._within(contract)
        scoped = scoped.search([("contract_id", "=", contract.id)])
        self.assertEqual(sum(scoped.mapped("amount_invoiced")), 1130.0)
        other = self._create_contract_invoice(self._create_active_contract())
        contracts, _places = self.env["invoice.settlement"]._describe_invoices(other | invoice)
        self.assertEqual(contracts, {m.id: m.invoice_contract_id.id for m in other | invoice})
