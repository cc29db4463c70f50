from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCase

from .common import ReminderCommon


@tagged("post_install", "-at_install")
class TestReminderPolicy(ReminderCommon, MailCase):
    """Channels beside e-mail, and what follows from the last step."""

    def _send_last(self, days=60):
        with self._on(days), self.mock_mail_gateway():
            return {r.channel: r for r in self._remind()}

    def test_channels_of_the_last_step(self):
        self._create_due()
        reminders = self._send_last()
        self.assertEqual(set(reminders), {"email", "letter", "activity"})
        letter = reminders["letter"]
        self.assertEqual(letter.state, "ready")
        self.assertTrue(letter.attachment_ids)
        letter.with_user(self.sales).action_post()
        self.assertEqual(letter.state, "sent")
        self.assertEqual(reminders["activity"].state, "sent")
        activity = self.customer.activity_ids
        self.assertEqual(activity.user_id, self.sales)
        self.assertIn("Decide", activity.note)
        self.assertIn("1,130.00", activity.summary)

    def test_alert_to_the_owner(self):
        self._create_due()
        reminders = self._send_last(15)
        self.assertEqual(reminders["alert"].state, "sent")
        messages = self.env["mail.message"].search(
            [("model", "=", "res.partner"), ("res_id", "=", self.customer.id)]
        )
        told = messages.filtered(lambda m: self.sales.partner_id in m.partner_ids)
        self.assertIn("overdue", told.subject)

    def test_nobody_in_charge(self):
        self.customer.user_id = False
        self._create_due()
        with self._on(30), self.mock_mail_gateway():
            reminders = self._remind(user=self.env.ref("base.user_root"), is_automatic=True)
        states = {r.channel: r.state for r in reminders}
        self.assertEqual(states, {"email": "ready", "activity": "failed"})

    def test_sms(self):
        step = self._step("first")
        step.write({"by_sms": True, "sms_text": "%(company)s: %(amount)s"})
        self._create_due()
        with self._on(1), self.mock_mail_gateway():
            sms = self._remind().filtered(lambda r: r.channel == "sms")
        self.assertEqual(sms.state, "failed")
        self.assertIn("phone", sms.error)
        self.customer.phone = "+8613800138000"
        with self._on(1), self.mock_mail_gateway():
            sms.with_user(self.sales).action_send()
        self.assertEqual(sms.state, "ready")
        queued = self.env["sms.sms"].search([("mail_message_id", "=", sms.sent_message_id.id)])
        self.assertIn("1,130.00", queued.body)
        sms.sent_message_id.notification_ids.notification_status = "sent"
        self.Reminder._note_outcomes()
        self.assertEqual(sms.state, "sent")

    def test_proposes_to_cancel_the_order(self):
        order = self._create_order()
        invoice = order._create_invoices()
        invoice.write({"invoice_date": "2026-03-01", "invoice_date_due": self.DUE})
        invoice.action_post()
        self._send_last()
        self.assertIn("Cancel", order.activity_ids.note)
        self.assertEqual(order.activity_ids.user_id, order.user_id)

    def test_blocks_new_tickets(self):
        invoice = self._create_due()
        draft = self._create_ticket()
        approved = self._create_ticket()
        self._approve(approved)
        self._send_last()
        with self.assertRaisesRegex(UserError, "no new tickets"):
            draft.with_user(self.sales).action_submit()
        self.assertIn("no new tickets", draft.billing_hint)
        approved.with_user(self.finance).fapiao_number = "26110000000000000001"
        with self.assertRaisesRegex(UserError, "no new tickets"):
            approved.with_user(self.finance).action_issue()
        stop = self._stop("tickets", user=self.finance)
        draft.invalidate_recordset()
        draft.with_user(self.sales).action_submit()
        stop.with_user(self.finance).action_end()
        approved.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "no new tickets"):
            approved.with_user(self.finance).action_issue()
        self._pay(invoice)
        approved.invalidate_recordset()
        approved.with_user(self.finance).action_issue()
        self.assertEqual(approved.state, "issued")

    def test_other_steps_block_nothing(self):
        self._create_due()
        self._send_last(30)
        self._create_ticket().with_user(self.sales).action_submit()

    def test_files_and_statement(self):
        invoice = self._create_due()
        ticket = self._ticket_invoice(invoice)
        file = self.env["ir.attachment"].create(
            {
                "name": "fapiao.pdf",
                "raw": b"%PDF-1.4",
                "res_model": ticket._name,
                "res_id": ticket.id,
            }
        )
        self.env.cr.execute(
            "UPDATE invoice_ticket SET fapiao_attachment_id = %s WHERE id = %s",
            [file.id, ticket.id],
        )
        ticket.invalidate_recordset()
        self.plan.attaches_statement = True
        with self._on(1), self.mock_mail_gateway():
            reminder = self._remind()
        names = reminder.attachment_ids.mapped("name")
        self.assertIn("fapiao.pdf", names)
        self.assertEqual(len(names), 2)
        self.assertTrue(any(name.startswith("Account") for name in names), names)
