from odoo.tools import SQL

# Documents before what they refer to: the removal of types, carriers and groups would stumble
# over them otherwise.
DOCUMENT_TABLES = (
    "invoice_approval_notice",
    "invoice_approval_decision",
    "invoice_approval_step",
    "invoice_approval_request",
    "invoice_approval_delegation",
    "invoice_approval_fast_lane",
    "invoice_approval_flow_version",
    "invoice_approval_stage",
    "invoice_approval_flow",
    "invoice_shipment_event",
    "invoice_shipment",
    # Beside one another, as the months say.
    "invoice_bureau_explanation",
    "invoice_ticket_allocation",
    "invoice_ticket_line",
    "invoice_ticket",
    "invoice_planned_bill",
    "invoice_billing_rule",
    "invoice_contract_milestone",
    "invoice_contract",
)


def uninstall_hook(env):
    """Delete the documents, which go with the module, and leave the books as they are."""
    env["invoice.demo"]._forget_records()
    env["invoice.audit.package"].search([]).attachment_id.unlink()
    for table, column in _get_columns_that_hold(env):
        env.cr.execute(
            SQL(
                "UPDATE %(table)s SET %(column)s = NULL WHERE %(column)s IS NOT NULL",
                table=SQL.identifier(table),
                column=SQL.identifier(column),
            )
        )
    for table in DOCUMENT_TABLES:
        env.cr.execute(SQL("DELETE FROM %s", SQL.identifier(table)))
    _forget_activities(env)
    licences = [("res_model", "=", "res.partner"), ("res_field", "=", "business_licence")]
    env["ir.attachment"].search(licences).unlink()
    env.invalidate_all()


def _forget_activities(env):
    """Delete the activities of our types, done ones too.

    These would hold their type back, which goes with the module; open ones would stay as tasks
    whose links lead nowhere.
    """
    env.cr.execute(
        """DELETE FROM mail_activity
            WHERE activity_type_id IN (SELECT res_id FROM ir_model_data
                                        WHERE module = 'invoice_crm_addon'
                                          AND model = 'mail.activity.type')"""
    )


def _get_columns_that_hold(env):
    """Columns of other tables, such as invoices and orders, that keep a document from going."""
    return env.execute_query(
        SQL(
            """SELECT source.relname, attribute.attname
              FROM pg_constraint key
              JOIN pg_class source ON source.oid = key.conrelid
              JOIN pg_class target ON target.oid = key.confrelid
              JOIN pg_attribute attribute
                ON attribute.attrelid = key.conrelid AND attribute.attnum = key.conkey[1]
             WHERE key.contype = 'f' AND key.confdeltype IN ('a', 'r')
               AND target.relname = ANY(%(tables)s) AND source.relname <> ALL(%(tables)s)
               AND NOT attribute.attnotnull""",
            tables=list(DOCUMENT_TABLES),
        )
    )
