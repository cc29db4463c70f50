from odoo import api, fields, models


class InvoiceApprovalRequest(models.Model):
    """The history of a document's approvals, as its timeline shows it.

    Level       What it says
    =====================================================================================
    round       flow and version, who submitted what when, what changed, how it ended
    step        name, state and rule, since when, until when, who is asked and for whom
    entry       what somebody did in the step: when, after how many hours, with which words
    =====================================================================================

    People and moments are facts that everybody who reads the document may know. How long a
    step waits and whether it is late is up to the clock of the reader's screen.
    """

    _inherit = "invoice.approval.request"

    timeline = fields.Json(compute="_compute_timeline", compute_sudo=True)

    @api.depends("state", "waiting_user_ids", "step_ids.state", "decision_ids")
    @api.depends_context("uid", "lang")
    def _compute_timeline(self):
        for request, timeline_round in zip(self, self._get_timeline(), strict=True):
            request.timeline = [timeline_round]

    def _get_timeline(self):
        """Rounds with their steps and people; in superuser mode.

        :return: JSON for the timeline of the web client; moments are UTC
        :rtype: list[dict]
        """
        running = self.step_ids.filtered(lambda step: step.state == "pending")
        acting = running._get_acting()
        return [request._get_timeline_round(acting) for request in self]

    def _get_timeline_round(self, acting):
        self.ensure_one()
        submission = self.decision_ids[:1]
        return {
            "id": self.id,
            "cycle": self.cycle,
            "state": self.state,
            "state_label": self._get_state_label(),
            "flow": self.flow_name,
            "version": self.flow_version,
            "is_change": self.is_change,
            "changes": self._get_change_rows(),
            "can_open": self.sudo(False).has_access("read"),
            "requester": self.requester_id._get_timeline_person(),
            "date": fields.Datetime.to_string(submission.date or self.create_date),
            "date_decided": fields.Datetime.to_string(self.date_decided) or False,
            "closing": self._get_timeline_closing(),
            "steps": [
                step._get_timeline_step(acting.get(step, {})) for step in self.step_ids.sorted()
            ],
        }

    def _get_timeline_closing(self):
        """Who withdrew the request, and why."""
        withdrawal = self.decision_ids.filtered(lambda d: d.decision == "withdraw")[-1:]
        return withdrawal._get_timeline_entry() if withdrawal else False


class InvoiceApprovalStep(models.Model):
    _inherit = "invoice.approval.step"

    def _get_timeline_step(self, acting):
        """:param dict acting: open approvers and who acts for each, of the step in turn"""
        self.ensure_one()
        labels = dict(self._fields["state"]._description_selection(self.env))
        return {
            "id": self.id,
            "name": self.name,
            "state": self.state,
            "state_label": labels[self.state],
            "rule": self._get_rule_label(),
            "note": self.note or "",
            "people": self._get_timeline_people(acting),
            "entries": [
                decision._get_timeline_entry()
                for decision in self.decision_ids
                if decision.decision != "withdraw"
            ],
            "since": fields.Datetime.to_string(self.date_reached) or False,
            "until": fields.Datetime.to_string(self.date_done) or False,
            "deadline": fields.Datetime.to_string(self.date_deadline) or False,
            "reminded": fields.Datetime.to_string(self._get_reminded_on()) or False,
        }

    def _get_reminded_on(self):
        """When the people of the step were last reminded, or False."""
        reminded_on = self.request_id.reminded_on
        is_meant = self.state == "pending" and reminded_on and reminded_on >= self.date_reached
        return is_meant and reminded_on

    def _get_timeline_people(self, acting):
        """Those who are asked and have not decided yet, each once.

        ``for`` names the people for whom somebody stands in, unless they are asked themselves.
        """
        if self.state not in ("pending", "waiting"):
            return []
        pairs = acting or {user: user for user in self.approver_ids}
        Users = self.env["res.users"]
        people = {
            delegate: Users.union(*(user for user, by in pairs.items() if by == delegate))
            for delegate in pairs.values()
        }
        if escalated := self._get_escalated():
            people[escalated] = self.escalated_user_id
        return [
            {
                **user._get_timeline_person(),
                "for": user not in principals and ", ".join(principals.mapped("name")),
            }
            for user, principals in people.items()
        ]

    def _get_rule_label(self):
        """How many of the people must agree, in words; empty where one person is asked."""
        self.ensure_one()
        if self.rule == "count":
            return self.env._("At least %s of them", self.minimum)
        if len(self.approver_ids) < 2:
            return ""
        return dict(self._fields["rule"]._description_selection(self.env))[self.rule]


class InvoiceApprovalDecision(models.Model):
    _inherit = "invoice.approval.decision"

    def _get_timeline_entry(self):
        self.ensure_one()
        return {
            **self.user_id._get_timeline_person(),
            "for": self.for_user_id.name or False,
            "to": self.target_user_id.name or False,
            "decision": self.decision,
            "label": self._get_label(),
            "comment": self.comment or "",
            "date": fields.Datetime.to_string(self.date),
            "hours": round(self.hours_waited, 2),
        }


class ResUsers(models.Model):
    _inherit = "res.users"

    def _get_timeline_person(self):
        """Identity for the face and the name in a timeline."""
        self.ensure_one()
        return {"user_id": self.id, "name": self.name}
