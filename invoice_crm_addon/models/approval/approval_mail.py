from odoo import fields, models
from odoo.tools import format_datetime

# Rows of one mail; who gets more is sent to the list.
MAIL_ROWS = 30
# Rows of the table of changes, where one mail is about many requests.
CHANGE_ROWS = 5


class InvoiceApprovalRequest(models.Model):
    """What a message or a page says about a request, in the reader's language and time.

    Language and timezone are those of the context; the records are in superuser mode.
    """

    _inherit = "invoice.approval.request"

    # === MESSAGE === #

    def _get_notice_thread(self):
        """Document to which the message belongs, if it is about one."""
        if len(self) > 1:
            return self.env["mail.thread"]
        document = self.env[self.res_model].browse(self.res_id).exists()
        return document or self.env["mail.thread"]

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

    def _render_notice_rows(self, user, kind):
        """What the message says about each request, as far as one message goes.

        :return: HTML by request, and the errors of those that cannot be rendered, by request
        :rtype: tuple[dict, dict]
        """
        rows, errors = {}, {}
        is_single = len(self) == 1
        template = "approval_notice_card" if is_single else "approval_notice_row"
        for request in self:
            if len(rows) == MAIL_ROWS:
                break
            try:
                with self.env.cr.savepoint():
                    rows[request] = self.env["ir.qweb"]._render(
                        f"invoice_crm_addon.{template}",
                        request._get_notice_values(user, kind, is_single),
                    )
            except Exception as error:
                errors[request] = error
        return rows, errors

    def _get_notice_values(self, user, kind, is_single):
        """Values of the template of one request.

        :param bool is_single: the message is about no other request
        """
        self.ensure_one()
        is_asked = kind in ("turn", "remind", "escalate")
        changes = self._get_change_rows()
        return {
            "approval": self,
            "subtitle": self._get_subtitle(),
            "facts": self._get_facts(user if is_asked else None),
            "decision": False if is_asked else self._get_closing_decision(),
            "comments": self._get_comments()[-5:] if is_asked else [],
            "changes": changes if is_single else changes[:CHANGE_ROWS],
            "more_changes": "" if is_single else self._get_more_text(len(changes) - CHANGE_ROWS),
            "deadline": is_asked and self._format_moment(self.date_deadline),
            "is_late": is_asked and self._is_late(),
            "decide_url": is_asked and self._get_link(user),
            "open_url": self._get_document_url(),
            "colors": self._get_mail_colors(),
        }

    def _render_notice(self, kind, rows):
        """Body of the message.

        :param dict rows: HTML by request
        :rtype: Markup
        """
        return self.env["ir.qweb"]._render(
            "invoice_crm_addon.approval_notice",
            {
                "is_many": len(self) > 1,
                "introduction": self._get_notice_introduction(kind),
                "rows": list(rows.values()),
                "more": self._get_more_text(len(self) - len(rows)),
                "list_url": self._get_list_url(kind),
                "colors": self._get_mail_colors(),
            },
        )

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

    def _get_more_text(self, count):
        """:param int count: how many rows are left out, if any"""
        return self.env._("… and %s more.", count) if count > 0 else ""

    def _get_mail_colors(self):
        """Colours of the buttons, as the company set them for its mails."""
        company = self.company_id[:1]
        return {
            "background": company.email_secondary_color or "#714B67",
            "text": company.email_primary_color or "#FFFFFF",
        }

    # === CONTENT === #

    def _get_facts(self, user=None):
        """What to know of the document, as label and text; without what is empty.

        :param res.users user: who is to decide, if anybody
        :rtype: list[tuple[str, str]]
        """
        self.ensure_one()
        facts = [
            (self.env._("Customer"), self.partner_id.display_name),
            (self.env._("Summary"), self.summary),
            (self.env._("Amount"), self._format_amount()),
            (self.env._("Requester"), self.requester_id.name),
            (self.env._("Submitted On"), self._format_moment(self.create_date)),
        ]
        if user:
            facts += [
                (self.env._("Stage"), self._get_current_step().name),
                (self.env._("You Decide For"), self._get_principal_of(user).name),
                (self.env._("Deadline"), self._format_moment(self.date_deadline)),
            ]
        return [(label, value) for label, value in facts if value]

    def _get_subtitle(self):
        """Type, customer and subject in one line."""
        title = self.env[self.res_model]._get_approval_title()
        return " · ".join(filter(None, [title, self.partner_id.display_name, self.summary]))

    def _get_principal_of(self, user):
        """The absent person for whom the user decides, if any."""
        step = self._get_current_step()
        acting = step._get_acting().get(step, {})
        return step._get_principal(acting, user)

    def _get_comments(self):
        """What people wrote so far, oldest first.

        :rtype: list[dict]
        """
        self.ensure_one()
        return [
            self._describe_decision(decision)
            for decision in self.decision_ids
            if decision.comment or decision.decision in ("return", "transfer", "escalate")
        ]

    def _get_closing_decision(self):
        """The decision with which the request ended, or False."""
        last = self.decision_ids[-1:]
        is_decision = last.decision in ("approve", "reject", "withdraw")
        return self._describe_decision(last) if is_decision else False

    def _describe_decision(self, decision):
        """A row of the history: who did what when, and what they wrote.

        :rtype: dict[str, str]
        """
        labels = dict(decision._fields["decision"]._description_selection(self.env))
        user, label = decision.user_id.name, labels[decision.decision]
        if principal := decision.for_user_id.name:
            user = self.env._("%(user)s for %(principal)s", user=user, principal=principal)
        if target := decision.target_user_id.name:
            label = self.env._("%(action)s: %(person)s", action=label, person=target)
        return {
            "title": " · ".join((user, label, self._format_moment(decision.date))),
            "comment": decision.comment or "",
        }

    def _format_amount(self):
        """Amount with its currency, or an empty string."""
        return self.currency_id.format(self.amount) if self.currency_id else ""

    def _format_moment(self, moment):
        """A moment (UTC) to the minute, or an empty string."""
        tz = self.env.context.get("tz")
        return format_datetime(self.env, moment, tz=tz, dt_format="short") if moment else ""

    def _is_late(self):
        """Whether the deadline of the step whose turn it is has passed."""
        self.ensure_one()
        deadline = self.state == "pending" and self.date_deadline
        return bool(deadline) and deadline < fields.Datetime.now()

    def _get_timezone(self, user):
        """Timezone in which a person reads deadlines: their own, or that of the working hours.

        :rtype: str
        """
        return user.tz or self[:1].flow_id._get_calendar(self[:1].company_id).tz or "UTC"
