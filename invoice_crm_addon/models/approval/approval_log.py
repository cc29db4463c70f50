from odoo import api, fields, models


class InvoiceApprovalRequest(models.Model):
    """What is written about a request: its own history, and the log of its document."""

    _inherit = "invoice.approval.request"

    def _log(self, decision, steps=None, comment=None, acting=None, target=None):
        """Write a row of the history of each request.

        :param str decision: what the current user does
        :param steps: the step of each request that it is about, if any
        :param str comment: remark or reason
        :param dict acting: by step, for whom somebody acts, see ``_get_acting``
        :param res.users target: to whom the step was handed
        """
        step_by_request = {step.request_id: step for step in steps or ()}
        self.env["invoice.approval.decision"].create(
            [
                {
                    "request_id": request.id,
                    "user_id": self.env.uid,
                    "target_user_id": target.id if target else False,
                    "decision": decision,
                    "comment": (comment or "").strip(),
                    **self._prepare_log_step(step_by_request.get(request), acting or {}),
                }
                for request in self
            ]
        )

    @api.model
    def _prepare_log_step(self, step, acting):
        if not step:
            return {}
        waited = fields.Datetime.now() - (step.date_reached or fields.Datetime.now())
        return {
            "step_id": step.id,
            "for_user_id": step._get_principal(acting.get(step, {}), self.env.user).id,
            "hours_waited": waited.total_seconds() / 3600,
        }

    def _log_submission(self):
        """Say on each document which flow applies and who is asked first."""
        for model, requests in self.grouped("res_model").items():
            self.env[model].browse(requests.mapped("res_id"))._message_log_batch(
                bodies={
                    request.res_id: request._get_submission_text()
                    for request in requests.filtered(lambda r: r.state == "pending")
                }
            )

    def _get_submission_text(self):
        """Sentence about what was submitted to whom."""
        self.ensure_one()
        people = ", ".join(self.waiting_user_ids.mapped("name"))
        if not self.is_change:
            return self.env._(
                "Submitted for approval: %(flow)s. Waiting for: %(people)s",
                flow=self.flow_name,
                people=people,
            )
        labels = dict.fromkeys(row["label"] for row in self._get_change_rows())
        return self.env._(
            "Change submitted for approval (%(fields)s): %(flow)s. Waiting for: %(people)s",
            fields=", ".join(labels),
            flow=self.flow_name,
            people=people,
        )

    def _get_result_text(self, state, comment):
        """Sentence about what became of the request."""
        if state == "approved":
            return self.env._("%(flow)s: approved.", flow=self.flow_name)
        if state == "withdrawn" and comment:
            return self.env._(
                "%(flow)s: withdrawn. Reason: %(reason)s", flow=self.flow_name, reason=comment
            )
        if state == "withdrawn":
            return self.env._("%(flow)s: withdrawn.", flow=self.flow_name)
        return self.env._(
            "%(flow)s: rejected by %(user)s. Reason: %(reason)s",
            flow=self.flow_name,
            user=self.env.user.name,
            reason=comment,
        )

    def _get_change_rows(self):
        """Rows of the table of changes, with labels in the reader's language."""
        self.ensure_one()
        Document = self.env[self.res_model]
        return [
            {**row, "label": Document._get_change_label(row["field"])} for row in self.changes or []
        ]
