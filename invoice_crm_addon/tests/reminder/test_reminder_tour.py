from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import ReminderCommon


@tagged("post_install", "-at_install")
class TestReminderTour(ReminderCommon, HttpCase):
    def test_preview_and_send_in_bulk(self):
        """Finance looks at who gets what, leaves one out, and sends the others."""
        today = fields.Date.context_today(self.env.user)
        other = self._create_customer("Second Customer", email="second@customer.example.com")
        left_out = self._create_customer("Third Customer", email="third@customer.example.com")
        nobody = self._create_customer("Without Address")
        for customer in self.customer | other | left_out | nobody:
            self._create_due(due=today - timedelta(days=2), partner_id=customer.id)
        self.start_tour("/odoo/receivables", "invoice_crm_reminders", login="ticket_finance")
        reminders = self.Reminder.search([("company_id", "=", self.company.id)])
        self.assertEqual(reminders.partner_id, self.customer | other)
        self.assertEqual(set(reminders.mapped("state")), {"ready"})
        self.assertEqual(set(reminders.mapped("step_name")), {"First Reminder"})
