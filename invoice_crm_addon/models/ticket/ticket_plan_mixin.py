from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..base.proof import proven

PLANNED_FIELDS = {"date_planned", "date_calendar"}


class InvoiceTicketPlanMixin(models.AbstractModel):
    """When a ticket is to be issued, and what the plan of a contract made it for, see
    ``invoice.planned.bill``.
    """

    _name = "invoice.ticket.plan.mixin"
    _description = "Ticket That Was Planned"

    planned_bill_id = fields.Many2one(
        "invoice.planned.bill",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="What the plan of the contract made the ticket for.",
    )

    date_planned = fields.Date(
        string="Planned Issue Date",
        copy=False,
        default=fields.Date.context_today,
        help="Day on which the ticket is to be issued. After that, its date of issue counts.",
    )
    date_calendar = fields.Date(
        string="Calendar Day",
        compute="_compute_date_calendar",
        inverse="_inverse_date_calendar",
        store=True,
        precompute=True,
        copy=False,
        help="Date of issue; before there is one, the day for which it is planned.",
    )

    # The calendar finds its month, and adds up its days, from here alone, for approvers too.
    _calendar_idx = models.Index(
        "(company_id, date_calendar) INCLUDE (type_id, amount_issued, approval_audience_id) "
        "WHERE active IS TRUE"
    )

    @api.depends("issue_date", "date_planned")
    def _compute_date_calendar(self):
        for ticket in self:
            ticket.date_calendar = ticket.issue_date or ticket.date_planned

    def _inverse_date_calendar(self):
        """What is dragged to another day is planned for that day."""
        dated = self.filtered("issue_date")
        for ticket in self - dated:
            ticket.date_planned = ticket.date_calendar
        # Written with its date of issue, which counts.
        self.env.add_to_compute(self._fields["date_calendar"], dated)

    def _get_planned_locks(self):
        """Why the ticket is not planned for another day any more, by field."""
        self.ensure_one()
        if self.state in ("issued", "voided"):
            reason = self.env._("It is issued: its date of issue counts.")
            return dict.fromkeys(PLANNED_FIELDS, reason)
        if self.issue_date:
            return {"date_calendar": self.env._("Its date of issue is entered already.")}
        return {}

    @api.constrains("planned_bill_id", "contract_id")
    def _check_planned_bill(self):
        # sudo: compared; the sentence names what the ticket names
        for ticket in self.sudo():
            contract = ticket.planned_bill_id.contract_id
            if contract and ticket.contract_id and contract != ticket.contract_id:
                raise ValidationError(
                    self.env._("%s was planned by another contract.", ticket.display_name)
                )

    def _go_on(self, mode):
        """Go as far as the company lets its plans go without a person.

        What a person has to do first – number, file, approval – waits for them.

        :param str mode: ``submit``, or ``send`` to issue and mail as well
        :raise UserError: if the ticket cannot be submitted
        """
        self.ensure_one()
        self.action_submit()
        if mode != "send" or self.state != "approved" or self.is_fapiao:
            return
        if not proven(self)._get_not_ticketable_reason():
            proven(self)._do_issue()
            if problem := self._get_mail_problems()[self]:
                # Of the job's own language its readers need not know a word.
                ticket = self.with_context(
                    lang=self.user_id.lang or self.company_id.partner_id.lang
                )
                note = ticket.env._("Issued by plan, and not e-mailed: %s", problem)
                self.sudo()._message_log(body=note)  # sudo: a note of ours
            else:
                self._mail_together(self._get_mail_contact())
