from odoo import api, fields, models
from odoo.tools import formatLang


class InvoiceApprovalFastLane(models.Model):
    """Customers of a level need no approval up to an amount."""

    _name = "invoice.approval.fast.lane"
    _inherit = ["invoice.approval.definition.mixin"]
    _description = "Fast Lane of an Approval Flow"
    _order = "flow_id, amount desc, id"
    _rec_name = "level_id"

    flow_id = fields.Many2one(
        "invoice.approval.flow", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="flow_id.company_id", store=True, index=True)
    level_id = fields.Many2one(
        "invoice.customer.level", required=True, index=True, ondelete="restrict"
    )
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    amount = fields.Monetary(
        string="Up To", required=True, help="Amount of the document, tax included."
    )

    _level_uniq = models.UniqueIndex(
        "(flow_id, level_id)", "The flow has a fast lane for this customer level already."
    )
    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "Enter up to which amount the fast lane applies."
    )

    @api.model
    def _get_document_level(self, document):
        summary = document._get_approval_summary()
        partner = self.env["res.partner"].browse(summary.get("partner_id"))
        # sudo: res.partner - the level decides, whoever submits
        return partner.sudo().commercial_partner_id.customer_level_id

    def _find(self, document):
        """The lane that lifts a document out of the flow, or none.

        Documents without an amount take no fast lane: nothing says how much is at stake.
        """
        level = self._get_document_level(document)
        lane = self.filtered(lambda lane: level and lane.level_id == level)
        summary = document._get_approval_summary()
        if not lane or not summary.get("currency_id"):
            return self.browse()
        currency = self.env["res.currency"].browse(summary["currency_id"])
        company = document._get_approval_company()
        if self._get_unrated(lane, currency, company):
            return self.browse()
        amount = currency._convert(abs(summary["amount"]), lane.currency_id, company)
        fits = lane.currency_id.compare_amounts(amount, lane.amount) <= 0
        return lane if fits else self.browse()

    @api.model
    def _get_unrated(self, lane, currency, company):
        """Currencies without a rate, of which the amount of a document cannot be compared."""
        if currency == lane.currency_id:
            return currency.browse()
        return (currency | lane.currency_id)._get_unrated(company)

    def _get_hindrance(self, document):
        """Sentence why nobody can say whether a document fits into its lane, or nothing.

        :rtype: str
        """
        level = self._get_document_level(document)
        lane = self.filtered(lambda lane: level and lane.level_id == level)
        summary = document._get_approval_summary()
        if not lane or not summary.get("currency_id"):
            # Nothing that a rate would change.
            return ""
        currency = self.env["res.currency"].browse(summary["currency_id"])
        unrated = self._get_unrated(lane, currency, document._get_approval_company())
        if not unrated:
            return ""
        return self.env._(
            "There is no exchange rate of %s, so the fast lane is not taken. Enter the rate, and "
            "the next document takes it.",
            ", ".join(unrated.mapped("name")),
        )

    def _get_reason(self):
        """Sentence for the log of a document that takes the lane."""
        self.ensure_one()
        return self.env._(
            "Fast lane of the flow %(flow)s: customers of the level %(level)s need no approval up "
            "to %(amount)s. Approved at once.",
            flow=self.flow_id.name,
            level=self.level_id.name,
            amount=formatLang(self.env, self.amount, currency_obj=self.currency_id),
        )

    def _get_definition(self):
        """What the lane says; see the flow."""
        self.ensure_one()
        return {
            "level": self._refer(self.level_id),
            "amount": self.amount,
            "currency": self._refer(self.currency_id),
        }
