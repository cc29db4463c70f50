from contextlib import contextmanager

from odoo import api, models

from ..base.proof import proven
from ..base.tools import forget_rows


class InvoiceApprovalDefinitionMixin(models.AbstractModel):
    """Part of the definition of an approval flow: a change makes a new version of the flow."""

    _name = "invoice.approval.definition.mixin"
    _inherit = ["invoice.readable.mixin", "invoice.nameable.mixin"]
    _description = "Part of an Approval Flow"

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        forget_rows(self.env)
        parts._get_flow()._update_version()
        return parts

    def write(self, vals):
        flows = self._get_flow()
        with flows._version_once():
            result = super().write(vals)
            forget_rows(self.env)
        # The rules looked at the company before; this looks at the one it became.
        self.check_access("write")
        (self._get_flow() - flows)._update_version()
        return result

    def unlink(self):
        with self._get_flow()._version_once():
            result = super().unlink()
            forget_rows(self.env)
        return result

    def _get_flow(self):
        """Flows that the records are, or belong to."""
        return self.flow_id if "flow_id" in self._fields else self

    @api.model
    def _refer(self, records):
        """Records as a definition keeps them: by id, with the name that they have now.

        :return: ``model``, ``id`` and ``name`` of each
        :rtype: list[dict]
        """
        # sudo: names as the definition keeps them, for everybody who reads it
        return [
            {"model": r._name, "id": r._origin.id, "name": self._get_record_name(r)}
            for r in records.with_env(self.env(su=True, context={})).sorted("id")
        ]

    @api.model
    def _get_record_name(self, record):
        """Name of a record in the language of its environment."""
        if record._name == "res.groups":
            return " / ".join(filter(None, [record.privilege_id.name, record.name]))
        # The display name would stay in the language in which it was read first.
        return record.name or ""

    # === VERSIONS OF FLOWS === #

    @contextmanager
    def _version_once(self):
        """Make one version of all that changes inside the ``with`` block, stages included."""
        # Not in the context, which a caller can set.
        busy = self.env.cr.cache.setdefault("invoice_approval_versions", set())
        mine = set(self.ids) - busy
        busy |= mine
        try:
            yield
        finally:
            busy -= mine
        self.browse(mine).exists()._update_version()

    def _update_version(self):
        """Number what changed: a version on which requests ran is kept, and a new one made."""
        # Whoever edits, in whatever language; people who left are still named.
        Version_sudo = proven(self.env["invoice.approval.flow.version"])
        for flow_sudo in proven(self).with_context(active_test=False):
            Version_sudo._keep(flow_sudo, flow_sudo._get_definition())
