"""A file of a bank, to a bank statement of core with its lines."""

from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ...statements import StatementError, make_keys, normalize_account, read_statement
from ..base.action_mixin import rewrite_rows
from ..base.words import words
from .bank_faults import get_statement_fault

# Lines at once: core makes an entry of each.
BATCH = 500


class StatementImport:
    """One file, as it is read and, once its journal is known, imported.

    :param env: in superuser mode, in the company of the user
    :param str name: of the file
    :param bytes content: the file
    """

    def __init__(self, env, name, content):
        self.env = env
        self.name = name
        self.problem = False
        self.statement = None
        self.keys = []
        try:
            self.statement = read_statement(content, name)
            self.keys = make_keys(self.statement.entries)
        except StatementError as error:
            self.problem = get_statement_fault(env, error)

    def find_journal(self, journals):
        """The bank journal of the file's account number, else the only one that it may be of.

        :return: a journal, or none
        """
        account = self.statement.account
        if account:
            if known := journals.filtered(
                lambda journal: normalize_account(journal.bank_acc_number) == account
            ):
                return known[:1]
            journals = journals.filtered(lambda journal: not journal.bank_acc_number)
        return journals if len(journals) == 1 else journals.browse()

    def get_journal_problem(self, journal):
        """Why the file cannot be of a journal, or False."""
        said = self.statement.account
        known = normalize_account(journal.bank_acc_number)
        if said and known and said != known:
            return self.env._(
                "The file is of the account %(said)s, the journal %(journal)s of %(known)s. "
                "Choose the journal of the file's account.",
                said=f"…{said[-4:]}",
                known=f"…{known[-4:]}",
                journal=journal.name,
            )
        if said and not known and (owner := self._find_owner(journal)):
            return self.env._(
                "The file is of the account %(said)s, which is that of the journal %(journal)s. "
                "Choose that one.",
                said=f"…{said[-4:]}",
                journal=owner.name,
            )
        currency = journal.currency_id or journal.company_id.currency_id
        if self.statement.currency and self.statement.currency != currency.name:
            return self.env._(
                "The file is in %(said)s, the journal %(journal)s in %(currency)s. Choose another "
                "journal, or set the currency of this one.",
                said=self.statement.currency,
                journal=journal.name,
                currency=currency.name,
            )
        return False

    def _find_owner(self, journal):
        """Another bank journal of the company that has the file's account number."""
        journals = self.env["account.journal"].search(
            [
                ("type", "=", "bank"),
                ("company_id", "=", journal.company_id.id),
                ("bank_account_id", "!=", False),
            ]
        )
        return journals.filtered(
            lambda other: normalize_account(other.bank_acc_number) == self.statement.account
        )[:1]

    def get_account_warning(self, journal):
        """That the file names an account, and its journal has none to compare it with; or False."""
        said = self.statement.account
        if not said or journal.bank_acc_number:
            return False
        return self.env._(
            "The file is of the account %(said)s, and the journal %(journal)s has no account "
            "number to compare it with. Make sure that it is this bank's.",
            said=f"…{said[-4:]}",
            journal=journal.name,
        )

    def keep_account(self, journal):
        """Write the file's account number on its journal, so that files of others are refused."""
        if self.statement.account and not journal.bank_acc_number:
            journal.set_bank_account(self.statement.account)

    def find_known(self, journal):
        """Keys of the lines that are there already.

        :rtype: set[str]
        """
        lines = self.env["account.bank.statement.line"].search_fetch(
            Domain("journal_id", "=", journal.id) & Domain("invoice_import_key", "in", self.keys),
            ["invoice_import_key"],
        )
        return set(lines.mapped("invoice_import_key"))

    def run(self, journal, attachment):
        """Import what is new, at once.

        :return: the new lines, in the order of time
        """
        is_whole = not self.find_known(journal)
        lines = self.env["account.bank.statement.line"]
        while some := self.bring(journal):
            lines |= some
        self.close(journal, attachment, is_whole)
        return lines

    def bring(self, journal):
        """Import the next lines that are not there yet.

        Of two users who import the same lines at the same instant the second is run again, and
        finds them there.

        :return: the new lines, in the order of time; none once all are there
        """
        if problem := self.problem or self.get_journal_problem(journal):
            raise UserError(words(self.env).join(": ", (self.name, problem)))
        rewrite_rows(journal)
        known = self.find_known(journal)
        # Core lists later lines of a day above earlier ones: a smaller number is later.
        numbers = range(len(self.keys), 0, -1)
        values = [
            self._prepare_line(journal, entry, key, number)
            for entry, key, number in zip(self.statement.entries, self.keys, numbers, strict=True)
            if key not in known
        ]
        return self._create_lines(journal, values[:BATCH])

    def _create_lines(self, journal, values):
        """Have core make lines and their entries, and spare it what each of them would cost.

        Analytic items follow when the entries are posted; and that one was made is worth a message
        only where the law wants a trail.
        """
        context = {
            "skip_analytic_sync": True,
            "tracking_disable": not journal.company_id.restrictive_audit_trail,
        }
        lines = self.env["account.bank.statement.line"].with_context(**context).create(values)
        return lines.with_env(self.env)

    def close(self, journal, attachment, is_whole):
        """Put the new lines together as a statement.

        :param bool is_whole: whether none of the file's lines was there before
        """
        lines = self.env["account.bank.statement.line"].search(
            Domain("journal_id", "=", journal.id)
            & Domain("invoice_import_key", "in", self.keys)
            & Domain("statement_id", "=", False)
        )
        if lines:
            self._make_statement(lines, attachment, is_whole)

    def _prepare_line(self, journal, entry, key, number):
        return {
            "sequence": number,
            "journal_id": journal.id,
            "date": entry.date,
            "amount": float(entry.amount),
            "payment_ref": entry.text or entry.name or entry.serial or "/",
            "partner_name": entry.name,
            "account_number": entry.account,
            "ref": entry.serial,
            "invoice_import_key": key,
        }

    def _make_statement(self, lines, attachment, is_whole):
        values = {
            "reference": self.name,
            "line_ids": [Command.set(lines.ids)],
            "attachment_ids": [Command.set(attachment.ids)],
        }
        # Of a file that overlaps with another one the balances are not those of the new lines.
        if is_whole and self.statement.opening is not None:
            values["balance_start"] = float(self.statement.opening)
        if is_whole and self.statement.closing is not None:
            values["balance_end_real"] = float(self.statement.closing)
        statement = self.env["account.bank.statement"].create(values)
        attachment.write({"res_model": statement._name, "res_id": statement.id})
