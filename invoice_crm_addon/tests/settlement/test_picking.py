from odoo.fields import Command
from odoo.tests import Form, tagged

from .test_making import MakingCommon


@tagged("post_install", "-at_install")
class TestPicking(MakingCommon):
    """Invoices and payments are found, and their amount is proposed, never 0."""

    def _find(self, model, text, **context):
        Model = self.env[model].with_user(self.finance).with_context(show_to_ticket=True, **context)
        return [id_ for id_, _name in Model.name_search(text)]

    def test_found_by_name_number_reference_and_amount(self):
        invoice = self._create_invoice(777.0, ref="PO-4711")
        payment = self._create_payment(amount=5650.25, memo="Deposit of spring")
        for document, texts in (
            (invoice, (invoice.name, self.customer.name[:9], "PO-4711", "878.01", "¥878.01")),
            (
                payment,
                (payment.name, self.customer.name[:9], "of spring", "5650.25", "5,650.25"),
            ),
        ):
            for text in texts:
                with self.subTest(text):
                    self.assertIn(document.id, self._find(document._name, text))
            self.assertNotIn(document.id, self._find(document._name, "878.02"))
        self.assertEqual(self._find("account.payment", "' OR 1=1"), [])

    def test_payment_that_came_later_for_a_ticketed_contract(self):
        """Nothing of it is left to ticket, and yet the ticket that took it is tied to it."""
        contract = self._create_active_contract()
        ticket = self._ticket(contract)
        self._issue(ticket)
        payment = self._create_payment(invoice_contract_id=contract.id)
        self.assertEqual(payment.amount_to_ticket, 0.0)
        self.assertEqual(payment.amount_unnamed, 1130.0)
        found = payment.search([("id", "=", payment.id), ("amount_unnamed", ">", 0)])
        self.assertEqual(found, payment)
        with Form(ticket.with_user(self.finance)) as form, form.allocation_ids.new() as row:
            row.payment_id = payment
            self.assertEqual(row.amount, 1130.0)
        self.assertEqual(ticket.payment_state, "paid")
        payment.invalidate_recordset()
        self.assertEqual(payment.amount_unnamed, 0.0)
        self.assertFalse(payment.search([("id", "=", payment.id), ("amount_unnamed", ">", 0)]))

    def test_proposal_is_never_zero(self):
        invoice, other = self._create_invoice(), self._create_invoice(500.0)
        ticket = self._ticket(invoice)
        for target, document, expected in (
            # The ticket has no room, or nothing is left of the invoice.
            (ticket, other, 565.0),
            (self._create_ticket(), invoice, 1130.0),
            (self._create_ticket(), other, 565.0),
        ):
            row = self.env["invoice.ticket.allocation"].new(
                {"ticket_id": target.id, "move_id": document.id}
            )
            self.assertEqual(row.amount, expected)

    def test_red_letter_gives_back(self):
        invoice = self._create_invoice()
        ticket = self._ticket(invoice)
        self._issue(ticket)
        ticket.with_user(self.finance).action_red("Returned")
        row = self.env["invoice.ticket.allocation"].new(
            {"ticket_id": ticket.red_ids.id, "move_id": invoice.id}
        )
        self.assertEqual(row.amount, -1130.0)

    def test_only_of_this_customer_unless_asked(self):
        other = self._create_customer("Subsidiary")
        contract = self._create_active_contract(billed_partner_ids=[Command.set(other.ids)])
        invoice = self._create_invoice(partner_id=other.id)
        ticket = self._create_ticket(contract_id=contract.id)
        with Form(ticket.with_user(self.finance)) as form:
            for asks, offered in ((False, self.customer), (True, self.customer | other)):
                form.shows_billed_together = asks
                with form.allocation_ids.new() as row:
                    self.assertEqual(set(row.offered_partner_ids.ids), set(offered.ids))
                    row.move_id = invoice
                    self.assertEqual(row.amount, 1130.0)
            form.allocation_ids.remove(0)
        self.assertEqual(ticket.allocation_ids.move_id, invoice)

    def test_finance_edits_what_an_issued_ticket_documents(self):
        invoice = self._create_invoice()
        ticket = self._ticket(invoice, 500.0)
        self._issue(ticket)
        ticket.with_user(self.finance).allocation_ids.amount = 400.0
        self.assertEqual(ticket.allocation_ids.amount, 400.0)
        with self.assertRaisesRegex(Exception, "more than its total"):
            ticket.with_user(self.finance).allocation_ids.amount = 600.0
