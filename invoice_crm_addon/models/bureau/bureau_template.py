import base64
import binascii

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...sheets import SheetError
from ...sheets.bureau_template import read_template
from .bureau_faults import get_template_fault


class InvoiceBureauTemplate(models.Model):
    """The tax bureau's workbook for bulk issue, as a company downloaded it.

    The latest one counts. A new version takes the place of the last by being uploaded; which one
    a batch was filled into stays known. What a workbook is, its own bytes say: nobody changes it.
    """

    _name = "invoice.bureau.template"
    _inherit = ["invoice.readable.mixin"]
    _description = "Tax Bureau Template"
    _order = "id desc"
    _rec_name = "filename"

    filename = fields.Char(string="File Name", required=True, default="–")
    content = fields.Binary(string="File", required=True, attachment=True)
    version = fields.Char(readonly=True, help="As the workbook says itself (excelVersion).")
    unknown_headings = fields.Char(
        readonly=True,
        help="Columns that the workbook says must be filled, and that are not filled yet: the tax "
        "bureau may refuse it.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    active = fields.Boolean(default=True)
    is_current = fields.Boolean(string="In Use", compute="_compute_is_current")

    # === COMPUTE METHODS === #

    @api.depends("active", "company_id")
    def _compute_is_current(self):
        current = {company: self._get_current(company) for company in self.company_id}
        for template in self:
            template.is_current = template == current.get(template.company_id)

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        described = []
        for vals in vals_list:
            content = vals.get("content", self.env.context.get("default_content"))
            described.append({**vals, **self._describe(content)} if content else vals)
        return super().create(described)

    def write(self, vals):
        if vals.keys() & {"content", "version", "unknown_headings", "company_id"}:
            raise AccessError(
                self.env._("A template stays what it is. Upload the new one beside it.")
            )
        return super().write(vals)

    # === ACTION METHODS === #

    def action_download(self):
        """Download the workbook as it came."""
        self.ensure_one()
        self.check_access("read")
        query = "download=true&filename_field=filename"
        url = f"/web/content/{self._name}/{self.id}/content?{query}"
        return {"type": "ir.actions.act_url", "url": url}

    # === BUSINESS METHODS === #

    @api.model
    def _describe(self, content):
        """What a workbook says of itself.

        :param content: base64
        :raise UserError: if it is not that workbook
        """
        try:
            template = read_template(base64.b64decode(content))
        except SheetError as error:
            raise UserError(get_template_fault(self.env, error)) from None
        except (binascii.Error, ValueError, TypeError):
            raise UserError(self.env._("The file did not arrive whole. Choose it again.")) from None
        unknown = ", ".join(template.unknown)
        return {"version": template.version[:60], "unknown_headings": unknown[:500] or False}

    @api.model
    def _get_current(self, company):
        """The template that counts for a company, maybe none."""
        return self.search([("company_id", "=", company.id)], limit=1)
