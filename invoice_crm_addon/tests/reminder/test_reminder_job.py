from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MailCase

from .common import ReminderCommon

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

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_nights_without_a_mail_server(self):
        """What failed is tried once a day, is told once, and nobody gets the rest again."""
        self.plan.automatic_company_ids = self.company
        self._step("first").by_activity = True
        self._create_due()
        for days in (1, 2, 3):
            with (
                self._on(days),
                self._no_mail_server(),
            ):
                self._run_job()
                self.Reminder._note_outcomes()
                self._run_job()
        reminders = self.Reminder.search([("partner_id", "=", self.customer.id)])
        email = reminders.filtered(lambda r: r.channel == "email")
        facts = {"state": "failed", "failures": 3, "date": self.DUE + timedelta(days=3)}
        self.assertRecordValues(email, [facts])
        self.assertRecordValues(reminders - email, [{"channel": "activity", "state": "sent"}])
        told = self.env.ref("invoice_crm_addon.mail_activity_type_reminder_failed")
        domain = [("activity_type_id", "=", told.id), ("user_id", "=", self.sales.id)]
        activity = self.env["mail.activity"].search(domain)
        self.assertRecordValues(activity, [{"res_id": email.id, "res_model": email._name}])
        self.assertIn(self.customer.name, activity.note)
        overview = self.env["invoice.worklist"].with_user(self.sales).get_overview()
        lists = {row["key"]: row for section in overview["sections"] for row in section["lists"]}
        self.assertEqual(lists["failed_reminders"]["count"], 1)
        with self._on(4), self.mock_mail_gateway():
            self._run_job()
            self._run_job()
            self.assertEqual(len(self._mails), 1)
        self.assertRecordValues(email, [{"state": "sent", "error": False}])
        self.assertFalse(activity.exists())
        with self._on(5), self.mock_mail_gateway():
            self._run_job()
            self.assertFalse(self._mails)
        self.assertEqual(self.Reminder.search([("partner_id", "=", self.customer.id)]), reminders)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_failed_until_the_next_level(self):
        """What somebody sent by hand is tried again too; at the next level it is the next one."""
        self._create_due()
        with self._on(1), self._no_mail_server():
            reminder = self._remind(user=self.sales)
            reminder.sudo().own_body = "<p>Our first words</p>"
            self.Reminder._note_outcomes()
        self.assertEqual(reminder.state, "failed")
        mails = reminder.sudo().sent_message_id.mail_ids
        self.assertEqual(mails.mapped("state"), ["exception"])
        with self._on(2), self._no_mail_server():
            self._run_job()
            self.Reminder._note_outcomes()
        self.assertEqual(mails.mapped("state"), ["cancel"], "it must not leave later as well")
        self.assertRecordValues(reminder, [{"failures": 2, "sender_id": self.sales.id}])
        self.assertIn("Our first words", reminder.own_body, "tried again as it was written")
        self.plan.automatic_company_ids = self.company
        second = self._step("second")
        with self._on(second.days), self.mock_mail_gateway():
            self._run_job()
        email = self.Reminder.search(
            [("partner_id", "=", self.customer.id), ("channel", "=", "email")]
        )
        facts = {"id": reminder.id, "step_id": second.id, "own_body": False}
        self.assertRecordValues(email, [facts])
        self.assertEqual(email.line_ids.step_id, second)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_activity_stays_as_long_as_one_is_failed(self):
        """Also for who answers for customers as the holder of their contracts or documents."""
        other = self._create_customer("Other", email="other@example.com")
        (self.customer | other).user_id = False
        self._create_due()
        self._create_due(partner_id=other.id)
        with self._on(1), self._no_mail_server():
            self._remind(user=self.finance)
            self._remind(other, user=self.finance)
            self.Reminder._note_outcomes()
        failed = self.Reminder.search([("state", "=", "failed")])
        self.assertEqual(len(failed), 2)
        type_id = self.Reminder._get_failure_type_id()
        activity = self.env["mail.activity"].search([("activity_type_id", "=", type_id)])
        self.assertEqual(len(activity), 1)
        failed[0].with_user(self.finance).action_cancel()
        self.assertTrue(activity.exists())
        failed[1].with_user(self.finance).action_cancel()
        self.assertFalse(activity.exists())

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_failure_is_noted_without_the_type_of_activity(self):
        self.env.ref("invoice_crm_addon.mail_activity_type_reminder_failed").unlink()
        self._create_due()
        with self._on(1), self._no_mail_server():
            reminder = self._remind(user=self.sales)
            self.Reminder._note_outcomes()
        self.assertRecordValues(reminder, [{"state": "failed", "failures": 1}])

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_failed_and_paid_waits_for_nobody(self):
        """Neither on the home page nor in the activities of who is in charge."""
        invoice = self._create_due()
        with self._on(1), self._no_mail_server():
            reminder = self._remind(user=self.sales)
            self.Reminder._note_outcomes()
            self._pay(invoice)
        self.assertRecordValues(reminder, [{"state": "failed", "failures": 1}])
        activities = reminder.sudo().activity_ids
        self.assertEqual(activities.user_id, self.sales)
        with self._on(2), self.mock_mail_gateway():
            self._run_job()
            self.assertFalse(self._mails)
        self.assertEqual(reminder.state, "cancelled")
        self.assertFalse(activities.exists())

    def test_returned_is_tried_at_another_address_only(self):
        self.plan.automatic_company_ids = self.company
        self._create_due()
        with self._on(1), self.mock_mail_gateway():
            self._run_job()
        reminder = self._sent(self.customer)
        reminder.with_env(self.env)._message_receive_bounce(
            self.customer.email, self.env["res.partner"]
        )
        for days, email, count in ((2, self.customer.email, 0), (3, "new@c.example.com", 1)):
            self.customer.email = email
            with self._on(days), self.mock_mail_gateway():
                self._run_job()
                self.assertEqual(len(self._mails), count, email)

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
                self.env.transaction.reset()
                before = self.env.cr.sql_log_count
                reminders = self.Reminder._prepare_reminders(self.company, batch)
                self.env.flush_all()
                counts.append(self.env.cr.sql_log_count - before)
                self.assertEqual(len(reminders), len(batch))
        self.assertLessEqual(counts[1], counts[0] + 10, counts)
