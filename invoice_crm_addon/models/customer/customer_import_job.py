import logging

from psycopg2 import OperationalError

from odoo import api, models
from odoo.exceptions import ConcurrencyError
from odoo.fields import Domain
from odoo.tools import SQL

from ..base.words import words
from .customer_import import CHECKED_AT_ONCE, COUNTED, RUNNING
from .import_judge import Judge
from .import_undo import Undo
from .import_writer import BATCH, Writer

_logger = logging.getLogger(__name__)


class InvoiceCustomerImport(models.Model):
    """Checks, writes and takes back the rows of a file: batch by batch, at once or by a job.

    Each step takes the next rows that wait for it and says how many it took; when none is left
    it moves the state on.
    """

    _inherit = "invoice.customer.import"

    def get_progress(self):
        """How far the job is, for the panel.

        :return: dict with ``name``, ``state``, ``is_over``, numbers of rows ``done`` and ``total``,
            and ``counts``: pairs of what became of rows, and of how many
        """
        self.ensure_one()
        self.check_access("read")
        done, total = self._get_progress()
        return {
            "name": self.name,
            "state": self.state,
            "is_over": self.state not in RUNNING,
            "done": done,
            "total": total,
            "counts": self._get_counts(),
        }

    def _get_counts(self):
        names = [f"{name}_count" for name in COUNTED]
        if self.state in ("done", "undoing", "undone"):
            names = ["applied_count", "error_count"]
        if self.state in ("undoing", "undone"):
            names = ["undone_count", "kept_count"]
        return [
            (self._fields[name]._description_string(self.env), self[name])
            for name in names
            if self[name]
        ]

    def _get_progress(self):
        """:return: number of rows that the step is done with, and of all"""
        self.ensure_one()
        if self.state == "checking":
            return sum(self[f"{name}_count"] for name in COUNTED), self.row_count
        if self.state == "running":
            return self.applied_count, self.new_count + self.update_count
        if self.state == "undoing":
            return self.undone_count + self.kept_count, self.applied_count
        return 1, 1

    # === STEPS === #

    def _work(self, in_background):
        if in_background:
            self.sudo().in_background = True  # sudo: users have no right to write here
            self.env.ref("invoice_crm_addon.ir_cron_customer_import")._trigger()
            return
        while self._take_step():
            pass

    def _take_step(self):
        """Take the next rows.

        :return: number of rows that were taken, 0 if none is left
        """
        step = {
            "checking": self._check_some,
            "running": self._apply_some,
            "undoing": self._undo_some,
        }
        return step[self.state]()

    def _get_waiting_domain(self):
        """Domain of the rows that the step has still to take."""
        mine = Domain("import_id", "=", self.id)
        if self.state == "checking":
            return mine & Domain("outcome", "=", "waiting")
        if self.state == "running":
            good = Domain("outcome", "in", ("new", "update"))
            return mine & good & Domain("is_applied", "=", False)
        over = Domain("is_undone", "=", True) | Domain("is_kept", "=", True)
        return mine & Domain("is_applied", "=", True) & ~over

    def _get_next_rows(self, limit):
        # sudo: rows are read and written by this alone
        rows_sudo = self.env["invoice.customer.import.row"].sudo()
        return rows_sudo.search(self._get_waiting_domain(), limit=limit, order="number, id")

    def _get_judge(self):
        run = self._in_own_company()
        return Judge(run.env, self._get_headings(), self._find_rows_before)

    def _find_rows_before(self, identities):
        """Rows that were checked before, by what they are known by.

        :param set identities: see the judge
        :return: number of the row by identity
        :rtype: dict[str, int]
        """
        if self.state != "checking":
            return {}
        rows = self.env["invoice.customer.import.row"]
        rows.flush_model(["import_id", "known_by", "number"])
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT identity, MIN(number)
                      FROM invoice_customer_import_row,
                           jsonb_array_elements_text(known_by) AS identity
                     WHERE import_id = %s AND identity = ANY(%s)
                  GROUP BY identity
                    """,
                    self.id,
                    list(identities),
                )
            )
        )

    def _check_some(self):
        """Judge the next rows; nothing else is written."""
        run_sudo = self.sudo()  # sudo: users have no right to write here but by this
        rows_sudo = self._get_next_rows(CHECKED_AT_ONCE)
        if not rows_sudo:
            run_sudo.state = "checked"
            return 0
        verdicts = self._get_judge().judge([(row.number, row.cells) for row in rows_sudo])
        for row_sudo, verdict in zip(rows_sudo, verdicts, strict=True):
            row_sudo._keep_verdict(verdict)
        self._count_rows()
        return len(rows_sudo)

    def _count_rows(self):
        rows = self.env["invoice.customer.import.row"]
        counts = dict(rows._read_group([("import_id", "=", self.id)], ["outcome"], ["__count"]))
        # sudo: users have no right to write here but by this
        self.sudo().write({f"{name}_count": counts.get(name, 0) for name in COUNTED})

    def _apply_some(self):
        """Write the next rows, judged anew: much may have happened since."""
        run_sudo = self.sudo()  # sudo: users have no right to write here but by this
        rows_sudo = self._get_next_rows(BATCH)
        if not rows_sudo:
            run_sudo.state = "done"
            self._count_rows()
            return 0
        pairs = [(row.number, row.cells) for row in rows_sudo]
        verdicts = self._get_judge().judge(pairs)
        judged = list(zip(rows_sudo, verdicts, strict=True))
        for row_sudo, verdict in judged:
            if verdict.outcome not in ("new", "update"):
                row_sudo._keep_verdict(verdict)
        good = [pair for pair in judged if pair[1].outcome in ("new", "update")]
        results = Writer(self._in_own_company().env, self.name).write_all(good)
        for row_sudo, verdict in good:
            row_sudo._keep_result(verdict, *results[row_sudo])
        run_sudo.applied_count += sum(bool(partner) for partner, _written in results.values())
        return len(rows_sudo)

    def _undo_some(self):
        """Take the next rows back."""
        run_sudo = self.sudo()  # sudo: users have no right to write here but by this
        rows_sudo = self._get_next_rows(BATCH)
        if not rows_sudo:
            run_sudo.state = "undone"
            return 0
        kept_sudo = Undo(self._in_own_company().env).take_back(rows_sudo)
        run_sudo.kept_count += len(kept_sudo)
        run_sudo.undone_count += len(rows_sudo) - len(kept_sudo)
        return len(rows_sudo)

    # === CRON === #

    @api.model
    def _cron_apply(self):
        """Take what waits, batch by batch, with the rights of whoever asked for it."""
        cron = self.env["ir.cron"]
        rows = self.env["invoice.customer.import.row"]
        for run in self.search([("state", "in", RUNNING)], order="id"):
            cron._commit_progress(remaining=rows.search_count(run._get_waiting_domain()))
            while done := run._step_in_background():
                self.env.invalidate_all()
                if not cron._commit_progress(done):
                    return
        cron._commit_progress(remaining=0)

    def _step_in_background(self):
        """:return: number of rows that were taken"""
        user = self.undone_by_id if self.state == "undoing" else self.user_id
        if not user.active or self.company_id not in user.company_ids:
            return self._stop(words(self.env)._("%s may not import any more.", user.name))
        try:
            with self.env.cr.savepoint():
                run = self.with_context(lang=user.lang, tz=user.tz).with_user(user)
                return run._take_step()
        except (ConcurrencyError, OperationalError):
            # Somebody else was faster. The next run of the job sees what they did.
            self.env.ref("invoice_crm_addon.ir_cron_customer_import")._trigger()
            return 0
        except Exception:
            _logger.exception("The import %s of customers cannot go on", self.id)
            return self._stop(
                words(self.env)._(
                    "The row could not be handled because of an error of the program."
                )
            )

    def _stop(self, reason):
        """Give up on the rows that wait.

        :param Words reason:
        """
        run_sudo = self.sudo()  # sudo: users have no right to write here
        rows_sudo = self._get_next_rows(None)
        if self.state == "undoing":
            rows_sudo.write({"is_kept": True, "message": reason})
            run_sudo.write({"state": "undone", "kept_count": self.kept_count + len(rows_sudo)})
            return 0
        rows_sudo.write({"outcome": "error", "message": reason})
        run_sudo.state = "checked" if self.state == "checking" else "done"
        self._count_rows()
        return 0
