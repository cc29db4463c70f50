from odoo import models
from odoo.tools import SQL


class InvoiceSettlement(models.AbstractModel):
    """What rows of the page are called: instalments, contracts and receipts, all rows at once."""

    _inherit = "invoice.settlement"

    def _describe_invoices(self, moves):
        """Contract of each invoice, and which of how many instalments its items are.

        :return: ids of contracts by id of the invoice: of the orders that it bills, the first one
            of several; else its own; and names of items by id, where there are several of one
        :rtype: tuple[dict, dict]
        """
        contracts, places = {}, {}
        if not moves:
            return contracts, places
        item = self.env["account.move.line"]._fields
        rows = self.env.execute_query(
            SQL(
                """
                SELECT move.id, %(contract)s, ARRAY(
                           SELECT item.id
                             FROM account_move_line AS item
                            WHERE %(move)s = move.id AND %(kind)s = 'payment_term'
                            ORDER BY %(due)s, item.id)
                  FROM account_move AS move
                 WHERE move.id IN %(moves)s
                """,
                contract=moves._get_billed_contract_sql("move"),
                move=SQL.identifier("item", "move_id", to_flush=item["move_id"]),
                kind=SQL.identifier("item", "display_type", to_flush=item["display_type"]),
                due=SQL.identifier("item", "date_maturity", to_flush=item["date_maturity"]),
                moves=tuple(moves.ids),
            )
        )
        for move_id, contract_id, item_ids in rows:
            if contract_id:
                contracts[move_id] = contract_id
            for number, item_id in enumerate(item_ids if len(item_ids) > 1 else (), start=1):
                places[item_id] = self.env._(
                    "Instalment %(number)s of %(count)s", number=number, count=len(item_ids)
                )
        return contracts, places

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
