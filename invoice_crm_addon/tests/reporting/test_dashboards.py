import json

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import ReportingCommon

BOARD = "invoice_crm_addon.spreadsheet_dashboard_ticket_{}".format
ROLES = {
    "sales": ("sales", "lead", "finance", "manager", "auditor"),
    "finance": ("finance", "manager", "auditor"),
    "management": ("lead", "finance", "manager", "auditor"),
}


@tagged("post_install", "-at_install")
class TestDashboards(ReportingCommon):
    """Dashboards ask for what there is, and whoever sees one may read what it asks for."""

    def test_who_sees_which(self):
        for name, roles in ROLES.items():
            board = self.env.ref(BOARD(name))
            for role in ("sales", "lead", "finance", "manager", "auditor", "outsider"):
                mine = board.with_user(getattr(self, role))
                self.assertEqual(mine.has_access("read"), role in roles, f"{name} {role}")

    def test_figures(self):
        self._issue_on("2026-03-05", self._prepare_line(1000.0))
        count = 0
        for name, roles in ROLES.items():
            content = json.loads(self.env.ref(BOARD(name)).spreadsheet_data)
            filters = {row["id"] for row in content["globalFilters"]}
            for role in roles:
                for model, domain, groupby, measures, matching in self._get_questions(content):
                    Model = self.env[model].with_user(getattr(self, role))
                    with self.subTest(board=name, role=role, model=model, measures=measures):
                        Model.formatted_read_group(domain, groupby, measures)
                        self.assertLessEqual(matching.keys(), filters)
                        for match in matching.values():
                            self.assertIn(match["chain"], Model._fields)
                    count += 1
        self.assertGreater(count, 50)

    def _get_questions(self, content):
        for pivot in content["pivots"].values():
            measures = []
            for measure in pivot["measures"]:
                fname = measure["fieldName"]
                field = self.env[pivot["model"]]._fields.get(fname)
                default = field and (field.aggregator or "count_distinct")
                aggregator = measure.get("aggregator", default)
                measures.append(fname if fname == "__count" else f"{fname}:{aggregator}")
            rows = [row["fieldName"] for row in pivot["rows"]]
            yield pivot["model"], pivot["domain"], rows, measures, pivot["fieldMatching"]
        for sheet in content["sheets"]:
            for figure in sheet["figures"]:
                chart = figure["data"]
                if "metaData" in chart:
                    asked = chart["metaData"]
                    field = self.env[asked["resModel"]]._fields[asked["measure"]]
                    yield (
                        asked["resModel"],
                        chart["searchParams"]["domain"],
                        asked["groupBy"],
                        [f"{field.name}:{field.aggregator}"],
                        chart["fieldMatching"],
                    )

    def test_links_lead_somewhere(self):
        for name in ROLES:
            content = json.loads(self.env.ref(BOARD(name)).spreadsheet_data)
            for menu in content["chartOdooMenusReferences"].values():
                self.assertTrue(self.env.ref(menu).action, menu)

    def test_who_may_share(self):
        """A link by which anybody reads the figures is an export."""
        board = self.env.ref(BOARD("sales"))
        values = {"dashboard_id": board.id, "spreadsheet_data": "{}"}
        Share = self.env["spreadsheet.dashboard.share"]
        with self.assertRaisesRegex(AccessError, "may not share"):
            Share.with_user(self.sales).create(values)
        Share.with_user(self.finance).create(values)
        entry = self.env["invoice.export.log"].search([("format", "=", "share")], limit=1)
        self.assertEqual((entry.user_id, entry.condition), (self.finance, board.name))
