from contextlib import contextmanager

from odoo import api, fields, models
from odoo.tools import SQL

from ..base.proof import proven
from .chain import lay_paths
from .chain_loader import Chain
from .chain_nodes import KINDS, LEVELS
from .chain_paid import pay_paths
from .chain_steps import COLUMNS

PAID = ("amount_paid", "paid_contract")
# What waits in this transaction to be laid anew, where it is done once for several changes.
WAITING = "invoice_ticket_path_waiting"
# What a path takes of each record, in the currency of that record.
AMOUNTS = {kind: f"amount_{kind}" for kind in KINDS}


class _Waiting:
    """What is noted to be laid, and how much of it was laid on the way.

    It stands in the cache of the cursor, which is emptied when a savepoint is rolled back or the
    transaction is committed; whoever began the noting keeps it, so that nothing of it is lost.
    """

    def __init__(self):
        self.noted, self.laid = [], 0

    def take(self):
        """:return: recordsets that were not laid since they were noted; from now on they are"""
        seeds = self.noted[self.laid :]
        self.laid = len(self.noted)
        return seeds


class InvoiceTicketPath(models.Model):
    """What a ticket takes, and the way of that money: payment, invoice, order, contract.

    The one source of what is ticketed, on its way and free. Rows are derived, never typed in:
    whenever a ticket, something that it documents, or what ties those together changes, the
    paths of everything connected are laid anew; see ``chain``. A ticket that is voided, reset or
    wholly red-lettered has none; a red letter shortens the paths of its original.
    """

    _name = "invoice.ticket.path"
    _description = "What a Ticket Takes"
    _order = "ticket_id, id"
    _log_access = False

    ticket_id = fields.Many2one("invoice.ticket", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="ticket_id.company_id", store=True)
    payment_id = fields.Many2one("account.payment", index="btree_not_null", ondelete="cascade")
    move_id = fields.Many2one(
        "account.move", string="Customer Invoice", index="btree_not_null", ondelete="cascade"
    )
    sale_order_id = fields.Many2one("sale.order", index="btree_not_null", ondelete="cascade")
    contract_id = fields.Many2one("invoice.contract", index="btree_not_null", ondelete="cascade")
    is_issued = fields.Boolean(string="Issued", help="The ticket is issued; else it is on its way.")
    anchor = fields.Selection(
        selection=[
            ("payment", "Payment"),
            ("move", "Customer Invoice"),
            ("order", "Sales Order"),
            ("contract", "Contract"),
        ],
        string="Named",
        required=True,
        help="Finest document that the ticket names. Finer ones are those that it covers as long "
        "as no other ticket names them.",
    )
    # In the currency of the ticket, and in that of each document; tax included.
    amount = fields.Float(digits=0)
    amount_payment = fields.Float(string="Of the Payment", digits=0)
    amount_move = fields.Float(string="Of the Invoice", digits=0)
    amount_order = fields.Float(string="Of the Order", digits=0)
    amount_contract = fields.Float(string="Of the Contract", digits=0)
    amount_paid = fields.Float(
        string="Paid",
        digits=0,
        help="What the customer has paid of it, as the books say, in the currency of the ticket.",
    )
    paid_contract = fields.Float(
        string="Paid of the Contract", digits=0, help="The same in the contract's currency."
    )

    # The first tickets of a contract, which may have very many.
    _contract_ticket_idx = models.Index("(contract_id, ticket_id) WHERE contract_id IS NOT NULL")

    # === SETTLE === #

    @api.model
    def _settle(self, *seeds):
        """Lay the paths anew of all that is connected with some records, and keep the figures.

        :param seeds: recordsets of tickets, contracts, sales orders, invoices or payments
        :return: by model, the records of which tickets take more than before, and too much
        :rtype: dict[str, recordset]
        """
        if waiting := self.env.cr.cache.get(WAITING):
            seeds = [*seeds, *waiting.take()]
        self.env.flush_all()
        # sudo: paths are laid through what others hold; only figures come of it
        chain = Chain(self.sudo().env, seeds)
        paths = lay_paths(chain.claims)
        pay_paths(paths)
        proven(self)._keep(chain, paths)
        worse = {}
        for kind, records in chain.records.items():
            nodes = {record: chain.nodes[kind, record.id] for record in records}
            worse[records._name] = records._keep_ticketing_figures(nodes, bool(paths))
        return worse

    @api.model
    @contextmanager
    def _settled_once(self):
        """Within, changes of invoices and payments are noted, and their paths laid once at the end.

        A payment that is made, posted and reconciled would have them laid with each step. What is
        checked against the paths meanwhile, such as a ticket that names the payment, has them laid
        before, with all that was noted.
        """
        cache = self.env.cr.cache
        if WAITING in cache:
            yield
            return
        waiting = cache[WAITING] = _Waiting()
        try:
            yield
            if cache.pop(WAITING, None) is not waiting:
                # A savepoint was rolled back, perhaps with paths that were laid inside of it.
                waiting.laid = 0
            if seeds := waiting.take():
                self._settle(*seeds)
        finally:
            cache.pop(WAITING, None)

    @api.model
    def _settle_or_note(self, *seeds):
        """Lay the paths anew of what nothing is refused for; see ``_settled_once``."""
        waiting = self.env.cr.cache.get(WAITING)
        if waiting is None:
            self._settle(*seeds)
        else:
            waiting.noted.extend(seeds)

    def _keep(self, chain, paths):
        """Write the rows that differ from what is stored."""
        amounts, stored = ["amount", *PAID, *AMOUNTS.values()], chain.paths.with_env(self.env)
        rows = {row._get_key(): row for row in stored}
        values = {}
        for path in paths:
            vals = self._prepare_values(path)
            key = tuple(vals[fname] for fname in self._get_key_fields())
            if key in values:
                for fname in amounts:
                    values[key][fname] = round(values[key][fname] + vals[fname], 6)
            else:
                values[key] = vals
        gone = stored.filtered(lambda row: row._get_key() not in values)
        contracts = gone.filtered("amount_paid").contract_id
        gone._delete_rows()
        for key, vals in values.items():
            if row := rows.get(key):
                if changed := {f: vals[f] for f in amounts if abs(row[f] - vals[f]) > 1e-6}:
                    row.write(changed)
                    if "amount_paid" in changed:
                        contracts |= row.contract_id
        new = self.create([vals for key, vals in values.items() if key not in rows])
        # What belongs to a contract by its tickets only came in for it with them.
        (contracts | new.filtered("amount_paid").contract_id)._refresh_received()

    def _delete_rows(self):
        """Delete paths. No file, activity, default or row of another table hangs on them.

        Core would look for all of these, and forget everything that it knows of any record.
        """
        if not self:
            return
        with self.env.protecting(self._fields.values(), self):
            self.modified(self._fields, before=True)
        table = SQL.identifier(self._table)
        self.env.cr.execute(SQL("DELETE FROM %s WHERE id = ANY(%s)", table, self.ids))
        # What held them does without them; invalidated as usual, all of it would be read anew.
        for field in self._fields.values():
            if field.type == "many2one":
                field._remove_inverses(self, None)
            field._invalidate_cache(self.env, self.ids)

    @api.model
    def _get_key_fields(self):
        return ["ticket_id", "is_issued", "anchor", *COLUMNS.values()]

    def _get_key(self):
        return tuple(
            self._fields[fname].convert_to_write(self[fname], self)
            for fname in self._get_key_fields()
        )

    @api.model
    def _prepare_values(self, path):
        return {
            "ticket_id": path.claim.ticket,
            "is_issued": path.claim.is_issued,
            "anchor": path.anchor,
            **{
                column: path.nodes[kind].id if kind in path.nodes else False
                for kind, column in COLUMNS.items()
            },
            "amount": round(float(path.amount), path.claim.digits),
            # Not rounded: the parts of a ticket that is paid come to its total.
            "amount_paid": round(float(path.paid), 6),
            "paid_contract": round(float(path.get_paid("contract")), 6),
            **{fname: float(path.amounts.get(kind, 0)) for kind, fname in AMOUNTS.items()},
        }

    # === READ === #

    @api.model
    def _get_some_tickets(self, domain, limit=None, newest=False):
        """Tickets of which some path is as the domain says, in the caller's mode.

        :param int limit: how many at most
        :param bool newest: whether these come first, else the oldest ones
        """
        query = self._search(domain)
        if query.is_empty():
            return self.ticket_id
        ticket = SQL.identifier(query.table, "ticket_id")
        rows = self.env.execute_query(
            SQL(
                "%s ORDER BY %s %s LIMIT %s",
                query.select(SQL("DISTINCT %s", ticket)),
                ticket,
                SQL("DESC" if newest else "ASC"),
                limit,
            )
        )
        return self.env["invoice.ticket"].browse(row for (row,) in rows)

    def _get_firm_records(self):
        """What the tickets named, and everything coarser: what they must not take too much of.

        :return: pairs of a ticket and a record
        :rtype: list[tuple]
        """
        return list(
            dict.fromkeys(
                (path.ticket_id, record)
                for path in self
                for kind in KINDS[LEVELS[path.anchor] :]
                if (record := path[COLUMNS[kind]])
            )
        )
