from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..base.newest_rows import NewestRows
from ..base.readable_mixin import ReadableRows


class InvoiceCustomerDocumentsMixin(models.AbstractModel):
    """Who is a customer, and the tickets, contracts and parcels that a customer has."""

    _name = "invoice.customer.documents.mixin"
    _description = "Customer With Tickets"

    is_billing_customer = fields.Boolean(
        compute="_compute_is_billing_customer",
        search="_search_is_billing_customer",
        compute_sudo=True,
        export_string_translation=False,
    )
    has_documents = fields.Boolean(
        compute="_compute_has_documents",
        search="_search_has_documents",
        compute_sudo=True,
        export_string_translation=False,
    )
    ticket_ids = ReadableRows("invoice.ticket", "partner_id", string="Tickets")
    newest_ticket_ids = NewestRows(
        "invoice.ticket",
        path="partner_id",
        depends=["ticket_ids"],
        string="Newest Tickets",
        limit=20,
    )
    ticket_count = fields.Integer(compute="_compute_ticket_counts")
    invoice_contract_ids = ReadableRows("invoice.contract", "partner_id", string="Contracts")
    invoice_contract_count = fields.Integer(compute="_compute_ticket_counts")
    invoice_shipment_count = fields.Integer(compute="_compute_ticket_counts")

    # === COMPUTE METHODS === #

    def _compute_is_billing_customer(self):
        customers = self.with_context(active_test=False).search(
            [("id", "in", self.ids), ("is_billing_customer", "=", True)]
        )
        for partner in self:
            partner.is_billing_customer = partner in customers

    @api.model
    def _search_is_billing_customer(self, operator, value):
        """Neither colleagues, nor the own companies, nor who only sells to them."""
        if operator != "in":
            return NotImplemented
        # sudo: only who is a colleague, or was one: leaving makes nobody a customer
        users_sudo = self.env["res.users"].sudo().with_context(active_test=False)
        colleagues = users_sudo._search([("share", "=", False)]).subselect("partner_id")
        is_staff = Domain("employee", "=", True) | Domain("id", "in", colleagues)
        is_vendor = (
            Domain("supplier_rank", ">", 0)
            & ~Domain("customer_rank", ">", 0)
            & ~self._get_buying_domain()
        )
        is_customer = (
            Domain("parent_id", "=", False)
            & Domain("ref_company_ids", "not any!", [])
            & ~is_staff
            & ~is_vendor
        )
        return is_customer if True in value else ~is_customer

    def _compute_has_documents(self):
        buyers = self.with_context(active_test=False).search(
            [("id", "in", self.ids), ("has_documents", "=", True)]
        )
        for partner in self:
            partner.has_documents = partner in buyers

    @api.model
    def _search_has_documents(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._get_buying_domain() if True in value else ~self._get_buying_domain()

    @api.model
    def _get_buying_domain(self):
        """Who has a ticket or a contract, whoever may read it.

        Asked of one partner at a time, for which there are indexes. For ``any`` PostgreSQL would
        read the customers of all tickets at once.
        """
        for model in ("invoice.ticket", "invoice.contract"):
            self.env[model].flush_model(["partner_id"])
        return Domain.custom(
            to_sql=lambda _model, alias, _query: SQL(
                "COALESCE((SELECT TRUE FROM invoice_ticket WHERE partner_id = %(id)s LIMIT 1),"
                " (SELECT TRUE FROM invoice_contract WHERE partner_id = %(id)s LIMIT 1), FALSE)",
                id=SQL.identifier(alias, "id"),
            )
        )

    def _compute_ticket_counts(self):
        tickets = self._count_by_customer("invoice.ticket")
        contracts = self._count_by_customer("invoice.contract")
        billed = self._count_by_customer("invoice.contract", "billed_partner_ids")
        shipments = self._count_by_customer("invoice.shipment")
        for partner in self:
            partner.ticket_count = tickets.get(partner, 0)
            partner.invoice_contract_count = contracts.get(partner, 0) + billed.get(partner, 0)
            partner.invoice_shipment_count = shipments.get(partner, 0)

    def _count_by_customer(self, model, fname="partner_id"):
        Model = self.env[model]
        if not Model.has_access("read"):
            return {}
        return dict(Model._read_group([(fname, "in", self.ids)], [fname], ["__count"]))

    # === ACTION METHODS === #

    def action_create_ticket(self):
        """Open a new ticket, filled with the customer's billing data."""
        self.ensure_one()
        return self.env["invoice.ticket"]._open_new(
            {"default_partner_id": self.commercial_partner_id.id}
        )

    def action_create_contract(self):
        """Open a new contract of the customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Contract"),
            "res_model": "invoice.contract",
            "views": [(False, "form")],
            "context": {"default_partner_id": self.commercial_partner_id.id},
        }

    def action_view_tickets(self):
        """Open the customer's tickets."""
        return self._open_documents("invoice_crm_addon.invoice_ticket_action")

    def action_view_invoice_contracts(self):
        """Open the customer's contracts."""
        action = self._open_documents("invoice_crm_addon.invoice_contract_action")
        customer = self.commercial_partner_id
        is_billed = Domain("billed_partner_ids", "=", customer.id)
        return dict(action, domain=list(Domain(action["domain"]) | is_billed))

    def action_view_invoice_shipments(self):
        """Open the parcels that went to the customer."""
        return self._open_documents("invoice_crm_addon.invoice_shipment_action")

    def _open_documents(self, xmlid):
        self.ensure_one()
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id(xmlid),
            domain=[("partner_id", "=", self.commercial_partner_id.id)],
            context={"default_partner_id": self.commercial_partner_id.id},
        )
