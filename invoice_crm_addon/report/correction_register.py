from odoo import api, fields, models
from odoo.tools import SQL

from ..models.base.words import KeptText

COLUMNS = (
    "id",
    "company_id",
    "partner_id",
    "type_id",
    "state",
    "currency_id",
    "fapiao_number",
    "issue_date",
    "issue_user_id",
    "void_date",
    "void_user_id",
    "void_reason",
    "red_of_id",
    "red_reason",
    "red_confirmation_number",
    "red_reissue_id",
    "amount_untaxed",
    "amount_total",
    "amount_company",
)


class InvoiceCorrectionRegister(models.Model):
    """The register of what was voided and red-lettered: who, when, why, the original, the new one.

    A row is a ticket that was voided, or a red letter that was issued. Amounts are what it takes
    back, in the company's currency at the rate of the ticket; of a voided red letter, which gives
    back, they are negative. Rights are those of ``invoice.ticket.analysis``.
    """

    _name = "invoice.correction.register"
    _inherit = ["invoice.query.rows.mixin"]
    _description = "Register of Voids and Red Letters"
    _auto = False
    _rec_name = "number"
    _order = "date desc, id desc"
    _depends = {
        "invoice.ticket": [*COLUMNS[1:], "reissue_of_id"],
        "res.company": ["currency_id"],
        "res.partner": ["commercial_partner_id"],
    }

    date = fields.Date(help="Day on which it was voided, or the red letter issued.")
    kind = fields.Selection(
        selection=[
            ("void", "Voided"),
            ("red", "Red-Lettered"),
            ("part", "Partly Red-Lettered"),
        ],
        string="Correction",
    )
    ticket_id = fields.Many2one("invoice.ticket", string="Original Ticket")
    number = fields.Char(string="Original Number")
    original_date = fields.Date(string="Original Issued On")
    type_id = fields.Many2one("invoice.ticket.type")
    red_id = fields.Many2one("invoice.ticket", string="Red Letter")
    red_number = fields.Char()
    red_confirmation_number = fields.Char(string="Confirmation Number")
    red_reason = fields.Selection(
        selection=lambda self: (
            self.env["invoice.ticket"]._fields["red_reason"]._description_selection(self.env)
        ),
        string="Tax Bureau's Reason",
    )
    reason = KeptText()
    user_id = fields.Many2one("res.users", string="By")
    new_id = fields.Many2one("invoice.ticket", string="Reissued As")
    partner_id = fields.Many2one("res.partner", string="Customer")
    company_id = fields.Many2one("res.company")
    currency_id = fields.Many2one("res.currency")
    amount_untaxed = fields.Monetary(string="Amount Taken Back Untaxed")
    amount_tax = fields.Monetary(string="Tax Taken Back")
    amount_total = fields.Monetary(string="Amount Taken Back", help="Tax included.")

    @property
    def _table_query(self):
        Analysis = self.env["invoice.ticket.analysis"]
        corrected = [
            "|",
            ("state", "=", "voided"),
            "&",
            ("state", "=", "issued"),
            ("red_of_id", "!=", False),
        ]
        return SQL(
            """SELECT
                ticket.id,
                CASE ticket.state
                    WHEN 'voided' THEN
                        (ticket.void_date AT TIME ZONE 'UTC' AT TIME ZONE %(timezone)s)::date
                    ELSE ticket.issue_date
                END AS date,
                CASE
                    WHEN ticket.state = 'voided' THEN 'void'
                    WHEN -ticket.amount_total < %(original_total)s THEN 'part'
                    ELSE 'red'
                END AS kind,
                CASE ticket.state WHEN 'voided' THEN ticket.id ELSE ticket.red_of_id END
                    AS ticket_id,
                CASE ticket.state
                    WHEN 'voided' THEN ticket.fapiao_number ELSE %(original_number)s
                END AS number,
                CASE ticket.state
                    WHEN 'voided' THEN ticket.issue_date ELSE %(original_date)s
                END AS original_date,
                ticket.type_id,
                CASE ticket.state WHEN 'issued' THEN ticket.id END AS red_id,
                CASE ticket.state WHEN 'issued' THEN ticket.fapiao_number END AS red_number,
                ticket.red_confirmation_number,
                ticket.red_reason,
                ticket.void_reason AS reason,
                CASE ticket.state WHEN 'voided' THEN ticket.void_user_id ELSE ticket.issue_user_id
                END AS user_id,
                COALESCE(ticket.red_reissue_id, (
                    SELECT MAX(reissue.id) FROM invoice_ticket reissue
                    WHERE reissue.reissue_of_id = ticket.id AND reissue.state != 'voided'
                )) AS new_id,
                partner.commercial_partner_id AS partner_id,
                ticket.company_id,
                company.currency_id,
                sign.factor * %(untaxed)s AS amount_untaxed,
                sign.factor * (ticket.amount_company - %(untaxed)s) AS amount_tax,
                sign.factor * ticket.amount_company AS amount_total
            FROM (%(tickets)s) ticket
            CROSS JOIN LATERAL (
                SELECT CASE ticket.state WHEN 'voided' THEN 1 ELSE -1 END AS factor
            ) sign
            LEFT JOIN res_company company ON company.id = ticket.company_id
            LEFT JOIN res_partner partner ON partner.id = ticket.partner_id""",
            tickets=Analysis._get_tickets_sql(corrected, COLUMNS),
            timezone=self.env.tz.zone,
            untaxed=Analysis._get_company_amount_sql(SQL("ticket.amount_untaxed")),
            original_total=self._get_original_sql("amount_total"),
            original_number=self._get_original_sql("fapiao_number"),
            original_date=self._get_original_sql("issue_date"),
        )

    @api.model
    def _get_original_sql(self, fname):
        """What the original of a red letter says: looked up for the rows of a page alone.

        Joined, all tickets would be read for the few that have one.
        """
        return SQL(
            """(
                    SELECT original.%s FROM invoice_ticket original
                    WHERE original.id = ticket.red_of_id
                )""",
            SQL.identifier(fname),
        )

    def action_open_ticket(self):
        """Open the ticket that was voided, or the red letter."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "invoice.ticket",
            "res_id": (self.red_id or self.ticket_id).id,
            "views": [(False, "form")],
        }
