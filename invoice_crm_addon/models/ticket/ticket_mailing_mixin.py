from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..base.days import word_moment
from ..base.proof import proven

TOGETHER = "invoice_ticket_mail"
SENTTOGETHER_MAX = 500


class Together:
    """Stands in the context: the tickets that one e-mail brings. Data cannot be this object."""

    __slots__ = ("tickets",)

    def __init__(self, tickets):
        self.tickets = tickets


class InvoiceTicketMailingMixin(models.AbstractModel):
    """Ticket that goes to its customer by e-mail, and what became of that.

    A ticket is sent when an e-mail with it left for somebody of its customer: one that a user who
    may send it posted, for others to read than colleagues, with a file of the ticket. Of a ticket
    without files it is the e-mail that “Send” opens. What the mail server did not take, or what
    came back, is not sent.
    """

    _name = "invoice.ticket.mailing.mixin"
    _inherit = ["mail.thread"]
    _description = "Ticket That Is Mailed"

    mailing_ids = fields.One2many("invoice.ticket.mailing", "ticket_id", string="E-Mails")
    mail_state = fields.Selection(
        selection=[
            ("none", "Not Mailed"),
            ("queued", "In the Outbox"),
            ("sent", "Mailed"),
            ("downloaded", "Downloaded"),
            ("failed", "Mail Failed"),
            ("bounced", "Mail Came Back"),
        ],
        string="E-Mail",
        compute="_compute_mail_state",
        store=True,
    )
    mail_info = fields.Char(string="By E-Mail", compute="_compute_mail_info", compute_sudo=True)

    _mail_trouble_idx = models.Index(
        "(company_id, id DESC) WHERE mail_state IN ('failed', 'bounced')"
    )
    # Worklists, as the others in invoice.ticket: what the customer has not got yet.
    _unsent_idx = models.Index(
        "(company_id, id DESC) "
        "WHERE state = 'issued' AND sent_on IS NULL AND shipping_state = 'none'"
    )
    _under_way_idx = models.Index(
        "(company_id, id DESC) WHERE state = 'issued' AND shipping_state IN ('shipping', 'problem')"
    )

    # === COMPUTE METHODS === #

    @api.depends("sent_on", "mailing_ids.state", "mailing_ids.downloaded_on")
    def _compute_mail_state(self):
        for ticket in self:
            sent = ticket.mailing_ids.filtered(lambda m: m.state == "sent")
            latest = ticket.mailing_ids.sorted("id")[-1:].state
            if any(sent.mapped("downloaded_on")):
                ticket.mail_state = "downloaded"
            elif sent or ticket.sent_on:
                ticket.mail_state = "sent"
            else:
                ticket.mail_state = latest if latest not in (False, "cancelled") else "none"

    @api.depends("mail_state", "sent_on", "mailing_ids.reason", "mailing_ids.recipients")
    @api.depends_context("lang", "tz")
    def _compute_mail_info(self):
        for ticket in self:
            latest = ticket.mailing_ids.sorted("id")[-1:]
            sent = ticket.mailing_ids.filtered(lambda m: m.state == "sent").sorted("id")[-1:]
            parts = []
            if ticket.sent_on:
                parts.append(
                    self.env._(
                        "Sent on %(date)s to %(recipients)s.",
                        date=word_moment(self.env, ticket.sent_on),
                        recipients=sent.recipients or ticket.partner_id.name or "–",
                    )
                )
            if sent.downloaded_on:
                date = word_moment(self.env, sent.downloaded_on)
                parts.append(self.env._("Downloaded on %s.", date))
            if latest.state == "queued":
                parts.append(self.env._("In the outbox for %s.", latest.recipients or "–"))
            elif latest.state == "bounced":
                parts.append(self.env._("The e-mail came back. %s", latest.reason or ""))
            elif latest.state == "failed":
                parts.append(self.env._("The e-mail did not go out. %s", latest.reason or ""))
            ticket.mail_info = " ".join(parts)

    # === ACTION METHODS === #

    def action_send(self):
        """Open the e-mail to the customer, with the files that the customer prefers.

        :raise UserError: if the ticket is not issued, or the caller may not change it
        """
        self.ensure_one()
        self._check_can("send")
        context = {
            "default_model": self._name,
            "default_res_ids": self.ids,
            "default_template_id": self._get_mail_template().id,
            "default_composition_mode": "comment",
            "default_email_layout_xmlid": "mail.mail_notification_layout",
            "mark_ticket_sent": True,
        }
        # A default, also an empty one, would keep off what the template prints and attaches.
        if files := self._get_files_to_send()[self]:
            context["default_attachment_ids"] = [Command.set(files.ids)]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send"),
            "res_model": "mail.compose.message",
            "views": [(False, "form")],
            "target": "new",
            "context": context,
        }

    def action_send_many(self):
        """Open the preview of the e-mails that bring customers these tickets.

        :raise UserError: if there are too many for one go
        """
        self.check_access("read")
        if len(self) > SENTTOGETHER_MAX:
            raise UserError(
                self.env._(
                    "These are %(count)s tickets; %(max)s go at a time. Choose fewer, or filter "
                    "the list.",
                    count=len(self),
                    max=SENTTOGETHER_MAX,
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send by E-Mail"),
            "res_model": "invoice.ticket.send.wizard",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_ticket_ids": [Command.set(self.ids)],
                "dialog_size": "extra-large",
            },
        }

    # === TEMPLATE === #

    def _get_mail_template(self):
        """The e-mail with which a ticket goes: that of its type, else of the level of the
        customer, else of the company. A receipt has one of its own before the level's.

        :rtype: mail.template
        """
        self.ensure_one()
        # sudo: invoice.customer.level, res.company - which e-mail it takes, whoever sends it
        ticket_sudo = self.sudo()
        template_sudo = (
            ticket_sudo.type_id.mail_template_id
            or ticket_sudo._get_receipt_mail_template()
            or ticket_sudo.partner_id.commercial_partner_id.customer_level_id.mail_template_id
            or ticket_sudo.company_id.ticket_mail_template_id
            or ticket_sudo.env.ref("invoice_crm_addon.mail_template_ticket")
        )
        return template_sudo.with_env(self.env)

    # === WHAT IS SENT === #

    def _get_mailed_tickets(self, message):
        """Tickets that a message brings their customer.

        :rtype: invoice.ticket
        """
        none = self.browse()
        if len(self) != 1 or not self._is_written_to_customers(message):
            return none
        together = self.env.context.get(TOGETHER)
        if isinstance(together, Together):
            return together.tickets.with_env(self.env)
        if self.state != "issued":
            return none
        # sudo: ir.attachment - only whether the message has a file of the ticket
        ticket_sudo, attached_sudo = self.sudo(), message.sudo().attachment_ids
        files_sudo = attached_sudo.browse().concat(
            *ticket_sudo._get_files_by_format()[ticket_sudo].values()
        )
        if files_sudo:
            has_file = set(files_sudo.mapped("checksum")) & set(attached_sudo.mapped("checksum"))
            return self if has_file else none
        # A word of the caller, believed where there is no file to look for.
        return self if self.env.context.get("mark_ticket_sent") else none

    def _is_written_to_customers(self, message):
        """Whether a user who may send the ticket posted it, and not for colleagues only."""
        # sudo: mail.message - whose it is, and for whom
        message_sudo = message.sudo()
        return (
            message_sudo.message_type != "email"
            and not message_sudo.is_internal
            and not message_sudo.subtype_id.internal
            and message_sudo.author_id
            and not message_sudo.author_id.partner_share
            and self.env.user._is_internal()
            and self.with_user(self.env.user).has_access("write")
        )

    def _notify_thread(self, message, msg_vals=False, **kwargs):
        result = super()._notify_thread(message, msg_vals=msg_vals, **kwargs)
        self._keep_mailing(message)
        return result

    def _message_mail_after_hook(self, mails):
        result = super()._message_mail_after_hook(mails)
        for mail in mails:
            self.browse(mail.res_id)._keep_mailing(mail.mail_message_id)
        return result

    def _keep_mailing(self, message):
        """Follow what becomes of a message, if it brings the customer tickets."""
        tickets = self._get_mailed_tickets(message)
        # sudo: mail.notification - only whether somebody of the customer is written to
        notified_sudo = message.sudo().notification_ids.filtered(
            lambda n: n.notification_type == "email"
        )
        customers = notified_sudo.res_partner_id.commercial_partner_id
        # sudo: res.partner - compared
        sent = tickets.filtered(lambda t: t.sudo().partner_id.commercial_partner_id in customers)
        rows = proven(self.env["invoice.ticket.mailing"]).create(
            [
                {"ticket_id": ticket.id, "message_id": message.id, "user_id": self.env.uid}
                for ticket in sent
            ]
        )
        rows._settle()

    def _notify_get_recipients_groups(self, message, model_description, msg_vals=False):
        """Give customers a button that downloads the files; it tells that they arrived."""
        groups = super()._notify_get_recipients_groups(message, model_description, msg_vals)
        if message.attachment_ids and self._get_mailed_tickets(message):
            url = self.env["invoice.ticket.mailing"]._get_link(message, self.get_base_url())
            title = self.env._("Download the Files")
            button = {"url": url, "title": title}
            for _name, _is_in, data in groups:
                if data.get("has_button_access") is not True:
                    data.update(active=True, has_button_access=True, button_access=button)
        return groups

    # === ANSWERS === #

    def message_update(self, msg_dict: dict, update_vals: dict | None = None):
        """An answer reaches the person in charge, who may have left the followers."""
        result = super().message_update(msg_dict, update_vals)
        for ticket in self:
            if ticket.user_id.active:
                ticket.message_subscribe(ticket.user_id.partner_id.ids)
        return result
