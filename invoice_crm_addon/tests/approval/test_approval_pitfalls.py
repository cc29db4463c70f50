import ast
from contextlib import suppress
from pathlib import Path
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .test_approval import ApprovalCommon

MODULE = "odoo.addons.invoice_crm_addon"


@tagged("post_install", "-at_install")
class TestApprovalPitfalls(ApprovalCommon):
    """What went wrong in approval engines next to ours, once each, with ours."""

    def _read(self, *records):
        self.env.flush_all()
        self.env.invalidate_all()
        return [record.read(load="") for record in records]

    def test_pitfall_01_old_decisions_follow_the_definition(self):
        """Name, rule and people of a decided step were read from the stage and its group."""
        group = self.env["res.groups"].create(
            {"name": "Deciders", "user_ids": [Command.set((self.approver | self.lead).ids)]}
        )
        stage = {"name": "Old", "approver_type": "group", "group_id": group.id, "rule": "all"}
        request = self._start(stage, self.finance, name="Old flow")
        self._decide(request, self.approver)
        history = (request, *request.step_ids, *request.decision_ids)
        before = self._read(*history)
        request.flow_id.write({"name": "New flow", "own_step": "allowed", "sequence": 99})
        request.flow_id.stage_ids[0].write(
            {
                "name": "New",
                "rule": "any",
                "approver_type": "users",
                "user_ids": [Command.set(self.outsider.ids)],
            }
        )
        request.flow_id.stage_ids[1].unlink()
        group.write({"name": "Renamed", "user_ids": [Command.set(self.outsider.ids)]})
        self.assertEqual(self._read(*history), before)
        self._decide(request, self.lead, self.finance)
        self.assertEqual(request.state, "approved")
        history = (request, *request.step_ids, *request.decision_ids)
        before = self._read(*history)
        group.user_ids = self.approver
        request.flow_id.action_archive()
        self.assertEqual(self._read(*history), before)

    def test_pitfall_02_a_new_round_deletes_the_old_one(self):
        """Restart, back to draft, cancel and delete removed the reviews."""
        self._create_flow("invoice.ticket", [self.approver])
        ticket = self._create_ticket()
        rows = self.env["invoice.approval.decision"]
        for decide in ("action_reject", "action_withdraw", "action_approve"):
            self._submit(ticket)
            request = ticket.approval_request_id
            user = self.sales if decide == "action_withdraw" else self.approver
            getattr(request.with_user(user), decide)("Words")
            rows |= request.decision_ids
        ticket.with_user(self.sales).action_reset()
        self.assertEqual(ticket.state, "draft")
        with self.assertRaises(UserError), self.cr.savepoint():
            ticket.sudo().unlink()
        self._submit(ticket)
        requests = ticket.approval_request_ids.sorted("id")
        self.assertEqual(requests.mapped("cycle"), [1, 2, 3, 4])
        self.assertEqual(requests.mapped("state"), ["rejected", "withdrawn", "approved", "pending"])
        self.assertEqual(
            rows.exists().mapped("decision"),
            ["submit", "reject", "submit", "withdraw", "submit", "approve"],
        )

    def test_pitfall_03_the_order_runs_backwards(self):
        """The first stage in the list was the last one asked."""
        request = self._start(self.approver, self.lead, self.manager)
        self.assertEqual(request.step_ids.mapped("approver_ids.id")[0], self.approver.id)
        self.assertWaitsFor(request, self.approver)
        first, second, third = request.flow_id.stage_ids
        first.sequence, second.sequence, third.sequence = 30, 20, 10  # dragged
        ticket = self._create_ticket()
        self._submit(ticket)
        request = ticket.approval_request_id
        for user in (self.manager, self.lead, self.approver):
            self.assertWaitsFor(request, user)
            self._decide(request, user)

    def test_pitfall_04_whose_turn_it_is_goes_stale(self):
        """The turn was stored on each review, but depended on the others."""
        Request = self.env["invoice.approval.request"]
        people = self.approver | self.lead | self.manager | self.finance | self.outsider

        def check(*waiting):
            self.env.flush_all()
            self.env.invalidate_all()
            for user in people:
                mine = Request.with_user(user).search_count(
                    [("waiting_user_ids", "in", user.id), ("res_id", "=", request.res_id)]
                )
                self.assertEqual(mine, int(user in waiting), user.name)
                self.assertEqual(request.with_user(user).sudo(False).sudo().id, request.id)
            self.assertWaitsFor(request, people.filtered(lambda user: user in waiting))

        both = {"rule": "all", "user_ids": [Command.set((self.lead | self.manager).ids)]}
        request = self._start(self.approver, both)
        check(self.approver)
        request.with_user(self.approver).action_add_approver(self.finance.id)
        check(self.finance)
        self._decide(request, self.finance)
        check(self.approver)
        self._decide(request, self.approver)
        check(self.lead, self.manager)
        request.with_user(self.lead).action_transfer(self.outsider.id)
        check(self.outsider, self.manager)
        absence = self.env["invoice.approval.delegation"].create(
            {
                "user_id": self.outsider.id,
                "delegate_id": self.finance.id,
                "date_from": "2020-01-01",
                "date_to": "2090-01-01",
            }
        )
        check(self.finance, self.manager)
        absence.unlink()
        self._decide(request, self.manager)
        check(self.outsider)
        request.with_user(self.outsider).action_return("Again", request.step_ids.sorted()[1].id)
        check(self.approver)
        self.approver.active = False
        check(self.manager)

    def test_pitfall_05_one_click_decides_on_many_steps(self):
        """An approver of the steps A, A, B, A agreed to all of theirs in one go."""
        request = self._start(self.approver, self.approver, self.lead, self.approver)
        self._decide(request, self.approver)
        states = request.step_ids.sorted().mapped("state")
        self.assertEqual(states, ["approved", "pending", "waiting", "waiting"])
        self._decide(request, self.approver)
        self.assertWaitsFor(request, self.lead)
        self.assertRefused(request, self.approver)

    def test_pitfall_05_rejection_leaves_later_steps_pending(self):
        """They were reminded for ever."""
        request = self._start(self.approver, self.lead, self.manager, deadline_hours=1)
        self._decide(request, self.approver)
        request.with_user(self.lead).action_reject("No")
        states = request.step_ids.sorted().mapped("state")
        self.assertEqual(states, ["approved", "rejected", "cancelled"])
        self.assertFalse(request.date_deadline or request.waiting_user_ids)
        self.assertFalse(self._get_activities(request))
        with self.assertRaises(UserError), self.cr.savepoint():
            request.with_user(self.sales).action_remind()
        late = request.search([("state", "=", "pending"), ("date_deadline", "<=", "2999-01-01")])
        self.assertNotIn(request, late)

    def test_pitfall_06_the_lock_is_too_broad(self):
        """Attachments, messages, computed fields and saves without a change were refused."""
        request = self._start(self.approver, trigger_fields=["content", "line_ids"])
        ticket = self._get_document(request).with_user(self.sales)
        ticket.message_post(body="Please hurry")
        ticket.message_subscribe(self.lead.partner_id.ids)
        self.env["ir.attachment"].with_user(self.sales).create(
            {"name": "x.txt", "raw": b"x", "res_model": ticket._name, "res_id": ticket.id}
        )
        ticket.write({"content": ticket.content, "partner_id": ticket.partner_id.id})
        ticket.web_save({"note": "Nothing that anybody decides on"}, {"amount_total": {}})
        ticket.invalidate_recordset()
        self.env.add_to_compute(ticket._fields["amount_total"], ticket)
        self.env.flush_all()
        self.assertWaitsFor(request, self.approver)
        for values in (
            {"content": "Something else"},
            {"line_ids": [Command.update(ticket.line_ids.id, {"price_unit": 1.0})]},
            {"line_ids": [Command.create({"name": "More", "price_unit": 1.0})]},
        ):
            with self.subTest(values), self.assertRaises(UserError), self.cr.savepoint():
                ticket.write(values)

    def test_pitfall_07_only_buttons_are_guarded(self):
        """A state that was written or imported, not clicked, passed unapproved."""
        self._create_flow("invoice.ticket", [self.approver])
        self._create_flow("invoice.contract", [self.approver])
        admin = self.env.ref("base.user_admin")
        admin.write({"company_ids": [Command.link(self.company.id)]})
        for document, state in (
            (self._create_ticket(), "approved"),
            (self._create_contract(), "active"),
        ):
            ways = {
                "write": lambda d, s: d.write({"state": s}),
                "form": lambda d, s: d.web_save({"state": s}, {}),
                "list": lambda d, s: d.web_save_multi([{"state": s}], {}),
                "import": lambda d, s: d.load([".id", "state"], [[str(d.id), s]]),
                "default": lambda d, s: d.with_context(default_state=s).copy(),
                "copy": lambda d, s: d.copy({"state": s}),
                "customer": lambda d, s: d.partner_id.write(
                    {"ticket_ids": [Command.update(d.id, {"state": s})]}
                ),
            }
            for user in (self.sales, self.finance, self.manager, admin):
                for way, attempt in ways.items():
                    with self.subTest(document._name, user=user.login, way=way):
                        made = None
                        with suppress(UserError, ValueError), self.cr.savepoint():
                            made = attempt(document.with_user(user), state)
                        self.env.invalidate_all()
                        self.assertEqual(document.state, "draft")
                        if way in ("default", "copy") and made:
                            self.assertEqual(made.state, "draft")

    def test_pitfall_08_conditions_know_no_user_and_no_day(self):
        """They were read as plain lists; elsewhere, as any Python."""
        tomorrow = fields.Date.add(fields.Date.today(), days=1)
        fitting = {
            "the requester": "[('user_id', '=', uid)]",
            "today": "[('date_due', '>', context_today().strftime('%Y-%m-%d'))]",
            "a relative day": "[('date_due', '>', 'today')]",
        }
        for label, condition in fitting.items():
            with self.subTest(label):
                ticket = self._create_ticket(date_due=tomorrow)
                request = self._start(self.approver, document=ticket, condition=condition)
                self.assertEqual(request.state, "pending")
                request.flow_id.action_archive()
        flow = self._create_flow("invoice.ticket", [self.approver])
        for condition in (
            "[('content', '=', open('/etc/passwd').read())]",
            "[(env.cr.execute('DROP TABLE x'), '=', 1)]",
            "(lambda: [])()",
            "[('nothing', '=', 1)]",
            "[('user_id', '=', user.id)]",
            "{}",
            "[[[",
        ):
            with self.subTest(condition), self.assertRaises(ValidationError), self.cr.savepoint():
                flow.condition = condition

    def test_pitfall_08_broken_condition_names_its_flow(self):
        """A field that went away must not end in a traceback for whoever submits."""
        flow = self._create_flow("invoice.ticket", [self.approver], name="Broken flow")
        self.env.flush_all()
        self.cr.execute(
            "UPDATE invoice_approval_flow SET condition = %s WHERE id = %s",
            ["[('field_that_went_away', '=', 1)]", flow.id],
        )
        self.env.invalidate_all()
        self.registry.clear_cache()
        ticket = self._create_ticket()
        with self.assertRaisesRegex(UserError, "Broken flow"), self.cr.savepoint():
            self._submit(ticket)
        self.assertEqual(ticket.state, "draft")

    def _tell(self):
        with patch.object(self.registry["ir.cron"], "_commit_progress"):
            self.env["invoice.approval.notice"]._cron_send()

    def _get_messages(self, partner):
        return self.env["mail.message"].search([("notified_partner_ids", "in", partner.ids)])

    def test_pitfall_09_reviewers_are_not_told_and_others_are(self):
        """Who had not subscribed got no mail, later tiers got it early, customers as well."""
        ticket = self._create_ticket()
        ticket.message_subscribe(self.portal.partner_id.ids)
        request = self._start(self.approver, self.lead, document=ticket)
        self.assertNotIn(self.approver.partner_id, ticket.message_partner_ids)
        self._tell()
        self.assertEqual(len(self._get_messages(self.approver.partner_id)), 1)
        self.assertFalse(self._get_messages(self.lead.partner_id))
        self._decide(request, self.approver)
        self._tell()
        self._tell()
        self.assertEqual(len(self._get_messages(self.lead.partner_id)), 1)
        request.with_user(self.lead).action_reject("No")
        self._tell()
        self.assertEqual(len(self._get_messages(self.sales.partner_id)), 1)
        self.assertFalse(self._get_messages(self.portal.partner_id))

    def test_pitfall_09_reminders_stop_at_fifty(self):
        self._create_flow("invoice.ticket", [self.approver])
        tickets = self.env["invoice.ticket"].create(
            [self._prepare_ticket_values() for _index in range(60)]
        )
        tickets.with_user(self.sales).action_submit()
        self._tell()
        tickets.approval_request_id.with_user(self.sales).action_remind()
        notices = self.env["invoice.approval.notice"].search([("kind", "=", "remind")])
        self.assertEqual(len(notices.request_id & tickets.approval_request_id), 60)
        self._tell()
        self.assertFalse(notices.exists())
        self.assertEqual(len(self._get_messages(self.approver.partner_id)), 2)

    def _count_queries(self, function):
        self.env.flush_all()
        self.env.transaction.reset()
        before = self.cr.sql_log_count
        function()
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def test_pitfall_10_lists_ask_for_each_record(self):
        """Whether a record needs approval was searched record by record."""
        self._create_flow("invoice.ticket", [self.approver])
        tickets = self.env["invoice.ticket"].create(
            [self._prepare_ticket_values() for _index in range(44)]
        )
        few, many = tickets[:4], tickets[4:]
        columns = ["approval_state", "can_decide_approval", "approval_waiting_user_ids"]
        for label, read in (
            ("submit", lambda t: t.with_user(self.sales).action_submit()),
            ("list", lambda t: t.with_user(self.approver).read(columns)),
            ("approve", lambda t: t.with_user(self.approver).action_approve()),
        ):
            queries = [self._count_queries(lambda t=t, read=read: read(t)) for t in (few, many)]
            # Ten times the documents: far fewer than one more query for each of them.
            self.assertLess(queries[1] - queries[0], 30, f"{label}: {queries}")
        self.assertEqual(set(tickets.mapped("state")), {"approved"})

    def test_pitfall_11_requester_of_the_group_approves_at_submission(self):
        """Who submitted and was in the reviewers' group approved in the same go."""
        group = self.env["res.groups"].create(
            {"name": "Deciders", "user_ids": [Command.set((self.sales | self.approver).ids)]}
        )
        request = self._start({"approver_type": "group", "group_id": group.id})
        self.assertEqual(self._get_document(request).state, "pending")
        self.assertWaitsFor(request, self.approver)
        self.assertRefused(request, self.sales)

    def test_pitfall_11_empty_group_hangs(self):
        """Nor does it approve: the fallback is asked."""
        gone = self._create_user("gone", ["base.group_user"])
        for members in (self.env["res.users"], self.sales, gone):
            with self.subTest(members.mapped("name")):
                gone.active = True
                group = self.env["res.groups"].create(
                    {"name": f"Group {next(self.numbers)}", "user_ids": [Command.set(members.ids)]}
                )
                gone.active = False
                request = self._start({"approver_type": "group", "group_id": group.id})
                self.assertWaitsFor(request, self.manager)

    def test_pitfall_12_views_are_rewritten(self):
        """Read-only fields came from changing the view on its way, and small forms crashed."""
        for model in ("invoice.ticket", "invoice.contract", "res.partner"):
            for parent in self.env.registry[model].mro():
                if parent.__module__.startswith(MODULE):
                    self.assertFalse({"get_view", "_get_view"} & vars(parent).keys(), parent)
        small = self.env["ir.ui.view"].create(
            {
                "name": "Small form",
                "model": "invoice.ticket",
                "arch": "<form><field name='content'/></form>",
            }
        )
        request = self._start(self.approver, trigger_fields=["content"])
        form = Form(self._get_document(request).with_user(self.approver), view=small)
        self.assertEqual(form.id, request.res_id)

    def test_pitfall_13_states_are_compared_as_parts_of_words(self):
        """``state in ("cancel")`` is true for "can"."""
        request = self._start(self.approver)
        for position in ("b", "for", "befor", "after ", "beforeafter"):
            with self.subTest(position), self.assertRaises(UserError), self.cr.savepoint():
                request.with_user(self.approver).action_add_approver(self.lead.id, position)
        folder = Path(__file__).parents[2]
        sources = [
            path for path in folder.rglob("*.py") if "tests" not in path.relative_to(folder).parts
        ]
        self.assertGreater(len(sources), 50)
        for path in sources:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
                    right = node.comparators[0]
                    if isinstance(right, ast.Constant) and isinstance(right.value, str):
                        left = ast.unparse(node.left)
                        self.assertNotIn("state", left, f"{path.name}: {node.lineno}")
