from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from ..base.tools import clean_number
from .shipment_event import SHIPMENT_STATES


class InvoiceShipment(models.Model):
    """A parcel that carries tickets. One parcel carries many, a ticket may travel twice.

    The state is what the latest event says; an event is added by hand or by a tracking
    service. Delivered and returned are final: an earlier event that arrives late changes
    nothing.

    Action     Group        Restriction
    =====================================================================================
    Ship       Finance      tickets of one customer and company, issued
    Hand over  Finance      the carrier has it not yet
    Add event  Finance      –
    Delete     Finance      no event yet
    =====================================================================================
    """

    _name = "invoice.shipment"
    _description = "Shipment"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "invoice.found.by.name.mixin",
        "invoice.guard.mixin",
        "invoice.action.mixin",
        "invoice.my.department.mixin",
    ]
    _order = "date_shipped desc, id desc"
    _rec_name = "tracking_number"
    _rec_names_search = ["tracking_number", "partner_id.complete_name"]
    _check_company_auto = True
    _department_path = "ticket_ids.department_id"

    tracking_number = fields.Char(index="trigram", tracking=True)
    carrier_id = fields.Many2one(
        "invoice.carrier",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env["invoice.carrier"].search([], limit=1),
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    ticket_ids = fields.Many2many(
        "invoice.ticket",
        "invoice_shipment_ticket_rel",
        "shipment_id",
        "ticket_id",
        string="Tickets",
        check_company=True,
        domain="[('state', '=', 'issued'), ('partner_id', '=?', partner_id)]",
    )
    recipient = fields.Char(compute="_compute_recipient", store=True, readonly=False)
    recipient_phone = fields.Char(compute="_compute_recipient_phone", store=True, readonly=False)
    recipient_address = fields.Char(
        compute="_compute_recipient_address", store=True, readonly=False
    )
    date_shipped = fields.Date(string="Shipped On", default=fields.Date.context_today, index=True)
    note = fields.Text()
    event_ids = fields.One2many("invoice.shipment.event", "shipment_id", string="Events")
    state = fields.Selection(
        selection=SHIPMENT_STATES,
        compute="_compute_state",
        store=True,
        index=True,
        tracking=True,
    )
    has_left = fields.Boolean(
        string="On Its Way",
        compute="_compute_has_left",
        store=True,
        help="The carrier has it, as its news or a person says.",
    )
    last_event_on = fields.Datetime(string="Last Event", compute="_compute_state", store=True)
    delivered_on = fields.Datetime(compute="_compute_state", store=True)
    signed_by = fields.Char(compute="_compute_state", store=True)
    tracking_link = fields.Char(compute="_compute_tracking_link")
    ticket_count = fields.Integer(compute="_compute_ticket_count")
    can_hand_over = fields.Boolean(compute="_compute_action_rights")
    can_add_event = fields.Boolean(compute="_compute_action_rights")
    can_deliver = fields.Boolean(compute="_compute_action_rights")
    can_track = fields.Boolean(compute="_compute_action_rights")

    _number_uniq = models.UniqueIndex(
        "(company_id, carrier_id, tracking_number) WHERE tracking_number IS NOT NULL",
        "A parcel of this carrier with this number exists already.",
    )

    # === COMPUTE METHODS === #

    # One method a field: Odoo takes a value that is given for one of them as the word on all.

    @api.depends("partner_id")
    def _compute_recipient(self):
        for shipment in self:
            shipment.recipient = shipment._get_delivery_contact().name

    @api.depends("partner_id")
    def _compute_recipient_phone(self):
        for shipment in self:
            partner = shipment.partner_id
            shipment.recipient_phone = shipment._get_delivery_contact().phone or partner.phone

    @api.depends("partner_id")
    def _compute_recipient_address(self):
        for shipment in self:
            contact = shipment._get_delivery_contact()
            shipment.recipient_address = (
                contact._get_courier_address() or shipment.partner_id.invoice_address
            )

    @api.depends("event_ids.state", "event_ids.date", "event_ids.signed_by")
    def _compute_state(self):
        for shipment in self:
            events = shipment.event_ids.sorted(lambda e: (e.date, e._origin.id or 0))
            final = events.filtered(lambda e: e.state in ("delivered", "returned"))[-1:]
            latest = final or events[-1:]
            shipment.state = latest.state or "draft"
            shipment.last_event_on = events[-1:].date
            is_delivered = latest.state == "delivered"
            shipment.delivered_on = is_delivered and latest.date
            shipment.signed_by = is_delivered and latest.signed_by

    @api.depends("event_ids.state")
    def _compute_has_left(self):
        for shipment in self:
            states = set(shipment.event_ids.mapped("state"))
            shipment.has_left = bool(states - {"draft", "unknown"})

    @api.depends("carrier_id", "tracking_number")
    def _compute_tracking_link(self):
        for shipment in self:
            shipment.tracking_link = shipment.carrier_id._get_tracking_link(
                shipment.tracking_number
            )

    @api.depends("state", "tracking_link")
    @api.depends_context("uid")
    def _compute_action_rights(self):
        self._compute_can("hand_over", "add_event", "deliver", "track")

    @api.depends("ticket_ids")
    def _compute_ticket_count(self):
        for shipment in self:
            shipment.ticket_count = len(shipment.ticket_ids)

    @api.depends("carrier_id", "tracking_number")
    def _compute_display_name(self):
        for shipment in self:
            parts = [shipment.carrier_id.name, shipment.tracking_number]
            shipment.display_name = " ".join(filter(None, parts)) or self.env._("New")

    # === CONSTRAINT METHODS === #

    @api.constrains("ticket_ids", "partner_id")
    def _check_tickets(self):
        for shipment in self:
            customer = shipment.partner_id.commercial_partner_id
            strangers = shipment.ticket_ids.filtered(
                lambda t, customer=customer: t.partner_id.commercial_partner_id != customer
            )
            if strangers:
                raise ValidationError(
                    self.env._(
                        "A parcel goes to one customer. These tickets belong to another: %s.",
                        ", ".join(strangers.mapped("name")),
                    )
                )
            if unissued := shipment.ticket_ids.filtered(lambda t: t.state != "issued"):
                # A ticket that was voided after it was shipped stays on its parcel.
                unissued = unissued.filtered(lambda t: t.state != "voided")
                if unissued:
                    raise ValidationError(
                        self.env._(
                            "Only issued tickets travel. Issue first: %s.",
                            ", ".join(unissued.mapped("name")),
                        )
                    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if "tracking_number" in vals:
                vals["tracking_number"] = clean_number(vals["tracking_number"])
        return super().create(vals_list)

    def write(self, vals):
        if "tracking_number" in vals:
            vals = dict(vals, tracking_number=clean_number(vals["tracking_number"]))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_travelled(self):
        if travelled := self.filtered("event_ids"):
            raise UserError(
                self.env._(
                    "%s has events and must be kept.",
                    ", ".join(travelled.mapped("display_name")),
                )
            )

    # === ACTION METHODS === #

    def _get_cannot_add_event_reason(self):
        if not self.env["invoice.shipment.event"].has_access("create"):
            return self.env._("This is for finance to do.")
        if self.state in ("delivered", "returned"):
            return self.env._("The parcel has arrived, or came back: nothing more happens to it.")
        return False

    def _get_cannot_deliver_reason(self):
        return self._get_cannot_add_event_reason()

    def _get_cannot_track_reason(self):
        if not self.tracking_link:
            return self.env._("Enter the tracking number, and the tracking page of the carrier.")
        return False

    def _get_cannot_hand_over_reason(self):
        if self.has_left:
            return self.env._("The carrier has the parcel already.")
        return self._get_cannot_add_event_reason()

    def action_hand_over(self):
        """Record that the carrier took parcels: their tickets are sent from then on.

        :raise UserError: if the carrier has one of them already, or it is not for the user to say
        """
        self._check_can("hand_over", claim=True)
        self.env["invoice.shipment.event"].create(
            [{"shipment_id": shipment.id, "state": "picked_up"} for shipment in self]
        )
        return True

    def action_add_event(self):
        """Open the dialog that adds an event, with the most likely next state."""
        self.ensure_one()
        self._check_can("add_event")
        following = {
            "draft": "picked_up",
            "picked_up": "in_transit",
            "in_transit": "out_for_delivery",
            "out_for_delivery": "delivered",
        }
        return self._open_event_form(following.get(self.state, "in_transit"))

    def action_deliver(self):
        """Open the dialog that records the delivery and who signed for it."""
        self.ensure_one()
        self._check_can("deliver")
        return self._open_event_form("delivered")

    def action_track(self):
        """Open the carrier's tracking page."""
        self.ensure_one()
        self._check_can("track")
        return {"type": "ir.actions.act_url", "url": self.tracking_link, "target": "new"}

    def _open_event_form(self, state):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Add Event"),
            "res_model": "invoice.shipment.event",
            "view_mode": "form",
            "target": "new",
            "context": {"default_shipment_id": self.id, "default_state": state},
        }

    # === BUSINESS METHODS === #

    def _get_delivery_contact(self):
        """Contact who receives the customer's mail."""
        self.ensure_one()
        contact_id = self.partner_id.address_get(["delivery"])["delivery"]
        return self.env["res.partner"].browse(contact_id)

    @api.model
    def _prepare_from_tickets(self, tickets):
        """Values of a parcel with the tickets in it.

        :raise UserError: if they do not belong to one customer and company
        """
        customers = tickets.partner_id.commercial_partner_id
        if len(customers) != 1 or len(tickets.company_id) != 1:
            raise UserError(
                self.env._(
                    "A parcel goes to one customer. Choose tickets of one customer and company."
                )
            )
        return {
            "partner_id": customers.id,
            "company_id": tickets.company_id.id,
            "ticket_ids": [Command.set(tickets.ids)],
        }
