from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..base.proof import is_proven
from ..base.public_methods import Ids
from ..base.words import Words

# What a person may change of an activity that asks for an approval: nothing that says who is
# asked for what.
OPEN_ACTIVITY_FIELDS = {"note", "attachment_ids"}


class InvoiceApprovalRequest(models.Model):
    """Who is told what about a request, and where.

    Where          What                                                    When
    =====================================================================================
    history        each decision, sealed                                   at once
    document       to whom it was submitted, and what became of it         at once
    activities     everybody whose turn it is has one, nobody else does    at once
    messages       see ``invoice.approval.notice``                         right after
    =====================================================================================

    The words of a message are those of the context's language; the records are in superuser
    mode then.
    """

    _inherit = "invoice.approval.request"

    # === HISTORY AND LOG === #

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
                    "comment": comment if isinstance(comment, Words) else (comment or "").strip(),
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
        if not self.env[self.res_model]._is_approval_log_open():
            return self.env._("Submitted for approval.")
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
        if not self.env[self.res_model]._is_approval_log_open():
            return self._get_state_label()
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

    # === ACTIVITIES === #

    def _sync_activities(self, is_new=False):
        """Give an activity to everybody whose turn it is, take it from everybody else.

        An activity that nobody needs any more goes to the next person of the same document, or
        is put aside until ``_remove_activities``: core searches the whole database for traces
        of a record that is deleted, which nobody should wait for.

        :param bool is_new: the documents waited for nobody before
        """
        Activity = self.env["mail.activity"].with_context(
            mail_activity_quick_update=True, invoice_approval_turn=True
        )
        # Read at once whom core would read one by one.
        (self.waiting_user_ids | self.env.user).mapped("partner_id.tz")
        for model, requests in self.grouped("res_model").items():
            spare, present = ({}, {}) if is_new else requests._get_activities(model)
            values_list, changed = [], {}
            for request in requests:
                for user in request.waiting_user_ids:
                    values = request._prepare_activity_values(user)
                    activity = present.get((request.res_id, user.id))
                    if activity:
                        if activity.date_deadline != values["date_deadline"]:
                            changed.setdefault(tuple(values.items()), []).append(activity.id)
                    elif left := spare.get(request.res_id):
                        changed.setdefault(tuple(values.items()), []).append(left.pop())
                    else:
                        values_list.append({**request._prepare_activity_document(), **values})
            for values, ids in changed.items():
                Activity.browse(ids).write(dict(values))
            if unneeded := [id_ for ids in spare.values() for id_ in ids]:
                Activity.browse(unneeded).write({"active": False})
            Activity.create(values_list)

    @api.model
    def _remove_activities(self):
        """Delete the activities that were put aside."""
        self.env["mail.activity"].with_context(active_test=False).search(
            [
                ("active", "=", False),
                ("automated", "=", True),
                ("activity_type_id", "=", self._get_activity_type_id()),
            ]
        ).unlink()

    def _get_activities(self, model):
        """Approval activities of the requests' documents.

        :return: ids of those that nobody needs, by document, and those that are there already,
            by document and user
        """
        wanted = {(r.res_id, user.id) for r in self for user in r.waiting_user_ids}
        type_id = self._get_activity_type_id()
        documents = self.env[model].browse(self.mapped("res_id"))
        if "activity_ids" not in documents._fields:
            # Documents that show no activities have them all the same.
            is_theirs = Domain("res_model", "=", model) & Domain("res_id", "in", documents.ids)
            activities = self.env["mail.activity"].search(is_theirs)
        else:
            activities = documents.activity_ids
        activities = activities.filtered(
            lambda a: a.active and a.automated and a.activity_type_id.id == type_id
        )
        spare, present = {}, {}
        for activity in activities:
            pair = (activity.res_id, activity.user_id.id)
            if pair in wanted and pair not in present:
                present[pair] = activity
            else:
                spare.setdefault(activity.res_id, []).append(activity.id)
        return spare, present

    @api.model
    def _get_activity_type_id(self):
        return self.env["ir.model.data"]._xmlid_to_res_id(
            "invoice_crm_addon.mail_activity_type_approval"
        )

    def _prepare_activity_document(self):
        """Values of a new activity that tell which document it belongs to."""
        self.ensure_one()
        return {
            "activity_type_id": self._get_activity_type_id(),
            "automated": True,
            "res_model_id": self._get_model_row().id,
            "res_id": self.res_id,
            "res_name": self.name,
        }

    def _get_model_row(self):
        """The row of the document's model; its name is known, and core need not read it."""
        model = self.env["ir.model"].browse(self.env["ir.model"]._get_id(self.res_model))
        model._fields["model"]._insert_cache(model, [self.res_model])
        return model

    def _prepare_activity_values(self, user):
        """Values of an activity that depend on its person, who reads them."""
        return {
            "user_id": user.id,
            "user_tz": user.tz,
            "date_deadline": self._get_activity_date(user),
            "summary": self.with_context(lang=user.lang).env._("Approve or reject"),
        }

    def _get_activity_date(self, user):
        """Day until which the user is to decide: that of the deadline, or at once."""
        self.ensure_one()
        moment = self.date_deadline or self._get_current_step().date_reached
        tz = self._get_timezone(user)
        return fields.Datetime.context_timestamp(
            self.with_context(tz=tz), moment or fields.Datetime.now()
        ).date()

    def _get_timezone(self, user):
        """Timezone in which a person reads deadlines: their own, or that of the working hours.

        :rtype: str
        """
        return user.tz or self[:1].flow_id._get_calendar(self[:1].company_id).tz or "UTC"

    # === NOTICES === #

    def _queue_notices(self, kind, people, also=None):
        """Tell people right after this transaction.

        :param str kind: see ``invoice.approval.notice``
        :param dict people: ``res.users`` by request; the current user knows already
        :param SQL also: a statement that is to be run in any case
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
            self.env["invoice.approval.notice"]._queue(values, also)
        elif also:
            self.env.cr.execute(also)

    def _queue_turn_notices(self, people):
        """Ask people for their decision; those who take over a late step are told so.

        :param dict people: those who were not asked before, as ``res.users`` by request
        """
        late = {
            request: users & request._get_current_step()._get_escalated()
            for request, users in people.items()
        }
        self._queue_notices("turn", {r: users - late[r] for r, users in people.items()})
        self._queue_notices("escalate", late)

    def _queue_result_notices(self, state, asked, also):
        """Tell requesters and people in charge what became of the requests.

        :param dict asked: who had not decided yet, by request; of a withdrawal they are told
        :param SQL also: see ``_queue_notices``
        """
        people = {request: request.requester_id | request.owner_id for request in self}
        if state == "withdrawn":
            people = {request: users | asked[request] for request, users in people.items()}
        self._queue_notices(state, people, also)

    # === REMINDERS === #

    def _do_remind(self):
        """Remind the people whose turn it is, now."""
        self.reminded_on = fields.Datetime.now()
        self._sync_activities()  # Somebody may have marked theirs as done.
        self._queue_notices("remind", {request: request.waiting_user_ids for request in self})

    def _is_reminder_due(self):
        """Whether nobody was reminded since the deadline, or today."""
        last = self.reminded_on
        if not last or last < self.date_deadline:
            return True
        now = fields.Datetime.now()
        return self._get_working_day(last) < self._get_working_day(now)

    def _get_working_day(self, moment):
        """Day of a moment (UTC) where the working hours are kept."""
        tz = self.flow_id._get_calendar(self.company_id).tz or "UTC"
        return fields.Datetime.context_timestamp(self.with_context(tz=tz), moment).date()

    # === MESSAGES === #

    def _get_notice_subject(self, kind):
        """:param str kind: see ``invoice.approval.notice``"""
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

    def _get_notice_introduction(self, kind):
        """First sentence of the message."""
        if len(self) == 1:
            return self._get_single_introduction(kind)
        count = len(self)
        introductions = {
            "turn": self.env._("%s documents wait for your decision.", count),
            "remind": self.env._("%s documents still wait for your decision.", count),
            "escalate": self.env._(
                "%s documents are late and were handed to you. Your decision alone counts.", count
            ),
            "approved": self.env._("%s requests were approved.", count),
            "rejected": self.env._("%s requests were rejected.", count),
            "withdrawn": self.env._(
                "%s requests were withdrawn. There is nothing left to decide.", count
            ),
        }
        return introductions[kind]

    def _get_single_introduction(self, kind):
        if self.is_change and kind in ("turn", "approved", "rejected", "withdrawn"):
            return self._get_change_introduction(kind)
        name = self.requester_id.name
        introductions = {
            "turn": self.env._("%s asks for your approval.", name),
            "remind": self.env._("%s still waits for your approval.", name),
            "escalate": self.env._(
                "This request is late and was handed to you. Your decision alone counts."
            ),
            "approved": self.env._("The request was approved."),
            "rejected": self.env._("The request was rejected."),
            "withdrawn": self.env._("The request was withdrawn. There is nothing left to decide."),
        }
        return introductions[kind]

    def _get_change_introduction(self, kind):
        introductions = {
            "turn": self.env._("%s asks for your approval of a change.", self.requester_id.name),
            "approved": self.env._("The change was approved."),
            "rejected": self.env._("The change was rejected. The old values are back."),
            "withdrawn": self.env._("The change was withdrawn. The old values are back."),
        }
        return introductions[kind]


class MailActivity(models.Model):
    """Activities that ask for an approval follow the approval, and nothing else.

    The engine gives and takes them in superuser mode. Whoever cancelled one, or marked it as
    done, would make somebody forget a decision, and leave a line that reads like one.
    """

    _inherit = "mail.activity"

    def write(self, vals):
        if not is_proven(self.env) and vals.keys() - OPEN_ACTIVITY_FIELDS:
            self._check_no_approval_waits()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_approval(self):
        if not self.env.su:
            self._check_no_approval_waits()

    def _action_done(self, feedback=False, attachment_ids=None):
        if not is_proven(self.env):
            self._check_no_approval_waits()
        return super()._action_done(feedback=feedback, attachment_ids=attachment_ids)

    def _check_no_approval_waits(self):
        """:raise UserError: if somebody has to decide because of one of the activities"""
        type_id = self.env["invoice.approval.request"]._get_activity_type_id()
        # sudo: who deletes an activity need not be who may read it; only that one waits is said
        asking = self.sudo().filtered(
            lambda a: a.automated and a.active and a.activity_type_id.id == type_id
        )
        if not asking:
            return
        Request_sudo = asking.env["invoice.approval.request"]
        for model, activities in asking.grouped("res_model").items():
            waiting = Request_sudo.search(
                [
                    ("res_model", "=", model),
                    ("res_id", "in", activities.mapped("res_id")),
                    ("state", "=", "pending"),
                ]
            )
            if waiting:
                raise UserError(
                    self.env._(
                        "%s waits for approval. Approve, reject or transfer it, or withdraw the "
                        "request: its activities go away by themselves.",
                        ", ".join(waiting.mapped("name")),
                    )
                )


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def message_subscribe(self, partner_ids: Ids = None, subtype_ids: Ids = None):
        """Who is asked to approve does not follow all that is said later.

        An activity subscribes its user. The context is the approval engine's; a caller who sets
        it follows nothing, and does no other harm.
        """
        if self.env.context.get("invoice_approval_turn"):
            return True
        return super().message_subscribe(partner_ids, subtype_ids)
