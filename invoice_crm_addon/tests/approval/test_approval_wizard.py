from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .test_approval import ApprovalCommon

WIZARD = "invoice.approval.decision.wizard"


class WizardCommon(ApprovalCommon):
    """Opening the dialog as the buttons do."""

    def _open(self, requests, user, action):
        """The dialog as a form, filled by the context of its window action."""
        requests = requests.sudo(False).with_user(user)
        window = getattr(requests, f"action_open_{action}")()
        Wizard = self.env[window["res_model"]].with_user(user).with_context(**window["context"])
        return Form(Wizard)

    def _confirm(self, form):
        return form.save().action_confirm()


@tagged("post_install", "-at_install")
class TestApprovalWizard(WizardCommon):
    """What the dialog of a decision asks, and does."""

    def test_approve_with_comment(self):
        request = self._start(self.approver)
        form = self._open(request, self.approver, "approve")
        self.assertEqual(form.request_count, 1)
        self.assertFalse(form.blocked)
        for part in (request.document_type, request.name, self.customer.name, "1,130.00"):
            self.assertIn(part, form.subject)
        form.comment = "Checked"
        self._confirm(form)
        self.assertRecordValues(
            request.decision_ids[-1], [{"decision": "approve", "comment": "Checked"}]
        )
        self.assertEqual(request.state, "approved")

    def test_a_renamed_model_is_called_so_at_once(self):
        request = self._start(self.approver)
        self.assertTrue(request.document_type)
        model = self.env["ir.model"]._get(request.res_model)
        model.name = "Voucher"
        self.env.invalidate_all()
        self.assertEqual(request.document_type, "Voucher")
        self.env["res.lang"]._activate_lang("en_US")
        model.update_field_translations("name", {"en_US": "Receipt"})
        self.env.invalidate_all()
        self.assertEqual(request.document_type, "Receipt")

    def test_approve_without_comment(self):
        request = self._start(self.approver)
        self._confirm(self._open(request, self.approver, "approve"))
        self.assertEqual(request.state, "approved")

    def test_reject_asks_for_the_reason(self):
        request = self._start(self.approver)
        form = self._open(request, self.approver, "reject")
        with self.assertRaisesRegex(AssertionError, "comment is a required field"):
            form.save()
        form.comment = "Wrong title"
        self._confirm(form)
        self.assertRecordValues(request, [{"state": "rejected", "reason": "Wrong title"}])

    def test_blank_reason_is_none(self):
        request = self._start(self.approver)
        form = self._open(request, self.approver, "reject")
        form.comment = "   "
        with self.assertRaisesRegex(UserError, "Give a reason"):
            self._confirm(form)
        self.assertEqual(request.state, "pending")

    def test_return_offers_the_steps_that_agreed(self):
        request = self._start(self.approver, self.lead, self.manager)
        self._decide(request, self.approver, self.lead)
        form = self._open(request, self.manager, "return")
        self.assertEqual(form.step_id, request.step_ids[1])  # the one before, unless chosen
        form.step_id = request.step_ids[0]
        form.comment = "Ask again"
        self._confirm(form)
        self.assertWaitsFor(request, self.approver)

    def test_return_to_a_later_step_is_refused(self):
        request = self._start(self.approver, self.lead, self.manager)
        self._decide(request, self.approver)
        wizard = self._open(request, self.lead, "return")
        wizard.comment = "Ask again"
        wizard = wizard.save()
        wizard.step_id = request.step_ids[2]
        with self.assertRaises(UserError):
            wizard.action_confirm()

    def test_transfer(self):
        request = self._start(self.approver)
        form = self._open(request, self.approver, "transfer")
        with self.assertRaisesRegex(AssertionError, "user_id is a required field"):
            form.save()
        form.user_id = self.lead
        form.comment = "On leave"
        self._confirm(form)
        self.assertWaitsFor(request, self.lead)

    def test_add_before_and_after(self):
        for position, people in (("before", self.manager), ("after", self.approver)):
            with self.subTest(position):
                request = self._start(self.approver)
                form = self._open(request, self.approver, "add_approver")
                self.assertEqual(form.position, "before")
                form.user_id = self.manager
                form.position = position
                self._confirm(form)
                self.assertWaitsFor(request, people)

    def test_withdraw(self):
        request = self._start(self.approver)
        form = self._open(request, self.sales, "withdraw")
        self.assertEqual(form.request_count, 1)
        self._confirm(form)
        self.assertEqual(request.state, "withdrawn")

    def test_dialog_shows_what_changes(self):
        ticket = self._create_ticket(content="Old")
        request = self._start(self.approver, document=ticket, trigger_fields=["content"])
        self._decide(request, self.approver)
        self.assertFalse(self._open(request, self.approver, "approve").changes_html)
        ticket.with_user(self.sales).content = "New"
        change = ticket.approval_request_id
        html = self._open(change, self.approver, "approve").changes_html
        self.assertIn("Old", html)
        self.assertIn("New", html)


@tagged("post_install", "-at_install")
class TestApprovalWizardBatch(WizardCommon):
    """Many requests with one comment; what cannot be decided is named and left out."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_flow("invoice.ticket", [cls.approver])
        cls.tickets = cls.env["invoice.ticket"].browse()
        for _index in range(3):
            cls.tickets |= cls._create_ticket()
        cls._submit(cls.tickets)
        cls.requests = cls.tickets.approval_request_ids

    def test_one_reason_for_all(self):
        form = self._open(self.requests, self.approver, "reject")
        self.assertEqual(form.request_count, 3)
        self.assertIn("3,390.00", form.subject)
        form.comment = "Wrong month"
        self._confirm(form)
        self.assertEqual(self.requests.mapped("state"), ["rejected"] * 3)
        self.assertEqual(
            self.requests.decision_ids.filtered("comment").mapped("comment"), ["Wrong month"] * 3
        )

    def test_what_was_decided_meanwhile_is_left_out(self):
        decided = self.requests[0]
        self._decide(decided, self.approver)
        form = self._open(self.requests, self.approver, "approve")
        self.assertEqual(form.request_count, 2)
        self.assertEqual(len(form.able_request_ids), 2)
        self.assertIn(decided.name, form.blocked)
        self.assertNotIn(self.requests[1].name, form.blocked)
        self._confirm(form)
        self.assertEqual(self.requests.mapped("state"), ["approved"] * 3)
        self.assertEqual(len(decided.decision_ids), 2)  # submitted and approved, once

    def test_what_is_decided_while_the_dialog_is_open_is_left_out(self):
        wizard = self._open(self.requests, self.approver, "approve").save()
        self.requests[0].with_user(self.sales).action_withdraw()
        wizard.action_confirm()
        self.assertEqual(self.requests.mapped("state"), ["withdrawn", "approved", "approved"])

    def test_nothing_left_says_why(self):
        wizard = self._open(self.requests, self.approver, "approve").save()
        self._decide(self.requests, self.approver)
        with self.assertRaisesRegex(UserError, self.requests[0].name):
            wizard.action_confirm()

    def test_every_reason_names_its_document(self):
        form = self._open(self.requests, self.finance, "withdraw")
        self.assertEqual(form.request_count, 0)
        for request, sentence in zip(self.requests, form.blocked.splitlines(), strict=True):
            self.assertIn(request.name, sentence)

    def test_large_selection_arrives_whole(self):
        """More requests than a page of the dialog, or of a list, shows."""
        tickets = self.env["invoice.ticket"].create(
            [self._prepare_ticket_values() for _index in range(90)]
        )
        tickets.with_user(self.sales).action_submit()
        form = self._open(tickets.approval_request_ids, self.approver, "approve")
        self.assertEqual(form.request_count, 90)
        self._confirm(form)
        self.assertEqual(set(tickets.mapped("state")), {"approved"})

    def test_return_of_many_is_refused(self):
        self._create_flow("invoice.ticket", [self.approver, self.lead])
        tickets = self._create_ticket() | self._create_ticket()
        self._submit(tickets)
        self._decide(tickets.approval_request_id, self.approver)
        wizard = (
            self.env[WIZARD]
            .with_user(self.lead)
            .create(
                {
                    "request_ids": [Command.set(tickets.approval_request_id.ids)],
                    "action": "return",
                    "comment": "No",
                }
            )
        )
        with self.assertRaisesRegex(UserError, "one by one"):
            wizard.action_confirm()


@tagged("post_install", "-at_install")
class TestApprovalWizardRights(WizardCommon):
    """The dialog shows and decides nothing that its user may not."""

    def test_request_of_others(self):
        ticket = self._create_ticket(content="Secret one")
        request = self._start(self.approver, self.lead, document=ticket, trigger_fields=["content"])
        for user in (self.outsider, self.colleague, self.sales2):
            for action in ("approve", "return", "withdraw"):
                with self.subTest(user=user.login, action=action), self.cr.savepoint():
                    with self.assertRaises(AccessError):
                        self._open_by_hand(request, user, action)

    def _open_by_hand(self, request, user, action):
        """Write the dialog by RPC, then read what it shows and confirm it."""
        wizard = (
            self.env[WIZARD]
            .with_user(user)
            .create({"request_ids": [Command.set(request.ids)], "action": action, "comment": "No"})
        )
        self.env.invalidate_all()
        wizard.read(["subject", "changes_html", "returnable_step_ids", "blocked"])
        wizard.action_confirm()

    def test_reader_decides_nothing(self):
        request = self._start(self.approver)
        for user in (self.finance, self.auditor, self.sales):
            form = self._open(request, user, "approve")
            self.assertEqual(form.request_count, 0)
            self.assertIn(request.name, form.blocked)
            with self.subTest(user.login), self.assertRaises(UserError), self.cr.savepoint():
                self._confirm(form)
        self.assertEqual(request.state, "pending")


@tagged("post_install", "-at_install")
class TestApprovalTimeline(ApprovalCommon):
    """What the timeline of a document says."""

    def _get_round(self, request, user=None):
        request.invalidate_recordset()
        document = self._get_document(request).with_user(user or self.sales)
        return next(r for r in document.approval_timeline if r["id"] == request.id)

    def test_nothing_submitted(self):
        self.assertFalse(self._create_ticket().with_user(self.sales).approval_timeline)

    def test_steps_people_and_words(self):
        request = self._start(
            self.approver,
            {"rule": "count", "minimum": 2, "user_ids": (self.lead | self.manager).ids},
            {"user_ids": self.finance.ids, "condition": "[('amount_total', '>', 5000)]"},
        )
        request.with_user(self.approver).action_approve("Fine")
        timeline_round = self._get_round(request)
        first, second, third = timeline_round["steps"]
        self.assertEqual(timeline_round["requester"]["user_id"], self.sales.id)
        self.assertEqual([first["state"], first["people"]], ["approved", []])
        [entry] = first["entries"]
        self.assertEqual(
            (entry["user_id"], entry["comment"], entry["decision"]),
            (self.approver.id, "Fine", "approve"),
        )
        self.assertEqual(second["state"], "pending")
        self.assertIn("2", second["rule"])
        self.assertEqual(
            {person["user_id"] for person in second["people"]}, {self.lead.id, self.manager.id}
        )
        self.assertEqual([third["state"], bool(third["note"])], ["skipped", True])

    def test_rounds_come_latest_first(self):
        first = self._start(self.approver)
        first.with_user(self.approver).action_reject("Wrong title")
        ticket = self._get_document(first)
        self._submit(ticket)
        rounds = ticket.with_user(self.sales).approval_timeline
        self.assertEqual([r["cycle"] for r in rounds], [2, 1])
        self.assertEqual(rounds[1]["steps"][0]["entries"][0]["comment"], "Wrong title")

    def test_withdrawal_closes_a_round(self):
        request = self._start(self.approver)
        request.with_user(self.sales).action_withdraw("Mistake")
        timeline_round = self._get_round(request)
        self.assertEqual(timeline_round["closing"]["comment"], "Mistake")
        self.assertFalse(timeline_round["steps"][0]["entries"])

    def test_who_stands_in_appears_once(self):
        request = self._start({"rule": "all", "user_ids": (self.approver | self.lead).ids})
        today = self.env["invoice.approval.delegation"]._fields["date_from"].today()
        self.env["invoice.approval.delegation"].create(
            {
                "user_id": self.approver.id,
                "delegate_id": self.manager.id,
                "date_from": today,
                # Whatever the hour: their day may be that of their company.
                "date_to": today + timedelta(days=1),
            }
        )
        [step] = self._get_round(request)["steps"]
        self.assertEqual(
            {person["user_id"]: person["for"] for person in step["people"]},
            {self.manager.id: self.approver.name, self.lead.id: False},
        )

    def test_request_can_be_opened_by_its_readers_only(self):
        request = self._start(self.approver)
        self.assertTrue(self._get_round(request)["can_open"])
        # Who is given the ticket later reads it, but was not part of the request.
        self._get_document(request).user_id = self.colleague
        self.env.flush_all()
        document = self._get_document(request).with_user(self.colleague)
        self.assertFalse(document.approval_timeline)

    def test_request_shows_its_own_round(self):
        request = self._start(self.approver)
        [timeline_round] = request.with_user(self.approver).timeline
        self.assertEqual(timeline_round["id"], request.id)


@tagged("post_install", "-at_install")
class TestApprovalFieldLocks(ApprovalCommon):
    """Which fields a form leaves open, or locks."""

    def test_fields_are_open_after_approval_and_locked_before(self):
        ticket = self._create_ticket(content="Old")
        sales = ticket.with_user(self.sales)
        self.assertFalse(ticket.approval_open_fields)
        self.assertFalse({"content", "line_ids", "note"} & set(sales.locked_fields))
        request = self._start(
            self.approver, document=ticket, trigger_fields=["content", "line_ids", "note"]
        )
        ticket.invalidate_recordset()
        self.assertFalse(ticket.approval_open_fields)
        self.assertLessEqual({"content", "line_ids", "note"}, set(sales.locked_fields))
        self.assertIn("waits for approval", sales.locked_fields["note"])
        self._decide(request, self.approver)
        ticket.invalidate_recordset()
        self.assertFalse({"content", "line_ids", "note"} & set(sales.locked_fields))
        self.assertEqual(set(ticket.approval_open_fields), {"content", "line_ids", "note"})

    def test_form_edits_what_is_open(self):
        ticket = self._create_ticket(content="Old")
        request = self._start(self.approver, document=ticket, trigger_fields=["content"])
        self._decide(request, self.approver)
        form = Form(ticket.with_user(self.sales))
        form.content = "New"
        with self.assertRaisesRegex(AssertionError, "readonly"):
            form.type_id = self.type_receipt
        form.save()
        self.assertTrue(ticket.approval_change_waits)
        self.assertEqual(ticket.approval_request_id.changes[0]["field"], "content")

    def test_contract_form_edits_what_is_open(self):
        contract = self._create_contract()
        request = self._start(self.approver, document=contract, trigger_fields=["amount_total"])
        with self.assertRaisesRegex(AssertionError, "readonly"):
            Form(contract.with_user(self.sales)).amount_total = 500.0
        self._decide(request, self.approver)
        form = Form(contract.with_user(self.sales))
        form.amount_total = 500.0
        form.save()
        self.assertTrue(contract.approval_change_waits)

    def test_button_approves_the_step_that_the_form_shows(self):
        ticket = self._create_ticket()
        self._start(self.approver, self.approver, document=ticket)
        shown = ticket.with_user(self.approver).with_context(
            invoice_approval_step_ids=ticket.approval_step_id.ids
        )
        shown.action_approve()
        ticket.invalidate_recordset()
        self.assertEqual(ticket.state, "pending")
        with self.assertRaisesRegex(UserError, "another window"):
            shown.action_approve()
        ticket.with_user(self.approver).with_context(
            invoice_approval_step_ids=ticket.approval_step_id.ids
        ).action_approve()
        self.assertEqual(ticket.state, "approved")

    def test_dialog_approves_the_step_that_it_was_opened_for(self):
        request = self._start(self.approver, self.approver)
        action = request.with_user(self.approver).action_open_approve()
        Wizard = self.env[action["res_model"]].with_user(self.approver)
        wizard = Form(Wizard.with_context(**action["context"])).save()
        self._decide(request, self.approver)
        with self.assertRaisesRegex(UserError, "another window"):
            wizard.action_confirm()
        self.assertEqual(request.state, "pending")
