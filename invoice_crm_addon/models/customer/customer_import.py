import logging
from base64 import b64decode, b64encode

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.fields import Domain

from ...sheets import SheetError, read_table
from ..base.words import KeptText, words
from ..ticket.ticket import FINANCE
from .import_faults import get_file_fault, get_warning
from .import_files import make_problems, make_template
from .import_judge import Judge
from .import_undo import Undo
from .import_writer import BATCH, Writer

_logger = logging.getLogger(__name__)

# What a user looks on at; more goes on in the background.
FOREGROUND_ROWS = 300
ROWS_AT_ONCE = 1000
COUNTED = ("new", "update", "unchanged", "duplicate", "error")


class InvoiceCustomerImport(models.Model):
    """One file of customers: what each of its rows would do, and what it did.

    State      Meaning
    =====================================================================================
    checked    every row was judged, and nothing is written yet
    running    a job writes it
    done       written, but for the rows with an error
    undone     taken back, but for what was changed or used since
    =====================================================================================

    Whoever imported it sees it, finance all of the company, auditors read. Only methods write:
    ``start``, ``action_apply``, ``action_undo`` and ``action_discard``.
    """

    _name = "invoice.customer.import"
    _inherit = ["invoice.action.mixin"]
    _description = "Customer Import"
    _order = "id desc"

    name = fields.Char(string="File", required=True)
    user_id = fields.Many2one(
        "res.users", string="Imported By", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    state = fields.Selection(
        selection=[
            ("checked", "Checked"),
            ("running", "Importing"),
            ("done", "Imported"),
            ("undone", "Taken Back"),
        ],
        default="checked",
        required=True,
    )
    in_background = fields.Boolean()
    applied_on = fields.Datetime(string="Imported On")
    undone_on = fields.Datetime(string="Taken Back On")
    # Account numbers stand in it: it is handed out by a route that asks who wants it.
    content = fields.Binary(attachment=True, groups=fields.NO_ACCESS)
    headings = fields.Json(groups=fields.NO_ACCESS)
    warning = KeptText()
    row_ids = fields.One2many("invoice.customer.import.row", "import_id", string="Rows")
    problem_row_ids = fields.One2many(
        "invoice.customer.import.row",
        "import_id",
        string="To Correct",
        domain=[("outcome", "in", ("error", "duplicate"))],
    )
    row_count = fields.Integer(string="Rows in the File")
    new_count = fields.Integer(string="New")
    update_count = fields.Integer(string="Changed")
    unchanged_count = fields.Integer(string="Unchanged")
    duplicate_count = fields.Integer(string="Twice in the File")
    error_count = fields.Integer(string="Errors")
    applied_count = fields.Integer(string="Written")
    kept_count = fields.Integer(string="Not Taken Back")
    progress = fields.Integer(compute="_compute_progress", export_string_translation=False)
    can_apply = fields.Boolean(compute="_compute_can_actions")
    can_undo = fields.Boolean(compute="_compute_can_actions")
    can_discard = fields.Boolean(compute="_compute_can_actions")
    can_download_problems = fields.Boolean(compute="_compute_can_actions")
    can_download_file = fields.Boolean(compute="_compute_can_actions")

    _running_idx = models.Index("(id) WHERE state = 'running'")

    # === COMPUTE METHODS === #

    @api.depends("applied_count", "new_count", "update_count", "state")
    def _compute_progress(self):
        for run in self:
            total = run.new_count + run.update_count
            is_over = run.state not in ("checked", "running")
            run.progress = 100 if is_over or not total else 100 * run.applied_count // total

    @api.depends("state", "user_id", *(f"{name}_count" for name in COUNTED), "applied_count")
    @api.depends_context("uid")
    def _compute_can_actions(self):
        self._compute_can("apply", "undo", "discard", "download_problems", "download_file")

    # === ACTION METHODS === #

    @api.model
    def start(self, attachment_id: int):
        """Take a file of customers in, and judge each of its rows; nothing else is written.

        :param int attachment_id: an Excel or CSV file that the user just uploaded
        :return: action that opens the import
        :raise UserError: if the file cannot be read, with what it is and how to mend it
        """
        attachment = self.env["ir.attachment"].browse(attachment_id)
        attachment.check_access("read")
        if attachment.create_uid != self.env.user or attachment.res_id:
            raise AccessError(self.env._("Upload the file that you want to import."))
        name, content = attachment.name, attachment.raw or b""
        # sudo: ir.attachment - the user just uploaded it for this alone
        attachment.sudo().unlink()
        return self._start(name, content)._open()

    def action_apply(self):
        """Write all good rows: at once, or by a job if they are many.

        :raise UserError: if the import is not waiting for it
        """
        self.ensure_one()
        self._check_can("apply", claim=True)
        run_sudo = self.sudo()  # sudo: users have no right to write here but by this
        run_sudo.write({"state": "running", "applied_on": fields.Datetime.now()})
        if self.new_count + self.update_count > FOREGROUND_ROWS:
            run_sudo.in_background = True
            self.env.ref("invoice_crm_addon.ir_cron_customer_import")._trigger()
            return True
        while self._apply_some():
            pass
        return True

    def action_undo(self):
        """Take back what nobody changed and nothing uses since; the rest stays, with the reason.

        :raise UserError: if there is nothing to take back
        """
        self.ensure_one()
        self._check_can("undo", claim=True)
        run_sudo = self.sudo()  # sudo: users have no right to write here but by this
        run_sudo.write({"state": "undone", "undone_on": fields.Datetime.now()})
        rows_sudo = run_sudo.row_ids.filtered("is_applied")
        kept = Undo(self._in_own_company().env).take_back(rows_sudo)
        run_sudo.kept_count = len(kept)
        return True

    def action_discard(self):
        """Forget a file that was checked and never imported."""
        self.ensure_one()
        self._check_can("discard", claim=True)
        self.sudo().unlink()  # sudo: nothing was written; users delete no other imports
        return self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_crm_addon.invoice_customer_import_action"
        )

    def action_download_problems(self):
        """Download the rows that were not imported, with what is wrong with each."""
        self.ensure_one()
        self._check_can("download_problems")
        return {
            "type": "ir.actions.act_url",
            "url": f"/invoice_crm_addon/customer_import/{self.id}/problems",
            "target": "download",
        }

    def action_download_file(self):
        """Download the file as it came."""
        self.ensure_one()
        self._check_can("download_file")
        return {
            "type": "ir.actions.act_url",
            "url": f"/invoice_crm_addon/customer_import/{self.id}/file",
            "target": "download",
        }

    @api.model
    def action_download_template(self):
        """Download an empty table with headings in the user's language, and a guide."""
        return {
            "type": "ir.actions.act_url",
            "url": "/invoice_crm_addon/customer_import/template",
            "target": "download",
        }

    def action_view_customers(self):
        """Open the customers that the import wrote."""
        self.ensure_one()
        self.check_access("read")
        rows = self.env["invoice.customer.import.row"]
        domain = [("import_id", "=", self.id), ("is_applied", "=", True)]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Customers of %s", self.name),
            "res_model": "res.partner",
            "views": [(False, "list"), (False, "kanban"), (False, "form")],
            "domain": [("id", "in", rows.search(domain).partner_id.ids)],
        }

    def _open(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "current",
        }

    # === FILES === #

    @api.model
    def _make_template(self):
        """:return: name and content of a file"""
        self.browse().check_access("read")
        return f"{self.env._('Customers')}.xlsx", make_template(self.env)

    def _make_problems(self):
        """:return: name and content of a file"""
        self._check_can("download_problems")
        run_sudo = self.sudo()  # sudo: cells are for those who were asked for above
        domain = [("import_id", "=", self.id), ("outcome", "in", ("error", "duplicate"))]
        rows_sudo = run_sudo.row_ids.search(domain, order="number, id")
        rows = [(row.cells, str(row.message or "")) for row in rows_sudo]
        stem = self.name.rpartition(".")[0] or self.name
        name = self.env._("%s – to correct", stem)
        return f"{name}.xlsx", make_problems(self.env, run_sudo.headings, rows)

    def _get_file(self):
        """:return: name and content of a file"""
        self._check_can("download_file")
        # sudo: the file is for those who were asked for above
        return self.name, b64decode(self.sudo().with_context(bin_size=False).content or b"")

    # === RIGHTS === #

    def _get_cannot_apply_reason(self):
        if self.user_id != self.env.user:
            return self.env._("Only %s imports this file.", self.user_id.name)
        if self.state != "checked":
            return self.env._("This file was imported already.")
        if not self.new_count + self.update_count:
            return self.env._("No row of this file can be imported. The remarks say why.")
        return False

    def _get_cannot_undo_reason(self):
        if reason := self._get_not_in_charge_reason():
            return reason
        if self.state != "done" or not self.applied_count:
            return self.env._("Only a file that was imported can be taken back.")
        return False

    def _get_cannot_discard_reason(self):
        if reason := self._get_not_in_charge_reason():
            return reason
        return self.state != "checked" and self.env._("This file was imported already.")

    def _get_cannot_download_problems_reason(self):
        if reason := self._get_not_in_charge_reason():
            return reason
        if self.state == "running":
            return self.env._("The file is being imported. Wait until it is done.")
        if not self.error_count + self.duplicate_count:
            return self.env._("There is nothing to correct in this file.")
        return False

    def _get_cannot_download_file_reason(self):
        return self._get_not_in_charge_reason()

    def _get_not_in_charge_reason(self):
        """Others read what became of the rows, and no account number."""
        if self.user_id == self.env.user or self.env.user.has_group(FINANCE):
            return False
        return self.env._("Only who imported the file, and finance, may do this.")

    def _in_own_company(self):
        return self.with_context(allowed_company_ids=self.company_id.ids)

    # === CHECK === #

    @api.model
    def _start(self, name, content):
        """An import of the current user, judged.

        :param str name: of the file
        :param bytes content: the file
        :raise UserError: if it cannot be read
        """
        if not self.env.user.has_group("invoice_crm_addon.group_ticket_user"):
            raise AccessError(self.env._("Only users of tickets import customers."))
        self.env["res.partner"].check_access("create")
        try:
            table = read_table(content, name)
        except SheetError as error:
            raise UserError(get_file_fault(self.env, error)) from error
        if not table.rows:
            raise UserError(
                self.env._("There are headings in the file, and no rows below them. Fill some in.")
            )
        # sudo: users have no right to write here but by this
        run_sudo = self.sudo().create(
            {
                "name": name,
                "user_id": self.env.uid,
                "company_id": self.env.company.id,
                "content": b64encode(content),
                "headings": table.headings,
                "warning": get_warning(self.env, table),
                "row_count": len(table.rows),
            }
        )
        run = run_sudo.with_env(self.env)
        run._check_rows(table.rows)
        return run

    def _check_rows(self, rows):
        pairs = [(row.number, row.cells) for row in rows]
        verdicts = self._get_judge().judge(pairs)
        # sudo: users have no right to write here but by this
        rows_sudo = self.env["invoice.customer.import.row"].sudo()
        for start in range(0, len(rows), ROWS_AT_ONCE):
            rows_sudo.create(
                [
                    self._prepare_row(row, verdict)
                    for row, verdict in zip(
                        rows[start : start + ROWS_AT_ONCE],
                        verdicts[start : start + ROWS_AT_ONCE],
                        strict=True,
                    )
                ]
            )
        self._count_rows()

    def _prepare_row(self, row, verdict):
        return {
            "import_id": self.id,
            "number": row.number,
            "name": (row.cells.get("name") or row.cells.get("title") or "")[:200],
            "vat": row.cells.get("vat", "")[:60],
            "outcome": verdict.outcome,
            "message": verdict.message or False,
            "partner_id": verdict.partner.id if verdict.partner else False,
            "cells": row.cells,
        }

    def _count_rows(self):
        rows = self.env["invoice.customer.import.row"]
        counts = dict(rows._read_group([("import_id", "=", self.id)], ["outcome"], ["__count"]))
        # sudo: users have no right to write here but by this
        self.sudo().write({f"{name}_count": counts.get(name, 0) for name in COUNTED})

    def _get_judge(self):
        run = self._in_own_company()
        return Judge(run.env, self.sudo().headings)  # sudo: the headings of the file

    # === APPLY === #

    def _apply_some(self):
        """Write the next rows, judged anew: much may have happened since.

        :return: number of rows that were taken, 0 if none is left
        """
        # sudo: rows are written by this alone
        run_sudo = self.sudo()
        rows_sudo = run_sudo.row_ids.search(
            self._get_waiting_domain(), limit=BATCH, order="number, id"
        )
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

    def _get_waiting_domain(self):
        return (
            Domain("import_id", "=", self.id)
            & Domain("outcome", "in", ("new", "update"))
            & Domain("is_applied", "=", False)
        )

    # === CRON === #

    @api.model
    def _cron_apply(self):
        """Write what waits, batch by batch, with the rights of whoever imports it."""
        cron = self.env["ir.cron"]
        rows = self.env["invoice.customer.import.row"]
        for run in self.search([("state", "=", "running")], order="id"):
            cron._commit_progress(remaining=rows.search_count(run._get_waiting_domain()))
            while done := run._apply_in_background():
                self.env.invalidate_all()
                if not cron._commit_progress(done):
                    return
        cron._commit_progress(remaining=0)

    def _apply_in_background(self):
        """:return: number of rows that were taken"""
        user = self.user_id
        if not user.active or self.company_id not in user.company_ids:
            return self._stop(words(self.env)._("%s may not import any more.", user.name))
        try:
            with self.env.cr.savepoint():
                run = self.with_context(lang=user.lang, tz=user.tz).with_user(user)
                return run._apply_some()
        except (ConcurrencyError, OperationalError):
            # Somebody else was faster. The next run of the job sees what they did.
            self.env.ref("invoice_crm_addon.ir_cron_customer_import")._trigger()
            return 0
        except Exception:
            _logger.exception("The import %s of customers cannot go on", self.id)
            return self._stop(
                words(self.env)._(
                    "The row could not be written because of an error of the program."
                )
            )

    def _stop(self, reason):
        """Give up on the rows that wait.

        :param Words reason:
        """
        rows_sudo = self.sudo().row_ids.search(self._get_waiting_domain())  # sudo: of its owner
        rows_sudo.write({"outcome": "error", "message": reason})
        self.sudo().state = "done"  # sudo: users have no right to write here
        self._count_rows()
        return 0
