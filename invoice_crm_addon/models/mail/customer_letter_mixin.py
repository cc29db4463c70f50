import logging

from markupsafe import Markup
from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tools import email_normalize
from odoo.tools.mail import email_normalize_all

from ..base.proof import proven
from ..base.words import words

_logger = logging.getLogger(__name__)


class InvoiceCustomerLetterMixin(models.AbstractModel):
    """What is sent to a customer by itself, such as a reminder or a statement of account.

    It is written down first and leaves later, by a click or a job: in the words of a template, in
    the language of whoever reads it, from whoever sends it. The error of one stops no other, and
    what becomes of its e-mail comes back to it.

    What a model says itself:

    - ``_fail(error)``: why it did not leave
    - ``_leave_to_job()``: somebody else was faster; a job sends it later
    - ``_note_outcome(error)``: the mail server took its e-mail over, or says why not
    - ``_note_return(error)``: its e-mail came back
    """

    _name = "invoice.customer.letter.mixin"
    _inherit = ["mail.thread"]
    _description = "What Is Sent to a Customer"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="restrict"
    )
    # A record rule that looked into the customers would join them with every letter there is.
    customer_user_id = fields.Many2one(
        related="partner_id.user_id",
        string="Customer's Salesperson",
        store=True,
        precompute=True,
        index="btree_not_null",
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    sender_id = fields.Many2one("res.users", string="Sent By", required=True)
    contact_id = fields.Many2one("res.partner", string="Recipient", ondelete="set null")
    email_to = fields.Char(string="Address")
    sent_message_id = fields.Many2one("mail.message", index="btree_not_null", ondelete="set null")

    # === DELIVER === #

    def _deliver_apart(self, deliver):
        """Send each by itself; the error of one stays on it.

        :param deliver: function that sends one
        """
        for letter in self:
            try:
                with self.env.cr.savepoint():
                    deliver(letter)
            except (ConcurrencyError, OperationalError):
                letter._leave_to_job()
            except UserError as error:
                # As words, if it is one of our sentences: each reader has a language.
                letter._fail(error.args[0])
            except Exception as error:
                _logger.exception("%s %s was not sent", letter._description, letter.id)
                letter._fail(
                    words(self.env)._("It could not be made: %(error)s", error=str(error)[:500])
                )

    @api.model
    def _tell_sent(self, failed, otherwise):
        """Notification on what became of letters, which closes the dialog.

        :param failed: those that could not be sent, with their ``error``
        :param str otherwise: what to say if there are none
        """
        if failed:
            reason = failed[:1].with_env(self.env).error or ""
            otherwise = self.env._(
                "%(count)s could not be sent: %(reason)s", count=len(failed), reason=reason
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if failed else "success",
                "message": otherwise,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # === WORDS === #

    def _get_lang(self):
        """Language of whoever reads it, or else of the company."""
        languages = dict(self.env["res.lang"].get_installed())
        asked = (self.contact_id.lang, self.partner_id.lang, self.company_id.partner_id.lang)
        return next((lang for lang in asked if lang in languages), self.env.lang or "en_US")

    def _get_person(self):
        """Who sends it, unless nobody pressed a button.

        :rtype: res.users
        """
        return self.sender_id - self.env.ref("base.user_root")

    def _get_author(self):
        """Who it is from: the sender, or the company if it was nobody.

        :return: partner, and address as in an e-mail
        """
        person = self._get_person()
        author = person.partner_id or self.company_id.partner_id
        return author, person.email_formatted or self.company_id.email_formatted

    def _render_words(self, template):
        """Subject and text of a template, rendered with the rights of the sender.

        :rtype: tuple[str, Markup]
        """
        plain = self.with_env(self.env(su=False))
        template = template.with_env(plain.env)
        subject = template._render_field("subject", self.ids)[self.id]
        body = template._render_field("body_html", self.ids, options={"post_process": True})
        # A line break in a subject is none of an e-mail's.
        # The engine of templates escaped what is not the manager's own.
        text = Markup(body[self.id] or "")  # nosec B704
        return " ".join((subject or "").split()), text

    # === OWNER === #

    def _is_colleague(self, user):
        """Whether somebody works in the company, and is neither a customer nor the program."""
        is_person = user != self.env.ref("base.user_root") and not user.share
        return user.active and is_person and self.company_id in user.company_ids

    # === WHAT BECAME OF IT === #

    def _message_receive_bounce(self, email, partner):
        result = super()._message_receive_bounce(email, partner)
        # Not that of a colleague whom an answer was sent on to.
        address = email_normalize(email or "")
        mine = proven(self).filtered(
            lambda letter: (
                letter.contact_id in partner
                or address in email_normalize_all(letter.email_to or "")
            )
        )
        mine._note_return(words(self.env)._("It came back: %s", email or partner[:1].name))
        return result


class MailMail(models.Model):
    """Letters learn from the outbox what became of their e-mails."""

    _inherit = "mail.mail"

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        # Those that left may be deleted by it, with their messages.
        messages = {name: own.ids for name, own in self.mail_message_id.grouped("model").items()}
        result = super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type
        )
        error = failure_type and (
            failure_reason
            or words(self.env).choice("mail.notification", "failure_type", failure_type)
        )
        for name, message_ids in messages.items():
            if isinstance(self.env.get(name), self.pool["invoice.customer.letter.mixin"]):
                letters = proven(self.env[name]).search([("sent_message_id", "in", message_ids)])
                letters._note_outcome(error)
        return result
