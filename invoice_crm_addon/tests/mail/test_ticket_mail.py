from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import file_open, mute_logger

from odoo.addons.base.models.ir_mail_server import IrMail_Server, MailDeliveryException

from ...models.mail.mail_compose_message import SAYS_ATTACHED
from .common import MailingCommon

REPLY = """From: Buyer <buyer@example.com>
To: {to}
Subject: Re: your invoice
Message-ID: <answer-1@example.com>
In-Reply-To: {message_id}
References: {message_id}
Content-Type: text/plain; charset=utf-8

The amount is wrong."""

BOUNCE = """Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@example.com>
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce-1@example.com>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="X"

--X
Content-Type: text/plain; charset=us-ascii

The mailbox is full.

--X
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.com

Final-Recipient: rfc822; buyer@example.com
Action: failed
Status: 5.2.2

--X
Content-Type: message/rfc822

From: sales@ticket.example.com
To: buyer@example.com
Message-Id: {message_id}
Subject: Invoice

--X--
"""


@tagged("post_install", "-at_install")
class TestTicketMail(MailingCommon):
    """A ticket is sent when an e-mail with it left for its customer, and only then."""

    def _compose(self, ticket, user=None, **values):
        action = ticket.with_user(user or self.sales).action_send()
        Composer = self.env["mail.compose.message"].with_user(user or self.sales)
        return Composer.with_context(**action["context"]).create(values)

    def _send(self, ticket, user=None, **values):
        self._compose(ticket, user, **values).action_send_mail()
        return ticket.mailing_ids[:1].message_id

    # === SENT === #

    def test_mail_with_the_files_is_sent(self):
        ticket = self._create_issued("PDF", "OFD", "XML")
        message = self._send(ticket)
        self.assertEqual(sorted(a.name[-3:] for a in message.attachment_ids), ["ofd", "pdf"])
        self.assertTrue(ticket.sent_on)
        self.assertRecordValues(ticket, [{"mail_state": "sent", "status": "to_pay"}])
        self.assertIn("buyer@example.com", ticket.mail_info)
        self.assertEqual(ticket.mailing_ids.user_id, self.sales)

    def test_who_presses_the_button_is_the_author(self):
        ticket = self._create_issued("PDF")
        for user in (self.finance, self.lead):
            message = self._send(ticket, user, author_id=self.sales.partner_id.id)
            self.assertEqual(message.author_id, user.partner_id)
            self.assertIn(user.email, message.email_from)

    def test_note_with_a_context_key_is_not_sent(self):
        for formats in ((), ("PDF",)):
            ticket = self._create_issued(*formats)
            as_sales = ticket.with_user(self.sales).with_context(mark_ticket_sent=True)
            files = ticket.fapiao_attachment_id.ids
            for subtype in (None, "mail.mt_note"):
                as_sales.message_post(
                    body="Internal",
                    partner_ids=self.customer.ids,
                    attachment_ids=files,
                    subtype_xmlid=subtype,
                )
            as_sales.message_post(
                body="For nobody", attachment_ids=files, subtype_xmlid="mail.mt_comment"
            )
            self.assertFalse(ticket.sent_on)
            self.assertEqual(ticket.mail_state, "none")

    def test_mass_mail_with_the_file_is_sent(self):
        ticket = self._create_issued("PDF")
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.sales)
            .create(
                {
                    "model": ticket._name,
                    "res_ids": str(ticket.ids),
                    "composition_mode": "mass_mail",
                    "subject": "Invoice",
                    "body": "<p>Here</p>",
                    "partner_ids": self.customer.ids,
                    "attachment_ids": ticket.fapiao_attachment_id.ids,
                    "auto_delete": False,
                }
            )
        )
        composer.action_send_mail()
        self.assertEqual(ticket.mailing_ids.message_id.author_id, self.sales.partner_id)
        self.env["mail.mail"].sudo().search(
            [("mail_message_id", "=", ticket.mailing_ids.message_id.id), ("state", "=", "outgoing")]
        ).send()
        self.assertTrue(ticket.sent_on)

    def test_words_without_the_file_do_not_send_it(self):
        ticket = self._create_issued("PDF")
        ticket.with_user(self.sales).with_context(mark_ticket_sent=True).message_post(
            body="Hello", partner_ids=self.customer.ids, subtype_xmlid="mail.mt_comment"
        )
        self.assertFalse(ticket.sent_on)

    def test_worklist_of_what_is_not_sent(self):
        def has_unsent():
            sections = self.env["invoice.worklist"].with_user(self.sales).get_overview()
            rows = [row for section in sections["sections"] for row in section["lists"]]
            return any(row["key"] == "unsent" and row["count"] for row in rows)

        ticket = self._create_issued("PDF")
        self.assertTrue(has_unsent())
        self._send(ticket)
        self.assertFalse(has_unsent())

    def test_context_that_looks_like_ours_is_none(self):
        ticket = self._create_issued()
        ticket.with_user(self.sales).with_context(invoice_ticket_mail=ticket.ids).message_post(
            body="Hello", partner_ids=self.customer.ids, subtype_xmlid="mail.mt_comment"
        )
        self.assertFalse(ticket.sent_on)

    def test_what_the_customer_writes_is_not_sent(self):
        ticket = self._create_issued("PDF")
        ticket.sudo().with_context(mark_ticket_sent=True).message_post(
            body="Thanks",
            author_id=self.portal.partner_id.id,
            partner_ids=self.customer.ids,
            attachment_ids=ticket.fapiao_attachment_id.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertFalse(ticket.sent_on)

    def test_mail_to_somebody_else_is_not_sent(self):
        ticket = self._create_issued("PDF")
        stranger = self.env["res.partner"].create({"name": "X", "email": "x@example.com"})
        ticket.with_user(self.sales).message_post(
            body="Look",
            partner_ids=stranger.ids,
            attachment_ids=ticket.fapiao_attachment_id.ids,
            subtype_xmlid="mail.mt_comment",
        )
        self.assertFalse(ticket.sent_on)

    # === NOT DELIVERED === #

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_mail_that_did_not_go_out_is_not_sent(self):
        ticket = self._create_issued("PDF")
        error = MailDeliveryException("No such host")
        with patch.object(IrMail_Server, "send_email", side_effect=error):
            message = self._send(ticket)
        self.assertFalse(ticket.sent_on)
        self.assertRecordValues(ticket, [{"mail_state": "failed", "status": "issued"}])
        self.assertIn("No such host", ticket.mail_info)
        mail = self.env["mail.mail"].sudo().search([("mail_message_id", "=", message.id)])
        mail.mark_outgoing()
        mail.send()
        self.assertRecordValues(ticket, [{"mail_state": "sent", "status": "to_pay"}])

    def test_customer_without_an_address_got_nothing(self):
        self.customer.email = False
        ticket = self._create_issued("PDF")
        ticket.with_user(self.sales).message_post(
            body="Here",
            partner_ids=self.customer.ids,
            attachment_ids=ticket.fapiao_attachment_id.ids,
            subtype_xmlid="mail.mt_comment",
        )
        self.assertFalse(ticket.sent_on)
        self.assertEqual(ticket.status, "issued")

    def test_cancelled_mail_is_not_sent(self):
        ticket = self._create_issued("PDF")
        ticket.with_user(self.sales).message_post(
            body="Here",
            partner_ids=self.customer.ids,
            attachment_ids=ticket.fapiao_attachment_id.ids,
            subtype_xmlid="mail.mt_comment",
            force_send=False,
        )
        self.assertEqual(ticket.mail_state, "queued")
        self.assertFalse(ticket.sent_on)
        ticket.mailing_ids.message_id.notification_ids.notification_status = "canceled"
        self.assertEqual(ticket.mail_state, "none")

    @mute_logger("odoo.addons.mail.models.mail_thread")
    def test_mail_that_bounced_goes_back(self):
        ticket = self._create_issued("PDF")
        message = self._send(ticket)
        self.assertTrue(ticket.sent_on)
        domain = self.env["mail.alias.domain"].search([], limit=1) or self.env[
            "mail.alias.domain"
        ].create({"name": "ticket.example.com"})
        self.env["mail.thread"].message_process(
            None, BOUNCE.format(to=domain.bounce_email, message_id=message.message_id)
        )
        self.assertFalse(ticket.sent_on)
        self.assertRecordValues(ticket, [{"mail_state": "bounced", "status": "issued"}])
        self.assertIn("mailbox is full", ticket.mail_info)
        self._send(ticket)
        self.assertEqual(ticket.mail_state, "sent")

    @mute_logger("odoo.addons.mail.models.mail_thread")
    def test_bounce_of_a_colleague_takes_nothing_back(self):
        """What the customer got stays sent, whoever else of the e-mail's readers did not."""
        ticket = self._create_issued("PDF")
        colleague = self.env["res.partner"].create(
            {"name": "Colleague", "email": "colleague@example.org"}
        )
        ticket.message_subscribe(colleague.ids)
        message = self._send(ticket)
        self.assertIn(colleague, message.sudo().notification_ids.res_partner_id)
        domain = self.env["mail.alias.domain"].search([], limit=1) or self.env[
            "mail.alias.domain"
        ].create({"name": "ticket.example.com"})
        bounce = BOUNCE.format(to=domain.bounce_email, message_id=message.message_id)
        self.env["mail.thread"].message_process(
            None, bounce.replace("buyer@example.com", colleague.email)
        )
        [hers] = message.sudo().notification_ids.filtered(lambda n: n.res_partner_id == colleague)
        self.assertEqual(hers.notification_status, "bounce")
        self.assertTrue(ticket.sent_on)
        self.assertRecordValues(ticket.mailing_ids, [{"state": "sent", "reason": ""}])
        self.assertIn("buyer@example.com", ticket.mailing_ids.recipients)
        self.assertNotIn("colleague", ticket.mailing_ids.recipients)

    def test_mail_collides_before_the_server_has_it(self):
        """Who changes the ticket meanwhile stops the e-mail, and not what is kept of it.

        Were the row of the ticket first written after the mail server took the e-mail, a
        collision there would roll back that it is sent, and it would be sent once more.
        """
        ticket = self._create_issued("PDF")
        versions = []

        def read_version():
            self.env.cr.execute("SELECT ctid::text FROM invoice_ticket WHERE id = %s", [ticket.id])
            return self.env.cr.fetchone()[0]

        def take(server, message, *args, **kwargs):
            self.env.flush_all()
            versions.append(read_version())
            return message["Message-Id"]

        composer = self._compose(ticket)
        with patch.object(IrMail_Server, "send_email", take):
            composer.with_context(mail_notify_force_send=False).action_send_mail()
            self.env.flush_all()
            versions.append(read_version())
            self.env["mail.mail"].sudo().search([("state", "=", "outgoing")]).send()
        before, *at_server = versions
        self.assertTrue(at_server)
        self.assertNotIn(before, at_server)
        self.assertEqual(ticket.mail_state, "sent")

    # === ANSWERS === #

    @mute_logger("odoo.addons.mail.models.mail_thread")
    def test_answer_reaches_the_ticket_and_its_owner(self):
        ticket = self._create_issued("PDF")
        message = self._send(ticket, self.finance)
        ticket.message_unsubscribe(self.sales.partner_id.ids)
        self.env["mail.thread"].message_process(
            None, REPLY.format(to="catchall@example.com", message_id=message.message_id)
        )
        answer = ticket.message_ids[:1]
        self.assertIn("The amount is wrong", answer.body)
        self.assertIn(self.sales.partner_id, answer.notified_partner_ids)

    # === ATTACHMENTS === #

    def test_attachment_that_is_said_and_missing(self):
        ticket = self._create_issued()
        for body in (
            "<p>Please find the invoice attached.</p>",
            "<p>See the attachments</p>",
            "<p>发票见附件。</p>",
            "<p>发票已开具，请查收。</p>",
        ):
            composer = self._compose(ticket, body=body)
            action = composer.action_send_mail()
            self.assertEqual(action["res_id"], composer.id, body)
            self.assertTrue(composer.attachment_question)
            self.assertFalse(ticket.mailing_ids, body)
        self.assertEqual(composer.action_back_to_mail()["res_id"], composer.id)
        composer.action_send_without_attachment()
        self.assertTrue(ticket.sent_on)

    def test_documents_of_customers_are_asked_about_too(self):
        """And the box below each asks by the same words in the browser."""
        Composer = self.env["mail.compose.message"].with_user(self.finance)
        for model, is_asked in (
            ("res.partner", True),
            ("sale.order", True),
            ("account.move", True),
            ("res.company", False),
        ):
            composer = Composer.new({"model": model, "body": "<p>发票见附件。</p>"})
            self.assertEqual(bool(composer._get_attachment_question()), is_asked, model)
        with file_open("invoice_crm_addon/static/src/mail/composer_question.js") as source:
            self.assertIn(f"/{SAYS_ATTACHED.pattern}/i", source.read())

    def test_mail_that_is_as_it_says_is_not_asked_about(self):
        ticket = self._create_issued("PDF")
        said = "<p>Please find it attached.</p>"
        self.assertFalse(self._compose(ticket, body=said).attachment_question)
        for body in ("<p>Hello</p>", "<p>Ok</p><blockquote>it is attached</blockquote>", False):
            composer = self._compose(ticket, body=body, attachment_ids=False)
            self.assertFalse(composer.attachment_question, body)
        log = self._compose(ticket, body=said, attachment_ids=False)
        log.subtype_id = self.env.ref("mail.mt_note")
        self.assertFalse(log.attachment_question)

    def test_file_with_nothing_in_it(self):
        ticket = self._create_issued()
        empty = (
            self.env["ir.attachment"]
            .with_user(self.sales)
            .create({"name": "empty.pdf", "raw": b""})
        )
        composer = self._compose(ticket, body="<p>Hello</p>", attachment_ids=empty.ids)
        self.assertIn("empty.pdf", composer.attachment_question)

    def test_composer_says_which_files_there_are_not(self):
        self.assertIn("no e-invoice file", self._compose(self._create_issued()).ticket_mail_hint)
        self.assertIn("OFD", self._compose(self._create_issued("PDF")).ticket_mail_hint)
        self.assertFalse(self._compose(self._create_issued("PDF", "OFD")).ticket_mail_hint)

    def test_composer_of_a_receipt_attaches_its_print(self):
        receipt = self._create_ticket(type_id=self.type_receipt.id)
        self._issue(receipt)
        composer = self._compose(receipt)
        self.assertTrue(composer.attachment_ids)
        self.assertFalse(composer.attachment_question)

    # === TEMPLATE === #

    def test_template_by_type_then_level_then_company(self):
        usual = self.env.ref("invoice_crm_addon.mail_template_ticket")
        ticket = self._create_issued()
        self.assertEqual(ticket._get_mail_template(), usual)
        of_company, of_level, of_type = (usual.copy({"name": str(i)}) for i in range(3))
        self.company.ticket_mail_template_id = of_company
        self.assertEqual(ticket._get_mail_template(), of_company)
        level = self.env["invoice.customer.level"].create({"name": "Gold mail"})
        level.mail_template_id = of_level
        self.customer.customer_level_id = level
        self.assertEqual(ticket._get_mail_template(), of_level)
        ticket.type_id.mail_template_id = of_type
        self.assertEqual(ticket.with_user(self.sales)._get_mail_template(), of_type)

    def test_template_of_another_document_is_refused(self):
        other = self.env["mail.template"].create(
            {"name": "Other", "model_id": self.env.ref("base.model_res_partner").id}
        )
        for record, fname in (
            (self.type_special, "mail_template_id"),
            (self.company, "ticket_mail_template_id"),
        ):
            with self.assertRaisesRegex(ValidationError, "not for tickets"):
                record[fname] = other

    # === PARCELS === #

    def test_parcel_with_a_number_has_not_left(self):
        ticket = self._create_issued()
        shipment = self._create_shipment(ticket)
        self.assertRecordValues(ticket, [{"shipping_state": "none", "status": "issued"}])
        Event = self.env["invoice.shipment.event"]
        Event.create({"shipment_id": shipment.id, "state": "unknown"})
        self.assertEqual(ticket.shipping_state, "none")
        self.assertTrue(shipment.with_user(self.finance).can_hand_over)
        shipment.with_user(self.finance).action_hand_over()
        self.assertRecordValues(ticket, [{"shipping_state": "shipping", "status": "to_pay"}])
        self.assertFalse(shipment.with_user(self.finance).can_hand_over)
        self.assertFalse(shipment.with_user(self.sales).can_hand_over)
