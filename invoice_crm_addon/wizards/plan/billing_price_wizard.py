from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date


class InvoiceBillingPriceWizard(models.TransientModel):
    """Lets a recurring bill go on with another amount from the first day of a period.

    The rule ends the day before, and another one goes on, which counts its periods as the first
    one does. What was billed stays as it is.
    """

    _name = "invoice.billing.price.wizard"
    _inherit = ["invoice.readable.mixin"]
    _description = "Change the Price of a Recurring Bill"

    rule_id = fields.Many2one("invoice.billing.rule", required=True)
    amount_kind = fields.Selection(related="rule_id.amount_kind")
    currency_id = fields.Many2one(related="rule_id.currency_id")
    bill_id = fields.Many2one(
        "invoice.planned.bill",
        string="From Period",
        compute="_compute_bill_id",
        store=True,
        readonly=False,
        required=True,
        domain="[('rule_id', '=', rule_id), ('is_touched', '=', False)]",
    )
    amount = fields.Monetary(
        string="New Amount",
        compute="_compute_amount",
        store=True,
        readonly=False,
        help="Of a whole period, tax included.",
    )
    percent = fields.Float(
        string="New Percentage",
        compute="_compute_amount",
        store=True,
        readonly=False,
        digits=(16, 4),
    )

    @api.depends("rule_id")
    def _compute_bill_id(self):
        for wizard in self:
            planned = wizard.rule_id.bill_ids.filtered(lambda bill: not bill.is_touched)
            wizard.bill_id = planned.sorted("date_from")[:1]

    @api.depends("rule_id")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = wizard.rule_id.amount
            wizard.percent = wizard.rule_id.percent

    def action_confirm(self):
        """Change the price.

        :raise UserError: if a period from then on was billed already
        """
        self.ensure_one()
        rule, date = self.rule_id, self.bill_id.date_from
        later = rule.bill_ids.filtered(lambda bill: bill.is_touched and bill.date_from >= date)
        if later or self.bill_id.rule_id != rule or self.bill_id.is_touched:
            raise UserError(
                self.env._(
                    "“%(rule)s” was billed from %(date)s on already. Choose a later period.",
                    rule=rule.name,
                    date=format_date(self.env, date),
                )
            )
        price = {"amount": self.amount, "percent": self.percent}
        if date == rule.date_start:
            commands = [Command.update(rule.id, price)]
        else:
            kept = ("name", "interval_months", "timing", "day", "amount_kind", "is_prorated")
            commands = [
                Command.create(
                    {
                        **{fname: rule[fname] for fname in kept},
                        "product_id": rule.product_id.id,
                        "tax_id": rule.tax_id.id,
                        **price,
                        "date_start": date,
                        "date_anchor": rule.date_anchor,
                        "date_end": rule.date_end,
                    }
                ),
                Command.update(rule.id, {"date_end": date - timedelta(days=1)}),
            ]
        rule.contract_id.write({"billing_rule_ids": commands})
        return True
