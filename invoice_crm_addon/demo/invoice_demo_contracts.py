from datetime import timedelta

from odoo import models
from odoo.fields import Command

from .tables import CONTRACTS


class InvoiceDemo(models.AbstractModel):
    """Contracts, two of them from confirmed sale orders, in every state."""

    _inherit = "invoice.demo"

    def _make_contracts(self):
        for row in CONTRACTS:
            contract = self._make_contract(row)
            if row.target != "draft":
                self._submit_contract(row, contract)

    def _make_contract(self, row):
        customer = self._ref(f"customer_{row.customer}")
        user = self._ref(f"user_{row.user}") if row.user else customer.user_id
        values = self._prepare_contract_values(row)
        if row.order:
            order = self._make_sale_order(row, customer, user)
            order.action_create_invoice_contract()
            contract = order.invoice_contract_id
            contract.write(values)
        else:
            Contract = self._as(user, self.env["invoice.contract"], row.age)
            contract = Contract.create(
                {
                    **values,
                    "name": row.name,
                    "partner_id": customer.id,
                    "amount_total": row.amount,
                }
            )
        return self._adopt(f"demo_contract_{row.key}", contract, self._moment(row.age, 5))

    def _prepare_contract_values(self, row):
        signed = self._day(row.age)
        return {
            "date_signed": signed,
            "date_start": signed,
            "date_end": signed + timedelta(days=row.days),
            "milestone_ids": [
                Command.create(
                    {
                        "kind": kind,
                        "name": name,
                        "date_due": signed + timedelta(days=days),
                        "amount": amount,
                    }
                )
                for kind, name, days, amount in row.milestones
            ],
        }

    def _make_sale_order(self, row, customer, user):
        """The confirmed order behind a contract, as the salesperson sees it."""
        order = self._as(user, self.env["sale.order"], row.age).create(
            {
                "partner_id": customer.id,
                "client_order_ref": row.name,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self._ref(f"demo_product_{product}").id,
                            "product_uom_qty": quantity,
                            "price_unit": price,
                        }
                    )
                    for product, quantity, price in row.order
                ],
            }
        )
        order.action_confirm()
        moment = self._moment(row.age, 0)
        self._adopt(f"demo_order_{row.key}", order, moment).date_order = moment
        return order

    def _submit_contract(self, row, contract):
        self._do(contract.user_id, contract, self._moment(row.age, 30), lambda c: c.action_submit())
        decided_on = self._moment(row.age, 60, days=1)
        if row.target == "rejected":
            self._reject("approver", contract, decided_on, row.comment)
        elif row.target != "pending":
            self._approve("approver", contract, decided_on, row.comment)

    def _end_contracts(self):
        """Owners close what is done, and cancel what was given up."""
        for row in CONTRACTS:
            contract = self._ref(f"demo_contract_{row.key}")
            if row.target == "closed":
                ended_on = self._moment(12, 300)
                self._do(contract.user_id, contract, ended_on, lambda c: c.action_close())
            elif row.target == "cancelled":
                ended_on = self._moment(149, 300)
                self._do(contract.user_id, contract, ended_on, lambda c: c.action_cancel())
