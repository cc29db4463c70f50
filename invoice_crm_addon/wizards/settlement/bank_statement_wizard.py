import logging
from itertools import chain

from markupsafe import Markup
from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.fields import Command
from odoo.tools import format_date, formatLang

from ...models.base.words import KeptText, get_words, words
from ...models.settlement.bank_faults import get_row_fault
from ...models.settlement.bank_match import ACCEPTED_AT_ONCE, MATCHERS, NUMBER_READERS
from ...models.settlement.bank_statement_import import StatementImport

_logger = logging.getLogger(__name__)
# More lines than these are imported by a job.
IMPORTED_AT_ONCE = 300
# Lines of each file that are shown before it is imported.
SHOWN_LINES = 8


class InvoiceBankStatementWizard(models.TransientModel):
    """Statements of a bank are looked at, then imported; proposals follow.

    State      Meaning                                     Next
    =====================================================================================
    draft      files are chosen                            looked
    looked     every file was read, and nothing written    done, running, draft
    running    a job imports them, batch by batch          done
    done       new lines are statements of core now        –
    =====================================================================================

    Finance and who writes invoices in core import.
    """

    _name = "invoice.bank.statement.wizard"
    _inherit = ["invoice.readable.mixin"]
    _description = "Import of Bank Statements"
    # A job may have to wait.
    _transient_max_hours = 48.0

    state = fields.Selection(
        selection=[
            ("draft", "Choose"),
            ("looked", "Check"),
            ("running", "Importing"),
            ("done", "Imported"),
        ],
        default="draft",
        readonly=True,
    )
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    attachment_ids = fields.Many2many("ir.attachment", string="Files")
    file_ids = fields.One2many("invoice.bank.statement.file", "wizard_id")
    can_import = fields.Boolean(compute="_compute_can_import")
    remarks = fields.Text(compute="_compute_remarks")
    preview = fields.Html(compute="_compute_preview", string="First Lines", sanitize=False)
    new_count = fields.Integer(string="Imported Lines", readonly=True)
    duplicate_count = fields.Integer(string="Lines There Already", readonly=True)
    match_count = fields.Integer(string="To Match", readonly=True)
    certain_count = fields.Integer(string="Certain", readonly=True)
    booked_count = fields.Integer(string="Booked at Once", readonly=True)
    booking_count = fields.Integer(string="Being Booked", readonly=True)
    total_count = fields.Integer(string="Lines to Import", readonly=True)

    @api.depends("state", "file_ids.problem", "file_ids.new_count")
    def _compute_can_import(self):
        for wizard in self:
            files = wizard.file_ids
            wizard.can_import = wizard.state == "looked" and any(
                file.new_count and not file.problem for file in files
            )

    @api.depends("file_ids.problem", "file_ids.warning", "file_ids.account_warning")
    def _compute_remarks(self):
        for wizard in self:
            wizard.remarks = "\n".join(
                f"{file.name}: {text}"
                for file in wizard.file_ids
                for text in (file.problem, file.account_warning, file.warning)
                if text
            )

    @api.depends("file_ids.preview")
    def _compute_preview(self):
        for wizard in self:
            previews = [file.preview for file in wizard.file_ids if file.preview]
            wizard.preview = Markup().join(previews) or False

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
        total = sum(files.mapped("new_count"))
        self.write({"state": "running", "total_count": total})
        if total > IMPORTED_AT_ONCE:
            self.env.ref("invoice_crm_addon.ir_cron_bank_statement_import")._trigger()
        else:
            while self._import_some():
                pass
        return self._reopen()

    def action_refresh(self):
        """Show how far the job is."""
        self.ensure_one()
        self._check_may_import()
        return self._reopen()

    # === IMPORT === #

    def _import_some(self):
        """Import the next lines, and propose who paid what.

        :return: number of lines, 0 once all are there
        """
        for file in self.file_ids.filtered(lambda file: not file.problem and not file.is_done):
            if lines_sudo := file._import_some():
                self._take_in(lines_sudo)
                return len(lines_sudo)
        found = sum(self.file_ids.filtered("is_done").mapped("entry_count"))
        self.write({"state": "done", "duplicate_count": found - self.new_count})
        return 0

    def _take_in(self, lines_sudo):
        matches = self.env["invoice.bank.match"]._take_in(lines_sudo)
        certain = matches.filtered(lambda match: match.certainty == "certain")
        if self.company_id.bank_match_auto and certain:
            if len(certain) > ACCEPTED_AT_ONCE:
                certain._accept_in_background()
            else:
                certain._accept_each()
        booked = len(certain.filtered(lambda match: match.state == "matched"))
        booking = len(certain.filtered("accepting_user_id"))
        self.write(
            {
                "new_count": self.new_count + len(lines_sudo),
                "match_count": self.match_count + len(matches) - booked,
                "certain_count": self.certain_count + len(certain),
                "booked_count": self.booked_count + booked,
                "booking_count": self.booking_count + booking,
            }
        )

    @api.model
    def _cron_import(self):
        """Import what waits, batch by batch, with the rights of whoever asked for it."""
        cron = self.env["ir.cron"]
        for wizard in self.search([("state", "=", "running")], order="id"):
            cron._commit_progress(remaining=wizard.total_count - wizard.new_count)
            while done := wizard._import_in_background():
                self.env.invalidate_all()
                if not cron._commit_progress(done):
                    return
        cron._commit_progress(remaining=0)

    def _import_in_background(self):
        """:return: number of lines that were imported"""
        user = self.create_uid
        own = {"lang": user.lang, "tz": user.tz, "allowed_company_ids": self.company_id.ids}
        try:
            with self.env.cr.savepoint():
                wizard = self.with_user(user).with_context(**own)
                wizard._check_may_import()
                return wizard._import_some()
        except (ConcurrencyError, OperationalError):
            # Somebody else was faster. The next run of the job sees what they did.
            self.env.ref("invoice_crm_addon.ir_cron_bank_statement_import")._trigger()
        except UserError as error:
            self._stop(get_words(error))
        except Exception:
            _logger.exception("The import %s of statements cannot go on", self.id)
            self._stop(
                words(self.env)._(
                    "The import stopped because of an error of the program. What is imported "
                    "stays; import the file again for the rest."
                )
            )
        return 0

    def _stop(self, reason):
        files = self.file_ids.filtered(lambda file: not file.problem and not file.is_done)
        files.problem = reason
        self.state = "done"

    def _check_may_import(self):
        if not any(map(self.env.user.has_group, MATCHERS)):
            raise AccessError(words(self.env)._("Only finance imports bank statements."))

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
    _transient_max_hours = 48.0

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
    entry_count = fields.Integer(string="Bank Lines", readonly=True)
    new_count = fields.Integer(string="New", readonly=True)
    duplicate_count = fields.Integer(string="There Already", readonly=True)
    amount_in = fields.Monetary(string="Came In", readonly=True)
    amount_out = fields.Monetary(string="Went Out", readonly=True)
    balance_start = fields.Monetary(string="Opening Balance", readonly=True)
    balance_end = fields.Monetary(string="Closing Balance", readonly=True)
    has_balances = fields.Boolean(readonly=True)
    is_done = fields.Boolean(readonly=True)
    is_whole = fields.Boolean(readonly=True)
    problem = KeptText(readonly=True)
    warning = fields.Text(readonly=True)
    # Its account: the files of one journal are compared by it.
    own_key = fields.Char(readonly=True, groups=NUMBER_READERS, export_string_translation=False)
    account_warning = fields.Text(readonly=True)
    keeps_account = fields.Boolean(
        string="Keep the Account",
        help="Write the account number of the file on the journal. Files of other accounts are "
        "refused from then on.",
    )
    preview = fields.Html(string="First Lines", readonly=True, sanitize=False)

    def write(self, vals):
        result = super().write(vals)
        if "journal_id" in vals:
            for file in self:
                file._look_into_journal(file._read())
            # What the others of the import may be of hangs on it.
            for file in self.wizard_id.file_ids.filtered("own_key") - self:
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
                "own_key": run.statement.account,
                "currency_id": self._find_currency(run, journal).id,
                "date_from": entries[0].date,
                "date_to": entries[-1].date,
                "entry_count": len(entries),
                "amount_in": float(sum(e.amount for e in entries if e.amount > 0)),
                "amount_out": -float(sum(e.amount for e in entries if e.amount < 0)),
                "has_balances": run.statement.opening is not None,
                "balance_start": float(run.statement.opening or 0),
                "balance_end": float(run.statement.closing or 0),
                "preview": self._show_first(entries),
                "warning": "\n".join(get_row_fault(self.env, w) for w in run.statement.warnings),
            }
        )
        self._look_into_journal(run)

    def _show_first(self, entries):
        """The first lines as they were read, so that a column that was mistaken shows.

        :rtype: Markup
        """
        labels = (
            self.env._("Date"),
            self.env._("Counterparty"),
            self.env._("Purpose"),
            self.env._("Amount"),
        )
        heading = Markup("<th>%s</th><th>%s</th><th>%s</th><th class='text-end'>%s</th>") % labels
        head = Markup("<thead><tr>%s</tr></thead>") % heading
        # A phone shows a line as a card, with the headings beside what stands below them.
        cell = Markup("<td data-label='%s'>%s</td>")
        last = Markup("<td data-label='%s' class='text-end'>%s</td>")
        row = Markup("<tr>%s</tr>") % (cell + cell + cell + last)
        rows = []
        for entry in entries[:SHOWN_LINES]:
            values = (
                format_date(self.env, entry.date),
                " ".join(filter(None, (entry.name, entry.account))),
                entry.text,
                formatLang(self.env, float(entry.amount), digits=2),
            )
            rows.append(row % tuple(chain.from_iterable(zip(labels, values, strict=True))))
        left = len(entries) - len(rows)
        more = Markup("<p class='text-muted'>%s</p>") % self.env._("… and %s more lines", left)
        return Markup("<table class='table table-sm mb-0 o_phone_rows'>%s%s</table>%s") % (
            head,
            Markup().join(rows),
            more if left else "",
        )

    def _find_currency(self, run, journal):
        code = run.statement.currency
        named = (
            self.env["res.currency"]
            .with_context(active_test=False)
            .search([("name", "=", code or False)], limit=1)
        )
        return named or journal.currency_id or self.company_id.currency_id

    def _import_some(self):
        """Import the next lines, or make a statement of them if all are there.

        :return: the new lines, in superuser mode
        """
        run = self._read()
        journal_sudo = self.journal_id.sudo().with_env(run.env)  # sudo: as above
        # Another file of the import may have given the number to another journal meanwhile.
        if self.keeps_account and not run.get_journal_problem(journal_sudo):
            run.keep_account(journal_sudo)
        lines_sudo = run.bring(journal_sudo)
        if not lines_sudo:
            run.close(journal_sudo, self._get_attachment(), is_whole=not self.duplicate_count)
            super().write({"is_done": True})
        return lines_sudo

    def _look_into_journal(self, run):
        if run.problem:
            return
        journal = self.journal_id.sudo()  # sudo: as above
        known = run.find_known(journal) if journal else set()
        super().write(
            {
                "problem": bool(journal)
                and (run.get_journal_problem(journal) or self._get_other_account_problem()),
                "account_warning": bool(journal) and run.get_account_warning(journal),
                "new_count": len(run.keys) - len(known),
                "duplicate_count": len(known),
            }
        )

    def _get_other_account_problem(self):
        """Why the file cannot be of a journal that another file of the import is of, or False."""
        files = self.wizard_id.file_ids.filtered(
            lambda file: file.journal_id == self.journal_id and file.own_key
        )
        own, first = self.own_key, files.sorted("id")[:1].own_key
        if not own or not first or own == first:
            return False
        return self.env._(
            "The file is of the account %(said)s, another one for the journal %(journal)s of "
            "%(known)s. A journal is of one account. Choose the journal of the file's account.",
            said=f"…{own[-4:]}",
            known=f"…{first[-4:]}",
            journal=self.journal_id.sudo().name,  # sudo: as above
        )
