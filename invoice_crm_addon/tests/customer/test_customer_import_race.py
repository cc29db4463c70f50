from odoo import SUPERUSER_ID, api
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..threads import retry_soon, run_at_once
from .import_common import make_excel, make_number


@tagged("post_install", "-at_install")
class TestImportAtOnce(TransactionCase):
    """Two people import the same customers at the same instant, in real transactions."""

    NUMBERS = [make_number(770000 + index) for index in range(20)]

    def test_each_customer_is_there_once(self):
        self.addCleanup(self._clean_up)
        rows = [[f"同时导入{i}公司", number] for i, number in enumerate(self.NUMBERS)]
        content = make_excel([["名称", "税号"], *rows])

        with self.registry.cursor() as cr:
            imports = api.Environment(cr, SUPERUSER_ID, {})["invoice.customer.import"]
            run_ids = [imports._start("at_once.xlsx", content).id for _ in range(2)]

        def apply_of(run_id):
            def apply(env):
                run = env["invoice.customer.import"].browse(run_id)
                run.action_apply()
                return run.state, run.applied_count, run.error_count, run.unchanged_count

            return apply

        with retry_soon(), mute_logger("odoo.sql_db", "odoo.service.model"):
            outcomes = run_at_once(
                self.registry, SUPERUSER_ID, [apply_of(run_id) for run_id in run_ids]
            )
        # Who comes second looks again, and finds nothing to do: no row fails.
        self.assertCountEqual(
            outcomes,
            [("done", len(self.NUMBERS), 0, 0), ("done", 0, 0, len(self.NUMBERS))],
        )
        with self.registry.cursor() as cr:
            cr.execute("SELECT count(*) FROM res_partner WHERE vat = ANY(%s)", [self.NUMBERS])
            self.assertEqual(cr.fetchone()[0], len(self.NUMBERS))

    def _clean_up(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["invoice.customer.import"].search([("name", "=", "at_once.xlsx")]).unlink()
            env["res.partner"].search([("vat", "in", self.NUMBERS)]).unlink()
