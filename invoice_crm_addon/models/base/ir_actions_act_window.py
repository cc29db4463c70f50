from markupsafe import Markup

from odoo import models

MODULE = "invoice_crm_addon."
LINK = Markup(
    '<p><a href="/invoice_crm/manual?at=%s" target="_blank" class="o_manual_link">%s</a></p>'
)


class IrActionsAct_Window(models.Model):
    _inherit = "ir.actions.act_window"

    def _get_action_dict(self):
        """Below what an empty screen of ours says stands the way to its chapter of the manual.

        Only there: the form in which an administrator edits the text would save the link with it.
        """
        result = super()._get_action_dict()
        xml_id = result.get("xml_id") or ""
        if result.get("help") and xml_id.startswith(MODULE):
            at = ",".join(filter(None, [xml_id, result.get("res_model")]))
            link = LINK % (at, self.env._("Read in the manual"))
            result["help"] = f"{result['help']}{link}"
        return result
