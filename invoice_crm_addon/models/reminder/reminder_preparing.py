import logging

from odoo import api, models
from odoo.fields import Command, Domain
from odoo.tools import split_every

from ..base.action_mixin import rewrite_rows
from ..base.proof import proven
from ..base.words import words
from .reminder_clock import Clock

_logger = logging.getLogger(__name__)

#: Customers that a job prepares between two commits.
BATCH = 100


class InvoiceReminder(models.Model):
    """Writing down who is to be reminded, before anything leaves."""

    _inherit = "invoice.reminder"

    # === PREPARE === #

    @api.model
    def _prepare_reminders(
        self, company, customers, repeated=None, is_automatic=False, is_retry=False
    ):
        """Write down the reminders that are due of customers; one for each channel.

        Of two who do so at the same instant the second one is run again, and finds nothing left.

        :param res.partner customers: those to be reminded
        :param res.partner repeated: of them, those who are reminded though nothing is due
        :param bool is_retry: only what failed before
        :return: prepared reminders, in superuser mode
        :rtype: invoice.reminder
        """
        # sudo: what others hold of the customer stands in the same message
        reminders_sudo = proven(self)
        rewrite_rows(customers)
        clock = Clock(reminders_sudo.env, company, customers)
        vals_list = []
        for due in clock.wind().values():
            if is_retry or is_automatic and clock.is_waiting(due):
                due.keep_missed()
            again = bool(repeated) and due.customer in repeated
            vals_list += self._prepare_values(clock, due, again, is_automatic)
        retried = reminders_sudo._retry_failed(clock, vals_list, is_automatic)
        # The record says who made it when: a note for each would cost as much as all the rest.
        reminders_sudo = reminders_sudo.with_context(
            mail_create_nolog=True, mail_create_nosubscribe=True
        )
        return retried | reminders_sudo.create(vals_list).with_context(
            mail_create_nolog=None, mail_create_nosubscribe=None
        )

    @api.model
    def _retry_failed(self, clock, vals_list, is_automatic):
        """Prepare anew what failed, with what is due today, in the place of a second reminder.

        A job tries once a day; where an e-mail came back, not at the same address and level.

        :param list vals_list: what is to be prepared; what is done here is taken from it
        :return: those prepared
        :rtype: invoice.reminder
        """
        retried = self.browse()
        failed = self.search(
            [
                ("company_id", "=", clock.company.id),
                ("partner_id", "in", [vals["partner_id"] for vals in vals_list]),
                ("state", "=", "failed"),
            ],
            order="id",
        ).grouped(lambda reminder: (reminder.partner_id.id, reminder.channel))
        for vals in vals_list[:]:
            old = failed.get((vals["partner_id"], vals["channel"]))
            if not old:
                continue
            vals_list.remove(vals)
            last = old[-1:]
            is_same = (
                last.is_returned
                and last.email_to == vals["email_to"]
                and last.step_id.id == vals["step_id"]
            )
            if is_automatic and (last.date >= clock.day or is_same):
                continue
            others = old - last
            others.line_ids.is_counted = False
            others.write(
                {
                    "state": "cancelled",
                    "error": words(self.env)._("Another reminder took its place."),
                }
            )
            if is_automatic:
                # Whoever wrote it, wrote it.
                kept = ("sender_id", "is_automatic")
                vals = {name: value for name, value in vals.items() if name not in kept}
            if not is_automatic or last.step_id.id != vals["step_id"]:
                # What was written for one level, or another time, is not said at the next.
                vals = {"own_subject": False, "own_body": False, **vals}
            last.line_ids.unlink()
            last._reopen(vals)
            retried |= last
        return retried

    @api.model
    def _prepare_values(self, clock, due, again, is_automatic):
        """Values of the reminders of a customer, one for each channel of the step.

        :param bool again: whether the customer is reminded though nothing is due
        """
        step, items, round_ = due.step, due.reached, 0
        if not step and again:
            items = items or [item for item in due.items if not item.stop]
            reached = [item.step for item in items if item.step]
            step = max(reached, key=lambda s: s.days, default=clock.steps[:1])
            round_ = self._get_next_round(clock, due)
        if not step or not items:
            return []
        contact = due.customer._get_reminder_contact()
        values = {
            "partner_id": due.customer.id,
            "company_id": clock.company.id,
            "step_id": step.id,
            "step_name": step.name,
            "date": clock.day,
            "user_id": due.user_id,
            "department_id": due.department_id,
            "sender_id": self._get_sender(due, is_automatic),
            "is_automatic": is_automatic,
            "contact_id": contact.id,
        }
        return [
            {
                **values,
                "channel": channel,
                "email_to": {"email": contact.email, "sms": contact.phone}.get(channel),
                "line_ids": [
                    *(
                        Command.create(self._prepare_line(clock, item, step, channel, round_))
                        for item in items
                    ),
                    *map(Command.create, self._prepare_credits(clock, due, items, channel)),
                ],
            }
            for channel in step._get_channels()
            # By other channels than the one that failed they were reminded.
            if round_ or any(item.is_due_by(channel) for item in items)
        ]

    @api.model
    def _get_sender(self, due, is_automatic):
        # Of what nobody pressed a button for, the salesperson is the author.
        return due.user_id if is_automatic and due.user_id else self.env.uid

    @api.model
    def _prepare_line(self, clock, item, step, channel, round_):
        # An item that comes along in a message by a later step has reached its own only.
        own = item.step or step
        return {
            "company_id": clock.company.id,
            "step_id": own.id,
            "channel": channel,
            "key": item.key,
            "round": round_,
            "is_due": item.is_due_by(channel) or bool(round_),
            "is_counted": True,
            "name": item.name,
            "move_id": item.move_id,
            "ticket_ids": [Command.set(item.tickets.ids)],
            "ticket_names": ", ".join(t.fapiao_number or t.name for t in item.tickets)[:500],
            "date_due": item.date_due,
            "days": item.days,
            "currency_id": item.currency.id,
            "amount": item.amount,
        }

    @api.model
    def _prepare_credits(self, clock, due, items, channel):
        """What is on account, to be deducted from the items: a line for each currency."""
        return [
            {
                "company_id": clock.company.id,
                "channel": channel,
                "key": f"credit{currency.id}",
                "is_credit": True,
                "name": words(self.env)._("Credits and payments not matched yet"),
                "date_due": clock.day,
                "currency_id": currency.id,
                "amount": -credit,
            }
            for currency, credit in due.get_credits(items).items()
        ]

    @api.model
    def _get_next_round(self, clock, due):
        [[last]] = clock.env["invoice.reminder.line"]._read_group(
            Domain("company_id", "=", clock.company.id)
            & Domain("key", "in", [item.key for item in due.items]),
            [],
            ["round:max"],
        )
        return (last or 0) + 1

    # === STILL SO? === #

    def _refresh_items(self):
        """Bring what is prepared up to date; cancel that of which nothing is left to say.

        :return: those that are still to be sent
        :rtype: invoice.reminder
        """
        left = self.browse()
        for company, reminders in self.grouped("company_id").items():
            clock = Clock(self.env, company, reminders.partner_id)
            dues = clock.wind()
            for reminder in reminders:
                due = dues.get(reminder.partner_id)
                items = {i.key: i for i in due.items if not i.stop} if due else {}
                if due and due.reached and clock._is_covered(due):
                    # What came in on account pays it; whoever sends it all the same said so.
                    is_wanted = any(reminder.line_ids.mapped("round"))
                    items = items if is_wanted else {}
                reminder._keep_items(items)
                reminder._keep_credits(clock, due, items)
                contact = reminder.partner_id._get_reminder_contact()
                if contact != reminder.contact_id:
                    reminder.contact_id = contact
                if reminder.line_ids.filtered("is_due"):
                    left |= reminder
                else:
                    reminder._cancel_settled()
        return left

    def _keep_items(self, items):
        """:param dict items: what is still open and not stopped, by key"""
        lines = self.line_ids.filtered(lambda line: not line.is_credit)
        gone = lines.filtered(lambda line: line.key not in items)
        if (lines - gone).filtered("is_due"):
            gone.unlink()  # the message says nothing of it
        else:
            # Cancelled: it stays readable what it was for.
            gone.write({"is_counted": False, "is_due": False})
        for line in lines.exists():
            item = items.get(line.key)
            if item and line.currency_id.compare_amounts(line.amount, item.amount):
                line.amount = item.amount

    def _keep_credits(self, clock, due, items):
        """Bring up to date what is on account: it may have come in, or been matched, meanwhile."""
        lines = self.line_ids.filtered("is_credit")
        listed = [items[line.key] for line in self.line_ids - lines if line.key in items]
        values = self._prepare_credits(clock, due, listed, self.channel) if due else []
        known = {line.key: line.amount for line in lines}
        if known != {vals["key"]: vals["amount"] for vals in values}:
            lines.unlink()
            self.line_ids = [Command.create(vals) for vals in values]

    def _cancel_settled(self):
        self.write(
            {
                "state": "cancelled",
                "error": words(self.env)._("Paid or stopped before it was sent."),
            }
        )
        self._close_failure()

    # === CRON === #

    @api.model
    def _cron_remind(self):
        """Prepare what is due in the companies that want it, and what failed in all; send it."""
        self._note_outcomes()
        self._drop_settled()
        if self._prepare_automatic():
            self._send_prepared()

    @api.model
    def _drop_settled(self):
        """Cancel what failed and is paid or stopped by now: it waits for nobody."""
        failed = proven(self).search([("state", "=", "failed")], order="company_id, id")
        for ids in split_every(BATCH, failed.ids):
            try:
                with self.env.cr.savepoint():
                    failed.browse(ids).try_lock_for_update()._refresh_items()
            except Exception:
                # It stays as it is; what is due is not held up.
                _logger.exception("Reminders that failed were not looked at")

    @api.model
    def _prepare_automatic(self):
        """:return: whether there is time left"""
        # sudo: res.company - plans of all companies
        companies_sudo = self.env["res.company"].sudo().search([("active", "=", True)])
        for company in companies_sudo:
            try:
                with self.env.cr.savepoint():
                    customers = self._get_customers_to_remind(company)
            except Exception:
                # One company stops no other.
                _logger.exception("Reminders of %s were not prepared", company.name)
                continue
            self.env["ir.cron"]._commit_progress(remaining=len(customers))
            for start in range(0, len(customers), BATCH):
                batch = customers[start : start + BATCH]
                self._prepare_batch(company, batch)
                if not self.env["ir.cron"]._commit_progress(len(batch)):
                    return False
        return True

    @api.model
    def _get_customers_to_remind(self, company):
        """Customers of whom something is due, in the order of their IDs.

        Where nothing leaves by itself, those are tried again whose reminder failed.
        """
        reminders, customers = proven(self), None
        plan = reminders.env["invoice.reminder.plan"]._get_plan(company)
        is_on = plan._is_automatic(company)
        if not is_on:
            failed = Domain("company_id", "=", company.id) & Domain("state", "=", "failed")
            customers = reminders.search(failed).partner_id
            if not customers:
                return self.env["res.partner"]
        clock = Clock(reminders.env, company, customers)
        ids = [
            due.customer.id
            for due in clock.wind().values()
            if due.missed or is_on and due.step and not clock.is_waiting(due)
        ]
        return self.env["res.partner"].browse(sorted(ids))

    @api.model
    def _prepare_batch(self, company, customers):
        """Prepare a batch; if something is wrong with one of them, the others one by one."""
        free = customers.try_lock_for_update()
        is_on = self.env["invoice.reminder.plan"]._get_plan(company)._is_automatic(company)
        try:
            with self.env.cr.savepoint():
                self._prepare_reminders(company, free, is_automatic=True, is_retry=not is_on)
        except Exception:
            if len(customers) == 1:
                _logger.exception("Reminders of the customer %s were not prepared", customers.id)
                return
            for customer in free:
                self._prepare_batch(company, customer)

    @api.model
    def _send_prepared(self):
        """Send what is prepared, each in a transaction of its own."""
        reminders = proven(self).search([("state", "=", "draft")], order="id")
        self.env["ir.cron"]._commit_progress(remaining=len(reminders))
        for reminder in reminders:
            locked = reminder.try_lock_for_update().filtered_domain([("state", "=", "draft")])
            locked._deliver()
            if not self.env["ir.cron"]._commit_progress(1):
                break
