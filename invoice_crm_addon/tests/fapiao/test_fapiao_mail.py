import io

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import NUMBER, FapiaoCommon


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
        cls.alias.write({"alias_domain_id": cls.domain.id, "alias_contact": "everyone"})

    def _mail(self, sender, *contents, results=(), user=None):
        """Let an e-mail come in.

        :param results: lines of ``Authentication-Results``, the topmost first
        :param user: who hands it in by remote call; default: the server fetches it
        """
        message = io.StringIO()
        for line in results:
            message.write(f"Authentication-Results: {line}\n")
        message.write(
            f"From: {sender}\nTo: fapiao@fapiao.example.com\nSubject: March invoices\n"
            f"Message-Id: <{next(self.numbers)}@example.com>\nMIME-Version: 1.0\n"
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
            threads = self.env["mail.thread"].with_user(user or self.env.user)
            threads.message_process(False, message.getvalue().encode())
        return self.env["invoice.fapiao.batch"].search([]) - before

    def _trust(self, **settings):
        values = {
            "issue": "True",
            "authserv": "mx.us.cn",
            "domains": "other.cn, Ticket.example.com",
        }
        for name, value in (values | settings).items():
            self.env["ir.config_parameter"].set_param(
                f"invoice_crm_addon.fapiao_mail_{name}", value
            )

    def test_a_forged_sender_issues_nothing(self):
        ticket = self._approved()
        batch = self._mail(self.finance.email, self._build(), self._build("1" * 20), b"junk")
        self.assertRecordValues(
            batch, [{"origin": "mail", "user_id": False, "name": "March invoices"}]
        )
        self._run_cron()
        files = batch.file_ids.sorted("id")
        self.assertEqual(files.mapped("outcome"), ["undecided", "undecided", "refused"])
        self.assertEqual(files.mapped("needs_confirmation"), [True, True, False])
        self.assertEqual(files[0].ticket_id, ticket)
        self.assertEqual(files[0].candidate_ids.ticket_id, ticket)
        self.assertTrue(files[0].number)
        self.assertEqual(ticket.state, "approved")
        self.assertFalse(ticket.fapiao_number or ticket.fapiao_attachment_id)
        self.assertFalse(batch.user_id)

    def test_one_click_of_finance_finishes_it(self):
        ticket = self._approved()
        batch = self._mail("anybody@example.com", self._build(), self._build("1" * 20))
        self._run_cron()
        files = batch.file_ids.sorted("id")
        for user in (self.sales, self.auditor):
            with self.assertRaises(AccessError):
                files.with_user(user).action_confirm()
        self.assertTrue(all(files.with_user(self.finance).mapped("can_confirm")))
        files.with_user(self.finance).action_confirm()
        self.assertEqual(files.mapped("outcome"), ["issued", "created"])
        self.assertEqual(files.ticket_id.issue_user_id, self.finance)
        self.assertEqual(ticket.state, "issued")
        self.assertFalse(any(files.mapped("needs_confirmation")))
        self.assertFalse(batch.user_id)

    def test_alias_serves_every_company(self):
        """The mail server works for a company in which nobody of finance does."""
        ticket = self._approved()
        elsewhere = self._create_ticket_company("Elsewhere", "91310000MA1FTEST2X")
        seller = (self.company_other.name, self.company_other.vat)
        for contents in (
            [self._build(), b"junk"],
            [self._build("2" * 20), self._build("3" * 20, seller=seller)],
        ):
            batch = self._mail("anybody@example.com", *contents)
            batch.company_id = batch.file_ids.company_id = elsewhere
            self._run_cron()
            self.env.invalidate_all()
            file = batch.file_ids.sorted("id")[0].with_user(self.finance)
            file.action_confirm()
            self.assertIn(file.outcome, ("issued", "created"))
            others = batch.file_ids.with_user(self.finance_other)._filtered_access("read")
            self.assertEqual(others.company_id, others.company_id & self.company_other)
            is_ours = len(batch.file_ids.filtered("document").company_id) == 1
            self.assertEqual(batch.with_user(self.finance).has_access("read"), is_ours)
        self.assertEqual(ticket.state, "issued")

    def test_mailed_file_is_not_attached_to_an_issued_ticket_by_itself(self):
        ticket = self._create_ticket()
        self._issue(ticket, NUMBER)
        content = self._build()
        batch = self._mail(self.finance.email, content)
        self._run_cron()
        self.assertFalse(ticket.fapiao_attachment_id or ticket.fapiao_file_ids)
        self.assertNotIn(batch.file_ids.outcome, ("attached", "waiting"))

    def test_only_finance_learns_the_results(self):
        for sender, addressee in (
            (self.finance.email, self.finance.partner_id),
            (self.sales.email, self.env["res.partner"]),
            ("stranger@example.com", self.env["res.partner"]),
        ):
            batch = self._mail(sender, self._build())
            self._run_cron()
            reply = batch.message_ids[0]
            self.assertEqual(reply.partner_ids, addressee)
            self.assertIn("0.xml", reply.body)
            batch.message_ids.message_id = False

    def test_what_the_receiving_server_vouches_for_issues_if_switched_on(self):
        sender, domain = self.finance.email, "ticket.example.com"
        ours = "mx.us.cn"
        good = [
            [f"{ours}; dmarc=pass header.from={domain}"],
            [f"{ours} 1; spf=fail smtp.mailfrom=x.cn; dkim=pass (2048) header.d={domain}"],
            [f"{ours}; dkim=pass header.i=@{domain}"],
            [f"{ours}; spf=pass smtp.mailfrom=a@{domain}; dmarc=none"],
            [f'(top) "{ours}"; DMARC = Pass header.from={domain}', f"{ours}; dmarc=fail"],
            ["evil.cn; dmarc=fail", f"{ours}; dmarc=pass header.from={domain}"],
        ]
        bad = [
            [],
            [f"{ours}; none"],
            [f"evil.cn; dmarc=pass header.from={domain}"],
            [f"{ours}.evil.cn; dmarc=pass header.from={domain}"],
            [f"{ours}; dmarc=fail header.from={domain}; dkim=pass header.d={domain}"],
            [f"{ours}; dmarc=pass header.from=evil.cn"],
            [f"{ours}; dkim=pass header.d=evil.cn; spf=pass smtp.mailfrom=a@evil.cn"],
            [f"{ours}; dkim=pass header.d=evil{domain}"],
            [f'{ours}; dkim=fail reason="dmarc=pass" header.d={domain}'],
            [f"{ours}; dkim=fail (; dmarc=pass header.from={domain}) header.d={domain}"],
            [f"{ours}; dmarc=fail", f"{ours}; dmarc=pass header.from={domain}"],
        ]
        self._trust()
        for expected, cases in ((True, good), (False, bad)):
            for results in cases:
                with self.subTest(results=results):
                    batch = self._mail(sender, results=results)
                    self.assertEqual(batch.is_authenticated, expected)
                    batch.message_ids.message_id = False
        for settings in ({"issue": ""}, {"authserv": ""}, {"domains": "other.cn"}, {"domains": ""}):
            with self.subTest(settings=settings):
                self._trust(**settings)
                batch = self._mail(sender, results=good[0])
                self.assertFalse(batch.is_authenticated)
                batch.message_ids.message_id = False
        self._trust()
        batch = self._mail(f"{sender}, a@evil.cn", results=good[0])
        self.assertFalse(batch.is_authenticated)
        batch.message_ids.message_id = False
        # Whoever hands in an e-mail could have written its header.
        batch = self._mail(sender, results=good[0], user=self.finance)
        self.assertFalse(batch.is_authenticated)

    def test_authenticated_files_issue_by_themselves(self):
        self._trust()
        ticket = self._approved()
        results = ["mx.us.cn; dmarc=pass header.from=ticket.example.com"]
        batch = self._mail("robot@ticket.example.com", self._build(), results=results)
        self._run_cron()
        self.assertEqual(batch.file_ids.outcome, "issued")
        self.assertEqual(ticket.state, "issued")
        self.assertFalse(batch.user_id)
        self.assertEqual(ticket.issue_user_id, self.env.ref("base.user_root"))

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
