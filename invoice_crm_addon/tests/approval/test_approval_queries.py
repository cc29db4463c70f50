from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.mail.models.mail_mail import MailMail

from .test_approval_notice import NoticeCommon

# What OCA's base_tier_validation takes for a request and two reviews, mails written.
OCA_QUERIES = 97
CLICK = 12
SUBMIT = 28
NOTICE = 16


class QueryCounter:
    """Counts the queries of a click on records of which nothing is in the cache."""

    def _count(self, function):
        """Queries of a call, as if it were a transaction of its own."""
        self.env.flush_all()
        self.cr.precommit.run()
        self.cr.cache.clear()
        # Environments know their company as long as nobody collects them.
        self.env.transaction.reset()
        before = self.cr.sql_log_count
        function()
        self.env.flush_all()
        self.cr.precommit.run()
        return self.cr.sql_log_count - before


@tagged("post_install", "-at_install")
class TestApprovalQueries(QueryCounter, NoticeCommon):
    """What a click costs, and its notice after it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people.notification_type = "email"

    def _tell(self):
        """Run the job of the notices. Mails are written; what sending them costs is core's."""
        with (
            patch.object(self.registry["ir.cron"], "_commit_progress"),
            patch.object(MailMail, "send"),
        ):
            self.env["invoice.approval.notice"]._cron_send()

    def _count_steps(self, document):
        """Queries of each click of a request with two stages, and of the notice after it."""
        figures = {}
        for name, click in (
            ("submit", lambda: document.with_user(self.sales).action_submit()),
            ("approve 1", lambda: document.with_user(self.approver).action_approve()),
            ("approve 2", lambda: document.with_user(self.lead).action_approve()),
        ):
            figures[name] = self._count(click)
            figures[f"notice of {name}"] = self._count(self._tell)
        return figures

    def _assert_few(self, documents):
        """Compare the queries of the last of the documents; the others warm up the registry."""
        self._create_flow(documents._name, [self.approver, self.lead])
        for id_ in documents.ids:
            # Browsed alone: a record of a batch would read ahead for all of it.
            figures = self._count_steps(documents.browse(id_))
        told = self._get_messages().notified_partner_ids.user_ids
        self.assertLessEqual(self.approver | self.lead | self.sales, told)
        self.assertEqual(set(documents.approval_request_id.mapped("state")), {"approved"})
        limits = {"submit": SUBMIT, "approve 1": CLICK, "approve 2": CLICK}
        limits |= {f"notice of {name}": NOTICE for name in limits}
        over = {name: count for name, count in figures.items() if count > limits[name]}
        self.assertFalse(over, figures)
        return figures

    def test_ticket(self):
        tickets = self._create_ticket() | self._create_ticket() | self._create_ticket()
        figures = self._assert_few(tickets)
        self.assertLessEqual(sum(figures.values()), OCA_QUERIES, figures)

    def test_contract(self):
        contracts = self._create_contract() | self._create_contract() | self._create_contract()
        self._assert_few(contracts)

    def test_decision_on_the_request_itself(self):
        """As the page of a mail's button decides."""
        requests = self._start(self.approver, self.lead) | self._start(self.approver, self.lead)
        for id_ in requests.ids:
            # Browsed alone: a record of a batch would read ahead for all of it.
            request = requests.browse(id_)
            shown, steps = request.with_user(self.approver).sudo(False), request.current_step_id.ids
            count = self._count(lambda r=shown, ids=steps: r.action_approve(step_ids=ids))
        self.assertLessEqual(count, CLICK)

    def test_many_cost_as_few(self):
        """Whatever is asked, of two documents or of twenty."""
        self._create_flow("invoice.ticket", [self.approver, self.lead])
        batches = [
            self.env["invoice.ticket"].create([self._prepare_ticket_values() for _n in range(size)])
            for size in (2, 2, 20)
        ]
        warm, few, many = (self._count_steps(tickets) for tickets in batches)
        self.assertEqual(warm.keys(), many.keys())
        more = {name: many[name] - few[name] for name in few}
        self.assertFalse({name: count for name, count in more.items() if count > 1}, more)


@tagged("post_install", "-at_install")
class TestApprovalTogether(NoticeCommon):
    """What is read and written at once is what would be read and written one by one."""

    def test_people_are_the_same_and_in_the_same_order(self):
        people = self.lead | self.approver | self.manager | self.outsider
        request = self._start(people, self.lead)
        fnames = ["waiting_user_ids", "approver_ids"]
        self._decide(request, self.outsider)
        read = {fname: request[fname].ids for fname in fnames}
        read["audience"] = request.approval_audience_id
        steps = [step.approver_ids.ids for step in request.step_ids]
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertCountEqual(request.waiting_user_ids.ids, read["waiting_user_ids"])
        self.assertCountEqual(request.approver_ids.ids, read["approver_ids"])
        audience = request.approval_audience_id
        self.assertEqual(audience.user_ids, sorted(request.approver_ids.ids))
        self.assertEqual(audience, read["audience"])
        self.assertEqual(steps, [step.approver_ids.ids for step in request.step_ids])
        ticket = self._get_document(request)
        self.assertEqual(ticket.approval_audience_id, audience)

    def test_steps_that_end_and_begin_keep_their_own_moments(self):
        request = self._start(self.approver, self.lead, self.manager)
        self._decide(request, self.approver)
        self.env.flush_all()
        self.env.invalidate_all()
        first, second, third = request.step_ids
        self.assertTrue(first.date_reached and first.date_done)
        self.assertTrue(second.date_reached and not second.date_done)
        self.assertFalse(third.date_reached or third.date_done)

    def test_steps_are_read_in_their_order(self):
        """The database gives rows that were written last at the end."""
        request = self._start(self.approver, self.lead, self.manager)
        for user in self.approver | self.lead:
            self.env.flush_all()
            self.env.invalidate_all()
            self._decide(request, user)
            self.assertEqual(request.step_ids.mapped("number"), [1, 2, 3])
        self.assertWaitsFor(request, self.manager)

    def test_activity_that_is_put_aside_is_deleted_later(self):
        request = self._start(self.approver)
        activity = self._get_activities(request)
        self._decide(request, self.approver)
        self.assertFalse(self._get_activities(request))
        self._run_cron("deadlines")
        self.assertFalse(activity.exists())

    def test_other_activities_stay(self):
        ticket = self._create_ticket()
        todo = ticket.activity_schedule("mail.mail_activity_data_todo", user_id=self.lead.id)
        request = self._start(self.approver, self.lead, document=ticket)
        self._decide(request, self.approver, self.lead)
        self.env.invalidate_all()
        self.assertEqual(self._get_activities(request), todo)
        self.assertRecordValues(todo, [{"user_id": self.lead.id, "active": True}])

    def test_notice_says_who_wrote_it_and_when(self):
        request = self._start(self.approver)
        notice = self._get_notices()
        self.assertRecordValues(
            notice,
            [
                {
                    "request_id": request.id,
                    "user_id": self.approver.id,
                    "author_id": self.sales.id,
                    "kind": "turn",
                    "tries": 0,
                    "create_uid": self.sales.id,
                }
            ],
        )
        self.assertEqual(notice.create_date, self.cr.now())

    def test_document_that_is_gone_is_told_about(self):
        """Somebody deleted it in the database."""
        self.approver.notification_type = "email"
        request = self._start(self.approver | self.lead)
        self.env.flush_all()
        self.cr.execute("DELETE FROM invoice_ticket WHERE id = %s", [request.res_id])
        self.env.invalidate_all()
        self.assertTold((self.approver, request.name), (self.lead, request.name))

    def test_message_that_fails_takes_no_other_one_back(self):
        """Each is a transaction of its own: what a mail server has is not sent again."""
        first = self._start(self.lead)
        second = self._start(self.approver, document=self._create_ticket(user_id=self.lead.id))
        self._decide(second, self.approver)
        Request = self.registry["invoice.approval.request"]
        origin = Request._get_notice_values

        def get_values(request, user, kind, *args):
            if kind == "approved":
                raise ValueError("Broken")
            return origin(request, user, kind, *args)

        with (
            patch.object(Request, "_get_notice_values", get_values),
            self.assertLogs("odoo.addons.invoice_crm_addon.models.approval.approval_notice"),
        ):
            messages = self._collect()
        self.assertIn(first.name, messages.subject)
        self.assertEqual(messages.notified_partner_ids, self.lead.partner_id)
        notice = self._get_notices()
        self.assertEqual(notice.request_id, second)
        self.assertEqual(set(notice.mapped("tries")), {1})
