from odoo import api, models

from ..base.exact_float import EXACT, to_decimal, to_plain_text
from ..ticket.red_parts import QUANTITY_DIGITS, Part, spread


class InvoiceTicketLine(models.Model):
    """Lines for a part of what an order or an invoice says, exact to the cent."""

    _inherit = "invoice.ticket.line"

    @api.model
    def _scale_values(self, lines_values, total, currency):
        """The same lines for a part of what they amount to, or for all of it.

        :param list lines_values: see ``_prepare_from_source``
        :param float total: what they come to then, tax included
        :return: values of lines; those that come to nothing are left out
        :rtype: list[dict]
        """
        return self._divide_values(lines_values, [total], currency)[0]

    @api.model
    def _divide_values(self, lines_values, totals, currency):
        """Divide lines among several tickets; the last one takes what is left of quantities.

        :param list totals: what each ticket comes to, tax included
        :return: values of the lines of each ticket
        :rtype: list[list[dict]]
        """
        left = {
            index: Part(values["quantity"], values["agreed_untaxed"], values["agreed_tax"])
            for index, values in enumerate(lines_values)
        }
        result = []
        for total in totals:
            whole = sum(part.total for part in left.values())
            if currency.compare_amounts(total, whole) >= 0:
                parts = left
            else:
                parts = spread(left, total, currency)
            left = {index: part.minus(parts[index], currency) for index, part in left.items()}
            result.append(
                [
                    self._cut_values(lines_values[index], part, currency)
                    for index, part in parts.items()
                    if not currency.is_zero(part.total)
                ]
            )
        return result

    @api.model
    def _cut_values(self, values, part, currency):
        """Values of a line for a part of it.

        What of the amount is tax follows from the rate: a part of a part that was rounded would
        miss it by more than the cent that the tax bureau allows.
        """
        untaxed, tax = values["agreed_untaxed"], values["agreed_tax"]
        if currency.compare_amounts(part.total, untaxed + tax) == 0:
            return values
        rate = self.env["account.tax"].browse(values["tax_id"] or []).amount
        untaxed = currency.round(part.total / (1 + rate / 100))
        quantity = round(part.quantity, QUANTITY_DIGITS)
        price = EXACT.divide(to_decimal(untaxed), to_decimal(quantity))
        return {
            **values,
            "quantity": quantity,
            "price_unit": float(to_plain_text(price)),
            "agreed_untaxed": untaxed,
            "agreed_tax": currency.round(part.total - untaxed),
        }
