from odoo import api, fields, models
from odoo.fields import Command


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "invoice.ticketable.mixin"]

    _allocation_field = "move_id"

    ticket_count = fields.Integer(
        compute="_compute_ticket_count",
        groups="invoice_crm_addon.group_ticket_user,invoice_crm_addon.group_ticket_auditor",
    )

    can_create_ticket = fields.Boolean(compute="_compute_can_create_ticket")

    def _compute_ticket_count(self):
        counts = dict(
            self.env["invoice.ticket.allocation"]._read_group(
                [("move_id", "in", self.ids)], ["move_id"], ["ticket_id:count_distinct"]
            )
        )
        for move in self:
            move.ticket_count = counts.get(move, 0)

    @api.depends("move_type", "state")
    @api.depends_context("uid")
    def _compute_can_create_ticket(self):
        self._compute_can("create_ticket")

    def _get_cannot_create_ticket_reason(self):
        if self.move_type != "out_invoice" or self.state != "posted":
            return self.env._("Only a posted customer invoice can be ticketed.")
        if not self.env["invoice.ticket"].has_access("create"):
            return self.env._("You may not create tickets.")
        return False

    def action_create_ticket(self):
        """Open a new ticket, filled with customer, lines and amount of the customer invoice.

        :raise UserError: if this is no posted customer invoice
        """
        self.ensure_one()
        self._check_can("create_ticket")
        return self.env["invoice.ticket"]._open_new(self._prepare_ticket_context())

    def action_view_tickets(self):
        """Open the tickets that document the invoice."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_crm_addon.invoice_ticket_action"
        )
        return dict(action, domain=[("allocation_ids.move_id", "=", self.id)], context={})

    def _prepare_ticket_context(self):
        """Defaults of a ticket for the invoice: all that is known of it."""
        self.ensure_one()
        owner = self.env["invoice.ticket"]._get_owner(self.invoice_user_id, self.company_id)
        orders = self.invoice_line_ids.sale_line_ids.order_id
        contract = orders.invoice_contract_id.filtered(lambda c: c.state == "active")[:1]
        return {
            "default_partner_id": self.commercial_partner_id.id,
            "default_company_id": self.company_id.id,
            "default_currency_id": self.currency_id.id,
            "default_contract_id": contract.id,
            "default_content": self.ref or self.name,
            "default_user_id": owner.id,
            "default_date_due": self.invoice_date_due,
            "default_tax_included": False,
            "default_line_ids": [
                Command.create(line._prepare_ticket_line_values())
                for line in self.invoice_line_ids
                if line.display_type == "product"
            ],
            "default_allocation_ids": [
                Command.create({"move_id": self.id, "amount": self.amount_total})
            ],
        }
