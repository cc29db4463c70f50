from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..base.tools import find_readable
from .settlement_page_mixin import CUSTOMER_FIELDS

#: Rows of each kind on the page, the longest overdue first; the totals are of all.
MOST_ROWS = 200
LATEST_PAYMENTS = 20
# What a row of each shows: items have a hundred columns more.
ITEM_FIELDS = (
    *("move_id", "date", "date_maturity", "currency_id"),
    *("amount_currency", "amount_residual", "amount_residual_currency"),
)
ORDER_FIELDS = (
    *("name", "client_order_ref", "invoice_contract_id", "date_order", "currency_id"),
    *("company_id", "amount_total", "amount_to_ticket"),
)
PAYMENT_FIELDS = (
    *("name", "memo", "journal_id", "payment_method_line_id", "invoice_contract_id", "date"),
    *("currency_id", "amount", "state", "payment_type", "partner_type", "partner_id"),
)
MOVE_FIELDS = ("name", "ref", "invoice_date", "origin_payment_id")
TICKET_FIELDS = (
    *("display_name", "type_id", "contract_id", "issue_date", "date_due", "currency_id"),
    *("amount_total", "amount_due"),
)
SECTION_MODELS = {
    "item": "account.move.line",
    "credit": "account.move.line",
    "invoice": "account.move",
    "ticket": "invoice.ticket",
}
READERS = (
    "invoice_crm_addon.group_ticket_user",
    "invoice_crm_addon.group_ticket_auditor",
    "account.group_account_invoice",
    "account.group_account_readonly",
)


class InvoiceSettlement(models.AbstractModel):
    """What is open of a customer, on one page: what the reader may read of it, nothing else.

    Section    Rows                                                   Read by
    =====================================================================================
    order      confirmed orders to invoice or to ticket               sale.order
    item       instalments of posted invoices that are not paid       account.move.line
    invoice    the same by invoice, for who reads no journal items    account.move
    credit     payments and credit notes that are not used up         account.move.line
    ticket     issued tickets that are not paid; the sum without      invoice.ticket
               what open invoices hold already
    payment    what came in last, and its receipts                    account.payment
    =====================================================================================

    All of a customer are those of its commercial entity, in the companies that the reader works
    in. Whatever there is, it is read with the same number of queries.

    The sums of invoices and tickets, less what is on account, are what the customer account says is
    due, and what reminders ask for: ``balance``, for who reads that account.
    """

    _name = "invoice.settlement"
    _description = "Settlement of a Customer"

    # === READ === #

    @api.model
    def get_page(self, partner_id: int):
        """What is open of a customer.

        :param int partner_id: the customer, or a contact of it
        :return: ``partner``, with sentences on what is ``confirmed`` and ``changed`` since, maybe
            empty; ``rights`` by action, ``sections``, each with ``kind``, ``count``, ``rows`` and
            ``totals`` by currency; ``balance`` by currency, maybe empty: ``owed``,
            ``on_account`` and ``open``, the rest; amounts in the currency of their row
        :rtype: dict
        :raise AccessError: if the user may read nothing of tickets or invoices
        :raise UserError: if there is no such customer
        """
        customer = self._get_customer(partner_id)
        partners = self._get_partners(customer)
        sections = [
            section
            for kind in self._get_readable_kinds()
            for section in getattr(self, f"_read_{kind}_sections")(partners)
        ]
        self._name_contracts([row for section in sections for row in section["rows"]])
        items_sudo = self._read_open_items(customer)
        self._count_once({section["kind"]: section for section in sections}, partners, items_sudo)
        confirmed = self.env["invoice.account.statement"]._describe_confirmed(customer)
        return {
            "partner": {"id": customer.id, "name": customer.display_name, **confirmed},
            "rights": self._get_rights(),
            "sections": [section for section in sections if section["count"]],
            "balance": self._sum_balance(items_sudo),
        }

    @api.model
    def _get_customer(self, partner_id):
        """The commercial entity of a customer, if the user may read it."""
        if not any(self.env.user.has_group(group) for group in READERS):
            raise AccessError(
                self.env._("Only who works with tickets or invoices sees what customers owe.")
            )
        # A company has a hundred columns, of which record rules and the page look at these.
        self.env.companies.fetch(["name", "currency_id", "parent_path"])
        Partner = self.env["res.partner"]
        if partner := find_readable(Partner, partner_id, CUSTOMER_FIELDS):
            if partner.commercial_partner_id == partner:
                return partner
        partner = Partner.browse(partner_id).exists()
        if not partner:
            raise UserError(self.env._("There is no such customer any more. Open another one."))
        partner.check_access("read")
        customer = partner.commercial_partner_id
        if customer != partner:
            customer.check_access("read")
        return customer

    @api.model
    def _get_partners(self, customer):
        """The customer and its contacts, archived ones too: what they owe is owed still."""
        Partner = self.env["res.partner"].with_context(active_test=False)
        # A subsidiary is a customer of its own; what hangs below is not followed step by step.
        return Partner.search([("commercial_partner_id", "=", customer.id)])

    @api.model
    def _get_readable_kinds(self):
        def may_read(model):
            return self.env[model].has_access("read")

        books = "item" if may_read("account.move.line") else "invoice"
        return [
            *(["order"] if may_read("sale.order") else []),
            *([books] if may_read("account.move") else []),
            *(["ticket"] if may_read("invoice.ticket") else []),
            *(["payment"] if may_read("account.payment") else []),
        ]

    @api.model
    def _get_rights(self):
        """What the user may do on the page, by name of the action.

        :rtype: dict[str, bool]
        """
        can_pay = self._can_pay()
        # sudo: payment.provider - only whether the customer could pay online
        providers_sudo = self.env["payment.provider"].sudo()
        is_online = can_pay and providers_sudo.search_count(
            [("state", "!=", "disabled"), ("company_id", "in", self.env.companies.ids)], limit=1
        )
        return {"pay": can_pay, "link": bool(is_online)}

    @api.model
    def _can_pay(self):
        """Whether the user works with the books: the invoicing group of core."""
        return all(
            self.env[model].has_access("create")
            for model in ("account.payment.register", "account.payment")
        )

    # === SECTIONS === #

    def _read_order_sections(self, partners):
        orders = self.env["sale.order"].search_fetch(
            Domain("partner_id", "in", partners.ids)
            & self._in_companies()
            & Domain("state", "=", "sale")
            & (
                Domain("invoice_status", "in", ("to invoice", "no"))
                | Domain("amount_to_ticket", ">", 0)
            ),
            ORDER_FIELDS,
            order="date_order, id",
        )
        amounts = orders._get_open_amounts()
        rows = [self._prepare_order_row(order, *amounts[order]) for order in orders]
        rows = [row for row in rows if row["open"] or row["to_ticket"]]
        totals = defaultdict(lambda: {"open": 0.0, "overdue": 0.0})
        for row in rows:
            totals[row["currency_id"]]["open"] += row["open"]
        return [self._prepare_section("order", rows[:MOST_ROWS], len(rows), totals)]

    def _prepare_order_row(self, order, amount_open, on_account):
        return {
            "id": order.id,
            "model": order._name,
            "name": order.name,
            "label": order.client_order_ref or "",
            "contract_id": order.invoice_contract_id.id,
            "date": fields.Date.to_string(
                fields.Datetime.context_timestamp(order, order.date_order).date()
            ),
            "currency_id": order.currency_id.id,
            "amount": order.amount_total,
            "open": amount_open,
            "on_account": on_account,
            "to_ticket": order.amount_to_ticket,
        }

    def _read_item_sections(self, partners):
        Item, domain = self.env["account.move.line"], self._get_item_domain(partners)
        owed, credit = (domain & Domain("amount_residual", sign, 0) for sign in "><")
        items = Item.search_fetch(domain, ITEM_FIELDS, order="date_maturity, id", limit=MOST_ROWS)
        if len(items) < MOST_ROWS:
            # All of both are read already.
            credits = items.filtered(lambda item: item.amount_residual < 0)
            credits = credits.sorted(lambda item: (item.date, item.id))
            items = items.filtered(lambda item: item.amount_residual > 0)
        else:
            items = Item.search_fetch(owed, ITEM_FIELDS, order="date_maturity, id", limit=MOST_ROWS)
            credits = Item.search_fetch(credit, ITEM_FIELDS, order="date, id", limit=MOST_ROWS)
        (items | credits).move_id.fetch(MOVE_FIELDS)
        return [
            self._sum_section("item", self._prepare_items(items), owed, date_due="date_maturity"),
            self._sum_section("credit", self._prepare_credits(credits), credit),
        ]

    def _prepare_items(self, items):
        contracts, places = self._describe_invoices(items.move_id)
        return [
            self._prepare_item_row(item, contracts)
            | {"label": places.get(item.id) or item.move_id.ref or ""}
            for item in items
        ]

    def _prepare_credits(self, items):
        # sudo: how it came in and for which contract; the name only of one that the user may read
        items_sudo = items.sudo()
        items_sudo.move_id.origin_payment_id.fetch(PAYMENT_FIELDS)
        payments_sudo = {item.id: item.move_id.origin_payment_id for item in items_sudo}
        methods = items_sudo.move_id.origin_payment_id._get_methods_in_words()
        return [
            self._prepare_item_row(item, {})
            | {
                "label": methods.get(payments_sudo[item.id]) or item.move_id.ref or "",
                "contract_id": payments_sudo[item.id].invoice_contract_id.id,
                "date_due": False,
                "is_overdue": False,
            }
            for item in items
        ]

    def _prepare_item_row(self, item, contracts):
        move = item.move_id
        return {
            "id": item.id,
            "model": "account.move",
            "res_id": move.id,
            "name": move.name,
            "contract_id": contracts.get(move.id, False),
            "date": fields.Date.to_string(move.invoice_date or item.date),
            "date_due": fields.Date.to_string(item.date_maturity),
            "is_overdue": self._is_overdue(item.date_maturity),
            "currency_id": item.currency_id.id,
            "amount": abs(item.amount_currency),
            "open": abs(item.amount_residual_currency),
        }

    def _read_invoice_sections(self, partners):
        domain = (
            Domain("partner_id", "in", partners.ids)
            & self._in_companies()
            & Domain("move_type", "=", "out_invoice")
            & Domain("state", "=", "posted")
            & Domain("amount_residual", ">", 0)
        )
        moves = self.env["account.move"].search_fetch(
            domain, order="invoice_date_due, id", limit=MOST_ROWS
        )
        contracts, _places = self._describe_invoices(moves)
        rows = [
            {
                "id": move.id,
                "model": move._name,
                "name": move.name,
                "label": move.ref or "",
                "contract_id": contracts.get(move.id, False),
                "date": fields.Date.to_string(move.invoice_date),
                "date_due": fields.Date.to_string(move.invoice_date_due),
                "is_overdue": self._is_overdue(move.invoice_date_due),
                "currency_id": move.currency_id.id,
                "amount": move.amount_total,
                "open": move.amount_residual,
            }
            for move in moves
        ]
        return [self._sum_section("invoice", rows, domain, "amount_residual", "invoice_date_due")]

    def _read_ticket_sections(self, partners):
        domain = self._get_due_ticket_domain(partners)
        tickets = self.env["invoice.ticket"].search_fetch(
            domain, TICKET_FIELDS, order="date_due, issue_date, id", limit=MOST_ROWS
        )
        tickets.type_id.fetch(["name"])
        rows = [
            {
                "id": ticket.id,
                "model": ticket._name,
                "name": ticket.display_name,
                "label": ticket.type_id.name,
                "contract_id": ticket.contract_id.id,
                "date": fields.Date.to_string(ticket.issue_date),
                "date_due": fields.Date.to_string(ticket.date_due),
                "is_overdue": self._is_overdue(ticket.date_due),
                "currency_id": ticket.currency_id.id,
                "amount": ticket.amount_total,
                "open": ticket.amount_due,
            }
            for ticket in tickets
        ]
        return [self._sum_section("ticket", rows, domain, "amount_due", "date_due")]

    def _read_payment_sections(self, partners):
        payments = self.env["account.payment"].search_fetch(
            Domain("partner_id", "in", partners.ids)
            & self._in_companies()
            & Domain("partner_type", "=", "customer")
            & Domain("payment_type", "=", "inbound")
            & Domain("state", "in", ("in_process", "paid")),
            PAYMENT_FIELDS,
            order="date desc, id desc",
            limit=LATEST_PAYMENTS,
        )
        receipts = payments._get_receipts()
        # sudo: names of the journal and the method, of payments that the user may read
        methods = payments.sudo()._get_methods_in_words()
        rows = [
            {
                "id": payment.id,
                "model": payment._name,
                "name": payment.name or payment.memo or "",
                "label": methods[payment],
                "contract_id": payment.invoice_contract_id.id,
                "date": fields.Date.to_string(payment.date),
                "currency_id": payment.currency_id.id,
                "amount": payment.amount,
                "can_create_receipt": not payment._get_cannot_receipt_reason(receipts),
            }
            for payment in payments
        ]
        self._name_receipts(rows, receipts)
        return [self._prepare_section("payment", rows, len(rows), {})]

    # === PARTS === #

    @api.model
    def _in_companies(self):
        return Domain("company_id", "in", self.env.companies.ids)

    @api.model
    def _get_item_domain(self, partners):
        """Receivables of the customer that are not matched."""
        return (
            Domain("partner_id", "in", partners.ids)
            & self._in_companies()
            & Domain("parent_state", "=", "posted")
            & Domain("account_type", "=", "asset_receivable")
            & Domain("reconciled", "=", False)
        )

    @api.model
    def _get_due_ticket_domain(self, partners):
        return (
            Domain("partner_id", "in", partners.ids)
            & self._in_companies()
            & Domain("state", "=", "issued")
            & Domain("amount_due", ">", 0)
        )

    @api.model
    def _is_overdue(self, date):
        return bool(date) and date < fields.Date.context_today(self)

    def _sum_section(self, kind, rows, domain, amount="amount_residual_currency", date_due=None):
        """A section with totals: of all, and of what is overdue.

        :param str date_due: field that says what is overdue; none for what is on account
        """
        if len(rows) < MOST_ROWS:
            return self._prepare_section(kind, rows, len(rows), self._sum_rows(rows))
        # There are more than are shown: the database adds them up.
        model = self.env[SECTION_MODELS[kind]]
        totals, count = defaultdict(lambda: {"open": 0.0, "overdue": 0.0}), 0
        conditions = {"open": domain}
        if date_due:
            late = Domain(date_due, "<", fields.Date.context_today(self))
            conditions["overdue"] = domain & late
        for key, condition in conditions.items():
            groups = model._read_group(condition, ["currency_id"], [f"{amount}:sum", "__count"])
            for currency, total, number in groups:
                totals[currency.id][key] = currency.round(abs(total))
                count += number if key == "open" else 0
        return self._prepare_section(kind, rows, count, totals)

    def _sum_rows(self, rows):
        """Totals of all rows, by currency."""
        totals = {}
        for currency_id in sorted({row["currency_id"] for row in rows}):
            currency = self.env["res.currency"].browse(currency_id)
            of_currency = [row for row in rows if row["currency_id"] == currency_id]
            totals[currency_id] = {
                "open": currency.round(sum(row["open"] for row in of_currency)),
                "overdue": currency.round(
                    sum(row["open"] for row in of_currency if row["is_overdue"])
                ),
            }
        return totals

    @api.model
    def _prepare_section(self, kind, rows, count, totals):
        return {
            "kind": kind,
            "count": count,
            "rows": rows,
            "totals": [
                {"currency_id": currency_id, **amounts} for currency_id, amounts in totals.items()
            ],
        }
