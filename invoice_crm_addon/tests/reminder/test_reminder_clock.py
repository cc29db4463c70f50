import os
import random
from collections import defaultdict
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import tagged

from .test_reminder_job import JobCommon

#: Days that the clock test runs; more on demand.
DAYS = int(os.environ.get("REMINDER_CLOCK_DAYS", 60))


@tagged("post_install", "-at_install")
class TestReminderClock(JobCommon):
    """Day by day, with payments, stops, replies, jobs that stood and runs that died.

    Payments are matched with invoices, name them without an entry, pay tickets that have none, or
    stand on account, with an entry or without one, to be matched later. What should have left is
    counted beside it, item by item, by the plain rule.
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
        self.on_account, self.expected_credits = defaultdict(list), {}
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
            self.world[invoice] = {"due": due, "pauses": [], "stop": None, "named": 0.0}
        self._receive(today)
        open_ = self._get_open()
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

    def _receive(self, today):
        """Money comes in, in one of the ways in which it does."""
        open_, roll = self._get_open(), self.dice.random()
        amount = float(self.dice.randint(1, 600))
        values = {"date": today, "partner_id": self.dice.choice(self.customers).id}
        create = self.dice.choice((self._create_payment, self._create_bare))
        if roll < 0.1 and open_:
            invoice, amount = self._choose_part(open_)
            self._pay(invoice, amount, date=today, partner_id=invoice.partner_id.id)
        elif roll < 0.15 and open_:
            invoice, amount = self._choose_part(open_)
            named = {"partner_id": invoice.partner_id.id, "invoice_ids": [Command.link(invoice.id)]}
            self._create_bare(amount, date=today, **named)
            self.world[invoice]["named"] += amount
        elif roll < 0.19:
            self._ticket_payment(create(amount=amount, **values))
        elif roll < 0.25:
            payment = create(amount=amount, **values)
            self.on_account[payment.partner_id].append(payment)
        elif roll < 0.35 and open_:
            invoice = self.dice.choice(open_)
            on_account = self.on_account[invoice.partner_id]
            # What is used up as a whole pays nothing more.
            booked = [p for p in on_account if p.move_id and not p.is_reconciled]
            if booked and not self.world[invoice]["named"]:
                self._reconcile(invoice, self.dice.choice(booked))

    def _choose_part(self, invoices):
        invoice = self.dice.choice(invoices)
        return invoice, round(self._get_amount(invoice) * self.dice.choice((1.0, 0.5)), 2)

    def _get_open(self):
        return [invoice for invoice in self.world if self._get_amount(invoice)]

    def _get_amount(self, invoice):
        left = invoice.amount_residual - self.world[invoice]["named"]
        return max(invoice.currency_id.round(left), 0.0)

    def _get_credit(self, customer):
        payments = self.env["account.payment"].union(*self.on_account[customer])
        items = payments.move_id.line_ids
        items = items.filtered(lambda item: item.account_type == "asset_receivable")
        bare = payments.filtered(lambda payment: not payment.move_id)
        return sum(bare.mapped("amount")) - sum(items.mapped("amount_residual"))

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
        reached = defaultdict(dict)
        for invoice in self._get_open():
            if step := self._get_step(invoice, today):
                reached[invoice.partner_id][invoice] = step
        for customer, steps in reached.items():
            credit, currency = self._get_credit(customer), self.company.currency_id
            total = sum(map(self._get_amount, steps))
            if currency.compare_amounts(credit, total) >= 0:
                continue
            due = {
                invoice: step
                for invoice, step in steps.items()
                if not any(done >= step for done, _amount, _day in self.expected[invoice])
            }
            for invoice, step in due.items():
                self.expected[invoice].append((step, self._get_amount(invoice), today))
            if due and credit:
                self.expected_credits[customer, today] = -currency.round(credit)

    def _get_step(self, invoice, today):
        """Days of the step that an invoice has reached; none while its clock stands."""
        facts = self.world[invoice]
        agreed = [*facts["pauses"], *self.replies[invoice.partner_id]]
        if any(a <= today and (b is None or today <= b) for a, b in agreed):
            return None
        late = (today - facts["due"]).days
        late -= sum(
            any(a <= facts["due"] + timedelta(days=d) <= (b or today) for a, b in agreed)
            for d in range(1, late + 1)
        )
        return max((step for step in self.steps if step <= late), default=None)

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
        credits = {
            (line.reminder_id.partner_id, line.reminder_id.date): line.amount
            for line in reminders.line_ids.filtered("is_credit")
        }
        self.assertEqual(credits, self.expected_credits)
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
