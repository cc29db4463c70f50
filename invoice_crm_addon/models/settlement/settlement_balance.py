from collections import defaultdict

from odoo import api, models
from odoo.fields import Domain

from ..base.names_mixin import get_rule_fields

_ITEM_FIELDS = ("kind", "currency_id", "ticket_id", "amount_due_currency")


class InvoiceSettlement(models.AbstractModel):
    """What a customer owes, each debt once: as the account and the reminders say."""

    _inherit = "invoice.settlement"

    @api.model
    def _read_open_items(self, customer):
        """What is open of the customer, in superuser mode.

        :param res.partner customer: what waits to be written is written first, and looked at once
        """
        Item = self.env["invoice.receivable.item"]
        # sudo: how much of the tickets that the reader sees stands on invoices, whoever sees these
        return (
            Item.sudo()
            ._within(customer)
            .search_fetch(
                Domain("partner_id", "=", customer.id)
                & self._in_companies()
                & Domain("is_open", "=", True),
                # Who answers for the customer is looked up where the reader's rules ask for it.
                [*_ITEM_FIELDS, *get_rule_fields(Item)],
            )
        )

    @api.model
    def _count_once(self, sections, partners, items_sudo):
        """Take off the sums what another section holds already.

        :param dict sections: by kind
        :param items_sudo: what is open of the customer
        """
        if section := sections.get("ticket"):
            self._count_tickets_once(section, partners, items_sudo)
        if section := sections.get("credit"):
            used = defaultdict(float)
            for item in items_sudo.filtered(lambda item: item.kind == "used"):
                used[item.currency_id] += item.amount_due_currency
            for total in section["totals"]:
                currency = self.env["res.currency"].browse(total["currency_id"])
                if amount := currency.round(used.get(currency, 0.0)):
                    total["for_tickets"] = amount
                    total["open"] = currency.round(total["open"] - amount)

    def _count_tickets_once(self, section, partners, items_sudo):
        alone = {item.ticket_id.id: item.amount_due_currency for item in items_sudo}
        for row in section["rows"]:
            currency = self.env["res.currency"].browse(row["currency_id"])
            row["on_invoices"] = currency.round(row["open"] - alone.get(row["id"], 0.0))
        rows = section["rows"]
        if len(rows) < section["count"]:
            # More than are shown: of these, only what the sums need.
            tickets = self.env["invoice.ticket"].search_fetch(
                self._get_due_ticket_domain(partners), ["currency_id", "date_due", "amount_due"]
            )
            rows = [
                {
                    "currency_id": ticket.currency_id.id,
                    "is_overdue": self._is_overdue(ticket.date_due),
                    "on_invoices": ticket.amount_due - alone.get(ticket.id, 0.0),
                }
                for ticket in tickets
            ]
        for total in section["totals"]:
            currency = self.env["res.currency"].browse(total["currency_id"])
            own = [row for row in rows if row["currency_id"] == currency.id]
            late = [row for row in own if row["is_overdue"]]
            if amount := currency.round(sum(row["on_invoices"] for row in own)):
                total["on_invoices"] = amount
                total["open"] = currency.round(total["open"] - amount)
                held = sum(row["on_invoices"] for row in late)
                total["overdue"] = currency.round(total["overdue"] - held)

    @api.model
    def _sum_balance(self, items_sudo):
        """What is left to pay by currency, of what the reader may read of the account."""
        Item = self.env["invoice.receivable.item"]
        if not Item.has_access("read"):
            return []
        rules = self.env["ir.rule"]._compute_domain(Item._name, "read")
        items_sudo = items_sudo.filtered_domain(rules) if rules else items_sudo
        balance = []
        for currency, own in items_sudo.grouped("currency_id").items():
            is_credit = own.filtered(lambda i: i.amount_due_currency < 0 or i.kind == "used")
            owed = currency.round(sum((own - is_credit).mapped("amount_due_currency")))
            on_account = currency.round(-sum(is_credit.mapped("amount_due_currency")))
            if owed or on_account:
                balance.append(
                    {
                        "currency_id": currency.id,
                        "owed": owed,
                        "on_account": on_account,
                        "open": currency.round(owed - on_account),
                    }
                )
        return balance
