from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import NUMBER, FapiaoCommon


@tagged("post_install", "-at_install")
class TestFapiaoRedPart(FapiaoCommon):
    """E-invoice files of red letters for a part of an invoice."""

    def _drop_part(self, index, untaxed, tax, **values):
        """Drop the file of a red letter."""
        amounts = {"untaxed": untaxed, "tax": tax, "total": f"{float(untaxed) + float(tax):.2f}"}
        return self._drop(
            self._build(f"2611000000000000100{index}", red_of=NUMBER, **amounts, **values)
        )

    def test_parts_take_back_until_nothing_is_left(self):
        blue = self._drop(self._build()).ticket_id
        first = self._drop_part(1, "-300.00", "-39.00")
        self.assertRecordValues(first, [{"outcome": "created"}])
        self.assertRecordValues(
            first.ticket_id, [{"red_of_id": blue.id, "amount_total": -339.0, "state": "issued"}]
        )
        self.assertRecordValues(
            blue, [{"status": "partial_red", "amount_red": 339.0, "amount_valid": 791.0}]
        )
        too_much = self._drop_part(2, "-700.01", "-91.00")
        self.assertEqual(too_much.outcome, "undecided")
        self.assertIn(blue.name, too_much.message)
        with self.assertRaisesRegex(UserError, "too much"), self.cr.savepoint():
            too_much.with_user(self.finance).action_create_ticket()
        self._drop_part(3, "-700.00", "-91.00")
        self.assertRecordValues(blue, [{"status": "red", "amount_valid": 0.0}])

    def test_part_taken_back_is_valid_again(self):
        blue = self._drop(self._build()).ticket_id
        first = self._drop_part(1, "-300.00", "-39.00")
        second = self._drop_part(2, "-100.00", "-13.00")
        second.with_user(self.finance).action_undo()
        self.assertRecordValues(blue, [{"status": "partial_red", "amount_valid": 791.0}])
        first.with_user(self.finance).action_undo()
        self.assertRecordValues(
            blue, [{"status": "issued", "amount_valid": 1130.0, "void_date": False}]
        )

    def test_reissued_part_is_not_taken_back(self):
        blue = self._drop(self._build()).ticket_id
        file = self._drop_part(1, "-300.00", "-39.00").with_user(self.finance)
        blue.with_user(self.finance).action_reissue()
        self.assertEqual(blue.reissue_ids.amount_total, 339.0)
        with self.assertRaises(UserError):
            file.action_undo()

    def test_part_finds_the_red_letter_that_waits(self):
        blue = self._drop(self._build()).ticket_id.with_user(self.finance)
        action = blue.action_red(red_reason="02", amount=339.0)
        red = self.env["invoice.ticket"].browse(action["res_id"])
        self._approve(red)
        file = self._drop_part(1, "-300.00", "-39.00", quantity="-0.3", price="1000.00")
        self.assertRecordValues(file, [{"outcome": "issued", "ticket_id": red.id}])
        self.assertRecordValues(blue, [{"status": "partial_red", "amount_red": 339.0}])
        self.assertEqual(red.red_reason, "02")
        file.with_user(self.finance).action_undo()
        self.assertRecordValues(red, [{"state": "approved", "amount_total": -339.0}])
        self.assertRecordValues(blue, [{"status": "issued", "amount_red": 0.0}])

    def test_draft_on_its_way_leaves_less_for_a_file(self):
        blue = self._drop(self._build()).ticket_id.with_user(self.finance)
        blue.action_red(red_reason="02", amount=1000.0)
        file = self._drop_part(1, "-300.00", "-39.00")
        self.assertEqual(file.outcome, "undecided")
        self.assertIn(blue.red_ids.name, file.message)
        blue.red_ids.unlink()
        file.with_user(self.finance).action_create_ticket()
        self.assertEqual(blue.amount_red, 339.0)

    def test_larger_document_is_not_accepted_for_a_part(self):
        blue = self._drop(self._build()).ticket_id.with_user(self.finance)
        blue.action_red(red_reason="02", amount=1000.0)
        red = blue.red_ids
        blue.action_red(red_reason="02", amount=130.0)
        self._approve(red)
        file = self._drop_part(1, "-1000.00", "-130.00")
        wizard = self.env["invoice.fapiao.compare.wizard"].with_user(self.finance)
        file.with_user(self.finance).candidate_ids.filtered(
            lambda candidate: candidate.ticket_id == red
        ).action_choose()
        with self.assertRaisesRegex(UserError, "too much"):
            wizard.create({"ticket_id": red.id}).action_accept()

    def test_confirmation_and_reason_are_read(self):
        blue = self._drop(self._build()).ticket_id
        confirmation = "<CreditNoteNumber>31010123456789012345</CreditNoteNumber></RedEInvoice>"
        remark = "销货退回 红字发票信息确认单编号：31010123456789012345"
        content = (
            self._build("26110000000000001001", red_of=NUMBER, remark=remark)
            .decode()
            .replace("</RedEInvoice>", confirmation)
            .encode()
        )
        red = self._drop(content).ticket_id
        self.assertRecordValues(
            red, [{"red_confirmation_number": "31010123456789012345", "red_reason": "02"}]
        )
        self.assertEqual(red.red_of_id, blue)

    def test_red_letter_of_an_unknown_invoice_is_issued_by_its_file(self):
        file = self._drop(self._build(red_of="26110000000000000077"))
        self.assertRecordValues(
            file.ticket_id, [{"state": "issued", "red_of_id": False, "amount_valid": -1130.0}]
        )
