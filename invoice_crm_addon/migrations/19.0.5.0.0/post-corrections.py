import logging

from odoo import SUPERUSER_ID, api

from odoo.addons.invoice_crm_addon.models.base.batches import in_batches

_logger = logging.getLogger(__name__)


def migrate(cr, version):
    """Say of red-lettered tickets how much was taken back, and which of it was issued again."""
    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
    originals = env["invoice.ticket"].search([("red_ids.state", "=", "issued")])
    for part in in_batches(originals, originals.ids, "Red-lettered tickets"):
        for fname in ("amount_red", "amount_valid", "status"):
            env.add_to_compute(originals._fields[fname], part)
    _keep_reissues(cr)
    _keep_confirmations(cr)
    env.invalidate_all()
    _log(originals)


def _keep_reissues(cr):
    """A ticket was reissued once, as a whole."""
    cr.execute(
        """
        UPDATE invoice_ticket letter
           SET red_reissue_id = reissued.id
          FROM (
                SELECT reissue_of_id, MAX(id) AS id
                  FROM invoice_ticket
                 WHERE status NOT IN ('voided', 'red')
              GROUP BY reissue_of_id
               ) reissued
         WHERE reissued.reissue_of_id = letter.red_of_id
           AND letter.state = 'issued'
        """
    )


def _keep_confirmations(cr):
    """Files told the number of the confirmation before tickets had a field for it."""
    cr.execute(
        """
        UPDATE invoice_ticket letter
           SET red_confirmation_number = file.document -> 'fields' ->> 'red_confirmation_number'
          FROM invoice_fapiao_file file
         WHERE file.ticket_id = letter.id
           AND file.outcome IN ('issued', 'created')
           AND letter.amount_total < 0
           AND file.document -> 'fields' ->> 'red_confirmation_number' ~ '^[0-9]+$'
        """
    )


def _log(originals):
    parts = originals.filtered(lambda ticket: ticket.status == "partial_red")
    _logger.info("%s tickets have red letters, %s for a part", len(originals), len(parts))
    if parts:
        _logger.warning("No longer wholly red-lettered: %s", ", ".join(parts.mapped("name")))
    if over := originals.filtered(lambda ticket: ticket.amount_red > ticket.amount_total):
        _logger.warning(
            "Red letters took back more than there was of: %s", ", ".join(over.mapped("name"))
        )
