import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..base.exact_float import to_decimal

_CODE = re.compile(r"[0-9]{19}")
_RATE = re.compile(r"\d{1,2}(\.\d{1,3})?")


class InvoiceGoodsCode(models.Model):
    """A code of the tax bureau's classification of goods and services, as a company uses it.

    Role      Rights
    =====================================================================================
    finance   and managers: keep the list, import it, say which goods have which code
    others    read
    =====================================================================================

    Lines of tickets keep the code itself: the list may change, a ticket does not.
    """

    _name = "invoice.goods.code"
    _inherit = ["invoice.readable.mixin"]
    _description = "Tax Classification Code"
    _order = "code, id"
    _rec_names_search = ["code", "name", "short_name"]
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(string="Goods or Service", required=True)
    code = fields.Char(
        string="Tax Classification",
        size=19,
        required=True,
        index=True,
        help="Code of 19 digits in the tax bureau's classification of goods and services.",
    )
    short_name = fields.Char(help="What a fapiao prints between asterisks before the goods.")
    rates = fields.Char(
        string="Usual Tax Rates", help="Percentages, such as 13% or 13%, 9%. Empty: any."
    )
    policy = fields.Char(
        string="Tax Policy",
        help="Policy (优惠政策类型) by which the company taxes these goods less, word for word as "
        "the tax bureau calls it. Empty: none.",
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )

    _code_uniq = models.UniqueIndex(
        "(company_id, code)", "This tax classification code is in the list already."
    )

    # === COMPUTE METHODS === #

    @api.depends("code", "name", "short_name")
    def _compute_display_name(self):
        for goods in self:
            short = f"*{goods.short_name}*" if goods.short_name else ""
            goods.display_name = f"{short}{goods.name or ''} ({goods.code or ''})"

    # === CONSTRAINT METHODS === #

    @api.constrains("code")
    def _check_code(self):
        for goods in self:
            if not _CODE.fullmatch(goods.code):
                raise ValidationError(
                    self.env._(
                        "The tax classification code “%(code)s” of %(line)s must have 19 digits.",
                        code=goods.code,
                        line=goods.name,
                    )
                )

    @api.constrains("rates")
    def _check_rates(self):
        for goods in self:
            if not all(_RATE.fullmatch(rate) for rate in goods._get_rates()):
                raise ValidationError(
                    self.env._(
                        "“%s” are no tax rates. Write percentages with commas between, such as "
                        "13%%, 9%%.",
                        goods.rates,
                    )
                )

    # === BUSINESS METHODS === #

    def _get_rates(self):
        """Usual rates as texts without the percent sign, maybe none.

        :rtype: list[str]
        """
        self.ensure_one()
        parts = re.split(r"[,，、;；\s]+", self.rates or "")  # noqa: RUF001
        return [part.rstrip("%％") for part in parts if part]  # noqa: RUF001

    def _is_usual(self, rate):
        """Whether goods of the code are taxed like this.

        :param float rate: percentage
        """
        rates = self._get_rates()
        return not rates or any(to_decimal(float(usual)) == to_decimal(rate) for usual in rates)

    @api.model
    def _find(self, codes, company):
        """Rows of the list of a company by their code; archived ones say something, too.

        :param codes: texts of 19 digits, or False
        :rtype: dict[str, invoice.goods.code]
        """
        codes = [code for code in codes if code]
        if not codes:
            return {}
        Goods = self.with_context(active_test=False)
        domain = [("code", "in", codes), *Goods._check_company_domain(company)]
        # That of the company itself goes before that of its parent.
        found = Goods.search(domain).sorted(lambda goods: goods.company_id == company)
        return {goods.code: goods for goods in found}

    # === LIST OF THE TAX BUREAU === #

    @api.model
    def _compare(self, rows, company):
        """What a list says that the database does not say yet.

        :param rows: ``GoodsCode`` of the reader
        :return: values of new ones; values by record that changes; how many are as they are
        :rtype: tuple[list[dict], dict, int]
        """
        own = self.with_context(active_test=False).search([("company_id", "=", company.id)])
        known = {goods.code: goods for goods in own}
        new, changed, same = [], {}, 0
        for row in rows:
            values = {
                "name": row.name,
                "short_name": row.short_name or False,
                "rates": ", ".join(f"{rate}%" for rate in row.rates) or False,
                "policy": row.policy or False,
            }
            goods = known.get(row.code)
            if not goods:
                new.append({**values, "code": row.code, "company_id": company.id})
                continue
            # A column that a list lacks takes nothing away.
            values = {k: v for k, v in values.items() if v and v != goods[k]}
            if values:
                changed[goods] = values
            else:
                same += 1
        return new, changed, same
