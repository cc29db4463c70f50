from odoo import api, models
from odoo.tools import SQL

from .check_tools import data_check, make_detail, say_choice, say_date

FINAL = ("delivered", "returned")


class InvoiceChecksDelivery(models.AbstractModel):
    """Parcels that nobody hears of, and files that nobody looked at."""

    _name = "invoice.checks.delivery"
    _description = "Checks of Delivery and Files"

    @api.model
    @data_check
    def _find_silent_shipments(self, scope):
        """Parcels that have not arrived, without news for days.

        One without a number that was not handed over is none yet.
        """
        return SQL(
            """
            SELECT id AS res_id, %(detail)s AS detail
              FROM invoice_shipment
             WHERE company_id = %(company)s AND state != ALL(%(final)s)
               AND (state != 'draft' OR tracking_number IS NOT NULL)
               AND COALESCE(last_event_on::date, date_shipped, create_date::date)
                   < %(today)s::date - %(days)s
            """,
            detail=make_detail(
                since=say_date(
                    SQL("COALESCE(last_event_on::date, date_shipped, create_date::date)")
                ),
                state=say_choice("invoice.shipment", "state", SQL("state")),
            ),
            company=scope.company.id,
            final=list(FINAL),
            today=scope.today,
            days=scope.days,
        )

    @api.model
    @data_check
    def _find_forgotten_files(self, scope):
        """E-invoice files that were refused, or wait for a decision, and are on no ticket."""
        return SQL(
            """
            SELECT file.id AS res_id, %(detail)s AS detail
              FROM invoice_fapiao_file AS file
             WHERE file.company_id = %(company)s
               AND file.outcome IN ('refused', 'undecided', 'waiting')
               AND file.create_date < %(today)s::date - %(days)s
               AND NOT EXISTS (
                   SELECT FROM invoice_ticket AS ticket
                    WHERE ticket.company_id = %(company)s
                      AND ticket.fapiao_number = file.number
                      AND (file.code IS NULL OR ticket.fapiao_code = file.code)
               )
            """,
            detail=make_detail(
                since=say_date(SQL("file.create_date")),
                outcome=say_choice("invoice.fapiao.file", "outcome", SQL("file.outcome")),
            ),
            company=scope.company.id,
            today=scope.today,
            days=scope.days,
        )
