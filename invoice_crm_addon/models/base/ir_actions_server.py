from odoo import models

from .proof import unproven


class IrActionsServer(models.Model):
    _inherit = "ir.actions.server"

    def run(self):
        # An automation rule runs where a document is written: what it writes is not our own.
        return super(IrActionsServer, unproven(self)).run()
