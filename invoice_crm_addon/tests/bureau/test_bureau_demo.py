from odoo.tests import TransactionCase, tagged

from ...demo.bureau import Bureau
from ...demo.checks import Checks


@tagged("post_install", "-at_install")
class TestBureauDemo(TransactionCase):
    """Who tries the demo database finds the tax bureau's desk with work on it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.desk = Bureau(cls.env)
        cls.company = cls.desk.ref("demo_company")
        if not cls.company or not cls.desk.get_ticket("gala"):
            cls.skipTest(cls, "There are no demo data")
        if not cls.desk.get_ticket("bureau_red"):
            # A database that was made before they had a desk.
            Checks(cls.env).check_before()
            cls.desk.make_desk()
            Checks(cls.env).check_now()

    def _search(self, model, **values):
        domain = [(name, "=", value) for name, value in values.items()]
        return self.env[model].search([("company_id", "=", self.company.id), *domain])

    def test_batches(self):
        settled = self._search("invoice.bureau.batch", state="settled")
        self.assertEqual(settled.issued_count, settled.item_count)
        batch = self._search("invoice.bureau.batch", state="open")
        self.assertTrue(batch.open_count)
        self.assertEqual(batch.refused_count, 1)

    def test_months(self):
        months = self._search("invoice.bureau.month").sorted("date", reverse=True)
        last = self.desk.get_ticket("bureau_red").issue_date.replace(day=1)
        [month] = months.filtered(lambda month: month.date == last)
        results = {result for result, _explained in month._count_rows()[self.company.id, last]}
        self.assertEqual(
            results,
            {
                "agreed",
                "ours_only",
                "bureau_only",
                "differs",
                "void_there",
                "void_here",
                "red_there",
            },
        )
        self.assertTrue(month.explained_count)
        [closed] = months.filtered(lambda month: month.state == "closed")
        self.assertEqual((last - closed.date).days // 28, 1)
        self.assertTrue(closed.closing_id.is_sealed)
        self.assertTrue(closed.closing_id._get_vat_figures())

    def test_findings(self):
        states = set(self._search("invoice.check.finding").mapped("state"))
        self.assertGreaterEqual(states, {"new", "open", "accepted", "gone"})
        runs = self._search("invoice.check.run", state="done")
        self.assertEqual(len(runs), 2)
        self.assertFalse(any(runs.mapped("failed_count")))
