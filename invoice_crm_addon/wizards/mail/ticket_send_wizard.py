from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import email_normalize

from ...models.base.words import words


class InvoiceTicketSendWizard(models.TransientModel):
    """Sends tickets by e-mail, and shows before who gets what, and what cannot go and why.

    Each row is an e-mail; what cannot go has a row of its own. E-mails go to the outbox, and
    leave from there one by one: one bad address stops nobody. A ticket that somebody sent while
    the preview was open is left out.
    """

    _name = "invoice.ticket.send.wizard"
    _inherit = ["invoice.readable.mixin"]
    _description = "Send Tickets by E-Mail"

    ticket_ids = fields.Many2many("invoice.ticket", string="Tickets", required=True)
    grouping = fields.Selection(
        selection=[
            ("customer", "One e-mail per customer"),
            ("ticket", "One e-mail per ticket"),
        ],
        string="E-Mails",
        default="customer",
        required=True,
    )
    row_ids = fields.One2many(
        "invoice.ticket.send.row",
        "wizard_id",
        compute="_compute_row_ids",
        store=True,
        readonly=False,
    )
    overview = fields.Char(compute="_compute_overview")
    mail_count = fields.Integer(compute="_compute_overview")

    # === COMPUTE METHODS === #

    @api.depends("ticket_ids", "grouping")
    def _compute_row_ids(self):
        Row = self.env["invoice.ticket.send.row"]
        for wizard in self:
            tickets = wizard.ticket_ids._origin._filtered_access("read")
            rows = [
                Command.create(Row._prepare_row(group, problem))
                for group, problem in wizard._get_groups(tickets)
            ]
            wizard.row_ids = [Command.clear(), *rows]

    @api.depends("row_ids.is_included")
    @api.depends_context("lang")
    def _compute_overview(self):
        for wizard in self:
            going = wizard.row_ids.filtered("is_included")
            wizard.mail_count = len(going)
            wizard.overview = self.env._(
                "%(mails)s e-mails with %(tickets)s tickets go out; %(blocked)s tickets cannot go.",
                mails=len(going),
                tickets=len(going.ticket_ids),
                blocked=len(wizard.row_ids.filtered("problem").ticket_ids),
            )

    def _get_groups(self, tickets):
        """Tickets that go in one e-mail, and why nothing can be sent of them, or False.

        :rtype: list[tuple[invoice.ticket, str]]
        """
        problems = tickets._get_mail_problems()
        groups = {}
        for ticket in tickets.sorted(lambda t: (t.partner_id.name or "", t.id)):
            contact = ticket._get_mail_contact()
            key = (contact, ticket.company_id)
            if problems[ticket] or self.grouping == "ticket" or ticket.is_receipt:
                key = ticket
            groups[key] = groups.get(key, tickets.browse()) | ticket
        rows = [(group, problems[group[:1]]) for group in groups.values()]
        # What goes first: among many that cannot go nobody would find it.
        return sorted(rows, key=lambda row: bool(row[1]))

    # === ACTION METHODS === #

    def action_send(self):
        """Put the chosen e-mails into the outbox.

        :raise UserError: if nothing is chosen, or a ticket cannot be sent any more
        """
        self.ensure_one()
        rows = self.row_ids.filtered("is_included")
        if not rows:
            raise UserError(self.env._("Choose at least one e-mail that can be sent."))
        tickets = rows.ticket_ids
        tickets._check_can("send", claim=True)
        stale = tickets.filtered(
            # sudo: invoice.ticket.mailing - whether somebody else was faster
            lambda t: t.sudo().mailing_ids.filtered(lambda m: m.create_date > self.create_date)
        )
        sent = tickets.browse()
        for row in rows:
            sent |= row._send(stale)
        # sudo: ir.cron - the outbox is emptied now, not in an hour
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        return self._tell(sent, stale)

    def _tell(self, sent, stale):
        message = self.env._(
            "%s tickets are in the outbox. The tickets show when they are sent, and which e-mails "
            "come back.",
            len(sent),
        )
        if stale:
            message += " " + self.env._(
                "Left out, since somebody sent them meanwhile: %s.",
                ", ".join(stale.mapped("name")),
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if stale else "success",
                "sticky": bool(stale),
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }


class InvoiceTicketSendRow(models.TransientModel):
    _name = "invoice.ticket.send.row"
    _inherit = ["invoice.readable.mixin"]
    _description = "E-Mail That Is Sent"

    wizard_id = fields.Many2one(
        "invoice.ticket.send.wizard", required=True, index=True, ondelete="cascade"
    )
    ticket_ids = fields.Many2many("invoice.ticket", string="Tickets")
    contact_id = fields.Many2one("res.partner", string="To", compute="_compute_preview")
    email = fields.Char(string="Address", compute="_compute_preview")
    file_names = fields.Char(string="Files", compute="_compute_preview")
    note = fields.Char(string="Remark", compute="_compute_preview")
    problem = fields.Char(string="Cannot Go", compute="_compute_preview")
    is_included = fields.Boolean(
        string="Send", compute="_compute_is_included", store=True, readonly=False
    )

    # === COMPUTE METHODS === #

    @api.depends("ticket_ids")
    @api.depends_context("lang", "uid")
    def _compute_preview(self):
        tickets = self.ticket_ids._origin._filtered_access("read")
        files, hints = tickets._get_files_to_send(), tickets._get_file_hints()
        problems = tickets._get_mail_problems()
        for row in self:
            own = row.ticket_ids._origin & tickets
            contact = own[:1]._get_mail_contact() if own else self.env["res.partner"]
            attachments = self.env["ir.attachment"].concat(*(files[t] for t in own))
            # sudo: ir.attachment - names of files of tickets that the user sends
            names = [*attachments.sudo().mapped("name"), *own._get_printed_names()]
            notes = [hints[t] for t in own if t in hints and not problems[t]]
            notes += [t.mail_info for t in own if t.mail_state != "none" and not problems[t]]
            row.contact_id = contact
            row.email = contact.email
            row.file_names = ", ".join(names)
            row.problem = " ".join(dict.fromkeys(problems[t] for t in own if problems[t]))
            row.note = row.problem or " ".join(notes)

    @api.depends("ticket_ids")
    def _compute_is_included(self):
        """What went already, or waits in the outbox, goes again only if somebody says so."""
        for row in self:
            gone = row.ticket_ids.filtered(
                lambda t: t.mail_state in ("queued", "sent", "downloaded")
            )
            row.is_included = not row.problem and bool(row.ticket_ids - gone)

    @api.model
    def _prepare_row(self, tickets, problem):
        waiting = tickets.filtered(lambda t: t.mail_state not in ("queued", "sent", "downloaded"))
        return {
            "ticket_ids": [Command.set(tickets.ids)],
            "is_included": bool(waiting) and not problem,
        }

    # === ACTION METHODS === #

    def action_mend(self):
        """Open what is to be mended: the customer without an address, or the ticket."""
        self.ensure_one()
        ticket = self.ticket_ids[:1]
        record = ticket
        if ticket.partner_id and not email_normalize(self.email or ""):
            record = ticket.partner_id.commercial_partner_id
        record.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
            "target": "current",
        }

    # === SEND === #

    def _send(self, stale):
        """Post the e-mail, to leave from the outbox.

        :param invoice.ticket stale: what somebody sent meanwhile
        :return: the tickets in it
        """
        tickets = self.ticket_ids._filtered_access("read") - stale
        if not tickets:
            return tickets
        problems = tickets._get_mail_problems()
        for ticket in tickets:
            if problems[ticket]:
                reason = (ticket.display_name, problems[ticket])
                raise UserError(words(self.env).join(": ", reason))
        tickets._mail_together(tickets[0]._get_mail_contact())
        return tickets
