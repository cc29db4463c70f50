from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare

from ..base.proof import proven
from ..base.public_methods import Text
from ..base.words import words

FINANCE = "invoice_crm_addon.group_ticket_finance"
HELD_STATES = ("pending", "approved", "issued")


class InvoiceTicketQuotaMixin(models.AbstractModel):
    """Tickets within the quota of their customer, see ``invoice.quota.mixin``.

    It is held when a ticket is submitted, when a change of it is, and when it is issued, since
    the month may be another one. Red letters and voids free what they take back. The company
    chooses whether a ticket beyond the quota is refused, or goes on with a warning in its
    history. Receipts use none of it: they say that money came in, which a fapiao documents.

    Finance can let a ticket pass, with a reason that approvers read. It holds for this customer
    and up to the amount that finance saw.
    """

    _name = "invoice.ticket.quota.mixin"
    _description = "Document Within a Quota"

    quota_hint = fields.Char(string="Quota", compute="_compute_quota_hint", compute_sudo=True)
    can_override_quota = fields.Boolean(compute="_compute_can_override_quota")
    quota_override_reason = fields.Text(
        string="Let Pass Because", readonly=True, copy=False, tracking=True
    )
    quota_override_user_id = fields.Many2one(
        "res.users", string="Let Pass By", readonly=True, copy=False
    )
    quota_override_partner_id = fields.Many2one(
        "res.partner",
        string="Let Pass for Customer",
        readonly=True,
        copy=False,
        export_string_translation=False,
    )
    # No Monetary: the mixin has no currency of its own.
    quota_override_amount = fields.Float(
        string="Let Pass Up To",
        digits=0,
        aggregator=None,
        readonly=True,
        copy=False,
        help="Total that finance saw.",
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "partner_id",
        "amount_total",
        "currency_id",
        "company_id",
        "state",
        "issue_date",
        "type_id.takes_amount",
    )
    @api.depends_context("lang", "tz")
    def _compute_quota_hint(self):
        open_ones = self.filtered(lambda t: t.state in ("draft", "pending", "approved"))
        (self - open_ones).quota_hint = False
        problems = open_ones._get_quota_problems()
        for ticket in open_ones:
            ticket.quota_hint = problems.get(ticket, False)

    @api.depends("quota_hint", "quota_override_amount", "quota_override_partner_id")
    @api.depends_context("uid")
    def _compute_can_override_quota(self):
        for ticket in self:
            ticket.can_override_quota = (
                ticket.quota_hint
                and not ticket._is_quota_overridden()
                and not ticket._get_cannot_override_quota_reason()
            )

    # === ACTION METHODS === #

    def action_open_quota_override(self):
        """Ask for the reason why the ticket may pass.

        :raise UserError: if the user is not of finance, or the ticket is issued already
        """
        self.ensure_one()
        self._check_can("override_quota")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Let Pass Beyond the Quota"),
            "res_model": "invoice.ticket.quota.wizard",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_ticket_id": self.id},
        }

    def action_override_quota(self, reason: Text = None):
        """Let tickets pass beyond the quota of their customers.

        :param str reason: kept on the tickets, where approvers read it
        :raise UserError: without a reason, outside finance, or if a ticket is issued already
        """
        self._check_can("override_quota", claim=True)
        if not (reason or "").strip():
            raise UserError(
                self.env._("Say why the ticket may exceed the quota: approvers read the reason.")
            )
        for ticket in self:
            proven(ticket).write(
                {
                    "quota_override_reason": reason.strip(),
                    "quota_override_user_id": self.env.uid,
                    "quota_override_partner_id": ticket.partner_id.commercial_partner_id.id,
                    "quota_override_amount": ticket.amount_total,
                }
            )
        return True

    def _get_cannot_override_quota_reason(self):
        if not self.env.user.has_group(FINANCE) or not self.has_access("write"):
            return words(self.env)._("This is for finance to do.")
        if self.state not in ("draft", "pending", "approved"):
            return self.env._("The ticket is issued already.")
        return False

    # === QUOTA === #

    def _is_quota_overridden(self):
        self.ensure_one()
        # sudo: res.partner - compared only
        ticket_sudo = self.sudo()
        return (
            bool(ticket_sudo.quota_override_partner_id)
            and ticket_sudo.quota_override_partner_id
            == ticket_sudo.partner_id.commercial_partner_id
            and float_compare(self.amount_total, self.quota_override_amount, precision_digits=6)
            <= 0
        )

    def _check_quota(self):
        """Apply the policy of each company to tickets beyond the quota of their customer.

        :raise UserError: if there is one that finance did not let pass, and the policy is to block
        """
        # sudo: tickets of others use the quota too; the program writes into their history
        held_sudo = self.sudo().filtered(lambda t: t.state in HELD_STATES)
        problems = held_sudo._get_quota_problems(claim=True)
        passing = [ticket for ticket in problems if ticket._is_quota_overridden()]
        for ticket in passing:
            del problems[ticket]
        for company, tickets in held_sudo.browse().union(*problems).grouped("company_id").items():
            texts = {ticket.id: problems[ticket] for ticket in tickets}
            if company.ticket_quota_policy == "block":
                raise UserError(
                    words(self.env).join(
                        "\n",
                        [
                            *dict.fromkeys(texts.values()),
                            words(self.env)._(
                                "Lower it, wait for the next period, or ask finance to let it "
                                "pass with a reason."
                            ),
                        ],
                    )
                )
            tickets._message_log_batch(bodies=texts)

    def _check_quota_of_change(self):
        """A ticket that is lowered goes on, however much others use; see ``_check_quota``.

        Not where it goes to another customer, currency or company.
        """
        moving = {"partner_id", "currency_id", "company_id"}
        self.filtered(
            lambda t: (
                t.currency_id.compare_amounts(t.amount_total, t.amount_approved) >= 0
                # sudo: which fields change; whoever submits may not read the request
                or not moving.isdisjoint(t.sudo()._get_latest_request().old_values or ())
            )
        )._check_quota()

    def _get_quota_problems(self, claim=False):
        """Sentences about tickets with which their customers are over their quota.

        One query for the tickets of a company and a day. Call it in superuser mode.

        :param bool claim: whether the quotas are claimed first, by whoever uses them now
        :rtype: dict[recordset, str]
        """
        problems = {}
        today = fields.Date.context_today(self)
        relevant = self.filtered(lambda t: t.partner_id and not t.red_of_id)
        for (company, date), tickets in relevant.grouped(
            lambda t: (t.company_id, t.issue_date if t.state == "issued" else today)
        ).items():
            quotas = tickets.partner_id.with_company(company)._get_ticket_quotas()
            # Most customers have none: the types of their tickets are not asked for.
            tickets = tickets.filtered(lambda t, quotas=quotas: quotas and t.type_id.takes_amount)
            customers = tickets.partner_id.with_company(company).commercial_partner_id
            quotas = {customer: quotas[customer] for customer in customers if customer in quotas}
            if not quotas:
                continue
            if claim:
                customers.browse(c.id for c in quotas)._claim_ticket_quotas()
            used = customers._get_ticket_quota_usage(quotas, date)
            unrated = tickets.currency_id._get_unrated(company, date)
            for ticket in tickets:
                customer = ticket.partner_id.commercial_partner_id._origin.with_company(company)
                if customer in quotas and ticket.currency_id in unrated:
                    problems[ticket] = ticket._word_quota_without_rate()
                elif customer in quotas:
                    limit, _period = quotas[customer]
                    excess = used.get(customer, 0.0) + ticket._get_quota_use(date) - limit
                    if company.currency_id.compare_amounts(excess, 0.0) > 0:
                        problems[ticket] = ticket._word_quota_problem(excess, limit)
        return problems

    def _get_quota_use(self, date):
        """What a draft would use of the quota; what others use is counted already."""
        if self.state != "draft":
            return 0.0
        company = self.company_id
        return self.currency_id._convert(self.amount_total, company.currency_id, company, date)

    def _word_quota_without_rate(self):
        return words(self.env)._(
            "There is no exchange rate of %(currency)s, so the quota of %(customer)s cannot be "
            "checked. Enter the rate.",
            currency=self.currency_id.name,
            customer=self.partner_id.commercial_partner_id.name,
        )

    def _word_quota_problem(self, excess, limit):
        currency = self.company_id.currency_id
        return words(self.env)._(
            "This ticket exceeds the quota of %(customer)s by %(excess)s. Quota: %(limit)s.",
            customer=self.partner_id.commercial_partner_id.name,
            excess=words(self.env).amount(excess, currency),
            limit=words(self.env).amount(limit, currency),
        )
