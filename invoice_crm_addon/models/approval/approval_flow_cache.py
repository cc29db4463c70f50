from odoo import api, models
from odoo.tools import ormcache


class InvoiceApprovalFlow(models.Model):
    """Flows are read at every submission and change rarely: their rows are kept in memory.

    A change of a flow, of its stages or of its fast lanes empties this memory, see the mixin of
    the definitions.
    """

    _inherit = "invoice.approval.flow"

    @api.model
    def _get_active(self, res_model):
        """Active flows for documents of a model, in the order in which they apply.

        Their rows, and those of stages and fast lanes, are in the cache of the transaction.

        :param str res_model: name of an approvable model
        :return: flows in superuser mode
        """
        flow_ids, columns = self._read_active(res_model)
        # The people of a stage are named whether they are still there or not.
        env = self.with_context(active_test=False).sudo().env
        for model, fname, values in columns:
            records = env[model].browse(values)
            records._fields[fname]._insert_cache(records, values.values())
        return env[self._name].browse(flow_ids)

    @api.model
    @ormcache("res_model")
    def _read_active(self, res_model):
        """Ids of the flows, and their rows as columns.

        :return: ids, and for each field model, name and value by id
        :rtype: tuple[tuple, tuple]
        """
        flows = (
            self.sudo()
            .with_context(active_test=False)
            .search([("res_model", "=", res_model), ("active", "=", True)])
        )
        columns = (
            *flows._dump_columns("stage_ids", "fast_lane_ids"),
            *flows.stage_ids._dump_columns("user_ids"),
            *flows.fast_lane_ids._dump_columns(),
        )
        return flows._ids, columns


class InvoiceApprovalDefinitionMixin(models.AbstractModel):
    _inherit = "invoice.approval.definition.mixin"

    def _dump_columns(self, *relations):
        """Yield model, name and cached values by id of each column, and of some relations."""
        for fname, field in self._fields.items():
            if (field.store and field.column_type) or fname in relations:
                values = {
                    record.id: field.convert_to_cache(record[fname], record, validate=False)
                    for record in self
                }
                yield self._name, fname, values
