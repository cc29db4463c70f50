from odoo import api, fields, models

from .ticket_type import BILLING_DEMANDS


class InvoiceBuyerMixin(models.AbstractModel):
    """The billing data of the customer, as a document prints them.

    They follow the customer while the document is a draft, and are frozen with it.
    """

    _name = "invoice.buyer.mixin"
    _description = "Document with Billing Data"

    partner_id = fields.Many2one("res.partner")
    # Not precomputed: that would need the right to read the account number.
    buyer_name = fields.Char(
        string="Title", compute="_compute_buyer", store=True, readonly=False, copy=False
    )
    buyer_vat = fields.Char(
        string="Tax Number", compute="_compute_buyer", store=True, readonly=False, copy=False
    )
    buyer_address = fields.Char(
        string="Address", compute="_compute_buyer", store=True, readonly=False, copy=False
    )
    buyer_phone = fields.Char(
        string="Phone", compute="_compute_buyer", store=True, readonly=False, copy=False
    )
    buyer_bank_name = fields.Char(
        string="Bank", compute="_compute_buyer", store=True, readonly=False, copy=False
    )
    buyer_bank_account = fields.Char(
        string="Bank Account",
        compute="_compute_buyer",
        store=True,
        readonly=False,
        copy=False,
        groups="invoice_crm_addon.group_ticket_finance,invoice_crm_addon.group_ticket_manager",
    )
    buyer_bank_account_masked = fields.Char(
        string="Bank Account (masked)",
        compute="_compute_buyer_bank_account_masked",
        compute_sudo=True,
    )

    # === COMPUTE METHODS === #

    @api.depends("partner_id")
    def _compute_buyer(self):
        self._fill_buyer(BILLING_DEMANDS["all"])

    @api.depends("buyer_bank_account")
    def _compute_buyer_bank_account_masked(self):
        mask = self.env["res.partner.bank"]._mask_account_number
        for ticket in self:
            ticket.buyer_bank_account_masked = mask(ticket.buyer_bank_account)

    # === BUSINESS METHODS === #

    def _complete_buyer(self, vals):
        """Fill the billing data that were not given at creation.

        Odoo takes a value that is given for one of them as the word on all: an import of the
        title alone, or a form without the account number, would leave the others empty.
        """
        missing = [fname for fname in BILLING_DEMANDS["all"] if fname not in vals]
        if len(missing) < len(BILLING_DEMANDS["all"]):
            self._fill_buyer(missing)

    def _fill_buyer(self, fnames):
        """Take billing data over from the customer while the ticket is a draft.

        :param list fnames: names of ``buyer_*`` fields
        """
        for ticket in self:
            values = {fname: ticket[fname] for fname in fnames}
            if ticket.partner_id and ticket.state == "draft" and not ticket.fapiao_attachment_id:
                snapshot = ticket.partner_id._get_billing_snapshot()
                values = {fname: snapshot[fname] for fname in fnames}
            ticket.update(values)
