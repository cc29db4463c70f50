import base64
import io
from urllib.parse import quote

import qrcode

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...fapiao import FapiaoError, Party, build_billing_qr
from .billing_paste_wizard import PARTS


def _draw_code(text):
    """Picture of a QR code with the error correction that the tax bureau prescribes, as PNG.

    Not by core's report: that needs a renderer which many installations lack.

    :rtype: bytes
    """
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, box_size=6)
    code.add_data(text)
    content = io.BytesIO()
    code.make_image().save(content, "PNG")
    return content.getvalue()


class InvoiceCompanyBillingWizard(models.TransientModel):
    """Billing data of an own company for its suppliers: a text to send, a QR code to show.

    Every internal user may have them: the company prints them on each of its invoices.
    """

    _name = "invoice.company.billing.wizard"
    _inherit = ["invoice.readable.mixin"]
    _description = "Our Billing Data"

    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        domain="[('id', 'in', allowed_company_ids)]",
    )
    text = fields.Text(compute="_compute_card")
    problem = fields.Char(string="Missing", compute="_compute_card")
    qr = fields.Binary(string="QR Code", compute="_compute_card")

    @api.depends("company_id")
    @api.depends_context("allowed_company_ids", "lang")
    def _compute_card(self):
        for wizard in self:
            party = wizard._get_party()
            wizard.text = wizard._get_text(party)
            wizard.problem = wizard.qr = False
            try:
                code = build_billing_qr(party)
            except FapiaoError as error:
                translator = self.env["invoice.fapiao.translator"]
                wizard.problem = str(translator._get_error_text(error))
                continue
            if not party.tax_id:
                wizard.problem = self.env._("The company has no tax number yet.")
            elif party.name:
                wizard.qr = base64.b64encode(_draw_code(code))

    def action_download_qr(self):
        """Download the QR code as a picture.

        :raise UserError: if the company lacks what the code is made of
        """
        self.ensure_one()
        self.check_access("read")
        if not self.qr:
            raise UserError(self.problem or self.env._("The company has no billing title yet."))
        name = quote(f"{self.company_id.name}.png")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/qr?download=true&filename={name}",
            "target": "download",
        }

    def _get_party(self):
        """Billing data of the company, its whole account number among them.

        :raise UserError: if the user does not work for the company
        """
        if self.company_id not in self.env.companies:
            raise UserError(self.env._("Choose one of the companies that you work for."))
        # sudo: res.partner - own companies' billing data are for every colleague
        partner_sudo = self.company_id.sudo().partner_id
        values = partner_sudo._get_billing_values()
        values["invoice_title"] = values["invoice_title"] or self.company_id.name
        values["invoice_address"] = values["invoice_address"] or partner_sudo._get_courier_address()
        values["invoice_phone"] = values["invoice_phone"] or partner_sudo.phone
        if not partner_sudo.invoice_bank_account_id and (account := partner_sudo.bank_ids[:1]):
            values["invoice_bank_acc_number"] = account.acc_number
            values["invoice_bank_name"] = account.bank_id.name
        return Party(**{part: values[fname] or "" for fname, part in PARTS.items()})

    def _get_text(self, party):
        partners = self.env["res.partner"]
        labels = {fname: partners._fields[fname]._description_string(self.env) for fname in PARTS}
        return "\n".join(
            f"{labels[fname]}: {getattr(party, part)}"
            for fname, part in PARTS.items()
            if getattr(party, part)
        )
