"""Days and moments as the language of an environment writes them, for rows of a list.

They read like those of ``format_date`` and ``format_datetime`` of core, which ask Babel for the
language each time: it looks for ``zh_CN`` among the names of a thousand.
"""

from functools import lru_cache

import babel.dates
import pytz

from odoo.fields import Date, Datetime
from odoo.tools import get_lang, posix_to_ldml
from odoo.tools.misc import babel_locale_parse

_get_locale = lru_cache(maxsize=128)(babel_locale_parse)


def word_day(env, value):
    """Word a day.

    :param date|str value: day, may be empty
    :rtype: str
    """
    if not value:
        return ""
    lang = get_lang(env)
    return _format_day(Date.to_date(value), lang.date_format, lang.code)


@lru_cache(maxsize=4096)
def _format_day(day, date_format, lang_code):
    locale = _get_locale(lang_code)
    return babel.dates.format_date(day, posix_to_ldml(date_format, locale=locale), locale=locale)


def word_moment(env, value):
    """Word a moment in the user's timezone.

    :param datetime|str value: moment (UTC), may be empty
    :rtype: str
    """
    if not value:
        return ""
    lang = get_lang(env)
    locale = _get_locale(lang.code)
    zone = env.user.tz if env.user.tz in pytz.all_timezones_set else "UTC"
    moment = pytz.utc.localize(Datetime.to_datetime(value)).astimezone(pytz.timezone(zone))
    pattern = " ".join(
        posix_to_ldml(part, locale=locale) for part in (lang.date_format, lang.time_format)
    )
    return babel.dates.format_datetime(moment, pattern, locale=locale)
