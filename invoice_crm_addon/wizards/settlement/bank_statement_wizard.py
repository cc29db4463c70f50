from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ...models.settlement.bank_faults import get_row_fault
from ...models.settlement.bank_match import MATCHERS
from ...models.settlement.bank_statement_import import StatementImport


class InvoiceBankStatementWizard(models.TransientModel):
    """Statements of a bank are looked at, then imported; proposals follow.

    State      Meaning                                     Next
    =====================================================================================
    draft      files are chosen                            looked
    looked     every file was read, and nothing written    done, draft
    done       new lines are statements of core now        –
    =====================================================================================

    Finance and who writes invoices in core import.
    """

    _name = "invoice.bank.statement.wizard"
    _inherit = ["invoice.readable.mixin"]
    _description = "Import of Bank Statements"

    state = fields.Selection(
        selection=[("draft", "Choose"), ("looked", "Check"), ("done", "Imported")],
        default="draft",
        readonly=True,
    )
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    attachment_ids = fields.Many2many("ir.attachment", string="Files")
    file_ids = fields.One2many("invoice.bank.statement.file", "wizard_id")
    can_import = fields.Boolean(compute="_compute_can_import")
    remarks = fields.Text(compute="_compute_remarks")
    new_count = fields.Integer(string="Imported Lines", readonly=True)
    duplicate_count = fields.Integer(string="Lines There Already", readonly=True)
    match_count = fields.Integer(string="To Match", readonly=True)
    certain_count = fields.Integer(string="Certain", readonly=True)
    booked_count = fields.Integer(string="Booked at Once", readonly=True)

    @api.depends("state", "file_ids.problem", "file_ids.new_count")
    def _compute_can_import(self):
        for wizard in self:
            files = wizard.file_ids
            wizard.can_import = wizard.state == "looked" and any(
                file.new_count and not file.problem for file in files
            )

    @api.depends("file_ids.problem", "file_ids.warning")
    def _compute_remarks(self):
        for wizard in self:
            wizard.remarks = "\n".join(
                f"{file.name}: {text}"
                for file in wizard.file_ids
                for text in (file.problem, file.warning)
                if text
            )

    # === ACTION METHODS === #

    @api.model
    def start(self, attachment_ids: list[int]):
        """Look at files that the user just uploaded.

        :param list[int] attachment_ids: attachments
        :return: action that opens the dialog
        :raise AccessError: if the user may not import, or did not upload them
        """
        self._check_may_import()
        wizard = self.create({"attachment_ids": [Command.set(attachment_ids)]})
        return wizard.action_look()

    def action_look(self):
        """Read the files and say what each of them would bring; nothing is imported.

        :raise UserError: if there is none
        """
        self.ensure_one()
        self._check_may_import()
        if not self.attachment_ids:
            raise UserError(self.env._("Choose one or more files of your bank."))
        self.write(
            {
                "state": "looked",
                "file_ids": [
                    Command.clear(),
                    *(Command.create({"attachment_id": a.id}) for a in self.attachment_ids),
                ],
            }
        )
        for file in self.file_ids:
            file._look()
        return self._reopen()

    def action_back(self):
        """Choose other files."""
        self.ensure_one()
        self._check_may_import()
        self.write({"state": "draft", "file_ids": [Command.clear()]})
        return self._reopen()

    def action_import(self):
        """Import the new lines of all files that can be read, and propose who paid what.

        :raise UserError: if the journal of a file is not known yet
        """
        self.ensure_one()
        self._check_may_import()
        if self.state != "looked":
            raise UserError(self.env._("The files must be looked at first."))
        files = self.file_ids.filtered(lambda file: not file.problem)
        if missing := files.filtered(lambda file: not file.journal_id):
            raise UserError(
                self.env._("Choose the bank journal of %s.", ", ".join(missing.mapped("name")))
            )
        # sudo: finance without rights in core's accounting imports statements
        Line = self.env["account.bank.statement.line"].sudo().with_company(self.company_id)
        lines_sudo, found = Line, 0
        for file in files:
            run = file._read()
            lines_sudo |= run.run(file.journal_id.sudo().with_env(Line.env), file._get_attachment())
            found += len(run.keys)
        matches = self.env["invoice.bank.match"]._take_in(lines_sudo)
        certain = matches.filtered(lambda match: match.certainty == "certain")
        refused = certain._accept_each() if self.company_id.bank_match_auto else certain
        self.write(
            {
                "state": "done",
                "new_count": len(lines_sudo),
                "duplicate_count": found - len(lines_sudo),
                "match_count": len(matches.filtered(lambda match: match.state == "open")),
                "certain_count": len(certain),
                "booked_count": len(certain) - len(refused),
            }
        )
        return self._reopen()

    def _check_may_import(self):
        if not self.env.user.has_groups(MATCHERS):
            raise AccessError(self.env._("Only finance imports bank statements."))

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import Bank Statements"),
            "res_model": self._name,
            "view_mode": "form",
            "views": [(False, "form")],
            "res_id": self.id,
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }


class InvoiceBankStatementFile(models.TransientModel):
    """A file of a bank, and what it would bring."""

    _name = "invoice.bank.statement.file"
    _inherit = ["invoice.readable.mixin"]
    _description = "Bank Statement File"

    wizard_id = fields.Many2one(
        "invoice.bank.statement.wizard", required=True, ondelete="cascade", index=True
    )
    attachment_id = fields.Many2one(
        "ir.attachment", required=True, readonly=True, ondelete="cascade"
    )
    name = fields.Char(related="attachment_id.name", string="File")
    company_id = fields.Many2one(related="wizard_id.company_id")
    journal_id = fields.Many2one(
        "account.journal",
        string="Bank Journal",
        domain="[('type', '=', 'bank'), ('company_id', '=', company_id)]",
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    date_from = fields.Date(string="From", readonly=True)
    date_to = fields.Date(string="To", readonly=True)
    entry_count = fields.Integer(string="Lines", readonly=True)
    new_count = fields.Integer(string="New", readonly=True)
    duplicate_count = fields.Integer(string="There Already", readonly=True)
    amount_in = fields.Monetary(string="Came In", readonly=True)
    amount_out = fields.Monetary(string="Went Out", readonly=True)
    balance_start = fields.Monetary(string="Opening Balance", readonly=True)
    balance_end = fields.Monetary(string="Closing Balance", readonly=True)
    has_balances = fields.Boolean(readonly=True)
    problem = fields.Text(readonly=True)
    warning = fields.Text(readonly=True)

    def write(self, vals):
        result = super().write(vals)
        if "journal_id" in vals:
            for file in self:
                file._look_into_journal(file._read())
        return result

    def _get_attachment(self):
        """:raise AccessError: if it is not what the user uploaded here"""
        self.attachment_id.check_access("read")
        attachment = self.attachment_id
        is_elsewhere = attachment.res_id and attachment.res_model != self.wizard_id._name
        if attachment.create_uid != self.env.user or is_elsewhere:
            raise AccessError(self.env._("Upload the file that you want to import."))
        # sudo: from now on it belongs to the statement, which core keeps
        return self.attachment_id.sudo()

    def _read(self):
        # sudo: finance without rights in core's accounting looks for lines that are there
        env_sudo = self.sudo().with_company(self.company_id).env
        attachment = self._get_attachment()
        return StatementImport(env_sudo, attachment.name, attachment.raw or b"")

    def _look(self):
        self.ensure_one()
        run = self._read()
        if run.problem:
            self.problem = run.problem
            return
        # sudo: finance without rights in core's accounting chooses a journal
        journals_sudo = (
            self.env["account.journal"]
            .sudo()
            .search([("type", "=", "bank"), ("company_id", "=", self.company_id.id)])
        )
        journal = run.find_journal(journals_sudo)
        entries = run.statement.entries
        super().write(
            {
                "journal_id": journal.id,
                "currency_id": self._find_currency(run, journal).id,
                "date_from": entries[0].date,
                "date_to": entries[-1].date,
                "entry_count": len(entries),
                "amount_in": float(sum(e.amount for e in entries if e.amount > 0)),
                "amount_out": -float(sum(e.amount for e in entries if e.amount < 0)),
                "has_balances": run.statement.opening is not None,
                "balance_start": float(run.statement.opening or 0),
                "balance_end": float(run.statement.closing or 0),
                "warning": "\n".join(get_row_fault(self.env, w) for w in run.statement.warnings),
            }
        )
        self._look_into_journal(run)

    def _find_currency(self, run, journal):
        code = run.statement.currency
        named = (
            self.env["res.currency"]
            .with_context(active_test=False)
            .search([("name", "=", code or False)], limit=1)
        )
        return named or journal.currency_id or self.company_id.currency_id

    def _look_into_journal(self, run):
        if run.problem:
            return
        journal = self.journal_id.sudo()  # sudo: as above
        known = run.find_known(journal) if journal else set()
        super().write(
            {
                "problem": bool(journal) and run.get_journal_problem(journal),
                "new_count": len(run.keys) - len(known),
                "duplicate_count": len(known),
            }
        )
