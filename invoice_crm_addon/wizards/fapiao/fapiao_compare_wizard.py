from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ...fapiao import FapiaoError


class InvoiceFapiaoCompareWizard(models.TransientModel):
    """Shows, field by field, where an e-invoice file differs from its ticket.

    Finance accepts the document, and the ticket takes over what it says, or refuses it, and
    the ticket goes on waiting for another file.
    """

    _name = "invoice.fapiao.compare.wizard"
    _inherit = ["invoice.readable.mixin"]
    _description = "Compare a Ticket with an E-Invoice"

    ticket_id = fields.Many2one("invoice.ticket", required=True)
    file_id = fields.Many2one("invoice.fapiao.file", compute="_compute_document", store=True)
    file_name = fields.Char(related="file_id.name", string="File Name")
    contradictions = fields.Char(compute="_compute_document", store=True)
    number = fields.Char(compute="_compute_document", store=True)
    difference_ids = fields.One2many(
        "invoice.fapiao.compare.line", "wizard_id", compute="_compute_document", store=True
    )

    @api.depends("ticket_id")
    def _compute_document(self):
        for wizard in self:
            # Computed in superuser mode: who may not read the ticket gets no comparison.
            wizard.ticket_id.sudo(False).check_access("read")
            wizard.file_id = wizard._get_waiting_file()
            document = wizard._read_document()
            wizard.number = " ".join(filter(None, document.identity))
            wizard.contradictions = wizard.file_id._get_problems_of(document)
            wizard.difference_ids = [Command.clear()] + [
                Command.create(values) for values in wizard._get_differences(document)
            ]

    def action_accept(self):
        """Take over what the document says, and issue the ticket."""
        self.ensure_one()
        self.env["invoice.fapiao.translator"]._check_finance()
        self.ticket_id.check_access("write")
        self._check_unchanged()
        self.ticket_id._message_log(body=self._get_summary(self.env._("Differences accepted")))
        self.file_id._accept(self.ticket_id)
        return {"type": "ir.actions.act_window_close"}

    def action_refuse(self):
        """Keep the ticket as it is; the file stays attached, but is not its e-invoice."""
        self.ensure_one()
        self.env["invoice.fapiao.translator"]._check_finance()
        self.ticket_id.check_access("write")
        self._check_unchanged()
        self.ticket_id._message_log(body=self._get_summary(self.env._("E-invoice refused")))
        self.file_id._release(self.ticket_id)
        return {"type": "ir.actions.act_window_close"}

    def _check_unchanged(self):
        """:raise UserError: if what was compared is not what would be accepted"""
        self.ticket_id._collide_with_concurrent_writers()
        shown = [
            (d.name, d.ticket_value or "", d.document_value or "") for d in self.difference_ids
        ]
        found = self._get_differences(self._read_document())
        if self._get_waiting_file() != self.file_id or shown != [
            (values["name"], values["ticket_value"], values["document_value"]) for values in found
        ]:
            raise UserError(
                self.env._("The ticket or its file changed meanwhile. Compare them again.")
            )

    def _get_waiting_file(self):
        """:raise UserError: if no file waits"""
        attachment = self.ticket_id.fapiao_attachment_id
        if not attachment:
            raise UserError(self.env._("No e-invoice file waits to be compared."))
        return self.env["invoice.fapiao.file"]._get_of_attachment(attachment, self.ticket_id)

    def _read_document(self):
        """The document behind the ticket's file.

        :raise UserError: if there is no file, or it cannot be read
        """
        try:
            return self.file_id._get_document() or self.file_id._load_document()
        except FapiaoError as error:
            translator = self.env["invoice.fapiao.translator"]
            raise UserError(translator._get_error_text(error)) from error

    def _get_differences(self, document):
        translator = self.env["invoice.fapiao.translator"].with_company(self.ticket_id.company_id)
        return translator._get_differences(self.ticket_id, document)

    def _get_summary(self, title):
        lines = [
            f"{line.name}: {line.ticket_value} → {line.document_value}"
            for line in self.difference_ids
        ]
        return "\n".join([f"{title} ({self.file_name})", *lines, self.contradictions or ""]).strip()


class InvoiceFapiaoCompareLine(models.TransientModel):
    """One field in which the document differs."""

    _name = "invoice.fapiao.compare.line"
    _inherit = ["invoice.readable.mixin"]
    _description = "Difference of an E-Invoice"

    wizard_id = fields.Many2one(
        "invoice.fapiao.compare.wizard", required=True, index=True, ondelete="cascade"
    )
    name = fields.Char(string="Field")
    ticket_value = fields.Char(string="Ticket")
    document_value = fields.Char(string="E-Invoice")
