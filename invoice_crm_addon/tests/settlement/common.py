from odoo.fields import Command

from ..common import GROUP
from ..ledger.common import LedgerCommon


class SettlementCommon(LedgerCommon):
    """``cashier`` is finance that keeps the books, ``seller`` sells in the sales app, too."""

    ROLES = {
        **LedgerCommon.ROLES,
        "cashier": [GROUP("finance"), "account.group_account_invoice"],
        "seller": [GROUP("user"), "sales_team.group_sale_salesman"],
        "seller2": [GROUP("user"), "sales_team.group_sale_salesman"],
    }
    MEMBERS = {**LedgerCommon.MEMBERS, "seller": "A", "seller2": "B"}

    def _get_page(self, user=None, partner=None):
        Settlement = self.env["invoice.settlement"].with_user(user or self.cashier)
        page = Settlement.get_page((partner or self.customer).id)
        return {section["kind"]: section for section in page["sections"]}, page

    def _get_items(self, *invoices):
        items = self.env["account.move"].union(*invoices).line_ids
        return items.filtered(lambda line: line.account_type == "asset_receivable")

    def _settle(self, method, *args, user=None):
        settlement = self.env["invoice.settlement"].with_user(user or self.cashier)
        return getattr(settlement, method)(self.customer.id, *args)

    @classmethod
    def _create_terms(cls, *percents):
        """Payment terms in instalments, each 30 days after the one before."""
        return cls.env["account.payment.term"].create(
            {
                "name": "Instalments",
                "company_id": cls.company.id,
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": percent, "nb_days": 30 * index}
                    )
                    for index, percent in enumerate(percents)
                ],
            }
        )

    @classmethod
    def _create_invoice_of_contract(cls, contract, price=1000.0):
        order = cls._create_order(price=price, invoice_contract_id=contract.id)
        return cls._invoice(order)
