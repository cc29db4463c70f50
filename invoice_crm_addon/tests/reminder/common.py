from contextlib import contextmanager
from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.fields import Command

from odoo.addons.base.models.ir_mail_server import IrMail_Server, MailDeliveryException

from ..ledger.common import LedgerCommon


class ReminderCommon(LedgerCommon):
    """A customer of ``sales`` with an e-mail address, and invoices of it due on 31 March 2026."""

    DUE = date(2026, 3, 31)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._speak_english()
        cls.customer.write({"user_id": cls.sales.id, "email": "payable@customer.example.com"})
        cls.portal.partner_id.parent_id = False
        cls.plan = cls.env.ref("invoice_crm_addon.reminder_plan")
        cls.plan.attaches_statement = False
        cls.Reminder = cls.env["invoice.reminder"]
        cls.Stop = cls.env["invoice.reminder.stop"]

    @classmethod
    def _create_due(cls, price=1000.0, due=None, **values):
        """A posted invoice, 13 % on top, that is due on a day."""
        due = due or cls.DUE
        return cls._create_invoice(
            price, invoice_date=due - timedelta(days=30), invoice_date_due=due, **values
        )

    @classmethod
    def _create_customer(cls, name, **values):
        values = {"is_company": True, "user_id": cls.sales.id, **values}
        account = cls.customer.with_company(cls.company).property_account_receivable_id
        customer = cls.env["res.partner"].create({"name": name, **values})
        customer.with_company(cls.company).property_account_receivable_id = account
        return customer

    @classmethod
    def _create_bare(cls, amount=1130.0, **values):
        """A payment that core keeps without an entry."""
        payment = cls._create_payment(amount=amount, post=False, **values)
        payment.outstanding_account_id = False
        payment.action_post()
        return payment

    @classmethod
    def _on(cls, days):
        """The day so many days after the due date."""
        return freeze_time(cls.DUE + timedelta(days=days))

    @contextmanager
    def _no_mail_server(self):
        """What is mailed here does not leave."""
        error = MailDeliveryException("No route")
        with (
            self.mock_mail_gateway(),
            patch.object(IrMail_Server, "send_email", side_effect=error),
        ):
            yield

    def _remind(self, customers=None, user=None, days=None, **kwargs):
        """Prepare and deliver what is due, as the button does."""
        Reminder = self.Reminder.with_user(user or self.finance)
        reminders = Reminder._prepare_reminders(self.company, customers or self.customer, **kwargs)
        reminders._deliver()
        return reminders

    def _stop(self, kind, user=None, **values):
        return self.Stop.with_user(user or self.sales).create(
            {
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "kind": kind,
                "reason": "As the customer said",
                **values,
            }
        )

    def _step(self, name):
        return self.env.ref(f"invoice_crm_addon.reminder_step_{name}")

    @classmethod
    def _issue_ticket(cls, **values):
        """An issued ticket of 1,130.00 yuan without an invoice."""
        ticket = cls._create_ticket(**values)
        cls._issue(ticket)
        return ticket

    @classmethod
    def _ticket_payment(cls, payment):
        """An issued ticket without an invoice, of all that a payment brought."""
        line = {"name": "Paid", "price_unit": payment.amount, "tax_id": cls.tax_13.id}
        return cls._issue_ticket(
            partner_id=payment.partner_id.id,
            type_id=cls.type_voucher.id,
            date_due=payment.date,
            line_ids=[Command.create(line)],
            allocation_ids=[Command.create({"payment_id": payment.id, "amount": payment.amount})],
        )

    @classmethod
    def _ticket_invoice(cls, invoice):
        ticket = cls._create_ticket(
            line_ids=[
                Command.create(
                    {"name": "Part", "price_unit": invoice.amount_total, "tax_id": cls.tax_13.id}
                )
            ],
            **cls._prepare_source_values(invoice, invoice.amount_total),
        )
        cls._issue(ticket)
        return ticket
