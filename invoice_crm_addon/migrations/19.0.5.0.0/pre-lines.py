import logging

from odoo.tools import sql

_logger = logging.getLogger(__name__)


def migrate(cr, version):
    """Say of each line how it is taxed; amounts stay, and columns hold all decimals already.

    Done here, or Odoo would compute it line by line, and know nothing of lines without tax.
    """
    if sql.column_exists(cr, "invoice_ticket_line", "tax_treatment"):
        return
    sql.create_column(cr, "invoice_ticket_line", "tax_treatment", "varchar")
    cr.execute(
        """
        UPDATE invoice_ticket_line
           SET tax_treatment = CASE
               WHEN tax.id IS NULL AND line.is_from_document AND line.document_tax <> 0 THEN 'taxed'
               WHEN tax.id IS NULL THEN 'exempt'
               WHEN tax.amount = 0 AND tax.amount_type = 'percent' THEN 'zero'
               ELSE 'taxed'
               END
          FROM invoice_ticket_line line
          LEFT JOIN account_tax tax ON tax.id = line.tax_id
         WHERE line.id = invoice_ticket_line.id
        """
    )
    count = cr.rowcount
    # No ticket lacks a tax: what is taxed without a record has the amounts of its document.
    cr.execute("ALTER TABLE invoice_ticket ADD COLUMN lacks_tax boolean DEFAULT false")
    cr.execute("ALTER TABLE invoice_ticket ALTER COLUMN lacks_tax DROP DEFAULT")
    _logger.info("%s ticket lines say how they are taxed", count)
