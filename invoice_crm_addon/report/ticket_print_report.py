from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_date, formatLang
from odoo.tools.image import image_data_uri

from odoo.addons.base.models.ir_actions_report import _wkhtml

from ..models.base.exact_float import to_plain_text
from ..models.customer.res_partner import FULL_NUMBER_GROUPS

# Lines of text for which there is room below the head of a print, and on each sheet after it.
ROOM = {"sheet": (46, 66), "bill": (55, 66), "label": (42, 45)}
AROUND = 0.6


def _count_lines(text, width):
    """How many lines a text takes in a column.

    :param int width: of the column, in letters; a Chinese character is as wide as two
    """
    return sum(
        max(1, -(-sum(1 + (ord(letter) > 0x2E7F) for letter in line) // width))
        for line in (text or "").splitlines() or [""]
    )


class InvoicePrint(models.AbstractModel):
    """What the prints of tickets and parcels show: each in the language of its reader."""

    _name = "invoice.print"
    _description = "Print of Tickets or Parcels"

    _kind = None
    _model = "invoice.ticket"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Pages of the documents, with the rights of the user.

        :param dict data: ``print_template_id`` of a template that is tried
        :raise UserError: if there is nothing to print
        """
        template = self._get_tried_template(data)
        documents = self.env[self._model].browse(docids or ()).exists()
        documents.check_access("read")
        if template and not documents:
            documents = template._get_sample()
        if not documents:
            raise UserError(self.env._("Choose what is to be printed."))
        return {"pages": self._get_pages(self._kind, documents, template)}

    @api.model
    def _get_tried_template(self, data):
        templates = self.env["invoice.print.template"]
        template_id = (data or {}).get("print_template_id")
        try:
            template = templates.browse(int(template_id or 0)).exists()
        except (TypeError, ValueError):
            template = templates
        template.check_access("read")
        return template.filtered(lambda t: t.kind == self._kind)

    @api.model
    def _get_pages(self, kind, documents, template=None):
        """A page for each ticket; a page for the parcels of each company.

        :param invoice.print.template template: maybe empty; then each document has its own
        :rtype: list[dict]
        """
        Template = self.env["invoice.print.template"]
        chosen = {} if template else Template._choose(kind, documents)
        if kind == "label":
            return [
                self._prepare_page(kind, parcels, template or chosen[parcels[:1]], self.env.lang)
                for parcels in documents.grouped("company_id").values()
            ]
        return [
            self._prepare_page(
                kind, document, template or chosen[document], self._get_lang(document, template)
            )
            for document in documents
        ]

    @api.model
    def _get_lang(self, document, template):
        return (template and template.lang) or document.partner_id.lang or self.env.lang

    @api.model
    def _prepare_page(self, kind, documents, template, lang):
        documents = documents.with_context(lang=lang)
        template = template.with_context(lang=lang)
        company = documents.company_id[:1] or self.env.company
        # sudo: res.company - what every letter of the company says of it
        company_sudo = company.sudo().with_context(lang=lang)
        return {
            "kind": kind,
            "docs": documents,
            "doc": documents[:1],
            "look": template.look or "plain",
            "color": template._get_color(company),
            "logo": self._get_logo(company_sudo, template),
            "company": company_sudo,
            "bank": template.show_bank and self._get_own_bank(company_sudo),
            "footer": template.footer,
            "lang": lang,
            "chunks": self._get_chunks(kind, documents),
            "account": self._get_buyer_account(documents[:1]) if kind != "label" else "",
            "number": to_plain_text,
            "rate": self.with_context(lang=lang)._describe_rate,
            "money": lambda amount, currency: formatLang(
                documents.env, amount, currency_obj=currency
            ),
            "date": lambda value: format_date(documents.env, value),
        }

    @api.model
    def _get_chunks(self, kind, documents):
        """The rows of each sheet of paper.

        Without patched Qt, wkhtmltopdf cuts a row in two where a page ends, and does not repeat the
        head of a table; so each sheet gets a table of its own, by how high its rows will be.

        :rtype: list[recordset]
        """
        records = documents if kind == "label" else documents.line_ids
        if kind == "receipt" or _wkhtml().is_patched_qt:
            return [records]
        left, following = ROOM[kind]
        chunks, start = [], 0
        for position, record in enumerate(records):
            height = self._estimate_height(kind, record)
            if height > left and position > start:
                chunks.append(records[start:position])
                start, left = position, following
            left -= height
        return [*chunks, records[start:]]

    @api.model
    def _estimate_height(self, kind, record):
        """How many lines of text a row is high, with the room around it.

        :rtype: float
        """
        if kind == "label":
            texts = [
                (record.recipient_address, 48),
                (record.recipient, 28),
                (record.partner_id.name, 28),
            ]
            address, *names = [_count_lines(text, width) for text, width in texts]
            return max(address, sum(names), len(record.ticket_ids)) + AROUND
        texts = [(record.name, 38), (record.specification, 12), (record.unit, 4)]
        return max(_count_lines(text, width) for text, width in texts) + AROUND

    @api.model
    def _get_logo(self, company_sudo, template):
        is_shown = template.look == "formal" and template.show_logo
        is_own = company_sudo.logo and not company_sudo.uses_default_logo
        return is_shown and is_own and image_data_uri(company_sudo.logo)

    @api.model
    def _describe_rate(self, line):
        """The tax rate of a line as a fapiao prints it."""
        if line.tax_treatment in ("exempt", "not_taxable"):
            return dict(line._fields["tax_treatment"]._description_selection(self.env))[
                line.tax_treatment
            ]
        rate = line.tax_id.amount
        if not line.tax_id and line.amount_untaxed:
            rate = round(line.amount_tax / line.amount_untaxed * 100, 0)
        return f"{to_plain_text(rate)}%"

    @api.model
    def _get_own_bank(self, company_sudo):
        """Bank and account number to which customers pay, or False."""
        partner_sudo = company_sudo.partner_id
        account_sudo = partner_sudo.invoice_bank_account_id or partner_sudo.bank_ids[:1]
        parts = [account_sudo.bank_id.name, account_sudo.acc_number]
        return " ".join(filter(None, parts)) or False

    @api.model
    def _get_buyer_account(self, ticket):
        """The customer's account number, whole for who may see it whole."""
        if self.env.user.has_groups(FULL_NUMBER_GROUPS):
            return ticket.buyer_bank_account
        return ticket.buyer_bank_account_masked


class ReportTicketSheet(models.AbstractModel):
    _name = "report.invoice_crm_addon.ticket_sheet"
    _inherit = ["invoice.print"]
    _description = "Ticket Information Sheet"

    _kind = "sheet"


class ReportTicketBill(models.AbstractModel):
    _name = "report.invoice_crm_addon.ticket_bill"
    _inherit = ["invoice.print"]
    _description = "Bill"

    _kind = "bill"


class ReportReceipt(models.AbstractModel):
    _name = "report.invoice_crm_addon.receipt"
    _inherit = ["invoice.print"]
    _description = "Receipt"

    _kind = "receipt"


class ReportShipmentList(models.AbstractModel):
    _name = "report.invoice_crm_addon.shipment_list"
    _inherit = ["invoice.print"]
    _description = "Shipping List"

    _kind = "label"
    _model = "invoice.shipment"
