from odoo.fields import Command
from odoo.tests import tagged

from .common import NUMBER, FapiaoCommon


@tagged("post_install", "-at_install")
class TestFapiaoMatch(FapiaoCommon):
    """Which ticket a file belongs to."""

    def test_the_one_ticket_without_difference_is_issued_among_several(self):
        other_item = [
            Command.create({"name": "Training", "price_unit": 1130.0, "tax_id": self.tax_13.id})
        ]
        other, right = self._approved(line_ids=other_item), self._approved()
        file = self._drop(self._build())
        self.assertRecordValues(file, [{"outcome": "issued", "ticket_id": right.id}])
        self.assertEqual(other.state, "approved")

    def test_equal_tickets_are_offered_side_by_side_with_reasons(self):
        first, second = self._approved(), self._approved()
        file = self._drop(self._build())
        self.assertEqual(file.outcome, "undecided")
        self.assertEqual(file.candidate_ids.ticket_id, first | second)
        candidate = file.candidate_ids.filtered(lambda c: c.ticket_id == second)
        self.assertIn(["vat", True], candidate.reasons)
        self.assertIn(["total", True], candidate.reasons)
        self.assertIn("Same total", candidate.reasons_html)
        candidate.with_user(self.finance).action_choose()
        self.assertRecordValues(
            file, [{"outcome": "issued", "ticket_id": second.id, "candidate_ids": []}]
        )
        self.assertEqual((first.state, second.state), ("approved", "issued"))

    def test_better_candidates_come_first(self):
        line = {"name": "Training", "price_unit": 1130.0, "tax_id": self.tax_13.id}
        worse = self._approved(line_ids=[Command.create(line)])
        better = self._approved(type_id=self.type_digital_ordinary.id)
        file = self._drop(self._build())
        self.assertEqual(file.outcome, "undecided")
        self.assertEqual(file.candidate_ids.mapped("ticket_id"), better | worse)
        self.assertEqual(file.candidate_ids[0].ticket_id, better)
        self.assertIn(["type", False], file.candidate_ids[0].reasons)

    def test_same_goods_for_another_total_are_not_taken_for_a_new_ticket(self):
        ticket = self._approved()
        amounts = {"untaxed": "900.00", "tax": "117.00", "total": "1017.00"}
        file = self._drop(self._build(**amounts))
        self.assertEqual(file.outcome, "undecided")
        self.assertEqual(file.candidate_ids.ticket_id, ticket)
        # It does not keep the right file from its ticket.
        right = self._drop(self._build("26110000000000000003"))
        self.assertRecordValues(right, [{"outcome": "issued", "ticket_id": ticket.id}])
        other = self._drop(self._build("26110000000000000002", item="*软件*Licence", **amounts))
        self.assertEqual(other.outcome, "created")

    def test_same_price_for_another_customer_is_no_candidate(self):
        self._approved()
        file = self._drop(self._build(buyer=("Newcomer Ltd", "91310000MA1NEWCOM3")))
        self.assertEqual(file.outcome, "created")

    def test_candidate_that_differs_opens_the_comparison(self):
        ticket, _other = self._approved(), self._approved()
        file = self._drop(self._build(item="*软件*Licence"))
        candidate = file.candidate_ids.filtered(lambda c: c.ticket_id == ticket)
        action = candidate.with_user(self.finance).action_choose()
        self.assertEqual(action["res_model"], "invoice.fapiao.compare.wizard")
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.finance)
            .with_context(**action["context"])
            .create({})
        )
        wizard.action_accept()
        self.assertRecordValues(file, [{"outcome": "issued", "ticket_id": ticket.id}])
        self.assertEqual(ticket.line_ids.name, "Licence")

    def test_new_ticket_instead_of_a_candidate(self):
        tickets = self._approved() | self._approved()
        file = self._drop(self._build())
        file.with_user(self.finance).action_create_ticket()
        self.assertEqual(file.outcome, "created")
        self.assertNotIn(file.ticket_id, tickets)
        self.assertEqual(set(tickets.mapped("state")), {"approved"})

    def test_file_put_aside_can_be_read_again(self):
        self._approved() | self._approved()
        file = self._drop(self._build()).with_user(self.finance)
        file.action_dismiss()
        self.assertRecordValues(file, [{"outcome": "refused", "candidate_ids": []}])
        file.action_read_again()
        self.assertEqual(file.outcome, "undecided")
        self.assertEqual(len(file.candidate_ids), 2)

    def test_file_is_taken_once_the_company_has_its_tax_number(self):
        vat, self.company.vat = self.company.vat, "91310000MA1FIXED12"
        file = self._drop(self._build())
        self.assertEqual(file.outcome, "undecided")
        self.assertIn(vat, file.message)
        self.company.vat = vat
        file.with_user(self.finance).action_read_again()
        self.assertEqual(file.outcome, "created")

    def test_red_letter_that_waits_takes_its_file(self):
        blue = self._drop(self._build()).ticket_id
        action = blue.with_user(self.finance).action_red("Wrong price")
        red = self.env["invoice.ticket"].browse(action["res_id"])
        self._approve(red)
        other_red = self._drop(self._build("26110000000000000002")).ticket_id
        file = self._drop(self._build("26110000000000000003", red_of=NUMBER))
        self.assertRecordValues(file, [{"outcome": "issued", "ticket_id": red.id}])
        self.assertEqual(blue.status, "red")
        self.assertEqual(other_red.status, "issued")

    def test_red_letter_of_an_unknown_invoice_says_so(self):
        file = self._drop(self._build(red_of="26110000000000000077"))
        self.assertEqual(file.outcome, "created")
        self.assertIn("26110000000000000077", file.message)

    def test_number_typed_on_a_ticket_leads_the_file_there(self):
        first, second = self._approved(), self._approved()
        second.with_user(self.finance).fapiao_number = NUMBER
        file = self._drop(self._build())
        self.assertRecordValues(file, [{"outcome": "issued", "ticket_id": second.id}])
        self.assertEqual(first.state, "approved")

    def test_number_on_a_draft_refuses_the_file(self):
        draft = self._create_ticket()
        draft.sudo().fapiao_number = NUMBER
        file = self._drop(self._build())
        self.assertEqual(file.outcome, "refused")
        self.assertIn(draft.name, file.message)

    def test_file_dropped_on_the_customer_is_checked(self):
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        file = self._drop(self._build(), partner_id=stranger.id)
        self.assertEqual(file.outcome, "undecided")
        self.assertIn("Stranger", file.message)
        file.with_user(self.finance).action_create_ticket()
        self.assertEqual(file.ticket_id.partner_id, self.customer)
        other = self._drop(self._build("26110000000000000002"), partner_id=self.customer.id)
        self.assertEqual(other.outcome, "created")

    def test_ticket_in_another_currency_does_not_take_yuan(self):
        dollar = self.env.ref("base.USD")
        ticket = self._approved(currency_id=dollar.id)
        file = self._drop(self._build())
        self.assertEqual(file.outcome, "created")
        self.assertEqual(file.ticket_id.currency_id.name, "CNY")
        dropped = self._drop(self._build("26110000000000000002"), ticket_id=ticket.id)
        self.assertEqual(dropped.outcome, "undecided")
        self.assertIn("Currency", dropped.message)

    def test_queries_do_not_grow_with_the_candidates(self):
        def count(tickets):
            for _ticket in range(tickets):
                self._approved()
            self.env.flush_all()
            self.env.transaction.reset()
            file = self.env["invoice.fapiao.file"].sudo().search([], limit=1)
            document = file._get_document()
            before = self.cr.sql_log_count
            candidates = self.env["invoice.fapiao.candidate"].with_user(self.finance)
            candidates._find_matches(document, self.company)
            return self.cr.sql_log_count - before

        self._drop(self._build())
        count(2)
        few = count(1)
        self.assertLessEqual(count(12), few + 1)
