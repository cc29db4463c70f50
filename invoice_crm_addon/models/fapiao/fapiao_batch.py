import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import clean_context

from ...fapiao import FapiaoError, cut_pages, is_package, read_documents, unpack
from ..base.public_methods import Id
from ..base.words import get_words, words
from ..ticket.ticket import FINANCE

_logger = logging.getLogger(__name__)

# What a user looks on at; more goes on in the background.
FOREGROUND_FILES = 20
FOREGROUND_BYTES = 20 * 1024 * 1024
# A window that was closed while it read leaves its files to the job.
ABANDONED_AFTER = timedelta(minutes=10)


class InvoiceFapiaoBatch(models.Model):
    """E-invoice files that came together: one drop, one choice of files, or one e-mail.

    A few files are read while the user looks on, one after the other, each in a transaction of
    its own. Many files, large ones and those of an e-mail are read by a job; the same panel
    shows how far it is. Archives are opened when they come: each file in them is a file here.

    Everything is written by the methods of these models; finance reads.
    """

    _name = "invoice.fapiao.batch"
    _description = "E-Invoice Upload"
    _inherit = ["mail.thread", "invoice.names.mixin"]
    _order = "id desc"
    _mail_post_access = "write"

    name = fields.Char(required=True, default="–")
    origin = fields.Selection(
        selection=[("upload", "Upload"), ("mail", "E-Mail")], default="upload", required=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Read By",
        index=True,
        ondelete="restrict",
        help="With this person's rights the files are read. Files that came by e-mail belong to "
        "nobody: what they would issue waits for somebody of finance.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    ticket_id = fields.Many2one(
        "invoice.ticket",
        string="Dropped on Ticket",
        index="btree_not_null",
        ondelete="set null",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Dropped on Customer",
        index="btree_not_null",
        ondelete="set null",
    )
    email_from = fields.Char(string="Sender")
    email_id = fields.Char(string="Message-Id", help="Of the e-mail that brought the files.")
    in_background = fields.Boolean()
    is_told = fields.Boolean(help="Whether the person who sent the files knows the results.")
    file_ids = fields.One2many("invoice.fapiao.file", "batch_id", string="Files")

    _untold_idx = models.Index("(id) WHERE is_told IS NOT TRUE")

    # === ACTION METHODS === #

    @api.model
    def start(
        self,
        attachment_ids: list[int],
        ticket_id: Id = False,
        partner_id: Id = False,
    ):
        """Take e-invoice files in, to be read one by one or, if they are many, by a job.

        :param list[int] attachment_ids: attachments that the user may read
        :param int ticket_id: the ticket on which they were dropped, if any
        :param int partner_id: the customer on whose form they were dropped, if any
        :return: what :meth:`get_progress` returns
        :raise AccessError: if the user is not of finance
        """
        self.env["invoice.fapiao.translator"]._check_finance()
        batch = self._create_batch(ticket_id=ticket_id, partner_id=partner_id)
        for attachment in self.env["ir.attachment"].browse(attachment_ids):
            batch._add_attachment(attachment)
        batch._name_after_files()
        if batch._is_long():
            batch._run_in_background()
        return batch.get_progress()

    def get_progress(self):
        """Where the upload stands, for the panel.

        :return: dict with ``id``, ``in_background`` and, for each file, a row of ``files``
        """
        self.ensure_one()
        self.check_access("read")
        return {
            "id": self.id,
            "in_background": self.in_background,
            # sudo: those of all companies, since a file goes to the one that issued it
            "files": self.sudo().file_ids.with_env(self.env).get_rows(),
        }

    def _name_after_files(self):
        names = self.file_ids.sorted("id").mapped("name")
        if names:
            more = f" +{len(names) - 1}" if len(names) > 1 else ""
            self.sudo().name = f"{names[0]}{more}"  # sudo: users have no right to write here

    def _import_attachment(self, attachment):
        """Take one attachment in and read it.

        :return: the dict of ``import_fapiao``
        """
        files = self._add_attachment(attachment)
        waiting = files.filtered(lambda file: file.outcome == "waiting")
        files = (files - waiting) | waiting._read_all()
        return {"attachment_id": attachment.id, **files._get_import_result()}

    # === TAKE FILES IN === #

    @api.model
    def _create_batch(self, **values):
        """An upload of the current user."""
        target = {"ticket_id": "invoice.ticket", "partner_id": "res.partner"}
        for fname, model in target.items():
            if values.get(fname):
                self.env[model].browse(values[fname]).check_access("read")
        context = {**clean_context(self.env.context), "mail_create_nolog": True}
        # sudo: no user may create uploads but by dropping files; what they name was checked
        batch_sudo = self.with_env(self.env(context=context, su=True))
        batch = batch_sudo.create({"user_id": self.env.uid, **values})
        return batch.with_env(self.env)

    def _add_attachment(self, attachment):
        """Take one attachment in; an archive becomes the files in it.

        :return: the files, those that cannot be taken refused
        """
        self.ensure_one()
        try:
            attachment.check_access("read")
            content = attachment.raw or b""
        except UserError as error:
            return self._add_file(f"#{attachment.id}")._set_refused(get_words(error))
        # Two hundred files at once are not kept in memory.
        attachment.invalidate_recordset(["raw", "datas"])
        if is_package(content):
            return self._add_package(attachment, content)
        return self._find_open_file(attachment) or self._add_file(
            attachment.name, self._claim(attachment)
        )

    def _find_open_file(self, attachment):
        """The file of an attachment that was taken in before and led to nothing yet."""
        file = self.env["invoice.fapiao.file"].search(
            [
                ("attachment_id", "=", attachment.id),
                ("outcome", "in", ("waiting", "undecided", "refused")),
            ],
            limit=1,
        )
        if file:
            file._leave_ticket()
            file._drop_candidates()
            file._keep(batch_id=self.id)
            file._set_outcome("waiting", False)
        return file

    def _claim(self, attachment):
        """The attachment if the user just uploaded it or it lies where it belongs, else a copy."""
        owner = (attachment.res_model, attachment.res_id)
        if owner[1]:
            is_ours = owner in (
                (self._name, self.id),
                (self.ticket_id._name, self.ticket_id.id),
            )
        else:
            is_ours = attachment.create_uid == self.env.user and not attachment.url
        if is_ours:
            return attachment
        # sudo: ir.attachment - a copy of what the user handed in, for the upload alone
        return attachment.sudo().copy({"res_model": False, "res_id": 0}).with_env(self.env)

    def _add_package(self, attachment, content):
        files = self.env["invoice.fapiao.file"]
        # The archive itself is kept with the upload.
        archive = self._claim(attachment)
        if not archive.res_id:
            # sudo: ir.attachment - the user just uploaded it, and may not write to the upload
            archive.sudo().write({"res_model": self._name, "res_id": self.id})
        try:
            for packed in unpack(content, files._get_limits()):
                name = f"{attachment.name}/{packed.name}"
                if packed.error:
                    files |= self._add_file(name)._set_unreadable(packed.error)
                else:
                    # sudo: ir.attachment - files of an archive that the user handed in
                    part_sudo = self.env["ir.attachment"].sudo()
                    part = part_sudo.create({"name": packed.name, "raw": packed.content})
                    files |= self._add_file(name, part.with_env(self.env))
                    part.invalidate_recordset(["raw", "datas"])
            if not files:
                raise FapiaoError("archive_not_ofd")
        except FapiaoError as error:
            files |= self._add_file(archive.name, archive)._set_unreadable(error)
        return files

    def _try_to_split(self, file, error):
        """Files of the invoices of one that cannot be read since it holds several.

        :param FapiaoError error: why it cannot be read
        :return: the files, maybe none, and then why there are none
        """
        none = file.browse()
        if error.code != "several_invoices":
            return none, error
        try:
            with self.env.cr.savepoint():
                return self._split_file(file), error
        except FapiaoError as problem:
            return none, problem

    def _split_file(self, file):
        """Give each invoice of a PDF file a file of its own pages, as if it had come alone.

        Whoever gets one of the invoices gets no page of the others. The file as it came stays
        with the upload.

        :return: the files, which wait; none if the file cannot be split
        """
        if file.format != "PDF":
            return file.browse()
        # sudo: ir.attachment - its pages stay with the upload that it came with
        whole_sudo = file.sudo().attachment_id
        content, limits = whole_sudo.raw, file._get_limits()
        documents = read_documents(content, file.name, limits)
        found = sorted([*documents, *documents.unread], key=lambda part: part.pages)
        if len({page for part in found for page in part.pages}) < sum(
            len(part.pages) or 1 for part in found
        ):
            return file.browse()  # two of them stand on one page
        parts = file.browse()
        for part in found:
            pages = ", ".join(map(str, part.pages))
            values = {
                "name": f"{file.name} #{pages}",
                "raw": cut_pages(content, part.pages, limits),
                "mimetype": "application/pdf",
            }
            attachment = whole_sudo.create(values).with_env(self.env)
            cut = self._add_file(attachment.name, attachment)
            cut._keep(part_of=f"{file.sha256}:{pages}")
            parts |= cut
        if (whole_sudo.res_model, whole_sudo.res_id) == (file._name, file.id):
            whole_sudo.write({"res_model": self._name, "res_id": self.id})
        file.sudo().unlink()  # sudo: its parts take its place; users delete none
        return parts

    def _add_file(self, name, attachment=None):
        # sudo: invoice.fapiao.file - users have no right to create them but by an upload
        file_sudo = (
            self.env["invoice.fapiao.file"]
            .sudo()
            .create(
                {
                    "batch_id": self.id,
                    "name": name,
                    "attachment_id": attachment.id if attachment else False,
                    "company_id": self.company_id.id,
                }
            )
        )
        file = file_sudo.with_env(self.env)
        if attachment and not attachment.res_id:
            file._take_attachment()
        return file

    @api.model
    def _adopt_files(self, tickets):
        """Give rows to e-invoice files that came before these models did.

        :return: number of files
        """
        batch = self._create_batch(name="–", is_told=True)
        for ticket in tickets:
            file = batch._add_file(ticket.fapiao_attachment_id.name, ticket.fapiao_attachment_id)
            outcome = "undecided" if ticket.state == "approved" else "attached"
            file._set_outcome(outcome, words(self.env)._("Earlier file"), ticket)
            try:
                with self.env.cr.savepoint():
                    file._load_document()
            except Exception:
                # It stays attached; only what it says is not shown.
                _logger.info("The e-invoice file %s cannot be read", file.id, exc_info=True)
            file.attachment_id.invalidate_recordset(["raw", "datas"])
        return len(tickets)

    # === IN THE BACKGROUND === #

    def _is_long(self):
        waiting = self.file_ids.filtered(lambda file: file.outcome == "waiting")
        size = sum(waiting.mapped("file_size"))
        return len(waiting) > FOREGROUND_FILES or size > FOREGROUND_BYTES

    def _run_in_background(self):
        self.sudo().in_background = True  # sudo: users have no right to write here
        self.env.ref("invoice_crm_addon.ir_cron_fapiao_files")._trigger()

    def _with_reader(self):
        """The upload in the environment of the person with whose rights it is read."""
        user = self.user_id
        companies = self.company_id | user.company_ids
        return self.with_user(user).with_context(
            lang=user.lang, tz=user.tz, allowed_company_ids=companies.ids
        )

    def _has_reader(self):
        user = self.user_id
        return user.active and user.has_group(FINANCE) and self.company_id in user.company_ids

    def _tell_results(self):
        """Say what became of the files, once all of them are read."""
        for batch in self.filtered(lambda batch: not batch.is_told):
            if any(file.outcome == "waiting" for file in batch.file_ids):
                continue
            batch.sudo().is_told = True  # sudo: users have no right to write here
            try:
                with self.env.cr.savepoint():
                    batch._tell()
            except Exception:
                # The files are read all the same, and the other uploads wait for their answer.
                _logger.exception("Nobody can be told of the upload %s", batch.id)

    def _tell(self):
        if self.origin == "mail":
            self._reply_results()
        elif self.in_background:
            self._notify_results()

    def _notify_results(self):
        """Tell the person who dropped many files, who may have left the page."""
        batch_sudo = self._in_reader_language()
        batch_sudo.message_notify(
            subject=batch_sudo.env._("E-invoice files are read"),
            body=batch_sudo.file_ids._render_results(),
            partner_ids=batch_sudo.user_id.partner_id.ids,
            force_send=False,
        )

    def _in_reader_language(self):
        """The upload in superuser mode, to write to the person who sent it."""
        # sudo: what is told of the files goes to nobody but the person who sent them
        return self.sudo().with_context(lang=self.user_id.lang or self.env.lang)
