from odoo import fields, models

from .approval_notice import MAIL_ROWS


class InvoiceApprovalRequest(models.Model):
    """Who is told what about a request: activities at once, messages right after."""

    _inherit = "invoice.approval.request"

    # === ACTIVITIES === #

    def _sync_activities(self):
        """Give an activity to everybody whose turn it is, take it from everybody else."""
        activity_type = self.env.ref("invoice_crm_addon.mail_activity_type_approval")
        Activity = self.env["mail.activity"].with_context(
            mail_activity_quick_update=True, invoice_approval_turn=True
        )
        for model, requests in self.grouped("res_model").items():
            request_by_document = {request.res_id: request for request in requests}
            wanted = {
                (request.res_id, user) for request in requests for user in request.waiting_user_ids
            }
            existing = Activity.search(
                [
                    ("res_model", "=", model),
                    ("res_id", "in", list(request_by_document)),
                    ("activity_type_id", "=", activity_type.id),
                ]
            )
            stale = existing.filtered(
                lambda activity, wanted=wanted: (activity.res_id, activity.user_id) not in wanted
            )
            present = {(activity.res_id, activity.user_id) for activity in existing - stale}
            stale.unlink()
            Activity.create(
                [
                    {
                        "activity_type_id": activity_type.id,
                        "automated": True,
                        "summary": activity_type.summary,
                        "res_model_id": self.env["ir.model"]._get_id(model),
                        "res_id": res_id,
                        "user_id": user.id,
                        "date_deadline": request_by_document[res_id]._get_activity_date(user),
                    }
                    for res_id, user in sorted(wanted - present, key=lambda w: (w[0], w[1].id))
                ]
            )

    def _get_activity_date(self, user):
        """Day until which the user is to decide: today, unless the step has a deadline."""
        self.ensure_one()
        moment = self.date_deadline or fields.Datetime.now()
        return fields.Datetime.context_timestamp(self.with_context(tz=user.tz), moment).date()

    # === NOTICES === #

    def _queue_notices(self, kind, people):
        """Tell people right after this transaction.

        :param str kind: see ``invoice.approval.notice``
        :param dict people: ``res.users`` by request; the current user knows already
        """
        values = [
            {
                "request_id": request.id,
                "user_id": user.id,
                "author_id": self.env.uid,
                "kind": kind,
            }
            for request, users in people.items()
            for user in users - self.env.user
        ]
        if values:
            self.env["invoice.approval.notice"].create(values)
            self.env.ref("invoice_crm_addon.ir_cron_approval_notices")._trigger()

    def _queue_result_notices(self, state):
        """Tell the requesters what became of their requests."""
        self._queue_notices(state, {request: request.requester_id for request in self})

    def _is_news(self, user, kind):
        """Whether what was queued is still true when it is sent."""
        self.ensure_one()
        if kind in ("turn", "remind", "escalate"):
            return user in self.waiting_user_ids
        return self.state == kind

    def _get_notice_subject(self, kind):
        names = ", ".join(self[:3].mapped("name")) + ("…" if len(self) > 3 else "")
        subjects = {
            "turn": self.env._("Please approve: %s", names),
            "remind": self.env._("Reminder, please approve: %s", names),
            "escalate": self.env._("Late, please decide: %s", names),
            "approved": self.env._("Approved: %s", names),
            "rejected": self.env._("Rejected: %s", names),
            "withdrawn": self.env._("Withdrawn: %s", names),
        }
        return subjects[kind]

    def _render_notice(self, user, kind):
        """Body of the message.

        :rtype: Markup
        """
        return self.env["ir.qweb"]._render(
            "invoice_crm_addon.approval_notice",
            {
                "requests": self[:MAIL_ROWS],
                "more": max(len(self) - MAIL_ROWS, 0),
                "kind": kind,
                "user": user,
            },
            lang=user.lang,
        )

    # === REMINDERS === #

    def _do_remind(self):
        """Remind the people whose turn it is, now."""
        self.reminded_on = fields.Datetime.now()
        self._queue_notices("remind", {request: request.waiting_user_ids for request in self})
