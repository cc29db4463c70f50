import hashlib
import json

from odoo import api, fields, models

# What the seal of a decision covers, beside the seal before it.
SEALED_FIELDS = (
    "step_id",
    "user_id",
    "for_user_id",
    "target_user_id",
    "decision",
    "comment",
    "date",
)


class InvoiceApprovalDecision(models.Model):
    """What somebody did in an approval, when and why. Written once, never changed or deleted.

    Each decision carries a seal: the SHA-256 of its content and of the seal before it. The
    first one stands on the content of the request, and the request keeps the last one. Whoever
    changes, removes or adds a row in the database breaks the chain at this row.
    """

    _name = "invoice.approval.decision"
    _inherit = ["invoice.approval.history.mixin"]
    _description = "Approval Decision"
    _order = "id"

    request_id = fields.Many2one(
        "invoice.approval.request", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="request_id.company_id", store=True, precompute=True, index=True
    )
    step_id = fields.Many2one("invoice.approval.step", index=True, ondelete="restrict")
    user_id = fields.Many2one(
        "res.users", string="By", required=True, index=True, ondelete="restrict"
    )
    for_user_id = fields.Many2one(
        "res.users", string="For", ondelete="restrict", help="Who delegated the decision."
    )
    target_user_id = fields.Many2one(
        "res.users", string="To", ondelete="restrict", help="To whom the step was handed."
    )
    decision = fields.Selection(
        selection=[
            ("submit", "Submitted"),
            ("approve", "Approved"),
            ("reject", "Rejected"),
            ("return", "Returned"),
            ("transfer", "Transferred"),
            ("add", "Approver added"),
            ("replace", "Approver replaced"),
            ("escalate", "Escalated"),
            ("withdraw", "Withdrawn"),
        ],
        required=True,
    )
    comment = fields.Text()
    date = fields.Datetime(string="On", default=fields.Datetime.now, required=True)
    hours_waited = fields.Float(help="From the moment when the step was reached.")
    seal = fields.Char()

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        self._check_engine()
        # The first decision comes with its request, which knows its seal already.
        for vals in (vals for vals in vals_list if "seal" not in vals):
            request_sudo = self.env["invoice.approval.request"].sudo().browse(vals["request_id"])
            vals.setdefault("date", fields.Datetime.now())
            vals["seal"] = self._compute_seal(vals, request_sudo._get_last_seal())
            request_sudo.last_seal = vals["seal"]
        return super().create(vals_list)

    def _is_final(self):
        return True

    # === SEAL === #

    @api.model
    def _compute_seal(self, vals, previous):
        """Seal of a decision.

        :param dict vals: values as they are written
        :param str previous: the seal before it
        :return: hexadecimal SHA-256
        """
        content = [vals.get(fname) or False for fname in SEALED_FIELDS]
        text = json.dumps([previous, *content], ensure_ascii=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def _get_sealed_values(self):
        """Values of a stored decision, as they were written."""
        self.ensure_one()
        return {
            fname: self._fields[fname].convert_to_write(self[fname], self)
            for fname in SEALED_FIELDS
        }

    def _get_label(self):
        """What was done, in words."""
        self.ensure_one()
        return dict(self._fields["decision"]._description_selection(self.env)).get(self.decision)
