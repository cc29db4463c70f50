from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import clean_context


class InvoiceApprovalHistoryMixin(models.AbstractModel):
    """Records of the approval history: written by the engine, deleted by nobody.

    Only superuser mode creates or changes them, whatever the caller's groups are, and what is
    final – a decision, a step that is done, a request that is decided – not even superuser mode
    changes. Nothing removes them but the removal of the module itself.
    """

    _name = "invoice.approval.history.mixin"
    _description = "Approval History"

    @api.model
    def default_get(self, fields):
        """Take no default from the context, which the caller of an action can set."""
        return super(
            InvoiceApprovalHistoryMixin, self.with_context(clean_context(self.env.context))
        ).default_get(fields)

    @api.model_create_multi
    def create(self, vals_list):
        self._check_engine()
        return super().create(vals_list)

    def write(self, vals):
        self._check_engine()
        if vals and any(record._is_final() for record in self):
            raise AccessError(
                self.env._("What is decided stays as it is: nobody can change it afterwards.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        raise AccessError(self.env._("Approvals are history: they cannot be deleted, by anybody."))

    def _is_final(self):
        """Whether the record is history already."""
        self.ensure_one()
        return False

    def _check_engine(self):
        """:raise AccessError: if a caller, not the approval engine, writes"""
        if not self.env.su:
            raise AccessError(
                self.env._(
                    "Approvals are recorded by submitting, approving, rejecting and withdrawing "
                    "only. They cannot be written by hand."
                )
            )
