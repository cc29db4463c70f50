from odoo import fields, models


class ResUsersSettings(models.Model):
    _inherit = "res.users.settings"

    only_filled_models = fields.Json(
        export_string_translation=False,
        help="Names of the models of whose records the user sees only what is filled in.",
    )
