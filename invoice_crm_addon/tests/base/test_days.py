from datetime import date, datetime
from unittest.mock import patch

import babel

from odoo.tests import TransactionCase, tagged
from odoo.tools import format_date, format_datetime

from ...models.base import days


@tagged("post_install", "-at_install")
class TestDays(TransactionCase):
    """Rows of a list say days as core does, without asking for the language each time."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.env["res.lang"]._activate_lang("fr_FR")

    def test_as_core_words_them(self):
        day, moment = date(2026, 11, 5), datetime(2026, 11, 5, 22, 30, 1)
        for lang in ("en_US", "zh_CN", "fr_FR", False):
            for zone in ("Asia/Shanghai", "America/New_York", False):
                self.env.user.tz = zone
                env = self.env(context={"lang": lang})
                with self.subTest(lang=lang, zone=zone):
                    self.assertEqual(days.word_day(env, day), format_date(env, day))
                    self.assertEqual(days.word_day(env, str(day)), format_date(env, str(day)))
                    self.assertEqual(days.word_moment(env, moment), format_datetime(env, moment))
                    self.assertEqual(
                        days.word_moment(env, str(moment)), format_datetime(env, str(moment))
                    )

    def test_nothing(self):
        self.assertEqual(
            [days.word_day(self.env, False), days.word_moment(self.env, None)], ["", ""]
        )

    def test_one_language_is_asked_for_once(self):
        days._get_locale.cache_clear()
        env = self.env(context={"lang": "zh_CN"})
        with patch.object(babel.Locale, "parse", wraps=babel.Locale.parse) as parse:
            for number in range(1, 9):
                days.word_day(env, date(2026, 11, number))
                days.word_moment(env, datetime(2026, 11, number))
        asked = [call.args[0] for call in parse.call_args_list if isinstance(call.args[0], str)]
        self.assertEqual(asked.count("zh_CN"), 1)
