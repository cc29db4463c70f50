from odoo import fields, models


class ResCurrency(models.Model):
    """Currencies that no rate converts: core counts them one to one, which nobody means."""

    _inherit = "res.currency"

    def _get_rated(self):
        """The rates that there are, each as currency and company, or no company for all of them.

        :rtype: set[tuple]
        """
        # sudo: res.currency.rate - whether there are some
        Rate_sudo = self.env["res.currency.rate"].sudo()
        domain = [("currency_id", "in", self.ids)]
        return set(Rate_sudo._read_group(domain, ["currency_id", "company_id"]))

    def _lacks_rate(self, company, date, rated):
        """Whether nothing converts the currency into the company's.

        :param set rated: see ``_get_rated``
        """
        self.ensure_one()
        if self == company.currency_id:
            return False
        if (self, company.browse()) in rated or (self, company.root_id) in rated:
            return False
        # A rate of the company's currency converts as well.
        return self._get_conversion_rate(self, company.currency_id, company, date) == 1

    def _get_unrated(self, company, date=None):
        """Those of the currencies that nothing converts into the company's.

        :param date: day of the rate, default: today
        """
        foreign = self - company.currency_id
        if not foreign:
            return foreign
        rated, date = foreign._get_rated(), date or fields.Date.context_today(self)
        return foreign.filtered(lambda currency: currency._lacks_rate(company, date, rated))

    def _get_rates_of_today(self, company):
        """What one unit of each currency is in the company's today.

        :return: rates by currency, without those that nothing converts: they count nothing
        :rtype: dict[res.currency, float]
        """
        today = fields.Date.context_today(self)
        return {
            currency: self._get_conversion_rate(currency, company.currency_id, company, today)
            for currency in self - self._get_unrated(company, today)
        }

    def _say_missing_rates(self):
        """What a figure says that lacks the amounts in these currencies; "" for none.

        :rtype: str
        """
        if not self:
            return ""
        return self.env._("Incomplete: no exchange rate of %s.", ", ".join(self.mapped("name")))
