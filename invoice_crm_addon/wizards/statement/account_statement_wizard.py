from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_amount, format_date

from ...models.base.proof import proven
from ...models.statement.account_statement import AT_ONCE

#: Of so many drafts the figures are read at once; those of more when they are sent.
FIGURES_AT_ONCE = 500


class InvoiceAccountStatementWizard(models.TransientModel):
    """Preview of statements of account: who gets one, and who nothing and why.

    Only customers show of whom the caller may read statements, see ``invoice.account.statement``.
    """

    _name = "invoice.account.statement.wizard"
    _inherit = ["invoice.guard.mixin"]
    _description = "Send Statements of Account"
    _guarded_fields = ("company_id", "partner_ids", "is_chosen", "shown_from", "shown_to")

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    partner_ids = fields.Many2many("res.partner", string="Customers")
    is_chosen = fields.Boolean()
    date_from = fields.Date(
        string="From", required=True, default=lambda self: self._get_last_month()[0]
    )
    date_to = fields.Date(
        string="To", required=True, default=lambda self: self._get_last_month()[1]
    )
    shown_from = fields.Date()
    shown_to = fields.Date()
    line_ids = fields.One2many("invoice.account.statement.wizard.line", "wizard_id")
    send_line_ids = fields.One2many(
        "invoice.account.statement.wizard.line",
        "wizard_id",
        domain=[("reason", "=", False)],
        string="Who Gets a Statement",
    )
    other_line_ids = fields.One2many(
        "invoice.account.statement.wizard.line",
        "wizard_id",
        domain=[("reason", "!=", False)],
        string="Who Gets Nothing",
    )
    send_count = fields.Integer(compute="_compute_counts")
    other_count = fields.Integer(compute="_compute_counts")

    _check_period = models.Constraint(
        "CHECK(date_from <= date_to)", "The period ends before it begins. Swap the days."
    )

    @api.model
    def _get_last_month(self):
        today = fields.Date.context_today(self)
        return today + relativedelta(months=-1, day=1), today + relativedelta(months=-1, day=31)

    @api.depends("line_ids.reason")
    def _compute_counts(self):
        for wizard in self:
            wizard.other_count = len(wizard.line_ids.filtered("reason"))
            wizard.send_count = len(wizard.line_ids) - wizard.other_count

    # === OPEN === #

    @api.model
    def action_open_all(self):
        """Open the preview of all customers of the caller, for the last month."""
        return self._open(None)

    @api.model
    def _open(self, customers):
        """:param res.partner customers: of these only; None: of all"""
        self.env["invoice.account.statement"]._check_may_prepare()
        wizard = self.create({})
        if customers is not None:
            proven(wizard).write({"partner_ids": [Command.set(customers.ids)], "is_chosen": True})
        wizard._fill()
        return wizard._reopen()

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send Statements of Account"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_preview(self):
        """Show who gets a statement of the period that is entered."""
        self.ensure_one()
        self.env["invoice.account.statement"]._check_may_prepare()
        self._fill()
        return self._reopen()

    # === LINES === #

    def _find_customers(self):
        chosen = self.partner_ids if self.is_chosen else None
        return self.env["invoice.account.statement"]._find_customers(
            self.company_id, self.date_from, self.date_to, chosen
        )

    def _fill(self):
        customers = self.env["res.partner"].union(*self._find_customers())
        if self.is_chosen and not customers:
            raise UserError(
                self.env._(
                    "They are customers of other salespeople. Ask them, or finance, to send the "
                    "statements."
                )
            )
        closings = self._read_closings(customers)
        latest = self._read_latest(customers)
        lines = [self._prepare_line(c, closings.get(c, []), latest.get(c)) for c in customers]
        lines.sort(key=lambda vals: (bool(vals["reason"]), bool(vals["problem"])))
        proven(self).write(
            {
                "shown_from": self.date_from,
                "shown_to": self.date_to,
                "line_ids": [Command.clear(), *map(Command.create, lines)],
            }
        )

    def _read_closings(self, customers):
        """What is open of customers at the end, by currency."""
        # sudo: the caller may act on these customers; a statement is of all of each
        items_sudo = self.env["invoice.receivable.item"].sudo()
        items_sudo = items_sudo.with_context(
            receivable_as_of=str(self.date_to), allowed_company_ids=self.company_id.ids
        )
        rows = items_sudo._read_group(
            [
                ("company_id", "=", self.company_id.id),
                ("partner_id", "in", customers.ids),
                ("is_open", "=", True),
            ],
            ["partner_id", "currency_id"],
            ["amount_due_currency:sum"],
        )
        closings = {}
        for customer, currency, amount in rows:
            closings.setdefault(customer.with_env(self.env), []).append((currency, amount))
        return closings

    def _read_latest(self, customers):
        """The statement of the same period of each customer, if there is one."""
        found = self.env["invoice.account.statement"]._get_of_period(
            self.company_id, customers, self.date_from, self.date_to
        )
        return {statement.partner_id: statement for statement in found.sorted("id")}

    def _prepare_line(self, customer, closings, latest):
        contact = customer._get_reminder_contact()
        problem = contact._get_email_problem(customer)
        reason = self._get_reason(latest)
        return {
            **self.line_ids._prepare_recipient(customer, contact, reason, problem),
            "closing": " + ".join(format_amount(self.env, a, c) for c, a in closings)
            or format_amount(self.env, 0.0, self.company_id.currency_id),
            "can_repeat": not latest or latest.state in ("sent", "differs"),
        }

    def _get_reason(self, latest):
        """Why a customer gets no statement unless somebody says so, or False."""
        if not latest or latest.state == "draft":
            return False
        day = format_date(self.env, latest.answered_on or latest.closed_on or latest.sent_on)
        if latest.state == "sent":
            return self.env._("Sent on %s, not answered yet.", day)
        if latest.state == "agreed":
            return self.env._("Agreed on %s.", day)
        if latest.state == "settled":
            return self.env._("Settled on %s.", day)
        return self.env._("Differs, as the customer said on %s.", day)

    # === SEND === #

    def action_prepare(self):
        """Write down the statements of the selected customers as drafts, to be looked at first.

        :raise AccessError: if the caller reads at most
        :raise UserError: if nobody is selected
        """
        statements = self._make()
        if not statements:
            return self._reopen()
        if len(statements) <= FIGURES_AT_ONCE:
            statements._refresh_figures()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_crm_addon.invoice_account_statement_action"
        )
        return dict(action, domain=[("id", "in", statements.ids)], context={})

    def action_send(self):
        """Send the statements of the selected customers; the job sends them if they are many.

        :raise AccessError: if the caller reads at most
        :raise UserError: if nobody is selected
        """
        statements = self._make()
        if not statements:
            return self._reopen()
        if len(statements) > AT_ONCE:
            statements._queue()
        else:
            statements._deliver()
        return self.env["invoice.account.statement"]._tell_delivered(statements)

    def _make(self):
        """Drafts of who is selected; none if the period is another one than that of the preview."""
        self.ensure_one()
        Statement = self.env["invoice.account.statement"]
        Statement._check_may_prepare()
        if (self.date_from, self.date_to) != (self.shown_from, self.shown_to):
            self._fill()
            return Statement
        chosen = self.line_ids.filtered("is_selected").partner_id
        if not chosen:
            raise UserError(self.env._("Choose at least one customer who is to get a statement."))
        owners = self._find_customers()
        owners = {customer: owners[customer] for customer in chosen if customer in owners}
        if not owners:
            raise UserError(self.env._("Nothing is left to send. Show the preview again."))
        return Statement._prepare(self.company_id, owners, self.date_from, self.date_to)


class InvoiceAccountStatementWizardLine(models.TransientModel):
    """A customer in the preview."""

    _name = "invoice.account.statement.wizard.line"
    _inherit = ["invoice.letter.preview.line.mixin"]
    _description = "Customer Who Gets a Statement"

    wizard_id = fields.Many2one(
        "invoice.account.statement.wizard", required=True, index=True, ondelete="cascade"
    )
    closing = fields.Char(readonly=True)
