import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain
from odoo.tools.translate import code_translations

from ..fapiao import ERRORS, FapiaoError, Kind, normalize_tax_id, read_document
from .ticket_action import FINANCE

TYPE_KINDS = {Kind.DIGITAL_SPECIAL: "digital_special", Kind.DIGITAL_ORDINARY: "digital_ordinary"}
# The bureau prints *short category*name; the ticket says the name alone.
ITEM_CATEGORY = re.compile(r"^\*[^*]+\*")


class InvoiceTicket(models.Model):
    """E-invoice files: which ticket they belong to, and what they say of it.

    A file whose number is known is attached to its ticket. A file that agrees in every field
    with the one approved ticket that waits for it issues this ticket. Where something differs,
    finance compares and decides. A file that fits no ticket becomes an issued ticket.
    """

    _inherit = "invoice.ticket"  # pylint: disable=consider-merging-classes-inherited

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
        company = self._find_seller(document)
        self = self.with_company(company)
        if known := self._find_by_number(document, company):
            return self._attach_to_known(known, attachment, document, ticket)
        self._check_document_complete(document)
        candidates = ticket or self._find_waiting(document, company)
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
    def _find_waiting(self, document, company):
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
                t.currency_id.compare_amounts(t.amount_total, float(document.amount_total)) == 0
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

    # === BUSINESS METHODS - VALUES === #

    @api.model
    def _check_document_complete(self, document):
        if document.amount_total is None and document.amount_untaxed is None:
            raise UserError(self.env._("The file names no amount. Enter the ticket by hand."))
        if not document.issue_date:
            raise UserError(self.env._("The file names no date. Enter the ticket by hand."))

    @api.model
    def _get_document_amounts(self, document):
        """Untaxed amount, tax and total of a document, in yuan; one may follow from the others.

        :rtype: tuple[float, float, float]
        """
        untaxed, tax, total = document.amount_untaxed, document.amount_tax, document.amount_total
        if total is None:
            total = untaxed + (tax or 0)
        if untaxed is None:
            untaxed = total - (tax or 0)
        return float(untaxed), float(total - untaxed), float(total)

    def _prepare_from_document(self, document, company):
        """Values of an issued ticket that a document makes."""
        partner = self.env["res.partner"]._find_buyer(
            document.buyer.tax_id, document.buyer.name, company
        )
        red_of = self.search(
            [
                ("company_id", "=", company.id),
                ("fapiao_number", "=", document.red_of_number or "-"),
                ("state", "=", "issued"),
            ],
            limit=1,
        )
        return {
            **self._prepare_content_values(document),
            **self._prepare_number_values(document),
            "company_id": company.id,
            "partner_id": partner.id,
            "user_id": partner.user_id.id or self.env.uid,
            "red_of_id": red_of.id,
            "contract_id": red_of.contract_id.id,
            "content": document.lines[0].name if document.lines else False,
            "note": document.remark,
            "state": "issued",
            "issue_user_id": self.env.uid,
        }

    @api.model
    def _prepare_number_values(self, document):
        return {
            "fapiao_code": document.code,
            "fapiao_number": document.number,
            "check_code": document.check_code,
            "issue_date": document.issue_date,
        }

    @api.model
    def _prepare_content_values(self, document):
        """Type, buyer and lines as the document says them."""
        buyer = document.buyer
        return {
            "type_id": self._find_type(document).id,
            "buyer_name": buyer.name,
            "buyer_vat": buyer.tax_id,
            "buyer_address": buyer.address,
            "buyer_phone": buyer.phone,
            "buyer_bank_name": buyer.bank_name,
            "buyer_bank_account": buyer.bank_account,
            "tax_included": False,
            "line_ids": [
                Command.create(vals) for vals in self._prepare_lines_from_document(document)
            ],
        }

    @api.model
    def _prepare_lines_from_document(self, document):
        """Values of the lines; a document without lines gets one with its totals."""
        untaxed, tax, _total = self._get_document_amounts(document)
        lines = [line for line in document.lines if line.amount is not None]
        if not lines:
            return [
                {
                    "name": self.env._("As on the e-invoice"),
                    "quantity": 1.0,
                    "price_unit": untaxed,
                    "tax_id": False,
                    "is_from_document": True,
                    "document_untaxed": untaxed,
                    "document_tax": tax,
                }
            ]
        rates = {line.tax_rate for line in lines}
        taxes = {rate: self._find_tax(rate) for rate in rates}
        return [
            {
                "name": ITEM_CATEGORY.sub("", line.name) or line.name or "–",
                "specification": line.specification,
                "unit": line.unit,
                # A discount line has neither quantity nor price.
                "quantity": float(line.quantity) if line.quantity is not None else 1.0,
                "price_unit": float(
                    line.unit_price if line.unit_price is not None else line.amount
                ),
                "tax_id": taxes[line.tax_rate].id,
                "tax_code": line.tax_code,
                "is_from_document": True,
                "document_untaxed": float(line.amount),
                "document_tax": float(line.tax_amount or 0),
            }
            for line in lines
        ]

    def _prepare_customer_values(self):
        """Values of the customer that the ticket's e-invoice names."""
        self.ensure_one()
        return {
            "name": self.buyer_name,
            "is_company": bool(self.buyer_vat) and len(self.buyer_vat) != 20,
            "company_id": self.company_id.id if self.partner_id.company_id else False,
            "country_id": self.env.ref("base.cn").id,
            "vat": self.buyer_vat,
            "invoice_title": self.buyer_name,
            "invoice_address": self.buyer_address,
            "invoice_phone": self.buyer_phone,
        }

    @api.model
    def _find_type(self, document):
        """Ticket type that takes documents of this kind.

        :raise UserError: if there is none
        """
        if document.is_digital:
            special, ordinary = "digital_special", "digital_ordinary"
        else:
            special, ordinary = "special", "ordinary"
        kind = special if document.kind.is_special else ordinary
        Type = self.env["invoice.ticket.type"]
        ticket_type = Type.search(
            [("fapiao_kind", "=", kind), *Type._check_company_domain(self.env.company)], limit=1
        )
        if not ticket_type:
            labels = dict(Type._fields["fapiao_kind"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "No ticket type takes e-invoices of the kind “%s”. Ask an administrator to "
                    "choose it on a type.",
                    labels[kind],
                )
            )
        return ticket_type

    @api.model
    def _find_tax(self, rate):
        """Sales tax of the current company with this rate, maybe none.

        :param Decimal rate: 0.06 for 6 %, or None
        """
        if rate is None:
            return self.env["account.tax"]
        return self.env["account.tax"].search(
            [
                *self.env["account.tax"]._check_company_domain(self.env.company),
                ("type_tax_use", "=", "sale"),
                ("amount_type", "=", "percent"),
                ("amount", "=", float(rate * 100)),
            ],
            limit=1,
        )

    @api.model
    def _get_fapiao_error_text(self, error):
        """Sentence of a reading error in the user's language."""
        source = ERRORS[error.code]
        translations = code_translations.get_python_translations(
            "invoice_crm_addon", self.env.lang or "en_US"
        )
        params = {
            name: translations.get(value, value) if isinstance(value, str) else value
            for name, value in error.params.items()
        }
        return translations.get(source, source) % params
