import hashlib
import logging

from psycopg2 import OperationalError
from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.fields import Domain

from ...fapiao import (
    FapiaoError,
    Limits,
    Verdict,
    describe,
    from_plain,
    judge,
    read_document,
    to_plain,
)
from ..base.words import KeptText, get_words, words
from .fapiao_batch import ABANDONED_AFTER
from .ir_attachment import EXPOSURE
from .res_config_settings import LIMIT_SETTINGS

_logger = logging.getLogger(__name__)


class InvoiceFapiaoFile(models.Model):
    """One e-invoice file: what it says, how far that can be trusted, and what became of it.

    Outcome    Meaning                                              Next
    =====================================================================================
    waiting    not read yet                                         any other
    issued     the approved ticket that waited for it is issued     undecided (taken back)
    created    it became a ticket of its own                        undecided (taken back)
    attached   kept beside a ticket that has its number             undecided (taken back)
    duplicate  a ticket has this very file already                  –
    undecided  finance decides, among candidates or contradictions  issued, created, attached,
                                                                    refused
    refused    cannot be taken, with the reason                     any (read again)
    listed     a list of the tax bureau, see invoice.bureau.list     –
    =====================================================================================

    Action     Group    Restriction
    =====================================================================================
    Read again Finance  undecided or refused
    Choose     Finance  undecided; one of the candidates
    Create     Finance  undecided, read, its number on no ticket
    Dismiss    Finance  undecided
    Take back  Finance  issued, created or attached, and nothing was done with the ticket since
    =====================================================================================

    Only these methods write here. The file itself stays as it came, with its hash.

    A module that adds an outcome (``selection_add``) says in ``_get_outcomes_by_urgency`` how
    much attention it needs, in ``_get_taken_outcomes`` whether a ticket has the file then, and
    in the client's registry ``fapiao_outcomes`` how the panel shows it.
    """

    _name = "invoice.fapiao.file"
    _description = "E-Invoice File"
    _inherit = ["invoice.guard.mixin", "invoice.action.mixin", "invoice.my.department.mixin"]
    _order = "id desc"
    _rec_names_search = ["name", "number", "buyer_name"]
    _department_path = "ticket_id.department_id"

    batch_id = fields.Many2one(
        "invoice.fapiao.batch", string="Upload", required=True, index=True, ondelete="cascade"
    )
    name = fields.Char(string="File", required=True, index="trigram")
    attachment_id = fields.Many2one("ir.attachment", index="btree_not_null", ondelete="set null")
    mimetype = fields.Char(related="attachment_id.mimetype")
    file_data = fields.Binary(related="attachment_id.datas", string="Original")
    file_size = fields.Integer(related="attachment_id.file_size")
    sha256 = fields.Char(string="SHA-256", index="btree_not_null")
    format = fields.Char()
    part_of = fields.Char(
        export_string_translation=False,
        help="Hash of the file of several invoices that it comes from, and its pages there.",
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    user_id = fields.Many2one(related="batch_id.user_id", store=True, index=True)
    outcome = fields.Selection(
        [
            ("waiting", "To Be Read"),
            ("issued", "Issued"),
            ("created", "Created"),
            ("attached", "Attached"),
            ("duplicate", "Already There"),
            ("undecided", "Needs You"),
            ("refused", "Refused"),
            ("listed", "Tax Bureau List"),
        ],
        string="Result",
        default="waiting",
        required=True,
        index=True,
    )
    message = KeptText(string="Explanation")
    ticket_id = fields.Many2one("invoice.ticket", index="btree_not_null", ondelete="set null")
    candidate_ids = fields.One2many("invoice.fapiao.candidate", "file_id", string="Candidates")
    date_decided = fields.Datetime(string="Decided On")
    undo = fields.Json(groups="base.group_system")

    document = fields.Json(groups="base.group_system")
    number = fields.Char(index="trigram")
    code = fields.Char()
    issue_date = fields.Date()
    buyer_name = fields.Char(string="Buyer", index="trigram")
    buyer_vat = fields.Char(string="Buyer's Tax Number")
    seller_name = fields.Char(string="Seller")
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    amount_total = fields.Monetary(string="Total")
    verdict = fields.Selection(
        [
            ("agreed", "Agreed"),
            ("single", "Single Source"),
            ("partial", "Read in Part"),
            ("contradictory", "Contradictory"),
        ],
        string="Evidence",
        help="Agreed: a second witness confirms number and total. Read in part: something stands "
        "there that could not be read for certain. Contradictory: witnesses differ.",
    )

    _company_idx = models.Index("(company_id, id DESC)")
    _open_idx = models.Index("(outcome) WHERE outcome IN ('waiting', 'undecided')")

    def _compute_currency_id(self):
        self.currency_id = self.env["invoice.fapiao.translator"]._get_currency()

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        files = super().create(vals_list)
        # Whoever uploaded it may have shared it: from now on it is read where it lies.
        # sudo: ir.attachment - it only takes back what exposes the files
        files.sudo().attachment_id.write(dict.fromkeys(EXPOSURE, False))
        return files

    def _get_dropped_on(self, fname):
        """What the upload was dropped on; an e-mail of several companies is not read by each.

        :param str fname: name of a field of the upload
        """
        # sudo: invoice.fapiao.batch - of another company maybe; what it names is read without
        return self.sudo().batch_id[fname].with_env(self.env)

    # === ACTION METHODS === #

    def action_read(self):
        """Read files that wait, in the eyes of the user.

        :return: the rows of the panel, those of further invoices in the files among them: these
            wait
        :raise AccessError: if the user is not of finance
        """
        self.env["invoice.fapiao.translator"]._check_finance()
        self = self._in_all_companies()
        self.check_access("read")
        waiting, batches = self.try_lock_for_update(allow_referencing=True), self.batch_id
        found = waiting.filtered(lambda file: file.outcome == "waiting")._read_files()
        batches._tell_results()
        return (self | found).exists().get_rows()

    def action_read_again(self):
        """Read files again, after what was in their way is mended."""
        self._check_decision("read_again")
        self._leave_ticket()
        self._drop_candidates()
        found = self._read_files()
        if not found:
            return True
        # They are no more: what was found in them takes its turn in the job.
        found.batch_id._run_in_background()
        return found._get_records_action(name=self.env._("E-Invoice Files"))

    # === READING === #

    def _read_all(self):
        """Read files, and those of the invoices in them.

        :return: the files that there are then
        """
        done, files = self.browse(), self
        while files:
            done |= files
            files = files._read_files()
        return done.exists()

    def _read_files(self):
        """Read files, each of one invoice.

        :return: files of the invoices of those that held several: they wait
        """
        found = self.browse()
        for file in self:
            if file.batch_id._take_list(file):
                continue
            try:
                document = file._load_document()
            except FapiaoError as error:
                parts, error = file.batch_id._try_to_split(file, error)
                found |= parts
                if not parts:
                    file._set_unreadable(error)
            except UserError as error:
                file._set_refused(get_words(error))
            else:
                file._do_safely(file._place, document)
        return found

    def _load_document(self):
        """Read the file, and keep what it says.

        :rtype: FapiaoDocument
        :raise FapiaoError: if it cannot be read
        :raise UserError: if it is gone
        """
        self.ensure_one()
        # sudo: ir.attachment - whoever may read what a file says reads the file
        attachment_sudo = self.sudo().attachment_id
        if not attachment_sudo:
            raise UserError(words(self.env)._("The file is gone. Upload it again."))
        content = attachment_sudo.raw or b""
        values = {"sha256": hashlib.sha256(content).hexdigest(), "format": describe(content)}
        self._keep(**values)
        document = read_document(content, self.name, self._get_limits())
        self._keep(**self._prepare_document_values(document))
        return document

    @api.model
    def _get_limits(self):
        """How large a file may be, as the settings say.

        :rtype: Limits
        """
        # sudo: ir.config_parameter - limits of the settings only
        params_sudo = self.env["ir.config_parameter"].sudo()
        settings = self.env["res.config.settings"]
        limits = {}
        for fname, (name, unit) in LIMIT_SETTINGS.items():
            value = params_sudo.get_param(settings._fields[fname].config_parameter)
            if value and value.isdecimal() and int(value):
                limits[name] = int(value) * unit
        return Limits(**limits)

    @api.model
    def _prepare_document_values(self, document):
        return {
            "document": to_plain(document),
            "number": document.number,
            "code": document.code,
            "issue_date": document.issue_date,
            "buyer_name": document.buyer.name,
            "buyer_vat": document.buyer.tax_id,
            "seller_name": document.seller.name,
            "amount_total": float(document.amount_total or 0),
            "verdict": self._summarize(document),
        }

    @api.model
    def _summarize(self, document):
        """One verdict for the fields by which an invoice is known.

        :rtype: str
        """
        evidence = judge(document)
        verdicts = {found.verdict for found in evidence.values()}
        if Verdict.CONTRADICTORY in verdicts:
            return Verdict.CONTRADICTORY.value
        if document.doubts:
            return "partial"
        main = ("number", "amount_total")
        if all(name in evidence and evidence[name].verdict == Verdict.AGREED for name in main):
            return Verdict.AGREED.value
        return Verdict.SINGLE.value

    @api.model
    def _get_of_attachment(self, attachment, ticket):
        """The file of an attachment; one that came before files were kept gets its row now.

        :rtype: invoice.fapiao.file
        """
        file = self.search([("attachment_id", "=", attachment.id)], limit=1)
        if file:
            return file
        batch = self.env["invoice.fapiao.batch"]._create_batch(
            name=attachment.name, ticket_id=ticket.id
        )
        file = batch._add_file(attachment.name, attachment)
        return file._set_outcome("undecided", False, ticket)

    def _get_document(self):
        """What the file says, None if it was not read.

        :rtype: FapiaoDocument
        """
        self.ensure_one()
        plain = self.sudo().document  # sudo: the field is for the program alone
        return from_plain(plain) if plain else None

    def _get_evidence(self):
        """What speaks for each value, other files of the same ticket included."""
        self.ensure_one()
        document = self._get_document()
        if not document:
            return {}
        others = self._get_other_documents(self.ticket_id)
        return judge(document, others)

    def _get_other_documents(self, ticket):
        """What the other files of a ticket say.

        :rtype: list[FapiaoDocument]
        """
        # sudo: files of all companies are witnesses; only what contradicts is said
        others_sudo = ticket.sudo().fapiao_file_ids.filtered("document") - self
        return [other._get_document() for other in others_sudo]

    # === OUTCOMES === #

    @api.model
    def _get_outcomes_by_urgency(self):
        """Outcomes, that which needs most attention last: it stands for several files together.

        :rtype: list[str]
        """
        order = "waiting listed duplicate attached created issued refused undecided"
        return order.split()

    @api.model
    def _get_taken_outcomes(self):
        """Outcomes after which a ticket has the file: it is kept as it came, or taken back.

        :rtype: list[str]
        """
        return ["issued", "created", "attached"]

    def _do_safely(self, place, *args):
        """Do something with the file; what it changed is undone if it cannot be done.

        :raise ConcurrencyError: if another transaction took the number just now; it is done again
        """
        try:
            with self.env.cr.savepoint():
                place(*args)
        except UniqueViolation as error:
            raise ConcurrencyError(self.env._("The number was just taken.")) from error
        except UserError as error:
            self._set_refused(get_words(error))

    def _set_outcome(self, outcome, message, ticket=None):
        self._keep(
            outcome=outcome,
            message=message,
            ticket_id=ticket.id if ticket else False,
            date_decided=fields.Datetime.now(),
        )
        return self

    def _keep(self, **values):
        """Write what the program found out, or did with the files."""
        self.sudo().write(values)  # sudo: users have no right to write; callers check the action

    def _drop_candidates(self):
        self.candidate_ids.sudo().unlink()  # sudo: users have no right to delete them

    def _set_refused(self, message):
        return self._set_outcome("refused", message)

    def _set_unreadable(self, error):
        return self._set_refused(self.env["invoice.fapiao.translator"]._get_error_text(error))

    def _take_attachment(self, ticket=None):
        """Let the attachment belong to the ticket, or to the file itself."""
        owner = ticket or self
        # sudo: ir.attachment - it is read from now on by whoever may read its owner
        attachment_sudo = self.sudo().attachment_id
        attachment_sudo.write({"res_model": owner._name, "res_id": owner.id})
        if ticket:
            # The pane beside the form shows what people can read.
            is_pdf = self.format == "PDF"
            # sudo: invoice.ticket - users may not write to one that is issued
            ticket.sudo()._message_set_main_attachment_id(attachment_sudo, force=is_pdf)

    def _is_known_file(self, ticket):
        # sudo: ir.attachment - finance is told only that the ticket has the file already
        attachment_sudo = self.sudo().attachment_id
        if (attachment_sudo.res_model, attachment_sudo.res_id) == (ticket._name, ticket.id):
            return True
        known_sudo = ticket.with_env(attachment_sudo.env).fapiao_file_ids - self
        if self.part_of and self.part_of in known_sudo.mapped("part_of"):
            return True
        same = [
            ("res_model", "=", ticket._name),
            ("res_id", "=", ticket.id),
            ("checksum", "=", attachment_sudo.checksum),
            ("id", "!=", attachment_sudo.id),
        ]
        return bool(attachment_sudo.search_count(same, limit=1))

    def _in_all_companies(self):
        """A file goes to the company that issued it, whichever the user looks at."""
        companies = self.env.companies | self.env.user.company_ids
        return self.with_context(allowed_company_ids=companies.ids)

    @api.model
    def _cron_read(self):
        """Read what waits in the background, and what a closed window left behind."""
        abandoned = fields.Datetime.now() - ABANDONED_AFTER
        domain = Domain("outcome", "=", "waiting") & (
            Domain("batch_id.in_background", "=", True) | Domain("create_date", "<", abandoned)
        )
        waiting = self.search(domain, order="id", limit=200)
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=self.search_count(domain))
        for file in waiting:
            file._read_in_background()
            self.env.invalidate_all()
            if not cron._commit_progress(1):
                break
        self.env["invoice.fapiao.batch"].search([("is_told", "=", False)])._tell_results()

    def _read_in_background(self):
        """Read one file with the rights of the person who dropped it."""
        file = self.try_lock_for_update(allow_referencing=True)
        if file.outcome != "waiting":
            return
        if not file.batch_id._has_reader():
            file._set_refused(
                words(self.env)._("%s may not read e-invoice files any more.", file.user_id.name)
            )
            return
        try:
            with self.env.cr.savepoint():
                found = file.with_env(file.batch_id._with_reader().env)._read_files()
                if found:
                    # Each takes a turn of its own, and none of them stops the others.
                    found.batch_id._run_in_background()
        except (ConcurrencyError, OperationalError):
            # Somebody else was faster. The next run sees what they did.
            self.env.ref("invoice_crm_addon.ir_cron_fapiao_files")._trigger()
        except Exception:
            _logger.exception("The e-invoice file %s cannot be taken", file.id)
            file._set_refused(
                words(self.env)._("The file could not be read because of an error of the program.")
            )
