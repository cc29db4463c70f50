def migrate(cr, version):
    """The level of most customers was called as ordinary fapiao are, in Chinese 普票.

    What somebody called it instead stays.
    """
    if not version:
        return
    cr.execute(
        """
        UPDATE invoice_customer_level AS level
        SET name = level.name || jsonb_build_object('en_US', 'Regular', 'zh_CN', '普通')
        FROM ir_model_data AS data
        WHERE data.module = 'invoice_crm_addon' AND data.name = 'customer_level_ordinary'
            AND level.id = data.res_id AND level.name ->> 'en_US' = 'Ordinary'
            AND COALESCE(level.name ->> 'zh_CN', '普票') IN ('普票', '普通')
        """
    )
