import inspect
from contextlib import suppress
from types import FunctionType

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import tagged

from ..common import TicketCommon

MODULE = "odoo.addons.invoice_crm_addon"
# Overrides of the ORM, which the rights table and the guards try.
ORM_METHODS = {"create", "write", "copy_data", "default_get", "fields_get", "load", "onchange"}
ORM_METHODS |= {"web_read"}


@tagged("post_install", "-at_install")
class TestApprovalCalls(TicketCommon):
    """Every public method of the approvals: on requests of others, and with nonsense."""

    MODELS = (
        "invoice.approval.request",
        "invoice.approval.step",
        "invoice.approval.decision",
        "invoice.approval.delegation",
        "invoice.approval.decision.wizard",
    )
    # What those may call who may read the request; it decides nothing.
    READING = {
        "action_verify",
        "action_view_document",
        "action_open_approve",
        "action_open_reject",
        "action_open_return",
        "action_open_transfer",
        "action_open_add_approver",
        "action_open_withdraw",
    }
    JUNK = (None, False, "", "abc", -1, 0, 2**31, 10**30, 1.5, [], [1], {}, {"id": 1}, "\x00")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_flow("invoice.ticket", [cls.approver, cls.approver])
        cls.ticket = cls._create_ticket()
        cls._submit(cls.ticket)
        cls.request = cls.ticket.approval_request_id
        cls.request.with_user(cls.approver).action_approve()
        cls.first_step = cls.request.step_ids[0]
        cls.absence = cls.env["invoice.approval.delegation"].create(
            {
                "user_id": cls._create_user("absent", ["base.group_user"], cls.company_other).id,
                "delegate_id": cls.env.ref("base.user_admin").id,
                "date_from": "2020-01-01",
                "date_to": "2090-01-31",
            }
        )
        cls.env.flush_all()

    def _get_public_methods(self):
        """Name of each method of a model that a remote caller reaches, and its parameters."""
        methods = {}
        for model in (*self.MODELS, "invoice.approval.mixin"):
            for parent in self.env.registry[model].mro():
                if not parent.__module__.startswith(MODULE):
                    continue
                for name, function in vars(parent).items():
                    if not isinstance(function, FunctionType) or name.startswith("_"):
                        continue
                    if name not in ORM_METHODS and not getattr(function, "_api_private", False):
                        names = list(inspect.signature(function).parameters)[1:]
                        methods[model, name] = names
        return methods

    def _get_valid_arguments(self, names):
        known = {
            "comment": "Fine",
            "reason": "Because",
            "step_id": self.first_step.id,
            "step_ids": None,
            "user_id": self.outsider.id,
            "position": "before",
        }
        return {name: known[name] for name in names}

    def _get_records(self, model, name):
        """What a public method is called on: the request, its document, a dialog about it."""
        if model == "invoice.approval.mixin":
            return self.ticket
        if model == "invoice.approval.decision.wizard":
            return self.env[model].create(
                {
                    "request_ids": [Command.set(self.request.ids)],
                    "action": "approve",
                    "comment": "X",
                }
            )
        records = {
            "invoice.approval.request": self.request,
            "invoice.approval.step": self.request.step_ids,
            "invoice.approval.decision": self.request.decision_ids,
            "invoice.approval.delegation": self.absence,
        }
        return records.get(model, self.env[model])

    def _get_state(self):
        """All that a decision, a comment or a delegation would change."""
        self.env.flush_all()
        self.env.invalidate_all()
        return {
            "ticket": self.ticket.read(["state"]),
            "request": self.request.read(
                ["state", "waiting_user_ids", "approver_ids", "reminded_on", "last_seal"]
            ),
            "steps": self.request.step_ids.read(["state", "approver_ids", "sequence", "name"]),
            "decisions": self.request.decision_ids.read(["comment", "user_id", "decision"]),
            "activities": self.ticket.activity_ids.read(["user_id"]),
            "absence": self.absence.read(["active", "user_id", "delegate_id"]),
        }

    def test_introspection_finds_the_methods(self):
        methods = self._get_public_methods()
        for method in (
            ("invoice.approval.request", "action_return"),
            ("invoice.approval.request", "action_add_approver"),
            ("invoice.approval.mixin", "action_remind_approvers"),
            ("invoice.approval.decision.wizard", "action_confirm"),
        ):
            self.assertIn(method, methods)

    def test_everybody_is_refused_on_a_request_of_others(self):
        strangers = (
            "colleague sales2 lead finance manager auditor outsider finance_other portal public"
        ).split()
        before = self._get_state()
        for (model, name), names in self._get_public_methods().items():
            for role in strangers:
                if role == "manager" and name in (
                    "action_withdraw",
                    "action_remind",
                    "action_remind_approvers",
                ):
                    continue  # A manager may; the rights table says so.
                with self.subTest(role=role, model=model, method=name):
                    records = self._get_records(model, name).with_user(getattr(self, role))
                    arguments = self._get_valid_arguments(names)
                    if name in self.READING and model != "invoice.approval.decision.wizard":
                        with suppress(UserError), self.cr.savepoint():
                            call_kw(records, name, [records.ids], arguments)
                    else:
                        with self.assertRaises(UserError), self.cr.savepoint():
                            call_kw(records, name, [records.ids], arguments)
        self.assertEqual(self._get_state(), before)

    def test_nonsense_is_answered_with_a_sentence_and_changes_nothing(self):
        before = self._get_state()
        for (model, name), names in self._get_public_methods().items():
            records = self._get_records(model, name).with_user(self.approver)
            for bad in names:
                for junk in self.JUNK:
                    if self._makes_sense(name, bad, junk):
                        continue
                    arguments = {**self._get_valid_arguments(names), bad: junk}
                    with self.subTest(model=model, method=name, **{bad: junk}):
                        with self.assertRaises(UserError), self.cr.savepoint():
                            call_kw(records, name, [records.ids], arguments)
        self.assertEqual(self._get_state(), before)

    def _makes_sense(self, name, parameter, value):
        """Any words are a reason; where none is needed, nothing is one, too.

        Nobody needs to name the steps that they saw.
        """
        if parameter == "step_ids":
            return value is None
        if parameter not in ("comment", "reason"):
            return False
        needs_reason = name in ("action_reject", "action_return")
        nothing = value is None or value is False or value == ""
        return value == "abc" or (nothing and not needs_reason)

    def test_missing_records_are_answered_with_a_sentence(self):
        for (model, name), names in self._get_public_methods().items():
            if model != "invoice.approval.request":
                continue
            for missing in (-1, 2**31 - 1):
                with self.subTest(model=model, method=name, id=missing):
                    with self.assertRaises(UserError), self.cr.savepoint():
                        call_kw(
                            self.env[model].with_user(self.approver),
                            name,
                            [[missing]],
                            self._get_valid_arguments(names),
                        )
