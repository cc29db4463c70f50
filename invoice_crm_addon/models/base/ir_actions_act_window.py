from markupsafe import Markup

from odoo import models

MODULE = "invoice_crm_addon."
LINK = Markup(
    '<p><a href="/invoice_crm/manual?at=%s" target="_blank" class="o_manual_link">%s</a></p>'
)


class IrActionsAct_Window(models.Model):
    _inherit = "ir.actions.act_window"

    def read(self, fields=None, load="_classic_read"):
        """Below what an empty screen of ours says stands the way to its chapter of the manual."""
        result = super().read(fields, load=load)
        for values in result:
            xml_id = values.get("xml_id") or ""
            if values.get("help") and xml_id.startswith(MODULE):
                at = ",".join(filter(None, [xml_id, values.get("res_model")]))
                link = LINK % (at, self.env._("Read in the manual"))
                values["help"] = f"{values['help']}{link}"
        return result
