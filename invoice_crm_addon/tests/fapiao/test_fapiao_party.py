import io
import re
import unittest

import qrcode

from odoo.tests import tagged

from .common import CAN_READ_PDF, FapiaoCommon
from .fapiao_files import OFD_PARTS, build_ofd

ADDRESS = "https://bcfp.shenzhen.chinatax.gov.cn/verify/scan?hash=0a&bill_num={}&total_amount={}"


@tagged("post_install", "-at_install")
class TestFapiaoParty(FapiaoCommon):
    """Whose file it is, however the names were printed and whatever was lost."""

    def _buyer(self, name, **values):
        return self.env["res.partner"].create({"name": name, "is_company": True, **values})

    def test_other_brackets_and_blanks_are_the_same_customer(self):
        partner = self._buyer("示例（杭州） 贸易有限公司")
        for number, name in (
            ("2" * 20, "示例(杭州)贸易有限公司"),
            ("3" * 20, "示例 〔杭州〕贸易有限公司"),
        ):
            file = self._drop(self._build(number, buyer=(name, "")))
            self.assertEqual(file.outcome, "created")
            self.assertEqual(file.ticket_id.partner_id, partner)

    def test_same_name_with_a_number_of_its_own_is_another_customer(self):
        partner = self._buyer("示例（杭州）贸易有限公司", vat="91310000MA1FL1234X")
        file = self._drop(self._build(buyer=("示例(杭州)贸易有限公司", "91310000MA1NEWCOM3")))
        self.assertNotEqual(file.ticket_id.partner_id, partner)

    def test_person_without_a_tax_number(self):
        person = self._buyer("璩印明", is_company=False)
        file = self._drop(self._build(buyer=("璩印明（个人）", "")))
        self.assertEqual(file.ticket_id.partner_id, person)
        # Two of one name cannot be told apart.
        self._buyer("璩印明", is_company=False)
        file = self._drop(self._build("4" * 20, buyer=("璩印明", "")))
        self.assertFalse(file.ticket_id.partner_id)

    def test_anybody_is_nobody_in_particular(self):
        for name in ("张三", "李四"):
            self._buyer(name, is_company=False, invoice_title="个人")
        file = self._drop(self._build(buyer=("个人", "")))
        self.assertEqual(file.outcome, "created")
        self.assertFalse(file.ticket_id.partner_id)

    def test_another_spelling_is_no_difference(self):
        self.customer.invoice_title = "示例（杭州）贸易有限公司"
        ticket = self._approved()
        file = self._drop(self._build(buyer=("示例(杭州)贸易 有限公司", self.customer.vat)))
        self.assertRecordValues(file, [{"outcome": "issued", "ticket_id": ticket.id}])

    # === SELLER === #

    def test_company_is_known_by_its_name_where_its_number_was_lost(self):
        self.company.name = "示例（上海）科技有限公司"
        file = self._drop(self._build(seller=("示例(上海)科技 有限公司", "")))
        self.assertEqual(file.outcome, "created")
        self.assertEqual(file.ticket_id.company_id, self.company)

    def test_lost_number_and_an_unknown_name_are_a_question(self):
        file = self._drop(self._build(seller=("陌生有限公司", "")))
        self.assertEqual(file.outcome, "undecided")
        self.assertIn("陌生有限公司", file.message)
        file.with_user(self.finance).action_create_ticket()
        self.assertEqual(file.ticket_id.company_id, self.env.company)

    def test_file_of_an_unknown_seller_is_of_the_company_of_its_ticket(self):
        ticket = self._approved()
        file = self._drop(self._build(seller=("陌生有限公司", "")), ticket_id=ticket.id)
        self.assertRecordValues(
            file, [{"outcome": "undecided", "company_id": ticket.company_id.id}]
        )
        self.assertEqual(file.candidate_ids.ticket_id, ticket)

    def test_another_number_beside_the_name_of_the_company_is_a_question(self):
        file = self._drop(self._build(seller=(self.company.name, "91310000MA1STRANGE")))
        self.assertEqual(file.outcome, "undecided")
        self.assertIn("91310000MA1STRANGE", file.message)

    def test_stranger_is_still_refused(self):
        file = self._drop(self._build(seller=("Stranger", "91310000MA1STRANGE")))
        self.assertEqual(file.outcome, "refused")
        self.assertIn("not one of your companies", file.message)

    # === PARTS === #

    def test_damaged_part_is_said_in_the_evidence(self):
        parts = {
            name: text.format(
                code="011002000111",
                number="12345678",
                seller=self.seller[0],
                seller_vat=self.seller[1],
                buyer=self.buyer[0],
                buyer_vat=self.buyer[1],
                item="Consulting",
            )
            for name, text in OFD_PARTS.items()
        }
        parts["Doc_0/Attachs/Attachments.xml"] = "<broken"
        file = self._drop(self._zip(parts))
        self.assertEqual(file.number, "12345678")
        text = re.sub(r"<[^>]+>", " ", file.with_user(self.finance).evidence_html)
        self.assertIn("Doc_0/Attachs/Attachments.xml", text)

    @unittest.skipUnless(CAN_READ_PDF, "reads QR codes")
    def test_address_of_a_blockchain_invoice_finds_its_ticket_and_makes_none(self):
        content = build_ofd("144032109110", "09701701", self.seller, self.buyer)
        ticket = self._drop(content).ticket_id
        self.assertEqual((ticket.state, ticket.amount_total), ("issued", 1130.0))
        file = self._drop(self._picture("09701701", 113000))
        self.assertRecordValues(file, [{"outcome": "attached", "ticket_id": ticket.id}])
        for number, fen in (("09701701", 113100), ("09701702", 113000)):
            file = self._drop(self._picture(number, fen))
            self.assertRecordValues(file, [{"outcome": "refused", "ticket_id": False}])
            self.assertIn(number, file.message)

    def _picture(self, number, fen):
        stream = io.BytesIO()
        qrcode.make(ADDRESS.format(number, fen)).save(stream, "PNG")
        return stream.getvalue()
