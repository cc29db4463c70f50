from odoo import api, fields, models


class InvoiceContractMilestone(models.Model):
    """A planned invoice or collection of a contract. What is done follows from the rows."""

    _name = "invoice.contract.milestone"
    _inherit = ["invoice.approval.row.mixin"]
    _description = "Contract Milestone"
    _order = "contract_id, date_due, id"

    _document_field = "contract_id"
    _row_field = "milestone_ids"

    contract_id = fields.Many2one("invoice.contract", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="contract_id.company_id", store=True, precompute=True)
    currency_id = fields.Many2one(related="contract_id.currency_id")
    name = fields.Char(string="Milestone", required=True)
    kind = fields.Selection(
        selection=[("ticket", "Invoice"), ("collection", "Collection")],
        default="ticket",
        required=True,
    )
    date_due = fields.Date(string="Planned For", required=True, default=fields.Date.context_today)
    amount = fields.Monetary(help="Planned amount, tax included.")
    amount_done = fields.Monetary(
        string="Done",
        compute="_compute_amount_done",
        help="Covered by issued tickets or payments, earliest milestone first.",
    )
    is_done = fields.Boolean(string="Complete", compute="_compute_amount_done")

    @api.depends(
        "kind",
        "amount",
        "date_due",
        "contract_id.amount_ticketed",
        "contract_id.amount_received",
        "contract_id.milestone_ids.amount",
    )
    def _compute_amount_done(self):
        for (contract, kind), milestones in self.grouped(lambda m: (m.contract_id, m.kind)).items():
            left = contract.amount_ticketed if kind == "ticket" else contract.amount_received
            # What was made for one row of the plan covers that one only.
            own = self._get_own_amounts(contract) if kind == "ticket" else {}
            left -= sum(own.values())
            plan = (contract.milestone_ids | milestones).filtered(
                lambda m, kind=kind: m.kind == kind
            )
            for milestone in plan.sorted(
                lambda m: (m.date_due or fields.Date.context_today(m), m._origin.id)
            ):
                mine = own.get(milestone._origin, 0.0)
                rest = max(milestone.amount - mine, 0.0)
                done = min(mine + min(max(left, 0.0), rest), milestone.amount)
                left -= rest
                if milestone not in milestones:
                    continue  # Only counted: to fill it as well would be a change of the plan.
                milestone.amount_done = done
                currency = milestone.currency_id or self.env.company.currency_id
                milestone.is_done = currency.compare_amounts(done, milestone.amount) >= 0

    def _get_own_amounts(self, contract):
        """What issued tickets document that were made for one row of the plan alone.

        :return: amounts in the contract's currency by row
        :rtype: dict[recordset, float]
        """
        return {}
