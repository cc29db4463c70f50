from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..base.proof import proven


class InvoiceTicketPlanMixin(models.AbstractModel):
    """Ticket that the plan of a contract made, see ``invoice.planned.bill``."""

    _name = "invoice.ticket.plan.mixin"
    _description = "Ticket That Was Planned"

    planned_bill_id = fields.Many2one(
        "invoice.planned.bill",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="What the plan of the contract made the ticket for.",
    )

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
