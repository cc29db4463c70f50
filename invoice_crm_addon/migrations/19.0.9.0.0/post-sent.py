import logging

from odoo import SUPERUSER_ID, api

from odoo.addons.invoice_crm_addon.models.base.batches import in_batches

_logger = logging.getLogger(__name__)

BATCH = 1000
TEMPLATES = ("mail_template_ticket", "mail_template_receipt", "mail_template_ticket_reminder")
OLD_SENDER = (
    "{{ (object.user_id.email_formatted or object.company_id.email_formatted "
    "or user.email_formatted) }}"
)
NEW_SENDER = "{{ (user.email_formatted or object.company_id.email_formatted) }}"


def migrate(cr, version):
    """Sent is what left: an e-mail for somebody of the customer, or a parcel that moved."""
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    cr.execute(
        """
        UPDATE invoice_ticket ticket
           SET sent_on = NULL
          FROM res_partner customer
         WHERE customer.id = ticket.partner_id
           AND ticket.sent_on IS NOT NULL
           AND NOT EXISTS (
               SELECT 1
                 FROM mail_message message
                 JOIN mail_notification notification
                   ON notification.mail_message_id = message.id
                 JOIN res_partner reader ON reader.id = notification.res_partner_id
            LEFT JOIN mail_message_subtype subtype ON subtype.id = message.subtype_id
                WHERE message.model = 'invoice.ticket'
                  AND message.res_id = ticket.id
                  AND NOT COALESCE(subtype.internal, FALSE)
                  AND notification.notification_type = 'email'
                  AND notification.notification_status IN ('ready', 'process', 'pending', 'sent')
                  AND reader.commercial_partner_id = customer.commercial_partner_id
           )
     RETURNING ticket.id
        """
    )
    unsent = [row[0] for row in cr.fetchall()]
    cr.execute("SELECT DISTINCT ticket_id FROM invoice_shipment_ticket_rel")
    shipped = [row[0] for row in cr.fetchall()]
    tickets = env["invoice.ticket"].with_context(active_test=False)
    for fnames, ids in ((("mail_state", "status"), unsent), (("shipping_state",), shipped)):
        for records in in_batches(tickets, ids, f"{', '.join(fnames)} of tickets", BATCH):
            for fname in fnames:
                env.add_to_compute(tickets._fields[fname], records)
            records._recompute_recordset()
    for name in TEMPLATES:
        template = env.ref(f"invoice_crm_addon.{name}", raise_if_not_found=False)
        if template and template.email_from == OLD_SENDER:
            template.email_from = NEW_SENDER
    _logger.info(
        "%s tickets are not sent after all; parcels of %s looked at", len(unsent), len(shipped)
    )
