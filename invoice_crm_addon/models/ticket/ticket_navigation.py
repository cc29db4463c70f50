from odoo import api, fields, models
from odoo.exceptions import UserError


class InvoiceTicket(models.Model):
    """Ways from a ticket to what belongs to it, and to a new one."""

    _inherit = "invoice.ticket"

    shipment_count = fields.Integer(compute="_compute_shipment_count")
    correction_count = fields.Integer(compute="_compute_correction_count")

    @api.depends("shipment_ids")
    def _compute_shipment_count(self):
        for ticket in self:
            ticket.shipment_count = len(ticket.shipment_ids)

    @api.depends("reissue_ids", "reissue_of_id", "red_ids", "red_of_id")
    def _compute_correction_count(self):
        for ticket in self:
            ticket.correction_count = len(ticket._get_corrections())

    def action_view_contract(self):
        """Open the contract of the ticket."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "invoice.contract",
            "res_id": self.contract_id.id,
            "views": [(False, "form")],
        }

    def action_view_corrections(self):
        """Open the tickets that correct this one, and those that it corrects."""
        self.ensure_one()
        return self._open_tickets(self._get_corrections())

    def action_view_shipments(self):
        """Open the parcels in which the ticket travels."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_crm_addon.invoice_shipment_action"
        )
        if len(self.shipment_ids) == 1:
            return dict(action, res_id=self.shipment_ids.id, views=[(False, "form")])
        return dict(action, domain=[("ticket_ids", "in", self.ids)])

    def action_ship(self):
        """Open a new parcel with the tickets in it.

        :raise UserError: if they are not issued, or go to several customers
        """
        Shipment = self.env["invoice.shipment"]
        Shipment.check_access("create")
        if unissued := self.filtered(lambda ticket: ticket.state != "issued"):
            raise UserError(
                self.env._(
                    "Only issued tickets travel. Issue first: %s.",
                    ", ".join(unissued.mapped("name")),
                )
            )
        values = Shipment._prepare_from_tickets(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ship"),
            "res_model": "invoice.shipment",
            "views": [(False, "form")],
            "context": {f"default_{fname}": value for fname, value in values.items()},
        }

    def _get_corrections(self):
        return self.reissue_ids | self.reissue_of_id | self.red_ids | self.red_of_id

    def _open_tickets(self, tickets):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_crm_addon.invoice_ticket_action"
        )
        if len(tickets) == 1:
            return dict(action, res_id=tickets.id, views=[(False, "form")], context={})
        return dict(action, domain=[("id", "in", tickets.ids)], context={})

    @api.model
    def _open_new(self, context):
        """Action that opens a new ticket with these defaults."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Ticket"),
            "res_model": self._name,
            "views": [(False, "form")],
            "context": context,
        }
