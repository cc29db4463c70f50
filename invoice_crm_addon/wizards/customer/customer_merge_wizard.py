from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

# Core merges three at a time.
AT_ONCE = 2


class InvoiceCustomerMergeWizard(models.TransientModel):
    """Confirm a merge of customers: who stays, and what comes along. It cannot be undone."""

    _name = "invoice.customer.merge.wizard"
    _inherit = ["invoice.readable.mixin"]
    _description = "Merge Customers"

    partner_ids = fields.Many2many(
        "res.partner", string="Customers", context={"active_test": False}, required=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer Who Stays",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        context={"active_test": False},
        domain="[('id', 'in', partner_ids)]",
    )
    refusal = fields.Text(compute="_compute_refusal")
    becomes_shared = fields.Boolean(compute="_compute_refusal", export_string_translation=False)
    summary = fields.Text(string="What Comes Along", compute="_compute_summary")

    @api.depends("partner_ids")
    def _compute_partner_id(self):
        """Propose whoever owns the tax number and has most documents, or else the oldest."""
        for wizard in self:
            partners = wizard.partner_ids._origin
            wizard.partner_id = partners.sorted(
                lambda p: (not p.active, not p.tax_number_key, -p.ticket_count, p.id)
            )[:1]

    @api.depends("partner_ids", "partner_id")
    def _compute_refusal(self):
        for wizard in self:
            partners, target = wizard.partner_ids._origin, wizard.partner_id._origin
            wizard.refusal = partners._get_merge_refusal(target)
            wizard.becomes_shared = bool(partners.company_id and not partners._get_merged_company())

    @api.depends("refusal")
    def _compute_summary(self):
        for wizard in self:
            sources = wizard.partner_ids._origin - wizard.partner_id._origin
            counts = [] if wizard.refusal else wizard._count_what_moves(sources)
            wizard.summary = "\n".join(f"{label}: {count}" for label, count in counts if count)

    @api.model
    def _count_what_moves(self, sources):
        counts = [
            (self.env._("Tickets"), "invoice.ticket", "partner_id"),
            (self.env._("Contracts"), "invoice.contract", "partner_id"),
            (self.env._("Shipments"), "invoice.shipment", "partner_id"),
            (self.env._("Approvals"), "invoice.approval.request", "partner_id"),
            (self.env._("Sales Orders"), "sale.order", "partner_id"),
            (self.env._("Journal Entries"), "account.move", "partner_id"),
            (self.env._("Payments"), "account.payment", "partner_id"),
            (self.env._("Bank Accounts"), "res.partner.bank", "partner_id"),
            (self.env._("Contacts"), "res.partner", "parent_id"),
        ]
        for label, model, fname in counts:
            # sudo: what others hold of the customers moves too; only its number is shown
            model_sudo = self.env[model].sudo().with_context(active_test=False)
            yield label, model_sudo.search_count([(fname, "in", sources.ids)])

    def action_merge(self):
        """Merge the customers into the one who stays.

        :raise UserError: if they cannot be merged, or not by the user, with why
        """
        self.ensure_one()
        partners, target = self.partner_ids.exists(), self.partner_id
        if len(partners) < 2 or target not in partners:
            raise UserError(self.env._("Choose two customers at least, and which of them stays."))
        sources = partners - target
        Merge = self.env["base.partner.merge.automatic.wizard"]
        self.partner_ids = [Command.clear()]
        for start in range(0, len(sources), AT_ONCE):
            batch = sources[start : start + AT_ONCE]
            Merge._merge((target + batch).ids, target, extra_checks=False)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Merged into %s.", target.display_name),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
