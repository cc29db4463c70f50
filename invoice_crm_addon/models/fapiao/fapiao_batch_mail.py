from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import email_normalize

from ..ticket.ticket import FINANCE
from .mail_authentication import get_from_domain, is_authenticated


class InvoiceFapiaoBatch(models.Model):
    """E-invoice files that come by e-mail to the alias, and the reply that lists the results.

    Anybody can write anybody's address into an e-mail. So its files belong to the alias, not to
    a person: they are read, and find their tickets. What they would issue waits until somebody
    of finance says so, unless the receiving server vouches for the sender's domain, the domain
    is one of those in the settings, and the settings say that this is enough.
    """

    _inherit = "invoice.fapiao.batch"

    is_authenticated = fields.Boolean(
        string="Sender Confirmed",
        readonly=True,
        help="The server that received the e-mail vouches for the domain of its sender, which is "
        "one of those in the settings.",
    )

    @api.model
    def message_new(self, msg_dict: dict, custom_values: dict | None = None):
        """An e-mail becomes an upload; its files are added with the message itself.

        Of the values that came along nothing is taken but what the server said of the sender.
        """
        values = {
            "is_authenticated": (custom_values or {}).get("is_authenticated"),
            "name": msg_dict.get("subject") or msg_dict.get("email_from") or "–",
            "origin": "mail",
            "email_from": msg_dict.get("email_from"),
            "email_id": msg_dict.get("message_id"),
            "user_id": False,
            "company_id": self.env.company.id,
            "in_background": True,
        }
        return super().message_new(msg_dict, values)

    @api.model
    def _is_mail_trusted(self, message):
        """Whether the files of an e-mail may issue tickets without a click of finance.

        Who hands an e-mail in by remote call could have written the header as well: only the
        server's own fetching, and system administrators, bring e-mails that are believed.

        :param email.message.EmailMessage message: as it came
        :rtype: bool
        """
        # sudo: ir.config_parameter - settings of the add-on only
        params_sudo = self.env["ir.config_parameter"].sudo()
        if not params_sudo.get_param("invoice_crm_addon.fapiao_mail_issue"):
            return False
        if not (self.env.su or self.env.user.has_group("base.group_system")):
            return False
        domains = params_sudo.get_param("invoice_crm_addon.fapiao_mail_domains") or ""
        if get_from_domain(message) not in domains.lower().replace(",", " ").split():
            return False
        server = params_sudo.get_param("invoice_crm_addon.fapiao_mail_authserv") or ""
        return is_authenticated(message, server)

    def _message_post_after_hook(self, message, msg_vals):
        """Take in what is attached to the e-mail, pictures inside its text apart.

        Answers to it, and what users post, bring no files: they are not of the same sender.
        """
        result = super()._message_post_after_hook(message, msg_vals)
        is_first = self.env.su and self.email_id and message.message_id == self.email_id
        if is_first and not self.file_ids:
            body = message.body or ""
            files = message.attachment_ids.filtered(
                lambda attachment: f"/web/image/{attachment.id}" not in body
            )
            self._add_mailed(files)
        return result

    def _add_mailed(self, attachments):
        for attachment in attachments:
            self._add_attachment(attachment)
        self.env.ref("invoice_crm_addon.ir_cron_fapiao_files")._trigger()

    def _has_reader(self):
        return self.origin == "mail" or super()._has_reader()

    def _with_reader(self):
        if self.origin != "mail":
            return super()._with_reader()
        # sudo: res.company - a file may be of any company; nobody sees the list
        companies = self.env["res.company"].sudo().search([("active", "=", True)])
        batch_sudo = self.with_user(self.env.ref("base.user_root"))
        return batch_sudo.with_context(
            # Nobody's language: what is written on tickets is in that of their company.
            lang=self.company_id.partner_id.lang,
            allowed_company_ids=(self.company_id | companies).ids,
        )

    def _get_addressee(self):
        """Who is told the results: the user of finance with the sender's address, if any.

        A stranger, or whoever wrote this address, learns nothing of tickets.
        """
        address = email_normalize(self.email_from)
        domain = Domain("email_normalized", "=", address or "-") & Domain("share", "=", False)
        # sudo: res.users - only whether finance has the address of the sender
        users_sudo = self.env["res.users"].sudo().search(domain)
        return users_sudo.filtered(lambda user: user.has_group(FINANCE))[:1]

    def _reply_results(self):
        """Answer the e-mail with what became of each file, if finance sent it."""
        self._move_to_company_of_files()
        addressee = self._get_addressee()
        # sudo: the answer goes to finance alone, or stays in the history of the upload
        batch_sudo = self.sudo().with_context(lang=addressee.lang or self.env.lang)
        body = batch_sudo.env._("Your e-mail has no file with an e-invoice attached.")
        if batch_sudo.file_ids:
            body = batch_sudo.file_ids._render_results()
        batch_sudo.message_post(
            body=body,
            partner_ids=addressee.partner_id.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment" if addressee else "mail.mt_note",
            email_layout_xmlid="mail.mail_notification_light",
            force_send=False,
        )

    def _move_to_company_of_files(self):
        """Whoever reads the files, in the company that issued them, sees what came with them."""
        # sudo: users have no right to write here
        batch_sudo = self.sudo()
        files_sudo = batch_sudo.file_ids
        company = files_sudo.filtered("document").company_id
        if len(company) == 1:
            batch_sudo.company_id = files_sudo.company_id = company
