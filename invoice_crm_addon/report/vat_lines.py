"""On which line of the VAT return goods and services stand: SQL for tickets and for invoices.

The lines are those of 附列资料（一）, the list of the sales of a period. Former rates stand where
the tax bureau puts them: 17 and 16 % with 13 %, 11 and 10 % with 9 %. What no rate says, a method
on the tax does: 6 % by the simplified method, a pre-levy rate, 0 % that is exempt. Of a line
without a tax record, such as that of an imported fapiao, there is nothing but the rate.
"""

from odoo.tools import SQL

RATES = ("17", "16", "13", "11", "10", "9", "6", "5", "4", "3", "2", "1.5", "1", "0.5")
# Without a tax record, a rate is told by the amounts: so far may the tax be away from it.
TOLERANCE = 0.06


def get_rate_sql(treatment, percent, untaxed, tax):
    """One of ``RATES``, ``other``, or the treatment of what is not taxed.

    :param SQL treatment: see ``invoice.ticket.line``
    :param SQL percent: of the tax record; empty where there is none
    :param SQL untaxed: amount, and ``tax``, what is added to it
    """
    guessed = SQL(
        """(
            SELECT rate FROM UNNEST(%(rates)s::numeric[]) rate
            WHERE ABS(%(untaxed)s * rate / 100 - %(tax)s) <= %(tolerance)s
            ORDER BY ABS(%(untaxed)s * rate / 100 - %(tax)s), rate DESC LIMIT 1
        )""",
        rates=list(RATES),
        untaxed=untaxed,
        tax=tax,
        tolerance=TOLERANCE,
    )
    return SQL(
        """CASE
            WHEN %(treatment)s != 'taxed' THEN %(treatment)s
            WHEN %(percent)s IS NULL THEN COALESCE(%(guessed)s::text, 'other')
            WHEN TRIM_SCALE(%(percent)s)::text IN %(rates)s THEN TRIM_SCALE(%(percent)s)::text
            ELSE 'other'
        END""",
        treatment=treatment,
        percent=percent,
        guessed=guessed,
        rates=RATES,
    )


def get_sort_sql(code, product_type, name):
    """``goods`` or ``services``.

    The tax bureau's code says it by its first digit: 1 and 2 are goods and labour on goods, 3 to 5
    services, intangibles and real estate. Without one it is the product, or the tax bureau's short
    name in front of what is sold, such as ``*信息技术服务*``.

    :param SQL code: tax classification
    :param SQL product_type: of the product's template
    :param SQL name: of the line
    """
    return SQL(
        """CASE
            WHEN LEFT(%(code)s, 1) IN ('1', '2') THEN 'goods'
            WHEN LEFT(%(code)s, 1) IN ('3', '4', '5') THEN 'services'
            WHEN %(product_type)s = 'service' THEN 'services'
            WHEN %(product_type)s IS NULL AND %(name)s LIKE %(pattern)s THEN 'services'
            ELSE 'goods'
        END""",
        code=code,
        product_type=product_type,
        name=name,
        pattern="*%服务*%",
    )


def get_line_sql(rate, sort, method):
    """Line of the return, one of ``vat_line`` of ``invoice.ticket.analysis``.

    :param SQL rate: see ``get_rate_sql``
    :param SQL sort: see ``get_sort_sql``
    :param SQL method: ``vat_method`` of the tax record
    """
    return SQL(
        """CASE
            WHEN %(method)s = 'prepaid' AND %(rate)s NOT IN ('exempt', 'not_taxable')
                THEN 'prepaid'
            WHEN %(method)s = 'exempt' AND %(rate)s = 'zero' THEN 'exempt_' || %(sort)s
            WHEN %(method)s = 'simple' AND %(rate)s = '6' THEN 'simple_6'
            WHEN %(rate)s IN ('17', '16', '13') THEN 'general_13_' || %(sort)s
            WHEN %(rate)s IN ('11', '10', '9') THEN 'general_9_' || %(sort)s
            WHEN %(rate)s = '6' THEN 'general_6'
            WHEN %(rate)s IN ('5', '3') THEN 'simple_' || %(rate)s || '_' || %(sort)s
            WHEN %(rate)s = '4' THEN 'simple_4'
            WHEN %(rate)s = 'zero' THEN 'refund_' || %(sort)s
            WHEN %(rate)s = 'exempt' THEN 'exempt_' || %(sort)s
            WHEN %(rate)s = 'not_taxable' THEN 'not_taxable'
            ELSE 'simple_other'
        END""",
        rate=rate,
        sort=sort,
        method=method,
    )


def get_refunded_line_sql(line, sort, is_refunded):
    """Line of what is refunded upon levy, ``vat_line_refunded`` of the analysis, or nothing.

    :param SQL line: see ``get_line_sql``
    :param SQL sort: see ``get_sort_sql``
    :param SQL is_refunded: ``is_vat_refunded`` of the tax record
    """
    return SQL(
        """CASE
            WHEN NOT COALESCE(%(is_refunded)s, FALSE) THEN NULL
            WHEN %(line)s LIKE 'general%%' THEN 'general_refunded_' || %(sort)s
            WHEN %(line)s LIKE 'simple%%' THEN 'simple_refunded_' || %(sort)s
        END""",
        line=line,
        sort=sort,
        is_refunded=is_refunded,
    )
