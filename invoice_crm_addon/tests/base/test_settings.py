from lxml import etree

from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestSettings(TransactionCase):
    """The settings page says what each setting is."""

    def test_each_setting_has_a_title(self):
        """A field that stands in a box of its own gives its setting no title."""
        view = self.env["res.config.settings"].get_view(
            self.env.ref("base.res_config_settings_view_form").id, "form"
        )
        [app] = etree.fromstring(view["arch"]).xpath("//app[@name='invoice_crm_addon']")
        settings = app.xpath(".//setting")
        self.assertGreater(len(settings), 10)
        untitled = [
            setting.get("id")
            for setting in settings
            if not setting.get("string") and not setting.xpath("./field")
        ]
        self.assertEqual(untitled, [])
