from datetime import timedelta
from types import SimpleNamespace

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from ...models.base.proof import proven
from ..bureau.batch_common import SERVICE, prepare_bureau_records, prepare_template
from ..bureau.rights_world import add_bureau, get_bureau_creators
from ..common import TicketCommon
from .rights_desk import DESK_METHODS, add_desk, add_finding, get_desk_creators
from .rights_table import ACTIONS, COMMON, FINAL, RIGHTS, SCOPES, SHARED, STATES, WRITE_VALUES


def one_test_for_each_row(test_class):
    """Class decorator: each row of the table becomes a test."""
    header, *rows = (line.split() for line in RIGHTS.splitlines() if line.strip())
    for name, *cells in rows:
        row = dict(zip(header, cells, strict=True))

        def test(self, name=name, row=row):  # pylint: disable=dangerous-default-value
            self._check_row(name, row)

        test.__name__ = f"test_{name.replace('.', '_')}"
        setattr(test_class, test.__name__, test)
    return test_class


@tagged("post_install", "-at_install")
@one_test_for_each_row
class TestRights(TicketCommon):
    """Every cell of the rights table, by really doing it as that user."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users_by_role = {
            role: getattr(cls, role)
            for role in ("sales", "lead", "finance", "manager", "auditor", "approver", "outsider")
        }
        cls._create_user("somebody", ["base.group_user"]).company_ids |= cls.company_other
        cls.users_by_role.update(other=cls.finance_other, portal=cls.portal, public=cls.public)
        # Two steps, of which the first one agreed: what was approved can be returned.
        cls.flow = cls._create_flow("invoice.ticket", [cls.approver] * 2)
        cls.flow_other = cls._create_flow(
            "invoice.ticket",
            [cls.env.ref("base.user_admin")] * 2,
            company_id=cls.company_other.id,
            fallback_user_id=cls.env.ref("base.user_root").id,
        )
        cls.env.ref("base.user_admin").company_ids |= cls.company_other
        cls.payments = {
            company: cls._create_payment(company_id=company.id, amount=113000.0)
            for company in cls.company | cls.company_other
        }
        owners = {role: user for role, user in cls.users_by_role.items() if role != "other"}
        owners.update(d=cls.colleague, c=cls.sales2, x=cls.finance_other)
        cls.worlds = {key: cls._create_world(user) for key, user in owners.items()}
        cls._add_shared_records(cls.worlds["c"], False)
        cls._add_shared_records(cls.worlds["x"], cls.company_other)
        cls.env.flush_all()

    @classmethod
    def _create_world(cls, owner):
        """One record of each model that belongs to ``owner``."""
        company = cls.company_other if owner == cls.finance_other else cls.company
        owned = {"user_id": owner.id, "company_id": company.id}
        allocation = {"payment_id": cls.payments[company].id, "amount": 1130.0}
        ticket = cls._create_ticket(allocation_ids=[Command.create(allocation)], **owned)
        issued = cls._create_ticket(type_id=cls.type_ordinary.id, **owned)
        proven(issued).write(dict(cls._prepare_fapiao_values(issued), state="issued"))
        asked = cls._create_ticket(**owned)
        asked.with_user(owner).sudo()._submit_for_approval()
        request = asked.approval_request_id
        request.with_user(request.waiting_user_ids[:1]).action_approve()
        milestone = {"name": "First", "amount": 1.0}
        contract = cls._create_contract(milestone_ids=[Command.create(milestone)], **owned)
        rule = {"name": "Fee", "amount": 10.0, "date_start": "2026-01-01"}
        rules = {"billing_rule_ids": [Command.create(rule)]}
        contract.write(rules)
        collecting = cls._create_contract(**rules, **owned)
        proven(collecting).state = "active"
        shipment = cls._create_shipment(issued)
        travelled = cls._create_shipment(issued, event_ids=[Command.create({})])
        return SimpleNamespace(
            owned=owned,
            ticket=ticket,
            line=ticket.line_ids,
            special=cls.env["invoice.ticket.special"].create({"ticket_id": ticket.id}),
            allocation=ticket.allocation_ids,
            issued=issued,
            contract=contract,
            payment=cls._create_payment(company_id=company.id, invoice_contract_id=collecting.id),
            milestone=contract.milestone_ids,
            rule=contract.billing_rule_ids,
            bill=collecting.planned_bill_ids[:1],
            shipment=shipment,
            event=travelled.event_ids,
            asked_ticket=asked,
            asked_line=asked.line_ids,
            request=request,
            step=request.step_ids[1:],
            decision=request.decision_ids[:1],
            notice=cls.env["invoice.approval.notice"].create(
                {"request_id": request.id, "user_id": owner.id, "kind": "turn"}
            ),
            delegation=cls._create_absence(owner),
            finding=add_finding(cls.env, ticket),
        )

    @classmethod
    def _create_absence(cls, owner):
        """An absence of the owner, or of somebody else of the company who can be absent."""
        values = cls._prepare_absence(owner if not owner.share else cls.sales2)
        day = fields.Date.today() + timedelta(days=next(cls.numbers) + 10)
        return cls.env["invoice.approval.delegation"].create(
            {**values, "date_from": day, "date_to": day}
        )

    @classmethod
    def _prepare_absence(cls, owner):
        return {
            "user_id": owner.id,
            "delegate_id": cls.env.ref("base.user_admin").id,
            "date_from": "2090-01-01",
            "date_to": "2090-01-31",
        }

    @classmethod
    def _add_shared_records(cls, world, company):
        """Records of the settings, which belong to a company or to all, but to no person."""
        shared = {"company_id": company and company.id}
        world.type = cls.env["invoice.ticket.type"].create(
            {"name": "Type", "code": f"TEST{company}", **shared}
        )
        world.custom_field = cls.env["invoice.ticket.type.field"].create(
            {"name": "Project", "type_id": world.type.id}
        )
        world.partner = cls.customer.copy({"vat": False, "name": "Customer", **shared})
        world.partner.write(
            {"invoice_title": "Customer", "invoice_bank_acc_number": "1234567890123456"}
        )
        # No request ran on a copy: it can be deleted.
        world.flow = (cls.flow_other if company else cls.flow).copy({"active": False})
        world.stage = world.flow.stage_ids[1:]
        world.version = world.flow.version_ids[:1]
        if not company:
            world.carrier = cls.env["invoice.carrier"].create({"name": "Pigeon", "code": "pigeon"})
            world.level = cls.env["invoice.customer.level"].create({"name": "Pigeons"})
        level = cls.env["invoice.customer.level"].create({"name": f"Level of {company}"})
        world.lane = cls.env["invoice.approval.fast.lane"].create(
            {"flow_id": world.flow.id, "level_id": level.id, "amount": 1.0}
        )
        cls._add_bank_lines(world, company or cls.company)
        cls._add_exports(world, company or cls.company)
        for name, record in prepare_bureau_records(cls.env, company or cls.company, world).items():
            setattr(world, name, record)
        add_bureau(cls, world, company or cls.company)
        add_desk(cls.env, world, company or cls.company)
        world.lane_level = cls.env["invoice.customer.level"].create({"name": f"For {company}"})

    @classmethod
    def _add_exports(cls, world, company):
        """A row of the log, an audit package, and the company whose VAT sheet it is."""
        world.vat_sheet = company
        Log = cls.env["invoice.export.log"].with_company(company)
        Log._log("invoice.ticket", "csv")
        world.export_log = Log.search([("company_id", "=", company.id)], limit=1)
        world.audit_package = cls.env["invoice.audit.package"].create(
            {
                "date_from": "2026-01-01",
                "date_to": "2026-12-31",
                "company_id": company.id,
                "user_id": cls.auditor.id,
                "state": "done",
            }
        )

    @classmethod
    def _add_bank_lines(cls, world, company):
        """Lines of a statement: one that waits, one that is booked, one that is not looked at."""
        journal = cls._setup_bank(company, f"62220000{company.id:08d}")
        lines = (
            cls.env["account.bank.statement.line"]
            .with_company(company)
            .create(
                [
                    {
                        "journal_id": journal.id,
                        "date": "2026-11-02",
                        "amount": amount,
                        "payment_ref": "Goods",
                        "partner_name": world.partner.name,
                        "account_number": "1234567890123456",
                    }
                    for amount in (11.0, 12.0, 13.0)
                ]
            )
        )
        matches = cls.env["invoice.bank.match"]._take_in(lines[:2])
        receivable = cls.env["account.account"].search(
            [("account_type", "=", "asset_receivable"), ("company_ids", "=", company.id)], limit=1
        )
        matches.partner_id.with_company(company).property_account_receivable_id = receivable
        world.bank_line, world.booked_line = matches
        world.bank_proposal = world.bank_line.proposal_ids[:1]
        world.new_line = lines[2]
        world.booked_line.action_accept()

    # === THE TABLE === #

    def test_every_action_of_the_desk_has_a_row(self):
        rows = {line.split()[0] for line in RIGHTS.splitlines() if line.strip()}
        folders = tuple(
            f"odoo.addons.invoice_crm_addon.models.{name}." for name in ("bureau", "data_check")
        )
        found = {}
        for model in self.env.registry.values():
            for base in model.__mro__:
                if base.__module__.startswith(folders) and base._name in (None, model._name):
                    methods = [name for name in vars(base) if name.startswith("action_")]
                    # What other models get of the desk is in their own rows.
                    if model._name.startswith(("invoice.bureau.", "invoice.check")):
                        found.setdefault(model._name, set()).update(methods)
        found = {model: methods for model, methods in found.items() if methods}
        self.assertEqual({model: set(names) for model, names in DESK_METHODS.items()}, found)
        for model, methods in DESK_METHODS.items():
            for method, row in methods.items():
                with self.subTest(model=model, method=method):
                    self.assertIn(row, rows)

    def test_decisions_of_a_month_are_for_finance(self):
        """Whatever else they lack: before it is looked at, others are refused."""
        methods = [
            method
            for method, row in DESK_METHODS["invoice.bureau.month.row"].items()
            if row == "bureau_row.explain"
        ]
        row = self.worlds["c"].bureau_row
        for role in ("sales", "lead", "auditor", "approver", "outsider", "other", "portal"):
            for method in methods:
                with self.subTest(role=role, method=method), self.assertRaises(AccessError):
                    getattr(row.with_user(self.users_by_role[role]), method)()

    # === THE CHECK === #

    def _check_row(self, name, row):
        """Try one operation as everybody on everybody's records."""
        self._prepare_row(name)
        model, operation = name.split(".")
        is_shared = model in SHARED
        scopes = "c" if name.startswith(COMMON) else SCOPES
        if operation in ("create", "write"):
            # It is possible in itself: what is refused below is refused to people.
            can = self._can(self.env.user, name, self.worlds["c"], su=True)
            self.assertEqual(can, name not in FINAL)
        for role, expected in row.items():
            for scope in scopes:
                key = role if scope == "o" else scope
                if key not in self.worlds or (is_shared and scope in "od"):
                    continue
                can = self._can(self.users_by_role[role], name, self.worlds[key])
                with self.subTest(row=name, role=role, scope=scope):
                    self.assertEqual(
                        can,
                        scope in expected,
                        f"{role} {'can' if can else 'cannot'} {operation} {SCOPES[scope]} {model}",
                    )

    def _prepare_row(self, name):
        for world in self.worlds.values():
            if name in STATES:
                fname, state = STATES[name]
                if record := getattr(world, fname, None):
                    proven(record).state = state
            if name == "ticket.issue":
                world.ticket.write(self._prepare_fapiao_values(world.ticket))
            elif name == "ticket.new_customer":
                world.ticket.write({"partner_id": False, "allocation_ids": [Command.clear()]})
                world.ticket.write({"buyer_name": "New customer", "buyer_vat": False})

    def _can(self, user, name, world, su=False):
        """Whether the user succeeds; nothing of it stays."""
        savepoint = self.env.cr.savepoint()
        self.env.invalidate_all()
        try:
            env = self.env(user=user, su=False)
            self._do(name, world, proven(env["res.users"]).env if su else env)
            self.env.flush_all()
        except UserError:  # AccessError and ValidationError are such errors, too
            return False
        finally:
            savepoint.close(rollback=True)
        return True

    def _do(self, name, world, env):
        model, operation = name.split(".")
        subject = STATES[name][0] if name in STATES else model
        record = getattr(world, "ticket" if name == "ticket.import" else subject).with_env(env)
        if operation == "create":
            record.create(self._prepare_create_values(model, world))
        elif operation == "write":
            record.write(WRITE_VALUES[model])
        elif operation == "unlink":
            record.unlink()
        elif operation == "read":
            self._read(record)
        else:
            ACTIONS[name](record)

    def _read(self, record):
        """Read and search agree on what the user sees."""
        can_read = record.has_access("read")
        if record.browse().has_access("read"):
            found = record.with_context(active_test=False).search([("id", "=", record.id)])
            self.assertEqual(found, record if can_read else record.browse())
        record.read(["create_uid"])

    def _prepare_create_values(self, model, world):
        """Values of a record that belongs to the world."""
        ticket, owned = world.ticket, world.owned
        in_company = {"company_id": owned["company_id"]}
        request = {"request_id": world.request.id}
        creators = {
            "ticket": lambda: self._prepare_ticket_values(**owned),
            "line": lambda: {"ticket_id": ticket.id, "name": "New", "price_unit": 1.0},
            "allocation": lambda: {
                "ticket_id": ticket.id,
                "payment_id": self.payments[ticket.company_id].id,
                "amount": 1.0,
            },
            "contract": lambda: {"name": "New", "partner_id": self.customer.id, **owned},
            "special": lambda: {"ticket_id": ticket.id, "place": "Here"},
            "goods_code": lambda: {
                "name": "New",
                "code": SERVICE[:-1] + "1",
                "company_id": world.goods_code.company_id.id,
            },
            "bureau_template": lambda: prepare_template(world.bureau_template.company_id),
            "bureau_batch": lambda: in_company,
            "bureau_item": lambda: {"batch_id": world.bureau_batch.id, "name": "New"},
            "milestone": lambda: {"contract_id": world.contract.id, "name": "New"},
            "rule": lambda: {
                "contract_id": world.contract.id,
                "name": "New",
                "amount": 1.0,
                "date_start": "2026-01-01",
            },
            "bill": lambda: {
                "contract_id": world.contract.id,
                "name": "New",
                "date": "2026-01-01",
                "date_from": "2026-01-01",
                "date_to": "2026-01-01",
            },
            "shipment": lambda: {
                "partner_id": self.customer.id,
                "ticket_ids": [Command.set(world.issued.ids)],
                **in_company,
            },
            "event": lambda: {"shipment_id": world.shipment.id},
            "request": lambda: {
                "name": "New",
                "res_model": ticket._name,
                "res_id": ticket.id,
                "flow_name": "New",
                "requester_id": owned["user_id"],
                **in_company,
            },
            "step": lambda: {"name": "New", "rule": "any", **request},
            "decision": lambda: {"user_id": owned["user_id"], "decision": "approve", **request},
            "notice": lambda: {"user_id": owned["user_id"], "kind": "turn", **request},
            "delegation": lambda: self._prepare_absence(world.delegation.user_id),
            "type": lambda: {"name": "New", "code": "NEW", "company_id": world.type.company_id.id},
            "custom_field": lambda: {"name": "New", "type_id": world.type.id},
            "carrier": lambda: {"name": "New", "code": "new"},
            "flow": lambda: {"name": "New", "company_id": world.flow.company_id.id},
            "stage": lambda: {
                "name": "New",
                "flow_id": world.flow.id,
                "user_ids": [Command.set(self.approver.ids)],
            },
            "lane": lambda: {
                "flow_id": world.flow.id,
                "level_id": world.lane_level.id,
                "amount": 1.0,
            },
            "version": lambda: {
                "flow_id": world.flow.id,
                "number": 99,
                "definition": {"name": "X"},
            },
            "level": lambda: {"name": "New"},
            "bank_line": lambda: {
                "line_id": world.new_line.id,
                "journal_id": world.new_line.journal_id.id,
                "currency_id": world.new_line.currency_id.id,
                "company_id": world.new_line.company_id.id,
                "date": "2026-11-02",
                "amount": 13.0,
            },
            "bank_proposal": lambda: {
                "match_id": world.bank_line.id,
                "partner_id": world.partner.id,
                "certainty": "likely",
            },
            "export_log": lambda: {
                "date": fields.Datetime.now(),
                "user_id": owned["user_id"],
                "res_model": ticket._name,
                "format": "csv",
                **in_company,
            },
            "audit_package": lambda: {
                "date_from": "2026-01-01",
                "date_to": "2026-12-31",
                "user_id": owned["user_id"],
                **in_company,
            },
            **get_bureau_creators(world, self.finance, in_company),
            **get_desk_creators(world, in_company),
        }
        return creators[model]()
