from odoo import api, fields, models
from odoo.tools import SQL

DECISIONS = ("approve", "reject", "return", "transfer")


class InvoiceApprovalStatistics(models.Model):
    """What people decided on approvals, how long it took them, and how often they refused.

    A row is a decision on a step. Shares are averages of 0 and 1: of rejections among approvals,
    rejections and returns – who transfers gives no verdict –, and of late decisions among those
    that had a deadline. Columns are empty where a row does not count.
    """

    _name = "invoice.approval.statistics"
    _inherit = ["invoice.names.mixin"]
    _description = "Approval Statistics"
    _auto = False
    _rec_name = "stage_name"
    _order = "date desc, id desc"
    _depends = {
        "invoice.approval.decision": [
            "company_id",
            "date",
            "decision",
            "for_user_id",
            "hours_waited",
            "request_id",
            "step_id",
            "user_id",
        ],
        "invoice.approval.step": ["date_deadline", "name"],
        "invoice.approval.request": [
            "amount",
            "currency_id",
            "cycle",
            "department_id",
            "flow_id",
            "flow_name",
            "flow_version",
            "is_change",
            "partner_id",
            "requester_id",
            "res_model",
        ],
    }

    # decision
    date = fields.Datetime(string="Decided On")
    decision = fields.Selection(
        selection=[
            ("approve", "Approved"),
            ("reject", "Rejected"),
            ("return", "Returned"),
            ("transfer", "Transferred"),
        ],
    )
    user_id = fields.Many2one("res.users", string="Approver")
    for_user_id = fields.Many2one(
        "res.users", string="For", help="Who delegated the decision to the approver."
    )
    hours_waited = fields.Float(
        aggregator="avg",
        help="From the moment when the step was reached, nights and weekends included.",
    )
    is_rejected = fields.Float(
        string="Share Rejected",
        aggregator="avg",
        help="Rejections among the approvals, rejections and returns.",
    )
    is_late = fields.Float(
        string="Share Late",
        aggregator="avg",
        help="Decisions after the deadline among those that had one.",
    )

    # step and request
    stage_name = fields.Char(string="Stage")
    request_id = fields.Many2one("invoice.approval.request", string="Approval")
    res_model = fields.Selection(selection="_selection_res_model", string="Document Type")
    flow_id = fields.Many2one(
        "invoice.approval.flow",
        string="Flow Definition",
        groups="invoice_crm_addon.group_ticket_manager,invoice_crm_addon.group_ticket_auditor",
    )
    flow_name = fields.Char(string="Flow")
    flow_version = fields.Integer(string="Version", aggregator=None)
    cycle = fields.Integer(string="Round", aggregator=None)
    is_change = fields.Boolean(string="Change")
    company_id = fields.Many2one("res.company")
    department_id = fields.Many2one("hr.department")
    requester_id = fields.Many2one("res.users")
    partner_id = fields.Many2one("res.partner", string="Customer")
    currency_id = fields.Many2one("res.currency")
    # A request of three steps would be added up three times.
    amount = fields.Monetary(aggregator=None)

    @api.model
    def _selection_res_model(self):
        return self.env["invoice.approval.flow"]._selection_res_model()

    # === QUERY === #

    @property
    def _table_query(self):
        # Outer joins, since PostgreSQL leaves those out that a question does not need.
        return SQL(
            """SELECT
                decision.id,
                decision.date,
                decision.decision,
                decision.user_id,
                decision.for_user_id,
                decision.hours_waited,
                CASE WHEN decision.decision != 'transfer'
                    THEN (decision.decision = 'reject')::int::float8 END AS is_rejected,
                (decision.date > step.date_deadline)::int::float8 AS is_late,
                step.name AS stage_name,
                decision.request_id,
                request.res_model,
                request.flow_id,
                request.flow_name,
                request.flow_version,
                request.cycle,
                request.is_change,
                decision.company_id,
                request.department_id,
                request.requester_id,
                request.partner_id,
                request.currency_id,
                request.amount
            FROM invoice_approval_decision decision
            LEFT JOIN invoice_approval_request request ON request.id = decision.request_id
            LEFT JOIN invoice_approval_step step ON step.id = decision.step_id
            WHERE decision.decision IN %s""",
            DECISIONS,
        )

    # === ACTION METHODS === #

    def action_open_request(self):
        """Open the approval that the decision belongs to."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "invoice.approval.request",
            "res_id": self.request_id.id,
            "views": [(False, "form")],
        }


class InvoiceApprovalDecision(models.Model):
    _inherit = "invoice.approval.decision"

    # Lists, newest first, and the latest days of the statistics.
    _statistics_idx = models.Index(
        "(date, id) WHERE decision IN ('approve', 'reject', 'return', 'transfer')"
    )
