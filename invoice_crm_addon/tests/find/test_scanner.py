from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ...fapiao import Party, build_billing_qr
from ..common import TicketCommon

NUMBER = "25312000000000000001"
QR = f"01,31,,{NUMBER},1130.00,20251105,,ABCD"


@tagged("post_install", "-at_install")
class TestScanner(TicketCommon):
    """What a scanned code opens or offers, and to whom."""

    def _scan(self, text, user=None, tickets=None):
        Scanner = self.env["invoice.scanner"].with_user(user or self.finance)
        return Scanner.read_code(text, tickets and tickets.ids)

    def _assert_opens(self, answer, record):
        self.assertFalse(answer.get("question"))
        self.assertEqual(
            (answer["action"]["res_model"], answer["action"]["res_id"]), (record._name, record.id)
        )

    def test_invoice_opens_its_ticket(self):
        ticket = self._create_ticket()
        self._issue(ticket, NUMBER)
        self._assert_opens(self._scan(QR), ticket)
        self._assert_opens(self._scan(QR, self.sales), ticket)
        self._assert_opens(self._scan(QR, self.auditor), ticket)
        self._assert_opens(self._scan(NUMBER), ticket)

    def test_code_and_number_of_eight_digits(self):
        ticket = self._create_ticket(type_id=self.type_special.id)
        self._issue(ticket, "12345678")
        self._assert_opens(self._scan("01,01,1100201130,12345678,1000.00,20251105,,0000"), ticket)
        answer = self._scan("01,01,1100201131,12345678,1000.00,20251105,,0000")
        self.assertTrue(answer["question"])

    def test_finance_is_offered_a_ticket(self):
        answer = self._scan(QR)
        self.assertIn(NUMBER, answer["question"])
        Ticket = self.env["invoice.ticket"].with_user(self.finance)
        with Form(Ticket.with_context(**answer["action"]["context"])) as form:
            form.partner_id = self.customer
            with form.line_ids.edit(0) as line:
                line.name = "Consulting"
        ticket = form.save()
        self.assertRecordValues(
            ticket,
            [
                {
                    "fapiao_number": NUMBER,
                    "issue_date": ticket.issue_date,
                    "type_id": self.type_digital_special.id,
                    "amount_total": 1130.0,
                    "state": "draft",
                }
            ],
        )
        self.assertEqual(str(ticket.issue_date), "2025-11-05")

    def test_others_are_told_that_they_may_not(self):
        ticket = self._create_ticket()
        self._issue(ticket, NUMBER)
        for user in (self.sales2, self.approver):
            with self.assertRaisesRegex(UserError, "None of the tickets that you see"):
                self._scan(QR, user)
        with self.assertRaisesRegex(UserError, "None of the tickets that you see"):
            self._scan(QR.replace(NUMBER, NUMBER[::-1]), self.auditor)

    def test_billing_data(self):
        party = Party(name=self.customer.invoice_title, tax_id=self.customer.vat)
        self._assert_opens(self._scan(build_billing_qr(party), self.sales), self.customer)
        party = Party(name="Unknown Test Ltd.", tax_id="91310115MA1K4LFD7T")
        text = build_billing_qr(party)
        answer = self._scan(text, self.sales)
        self.assertEqual(answer["action"]["res_model"], "invoice.billing.paste.wizard")
        Wizard = self.env["invoice.billing.paste.wizard"].with_user(self.sales)
        wizard = Form(Wizard.with_context(**answer["action"]["context"]))
        self.assertEqual((wizard.invoice_title, wizard.vat), (party.name, party.tax_id))
        with self.assertRaisesRegex(UserError, "may not create customers"):
            self._scan(text, self.auditor)

    def test_parcel_is_opened_or_started(self):
        ticket = self._create_ticket()
        self._issue(ticket)
        shipment = self._create_shipment(ticket, tracking_number="SF1234567890123")
        self._assert_opens(self._scan("sf1234567890123"), shipment)
        self._assert_opens(self._scan("SF1234567890123", self.sales), shipment)
        with self.assertRaisesRegex(UserError, "select the issued tickets"):
            self._scan("YT1234567890123")
        with self.assertRaisesRegex(UserError, "only finance ships"):
            self._scan("YT1234567890123", self.sales, ticket)
        action = self._scan("YT1234567890123", tickets=ticket)["action"]
        Shipment = self.env["invoice.shipment"].with_user(self.finance)
        parcel = Form(Shipment.with_context(**action["context"])).save()
        self.assertRecordValues(
            parcel,
            [
                {
                    "tracking_number": "YT1234567890123",
                    "carrier_id": self.env.ref("invoice_crm_addon.carrier_yto").id,
                    "ticket_ids": ticket.ids,
                }
            ],
        )

    def test_tickets_that_cannot_be_shipped(self):
        with self.assertRaises(UserError):
            self._scan("YT1234567890123", tickets=self._create_ticket())

    def test_unknown_codes(self):
        for text in ("hello", "6901234", "%", "https://example.com/x", "   "):
            with self.assertRaisesRegex(UserError, "neither the QR code"):
                self._scan(text)

    def test_patterns_are_no_wildcards(self):
        ticket = self._create_ticket()
        self._issue(ticket)
        self._create_shipment(ticket, tracking_number="SF1234567890123")
        with self.assertRaises(UserError):
            self._scan("SF%", tickets=ticket)
