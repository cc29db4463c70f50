import base64

from odoo import models
from odoo.tools import email_normalize

from ..ticket.ticket_mailing_mixin import TOGETHER, Together


class InvoiceTicketMailingMixin(models.AbstractModel):
    """What the preview says of tickets, and how several go in one e-mail."""

    _inherit = "invoice.ticket.mailing.mixin"

    def _get_mail_contact(self):
        """Who gets the ticket: the billing contact of the customer, else the customer.

        :rtype: res.partner
        """
        self.ensure_one()
        return self._mail_get_partners()[self.id][:1]

    def _get_mail_problems(self):
        """Why each ticket cannot be mailed to its customer; False if it can.

        :rtype: dict[invoice.ticket, str]
        """
        files = self._get_files_to_send()
        problems = {}
        for ticket in self:
            contact = ticket._get_mail_contact() if ticket.partner_id else None
            if reason := ticket._get_cannot_reason("send"):
                problem = reason
            elif not contact:
                problem = self.env._("The ticket has no customer.")
            elif not contact.active:
                problem = self.env._(
                    "%s is archived. Choose another contact.", contact.display_name
                )
            elif not contact.email:
                problem = self.env._("%s has no e-mail address.", contact.display_name)
            elif not email_normalize(contact.email):
                problem = self.env._("“%s” is no e-mail address.", contact.email)
            elif not files[ticket] and not ticket.is_receipt:
                problem = self.env._("There is no e-invoice file: drop it on the ticket first.")
            else:
                problem = False
            problems[ticket] = problem
        return problems

    def _get_printed_names(self):
        """Names of what is printed for the e-mail, since no file of it is kept."""
        return [self.env._("Receipt %s.pdf", ticket.name) for ticket in self.filtered("is_receipt")]

    def _mail_together(self, contact):
        """Put one e-mail that brings all these tickets into the outbox.

        The answer goes to the first of them; the others say so.
        """
        first = self[0]
        lang = contact.lang or self.env.lang
        files = self._get_files_to_send()
        values = self._prepare_mail(lang)
        message = first.with_context(**{TOGETHER: Together(self)}).message_post(
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=contact.ids,
            attachment_ids=self.env["ir.attachment"].concat(*(files[t] for t in self)).ids,
            email_layout_xmlid="mail.mail_notification_layout",
            force_email_lang=lang,
            force_send=False,
            **values,
        )
        others = self - first
        others._message_log_batch(
            bodies={
                ticket.id: self.env._(
                    "E-mailed to %(contact)s together with %(ticket)s, where answers arrive.",
                    contact=contact.display_name,
                    ticket=first.display_name,
                )
                for ticket in others
            }
        )
        return message

    def _prepare_mail(self, lang):
        """Subject, text and printed files of the e-mail with these tickets.

        :rtype: dict
        """
        first = self[0]
        if len(self) > 1:
            tickets = self.with_context(lang=lang)
            body = tickets.env["ir.qweb"]._render(
                "invoice_crm_addon.tickets_mail",
                {"tickets": tickets, "customer": first.partner_id.commercial_partner_id},
            )
            subject = tickets.env._(
                "%(company)s: %(count)s tickets",
                company=first.company_id.name,
                count=len(self),
            )
            return {"subject": subject, "body": body}
        # The language of who gets it, even if the template names that of the customer.
        template = first._get_mail_template().with_context(template_preview_lang=lang)
        fields_ = ("subject", "body_html", "attachment_ids", "report_template_ids")
        values = template._generate_template(self.ids, fields_)[first.id]
        return {
            "subject": values["subject"],
            "body": values["body_html"],
            "attachments": [
                (name, base64.b64decode(content)) for name, content in values.get("attachments", ())
            ],
        }
