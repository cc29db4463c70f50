import hashlib
import logging
import os
import shutil
import tempfile

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tools import SQL, format_date

from ..base.words import KeptText, get_words, words
from .audit_archive import CHUNK, Archive

_logger = logging.getLogger(__name__)

AUDITORS = "invoice_crm_addon.group_ticket_manager,invoice_crm_addon.group_ticket_auditor"


class InvoiceAuditPackage(models.Model):
    """All that the audit of a period needs, as one zip with an index and hashes.

    State     Meaning
    =====================================================================================
    waiting   a job makes it
    done      can be downloaded; stays as it is
    failed    it could not be made; the message says why
    =====================================================================================

    Managers and auditors ask for packages and read those of their companies. A package is made
    with the rights and in the language of whoever asked for it, and of the same data it is the
    same file, byte by byte: what was handed out can be made again and compared. Nobody changes
    or deletes one.
    """

    _name = "invoice.audit.package"
    _inherit = ["invoice.action.mixin"]
    _description = "Audit Package"
    _order = "id desc"

    name = fields.Char(compute="_compute_name")
    date_from = fields.Date(string="From", required=True, readonly=True)
    date_to = fields.Date(string="To", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    user_id = fields.Many2one(
        "res.users", string="Asked For By", required=True, readonly=True, ondelete="restrict"
    )
    state = fields.Selection(
        selection=[("waiting", "Being Made"), ("done", "Made"), ("failed", "Failed")],
        default="waiting",
        required=True,
        readonly=True,
    )
    done_on = fields.Datetime(string="Made On", readonly=True)
    message = KeptText(readonly=True)
    # Language and timezone do not follow the user: the package can be made again.
    lang = fields.Char(readonly=True, export_string_translation=False)
    attachment_id = fields.Many2one(
        "ir.attachment", string="File", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    file_size = fields.Integer(related="attachment_id.file_size")
    sha256 = fields.Char(string="SHA-256", readonly=True)
    ticket_count = fields.Integer(string="Tickets", readonly=True)
    file_count = fields.Integer(string="E-Invoice Files", readonly=True)

    can_download = fields.Boolean(compute="_compute_can_download")

    _waiting_idx = models.Index("(id) WHERE state = 'waiting'")

    @api.depends("date_from", "date_to")
    @api.depends_context("lang")
    def _compute_name(self):
        for package in self:
            days = (package.date_from, package.date_to)
            package.name = " – ".join(format_date(self.env, day) for day in days if day)

    @api.depends("state")
    def _compute_can_download(self):
        self._compute_can("download")

    # === ACTION METHODS === #

    def get_progress(self):
        """How far the job is, for the panel; see ``invoice.customer.import``."""
        self.ensure_one()
        self.check_access("read")
        is_over = self.state != "waiting"
        labels = [
            (self._fields[name]._description_string(self.env), self[name])
            for name in ("ticket_count", "file_count")
        ]
        return {
            "name": self.name,
            "state": self.state,
            "is_over": is_over,
            "done": int(is_over),
            "total": 1,
            "counts": labels if self.state == "done" else [],
        }

    def action_download(self):
        """Download the zip; the log of exports says so.

        :raise UserError: if it is not made yet
        """
        self.ensure_one()
        self._check_can("download")
        return {
            "type": "ir.actions.act_url",
            "url": f"/invoice_crm_addon/audit/{self.id}",
            "target": "download",
        }

    def _get_cannot_download_reason(self):
        if self.state == "done":
            return False
        if self.state == "failed":
            return self.env._("The package could not be made: %s", self.message or "")
        return self.env._("The package is not made yet. Wait until the job is done.")

    @api.model
    def _start(self, date_from, date_to, company):
        """Ask for a package of a period; a job makes it.

        :raise AccessError: if the user is neither manager nor auditor
        :raise UserError: if the period ends before it begins
        """
        if not self.env.user.has_groups(AUDITORS):
            raise AccessError(self.env._("Audit packages are for auditors and administrators."))
        if date_from > date_to:
            raise UserError(
                self.env._(
                    "The period ends on %(last)s, before it begins on %(first)s. Swap the days.",
                    first=format_date(self.env, date_from),
                    last=format_date(self.env, date_to),
                )
            )
        # sudo: users have no right to write here but by this
        package_sudo = self.sudo().create(
            {
                "date_from": date_from,
                "date_to": date_to,
                "company_id": company.id,
                "user_id": self.env.uid,
                "lang": self.env.lang,
            }
        )
        self.env.ref("invoice_crm_addon.ir_cron_audit_package")._trigger()
        return package_sudo.with_env(self.env)

    # === JOB === #

    @api.model
    def _cron_make(self):
        """Make what waits, one after the other; one that fails stops nobody."""
        cron = self.env["ir.cron"]
        packages = self.search([("state", "=", "waiting")], order="id")
        cron._commit_progress(remaining=len(packages))
        for package in packages:
            package._make_in_background()
            self.env.invalidate_all()
            if not cron._commit_progress(1):
                return

    def _make_in_background(self):
        user = self.user_id
        if (
            not user.active
            or self.company_id not in user.company_ids
            or not user.has_groups(AUDITORS)
        ):
            self._fail(words(self.env)._("%s may not ask for it any more.", user.name))
            return
        try:
            with self.env.cr.savepoint():
                self._make()
        except (ConcurrencyError, OperationalError):
            self.env.ref("invoice_crm_addon.ir_cron_audit_package")._trigger()
        except UserError as error:
            self._fail(get_words(error))
        except Exception:
            _logger.exception("The audit package %s cannot be made", self.id)
            self._fail(words(self.env)._("It failed because of an error of the program."))

    def _fail(self, message):
        # sudo: users have no right to write here
        self.sudo().write({"state": "failed", "message": message})

    def _make(self):
        """Write the zip, and keep it with its hash."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "audit.zip")
            counts = self._get_maker()._write_archive(Archive(path))
            sha1, sha256 = self._get_hashes(path)
            # sudo: users have no right to write here but by this
            self.sudo().write(
                {
                    "state": "done",
                    "done_on": fields.Datetime.now(),
                    "sha256": sha256,
                    "attachment_id": self._keep_file(path, sha1).id,
                    **counts,
                }
            )

    def _get_maker(self):
        """The package as whoever asked for it sees the data, in the language of that day."""
        return self.with_user(self.user_id).with_context(
            lang=self.lang,
            tz=self.company_id._get_zone(),
            allowed_company_ids=self.company_id.ids,
            active_test=False,
        )

    @api.model
    def _get_hashes(self, path):
        digests = hashlib.sha1(usedforsecurity=False), hashlib.sha256()
        with open(path, "rb") as file:
            while chunk := file.read(CHUNK):
                for digest in digests:
                    digest.update(chunk)
        return [digest.hexdigest() for digest in digests]

    def _keep_file(self, path, sha1):
        """Attach a file to the package; where files are kept as such, it is never in memory."""
        # sudo: ir.attachment - the package says who reads it, through the page that logs it
        Attachment_sudo = self.env["ir.attachment"].sudo()
        attachment_sudo = Attachment_sudo.create(
            {
                "name": self._get_file_name(),
                "mimetype": "application/zip",
            }
        )
        if Attachment_sudo._storage() != "file":
            with open(path, "rb") as file:
                attachment_sudo.raw = file.read()
            return attachment_sudo
        store_fname = f"{sha1[:2]}/{sha1}"
        target = Attachment_sudo._full_path(store_fname)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if not os.path.exists(target):
            shutil.copyfile(path, f"{target}.audit")
            os.replace(f"{target}.audit", target)
        # Core deletes it later if the transaction fails.
        Attachment_sudo._mark_for_gc(store_fname)
        attachment_sudo.flush_recordset()
        self.env.cr.execute(
            SQL(
                "UPDATE ir_attachment SET store_fname = %s, checksum = %s, file_size = %s"
                " WHERE id = %s",
                store_fname,
                sha1,
                os.path.getsize(path),
                attachment_sudo.id,
            )
        )
        attachment_sudo.invalidate_recordset()
        return attachment_sudo

    def _get_file_name(self):
        return f"audit-{self.company_id.id}-{self.date_from}-{self.date_to}.zip"
