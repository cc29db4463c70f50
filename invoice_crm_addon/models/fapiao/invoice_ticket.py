from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools.translate import code_translations

from ...fapiao import ERRORS, normalize_tax_id
from ..ticket.ticket_action import FINANCE


class InvoiceTicket(models.Model):
    """E-invoice files of tickets: how they come in, and in what they differ from a ticket.

    A file whose number is known is attached to its ticket. A file that agrees in every field
    with the one approved ticket that waits for it issues this ticket. Where something differs,
    finance compares and decides. A file that fits no ticket becomes an issued ticket. All this
    is decided in ``invoice.fapiao.file``.
    """

    _inherit = "invoice.ticket"

    has_fapiao_to_compare = fields.Boolean(compute="_compute_has_fapiao_to_compare")
    fapiao_file_ids = fields.One2many(
        "invoice.fapiao.file",
        "ticket_id",
        string="E-Invoice Files",
        groups="invoice_crm_addon.group_ticket_finance,invoice_crm_addon.group_ticket_auditor",
    )
    fapiao_html = fields.Html(
        string="E-Invoice", compute="_compute_fapiao_html", compute_sudo=True, sanitize=False
    )

    @api.depends("state", "fapiao_attachment_id")
    def _compute_has_fapiao_to_compare(self):
        for ticket in self:
            ticket.has_fapiao_to_compare = (
                ticket.state == "approved" and ticket.fapiao_attachment_id
            )

    @api.depends("fapiao_file_ids.document")
    @api.depends_context("lang")
    def _compute_fapiao_html(self):
        """The e-invoice as its own file says it, else as another one does."""
        for ticket in self:
            files = ticket.fapiao_file_ids.filtered("document")
            own = files.grouped("attachment_id").get(ticket.fapiao_attachment_id)
            ticket.fapiao_html = (own or files)[:1].document_html

    # === ACTION METHODS === #

    @api.model
    def import_fapiao(self, attachment_ids):
        """Read e-invoice files; one bad file does not stop the others.

        :param list[int] attachment_ids: attachments that the user may read
        :return: for each attachment a dict with ``attachment_id``, ``outcome`` (issued,
            created, attached, duplicate, undecided, refused), ``ticket_id`` or False, and a
            translated ``message``. Of an archive it is what needs most attention, and ``files``
            lists the files in it
        :raise AccessError: if the user is not of finance
        """
        self._check_fapiao_importer()
        batch = self.env["invoice.fapiao.batch"]._create_batch()
        results = [
            batch._import_attachment(attachment)
            for attachment in self.env["ir.attachment"].browse(attachment_ids)
        ]
        batch._name_after_files()
        return results

    def action_read_fapiao(self, attachment_id):
        """Compare an e-invoice file with this ticket, and issue the ticket if they agree.

        :param int attachment_id: attachment that the user may read
        :return: the same dict as ``import_fapiao``; undecided where something differs
        """
        self.ensure_one()
        self._check_fapiao_importer()
        batch = self.env["invoice.fapiao.batch"]._create_batch(ticket_id=self.id)
        result = batch._import_attachment(self.env["ir.attachment"].browse(attachment_id))
        batch._name_after_files()
        return result

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
        for ticket in self.filtered(lambda t: not t.partner_id):
            ticket_sudo = ticket.sudo()
            partner = ticket.env["res.partner"].create(ticket_sudo._prepare_customer_values())
            partner._set_invoice_bank(ticket_sudo.buyer_bank_account, ticket_sudo.buyer_bank_name)
            ticket_sudo.partner_id = partner
        return True

    def _check_fapiao_importer(self):
        if not self.env.user.has_group(FINANCE):
            raise AccessError(self.env._("Only finance reads e-invoice files into tickets."))

    # === BUSINESS METHODS - TAKE OVER === #

    def _issue_from_document(self, document):
        """Take number and date from the document, and issue the ticket."""
        self.sudo().write(self._prepare_number_values(document))
        self.action_issue()

    def _accept_document(self, document):
        """Make the ticket say what the document says, and issue it."""
        values = self._prepare_content_values(document)
        values["line_ids"] = [Command.clear(), *values["line_ids"]]
        self.sudo().write(values)
        self._issue_from_document(document)

    # === BUSINESS METHODS - MATCHING === #

    @api.model
    def _find_seller(self, document):
        """Company of this database that issued the document.

        :raise UserError: if there is none, or the user does not work for it
        """
        seller = document.seller
        companies = self.env["res.company"].sudo().search([("active", "=", True)])
        if seller.tax_id:
            fitting = companies.filtered(lambda c: normalize_tax_id(c.vat) == seller.tax_id)
        else:
            fitting = companies.filtered(lambda c: seller.name and c.name == seller.name)
        allowed = fitting & self.env.companies or fitting & self.env.user.company_ids
        if not allowed:
            raise UserError(
                self.env._(
                    "The seller %(name)s (%(vat)s) is not one of your companies. If it is, enter "
                    "its tax number in the company's data.",
                    name=seller.name or "–",
                    vat=seller.tax_id or "–",
                )
            )
        return (self.env.company & allowed or allowed[:1]).with_env(self.env)

    @api.model
    def _find_by_number(self, document, company):
        """Ticket that has the document's number, in whatever state.

        :rtype: invoice.ticket
        """
        return self.with_context(active_test=False).search(
            [
                ("company_id", "=", company.id),
                ("fapiao_code", "=", document.code or False),
                ("fapiao_number", "=", document.number),
            ],
            limit=1,
        )

    def _get_request_date(self):
        """Day from which on the ticket may be issued: that of its request.

        :rtype: date
        """
        self.ensure_one()
        return fields.Datetime.context_timestamp(self, self.create_date).date()

    def _get_fapiao_differences(self, document, theirs=None):
        """What the document says otherwise than the ticket.

        :param dict theirs: what ``_prepare_content_values`` makes of the document, if known
        :return: dicts with ``name`` (label), ``ticket_value`` and ``document_value``
        :rtype: list[dict]
        """
        self.ensure_one()
        theirs = theirs or self._prepare_content_values(document)
        ticket_sudo = self.sudo()
        their_type = self.env["invoice.ticket.type"].browse(theirs["type_id"])
        pairs = [
            (self._get_label("type_id"), self.type_id.name, their_type.name),
            *(
                (self._get_label(fname), ticket_sudo[fname] or "", theirs[fname] or "")
                for fname in ("buyer_name", "buyer_vat")
            ),
            (
                self._get_label("currency_id"),
                self.currency_id.name,
                self.env["res.currency"].browse(theirs["currency_id"]).name,
            ),
            *self._get_amount_pairs(document),
            *self._get_line_pairs(theirs["line_ids"]),
        ]
        if self.issue_date:
            pairs.append(
                (self._get_label("issue_date"), str(self.issue_date), str(document.issue_date))
            )
        return [
            {"name": name, "ticket_value": ours, "document_value": others}
            for name, ours, others in pairs
            if ours != others
        ]

    def _get_amount_pairs(self, document):
        untaxed, tax, total = self._get_document_amounts(document)
        for fname, amount in (
            ("amount_untaxed", untaxed),
            ("amount_tax", tax),
            ("amount_total", total),
        ):
            yield self._get_label(fname), f"{self[fname]:.2f}", f"{amount:.2f}"

    def _get_line_pairs(self, commands):
        ours = [
            f"{line.name} × {line.quantity:g}: {line.amount_untaxed:.2f}" for line in self.line_ids
        ]
        theirs = [
            f"{vals['name']} × {vals['quantity']:g}: {vals['document_untaxed']:.2f}"
            for _command, _id, vals in commands
        ]
        for index in range(max(len(ours), len(theirs))):
            yield (
                self.env._("Line %s", index + 1),
                ours[index] if index < len(ours) else "",
                theirs[index] if index < len(theirs) else "",
            )

    def _get_label(self, fname):
        return self._fields[fname]._description_string(self.env)

    @api.model
    def _get_fapiao_error_text(self, error):
        """Sentence of a reading error in the user's language."""
        return self._translate_fapiao(ERRORS[error.code], error.params)

    @api.model
    def _translate_fapiao(self, source, params):
        """A sentence of the reading package in the user's language."""
        translations = code_translations.get_python_translations(
            "invoice_crm_addon", self.env.lang or "en_US"
        )
        params = {
            name: translations.get(value, value) if isinstance(value, str) else value
            for name, value in params.items()
        }
        return translations.get(source, source) % params
