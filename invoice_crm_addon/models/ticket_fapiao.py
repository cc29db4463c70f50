from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain
from odoo.tools.translate import code_translations

from ..fapiao import (
    ERRORS,
    PROBLEMS,
    FapiaoError,
    check_amounts,
    check_readings,
    normalize_tax_id,
    read_document,
)
from .ticket_action import FINANCE

# Where the number of a document came from, if it was read off a page or a QR code: what is
# printed can be misread, and must agree with itself.
PRINTED_SOURCES = ("pdf:page", "qr:")


class InvoiceTicket(models.Model):
    """E-invoice files: which ticket they belong to, and what they say of it.

    A file whose number is known is attached to its ticket. A file that agrees in every field
    with the one approved ticket that waits for it issues this ticket. Where something differs,
    finance compares and decides. A file that fits no ticket becomes an issued ticket.
    """

    _inherit = "invoice.ticket"

    has_fapiao_to_compare = fields.Boolean(compute="_compute_has_fapiao_to_compare")

    @api.depends("state", "fapiao_attachment_id")
    def _compute_has_fapiao_to_compare(self):
        for ticket in self:
            ticket.has_fapiao_to_compare = (
                ticket.state == "approved" and ticket.fapiao_attachment_id
            )

    # === ACTION METHODS === #

    @api.model
    def import_fapiao(self, attachment_ids):
        """Read e-invoice files; one bad file does not stop the others.

        :param list[int] attachment_ids: attachments that the user may read
        :return: for each attachment a dict with ``attachment_id``, ``outcome`` (issued,
            created, attached, duplicate, undecided, refused), ``ticket_id`` or False, and a
            translated ``message``
        :raise AccessError: if the user is not of finance
        """
        self._check_fapiao_importer()
        return [
            self._import_safely(attachment)
            for attachment in self.env["ir.attachment"].browse(attachment_ids)
        ]

    def action_read_fapiao(self, attachment_id):
        """Compare an e-invoice file with this ticket, and issue the ticket if they agree.

        :param int attachment_id: attachment that the user may read
        :return: the same dict as ``import_fapiao``; undecided where something differs
        """
        self.ensure_one()
        self._check_fapiao_importer()
        return self._import_safely(self.env["ir.attachment"].browse(attachment_id), self)

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

    # === BUSINESS METHODS - ONE FILE === #

    def _import_safely(self, attachment, ticket=None):
        """Import one file; what it changed is undone if it is refused.

        :return: the result as ``import_fapiao`` describes it
        :rtype: dict
        """
        try:
            with self.env.cr.savepoint():
                outcome, ticket, message = self._import_attachment(attachment, ticket)
        except FapiaoError as error:
            outcome, ticket, message = "refused", None, self._get_fapiao_error_text(error)
        except UserError as error:
            outcome, ticket, message = "refused", None, str(error)
        return {
            "attachment_id": attachment.id,
            "outcome": outcome,
            "ticket_id": ticket.id if ticket else False,
            "message": message,
        }

    @api.model
    def _import_attachment(self, attachment, ticket=None):
        """Read one file and find the place where it belongs.

        :param ticket: the ticket on which it was dropped, if any
        :return: outcome, ticket, message
        :raise FapiaoError: if the file cannot be read
        :raise UserError: if the document cannot be taken
        """
        attachment.check_access("read")
        document = read_document(attachment.raw or b"", attachment.name or "")
        self._check_printed_document(document)
        if not (document.seller.name or document.seller.tax_id):
            return self._import_by_number(attachment, document, ticket)
        company = self._find_seller(document)
        if ticket and ticket.company_id != company:
            raise UserError(
                self.env._(
                    "The file was issued by %(seller)s, the ticket belongs to %(company)s.",
                    seller=company.name,
                    company=ticket.company_id.name,
                )
            )
        self = self.with_company(company)
        if known := self._find_by_number(document, company):
            return self._attach_to_known(known, attachment, document, ticket)
        self._check_document_complete(document)
        candidates = ticket or self._find_waiting(document, company, attachment)
        if len(candidates) > 1:
            return (
                "undecided",
                None,
                self.env._(
                    "Several approved tickets fit: %s. Open the right one and drop the file there.",
                    ", ".join(candidates.mapped("name")),
                ),
            )
        if candidates:
            return candidates._import_into_waiting(attachment, document)
        return self._import_as_new(attachment, document, company)

    @api.model
    def _check_printed_document(self, document):
        """:raise UserError: if what was read off a page contradicts itself"""
        if not document.source.get("number", "").startswith(PRINTED_SOURCES):
            return
        problems = [*check_amounts(document), *check_readings(document)]
        if problems:
            raise UserError(
                self.env._(
                    "What was read off the page contradicts itself, so nothing was filled in. "
                    "%(problems)s Take the XML or OFD file of the invoice, or enter it by hand.",
                    problems=" ".join(
                        self._translate_fapiao(PROBLEMS[problem.code], problem.params)
                        for problem in problems
                    ),
                )
            )

    def _import_by_number(self, attachment, document, ticket):
        """A QR code alone names neither seller nor buyer: it only finds a ticket that is there."""
        for company in self.env.companies | self.env.user.company_ids:
            if known := self.with_company(company)._find_by_number(document, company):
                return self._attach_to_known(known, attachment, document, ticket)
        raise UserError(
            self.env._(
                "The file names invoice %s, but neither seller nor buyer, and no ticket has this "
                "number. Take the XML, OFD or PDF file of the invoice.",
                document.number,
            )
        )

    def _attach_to_known(self, known, attachment, document, ticket):
        """The number is known: keep the file beside its ticket, once."""
        if ticket and ticket != known:
            raise UserError(
                self.env._(
                    "The file is invoice %(number)s, which the ticket %(ticket)s has already.",
                    number=document.number,
                    ticket=known.name,
                )
            )
        files_sudo = self.env["ir.attachment"].sudo()
        if files_sudo.search_count(
            [
                ("res_model", "=", self._name),
                ("res_id", "=", known.id),
                ("checksum", "=", attachment.checksum),
                ("id", "!=", attachment.id),
            ],
            limit=1,
        ) or (attachment.res_model, attachment.res_id) == (self._name, known.id):
            return "duplicate", known, self.env._("%s has this file already.", known.name)
        known._keep_file(attachment)
        return "attached", known, self.env._("Attached to %s, which has this number.", known.name)

    def _import_into_waiting(self, attachment, document):
        """The file belongs to this ticket: issue it, or let finance compare what differs."""
        self.ensure_one()
        if self.state != "approved":
            raise UserError(
                self.env._("%s is not approved: it cannot take an e-invoice.", self.display_name)
            )
        if self.fapiao_attachment_id.checksum != attachment.checksum:
            self._keep_file(attachment)
            self.sudo().fapiao_attachment_id = attachment
        if differences := self._get_fapiao_differences(document):
            return (
                "undecided",
                self,
                self.env._(
                    "%(ticket)s differs in: %(fields)s. Open it and compare.",
                    ticket=self.name,
                    fields=", ".join(difference["name"] for difference in differences),
                ),
            )
        self._issue_from_document(document)
        return "issued", self, self.env._("%s is issued.", self.name)

    def _import_as_new(self, attachment, document, company):
        """No ticket waits for the file: it becomes a ticket of its own."""
        ticket_sudo = self.sudo().create(self._prepare_from_document(document, company))
        ticket = ticket_sudo.with_env(self.env)
        ticket._keep_file(attachment)
        ticket_sudo.fapiao_attachment_id = attachment
        ticket_sudo._message_log(body=self.env._("Created from the file %s.", attachment.name))
        if ticket.partner_id:
            message = self.env._("Created %s.", ticket.name)
        else:
            message = self.env._(
                "Created %(ticket)s. The customer %(buyer)s is unknown: open the ticket to create "
                "or choose it.",
                ticket=ticket.name,
                buyer=document.buyer.name,
            )
        return "created", ticket, message

    def _keep_file(self, attachment):
        attachment.write({"res_model": self._name, "res_id": self.id})

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
        return self.with_context(active_test=False).search(
            [
                ("company_id", "=", company.id),
                ("fapiao_code", "=", document.code or False),
                ("fapiao_number", "=", document.number),
                ("state", "in", ("issued", "voided")),
            ],
            limit=1,
        )

    @api.model
    def _find_waiting(self, document, company, attachment):
        """Approved tickets without a file that have the document's buyer and total."""
        buyer = document.buyer
        is_buyer = Domain("buyer_name", "=", buyer.name)
        if buyer.tax_id:
            is_buyer |= Domain("buyer_vat", "=", buyer.tax_id)
        waiting = self.search(
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "approved")
            & Domain("is_fapiao", "=", True)
            & Domain("fapiao_number", "in", (False, document.number))
            & is_buyer
        )
        return waiting.filtered(
            lambda t: (
                t.fapiao_attachment_id.checksum in (False, attachment.checksum)
                and t.currency_id.compare_amounts(t.amount_total, float(document.amount_total)) == 0
            )
        )

    def _get_fapiao_differences(self, document):
        """What the document says otherwise than the ticket.

        :return: dicts with ``name`` (label), ``ticket_value`` and ``document_value``
        :rtype: list[dict]
        """
        self.ensure_one()
        theirs = self._prepare_content_values(document)
        ticket_sudo = self.sudo()
        pairs = [
            (self._get_label("type_id"), self.type_id.name, self._find_type(document).name),
            *(
                (self._get_label(fname), ticket_sudo[fname] or "", theirs[fname] or "")
                for fname in ("buyer_name", "buyer_vat")
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
