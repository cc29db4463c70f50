from odoo import api, fields, models
from odoo.tools import hash_sign, verify_hash_signed

from ..base.proof import proven

SCOPE = "invoice_crm_addon.ticket_link"
LINK_DAYS = 90
# What core says of an e-mail to one recipient, and what that means.
STATES = {
    "ready": "queued",
    "process": "queued",
    "pending": "queued",
    "sent": "sent",
    "bounce": "bounced",
    "exception": "failed",
    "canceled": "cancelled",
}
# Of several recipients: one who got it is enough, one who may still get it is waited for.
BEST_FIRST = ("sent", "queued", "bounced", "failed", "cancelled")


class InvoiceTicketMailing(models.Model):
    """An e-mail that brings a customer a ticket, and what became of it.

    State      Meaning
    =====================================================================================
    queued     in the outbox
    sent       the mail server of the company took it, for one person of the customer at least
    bounced    it came back, with the reason
    failed     it did not go out, with the reason
    cancelled  somebody took it out of the outbox
    =====================================================================================

    Only the program writes it, from what core says of the e-mail to each recipient. Whoever may
    read the ticket reads it. Its link is signed and expires; to open it proves nothing, since
    mail scanners open every link: the customer downloads with a button.
    """

    _name = "invoice.ticket.mailing"
    _inherit = ["invoice.guard.mixin"]
    _description = "E-Mail With a Ticket"
    _order = "id desc"
    _guarded_fields = (
        "ticket_id",
        "message_id",
        "user_id",
        "state",
        "reason",
        "recipients",
        "sent_on",
        "downloaded_on",
    )

    ticket_id = fields.Many2one("invoice.ticket", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="ticket_id.company_id", store=True, precompute=True)
    message_id = fields.Many2one("mail.message", index="btree_not_null", ondelete="set null")
    user_id = fields.Many2one("res.users", string="Sent By", ondelete="set null")
    state = fields.Selection(
        selection=[
            ("queued", "In the Outbox"),
            ("sent", "Sent"),
            ("bounced", "Came Back"),
            ("failed", "Not Sent"),
            ("cancelled", "Cancelled"),
        ],
        default="queued",
        required=True,
    )
    recipients = fields.Char(string="To")
    reason = fields.Text(help="What the mail server says.")
    sent_on = fields.Datetime()
    downloaded_on = fields.Datetime(
        help="When somebody first downloaded a file with the link in the e-mail. Who opens what is "
        "attached leaves no trace."
    )

    # === STATE === #

    def _settle(self):
        """Take over what became of the e-mails; a ticket is sent as long as one of them is."""
        rows = proven(self)
        found = rows.env["mail.notification"].search(
            [("mail_message_id", "in", rows.message_id.ids), ("notification_type", "=", "email")]
        )
        by_message = found.grouped("mail_message_id")
        for row in rows:
            customer = row.ticket_id.partner_id.commercial_partner_id
            notifications = by_message.get(row.message_id, found.browse()).filtered(
                lambda n, customer=customer: n.res_partner_id.commercial_partner_id == customer
            )
            if notifications:
                row._take_over(notifications)
        rows._date_tickets()

    def _take_over(self, notifications):
        states = notifications.grouped(lambda n: STATES.get(n.notification_status, "queued"))
        state = next(name for name in BEST_FIRST if name in states)
        troubled = notifications.filtered("failure_type")
        self.write(
            {
                "state": state,
                "recipients": ", ".join(
                    partner.email_formatted or partner.name or ""
                    for partner in notifications.res_partner_id
                ),
                "reason": "\n".join(
                    f"{n.res_partner_id.email or n.res_partner_id.name}: "
                    f"{(n.failure_reason or n.format_failure_reason()).strip()[:500]}"
                    for n in troubled
                ),
                "sent_on": self.sent_on or (state == "sent" and fields.Datetime.now()),
            }
        )

    def _date_tickets(self):
        for ticket in self.ticket_id:
            dates = ticket.mailing_ids.filtered(lambda m: m.state == "sent").mapped("sent_on")
            if dates:
                ticket.sent_on = max(dates)
            elif ticket.sent_on in ticket.mailing_ids.mapped("sent_on"):
                ticket.sent_on = False

    # === LINK === #

    @api.model
    def _get_link(self, message, base_url):
        """Absolute address of the page on which the recipients of a message download the files."""
        # sudo: the secret of the database signs, and is not shown
        token = hash_sign(self.env(su=True), SCOPE, message.id, expiration_hours=LINK_DAYS * 24)
        return f"{base_url}/invoice_crm/tickets?token={token}"

    @api.model
    def _read_link(self, token):
        """The mailings of a link, in superuser mode; none if it is not, or no more, valid."""
        rows_sudo = proven(self)
        try:
            message_id = verify_hash_signed(rows_sudo.env, SCOPE, token or "")
        except ValueError:  # not even the shape of a signature
            message_id = None
        return rows_sudo.search([("message_id", "=", message_id)]) if message_id else rows_sudo

    def _get_open_files(self):
        """Files of the e-mail whose tickets still stand.

        :rtype: ir.attachment
        """
        standing = self.ticket_id.filtered(lambda ticket: ticket.state == "issued")
        gone = self.ticket_id - standing
        if not standing:
            return self.env["ir.attachment"]
        return self.message_id.attachment_ids.filtered(
            lambda file: not (file.res_model == gone._name and file.res_id in gone.ids)
        )

    def _note_download(self, attachment):
        """Remember the first download of the tickets that a file belongs to."""
        rows = self.filtered(lambda row: not row.downloaded_on)
        if attachment.res_model == "invoice.ticket":
            own = rows.filtered(lambda row: row.ticket_id.id == attachment.res_id)
            rows = own or rows.browse()
        rows.downloaded_on = fields.Datetime.now()
