from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Datetime
from odoo.tests import Form, tagged, users
from odoo.tools import mute_logger

from ..common import TicketCommon


@tagged("post_install", "-at_install")
class TestShipment(TicketCommon):
    """Parcels, their contents, and what the carrier says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._create_contract()
        cls._approve(cls.contract)
        cls.tickets = cls._create_ticket(contract_id=cls.contract.id) | cls._create_ticket()
        for ticket in cls.tickets:
            cls._issue(ticket)
        cls.sf = cls.env.ref("invoice_crm_addon.carrier_sf")

    def _ship(self, tickets=None, **values):
        return self._create_shipment(tickets or self.tickets, **values)

    def _add_event(self, shipment, state, hour, **values):
        return self.env["invoice.shipment.event"].create(
            {
                "shipment_id": shipment.id,
                "state": state,
                "date": f"2026-01-10 {hour:02d}:00:00",
                **values,
            }
        )

    # === CONTENTS === #

    def test_parcel_carries_many_tickets_and_a_ticket_travels_twice(self):
        first, second = self._ship(), self._ship(self.tickets[0])
        self.assertEqual(first.ticket_ids, self.tickets)
        self.assertEqual(self.tickets[0].shipment_ids, first | second)
        self.assertEqual(self.tickets.mapped("shipment_count"), [2, 1])

    def test_ticket_shows_what_happened_to_all_its_parcels_latest_first(self):
        first, second = self._ship(), self._ship(self.tickets[0])
        morning = self._add_event(first, "picked_up", 8)
        noon = self._add_event(second, "picked_up", 12)
        evening = self._add_event(first, "delivered", 18)
        self.assertEqual(self.tickets[0].shipment_event_ids.ids, (evening + noon + morning).ids)
        self.assertEqual(self.tickets[1].shipment_event_ids.ids, (evening + morning).ids)

    def test_list_with_a_column_for_the_number_names_the_ticket_without_it(self):
        ticket = self.tickets[0]
        self.assertIn(ticket.fapiao_number, ticket.display_name)
        short = ticket.with_context(ticket_without_number=True)
        self.assertEqual(short.display_name, ticket.name)

    def test_only_issued_tickets_travel(self):
        draft, approved = self._create_ticket(), self._create_ticket()
        self._approve(approved)
        for ticket in (draft, approved):
            with self.subTest(ticket.state), self.assertRaisesRegex(ValidationError, ticket.name):
                with self.cr.savepoint():
                    self._ship(ticket)

    def test_ticket_that_is_voided_on_its_way_stays_in_its_parcel(self):
        ticket = self._create_ticket(type_id=self.type_ordinary.id)
        self._issue(ticket)
        shipment = self._ship(ticket)
        ticket.with_user(self.finance).action_void("Wrong title")
        shipment.with_user(self.finance).write({"ticket_ids": [Command.link(self.tickets[0].id)]})
        self.assertEqual(shipment.ticket_ids, ticket | self.tickets[0])

    def test_parcel_goes_to_one_customer(self):
        other = self._create_ticket(partner_id=self.partner.id, type_id=self.type_receipt.id)
        self._issue(other)
        with self.assertRaisesRegex(ValidationError, other.name):
            self._ship(self.tickets).ticket_ids += other

    def test_contact_and_company_are_one_customer(self):
        contact = self.env["res.partner"].create({"name": "Ann", "parent_id": self.customer.id})
        ticket = self._create_ticket(partner_id=contact.id)
        self._issue(ticket)
        shipment = self._ship(self.tickets | ticket, partner_id=contact.id)
        self.assertEqual(len(shipment.ticket_ids), 3)

    def test_parcel_of_one_company_takes_no_ticket_of_another(self):
        other = self._create_ticket(company_id=self.company_other.id, user_id=self.finance_other.id)
        self._issue(other)
        with self.assertRaises(UserError):
            self._ship().ticket_ids += other

    # === STATE === #

    def test_state_is_what_the_latest_event_says(self):
        shipment = self._ship()
        self.assertEqual(shipment.state, "draft")
        for hour, state in enumerate(("picked_up", "in_transit", "problem", "out_for_delivery")):
            self._add_event(shipment, state, hour)
            self.assertEqual(shipment.state, state)
        self._add_event(shipment, "delivered", 9, signed_by="Front desk")
        self.assertRecordValues(
            shipment,
            [
                {
                    "state": "delivered",
                    "delivered_on": Datetime.to_datetime("2026-01-10 09:00:00"),
                    "signed_by": "Front desk",
                }
            ],
        )

    def test_earlier_event_that_arrives_late_changes_nothing(self):
        shipment = self._ship()
        self._add_event(shipment, "out_for_delivery", 8)
        self._add_event(shipment, "in_transit", 3)
        self.assertEqual(shipment.state, "out_for_delivery")
        self.assertEqual(shipment.last_event_on.hour, 8)

    def test_of_two_events_at_the_same_time_the_second_counts(self):
        shipment = self._ship()
        self._add_event(shipment, "picked_up", 8)
        self._add_event(shipment, "in_transit", 8)
        self.assertEqual(shipment.state, "in_transit")

    def test_delivered_and_returned_are_final(self):
        for state in ("delivered", "returned"):
            with self.subTest(state):
                shipment = self._ship()
                self._add_event(shipment, state, 9, signed_by="Ann")
                self._add_event(shipment, "in_transit", 10)
                self._add_event(shipment, "problem", 7)
                self.assertEqual(shipment.state, state)
                self.assertEqual(shipment.signed_by, "Ann" if state == "delivered" else False)

    def test_corrected_or_deleted_event_corrects_the_state(self):
        shipment = self._ship()
        self._add_event(shipment, "picked_up", 1)
        event = self._add_event(shipment, "delivered", 9, signed_by="Ann")
        event.date = "2026-01-10 11:00:00"
        self.assertEqual(shipment.delivered_on.hour, 11)
        event.unlink()
        self.assertRecordValues(
            shipment, [{"state": "picked_up", "delivered_on": False, "signed_by": False}]
        )

    @users("ticket_finance")
    def test_dialogs_add_events(self):
        shipment = self._ship().with_env(self.env)
        for method, state in (
            ("action_add_event", "picked_up"),
            ("action_add_event", "in_transit"),
            ("action_deliver", "delivered"),
        ):
            action = getattr(shipment, method)()
            form = Form(self.env[action["res_model"]].with_context(**action["context"]))
            form.save().action_save()
            self.assertEqual(shipment.state, state)

    @users("ticket_sales", "ticket_finance", "ticket_manager")
    def test_nobody_sets_the_state_by_hand(self):
        with self.assertRaises(AccessError):
            self._ship().with_env(self.env).state = "delivered"

    # === NUMBER === #

    def test_tracking_link_of_an_odd_number(self):
        carrier = self.env["invoice.carrier"].create(
            {
                "name": "Pigeon",
                "code": "pigeon",
                "tracking_url": "https://x.example/t?n={number}&a=1",
            }
        )
        links = {
            "SF123": "https://x.example/t?n=SF123&a=1",
            " SF 123 ": "https://x.example/t?n=SF123&a=1",
            "１２３": "https://x.example/t?n=123&a=1",
            "1/2?a=b&c#d": "https://x.example/t?n=1%2F2%3Fa%3Db%26c%23d&a=1",
            "{number}": "https://x.example/t?n=%7Bnumber%7D&a=1",
            False: False,
        }
        for number, link in links.items():
            with self.subTest(number):
                shipment = self._ship(carrier_id=carrier.id, tracking_number=number)
                self.assertEqual(shipment.tracking_link, link)
                shipment.unlink()

    def test_parcel_without_tracking_page_is_not_tracked(self):
        other = self.env.ref("invoice_crm_addon.carrier_other")
        for values in ({"tracking_number": False}, {"carrier_id": other.id}):
            with self.subTest(values), self.assertRaises(UserError):
                self._ship(**values).action_track()
        self.assertIn("SF1", self._ship(tracking_number="SF1").action_track()["url"])

    @mute_logger("odoo.sql_db")
    def test_same_number_twice_is_refused(self):
        self._ship(tracking_number="SF100")
        for number in ("SF100", " SF 100 ", "ＳＦ１００"):
            with self.subTest(number), self.assertRaises(IntegrityError), self.cr.savepoint():
                self._ship(tracking_number=number)
        self._ship(
            tracking_number="SF100", carrier_id=self.env.ref("invoice_crm_addon.carrier_zto").id
        )
        self._ship(tracking_number=False)
        self._ship(tracking_number="")

    def test_shipped_carriers_have_a_tracking_page(self):
        codes = "shunfeng zhongtong yuantong shentong yunda jtexpress jd ems debangkuaidi".split()
        carriers = self.env["invoice.carrier"].search([("code", "in", codes)])
        self.assertEqual(set(carriers.mapped("code")), set(codes))
        for carrier in carriers:
            self.assertIn("N1", carrier._get_tracking_link("N1") or "", carrier.name)

    # === SHIP FROM THE LIST === #

    @users("ticket_finance", "ticket_manager")
    def test_selected_tickets_are_shipped(self):
        action = self.tickets.with_env(self.env).action_ship()
        form = Form(self.env[action["res_model"]].with_context(**action["context"]))
        self.assertEqual(form.partner_id, self.customer)
        form.carrier_id = self.sf
        form.tracking_number = f"SF{self.env.uid}"
        shipment = form.save()
        self.assertRecordValues(
            shipment,
            [
                {
                    "ticket_ids": self.tickets.ids,
                    "company_id": self.company.id,
                    "recipient": self.customer.name,
                    "state": "draft",
                }
            ],
        )

    def test_selection_that_cannot_travel_is_refused(self):
        draft = self._create_ticket()
        other = self._create_ticket(partner_id=self.partner.id, type_id=self.type_receipt.id)
        self._issue(other)
        for selection in (self.tickets | draft, self.tickets | other):
            with self.assertRaises(UserError):
                selection.with_user(self.finance).action_ship()
        with self.assertRaises(AccessError):
            self.tickets.with_user(self.sales).action_ship()

    # === WHERE IT SHOWS === #

    @users("ticket_sales", "ticket_finance", "ticket_auditor")
    def test_parcel_shows_on_ticket_contract_and_customer(self):
        shipment = self._ship()
        ticket = self.tickets[0].with_env(self.env)
        self.assertEqual(ticket.shipment_ids, shipment)
        self.assertEqual(ticket.action_view_shipments()["res_id"], shipment.id)
        self.assertEqual(ticket.contract_id.shipment_ids, shipment)
        customer = self.customer.with_env(self.env)
        self.assertEqual(customer.invoice_shipment_count, 1)
        domain = customer.action_view_invoice_shipments()["domain"]
        self.assertEqual(self.env["invoice.shipment"].search(domain), shipment)
        shipment.unlink()

    def test_shipping_state_and_chip_of_the_ticket(self):
        # What is sent is to be paid, whether somebody said until when or not.
        ticket, due = self.tickets
        due.date_due = "2026-03-01"
        self.assertRecordValues(self.tickets, [{"shipping_state": "none", "status": "issued"}] * 2)
        shipment = self._ship()
        expected = (
            (None, "none", "issued", "issued"),
            ("picked_up", "shipping", "to_pay", "to_pay"),
            ("in_transit", "shipping", "to_pay", "to_pay"),
            ("problem", "problem", "issued", "issued"),
            ("delivered", "delivered", "to_pay", "to_pay"),
        )
        for hour, (state, shipping_state, chip, due_chip) in enumerate(expected):
            if state:
                self._add_event(shipment, state, hour)
            self.assertRecordValues(
                ticket | due,
                [
                    {"shipping_state": shipping_state, "status": chip},
                    {"shipping_state": shipping_state, "status": due_chip},
                ],
            )

    def test_second_parcel_that_arrives_outweighs_the_one_that_was_lost(self):
        lost, second = self._ship(), self._ship()
        self._add_event(lost, "returned", 1)
        self.assertEqual(set(self.tickets.mapped("shipping_state")), {"problem"})
        self._add_event(second, "delivered", 2)
        self.assertEqual(set(self.tickets.mapped("shipping_state")), {"delivered"})

    def test_parcel_that_travelled_is_kept(self):
        shipment = self._ship()
        self._add_event(shipment, "picked_up", 1)
        with self.assertRaises(UserError), self.cr.savepoint():
            shipment.with_user(self.finance).unlink()
        unsent = self._ship(self.tickets[0])
        unsent.with_user(self.finance).unlink()
        self.assertEqual(self.tickets[0].shipment_ids, shipment)
