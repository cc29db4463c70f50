from odoo import api, fields, models

from ...bureau_list import KINDS, STATUSES

_STATUS_LABELS = {
    "normal": "Valid",
    "voided": "Voided",
    "red_part": "Partly Red-Lettered",
    "red_full": "Red-Lettered",
}
_KIND_LABELS = {
    "digital_special": "Digital, special VAT",
    "digital_ordinary": "Digital, ordinary",
    "special": "Special VAT, with code",
    "ordinary": "Ordinary VAT, with code",
    "other": "Other",
}
#: What of a fapiao a later list may change; the history keeps each as it was.
WATCHED = (
    "status",
    "issue_date",
    "amount_untaxed",
    "amount_tax",
    "amount_total",
    "buyer_name",
    "buyer_vat",
    "kind",
    "risk",
)


class InvoiceBureauFapiao(models.Model):
    """One fapiao of ours as the tax bureau lists it, brought up to date by each list."""

    _name = "invoice.bureau.fapiao"
    _description = "Fapiao at the Tax Bureau"
    _order = "issue_date desc, id desc"
    _rec_name = "number"
    _rec_names_search = ["number", "buyer_name"]

    company_id = fields.Many2one("res.company", required=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    number = fields.Char(required=True, index="trigram")
    code = fields.Char()
    month = fields.Date(required=True, help="First day of the month in which it was issued.")
    issue_date = fields.Date(required=True)
    status = fields.Selection(
        selection=[(status, _STATUS_LABELS[status]) for status in STATUSES],
        required=True,
        index=True,
    )
    kind = fields.Selection(selection=[(kind, _KIND_LABELS[kind]) for kind in KINDS])
    kind_text = fields.Char(string="Kind at the Bureau")
    is_paper = fields.Boolean(string="On Paper")
    is_red = fields.Boolean(string="Red Letter")
    amount_untaxed = fields.Monetary(string="Untaxed Amount")
    amount_tax = fields.Monetary(string="Tax Amount")
    amount_total = fields.Monetary(string="Total")
    buyer_name = fields.Char(string="Buyer", index="trigram")
    buyer_vat = fields.Char(string="Buyer's Tax Number", index="trigram")
    risk = fields.Char(string="Risk Level")
    source = fields.Char(help="The platform on which it was issued, as the bureau names it.")
    issuer = fields.Char(string="Issued By")
    remark = fields.Char()
    red_code = fields.Char(string="Code of the Original")
    red_number = fields.Char(string="Number of the Original", index="btree_not_null")
    red_confirmation = fields.Char(string="Confirmation Number")
    line_ids = fields.One2many("invoice.bureau.line", "fapiao_id", string="Sums by Rate")
    list_id = fields.Many2one(
        "invoice.bureau.list", string="Latest List", index="btree_not_null", ondelete="set null"
    )
    changes = fields.Json(groups="base.group_system")
    changes_html = fields.Html(
        string="What Lists Changed", compute="_compute_changes_html", sanitize=False
    )

    _number_uniq = models.UniqueIndex(
        "(company_id, COALESCE(code, ''), number)", "The fapiao stands there already."
    )
    _month_idx = models.Index("(company_id, month)")
    _date_idx = models.Index("(company_id, issue_date)")
    _paper_idx = models.Index("(company_id, code, number) WHERE is_paper IS TRUE")

    @api.depends("changes", "status")
    @api.depends_context("lang")
    def _compute_changes_html(self):
        for fapiao in self:
            # sudo: the field is for the program; what it says of the fapiao, its readers may know
            changes = fapiao.sudo().changes or []
            fapiao.changes_html = bool(changes) and self.env["ir.qweb"]._render(
                "invoice_crm_addon.bureau_fapiao_changes",
                {"rows": fapiao._describe_changes(changes)},
            )

    def _describe_changes(self, changes):
        """Each change with its day, and what was changed from what to what.

        :param list[dict] changes: the values before each, the oldest first
        """
        now = {fname: self._get_plain(fname) for fname in WATCHED}
        rows = []
        for place, change in enumerate(changes):
            later = changes[place + 1]["old"] if place + 1 < len(changes) else now
            for fname in WATCHED:
                before, after = (
                    self._get_shown(fname, v.get(fname)) for v in (change["old"], later)
                )
                if before != after:
                    label = self._fields[fname]._description_string(self.env)
                    rows.append((change["on"][:16].replace("T", " "), label, before, after))
        return rows

    def _get_plain(self, fname):
        value = self[fname]
        return str(value) if fname == "issue_date" else value

    def _get_shown(self, fname, value):
        field = self._fields[fname]
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value or "")
        if field.type == "monetary":
            return f"{value or 0:,.2f}"
        return value or ""


class InvoiceBureauLine(models.Model):
    """What of a fapiao at the tax bureau was sold at one rate, as the list's second sheet says."""

    _name = "invoice.bureau.line"
    _description = "Rate of a Fapiao at the Tax Bureau"
    _order = "rate, id"

    fapiao_id = fields.Many2one(
        "invoice.bureau.fapiao", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="fapiao_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    rate = fields.Char(export_string_translation=False, exportable=False)
    rate_name = fields.Char(string="Tax Rate", compute="_compute_rate_name")
    amount_untaxed = fields.Monetary(string="Untaxed Amount")
    amount_tax = fields.Monetary(string="Tax Amount")

    @api.depends("rate")
    @api.depends_context("lang")
    def _compute_rate_name(self):
        names = {
            "exempt": self.env._("Exempt"),
            "not_taxable": self.env._("Not taxable"),
            "": "–",
        }
        for line in self:
            line.rate_name = names.get(line.rate or "") or f"{line.rate} %"
