from base64 import b64decode, b64encode

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...sheets import SheetError, read_table
from ..base.words import KeptText
from ..ticket.ticket import FINANCE
from .import_faults import get_file_fault, get_warning
from .import_files import make_problems, make_template

# What a user looks on at; more goes on in the background.
FOREGROUND_ROWS = 300
CHECKED_AT_ONCE = 1000
COUNTED = ("new", "update", "unchanged", "duplicate", "error")
COUNTERS = (*(f"{name}_count" for name in COUNTED), "applied_count", "undone_count", "kept_count")
RUNNING = ("checking", "running", "undoing")


class InvoiceCustomerImport(models.Model):
    """One file of customers: what each of its rows would do, and what it did.

    State      Meaning
    =====================================================================================
    checking   rows are judged, by a job if they are many
    checked    every row was judged, and nothing is written yet
    running    a job writes it
    done       written, but for the rows with an error
    undoing    a job takes it back
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
            ("checking", "Checking"),
            ("checked", "Checked"),
            ("running", "Importing"),
            ("done", "Imported"),
            ("undoing", "Taking Back"),
            ("undone", "Taken Back"),
        ],
        default="checking",
        required=True,
    )
    in_background = fields.Boolean()
    applied_on = fields.Datetime(string="Imported On")
    undone_on = fields.Datetime(string="Taken Back On")
    undone_by_id = fields.Many2one(
        "res.users", string="Taken Back By", index="btree_not_null", ondelete="restrict"
    )
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
    undone_count = fields.Integer(string="Customers Taken Back")
    kept_count = fields.Integer(string="Not Taken Back")
    progress = fields.Integer(compute="_compute_progress", export_string_translation=False)
    can_apply = fields.Boolean(compute="_compute_can_actions")
    can_undo = fields.Boolean(compute="_compute_can_actions")
    can_discard = fields.Boolean(compute="_compute_can_actions")
    can_download_problems = fields.Boolean(compute="_compute_can_actions")
    can_download_file = fields.Boolean(compute="_compute_can_actions")

    _running_idx = models.Index("(id) WHERE state IN ('checking', 'running', 'undoing')")

    # === COMPUTE METHODS === #

    @api.depends("state", "row_count", *COUNTERS)
    def _compute_progress(self):
        for run in self:
            done, total = run._get_progress()
            run.progress = 100 * done // total if total else 100

    @api.depends("state", "user_id", *COUNTERS)
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
        self._work(self.new_count + self.update_count > FOREGROUND_ROWS)
        return True

    def action_undo(self):
        """Take back what nobody changed and nothing uses since; the rest stays, with the reason.

        At once, or by a job if it is much.

        :raise UserError: if there is nothing to take back
        """
        self.ensure_one()
        self._check_can("undo", claim=True)
        run_sudo = self.sudo()  # sudo: users have no right to write here but by this
        run_sudo.write(
            {
                "state": "undoing",
                "undone_on": fields.Datetime.now(),
                "undone_by_id": self.env.uid,
            }
        )
        self._work(self.applied_count > FOREGROUND_ROWS)
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

    def _get_headings(self):
        """Headings of the file by column, in the file's order.

        :rtype: dict[str, str]
        """
        return dict(self.sudo().headings)  # sudo: no user reads them as they are kept

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
        return f"{name}.xlsx", make_problems(self.env, self._get_headings(), rows)

    def _get_file(self):
        """:return: name and content of a file"""
        self._check_can("download_file")
        # sudo: the file is for those who were asked for above
        return self.name, b64decode(self.sudo().with_context(bin_size=False).content or b"")

    # === RIGHTS === #

    def _get_busy_reason(self):
        return self.state in RUNNING and self.env._(
            "A job is at work on this file. Wait until it is done."
        )

    def _get_cannot_apply_reason(self):
        if self.user_id != self.env.user:
            return self.env._("Only %s imports this file.", self.user_id.name)
        if reason := self._get_busy_reason():
            return reason
        if self.state != "checked":
            return self.env._("This file was imported already.")
        if not self.new_count + self.update_count:
            return self.env._("No row of this file can be imported. The remarks say why.")
        return False

    def _get_cannot_undo_reason(self):
        if reason := self._get_not_in_charge_reason() or self._get_busy_reason():
            return reason
        if self.state != "done" or not self.applied_count:
            return self.env._("Only a file that was imported can be taken back.")
        return False

    def _get_cannot_discard_reason(self):
        if reason := self._get_not_in_charge_reason() or self._get_busy_reason():
            return reason
        return self.state != "checked" and self.env._("This file was imported already.")

    def _get_cannot_download_problems_reason(self):
        if reason := self._get_not_in_charge_reason() or self._get_busy_reason():
            return reason
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
        """An import of the current user, judged at once, or by a job if it is large.

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
                # As pairs: the database does not keep the order of an object's names.
                "headings": list(table.headings.items()),
                "warning": get_warning(self.env, table),
                "row_count": len(table.rows),
            }
        )
        run = run_sudo.with_env(self.env)
        run._add_rows(table.rows)
        run._work(len(table.rows) > CHECKED_AT_ONCE)
        return run

    def _add_rows(self, rows):
        # sudo: users have no right to write here but by this
        rows_sudo = self.env["invoice.customer.import.row"].sudo()
        for start in range(0, len(rows), CHECKED_AT_ONCE):
            rows_sudo.create(
                [self._prepare_row(row) for row in rows[start : start + CHECKED_AT_ONCE]]
            )
            rows_sudo.env.flush_all()
            rows_sudo.env.invalidate_all()

    def _prepare_row(self, row):
        return {
            "import_id": self.id,
            "number": row.number,
            "name": (row.cells.get("name") or row.cells.get("title") or "")[:200],
            "vat": row.cells.get("vat", "")[:60],
            "outcome": "waiting",
            "cells": row.cells,
        }
