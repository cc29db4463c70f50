from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...fapiao import missing_packages

ALIAS = "invoice_crm_addon.mail_alias_fapiao"
MEGA = 1024 * 1024
# For each setting the limit of the reading package that it sets, and the unit of the setting.
LIMIT_SETTINGS = {
    "fapiao_max_megabytes": ("file_bytes", MEGA),
    "fapiao_max_pages": ("pages", 1),
    "fapiao_max_megapixels": ("pixels", 1_000_000),
    "fapiao_max_seconds": ("seconds", 1),
    "fapiao_max_memory": ("memory", MEGA),
    "fapiao_max_files": ("files", 1),
}


class ResConfigSettings(models.TransientModel):
    """Where e-invoice files come in by e-mail, and how large they may be."""

    _inherit = "res.config.settings"

    fapiao_alias_name = fields.Char(string="Alias for E-Invoice Files")
    fapiao_alias_domain_id = fields.Many2one("mail.alias.domain", string="Domain of the Alias")
    fapiao_mail_issue = fields.Boolean(
        string="Issue by Confirmed E-Mails", config_parameter="invoice_crm_addon.fapiao_mail_issue"
    )
    fapiao_mail_authserv = fields.Char(
        string="Receiving Server",
        config_parameter="invoice_crm_addon.fapiao_mail_authserv",
        help="Name under which your mail server writes its Authentication-Results, the first word "
        "of this header. Those of other servers are ignored.",
    )
    fapiao_mail_domains = fields.Char(
        string="Domains of Senders",
        config_parameter="invoice_crm_addon.fapiao_mail_domains",
        help="Separated by commas, such as example.com, example.org.",
    )
    fapiao_missing_packages = fields.Char(compute="_compute_fapiao_missing_packages")
    fapiao_max_megabytes = fields.Integer(
        string="Largest File (MB)",
        config_parameter="invoice_crm_addon.fapiao_max_megabytes",
        default=50,
    )
    fapiao_max_files = fields.Integer(
        string="Files in an Archive",
        config_parameter="invoice_crm_addon.fapiao_max_files",
        default=1000,
    )
    fapiao_max_pages = fields.Integer(
        string="Pages of a PDF", config_parameter="invoice_crm_addon.fapiao_max_pages", default=50
    )
    fapiao_max_megapixels = fields.Integer(
        string="Largest Picture (Megapixels)",
        config_parameter="invoice_crm_addon.fapiao_max_megapixels",
        default=50,
    )
    fapiao_max_seconds = fields.Integer(
        string="Time for a PDF or Picture (Seconds)",
        config_parameter="invoice_crm_addon.fapiao_max_seconds",
        default=10,
    )
    fapiao_max_memory = fields.Integer(
        string="Memory for PDF and Pictures (MB)",
        config_parameter="invoice_crm_addon.fapiao_max_memory",
        default=512,
    )

    # === COMPUTE METHODS === #

    @api.depends("company_id")
    def _compute_fapiao_missing_packages(self):
        self.fapiao_missing_packages = " ".join(missing_packages())

    # === CONSTRAINT METHODS === #

    @api.constrains(*LIMIT_SETTINGS)
    def _check_fapiao_limits(self):
        for settings in self:
            for fname in LIMIT_SETTINGS:
                if settings[fname] < 1:
                    label = self._fields[fname]._description_string(self.env)
                    raise ValidationError(self.env._("“%s” must be at least 1.", label))

    # === CRUD METHODS === #

    @api.model
    def get_values(self):
        values = super().get_values()
        if not self.has_access("read"):
            return values
        alias_sudo = self.env.ref(ALIAS, raise_if_not_found=False)
        if alias_sudo:
            # sudo: mail.alias - the one of the add-on, for who may read the settings
            alias_sudo = alias_sudo.sudo()
            values["fapiao_alias_name"] = alias_sudo.alias_name
            values["fapiao_alias_domain_id"] = alias_sudo.alias_domain_id.id
        return values

    def set_values(self):
        # Callable from remote, on no record too: what it writes is written in superuser mode.
        self.check_access("write")
        self.ensure_one()
        result = super().set_values()
        alias_sudo = self.env.ref(ALIAS, raise_if_not_found=False)
        if alias_sudo:
            # sudo: mail.alias - the one of the add-on, for who may write the settings
            alias_sudo.sudo().write(
                {
                    "alias_name": self.fapiao_alias_name,
                    "alias_domain_id": self.fapiao_alias_domain_id.id,
                }
            )
        return result
