from odoo import api, fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    billing_plan_mode = fields.Selection(
        selection=[
            ("manual", "Only with a click"),
            ("draft", "As drafts, on their day"),
            ("submit", "Submitted for approval, on their day"),
            ("send", "Issued and sent, as far as nobody has to do something first"),
        ],
        string="Bills By Plan",
        default="manual",
        required=True,
    )
    billing_plan_since = fields.Date(
        string="Plans Bill Since",
        compute="_compute_billing_plan_since",
        store=True,
        readonly=False,
        help="What was planned before this day is billed with a click only.",
    )

    @api.depends("billing_plan_mode")
    def _compute_billing_plan_since(self):
        for company in self:
            if company.billing_plan_mode == "manual":
                company.billing_plan_since = False
            elif not company.billing_plan_since:
                company.billing_plan_since = company._get_today()

    def _get_today(self):
        """The day it is where the company works.

        :rtype: datetime.date
        """
        return fields.Date.context_today(self.with_context(tz=self._get_zone()))

    def _get_zone(self):
        """Timezone in which the company works.

        :rtype: str
        """
        self.ensure_one()
        # sudo: res.partner, resource.calendar - only the timezone
        company_sudo = self.sudo()
        return company_sudo.partner_id.tz or company_sudo.resource_calendar_id.tz or "UTC"


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    billing_plan_mode = fields.Selection(related="company_id.billing_plan_mode", readonly=False)
    billing_plan_since = fields.Date(related="company_id.billing_plan_since", readonly=False)
