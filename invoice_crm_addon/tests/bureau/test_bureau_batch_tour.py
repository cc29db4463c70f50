from odoo.tests import HttpCase, tagged

from .batch_common import BatchCommon


@tagged("post_install", "-at_install")
class TestBureauBatchTour(BatchCommon, HttpCase):
    def test_batch_in_chinese(self):
        """Finance chooses three tickets: two go, one is to be mended; the bureau refuses one."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.finance.lang = "zh_CN"
        first = self._coded()
        second = self._coded(line_ids=[self._prepare_line(price_unit=2260.0)])
        third = self._coded(line_ids=[self._prepare_line(name="Uncoded", tax_code=False)])
        self.start_tour(
            "/odoo/tickets-to-bureau", "invoice_crm_bureau_batch", login="ticket_finance"
        )
        states = (first | second | third).mapped("bureau_state")
        self.assertEqual(states, ["refused", "sent", False])
        batch = second.bureau_item_ids.batch_id
        self.assertEqual((batch.open_count, batch.refused_count), (1, 1))
