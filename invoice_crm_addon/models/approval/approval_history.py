"""What is final, what was decided, and the seals that keep it so."""

import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import clean_context, format_datetime

from ..base.proof import is_proven
from ..base.words import KeptText, Words, dump, keep_rows

# What the first seal of a request covers: the request as it was submitted. Not the document's
# id, nor its customer: when customers are merged, their history goes on with the one that stays.
SEALED_REQUEST_FIELDS = (
    "res_model",
    "cycle",
    "name",
    "summary",
    "amount",
    "currency_id",
    "flow_name",
    "flow_version",
    "requester_id",
    "changes",
    "old_values",
)
# What the seal of a decision covers, beside the seal before it.
SEALED_DECISION_FIELDS = (
    "step_id",
    "user_id",
    "for_user_id",
    "target_user_id",
    "decision",
    "comment",
    "date",
)
# What is sealed as it stands, without a closer look.
_PLAIN = (str, int, float, type(None))
# Made once: a check of the data works out seals by the hundred thousand.
_encode_request = json.JSONEncoder(ensure_ascii=True, sort_keys=True).encode
_encode_decision = json.JSONEncoder(ensure_ascii=True, default=str).encode


def seal_request(vals):
    """Seal of a request as it was submitted, on which its first decision stands.

    :param dict vals: values of the request as they are written
    :return: hexadecimal SHA-256
    """
    content = {fname: _get_sealed(vals.get(fname)) for fname in SEALED_REQUEST_FIELDS}
    # To the tenth of a cent: the database may give a large amount back a little differently.
    content["amount"] = f"{content['amount'] or 0.0:.3f}"
    return _hash(_encode_request(content))


def seal_decision(vals, previous):
    """Seal of a decision.

    :param dict vals: values of the decision as they are written
    :param str previous: the seal before it
    :return: hexadecimal SHA-256
    """
    content = [_get_sealed(vals.get(fname)) for fname in SEALED_DECISION_FIELDS]
    return _hash(_encode_decision([previous, *content]))


def seal_result(previous, state):
    """Seal of a request: that of its last decision, and of the result if there is one.

    :param str previous: seal of the last decision
    :param str state: state of the request
    """
    return previous if state == "pending" else _hash(json.dumps([previous, state]))


def get_last_seal(request):
    """Seal on which the next decision of a request stands."""
    return request.last_seal or seal_request(_get_written_values(request, SEALED_REQUEST_FIELDS))


def get_seals(request):
    """The seals that content and result of a request call for: by decision, and its last one.

    :rtype: tuple[dict, str]
    """
    seal, seals = seal_request(_get_written_values(request, SEALED_REQUEST_FIELDS)), {}
    for decision in request.decision_ids:
        seal = seal_decision(_get_written_values(decision, SEALED_DECISION_FIELDS), seal)
        seals[decision] = seal
    return seals, seal_result(seal, request.state)


def find_seal_problem(request):
    """Sentence that says where the chain of seals breaks, or False."""
    seals, last_seal = get_seals(request)
    for row, (decision, seal) in enumerate(seals.items(), start=1):
        if seal != decision.seal:
            return request.env._(
                "%(name)s, round %(cycle)s: row %(row)s (%(decision)s, %(user)s, %(date)s) "
                "was altered, or a row before it was removed.",
                name=request.name,
                cycle=request.cycle,
                row=row,
                decision=decision._get_label(),
                user=decision.user_id.name,
                date=format_datetime(request.env, decision.date),
            )
    if request.last_seal == last_seal:
        return False
    states = request._fields["state"].get_values(request.env)
    seal = request.decision_ids[-1:].seal
    if any(request.last_seal == seal_result(seal, state) for state in states):
        return request.env._(
            "%(name)s, round %(cycle)s: the result was altered.",
            name=request.name,
            cycle=request.cycle,
        )
    return request.env._(
        "%(name)s, round %(cycle)s: rows after row %(row)s were removed.",
        name=request.name,
        cycle=request.cycle,
        row=len(request.decision_ids),
    )


def _get_sealed(value):
    """A value as it is sealed: sentences of the program by code and values, in no language."""
    if type(value) in _PLAIN:
        return value or False
    if isinstance(value, Words):
        return dump(value)
    return keep_rows(value) if isinstance(value, list) else value or False


def _get_written_values(record, fnames):
    """Values of a stored record, as they were written."""
    return {f: record._fields[f].convert_to_write(record[f], record) for f in fnames}


def _hash(text):
    return hashlib.sha256(text.encode()).hexdigest()


class InvoiceApprovalHistoryMixin(models.AbstractModel):
    """Records of the approval history: written by the engine, deleted by nobody.

    Only superuser mode creates or changes them, whatever the caller's groups are, and what is
    final – a decision, a step that is done, a request that is decided – not even superuser mode
    changes. Nothing removes them but the removal of the module itself.
    """

    _name = "invoice.approval.history.mixin"
    _description = "Approval History"

    @api.model
    def default_get(self, fields: list[str]):
        """Take the fields' own defaults alone.

        Those of the context and those that users keep for themselves (``ir.default``) are values
        of whoever calls an action, and superuser mode does not change that.
        """
        plain = self.with_context(clean_context(self.env.context))
        given = super(InvoiceApprovalHistoryMixin, plain).default_get(fields)
        defaults = {
            fname: self._fields[fname].default(plain)
            for fname in given
            if self._fields[fname].default
        }
        return self._convert_to_write(defaults)

    @api.model_create_multi
    def create(self, vals_list):
        self._check_engine()
        return super().create(vals_list)

    def write(self, vals):
        self._check_engine()
        if vals and any(record._is_final() for record in self):
            raise AccessError(
                self.env._("What is decided stays as it is: nobody can change it afterwards.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        raise AccessError(self.env._("Approvals are history: they cannot be deleted, by anybody."))

    def _is_final(self):
        """Whether the record is history already."""
        self.ensure_one()
        return False

    def _check_engine(self):
        """:raise AccessError: if a caller, not the approval engine, writes"""
        if not is_proven(self.env):
            raise AccessError(
                self.env._(
                    "Approvals are recorded by submitting, approving, rejecting and withdrawing "
                    "only. They cannot be written by hand."
                )
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
        "res.users",
        string="Transferred To",
        ondelete="restrict",
        help="To whom the step was handed.",
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
    comment = KeptText(help="What the person wrote, or why the program did it.")
    date = fields.Datetime(string="On", default=fields.Datetime.now, required=True)
    hours_waited = fields.Float(help="From the moment when the step was reached.")
    seal = fields.Char()

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        self._check_engine()
        # The first decision comes with its request, which knows its seal already.
        for vals in (vals for vals in vals_list if "seal" not in vals):
            request_sudo = self.env["invoice.approval.request"].browse(vals["request_id"])
            vals.setdefault("date", fields.Datetime.now())
            vals["seal"] = seal_decision(vals, get_last_seal(request_sudo))
            request_sudo.last_seal = vals["seal"]
        return super().create(vals_list)

    def _is_final(self):
        return True

    # === WORDS === #

    def _get_label(self):
        """What was done, in words."""
        self.ensure_one()
        return dict(self._fields["decision"]._description_selection(self.env)).get(self.decision)

    def _get_timeline_entry(self):
        self.ensure_one()
        return {
            **self.user_id._get_timeline_person(),
            "for": self.for_user_id.name or False,
            "to": self.target_user_id.name or False,
            "decision": self.decision,
            "label": self._get_label(),
            "comment": str(self.comment or ""),
            "date": fields.Datetime.to_string(self.date),
            "hours": round(self.hours_waited, 2),
        }
