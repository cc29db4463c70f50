from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools import format_amount

from ...models.base.proof import proven
from ...models.reminder.reminder_clock import Clock

#: So many are sent at once; more are sent by the job, which does not keep anybody waiting.
AT_ONCE = 10
_PREVIEW = Markup("<h4>%(subject)s</h4>%(body)s%(items)s<p>%(label)s: %(files)s</p>")


class InvoiceReminderWizard(models.TransientModel):
    """Preview of reminders: who gets what, by which step and channels, and who nothing and why.

    Amounts and texts are those of all that is open of the customers, whoever holds it; only
    customers show that the caller may remind, see ``invoice.reminder.item``.
    """

    _name = "invoice.reminder.wizard"
    _inherit = ["invoice.guard.mixin"]
    _description = "Remind Customers"
    _guarded_fields = ("company_id", "files")

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    line_ids = fields.One2many("invoice.reminder.wizard.line", "wizard_id")
    due_line_ids = fields.One2many(
        "invoice.reminder.wizard.line",
        "wizard_id",
        domain=[("reason", "=", False)],
        string="To Be Reminded",
    )
    other_line_ids = fields.One2many(
        "invoice.reminder.wizard.line",
        "wizard_id",
        domain=[("reason", "!=", False)],
        string="Not Reminded",
    )
    due_count = fields.Integer(compute="_compute_counts")
    other_count = fields.Integer(compute="_compute_counts")
    is_single = fields.Boolean()
    problem = fields.Char(compute="_compute_problem")
    has_text = fields.Boolean()
    subject = fields.Char()
    body = fields.Html(sanitize_attributes=False)
    items = fields.Html(readonly=True, sanitize=False)
    files = fields.Char(readonly=True)

    # === COMPUTE METHODS === #

    @api.depends("line_ids.reason")
    def _compute_counts(self):
        for wizard in self:
            wizard.other_count = len(wizard.line_ids.filtered("reason"))
            wizard.due_count = len(wizard.line_ids) - wizard.other_count

    @api.depends("is_single", "line_ids.problem")
    def _compute_problem(self):
        for wizard in self:
            wizard.problem = wizard.is_single and wizard.line_ids[:1].problem

    # === OPEN === #

    @api.model
    def action_open_due(self):
        """Open the preview of all customers whom the caller may remind."""
        return self._open(None)

    @api.model
    def _open(self, customers):
        """:param res.partner customers: of these only, in the current company; None: of all"""
        self._check_may_remind()
        company = self.env.company
        ids = None if customers is None else customers.ids
        own = self.env["invoice.reminder.item"]._get_customers(company, ids)
        if customers is not None and not own:
            raise UserError(self._get_nothing_reason(customers))
        wizard = self.create({"is_single": customers is not None and len(customers) == 1})
        wizard._fill(own)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Remind Customers"),
            "res_model": self._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    @api.model
    def _check_may_remind(self):
        """:raise AccessError: if the caller reads at most"""
        if not self.env["invoice.reminder.stop"].has_access("create"):
            raise AccessError(self.env._("You may read reminders, but not send them."))

    @api.model
    def _get_nothing_reason(self, customers):
        # sudo: only whether something is open
        items_sudo = self.env["invoice.reminder.item"].sudo()
        if items_sudo._get_customers(self.env.company, customers.ids):
            return self.env._(
                "What is open is of customers of other salespeople. Ask them, or finance, to "
                "remind them."
            )
        return self.env._("Nothing of %s is to be paid.", ", ".join(customers.mapped("name"))[:200])

    def _fill(self, customers):
        # sudo: a message lists all that a customer owes, whoever holds it
        clock = Clock(self.sudo().env, self.company_id, customers)
        dues = clock.wind().values()
        lines = [self._prepare_line(clock, due) for due in dues]
        lines.sort(key=lambda vals: (bool(vals["reason"]), -vals["days_overdue"]))
        proven(self).write({"line_ids": [Command.create(vals) for vals in lines]})
        if self.is_single and self.line_ids:
            self._fill_text()

    def _prepare_line(self, clock, due):
        items = due.reached or [item for item in due.items if not item.stop]
        # Of whom all is stopped it says what waits.
        shown = items or due.items
        reason = clock.get_reason(due)
        step = due.step
        contact = due.customer._get_reminder_contact()
        problem = step and self._get_address_problem(due.customer, contact, step)
        return {
            **self.line_ids._prepare_recipient(due.customer, contact, reason, problem),
            "step_id": step.id if step else False,
            "channels": self._describe_channels(step),
            "item_count": len(shown),
            "file_count": sum(len(item.tickets.fapiao_attachment_id) for item in shown),
            "amount": self._describe_amounts(shown, due.get_credits(shown)),
            "days_overdue": max((item.days for item in shown), default=0),
            "last_date": due.last_date,
            "can_repeat": bool(items),
        }

    def _get_address_problem(self, customer, contact, step):
        if step.by_email and (problem := contact._get_email_problem(customer)):
            return problem
        if step.by_sms and not contact.phone:
            return self.env._("%s has no phone number. Enter one on the contact.", contact.name)
        return False

    def _describe_channels(self, step):
        if not step:
            return False
        labels = dict(
            self.env["invoice.reminder"]._fields["channel"]._description_selection(self.env)
        )
        return ", ".join(labels[channel] for channel in step._get_channels())

    def _describe_amounts(self, items, credits_):
        """:param dict credits_: what is on account, by currency"""
        totals = {currency: -credit for currency, credit in credits_.items()}
        for item in items:
            totals[item.currency] = totals.get(item.currency, 0.0) + item.amount
        return " + ".join(format_amount(self.env, a, c) for c, a in totals.items())

    # === TEXT === #

    def _fill_text(self):
        """Show the message to the one customer, as it would leave now."""
        line = self.line_ids[:1]
        if line.reason and not line.can_repeat:
            return
        text = line._make_preview()
        if text:
            proven(self).write({**text, "has_text": True})

    # === SEND === #

    def action_send(self):
        """Send the reminders of the selected customers; the job sends them if they are many.

        :raise AccessError: if the caller may not remind a customer any more
        :raise UserError: if nobody is selected, or was reminded meanwhile
        """
        self.ensure_one()
        self._check_may_remind()
        lines = self.line_ids.filtered("is_selected")
        if not lines and self.problem:
            raise UserError(self.problem)
        if not lines:
            raise UserError(self.env._("Choose at least one customer who is to be reminded."))
        customers = self._get_allowed(lines.partner_id)
        repeated = lines.filtered("reason").partner_id & customers
        reminders = self.env["invoice.reminder"]._prepare_reminders(
            self.company_id, customers, repeated
        )
        if not reminders:
            raise UserError(
                self.env._("They were reminded, paid or stopped meanwhile. Open the preview again.")
            )
        if self.is_single and self.has_text:
            self._use_own_words(reminders)
        if len(customers) <= AT_ONCE:
            reminders._deliver()
        else:
            # sudo: ir.cron - the job that sends what is prepared
            self.env.ref("invoice_crm_addon.ir_cron_reminder").sudo()._trigger()
        return self._tell(reminders)

    def _get_allowed(self, customers):
        """The customers, if the caller may remind all of them still."""
        allowed = self.env["invoice.reminder.item"]._get_customers(self.company_id, customers.ids)
        if not allowed:
            raise UserError(self._get_nothing_reason(customers))
        return allowed

    def _use_own_words(self, reminders):
        """What the sender changed of the text; the table of what is open stays as it is."""
        mails = reminders.filtered(lambda r: r.channel in ("email", "letter"))
        proven(mails).write({"own_subject": self.subject, "own_body": self.body})

    def _tell(self, reminders):
        # E-mails leave once this is written down: only a second call can tell what became of them.
        return {
            "type": "ir.actions.server",
            "id": self.env.ref("invoice_crm_addon.invoice_reminder_action_tell_sent").id,
            "context": {"active_model": reminders._name, "active_ids": reminders.ids},
        }


class InvoiceReminderWizardLine(models.TransientModel):
    """A customer in the preview, and the message."""

    _name = "invoice.reminder.wizard.line"
    _inherit = ["invoice.letter.preview.line.mixin"]
    _description = "Customer To Be Reminded"

    wizard_id = fields.Many2one(
        "invoice.reminder.wizard", required=True, index=True, ondelete="cascade"
    )
    step_id = fields.Many2one("invoice.reminder.step", string="Reminder Level", readonly=True)
    channels = fields.Char(readonly=True)
    item_count = fields.Integer(string="Items", readonly=True)
    file_count = fields.Integer(string="Files", readonly=True)
    amount = fields.Char(string="Amount Due", readonly=True)
    days_overdue = fields.Integer(readonly=True)
    last_date = fields.Date(string="Last Reminded", readonly=True)
    preview = fields.Html(compute="_compute_preview", sanitize=False)

    @api.depends("partner_id")
    @api.depends_context("uid")
    def _compute_preview(self):
        for line in self:
            line.preview = False
            if line._origin.id and len(self) == 1:
                text = line._origin._make_preview()
                if text:
                    line.preview = _PREVIEW % {**text, "label": self.env._("Files")}

    def _make_preview(self):
        """Subject, text, table and names of files, as they would leave now.

        The message is made and taken back again, so that nothing differs.

        :return: dict, empty if there is no e-mail or letter
        """
        self.ensure_one()
        wizard = self.wizard_id
        wizard._get_allowed(self.partner_id)
        savepoint = self.env.cr.savepoint()
        try:
            reminders = self.env["invoice.reminder"]._prepare_reminders(
                wizard.company_id, self.partner_id, self.partner_id if self.reason else None
            )
            mail = reminders.filtered(lambda r: r.channel in ("email", "letter"))[:1]
            values = mail._read_preview() if mail else {}
        finally:
            savepoint.close(rollback=True)
        return values
