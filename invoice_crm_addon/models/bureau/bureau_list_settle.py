from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...bureau_list.values import clean_tax_id
from ...fapiao.names import is_same_name
from ..base.proof import proven
from ..base.words import words
from .bureau_month_proposal import pair_up


class InvoiceBureauList(models.Model):
    """A list answers for tickets that lie at the tax bureau, as e-invoice files do.

    A fapiao whose remark names such a ticket, and that says the same total, tax, buyer and kind,
    issues it. Of others the ticket says what differs; the month proposes it, and people decide.
    """

    _inherit = "invoice.bureau.list"

    issued_count = fields.Integer(
        string="Tickets Issued", help="Tickets of a tax bureau batch for which the list answered."
    )

    @api.model
    def _settle_batches(self, fapiao_ids):
        """Issue the tickets in open batches of which a list says all that a file would.

        :param list[int] fapiao_ids: of what the list says anew, ``invoice.bureau.fapiao``
        :return: the tickets that are issued now
        :rtype: invoice.ticket
        """
        named = self.env["invoice.bureau.batch"]._find_named_by(fapiao_ids)
        same = {t: f for f, t in pair_up([(f, t) for f, t, is_same in named if is_same]).items()}
        found = {t: f for f, t, _same in named} | same
        # A list speaks for all companies of its reader, whichever are chosen on the screen.
        companies = list(self._get_companies().values())
        Ticket = self.env["invoice.ticket"].with_context(allowed_company_ids=companies)
        tickets = Ticket.browse(found)._filtered_access("write")
        issued = Ticket.browse()
        for company, in_company in tickets.grouped("company_id").items():
            pairs, reasons = {}, {}
            for ticket in in_company.with_company(company):
                fapiao = ticket.env["invoice.bureau.fapiao"].browse(found[ticket.id])
                if differ := self._get_settling_differences(ticket, fapiao):
                    reasons[ticket] = self.env._("it differs in: %s", ", ".join(differ))
                elif ticket.id not in same:
                    reasons[ticket] = self.env._("several fapiao or tickets are named alike")
                pairs[ticket] = fapiao
            issued += self._issue_listed(
                {ticket: fapiao for ticket, fapiao in pairs.items() if ticket not in reasons},
                reasons,
            )
            self._tell_unsettled(reasons, pairs)
        return issued.with_env(self.env)

    @api.model
    def _get_settling_differences(self, ticket, fapiao):
        """Labels of what a fapiao says otherwise than the ticket that its remark names.

        :rtype: list[str]
        """
        currency = fapiao.currency_id
        differs = {
            "type_id": ticket.type_id.fapiao_kind != fapiao.kind,
            "currency_id": ticket.currency_id != currency,
            "amount_total": currency.compare_amounts(ticket.amount_total, fapiao.amount_total),
            "amount_tax": currency.compare_amounts(ticket.amount_tax, fapiao.amount_tax),
            "buyer_name": not is_same_name(ticket.buyer_name, fapiao.buyer_name),
            "buyer_vat": clean_tax_id(ticket.buyer_vat or "")
            != clean_tax_id(fapiao.buyer_vat or ""),
            "issue_date": ticket.issue_date and ticket.issue_date != fapiao.issue_date,
            "red_of_id": ticket.red_of_id
            and fapiao.red_number
            and ticket.red_of_id.fapiao_number != fapiao.red_number,
            "fapiao_number": ticket.fapiao_number and ticket.fapiao_number != fapiao.number,
        }
        return [
            ticket._fields[fname]._description_string(self.env)
            for fname, is_other in differs.items()
            if is_other
        ]

    @api.model
    def _issue_listed(self, pairs, reasons):
        """Issue tickets together; where one cannot be, each by itself.

        :param dict pairs: tickets of one company, each with its fapiao
        :param dict reasons: gets why one cannot be
        :rtype: invoice.ticket
        """
        issued = self.env["invoice.ticket"]
        if not pairs:
            return issued
        try:
            with self.env.cr.savepoint():
                return self._issue_together(pairs)
        except (UserError, UniqueViolation) as error:
            if len(pairs) == 1:
                reasons.update(dict.fromkeys(pairs, _get_text(self.env, error)))
                return issued
        for ticket, fapiao in pairs.items():
            issued += self._issue_listed({ticket: fapiao}, reasons).with_env(self.env)
        return issued

    @api.model
    def _issue_together(self, pairs):
        tickets = self.env["invoice.ticket"].union(*pairs).with_env(next(iter(pairs)).env)
        translator = tickets.env["invoice.fapiao.translator"]
        for ticket, fapiao in pairs.items():
            proven(ticket).write(translator._prepare_number_values(fapiao._as_document()))
        tickets.action_issue()
        said = self.env._("Issued by the list of the tax bureau.")
        tickets._message_log_batch(bodies=dict.fromkeys(tickets.ids, said))
        # A number that somebody took meanwhile is found here, and not after the others.
        tickets.flush_recordset()
        return tickets

    @api.model
    def _tell_unsettled(self, reasons, pairs):
        """Say on tickets why a list that names them did not issue them."""
        for ticket, reason in reasons.items():
            ticket._message_log(
                body=self.env._(
                    "The list of the tax bureau names this ticket at %(number)s, which did not "
                    "issue it: %(reason)s",
                    number=pairs[ticket].number,
                    reason=reason,
                )
            )

    def _get_result_text(self):
        text = super()._get_result_text()
        if not self.issued_count:
            return text
        make = words(self.env)
        return make.join(" ", [text, make._("%s tickets are issued by it.", self.issued_count)])


def _get_text(env, error):
    if isinstance(error, UniqueViolation):
        return env._("another ticket took the number at this moment")
    return str(error)
