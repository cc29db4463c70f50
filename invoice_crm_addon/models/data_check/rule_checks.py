from odoo import api, models
from odoo.tools import SQL

from .check_tools import data_check, make_detail, say_amount, say_record

# Amounts of money are stored to the cent; less than a half of it is no difference.
CENT = SQL("0.005")
FIGURES = {
    "invoice.contract": "contract_id",
    "sale.order": "sale_order_id",
    "account.move": "move_id",
    "account.payment": "payment_id",
}
AMOUNTS = {
    "invoice.contract": "amount_contract",
    "sale.order": "amount_order",
    "account.move": "amount_move",
    "account.payment": "amount_payment",
}


class InvoiceChecksRules(models.AbstractModel):
    """Rules that never break, looked at in the rows: whatever wrote them went around the actions.

    Most can be broken by a script, a restored table or a fault of the program only. They cost one
    query each.
    """

    _name = "invoice.checks.rules"
    _description = "Checks of Rules"

    # === STATES === #

    @api.model
    @data_check
    def _find_issued_without_proof(self, scope):
        """Issued, and nobody says when, by whom, or with what number."""
        return SQL(
            """
            SELECT ticket.id AS res_id, %(detail)s AS detail
              FROM invoice_ticket AS ticket
              JOIN invoice_ticket_type AS kind ON kind.id = ticket.type_id
             WHERE ticket.company_id = %(company)s AND ticket.state = 'issued'
               AND (ticket.issue_date IS NULL OR ticket.issue_user_id IS NULL
                    OR (kind.is_fapiao AND ticket.fapiao_number IS NULL))
            """,
            detail=make_detail(),
            company=scope.company.id,
        )

    @api.model
    @data_check
    def _find_voided_without_reason(self, scope):
        """Voided without an entry in the register."""
        return SQL(
            """
            SELECT id AS res_id, %(detail)s AS detail
              FROM invoice_ticket
             WHERE company_id = %(company)s AND state = 'voided'
               AND (void_date IS NULL OR void_user_id IS NULL OR COALESCE(void_reason, '') = '')
            """,
            detail=make_detail(),
            company=scope.company.id,
        )

    @api.model
    @data_check
    def _find_voided_digital(self, scope):
        """A digital fapiao that was voided: only a red letter cancels it."""
        return SQL(
            """
            SELECT ticket.id AS res_id, %(detail)s AS detail
              FROM invoice_ticket AS ticket
              JOIN invoice_ticket_type AS kind ON kind.id = ticket.type_id
             WHERE ticket.company_id = %(company)s AND ticket.state = 'voided'
               AND kind.void_policy = 'red' AND ticket.fapiao_code IS NULL
               AND LENGTH(ticket.fapiao_number) = 20
            """,
            detail=make_detail(number=SQL("ticket.fapiao_number")),
            company=scope.company.id,
        )

    # === TICKETED TOO MUCH === #

    def _find_excess(self, model, scope):
        """As the worklist of finance says it; see ``invoice.ticket.excess``."""
        return SQL(
            """
            SELECT document.id AS res_id, %(detail)s AS detail
              FROM %(table)s AS document
             WHERE document.company_id = %(company)s AND document.ticketing_state = 'excess'
            """,
            detail=make_detail(
                limit=say_amount(SQL("document.amount_ticketable"), SQL("document.currency_id")),
                excess=say_amount(
                    SQL(
                        "document.amount_ticketed + document.amount_in_progress"
                        " - document.amount_ticketable"
                    ),
                    SQL("document.currency_id"),
                ),
            ),
            table=SQL.identifier(self.env[model]._table),
            company=scope.company.id,
        )

    @api.model
    @data_check
    def _find_excess_contracts(self, scope):
        """Contracts of which more is ticketed than there is."""
        return self._find_excess("invoice.contract", scope)

    @api.model
    @data_check
    def _find_excess_orders(self, scope):
        """Orders of which more is ticketed than there is."""
        return self._find_excess("sale.order", scope)

    @api.model
    @data_check
    def _find_excess_invoices(self, scope):
        """Customer invoices of which more is ticketed than there is."""
        return self._find_excess("account.move", scope)

    @api.model
    @data_check
    def _find_excess_payments(self, scope):
        """Payments of which more is ticketed than there is."""
        return self._find_excess("account.payment", scope)

    # === FIGURES FOLLOW ROWS === #

    def _find_false_figures(self, model, scope):
        """Kept figures that are not those of the paths of the money."""
        return SQL(
            """
            SELECT document.id AS res_id, %(detail)s AS detail
              FROM %(table)s AS document
              LEFT JOIN (
                   SELECT %(column)s AS document_id, SUM(%(amount)s) AS amount
                     FROM invoice_ticket_path
                    WHERE is_issued AND %(column)s IS NOT NULL
                    GROUP BY %(column)s
              ) AS path ON path.document_id = document.id
             WHERE document.company_id = %(company)s
               AND (document.has_tickets OR path.document_id IS NOT NULL)
               AND ABS(COALESCE(document.amount_ticketed, 0) - COALESCE(path.amount, 0)) > %(cent)s
            """,
            detail=make_detail(
                kept=say_amount(
                    SQL("COALESCE(document.amount_ticketed, 0)"), SQL("document.currency_id")
                ),
                rows=say_amount(SQL("COALESCE(path.amount, 0)"), SQL("document.currency_id")),
            ),
            table=SQL.identifier(self.env[model]._table),
            column=SQL.identifier(FIGURES[model]),
            amount=SQL.identifier(AMOUNTS[model]),
            company=scope.company.id,
            cent=CENT,
        )

    @api.model
    @data_check
    def _find_false_contract_figures(self, scope):
        """Contracts whose figures are not those of their tickets."""
        return self._find_false_figures("invoice.contract", scope)

    @api.model
    @data_check
    def _find_false_order_figures(self, scope):
        """Orders whose figures are not those of their tickets."""
        return self._find_false_figures("sale.order", scope)

    @api.model
    @data_check
    def _find_false_invoice_figures(self, scope):
        """Customer invoices whose figures are not those of their tickets."""
        return self._find_false_figures("account.move", scope)

    @api.model
    @data_check
    def _find_false_payment_figures(self, scope):
        """Payments whose figures are not those of their tickets."""
        return self._find_false_figures("account.payment", scope)

    # === ONE FAPIAO, ONE TICKET === #

    @api.model
    @data_check
    def _find_double_fapiao(self, scope):
        """A fapiao number on several tickets, in whatever spelling; 20 digits need no code."""
        return SQL(
            """
            SELECT ticket.id AS res_id, %(detail)s AS detail
              FROM (
                   SELECT ARRAY_AGG(id) AS ids, number
                     FROM (
                          SELECT id, fapiao_code,
                                 -- Nearly all are plain digits, and need no closer look.
                                 CASE WHEN fapiao_number ~ '^[0-9]*$' THEN fapiao_number
                                      ELSE REGEXP_REPLACE(
                                          NORMALIZE(fapiao_number, NFKC), '\\s', '', 'g')
                                 END AS number
                            FROM invoice_ticket
                           WHERE company_id = %(company)s AND fapiao_number IS NOT NULL
                     ) AS numbered
                    GROUP BY number, CASE
                          WHEN LENGTH(number) = 20 THEN ''
                          ELSE REGEXP_REPLACE(
                              NORMALIZE(COALESCE(fapiao_code, ''), NFKC), '\\s', '', 'g') END
                   HAVING COUNT(*) > 1
              ) AS twins
              JOIN invoice_ticket AS ticket ON ticket.id = ANY(twins.ids)
            """,
            detail=make_detail(number=SQL("twins.number"), count=SQL("CARDINALITY(twins.ids) - 1")),
            company=scope.company.id,
        )

    @api.model
    @data_check
    def _find_file_on_two_tickets(self, scope):
        """The same file, byte by byte, on several tickets."""
        return SQL(
            """
            SELECT file.id AS res_id, %(detail)s AS detail
              FROM (
                   SELECT sha256, COUNT(DISTINCT ticket_id) AS number
                     FROM invoice_fapiao_file
                    WHERE company_id = %(company)s AND ticket_id IS NOT NULL
                      AND sha256 IS NOT NULL AND part_of IS NULL AND outcome = ANY(%(taken)s)
                    GROUP BY sha256
                   HAVING COUNT(DISTINCT ticket_id) > 1
              ) AS twins
              JOIN invoice_fapiao_file AS file
                   ON file.sha256 = twins.sha256 AND file.company_id = %(company)s
                   AND file.ticket_id IS NOT NULL AND file.outcome = ANY(%(taken)s)
            """,
            detail=make_detail(count=SQL("twins.number")),
            company=scope.company.id,
            taken=self.env["invoice.fapiao.file"]._get_taken_outcomes(),
        )

    # === COMPANIES === #

    @api.model
    @data_check
    def _find_mixed_tickets(self, scope):
        """Tickets that name something of another company; see ``_check_company``."""
        return SQL(
            """
            SELECT ticket.id AS res_id, %(detail)s AS detail
              FROM invoice_ticket AS ticket
              LEFT JOIN res_partner AS customer ON customer.id = ticket.partner_id
              LEFT JOIN invoice_contract AS contract ON contract.id = ticket.contract_id
              LEFT JOIN sale_order AS sale ON sale.id = ticket.sale_order_id
              LEFT JOIN invoice_ticket_type AS kind ON kind.id = ticket.type_id
             WHERE ticket.company_id = %(company)s
               AND (contract.company_id != ticket.company_id
                    OR sale.company_id != ticket.company_id
                    OR NOT customer.company_id = ANY(%(above)s)
                    OR NOT kind.company_id = ANY(%(above)s)
                    OR EXISTS (
                        SELECT FROM invoice_ticket_allocation AS allocation
                          LEFT JOIN account_move AS move ON move.id = allocation.move_id
                          LEFT JOIN account_payment AS payment
                               ON payment.id = allocation.payment_id
                         WHERE allocation.ticket_id = ticket.id
                           AND (move.company_id != ticket.company_id
                                OR payment.company_id != ticket.company_id)
                    ))
            """,
            detail=make_detail(),
            company=scope.company.id,
            above=self._get_companies_above(scope.company),
        )

    @api.model
    @data_check
    def _find_mixed_contracts(self, scope):
        """Contracts whose customer or orders are of another company."""
        return SQL(
            """
            SELECT contract.id AS res_id, %(detail)s AS detail
              FROM invoice_contract AS contract
              LEFT JOIN res_partner AS customer ON customer.id = contract.partner_id
             WHERE contract.company_id = %(company)s
               AND (NOT customer.company_id = ANY(%(above)s)
                    OR EXISTS (SELECT FROM sale_order AS sale
                                WHERE sale.invoice_contract_id = contract.id
                                  AND sale.company_id != contract.company_id))
            """,
            detail=make_detail(),
            company=scope.company.id,
            above=self._get_companies_above(scope.company),
        )

    @api.model
    def _get_companies_above(self, company):
        # sudo: res.company - ids of those to which it belongs
        return company.sudo().parent_ids.ids

    # === WHAT WAS READ, AND JOBS === #

    @api.model
    @data_check
    def _find_read_unlike_ticket(self, scope):
        """Tickets that a file issued or made, and that say something else than the file."""
        return SQL(
            """
            SELECT file.id AS res_id, %(detail)s AS detail
              FROM invoice_fapiao_file AS file
              JOIN invoice_ticket AS ticket ON ticket.id = file.ticket_id
             WHERE file.company_id = %(company)s AND file.outcome IN ('issued', 'created')
               AND ticket.state = 'issued'
               AND (file.number != ticket.fapiao_number
                    OR (file.amount_total != 0
                        AND ABS(file.amount_total - ticket.amount_total) > %(cent)s))
            """,
            detail=make_detail(
                number=SQL("COALESCE(file.number, '–')"),
                amount=say_amount(SQL("COALESCE(file.amount_total, 0)"), SQL("ticket.currency_id")),
            ),
            company=scope.company.id,
            cent=CENT,
        )

    @api.model
    @data_check
    def _find_idle_jobs(self, scope):
        """Jobs of the add-on that are switched off, or late by days."""
        return SQL(
            """
            SELECT cron.id AS res_id, %(detail)s AS detail
              FROM ir_cron AS cron
              JOIN ir_act_server AS action ON action.id = cron.ir_actions_server_id
              JOIN ir_model_data AS data ON data.model = 'ir.cron' AND data.res_id = cron.id
             WHERE data.module = 'invoice_crm_addon'
               AND (NOT cron.active OR cron.nextcall < %(today)s::date - %(days)s)
            """,
            # By name, as nobody of finance may read jobs.
            detail=make_detail(
                job=say_record(
                    "ir.actions.server", SQL("action.id"), SQL("action.name ->> 'en_US'")
                )
            ),
            today=scope.today,
            days=scope.days,
        )
