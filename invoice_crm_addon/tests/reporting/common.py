from odoo import models
from odoo.fields import Command

from ..ledger.common import LedgerCommon


class ReportingCommon(LedgerCommon):
    """Tickets that are issued on a given day, with lines of several rates."""

    GOODS, SERVICE = "1" + "0" * 18, "3" + "0" * 18

    @classmethod
    def _prepare_line(cls, untaxed, rate=13, code=GOODS, name="*纸制品*Paper", **values):
        """A line without tax in its price.

        :param rate: percentage, tax, or a treatment that has no tax
        """
        if isinstance(rate, str):
            taxed = {"tax_treatment": rate, "tax_id": False}
        elif isinstance(rate, models.BaseModel):
            taxed = {"tax_id": rate.id}
        else:
            taxed = {"tax_id": cls._get_tax(rate).id}
        return Command.create(
            {"name": name, "price_unit": untaxed, "tax_code": code, **taxed, **values}
        )

    @classmethod
    def _get_tax(cls, rate):
        name = f"tax_{rate}".replace(".", "_")
        if not hasattr(cls, name):
            setattr(cls, name, cls._create_tax(rate))
        return getattr(cls, name)

    @classmethod
    def _issue_on(cls, day, *lines, **values):
        """A ticket of these lines, issued on a day."""
        ticket = cls._create_ticket(tax_included=False, line_ids=[*lines], **values)
        return cls._issue_ticket_on(day, ticket)

    @classmethod
    def _issue_ticket_on(cls, day, ticket):
        cls._approve(ticket)
        ticket.with_user(cls.finance).issue_date = day
        cls._issue(ticket)
        return ticket

    @classmethod
    def _take_back_on(cls, day, ticket, amount=None):
        """The red letter of a ticket, or of a part of it, issued on a day."""
        before = ticket.red_ids
        reason = "01" if amount is None else "02"
        ticket.with_user(cls.finance).action_red("Wrong", red_reason=reason, amount=amount)
        return cls._issue_ticket_on(day, ticket.red_ids - before)

    def _sum(self, model, measure, domain=(), user=None):
        domain = [("company_id", "=", self.company.id), *domain]
        Model = self.env[model].with_user(user or self.env.user)
        [[amount]] = Model._read_group(domain, [], [measure])
        return round(amount or 0, 2)
