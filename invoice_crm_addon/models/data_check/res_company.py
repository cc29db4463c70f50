from odoo import fields, models

FINANCE = "invoice_crm_addon.group_ticket_finance"


class ResCompany(models.Model):
    _inherit = "res.company"

    ticket_check_user_id = fields.Many2one(
        "res.users",
        string="Findings That Are Nobody's",
        domain="[('share', '=', False), ('company_ids', 'in', id)]",
        help="Owner of what a data check finds at records that nobody is in charge of. Without "
        "one it is somebody of finance.",
    )

    def _get_check_caretaker(self):
        """Who owns findings that are nobody's: whom the settings name, or somebody of finance.

        One whose main company it is comes first, and one who is not the administrator.

        :rtype: res.users
        """
        self.ensure_one()
        # sudo: res.company, res.groups - who it is; users cannot read who is in a group
        company_sudo = self.sudo()
        named_sudo = company_sudo.ticket_check_user_id
        if named_sudo.active and company_sudo in named_sudo.company_ids:
            return named_sudo
        people_sudo = self.env.ref(FINANCE).sudo().all_user_ids  # sudo: see above
        # sudo: see above
        managers_sudo = self.env.ref("invoice_crm_addon.group_ticket_manager").sudo().all_user_ids
        return people_sudo.filtered(
            lambda user: user.active and not user.share and company_sudo in user.company_ids
        ).sorted(lambda user: (user.company_id != company_sudo, user in managers_sudo, user.id))[:1]


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    ticket_check_user_id = fields.Many2one(
        related="company_id.ticket_check_user_id", readonly=False
    )
