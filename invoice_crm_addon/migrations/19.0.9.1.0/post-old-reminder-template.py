import logging

from odoo import SUPERUSER_ID, api

_logger = logging.getLogger(__name__)


def migrate(cr, version):
    """Reminders have texts of their own; the e-mail that tickets once proposed is not used."""
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    template = env.ref("invoice_crm_addon.mail_template_ticket_reminder", raise_if_not_found=False)
    if not template:
        return
    # Words that people wrote stay, where they can look them up.
    if template.write_uid.id not in (False, SUPERUSER_ID):
        template.active = False
        _logger.info("The e-mail template %s is archived: reminders have their own", template.name)
        return
    template.unlink()
