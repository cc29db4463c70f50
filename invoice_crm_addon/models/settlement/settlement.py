from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..base.public_methods import Ids


class InvoiceSettlement(models.AbstractModel):
    """What is done on the settlement page of a customer.

    Action                  Who                     Restriction
    =====================================================================================
    Register payment        invoicing of the books  open instalments of one customer
    Use what is on account  invoicing of the books  instalments and credits of one account
    Pay an order            invoicing of the books  confirmed order
    Payment link            invoicing of the books  open instalments of one invoice
    =====================================================================================

    Sales see their figures, and do nothing here. What is done is core's: its wizards, its
    reconciliation, with the rights of the user.
    """

    _inherit = "invoice.settlement"

    @api.model
    def register_payment(self, partner_id: int, item_ids: Ids = None):
        """Open core's dialog to pay instalments: one payment for all invoices in it.

        :param int partner_id: the customer
        :param list item_ids: journal items of the instalments
        :return: window action; the amount is that of the instalments
        :rtype: dict
        :raise UserError: if nothing that is open is chosen
        """
        items = self._get_chosen(partner_id, item_ids)
        context = {"dont_redirect_to_payments": True, "default_group_payment": True}
        if amount := self._get_amount_of_instalments(items):
            context["default_amount"] = amount
        action = items.action_register_payment(context)
        return {**action, "name": self.env._("Register Payment")}

    @api.model
    def use_credits(self, partner_id: int, item_ids: Ids = None, credit_ids: Ids = None):
        """Match payments on account and credit notes with instalments.

        :param int partner_id: the customer
        :param list item_ids: journal items of the instalments
        :param list credit_ids: journal items of the payments and credit notes
        :return: number of instalments that are paid by it as a whole
        :rtype: int
        :raise UserError: if nothing fits together
        """
        items = self._get_chosen(partner_id, item_ids)
        credits = self._get_chosen(partner_id, credit_ids, sign=-1)
        groups = (items | credits).grouped(lambda item: (item.company_id, item.account_id))
        fitting = [group for group in groups.values() if group & items and group & credits]
        if not fitting:
            raise UserError(
                self.env._(
                    "What is on account stands in another account of the books than what is to "
                    "be paid. Choose others, or match them in the journal items."
                )
            )
        for group in fitting:
            group.reconcile()
        return len(items.filtered("reconciled"))

    @api.model
    def pay_order(self, partner_id: int, order_id: int):
        """Open a payment on account of an order that has no invoice yet, and of its contract.

        :param int partner_id: the customer
        :param int order_id: a confirmed order of it
        :return: window action; the amount is what is neither invoiced of the order nor on account
        :rtype: dict
        :raise UserError: if it is no confirmed order of the customer
        """
        self._check_may_pay()
        customer = self._get_customer(partner_id)
        order = self.env["sale.order"].search(
            [
                ("id", "=", order_id),
                ("partner_id", "in", self._get_partners(customer).ids),
                ("state", "=", "sale"),
            ]
        )
        if not order:
            raise UserError(self.env._("Choose a confirmed order of %s.", customer.display_name))
        contract = order.invoice_contract_id.filtered(lambda c: c.state == "active")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Payment on Account"),
            "res_model": "account.payment",
            "views": [(False, "form")],
            "target": "current",
            "context": {
                "default_payment_type": "inbound",
                "default_partner_type": "customer",
                "default_partner_id": (
                    order.partner_invoice_id.commercial_partner_id or customer
                ).id,
                "default_company_id": order.company_id.id,
                "default_currency_id": order.currency_id.id,
                "default_amount": order._get_open_amounts()[order][0],
                "default_memo": order.name,
                "default_sale_order_id": order.id,
                "default_invoice_contract_id": contract._filtered_access("read").id,
            },
        }

    @api.model
    def create_payment_link(self, partner_id: int, item_ids: Ids = None):
        """Open core's dialog with the link by which the customer pays an invoice online.

        :param int partner_id: the customer
        :param list item_ids: journal items of instalments of one invoice
        :return: window action; the amount is that of the instalments
        :rtype: dict
        :raise UserError: if they are of several invoices
        """
        items = self._get_chosen(partner_id, item_ids)
        invoice = items.move_id
        if len(invoice) > 1 or not invoice.is_sale_document():
            raise UserError(
                self.env._("A link pays one invoice. Choose the instalments of one invoice only.")
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Payment Link"),
            "res_model": "payment.link.wizard",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "active_model": invoice._name,
                "active_id": invoice.id,
                "active_ids": invoice.ids,
                "settlement_amount": self._get_amount_of_instalments(items),
            },
        }

    # === CHOSEN === #

    @api.model
    def _check_may_pay(self):
        """:raise AccessError: if the user does not work with the books"""
        if not self._can_pay():
            raise AccessError(
                self.env._("Only who has the rights of invoicing registers what customers pay.")
            )

    @api.model
    def _get_chosen(self, partner_id, item_ids, sign=1):
        """What the user chose of what is open; somebody may have settled a part meanwhile.

        :param int sign: 1 for what is to be paid, -1 for what is on account
        :raise UserError: if nothing is chosen, or something of it is not open any more
        """
        self._check_may_pay()
        customer = self._get_customer(partner_id)
        if not item_ids:
            raise UserError(
                self.env._("Choose what is paid first.")
                if sign > 0
                else self.env._("Choose what is on account and shall be used first.")
            )
        domain = self._get_item_domain(self._get_partners(customer))
        items = self.env["account.move.line"].search(
            domain
            & Domain("id", "in", item_ids)
            & Domain("amount_residual", ">" if sign > 0 else "<", 0),
            order="date_maturity, date, id",
        )
        if len(items) < len(set(item_ids)):
            raise UserError(
                self.env._(
                    "Something of what you chose is not open any more. Load the page again, then "
                    "choose once more."
                )
            )
        return items

    @api.model
    def _get_amount_of_instalments(self, items):
        """Sum that the dialog proposes, where core would propose less: the next instalment only.

        An early payment discount is core's to count.

        :return: the sum, or False to leave it to core
        """
        if len(items) == 1 or len(items.currency_id) > 1:
            return False
        if any(items.mapped("discount_date")):
            return False
        return sum(items.mapped("amount_residual_currency"))
