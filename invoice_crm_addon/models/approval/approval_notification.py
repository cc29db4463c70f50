from odoo import api, fields, models


class InvoiceApprovalRequest(models.Model):
    """Who is told what about a request: activities at once, messages right after."""

    _inherit = "invoice.approval.request"

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
        activities = self.env["mail.activity"].search_fetch(
            [
                ("active", "=", True),
                ("res_model", "=", model),
                ("res_id", "in", self.mapped("res_id")),
                ("activity_type_id", "=", self._get_activity_type_id()),
                ("automated", "=", True),
            ]
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
            self._wake_cron("invoice_crm_addon.ir_cron_approval_notices")

    @api.model
    def _wake_cron(self, xmlid):
        """Start a job right after this transaction, without reading it first."""
        cron_id = self.env["ir.model.data"]._xmlid_to_res_id(xmlid)
        if cron_id:
            now = fields.Datetime.now()
            self.env["ir.cron.trigger"].sudo().create({"cron_id": cron_id, "call_at": now})
            self.env.cr.postcommit.add(self.env["ir.cron"]._notifydb)

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

    def _queue_result_notices(self, state, asked):
        """Tell requesters and people in charge what became of the requests.

        :param dict asked: who had not decided yet, by request; of a withdrawal they are told
        """
        people = {request: request.requester_id | request.owner_id for request in self}
        if state == "withdrawn":
            people = {request: users | asked[request] for request, users in people.items()}
        self._queue_notices(state, people)

    # === REMINDERS === #

    def _do_remind(self):
        """Remind the people whose turn it is, now."""
        self.reminded_on = fields.Datetime.now()
        self._sync_activities()  # Somebody may have marked theirs as done.
        self._queue_notices("remind", {request: request.waiting_user_ids for request in self})
