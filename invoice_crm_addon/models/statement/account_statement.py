from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..base.proof import proven
from ..base.words import KeptText, words

STATES = [
    ("draft", "To Send"),
    ("sent", "Waiting for Answer"),
    ("agreed", "Agreed"),
    ("differs", "Differs"),
    ("settled", "Settled"),
    ("cancelled", "Cancelled"),
]
#: So many leave at once; more are sent by the job, which does not keep anybody waiting.
AT_ONCE = 10


class InvoiceAccountStatement(models.Model):
    """Statement of account of a customer for a period, which the customer confirms.

    State      Meaning                                           Next
    =====================================================================================
    draft      figures of the books; brought up to date before   sent, cancelled
               it leaves
    sent       left, figures frozen; waits for the customer      agreed, differs, settled,
                                                                 cancelled, draft (it came back)
    agreed     the customer agrees                               differs, settled, cancelled
    differs    the customer's books differ; the owner has an     agreed, settled, cancelled
               activity
    settled    a person wrote down how it was settled            –
    cancelled  replaced by a newer one, or taken back            –

    Of a customer, company and period there is one that is not cancelled. A new one takes the
    place of one that is not agreed or settled.

    Action      Who     Restriction
    =====================================================================================
    Send        user    draft that is not in the queue
    Send again  user    waiting for the answer: the same figures once more
    Update      user    draft
    Excel       reader  with figures
    Settle      user    waiting, agreed, differs; with a note
    Cancel      user    not settled or cancelled; with a reason
    Answer      anyone  with the link of the e-mail; until it is settled or cancelled
    =====================================================================================

    Role        Rows that it reads, and may act on
    =====================================================================================
    user        of customers whose salesperson they are; of customers without one, if they were
                in charge of the customer's contract
    department  of customers whose salesperson is of the department
    finance     all of the allowed companies; manager too
    auditor     reads all of the allowed companies, and does nothing
    employee    no access, nor have portal users
    =====================================================================================
    """

    _name = "invoice.account.statement"
    _inherit = [
        "invoice.customer.letter.mixin",
        "mail.activity.mixin",
        "invoice.guard.mixin",
        "invoice.action.mixin",
        "invoice.settlement.page.mixin",
    ]
    _description = "Statement of Account"
    _order = "date_to desc, id desc"
    _mail_post_access = "read"
    _page_models = ("invoice.account.statement",)
    _guarded_fields = (
        "partner_id",
        "company_id",
        "date_from",
        "date_to",
        "state",
        "user_id",
        "department_id",
        "sender_id",
        "contact_id",
        "email_to",
        "is_queued",
        "error",
        "sent_on",
        "sent_message_id",
        "figures",
        "currency_id",
        "amount_opening",
        "amount_ordered",
        "amount_invoiced",
        "amount_ticketed",
        "amount_collected",
        "amount_closing",
        "amount_changed",
        "answered_on",
        "answered_by",
        "answer_text",
        "answer_amount",
        "closed_by_id",
        "closed_on",
        "note",
    )

    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(string="To", required=True)
    state = fields.Selection(selection=STATES, default="draft", required=True, tracking=True)
    user_id = fields.Many2one("res.users", string="Salesperson", index="btree_not_null")
    department_id = fields.Many2one("hr.department", index="btree_not_null")
    email_to = fields.Char(string="E-Mail Address")
    is_queued = fields.Boolean(
        string="In the Queue", help="The job sends it, one after the other.", copy=False
    )
    error = KeptText(string="Why It Did Not Leave")
    sent_on = fields.Datetime()
    # Rows of all tables: read where they are shown, and nowhere else.
    figures = fields.Json(prefetch=False, export_string_translation=False)
    currency_id = fields.Many2one(
        "res.currency", help="The one in which the customer owes, or else that of the company."
    )
    amount_opening = fields.Monetary(string="Opening", currency_field="company_currency_id")
    amount_ordered = fields.Monetary(string="Ordered", currency_field="company_currency_id")
    amount_invoiced = fields.Monetary(string="Invoiced", currency_field="company_currency_id")
    amount_ticketed = fields.Monetary(
        string="Ticketed", currency_field="company_currency_id", help="Without receipts."
    )
    amount_collected = fields.Monetary(string="Collected", currency_field="company_currency_id")
    amount_closing = fields.Monetary(string="Closing", currency_field="company_currency_id")
    amount_changed = fields.Monetary(
        string="Changed Since",
        currency_field="company_currency_id",
        copy=False,
        help="By how much the books changed the closing since it was confirmed, as far as the "
        "owner was told.",
    )
    changed_text = fields.Char(
        string="Changed in the Books",
        compute="_compute_changed_text",
        export_string_translation=False,
    )
    document = fields.Html(string="Statement", compute="_compute_document", sanitize=False)
    answered_on = fields.Datetime()
    answered_by = fields.Char(help="Name as the customer wrote it.")
    answer_text = fields.Text(string="Answer")
    answer_amount = fields.Monetary(
        string="Customer's Balance", help="What the customer owes by its own books."
    )
    closed_by_id = fields.Many2one("res.users")
    closed_on = fields.Datetime()
    note = KeptText(help="How it was settled, or why it was cancelled.")
    can_send = fields.Boolean(compute="_compute_rights")
    can_send_again = fields.Boolean(compute="_compute_rights")
    can_download = fields.Boolean(compute="_compute_rights")
    can_refresh = fields.Boolean(compute="_compute_rights")
    can_settle = fields.Boolean(compute="_compute_rights")
    can_cancel = fields.Boolean(compute="_compute_rights")

    _check_period = models.Constraint(
        "CHECK(date_from <= date_to)", "The period ends before it begins. Swap the days."
    )
    _date_idx = models.Index("(date_to DESC, id DESC)")
    _list_idx = models.Index("(company_id, state, date_to DESC)")
    _partner_period_idx = models.Index("(partner_id, company_id, date_to DESC)")
    _queue_idx = models.Index("(id) WHERE is_queued IS TRUE")

    # === COMPUTE METHODS === #

    @api.depends("state", "is_queued", "figures")
    @api.depends_context("uid")
    def _compute_rights(self):
        self._compute_can("send", "send_again", "download", "refresh", "settle", "cancel")

    @api.depends("partner_id.name", "date_from", "date_to")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for statement in self:
            statement.display_name = " · ".join(
                filter(None, (statement.partner_id.name, statement._get_period()))
            )

    def _get_period(self):
        """The period as people read it."""
        if not (self.date_from and self.date_to):
            return ""
        days = (format_date(self.env, self.date_from), format_date(self.env, self.date_to))
        return " – ".join(days)

    # === ACTION METHODS === #

    def action_send(self):
        """Bring the figures of drafts up to date and send them; the job does it if they are many.

        :raise AccessError: if the caller may not read them
        :raise UserError: if the caller reads at most, or one left already
        """
        self._check_can("send", claim=True)
        return self._send()

    def action_send_again(self):
        """Send what waits for an answer once more, with the same figures.

        :raise AccessError: if the caller may not read them
        :raise UserError: if the caller reads at most, or one is answered or closed
        """
        self._check_can("send_again", claim=True)
        return self._send()

    def _send(self):
        statements = proven(self)
        statements.write({"sender_id": self.env.uid, "error": False})
        if len(self) > AT_ONCE:
            statements._queue()
        else:
            statements._deliver()
        return self._tell_delivered(statements)

    def action_refresh(self):
        """Take the figures of drafts from the books again.

        :raise UserError: if one left already
        """
        self._check_can("refresh", claim=True)
        proven(self)._refresh_figures()
        return True

    def action_open_settle(self):
        """Open the dialog that asks how statements were settled."""
        return self._open_close_wizard("settle")

    def action_open_cancel(self):
        """Open the dialog that asks why statements are taken back."""
        return self._open_close_wizard("cancel")

    def action_settle(self, note: str):
        """Close statements: the figures are settled with the customer.

        :param str note: how; it is kept
        :raise UserError: without a note, or if one is not sent or closed already
        """
        return self._close("settle", "settled", note)

    def action_cancel(self, reason: str):
        """Take statements back. Their links say so.

        :param str reason: why; it is kept
        :raise UserError: without a reason, or if one is closed already
        """
        return self._close("cancel", "cancelled", reason)

    def action_view_customer(self):
        """Open the customer."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(False, "form")],
        }

    def action_download_sheet(self):
        """Download the statement as Excel file."""
        self.ensure_one()
        self._check_can("download")
        path = f"/invoice_crm_addon/settlement/{self._name}/{self._name}/{self.id}"
        return {"type": "ir.actions.act_url", "url": path, "target": "download"}

    @api.model
    def _tell_delivered(self, statements):
        """Notification on what became of them."""
        if queued := statements.filtered("is_queued"):
            message = self.env._("%s statements are sent one after the other.", len(queued))
        else:
            message = self.env._(
                "%s statements are on their way. What does not arrive is to be sent again, and "
                "says why.",
                len(statements),
            )
        return self._tell_sent(statements.filtered("error"), message)

    def _open_close_wizard(self, action):
        self._check_can(action)
        names = {
            "settle": self.env._("Settle Statement"),
            "cancel": self.env._("Cancel Statement"),
        }
        return {
            "type": "ir.actions.act_window",
            "name": names[action],
            "res_model": "invoice.account.statement.close.wizard",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_statement_ids": self.ids, "default_action": action},
        }

    def _close(self, action, state, note):
        self._check_can(action, claim=True)
        note = (note or "").strip()
        if not note:
            raise UserError(self.env._("Please write why: whoever reads it later wants to know."))
        note = self.env["res.partner.bank"]._mask_in_text(note)
        proven(self)._write_closed(state, note, self.env.user)
        return True

    def _write_closed(self, state, note, user):
        """:param str note: maybe ``Words``"""
        self.write(
            {
                "state": state,
                "note": note,
                "closed_by_id": user.id,
                "closed_on": fields.Datetime.now(),
                "is_queued": False,
            }
        )
        self._end_activities()

    # === CAN === #

    def _get_not_user_reason(self):
        if not (self.env.su or self.env.user.has_group("invoice_crm_addon.group_ticket_user")):
            return words(self.env)._("You may read statements, but do nothing with them.")
        return False

    def _get_cannot_send_reason(self):
        if self.state != "draft":
            return words(self.env)._(
                "It left already. Prepare a new statement of the period instead."
            )
        if self.is_queued:
            return words(self.env)._("It is in the queue already, and leaves in a few minutes.")
        return self._get_not_user_reason()

    def _get_cannot_send_again_reason(self):
        if self.state != "sent":
            return words(self.env)._("Only what waits for an answer can be sent once more.")
        return self._get_not_user_reason()

    def _get_cannot_download_reason(self):
        if not self.figures:
            return words(self.env)._("It has no figures yet. Press “Update Figures” first.")
        return False

    def _get_cannot_refresh_reason(self):
        if self.state != "draft":
            return words(self.env)._(
                "Its figures are those that the customer got. Prepare a new statement instead."
            )
        return self._get_not_user_reason()

    def _get_cannot_settle_reason(self):
        if self.state not in ("sent", "agreed", "differs"):
            return words(self.env)._("Only what was sent, and is not closed, can be settled.")
        return self._get_not_user_reason()

    def _get_cannot_cancel_reason(self):
        if self.state in ("settled", "cancelled"):
            return words(self.env)._("It is closed already.")
        return self._get_not_user_reason()

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        raise UserError(self.env._("Statements are history and stay. Cancel what does not apply."))
