import hashlib
import json

from odoo import api, models
from odoo.tools import format_datetime

# What the first seal of a request covers: the request as it was submitted. Not the document's
# id, nor its customer: when customers are merged, their history goes on with the one that stays.
SEALED_FIELDS = (
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


class InvoiceApprovalRequest(models.Model):
    """Seals: each row of the history covers the one before, the first one the request itself.

    Whoever alters, adds or removes a row in the database breaks the chain at that row.
    """

    _inherit = "invoice.approval.request"

    # === ACTION METHODS === #

    def action_verify(self):
        """Check that nobody altered the history in the database.

        :return: notification that says which row breaks, or that none does
        """
        self.check_access("read")
        problems = self.sudo()._get_seal_problems()
        if problems:
            return self._notify_user("\n".join(problems), kind="danger", sticky=True)
        return self._notify_user(
            self.env._(
                "%(requests)s approvals with %(rows)s entries were checked: nothing was altered.",
                requests=len(self),
                rows=len(self.sudo().decision_ids),
            ),
            kind="success",
        )

    # === BUSINESS METHODS === #

    def _get_last_seal(self):
        """Seal on which the next decision stands."""
        self.ensure_one()
        return self.last_seal or self._get_first_seal()

    def _get_first_seal(self):
        """Seal of the request as it was submitted."""
        self.ensure_one()
        return self._compute_first_seal(
            {f: self._fields[f].convert_to_write(self[f], self) for f in SEALED_FIELDS}
        )

    @api.model
    def _compute_first_seal(self, vals):
        """:param dict vals: values of the request as they are written"""
        content = {fname: vals.get(fname) or False for fname in SEALED_FIELDS}
        # To the tenth of a cent: the database may give a large amount back a little differently.
        content["amount"] = f"{content['amount'] or 0.0:.3f}"
        text = json.dumps(content, ensure_ascii=True, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def _get_seal_problems(self):
        """Sentences about requests whose history was altered in the database.

        :rtype: list[str]
        """
        self.env.flush_all()
        self.invalidate_recordset()
        self.decision_ids.invalidate_recordset()
        return [problem for request in self if (problem := request._get_seal_problem())]

    def _get_seal_problem(self):
        """Which row breaks the chain, or False."""
        self.ensure_one()
        seals, last_seal = self._compute_seals()
        for row, (decision, seal) in enumerate(seals.items(), start=1):
            if seal != decision.seal:
                return self.env._(
                    "%(name)s, round %(cycle)s: row %(row)s (%(decision)s, %(user)s, %(date)s) "
                    "was altered, or a row before it was removed.",
                    name=self.name,
                    cycle=self.cycle,
                    row=row,
                    decision=decision._get_label(),
                    user=decision.user_id.name,
                    date=format_datetime(self.env, decision.date),
                )
        if self.last_seal == last_seal:
            return False
        states = self._fields["state"].get_values(self.env)
        seal = self.decision_ids[-1:].seal
        if any(self.last_seal == self._seal_result(seal, state) for state in states):
            return self.env._(
                "%(name)s, round %(cycle)s: the result was altered.",
                name=self.name,
                cycle=self.cycle,
            )
        return self.env._(
            "%(name)s, round %(cycle)s: rows after row %(row)s were removed.",
            name=self.name,
            cycle=self.cycle,
            row=len(self.decision_ids),
        )

    def _compute_seals(self):
        """The seals that content and result call for: by decision, and of the request.

        :rtype: tuple[dict, str]
        """
        self.ensure_one()
        seal, seals = self._get_first_seal(), {}
        for decision in self.decision_ids:
            seal = decision._compute_seal(decision._get_sealed_values(), seal)
            seals[decision] = seal
        return seals, self._seal_result(seal, self.state)

    @api.model
    def _seal_result(self, seal, state):
        """Seal of a request: that of its last decision, and of the result if there is one."""
        if state == "pending":
            return seal
        return hashlib.sha256(json.dumps([seal, state]).encode()).hexdigest()
