from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..base.proof import proven
from ..base.words import words

# What an e-invoice may change of a ticket: always, and where differences were accepted.
NUMBER_FIELDS = (
    "fapiao_code",
    "fapiao_number",
    "check_code",
    "issue_date",
    "issue_user_id",
    "red_confirmation_number",
)
CONTENT_FIELDS = (
    "type_id",
    "buyer_name",
    "buyer_vat",
    "buyer_address",
    "buyer_phone",
    "buyer_bank_name",
    "buyer_bank_account",
    "tax_included",
    "currency_id",
)


class InvoiceTicket(models.Model):
    """E-invoice files of tickets: how they come in, what a ticket takes from one and gives back.

    Which ticket a file belongs to is decided in ``invoice.fapiao.file``; what its document means
    here says ``invoice.fapiao.translator``.
    """

    _inherit = "invoice.ticket"

    has_fapiao_to_compare = fields.Boolean(compute="_compute_has_fapiao_to_compare")
    can_compare_fapiao = fields.Boolean(compute="_compute_fapiao_rights")
    can_create_customer = fields.Boolean(compute="_compute_fapiao_rights")
    fapiao_file_ids = fields.One2many(
        "invoice.fapiao.file",
        "ticket_id",
        string="E-Invoice Files",
        groups="invoice_crm_addon.group_ticket_finance,invoice_crm_addon.group_ticket_auditor",
    )
    fapiao_html = fields.Html(
        string="E-Invoice", compute="_compute_fapiao_html", compute_sudo=True, sanitize=False
    )

    # === COMPUTE METHODS === #

    @api.depends("state", "fapiao_attachment_id")
    def _compute_has_fapiao_to_compare(self):
        for ticket in self:
            ticket.has_fapiao_to_compare = (
                ticket.state == "approved" and ticket.fapiao_attachment_id
            )

    @api.depends("state", "fapiao_attachment_id", "partner_id")
    @api.depends_context("uid")
    def _compute_fapiao_rights(self):
        self._compute_can("compare_fapiao", "create_customer")

    @api.depends("name", "fapiao_number")
    @api.depends_context("ticket_without_number")
    def _compute_display_name(self):
        # A list that has a column for the number says it once.
        is_short = self.env.context.get("ticket_without_number")
        for ticket in self:
            has_number = ticket.fapiao_number and not is_short
            number = f" ({ticket.fapiao_number})" if has_number else ""
            ticket.display_name = f"{ticket.name or ''}{number}"

    @api.depends("fapiao_file_ids.document")
    @api.depends_context("lang", "uid")
    def _compute_fapiao_html(self):
        """The e-invoice as its own file says it, else as another one does."""
        for ticket in self:
            files = ticket.fapiao_file_ids.filtered("document")
            own = files.grouped("attachment_id").get(ticket.fapiao_attachment_id)
            ticket.fapiao_html = (own or files)[:1].document_html

    # === ACTION METHODS === #

    @api.model
    def import_fapiao(self, attachment_ids: list[int]):
        """Read e-invoice files; one bad file does not stop the others.

        :param list[int] attachment_ids: attachments that the user may read
        :return: for each attachment a dict with ``attachment_id``, ``outcome`` (issued,
            created, attached, duplicate, undecided, refused), ``ticket_id`` or False, and a
            translated ``message``. Of an archive it is what needs most attention, and ``files``
            lists the files in it
        :raise AccessError: if the user is not of finance
        """
        self.env["invoice.fapiao.translator"]._check_finance()
        batch = self.env["invoice.fapiao.batch"]._create_batch()
        results = [
            batch._import_attachment(attachment)
            for attachment in self.env["ir.attachment"].browse(attachment_ids)
        ]
        batch._name_after_files()
        return results

    def _get_cannot_compare_fapiao_reason(self):
        if not self.has_fapiao_to_compare:
            return self.env._("No e-invoice file waits to be compared.")
        return self._get_not_finance_reason()

    def _get_cannot_create_customer_reason(self):
        if self.partner_id:
            return self.env._("The ticket has a customer.")
        if self.state == "draft" or not self.has_access("write"):
            return self.env._("You may not change this ticket.")
        return False

    def action_compare_fapiao(self):
        """Open the comparison of the ticket with the file that waits for it."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Compare with the E-Invoice"),
            "res_model": "invoice.fapiao.compare.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_ticket_id": self.id},
        }

    def action_create_customer(self):
        """Create the customer that the e-invoice of this ticket names, and link it."""
        self.check_access("write")
        translator = self.env["invoice.fapiao.translator"]
        for ticket in self.filtered(lambda t: not t.partner_id):
            ticket_sudo = proven(ticket)
            values = translator._prepare_customer_values(ticket_sudo)
            partner = ticket.env["res.partner"].create(values)
            partner._set_invoice_bank(ticket_sudo.buyer_bank_account, ticket_sudo.buyer_bank_name)
            ticket_sudo.partner_id = partner
        return True

    # === BUSINESS METHODS - TAKE OVER === #

    @api.model
    def _create_from_document(self, document, company, file_name):
        """Make an issued ticket of a document for which none waits.

        :param str file_name: for the history of the ticket
        :rtype: invoice.ticket
        :raise UserError: if it takes back more than is left of the ticket that it cancels
        """
        # sudo: what the document says is found whatever its reader may read, a red letter too
        translator_sudo = self.env["invoice.fapiao.translator"].with_company(company).sudo()
        if reason := translator_sudo._get_over_red_reason(document, company):
            raise UserError(reason)
        values = translator_sudo._prepare_ticket_values(document, company)
        # Nobody planned it here.
        ticket_sudo = proven(self.with_company(company)).create({"date_planned": False, **values})
        ticket_sudo._message_log(body=self.env._("Created from the file %s.", file_name))
        ticket_sudo._mark_cancelled()
        return ticket_sudo.with_env(self.env)

    def _issue_from_document(self, document):
        """Take number and date from the document, and issue the ticket."""
        translator = self.env["invoice.fapiao.translator"]
        proven(self).write(translator._prepare_number_values(document))
        self.action_issue()

    def _accept_document(self, document):
        """Make the ticket say what the document says, and issue it."""
        translator = self.env["invoice.fapiao.translator"].with_company(self.company_id)
        values = translator._prepare_content_values(document)
        values["line_ids"] = [Command.clear(), *values["line_ids"]]
        proven(self).write(values)
        self._issue_from_document(document)

    # === BUSINESS METHODS - GIVE BACK === #

    @api.model
    def _get_document_fields(self, with_content=False):
        """Fields that a document may change, which a ticket gets back when it is taken back.

        A module that takes more from documents adds its fields here.

        :param bool with_content: whether differences were accepted, beside number and date
        :rtype: list[str]
        """
        return [*NUMBER_FIELDS, *(CONTENT_FIELDS if with_content else ())]

    def _get_values_before_document(self, with_content=False):
        """What the ticket says before a document changes it, as JSON can hold it.

        :rtype: dict
        """
        self.ensure_one()
        ticket_sudo = proven(self)
        values = {}
        for fname in self._get_document_fields(with_content):
            field = ticket_sudo._fields[fname]
            value = field.convert_to_write(ticket_sudo[fname], ticket_sudo)
            values[fname] = fields.Date.to_string(value) if field.type == "date" else value
        if with_content:
            values["lines"] = ticket_sudo.line_ids.copy_data()
            for line in values["lines"]:
                line.pop("ticket_id", None)
        return values

    def _get_cannot_give_back_reason(self, taken_on):
        """Why the document that issued this ticket is not taken back any more.

        :param datetime taken_on: when the ticket took it
        :return: a translated sentence, or False
        """
        if self.state != "issued" or self._is_change_waiting():
            return words(self.env)._("%s was changed since.", self.name)
        if self.sent_on or self.shipment_ids or self.mail_state == "queued":
            return words(self.env)._("%s was sent to the customer.", self.name)
        if self.payment_state != "not_paid":
            return words(self.env)._("%s is paid, at least in part.", self.name)
        if self.red_ids or self.reissue_ids or self.red_reissue_id:
            return words(self.env)._("%s has a red letter or was reissued.", self.name)
        if any(request.create_date > taken_on for request in self.approval_request_ids):
            return words(self.env)._("%s was changed since.", self.name)
        return False

    def _get_cannot_vanish_reason(self):
        """Why the ticket cannot go although the document of which it was made is taken back."""
        if self.allocation_ids:
            return words(self.env)._("%s documents an invoice or payment.", self.name)
        if self._has_work_of_others():
            return words(self.env)._(
                "People wrote on %s, or attached files: it cannot go. Void or red-letter it.",
                self.name,
            )
        return False

    def _has_work_of_others(self):
        """Whether there are messages, activities or files that the e-invoice did not bring."""
        own = self.fapiao_file_ids.attachment_id
        others = self.env["ir.attachment"].search_count(
            [
                ("res_model", "=", self._name),
                ("res_id", "=", self.id),
                ("id", "not in", own.ids),
            ],
            limit=1,
        )
        comments = self.message_ids.filtered(lambda m: m.message_type == "comment")
        return bool(others or comments or self.activity_ids)

    def _give_back_attachment(self, attachment):
        """Show a file no longer as the ticket's e-invoice, nor in the pane beside the form."""
        ticket_sudo = proven(self)
        for fname in ("message_main_attachment_id", "fapiao_attachment_id"):
            if ticket_sudo[fname] == attachment:
                ticket_sudo[fname] = False

    def _give_back_document(self, before, file_name):
        """Wait again, as the ticket was approved.

        :param dict before: what ``_get_values_before_document`` gave
        :param str file_name: for the history of the ticket
        :raise UserError: if others used meanwhile what the ticket takes again
        """
        ticket_sudo = proven(self)
        ticket_sudo._unmark_cancelled()
        fnames = self._get_document_fields(with_content=True)
        values = {fname: before[fname] for fname in fnames if fname in before}
        if "lines" in before:
            values["line_ids"] = [Command.clear(), *map(Command.create, before["lines"])]
        ticket_sudo.write({**values, "state": "approved", "fapiao_attachment_id": False})
        ticket_sudo._message_log(
            body=self.env._(
                "%(user)s took the file %(file)s back: the ticket waits for its e-invoice again.",
                user=self.env.user.name,
                file=file_name,
            )
        )
        # What the ticket gives back, others may have used.
        (ticket_sudo | ticket_sudo.red_of_id)._check_over_issue()
        (ticket_sudo | ticket_sudo.red_of_id)._check_quota()

    def _vanish(self):
        """Go without a trace: the ticket was made of a document and nothing else came of it.

        :raise UserError: if others used meanwhile what the invoice that it cancels takes again
        """
        ticket_sudo = proven(self)
        original_sudo = ticket_sudo.red_of_id
        ticket_sudo._unmark_cancelled()
        ticket_sudo.write({"fapiao_attachment_id": False, "state": "draft"})
        ticket_sudo.unlink()
        original_sudo._check_over_issue()
        original_sudo._check_quota()
