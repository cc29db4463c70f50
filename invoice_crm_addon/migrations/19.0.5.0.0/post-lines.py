import logging

from odoo import SUPERUSER_ID, api

from odoo.addons.invoice_crm_addon.models.base.batches import in_batches
from odoo.addons.invoice_crm_addon.models.base.proof import proven

_logger = logging.getLogger(__name__)


def migrate(cr, version):
    """Say of the lines without tax that files brought what these files say: 不征税, 0 %."""
    cr.execute(
        """
        SELECT id FROM invoice_fapiao_file
         WHERE ticket_id IS NOT NULL AND document::text ~ 'not_taxable|"tax_rate"'
        """
    )
    env = api.Environment(cr, SUPERUSER_ID, {})
    files, count = env["invoice.fapiao.file"], 0
    for batch in in_batches(files, cr.fetchall(), "Files of lines without tax are read", 200):
        count += sum(map(_say_treatments, batch))
    _logger.info("%s ticket lines say that they are not taxable, or 0 %%", count)


def _say_treatments(file):
    """:return: of how many lines the file says something else"""
    translator, count = file.env["invoice.fapiao.translator"], 0
    lines = file.ticket_id.line_ids
    theirs = [line for line in file._get_document().lines if line.amount is not None]
    if len(lines) != len(theirs) or not all(lines.mapped("is_from_document")):
        return count
    for line, their_line in zip(lines, theirs, strict=True):
        treatment = translator._get_tax_treatment(their_line)
        if line.tax_treatment == "exempt" and treatment in ("not_taxable", "zero"):
            proven(line).tax_treatment = treatment
            count += 1
    return count
