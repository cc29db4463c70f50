from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..base.proof import is_proven


class InvoiceContractMilestone(models.Model):
    """A milestone of an amount or a percentage of the contract, which is billed on its day."""

    _name = "invoice.contract.milestone"
    _inherit = ["invoice.plan.row.mixin", "invoice.contract.milestone"]

    percent = fields.Float(
        digits=(16, 4), help="Of the contract amount; the amount follows from it. 0: none."
    )
    amount = fields.Monetary(compute="_compute_amount", store=True, readonly=False, precompute=True)
    bill_ids = fields.One2many("invoice.planned.bill", "milestone_id", string="Planned Bills")

    @api.depends("percent", "contract_id.amount_total")
    def _compute_amount(self):
        for milestone in self:
            if milestone.percent:
                amount = milestone.contract_id.amount_total * milestone.percent / 100.0
                currency = milestone.currency_id or self.env.company.currency_id
                milestone.amount = currency.round(amount)
            else:
                milestone.amount = milestone.amount

    @api.constrains("percent")
    def _check_percent(self):
        for milestone in self:
            if not 0.0 <= milestone.percent <= 100.0:
                raise ValidationError(
                    self.env._("“%s” is of 0 to 100 percent of the contract.", milestone.name)
                )

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        if is_proven(self.env):
            return  # A rejected change takes its rows back; what was made of them stays.
        for milestone in self:
            # sudo: what was made counts, whoever may see it
            if milestone.sudo().bill_ids.filtered("is_touched"):
                raise UserError(
                    self.env._("“%s” was billed, so the milestone is kept.", milestone.name)
                )

    def _get_own_amounts(self, contract):
        own = super()._get_own_amounts(contract)
        # sudo: what was made counts, whoever may see it
        tickets_sudo = contract._origin.sudo().planned_bill_ids.ticket_ids
        if not tickets_sudo:
            return own
        groups = tickets_sudo.env["invoice.ticket.path"]._read_group(
            [
                ("contract_id", "=", contract._origin.id),
                ("ticket_id", "in", tickets_sudo.ids),
                ("is_issued", "=", True),
            ],
            ["ticket_id"],
            ["amount_contract:sum"],
        )
        for ticket, amount in groups:
            bill = ticket.planned_bill_id
            row = bill.milestone_id.with_env(self.env) or bill.rule_id
            own[row] = own.get(row, 0.0) + amount
        return own

    def _get_plan(self):
        """Values of the planned bill of the milestone."""
        return {
            "date": self.date_due,
            "date_from": self.date_due,
            "date_to": self.date_due,
            "amount": self.amount,
            "name": self.name,
        }
