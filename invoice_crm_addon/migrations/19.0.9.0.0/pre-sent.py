def migrate(cr, version):
    """Give every ticket the state of its e-mails in one go; without, each would be computed."""
    if not version:
        return
    cr.execute("ALTER TABLE invoice_ticket ADD COLUMN IF NOT EXISTS mail_state varchar")
    cr.execute(
        "UPDATE invoice_ticket SET mail_state = CASE WHEN sent_on IS NULL THEN 'none' ELSE 'sent' "
        "END WHERE mail_state IS NULL"
    )
