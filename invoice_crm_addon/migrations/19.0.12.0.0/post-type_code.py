# Short codes of the types that come with the add-on: as they were for everybody, and in English.
CODES = {
    "digital_special": ("数专", "e-Special"),
    "digital_ordinary": ("数普", "e-Ordinary"),
    "special": ("专票", "Special"),
    "ordinary": ("普票", "Ordinary"),
    "receipt": ("收据", "Receipt"),
    "voucher": ("凭证", "Voucher"),
}


def migrate(cr, version):
    """Short codes are translated: who reads English reads one, who had the Chinese keeps it.

    What somebody chose instead stays; so does a code whose English another type has.
    """
    if not version:
        return
    for name, (chinese, english) in CODES.items():
        cr.execute(
            """
            UPDATE invoice_ticket_type AS own
            SET code = jsonb_build_object('zh_CN', %(chinese)s::text) || own.code
                || jsonb_build_object('en_US', %(english)s::text)
            FROM ir_model_data AS data
            WHERE data.module = 'invoice_crm_addon' AND data.name = %(name)s
                AND own.id = data.res_id AND own.code ->> 'en_US' = %(chinese)s
                AND NOT EXISTS (
                    SELECT FROM invoice_ticket_type AS other
                    WHERE other.id != own.id AND lower(other.code ->> 'en_US') = lower(%(english)s)
                )
            """,
            {"chinese": chinese, "english": english, "name": f"ticket_type_{name}"},
        )
