from odoo import fields, models


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    # What tells it from every other line of the account, see statements/keys.py.
    invoice_import_key = fields.Char(copy=False, readonly=True, export_string_translation=False)

    _invoice_import_key_uniq = models.UniqueIndex(
        "(journal_id, invoice_import_key) WHERE invoice_import_key IS NOT NULL",
        "A line of the statement is there already.",
    )
