"""Who is to be reminded of what: computed for many customers at once, nothing stored.

The clock of an item counts the days since its due date, without those on which it stood. The
step that it has reached is the last one of the plan that is not beyond it; if nobody was reminded
of the item by this step or a later one, the step is due.

A customer gets one message: by the highest step that is due of any item, with all that has
reached a step, in all currencies, and less what came in on account and is not matched yet.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

from odoo import fields
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..ledger.bare_payments import get_named_query
from .reminder_stop import NO_PAUSE


@dataclass(slots=True)
class ClockItem:
    """An open item, or a part of one that is paid in instalments, on a day.

    ``days`` is negative before the due date. ``stop`` is what stops its clock now, ``step`` the
    one that it has reached, and ``is_due`` whether nobody was reminded by it yet. ``missed`` are
    the channels by which somebody tried to, in vain.
    """

    key: str
    name: str
    move_id: int
    ticket_id: int
    date_due: object
    currency: object
    amount: float
    tickets: object
    days: int = 0
    stop: object = None
    step: object = None
    is_due: bool = False
    missed: frozenset = frozenset()

    def is_due_by(self, channel):
        """Whether a message by a channel is for it: those that went before go to nobody again."""
        return self.is_due and (not self.missed or channel in self.missed)


@dataclass(slots=True)
class CustomerDue:
    """What a customer is to be reminded of on a day; ``step`` is empty if it is nothing."""

    customer: object
    user_id: int = 0
    department_id: int = 0
    level: object = None
    items: list = field(default_factory=list)
    credits: dict = field(default_factory=dict)
    last_date: object = None
    step: object = None

    @property
    def reached(self):
        """What the message lists: all that has reached a step and is not stopped."""
        return [item for item in self.items if item.step and not item.stop]

    @property
    def due(self):
        """What it is sent for."""
        return [item for item in self.reached if item.is_due]

    @property
    def missed(self):
        """Of these, that of which a reminder failed."""
        return [item for item in self.due if item.missed]

    def keep_missed(self):
        """Leave only what failed to be sent."""
        for item in self.items:
            item.is_due = item.is_due and bool(item.missed)
        self.find_step()

    def find_step(self):
        self.step = max((item.step for item in self.due), key=lambda s: s.days, default=None)

    def get_credits(self, items):
        """What is on account, as far as there is something of these items that it pays.

        Where it pays all of them, somebody reminds of them all the same: of the full amounts.

        :rtype: dict[res.currency, float]
        """
        totals = defaultdict(float)
        for item in items:
            totals[item.currency] += item.amount
        used = {c: min(self.credits.get(c, 0.0), total) for c, total in totals.items()}
        if all(c.is_zero(total - used[c]) for c, total in totals.items()):
            return {}
        return {currency: amount for currency, amount in used.items() if amount > 0}


class Clock:
    """What is to be reminded of in a company on a day.

    :param env: environment in superuser mode
    :param res.company company: whose customers
    :param res.partner customers: of these only; None: of all
    """

    def __init__(self, env, company, customers=None):
        # A job lives in no timezone; its day is the one where the company works.
        zone = env.context.get("tz") or env.user.tz or company._get_zone()
        self.day = fields.Date.context_today(company.with_context(tz=zone))
        # Today's, whatever day a list was opened for.
        context = {"allowed_company_ids": company.ids, "receivable_as_of": str(self.day)}
        self.env = env(context={**env.context, **context})
        self.company = company
        self.plan = env["invoice.reminder.plan"]._get_plan(company)
        self.steps = self.plan.step_ids.sorted("days")
        self.customers = customers

    def wind(self):
        """:rtype: dict[res.partner, CustomerDue]"""
        rows = self._read_items()
        moves = {row.move_id.id for row in rows if row.move_id}
        tickets = self._read_tickets(moves)
        dues = {}
        for row in rows:
            if row.partner_id not in dues:
                dues[row.partner_id] = CustomerDue(
                    row.partner_id, row.user_id.id, row.department_id.id, row.customer_level_id
                )
            due = dues[row.partner_id]
            due.user_id = due.user_id or row.user_id.id
            due.department_id = due.department_id or row.department_id.id
            due.items.append(self._make_item(row, tickets))
        self._stop_clocks(dues)
        self._find_steps(dues)
        self._use_credits(dues)
        return dues

    # === WHAT IS OPEN === #

    def _in_company(self):
        domain = Domain("company_id", "=", self.company.id)
        if self.customers is not None:
            domain &= Domain("partner_id", "in", self.customers.ids)
        return domain

    def _read_items(self):
        Item = self.env["invoice.reminder.item"]
        # What somebody read of them before in this transaction may be paid by now.
        Item.invalidate_model()
        return Item.search_fetch(self._in_company(), list(Item._fields.keys() - {"display_name"}))

    def _read_tickets(self, moves):
        """Issued tickets by the invoice that they document."""
        rows = self.env["invoice.ticket.path"]._read_group(
            [("move_id", "in", list(moves)), ("is_issued", "=", True)],
            ["move_id"],
            ["ticket_id:recordset"],
        )
        return {move.id: tickets for move, tickets in rows}

    def _make_item(self, row, tickets):
        no_tickets = self.env["invoice.ticket"]
        return ClockItem(
            key=row.key,
            name=row.name or "–",
            move_id=row.move_id.id,
            ticket_id=row.ticket_id.id,
            date_due=row.date_due or self.day,
            currency=row.currency_id,
            amount=row.amount,
            tickets=row.ticket_id or tickets.get(row.move_id.id, no_tickets),
        )

    # === STOPS === #

    def _stop_clocks(self, dues):
        Stop = self.env["invoice.reminder.stop"]
        domain = self._in_company() & Domain("kind", "!=", "tickets")
        stops = Stop.search(domain, order="id").grouped("partner_id")
        for customer, due in dues.items():
            own = stops.get(customer, Stop)
            agreed = own.filtered(lambda s: s.kind == "instalments")
            for stop in agreed.filtered(lambda s: not s.ended_on):
                self._split(due, stop)
            pausing = (own - agreed) | agreed.filtered("ended_on")
            for item in due.items:
                self._set_days(item, [s for s in pausing if self._is_about(s, item)])

    @staticmethod
    def _is_about(stop, item):
        if stop.kind in NO_PAUSE:
            return Clock._is_agreed(stop, item)
        if stop.move_id:
            return stop.move_id.id == item.move_id
        return not stop.ticket_id or stop.ticket_id in item.tickets

    @staticmethod
    def _is_agreed(stop, item):
        """Whether instalments are about an item, or about a ticket that it invoices by now."""
        keys = {item.key, *(f"ticket{ticket.id}" for ticket in item.tickets)}
        return not keys.isdisjoint(stop.covered_keys or ())

    def _split(self, due, stop):
        """Put the agreed instalments in the place of what they are about.

        What was paid since paid the earliest of them; what came on top is due with the last.
        """
        covered = [item for item in due.items if self._is_agreed(stop, item)]
        if not covered:
            return
        parts = stop.instalment_ids.sorted("date")
        currency = parts.currency_id
        total, rest = sum(parts.mapped("amount")), sum(item.amount for item in covered)
        paid = max(total - rest, 0.0)
        due.items = [item for item in due.items if item not in covered]
        for part in parts:
            amount = part.amount + (max(rest - total, 0.0) if part == parts[-1] else 0.0)
            used = min(paid, amount)
            paid -= used
            if currency.compare_amounts(amount, used) > 0:
                due.items.append(self._make_part(part, covered, currency.round(amount - used)))

    def _make_part(self, part, covered, amount):
        [first, *others] = covered
        return ClockItem(
            key=f"part{part.id}",
            name=", ".join(dict.fromkeys(item.name for item in covered)),
            move_id=not others and first.move_id,
            ticket_id=not others and first.ticket_id,
            date_due=part.date,
            currency=part.currency_id,
            amount=amount,
            tickets=first.tickets.union(*(item.tickets for item in others)),
        )

    def _set_days(self, item, stops):
        """Count the days of an item, without those on which its clock stood."""
        item.days = (self.day - item.date_due).days
        last_counted, stood = item.date_due, 0
        for stop in sorted(stops, key=lambda s: s.date_from):
            first, last = stop._get_pause()
            if first <= self.day and (last is None or self.day <= last):
                item.stop = item.stop or stop
            last = min(last or self.day, self.day)
            first = max(first, last_counted + timedelta(days=1))
            if first <= last:
                stood += (last - first).days + 1
                last_counted = last
        if item.days > 0:
            item.days -= stood

    # === STEPS === #

    def _find_steps(self, dues):
        """Say which step each item has reached, and whether it is due."""
        reminded, failed, dates = self._read_history(dues)
        for customer, due in dues.items():
            due.last_date = dates.get(customer)
            for item in due.items:
                steps = [step for step in self.steps if step.days <= item.days]
                item.step = steps[-1] if steps else None
                # What a ticket was reminded of before it was invoiced counts for its invoice.
                keys = [item.key, *(f"ticket{ticket.id}" for ticket in item.tickets)]
                done, tried = (
                    {
                        channel
                        for key in keys
                        for channel, days in found.get(key, {}).items()
                        if steps and days >= item.step.days
                    }
                    for found in (reminded, failed)
                )
                if steps:
                    item.missed = frozenset(tried - done).intersection(item.step._get_channels())
                item.is_due = bool(steps) and (not done or bool(item.missed))
            due.find_step()

    def _read_history(self, dues):
        """What was sent before; what failed was not, and is told apart.

        :return: days of the last step by item and channel, the same of what failed, and when each
            customer was last reminded
        """
        keys = {item.key for due in dues.values() for item in due.items}
        keys |= {
            f"ticket{t.id}" for due in dues.values() for item in due.items for t in item.tickets
        }
        Line = self.env["invoice.reminder.line"]
        domain = Domain(
            [
                ("company_id", "=", self.company.id),
                ("is_counted", "=", True),
                ("is_due", "=", True),
            ]
        )
        reminded, failed = defaultdict(dict), defaultdict(dict)
        for key, channel, step, state in Line._read_group(
            domain & Domain("key", "in", list(keys)),
            ["key", "channel", "step_id", "reminder_id.state"],
        ):
            found = failed if state == "failed" else reminded
            found[key][channel] = max(found[key].get(channel, step.days), step.days)
        dates = self.env["invoice.reminder"]._read_group(
            self._in_company() & Domain("state", "not in", ("cancelled", "failed")),
            ["partner_id"],
            ["date:max"],
        )
        return reminded, failed, dict(dates)

    # === ON ACCOUNT === #

    def _use_credits(self, dues):
        """What is on account is deducted; where it covers all, that asks for matching instead."""
        for customer, currency, credit in self._read_credits(dues):
            credits = dues[customer].credits
            credits[currency] = currency.round(credits.get(currency, 0.0) + credit)
        for due in dues.values():
            for currency, credit in due.credits.items():
                items = [item for item in due.reached if item.currency == currency]
                if currency.compare_amounts(credit, sum(item.amount for item in items)) >= 0:
                    for item in items:
                        item.is_due = False
            due.find_step()

    def _read_credits(self, dues):
        """What came in and pays nothing yet: neither an invoice, nor a ticket without one.

        :return: customer, currency and amount, of each payment or of what is no payment
        """
        rows = self.env["invoice.receivable.item"]._read_group(
            self._in_company()
            & Domain("partner_id", "in", [customer.id for customer in dues])
            & (
                Domain("is_open", "=", True) & Domain("amount_due_currency", "<", 0)
                # Payments without an entry, less what the bank brought of them.
                | Domain("move_id", "=", False) & Domain("amount_currency", "<", 0)
            ),
            ["partner_id", "currency_id", "payment_id"],
            ["amount_due_currency:sum", "amount_currency:sum"],
        )
        payments = self.env["account.payment"].union(*(row[2] for row in rows))
        ticketed, named = self._read_ticketed(payments), self._read_named(payments)
        for customer, currency, payment, open_, whole in rows:
            credit = -(open_ or whole)
            credit -= ticketed.get(payment, 0.0)
            if payment.id in named:
                # What the bank brought of it, it brought of the invoices that it names.
                brought = payment.amount + (open_ or whole)
                credit -= max(named[payment.id] - brought, 0.0)
            if currency.compare_amounts(credit, 0.0) > 0:
                yield customer, currency, credit

    def _read_ticketed(self, payments):
        """What tickets that no posted invoice stands for take of payments, in their currency."""
        rows = self.env["invoice.ticket.path"]._read_group(
            Domain("payment_id", "in", payments.ids)
            & Domain("is_issued", "=", True)
            & (Domain("move_id", "=", False) | Domain("move_id.state", "!=", "posted")),
            ["payment_id"],
            ["amount_payment:sum"],
        )
        return dict(rows)

    def _read_named(self, payments):
        """What payments without an entry name of posted invoices, by id."""
        bare = payments.filtered(lambda payment: not payment.move_id)
        if not bare:
            return {}
        query = SQL(
            "SELECT payment_id, SUM(amount) FROM (%s) named GROUP BY payment_id",
            get_named_query(SQL("bare.id IN %s", tuple(bare.ids))),
        )
        return {payment_id: float(amount) for payment_id, amount in self.env.execute_query(query)}

    # === WHY NOT === #

    def get_reason(self, due):
        """Why a customer is not reminded today, in the language of the reader; False if it is."""
        if not self.steps:
            return self.env._("There is no reminder plan with steps. Ask an administrator for one.")
        if due.step:
            return False
        stops = [item.stop for item in due.items if item.stop and item.step]
        if stops and not due.reached:
            return self.env._(
                "Stopped: %s", ", ".join(dict.fromkeys(s.display_name for s in stops))
            )
        if not due.reached:
            earliest = min(item.date_due for item in due.items)
            return self.env._("Not due before %s.", format_date(self.env, earliest))
        if self._is_covered(due):
            return self.env._("What is on account covers it. Match it with the invoices first.")
        return self.env._(
            "Reminded on %s by the step that it has reached.", format_date(self.env, due.last_date)
        )

    @staticmethod
    def _is_covered(due):
        amounts = defaultdict(float)
        for item in due.reached:
            amounts[item.currency] += item.amount
        return all(c.compare_amounts(due.credits.get(c, 0.0), a) >= 0 for c, a in amounts.items())

    def is_waiting(self, due):
        """Whether the customer was reminded too short a time ago for an automatic reminder."""
        wait = timedelta(days=self.plan.wait_days)
        return bool(due.last_date) and self.day < due.last_date + wait
