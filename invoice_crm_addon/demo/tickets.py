from datetime import timedelta

from odoo import fields
from odoo.fields import Command

from ..models.base.proof import proven
from .builder import Builder
from .tables import (
    PARCEL_ENDS,
    PARCEL_EVENTS,
    PARCEL_PROGRESS,
    PARCELS,
    PRODUCTS,
    TICKETS,
)

# Steps of a ticket's life: days after its creation, minutes after nine o'clock.
STEPS = {
    "create": (0, 0),
    "submit": (0, 20),
    "decide_1": (1, 90),
    "decide_2": (1, 210),
    "issue": (2, 300),
    "send": (2, 360),
    "cancel": (3, 400),
}


class Tickets(Builder):
    """Tickets in every state, and the parcels in which they travel."""

    # === TICKETS === #

    def make_tickets(self):
        """Oldest first, so that the numbers rise with the dates.

        A batch ends with a ticket that is corrected: what corrects it gets the next number.
        """
        batch = []
        for row in TICKETS:
            batch.append(row)
            if row.void or row.red or row is TICKETS[-1]:
                tickets = {self._make_ticket(row): row for row in batch}
                self._run_tickets(tickets)
                self._cancel_tickets(tickets)
                batch = []

    def _make_ticket(self, row):
        """The draft, written by the salesperson."""
        customer = self.ref(f"customer_{row.customer}")
        user = self.ref(f"user_{row.user}") if row.user else customer.user_id
        contract = self.ref(f"demo_contract_{row.contract}") if row.contract else None
        values = {
            "type_id": self.ref(f"ticket_type_{row.type}").id,
            "partner_id": customer.id,
            "contract_id": contract and contract.id,
            "content": row.content,
            "date_planned": self._get_planned_day(row),
            "line_ids": self._prepare_line_commands(row),
        }
        if row.properties:
            values["properties"] = {
                self.ref(f"demo_field_{name}")._get_key(): value
                for name, value in row.properties.items()
            }
        ticket = self.as_user(user, self.env["invoice.ticket"], row.age).create(values)
        return self.adopt(f"demo_ticket_{row.key}", ticket, self._step(row, "create"))

    def _get_planned_day(self, row):
        """What is still to be issued is planned for a working day of the next two weeks."""
        is_issued = row.target == "issued"
        return self._step(row, "issue").date() if is_issued else self.day(-1 - row.age % 14)

    def _prepare_line_commands(self, row):
        products = {line[0]: self.ref(f"demo_product_{line[0]}") for line in row.lines}
        return [
            Command.create(
                {
                    "product_id": products[product].id,
                    "name": products[product].name,
                    "specification": specification,
                    "unit": PRODUCTS[product].unit,
                    "quantity": quantity,
                    "price_unit": price,
                    "tax_code": PRODUCTS[product].tax_code,
                    "tax_treatment": PRODUCTS[product].treatment,
                }
            )
            for product, quantity, price, specification in row.lines
        ]

    def _step(self, row, step):
        """When a ticket took a step of its life."""
        days, minutes = STEPS[step]
        return self.moment(row.age, minutes + row.age % 7 * 5, days)

    def _steps(self, tickets, step):
        return {ticket: self._step(row, step) for ticket, row in tickets.items()}

    def _run_tickets(self, tickets):
        """Take drafts as far as the table says.

        :param dict tickets: row of the table by ticket
        """
        submitted = {t: row for t, row in tickets.items() if row.target != "draft"}
        self._submit_tickets(submitted)
        self._decide_tickets(submitted)
        approved = {t: row for t, row in submitted.items() if row.target == "issued"}
        self._issue_tickets(approved)
        self._mail_tickets({t: row for t, row in approved.items() if row.mailed})

    def _submit_tickets(self, tickets):
        moments = self._steps(tickets, "submit")
        for user, group in self._join(tickets).grouped("user_id").items():
            self.do(user, group, moments, lambda ts: ts.action_submit())

    def _decide_tickets(self, tickets):
        """Withdraw, approve in one or two stages, or reject at the last of them."""
        for ticket, row in self._having(tickets, "withdrawn").items():
            self._withdraw(ticket, self._step(row, "decide_1"), row.comment)
        running = self._having(tickets, "reviewed", "rejected", "approved", "issued")
        large = {t: row for t, row in running.items() if len(t.approval_request_id.step_ids) > 1}
        self.approve_by_turn(self._join(large), {}, self._steps(large, "decide_1"))
        for ticket, row in self._having(tickets, "rejected").items():
            decider = "finance" if ticket in large else "approver"
            self.reject(decider, ticket, self._step(row, "decide_2"), row.comment)
        final = self._having(tickets, "approved", "issued")
        comments = {ticket: row.comment for ticket, row in final.items()}
        self.approve_by_turn(self._join(final), comments, self._steps(final, "decide_2"))

    def _withdraw(self, ticket, moment, reason):
        def withdraw(ticket):
            ticket.approval_request_id.action_withdraw(reason)

        self.do(ticket.user_id, ticket, moment, withdraw)

    def _having(self, tickets, *targets):
        return {ticket: row for ticket, row in tickets.items() if row.target in targets}

    def _issue_tickets(self, tickets):
        """Finance enters numbers and dates, and issues."""
        for ticket, row in tickets.items():
            day = (self._step(row, "issue") + timedelta(hours=8)).date()
            values = {"issue_date": day, **self._prepare_number_values(ticket, day)}
            if row.due:
                values["date_due"] = day + timedelta(days=row.due)
            self.as_user("finance", ticket).write(values)
        moments = self._steps(tickets, "issue")
        self.do("finance", self._join(tickets), moments, lambda ts: ts.action_issue())

    def _prepare_number_values(self, ticket, day):
        """Numbers of the shape that the tax bureau of Shanghai (3100) gives out."""
        if not ticket.is_fapiao:
            return {}
        if ticket.number_shape == "digital":
            return {"fapiao_number": f"{day:%y}312{41803527 + ticket.id * 617:015d}"}
        is_special = ticket.type_id == self.ref("ticket_type_special")
        return {
            "fapiao_code": f"3100{day:%y}1130" if is_special else f"0310{day:%y}000111"[:12],
            "fapiao_number": f"{20458163 + ticket.id * 397:08d}",
            "check_code": f"{day:%y%m%d}{70518263 + ticket.id * 7919:014d}",
        }

    def _mail_tickets(self, tickets):
        """Say that the tickets were sent; no mail leaves a demo database."""
        for ticket, row in tickets.items():
            moment = self._step(row, "send")
            self._log_mailing(ticket, row, moment)
            if row.bounced:
                body = f"发送至 {ticket.partner_id.email} 的邮件被退回：{row.bounced}"
            else:
                proven(ticket).sent_on = moment
                body = (
                    f"已将发票 {ticket.fapiao_number} 的版式文件发送至 {ticket.partner_id.email}。"
                )
            self.do("finance", ticket, moment, lambda t, body=body: t._message_log(body=body))

    def _log_mailing(self, ticket, row, moment):
        """The e-mail, as the log shows it; some customers downloaded the files."""
        is_downloaded = row.age % 3 and not row.bounced
        mailing = proven(self.env["invoice.ticket.mailing"]).create(
            {
                "ticket_id": ticket.id,
                "user_id": self.ref("user_finance").id,
                "recipients": ticket.partner_id.email_formatted,
                "state": "bounced" if row.bounced else "sent",
                "reason": row.bounced,
                "sent_on": moment,
                "downloaded_on": is_downloaded
                and moment + timedelta(hours=2, minutes=row.age % 60),
            }
        )
        self.stamp_column(mailing, "create_date", {mailing.id: moment})

    def _join(self, tickets):
        return self.env["invoice.ticket"].concat(*tickets)

    # === CORRECTIONS === #

    def _cancel_tickets(self, tickets):
        """Finance voids or red-letters tickets, the salesperson reissues them."""
        for ticket, row in tickets.items():
            moment = self._step(row, "cancel")
            if row.void:
                self.do("finance", ticket, moment, lambda t, row=row: t.action_void(row.void))
                proven(ticket).void_date = moment
            elif row.red:
                self.do("finance", ticket, moment, lambda t, row=row: t.action_red(row.red))
                self._run_red_letter(row, ticket.red_ids)
            if row.reissue:
                self._reissue_ticket(ticket, row.reissue)

    def _run_red_letter(self, original, red):
        """The red letter, from draft to issued."""
        row = original._replace(age=original.age - 3, comment="", due=None, mailed=False)
        finance = self.as_user("finance", red)
        self.adopt(f"demo_ticket_{row.key}_red", finance, self._step(row, "create"))
        self._run_tickets({red: row})

    def _reissue_ticket(self, ticket, row):
        """The corrected copy, from draft to issued."""
        self.as_user(ticket.user_id, ticket, row.age).action_reissue()
        copy = self.as_user(ticket.user_id, ticket.reissue_ids)
        copy.write({"line_ids": [Command.clear(), *self._prepare_line_commands(row)]})
        copy = self.adopt(f"demo_ticket_{row.key}", copy, self._step(row, "create"))
        self._run_tickets({copy: row})

    # === PARCELS === #

    def make_parcels(self):
        for row in PARCELS:
            self._make_parcel(row)

    def _make_parcel(self, row):
        """Finance ships issued tickets and notes what the carrier says."""
        tickets = self._join([self.get_ticket(key) for key in row.tickets])
        shipped_on = max(self.day(row.age), *tickets.mapped("issue_date"))
        Shipment = self.as_user("finance", self.env["invoice.shipment"])
        shipment = Shipment.create(
            {
                **Shipment._prepare_from_tickets(tickets),
                "carrier_id": self.ref(f"carrier_{row.carrier}").id,
                "tracking_number": row.number,
                "date_shipped": shipped_on,
                **self._prepare_recipient_values(tickets.partner_id),
                "note": row.note,
                "event_ids": [
                    Command.create(self._prepare_event_values(row, tickets.partner_id, event, day))
                    for event in self._get_events(row)
                    for day in [shipped_on + timedelta(days=event[1])]
                ],
            }
        )
        self.adopt(f"demo_shipment_{row.key}", shipment, self.moment_of_day(shipped_on, 480))

    def _prepare_recipient_values(self, customer):
        """Who gets the parcel, with the address as written in China: from province to door."""
        contact = self.env["res.partner"].browse(customer.address_get(["delivery"])["delivery"])
        return {
            "recipient": contact.name,
            "recipient_phone": contact.phone,
            "recipient_address": f"{contact.state_id.name}{contact.city}{contact.street}",
        }

    def _get_events(self, row):
        end = PARCEL_ENDS.get(row.state)
        seen = PARCEL_EVENTS[: PARCEL_PROGRESS.get(row.state)]
        return [*seen, end] if end else seen

    def _prepare_event_values(self, row, customer, event, day):
        state, _days, minutes, location, description = event
        words = {"city": customer.city, "signed_by": row.signed_by}
        return {
            "state": state,
            "date": self.moment_of_day(day, minutes),
            "location": location.format(**words),
            "description": description.format(**words),
            "signed_by": row.signed_by if state == "delivered" else False,
        }

    def mark_notifications_read(self):
        """What is older than a week has been read."""
        read_on = fields.Datetime.now()
        self.env["mail.notification"].search(
            [
                ("mail_message_id.date", "<", self.moment(7, 0)),
                (
                    "mail_message_id.model",
                    "in",
                    ["invoice.ticket", "invoice.contract", "res.partner"],
                ),
                ("res_partner_id", "in", self.ref("demo_company").user_ids.partner_id.ids),
            ]
        ).write({"is_read": True, "read_date": read_on})
