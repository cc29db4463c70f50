import logging

from odoo.tools import SQL

from .models.base.batches import in_batches

_logger = logging.getLogger(__name__)

# What refers to types, carriers and groups, which the removal would stumble over otherwise.
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
    """Empty the tables of documents, which go with the module, and leave the books as they are."""
    env["invoice.demo"]._forget_records()
    env["invoice.audit.package"].search([]).attachment_id.unlink()
    env.flush_all()
    tables = _let_go_of_documents(env)
    _logger.info("Documents are removed: %s tables", len(tables))
    # Deleted one by one, a million rows would be looked up in each table that refers to them.
    env.cr.execute(SQL("TRUNCATE %s", SQL(", ").join(map(SQL.identifier, sorted(tables)))))
    _forget_activities(env)
    licences = [("res_model", "=", "res.partner"), ("res_field", "=", "business_licence")]
    Attachment = env["ir.attachment"]
    ids = Attachment.search(licences).ids
    for attachments in in_batches(Attachment, ids, "Business licences are removed"):
        attachments.unlink()
    env.invalidate_all()


def _let_go_of_documents(env):
    """Empty the columns of invoices, orders and others that name a document; these columns go
    with the module too.

    :return: names of the tables of documents, and of those whose rows are nothing without one
    """
    tables = _get_own_tables(env)
    others = {
        Model._table
        for Model in env.registry.values()
        if Model._original_module != "invoice_crm_addon"
    }
    while rows := [r for r in _get_references(env, tables) if r[4] and r[0] not in others]:
        tables.update(source for source, *_rest in rows)
    for source, column, constraint, is_cascade, _required in _get_references(env, tables):
        names = {
            "source": SQL.identifier(source),
            "column": SQL.identifier(column),
            "constraint": SQL.identifier(constraint),
        }
        if is_cascade:
            statements = [
                "DELETE FROM %(source)s WHERE %(column)s IS NOT NULL",
                "ALTER TABLE %(source)s DROP CONSTRAINT %(constraint)s",
            ]
        else:
            # At once, however many orders there are; the ORM knows the column until it goes. A
            # view of somebody that shows it goes with it, as when core drops it.
            statements = [
                "ALTER TABLE %(source)s DROP COLUMN %(column)s CASCADE",
                "ALTER TABLE %(source)s ADD COLUMN %(column)s integer",
            ]
        for statement in statements:
            env.cr.execute(SQL(statement, **names))
    return tables


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


def _get_own_tables(env):
    """Tables of documents, and those of which no record came with the module: what did come,
    such as types and plans, the removal looks up, and stumbles over what names it."""
    found = env.execute_query(
        SQL("SELECT DISTINCT model FROM ir_model_data WHERE module = 'invoice_crm_addon'")
    )
    named = {model for (model,) in found}
    return set(DOCUMENT_TABLES).union(
        Model._table
        for Model in env.registry.values()
        if Model._original_module == "invoice_crm_addon"
        and Model._auto
        and not Model._abstract
        and Model._name not in named
    )


def _get_references(env, tables):
    """Columns of other tables, such as invoices and orders, that name a row of these.

    :return: table, column, name of the foreign key, whether the row goes with what it names, and
        whether the column must have a value
    """
    return env.execute_query(
        SQL(
            """SELECT source.relname, attribute.attname, key.conname,
                   key.confdeltype = 'c', attribute.attnotnull
              FROM pg_constraint key
              JOIN pg_class source ON source.oid = key.conrelid
              JOIN pg_class target ON target.oid = key.confrelid
              JOIN pg_attribute attribute
                ON attribute.attrelid = key.conrelid AND attribute.attnum = key.conkey[1]
             WHERE key.contype = 'f' AND source.relnamespace = current_schema::regnamespace
               AND target.relname = ANY(%(tables)s) AND source.relname <> ALL(%(tables)s)
          ORDER BY source.relname, attribute.attname""",
            tables=sorted(tables),
        )
    )
