import re

from lxml import html

from odoo import api, fields, models

# What an e-mail says that brings something, in the two languages of the product. The box below a
# document asks the same in the browser, see `composer_question.js`.
SAYS_ATTACHED = re.compile(
    r"\b(?:attach(?:ed|ment|ments|ing)|enclosed|enclosing|enclosure)\b"
    r"|附件|附上|随附|随信附|随函附|请查收|請查收",
    re.IGNORECASE,
)
# What somebody else wrote, or stands under every e-mail.
_QUOTED = "//blockquote|//*[@data-o-mail-quote]|//*[@data-o-mail-quote-container]"
_OWN = "invoice."
# Documents of core whose e-mails customers get, with tickets or what asks for them.
_OF_CUSTOMERS = ("res.partner", "sale.order", "account.move")


class MailComposeMessage(models.TransientModel):
    """E-mails of our documents: from who sends them, and with what they say is attached."""

    _inherit = "mail.compose.message"

    attachment_question = fields.Char(compute="_compute_attachment_question")
    ticket_mail_hint = fields.Char(compute="_compute_ticket_mail_hint")

    # === COMPUTE METHODS === #

    def _compute_authorship(self):
        """Whoever presses the button is the author, whatever the template says of the sender."""
        result = super()._compute_authorship()
        user = self.env.user
        for composer in self.filtered(lambda composer: composer._is_of_ours()):
            composer.author_id = user.partner_id
            composer.email_from = user.email_formatted or composer.email_from
        return result

    @api.depends("body", "attachment_ids", "model", "subtype_is_log")
    @api.depends_context("lang")
    def _compute_attachment_question(self):
        for composer in self:
            composer.attachment_question = composer._get_attachment_question()

    @api.depends("model", "res_ids")
    @api.depends_context("lang", "mark_ticket_sent")
    def _compute_ticket_mail_hint(self):
        for composer in self:
            is_sending = composer.model == "invoice.ticket" and self.env.context.get(
                "mark_ticket_sent"
            )
            ids = is_sending and not composer.res_domain and composer._evaluate_res_ids()
            tickets = self.env["invoice.ticket"].browse(ids or ())._filtered_access("read")
            composer.ticket_mail_hint = " ".join(tickets._get_file_hints().values())

    # === ACTION METHODS === #

    def action_send_mail(self):
        """Send the e-mail; ask first if it says that something is attached, and nothing is."""
        return self._ask_about_attachment() or super().action_send_mail()

    def action_schedule_message(self):
        """Send the e-mail later; ask first like `action_send_mail`."""
        return self._ask_about_attachment() or super().action_schedule_message()

    def action_send_without_attachment(self):
        """Send the e-mail although nothing is attached, as the sender said."""
        if any(composer.scheduled_date for composer in self):
            return super().action_schedule_message()
        return super().action_send_mail()

    def action_back_to_mail(self):
        """Open the e-mail again, as it was written."""
        self.ensure_one()
        return self._open_again(False, self.env._("Compose Email"))

    # === ATTACHMENT === #

    def _ask_about_attachment(self):
        """The dialog that asks, or None."""
        if len(self) != 1 or not self._get_attachment_question():
            return None
        view = self.env.ref("invoice_crm_addon.mail_compose_message_view_form_unattached")
        return self._open_again(view.id, self.env._("Nothing Is Attached"))

    def _open_again(self, view_id, name):
        context = {"mark_ticket_sent": True} if self.env.context.get("mark_ticket_sent") else {}
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": self._name,
            "res_id": self.id,
            "views": [(view_id, "form")],
            "target": "new",
            "context": context,
        }

    def _get_attachment_question(self):
        """What is odd about an e-mail to others than colleagues, or False.

        :rtype: str
        """
        is_asked = self._is_of_ours() or self.model in _OF_CUSTOMERS
        if not is_asked or self.subtype_is_log:
            return False
        # sudo: ir.attachment - only whether there is something in the files
        files_sudo = self.attachment_ids.sudo()
        empty_sudo = files_sudo.filtered(lambda file: file.type == "binary" and not file.file_size)
        if empty_sudo:
            return self.env._(
                "%s is attached, and there is nothing in it. Take it off, and attach the file "
                "again.",
                ", ".join(empty_sudo.mapped("name")),
            )
        if files_sudo or not SAYS_ATTACHED.search(self._get_own_words()):
            return False
        return self.env._("The e-mail says that something is attached, and nothing is.")

    def _get_own_words(self):
        """The text of the e-mail without what it quotes.

        :rtype: str
        """
        if not (self.body or "").strip():
            return ""
        root = html.fromstring(f"<div>{self.body}</div>")
        for node in root.xpath(_QUOTED):
            if node.getparent() is not None:
                node.drop_tree()
        return root.text_content()

    def _is_of_ours(self):
        """Whether the e-mail belongs to a document of the add-on."""
        return (self.model or "").startswith(_OWN)

    def _prepare_mail_values(self, res_ids):
        values = super()._prepare_mail_values(res_ids)
        if self._is_of_ours():
            user = self.env.user
            for vals in values.values():
                vals["author_id"] = user.partner_id.id
                vals["email_from"] = user.email_formatted or vals.get("email_from")
        return values
