from odoo import models

#: Milliseconds that wkhtmltopdf waits for scripts of a page that is loaded; core waits a second.
NO_SCRIPT_DELAY = "50"
DELAY_OPTION = "--javascript-delay"


class IrActionsReport(models.Model):
    """Prints of the add-on hold no script: nothing is to be waited for once they are loaded.

    Of thousands of statements, the wait was most of what each took.
    """

    _inherit = "ir.actions.report"

    def _run_wkhtmltopdf(self, bodies, report_ref=False, *args, **options):
        reports = self
        if report_ref and self._get_report(report_ref).report_name.startswith("invoice_crm_addon."):
            reports = self.with_context(has_no_script=True)
        return super(IrActionsReport, reports)._run_wkhtmltopdf(
            bodies, report_ref, *args, **options
        )

    def _build_wkhtmltopdf_args(self, *args, **options):
        words = super()._build_wkhtmltopdf_args(*args, **options)
        # sudo: ir.config_parameter - whoever set how long to wait is obeyed
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        is_set = parameters_sudo.get_param("report.print_delay")
        if self.env.context.get("has_no_script") and not is_set and DELAY_OPTION in words:
            words[words.index(DELAY_OPTION) + 1] = NO_SCRIPT_DELAY
        return words
