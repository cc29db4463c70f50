from odoo import api, fields, models
from odoo.fields import Command

from ..ticket.ticket_ledger_mixin import HOLDING_STATES


class AccountPayment(models.Model):
    """Receipts of collections.

    Action           Who                                    Restriction
    =====================================================================================
    Create receipt   who may create tickets and reads it    came in; no receipt yet; issued at
                                                            once by finance if no flow applies
    Send receipt     who may change its receipt             its receipt is issued
    =====================================================================================
    """

    _inherit = "account.payment"

    receipt_id = fields.Many2one(
        "invoice.ticket",
        compute="_compute_receipt_id",
        groups="invoice_crm_addon.group_ticket_user,invoice_crm_addon.group_ticket_auditor",
        help="Ticket that says that the payment came in.",
    )
    can_create_receipt = fields.Boolean(compute="_compute_can_create_receipt")
    can_send_receipt = fields.Boolean(compute="_compute_can_create_receipt")

    # === COMPUTE METHODS === #

    def _compute_receipt_id(self):
        receipts = self._get_receipts()
        for payment in self:
            readable = receipts[payment].sudo(False)._filtered_access("read")
            payment.receipt_id = readable[:1]

    @api.depends("state", "payment_type", "partner_type")
    @api.depends_context("uid")
    def _compute_can_create_receipt(self):
        receipts = self._get_receipts()
        for payment in self:
            payment.can_create_receipt = not payment._get_cannot_receipt_reason(receipts)
            payment.can_send_receipt = any(
                receipt._filtered_access("write") and receipt.state == "issued"
                for receipt in receipts[payment].sudo(False)
            )

    def _get_receipts(self):
        """Receipts of each payment that are on their way or issued, in superuser mode.

        :rtype: dict
        """
        # sudo: one receipt a payment, whoever wrote it; callers filter what they show
        rows_sudo = (
            self.env["invoice.ticket.allocation"]
            .sudo()
            .search(
                [
                    ("payment_id", "in", self.ids),
                    ("ticket_id.type_id.takes_amount", "=", False),
                    ("ticket_id.red_of_id", "=", False),
                    ("ticket_id.state", "in", HOLDING_STATES),
                    ("ticket_id.status", "!=", "red"),
                ]
            )
        )
        rows = rows_sudo.grouped("payment_id")
        none = rows_sudo.browse()
        return {payment: rows.get(payment._origin, none).ticket_id for payment in self}

    # === CAN === #

    def _get_cannot_create_receipt_reason(self):
        if reason := self._get_cannot_receipt_reason(self._get_receipts()):
            return reason
        if not self.company_id._get_receipt_type():
            return self.env._(
                "There is no type for receipts: a ticket type that takes no amount. Ask an "
                "administrator for one."
            )
        return False

    def _get_cannot_receipt_reason(self, receipts):
        """Why no receipt can be written now, as far as it shows without a query; or False.

        :param dict receipts: of the payment, among others
        """
        if not self._is_ticketable_payment():
            return self.env._("Only what came in from a customer has a receipt.")
        if not self.partner_id:
            return self.env._("Enter the customer who paid first.")
        if receipt := receipts[self]:
            readable = receipt.sudo(False)._filtered_access("read")
            return self.env._(
                "It has the receipt %s already. Void that one first.",
                ", ".join(readable.mapped("name")) or "…",
            )
        if not self.env["invoice.ticket"].has_access("create"):
            return self.env._("You may not create tickets.")
        return False

    def _get_cannot_send_receipt_reason(self):
        if not self.can_send_receipt:
            return self.env._("It has no issued receipt yet that you may send.")
        return False

    # === ACTION METHODS === #

    def action_create_receipt(self):
        """Write the receipts of payments, one each, and open them.

        Finance issues them at once where no approval flow applies. What lacks something stays a
        draft.

        :raise UserError: if a payment did not come in, or has its receipt already
        """
        self._check_can("create_receipt", claim=True)
        receipts = self.env["invoice.ticket"].create(
            [payment._prepare_receipt_values() for payment in self]
        )
        for receipt in receipts:
            receipt._bring_on_its_way()
        self.invalidate_recordset(["receipt_id", "can_create_receipt", "can_send_receipt"])
        return receipts._open_tickets(receipts)

    def action_view_receipt(self):
        """Open the receipt of the payment."""
        self.ensure_one()
        self.check_access("read")
        return self.env["invoice.ticket"]._open_tickets(self.receipt_id)

    def action_send_receipt(self):
        """Open the e-mail that brings the customer the receipt.

        :raise UserError: if there is none that is issued
        """
        self.ensure_one()
        self._check_can("send_receipt")
        return self.receipt_id.action_send()

    # === BUSINESS METHODS === #

    def _prepare_receipt_values(self):
        """Values of the receipt of a payment."""
        self.ensure_one()
        content = self._get_receipt_content()
        contract = self.invoice_contract_id.filtered(lambda c: c.state == "active")
        return {
            "type_id": self.company_id._get_receipt_type().id,
            "partner_id": self.partner_id.commercial_partner_id.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "contract_id": contract._filtered_access("read").id,
            "content": content,
            "tax_included": True,
            "line_ids": [
                Command.create({"name": content, "price_unit": self.amount, "tax_id": False})
            ],
            "allocation_ids": [Command.create({"payment_id": self.id, "amount": self.amount})],
        }

    def _get_receipt_content(self):
        """What the money is for: what the payer wrote, else the invoices, else the contract."""
        # sudo: names of what the payment pays, for who writes its receipt
        payment_sudo = self.sudo()
        invoices = payment_sudo.reconciled_invoice_ids or payment_sudo.invoice_ids
        return (
            self.memo
            or ", ".join(filter(None, invoices.mapped("name")))
            or payment_sudo.invoice_contract_id.name
            or self.name
            or self.env._("Payment")
        )

    def _get_method_in_words(self):
        """How it came in: the journal, and the method if it says more.

        :rtype: str
        """
        self.ensure_one()
        return self._get_methods_in_words()[self]

    def _get_methods_in_words(self):
        """The same of each payment; most share few methods.

        :rtype: dict[recordset, str]
        """
        self.journal_id.fetch(["name"])
        self.payment_method_line_id.fetch(["name", "payment_method_id"])
        methods = {method: method._get_own_name() for method in self.payment_method_line_id}
        return {
            payment: " · ".join(
                dict.fromkeys(
                    filter(
                        None,
                        (payment.journal_id.name, methods.get(payment.payment_method_line_id)),
                    )
                )
            )
            for payment in self
        }
