from datetime import timedelta

from odoo.fields import Command

from .builder import Builder
from .tables import CONTRACTS


class Contracts(Builder):
    """Contracts, two of them from confirmed sale orders, in every state."""

    def make_contracts(self):
        for row in CONTRACTS:
            contract = self._make_contract(row)
            if row.target != "draft":
                self._submit_contract(row, contract)

    def _make_contract(self, row):
        customer = self.ref(f"customer_{row.customer}")
        user = self.ref(f"user_{row.user}") if row.user else customer.user_id
        values = self._prepare_contract_values(row)
        if row.order:
            order = self._make_sale_order(row, customer, user)
            order.action_create_invoice_contract()
            contract = order.invoice_contract_id
            contract.write(values)
        else:
            Contract = self.as_user(user, self.env["invoice.contract"], row.age)
            contract = Contract.create(
                {
                    **values,
                    "name": row.name,
                    "partner_id": customer.id,
                    "amount_total": row.amount,
                }
            )
        return self.adopt(f"demo_contract_{row.key}", contract, self.moment(row.age, 5))

    def _prepare_contract_values(self, row):
        signed = self.day(row.age)
        return {
            "date_signed": signed,
            "billing_output": row.output,
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
            "billing_rule_ids": [
                Command.create(
                    {
                        "name": name,
                        "interval_months": months,
                        "timing": timing,
                        "date_start": signed,
                        "amount": amount,
                    }
                )
                for name, months, timing, amount in row.recurring
            ],
        }

    def _make_sale_order(self, row, customer, user):
        """The confirmed order behind a contract, as the salesperson sees it."""
        order = self.as_user(user, self.env["sale.order"], row.age).create(
            {
                "partner_id": customer.id,
                "client_order_ref": row.name,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.ref(f"demo_product_{product}").id,
                            "product_uom_qty": quantity,
                            "price_unit": price,
                        }
                    )
                    for product, quantity, price in row.order
                ],
            }
        )
        order.action_confirm()
        moment = self.moment(row.age, 0)
        self.adopt(f"demo_order_{row.key}", order, moment).date_order = moment
        return order

    def _submit_contract(self, row, contract):
        self.do(contract.user_id, contract, self.moment(row.age, 30), lambda c: c.action_submit())
        decided_on = self.moment(row.age, 60, days=1)
        if row.target == "rejected":
            self.reject("approver", contract, decided_on, row.comment)
        elif row.target != "pending":
            self.approve("approver", contract, decided_on, row.comment)

    def end_contracts(self):
        """Owners close what is done, and cancel what was given up."""
        for row in CONTRACTS:
            contract = self.ref(f"demo_contract_{row.key}")
            if row.target == "closed":
                ended_on = self.moment(12, 300)
                self.do(contract.user_id, contract, ended_on, lambda c: c.action_close())
            elif row.target == "cancelled":
                ended_on = self.moment(149, 300)
                self.do(contract.user_id, contract, ended_on, lambda c: c.action_cancel())
