from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MailCase

from .common import ReminderCommon


@tagged("post_install", "-at_install")
class TestReminder(ReminderCommon, MailCase):
    """Who is reminded of what, when, and by which step."""

    def _steps(self, days):
        with self._on(days), self.mock_mail_gateway():
            return self._remind().mapped("step_name")

    def test_steps_follow_the_days(self):
        self._create_due()
        self.assertEqual(self._steps(-4), [])
        self.assertEqual(self._steps(-3), ["Before the Due Date"])
        self.assertEqual(self._steps(-2), [], "nobody is reminded twice by a step")
        self.assertEqual(self._steps(1), ["First Reminder"])
        self.assertEqual(self._steps(14), [])
        self.assertEqual(set(self._steps(15)), {"Second Reminder"})
        self.assertEqual(set(self._steps(30)), {"Urgent Reminder"})
        self.assertEqual(set(self._steps(60)), {"Last Reminder"})
        self.assertEqual(self._steps(300), [])

    def test_jobs_that_stood_skip_steps(self):
        self._create_due()
        self.assertEqual(set(self._steps(20)), {"Second Reminder"})

    def test_one_message_with_all(self):
        self._create_due(1000.0)
        late = self._create_due(500.0, due=self.DUE.replace(day=1))
        with self._on(1), self.mock_mail_gateway():
            reminders = self._remind().filtered(lambda r: r.channel == "email")
        self.assertEqual(len(reminders), 1)
        self.assertEqual(reminders.step_name, "Urgent Reminder")
        self.assertEqual(reminders.line_ids.mapped("name")[0], late.name)
        self.assertEqual(sum(reminders.line_ids.mapped("amount")), 1695.0)
        self.assertEqual(reminders.amount_company, 1695.0)
        self.assertSentEmail(
            self.finance.partner_id,
            [self.customer],
            subject=f"{self.company.name}: urgent payment reminder",
            body_content="1,695.00",
        )

    def test_what_was_reminded_comes_along(self):
        late = self._create_due(500.0, due=self.DUE.replace(day=1))
        with self._on(0), self.mock_mail_gateway():
            self._remind()
        self._create_due(1000.0)
        with self._on(1), self.mock_mail_gateway():
            reminder = self._remind()
        self.assertEqual(reminder.step_name, "First Reminder")
        lines = reminder.line_ids
        self.assertEqual(len(lines), 2)
        self.assertFalse(lines.filtered(lambda line: line.name == late.name).is_due)

    def test_money_once(self):
        """A ticket and its invoice are one debt; a ticket without one is another."""
        invoice = self._create_due()
        documented = self._ticket_invoice(invoice)
        alone = self._issue_ticket(date_due=self.DUE)
        with self._on(1), self.mock_mail_gateway():
            reminder = self._remind()
        lines = reminder.line_ids
        self.assertEqual(sorted(lines.mapped("name")), sorted([invoice.name, alone.name]))
        self.assertEqual(lines.filtered("move_id").ticket_ids, documented)
        self.assertEqual(sum(lines.mapped("amount")), 2260.0)

    def test_invoice_of_a_reminded_ticket(self):
        contract = self._create_active_contract(1130.0)
        ticket = self._create_ticket(contract_id=contract.id, date_due=self.DUE)
        self._issue(ticket)
        self.assertEqual(self._steps(1), ["First Reminder"])
        invoice = self._create_due()
        ticket.with_user(self.finance).write(
            {"allocation_ids": [(0, 0, {"move_id": invoice.id, "amount": 1130.0})]}
        )
        self.assertEqual(self._steps(2), [], "the debt is the same")

    def test_currencies_apart(self):
        usd = self._enable_usd()
        self._create_due(100.0)
        self._create_due(100.0, currency_id=usd.id)
        with self._on(1), self.mock_mail_gateway():
            reminder = self._remind()
        self.assertEqual(
            {c.name: a for c, a in reminder._get_totals().items()}, {"CNY": 113.0, "USD": 113.0}
        )
        self.assertAlmostEqual(reminder.amount_company, 113.0 + 113.0 / 0.14, 2)

    def test_on_account(self):
        self._create_due()
        with self._on(1), self.mock_mail_gateway():
            payment = self._create_payment(amount=1130.0)
            self.assertFalse(self._remind(), "what is on account covers it")
        payment.action_draft()
        payment.action_cancel()
        self.assertEqual(self._steps(1), ["First Reminder"])

    def test_paid_meanwhile(self):
        invoice = self._create_due()
        with self._on(1):
            reminder = self.Reminder._prepare_reminders(self.company, self.customer)
            self._pay(invoice)
            with self.mock_mail_gateway():
                reminder._deliver()
            self.assertEqual(reminder.state, "cancelled")
            self.assertNotSentEmail()

    def test_one_bad_address_stops_nobody(self):
        others = [self._create_customer("No address"), self._create_customer("Bad", email="x@")]
        for customer in (self.customer, *others):
            self._create_due(partner_id=customer.id)
        customers = self.customer.union(*others)
        with self._on(1), self.mock_mail_gateway():
            reminders = self._remind(customers)
        states = {r.partner_id: r.state for r in reminders}
        self.assertEqual(states[self.customer], "ready")
        for customer in others:
            self.assertEqual(states[customer], "failed")
        errors = reminders.filtered(lambda r: r.state == "failed").mapped("error")
        self.assertTrue(all("address" in error for error in errors), errors)
        # Mended, and sent again.
        others[0].email = "now@customer.example.com"
        failed = reminders.filtered(lambda r: r.partner_id == others[0])
        with self._on(2), self.mock_mail_gateway():
            failed.with_user(self.sales).action_send()
            self.assertEqual(failed.state, "ready")
            self.assertSentEmail(self.sales.partner_id, [others[0]])

    def test_outcome_of_the_mail_server(self):
        self._create_due()
        with self._on(1), self.mock_mail_gateway():
            reminder = self._remind()
        mail = self.env["mail.mail"].search([("mail_message_id", "=", reminder.sent_message_id.id)])
        if not mail:
            mail = self.env["mail.mail"].create({"mail_message_id": reminder.sent_message_id.id})
        mail._postprocess_sent_message([], [], failure_reason="No route", failure_type="mail_smtp")
        self.assertEqual((reminder.state, reminder.error), ("failed", "No route"))
        with self._on(1), self.mock_mail_gateway():
            reminder.with_user(self.sales).action_send()
        mail = self.env["mail.mail"].create({"mail_message_id": reminder.sent_message_id.id})
        mail._postprocess_sent_message([], [], failure_type="mail_smtp")
        self.assertEqual(reminder.state, "failed")
        self.assertIn("server", reminder.error)
        with self._on(1), self.mock_mail_gateway():
            reminder.with_user(self.sales).action_send()
        mail = self.env["mail.mail"].create({"mail_message_id": reminder.sent_message_id.id})
        mail._postprocess_sent_message([], [])
        self.assertEqual((reminder.state, reminder.error), ("sent", False))

    def test_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self._step("first").mail_template_id
        template.with_context(lang="fr_FR").subject = "Rappel"
        self.customer.lang = "fr_FR"
        self._create_due()
        with self._on(1), self.mock_mail_gateway():
            self._remind()
            self.assertSentEmail(self.finance.partner_id, [self.customer], subject="Rappel")

    def test_text_by_level(self):
        level = self.env["invoice.customer.level"].create({"name": "Reminded softly"})
        self.customer.customer_level_id = level
        template = self._step("first").mail_template_id.copy({"subject": "Softly"})
        self.env["invoice.reminder.text"].create(
            {
                "step_id": self._step("first").id,
                "level_id": level.id,
                "mail_template_id": template.id,
            }
        )
        self._create_due()
        with self._on(1), self.mock_mail_gateway():
            self._remind()
            self.assertSentEmail(self.finance.partner_id, [self.customer], subject="Softly")

    # === PREVIEW === #

    def _open(self, user, customers=None):
        Wizard = self.env["invoice.reminder.wizard"].with_user(user).with_company(self.company)
        if customers is None:
            action = Wizard.action_open_due()
        else:
            action = customers.with_env(Wizard.env).action_remind()
        return Wizard.browse(action["res_id"])

    def test_preview_says_who_gets_what(self):
        invoice = self._create_due()
        nobody = self._create_customer("No address")
        self._create_due(partner_id=nobody.id)
        later = self._create_customer("Later", email="later@customer.example.com")
        self._create_due(partner_id=later.id, due=self.DUE.replace(month=4, day=28))
        with self._on(1), self.mock_mail_gateway():
            wizard = self._open(self.finance)
            lines = {line.partner_id: line for line in wizard.line_ids}
            self.assertTrue(lines[self.customer].is_selected)
            self.assertEqual(lines[self.customer].step_id, self._step("first"))
            line = lines[self.customer].browse(lines[self.customer].id)
            self.assertIn(invoice.name, line.preview)
            self.assertFalse(self.Reminder.search_count([("partner_id", "=", self.customer.id)]))
            self.assertFalse(lines[nobody].is_selected)
            self.assertIn("address", lines[nobody].problem)
            self.assertIn("Not due", lines[later].reason)
            wizard.action_send()
            self.assertSentEmail(self.finance.partner_id, [self.customer])
            with self.assertRaisesRegex(UserError, "meanwhile"):
                wizard.action_send()

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_failed_is_told_and_due_again(self):
        self._create_due()
        with self._on(1), self._no_mail_server():
            action = self._open(self.finance, self.customer).action_send()
            self.Reminder._note_outcomes()
            server = self.env[action["type"]].with_user(self.finance).browse(action["id"])
            told = server.with_context(**action["context"]).run()["params"]
        self.assertEqual(told["type"], "warning")
        self.assertIn("1 could not be sent", told["message"])
        # Of somebody who may not read what became of it: no refusal after it left.
        stranger = self.Reminder.browse(action["context"]["active_ids"]).with_user(self.colleague)
        self.assertTrue(stranger.action_tell_sent())
        self.assertNotIn("on their way", told["message"])
        with self._on(1), self.mock_mail_gateway():
            wizard = self._open(self.finance, self.customer)
            self.assertFalse(wizard.line_ids.reason)
            self.assertFalse(wizard.line_ids.last_date)
            action = wizard.action_send()
            self.assertSentEmail(self.finance.partner_id, [self.customer])
            told = server.with_context(**action["context"]).run()["params"]
        self.assertEqual((told["type"], "1 reminders" in told["message"]), ("success", True))

    def test_again_by_hand(self):
        self._create_due()
        with self._on(1), self.mock_mail_gateway():
            self._remind()
        with self._on(2), self.mock_mail_gateway():
            wizard = self._open(self.finance, self.customer)
            self.assertIn("Reminded on", wizard.line_ids.reason)
            self.assertFalse(wizard.line_ids.is_selected)
            wizard.line_ids.is_selected = True
            wizard.action_send()
            self.assertSentEmail(self.finance.partner_id, [self.customer])
        self.assertEqual(self._steps(3), [])

    def test_one_click_from_the_ticket(self):
        ticket = self._issue_ticket(date_due=self.DUE)
        with self._on(1), self.mock_mail_gateway():
            action = ticket.with_user(self.sales).action_remind_customer()
            wizard = self.env["invoice.reminder.wizard"].with_user(self.sales)
            wizard = wizard.browse(action["res_id"])
            with Form(wizard) as form:
                self.assertIn("Dear", form.body)
                self.assertIn("1,130.00", form.items)
                form.body = "<p>Our own words</p>"
            wizard.action_send()
            self.assertSentEmail(
                self.sales.partner_id, [self.customer], body_content="Our own words"
            )

    # === RIGHTS === #

    def test_rights(self):
        self._create_due()
        with self._on(1), self.mock_mail_gateway():
            with self.assertRaisesRegex(UserError, "other salespeople"):
                self._open(self.sales2, self.customer)
            self.assertFalse(self._open(self.sales2).line_ids)
            with self.assertRaises(AccessError):
                self._open(self.auditor)
            self.assertEqual(self._open(self.lead).line_ids.partner_id, self.customer)
            self._open(self.sales, self.customer).action_send()
        reminder = self.Reminder.search([("partner_id", "=", self.customer.id)])
        self.assertEqual(reminder.sender_id, self.sales)
        for user in (self.sales, self.lead, self.finance, self.manager, self.auditor):
            self.assertTrue(reminder.with_user(user).has_access("read"), user.name)
            self.assertFalse(reminder.with_user(user).has_access("write"), user.name)
        for user in (self.sales2, self.finance_other, self.outsider, self.portal):
            self.assertFalse(reminder.with_user(user).has_access("read"), user.name)
        with self.assertRaises(AccessError):
            self.plan.with_user(self.finance).wait_days = 1
        self.plan.with_user(self.manager).wait_days = 1
        with self.assertRaises(UserError):
            reminder.unlink()

    def test_history_is_not_written(self):
        self._create_due()
        with self._on(1), self.mock_mail_gateway():
            reminder = self._remind()
        with self.assertRaises(AccessError):
            reminder.with_env(self.env(su=True)).state = "cancelled"
        with self.assertRaises(UserError):
            reminder.with_user(self.sales).action_cancel()
        with self.assertRaisesRegex(UserError, "Archive"):
            self._step("first").unlink()
