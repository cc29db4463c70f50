from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ...models.base.proof import proven


class InvoiceBureauBatchWizard(models.TransientModel):
    """Looks at each ticket as the tax bureau would, and fills its workbook with those that pass.

    Tickets that do not pass are opened from here, mended, and looked at again; the others do not
    wait for them.
    """

    _name = "invoice.bureau.batch.wizard"
    _inherit = ["invoice.guard.mixin"]
    _description = "Make a Tax Bureau Batch"
    _guarded_fields = ("line_ids",)

    line_ids = fields.One2many("invoice.bureau.batch.wizard.line", "wizard_id")
    bad_line_ids = fields.One2many(
        "invoice.bureau.batch.wizard.line",
        "wizard_id",
        domain=[("problem", "!=", False)],
        string="To Be Mended",
    )
    good_line_ids = fields.One2many(
        "invoice.bureau.batch.wizard.line",
        "wizard_id",
        domain=[("problem", "=", False)],
        string="Ready to Go",
    )
    bad_count = fields.Integer(string="Tickets to Be Mended", compute="_compute_counts")
    good_count = fields.Integer(string="Tickets Ready to Go", compute="_compute_counts")
    template_names = fields.Char(string="Template", compute="_compute_template")
    lacks_template = fields.Boolean(compute="_compute_template")
    unknown_headings = fields.Char(compute="_compute_template")

    # === COMPUTE METHODS === #

    @api.depends("line_ids.problem")
    def _compute_counts(self):
        for wizard in self:
            wizard.bad_count = len(wizard.line_ids.filtered("problem"))
            wizard.good_count = len(wizard.line_ids) - wizard.bad_count

    @api.depends("line_ids.ticket_id.company_id")
    def _compute_template(self):
        Template = self.env["invoice.bureau.template"]
        for wizard in self:
            companies = wizard.line_ids.ticket_id.filtered(lambda t: not t.red_of_id).company_id
            templates = [Template._get_current(company) for company in companies]
            found = Template.union(*templates)
            wizard.template_names = ", ".join(
                f"{template.filename} ({template.version or '–'})" for template in found
            )
            wizard.lacks_template = not all(templates)
            wizard.unknown_headings = ", ".join(filter(None, found.mapped("unknown_headings")))

    # === ACTION METHODS === #

    def action_check(self):
        """Look at the tickets again, after something was mended."""
        self.ensure_one()
        self._check_tickets()
        return self._reopen()

    def action_fill_codes(self):
        """Give lines without a tax classification that of their product, then look again.

        One that brings a policy would change how the line is taxed, which was approved.
        """
        self.ensure_one()
        self._check_finance()
        tickets = self.line_ids.ticket_id.filtered(lambda t: t.state == "approved")
        filled = self.env["invoice.ticket.line"]
        for line, goods in self._find_codes(tickets).items():
            if not goods.policy:
                # What the tax bureau calls the goods is no change of what was approved.
                policy = line.tax_policy
                proven(line).write({"tax_code": goods.code, "tax_policy": policy})
                filled |= line
        said = self.env._("Tax classification codes were filled in from the products.")
        tickets = filled.ticket_id
        tickets._message_log_batch(bodies=dict.fromkeys(tickets.ids, said))
        return self.action_check()

    def action_confirm(self):
        """Make the batch of the tickets that pass, and open it.

        :raise UserError: if none passes, or one went elsewhere meanwhile
        """
        self.ensure_one()
        self._check_finance()
        self._check_tickets()
        tickets = self.line_ids.filtered(lambda line: not line.problem).ticket_id
        if not tickets:
            raise UserError(self.env._("No ticket is ready to go. Mend what is said below."))
        batches = self.env["invoice.bureau.batch"]._send(tickets)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_crm_addon.invoice_bureau_batch_action"
        )
        if len(batches) == 1:
            return dict(action, res_id=batches.id, views=[(False, "form")], context={})
        return dict(action, domain=[("id", "in", batches.ids)], context={})

    # === BUSINESS METHODS === #

    @api.model
    def _find_codes(self, tickets):
        """Tax classifications of the products of lines that have none.

        :rtype: dict[invoice.ticket.line, invoice.goods.code]
        """
        lines = tickets.line_ids.filtered(lambda line: not line.tax_code and line.product_id)
        codes = {line: line._get_product_code() for line in lines}
        return {line: goods for line, goods in codes.items() if goods.code}

    @api.model
    def _open_for(self, tickets):
        """A dialog for tickets, looked at already.

        :raise AccessError: if the user is not of finance
        """
        self._check_finance()
        if not tickets:
            raise UserError(self.env._("Choose tickets first."))
        tickets.check_access("read")
        rows = [Command.create({"ticket_id": ticket.id}) for ticket in tickets]
        wizard = proven(self).create({"line_ids": rows}).with_env(self.env)
        wizard._check_tickets()
        return wizard

    @api.model
    def _check_finance(self):
        if reason := self.env["invoice.ticket"]._get_not_bureau_finance_reason():
            raise AccessError(reason)

    def _check_tickets(self):
        """Say of each ticket what the tax bureau would refuse."""
        tickets = self.line_ids.ticket_id
        tickets.check_access("read")
        reasons = {ticket: ticket._get_cannot_reason("bureau") for ticket in tickets}
        problems = {ticket: [reason] for ticket, reason in reasons.items() if reason}
        free = tickets.filtered(lambda ticket: ticket not in problems)
        writer = self.env["invoice.bureau.writer"]
        for company, in_company in free.grouped("company_id").items():
            problems |= writer.with_company(company)._find_problems(in_company, company)
        approved = free.filtered(lambda ticket: ticket.state == "approved")
        for line, goods in self._find_codes(approved).items():
            if goods.policy:
                problems[line.ticket_id].append(
                    self.env._(
                        "%(line)s: the classification of its product brings the policy "
                        "%(policy)s, which was not approved. Take the ticket back to draft, and "
                        "choose it there.",
                        line=line.name,
                        policy=goods.policy,
                    )
                )
        for line in proven(self).line_ids:
            line.problem = "\n".join(problems.get(line.ticket_id.with_env(self.env), ())) or False

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Tax Bureau Batch"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }


class InvoiceBureauBatchWizardLine(models.TransientModel):
    """A ticket that is looked at."""

    _name = "invoice.bureau.batch.wizard.line"
    _inherit = ["invoice.guard.mixin"]
    _description = "Ticket for a Tax Bureau Batch"
    _order = "id"
    _guarded_fields = ("wizard_id", "ticket_id", "problem")

    wizard_id = fields.Many2one(
        "invoice.bureau.batch.wizard", required=True, index=True, ondelete="cascade"
    )
    ticket_id = fields.Many2one("invoice.ticket", required=True, ondelete="cascade")
    problem = fields.Text()
    type_id = fields.Many2one(related="ticket_id.type_id")
    buyer_name = fields.Char(related="ticket_id.buyer_name")
    currency_id = fields.Many2one(related="ticket_id.currency_id")
    amount_total = fields.Monetary(related="ticket_id.amount_total")

    def action_open(self):
        """Open the ticket, to be mended there."""
        self.ensure_one()
        return self.ticket_id._open_tickets(self.ticket_id)

    def action_take_off(self):
        """Leave the ticket out, and look at the others."""
        self.ensure_one()
        self.env["invoice.bureau.batch.wizard"]._check_finance()
        wizard = self.wizard_id
        proven(self).unlink()
        return wizard._reopen()
