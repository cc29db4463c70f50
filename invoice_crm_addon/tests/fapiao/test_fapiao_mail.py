import io

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import FapiaoCommon


@tagged("post_install", "-at_install", "mail_gateway")
class TestFapiaoMail(FapiaoCommon):
    """Files that come by e-mail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domain = cls.env["mail.alias.domain"].create(
            {"name": "fapiao.example.com", "bounce_alias": "b", "catchall_alias": "c"}
        )
        cls.alias = cls.env.ref("invoice_crm_addon.mail_alias_fapiao")
        cls.alias.alias_domain_id = cls.domain

    def _mail(self, sender, *contents):
        message = io.StringIO()
        message.write(
            f"From: {sender}\nTo: fapiao@fapiao.example.com\nSubject: March invoices\n"
            "Message-Id: <1@example.com>\nMIME-Version: 1.0\n"
            'Content-Type: multipart/mixed; boundary="x"\n\n'
            "--x\nContent-Type: text/plain\n\nSee attached.\n"
        )
        for index, content in enumerate(contents):
            message.write(
                f'--x\nContent-Type: application/octet-stream; name="{index}.xml"\n'
                f'Content-Disposition: attachment; filename="{index}.xml"\n'
                "Content-Transfer-Encoding: 8bit\n\n"
            )
            message.write(content.decode() + "\n")
        message.write("--x--\n")
        before = self.env["invoice.fapiao.batch"].search([])
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            self.env["mail.thread"].message_process(False, message.getvalue().encode())
        return self.env["invoice.fapiao.batch"].search([]) - before

    def test_files_of_finance_become_tickets_and_the_reply_lists_them(self):
        ticket = self._approved()
        batch = self._mail(self.finance.email, self._build(), self._build("1" * 20), b"junk")
        self.assertRecordValues(
            batch, [{"origin": "mail", "user_id": self.finance.id, "name": "March invoices"}]
        )
        self._run_cron()
        self.assertEqual(
            batch.file_ids.sorted("id").mapped("outcome"), ["issued", "created", "refused"]
        )
        self.assertEqual(ticket.state, "issued")
        reply = batch.message_ids[0]
        self.assertIn(self.finance.partner_id, reply.partner_ids)
        for text in ("0.xml", "1.xml", "2.xml", ticket.name):
            self.assertIn(text, reply.body)
        self.assertEqual(len(batch.message_ids.filtered(lambda m: "2.xml" in m.body)), 1)

    def test_files_of_others_wait_for_finance(self):
        batch = self._mail(self.sales.email, self._build())
        self._run_cron()
        file = batch.file_ids
        self.assertRecordValues(file, [{"outcome": "undecided", "ticket_id": False}])
        self.assertIn(self.sales.email, file.message)
        file.with_user(self.finance).action_read_again()
        self.assertEqual(file.outcome, "created")
        self.assertEqual(file.ticket_id.issue_user_id, self.finance)

    def test_only_the_first_message_brings_files(self):
        batch = self._mail(self.finance.email)
        attachment = self._attach(self._build(), user=self.auditor)
        with self.assertRaises(AccessError):
            batch.with_user(self.auditor).message_post(
                body="x", message_type="email", attachment_ids=attachment.ids
            )
        batch.with_user(self.finance).sudo().message_post(
            body="x", message_type="email", attachment_ids=attachment.sudo().ids
        )
        self.assertFalse(batch.file_ids)

    def test_mail_without_files_gets_an_answer(self):
        batch = self._mail(self.finance.email)
        self._run_cron()
        self.assertFalse(batch.file_ids)
        self.assertIn(self.finance.partner_id, batch.message_ids[0].partner_ids)
        self.assertNotIn("<table", batch.message_ids[0].body)
