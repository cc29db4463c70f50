from datetime import datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from passlib.hash import pbkdf2_sha512

from odoo import api, fields, models
from odoo.tools import SQL

from .tables import BILLING_REVIEWS

MODULE = "invoice_crm_addon"
TIMEZONE = "Asia/Shanghai"
LOGINS = ("sales", "sales2", "lead", "approver", "finance", "manager", "auditor")
# Deciders in order of preference, where several people may decide.
DECIDERS = ("lead", "approver", "finance", "manager")


class InvoiceDemo(models.AbstractModel):
    """Makes the demo documents by the real actions, each under the user whose work it is.

    Only the dates are put back afterwards, in superuser mode: documents, approvals and messages
    tell the last twelve months. The same day gives the same data.
    """

    _name = "invoice.demo"
    _description = "Demo Data of Tickets"

    @api.model
    def _setup_language(self):
        """Activate Chinese, with the terms of what is installed."""
        if not self.env["res.lang"]._get_data(code="zh_CN"):
            self.env["res.lang"]._activate_lang("zh_CN")
            installed = self.env["ir.module.module"].search([("state", "=", "installed")])
            installed._update_translations(["zh_CN"])

    @api.model
    def _setup_passwords(self):
        """Make each login its own password.

        As everybody knows them, a costly hash protects nothing, and seven take five seconds.
        Odoo hashes each again, at full cost, when its user first logs in.
        """
        hasher = pbkdf2_sha512.using(rounds=1000)
        for login in LOGINS:
            user = self._ref(f"user_{login}")
            user._set_encrypted_password(user.id, hasher.hash(login))

    @api.model
    def _populate(self):
        """Make billing reviews, contracts, tickets, parcels and collections, once."""
        if self._ref("demo_contract_erp"):
            return
        self._review_billing_data()
        self._make_contracts()
        self._make_tickets()
        self._make_parcels()
        self._make_collections()
        self._end_contracts()
        self._mark_notifications_read()

    # === BILLING DATA === #

    def _review_billing_data(self):
        """Salespeople submit the billing data of their customers, the approver decides."""
        for key, age, outcome, comment in BILLING_REVIEWS:
            customer = self._ref(f"customer_{key}")
            submitted_on = self._moment(age, 40)
            self._do(customer.user_id, customer, submitted_on, lambda c: c.action_submit_billing())
            decided_on = self._moment(age, 75, days=1)
            if outcome == "approve":
                self._approve("approver", customer, decided_on, comment)
            elif outcome == "reject":
                self._reject("approver", customer, decided_on, comment)

    # === ACTIONS === #

    def _do(self, user, documents, moments, action):
        """Let a user act on documents, then put back the dates of what came of it.

        :param user: the user, or the login
        :param moments: when it happened, one moment or a dict by document
        :param action: function of the documents as the user sees them
        """
        documents = self._as(user, documents)
        action(documents)
        self._stamp(documents, moments)

    def _approve(self, user, documents, moments, comment):
        self._do(user, documents, moments, lambda d: d.action_approve(comment))

    def _reject(self, user, document, moment, reason):
        self._do(user, document, moment, lambda d: d.approval_request_id.action_reject(reason))

    def _approve_by_turn(self, documents, comments, moments):
        """Approve the step whose turn it is, by the first of the deciders who may.

        :param documents: submitted records of one model
        :param dict comments: remark by document, maybe empty
        :param dict moments: when, by document
        """
        deciders = [self._ref(f"user_{login}") for login in DECIDERS]

        def decider(document):
            waiting = document.approval_waiting_user_ids
            return next(user for user in deciders if user in waiting)

        groups = documents.grouped(lambda d: (decider(d), comments.get(d) or ""))
        for (user, comment), group in groups.items():
            self._approve(user, group, moments, comment)

    # === USERS === #

    def _ref(self, name):
        """Record of this module by its XML id, under the current environment, or None."""
        return self.env.ref(f"{MODULE}.{name}", raise_if_not_found=False)

    def _adopt(self, name, record, moment):
        """Give a new record an XML id, so that tests and screenshots find it, and its date.

        :param record: as the user sees it who wrote it
        :return: the record in superuser mode
        """
        self._stamp(record, moment)
        record = record.with_env(self.env)
        self._stamp_column(record, "create_date", {record.id: moment})
        self.env["ir.model.data"]._update_xmlids(
            [{"xml_id": f"{MODULE}.{name}", "record": record, "noupdate": True}]
        )
        return record

    def _as(self, user, records, age=None):
        """The records as a user of the demo company sees them.

        :param user: the user, or the login
        :param age: days ago, for the numbers of new documents
        """
        if isinstance(user, str):
            user = self._ref(f"user_{user}")
        context = {
            "lang": "zh_CN",
            "tz": TIMEZONE,
            "allowed_company_ids": self._ref("demo_company").ids,
        }
        if age is not None:
            # By month: every other context costs time in each look-up of an environment.
            context["ir_sequence_date"] = f"{self._day(age):%Y-%m-01}"
        return records.with_env(self.env(user=user, su=False, context=context))

    # === TIME === #

    def _day(self, age):
        """Working day in Shanghai, ``age`` days ago."""
        now = datetime.now(ZoneInfo(TIMEZONE))
        day = now.date() - timedelta(days=age)
        return day - timedelta(days=max(day.weekday() - 4, 0))

    def _moment(self, age, minutes, days=0):
        """Moment in UTC, never in the future.

        :param int age: days ago
        :param int minutes: minutes after nine o'clock in Shanghai
        :param int days: days later, put off to Monday where they end on a weekend
        """
        day = self._day(age) + timedelta(days=days)
        if day.weekday() > 4:
            day += timedelta(days=7 - day.weekday())
        return self._moment_of_day(day, minutes)

    def _moment_of_day(self, day, minutes):
        local = datetime.combine(day, time(9), ZoneInfo(TIMEZONE)) + timedelta(minutes=minutes)
        moment = local.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
        return min(moment, fields.Datetime.now())

    def _stamp(self, documents, moments):
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
        self._stamp_column(messages, "create_date", {m.id: m.date for m in messages})

    def _stamp_approvals(self, documents, moments):
        requests = documents.approval_request_ids
        if not requests:
            return
        start = self._get_start()
        new = requests.filtered(lambda r: r.create_date >= start)
        self._stamp_column(new, "create_date", {r.id: moments[r.res_id] for r in new})
        for request in requests.filtered(lambda r: r.date_decided and r.date_decided >= start):
            request.date_decided = moments[request.res_id]
        for decision in requests.decision_ids.filtered(lambda d: d.date >= start):
            decision.date = moments[decision.request_id.res_id]
        for activity in self.env["mail.activity"].search(
            [("res_model", "=", documents._name), ("res_id", "in", documents.ids)]
        ):
            activity.date_deadline = (moments[activity.res_id] + timedelta(days=1)).date()

    def _stamp_column(self, records, column, moments):
        """Write a date that the ORM keeps to itself."""
        records.flush_recordset()
        for moment, group in groupby(sorted(moments, key=moments.get), key=moments.get):
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET %s = %s WHERE id IN %s",
                    SQL.identifier(records._table),
                    SQL.identifier(column),
                    moment,
                    tuple(group),
                )
            )
        records.invalidate_recordset([column])

    def _get_start(self):
        """When this transaction started: what is dated later was not put back yet."""
        return self.env.cr.now().replace(microsecond=0)

    def _mark_notifications_read(self):
        """What is older than a week has been read."""
        read_on = fields.Datetime.now()
        self.env["mail.notification"].search(
            [
                ("mail_message_id.date", "<", self._moment(7, 0)),
                (
                    "mail_message_id.model",
                    "in",
                    ["invoice.ticket", "invoice.contract", "res.partner"],
                ),
                ("res_partner_id", "in", self._ref("demo_company").user_ids.partner_id.ids),
            ]
        ).write({"is_read": True, "read_date": read_on})
