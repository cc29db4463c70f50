from odoo import api, fields, models
from odoo.fields import Command


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "invoice.action.mixin"]

    invoice_contract_id = fields.Many2one(
        "invoice.contract",
        string="Contract",
        index="btree_not_null",
        copy=False,
        ondelete="set null",
        check_company=True,
        domain="[('partner_id', 'parent_of', partner_id)]",
    )
    ticket_ids = fields.One2many(
        "invoice.ticket",
        "sale_order_id",
        string="Tickets",
        groups="invoice_crm_addon.group_ticket_user,invoice_crm_addon.group_ticket_auditor",
    )
    ticket_count = fields.Integer(
        compute="_compute_ticket_count",
        groups="invoice_crm_addon.group_ticket_user,invoice_crm_addon.group_ticket_auditor",
    )

    can_create_ticket = fields.Boolean(compute="_compute_action_rights")
    can_create_invoice_contract = fields.Boolean(compute="_compute_action_rights")

    @api.depends("state", "invoice_contract_id")
    @api.depends_context("uid")
    def _compute_action_rights(self):
        self._compute_can("create_ticket", "create_invoice_contract")

    @api.constrains("invoice_contract_id", "partner_id")
    def _check_invoice_contract(self):
        for order in self.filtered("invoice_contract_id"):
            order.invoice_contract_id._check_customer_of(order)

    def _compute_ticket_count(self):
        counts = dict(
            self.env["invoice.ticket"]._read_group(
                [("sale_order_id", "in", self.ids)], ["sale_order_id"], ["__count"]
            )
        )
        for order in self:
            order.ticket_count = counts.get(order, 0)

    def action_create_invoice_contract(self):
        """Create the contract of a confirmed order, and open it.

        :raise UserError: if the order is not confirmed
        """
        self.ensure_one()
        if not self.invoice_contract_id:
            self._check_can("create_invoice_contract", claim=True)
            self.invoice_contract_id = self.env["invoice.contract"].create(
                self._prepare_invoice_contract_values()
            )
        return self.action_view_invoice_contract()

    def action_view_invoice_contract(self):
        """Open the contract of the order."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "invoice.contract",
            "res_id": self.invoice_contract_id.id,
            "views": [(False, "form")],
        }

    def action_create_ticket(self):
        """Open a new ticket, filled with the customer, contract and lines of the order."""
        self.ensure_one()
        self._check_can("create_ticket")
        return self.env["invoice.ticket"]._open_new(self._prepare_ticket_context())

    def action_view_tickets(self):
        """Open the tickets of the order."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_crm_addon.invoice_ticket_action"
        )
        return dict(
            action,
            domain=[("sale_order_id", "=", self.id)],
            context={"default_sale_order_id": self.id},
        )

    # === CAN === #

    def _get_cannot_create_ticket_reason(self):
        if self.state != "sale":
            return self.env._("Confirm the order first.")
        if not self.env["invoice.ticket"].has_access("create"):
            return self.env._("You may not create tickets.")
        return False

    def _get_cannot_create_invoice_contract_reason(self):
        if self.state != "sale":
            return self.env._("Confirm the order first.")
        if self.invoice_contract_id:
            return self.env._("The order has a contract already.")
        if not self.env["invoice.contract"].has_access("create"):
            return self.env._("You may not create contracts.")
        return False

    # === BUSINESS METHODS === #

    def _prepare_invoice_contract_values(self):
        """Values of the contract that an order makes."""
        self.ensure_one()
        return {
            "name": self.client_order_ref or self.name,
            "partner_id": self.partner_id.commercial_partner_id.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "amount_total": self.amount_total,
            "user_id": self.user_id.id or self.env.uid,
            "date_signed": fields.Date.to_date(self.date_order),
        }

    def _prepare_ticket_context(self):
        """Defaults of a ticket for the order: all that is known of it."""
        self.ensure_one()
        contract = self.invoice_contract_id
        return {
            "default_partner_id": self.partner_id.commercial_partner_id.id,
            "default_company_id": self.company_id.id,
            "default_currency_id": self.currency_id.id,
            "default_contract_id": contract.id if contract.state == "active" else False,
            "default_sale_order_id": self.id,
            "default_content": self.client_order_ref or self.name,
            "default_tax_included": False,
            "default_line_ids": [
                Command.create(line._prepare_ticket_line_values())
                for line in self.order_line
                if not line.display_type and not line.is_downpayment
            ],
        }
