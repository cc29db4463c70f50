from odoo import api, fields, models


class InvoiceOrderPaymentMixin(models.AbstractModel):
    """A payment on account of an order: it came in before the order is invoiced.

    Who registers it from the order, or pays the order online, says which one. What of it pays no
    invoice yet lessens what is open of the order, see ``sale.order``.
    """

    _name = "invoice.order.payment.mixin"
    _description = "Payment on Account of an Order"

    sale_order_id = fields.Many2one(
        "sale.order",
        string="On Account of Order",
        index="btree_not_null",
        copy=False,
        ondelete="set null",
        check_company=True,
        domain="[('partner_id', 'child_of', partner_id), ('state', '=', 'sale')]",
        help="The order that the customer paid before its invoice. What of the payment pays no "
        "invoice yet is taken off what is open of the order.",
    )

    # === CONSTRAINT METHODS === #

    @api.constrains("sale_order_id", "partner_id")
    def _check_sale_order(self):
        for payment in self.filtered("sale_order_id"):
            payment.sale_order_id._check_customers_of(payment)

    # === ONCHANGE METHODS === #

    @api.onchange("sale_order_id")
    def _onchange_sale_order_id(self):
        self._take_contract_of_order()

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        payments = super().create(vals_list)
        payments._take_contract_of_order()
        return payments

    def write(self, vals):
        result = super().write(vals)
        if vals.get("sale_order_id"):
            self._take_contract_of_order()
        return result

    # === BUSINESS METHODS === #

    def _take_contract_of_order(self):
        """What is paid on account of an order is paid on its contract, unless that is said."""
        for payment in self.filtered(lambda p: p.sale_order_id and not p.invoice_contract_id):
            # sudo: who pays an order says what came in of its contract, also of others'
            contract_sudo = payment.sudo().sale_order_id.invoice_contract_id
            if contract_sudo.state == "active":
                payment.invoice_contract_id = contract_sudo.sudo(False)


class PaymentTransaction(models.Model):
    """An order that is paid online before it is invoiced."""

    _inherit = "payment.transaction"

    def _create_payment(self, **extra_create_values):
        payment = super()._create_payment(**extra_create_values)
        if len(self.sale_order_ids) == 1 and not self.invoice_ids:
            payment.sale_order_id = self.sale_order_ids
        return payment
