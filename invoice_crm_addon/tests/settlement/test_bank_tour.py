from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .bank_common import BankCommon


@tagged("post_install", "-at_install")
class TestBankTour(BankCommon, HttpCase):
    """Finance drops a statement on the worklist and accepts what is proposed."""

    def test_statement_to_paid_ticket(self):
        self.customer.name = "Beijing Example Trading"
        invoice = self._create_invoice(1130.0)
        ticket = self._create_ticket(
            allocation_ids=[Command.create({"move_id": invoice.id, "amount": 1130.0})]
        )
        self._issue(ticket)
        content = self._make_csv(
            ("2026-11-02", self.customer.name, self.BANK_ACCOUNT, 1130.0, invoice.name, "S1"),
            ("2026-11-02", "", "", -15.0, "手续费", "S2"),
            above=[[f"账号：{self.OWN}"]],
        )
        attachment = self.env["ir.attachment"].create(
            {"name": "tour_statement", "raw": content, "public": True}
        )
        self.env["ir.model.data"].create(
            {
                "module": "invoice_crm_addon",
                "name": "tour_statement",
                "model": "ir.attachment",
                "res_id": attachment.id,
            }
        )
        self.start_tour("/odoo/bank-matching", "invoice_crm_bank_statement", login="ticket_finance")
        match = self.env["invoice.bank.match"].search([("amount", "=", 1130.0)], limit=1)
        self.assertEqual(match.state, "matched")
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(ticket.payment_state, "paid")
