from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged, users

from .common import MailingCommon


@tagged("post_install", "-at_install")
class TestTicketSend(MailingCommon):
    """Many tickets go by e-mail at once, after a look at who gets what."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.partner"].create(
            {"name": "Another Customer", "email": "other@example.com", "invoice_title": "Another"}
        )
        cls.mute = cls.env["res.partner"].create({"name": "Mute", "invoice_title": "Mute"})
        values = {"type_id": cls.type_voucher.id}
        cls.first = cls._create_issued("PDF", "OFD", **values)
        cls.second = cls._create_issued("PDF", **values)
        cls.third = cls._create_issued("XML", partner_id=cls.other.id, **values)
        cls.lost = cls._create_issued("PDF", partner_id=cls.mute.id, **values)
        cls.bare = cls._create_issued(**values)
        cls.tickets = cls.first | cls.second | cls.third | cls.lost | cls.bare

    def _open(self, tickets=None, user=None, **values):
        tickets = (tickets or self.tickets).with_user(user or self.sales)
        context = tickets.action_send_many()["context"]
        Wizard = self.env["invoice.ticket.send.wizard"].with_user(user or self.sales)
        return Wizard.with_context(**context).create(values)

    def _process_outbox(self):
        mails = self.env["mail.mail"].sudo().search([("state", "=", "outgoing")])
        mails.send()

    def test_preview_says_who_gets_what(self):
        wizard = self._open()
        rows = {row.ticket_ids: row for row in wizard.row_ids}
        self.assertEqual(len(rows), 4)
        both = rows[(self.first | self.second).with_user(self.sales)]
        self.assertEqual(both.email, "buyer@example.com")
        self.assertEqual(both.file_names.count(".pdf"), 2)
        self.assertIn("no OFD", both.note)
        self.assertIn("no e-mail address", rows[self.lost.with_user(self.sales)].note)
        self.assertIn("no e-mail address", rows[self.lost.with_user(self.sales)].problem)
        self.assertIn("no e-invoice file", rows[self.bare.with_user(self.sales)].problem)
        self.assertEqual(wizard.mail_count, 2)
        # What goes stands before what does not.
        self.assertEqual([bool(row.problem) for row in wizard.row_ids], [False, False, True, True])
        mend = rows[self.lost.with_user(self.sales)].action_mend()
        self.assertEqual((mend["res_model"], mend["res_id"]), ("res.partner", self.mute.id))

    def test_one_mail_per_customer_or_ticket(self):
        with Form(
            self.env["invoice.ticket.send.wizard"]
            .with_user(self.sales)
            .with_context(**self.tickets.with_user(self.sales).action_send_many()["context"])
        ) as form:
            self.assertEqual(form.mail_count, 2)
            form.grouping = "ticket"
            self.assertEqual(form.mail_count, 3)

    def test_tickets_go_to_the_outbox_and_out(self):
        self._open(user=self.finance).action_send()
        self.assertEqual(
            (self.first | self.second | self.third).mapped("mail_state"), ["queued"] * 3
        )
        self.assertFalse(any(self.tickets.mapped("sent_on")))
        self.assertEqual((self.lost | self.bare).mapped("mail_state"), ["none"] * 2)
        message = self.first.mailing_ids.message_id
        self.assertEqual(self.second.mailing_ids.message_id, message)
        self.assertEqual(message.author_id, self.finance.partner_id)
        self.assertEqual(len(message.attachment_ids), 3)
        self.assertIn(self.second.name, message.body)
        self._process_outbox()
        self.assertEqual((self.first | self.second | self.third).mapped("mail_state"), ["sent"] * 3)

    def test_words_are_in_the_language_of_who_gets_them(self):
        customer = self.third.partner_id.commercial_partner_id.sudo()
        customer.lang = "en_US"
        self.assertIn("Please find", self._mail(self.third).body)
        customer.invoice_contact_id = customer.create(
            {
                "name": "Bookkeeper",
                "parent_id": customer.id,
                "email": "books@example.com",
                "lang": "zh_CN",
            }
        )
        self.assertNotIn("Please find", self._mail(self.third).body)

    def _mail(self, ticket):
        ticket = ticket.with_user(self.finance)
        return ticket._mail_together(ticket._get_mail_contact())

    def test_what_went_goes_again_only_if_somebody_says_so(self):
        self._open(self.third).action_send()
        self._process_outbox()
        wizard = self._open(self.third)
        self.assertFalse(wizard.row_ids.is_included)
        with self.assertRaisesRegex(UserError, "at least one"):
            wizard.action_send()
        wizard.row_ids.is_included = True
        wizard.action_send()
        self.assertEqual(len(self.third.mailing_ids), 2)

    def test_what_another_sent_meanwhile_is_left_out(self):
        wizard = self._open(self.third)
        self._open(self.third, self.finance).action_send()
        self.env.cr.execute(
            "UPDATE invoice_ticket_mailing SET create_date = create_date + interval '1 minute'"
        )
        self.env.invalidate_all()
        action = wizard.action_send()
        self.assertIn(self.third.name, action["params"]["message"])
        self.assertEqual(len(self.third.mailing_ids), 1)

    def test_row_that_cannot_go_does_not_go(self):
        wizard = self._open(self.lost)
        wizard.row_ids.is_included = True
        with self.assertRaisesRegex(UserError, "no e-mail address"):
            wizard.action_send()

    def test_receipt_is_printed_for_its_mail(self):
        receipt = self._create_ticket(type_id=self.type_receipt.id)
        self._issue(receipt)
        wizard = self._open(receipt)
        self.assertIn(".pdf", wizard.row_ids.file_names)
        self.assertFalse(wizard.row_ids.problem)

    @users("ticket_sales2", "ticket_auditor")
    def test_others_send_nothing(self):
        Wizard = self.env["invoice.ticket.send.wizard"]
        with self.assertRaises(AccessError):
            self.first.with_env(self.env).action_send_many()
            Wizard.create({"ticket_ids": self.first.ids}).action_send()

    def test_rows_cost_no_query_each(self):
        counts = []
        for number in (2, 8):
            tickets = self.env["invoice.ticket"].browse()
            tickets = tickets.concat(
                *(self._create_issued("PDF", type_id=self.type_voucher.id) for _ in range(number))
            )
            self._open(tickets)
            self.env.flush_all()
            self.env.transaction.reset()
            before = self.env.cr.sql_log_count
            self._open(tickets)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLess(counts[1] - counts[0], 6 * 4, counts)
