from itertools import combinations

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

KINDS = [
    ("number", "Same Tax Number"),
    ("name", "Same Name"),
    ("account", "Same Bank Account"),
]


class InvoiceCustomerDuplicate(models.Model):
    """Customers that are probably the same, side by side.

    A row is a customer in a group of those that have one tax number, one name but for spelling
    and legal form, or one bank account. Contacts, own companies and colleagues are no customers
    here; archived customers are. A group goes by itself once its customers are merged, or once
    somebody says that they are no duplicates.

    Whoever may read the customer may read the row. Sales merge customers of their own, finance
    those that they may change.
    """

    _name = "invoice.customer.duplicate"
    _inherit = ["invoice.names.mixin"]
    _description = "Duplicate Customer"
    _auto = False
    _order = "kind, group_key, id"
    _rec_name = "group_key"
    _depends = {
        "res.company": ["partner_id"],
        "res.partner": [
            "active",
            "billing_near_key",
            "company_id",
            "country_id",
            "parent_id",
            "user_id",
            "vat",
        ],
        "res.partner.bank": ["active", "partner_id", "sanitized_acc_number"],
        "res.users": ["partner_id", "share"],
        "invoice.customer.distinct": ["partner_id", "other_id"],
    }

    kind = fields.Selection(selection=KINDS, string="Why", readonly=True)
    group_key = fields.Char(string="What Is the Same", readonly=True)
    group_size = fields.Integer(
        string="Customers",
        readonly=True,
        aggregator="max",
        help="How many have it, with those that you may not see.",
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    is_archived = fields.Boolean(string="Archived", readonly=True)
    invoice_title = fields.Char(related="partner_id.invoice_title")
    vat = fields.Char(related="partner_id.vat", string="Tax Number")
    ticket_count = fields.Integer(string="Tickets", compute="_compute_documents")
    contract_count = fields.Integer(string="Contracts", compute="_compute_documents")
    last_ticket_date = fields.Datetime(string="Last Ticket", compute="_compute_documents")

    @property
    def _table_query(self):
        return SQL(
            """
            WITH customer AS MATERIALIZED (
                SELECT partner.id, partner.vat, partner.country_id, partner.billing_near_key
                  FROM res_partner AS partner
                 WHERE partner.parent_id IS NULL
                   AND NOT EXISTS (SELECT FROM res_company WHERE partner_id = partner.id)
                   AND NOT EXISTS (
                       SELECT FROM res_users WHERE partner_id = partner.id AND NOT share
                   )
            ), member AS MATERIALIZED (%(members)s),
            suspect AS (
                SELECT * FROM member
                 WHERE EXISTS (
                       SELECT FROM member AS other
                        WHERE other.kind = member.kind
                          AND other.key = member.key
                          AND other.partner_id != member.partner_id
                          AND NOT EXISTS (
                              SELECT FROM invoice_customer_distinct AS pair
                               WHERE (pair.partner_id, pair.other_id) IN (
                                     (member.partner_id, other.partner_id),
                                     (other.partner_id, member.partner_id)
                               )
                          )
                 )
            )
            SELECT suspect.id, suspect.kind, suspect.partner_id, partner.user_id,
                   partner.company_id, NOT partner.active AS is_archived,
                   COUNT(*) OVER same AS group_size,
                   CASE WHEN suspect.kind = 'account'
                        THEN '**** ' || RIGHT(suspect.key, 4) || ' #' || MIN(suspect.id) OVER same
                        ELSE suspect.key
                    END AS group_key
              FROM suspect
              JOIN res_partner AS partner ON partner.id = suspect.partner_id
            WINDOW same AS (PARTITION BY suspect.kind, suspect.key)
            """,
            members=SQL(" UNION ALL ").join(
                [self._get_number_query(), self._get_name_query(), self._get_account_query()]
            ),
        )

    @api.model
    def _get_number_query(self):
        """Numbers as they were double before they were refused, in whatever spelling, and with
        letters for digits: no credit code has O or I.

        Two countries may give the same number: abroad it is one with its country.
        """
        return SQL(
            """
            SELECT customer.id * 3 AS id, 'number' AS kind,
                   number || COALESCE(' (' || country.code || ')', '') AS key,
                   customer.id AS partner_id
              FROM customer
              LEFT JOIN res_country AS country
                   ON country.id = customer.country_id AND country.code != 'CN',
                   LATERAL (
                       SELECT UPPER(
                           REGEXP_REPLACE(NORMALIZE(vat, NFKC), '[^A-Za-z0-9]', '', 'g')
                       ) AS typed
                   ) AS plain,
                   LATERAL (
                       SELECT CASE WHEN country.code IS NULL AND LENGTH(typed) = 18
                                   THEN TRANSLATE(typed, 'OI', '01')
                                   ELSE typed
                               END AS number
                   ) AS normal
             WHERE LENGTH(number) > 4
            """
        )

    @api.model
    def _get_name_query(self):
        return SQL(
            """
            SELECT id * 3 + 1 AS id, 'name' AS kind, billing_near_key AS key, id AS partner_id
              FROM customer
             WHERE billing_near_key IS NOT NULL
            """
        )

    @api.model
    def _get_account_query(self):
        return SQL(
            """
            SELECT MIN(account.id) * 3 + 2 AS id, 'account' AS kind,
                   account.sanitized_acc_number AS key, customer.id AS partner_id
              FROM res_partner_bank AS account
              JOIN res_partner AS holder ON holder.id = account.partner_id
              JOIN customer ON customer.id = holder.commercial_partner_id
             WHERE account.active AND account.sanitized_acc_number != ''
             GROUP BY account.sanitized_acc_number, customer.id
            """
        )

    def _compute_documents(self):
        """What the current user may see of the customers' documents."""
        contracts = self.partner_id._count_by_customer("invoice.contract")
        tickets = {
            partner: (count, last)
            for partner, count, last in self.env["invoice.ticket"]._read_group(
                [("partner_id", "in", self.partner_id.ids)],
                ["partner_id"],
                ["__count", "create_date:max"],
            )
        }
        for row in self:
            row.ticket_count, row.last_ticket_date = tickets.get(row.partner_id, (0, False))
            row.contract_count = contracts.get(row.partner_id, 0)

    # === ACTION METHODS === #

    def action_open_customer(self):
        """Open the customer."""
        self.ensure_one()
        return self.partner_id.get_formview_action()

    def action_open_merge(self):
        """Ask which of the customers stays: of those selected, or of the row's whole group."""
        partners = self._get_chosen()
        wizard = self.env["invoice.customer.merge.wizard"].create({"partner_ids": partners.ids})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Merge Customers"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_dismiss(self):
        """Keep that the customers are no duplicates: those selected, or the row's whole group.

        :raise AccessError: if the user reads the list only
        :raise UserError: if some of the customers are others' to decide on
        """
        self.env["invoice.customer.merge.wizard"].check_access("create")
        partners = self._get_chosen()
        if refusal := partners._get_merge_right_refusal():
            raise UserError(refusal)
        # sudo: invoice.customer.distinct - whoever may merge customers may say that they differ
        self.env["invoice.customer.distinct"].sudo().create(
            [
                {"partner_id": one.id, "other_id": other.id}
                for one, other in combinations(partners.sorted("id"), 2)
            ]
        )
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _get_chosen(self):
        """The customers to decide on, of one group.

        :raise UserError: if the rows are of several groups, or nobody else of it can be seen
        """
        rows = self.exists()
        rows.check_access("read")
        groups = set(rows.mapped(lambda row: (row.kind, row.group_key)))
        if len(rows.partner_id) == 1 and len(groups) == 1:
            [(kind, key)] = groups
            rows = self.search([("kind", "=", kind), ("group_key", "=", key)])
        elif len(groups) != 1:
            raise UserError(self.env._("Select customers of one group, which have the same."))
        partners = rows.partner_id
        if len(partners) < 2:
            raise UserError(
                self.env._(
                    "You may not see the other customers that have the same. Ask finance to merge "
                    "them."
                )
            )
        return partners
