WRONG, RIGHT = "开具增值税专用发票", "增值税专用发票"


def migrate(cr, version):
    """A heading of the VAT sheet had given its Chinese to the type of the same English name."""
    if not version:
        return
    cr.execute(
        """
        UPDATE invoice_ticket_type
        SET name = jsonb_set(name, '{zh_CN}', to_jsonb(%s::text))
        WHERE name ->> 'zh_CN' = %s AND id = (
            SELECT res_id FROM ir_model_data
            WHERE module = 'invoice_crm_addon' AND name = 'ticket_type_special'
        )
        """,
        [RIGHT, WRONG],
    )
