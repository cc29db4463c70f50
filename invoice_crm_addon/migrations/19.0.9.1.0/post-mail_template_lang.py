OLD = "{{ object.partner_id.lang }}"
CONTACT = "object.partner_id.commercial_partner_id.invoice_contact_id.lang"
NEW = f"{{{{ {CONTACT} or object.partner_id.lang }}}}"


def migrate(cr, version):
    """The template of tickets speaks the language of the billing contact, unless it was changed."""
    cr.execute(
        """UPDATE mail_template SET lang = %s
            WHERE lang = %s AND id IN (
                SELECT res_id FROM ir_model_data
                 WHERE module = 'invoice_crm_addon' AND name = 'mail_template_ticket'
            )""",
        [NEW, OLD],
    )
