from odoo import api, models
from odoo.tools import email_normalize

from ..ticket.ticket import FINANCE


class InvoiceFapiaoBatch(models.Model):
    """E-invoice files that come by e-mail to the alias, and the reply that lists the results."""

    _inherit = "invoice.fapiao.batch"

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """An e-mail becomes an upload; its files are added with the message itself."""
        sender = self._find_sender(msg_dict.get("email_from"))
        reader = sender.filtered(lambda user: user.has_group(FINANCE))
        values = {
            **(custom_values or {}),
            "name": msg_dict.get("subject") or self.env._("E-mail without subject"),
            "origin": "mail",
            "email_from": msg_dict.get("email_from"),
            "email_id": msg_dict.get("message_id"),
            "user_id": reader.id,
            "company_id": (sender or self.env.user).company_id.id,
            "in_background": True,
        }
        return super().message_new(msg_dict, values)

    @api.model
    def _find_sender(self, email_from):
        """User with this address, of finance if there are several; maybe none."""
        address = email_normalize(email_from)
        users = self.env["res.users"].sudo().search([("email_normalized", "=", address or "-")])
        return users.sorted(lambda user: not user.has_group(FINANCE))[:1]

    def _message_post_after_hook(self, message, msg_vals):
        """Take in what is attached to the e-mail, pictures inside its text apart.

        Answers to it, and what users post, bring no files: they are not of the same sender.
        """
        result = super()._message_post_after_hook(message, msg_vals)
        is_first = self.env.su and self.email_id and message.message_id == self.email_id
        if is_first and not self.file_ids:
            body = message.body or ""
            files = message.sudo().attachment_ids.filtered(
                lambda attachment: f"/web/image/{attachment.id}" not in body
            )
            self._add_mailed(files)
        return result

    def _add_mailed(self, attachments):
        batch_sudo = self.sudo()
        for attachment in attachments:
            batch_sudo._add_attachment(attachment)
        if not batch_sudo._has_reader():
            batch_sudo.file_ids.filtered(lambda file: file.outcome == "waiting")._set_outcome(
                "undecided",
                self.env._(
                    "Sent by %s, who is not of finance. Look at it, then read it.",
                    self.email_from,
                ),
            )
        batch_sudo.env.ref("invoice_crm_addon.ir_cron_fapiao_files")._trigger()

    def _reply_results(self):
        """Answer the e-mail with what became of each file."""
        batch_sudo = self._in_reader_language()
        partner_sudo = batch_sudo.user_id.partner_id or (
            batch_sudo._partner_find_from_emails_single([self.email_from], no_create=False)
        )
        body = batch_sudo.env._("Your e-mail has no file with an e-invoice attached.")
        if batch_sudo.file_ids:
            body = batch_sudo.file_ids._render_results()
        batch_sudo.message_post(
            body=body,
            partner_ids=partner_sudo.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            email_layout_xmlid="mail.mail_notification_light",
            force_send=False,
        )
