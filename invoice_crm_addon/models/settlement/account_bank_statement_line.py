from odoo import fields, models


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    # What tells it from every other line of the account, see statements/keys.py.
    invoice_import_key = fields.Char(copy=False, readonly=True, export_string_translation=False)
    # The way back of ``line_id``: without it, each of core's writes would look for the row in the
    # database, twice for every line of an import.
    invoice_match_ids = fields.One2many(
        "invoice.bank.match", "line_id", readonly=True, groups=fields.NO_ACCESS
    )

    _invoice_import_key_uniq = models.UniqueIndex(
        "(journal_id, invoice_import_key) WHERE invoice_import_key IS NOT NULL",
        "A line of the statement is there already.",
    )
