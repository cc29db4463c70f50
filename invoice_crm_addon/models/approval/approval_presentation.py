from urllib.parse import urlencode

from odoo import api, fields, models, tools
from odoo.tools import format_datetime, hash_sign, verify_hash_signed

from .approval_history import find_seal_problem
from .approval_turn import read_decisions

# Rows of one mail; who gets more is sent to the list.
MAIL_ROWS = 30
# Rows of the table of changes, where one mail is about many requests.
CHANGE_ROWS = 5
# Days that the buttons of a message work.
LINK_DAYS = 14
SCOPE = "invoice_crm_addon.approval_link"


class InvoiceApprovalRequest(models.Model):
    """What mails, pages and the timeline of a document show of a request.

    Language and timezone are those of the context; the records are in superuser mode.

    Level       What the timeline says
    =====================================================================================
    round       flow and version, who submitted what when, what changed, how it ended
    step        name, state and rule, since when, until when, who is asked and for whom
    entry       what somebody did in the step: when, after how many hours, with which words
    =====================================================================================

    People and moments are facts that everybody who reads the document may know. How long a
    step waits and whether it is late is up to the clock of the reader's screen.
    """

    _name = "invoice.approval.request"
    _inherit = ["invoice.approval.request", "invoice.my.department.mixin"]

    timeline = fields.Json(compute="_compute_timeline", compute_sudo=True)
    facts_html = fields.Html(string="To Verify", compute="_compute_facts_html", sanitize=False)
    # Beside what is to be verified of a customer.
    business_licence = fields.Binary(related="partner_id.business_licence")
    business_licence_kind = fields.Selection(related="partner_id.business_licence_kind")

    # === TIMELINE === #

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
            "changes": self._get_change_rows_to_verify(),
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

    # === SEALS === #

    def action_verify(self):
        """Check that nobody altered the history in the database.

        :return: notification that says which row breaks, or that none does
        """
        self.check_access("read")
        # sudo: who may read a request checks its whole history; rows are counted, not shown
        requests_sudo = self.sudo()
        problems = requests_sudo._get_seal_problems()
        if problems:
            return self._notify_user("\n".join(problems.values()), kind="danger", sticky=True)
        return self._notify_user(
            self.env._(
                "%(requests)s approvals with %(rows)s entries were checked: nothing was altered.",
                requests=len(self),
                rows=len(requests_sudo.decision_ids),
            ),
            kind="success",
        )

    def _get_seal_problems(self):
        """Where the history of the requests was altered in the database; in superuser mode.

        :return: a sentence by request, of those with a problem
        :rtype: dict
        """
        self.env.flush_all()
        self.invalidate_recordset()
        self.decision_ids.invalidate_recordset()
        return {r: problem for r in self if (problem := find_seal_problem(r))}

    # === FACTS === #

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
                *self._get_facts_to_verify(),
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
            "comment": str(decision.comment or ""),
        }

    def _get_change_rows(self):
        """Rows of the table of changes, in the reader's language."""
        self.ensure_one()
        if not self.changes:
            return []
        Document = self.env[self.res_model]
        return [
            {
                **row,
                "label": Document._get_change_label(row["field"]),
                "old": str(row["old"]),
                "new": str(row["new"]),
            }
            for row in self.changes
        ]

    def _is_turn_of_reader(self):
        """Whether the current user is to decide now, and so reads what others see in part.

        Not in messages and on slips, which outlast the turn: nobody's turn makes them.
        """
        self.ensure_one()
        # sudo: only whether the current user is among them
        return self.state == "pending" and self.env.user in self.sudo().waiting_user_ids

    def _get_change_rows_to_verify(self):
        """The same for screens: whoever is to decide reads what they decide on."""
        rows = self._get_change_rows()
        if not rows or not self._is_turn_of_reader():
            return rows
        # sudo: whoever is to decide reads what they decide on
        request_sudo = self.sudo()
        document_sudo = request_sudo.env[self.res_model].browse(self.res_id)
        old_values = request_sudo.old_values or {}
        return [document_sudo._describe_change_to_verify(row, old_values) for row in rows]

    @api.depends("waiting_user_ids", "state")
    @api.depends_context("uid", "lang")
    def _compute_facts_html(self):
        for request in self:
            facts = request._get_toned_facts()
            request.facts_html = facts and self.env["ir.qweb"]._render(
                "invoice_crm_addon.approval_facts", {"facts": facts}
            )

    def _get_facts_to_verify(self):
        """What the current user is to verify, in full, if it is their turn.

        :rtype: list[tuple[str, str]]
        """
        return [(label, value) for label, value, _tone in self._get_toned_facts()]

    def _get_toned_facts(self):
        """The same with how each is shown: see ``_get_facts_to_verify`` of a document.

        :rtype: list[tuple[str, str, str]]
        """
        if not self._is_turn_of_reader():
            return []
        # sudo: whoever is to decide reads what they decide on
        facts = self.env[self.res_model].sudo().browse(self.res_id)._get_facts_to_verify()
        return [(label, value, *tone, "")[:3] for label, value, *tone in facts if value]

    def _is_late(self):
        """Whether the deadline of the step whose turn it is has passed."""
        self.ensure_one()
        deadline = self.state == "pending" and self.date_deadline
        return bool(deadline) and deadline < fields.Datetime.now()

    def _format_amount(self):
        """Amount with its currency, or an empty string."""
        return self.currency_id.format(self.amount) if self.currency_id else ""

    def _format_moment(self, moment):
        """A moment (UTC) to the minute, or an empty string."""
        tz = self.env.context.get("tz")
        return format_datetime(self.env, moment, tz=tz, dt_format="short") if moment else ""

    # === MAIL === #

    def _render_notice_rows(self, user, kind):
        """What the message says about each request, as far as one message goes.

        :return: HTML by request
        :rtype: dict
        """
        shown = self[:MAIL_ROWS]
        read_decisions(shown)
        return {
            request: request._render_notice_row(user, kind, len(self) == 1) for request in shown
        }

    def _render_notice_row(self, user, kind, is_single):
        template = "approval_notice_card" if is_single else "approval_notice_row"
        return self.env["ir.qweb"]._render(
            f"invoice_crm_addon.{template}", self._get_notice_values(user, kind, is_single)
        )

    def _find_faulty(self, user, kind):
        """Those that cannot be rendered, until there are enough others for one message.

        :return: errors by request
        :rtype: dict
        """
        sound, errors = 0, {}
        for request in self:
            if sound == MAIL_ROWS:
                break
            try:
                with self.env.cr.savepoint():
                    request._render_notice_row(user, kind, len(self) == 1)
                sound += 1
            except Exception as error:
                errors[request] = error
        return errors

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

    # === LINK === #

    # The address of a request's page, as the buttons of a message carry it. The signature says
    # for whom and for which step a link was made. It is no right: whoever opens it logs in, and
    # decides under their own rights, if it is still their turn.

    def _sign_link(self, user):
        """Signature of a link with which the user decides on the step whose turn it is.

        :rtype: str
        """
        self.ensure_one()
        values = [self.id, user.id, self._get_current_step().id]
        # sudo: the secret of the database signs, and is not shown
        return hash_sign(self.env(su=True), SCOPE, values, expiration_hours=LINK_DAYS * 24)

    @api.model
    def _read_link(self, token):
        """Request, user and step for which a link was made, in superuser mode.

        :return: three records, or None if the signature is wrong or has expired
        """
        # sudo: what a signed link names; the page checks who opens it
        env_sudo = self.env(su=True)
        try:
            values = verify_hash_signed(env_sudo, SCOPE, token or "")
        except ValueError:  # not even the shape of a signature
            return None
        if not values:
            return None
        request_id, user_id, step_id = values
        return (
            env_sudo["invoice.approval.request"].browse(request_id).exists(),
            env_sudo["res.users"].browse(user_id).exists(),
            env_sudo["invoice.approval.step"].browse(step_id).exists(),
        )

    def _get_link(self, user):
        """Absolute address of the page on which the user decides."""
        query = urlencode({"token": self._sign_link(user)})
        return f"{self.get_base_url()}/invoice_crm/approval/{self.id}?{query}"

    def _get_document_url(self):
        """Absolute address of the document; it opens in the company of the document."""
        self.ensure_one()
        query = urlencode({"model": self.res_model, "res_id": self.res_id})
        return f"{self.get_base_url()}/mail/view?{query}"

    @api.model
    def _get_list_url(self, kind):
        """Absolute address of the list of all requests of this kind.

        :param str kind: see ``invoice.approval.notice``
        """
        is_result = kind in ("approved", "rejected", "withdrawn")
        path = self._get_list_path("my" if is_result else "to_approve")
        return f"{self.browse().get_base_url()}/odoo/{path}"

    @api.model
    @tools.ormcache("name")
    def _get_list_path(self, name):
        action = self.env.ref(f"invoice_crm_addon.invoice_approval_request_action_{name}")
        # sudo: ir.actions.act_window - only its address
        return action.sudo().path

    def _get_outcome(self, step):
        """What a person reads whose link has done its work.

        :param step: the step for which the link was made
        :return: headline, and the decisions on the step
        :rtype: tuple[str, list]
        """
        self.ensure_one()
        headlines = {
            "approved": self.env._("This request is approved."),
            "rejected": self.env._("This request was rejected."),
            "withdrawn": self.env._("This request was withdrawn. There is nothing left to decide."),
        }
        headline = headlines.get(self.state)
        if not headline:
            people = ", ".join(self.waiting_user_ids.mapped("name"))
            headline = self.env._("There is nothing to decide here any more.")
            if people:
                headline = self.env._("The request goes on. It waits for: %s", people)
        decisions = step.decision_ids | self.decision_ids[-1:]
        return headline, [self._describe_decision(d) for d in decisions if d.decision != "submit"]
