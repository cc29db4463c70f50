from unittest.mock import patch

from freezegun import freeze_time
from lxml import html

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MailCommon

from ...models.approval import approval_notice
from ...models.base.proof import proven
from .test_approval_notice import NoticeCommon


@tagged("post_install", "-at_install")
class TestApprovalMail(NoticeCommon, MailCommon):
    """What arrives in the mailbox."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.approver.notification_type = "email"

    def _send(self):
        """Send what waits through a server that keeps it."""
        with self.mock_mail_gateway():
            messages = self._collect()
        return messages, self._mails

    def test_preference_of_the_person(self):
        self._start(self.approver | self.lead)
        messages, mails = self._send()
        kinds = {n.res_partner_id: n.notification_type for n in messages.notification_ids}
        self.assertEqual(kinds, {self.approver.partner_id: "email", self.lead.partner_id: "inbox"})
        self.assertEqual([mail["email_to"] for mail in mails], [[self.approver.email_formatted]])

    def test_content(self):
        self.approver.tz = "Asia/Shanghai"
        with freeze_time("2026-03-04 02:00:00"):
            request = self._start(self.approver, deadline_hours=4)
            _messages, mails = self._send()
        self.assertEqual(mails[0]["subject"], f"Please approve: {request.name}")
        self.assertIn(f"{request.res_model}-{request.res_id}", self._new_mails.headers)
        body = html.fromstring(mails[0]["body"])
        text = " ".join(body.text_content().split())
        for expected in (
            "Sales asks for your approval.",
            request.name,
            request.document_type,
            self.customer.name,
            "1,130.00",
            "Stage 1",
            self.company.name,
        ):
            self.assertIn(expected, text)
        links = {link.text_content().strip(): link.get("href") for link in body.iter("a")}
        self.assertEqual(list(links), ["Approve", "Reject", "Open Document"])
        base = f"{request.get_base_url()}/invoice_crm/approval/{request.id}?token="
        self.assertTrue(links["Approve"].startswith(base), links)
        self.assertTrue(links["Reject"].endswith("&decision=reject"), links)
        self.assertIn(f"res_id={request.res_id}", links["Open Document"])

    def test_deadline_in_the_readers_time(self):
        for tz, day in (("Asia/Shanghai", "3/5/26"), ("America/Los_Angeles", "3/4/26")):
            with self.subTest(tz):
                self.approver.tz = tz
                ticket = self._create_ticket()
                self._start(self.approver, document=ticket)
                request = ticket.approval_request_id
                proven(request).date_deadline = "2026-03-05 01:00:00"
                _messages, mails = self._send()
                self.assertIn(day, mails[0]["body"])

    def test_language_of_each_reader(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.approver.lang = "fr_FR"
        self.lead.write({"notification_type": "email"})
        view = self.env.ref("invoice_crm_addon.approval_notice_buttons")
        view.update_field_translations("arch_db", {"fr_FR": {"Reject": "Refuser"}})
        model = self.env["ir.model"]._get("invoice.ticket")
        model.with_context(lang="fr_FR").name = "Justificatif"
        self._start(self.lead | self.approver)
        _messages, mails = self._send()
        body_by_user = {mail["email_to"][0]: mail["body"] for mail in mails}
        french = body_by_user[self.approver.email_formatted]
        english = body_by_user[self.lead.email_formatted]
        self.assertIn("Refuser", french)
        self.assertIn("Justificatif", french)
        self.assertIn("Reject", english)
        self.assertNotIn("Justificatif", english)

    def test_changes_are_a_table(self):
        self._create_flow("invoice.ticket", [self.approver], trigger_fields=["content"])
        ticket = self._create_ticket(content="Consulting")
        self._approve(ticket)
        self._collect()
        ticket.with_user(self.sales).content = "Training <b>"
        _messages, mails = self._send()
        rows = [
            [" ".join(cell.text_content().split()) for cell in row]
            for row in html.fromstring(mails[0]["body"]).iter("tr")
        ]
        self.assertIn([ticket._fields["content"].string, "Consulting", "Training <b>"], rows)

    def test_result_has_no_buttons_to_decide(self):
        self.sales.notification_type = "email"
        request = self._start(self.approver)
        self._send()
        request.with_user(self.approver).action_reject("Wrong title")
        _messages, mails = self._send()
        body = html.fromstring(mails[0]["body"])
        self.assertEqual(
            [link.text_content().strip() for link in body.iter("a")], ["Open Document"]
        )
        self.assertIn("Wrong title", mails[0]["body"])

    def test_mail_of_a_broken_server_is_sent_later(self):
        request = self._start(self.approver)
        logger = "odoo.addons.invoice_crm_addon.models.approval.approval_notice"
        with (
            self.mock_mail_gateway(),
            patch("smtplib.SMTP", side_effect=OSError("Down")),
            mute_logger(logger),
        ):
            self._run_cron("notices")
        self.assertFalse(self._mails)
        self.assertEqual(self._get_notices().tries, 1)
        with freeze_time(self._get_notices().date_retry):
            _messages, mails = self._send()
        self.assertEqual(len(mails), 1)
        self.assertIn(request.name, mails[0]["subject"])
        self.assertFalse(self._get_notices())

    def test_last_try_leaves_the_mail_to_administrators(self):
        self._start(self.approver)
        self._get_notices().tries = approval_notice.MAX_TRIES - 1
        with (
            self.mock_mail_gateway(),
            patch("smtplib.SMTP", side_effect=OSError("Down")),
        ):
            messages = self._collect()
        self.assertEqual(messages.sudo().mail_ids.state, "exception")
        self.assertEqual(messages.notification_ids.notification_status, "exception")

    def test_person_without_address_is_no_endless_story(self):
        self.approver.partner_id.email = False
        self._start(self.approver)
        with self.mock_mail_gateway():
            messages = self._collect()
        self.assertEqual(messages.notification_ids.notification_status, "exception")
        self.assertFalse(self._get_notices())
