"""Quantities and prices: numbers of up to 13 decimals that nothing rounds on its way."""

from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation

from odoo import api, fields, models
from odoo.exceptions import ValidationError

DECIMALS = 13
# Wide enough for the product of any two numbers of that kind.
EXACT = Context(prec=80, rounding=ROUND_HALF_UP)
_STEP = Decimal(1).scaleb(-DECIMALS)


def to_decimal(number):
    """The decimal number that people see in a float: 0.1, not 0.1000000000000000055…"""
    return Decimal(repr(number) if isinstance(number, float) else number)


def round_half_up(number, step):
    """A decimal number to a multiple of ``step``; the half goes away from zero.

    :param float step: rounding of a currency
    """
    step = to_decimal(step)
    return EXACT.multiply(EXACT.divide(number, step).quantize(Decimal(1), context=EXACT), step)


def to_plain_text(number):
    """A number with all the decimals that say something, and no exponent."""
    text = f"{to_decimal(number).quantize(_STEP, context=EXACT):f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


class ExactFloat(fields.Float):
    """Number of up to 13 decimals, as the tax bureau allows for quantities and unit prices.

    A ``Float`` of 13 digits would be rounded by arithmetic on floats, which adds noise to every
    number from some hundreds on. Here the shortest decimal that stands for the float counts, and
    is rounded to 13 decimals as a decimal.

    The limit is that of a float: numbers of 15 digits in all are always held, longer ones if
    their float reads as the same number. A text that is not held – of an import, or sent by a
    program – is refused with a sentence; a form refuses it while it is typed. What comes as a
    float was rounded by its author, if at all.
    """

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("digits", (2 * DECIMALS, DECIMALS))
        super().__init__(*args, **kwargs)

    def convert_to_column(self, value, record, values=None, validate=True):
        return to_plain_text(self.convert_to_cache(value, record))

    def convert_to_cache(self, value, record, validate=True):
        try:
            number = to_decimal(value or 0).quantize(_STEP, context=EXACT)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            raise ValidationError(record.env._("“%s” is no number.", value))
        if isinstance(value, str) and to_decimal(float(number)) != number:
            raise ValidationError(
                record.env._(
                    "%s has more digits than can be kept exactly. Round it to 15 digits in all.",
                    value,
                )
            )
        return float(number)


class IrFieldsConverter(models.AbstractModel):
    _inherit = "ir.fields.converter"

    @api.model
    def _str_to_float(self, model, field, value, savepoint):
        """Refuse what an import would round without a word."""
        number, warnings = super()._str_to_float(model, field, value, savepoint)
        if isinstance(field, ExactFloat):
            try:
                number = field.convert_to_cache(str(value), model)
            except ValidationError as error:
                problem = error.args[0].replace("%", "%%")
                raise self._format_import_error(ValueError, problem) from None
        return number, warnings
