from markupsafe import Markup

from odoo import api, fields, models


class InvoiceFapiaoCandidate(models.Model):
    """A ticket to which an e-invoice file may belong, with what speaks for it and against it."""

    _name = "invoice.fapiao.candidate"
    _description = "Ticket for an E-Invoice File"
    _order = "score desc, id"
    _rec_name = "ticket_id"

    file_id = fields.Many2one("invoice.fapiao.file", required=True, index=True, ondelete="cascade")
    ticket_id = fields.Many2one("invoice.ticket", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="ticket_id.company_id", store=True)
    score = fields.Integer(help="0 to 100; the higher, the better the ticket fits.")
    reasons = fields.Json()
    reasons_html = fields.Html(compute="_compute_reasons_html", sanitize=False)
    partner_id = fields.Many2one(related="ticket_id.partner_id")
    buyer_name = fields.Char(related="ticket_id.buyer_name")
    buyer_vat = fields.Char(related="ticket_id.buyer_vat")
    type_id = fields.Many2one(related="ticket_id.type_id")
    user_id = fields.Many2one(related="ticket_id.user_id")
    content = fields.Char(related="ticket_id.content")
    currency_id = fields.Many2one(related="ticket_id.currency_id")
    amount_total = fields.Monetary(related="ticket_id.amount_total")

    @api.depends("reasons")
    @api.depends_context("lang")
    def _compute_reasons_html(self):
        row = Markup('<div class="text-%s"><i class="fa fa-fw fa-%s" aria-hidden="true"/> %s</div>')
        for candidate in self:
            candidate.reasons_html = Markup().join(
                row % (*(("success", "check") if is_met else ("danger", "times")), text)
                for is_met, text in candidate._get_reason_texts()
            )

    def _get_reason_texts(self):
        """:return: for each reason whether it is met, and its sentence"""
        met, unmet = {}, {}
        met["buyer"], unmet["buyer"] = self.env._("Same buyer"), self.env._("Another buyer")
        met["vat"], unmet["vat"] = self.env._("Same tax number"), self.env._("Another tax number")
        met["total"], unmet["total"] = self.env._("Same total"), self.env._("Another total")
        met["type"], unmet["type"] = self.env._("Same type"), self.env._("Another type")
        met["lines"], unmet["lines"] = self.env._("Same items"), self.env._("Other items")
        met["date"] = self.env._("Date fits")
        unmet["date"] = self.env._("Far from the day of the request")
        met["red"] = self.env._("Red letter of the same invoice")
        unmet["red"] = self.env._("Red letter of another invoice")
        return [
            (is_met, (met if is_met else unmet)[reason]) for reason, is_met in self.reasons or []
        ]

    def action_choose(self):
        """Give the file to this ticket: it is issued, or what differs is compared first."""
        self.ensure_one()
        return self.file_id._choose(self.ticket_id)
