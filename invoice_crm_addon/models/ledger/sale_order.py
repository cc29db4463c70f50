from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ..base.words import words

# How many of its products the content of a ticket names.
MOST_NAMED = 2
# What decides on whom the contract of a confirmed order may be billed to.
BILLING_FIELDS = {"invoice_contract_id", "partner_id", "partner_invoice_id", "state"}


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "invoice.ticketable.mixin"]

    _checks_core_relations = False
    _ticketing_fields = ("state", "invoice_contract_id")
    _ticketed_terms = ("partner_id", "currency_id", "company_id")

    invoice_contract_id = fields.Many2one(
        "invoice.contract",
        string="Contract",
        index="btree_not_null",
        copy=False,
        ondelete="set null",
        check_company=True,
        domain="[('partner_id', 'parent_of', partner_id)]",
    )
    ticket_template_id = fields.Many2one(
        "invoice.ticket.template",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        help="Proposed on new tickets.",
    )
    ticket_count = fields.Integer(
        compute="_compute_ticket_count",
        groups="invoice_crm_addon.group_ticket_user,invoice_crm_addon.group_ticket_auditor",
    )

    can_create_invoice_contract = fields.Boolean(compute="_compute_action_rights")

    @api.depends("state", "invoice_contract_id")
    @api.depends_context("uid")
    def _compute_action_rights(self):
        self._compute_can("create_invoice_contract")

    @api.constrains("invoice_contract_id", "partner_id", "partner_invoice_id")
    def _check_invoice_contract(self):
        """The order, and whoever has tickets of it, are customers of its contract."""
        for order in self:
            if contract := order.invoice_contract_id:
                contract._check_customers_of_documents()
            else:
                order._check_customers_of_tickets()
        # sudo: an invoice that the user cannot read may say the contract itself
        self.sudo().order_line.invoice_lines.move_id._check_invoice_contract()

    def _check_customers_of_tickets(self):
        """:raise ValidationError: if a ticket of the orders is of somebody who is not billed"""
        touched = self.filtered("has_tickets")
        if not touched:
            return
        # sudo: tickets that the user cannot read are held to it too
        tickets_sudo = self.env["invoice.ticket"].sudo().with_context(active_test=False)
        domain = [("sale_order_id", "in", touched.ids), ("state", "!=", "voided")]
        tickets_sudo = tickets_sudo.search(domain)
        tickets_sudo.allocation_ids._check_customer()
        for order in touched:
            order._check_customers_of(
                tickets_sudo.filtered(lambda t, o=order: t.sale_order_id == o)
            )
            order._check_customers_that_may_return()

    def write(self, vals):
        """Tickets of the contract may be billed to whom only this order's invoice goes to."""
        if BILLING_FIELDS.isdisjoint(vals):
            return super().write(vals)
        # sudo: contracts that the user cannot read are looked at all the same
        contracts_sudo = self.sudo().invoice_contract_id
        result = super().write(vals)
        contracts_sudo._check_customers_of_documents()
        return result

    def _get_billable_customers(self):
        """Commercial entities that may get tickets of the order: see the contract.

        :rtype: res.partner
        """
        self.ensure_one()
        # sudo: compared
        order_sudo = self.sudo()
        customers = (order_sudo.partner_id | order_sudo.partner_invoice_id).commercial_partner_id
        contract = order_sudo.invoice_contract_id
        return customers | contract._get_billable_customers() if contract else customers

    @api.depends("has_tickets", "amount_ticketed", "amount_in_progress")
    def _compute_ticket_count(self):
        self._count_tickets()

    # === LIMIT === #

    @api.model
    def _get_limit_dependencies(self):
        return ["amount_total", "state"]

    def _get_ticketable_limits(self):
        return self._get_limits_by_parts(self._get_billed_parts())

    def _get_limits_by_parts(self, parts):
        """What was agreed, less what was credited; or what is invoiced, if that is more.

        :param list parts: see ``_get_billed_parts``
        :rtype: dict
        """
        confirmed = self.filtered(lambda order: order.state == "sale")
        invoiced, credited = self._get_billed_amounts(parts)
        return {
            order: order.currency_id.round(
                max(invoiced[order], order.amount_total - credited[order], 0.0)
            )
            if order in confirmed
            else 0.0
            for order in self
        }

    @api.model
    def _get_ticketable_limit_sql(self, alias):
        """Where invoices are in the currency of the order."""
        limit = SQL(
            """(
            SELECT GREATEST(
                       %(total)s - COALESCE(SUM(line.price_total)
                           FILTER (WHERE move.move_type = 'out_refund'), 0),
                       SUM(CASE move.move_type WHEN 'out_refund' THEN -1 ELSE 1 END
                           * line.price_total), 0)
              FROM sale_order_line order_line
              JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = order_line.id
              JOIN account_move_line line ON line.id = rel.invoice_line_id
              JOIN account_move move ON move.id = line.move_id
             WHERE order_line.order_id = %(order)s AND move.state = 'posted'
               AND move.move_type IN ('out_invoice', 'out_refund')
            )""",
            total=self._field_to_sql(alias, "amount_total"),
            order=SQL.identifier(alias, "id"),
        )
        return SQL(
            "CASE WHEN %s = 'sale' THEN %s ELSE 0 END",
            self._field_to_sql(alias, "state"),
            limit,
        )

    def _get_billed_parts(self):
        """What invoices and credit notes, in any state, bill of each order.

        An invoice line of several orders belongs to the first one.

        :return: ids of the order and of the entry, of the invoice that a credit note reverses,
            type, state and currency of the entry, amount with tax in this currency, date
        :rtype: list[tuple]
        """
        if not self.ids:
            return []
        return self.env.execute_query(
            SQL(
                """
                SELECT part.order_id, move.id, move.reversed_entry_id, move.move_type, move.state,
                       move.currency_id, SUM(line.price_total),
                       COALESCE(move.invoice_date, move.date)
                  FROM (
                       SELECT rel.invoice_line_id, MIN(order_line.order_id) AS order_id
                         FROM sale_order_line order_line
                         JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = order_line.id
                        WHERE order_line.order_id IN %(orders)s
                     GROUP BY rel.invoice_line_id
                       ) AS part
                  JOIN account_move_line line ON line.id = part.invoice_line_id
                  JOIN account_move move ON move.id = line.move_id
                 WHERE move.move_type IN ('out_invoice', 'out_refund')
              GROUP BY part.order_id, move.id
              ORDER BY part.order_id, move.id
                """,
                orders=tuple(self.ids),
            )
        )

    def _get_billed_amounts(self, parts):
        """What is invoiced, net of credit notes, and what is credited, by order.

        :param list parts: see ``_get_billed_parts``
        :return: two dicts of amounts in the currency of the order
        """
        orders = {order.id: order for order in self}
        invoiced, credited = defaultdict(float), defaultdict(float)
        for order_id, _move, _original, move_type, state, currency_id, amount, date in parts:
            if state != "posted":
                continue
            order = orders[order_id]
            currency = self.env["res.currency"].browse(currency_id)
            amount = currency._convert(amount, order.currency_id, order.company_id, date)
            if move_type == "out_refund":
                credited[order] += amount
                amount = -amount
            invoiced[order] += amount
        return invoiced, credited

    def _get_cannot_be_ticketed_reason(self):
        if self.state != "sale":
            return words(self.env)._("Confirm the order %s first.", self.display_name)
        return super()._get_cannot_be_ticketed_reason()

    # === CHANGES === #

    def _follow_lines(self, moves=()):
        """The lines changed, and the amount with them, or what invoices bill of them."""
        touched = self.filtered("has_tickets")
        if touched or (moves and moves.filtered("has_tickets")):
            touched._settle_tickets(self, *filter(None, [moves]))

    def _settle_tickets(self, *seeds):
        """Unlike the books, an order does not fall below what is ticketed of it."""
        worse = self.env["invoice.ticket.path"]._settle(*seeds)
        worse["sale.order"]._refuse_excess()
        worse["invoice.contract"]._refuse_excess()
        self._check_contracts_of_tickets()

    def _check_contracts_of_tickets(self):
        """:raise UserError: if a ticket of the order says another contract than the order"""
        self._get_taking_tickets()._check_one_contract()

    # === ACTION METHODS === #

    def action_create_invoice_contract(self):
        """Create the contract of a confirmed order, and open it.

        :raise UserError: if the order is not confirmed
        """
        self.ensure_one()
        if not self.invoice_contract_id:
            self._check_can("create_invoice_contract", claim=True)
            self.invoice_contract_id = self.env["invoice.contract"].create(
                self._prepare_invoice_contract_values()
            )
        return self.action_view_invoice_contract()

    def action_view_invoice_contract(self):
        """Open the contract of the order."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "invoice.contract",
            "res_id": self.invoice_contract_id.id,
            "views": [(False, "form")],
        }

    def action_view_tickets(self):
        """Open the tickets of the order, wherever along the way of its money they were made."""
        return self._open_taking_tickets({"default_sale_order_id": self.id})

    # === CAN === #

    def _get_cannot_create_ticket_reason(self):
        if self.state != "sale":
            return words(self.env)._("Confirm the order first.")
        return super()._get_cannot_create_ticket_reason()

    def _get_cannot_create_invoice_contract_reason(self):
        if self.state != "sale":
            return words(self.env)._("Confirm the order first.")
        if self.invoice_contract_id:
            return self.env._("The order has a contract already.")
        if not self.env["invoice.contract"].has_access("create"):
            return self.env._("You may not create contracts.")
        return False

    # === BUSINESS METHODS === #

    def _prepare_invoice_contract_values(self):
        """Values of the contract that an order makes."""
        self.ensure_one()
        return {
            "name": self.client_order_ref or self.name,
            "partner_id": self.partner_id.commercial_partner_id.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "amount_total": self.amount_total,
            "user_id": self.user_id.id or self.env.uid,
            "date_signed": fields.Datetime.context_timestamp(self, self.date_order).date(),
        }

    def _prepare_ticket_lines(self):
        Line = self.env["invoice.ticket.line"]
        result = {}
        for order in self:
            result[order] = [
                line._prepare_ticket_line_values()
                for line in order.order_line
                if not line.display_type and not line.is_downpayment
            ]
            Line._agree_on_total(result[order], order.amount_total, order.currency_id)
        return result

    def _get_ticket_content(self):
        """What the order is about, as its customer would say it.

        :rtype: str
        """
        self.ensure_one()
        lines = self.order_line.filtered(lambda line: not line.is_downpayment)
        goods = list(dict.fromkeys(lines.product_id.mapped("name")))
        named = self.env._(", ").join(goods[:MOST_NAMED])
        if len(goods) > MOST_NAMED:
            named += " …"
        return self.client_order_ref or named or self.name

    def _prepare_ticket_context(self):
        """Defaults of a ticket for the order: all that is known of it, and what is left."""
        self.ensure_one()
        return {
            **self._prepare_common_context(self.user_id),
            "default_sale_order_id": self.id,
            "default_content": self._get_ticket_content(),
            "default_tax_included": False,
            "default_line_ids": self._prepare_ticket_line_commands(),
        }
