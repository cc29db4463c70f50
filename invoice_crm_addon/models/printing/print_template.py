import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command, Domain

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
DEFAULT_COLOR = "#1f4e79"
# What of the conditions counts most where several templates fit.
WEIGHTS = {"type_ids": 4, "level_ids": 2, "lang": 1}


class InvoicePrintTemplate(models.Model):
    """How a kind of print looks, and for which tickets.

    Of those that fit a ticket the one with the most particular conditions counts: ticket type
    before customer level before language; among equals the first. Without any the print is plain.
    Managers shape them, everybody prints by them.
    """

    _name = "invoice.print.template"
    _inherit = ["invoice.readable.mixin"]
    _description = "Print Template"
    _order = "kind, sequence, id"
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        selection=[
            ("sheet", "Ticket Information Sheet"),
            ("bill", "Bill"),
            ("receipt", "Receipt"),
            ("label", "Shipping List"),
        ],
        string="Prints",
        required=True,
        default="bill",
    )
    look = fields.Selection(
        selection=[("plain", "Plain"), ("formal", "Formal")],
        required=True,
        default="plain",
        help="Plain: black on white, saves ink. Formal: logo and colour of the company.",
    )
    company_id = fields.Many2one("res.company", index=True, help="Empty: every company.")
    type_ids = fields.Many2many(
        "invoice.ticket.type", string="Ticket Types", help="Empty: tickets of every type."
    )
    level_ids = fields.Many2many(
        "invoice.customer.level",
        string="Customer Levels",
        help="Empty: customers of every level.",
    )
    lang = fields.Selection(
        selection=lambda self: self.env["res.lang"].get_installed(),
        string="Language of the Customer",
        help="Empty: customers of every language. It is printed in the customer's language.",
    )
    color = fields.Char(help="Of lines and headings. Empty: that of the company's documents.")
    show_logo = fields.Boolean(default=True)
    show_bank = fields.Boolean(
        string="Our Bank Account",
        default=True,
        help="Where the customer pays to: the billing account of the company.",
    )
    footer = fields.Text(
        translate=True, help="A sentence at the foot of the page, such as terms or thanks."
    )
    preview_html = fields.Html(
        string="Preview", compute="_compute_preview_html", sanitize=False, readonly=True
    )

    # === COMPUTE METHODS === #

    @api.depends("kind", "look", "color", "show_logo", "show_bank", "footer", "company_id", "lang")
    @api.depends_context("lang", "uid", "company")
    def _compute_preview_html(self):
        for template in self:
            document = template._get_sample()
            pages = self.env["invoice.print"]._get_pages(template.kind, document, template)
            template.preview_html = self.env["ir.qweb"]._render(
                "invoice_crm_addon.print_pages", {"pages": pages, "is_preview": True}
            )

    # === CONSTRAINT METHODS === #

    @api.constrains("color")
    def _check_color(self):
        for template in self:
            if template.color and not _COLOR.fullmatch(template.color):
                raise ValidationError(
                    self.env._(
                        "“%s” is no colour. Choose one, or leave it empty for the company's.",
                        template.color,
                    )
                )

    # === CRUD METHODS === #

    def copy_data(self, default: dict | None = None):
        return [
            dict(vals, name=self.env._("%s (copy)", template.name))
            for template, vals in zip(self, super().copy_data(default), strict=True)
        ]

    # === ACTION METHODS === #

    def action_preview(self):
        """Print the latest document of the kind with this template, or a sample.

        :return: action that downloads the PDF
        """
        self.ensure_one()
        self.check_access("read")
        report = self.env.ref(f"invoice_crm_addon.{REPORTS[self.kind]}")
        # The report finds the document itself: it takes no other in its place.
        return report.report_action([], data={"print_template_id": self.id})

    # === CHOICE === #

    @api.model
    def _choose(self, kind, documents):
        """The template for each document; an empty one where none fits.

        :param str kind: see the field
        :param documents: tickets or parcels
        :rtype: dict[record, invoice.print.template]
        """
        # sudo: which look a print has is for everybody who prints
        found_sudo = self.sudo().search([("kind", "=", kind)])
        chosen = {}
        for document in documents:
            fitting = found_sudo.filtered(lambda t, document=document: t._fits(document))
            # A sort keeps the order of equals.
            ranked = fitting.sorted(lambda template: -template._get_weight())
            chosen[document] = ranked[:1].with_env(self.env)
        return chosen

    def _fits(self, document):
        """Whether the template is for a ticket or parcel, in superuser mode."""
        # sudo: res.partner, res.company - only which they are; the print shows what the user reads
        customer, company = document.sudo().partner_id, document.company_id.sudo()
        # A template of a company is for its branches too.
        if self.company_id and self.company_id not in company.parent_ids:
            return False
        if self.lang and customer.lang != self.lang:
            return False
        level = customer.commercial_partner_id.customer_level_id
        if self.level_ids and level not in self.level_ids:
            return False
        if not self.type_ids:
            return True
        return document._name == "invoice.ticket" and document.type_id in self.type_ids

    def _get_weight(self):
        weight = sum(value for fname, value in WEIGHTS.items() if self[fname])
        return 2 * weight + bool(self.company_id)

    def _get_color(self, company):
        """Colour of lines and headings, safe to stand in a style.

        :rtype: str
        """
        # sudo: res.company - the colour of its documents
        proposed = self.color or company.sudo().primary_color or ""
        return proposed if _COLOR.fullmatch(proposed) else DEFAULT_COLOR

    # === SAMPLE === #

    def _get_sample(self):
        """The latest document that the user may read and that the template is for, else one that
        does not exist.

        :rtype: invoice.ticket or invoice.shipment
        """
        company = self.company_id or self.env.company
        if self.kind == "label":
            shipments = self.env["invoice.shipment"]
            if shipments.has_access("read"):
                found = shipments.search([("company_id", "=", company.id)], limit=1)
                return found or shipments.new(self._prepare_sample_parcel(company))
            return shipments.new(self._prepare_sample_parcel(company))
        tickets = self.env["invoice.ticket"]
        domain = Domain("company_id", "=", company.id) & Domain("state", "=", "issued")
        domain &= Domain("is_receipt", "=", self.kind == "receipt")
        if self.type_ids:
            domain &= Domain("type_id", "in", self.type_ids._origin.ids)
        found = tickets.has_access("read") and tickets.search(domain, limit=1)
        return found or self._make_sample_ticket(company)

    def _make_sample_ticket(self, company):
        ticket_type = self.type_ids[:1]._origin or self.env["invoice.ticket.type"]._get_default()
        customer, service = self.env._("Sample Customer Ltd."), self.env._("Consulting")
        return self.env["invoice.ticket"].new(
            {
                "name": "T26-0001",
                "state": "issued",
                "type_id": ticket_type.id,
                "company_id": company.id,
                "currency_id": company.currency_id.id,
                "buyer_name": customer,
                "buyer_vat": "91310000MA1FL0000X",
                "fapiao_number": "26312000000000000001",
                "issue_date": fields.Date.context_today(self),
                "content": service,
                "line_ids": [
                    Command.create({"name": service, "quantity": 2.0, "price_unit": 565.0})
                ],
            }
        )

    def _prepare_sample_parcel(self, company):
        recipient = self.env._("Sample Recipient")
        address = self.env._("1 Sample Road, Shanghai")
        return {
            "tracking_number": "SF1234567890123",
            "company_id": company.id,
            "recipient": recipient,
            "recipient_phone": "021-00000000",
            "recipient_address": address,
            "date_shipped": fields.Date.context_today(self),
        }


REPORTS = {
    "sheet": "ticket_sheet_report",
    "bill": "ticket_bill_report",
    "receipt": "receipt_report",
    "label": "shipment_list_report",
}
