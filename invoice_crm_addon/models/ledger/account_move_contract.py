from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..base.proof import is_proven, proven

# What may belong to a contract.
BILLING_TYPES = ("out_invoice", "out_refund")


class CarriedContract(int):
    """The contract of an invoice, on its way to what core copies of it.

    Whoever corrects an invoice need not be able to read its contract. Only code makes such a
    number: what comes by a remote call is a plain one, and is held to what the caller may read.
    """


class BilledContract(fields.Many2one):
    """The contract of an invoice: not stored, and yet the database filters and groups by it."""

    def to_sql(self, model, alias):
        return model._get_billed_contract_sql(alias)


class AccountMove(models.Model):
    """A customer invoice, and the contract that it bills.

    Where it bills sales orders, these say the contract. Where it bills none, it says that itself:
    the plan of the contract made it, or finance chose the contract.
    """

    _inherit = "account.move"

    invoice_contract_id = fields.Many2one(
        "invoice.contract",
        string="Contract Without Order",
        index="btree_not_null",
        copy=False,
        ondelete="restrict",
        check_company=True,
        domain="[('state', '=', 'active'), '|', ('partner_id', '=', commercial_partner_id), "
        "('billed_partner_ids', '=', commercial_partner_id)]",
        help="Contract that the invoice bills, unless its sales orders say one.",
    )
    billed_contract_id = BilledContract(
        "invoice.contract",
        string="Contract",
        compute="_compute_billed_contract_id",
        search="_search_billed_contract_id",
        compute_sudo=True,
        help="Contract that the invoice bills: of its sales orders, else its own. The first one of "
        "several.",
    )

    @api.depends("invoice_contract_id", "line_ids.sale_line_ids.order_id.invoice_contract_id")
    def _compute_billed_contract_id(self):
        for move in self:
            orders = move.line_ids.sale_line_ids.order_id
            of_orders = orders.invoice_contract_id.sorted("id")[:1]
            move.billed_contract_id = move.invoice_contract_id or of_orders

    @api.model
    def _search_billed_contract_id(self, operator, value):
        """Looked up in the database: whoever reads invoices may not be able to read orders."""
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        if operator == "in" and False in value:
            known = self._search_billed_contract_id("in", [v for v in value if v])
            return known | ~self._get_billing_domain(SQL("IS NOT NULL"))
        if operator == "in" and all(isinstance(v, int) for v in value):
            contracts = self.env["invoice.contract"].browse(value)
        elif operator in ("any", "any!"):
            contracts = self.env["invoice.contract"].search(value)
        else:
            contracts = self.env["invoice.contract"].search([("display_name", operator, value)])
        return self._get_billing_domain(SQL("IN %s", tuple(contracts.ids) or (None,)))

    @api.model
    def _get_billing_domain(self, condition):
        """:param SQL condition: that a contract is to meet"""
        self.flush_model(["invoice_contract_id"])
        self.env["sale.order"].flush_model(["invoice_contract_id"])
        self.env["account.move.line"].flush_model(["move_id", "sale_line_ids"])
        billing = SQL(
            """(
            SELECT move.id FROM account_move move WHERE move.invoice_contract_id %(condition)s
             UNION
            SELECT line.move_id
              FROM sale_order
              JOIN sale_order_line order_line ON order_line.order_id = sale_order.id
              JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = order_line.id
              JOIN account_move_line line ON line.id = rel.invoice_line_id
             WHERE sale_order.invoice_contract_id %(condition)s
            )""",
            condition=condition,
        )
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL("%s IN %s", SQL.identifier(alias, "id"), billing)
        )

    @api.model
    def _get_billed_contract_sql(self, alias):
        """``billed_contract_id`` as SQL."""
        order, line = self.env["sale.order"]._fields, self.env["account.move.line"]._fields
        return SQL(
            """COALESCE(%s, (
                SELECT MIN(%s)
                  FROM account_move_line line
                  JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = line.id
                  JOIN sale_order_line order_line ON order_line.id = rel.order_line_id
                  JOIN sale_order ON sale_order.id = %s
                 WHERE %s = %s))""",
            self._field_to_sql(alias, "invoice_contract_id"),
            SQL.identifier(
                "sale_order", "invoice_contract_id", to_flush=order["invoice_contract_id"]
            ),
            SQL.identifier(
                "order_line",
                "order_id",
                to_flush=self.env["sale.order.line"]._fields["order_id"],
            ),
            SQL.identifier("line", "move_id", to_flush=line["move_id"]),
            SQL.identifier(alias, "id"),
        )

    @api.constrains(
        "invoice_contract_id", "partner_id", "move_type", "line_ids", "invoice_line_ids"
    )
    def _check_invoice_contract(self):
        """The contract bills the customer, no order says another one, and no ticket does."""
        # sudo: contracts, orders and tickets that the user cannot read are held to it too
        for move in self.sudo().filtered("invoice_contract_id"):
            contract = move.invoice_contract_id
            if move.move_type not in BILLING_TYPES:
                raise ValidationError(
                    self.env._(
                        "Only customer invoices and their credit notes belong to a contract. Take "
                        "the contract off %s.",
                        move._get_readable_names(),
                    )
                )
            if move.state != "cancel":
                contract.with_env(self.env)._check_customers_of(move.with_env(self.env))
            orders = move.line_ids.sale_line_ids.order_id
            if others := orders.filtered(lambda order, c=contract: order.invoice_contract_id != c):
                raise ValidationError(
                    self.env._(
                        "%(invoice)s bills the orders %(orders)s, which say the contract. Leave it "
                        "empty on the invoice, or add these orders to the contract first.",
                        invoice=move._get_readable_names(),
                        orders=others._get_readable_names(),
                    )
                )
            move._get_taking_tickets()._check_one_contract()

    @api.constrains("invoice_contract_id")
    def _check_invoice_contract_open(self):
        if is_proven(self.env):
            # It corrects what was invoiced, or the plan saw to it.
            return
        # sudo: only the state, of a contract that the user may not be able to read
        for move in self.sudo().filtered(lambda m: m.move_type == "out_invoice"):
            contract = move.invoice_contract_id
            if contract and contract.state != "active":
                raise UserError(
                    self.env._(
                        "The contract %s is not active: nothing more is invoiced on it. Have it "
                        "reopened, or choose another one.",
                        contract._get_readable_names(),
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """What core copies of an invoice takes its contract over, whoever may read that."""
        named = [vals.get("invoice_contract_id") for vals in vals_list]
        carried = [isinstance(value, CarriedContract) for value in named]
        moves = super().create(
            [
                dict(vals, invoice_contract_id=False) if is_carried else vals
                for vals, is_carried in zip(vals_list, carried, strict=True)
            ]
        )
        for move, contract_id, is_carried in zip(moves, named, carried, strict=True):
            if is_carried:
                proven(move).invoice_contract_id = int(contract_id)
        # sudo: contracts that the user cannot read are claimed too
        moves.sudo().invoice_contract_id._claim_to_invoice()
        return moves

    def write(self, vals):
        if "invoice_contract_id" not in vals:
            return super().write(vals)
        # Before anything is read of it.
        self._refuse_unreadable(vals)
        # sudo: contracts, payments and tickets of others follow
        moves_sudo = self.sudo()
        contract_sudo = moves_sudo.invoice_contract_id.browse(vals["invoice_contract_id"] or [])
        contract_sudo = contract_sudo.exists()
        claimed = moves_sudo.invoice_contract_id | contract_sudo
        changed = moves_sudo.filtered(lambda move: move.invoice_contract_id != contract_sudo)
        excess = contract_sudo.amount_ticket_excess
        result = super().write(vals)
        if changed:
            claimed._claim_to_invoice()
            payments_sudo = changed.reconciled_payment_ids | changed.matched_payment_ids
            payments_sudo._forget_contract()
            payments_sudo._find_contract()
        if contract_sudo.amount_ticket_excess > excess:
            contract_sudo.with_env(self.env)._refuse_excess()
        return result

    def copy_data(self, default=None):
        """A correction – credit or debit note, invoice written anew – stays with the contract."""
        vals_list = super().copy_data(default)
        if self.env.context.get("include_business_fields"):
            # sudo: account.move - whether it is reversed, however
            for move_sudo, vals in zip(self.sudo(), vals_list, strict=True):
                contract_sudo = move_sudo.invoice_contract_id
                if contract_sudo and move_sudo._is_corrected_by(vals):
                    vals.setdefault("invoice_contract_id", CarriedContract(contract_sudo.id))
        return vals_list

    def _is_corrected_by(self, vals):
        """Whether an entry of such values corrects this one, or replaces it once it is reversed.

        :param dict vals: as core copies them
        """
        origins = (vals.get("reversed_entry_id"), vals.get("debit_origin_id"))
        return self.id in origins or bool(self.reversal_move_ids)

    def _get_fields_to_copy_recurring_entries(self, values):
        """What is invoiced again and again stays with the contract, as long as that is active."""
        values = super()._get_fields_to_copy_recurring_entries(values)
        # sudo: invoice.contract - its state
        if contract_sudo := self.sudo().invoice_contract_id:
            if contract_sudo.state == "active":
                values["invoice_contract_id"] = CarriedContract(contract_sudo.id)
            else:
                self._message_log(
                    body=self.env._(
                        "The contract is not active any more, so the next invoice is made without "
                        "it. Delete that, or choose another contract there."
                    )
                )
        return values
