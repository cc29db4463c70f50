from datetime import timedelta

from odoo.fields import Command

from ..models.base.proof import proven
from .builder import Builder
from .tables import (
    CONTRACT_PAYMENTS,
    CONTRACTS,
    PRODUCTS,
    TAX_RATES,
    TICKETS,
    TYPE_TAX_RATES,
)


class Accounting(Builder):
    """The books of the demo company: chart of accounts, taxes, customer invoices, payments."""

    # === SETTINGS === #

    def set_up(self):
        """Give the demo company a chart of accounts, in yuan, with the Chinese sale taxes.

        The Chinese chart is taken where its module is installed, else the generic one, which
        is American: its currency, country and taxes are set right.
        """
        company = self.ref("demo_company")
        if company.chart_template:
            return
        module = self.env["ir.module.module"]._get("l10n_cn")
        template = "cn" if module.state == "installed" else "generic_coa"
        # try_loading asks for a finished registry; here all that the chart needs is loaded.
        self.env["account.chart.template"]._load(template, company, install_demo=False)
        china = self.env.ref("base.cn")
        company.write({"currency_id": china.currency_id.id, "account_fiscal_country_id": china.id})
        self._archive_foreign_taxes(company)
        company.account_sale_tax_id = self._make_taxes(company)[13]

    def _archive_foreign_taxes(self, company):
        """Put away the taxes, and what maps them, of a chart made for another country."""
        in_company = [("company_id", "=", company.id)]
        foreign = self.env["account.tax"].search(
            [*in_company, ("country_id", "!=", company.account_fiscal_country_id.id)]
        )
        if not foreign:
            return
        self.env["account.fiscal.position"].search(in_company).action_archive()
        accounts = self.env["account.account"].with_company(company)
        accounts.search([("tax_ids", "in", foreign.ids)]).tax_ids = [Command.clear()]
        company.write({"account_sale_tax_id": False, "account_purchase_tax_id": False})
        foreign.action_archive()

    def _make_taxes(self, company):
        """Sale taxes by rate, prices without tax; the chart's own ones where it has them."""
        Tax = self.env["account.tax"].with_company(company).with_context(active_test=False)
        sale_taxes = Tax.search(
            [
                ("company_id", "=", company.id),
                ("type_tax_use", "=", "sale"),
                ("amount_type", "=", "percent"),
            ]
        )
        taxes = {int(tax.amount): tax for tax in sale_taxes.filtered("active").sorted(reverse=True)}
        for rate in TAX_RATES:
            if rate not in taxes:
                # A copy keeps the accounts that the chart posts tax to.
                taxes[rate] = sale_taxes[:1].copy(self._prepare_tax_values(company, rate))
        return taxes

    def _prepare_tax_values(self, company, rate):
        country = company.account_fiscal_country_id
        group = self.env["account.tax.group"].create(
            {"name": f"增值税 {rate}%", "company_id": company.id, "country_id": country.id}
        )
        return {
            "name": f"{rate}%",
            "description": f"销项增值税 {rate}%",
            "invoice_label": f"{rate}%",
            "amount": rate,
            "type_tax_use": "sale",
            "price_include_override": "tax_excluded",
            "country_id": country.id,
            "tax_group_id": group.id,
            "fiscal_position_ids": [Command.clear()],
            "active": True,
            "sequence": 10 + TAX_RATES.index(rate),
        }

    def _get_tax(self, rate):
        company = self.ref("demo_company")
        return self.env["account.tax"].search(
            [
                ("company_id", "=", company.id),
                ("type_tax_use", "=", "sale"),
                ("amount_type", "=", "percent"),
                ("amount", "=", rate),
            ],
            limit=1,
        )

    def tax_products(self):
        """Tax the products of the demo company."""
        for key, product in PRODUCTS.items():
            tax = self._get_tax(product.rate)
            self.ref(f"demo_product_{key}").taxes_id = [Command.set(tax.ids)]

    def tax_ticket_types(self):
        """Default taxes of the ticket types in the demo company."""
        company = self.ref("demo_company")
        for key, rate in TYPE_TAX_RATES.items():
            ticket_type = self.ref(f"ticket_type_{key}").with_company(company)
            ticket_type.default_tax_id = self._get_tax(rate)

    # === INVOICES AND PAYMENTS === #

    def make_collections(self):
        """Finance writes customer invoices and payments, and reconciles the tickets."""
        rows = [row for first in TICKETS for row in (first, first.reissue) if row]
        rows = [row for row in rows if row.invoiced]
        moves = self._make_invoices(rows)
        self._allocate_invoices(rows, moves)
        self._pay_invoices(rows, moves)
        self._pay_receipts()
        self._pay_contracts()
        self._bill_contracts()

    def _bill_contracts(self):
        """Plans of contracts without an order invoice what is over; the first one is paid."""
        for row in CONTRACTS:
            if row.output != "invoice":
                continue
            contract = self.ref(f"demo_contract_{row.key}")
            proven(contract).billing_tax_id = self._get_tax(6)
            due = contract.planned_bill_ids.filtered(lambda bill: bill.date < self.day(0))
            for bill in due.sorted("date"):
                bill._make(contract.user_id, "draft")
                move = proven(bill).move_id
                move.write({"invoice_date": bill.date, "invoice_payment_term_id": False})
                move.action_post()
            self._pay_first(proven(due.sorted("date")[:1]).move_id)

    def _pay_first(self, move):
        [payment] = self._make_payments(
            [
                {
                    "partner_id": move.partner_id.id,
                    "amount": move.amount_total,
                    "date": min(move.invoice_date + timedelta(days=12), self.day(0)),
                    "memo": f"{move.name} 坐席租金",
                }
            ]
        )
        items = (move.with_env(payment.env) | payment.move_id).line_ids
        items.filtered(lambda item: item.account_type == "asset_receivable").reconcile()

    def _make_invoices(self, rows):
        """Post a customer invoice behind each ticket.

        :rtype: list of account.move, one for each row
        """
        values = [self._prepare_invoice_values(self.get_ticket(row.key)) for row in rows]
        moves = self.as_user("finance", self.env["account.move"]).create(values)
        moves.action_post()
        return moves

    def _prepare_invoice_values(self, ticket):
        return {
            "move_type": "out_invoice",
            "partner_id": ticket.partner_id.id,
            "invoice_date": ticket.issue_date,
            "invoice_date_due": ticket.date_due or ticket.issue_date,
            "invoice_payment_term_id": False,
            "invoice_user_id": ticket.user_id.id,
            "ref": ticket.fapiao_number,
            "invoice_line_ids": [
                Command.create(self._prepare_invoice_line_values(line)) for line in ticket.line_ids
            ],
        }

    def _prepare_invoice_line_values(self, line):
        """One unit for the whole line, so that both documents agree to the cent."""
        contract = line.ticket_id.contract_id
        order_line = contract.sale_order_ids.order_line.filtered(
            lambda ol: ol.product_id == line.product_id and ol.price_unit == line.amount_untaxed
        )[:1]
        return {
            "product_id": line.product_id.id,
            "name": " ".join(filter(None, [line.name, line.specification])),
            "quantity": 1,
            "price_unit": line.amount_untaxed,
            "tax_ids": [Command.set(line.tax_id.ids)],
            "sale_line_ids": [Command.set(order_line.ids)],
        }

    def _allocate_invoices(self, rows, moves):
        self.as_user("finance", self.env["invoice.ticket.allocation"]).create(
            [
                {
                    "ticket_id": self.get_ticket(row.key).id,
                    "move_id": move.id,
                    "amount": move.amount_total,
                }
                for row, move in zip(rows, moves, strict=True)
            ]
        )

    def _pay_invoices(self, rows, moves):
        paid = [(row, move) for row, move in zip(rows, moves, strict=True) if row.paid]
        payments = self._make_payments(
            [
                {
                    "partner_id": move.partner_id.id,
                    "amount": row.paid,
                    "date": self.day(max(row.age - 25, 2)),
                    "memo": f"{move.name} 货款",
                    "invoice_contract_id": self.get_ticket(row.key).contract_id.id,
                }
                for row, move in paid
            ]
        )
        receivable = (moves | payments.move_id).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        pairs = zip((move for _row, move in paid), payments, strict=True)
        receivable._reconcile_plan(
            [
                receivable.filtered(lambda line, both=move | payment.move_id: line.move_id in both)
                for move, payment in pairs
            ]
        )

    def _pay_receipts(self):
        """Receipts document a payment, without an invoice."""
        rows = [row for row in TICKETS if row.paid and not row.invoiced]
        payments = self._make_payments(
            [
                {
                    "partner_id": self.ref(f"customer_{row.customer}").id,
                    "amount": row.paid,
                    "date": self.day(row.age),
                    "memo": row.content,
                }
                for row in rows
            ]
        )
        self.as_user("finance", self.env["invoice.ticket.allocation"]).create(
            [
                {
                    "ticket_id": self.get_ticket(row.key).id,
                    "payment_id": payment.id,
                    "amount": payment.amount,
                }
                for row, payment in zip(rows, payments, strict=True)
            ]
        )

    def _pay_contracts(self):
        """Advance payments that no ticket documents yet, and a refund."""
        self._make_payments(
            [
                {
                    "partner_id": contract.partner_id.id,
                    "amount": abs(amount),
                    "payment_type": "inbound" if amount > 0 else "outbound",
                    "date": self.day(age),
                    "memo": memo,
                    "invoice_contract_id": contract.id,
                }
                for key, age, amount, memo in CONTRACT_PAYMENTS
                for contract in self.ref(f"demo_contract_{key}")
            ]
        )

    def _make_payments(self, vals_list):
        """Post payments of customers to the bank."""
        Payment = self.as_user("finance", self.env["account.payment"])
        journal = Payment.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.ref("demo_company").id)], limit=1
        )
        defaults = {
            "payment_type": "inbound",
            "partner_type": "customer",
            "journal_id": journal.id,
        }
        payments = Payment.create([defaults | vals for vals in vals_list])
        payments.action_post()
        return payments
