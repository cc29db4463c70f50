"""Acts for the demo users, and puts the dates back."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo import fields
from odoo.tools import SQL, groupby

from ..models.approval.approval_history import get_seals
from ..models.base.proof import proven

MODULE = "invoice_crm_addon"
TIMEZONE = "Asia/Shanghai"
# Deciders in order of preference, where several people may decide.
DECIDERS = ("lead", "approver", "finance", "manager")


class Builder:
    """What all parts of the demo data need.

    :param env: environment in superuser mode
    """

    def __init__(self, env):
        self.env = env

    # === ACTIONS === #

    def do(self, user, documents, moments, action):
        """Let a user act on documents, then put back the dates of what came of it.

        :param user: the user, or the login
        :param moments: when it happened, one moment or a dict by document
        :param action: function of the documents as the user sees them
        """
        documents = self.as_user(user, documents)
        action(documents)
        self.stamp(documents, moments)

    def approve(self, user, documents, moments, comment):
        self.do(user, documents, moments, lambda d: d.action_approve(comment))

    def reject(self, user, document, moment, reason):
        self.do(user, document, moment, lambda d: d.approval_request_id.action_reject(reason))

    def approve_by_turn(self, documents, comments, moments):
        """Approve the step whose turn it is, by the first of the deciders who may.

        :param documents: submitted records of one model
        :param dict comments: remark by document, maybe empty
        :param dict moments: when, by document
        """
        deciders = [self.ref(f"user_{login}") for login in DECIDERS]

        def decider(document):
            waiting = document.approval_waiting_user_ids
            return next(user for user in deciders if user in waiting)

        groups = documents.grouped(lambda d: (decider(d), comments.get(d) or ""))
        for (user, comment), group in groups.items():
            self.approve(user, group, moments, comment)

    # === USERS === #

    def ref(self, name):
        """Record of this module by its XML id, under the current environment, or None."""
        return self.env.ref(f"{MODULE}.{name}", raise_if_not_found=False)

    def get_ticket(self, key):
        return self.ref(f"demo_ticket_{key}")

    def adopt(self, name, record, moment):
        """Give a new record an XML id, so that tests and screenshots find it, and its date.

        :param record: as the user sees it who wrote it
        :return: the record in superuser mode
        """
        self.stamp(record, moment)
        record = record.with_env(self.env)
        self.stamp_column(record, "create_date", {record.id: moment})
        self.env["ir.model.data"]._update_xmlids(
            [{"xml_id": f"{MODULE}.{name}", "record": record, "noupdate": True}]
        )
        return record

    def as_user(self, user, records, age=None):
        """The records as a user of the demo company sees them.

        :param user: the user, or the login
        :param age: days ago, for the numbers of new documents
        """
        if isinstance(user, str):
            user = self.ref(f"user_{user}")
        context = {
            "lang": "zh_CN",
            "tz": TIMEZONE,
            "allowed_company_ids": self.ref("demo_company").ids,
        }
        if age is not None:
            # By month: every other context costs time in each look-up of an environment.
            context["ir_sequence_date"] = f"{self.day(age):%Y-%m-01}"
        return records.with_env(self.env(user=user, su=False, context=context))

    # === TIME === #

    def say_demo(self, documents):
        """Say in the history that nothing left, whatever the state says."""
        documents._message_log_batch(
            bodies=dict.fromkeys(documents.ids, "演示数据：没有真正发出邮件。")
        )

    def day(self, age):
        """Working day in Shanghai, ``age`` days ago."""
        now = datetime.now(ZoneInfo(TIMEZONE))
        day = now.date() - timedelta(days=age)
        return day - timedelta(days=max(day.weekday() - 4, 0))

    def moment(self, age, minutes, days=0):
        """Moment in UTC, never in the future.

        :param int age: days ago
        :param int minutes: minutes after nine o'clock in Shanghai
        :param int days: days later, put off to Monday where they end on a weekend
        """
        day = self.day(age) + timedelta(days=days)
        if day.weekday() > 4:
            day += timedelta(days=7 - day.weekday())
        return self.moment_of_day(day, minutes)

    def moment_of_day(self, day, minutes):
        local = datetime.combine(day, time(9), ZoneInfo(TIMEZONE)) + timedelta(minutes=minutes)
        moment = local.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
        return min(moment, fields.Datetime.now())

    def stamp(self, documents, moments):
        """Put back what was just written with the documents: messages, approvals, activities.

        :param documents: as the user sees them who wrote it
        :param moments: the moment, or a dict of moments by document
        """
        self.env.flush_all()
        documents._track_finalize()
        documents = documents.with_env(self.env)
        if not isinstance(moments, dict):
            moments = dict.fromkeys(documents, moments)
        moments = {document.id: moment for document, moment in moments.items()}
        self._stamp_messages(documents, moments)
        if "approval_request_ids" in documents._fields:
            self._stamp_approvals(documents, moments)

    def _stamp_messages(self, documents, moments):
        messages = self.env["mail.message"].search(
            [
                ("model", "=", documents._name),
                ("res_id", "in", documents.ids),
                ("date", ">=", self._get_start()),
            ]
        )
        for message in messages:
            message.date = moments[message.res_id]
        self.stamp_column(messages, "create_date", {m.id: m.date for m in messages})

    def _stamp_approvals(self, documents, moments):
        requests = documents.approval_request_ids
        if not requests:
            return
        start = self._get_start()
        new = requests.filtered(lambda r: r.create_date >= start)
        self.stamp_column(new, "create_date", {r.id: moments[r.res_id] for r in new})
        decided = requests.filtered(lambda r: r.date_decided and r.date_decided >= start)
        self.stamp_column(decided, "date_decided", {r.id: moments[r.res_id] for r in decided})
        decisions = requests.decision_ids.filtered(lambda d: d.date >= start)
        self.stamp_column(
            decisions, "date", {d.id: moments[d.request_id.res_id] for d in decisions}
        )
        steps = requests.step_ids
        for column in ("date_reached", "date_done"):
            fresh = steps.filtered(lambda s, column=column: s[column] and s[column] >= start)
            self.stamp_column(fresh, column, {s.id: moments[s.request_id.res_id] for s in fresh})
        self._stamp_deadlines(steps)
        waited = decisions.filtered("step_id.date_reached")
        hours = {d.id: (d.date - d.step_id.date_reached).total_seconds() / 3600 for d in waited}
        self.stamp_column(waited, "hours_waited", hours)
        self._seal(requests)
        for activity in proven(self.env["mail.activity"]).search(
            [("res_model", "=", documents._name), ("res_id", "in", documents.ids)]
        ):
            activity.date_deadline = moments[activity.res_id].date()

    def _stamp_deadlines(self, steps):
        deadlines = {
            step.id: step.request_id.flow_id._plan_deadline(
                step.request_id.company_id,
                step.deadline_hours,
                begin=step.date_reached,
            )
            for step in steps.filtered(lambda s: s.date_deadline and s.date_reached)
        }
        self.stamp_column(steps, "date_deadline", deadlines)
        pending = steps.filtered(lambda s: s.state == "pending" and s.id in deadlines)
        self.stamp_column(
            pending.request_id,
            "date_deadline",
            {step.request_id.id: deadlines[step.id] for step in pending},
        )

    def _seal(self, requests):
        """Close the seals over the dates that were put back."""
        for request in requests:
            seals, last_seal = get_seals(request)
            self.stamp_column(
                request.decision_ids, "seal", {d.id: seal for d, seal in seals.items()}
            )
            self.stamp_column(request, "last_seal", {request.id: last_seal})

    def stamp_column(self, records, column, moments):
        """Write what the ORM, or the history, keeps to itself."""
        records.flush_recordset()
        for moment, ids in groupby(moments, key=moments.get):
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET %s = %s WHERE id IN %s",
                    SQL.identifier(records._table),
                    SQL.identifier(column),
                    moment,
                    tuple(ids),
                )
            )
        records.invalidate_recordset([column])

    def _get_start(self):
        """When this transaction started: what is dated later was not put back yet."""
        return self.env.cr.now().replace(microsecond=0)
