from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL, groupby

from ..base.words import words
from .chain import get_free
from .ticketable_mixin import STORED_FIGURES

EXCESS_ACTIVITY = "invoice_crm_addon.mail_activity_type_excess"


class InvoiceTicketableMixin(models.AbstractModel):
    """Figures of what is ticketed: kept, checked, and told to finance where they are too much."""

    _inherit = "invoice.ticketable.mixin"

    # === FIGURES === #

    def _keep_ticketing_figures(self, nodes, is_ticketed):
        """Keep the figures of records on which paths were laid.

        Written past the ORM: no lock of a posted entry, no tracking is meant by it.

        :param dict nodes: node of the chain by record
        :param bool is_ticketed: whether any ticket takes a part of what they are connected with
        :return: records that tickets take more of than before, though it is too much
        """
        rows, worse, excessive = [], self.browse(), self.browse()
        # sudo: figures are kept by the program, and compared with those before
        known = self.sudo()
        for record in known:
            node = nodes[record]
            if not (record.has_tickets or is_ticketed):
                continue
            amounts = (node.limit, node.issued, node.total - node.issued, get_free(node))
            new = (*map(float, amounts), node.state)
            old = (
                record.amount_ticketable,
                record.amount_ticketed,
                record.amount_in_progress,
                record.amount_ticket_free,
                record.ticketing_state or None,
            )
            if record.has_tickets and all(
                a == b or (isinstance(a, float) and abs(a - b) < 1e-6)
                for a, b in zip(old, new, strict=True)
            ):
                continue
            rows.append((record.id, *new))
            if "excess" in (old[4], node.state):
                excessive |= record
            excess = old[1] + old[2] - old[0] if old[4] == "excess" else 0.0
            if node.state == "excess" and float(node.total - node.limit) > excess + 1e-6:
                worse |= record
        if rows:
            self._write_figures(rows)
            # Of others nobody was told, and nobody is.
            known.browse(excessive.ids)._follow_excess()
        return worse

    def _write_figures(self, rows):
        rows_sql = [
            SQL("(%s, %s::numeric, %s::numeric, %s::numeric, %s::numeric, %s::varchar)", *row)
            for row in rows
        ]
        query = SQL(
            """
            UPDATE %(table)s
               SET has_tickets = TRUE, amount_ticketable = figures.limit_,
                   amount_ticketed = figures.issued, amount_in_progress = figures.progress,
                   amount_ticket_free = figures.free, ticketing_state = figures.state
              FROM (VALUES %(rows)s) AS figures(id, limit_, issued, progress, free, state)
             WHERE %(table)s.id = figures.id
            """,
            table=SQL.identifier(self._table),
            rows=SQL(", ").join(rows_sql),
        )
        self.env.cr.execute(query)
        changed = self.browse(row[0] for row in rows)
        changed.invalidate_recordset(STORED_FIGURES, flush=False)
        changed.modified(STORED_FIGURES)

    def _mark_ticketed(self):
        """Remember that a ticket names the records."""
        if unmarked := self.filtered(lambda record: not record.has_tickets):
            # sudo: what can be ticketed does not hang on who looks
            limits = unmarked.sudo()._get_ticketable_limits()
            unmarked._write_figures(
                [(record.id, limits[record], 0.0, 0.0, limits[record], None) for record in unmarked]
            )

    # === CHECK === #

    def _claim_for_ticketing(self):
        """Make two transactions that ticket the same record collide."""
        self._collide_with_concurrent_writers()

    def _get_over_issue_reason(self):
        """A sentence if the record is ticketed for more than it amounts to, or False."""
        self.ensure_one()
        # sudo: a reason for the ledger; _get_shown_over_issue_reason says who reads it
        record_sudo = self.sudo()
        if record_sudo.ticketing_state != "excess":
            return False
        limit, currency = record_sudo.amount_ticketable, record_sudo.currency_id
        excess = record_sudo.amount_ticket_excess
        return words(self.env)._(
            "%(document)s amounts to %(limit)s, but its tickets would amount to %(ticketed)s: "
            "%(excess)s too much. Lower the amount, or void a ticket first.",
            document=record_sudo.display_name,
            limit=words(self.env).amount(limit, currency),
            ticketed=words(self.env).amount(limit + excess, currency),
            excess=words(self.env).amount(excess, currency),
        )

    def _get_shown_over_issue_reason(self):
        """The same for the current user, who may hold too little of it to know what it is."""
        reason = self._get_over_issue_reason()
        if reason and not self.sudo(False).has_access("read"):
            return words(self.env)._(
                "What is ticketed here belongs to a document of others, of which it would be "
                "too much. Lower the amount, or ask finance."
            )
        return reason

    def _refuse_excess(self):
        """:raise UserError: if more is ticketed than there is, and the policy is to block"""
        if self._get_kept_tickets():
            return
        # sudo: res.company - only its policy
        reasons = [
            record._get_shown_over_issue_reason()
            for record in self
            if record.sudo().company_id.ticket_over_issue == "block"
        ]
        if reasons := list(filter(None, reasons)):
            raise UserError(words(self.env).join("\n", reasons))

    # === TOO MUCH IS TICKETED === #

    def _follow_excess(self):
        """Tell finance what is ticketed too much, and take that back once it is mended."""
        gone, open_ = self.browse(), self.browse()
        for record in self:
            is_open = record.ticketing_state == "excess"
            if is_open and record.company_id.ticket_over_issue != "off":
                open_ |= record
            else:
                gone |= record
        if gone := gone.filtered("activity_ids"):
            gone.activity_unlink([EXCESS_ACTIVITY])
        known = open_.activity_search([EXCESS_ACTIVITY]) if open_ else self.env["mail.activity"]
        for record in open_.filtered(lambda r: r.id not in known.mapped("res_id")):
            if user := record._get_excess_user():
                record.activity_schedule(
                    EXCESS_ACTIVITY,
                    user_id=user.id,
                    note=record.with_context(lang=user.lang)._get_over_issue_reason(),
                )

    def _get_excess_user(self):
        """Who in finance looks at it: who issued a ticket of it, else the first one."""
        company = self.company_id
        # sudo: res.groups - users cannot read who is in a group; one is asked to look
        finance = (
            self.env.ref("invoice_crm_addon.group_ticket_finance")
            .sudo()
            .all_user_ids.filtered(lambda u: u.active and not u.share and company in u.company_ids)
            .sorted("id")
        )
        issuers = self._get_taking_tickets().issue_user_id
        return (finance & issuers)[:1] or finance[:1]

    # === TICKETS === #

    @api.model
    def _check_tickets(self, tickets):
        """Apply the policy of each company to tickets that start to hold an amount.

        Their paths are laid already, and what these take is on the records.

        :raise UserError: if too much is ticketed, and the policy is to block
        """
        # sudo: tickets of others hold amounts too; the reasons are those that the user may see
        self._apply_policy(self._get_ticket_problems(tickets.sudo()))

    @api.model
    def _apply_policy(self, problems):
        """:param dict problems: sentence by ticket, in superuser mode"""
        # sudo: the program writes warnings to the history of tickets that are locked for users
        tickets_sudo = self.env["invoice.ticket"].sudo().union(*problems)
        for company, group in tickets_sudo.grouped("company_id").items():
            texts = {ticket.id: problems[ticket] for ticket in group}
            if company.ticket_over_issue == "block":
                raise UserError(words(self.env).join("\n", dict.fromkeys(texts.values())))
            if company.ticket_over_issue == "warn":
                group._message_log_batch(bodies=texts)

    @api.model
    def _get_ticket_problems(self, tickets):
        """Sentences about what the tickets take, where it is ticketed for too much.

        :rtype: dict[recordset, str]
        """
        firm = tickets.sudo().path_ids._get_firm_records()  # sudo: what others ticket counts too
        for model, pairs in groupby(firm, lambda pair: pair[1]._name):
            self.env[model].browse({record.id for _ticket, record in pairs})._claim_for_ticketing()
        self.env.flush_all()
        problems = {}
        for ticket, record in firm:
            if reason := record.with_env(tickets.env)._get_shown_over_issue_reason():
                problems.setdefault(ticket, reason)
        return problems
