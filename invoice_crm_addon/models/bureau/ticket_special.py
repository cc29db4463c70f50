from odoo import fields, models

from ...sheets.bureau_columns import SPECIAL, SPECIAL_REQUIRED


class InvoiceTicketSpecial(models.Model):
    """What a fapiao of a special business says: one row, or one for each journey.

    Which of the fields it is, the ticket's type says. They go with the content of the ticket.
    """

    _name = "invoice.ticket.special"
    _inherit = ["invoice.row.mixin"]
    _description = "Special Business on a Ticket"
    _order = "ticket_id, sequence, id"

    _document_field = "ticket_id"
    _row_field = "special_ids"

    ticket_id = fields.Many2one("invoice.ticket", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="ticket_id.company_id", store=True, precompute=True)
    special_business = fields.Selection(related="ticket_id.type_id.special_business")
    sequence = fields.Integer(default=10)
    place = fields.Char(help="Province, city and district, as the tax bureau calls them.")
    address = fields.Char(string="Detailed Address")
    project = fields.Char(string="Building Project")
    is_cross_region = fields.Boolean(string="In Another City")
    land_tax_number = fields.Char(string="Land Value Tax Project Number")
    cross_number = fields.Char(
        string="Cross-Region Number",
        help="Of the report on tax matters in another region (跨区域涉税事项报验管理编号).",
    )
    unit_code = fields.Char(
        string="Unit or Contract Code",
        help="Code of the real estate unit, or of the contract that was filed online.",
    )
    certificate = fields.Char(string="Property Certificate")
    area_unit = fields.Selection(
        selection=[
            ("平方米", "Square Metre"),
            ("亩", "Mu"),
            ("㎡", "m²"),
            ("平方千米", "Square Kilometre"),
            ("公顷", "Hectare"),
            ("孔公里", "Duct Kilometre"),
            ("米", "Metre"),
        ],
    )
    departure = fields.Char(string="From")
    destination = fields.Char(string="To")
    vehicle = fields.Selection(
        selection=[
            ("铁路运输", "Rail Freight"),
            ("公路运输", "Road Freight"),
            ("水路运输", "Water Freight"),
            ("航空运输", "Air Freight"),
            ("管道运输", "Pipeline"),
            ("飞机", "Aeroplane"),
            ("火车", "Train"),
            ("长途汽车", "Coach"),
            ("公共交通", "Public Transport"),
            ("出租车", "Taxi"),
            ("汽车", "Car"),
            ("船舶", "Ship"),
            ("其他", "Other"),
        ],
        string="Means of Transport",
    )
    plate = fields.Char(string="Vehicle Number")
    goods = fields.Char(string="Goods Carried")
    traveller = fields.Char()
    id_kind = fields.Char(string="Kind of Identity Document")
    id_number = fields.Char(string="Identity Document Number")
    grade = fields.Char(string="Class")
    date_from = fields.Date(string="First Day")
    date_to = fields.Date(string="Last Day")

    # === BUSINESS METHODS === #

    def _get_missing(self):
        """Labels of what a fapiao of the business cannot do without.

        :rtype: list[str]
        """
        missing = []
        for row in self:
            for fname in SPECIAL_REQUIRED.get(row.special_business, ()):
                if not row[fname]:
                    missing.append(row._fields[fname]._description_string(self.env))
        return list(dict.fromkeys(missing))

    def _get_values(self):
        """What the row says to the tax bureau, as texts by column.

        :rtype: dict[str, str]
        """
        self.ensure_one()
        return {
            fname: self._say(fname)
            for fname in SPECIAL.get(self.special_business, ())
            if fname in self._fields
        }

    def _say(self, fname):
        if self._fields[fname].type == "boolean":
            return "是" if self[fname] else "否"
        return str(self[fname] or "")
