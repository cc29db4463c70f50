from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from lxml import html

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged, users
from odoo.tools import mute_logger

from odoo.addons.mail.models.mail_mail import MailMail

from ...models.approval import approval_notice
from ...models.base.proof import proven
from .test_approval import ApprovalCommon


class NoticeCommon(ApprovalCommon):
    """Runs the jobs of the approvals, and looks at who was told what."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["invoice.approval.notice"].search([]).unlink()
        cls.people = (
            cls.sales | cls.colleague | cls.lead | cls.approver | cls.manager | cls.outsider
        )
        cls.env["res.lang"]._activate_lang("en_US")
        cls.people.write({"notification_type": "inbox", "lang": "en_US"})

    def _run_cron(self, name):
        """Run a job of the module: what it commits stays in the transaction of the test."""
        cron = self.env.ref(f"invoice_crm_addon.ir_cron_approval_{name}")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()

    def _collect(self):
        """Send what waits.

        :return: the messages that this made, each with the people told
        :rtype: mail.message
        """
        known = self._get_messages()
        self._run_cron("notices")
        return self._get_messages() - known

    def _get_messages(self):
        return self.env["mail.message"].search(
            [("message_type", "=", "user_notification")], order="id"
        )

    def assertTold(self, *expected):
        """Send what waits: exactly these people get a message, one each.

        :param expected: pairs of a user and a word of the subject
        """
        told = [
            (partner.user_ids, message.subject)
            for message in self._collect()
            for partner in message.notified_partner_ids
        ]
        self.assertEqual(
            sorted(user.login for user, _subject in told),
            sorted(user.login for user, _word in expected),
        )
        for user, word in expected:
            self.assertTrue(any(user == who and word in text for who, text in told), (user, told))

    def _get_notices(self):
        return self.env["invoice.approval.notice"].search([])


@tagged("post_install", "-at_install")
class TestApprovalNotice(NoticeCommon):
    """Each person concerned is told once, nobody else."""

    def test_each_stage_is_told_at_its_turn(self):
        request = self._start(self.approver | self.lead, self.manager)
        self.assertTold((self.approver, "Please approve"), (self.lead, "Please approve"))
        self._decide(request, self.lead)
        self.assertTold((self.manager, "Please approve"))
        self._decide(request, self.manager)
        self.assertTold((self.sales, "Approved"))
        self.assertTold()

    def test_whoever_acts_is_not_told(self):
        request = self._start(self.lead, self.lead | self.manager)
        self._collect()
        self._decide(request, self.lead)
        self.assertTold((self.manager, "Please approve"))
        self._decide(request, self.lead)
        self.assertTold((self.sales, "Approved"))

    def test_rejection_is_told_with_its_reason(self):
        request = self._start(self.approver)
        self._collect()
        request.with_user(self.approver).action_reject("The title is wrong")
        message = self._collect()
        self.assertEqual(message.notified_partner_ids, self.sales.partner_id)
        self.assertEqual(message.author_id, self.approver.partner_id)
        self.assertIn("The title is wrong", message.body)
        self.assertEqual((message.model, message.res_id), (request.res_model, request.res_id))

    def test_owner_is_told_what_others_submitted(self):
        ticket = self._create_ticket()
        self._create_flow("invoice.ticket", [self.approver])
        ticket.with_user(self.lead).action_submit()
        self._collect()
        self._decide(ticket.approval_request_id, self.approver)
        self.assertTold((self.lead, "Approved"), (self.sales, "Approved"))

    def test_withdrawal_is_told_to_those_who_have_not_decided(self):
        people = self.approver | self.lead | self.manager
        request = self._start({"user_ids": [Command.set(people.ids)], "rule": "all"}, self.outsider)
        self._collect()
        self._decide(request, self.lead)
        request.with_user(self.sales).action_withdraw("Mistake")
        self.assertTold((self.approver, "Withdrawn"), (self.manager, "Withdrawn"))

    def test_withdrawal_of_what_nobody_heard_of_is_not_told(self):
        request = self._start(self.approver)
        request.with_user(self.sales).action_withdraw("Mistake")
        self.assertTold()
        self.assertFalse(self._get_notices())

    def test_submitting_again_is_told_in_one_message(self):
        request = self._start(self.approver)
        self._collect()
        request.with_user(self.sales).action_withdraw("Mistake")
        self._submit(self._get_document(request))
        self.assertTold((self.approver, "Please approve"))

    def test_what_was_decided_meanwhile_is_not_told(self):
        request = self._start(self.approver | self.lead, self.manager)
        self._decide(request, self.approver)
        self.assertTold((self.manager, "Please approve"))

    def test_who_was_replaced_meanwhile_is_not_told(self):
        request = self._start(self.approver)
        request.with_user(self.approver).action_transfer(self.outsider.id, "Holiday")
        self.assertTold((self.outsider, "Please approve"))

    def test_who_was_archived_meanwhile_is_not_told(self):
        self._start(self.approver | self.lead)
        self.approver.active = False
        self.assertTold((self.lead, "Please approve"))

    def test_return_asks_again_and_says_why(self):
        request = self._start(self.approver, self.lead)
        self._decide(request, self.approver)
        self._collect()
        step = request.step_ids[0]
        request.with_user(self.lead).action_return("Check the bank account", step.id)
        message = self._collect()
        self.assertEqual(message.notified_partner_ids, self.approver.partner_id)
        self.assertIn("Check the bank account", message.body)

    def test_delegate_is_told_for_whom(self):
        self.env["invoice.approval.delegation"].create(
            {
                "user_id": self.approver.id,
                "delegate_id": self.lead.id,
                "date_from": fields.Date.today() - timedelta(days=1),
                "date_to": fields.Date.today() + timedelta(days=1),
            }
        )
        request = self._start(self.approver)
        self.assertEqual(request.waiting_user_ids, self.lead)
        message = self._collect()
        self.assertEqual(message.notified_partner_ids, self.lead.partner_id)
        self.assertIn(self.approver.name, message.body)

    def test_followers_are_not_told_and_approvers_do_not_follow(self):
        ticket = self._create_ticket()
        ticket.message_subscribe(self.outsider.partner_id.ids)
        followers = ticket.message_partner_ids
        request = self._start(self.approver, self.lead, document=ticket)
        self.assertTold((self.approver, "Please approve"))
        self._decide(request, self.approver)
        self.assertTold((self.lead, "Please approve"))
        self._decide(request, self.lead)
        self.assertTold((self.sales, "Approved"))
        self.assertEqual(ticket.message_partner_ids, followers)

    def test_messages_stay_out_of_the_discussion_of_the_document(self):
        request = self._start(self.approver)
        self._collect()
        messages = self._get_document(request).message_ids
        self.assertFalse(messages.filtered(lambda m: m.message_type == "user_notification"))

    def test_200_requests_are_one_message(self):
        self._create_flow("invoice.ticket", [self.approver])
        tickets = self.env["invoice.ticket"].create(
            [self._prepare_ticket_values() for _index in range(200)]
        )
        tickets.with_user(self.sales).action_submit()
        message = self._collect()
        self.assertEqual(len(message), 1)
        body = html.fromstring(message.body)
        names = [ticket.name for ticket in tickets if ticket.name in message.body]
        self.assertEqual(len(names), 30)
        self.assertIn("170 more", " ".join(body.text_content().split()))
        links = [link.get("href") for link in body.iter("a")]
        self.assertEqual(sum("decision=approve" in link for link in links), 30)
        self.assertTrue(links[-1].endswith("/odoo/tickets-to-approve"), links[-1])
        tickets.with_user(self.approver).action_approve()
        message = self._collect()
        self.assertEqual(len(message), 1)
        self.assertIn("/odoo/my-approval-requests", message.body)

    def test_companies_are_told_apart(self):
        self.approver.company_ids |= self.company_other
        self._start(self.approver)
        ticket = self._create_ticket(company_id=self.company_other.id, user_id=self.manager.id)
        self.manager.company_ids |= self.company_other
        self._create_flow("invoice.ticket", [self.approver], company_id=self.company_other.id)
        self._submit(ticket)
        messages = self._collect()
        self.assertEqual(len(messages), 2)
        self.assertEqual(messages.record_company_id, self.company | self.company_other)

    @users("ticket_sales", "ticket_manager")
    def test_nobody_writes_notices(self):
        Notice = self.env["invoice.approval.notice"]
        self.assertFalse(Notice.has_access("create"))
        self.assertFalse(Notice.has_access("write"))
        self.assertFalse(Notice.has_access("unlink"))


@tagged("post_install", "-at_install")
class TestApprovalNoticeRemind(NoticeCommon):
    """The button with which a requester reminds people."""

    def test_exactly_those_who_wait_are_reminded(self):
        people = self.approver | self.lead
        request = self._start({"user_ids": [Command.set(people.ids)], "rule": "all"}, self.manager)
        self._collect()
        self._decide(request, self.lead)
        request.with_user(self.sales).action_remind()
        self.assertTold((self.approver, "Reminder"))

    def test_reminder_and_first_message_are_one(self):
        request = self._start(self.approver)
        request.with_user(self.sales).action_remind()
        self.assertTold((self.approver, "Reminder"))

    def test_once_an_hour(self):
        request = self._start(self.approver)
        now = fields.Datetime.now()
        with freeze_time(now):
            request.with_user(self.sales).action_remind()
        for minutes, is_able in ((0, False), (59, False), (60, True)):
            with self.subTest(minutes), freeze_time(now + timedelta(minutes=minutes)):
                request.invalidate_recordset(["can_remind"])
                self.assertEqual(request.with_user(self.sales).can_remind, is_able)
        with freeze_time(now + timedelta(minutes=59)), self.assertRaisesRegex(Exception, "hour"):
            request.with_user(self.sales).action_remind()

    def test_activity_that_was_marked_as_done_comes_back(self):
        request = self._start(self.approver)
        proven(self._get_activities(request).with_user(self.approver)).action_done()
        self.assertFalse(self._get_activities(request))
        request.with_user(self.sales).action_remind()
        self.assertWaitsFor(request, self.approver)


@tagged("post_install", "-at_install")
class TestApprovalNoticeFailure(NoticeCommon):
    """A message that cannot be made or sent stops no other one, and is tried again."""

    def setUp(self):
        super().setUp()
        self.enterContext(
            mute_logger("odoo.addons.invoice_crm_addon.models.approval.approval_notice")
        )

    def _run_later(self, notice):
        with freeze_time(notice.date_retry + timedelta(minutes=1)):
            self._run_cron("notices")

    @contextmanager
    def _break_rows(self, bad):
        """Let the row of some requests fail."""
        Request = self.registry["invoice.approval.request"]
        origin = Request._get_notice_values

        def get_values(request, *args):
            if request in bad:
                raise ValueError("Broken")
            return origin(request, *args)

        with patch.object(Request, "_get_notice_values", get_values):
            yield

    def test_bad_request_is_left_out_of_the_message(self):
        self._create_flow("invoice.ticket", [self.approver])
        tickets = self._create_ticket() | self._create_ticket() | self._create_ticket()
        tickets.with_user(self.sales).action_submit()
        bad = tickets[1].approval_request_id
        with self._break_rows(bad):
            message = self._collect()
        self.assertEqual(len(message), 1)
        self.assertNotIn(bad.name, message.subject + message.body)
        for ticket in tickets[0] | tickets[2]:
            self.assertIn(ticket.name, message.body)
        notice = self._get_notices()
        self.assertRecordValues(notice, [{"request_id": bad.id, "tries": 1}])
        self.assertFalse(self._collect(), "It is too early to try again.")
        self._run_later(notice)
        self.assertIn(bad.name, self._get_messages()[-1].body)
        self.assertFalse(self._get_notices())

    def test_bad_person_stops_nobody(self):
        self._start(self.approver | self.lead)
        partner = self.approver.partner_id
        Letter = self.registry["invoice.approval.letter"]
        notify = Letter.message_notify

        def message_notify(letter, **values):
            if partner.id in values["partner_ids"]:
                raise ValueError("Broken")
            return notify(letter, **values)

        with patch.object(Letter, "message_notify", message_notify):
            self.assertTold((self.lead, "Please approve"))
        self.assertRecordValues(self._get_notices(), [{"user_id": self.approver.id, "tries": 1}])
        self.assertTold()

    def test_person_whose_news_cannot_be_told_apart_stops_nobody(self):
        self._start(self.approver | self.lead)
        Notice = self.registry["invoice.approval.notice"]
        sort_out = Notice._sort_out

        def _sort_out(notices):
            if notices.user_id == self.approver:
                raise KeyError("model.that.is.gone")
            return sort_out(notices)

        with patch.object(Notice, "_sort_out", _sort_out):
            self.assertTold((self.lead, "Please approve"))
        self.assertRecordValues(self._get_notices(), [{"user_id": self.approver.id, "tries": 1}])

    def test_tries_are_bounded(self):
        request = self._start(self.approver)
        with self._break_rows(request):
            self._run_cron("notices")
            for tries in range(1, approval_notice.MAX_TRIES):
                notice = self._get_notices()
                self.assertEqual(notice.tries, tries)
                self._run_later(notice)
        self.assertFalse(self._get_notices())
        self.assertWaitsFor(request, self.approver)

    def test_failure_leaves_nothing_half_done(self):
        self.approver.notification_type = "email"
        self._start(self.approver)
        with patch.object(MailMail, "send", side_effect=ValueError("No server")):
            self.assertFalse(self._collect())
        self.assertEqual(len(self._get_notices()), 1)

    def test_each_click_starts_the_job(self):
        cron = self.env.ref("invoice_crm_addon.ir_cron_approval_notices")
        Trigger = self.env["ir.cron.trigger"]
        Trigger.search([]).unlink()
        request = self._start(self.approver)
        self.assertEqual(Trigger.search([]).cron_id, cron)
        Trigger.search([]).unlink()
        self._decide(request, self.approver)
        self.assertEqual(Trigger.search([]).cron_id, cron)
