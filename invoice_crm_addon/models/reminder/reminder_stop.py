from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date, formatLang

from ..base.proof import is_proven, proven
from ..base.public_methods import Text
from ..base.words import KeptText

#: Kinds that end by themselves, after a day that is agreed.
DATED = ("promise", "method")
#: Kinds that do not stop the clock of reminders.
NO_PAUSE = ("tickets", "instalments")
FINANCE = "invoice_crm_addon.group_ticket_finance"


class InvoiceReminderStop(models.Model):
    """What was agreed with a customer about what is open, and stops the clock of reminders.

    It is about one ticket, one invoice, or all of the customer in the company.

    Kind         Stops the clock                            Ends
    =====================================================================================
    excluded     yes                                        when somebody resumes, or on a day
    dispute      yes                                        when somebody says it is settled
    promise      yes                                        after the promised day
    method       yes: another way to pay was offered        after the day that was set
    reply        yes: the customer answered a reminder      when somebody resumes
    instalments  no: each instalment has a clock of its own when all is paid, or somebody ends it
    tickets      no: new tickets in spite of a block        when somebody ends it, or on a day
    =====================================================================================

    A clock that goes on counts from where it stopped. What was agreed is never changed: it is
    ended, and something else agreed.

    Role        Rights
    =====================================================================================
    user        reads, agrees and ends for customers whose salesperson they are, or without one
                of whose contracts they are in charge
    department  and for those of the department
    finance     all of the allowed companies; alone allows new tickets in spite of a block
    auditor     reads
    =====================================================================================
    """

    _name = "invoice.reminder.stop"
    _inherit = ["invoice.guard.mixin", "invoice.action.mixin"]
    _description = "Reminder Stop"
    _order = "id desc"
    _check_company_auto = True
    _guarded_fields = ("date_from", "ended_on", "ended_by_id", "covered_keys", "reminder_id")

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    ticket_id = fields.Many2one(
        "invoice.ticket",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
        domain="[('partner_id', 'child_of', partner_id), ('state', '=', 'issued'), "
        "('amount_due', '>', 0), ('company_id', '=', company_id)]",
        help="Empty, as the invoice is: all that the customer owes.",
    )
    move_id = fields.Many2one(
        "account.move",
        string="Customer Invoice",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
        domain="[('partner_id', 'child_of', partner_id), ('state', '=', 'posted'), "
        "('move_type', '=', 'out_invoice'), ('amount_residual', '>', 0), "
        "('company_id', '=', company_id)]",
    )
    kind = fields.Selection(
        selection=[
            ("promise", "Promised Date"),
            ("dispute", "Dispute"),
            ("instalments", "Agreed Instalments"),
            ("method", "Other Payment Method Offered"),
            ("excluded", "Excluded"),
            ("reply", "Customer Answered"),
            ("tickets", "New Tickets Allowed"),
        ],
        required=True,
        default="promise",
        index=True,
    )
    reason = KeptText(
        index="trigram",
        required=True,
        help="What the customer says, and what was agreed: read by whoever is next.",
    )
    date_from = fields.Date(
        string="Since", required=True, default=lambda self: fields.Date.context_today(self)
    )
    date_until = fields.Date(
        string="Until", help="Last day of the stop; on the next the clock goes on by itself."
    )
    instalment_ids = fields.One2many("invoice.reminder.instalment", "stop_id")
    covered_keys = fields.Json(
        export_string_translation=False, help="Open items that the instalments are about."
    )
    reminder_id = fields.Many2one(
        "invoice.reminder", string="Answered Reminder", index="btree_not_null", ondelete="set null"
    )
    ended_on = fields.Date(index=True)
    ended_by_id = fields.Many2one("res.users", help="Who let the reminders go on.")
    is_active = fields.Boolean(
        string="In Force", compute="_compute_is_active", search="_search_is_active"
    )

    can_end = fields.Boolean(compute="_compute_can_end")

    _partner_idx = models.Index("(company_id, partner_id)")
    _check_document = models.Constraint(
        "CHECK (ticket_id IS NULL OR move_id IS NULL)",
        "Choose a ticket or an invoice, not both.",
    )

    # === COMPUTE METHODS === #

    @api.depends("date_until", "ended_on")
    def _compute_is_active(self):
        in_force = self.filtered_domain(self._get_active_domain())
        for stop in self:
            stop.is_active = stop in in_force

    @api.depends("is_active")
    @api.depends_context("uid")
    def _compute_can_end(self):
        self._compute_can("end")

    @api.model
    def _search_is_active(self, operator, value):
        if operator != "in":
            return NotImplemented
        if True in value and False in value:
            return Domain.TRUE
        domain = self._get_active_domain()
        return domain if True in value else ~domain

    @api.model
    def _get_active_domain(self):
        today = fields.Date.context_today(self)
        return Domain("ended_on", "=", False) & (
            Domain("date_until", "=", False) | Domain("date_until", ">=", today)
        )

    @api.model
    def _get_in_force(self, customers):
        """What was agreed about the reminders of customers, as far as the user may read it."""
        if not customers.ids or not self.has_access("read"):
            return self.browse()
        domain = Domain("partner_id", "in", customers.commercial_partner_id.ids)
        return self.search(domain & Domain("kind", "!=", "tickets") & self._get_active_domain())

    @api.depends("kind", "partner_id", "ticket_id", "move_id", "date_until")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for stop in self:
            # sudo: the number of a document of which the reader sees that it is stopped
            document = stop.sudo().ticket_id or stop.sudo().move_id
            parts = [kinds.get(stop.kind), document.display_name or stop.partner_id.name]
            if stop.date_until:
                parts.append(format_date(self.env, stop.date_until))
            stop.display_name = " · ".join(part for part in parts if part)

    # === CONSTRAINT METHODS === #

    @api.constrains("kind", "date_until", "date_from", "reason")
    def _check_dates(self):
        for stop in self:
            if not (stop.reason or "").strip():
                raise ValidationError(self.env._("Write down the reason: somebody will ask."))
            if stop.kind in DATED and not stop.date_until:
                raise ValidationError(
                    self.env._(
                        "Enter the day until which reminders of %s wait.", stop.partner_id.name
                    )
                )
            if stop.date_until and stop.date_until < stop.date_from:
                raise ValidationError(
                    self.env._(
                        "%(day)s is past. Enter today or a later day.",
                        day=format_date(self.env, stop.date_until),
                    )
                )

    @api.constrains("kind", "instalment_ids")
    def _check_instalments(self):
        for stop in self:
            if stop.kind == "instalments" and not stop.instalment_ids:
                raise ValidationError(self.env._("Enter the days and amounts of the instalments."))
            if stop.kind != "instalments" and stop.instalment_ids:
                raise ValidationError(self.env._("Only agreed instalments have days and amounts."))
            if len(stop.instalment_ids.currency_id) > 1:
                raise ValidationError(self.env._("Agree on instalments for each currency apart."))

    @api.constrains("partner_id", "ticket_id", "move_id")
    def _check_customer(self):
        # sudo: whose the document is; its number was chosen by the user
        for stop in self.sudo():
            document = stop.ticket_id or stop.move_id
            if document and document.partner_id.commercial_partner_id != stop.partner_id:
                raise ValidationError(
                    self.env._(
                        "%(document)s is not of %(customer)s. Choose a document of this customer.",
                        document=document.display_name,
                        customer=stop.partner_id.display_name,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        Partner = self.env["res.partner"]
        for vals in vals_list:
            if partner := Partner.browse(vals.get("partner_id") or []).exists():
                vals["partner_id"] = partner.commercial_partner_id.id
        stops = super().create(vals_list)
        stops._check_may_allow_tickets()
        for stop in stops.filtered(lambda s: s.kind == "instalments"):
            proven(stop)._cover_items()
        stops._log_on_documents(self.env._("Reminders: %s"))
        return stops

    def _check_may_allow_tickets(self):
        if is_proven(self.env) or self.env.user.has_group(FINANCE):
            return
        if "tickets" in self.mapped("kind"):
            raise UserError(
                self.env._("Only finance allows new tickets for a customer that is overdue.")
            )

    # === INSTALMENTS === #

    def _cover_items(self):
        """Keep what the instalments are about.

        :raise ValidationError: if they do not come to what is open
        """
        self.ensure_one()
        currency = self.instalment_ids.currency_id[:1]
        items = self._get_open_items().filtered(lambda item: item.currency_id == currency)
        due, agreed = sum(items.mapped("amount")), sum(self.instalment_ids.mapped("amount"))
        if currency.compare_amounts(due, agreed):
            raise ValidationError(
                self.env._(
                    "The instalments come to %(agreed)s, but %(due)s are open. Change the "
                    "amounts so that they agree.",
                    agreed=formatLang(self.env, agreed, currency_obj=currency),
                    due=formatLang(self.env, due, currency_obj=currency),
                )
            )
        self.covered_keys = sorted(items.mapped("key"))

    def _get_open_items(self):
        """What is open of the document, or of the customer in the company."""
        domain = Domain("company_id", "=", self.company_id.id)
        domain &= Domain("partner_id", "=", self.partner_id.id)
        if self.move_id:
            domain &= Domain("move_id", "=", self.move_id.id)
        elif self.ticket_id:
            moves = self.ticket_id.path_ids.filtered("is_issued").move_id
            domain &= Domain("ticket_id", "=", self.ticket_id.id) | Domain(
                "move_id", "in", moves.ids
            )
        return self.env["invoice.reminder.item"].search(domain)

    # === ACTION METHODS === #

    def action_end(self, reason: Text = None):
        """Let the clocks go on from where they stopped.

        :param str reason: what the dispute came to, say
        :raise AccessError: if the user may not read the stops
        :raise UserError: if a user outside finance takes back what finance allows
        """
        self.check_access("read")
        self.browse().check_access("create")
        self._check_may_allow_tickets()
        stops = proven(self).filtered("is_active")
        stops.write({"ended_on": fields.Date.context_today(self), "ended_by_id": self.env.uid})
        text = self.env._("Reminders go on. It was: %s")
        self.browse(stops.ids)._log_on_documents(text, reason)
        return True

    def _get_cannot_end_reason(self):
        if not self.is_active:
            return self.env._("It stops no reminders any more.")
        if not self.browse().has_access("create"):
            return self.env._("You may read what was agreed, but not end it.")
        return False

    # === LOG === #

    def _log_on_documents(self, text, remark=None):
        """Say on customer, ticket and invoice what was agreed; who and when stands beside it.

        :param str text: with a place for what the stop says
        """
        for stop in self:
            says = f"{stop.display_name} – {stop.reason}"
            body = text % says + (f" {remark}" if remark else "")
            # sudo: a note in the history of documents that the user may only read
            stop_sudo = stop.sudo()
            for document in (stop_sudo.partner_id, stop_sudo.ticket_id, stop_sudo.move_id):
                if document:
                    document._message_log(body=body)

    # === CLOCK === #

    def _get_pause(self):
        """First and last day on which the clock stands; the last is None as long as it does."""
        self.ensure_one()
        last = self.date_until or None
        if self.ended_on:
            ended = self.ended_on - timedelta(days=1)
            last = min(last, ended) if last else ended
        return self.date_from, last


class InvoiceReminderInstalment(models.Model):
    """A part of what is open, and when the customer agreed to pay it."""

    _name = "invoice.reminder.instalment"
    _inherit = ["invoice.readable.mixin"]
    _description = "Agreed Instalment"
    _order = "date, id"

    stop_id = fields.Many2one(
        "invoice.reminder.stop", required=True, index=True, ondelete="cascade"
    )
    date = fields.Date(required=True)
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    amount = fields.Monetary(required=True)

    _check_amount = models.Constraint(
        "CHECK (amount > 0)", "Enter an amount above zero for each instalment."
    )
    _date_uniq = models.UniqueIndex(
        "(stop_id, date)", "There are two instalments on one day. Make one of them."
    )

    @api.model_create_multi
    def create(self, vals_list):
        instalments = super().create(vals_list)
        if any(stop.covered_keys for stop in instalments.stop_id):
            raise UserError(
                self.env._("What was agreed stays. End it, and agree on something else.")
            )
        return instalments
