from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import format_date

from ...fapiao import write_capital_amount
from ..base.action_mixin import rewrite_rows
from ..base.words import words


def write_amount_in_words(env, amount, currency):
    """Yuan are written in Chinese capitals for who reads Chinese, all else in its words.

    :param res.currency currency: maybe empty
    :return: text, or False if there is none
    """
    if not currency:
        return False
    lang = env.context.get("lang") or ""
    try:
        if currency.name == "CNY" and lang.startswith("zh"):
            return write_capital_amount(Decimal(f"{amount:.2f}"))
    except ValueError:
        return False
    return currency.with_env(env).amount_to_text(amount)


class InvoiceTicketLedgerMixin(models.AbstractModel):
    """A receipt: a ticket that says that money came in, and takes none of it.

    Whether a ticket is one its type says, see ``takes_amount``. A payment has one receipt, unless
    that is voided.
    """

    _inherit = "invoice.ticket.ledger.mixin"

    is_receipt = fields.Boolean(
        compute="_compute_is_receipt", search="_search_is_receipt", export_string_translation=False
    )
    amount_in_words = fields.Char(compute="_compute_amount_in_words")

    # === COMPUTE METHODS === #

    @api.depends("type_id.takes_amount")
    def _compute_is_receipt(self):
        for ticket in self:
            ticket.is_receipt = bool(ticket.type_id) and not ticket.type_id.takes_amount

    @api.model
    def _search_is_receipt(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("type_id.takes_amount", "=", True not in value)]

    @api.depends("amount_total", "currency_id")
    @api.depends_context("lang")
    def _compute_amount_in_words(self):
        for ticket in self:
            ticket.amount_in_words = ticket._get_amount_in_words()

    def _get_amount_in_words(self):
        self.ensure_one()
        return write_amount_in_words(self.env, self.amount_total, self.currency_id)

    # === WHAT IT TAKES === #

    def _get_taking_key(self):
        return super()._get_taking_key() if self.type_id.takes_amount else None

    def _check_documented(self):
        # A receipt takes nothing, so its paths do not say what it documents.
        return super(
            InvoiceTicketLedgerMixin, self.filtered(lambda t: not t.is_receipt)
        )._check_documented()

    def _check_over_issue(self):
        receipts = self.filtered("is_receipt")
        if receipts:
            # sudo: claimed; of two who write a receipt of a payment, one sees the other's
            rewrite_rows(receipts.sudo().allocation_ids.payment_id)
        return super()._check_over_issue()

    def _get_not_ticketable_reason(self):
        if not self.is_receipt:
            return super()._get_not_ticketable_reason()
        rows = self.allocation_ids
        for row in rows if not self.red_of_id else ():
            # A contract may be closed by the time that its money is receipted.
            if reason := row._get_ticketable()._get_cannot_be_ticketed_reason():
                return reason
        for payment, others in rows.payment_id._get_receipts().items():
            if other := (others - self - self.red_of_id)[:1]:
                return words(self.env)._(
                    "%(payment)s has the receipt %(receipt)s already. Void that one first.",
                    payment=payment.display_name,
                    receipt=other.name,
                )
        return rows and rows._get_ticket_problem()

    def _bring_on_its_way(self):
        """Submit a receipt, and issue it, as far as it lacks nothing and the user may."""
        self.ensure_one()
        if self._get_cannot_reason("submit"):
            return
        self.action_submit()
        if not self._get_cannot_reason("issue"):
            self.action_issue()

    # === PRINT, SEND === #

    def _get_receipt_mail_template(self):
        """The e-mail for a receipt, or an empty template for other tickets."""
        if not self.is_receipt:
            return self.env["mail.template"]
        return self.env.ref("invoice_crm_addon.mail_template_receipt")

    def _get_receipt_payments(self):
        """How and when the money of a receipt came in, for its print.

        :return: for each payment its date and its method
        :rtype: list[dict]
        """
        # sudo: who may read a receipt may read how the money came in
        return [
            {
                "date": format_date(self.env, payment_sudo.date),
                "method": payment_sudo._get_method_in_words(),
                "name": payment_sudo.memo or payment_sudo.name or "",
            }
            for payment_sudo in self.sudo().allocation_ids.payment_id
        ]
