import hashlib
import json
from datetime import timedelta
from urllib.parse import urlencode

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import hash_sign, plaintext2html, verify_hash_signed

from ..base.action_mixin import rewrite_rows
from ..base.proof import proven

SCOPE = "invoice_crm_addon.billing_link"
LINK_DAYS = 30
WAIT = timedelta(hours=24)
_LONGEST = 2000


class InvoiceBillingConfirmation(models.Model):
    """A question to the contact of a customer: are your billing data still right?

    Its link is signed, expires, and takes one answer. Of the account number the page shows the
    last digits.

    State      Meaning
    =====================================================================================
    asked      the mail went out
    right      the contact said that the data are right
    wrong      the contact said what is wrong; the owner has an activity
    =====================================================================================

    Only the program writes it. Whoever may read the customers of the company reads it: group
    user and auditor.
    """

    _name = "invoice.billing.confirmation"
    _inherit = ["invoice.guard.mixin"]
    _description = "Question About Billing Data"
    _order = "id desc"
    _guarded_fields = ("partner_id", "contact_id", "user_id", "state", "answered_on")

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    contact_id = fields.Many2one("res.partner", required=True, index=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", string="Asked By", required=True)
    state = fields.Selection(
        selection=[("asked", "Asked"), ("right", "Right"), ("wrong", "Wrong")],
        default="asked",
        required=True,
    )
    answered_on = fields.Datetime()

    # === ASK === #

    @api.model
    def _ask(self, customer, contact):
        """Mail the contact a link; a link that they got before leads nowhere any more.

        :raise UserError: if the customer was asked within a day
        """
        open_ = proven(self).search([("partner_id", "=", customer.id), ("state", "=", "asked")])
        if any(row.create_date > fields.Datetime.now() - WAIT for row in open_):
            raise UserError(
                self.env._(
                    "%s was asked within the last 24 hours. Wait for the answer, or call them.",
                    open_[:1].contact_id.name,
                )
            )
        open_.unlink()
        question = proven(self).create(
            {"partner_id": customer.id, "contact_id": contact.id, "user_id": self.env.uid}
        )
        question._send()

    def _send(self):
        contact = self.contact_id
        question = self.with_context(lang=contact.lang or self.env.lang)
        company = self.partner_id.company_id or self.env.company
        question.partner_id.message_notify(
            subject=question.env._("Are your billing data still right?"),
            body=question.env["ir.qweb"]._render(
                "invoice_crm_addon.billing_confirmation_mail",
                {
                    "question": question,
                    "company": company,
                    "url": self._get_link(),
                    "days": LINK_DAYS,
                },
            ),
            partner_ids=contact.ids,
            author_id=self.user_id.partner_id.id,
            email_layout_xmlid="mail.mail_notification_light",
            email_add_signature=False,
        )
        body = self.env._("Asked %s whether the billing data are still right.", contact.name)
        self.partner_id._message_log(body=body)

    # === LINK === #

    def _get_link(self):
        """Absolute address of the page on which the contact answers."""
        # sudo: the secret of the database signs, and is not shown
        token = hash_sign(self.env(su=True), SCOPE, self.id, expiration_hours=LINK_DAYS * 24)
        query = urlencode({"token": token})
        return f"{self.partner_id.get_base_url()}/invoice_crm/billing?{query}"

    @api.model
    def _read_link(self, token):
        """The question of a link, in superuser mode; none if it is not, or no more, valid."""
        question_sudo = proven(self)
        try:
            question_id = verify_hash_signed(question_sudo.env, SCOPE, token or "")
        except ValueError:  # not even the shape of a signature
            question_id = None
        return question_sudo.browse(question_id or ()).exists()

    def _get_shown_values(self):
        """Label and text of the billing data, as the contact sees them.

        :rtype: list[tuple[str, str]]
        """
        values = self.partner_id._get_billing_values()
        mask = self.env["res.partner.bank"]._mask_account_number
        values["invoice_bank_acc_number"] = mask(values["invoice_bank_acc_number"])
        fields_ = self.partner_id._fields
        # Who asks, and in whose words, is not the company of the public user.
        env = self.with_company(self.user_id.company_id).env
        return [
            (fields_[name]._description_string(env), value or "–") for name, value in values.items()
        ]

    def _get_fingerprint(self):
        """Tells whether the data are still those that a page showed."""
        values = json.dumps(self.partner_id._get_billing_values(), sort_keys=True)
        return hashlib.sha256(values.encode()).hexdigest()

    # === ANSWER === #

    def _collide(self):
        """Of two answers at the same instant the second one is read again, and finds the first."""
        rewrite_rows(self)

    def _answer(self, answer, text=""):
        """Keep the one answer of the contact.

        :param str answer: ``right`` or ``wrong``
        :param str text: what is wrong
        :raise UserError: if they do not say what is wrong
        """
        self.ensure_one()
        text = (text or "").strip()[:_LONGEST]
        if answer == "wrong" and not text:
            raise UserError(self.env._("Please write what is wrong."))
        self.write({"state": answer, "answered_on": fields.Datetime.now()})
        if answer == "right":
            self.partner_id._confirm_billing(self.contact_id)
            return
        user = self.partner_id.user_id or self.user_id
        env = self.with_context(lang=user.lang).env
        self.partner_id.activity_schedule(
            "invoice_crm_addon.mail_activity_type_billing_wrong",
            user_id=user.id,
            summary=env._("%s says that the billing data are wrong", self.contact_id.name),
            note=plaintext2html(env["res.partner.bank"]._mask_in_text(text)),
        )
