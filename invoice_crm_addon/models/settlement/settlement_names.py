from odoo import models
from odoo.tools import SQL


class InvoiceSettlement(models.AbstractModel):
    """What rows of the page are called: instalments, contracts and receipts, all rows at once."""

    _inherit = "invoice.settlement"

    def _get_instalments(self, items):
        """Which of how many instalments each item is, where its invoice has several."""
        siblings = self.env["account.move.line"].search_fetch(
            [("move_id", "in", items.move_id.ids), ("display_type", "=", "payment_term")],
            ["move_id"],
            order="date_maturity, id",
        )
        places = {}
        for lines in siblings.grouped("move_id").values():
            for index, line in enumerate(lines, start=1):
                if len(lines) > 1:
                    places[line.id] = self.env._(
                        "Instalment %(number)s of %(count)s", number=index, count=len(lines)
                    )
        return places

    def _get_contracts_of_invoices(self, moves):
        """Contract of each invoice: of the orders that it bills, the first one of several; else
        its own.
        """
        if not moves:
            return {}
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT move.id, contract.id
                      FROM account_move move
                CROSS JOIN LATERAL (SELECT %s AS id) contract
                     WHERE move.id IN %s AND contract.id IS NOT NULL
                    """,
                    moves._get_billed_contract_sql("move"),
                    tuple(moves.ids),
                )
            )
        )

    def _name_contracts(self, rows):
        """Name the contracts of rows, as far as the user may read them."""
        Contract = self.env["invoice.contract"]
        ids = {row["contract_id"] for row in rows if row["contract_id"]}
        names = {}
        if ids and Contract.has_access("read"):
            # Archived ones are named, too.
            Contract = Contract.with_context(active_test=False)
            contracts = Contract.search_fetch([("id", "in", ids)], ["display_name"], order="id")
            names = {contract.id: contract.display_name for contract in contracts}
        for row in rows:
            row["contract"] = names.get(row["contract_id"], "")
            row["contract_id"] = row["contract_id"] in names and row["contract_id"]

    def _name_receipts(self, rows, receipts):
        """Name the receipts of payments, as far as the user may read them."""
        Ticket = self.env["invoice.ticket"]
        of_payment = {payment.id: found[:1].id for payment, found in receipts.items()}
        readable = Ticket.browse(filter(None, of_payment.values()))._filtered_access("read")
        names = {receipt.id: receipt.name for receipt in readable}
        for row in rows:
            receipt_id = of_payment[row["id"]]
            row["receipt_id"] = receipt_id in names and receipt_id
            row["receipt"] = names.get(receipt_id, "")
