from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from .bureau_batch import BETWEEN_WORDS
from .bureau_month_row import _NAME, _TAX_ID


class InvoiceBureauMonthRow(models.Model):
    """What fits a row of a month, what that may mean, and what finance may do with it."""

    _inherit = "invoice.bureau.month.row"

    proposed_ticket_id = fields.Many2one(
        "invoice.ticket",
        string="Fits the Ticket",
        compute="_compute_proposals",
        help="The one approved ticket with this amount whose reference the remark names, or that "
        "has this buyer.",
    )
    proposed_fapiao_id = fields.Many2one(
        "invoice.bureau.fapiao",
        string="Fits the Fapiao",
        compute="_compute_proposals",
        help="The one fapiao at the bureau with this amount and buyer of which there is no ticket: "
        "the number may have been typed wrong.",
    )
    is_number_near = fields.Boolean(
        compute="_compute_proposals",
        help="The number of the fapiao that fits is this one but for a digit or two.",
    )
    waiting_ticket_id = fields.Many2one(
        "invoice.ticket",
        string="Sent to the Bureau as",
        compute="_compute_proposals",
        help="The ticket in an open tax bureau batch that the remark names, and that says "
        "otherwise.",
    )
    guess = fields.Char(string="Maybe", compute="_compute_proposals")

    can_create_tickets = fields.Boolean(compute="_compute_rights")
    can_open_match = fields.Boolean(compute="_compute_rights")
    can_take_number = fields.Boolean(compute="_compute_rights")
    can_take_over = fields.Boolean(compute="_compute_rights")
    can_void = fields.Boolean(compute="_compute_rights")
    can_red = fields.Boolean(compute="_compute_rights")
    can_open_explain = fields.Boolean(compute="_compute_rights")

    # === CAN === #

    @api.depends("result", "is_explained", "differences", "fapiao_id", "ticket_id")
    @api.depends_context("uid")
    def _compute_rights(self):
        names = ("create_tickets", "open_match", "take_number", "take_over", "void", "red")
        self._compute_can(*names, "open_explain")

    def _get_cannot_reason(self, action):
        translator = self.env["invoice.fapiao.translator"]
        return translator._get_not_finance_reason() or super()._get_cannot_reason(action)

    def _get_cannot_create_tickets_reason(self):
        if self.result == "bureau_only" and self.proposed_ticket_id:
            return self.env._(
                "%s is approved and fits it: issue that one.", self.proposed_ticket_id.name
            )
        if self.result == "bureau_only" and self.waiting_ticket_id:
            return self.env._(
                "It was sent to the tax bureau as %s, which says otherwise: correct that one.",
                self.waiting_ticket_id.name,
            )
        return self._get_other_result_reason("bureau_only")

    def _get_cannot_open_match_reason(self):
        return self._get_other_result_reason("bureau_only")

    def _get_cannot_take_number_reason(self):
        if self.result == "ours_only" and not self.proposed_fapiao_id:
            return self.env._("No fapiao at the bureau fits it, or several do.")
        return self._get_other_result_reason("ours_only")

    def _get_cannot_take_over_reason(self):
        return self._get_other_result_reason("differs")

    def _get_cannot_void_reason(self):
        return self._get_other_result_reason("void_there")

    def _get_cannot_red_reason(self):
        return self._get_other_result_reason("red_there")

    def _get_cannot_open_explain_reason(self):
        if self.result == "agreed" or self.is_explained:
            return self.env._("There is nothing to explain.")
        return False

    def _get_other_result_reason(self, *results):
        """Why rows of another result do not take an action, or False."""
        if self.result in results:
            return False
        labels = dict(self._fields["result"]._description_selection(self.env))
        return self.env._(
            "None of these rows is “%s”: choose others.",
            ", ".join(labels[result] for result in results),
        )

    # === PROPOSALS === #

    @api.depends("result", "fapiao_id", "ticket_id")
    @api.depends_context("lang")
    def _compute_proposals(self):
        tickets = self._find_fitting_tickets()
        waiting = self._find_waiting_tickets(tickets)
        fapiao, near = self._find_fitting_fapiao()
        for row in self:
            row.proposed_ticket_id = tickets.get(row.fapiao_id.id)
            row.waiting_ticket_id = waiting.get(row.fapiao_id.id)
            row.proposed_fapiao_id = fapiao.get(row.ticket_id.id)
            row.is_number_near = row.ticket_id.id in near
            row.guess = row._get_guess()

    def _get_guess(self):
        if self.result == "bureau_only":
            if self.proposed_ticket_id:
                return self.env._("Not issued here: %s", self.proposed_ticket_id.name)
            if self.waiting_ticket_id:
                return self.env._("Sent as %s, which differs", self.waiting_ticket_id.name)
            if red_number := self.fapiao_id.red_number:
                return self.env._("Red letter of %s", red_number)
            return False
        if self.result == "ours_only":
            if self.is_number_near:
                return self.env._("Number typed wrong: %s there", self.proposed_fapiao_id.number)
            if self.proposed_fapiao_id:
                return self.env._(
                    "%s there has this buyer and amount", self.proposed_fapiao_id.number
                )
            return self.env._("Not issued at the bureau, or listed in another file")
        if self.result == "differs" and "date" in (self.differences or "").split(","):
            return self.env._("Day or month typed wrong")
        return False

    def _find_waiting_tickets(self, fitting):
        """The ticket at the tax bureau that each fapiao without a ticket names, if it is one.

        :param dict fitting: tickets that fit, by ID of the fapiao; those are left out
        :return: ticket by ID of the fapiao
        :rtype: dict
        """
        rows = self.filtered(lambda row: row.result == "bureau_only")
        ids = [id_ for id_ in rows.fapiao_id.ids if id_ not in fitting]
        named = self.env["invoice.bureau.batch"]._find_named_by(ids)
        found = pair_up([(fapiao, ticket) for fapiao, ticket, _same in named])
        allowed = self.env["invoice.ticket"].browse(found.values())._filtered_access("read")
        return {f: allowed.browse(t) for f, t in found.items() if t in allowed.ids}

    def _find_fitting_tickets(self):
        """The approved ticket that fits each fapiao for which there is no ticket, if it is one.

        :return: ticket by ID of the fapiao
        :rtype: dict
        """
        ids = self.filtered(lambda row: row.result == "bureau_only").fapiao_id.ids
        if not ids:
            return {}
        self.env["invoice.ticket"].flush_model()
        pairs = self.env.execute_query(
            SQL(
                """
                SELECT fapiao.id, ticket.id,
                       ticket.fapiao_number = fapiao.number OR %(is_named)s
                  FROM invoice_bureau_fapiao fapiao
                  JOIN invoice_ticket ticket
                    ON ticket.company_id = fapiao.company_id AND ticket.state = 'approved'
                   AND ROUND(ticket.amount_total, 2) = ROUND(fapiao.amount_total, 2)
                   AND ROUND(ticket.amount_tax, 2) = ROUND(fapiao.amount_tax, 2)
                  JOIN invoice_ticket_type type ON type.id = ticket.type_id AND type.is_fapiao
                 WHERE fapiao.id IN %(ids)s AND fapiao.status <> 'voided'
                   AND (ticket.fapiao_number IS NULL OR ticket.fapiao_number = fapiao.number)
                   AND (%(is_named)s OR ticket.buyer_vat <> '' AND %(vat)s = %(their_vat)s
                        OR %(name)s = %(their_name)s)
                """,
                ids=tuple(ids),
                is_named=SQL(
                    "ticket.name = ANY(regexp_split_to_array(COALESCE(fapiao.remark, ''), %s))",
                    BETWEEN_WORDS,
                ),
                vat=SQL(_TAX_ID % "ticket.buyer_vat"),
                their_vat=SQL(_TAX_ID % "fapiao.buyer_vat"),
                name=SQL(_NAME % "ticket.buyer_name"),
                their_name=SQL(_NAME % "fapiao.buyer_name"),
            )
        )
        # Whoever names the ticket means it; else it is the only one.
        named = [(fapiao, ticket) for fapiao, ticket, is_named in pairs if is_named]
        of_names = pair_up(named)
        taken = set(of_names.values())
        has_name = {fapiao for fapiao, _ticket in named}
        others = [(f, t) for f, t, _n in pairs if f not in has_name and t not in taken]
        found = {**pair_up(others), **of_names}
        allowed = self.env["invoice.ticket"].browse(found.values())._filtered_access("read")
        return {f: allowed.browse(t) for f, t in found.items() if t in allowed.ids}

    def _find_fitting_fapiao(self):
        """The fapiao without a ticket that fits each ticket which the bureau does not list.

        None fits a ticket whose number its own file says. Of one month and nearly one number,
        the number was typed wrong; else buyer and amount are all that speaks for it. Each fapiao
        is written out and looked up once, before it is set beside tickets: where customers pay the
        same each month, there are many pairs of one amount.

        :return: fapiao by ID of the ticket, and IDs of tickets whose number is near
        :rtype: tuple[dict, set]
        """
        ids = self.filtered(lambda row: row.result == "ours_only").ticket_id.ids
        if not ids:
            return {}, set()
        self.env["invoice.ticket"].flush_model()
        self.env["invoice.fapiao.file"].flush_model()
        pairs = self.env.execute_query(
            SQL(
                """
                WITH ours AS MATERIALIZED (
                    SELECT ticket.id, company_id, issue_date, fapiao_number, %(vat)s AS vat,
                           %(name)s AS name, ROUND(amount_total, 2) AS total,
                           ROUND(amount_tax, 2) AS tax
                      FROM invoice_ticket ticket
                     WHERE id IN %(ids)s
                       AND NOT EXISTS (SELECT FROM invoice_fapiao_file file
                                        WHERE file.ticket_id = ticket.id
                                          AND file.outcome IN %(taken)s
                                          AND file.number = ticket.fapiao_number)
                ), paid AS MATERIALIZED (
                    SELECT fapiao.id, company_id, month, code, number, %(their_vat)s AS vat,
                           %(their_name)s AS name, ROUND(amount_total, 2) AS total,
                           ROUND(amount_tax, 2) AS tax
                      FROM invoice_bureau_fapiao fapiao
                     WHERE company_id IN (SELECT company_id FROM ours)
                       AND month >= (SELECT MIN(issue_date) - INTERVAL '2 months' FROM ours)
                       AND month <= (SELECT MAX(issue_date) + INTERVAL '1 month' FROM ours)
                       AND (ROUND(amount_total, 2), ROUND(amount_tax, 2))
                           IN (SELECT total, tax FROM ours)
                       AND status <> 'voided'
                ), free AS MATERIALIZED (
                    SELECT * FROM paid fapiao
                     WHERE (vat IN (SELECT vat FROM ours WHERE vat <> '')
                            OR name IN (SELECT name FROM ours))
                       AND NOT EXISTS (
                           SELECT FROM invoice_ticket owner
                            WHERE owner.company_id = fapiao.company_id
                              AND COALESCE(owner.fapiao_code, '') = COALESCE(fapiao.code, '')
                              AND owner.fapiao_number = fapiao.number)
                )
                SELECT ticket.id, fapiao.id, ticket.fapiao_number, fapiao.number,
                       fapiao.month = date_trunc('month', ticket.issue_date)::date
                  FROM ours ticket
                  JOIN free fapiao
                    ON fapiao.company_id = ticket.company_id
                   AND fapiao.total = ticket.total AND fapiao.tax = ticket.tax
                   AND fapiao.month BETWEEN ticket.issue_date - INTERVAL '2 months'
                                        AND ticket.issue_date + INTERVAL '1 month'
                 WHERE ticket.vat <> '' AND ticket.vat = fapiao.vat OR ticket.name = fapiao.name
                """,
                ids=tuple(ids),
                taken=tuple(self.env["invoice.fapiao.file"]._get_taken_outcomes()),
                vat=SQL(_TAX_ID % "ticket.buyer_vat"),
                their_vat=SQL(_TAX_ID % "fapiao.buyer_vat"),
                name=SQL(_NAME % "ticket.buyer_name"),
                their_name=SQL(_NAME % "fapiao.buyer_name"),
            )
        )
        near = pair_up(
            [(t, f) for t, f, ours, theirs, same in pairs if same and is_near_number(ours, theirs)]
        )
        taken = set(near.values())
        others = pair_up([(t, f) for t, f, *_x in pairs if t not in near and f not in taken])
        Fapiao = self.env["invoice.bureau.fapiao"]
        return {t: Fapiao.browse(f) for t, f in {**others, **near}.items()}, set(near)


def is_near_number(ours, theirs):
    """Whether one number may be the other typed wrong: two digits at most, or one left out."""
    if not ours or not theirs:
        return False
    if len(ours) == len(theirs):
        return sum(a != b for a, b in zip(ours, theirs, strict=True)) <= 2
    short, long = sorted((ours, theirs), key=len)
    return len(long) - len(short) == 1 and any(
        long[:place] + long[place + 1 :] == short for place in range(len(long))
    )


def pair_up(pairs):
    """Of pairs, those of which each side stands in no other.

    :rtype: dict
    """
    lefts, rights = defaultdict(set), defaultdict(set)
    for left, right in pairs:
        lefts[left].add(right)
        rights[right].add(left)
    return {
        left: next(iter(found))
        for left, found in lefts.items()
        if len(found) == 1 and len(rights[next(iter(found))]) == 1
    }
