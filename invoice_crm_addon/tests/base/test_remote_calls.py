import inspect
from contextlib import suppress
from types import FunctionType

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import tagged, users
from odoo.tools import SQL, mute_logger

from ..common import TicketCommon

MODULE = "odoo.addons.invoice_crm_addon"
# Overrides of the ORM, which the rights table and the guards try.
ORM_METHODS = {"create", "write", "copy_data", "default_get"}
HISTORY = {
    "invoice.approval.request": "name",
    "invoice.approval.step": "name",
    "invoice.approval.decision": "comment",
}


@tagged("post_install", "-at_install")
class TestRemoteCalls(TicketCommon):
    """What a remote caller reaches without a button: every method of every model of ours."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_flow("invoice.ticket", [cls.manager])
        cls.attachment = cls.env["ir.attachment"].create({"name": "x.xml", "raw": b"<x/>"})
        ours = cls._create_targets(cls.sales2, cls.company)
        theirs = cls._create_targets(cls.finance_other, cls.company_other)
        cls.targets = {
            **dict.fromkeys(
                ("sales", "colleague", "lead", "auditor", "approver", "outsider"), ours
            ),
            **dict.fromkeys(("finance_other", "portal", "public"), ours),
            **dict.fromkeys(("finance", "manager"), theirs),
        }
        # People of a company share its customers: theirs are those of the other one.
        cls.strange_partners = {
            role: theirs["res.partner"] for role in ("sales", "colleague", "lead")
        }
        cls.env.flush_all()

    @classmethod
    def _create_targets(cls, owner, company):
        """Records of each model in the states that actions look at."""
        owned = {"user_id": owner.id, "company_id": company.id}
        Ticket = cls.env["invoice.ticket"]
        tickets = Ticket
        for state in ("draft", "approved", "issued", "voided"):
            ticket = cls._create_ticket(type_id=cls.type_ordinary.id, **owned)
            ticket.write(dict(cls._prepare_fapiao_values(ticket), state=state))
            tickets |= ticket
        asked = cls._create_ticket(**owned)
        asked.with_user(owner).sudo()._submit_for_approval()
        contracts = cls.env["invoice.contract"]
        for state in ("draft", "active", "closed", "cancelled"):
            contract = cls._create_contract(**owned)
            contract.state = state
            contracts |= contract
        shipment = cls._create_shipment(tickets[2], event_ids=[Command.create({})])
        partner = cls.env["res.partner"].create(
            {"name": company.name, "company_id": company.id, "invoice_title": "Title"}
        )
        request = asked.approval_request_id
        values = [
            tickets | asked,
            asked.line_ids,
            contracts,
            shipment,
            shipment.event_ids,
            partner,
            request,
            request.step_ids,
            request.decision_ids,
            cls.env["invoice.approval.flow"].search([("company_id", "=", company.id)]),
            cls.type_receipt,
            cls.env["invoice.ticket.cancel.wizard"].create(
                {"ticket_ids": [Command.set(tickets[2].ids)], "action": "void", "reason": "X"}
            ),
            cls.env["invoice.approval.decision.wizard"].create(
                {"request_ids": [Command.set(request.ids)], "action": "withdraw"}
            ),
            cls.env["invoice.approval.delegation"].create(
                {
                    "user_id": owner.id,
                    "delegate_id": cls.env.ref("base.user_admin").id,
                    "date_from": "2020-01-01",
                    "date_to": "2090-01-31",
                }
            ),
        ]
        return {records._name: records for records in values if records}

    # === INTROSPECTION === #

    def _get_own_methods(self):
        """Model, name and function of each method that the module's classes define."""
        methods = {}
        for model_name, model_class in self.env.registry.items():
            for parent in model_class.mro():
                if not parent.__module__.startswith(MODULE):
                    continue
                for name, function in vars(parent).items():
                    if isinstance(function, FunctionType):
                        methods.setdefault((model_name, name), function)
        return methods

    def _get_arguments(self, function):
        known = {
            "reason": "Because",
            "comment": "Fine",
            "attachment_id": self.attachment.id,
            "attachment_ids": self.attachment.ids,
            "vat": "91110108MA00TEST2K",
            "user_id": self.outsider.id,
            "step_id": 1,
        }
        names = list(inspect.signature(function).parameters)[1:]
        return {name: known[name] for name in names if name in known}

    def _get_snapshot(self):
        """Content of every table of the module, and of what else a method might touch."""
        self.env.flush_all()
        tables = self.env.execute_query(
            SQL(
                r"""SELECT relname FROM pg_class
                WHERE relkind = 'r' AND relname !~ 'wizard|compare'
                AND relname ~ '^invoice_(ticket|contract|shipment|approval|carrier)'"""
            )
        )
        tables += [("res_partner",), ("res_partner_bank",), ("mail_activity",)]
        tables += [("ir_attachment",), ("mail_message",)]
        snapshot = {}
        for (table,) in tables:
            [(snapshot[table],)] = self.env.execute_query(
                SQL(
                    "SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM %s t",
                    SQL.identifier(table),
                )
            )
        return snapshot

    # === TESTS === #

    def test_introspection_finds_the_actions(self):
        methods = self._get_own_methods()
        for method in (
            ("invoice.ticket", "action_issue"),
            ("invoice.contract", "action_close"),
            ("res.partner", "action_approve"),
            ("invoice.ticket", "_do_void"),
        ):
            self.assertIn(method, methods)

    def test_private_methods_cannot_be_called(self):
        private = [key for key in self._get_own_methods() if key[1].startswith("_")]
        self.assertGreater(len(private), 100)
        for model, name in private:
            with self.subTest(model=model, method=name), self.assertRaises(AccessError):
                call_kw(self.env[model], name, [[]], {})

    def test_public_methods_change_nothing_of_others(self):
        before = self._get_snapshot()
        public = {
            key: function
            for key, function in self._get_own_methods().items()
            if not key[1].startswith("_") and key[1] not in ORM_METHODS
        }
        for role, targets in self.targets.items():
            for (model, name), function in public.items():
                records = targets.get(model, self.env[model])
                if model == "res.partner":
                    records = self.strange_partners.get(role, records)
                for record in records or [records]:
                    with self.subTest(role=role, model=model, method=name, record=record.ids):
                        savepoint = self.env.cr.savepoint()
                        try:
                            self._call(role, record, name, function)
                            after = self._get_snapshot()
                        finally:
                            savepoint.close(rollback=True)
                        changed = [table for table in after if after[table] != before[table]]
                        self.assertFalse(changed)

    @mute_logger("odoo.models")
    def _call(self, role, record, name, function):
        """Call the method as the remote caller does; only clean errors come back."""
        self.env.invalidate_all()
        record_as_user = record.with_user(getattr(self, role))
        ids = [] if getattr(function, "_api_model", False) else [record.ids]
        try:
            with self.env.cr.savepoint():
                call_kw(record_as_user, name, ids, self._get_arguments(function))
        except (UserError, TypeError) as error:
            if isinstance(error, TypeError):
                self.assertRegex(str(error), "required positional argument")
        except ValueError as error:
            # ensure_one() on no record, where the role has no target
            self.assertIn("singleton", str(error))


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


@tagged("post_install", "-at_install")
class TestBackDoors(TicketCommon):
    """Ways around the guards that worked once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._create_contract(
            milestone_ids=[Command.create({"name": "First", "amount": 1.0})]
        )
        cls._approve(cls.contract)

    def test_history_is_not_deleted_in_superuser_mode_either(self):
        self._create_flow("invoice.ticket", [self.approver])
        ticket = self._create_ticket()
        self._submit(ticket)
        request = ticket.approval_request_id
        for records in (request, request.step_ids, request.decision_ids):
            with self.subTest(model=records._name), self.assertRaises(AccessError):
                records.sudo().unlink()
        with self.assertRaises(UserError):
            ticket.sudo().unlink()
        self.assertTrue(request.exists().step_ids.exists())

    @users("admin")
    def test_history_cannot_be_imported(self):
        for model, fname in HISTORY.items():
            with self.subTest(model=model):
                result = self.env[model].load([fname], [["Forged"]])
                self.assertFalse(result["ids"])

    def test_context_of_submit_and_approve_forges_no_decision(self):
        self._create_flow("invoice.ticket", [self.approver])
        ticket = self._create_ticket()
        ticket.with_user(self.sales).with_context(
            default_state="approved",
            default_date="2020-02-02 02:02:02",
            default_comment="Forged",
            default_cycle=7,
        ).action_submit()
        request = ticket.approval_request_id
        self.assertRecordValues(
            request, [{"state": "pending", "cycle": 1, "waiting_user_ids": self.approver.ids}]
        )
        self.assertRecordValues(request.step_ids, [{"state": "pending"}])
        self.assertRecordValues(
            request.decision_ids, [{"comment": False, "user_id": self.sales.id}]
        )
        request.with_user(self.approver).with_context(
            default_date="2020-02-02 02:02:02"
        ).action_approve()
        self.assertEqual(request.state, "approved")
        self.assertNotIn(2020, request.decision_ids.mapped(lambda decision: decision.date.year))

    def test_context_of_reissue_and_red_letter_forges_no_issued_ticket(self):
        forged = {
            "default_state": "issued",
            "default_fapiao_number": "26119999999999999999",
            "default_issue_date": "2020-02-02",
        }
        voided = self._create_ticket(type_id=self.type_ordinary.id)
        self._issue(voided)
        voided.with_user(self.finance).action_void("Wrong")
        voided.with_user(self.sales).with_context(**forged).action_reissue()
        issued = self._create_ticket()
        self._issue(issued)
        issued.with_user(self.finance).with_context(**forged).action_red("Wrong")
        self.assertRecordValues(
            voided.reissue_ids | issued.red_ids,
            [{"state": "draft", "fapiao_number": False, "issue_date": False}] * 2,
        )

    def test_archived_ticket_keeps_its_part_of_the_contract(self):
        ticket = self._create_ticket(contract_id=self.contract.id)
        self._issue(ticket)
        ticket.action_archive()  # Nobody but superuser mode can.
        self.env.invalidate_all()
        self.assertRecordValues(
            self.contract, [{"amount_ticketed": 1130.0, "amount_to_ticket": 10170.0}]
        )
        with self.assertRaises(UserError):
            self.contract.with_user(self.sales).action_cancel()
        line = {"name": "Rest", "price_unit": 10170.01, "tax_id": self.tax_13.id}
        rest = self._create_ticket(contract_id=self.contract.id, line_ids=[Command.create(line)])
        with self.assertRaises(UserError):
            rest.with_user(self.sales).action_submit()

    def test_archived_ticket_keeps_its_part_of_the_payment(self):
        allocation = {"payment_id": self._create_payment().id, "amount": 1130.0}
        ticket, again = (
            self._create_ticket(allocation_ids=[Command.create(allocation)]) for _index in range(2)
        )
        self._issue(ticket)
        ticket.action_archive()  # Nobody but superuser mode can.
        with self.assertRaises(UserError):
            again.with_user(self.sales).action_submit()

    @users("ticket_sales")
    def test_rows_do_not_move_to_documents_of_others(self):
        ticket = self._create_ticket(user_id=self.sales2.id)
        contract = self._create_contract(user_id=self.sales2.id)
        line = self._create_ticket().line_ids.with_env(self.env)
        with self.assertRaises(AccessError):
            line.write({"ticket_id": ticket.id})
        with self.assertRaises(AccessError):
            self.contract.milestone_ids.with_env(self.env).write({"contract_id": contract.id})

    @users("ticket_sales", "ticket_finance")
    def test_documents_do_not_move_to_a_company_of_others(self):
        customer = self.customer.with_env(self.env)
        values = {"partner_id": customer.id, "user_id": self.env.uid}
        ticket = self.env["invoice.ticket"].create(values)
        contract = self.env["invoice.contract"].create({"name": "New", **values})
        for document in (ticket, contract):
            with self.subTest(model=document._name), self.assertRaises(AccessError):
                document.write({"company_id": self.company_other.id, "department_id": False})

    def test_sales_neither_enter_nor_clear_the_number(self):
        ticket = self._create_ticket()
        self._approve(ticket)
        ticket.with_user(self.finance).write(self._prepare_fapiao_values(ticket))
        ticket_as_sales = ticket.with_user(self.sales)
        for number in (False, "26110000000000009999"):
            with self.subTest(number=number), self.assertRaises(AccessError):
                ticket_as_sales.fapiao_number = number

    @users("ticket_sales")
    def test_custom_fields_are_defined_by_managers_only(self):
        ticket = self._create_ticket().with_env(self.env)
        definition = [{"name": "x", "type": "char", "string": "X", "definition_changed": True}]
        with self.assertRaises(AccessError):
            ticket.properties = definition

    @users("ticket_finance")
    def test_comparison_shows_no_ticket_of_another_company(self):
        ticket = self._create_ticket(
            company_id=self.company_other.id, user_id=self.finance_other.id
        )
        attachment = self.env["ir.attachment"].sudo().create({"name": "x.xml", "raw": b"<x/>"})
        ticket.fapiao_attachment_id = attachment
        Wizard = self.env["invoice.fapiao.compare.wizard"]
        with self.assertRaises(AccessError):
            Wizard.create({"ticket_id": ticket.id})
        with self.assertRaises(AccessError):
            Wizard.with_context(default_ticket_id=ticket.id).create({})
