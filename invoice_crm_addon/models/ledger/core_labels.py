from odoo import api, models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    @api.model
    def _get_chinese_labels(self):
        return {
            **super()._get_chinese_labels(),
            "name": self.env._("Number"),
            "state": self.env._("State"),
            "payment_type": self.env._("In or Out"),
            "amount_company_currency_signed": self.env._("Amount in Company Currency"),
            "memo": self.env._("Remark"),
        }

    @api.model
    def _get_chinese_choices(self):
        return {
            **super()._get_chinese_choices(),
            "payment_type": {
                "inbound": self.env._("Money Received"),
                "outbound": self.env._("Money Paid"),
            },
            "state": {"paid": self.env._("Completed")},
        }


class AccountMove(models.Model):
    _inherit = "account.move"

    @api.model
    def _get_chinese_labels(self):
        return {
            **super()._get_chinese_labels(),
            "name": self.env._("Number"),
            "partner_id": self.env._("Customer or Vendor"),
            "amount_tax": self.env._("Tax Amount"),
            "amount_untaxed_signed": self.env._("Untaxed Amount in Company Currency"),
            "amount_tax_signed": self.env._("Tax in Company Currency"),
            "amount_total_signed": self.env._("Total in Company Currency"),
            "amount_untaxed_in_currency_signed": self.env._("Untaxed Amount"),
            "amount_total_in_currency_signed": self.env._("Total"),
            "amount_residual": self.env._("Amount Due"),
            "journal_line_ids": self.env._("Journal Items"),
            "amount_residual_signed": self.env._("Amount Due in Company Currency"),
            "invoice_origin": self.env._("Source Document"),
            "medium_id": self.env._("Marketing Medium"),
        }

    @api.model
    def _get_chinese_choices(self):
        return {
            **super()._get_chinese_choices(),
            "payment_state": {"paid": self.env._("Paid in Full")},
        }


class SaleOrder(models.Model):
    _inherit = "sale.order"

    @api.model
    def _get_chinese_labels(self):
        return {
            **super()._get_chinese_labels(),
            "name": self.env._("Order Number"),
            "amount_untaxed": self.env._("Untaxed Amount"),
            "amount_tax": self.env._("Tax Amount"),
            "fiscal_position_id": self.env._("Tax Mapping"),
            "medium_id": self.env._("Marketing Medium"),
            "user_id": self.env._("Salesperson"),
        }
