import io
import zipfile
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from odoo.addons.invoice_crm_addon.models.base.proof import proven
from odoo.addons.invoice_crm_addon.tests.fapiao.common import FapiaoCommon


@tagged("post_install", "-at_install")
class TestFapiaoExtended(FapiaoCommon):
    """Another module's reason, value and outcome count like ours."""

    def test_reason_of_another_module_decides_the_order(self):
        first, second = self._approved(), self._approved()
        proven(first).test_project, proven(second).test_project = "P-1", "P-7"
        plain = self._drop(self._build())
        self.assertEqual(plain.candidate_ids.mapped("ticket_id"), first | second)
        self.assertEqual(plain.candidate_ids[0].ticket_id, first)
        self.assertNotIn("project", plain.candidate_ids[0].reasons_html)
        file = self._drop(self._build("26110000000000000002", remark="Project P-7"))
        self.assertEqual(file.candidate_ids.mapped("ticket_id.id"), [second.id, first.id])
        best, other = file.candidate_ids
        self.assertIn(["project", True], best.reasons)
        self.assertIn("Same project", best.reasons_html)
        self.assertIn("Another project", other.reasons_html)

    def test_weight_of_our_reason_can_be_changed(self):
        line = {"name": "Training", "price_unit": 1130.0, "tax_id": self.tax_13.id}
        same_type = self._approved(line_ids=[Command.create(line)])
        same_items = self._approved(type_id=self.type_digital_ordinary.id)
        content = self._build()
        self.assertEqual(self._drop(content).candidate_ids[0].ticket_id, same_items)
        candidates = type(self.env["invoice.fapiao.candidate"])
        weights = self.env["invoice.fapiao.candidate"]._get_match_weights()
        heavier = {**weights, "type": weights["lines"] + 10}
        with patch.object(candidates, "_get_match_weights", lambda candidates: heavier):
            self.assertEqual(self._drop(content).candidate_ids[0].ticket_id, same_type)

    def test_reason_of_a_module_that_is_gone_is_passed_over(self):
        self._approved() | self._approved()
        candidate = self._drop(self._build()).candidate_ids[0].sudo()
        candidate.reasons = [["of_old", True], ["total", True]]
        self.assertEqual([text for _is_met, text in candidate._get_reason_texts()], ["Same total"])

    def test_value_of_another_module_is_taken_and_given_back(self):
        ticket = self._approved()
        proven(ticket).test_project = "P-1"
        file = self._drop(self._build(remark="Project P-7")).with_user(self.finance)
        self.assertRecordValues(ticket, [{"state": "issued", "test_project": "P-7"}])
        file.action_undo()
        self.assertRecordValues(ticket, [{"state": "approved", "test_project": "P-1"}])

    def test_outcome_of_another_module_has_its_urgency(self):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("1.xml", self._build(remark="Park it"))
            archive.writestr("2.xml", self._build("26110000000000000002"))
        (result,) = self._import(stream.getvalue())
        self.assertEqual(result["outcome"], "parked")
        self.assertIn("Parked: 1", result["message"])
        self.assertEqual([row["outcome"] for row in result["files"]], ["parked", "created"])


@tagged("post_install", "-at_install")
class TestFapiaoOutcomes(HttpCase):
    """The panel shows outcomes that it does not know itself."""

    def test_panel_knows_the_outcome(self):
        self.browser_js(
            "/odoo",
            """
            const module = (name) => odoo.loader.modules.get(name);
            const { getOutcome, getRank } =
                module("@invoice_crm_addon/fapiao/fapiao_outcomes");
            const sorted = ["issued", "refused", "parked", "undecided", "unheard_of"]
                .map((outcome) => ({ outcome }))
                .sort((a, b) => getRank(a) - getRank(b))
                .map(({ outcome }) => outcome)
                .join(" ");
            if (sorted !== "undecided parked refused issued unheard_of") {
                throw new Error(`order of the outcomes: ${sorted}`);
            }
            if (String(getOutcome("parked").label) !== "Parked") {
                throw new Error("the label of the outcome");
            }
            if (getOutcome("unheard_of").label !== "unheard_of") {
                throw new Error("the label of an unknown outcome");
            }
            console.log("test successful");
            """,
            "odoo.isReady === true",
            login="admin",
        )
