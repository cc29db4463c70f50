from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCase

from .common import ReminderCommon


@tagged("post_install", "-at_install")
class TestReminderStop(ReminderCommon, MailCase):
    """What stops the clock, and how it comes back."""

    def _steps(self, days):
        with self._on(days), self.mock_mail_gateway():
            return list(dict.fromkeys(self._remind().mapped("step_name")))

    def test_promise_passes(self):
        """Promised on day 10 until day 20, not paid: the 15th day of the clock is day 25."""
        self._create_due()
        self.assertEqual(self._steps(1), ["First Reminder"])
        with self._on(10):
            stop = self._stop("promise", date_until=self.DUE + timedelta(days=20))
            self.assertTrue(stop.is_active)
        self.assertEqual(self._steps(20), [])
        self.assertEqual(self._steps(25), [])
        with self._on(26):
            stop.invalidate_recordset()
            self.assertFalse(stop.is_active)
            active = [("is_active", "=", True), ("partner_id", "=", self.customer.id)]
            self.assertFalse(self.Stop.search_count(active))
        self.assertEqual(self._steps(26), ["Second Reminder"])

    def test_promise_before_the_due_date(self):
        self._create_due()
        with self._on(-10):
            self._stop("promise", date_until=self.DUE + timedelta(days=10))
        self.assertEqual(self._steps(-3), [])
        self.assertEqual(self._steps(10), [])
        self.assertEqual(self._steps(11), ["First Reminder"])

    def test_dispute_of_one_invoice(self):
        disputed, other = self._create_due(1000.0), self._create_due(500.0)
        with self._on(0):
            stop = self._stop("dispute", user=self.finance, move_id=disputed.id)
        with self._on(1), self.mock_mail_gateway():
            reminder = self._remind()
        self.assertEqual(reminder.line_ids.mapped("name"), [other.name])
        with self._on(30):
            stop.with_user(self.sales).action_end("The goods were exchanged")
        self.assertIn("exchanged", self.customer.message_ids[0].body)
        self.assertIn("exchanged", disputed.message_ids[0].body)
        with self._on(30), self.mock_mail_gateway():
            reminder = self._remind().filtered(lambda r: r.channel == "email")
        due = reminder.line_ids.filtered("is_due")
        self.assertEqual(set(due.mapped("name")), {disputed.name, other.name})
        steps = {line.name: line.step_id for line in due}
        self.assertEqual(steps[disputed.name], self._step("first"), "it stood since day 0")
        self.assertEqual(steps[other.name], self._step("urgent"))

    def test_dispute_of_a_ticket_stops_its_invoice(self):
        ticket = self._ticket_invoice(self._create_due())
        with self._on(0):
            self._stop("dispute", ticket_id=ticket.id)
        self.assertEqual(self._steps(100), [])

    def test_seen_where_people_look(self):
        """The ticket and the customer say what is agreed, to those who may read it."""
        ticket, other = self._issue_ticket(), self._issue_ticket()
        invoiced = self._ticket_invoice(self._create_due())
        invoice = invoiced.path_ids.move_id
        about_ticket = self._stop("dispute", ticket_id=ticket.id)
        about_invoice = self._stop(
            "promise", user=self.finance, move_id=invoice.id, date_until="2999-12-31"
        )
        self._stop("tickets", user=self.finance)
        tickets = (ticket | other | invoiced).with_user(self.sales)
        texts = dict(zip(tickets.ids, tickets.mapped("reminder_stops"), strict=True))
        self.assertIn(about_ticket.display_name, texts[ticket.id])
        self.assertIn(about_ticket.reason, texts[ticket.id])
        self.assertIn(about_invoice.display_name, texts[invoiced.id])
        self.assertFalse(texts[other.id])
        customer = self.customer.with_env(tickets.env)
        self.assertEqual(customer.reminder_stop_count, 2)
        self.assertIn(about_ticket.reason, customer.reminder_stops)
        self.assertIn(about_invoice.display_name, customer.reminder_stops)
        about_all = self._stop("excluded")
        about_ticket.action_end()
        tickets.invalidate_recordset(["reminder_stops"])
        self.customer.invalidate_recordset(["reminder_stop_count", "reminder_stops"])
        self.assertIn(about_all.display_name, other.with_user(self.sales).reminder_stops)
        self.assertNotIn(about_ticket.display_name, ticket.with_user(self.sales).reminder_stops)
        self.assertEqual(customer.reminder_stop_count, 2)
        self.assertNotIn(about_ticket.display_name, customer.reminder_stops)

    def test_overlapping_stops_count_once(self):
        self._create_due()
        self._steps(1)
        with self._on(5):
            self._stop("promise", date_until=self.DUE + timedelta(days=20))
        with self._on(10):
            self._stop("method", date_until=self.DUE + timedelta(days=25))
        # Stood from day 5 to 25: 21 days; the 15th is day 36.
        self.assertEqual(self._steps(35), [])
        self.assertEqual(self._steps(36), ["Second Reminder"])

    def test_excluded(self):
        self._create_due()
        with self._on(0):
            stop = self._stop("excluded")
        self.assertEqual(self._steps(100), [])
        with self._on(100):
            wizard = self.env["invoice.reminder.wizard"].with_user(self.finance)
            wizard = wizard.browse(wizard.with_company(self.company)._open(self.customer)["res_id"])
            self.assertIn("Excluded", wizard.line_ids.reason)
            self.assertIn("1,130.00", wizard.line_ids.amount, "what waits")
            wizard.line_ids.is_selected = True
            with self.assertRaises(UserError):
                wizard.action_send()
            stop.action_end()
        self.assertEqual(self._steps(101), ["First Reminder"])

    def test_instalments(self):
        """Each instalment has a clock of its own; what was paid pays the earliest."""
        invoice = self._create_due(1000.0)
        day = self.DUE + timedelta(days=5)
        with self._on(5):
            with self.assertRaisesRegex(ValidationError, "come to"):
                self._agree(invoice, {30: 500.0, 60: 500.0})
            self._agree(invoice, {30: 600.0, 60: 530.0})
        self.assertEqual(self._steps(20), [])
        self.assertEqual(self._steps(32), ["Before the Due Date"])
        self._pay(invoice, 600.0, date=day)
        self.assertEqual(self._steps(36), [], "the first instalment is paid")
        with self._on(66), self.mock_mail_gateway():
            reminder = self._remind()
        self.assertEqual(reminder.step_name, "First Reminder")
        self.assertEqual(reminder.line_ids.mapped("amount"), [530.0])

    def test_instalments_of_a_ticket_that_is_invoiced_later(self):
        contract = self._create_active_contract(1130.0)
        ticket = self._create_ticket(contract_id=contract.id, date_due=self.DUE)
        self._issue(ticket)
        with self._on(5):
            self._agree(False, {30: 600.0, 60: 530.0}, ticket_id=ticket.id)
        self.assertEqual(self._steps(20), [])
        invoice = self._create_due()
        ticket.with_user(self.finance).write(
            {"allocation_ids": [Command.create({"move_id": invoice.id, "amount": 1130.0})]}
        )
        self.assertEqual(self._steps(21), [], "the debt is the same, and so is what was agreed")
        with self._on(36), self.mock_mail_gateway():
            reminder = self._remind()
        self.assertEqual(reminder.line_ids.mapped("amount"), [600.0])

    def test_what_was_agreed_gets_no_more_instalments(self):
        invoice = self._create_due()
        with self._on(5):
            stop = self._agree(invoice, {30: 1130.0})
        Instalment = self.env["invoice.reminder.instalment"]
        values = {"stop_id": stop.id, "date": "2026-12-31", "amount": 10.0}
        with self.assertRaisesRegex(UserError, "stays"), self.env.cr.savepoint():
            Instalment.with_user(self.sales).create(values)
        with self.assertRaises(AccessError):
            Instalment.with_user(self.sales2).create(values)
        self.assertEqual(Instalment.search_count([("stop_id", "=", stop.id)]), 1)

    def test_promise_broken_and_renewed(self):
        """Of two promises, one after the other, each stops the clock for its own days."""
        self._create_due()
        self.assertEqual(self._steps(1), ["First Reminder"])
        with self._on(10):
            self._stop("promise", date_until=self.DUE + timedelta(days=12))
        with self._on(14):
            self._stop("promise", date_until=self.DUE + timedelta(days=16))
        # Stood from day 10 to 12 and 14 to 16: the 15th day of the clock is day 21.
        self.assertEqual(self._steps(20), [])
        self.assertEqual(self._steps(21), ["Second Reminder"])

    def _agree(self, invoice, parts, **values):
        return self._stop(
            "instalments",
            user=self.finance,
            move_id=invoice and invoice.id,
            **values,
            instalment_ids=[
                Command.create(
                    {
                        "date": self.DUE + timedelta(days=5 + days),
                        "amount": amount,
                        "currency_id": self.company.currency_id.id,
                    }
                )
                for days, amount in parts.items()
            ],
        )

    def test_reply_pauses_and_tells_the_owner(self):
        self._create_due()
        with self._on(1), self.mock_mail_gateway():
            reminder = self._remind()
        self._receive_reply(reminder)
        self._receive_reply(reminder)
        stop = self.Stop.search([("partner_id", "=", self.customer.id)])
        self.assertRecordValues(stop, [{"kind": "reply", "reminder_id": reminder.id}])
        activity = self.customer.activity_ids
        self.assertEqual(activity.user_id, self.sales)
        self.assertIn(f"/odoo/reminders-sent/{reminder.id}", activity.note)
        today = (stop.date_from - self.DUE).days
        self.assertEqual(self._steps(today + 100), [])
        with self._on(today + 100):
            stop.with_user(self.sales).action_end()
        self.assertTrue(self._steps(today + 130))

    def _receive_reply(self, reminder):
        message = reminder.sent_message_id
        mail = (
            f"From: {self.customer.email}\nTo: catchall@test.example.com\n"
            f"Subject: Re: payment\nIn-Reply-To: {message.message_id}\n"
            f"Message-Id: <{next(self.numbers)}@customer.example.com>\n"
            "Content-Type: text/plain\n\nWe shall pay."
        )
        with self.mock_mail_gateway():
            # Superuser mode, as the mail server has.
            self.env["mail.thread"].sudo().message_process(None, mail)

    def test_what_colleagues_write_is_no_answer(self):
        self._create_due()
        with self._on(1), self.mock_mail_gateway():
            reminder = self._remind()
        reminder.with_env(self.env).with_user(self.sales).message_post(
            body="Called them", message_type="comment"
        )
        self.assertFalse(self.Stop.search([("partner_id", "=", self.customer.id)]))

    def test_merged_customer(self):
        """What was said and agreed moves along."""
        self._create_due()
        with self._on(1), self.mock_mail_gateway():
            reminder = self._remind()
        stop = self._stop("dispute")
        target = self._create_customer("Stays", email="stays@customer.example.com")
        self.customer.vat = False
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.customer | target).ids, target)
        self.assertEqual((reminder | reminder).partner_id, target)
        self.assertEqual(stop.partner_id, target)
        with self._on(300), self.mock_mail_gateway():
            stop.sudo().action_end()
            self.assertTrue(self._remind(target))

    def test_archived_customer(self):
        self._create_due()
        self.customer.active = False
        with self._on(1), self.mock_mail_gateway():
            reminder = self._remind()
        self.assertEqual(reminder.state, "failed")
        self.assertIn("archived", reminder.error)

    def test_input(self):
        invoice = self._create_due()
        other = self._create_customer("Other")
        strange = self._create_due(partner_id=other.id)
        with self._on(1):
            for values, says in (
                ({"kind": "promise"}, "Enter the day"),
                ({"kind": "promise", "date_until": self.DUE}, "past"),
                ({"kind": "dispute", "reason": "  "}, "reason"),
                ({"kind": "dispute", "move_id": strange.id}, "is not of"),
                ({"kind": "instalments", "move_id": invoice.id}, "instalments"),
            ):
                with self.subTest(says), self.assertRaisesRegex(ValidationError, says):
                    self._stop(values.pop("kind"), user=self.finance, **values)

    def test_rights(self):
        self._create_due()
        with self.assertRaises(AccessError):
            self._stop("dispute", user=self.sales2)
        with self.assertRaises(AccessError):
            self._stop("dispute", user=self.auditor)
        with self.assertRaisesRegex(UserError, "Only finance"):
            self._stop("tickets")
        stop = self._stop("dispute")
        with self.assertRaises(AccessError):
            stop.reason = "Something else"
        with self.assertRaises(AccessError):
            stop.with_user(self.sales2).action_end()
        with self.assertRaises(AccessError):
            stop.with_user(self.auditor).action_end()
        stop.with_user(self.lead).action_end()
        self.assertEqual(stop.ended_by_id, self.lead)
