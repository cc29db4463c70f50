from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from ..base.exact_float import EXACT, to_decimal, to_plain_text


class InvoiceTicketLine(models.Model):
    """How a line is taxed, and where that comes from.

    Treatment    On a fapiao  Tax record
    =====================================================================================
    taxed        13%, 6% …    one with this rate; none, if no record has the rate of a file
    zero         0%           one of 0 %, or none
    exempt       免税         none
    not_taxable  不征税       none
    (empty)                   a line being entered, to which no default applied; saved: exempt
    =====================================================================================

    The tax of the product, or of the ticket's type, is proposed for a line that says nothing of
    its tax. What an order, an invoice, a file or a caller says stays, nothing included.
    """

    _inherit = "invoice.ticket.line"

    tax_id = fields.Many2one(
        "account.tax",
        compute="_compute_tax_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        domain=[("type_tax_use", "=", "sale"), ("amount_type", "=", "percent")],
    )
    tax_treatment = fields.Selection(
        selection=[
            ("taxed", "Taxed"),
            ("zero", "0%"),
            ("exempt", "Exempt"),
            ("not_taxable", "Not Taxable"),
        ],
        compute="_compute_tax_treatment",
        store=True,
        readonly=False,
        precompute=True,
        help="Three different things on a fapiao. 0 %: taxed, at nothing, as exports are. Exempt: "
        "the law frees the sale. Not taxable: no VAT applies, as to prepaid cards.",
    )
    agreed_untaxed = fields.Monetary(
        string="Untaxed as Agreed", help="Amount of the order or invoice line, without tax."
    )
    agreed_tax = fields.Monetary(
        string="Tax as Agreed",
        help="Tax of the order or invoice line. Where prices include tax, it may be a cent away "
        "from amount × rate; it counts while the untaxed amount is as agreed.",
    )

    # === COMPUTE METHODS === #

    @api.depends("product_id", "ticket_id.type_id", "ticket_id.company_id")
    def _compute_tax_id(self):
        for line in self:
            if line.tax_id:
                # Whatever the product says; in another company, its tax of the same rate.
                line.tax_id = line._get_tax_in_company(line.tax_id)
            elif line.tax_treatment:
                line.tax_id = False
            else:
                line.tax_id = line._get_default_tax()
                # Reading it above computed it, for a line that had no tax yet.
                line.tax_treatment = self._get_treatment_of(line.tax_id)

    @api.depends("tax_id")
    def _compute_tax_treatment(self):
        for line in self:
            # Without a tax, what is known of the line stays.
            line.tax_treatment = line._get_treatment_of(line.tax_id) or line.tax_treatment

    # === ONCHANGE METHODS === #

    @api.onchange("product_id")
    def _onchange_product_id_tax(self):
        self.tax_id = self._get_default_tax() or self.tax_id

    @api.onchange("tax_id")
    def _onchange_tax_id(self):
        # Without a record of 0 %, the treatment alone says it.
        if not self.tax_id and self.tax_treatment == "taxed":
            self.tax_treatment = "exempt"

    @api.onchange("tax_treatment")
    def _onchange_tax_treatment(self):
        if self.tax_treatment != self._get_treatment_of(self.tax_id):
            self.tax_id = self._get_tax_for(self.tax_treatment)

    # === CONSTRAINT METHODS === #

    @api.constrains("tax_id", "tax_treatment", "quantity", "price_unit")
    def _check_tax(self):
        for line in self.filtered("tax_id"):
            if line.tax_id.amount_type != "percent":
                raise ValidationError(
                    self.env._(
                        "The tax %(tax)s of %(line)s is no percentage, which a ticket cannot show. "
                        "Choose another tax.",
                        tax=line.tax_id.name,
                        line=line.name,
                    )
                )
            if line.tax_treatment != self._get_treatment_of(line.tax_id):
                labels = dict(self._fields["tax_treatment"]._description_selection(self.env))
                raise ValidationError(
                    self.env._(
                        "%(line)s cannot be “%(treatment)s” with the tax %(tax)s. Change one of "
                        "them.",
                        line=line.name,
                        treatment=labels.get(line.tax_treatment, ""),
                        tax=line.tax_id.name,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._complete_tax(vals) for vals in vals_list])

    def write(self, vals):
        # A line without tax keeps what it says of itself.
        if self.tax_id or "tax_treatment" in vals:
            vals = self._complete_tax(vals)
        return super().write(vals)

    @api.model
    def _prepare_create_values(self, vals_list):
        """Decide on lines to which no default applied: they are saved without tax."""
        vals_list = super()._prepare_create_values(vals_list)
        for vals in vals_list:
            if not vals.get("tax_treatment") and not vals.get("tax_id"):
                vals["tax_treatment"] = "exempt"
        return vals_list

    @api.model
    def _complete_tax(self, vals):
        """Values in which tax and treatment go together, where the caller gave one of them."""
        if vals.get("tax_treatment"):
            is_taxless = vals["tax_treatment"] in ("exempt", "not_taxable")
            return {"tax_id": False, **vals} if is_taxless else vals
        vals = {fname: value for fname, value in vals.items() if fname != "tax_treatment"}
        if "tax_id" in vals and not vals["tax_id"]:
            # The file names no rate that is known here.
            vals["tax_treatment"] = "taxed" if vals.get("document_tax") else "exempt"
        return vals

    @api.model
    def _complete_commands(self, commands):
        """Commands of defaults in which tax and treatment go together."""
        return [
            Command.create(self._complete_tax(command[2]))
            if command[0] == Command.CREATE
            else command
            for command in commands
        ]

    # === TAX === #

    @api.model
    def _get_treatment_of(self, tax):
        """Treatment that a tax record means, or False if there is none."""
        if not tax:
            return False
        return "taxed" if tax.amount else "zero"

    def _get_tax_for(self, treatment):
        """Tax record for a treatment that was chosen for this line, maybe none."""
        if treatment == "taxed":
            return self._get_default_tax().filtered("amount")
        if treatment == "zero":
            return self._find_tax(0.0, self._get_company())
        return self.env["account.tax"]

    def _get_default_tax(self):
        """Tax of the product in the company of the ticket, else of the type of the ticket."""
        self.ensure_one()
        company = self._get_company()
        taxes = self.product_id.taxes_id._filter_taxes_by_company(company)
        taxes += self.ticket_id.type_id.with_company(company).default_tax_id
        return taxes.filtered(lambda tax: tax.amount_type == "percent")[:1]

    def _get_tax_in_company(self, tax):
        """The tax, or one of the same rate if the ticket belongs to another company."""
        company = self._get_company()
        if tax._filter_taxes_by_company(company):
            return tax
        return self._find_tax(tax.amount, company)

    @api.model
    def _find_tax(self, percentage, company):
        """Sales tax of a company with this rate, maybe none.

        :param float percentage: 13.0 for 13 %
        """
        Tax = self.env["account.tax"]
        return Tax.search(
            [
                *Tax._check_company_domain(company),
                ("type_tax_use", "=", "sale"),
                ("amount_type", "=", "percent"),
                ("amount", "=", percentage),
            ],
            limit=1,
        )

    def _get_company(self):
        return self.ticket_id.company_id or self.env.company

    def _get_missing(self):
        """Labels of what the lines lack before their ticket can be submitted.

        :rtype: list[str]
        """
        return [
            self.env._("tax of %s", line.name)
            for line in self
            if line.tax_treatment == "taxed" and not line.tax_id and not line.is_from_document
        ]

    # === FROM ORDERS AND INVOICES === #

    @api.model
    def _prepare_from_source(self, source_line, quantity, unit):
        """Values of the line that documents a line of an order or an invoice.

        It comes to the same amounts and says the same of its tax: a price that includes tax
        becomes one without, and the tax stays as agreed, to the cent.

        :param recordset source_line: has ``tax_ids``, ``price_subtotal`` and ``price_total``
        :raise UserError: if its taxes are none that a ticket can show
        """
        untaxed, total = to_decimal(source_line.price_subtotal), to_decimal(source_line.price_total)
        tax = self._get_only_tax(source_line.tax_ids)
        shown = tax or source_line.tax_ids.browse()
        price = EXACT.divide(untaxed, to_decimal(quantity)) if quantity else 0
        product = source_line.product_id
        values = {
            "product_id": product.id,
            "name": product.name or (source_line.name or "/").splitlines()[0],
            "unit": self._get_unit_name(product, unit),
            "quantity": quantity,
            "price_unit": float(to_plain_text(price)),
            "tax_id": shown.id,
            "tax_treatment": self._get_treatment_of(shown) or "exempt",
            "agreed_untaxed": float(untaxed),
            "agreed_tax": float(total - untaxed),
        }
        line = self.new({**values, "currency_id": source_line.currency_id})
        if tax is None or line._get_exact_amounts() != (untaxed, total - untaxed):
            raise UserError(
                self.env._(
                    "A line of a ticket shows one percentage, but %(line)s has the taxes "
                    "%(taxes)s. Correct them, or enter the ticket by hand.",
                    line=values["name"],
                    taxes=", ".join(source_line.tax_ids.mapped("name")) or "–",
                )
            )
        return values

    @api.model
    def _agree_on_total(self, lines_values, total, currency):
        """Spread the cents by which the lines miss the total of their source.

        Where a company rounds the tax of a document as a whole, its lines do not add up to it.
        A ticket rounds each line, so some of them carry a cent of tax more or less, as the tax
        bureau allows.

        :param list lines_values: see ``_prepare_from_source``; changed in place
        :param float total: of the source, tax included
        """
        cent = to_decimal(currency.rounding)
        agreed = sum(
            to_decimal(values["agreed_untaxed"]) + to_decimal(values["agreed_tax"])
            for values in lines_values
        )
        missing = to_decimal(total) - agreed
        step = cent if missing > 0 else -cent
        for values in lines_values:
            if abs(missing) < cent:
                break
            tax = to_decimal(values["agreed_tax"]) + step
            line = self.new({**values, "agreed_tax": float(tax), "currency_id": currency})
            if values["agreed_tax"] and line._get_exact_amounts()[1] == tax:
                values["agreed_tax"] = float(tax)
                missing -= step

    @api.model
    def _get_only_tax(self, taxes):
        """The percentage that taxes come down to; ``None`` if it is more or something else.

        A tax of 0 % beside another one says nothing.
        """
        flat = taxes.flatten_taxes_hierarchy()
        percentages = flat.filtered(lambda tax: tax.amount_type == "percent")
        told = percentages.filtered("amount") or percentages[:1]
        return told if flat == percentages and len(told) <= 1 else None
