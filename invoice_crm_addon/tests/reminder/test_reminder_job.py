import os
import random
from collections import defaultdict
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MailCase

from .common import ReminderCommon

#: Days that the clock test runs; more on demand.
DAYS = int(os.environ.get("REMINDER_CLOCK_DAYS", 60))
LETTERS = "odoo.addons.invoice_crm_addon.models.mail.customer_letter_mixin"
PREPARING = "odoo.addons.invoice_crm_addon.models.reminder.reminder_preparing"


class JobCommon(ReminderCommon, MailCase):
    def _run_job(self):
        """The job as it runs every day, without its commits."""
        with patch.object(
            self.registry["ir.cron"], "_commit_progress", lambda *args, **kwargs: 600.0
        ):
            self.Reminder.with_user(self.env.ref("base.user_root"))._cron_remind()

    def _sent(self, customers):
        domain = [("partner_id", "in", customers.ids), ("channel", "=", "email")]
        return self.Reminder.search(domain).filtered(lambda r: r.state in ("ready", "sent"))


@tagged("post_install", "-at_install")
class TestReminderJob(JobCommon):
    """The job: only where it is wanted, once, and whatever goes wrong with one."""

    def test_off_until_switched_on(self):
        self._create_due()
        with self._on(1), self.mock_mail_gateway():
            self._run_job()
            self.assertFalse(self._sent(self.customer))
            self.plan.automatic_company_ids = self.company
            self._run_job()
            self._run_job()
        reminder = self._sent(self.customer)
        self.assertRecordValues(reminder, [{"is_automatic": True, "sender_id": self.sales.id}])
        self.assertEqual(len(self.Reminder.search([("partner_id", "=", self.customer.id)])), 1)

    def test_day_where_the_company_works(self):
        """In the evening in Greenwich the next day has begun in Shanghai."""
        self.plan.wait_days = 0
        self.plan.automatic_company_ids = self.company
        self.company.partner_id.tz = "Asia/Shanghai"
        self.env.ref("base.user_root").tz = False
        self._create_due()
        for moment in ("2026-03-31 15:00", "2026-03-31 17:00"):
            with freeze_time(moment), self.mock_mail_gateway():
                self._run_job()
        reminders = self._sent(self.customer).sorted("date")
        self.assertEqual(
            [str(day) for day in reminders.mapped("date")], ["2026-03-31", "2026-04-01"]
        )
        self.assertEqual(reminders.mapped("step_name")[-1], "First Reminder")

    def test_days_between(self):
        self.plan.automatic_company_ids = self.company
        self._create_due()
        self._create_due(due=self.DUE + timedelta(days=1))
        for days, count in ((1, 1), (2, 1), (3, 1), (4, 2)):
            with self._on(days), self.mock_mail_gateway():
                self._run_job()
            self.assertEqual(len(self._sent(self.customer)), count, days)

    def test_prepared_before_the_crash_is_sent_after_it(self):
        """Written down, then the run died: the next one sends what it left, once."""
        self.plan.automatic_company_ids = self.company
        self._create_due()
        with self._on(1), self.mock_mail_gateway():
            with (
                patch.object(
                    self.registry["invoice.reminder"], "_deliver", side_effect=KeyboardInterrupt
                ),
                self.assertRaises(KeyboardInterrupt),
            ):
                self._run_job()
            self._run_job()
            self._run_job()
            self.assertEqual(len(self._mails), 1)

    @mute_logger(LETTERS)
    def test_error_after_the_mail_was_made(self):
        """What was handed to the outbox goes back with it."""
        self._create_due()
        write = self.registry["invoice.reminder"].write

        def fail_once(records, vals):
            if vals.get("state") == "ready":
                raise ValueError("Killed")
            return write(records, vals)

        mails = self.env["mail.mail"].search_count([])
        with self._on(1):
            with patch.object(self.registry["invoice.reminder"], "write", fail_once):
                reminder = self._remind()
            self.assertEqual(reminder.state, "failed")
            self.assertEqual(self.env["mail.mail"].search_count([]), mails)
            reminder.with_user(self.sales).action_send()
        self.assertEqual(reminder.state, "ready")

    @mute_logger(PREPARING)
    def test_one_bad_customer_stops_nobody(self):
        self.plan.automatic_company_ids = self.company
        bad = self._create_customer("Bad", email="bad@customer.example.com")
        self._create_due()
        self._create_due(partner_id=bad.id)
        Reminder = self.registry["invoice.reminder"]
        prepare = Reminder._prepare_values

        def fail(records, clock, due, again, is_automatic):
            if due.customer == bad:
                raise ValueError("Bad")
            return prepare(records, clock, due, again, is_automatic)

        with self._on(1), self.mock_mail_gateway(), patch.object(Reminder, "_prepare_values", fail):
            self._run_job()
        self.assertEqual(self._sent(self.customer | bad).partner_id, self.customer)

    def test_as_cron(self):
        self.plan.automatic_company_ids = self.company
        self._create_due()
        cron = self.env.ref("invoice_crm_addon.ir_cron_reminder")
        with self._on(1), self.mock_mail_gateway(), self.enter_registry_test_mode():
            cron.method_direct_trigger()
            cron.method_direct_trigger()
        self.assertEqual(len(self._sent(self.customer)), 1)

    def test_queries_do_not_grow(self):
        """Preparing forty customers costs as many queries as preparing four, and their rows."""
        customers = self.env["res.partner"]
        for index in range(44):
            customers |= self._create_customer(f"C{index}", email=f"c{index}@c.example.com")
        for customer in customers:
            self._create_due(partner_id=customer.id)
        counts = []
        with self._on(1):
            for batch in (customers[:4], customers[4:]):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                reminders = self.Reminder._prepare_reminders(self.company, batch)
                self.env.flush_all()
                counts.append(self.env.cr.sql_log_count - before)
                self.assertEqual(len(reminders), len(batch))
        self.assertLessEqual(counts[1], counts[0] + 10, counts)


@tagged("post_install", "-at_install")
class TestReminderClock(JobCommon):
    """Day by day, with payments, stops, replies, jobs that stood and runs that died.

    What should have left is counted beside it, item by item, by the plain rule.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan.write({"automatic_company_ids": [(4, cls.company.id)], "wait_days": 0})
        for name in ("second", "urgent", "last"):
            step = cls.env.ref(f"invoice_crm_addon.reminder_step_{name}")
            step.write({"by_alert": False, "by_activity": False, "by_letter": False})
            step.write({"proposes_cancelling": False, "blocks_tickets": False})
        cls.customers = cls.customer.union(
            *(cls._create_customer(f"C{i}", email=f"c{i}@c.example.com") for i in range(4))
        )
        cls.steps = sorted(cls.plan.step_ids.mapped("days"))

    def test_clock(self):
        seed = int(os.environ.get("REMINDER_CLOCK_SEED", 15))
        self.dice = random.Random(seed)
        # Of each invoice: due date, customer, what is open, paused intervals, days of steps.
        self.world, self.expected = {}, defaultdict(list)
        self.replies = defaultdict(list)
        for day in range(DAYS):
            with self.subTest(day=day, seed=seed), self._on(day), self.mock_mail_gateway():
                self._live(day)
                if self.dice.random() < 0.8:
                    self._expect(day)
                    self._run_with_crashes()
        self._compare()

    # === WHAT HAPPENS === #

    def _live(self, day):
        today = self.DUE + timedelta(days=day)
        if self.dice.random() < 0.25:
            customer = self.dice.choice(self.customers)
            due = today + timedelta(days=self.dice.randint(-20, 10))
            invoice = self._create_invoice(
                partner_id=customer.id,
                price=self.dice.randint(1, 900),
                invoice_date=min(due, today),
                invoice_date_due=due,
            )
            self.world[invoice] = {"due": due, "pauses": [], "stop": None}
        open_ = [i for i in self.world if i.amount_residual]
        if open_ and self.dice.random() < 0.1:
            invoice = self.dice.choice(open_)
            part = self.dice.choice((1.0, 0.5))
            self._pay(invoice, round(invoice.amount_residual * part, 2), date=today)
        if open_ and self.dice.random() < 0.15:
            self._stop_one(self.dice.choice(open_), today)
        reminders = self._sent(self.customers)
        if reminders and self.dice.random() < 0.05:
            self._answer(self.dice.choice(reminders), today)
        for facts in self.world.values():
            stop = facts["stop"]
            if stop and not stop.date_until and self.dice.random() < 0.1:
                stop.action_end()
                facts["pauses"][-1][1] = today - timedelta(days=1)
                facts["stop"] = None

    def _stop_one(self, invoice, today):
        facts = self.world[invoice]
        kind = self.dice.choice(("promise", "dispute", "excluded"))
        until = today + timedelta(days=self.dice.randint(1, 12)) if kind == "promise" else False
        if facts["stop"] and not facts["stop"].date_until:
            return
        facts["stop"] = self._stop(
            kind,
            user=self.finance,
            partner_id=invoice.partner_id.id,
            move_id=invoice.id,
            date_until=until,
        )
        facts["pauses"].append([today, until or None])

    def _answer(self, reminder, today):
        """The customer answers; the owner resumes after three days."""
        reminder._pause_for_reply(reminder.sent_message_id)
        stop = self.Stop.search(
            [("partner_id", "=", reminder.partner_id.id), ("kind", "=", "reply")], limit=1
        )
        last = today + timedelta(days=2)
        if stop.date_from == today and not stop.ended_on:
            with freeze_time(last + timedelta(days=1)):
                stop.action_end()
            self.replies[reminder.partner_id].append((today, last))

    def _run_with_crashes(self):
        """Some runs die after an e-mail was made; that transaction is lost, and run again."""
        deliver = self.registry["invoice.reminder"]._deliver_email
        dice = self.dice

        class Killed(BaseException):
            pass

        def die(reminder):
            deliver(reminder)
            if dice.random() < 0.3:
                raise Killed

        if dice.random() < 0.3:
            Reminder = self.registry["invoice.reminder"]
            try:
                with self.env.cr.savepoint(), patch.object(Reminder, "_deliver_email", die):
                    self._run_job()
            except Killed:
                self.env.invalidate_all()
        self._run_job()

    # === WHAT SHOULD HAPPEN === #

    def _expect(self, day):
        today = self.DUE + timedelta(days=day)
        for invoice, facts in self.world.items():
            agreed = [*facts["pauses"], *self.replies[invoice.partner_id]]
            pauses = [(a, b or today) for a, b in agreed]
            is_stopped = any(a <= today and (b is None or today <= b) for a, b in agreed)
            if not invoice.amount_residual or is_stopped:
                continue
            late = (today - facts["due"]).days
            late -= sum(
                any(a <= facts["due"] + timedelta(days=d) <= b for a, b in pauses)
                for d in range(1, late + 1)
            )
            reached = [step for step in self.steps if step <= late]
            done = self.expected[invoice]
            if reached and not any(step >= reached[-1] for step, _amount, _day in done):
                done.append((reached[-1], invoice.amount_residual, today))

    def _compare(self):
        reminders = self._sent(self.customers)
        sent = defaultdict(list)
        for reminder in reminders:
            self.assertEqual(reminder.sent_message_id.partner_ids, reminder.partner_id)
            self.assertEqual(reminder.line_ids.move_id.partner_id, reminder.partner_id)
        for line in reminders.line_ids.filtered("is_due").sorted("id"):
            day = line.reminder_id.date
            sent[line.move_id].append((line.step_id.days, line.amount, day))
        self.assertEqual(dict(sent), {i: e for i, e in self.expected.items() if e})
        messages = reminders.sent_message_id
        self.assertEqual(len(messages), len(reminders))
        mails = self.env["mail.message"].search_count(
            [
                ("model", "=", "invoice.reminder"),
                ("message_type", "=", "comment"),
                ("res_id", "in", reminders.ids),
            ]
        )
        self.assertEqual(mails, len(reminders))
        days = [(r.partner_id, r.date) for r in reminders]
        self.assertEqual(len(days), len(set(days)), "one message a day")
