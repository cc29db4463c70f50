from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..base.proof import is_proven, proven

# Of a condition or a list of fields, so much is kept.
MOST = 4000


class InvoiceExportLog(models.Model):
    """Who took which records out of the database, when, and as what.

    Role              Rights
    =====================================================================================
    manager, auditor  read, of their companies
    all others        none; each export writes its row whoever does it
    =====================================================================================

    Rows are neither changed nor deleted, by anybody.
    """

    _name = "invoice.export.log"
    _inherit = ["invoice.names.mixin"]
    _description = "Export"
    _order = "id desc"
    _rec_name = "res_model"

    date = fields.Datetime(required=True, readonly=True, index=True)
    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    res_model = fields.Char(string="Model", required=True, readonly=True, index=True)
    document = fields.Char(compute="_compute_document", string="Exported Documents")
    format = fields.Selection(
        selection=[
            ("xlsx", "Excel"),
            ("csv", "CSV"),
            ("pivot", "Pivot as Excel"),
            ("page", "Page as Excel"),
            ("share", "Shared Dashboard"),
            ("zip", "Audit Package"),
        ],
        required=True,
        readonly=True,
    )
    row_count = fields.Integer(string="Records", readonly=True)
    field_names = fields.Text(string="Columns", readonly=True, index="trigram")
    condition = fields.Text(
        readonly=True,
        index="trigram",
        help="The filter, or the records that were chosen. Account numbers are masked.",
    )

    @api.depends("res_model")
    @api.depends_context("lang")
    def _compute_document(self):
        # sudo: ir.model - the names of models
        Model_sudo = self.env["ir.model"].sudo()
        for entry in self:
            entry.document = Model_sudo._get(entry.res_model).name or entry.res_model

    # === GUARD === #

    @api.model_create_multi
    def create(self, vals_list):
        if not is_proven(self.env):
            raise AccessError(self.env._("Only an export writes its row in the log."))
        return super().create(vals_list)

    def write(self, vals):
        if self:
            raise AccessError(self.env._("The log of exports stays as it is, for everybody."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        raise AccessError(self.env._("The log of exports stays as it is, for everybody."))

    # === LOG === #

    @api.model
    def _log(self, res_model, format, fnames=(), domain="", count=1):
        """Keep that the current user exports something.

        :param str res_model: model of the records
        :param str format: see the field
        :param fnames: names or labels of the columns
        :param domain: condition, or ids; kept as text
        :param int count: number of records
        """
        mask = self.env["res.partner.bank"]._mask_in_text
        proven(self).create(
            {
                "date": fields.Datetime.now(),
                "user_id": self.env.uid,
                "company_id": self.env.company.id,
                "res_model": res_model,
                "format": format,
                "row_count": count,
                "field_names": ", ".join(fnames)[:MOST],
                "condition": mask(str(domain))[:MOST],
            }
        )

    @api.model
    def _log_list(self, params, format):
        """Keep an export by core's dialog.

        :param dict params: what the dialog sent: ``model``, ``fields``, ``ids``, ``domain`` …
        """
        Model = self.env[params["model"]].with_context(**params.get("context", {}))
        ids, domain = params["ids"], params["domain"]
        self._log(
            Model._name,
            format,
            [field["name"] for field in params["fields"]],
            f"id in {ids}" if ids else domain,
            len(ids) if ids else Model.search_count(domain),
        )
