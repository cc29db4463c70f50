from odoo import fields, models


class InvoiceApprovalStage(models.Model):
    """Stages that ask the person in charge of the contract.

    A document says in ``_get_approval_contract_owner`` who that is, if it has a contract.
    """

    _inherit = "invoice.approval.stage"

    approver_type = fields.Selection(
        selection_add=[("contract", "Contract's owner"), ("customer",)],
        ondelete={"contract": "cascade"},
    )

    def _get_contract_candidates(self, document, requester):
        return document._get_approval_contract_owner()


class InvoiceApprovalMixin(models.AbstractModel):
    _inherit = "invoice.approval.mixin"

    def _get_approval_contract_owner(self):
        """User in charge of the document's contract.

        :rtype: res.users
        """
        self.ensure_one()
        return self.env["res.users"]
