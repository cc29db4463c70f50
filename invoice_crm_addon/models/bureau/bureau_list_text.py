from odoo import api, fields, models
from odoo.exceptions import UserError

from ..base.words import words


class InvoiceBureauList(models.Model):
    """What is wrong with a list, in sentences that say where, and how to mend it."""

    _inherit = "invoice.bureau.list"

    faults_html = fields.Html(
        string="What Is Wrong", compute="_compute_faults_html", sanitize=False
    )

    @api.depends("faults")
    @api.depends_context("lang")
    def _compute_faults_html(self):
        for record in self:
            # sudo: the field is for the program; what it says of the file, its readers may know
            faults = record.sudo().faults or []
            record.faults_html = bool(faults) and self.env["ir.qweb"]._render(
                "invoice_crm_addon.bureau_list_faults",
                {"rows": [(self._get_place(f), self._get_fault_text(f)) for f in faults]},
            )

    @api.model
    def _get_place(self, fault):
        if not fault["column"]:
            return self.env._("%(sheet)s, row %(row)s", sheet=fault["sheet"], row=fault["row"])
        return self.env._(
            "%(sheet)s, row %(row)s, column %(column)s",
            sheet=fault["sheet"],
            row=fault["row"],
            column=fault["column"],
        )

    @api.model
    def _get_fault_text(self, fault):
        """:param dict fault: of :class:`~..bureau_list.Fault`"""
        env, value = self.env, fault["value"]
        texts = {
            "destroyed": lambda: env._(
                "“%s”: a spreadsheet saved the number as a number and lost its digits. Nobody can "
                "tell what it was: export the list anew, and drop it without opening it.",
                value,
            ),
            "number": lambda: env._(
                "“%s” is no fapiao number: a digital fapiao has 20 digits, others have 8. Correct "
                "the cell, or export the list anew.",
                value,
            ),
            "code": lambda: env._(
                "“%s” is no fapiao code: it has 10 or 12 digits. Correct the cell.", value
            ),
            "no_number": lambda: env._("The row has no fapiao number. Export the list anew."),
            "empty": lambda: env._("The cell is empty. Export the list anew."),
            "date": lambda: env._("“%s” is no day such as 2026-07-29. Correct the cell.", value),
            "amount": lambda: env._("“%s” is no amount. Correct the cell.", value),
            "rate": lambda: env._("“%s” is no tax rate. Correct the cell.", value),
            "total": lambda: env._(
                "The total is not amount and tax together (%s). Export the list anew.", value
            ),
            "status": lambda: env._(
                "“%s” is no status that is known: 正常, 已作废, 已红冲-全额 or 已红冲-部分. "
                "Correct the cell.",
                value,
            ),
            "sign": lambda: env._("“%s” is neither 是 nor 否. Correct the cell.", value),
            "red": lambda: env._(
                "A red fapiao has a negative total and another one has not: here it is %s. Export "
                "the list anew.",
                value,
            ),
            "contradiction": lambda: env._(
                "The row says otherwise than row %s of the same fapiao. Export the list anew.",
                value,
            ),
            "lines": lambda: env._(
                "The lines of the second sheet add up to %s. The fapiao is taken as the first "
                "sheet says, without its lines.",
                value,
            ),
        }
        return texts.get(fault["code"], lambda: value)()

    @api.model
    def _get_sheet_error(self, error):
        """Why a file cannot be read at all.

        :param SheetError error:
        :rtype: UserError
        """
        make, values = words(self.env), error.values
        texts = {
            "too_large": lambda: make._(
                "The file is too large, or unpacks to more than %s MB. Export fewer months at a "
                "time.",
                values.get("size"),
            ),
            "too_many_rows": lambda: make._(
                "The list has more than %s rows. Export fewer months at a time.",
                values.get("rows"),
            ),
            "no_headings": lambda: make._(
                "The workbook is no list of the tax bureau: these columns are missing: %s. Export "
                "全量发票查询 anew.",
                values.get("headings"),
            ),
            "old_excel": lambda: make._(
                "The file is an old Excel file or has a password. Save it as xlsx without one."
            ),
        }
        damaged = make._("The workbook is damaged. Export it from the tax bureau again.")
        return UserError(texts.get(error.code, lambda: damaged)())
