"""What customers have not paid yet: invoices with their instalments, and tickets without one."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from odoo.fields import Domain
from odoo.tools import SQL


@dataclass
class Open:
    """A document that is not paid, or not whole.

    :param record: invoice or ticket
    :param date due: of the first part that is open
    :param list parts: what is open of each instalment, oldest first, in the document's currency
    """

    record: object
    due: date
    currency: object
    parts: list[float] = field(default_factory=list)

    # Asked for each line that the customer may have paid; nothing changes once all is read.
    @cached_property
    def amount(self):
        return self.currency.round(sum(self.parts))

    @cached_property
    def steps(self):
        """What is paid when the first instalment is, the first two …"""
        total, steps = 0.0, []
        for part in self.parts:
            total = self.currency.round(total + part)
            steps.append(total)
        return steps


class OpenDocuments:
    """Open documents of many customers, oldest first.

    :param env: in superuser mode
    :param customers: commercial partners
    """

    def __init__(self, env, company, customers):
        self.env = env
        self.company = company
        ids = [customer.id for customer in customers]
        self.documents = defaultdict(list)
        invoices = self._read_invoices(ids)
        self.links = self._read_links(invoices)
        for document in invoices:
            self.documents[document.record.commercial_partner_id].append(document)
        for document in self._read_tickets(ids):
            self.documents[document.record.partner_id.commercial_partner_id].append(document)
        for documents in self.documents.values():
            documents.sort(key=lambda d: (d.due, d.record._name, d.record.id))

    def get(self, customer):
        return self.documents.get(customer, [])

    @staticmethod
    def get_items_domain(company):
        """Of items of customer invoices that are not paid."""
        return (
            Domain("company_id", "=", company.id)
            & Domain("account_id.account_type", "=", "asset_receivable")
            & Domain("parent_state", "=", "posted")
            & Domain("reconciled", "=", False)
            & Domain("amount_residual", ">", 0)
            & Domain("move_id.move_type", "in", ("out_invoice", "out_receipt"))
        )

    def _read_invoices(self, ids):
        items = self.env["account.move.line"].search_fetch(
            self.get_items_domain(self.company) & Domain("partner_id", "in", ids),
            ["move_id", "date_maturity", "date", "amount_residual_currency", "currency_id"],
            order="date_maturity, id",
        )
        found = {}
        for item in items:
            document = found.setdefault(
                item.move_id,
                Open(item.move_id, item.date_maturity or item.date, item.currency_id),
            )
            document.parts.append(item.amount_residual_currency)
        items.move_id.fetch(["name", "commercial_partner_id"])
        return list(found.values())

    def _read_links(self, invoices):
        """Orders and contracts that invoices bill.

        :return: for each invoice the ids of its orders, and those of its contracts
        """
        links = defaultdict(lambda: (set(), set()))
        if not invoices:
            return links
        query = SQL(
            """
            SELECT item.move_id, sale.id, sale.invoice_contract_id
              FROM account_move_line item
              JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = item.id
              JOIN sale_order_line line ON line.id = rel.order_line_id
              JOIN sale_order sale ON sale.id = line.order_id
             WHERE item.move_id IN %(moves)s
             UNION
            SELECT move.id, NULL, move.invoice_contract_id
              FROM account_move move
             WHERE move.id IN %(moves)s AND move.invoice_contract_id IS NOT NULL
            """,
            moves=tuple(document.record.id for document in invoices),
        )
        for move_id, order_id, contract_id in self.env.execute_query(query):
            orders, contracts = links[move_id]
            if order_id:
                orders.add(order_id)
            if contract_id:
                contracts.add(contract_id)
        return links

    def _read_tickets(self, ids):
        """Issued tickets that no invoice stands behind: they wait for a payment of their own."""
        tickets = self.env["invoice.ticket"].search_fetch(
            Domain("company_id", "=", self.company.id)
            & Domain("partner_id.commercial_partner_id", "in", ids)
            & Domain("state", "=", "issued")
            & Domain("red_of_id", "=", False)
            & Domain("amount_due", ">", 0)
            & Domain("allocation_ids", "not any", [("move_id", "!=", False)]),
            [
                "name",
                "amount_due",
                "date_due",
                "issue_date",
                "currency_id",
                "partner_id",
                "contract_id",
                "sale_order_id",
            ],
        )
        billed_orders = {o for orders, _contracts in self.links.values() for o in orders}
        billed_contracts = {c for _orders, contracts in self.links.values() for c in contracts}
        return [
            Open(
                ticket,
                ticket.date_due or ticket.issue_date or ticket.create_date.date(),
                ticket.currency_id,
                [ticket.amount_due],
            )
            for ticket in tickets
            # The same money is open on the invoice of the order or contract.
            if ticket.sale_order_id.id not in billed_orders
            and ticket.contract_id.id not in billed_contracts
        ]
