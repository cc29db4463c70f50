from odoo import api, fields, models
from odoo.tools import format_date, formatLang, groupby


class InvoiceTicketPaymentMixin(models.AbstractModel):
    """When a ticket is due, and what of it is paid.

    What is paid follows from the books: from the paths of its money, see
    ``invoice.ticket.path``. Contract, order, invoice, payment and customer read the same rows.

    When it is due follows from the invoices that it documents, whose items say their dates, and
    else from payment terms: the order's, the customer's, the company's. A date that is entered
    by hand is agreed, and stays. All amounts are tax-inclusive, in the currency of the ticket.
    """

    _name = "invoice.ticket.payment.mixin"
    _description = "Document That Is Paid"

    currency_id = fields.Many2one("res.currency")
    payment_term_id = fields.Many2one(
        "account.payment.term",
        string="Payment Terms",
        compute="_compute_payment_term_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        domain="['|', ('company_id', '=', False), ('company_id', 'parent_of', company_id)]",
    )
    date_due = fields.Date(
        string="Due Date",
        compute="_compute_date_due",
        store=True,
        readonly=False,
        compute_sudo=True,
        copy=False,
        index="btree_not_null",
        help="Of the next instalment that is not paid.",
    )
    is_date_due_agreed = fields.Boolean(
        string="Due Date Agreed",
        copy=False,
        help="The due date was entered by hand, and follows no payment terms.",
    )
    instalment_details = fields.Html(
        string="Instalments", compute="_compute_instalment_details", compute_sudo=True
    )
    amount_paid = fields.Monetary(
        compute="_compute_payment", store=True, compute_sudo=True, aggregator=None
    )
    amount_due = fields.Monetary(
        compute="_compute_payment", store=True, compute_sudo=True, aggregator=None
    )
    payment_state = fields.Selection(
        selection=[("not_paid", "Not Paid"), ("partial", "Partly Paid"), ("paid", "Paid")],
        compute="_compute_payment",
        store=True,
        compute_sudo=True,
    )

    # === COMPUTE METHODS === #

    @api.depends("partner_id", "company_id", "sale_order_id", "allocation_ids.move_id")
    def _compute_payment_term_id(self):
        # sudo: terms are no secret, the orders and invoices of others may be
        for ticket, ticket_sudo in zip(self, self.sudo(), strict=True):
            company = ticket_sudo.company_id
            customer = ticket_sudo.partner_id.commercial_partner_id.with_company(company)
            terms = ticket_sudo.allocation_ids.move_id.invoice_payment_term_id
            ticket.payment_term_id = (
                terms[:1]
                or ticket_sudo.sale_order_id.payment_term_id
                or customer.property_payment_term_id
                or company.ticket_payment_term_id
            )

    @api.depends(
        "payment_term_id",
        "is_date_due_agreed",
        "issue_date",
        "amount_valid",
        "amount_paid",
        "allocation_ids.move_id",
        "allocation_ids.amount",
    )
    def _compute_date_due(self):
        for ticket in self:
            if not ticket.is_date_due_agreed:
                ticket.date_due = ticket._get_next_due_date()

    @api.depends("date_due", "amount_paid")
    @api.depends_context("lang")
    def _compute_instalment_details(self):
        for ticket in self:
            instalments = ticket._get_instalments()
            values = [
                {
                    "date": format_date(self.env, date),
                    "amount": formatLang(self.env, amount, currency_obj=ticket.currency_id),
                    "is_paid": ticket.currency_id.compare_amounts(due, 0.0) <= 0,
                }
                for date, amount, due in instalments
            ]
            ticket.instalment_details = len(values) > 1 and self.env["ir.qweb"]._render(
                "invoice_crm_addon.ticket_instalments", {"instalments": values}
            )

    @api.depends("amount_valid", "red_of_id", "type_id.takes_amount", "path_ids.amount_paid")
    def _compute_payment(self):
        for ticket in self:
            # What a red letter took back is not due any more, and it is itself nothing to pay.
            valid = 0.0 if ticket.red_of_id else max(ticket.amount_valid, 0.0)
            # A receipt says that the money is there.
            is_receipt = ticket.type_id and not ticket.type_id.takes_amount
            paid = valid if is_receipt else sum(ticket.path_ids.mapped("amount_paid"))
            if ticket.currency_id:
                paid = ticket.currency_id.round(paid)
            ticket.amount_paid = min(paid, valid)
            ticket.amount_due = valid - ticket.amount_paid
            if ticket.currency_id.is_zero(ticket.amount_paid):
                ticket.payment_state = "not_paid"
            elif ticket.currency_id.is_zero(ticket.amount_due):
                ticket.payment_state = "paid"
            else:
                ticket.payment_state = "partial"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        dated = [
            ticket.id for ticket, vals in zip(tickets, vals_list, strict=True) if "date_due" in vals
        ]
        tickets.browse(dated)._agree_on_date_due()
        return tickets

    def write(self, vals):
        if "payment_term_id" in vals and "date_due" not in vals:
            vals = {**vals, "is_date_due_agreed": False}
        result = super().write(vals)
        if "date_due" in vals:
            self._agree_on_date_due()
        return result

    def copy_data(self, default: dict | None = None):
        vals_list = super().copy_data(default)
        for ticket, vals in zip(self, vals_list, strict=True):
            if ticket.is_date_due_agreed:
                vals.setdefault("date_due", ticket.date_due)
        return vals_list

    # === ACTION METHODS === #

    def action_settle(self):
        """Open the page on which what the customer owes is settled."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.client"]._for_xml_id(
            "invoice_crm_addon.invoice_settlement_action"
        )
        return dict(action, context={"active_id": self.partner_id.commercial_partner_id.id})

    # === WHEN IT IS DUE === #

    def _agree_on_date_due(self):
        """A date that does not follow from the terms was agreed by hand."""
        for ticket in self:
            # sudo: the dates of invoices that the user may not read are compared
            is_agreed = ticket.date_due != ticket.sudo()._get_next_due_date()
            if is_agreed != ticket.is_date_due_agreed:
                ticket.is_date_due_agreed = is_agreed

    def _get_next_due_date(self):
        """Date of the first instalment that is not paid, of the last one once all are.

        :return: False for what nobody pays: a red letter, or a ticket without an amount
        """
        self.ensure_one()
        instalments = self._get_instalments()
        dates = [date for date, _amount, due in instalments if self.currency_id.round(due) > 0]
        return next(iter(dates), instalments[-1][0] if instalments else False)

    def _get_instalments(self):
        """What is to be paid when: of the invoices that it documents, and of the rest by terms.

        :return: date, amount, and what of it is not paid yet, earliest first
        :rtype: list[tuple]
        """
        self.ensure_one()
        valid = 0.0 if self.red_of_id else self.amount_valid
        if self.currency_id.compare_amounts(valid, 0.0) <= 0:
            return []
        parts = self._get_invoice_instalments(valid)
        rest = self.currency_id.round(valid - sum(amount for _date, amount in parts))
        if rest > 0:
            parts += self._get_term_instalments(rest)
        paid, instalments = self.amount_paid, []
        for date, rows in groupby(sorted(parts), key=lambda part: part[0]):
            amount = sum(amount for _date, amount in rows)
            part = min(paid, amount)
            instalments.append((date, amount, amount - part))
            paid -= part
        return instalments

    def _get_invoice_instalments(self, valid):
        """Dates and amounts of the posted invoices that it documents, at most ``valid`` in all."""
        parts = []
        for row in self.allocation_ids:
            move = row.move_id
            if move.state != "posted" or not move.amount_total:
                continue
            share = min(row._get_amount_of_ticket(), valid) / move.amount_total
            items = move.line_ids.filtered(lambda item: item.display_type == "payment_term")
            for item in items:
                parts.append((item.date_maturity or move.date, item.amount_currency * share))
        total = sum(amount for _date, amount in parts)
        scale = min(valid / total, 1.0) if total > 0 else 1.0
        return [(date, amount * scale) for date, amount in parts]

    def _get_term_instalments(self, amount):
        date = self.issue_date or fields.Date.context_today(self)
        if not self.payment_term_id:
            return [(date, amount)]
        terms = self.payment_term_id._compute_terms(
            date, self.currency_id, self.company_id, 0.0, 0.0, 1, amount, amount
        )
        return [(line["date"], line["foreign_amount"]) for line in terms["line_ids"]] or [
            (date, amount)
        ]

    def _get_touched_fields(self, fnames):
        touched = super()._get_touched_fields(fnames)
        return touched | {"date_due"} if "payment_term_id" in fnames else touched
