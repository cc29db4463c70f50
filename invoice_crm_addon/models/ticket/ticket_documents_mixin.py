import re

from odoo import api, fields, models
from odoo.fields import NO_ACCESS, Domain
from odoo.tools import SQL

from .ticket_ledger_mixin import NAMES


class InvoiceTicketDocumentsMixin(models.AbstractModel):
    """The tickets of what is documented: which they are, and how many."""

    _name = "invoice.ticket.documents.mixin"
    _description = "Document That Is Found by What It Documents"

    # What a contract counts and lists: the one that the ticket names, else that of the money that
    # it takes. PostgreSQL looks through all tickets for what is named here or found by a path,
    # however few it is.
    ledger_contract_id = fields.Many2one(
        "invoice.contract",
        compute="_compute_ledger_contract_id",
        store=True,
        groups=NO_ACCESS,
        export_string_translation=False,
    )
    # The one that it left, while that change waits for approval: what it holds is held there yet.
    held_contract_id = fields.Many2one(
        "invoice.contract",
        compute="_compute_ledger_contract_id",
        store=True,
        index="btree_not_null",
        groups=NO_ACCESS,
        export_string_translation=False,
    )
    # It takes of the contract of the ledger in another currency.
    is_foreign_to_contract = fields.Boolean(
        compute="_compute_ledger_contract_id",
        store=True,
        groups=NO_ACCESS,
        export_string_translation=False,
    )
    # Finds the tickets of what they document, see ``_get_document_domain``.
    document_key = fields.Char(
        store=False,
        search="_search_document_key",
        exportable=False,
        export_string_translation=False,
    )

    _ledger_contract_idx = models.Index(
        "(ledger_contract_id, id DESC) INCLUDE (company_id, active) "
        "WHERE ledger_contract_id IS NOT NULL"
    )
    _foreign_idx = models.Index(
        "(ledger_contract_id, currency_id) WHERE is_foreign_to_contract IS TRUE"
    )

    # === COMPUTE METHODS === #

    @api.depends("contract_id", "currency_id", "path_ids.contract_id")
    def _compute_ledger_contract_id(self):
        for ticket in self:
            taken = ticket.path_ids.contract_id
            contract = ticket.contract_id or taken[:1]
            ticket.ledger_contract_id = contract
            ticket.held_contract_id = (taken - contract)[:1]
            ticket.is_foreign_to_contract = (
                contract in taken and contract.currency_id != ticket.currency_id
            )

    # === READ === #

    @api.model
    def _get_document_domain(self, column, ids):
        """Domain of the tickets that name records, or take a part of them.

        A client may keep it: it says which records, not which tickets.

        :param str column: field of the paths that names them
        """
        return Domain("document_key", "in", [f"{column},{record_id}" for record_id in ids])

    @api.model
    def _search_document_key(self, operator, value):
        if operator != "in":
            return NotImplemented
        found = Domain.FALSE
        for key in value:
            column, _comma, number = str(key).partition(",")
            # More digits than nine are no id.
            if column in NAMES and re.fullmatch("[0-9]{1,9}", number):
                found |= self._get_documented_domain(column, (int(number),))
        return found

    @api.model
    def _get_documented_domain(self, column, ids):
        """The same in SQL, found by indexes, the newest first where there are many."""
        if column == "contract_id":
            # Few, and looked up before: an index on either of two columns is used for neither.
            # sudo: the caller searches among what they may read
            Ticket_sudo = self.sudo().with_context(active_test=False)
            held = Ticket_sudo._search(self._get_column_domain("held_contract_id", ids))
            found = self._get_column_domain("ledger_contract_id", ids)
            return found | Domain("id", "in", held.get_result_ids())
        documented = SQL(
            "SELECT ticket FROM (%s) AS documented", self._get_documented_sql(column, ids)
        )
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s IN (%s)", SQL.identifier(alias, "id"), documented
            )
        )

    @api.model
    def _get_column_domain(self, fname, ids):
        """In SQL: callers may not read the field."""
        field = self._fields[fname]
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s IN %s", SQL.identifier(alias, field.name, to_flush=field), ids
            )
        )

    @api.model
    def _get_documented_sql(self, column, ids):
        """Records and the tickets that name them or take a part of them, each pair once."""
        self.env["invoice.ticket.path"].flush_model()
        self.env["invoice.ticket.allocation"].flush_model()
        is_own = column in self._fields
        if is_own:
            self.flush_model([column])
        return SQL(
            """
            SELECT %(column)s AS document, %(ticket)s AS ticket FROM %(table)s
             WHERE %(column)s IN %(ids)s
             UNION
            SELECT %(column)s, ticket_id FROM invoice_ticket_path WHERE %(column)s IN %(ids)s
            """,
            column=SQL.identifier(column),
            ticket=SQL.identifier("id" if is_own else "ticket_id"),
            table=SQL.identifier("invoice_ticket" if is_own else "invoice_ticket_allocation"),
            ids=tuple(ids),
        )

    @api.model
    def _count_by_document(self, column, records):
        """Number of tickets that name each record or take a part of it, of those one may read.

        :rtype: dict
        """
        if not records.ids:
            return {}
        if column == "contract_id":
            counts = []
            for fname in ("ledger_contract_id", "held_contract_id"):
                query = self._search(self._get_column_domain(fname, tuple(records.ids)))
                contract = SQL.identifier(query.table, fname)
                counts.append(SQL("%s GROUP BY 1", query.select(contract, SQL("COUNT(*)"))))
            rows = self.env.execute_query(
                SQL(
                    "SELECT document, SUM(number)::int FROM (%s) AS documented(document, number) "
                    "GROUP BY document",
                    SQL(" UNION ALL ").join(counts),
                )
            )
        else:
            rows = self.env.execute_query(
                SQL(
                    "SELECT document, COUNT(*) FROM (%s) AS documented "
                    "WHERE ticket IN %s GROUP BY document",
                    self._get_documented_sql(column, records.ids),
                    self._search([]).subselect(),
                )
            )
        return {records.browse(document): count for document, count in rows}
