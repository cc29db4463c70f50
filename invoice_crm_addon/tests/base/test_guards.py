from collections import defaultdict
from contextlib import contextmanager
from itertools import cycle
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import TicketCommon

# What only the actions of a document, or its rows, may change. Written down here once more:
# the test does not ask the model what it guards.
GUARDED = {
    "invoice.ticket": """
        name state status shipment_ids shipping_state sent_on issue_user_id
        mailing_ids mail_state
        amount_untaxed amount_tax amount_total amount_contract amount_paid amount_due
        payment_state void_reason void_user_id void_date reissue_of_id red_of_id
        red_reason red_reissue_id amount_red amount_valid fapiao_attachment_id""",
    "invoice.ticket.line": """
        company_id currency_id amount_untaxed amount_tax amount_total
        document_untaxed document_tax is_from_document""",
    "invoice.ticket.allocation": "company_id currency_id amount_paid",
    "invoice.contract": """
        state amount_ticketed amount_in_progress amount_to_ticket amount_received
        amount_received_unticketed amount_ticketed_unpaid""",
    "invoice.contract.milestone": "company_id amount_done is_done",
    "invoice.shipment": "state last_event_on delivered_on signed_by",
    "invoice.shipment.event": "company_id",
    "invoice.approval.request": """
        state requester_id owner_id flow_name flow_version cycle waiting_user_ids approver_ids
        date_decided res_id company_id name summary amount currency_id changes old_values
        trigger_fields own_step fallback_user_id is_change reminded_on last_seal""",
    "invoice.approval.step": """
        state rule minimum name note approver_ids sequence number date_reached date_done
        date_deadline escalated_user_id""",
    "invoice.approval.decision": """
        decision user_id for_user_id target_user_id comment date step_id hours_waited seal""",
    "res.partner": "billing_state tax_number_key",
}
# Parent and field through which a form writes the record.
PARENTS = {
    "invoice.ticket": [("partner_id", "ticket_ids"), ("contract_id", "ticket_ids")],
    "invoice.ticket.line": [("ticket_id", "line_ids")],
    "invoice.ticket.allocation": [("ticket_id", "allocation_ids")],
    "invoice.contract": [("partner_id", "invoice_contract_ids")],
    "invoice.contract.milestone": [("contract_id", "milestone_ids")],
    "invoice.shipment": [("ticket_ids", "shipment_ids")],
    "invoice.shipment.event": [("shipment_id", "event_ids")],
    "invoice.approval.step": [("request_id", "step_ids")],
    "invoice.approval.decision": [("request_id", "decision_ids"), ("step_id", "decision_ids")],
    "res.partner": [("parent_id", "child_ids")],
}
NUMBERS = ("integer", "float", "monetary", "many2one_reference")
# Any caller can put these into the context; none of them opens a door.
CONTEXT = {
    "su": True,
    "sudo": True,
    "install_mode": True,
    "import_file": True,
    "tracking_disable": True,
    "force": True,
    "bypass": True,
    "active_test": False,
    "mark_ticket_sent": True,
}


@tagged("post_install", "-at_install")
class TestGuards(TicketCommon):
    """State and derived fields follow from actions and rows, whatever way a value comes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.env.ref("base.user_admin")
        cls.admin.company_ids |= cls.company
        cls.admin.company_id = cls.company
        cls.roles = [cls.sales, cls.finance, cls.manager, cls.admin]
        cls.turns = cycle(cls.roles)
        cls.contract = cls._create_contract()
        cls._approve(cls.contract)
        cls.payment = cls._create_payment()
        cls.allocation = {"payment_id": cls.payment.id, "amount": 100.0}
        cls.ticket = cls._create_ticket(
            contract_id=cls.contract.id, allocation_ids=[Command.create(cls.allocation)]
        )
        cls.issued = cls._create_ticket()
        cls._issue(cls.issued)
        cls.shipment = cls._create_shipment(cls.issued, event_ids=[Command.create({})])
        cls._create_flow("invoice.ticket", [cls.approver])
        cls.asked = cls._create_ticket()
        cls._submit(cls.asked)
        cls.request = cls.asked.approval_request_id
        cls.contact = cls.env["res.partner"].create(
            {"name": "Branch", "parent_id": cls.customer.id, "is_company": True}
        )
        cls.milestone = cls.env["invoice.contract.milestone"].create(
            {"contract_id": cls.contract.id, "name": "First", "amount": 100.0}
        )
        cls.records = {
            record._name: record
            for record in (
                cls.ticket,
                cls.ticket.line_ids,
                cls.ticket.allocation_ids,
                cls.contract,
                cls.milestone,
                cls.shipment,
                cls.shipment.event_ids,
                cls.request,
                cls.request.step_ids,
                cls.request.decision_ids,
                cls.contact,
            )
        }
        cls.env.flush_all()

    # === WAYS IN === #

    def _via_write(self, record, vals):
        record.write(vals)

    def _via_write_in_any_context(self, record, vals):
        defaults = {f"default_{fname}": value for fname, value in vals.items()}
        record.with_context(**CONTEXT, **defaults).write(vals)

    def _via_form(self, record, vals):
        record.web_save(vals, {"display_name": {}})

    def _via_list(self, record, vals):
        record.web_save_multi([vals], {"display_name": {}})

    def _via_import(self, record, vals):
        [(fname, value)] = vals.items()
        field = record._fields[fname]
        column = f"{fname}/.id" if field.relational else fname
        if field.relational:
            value = value if field.type == "many2one" else value[0][1]
        record.browse().load([".id", column], [[str(record.id), str(value)]])

    def _via_parent(self, record, vals):
        for parent, fname in PARENTS.get(record._name, ()):
            record[parent][:1].write({fname: [Command.update(record.id, vals)]})

    def _via_create(self, record, vals):
        return record.create({**self._prepare_values(record), **vals})

    def _via_create_in_form(self, record, vals):
        saved = record.browse().web_save({**self._prepare_values(record), **vals}, {})
        return record.browse([row["id"] for row in saved])

    def _via_create_in_parent(self, record, vals):
        values = {**self._prepare_values(record), **vals}
        for parent, fname in PARENTS.get(record._name, ())[:1]:
            known = record[parent][:1][fname]
            record[parent][:1].write({fname: [Command.create(values)]})
            return record[parent][:1][fname] - known
        return record.browse()

    def _via_context_default(self, record, vals):
        defaults = {f"default_{fname}": value for fname, value in vals.items()}
        model = record.browse().with_context(**defaults)
        values = self._prepare_values(record)
        return model.create(values) + model.create({**model.default_get(list(vals)), **values})

    def _via_user_default(self, record, vals):
        for fname, value in vals.items():
            if record._fields[fname].type not in ("many2many", "one2many"):
                self.env["ir.default"].set(record._name, fname, value)
        return record.create(self._prepare_values(record))

    def _via_copy(self, record, vals):
        # A copy may take its values from the caller, like any record that is created.
        return record.copy(vals)

    # === SUPERUSER MODE THAT CORE LENDS === #

    def _via_superuser(self, record, vals):
        record.sudo().write(vals)

    def _via_creation_by_superuser(self, record, vals):
        return record.sudo().create({**self._prepare_values(record), **vals})

    def _via_default_of_superuser(self, record, vals):
        return self._via_context_default(record.sudo(), vals)

    def _via_server_action(self, record, vals):
        """“Update Record” writes in superuser mode."""
        [(fname, value)] = vals.items()
        if isinstance(value, list):
            value = [list(map(int, command)) for command in value]
        self._run_server_action(
            record,
            state="object_write",
            update_path=fname,
            evaluation_type="equation",
            value=repr(value),
        )

    def _via_code(self, record, vals):
        code = f"record.sudo().with_context(invoice_proof=True).write({vals!r})"
        self._run_server_action(record, state="code", code=code)

    def _run_server_action(self, record, **values):
        action = self.env["ir.actions.server"].create(
            {"name": "Forge", "model_id": self.env["ir.model"]._get_id(record._name), **values}
        )
        action.with_user(record.env.user).with_context(
            active_model=record._name, active_id=record.id, active_ids=record.ids
        ).run()

    def _via_mail(self, record, vals):
        """The gateway takes values from whoever calls it."""
        return self._process_mail(record, self.env["mail.thread"].with_env(record.env), vals)

    def _via_mail_server(self, record, vals):
        return self._process_mail(record, self.env["mail.thread"], vals)

    def _process_mail(self, record, gateway, vals):
        if not hasattr(record, "message_new"):
            return record.browse()
        mail = (
            f"From: {self.finance.email}\nTo: someone@example.com\nSubject: Forged\n"
            f"Message-Id: <{next(self.numbers)}@example.com>\n\nHello"
        )
        values = {**self._prepare_values(record), **vals}
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            thread_id = gateway.message_process(record._name, mail, custom_values=values)
        return record.browse(thread_id or ())

    CHANGES = (
        _via_write,
        _via_write_in_any_context,
        _via_form,
        _via_list,
        _via_import,
        _via_parent,
        _via_superuser,
        _via_server_action,
        _via_code,
    )
    CREATIONS = (
        _via_create,
        _via_create_in_form,
        _via_create_in_parent,
        _via_context_default,
        _via_user_default,
        _via_copy,
        _via_creation_by_superuser,
        _via_default_of_superuser,
        _via_mail,
        _via_mail_server,
    )

    # === HELPERS === #

    def _prepare_values(self, record):
        """Values that the role may create a record of this model with."""
        parent = {
            "invoice.ticket.line": {"ticket_id": self.ticket.id, "name": "New", "price_unit": 10},
            "invoice.ticket.allocation": {"ticket_id": self.ticket.id, **self.allocation},
            "invoice.contract.milestone": {"contract_id": self.contract.id, "name": "New"},
            "invoice.shipment.event": {"shipment_id": self.shipment.id},
            "invoice.shipment": {"partner_id": self.customer.id},
            "invoice.contract": {"name": "New", "partner_id": self.customer.id},
            "invoice.approval.decision": {
                "request_id": self.request.id,
                "user_id": record.env.uid,
                "decision": "submit",
            },
            "res.partner": {"name": "New", "parent_id": self.customer.id},
        }
        if record._name == "invoice.ticket":
            return self._prepare_ticket_values(user_id=record.env.uid, contract_id=self.contract.id)
        return parent.get(record._name, {})

    def _get_forged_values(self, record, fname):
        """Values that the field does not have now."""
        field, current = record._fields[fname], record[fname]
        if field.type == "selection":
            choices = [value for value, _label in field._description_selection(self.env)]
            others = [choice for choice in choices if choice != current]
            return others if fname in ("state", "billing_state") else others[-1:]
        if field.type in NUMBERS:
            return [0, 4242] if current else [4242]
        if field.type == "boolean":
            return [not current]
        if field.type == "date":
            return ["2020-02-02"]
        if field.type == "datetime":
            return ["2020-02-02 02:02:02"]
        if field.relational:
            if fname == "company_id":
                other = self.company_other
            else:
                other = self.env[field.comodel_name].search(
                    [("id", "not in", current.ids)], limit=1
                )
            return [other.id if field.type == "many2one" else [Command.link(other.id)]]
        return ["Forged"]

    def _is_forged(self, record, fname, value):
        """Whether the database holds the forged value."""
        current = record[fname]
        field = record._fields[fname]
        if field.type == "many2one":
            return current.id == value
        if field.relational:
            return value[0][1] in current.ids
        if field.type in ("date", "datetime"):
            return bool(current) and str(current) == value
        return current == value

    def _attempt(self, way, record, fname, value, user):
        """Try to bring a value in.

        :return: whether it arrived
        """
        savepoint = self.env.cr.savepoint()
        self.env.invalidate_all()
        before = record[fname]
        try:
            with self._as_remote_caller(user):
                record_as_user = record.with_user(user)
                self.env.invalidate_all()
                made = way(self, record_as_user, {fname: value})
                self.env.flush_all()
            self.env.invalidate_all()
            if way in self.CREATIONS:
                return any(self._is_forged(new, fname, value) for new in made.sudo())
            return record[fname] != before
        except UserError:
            return False
        finally:
            savepoint.close(rollback=True)

    @contextmanager
    def _as_remote_caller(self, user):
        """The transaction belongs to the user, as in a real request."""
        transaction = self.env.transaction
        with patch.object(transaction, "default_env", self.env(user=user, su=False)):
            yield

    def _is_fresh_value(self, record, fname, value):
        """Whether a record that is created without the field has this value anyway."""
        savepoint = self.env.cr.savepoint()
        try:
            return self._is_forged(record.create(self._prepare_values(record)), fname, value)
        except (IntegrityError, UserError):
            return False
        finally:
            savepoint.close(rollback=True)

    def _check_model(self, model):
        """Try every field in every way; states as everybody, other fields by turns."""
        record = self.records[model]
        arrived = defaultdict(set)
        for fname in GUARDED[model].split():
            for value in self._get_forged_values(record, fname):
                with mute_logger("odoo.sql_db"):
                    is_fresh = self._is_fresh_value(record, fname, value)
                for way in self.CHANGES + (() if is_fresh else self.CREATIONS):
                    for user in self.roles if "state" in fname else [next(self.turns)]:
                        if self._attempt(way, record, fname, value, user):
                            arrived[f"{fname} = {value!r}{way.__name__}"].add(user.login)
        self.assertFalse(dict(arrived), f"These values of {model} can be forged")

    # === TESTS === #

    def test_state_and_figures_of_a_ticket_cannot_be_forged(self):
        self._check_model("invoice.ticket")

    def test_amounts_of_a_ticket_line_cannot_be_forged(self):
        self._check_model("invoice.ticket.line")

    def test_paid_amount_of_an_allocation_cannot_be_forged(self):
        self._check_model("invoice.ticket.allocation")

    def test_state_and_figures_of_a_contract_cannot_be_forged(self):
        self._check_model("invoice.contract")

    def test_progress_of_a_milestone_cannot_be_forged(self):
        self._check_model("invoice.contract.milestone")

    def test_state_of_a_shipment_cannot_be_forged(self):
        self._check_model("invoice.shipment")

    def test_company_of_a_shipment_event_cannot_be_forged(self):
        self._check_model("invoice.shipment.event")

    def test_approval_request_cannot_be_forged(self):
        self._check_model("invoice.approval.request")

    def test_approval_step_cannot_be_forged(self):
        self._check_model("invoice.approval.step")

    def test_approval_decision_cannot_be_forged(self):
        self._check_model("invoice.approval.decision")

    def test_billing_state_of_a_customer_cannot_be_forged(self):
        self._check_model("res.partner")
