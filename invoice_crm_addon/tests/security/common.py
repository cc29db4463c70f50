from collections import Counter
from types import FunctionType

from odoo.fields import Command
from odoo.tools import SQL

from ...models.base.proof import proven
from ..common import TicketCommon

MODULE = "odoo.addons.invoice_crm_addon"


class SecurityCommon(TicketCommon):
    """Records that others must not reach, and the methods by which they would try."""

    @classmethod
    def _create_targets(cls, owner, company):
        """Records of each model in the states that actions look at."""
        owned = {"user_id": owner.id, "company_id": company.id}
        Ticket = cls.env["invoice.ticket"]
        tickets = Ticket
        for state in ("draft", "approved", "issued", "voided"):
            ticket = cls._create_ticket(type_id=cls.type_ordinary.id, **owned)
            proven(ticket).write(dict(cls._prepare_fapiao_values(ticket), state=state))
            tickets |= ticket
        asked = cls._create_ticket(**owned)
        asked.with_user(owner).sudo()._submit_for_approval()
        contracts = cls.env["invoice.contract"]
        for state in ("draft", "active", "closed", "cancelled"):
            contract = cls._create_contract(**owned)
            proven(contract).state = state
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

    @classmethod
    def _get_own_methods(cls):
        """Model, name and function of each method that the module's classes define."""
        methods = {}
        for model_name, model_class in cls.env.registry.items():
            for parent in model_class.mro():
                if not parent.__module__.startswith(MODULE):
                    continue
                for name, function in vars(parent).items():
                    if isinstance(function, FunctionType):
                        methods.setdefault((model_name, name), function)
        return methods

    # === STATE === #

    def _get_touched(self):
        """Rows written in this transaction so far, by table; what was taken back counts, too."""
        # Not pg_stat_xact_user_tables, which joins the indexes of every table.
        self.env.cr.execute(
            """SELECT relname, pg_stat_get_xact_tuples_inserted(oid)
                   + pg_stat_get_xact_tuples_updated(oid) + pg_stat_get_xact_tuples_deleted(oid)
               FROM pg_class
               WHERE relkind = 'r' AND relnamespace = current_schema::regnamespace"""
        )
        return Counter(dict(self.env.cr.fetchall()))

    def _get_contents(self, tables):
        """Content of whole tables."""
        return {
            table: self.env.execute_query(
                SQL(
                    "SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM %s t",
                    SQL.identifier(table),
                )
            )
            for table in tables
        }
