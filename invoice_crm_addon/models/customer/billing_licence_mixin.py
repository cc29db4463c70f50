import base64
import binascii

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.mimetypes import guess_mimetype

from ...fapiao import LEGIBILITY, check_legibility, is_pdf, is_picture
from ..base.proof import proven

_MOST_MEGABYTES = 20


class InvoiceBillingLicenceMixin(models.AbstractModel):
    """Business licence (营业执照) of a customer, beside which its billing data are verified.

    What cannot be read of it is a warning to whoever submits and whoever decides. One that was
    verified stays in the history when another one takes its place.
    """

    _name = "invoice.billing.licence.mixin"
    _description = "Customer With a Business Licence"

    business_licence = fields.Binary(
        attachment=True,
        copy=False,
        help="Picture or PDF file of the business licence, for whoever verifies the billing data.",
    )
    business_licence_name = fields.Char(string="Licence File", copy=False)
    business_licence_kind = fields.Selection(
        selection=[("picture", "Picture"), ("pdf", "PDF")], copy=False
    )
    business_licence_check = fields.Json(
        copy=False, export_string_translation=False, groups="base.group_user"
    )
    business_licence_warning = fields.Text(
        compute="_compute_business_licence_warning", compute_sudo=True
    )

    @api.depends("business_licence_check", "vat")
    @api.depends_context("lang")
    def _compute_business_licence_warning(self):
        for partner in self:
            partner.business_licence_warning = "\n".join(partner._get_licence_warnings())

    # === CRUD METHODS === #

    @api.model
    def _get_licence_fields(self):
        """Names of the fields that follow from the file."""
        return {"business_licence_kind", "business_licence_check"}

    @api.model
    def _decode_licence(self, value):
        """The file that a caller gives.

        :param value: Base64, as text or bytes, or nothing
        :rtype: bytes
        :raise ValidationError: if it is neither a picture nor a PDF file, or far too large
        """
        try:
            content = base64.b64decode(value or b"")
        except (binascii.Error, ValueError, TypeError):
            content = b"?"
        if len(content) > _MOST_MEGABYTES * 1024 * 1024:
            raise ValidationError(
                self.env._(
                    "The business licence has more than %s MB. Save it smaller, and add it again.",
                    _MOST_MEGABYTES,
                )
            )
        if content and not is_pdf(content) and not is_picture(content):
            raise ValidationError(
                self.env._(
                    "The business licence must be a picture (JPEG, PNG, WebP, TIFF) or a PDF file; "
                    "this is a file of the kind %s. Save it as one of them, and add it again.",
                    guess_mimetype(content),
                )
            )
        return content

    def _prepare_licence_values(self, value):
        """What follows from a file.

        :param value: see ``_decode_licence``
        :rtype: dict
        """
        if not (content := self._decode_licence(value)):
            return dict.fromkeys([*self._get_licence_fields(), "business_licence_name"], False)
        return {
            "business_licence_kind": "pdf" if is_pdf(content) else "picture",
            "business_licence_check": check_legibility(content),
        }

    def _is_licence_new(self, value):
        """Whether what is written is not the file that is there, as a merge writes it again."""
        value = value.encode() if isinstance(value, str) else value or b""
        # sudo: compared only
        partners_sudo = self.sudo().with_context(bin_size=False)
        return any((p.business_licence or b"") != value for p in partners_sudo)

    def _keep_verified_licence(self):
        """Leave the licence with which somebody verified the billing data in the history."""
        # sudo: the program tells what happened, whether the user may post there or not
        for partner_sudo in self.sudo().with_context(bin_size=False):
            if partner_sudo.billing_state != "verified" or not partner_sudo.business_licence:
                continue
            name = partner_sudo.business_licence_name or self.env._("Business Licence")
            partner_sudo.message_post(
                body=self.env._(
                    "%s replaced the business licence with which the billing data were verified. "
                    "It is kept here.",
                    self.env.user.name,
                ),
                attachments=[(name, base64.b64decode(partner_sudo.business_licence))],
                author_id=self.env.ref("base.partner_root").id,
                subtype_xmlid="mail.mt_note",
            )

    def _follow_licence(self, value):
        """:param value: what was written as the licence"""
        proven(self).write(self._prepare_licence_values(value))

    # === BUSINESS METHODS === #

    def _get_licence_warnings(self):
        """What keeps people from reading the licence, or does not fit the billing data.

        :rtype: list[str]
        """
        self.ensure_one()
        check = self.business_licence_check or {}
        translate = self.env["invoice.fapiao.translator"]._translate
        warnings = [
            self.env._("Business licence: %s", translate(LEGIBILITY[code], {}))
            for code in check.get("problems", ())
            if code in LEGIBILITY
        ]
        numbers = check.get("tax_ids")
        if numbers and self.vat and self.vat not in numbers:
            warnings.append(
                self.env._(
                    "The QR code of the business licence names the tax number %(found)s, the "
                    "billing data %(entered)s. Compare them.",
                    found=", ".join(numbers),
                    entered=self.vat,
                )
            )
        return warnings
