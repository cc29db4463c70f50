from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.tests.test_ir_cron import CronMixinCase
from odoo.addons.mail.tests.common import MailCase

from ...models.base.proof import proven
from .common import ReminderCommon


@tagged("post_install", "-at_install")
class TestReminderMail(ReminderCommon, MailCase, CronMixinCase):
    """To whom a reminder goes, what it asks for, what it brings, and what comes back."""

    def _prepare(self):
        return self.Reminder.with_user(self.finance)._prepare_reminders(self.company, self.customer)

    def _remind_now(self, days=1, **kwargs):
        with self._on(days), self.mock_mail_gateway():
            return self._remind(**kwargs)

    # === TO WHOM === #

    def test_contact_of_the_day_it_leaves(self):
        self._create_due()
        contact = self.env["res.partner"].create(
            {
                "name": "New Bookkeeper",
                "email": "new@customer.example.com",
                "parent_id": self.customer.id,
                "type": "invoice",
            }
        )
        self.customer.child_ids.filtered(lambda child: child != contact).active = False
        contact.active = False
        with self._on(1), self.mock_mail_gateway():
            reminder = self._prepare()
            self.assertEqual(reminder.contact_id, self.customer)
            contact.active = True
            reminder._deliver()
            self.assertSentEmail(self.finance.partner_id, [contact])
        self.assertEqual((reminder.contact_id, reminder.email_to), (contact, contact.email))

    def test_archived_contact_is_not_written_to(self):
        self._create_due()
        contact = self.env["res.partner"].create(
            {"name": "Left", "email": "left@c.example.com", "parent_id": self.customer.id}
        )
        self.customer.invoice_contact_id = contact
        with self._on(1), self.mock_mail_gateway():
            reminder = self._prepare()
            self.assertEqual(reminder.contact_id, contact)
            contact.active = False
            reminder._deliver()
            self.assertSentEmail(self.finance.partner_id, [self.customer])

    def test_several_addresses(self):
        """Two people of a customer share its address field, as many enter it."""
        self._create_due()
        self.customer.email = "one@customer.example.com；two@customer.example.com"
        with self._on(1), self.mock_mail_gateway():
            reminder = self._remind()
        self.assertEqual((reminder.state, reminder.error), ("ready", False))
        sent_to = "".join(str(mail["email_to"]) for mail in self._mails)
        self.assertIn("one@customer.example.com", sent_to)
        self.assertIn("two@customer.example.com", sent_to)
        reminder.with_env(self.env)._message_receive_bounce(
            "two@customer.example.com", self.env["res.partner"]
        )
        self.assertEqual(reminder.state, "failed")

    # === HOW MUCH === #

    def test_part_on_account_is_deducted(self):
        self._create_due()
        with self._on(1), self.mock_mail_gateway():
            self._create_payment(amount=130.0)
            reminder = self._remind()
            self.assertSentEmail(
                self.finance.partner_id, [self.customer], body_content="not matched yet"
            )
        self.assertEqual(reminder.amount_company, 1000.0)
        self.assertEqual(reminder._get_totals(), {self.company.currency_id: 1000.0})
        self.assertEqual(reminder.days_overdue, 1)
        self.assertFalse(reminder.line_ids.filtered("is_credit").is_due)

    def test_part_on_account_before_it_leaves(self):
        self._create_due()
        with self._on(1), self.mock_mail_gateway():
            reminder = self._prepare()
            self._create_payment(amount=100.0)
            payment = self._create_payment(amount=30.0)
            reminder._refresh_items()
            self.assertEqual(reminder.amount_company, 1000.0)
            payment.action_draft()
            payment.action_cancel()
            reminder._deliver()
        self.assertEqual(reminder.amount_company, 1030.0)

    def test_paid_on_account_before_it_leaves(self):
        self._create_due()
        with self._on(1), self.mock_mail_gateway():
            reminder = self._prepare()
            self._create_payment(amount=1130.0)
            reminder._deliver()
            self.assertNotSentEmail()
        self.assertEqual(reminder.state, "cancelled")

    def test_credit_of_another_currency_is_not_deducted(self):
        usd = self._enable_usd()
        self._create_due()
        with self._on(1):
            self._create_payment(amount=1000.0, currency_id=usd.id)
        self.assertEqual(self._remind_now().amount_company, 1130.0)

    def test_currency_that_is_covered_asks_for_nothing(self):
        usd = self._enable_usd()
        self._create_due()
        self._create_due(100.0, currency_id=usd.id)
        with self._on(1):
            self._create_payment(amount=150.0, currency_id=usd.id)
        reminder = self._remind_now()
        totals = {c.name: amount for c, amount in reminder._get_totals().items()}
        self.assertEqual(totals, {"CNY": 1130.0, "USD": 0.0})
        self.assertEqual(reminder.amount_company, 1130.0)

    def test_credit_note_is_deducted(self):
        self._create_due()
        note = self._create_invoice(
            100.0, move_type="out_refund", invoice_date=self.DUE, invoice_date_due=self.DUE
        )
        self.assertEqual(note.amount_total, 113.0)
        self.assertEqual(self._remind_now().amount_company, 1017.0)

    def test_money_of_a_ticket_pays_no_other(self):
        """The payment of a paid ticket is open in the books, and is not on account."""
        payment = self._create_payment(amount=1130.0, date=self.DUE)
        paid = self._create_ticket(
            date_due=self.DUE,
            allocation_ids=[Command.create({"payment_id": payment.id, "amount": 1130.0})],
        )
        self._issue(paid)
        self.assertEqual(paid.payment_state, "paid")
        owed = self._issue_ticket(date_due=self.DUE)
        reminder = self._remind_now()
        self.assertEqual(reminder.line_ids.mapped("name"), [owed.name])
        self.assertEqual(reminder.amount_company, 1130.0)

    # === PAYMENTS WITHOUT AN ENTRY === #

    def test_payment_without_entry_is_on_account(self):
        """The statement that comes with the message takes it off as well."""
        self._create_due()
        self.assertFalse(self._create_bare(130.0, date=self.DUE).move_id)
        reminder = self._remind_now()
        self.assertEqual(reminder.amount_company, 1000.0)

    def test_payment_without_entry_pays_what_it_names(self):
        """No credit for others, and no word of what it pays."""
        paid, part, owed = self._create_due(), self._create_due(2000.0), self._create_due(100.0)
        values = {"date": self.DUE, "invoice_ids": [Command.set((paid | part).ids)]}
        self._create_bare(1330.0, **values)
        reminder = self._remind_now()
        amounts = {line.move_id: line.amount for line in reminder.line_ids}
        self.assertEqual(amounts, {part: 2060.0, owed: 113.0})

    def test_payment_without_entry_beyond_what_it_names(self):
        paid, _owed = self._create_due(), self._create_due(2000.0)
        self._create_bare(1330.0, date=self.DUE, invoice_ids=[Command.set(paid.ids)])
        self.assertEqual(self._remind_now().amount_company, 2060.0)

    def test_payment_without_entry_pays_the_earliest_instalment(self):
        invoice = self._create_due()
        term = self.env["account.payment.term"].create(
            {
                "name": "Two halves",
                "line_ids": [
                    Command.create({"value_amount": 50.0, "nb_days": 10}),
                    Command.create({"value_amount": 50.0, "nb_days": 20}),
                ],
            }
        )
        invoice.button_draft()
        invoice.invoice_payment_term_id = term
        invoice.action_post()
        self._create_bare(600.0, date=self.DUE, invoice_ids=[Command.set(invoice.ids)])
        lines = self._remind_now().line_ids
        self.assertEqual(lines.mapped("amount"), [530.0])
        self.assertEqual(lines.date_due, invoice.invoice_date_due)

    def test_ticket_paid_without_entry_takes_no_credit_of_others(self):
        """What pays a ticket is not in the books, and so is not to be taken off what is."""
        self._create_due()
        self._ticket_payment(self._create_bare(500.0, date=self.DUE))
        self._create_payment(amount=130.0, date=self.DUE)
        self.assertEqual(self._remind_now().amount_company, 1000.0)

    def test_voided_ticket_is_not_asked_for(self):
        ticket = self._issue_ticket(date_due=self.DUE, type_id=self.type_voucher.id)
        self._issue_ticket(date_due=self.DUE)
        with self._on(1), self.mock_mail_gateway():
            reminder = self._prepare()
            ticket.with_user(self.finance).action_void("Wrong title")
            reminder._deliver()
        self.assertEqual(reminder.line_ids.mapped("amount"), [1130.0])
        self.assertEqual(reminder.amount_company, 1130.0)
        self.assertEqual(sum(reminder._get_totals().values()), 1130.0)

    def test_other_mails_leave_the_outbox(self):
        """Those that delete themselves take their messages along."""
        mail = self.env["mail.mail"].create(
            {
                "subject": "Key",
                "body_html": "<p>Key</p>",
                "email_to": "somebody@example.com",
                "auto_delete": True,
            }
        )
        with self.mock_mail_gateway(mail_unlink_sent=True):
            mail.send()
            self.assertEqual(len(self._mails), 1)
        self.assertFalse(mail.exists())

    # === WHAT IT BRINGS === #

    def test_large_files_go_as_links(self):
        ticket = self._ticket_invoice(self._create_due())
        file = self.env["ir.attachment"].create(
            {
                "name": "fapiao.pdf",
                "raw": b"%PDF-1.4" + b"x" * 2_000_000,
                "res_model": ticket._name,
                "res_id": ticket.id,
            }
        )
        proven(ticket).fapiao_attachment_id = file
        self.env["ir.config_parameter"].set_param("base.default_max_email_size", "1")
        wizard = self.env["invoice.reminder.wizard"].with_user(self.finance)
        with self._on(1):
            action = self.customer.with_env(wizard.with_company(self.company).env).action_remind()
            self.assertIn("links", wizard.browse(action["res_id"]).files)
        with self._on(1), self.mock_mail_gateway():
            reminder = self._remind()
            [mail] = self._mails
        self.assertFalse(mail["attachments"])
        copy = reminder.attachment_ids
        self.assertIn(f"/web/content/{copy.id}?", mail["body"])
        self.assertIn("links", "".join(reminder.message_ids.mapped("body")))

    def test_link_to_pay(self):
        invoice = self._create_due()
        can_pay = patch.object(self.registry["invoice.reminder"], "_can_pay_online")
        with can_pay as pays, self._on(1), self.mock_mail_gateway():
            pays.return_value = True
            self._remind()
            [mail] = self._mails
        self.assertIn("Pay online", mail["body"])
        self.assertIn(f"/my/invoices/{invoice.id}?", mail["body"])

    def test_link_to_pay_only_where_the_company_takes_it(self):
        self._create_due()
        reminder = self._remind_now()
        self.env["ir.config_parameter"].set_param("account_payment.enable_portal_payment", "True")
        providers = self.env["payment.provider"].search([])
        providers.state = "disabled"
        self.assertFalse(reminder._can_pay_online())
        provider = self.env["payment.provider"].create(
            {"name": "Test", "company_id": self.company_other.id, "state": "disabled"}
        )
        # Providers are switched on by their own modules, which need their keys.
        self.env.cr.execute(
            "UPDATE payment_provider SET state = 'enabled' WHERE id = %s", [provider.id]
        )
        self.env.invalidate_all()
        self.assertFalse(reminder._can_pay_online(), "another company's")
        self.env.cr.execute(
            "UPDATE payment_provider SET company_id = %s WHERE id = %s",
            [self.company.id, provider.id],
        )
        self.env.invalidate_all()
        self.assertTrue(reminder._can_pay_online())
        self.env["ir.config_parameter"].set_param("account_payment.enable_portal_payment", "False")
        self.assertFalse(reminder._can_pay_online())

    # === WHAT COMES BACK === #

    def test_bounce(self):
        self._create_due()
        reminder = self._remind_now()
        reminder.with_env(self.env)._message_receive_bounce(self.sales.email, self.sales.partner_id)
        self.assertEqual(reminder.state, "ready", "a colleague's address is none of the customer's")
        reminder.with_env(self.env)._message_receive_bounce(
            f"Payable <{self.customer.email.upper()}>", self.env["res.partner"]
        )
        self.assertEqual(reminder.state, "failed")
        self.assertIn("came back", reminder.error)

    def test_bounce_without_an_address(self):
        self._create_due()
        reminder = self._remind_now()
        proven(reminder).email_to = False
        reminder.with_env(self.env)._message_receive_bounce("", self.env["res.partner"])
        self.assertEqual(reminder.state, "ready")

    def test_bounce_at_the_mail_gateway(self):
        self._create_due()
        reminder = self._remind_now()
        domain = self.env["mail.alias.domain"].search([], limit=1) or self.env[
            "mail.alias.domain"
        ].create({"name": "test.example.com"})
        message = reminder.sent_message_id
        mail = (
            f"From: MAILER-DAEMON@customer.example.com\nTo: {domain.bounce_email}\n"
            f"Subject: Undelivered Mail\nMessage-ID: <{next(self.numbers)}@daemon.example.com>\n"
            "Content-Type: multipart/report; report-type=delivery-status; boundary=B\n\n"
            "--B\nContent-Type: text/plain\n\nUser unknown\n"
            "--B\nContent-Type: message/delivery-status\n\n"
            f"Final-Recipient: rfc822; {self.customer.email}\nAction: failed\nStatus: 5.1.1\n\n"
            f"--B\nContent-Type: message/rfc822\n\nMessage-Id: {message.message_id}\n\nx\n--B--\n"
        )
        with self.mock_mail_gateway(), mute_logger("odoo.addons.mail.models.mail_thread"):
            self.env["mail.thread"].sudo().message_process(None, mail)
        self.assertEqual(reminder.state, "failed")
        with self._on(2), self.mock_mail_gateway():
            reminder.with_env(self.env).with_user(self.sales).action_send()
        self.assertEqual((reminder.state, reminder.error), ("ready", False))

    @mute_logger("odoo.sql_db")
    def test_who_was_slower_goes_later(self):
        """A conflict with somebody else is no failure: the job sends it with its next run."""
        self._create_due()
        Reminder = self.registry["invoice.reminder"]
        cron = self.env.ref("invoice_crm_addon.ir_cron_reminder")
        with self._on(1), self.mock_mail_gateway(), self.capture_triggers(cron) as triggers:
            with patch.object(Reminder, "_deliver_email", side_effect=SerializationFailure):
                reminder = self._remind()
            self.assertEqual((reminder.state, reminder.error), ("draft", False))
            self.assertEqual(len(triggers.records), 1)
            self.assertNotSentEmail()
            reminder._deliver()
            self.assertEqual(len(self._mails), 1)
        self.assertEqual(reminder.state, "ready")

    # === COMPANIES === #

    def test_activities_of_companies_apart(self):
        """A customer of two companies: the owner has an activity for each."""
        self.sales.company_ids |= self.company_other
        step = self._step("urgent")
        owned = self.env["invoice.reminder"]
        for company in self.company | self.company_other:
            owned |= proven(self.Reminder).create(
                {
                    "partner_id": self.customer.id,
                    "company_id": company.id,
                    "step_id": step.id,
                    "step_name": step.name,
                    "channel": "activity",
                    "date": self.DUE,
                    "sender_id": self.finance.id,
                }
            )
        for reminder in (*owned, owned[0]):
            proven(reminder)._ask_owner(self.customer, self.sales, "Call them")
        names = self.customer.activity_ids.mapped("summary")
        self.assertEqual(len(names), 2, names)
        for company in self.company | self.company_other:
            self.assertTrue(any(name.startswith(company.name) for name in names), names)

    def test_accounts_of_several_companies(self):
        """What is sent of each company is its own: nothing is sent of one of them unasked."""
        self._create_due()
        Account = self.env["invoice.customer.account"]
        accounts = Account.search([("partner_id", "=", self.customer.id)])
        twice = accounts | Account.search([("company_id", "!=", self.company.id)], limit=1)
        if twice == accounts:
            self._create_invoice(company_id=self.company_other.id)
            twice = Account.search([])
        for action in ("action_remind", "action_send_statements"):
            with self.subTest(action), self.assertRaisesRegex(Exception, "one company"):
                getattr(twice, action)()
