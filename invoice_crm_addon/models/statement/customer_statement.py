from odoo import api, fields, models

from ..base.public_methods import Text

READERS = "invoice_crm_addon.group_ticket_user,invoice_crm_addon.group_ticket_auditor"


class InvoiceCustomerDocumentsMixin(models.AbstractModel):
    """Statements of account of a customer, and up to when the customer confirmed them."""

    _inherit = "invoice.customer.documents.mixin"

    account_statement_count = fields.Integer(
        string="Statements", compute="_compute_account_statements", groups=READERS
    )
    statement_confirmed_until = fields.Date(
        string="Account Confirmed Up To",
        compute="_compute_account_statements",
        groups=READERS,
        help="End of the last period whose statement the customer agreed to, or that was settled.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_account_statements(self):
        Statement = self.env["invoice.account.statement"]
        counts = {}
        if self.ids:
            domain = [("partner_id", "in", self.ids), ("state", "!=", "cancelled")]
            counts = dict(Statement._read_group(domain, ["partner_id"], ["__count"]))
        until = Statement._get_confirmed_until(self._origin)
        for partner in self:
            partner.account_statement_count = counts.get(partner._origin, 0)
            partner.statement_confirmed_until = until.get(partner._origin, False)

    # === ACTION METHODS === #

    def action_send_statements(self):
        """Open the preview of statements of the customers: who gets what, and who nothing.

        :raise AccessError: if the caller reads at most
        """
        return self.env["invoice.account.statement.wizard"]._open(self.commercial_partner_id)

    def action_view_account_statements(self):
        """Open the statements of the customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_crm_addon.invoice_account_statement_action"
        )
        domain = [("partner_id", "=", self.commercial_partner_id.id)]
        return dict(action, domain=domain, context={})


class InvoiceCustomerAccount(models.Model):
    """The account of a customer says up to when it is confirmed."""

    _inherit = "invoice.customer.account"

    def action_send_statements(self):
        """Open the preview of statements of the selected customers.

        :raise AccessError: if the caller reads at most
        :raise UserError: if they are of several companies
        """
        company = self._get_one_company()
        wizards = self.env["invoice.account.statement.wizard"].with_company(company)
        return wizards._open(self.partner_id)

    @api.model
    @api.readonly
    def get_page(self, res_model: str, res_id: int, date_from: Text = None, date_to: Text = None):
        """The account, with ``confirmed`` and ``changed``: sentences, maybe empty."""
        page = super().get_page(res_model, res_id, date_from, date_to)
        customer = self.env[res_model].browse(res_id).commercial_partner_id
        page.update(self.env["invoice.account.statement"]._describe_confirmed(customer))
        return page
