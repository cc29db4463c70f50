import logging

from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column

_logger = logging.getLogger(__name__)

# What is computed and stored of partners. Odoo computes a new column for all rows at once.
PARTNER_COLUMNS = {
    "billing_near_key": "varchar",
    "billing_name_key": "varchar",
    "billing_checked_on": "timestamp",
    "billing_completeness": "int4",
    "invoice_bank_id": "int4",
}
BATCH = 2000

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


def pre_init_hook(env):
    """Make the columns that ``post_init_hook`` fills, so that Odoo does not fill them itself."""
    for name, kind in PARTNER_COLUMNS.items():
        if not column_exists(env.cr, "res_partner", name):
            create_column(env.cr, "res_partner", name, kind)


def post_init_hook(env):
    """Prepare the partners that are there, in batches: there may be hundreds of thousands.

    Their columns are computed, and they own their tax numbers.
    """
    # What is tracked would be kept of each of them until the end.
    env = env(context={**env.context, "active_test": False, "tracking_disable": True})
    Partner = env["res.partner"]
    columns = [Partner._fields[name] for name in PARTNER_COLUMNS]
    total, done = Partner.search_count([]), 0
    for partners in walk_in_batches(Partner, BATCH):
        for field in columns:
            env.add_to_compute(field, partners)
        partners._claim_existing_tax_numbers()
        env.flush_all()
        env.invalidate_all()
        done += len(partners)
        _logger.info("Billing data: %s of %s partners are prepared", done, total)


def walk_in_batches(Model, size):
    """All records, the oldest first, so many at a time."""
    last = 0
    while records := Model.search([("id", ">", last)], order="id", limit=size):
        last = records[-1].id
        yield records


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
