import re

from odoo.tests import HttpCase, tagged

from ...models.base.proof import proven
from .common import MailingCommon


@tagged("post_install", "-at_install")
class TestTicketLink(MailingCommon, HttpCase):
    """The link in the e-mail: the files for who has it, and a trace of the download."""

    def setUp(self):
        super().setUp()
        self.ticket = self._create_issued("PDF", "OFD", type_id=self.type_voucher.id)
        self.message = self.ticket.with_user(self.sales).message_post(
            body="Here",
            partner_ids=self.customer.ids,
            attachment_ids=self.ticket.fapiao_attachment_id.ids,
            subtype_xmlid="mail.mt_comment",
            email_layout_xmlid="mail.mail_notification_layout",
        )
        self.url = self.env["invoice.ticket.mailing"]._get_link(self.message, self.base_url())

    def _post(self, html, file=None):
        token = re.search(r'name="csrf_token" value="([^"]+)"', html).group(1)
        signature = re.search(r'name="token" value="([^"]+)"', html).group(1)
        file = file or re.search(r'name="file"[^>]*value="(\d+)"', html).group(1)
        data = {"csrf_token": token, "token": signature, "file": file}
        return self.url_open("/invoice_crm/tickets", data=data)

    def test_download_is_noted_and_a_look_is_not(self):
        page = self.url_open(self.url)
        self.assertEqual(page.status_code, 200)
        self.assertIn(self.ticket.fapiao_number or self.ticket.name, page.text)
        self.assertEqual(self.ticket.mail_state, "sent")
        answer = self._post(page.text)
        self.assertEqual(answer.content, f"PDF of {self.ticket.name}".encode())
        self.env.invalidate_all()
        self.assertEqual(self.ticket.mail_state, "downloaded")

    def test_other_files_stay_where_they_are(self):
        other = self.ticket.fapiao_file_ids.attachment_id - self.ticket.fapiao_attachment_id
        page = self.url_open(self.url)
        answer = self._post(page.text, str(other[:1].id))
        self.assertNotIn(b"OFD of", answer.content)
        self.assertEqual(self.ticket.mail_state, "sent")

    def test_link_that_is_none(self):
        for url in ("/invoice_crm/tickets", self.url[:-4], self.url + "x"):
            self.assertEqual(self.url_open(url).status_code, 403, url)

    def test_ticket_that_was_voided(self):
        proven(self.ticket).state = "voided"
        page = self.url_open(self.url)
        self.assertNotIn('name="file"', page.text)

    def test_customers_get_the_link_and_colleagues_do_not(self):
        groups = self.ticket._notify_get_recipients_groups(
            self.message, "Ticket", {"model": self.ticket._name, "res_id": self.ticket.id}
        )
        urls = {name: data.get("button_access", {}).get("url", "") for name, _is, data in groups}
        self.assertIn("/invoice_crm/tickets?token=", urls["customer"])
        self.assertNotIn("/invoice_crm/tickets", urls["user"])
