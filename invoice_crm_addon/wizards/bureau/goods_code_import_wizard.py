import base64
import binascii

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...models.bureau.bureau_faults import get_goods_fault, get_goods_row_fault
from ...models.ticket.ticket import FINANCE
from ...sheets import SheetError
from ...sheets.goods_codes import read_goods_codes

# Rows whose fault is shown; the others are counted.
SHOWN_FAULTS = 20


class InvoiceGoodsCodeImportWizard(models.TransientModel):
    """A list of the tax bureau is looked at, then taken over; the same one twice does nothing.

    Codes that the list does not name stay, and so does what a column says that it lacks.
    """

    _name = "invoice.goods.code.import.wizard"
    _inherit = ["invoice.readable.mixin"]
    _description = "Import Tax Classification Codes"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, readonly=True
    )
    content = fields.Binary(string="File", attachment=False)
    filename = fields.Char()
    new_count = fields.Integer(string="New", compute="_compute_counts")
    changed_count = fields.Integer(string="Changed", compute="_compute_counts")
    same_count = fields.Integer(string="Unchanged", compute="_compute_counts")
    fault_count = fields.Integer(string="Left Out", compute="_compute_counts")
    faults = fields.Text(compute="_compute_counts")
    problem = fields.Text(compute="_compute_counts")

    # === COMPUTE METHODS === #

    @api.depends("content", "company_id")
    @api.depends_context("lang")
    def _compute_counts(self):
        for wizard in self:
            wizard.update(
                {
                    "new_count": 0,
                    "changed_count": 0,
                    "same_count": 0,
                    "fault_count": 0,
                    "faults": False,
                    "problem": False,
                }
            )
            if not wizard.content:
                continue
            try:
                found = wizard._read()
            except UserError as error:
                wizard.problem = str(error)
                continue
            new, changed, same = wizard._compare(found)
            shown = [get_goods_row_fault(self.env, f) for f in found.faults[:SHOWN_FAULTS]]
            more = len(found.faults) - len(shown)
            wizard.update(
                {
                    "new_count": len(new),
                    "changed_count": len(changed),
                    "same_count": same,
                    "fault_count": len(found.faults),
                    "faults": "\n".join(shown + ["…"] * bool(more > 0)) or False,
                }
            )

    # === ACTION METHODS === #

    def action_confirm(self):
        """Take the list over.

        :raise AccessError: if the user keeps no codes
        :raise UserError: if the file is no such list
        """
        self.ensure_one()
        if not self.env.user.has_group(FINANCE):
            raise AccessError(self.env._("Finance keeps the list of tax classification codes."))
        if not self.content:
            raise UserError(self.env._("Choose the file first."))
        new, changed, _same = self._compare(self._read())
        for goods, values in changed.items():
            goods.write(values)
        self.env["invoice.goods.code"].create(new)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_crm_addon.invoice_goods_code_action"
        )
        return dict(action, target="main")

    # === BUSINESS METHODS === #

    def _read(self):
        """:raise UserError: if it is no list of codes"""
        try:
            return read_goods_codes(base64.b64decode(self.content))
        except SheetError as error:
            raise UserError(get_goods_fault(self.env, error)) from None
        except (binascii.Error, ValueError):
            raise UserError(self.env._("The file did not arrive whole. Choose it again.")) from None

    def _compare(self, found):
        Goods = self.env["invoice.goods.code"].with_company(self.company_id)
        return Goods._compare(found.codes.values(), self.company_id)
