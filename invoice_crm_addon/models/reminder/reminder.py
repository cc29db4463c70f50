from odoo import api, fields, models
from odoo.exceptions import UserError

from ..base.proof import proven
from ..base.words import KeptText, words

STATES = [
    ("draft", "Prepared"),
    ("ready", "On Its Way"),
    ("sent", "Sent"),
    ("failed", "Failed"),
    ("cancelled", "Cancelled"),
]


class InvoiceReminder(models.Model):
    """What a customer was reminded of by one step and channel, and what became of it.

    State      Meaning                                       Next
    =====================================================================================
    draft      written down, nothing has left yet            ready, sent, failed, cancelled
    ready      in the outbox; a letter that is to be posted  sent, failed
    sent       the mail server, the phone company or a       failed (it came back)
               person took it over; activities and alerts
               are made
    failed     did not leave, or came back: the error. The   draft (again), cancelled
               customer does not count as reminded by it
    cancelled  paid, stopped or taken back before it left    –
    =====================================================================================

    A reminder is written down, in a transaction of its own where a job does it, before anything
    leaves; and what is handed to the outbox is handed over in the transaction that says so. So a
    run that was stopped goes on, and sends nothing twice. The words are in its message; of what
    it lists, amounts are those of its day, and stay.

    Action   Group        Restriction
    =====================================================================================
    Send     User         own customers, as for reading; see ``invoice.reminder.wizard``
    Again    User         failed; the job tries it each day while the items are due at that level
    Posted   User         a letter that is ready
    Cancel   User         draft or failed
    =====================================================================================

    Role        Reads
    =====================================================================================
    user        reminders of the customers whose salesperson they are, or were then
    department  and those of the department
    finance     all of the allowed companies; manager and auditor too
    =====================================================================================
    """

    _name = "invoice.reminder"
    _inherit = [
        "invoice.customer.letter.mixin",
        "mail.activity.mixin",
        "invoice.guard.mixin",
        "invoice.action.mixin",
    ]
    _description = "Reminder"
    _order = "date desc, id desc"
    _mail_post_access = "read"
    _guarded_fields = (
        "partner_id",
        "company_id",
        "step_id",
        "step_name",
        "channel",
        "date",
        "state",
        "error",
        "user_id",
        "department_id",
        "sender_id",
        "is_automatic",
        "contact_id",
        "email_to",
        "line_ids",
        "own_subject",
        "own_body",
        "sent_message_id",
        "failures",
        "is_returned",
    )

    step_id = fields.Many2one(
        "invoice.reminder.step", required=True, index=True, ondelete="restrict"
    )
    step_name = fields.Char(string="Reminder Level", required=True)
    channel = fields.Selection(
        selection=[
            ("email", "E-Mail"),
            ("sms", "SMS"),
            ("letter", "Letter"),
            ("activity", "Activity"),
            ("alert", "Alert"),
        ],
        required=True,
    )
    date = fields.Date(required=True)
    state = fields.Selection(selection=STATES, default="draft", required=True, index=True)
    error = KeptText(string="Reason", help="Why it did not leave.")
    failures = fields.Integer(string="Failed Attempts", aggregator=None)
    is_returned = fields.Boolean(export_string_translation=False)
    user_id = fields.Many2one("res.users", string="Salesperson", index="btree_not_null")
    department_id = fields.Many2one("hr.department", index="btree_not_null")
    is_automatic = fields.Boolean(string="Automatic")
    email_to = fields.Char(help="E-mail address or phone number.")
    own_subject = fields.Char(help="Words of the sender, in the place of those of the step.")
    own_body = fields.Html()
    line_ids = fields.One2many("invoice.reminder.line", "reminder_id", string="Items")
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    amount_company = fields.Monetary(
        string="Amount",
        currency_field="company_currency_id",
        compute="_compute_amount_company",
        store=True,
        help="In the company's currency, at the rate of the day.",
    )
    days_overdue = fields.Integer(compute="_compute_amount_company", store=True, aggregator="max")
    attachment_ids = fields.Many2many(related="sent_message_id.attachment_ids", string="Files")
    sent_body = fields.Html(related="sent_message_id.body", string="Message")
    can_send = fields.Boolean(compute="_compute_rights")
    can_post = fields.Boolean(compute="_compute_rights")
    can_cancel = fields.Boolean(compute="_compute_rights")
    can_agree = fields.Boolean(compute="_compute_rights")

    _date_idx = models.Index("(date DESC, id DESC)")
    _list_idx = models.Index("(company_id, state, date DESC)")
    _partner_date_idx = models.Index("(partner_id, company_id, date DESC)")

    # === COMPUTE METHODS === #

    @api.depends("line_ids.amount", "line_ids.days", "line_ids.is_credit")
    def _compute_amount_company(self):
        for reminder in self:
            company, total = reminder.company_id, 0.0
            for currency, lines in reminder.line_ids.grouped("currency_id").items():
                amount = sum(lines.mapped("amount"))
                total += currency._convert(amount, company.currency_id, company, reminder.date)
            reminder.amount_company = total
            items = reminder.line_ids.filtered(lambda line: not line.is_credit)
            reminder.days_overdue = max(items.mapped("days"), default=0)

    @api.depends("state", "channel")
    @api.depends_context("uid")
    def _compute_rights(self):
        self._compute_can("send", "post", "cancel", "agree")

    @api.depends("partner_id", "step_name", "date")
    def _compute_display_name(self):
        for reminder in self:
            parts = [reminder.partner_id.name, reminder.step_name, str(reminder.date or "")]
            reminder.display_name = " · ".join(part for part in parts if part)

    # === ACTION METHODS === #

    def action_send(self):
        """Send what is prepared, and again what failed.

        What was paid or stopped meanwhile is cancelled instead.

        :raise UserError: for what left already, or of customers of others
        """
        self._check_can("send", claim=True)
        proven(self)._reopen({"sender_id": self.env.uid})
        self._deliver()
        return True

    def action_post(self):
        """Say that letters were posted.

        :raise UserError: if one is no letter that waits
        """
        self._check_can("post", claim=True)
        proven(self).write({"state": "sent"})
        self._log_state(self.env._("Posted."))
        return True

    def action_cancel(self):
        """Take back what has not left. The customer counts as reminded by the step.

        :raise UserError: if one left already
        """
        self._check_can("cancel", claim=True)
        proven(self).write({"state": "cancelled"})
        proven(self)._close_failure()
        self._log_state(self.env._("Cancelled."))
        return True

    def _log_state(self, body):
        self.sudo()._message_log_batch(  # sudo: history of a record that the user only reads
            bodies=dict.fromkeys(self.ids, body)
        )

    def action_tell_sent(self):
        """Notification on what became of reminders that left just now, by their mail server."""
        # What becomes another salesperson's once it is prepared is not read any more.
        readable = self._filtered_access("read")
        failed = readable.filtered(lambda r: r.state == "failed")
        waiting = readable.filtered(lambda r: r.state == "draft")
        left, parts = len(self - failed - waiting), []
        if left:
            parts.append(self.env._("%s reminders are on their way.", left))
        if waiting:
            parts.append(
                self.env._(
                    "%s reminders are prepared; they leave one after the other.", len(waiting)
                )
            )
        message = " ".join(parts)
        action = self._tell_sent(failed, message)
        if failed and message:
            action["params"]["message"] = f"{message} {action['params']['message']}"
        return action

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

    def action_agree(self):
        """Write down what the customer said: a promise, a dispute, instalments."""
        self.ensure_one()
        self._check_can("agree")
        return self.partner_id._open_reminder_stop({"default_company_id": self.company_id.id})

    # === CAN === #

    def _get_not_sender_reason(self):
        if not self.env["invoice.reminder.stop"].has_access("create"):
            return words(self.env)._("You may read reminders, but not send them.")
        return False

    def _get_cannot_send_reason(self):
        if self.state not in ("draft", "failed"):
            return words(self.env)._("Only what is prepared or failed can be sent.")
        return self._get_not_sender_reason()

    def _get_cannot_post_reason(self):
        if self.state != "ready" or self.channel != "letter":
            return words(self.env)._("Only a letter that waits to be posted can be posted.")
        return self._get_not_sender_reason()

    def _get_cannot_agree_reason(self):
        return self._get_not_sender_reason()

    def _get_cannot_cancel_reason(self):
        if self.state not in ("draft", "failed"):
            return words(self.env)._("It left already. What is sent stays in the history.")
        return self._get_not_sender_reason()

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        raise UserError(self.env._("Reminders are history and stay. Cancel what has not left."))


class InvoiceReminderLine(models.Model):
    """What a reminder lists: an open item as it was that day.

    ``is_due`` are those for which it was sent. While ``is_counted`` nobody is reminded of the
    same item by the same step and channel again, unless somebody says so: the next ``round``.
    What the customer paid on account stands below the items as ``is_credit``, in each currency.
    """

    _name = "invoice.reminder.line"
    _inherit = ["invoice.guard.mixin"]
    _description = "Item of a Reminder"
    _order = "date_due, id"
    _guarded_fields = ("is_counted", "is_credit", "round", "key")

    reminder_id = fields.Many2one("invoice.reminder", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True)
    step_id = fields.Many2one("invoice.reminder.step", index=True, ondelete="restrict")
    channel = fields.Char(required=True, export_string_translation=False)
    key = fields.Char(required=True, export_string_translation=False)
    round = fields.Integer(export_string_translation=False)
    is_due = fields.Boolean(string="New", help="It was sent for this item.")
    is_counted = fields.Boolean(export_string_translation=False)
    is_credit = fields.Boolean(export_string_translation=False)
    name = KeptText(string="Document", required=True)
    move_id = fields.Many2one(
        "account.move", string="Customer Invoice", index="btree_not_null", ondelete="set null"
    )
    ticket_ids = fields.Many2many(
        "invoice.ticket",
        "invoice_reminder_line_ticket_rel",
        "line_id",
        "ticket_id",
        string="Tickets",
    )
    ticket_names = fields.Char(string="Ticket Numbers")
    date_due = fields.Date(string="Due Date", required=True)
    days = fields.Integer(string="Days Overdue", aggregator="max")
    currency_id = fields.Many2one("res.currency", required=True)
    amount = fields.Monetary(string="Amount Due")

    # The one thing that two runs, or two users, cannot both do.
    _once_uniq = models.UniqueIndex(
        "(company_id, key, step_id, channel, round) WHERE is_counted IS TRUE AND is_due IS TRUE",
        "Somebody reminds this customer just now. Look at the list of reminders.",
    )
