from odoo import api, fields, models
from odoo.fields import Domain

READERS = "invoice_crm_addon.group_ticket_user,invoice_crm_addon.group_ticket_auditor"


class InvoiceCustomerDocumentsMixin(models.AbstractModel):
    """Whether tickets were made for what a customer paid, however long ago."""

    _inherit = "invoice.customer.documents.mixin"

    ticket_currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_amount_paid_unticketed",
        export_string_translation=False,
    )
    amount_paid_unticketed = fields.Monetary(
        string="Paid, Not Ticketed",
        compute="_compute_amount_paid_unticketed",
        currency_field="ticket_currency_id",
        groups=READERS,
        help="Collections of the customer, of those that you may read, for which there is no "
        "ticket yet; in the currency of the current company, at today's rate.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_amount_paid_unticketed(self):
        company = self.env.company
        today = fields.Date.context_today(self)
        amounts = dict.fromkeys(self.commercial_partner_id, 0.0)
        for customer, currency, amount in self._read_paid_unticketed():
            # A contact that became a company of its own keeps what it paid.
            if customer.commercial_partner_id in amounts:
                amounts[customer.commercial_partner_id] += currency._convert(
                    amount, company.currency_id, company, today
                )
        for partner in self:
            partner.ticket_currency_id = company.currency_id
            partner.amount_paid_unticketed = amounts.get(partner.commercial_partner_id, 0.0)

    def _read_paid_unticketed(self):
        Payment = self.env["account.payment"]
        if not self.ids or not Payment.has_access("read"):
            return []
        return Payment._read_group(
            Domain(self._get_unticketed_domain()) & Domain("amount_to_ticket", ">", 0),
            ["partner_id", "currency_id"],
            ["amount_to_ticket:sum"],
        )

    def _get_unticketed_domain(self):
        """Collections of these customers and of their contacts."""
        return [
            ("partner_type", "=", "customer"),
            ("payment_type", "=", "inbound"),
            ("partner_id.commercial_partner_id", "in", self.commercial_partner_id.ids),
        ]

    def action_view_paid_unticketed(self):
        """Open what the customer paid, with what of it is ticketed; first what is not."""
        self.ensure_one()
        self.env["account.payment"].check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_crm_addon.account_payment_action_to_ticket"
        )
        return dict(
            action,
            domain=self._get_unticketed_domain(),
            context={"create": False, "search_default_to_ticket": 1},
        )
