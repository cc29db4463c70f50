import logging
import re
import unicodedata
from contextlib import contextmanager

from dateutil.relativedelta import relativedelta
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..base.proof import proven

_logger = logging.getLogger(__name__)

ADDRESS_FIELDS = {"street", "street2", "city", "zip", "state_id", "country_id"}
ACTIVITY = "invoice_crm_addon.mail_activity_type_billing"
# Nobody is in charge, or who was left.
NO_OWNER = Domain("user_id", "=", False) | Domain("user_id.active", "=", False)
_NAMED = 10
_NO_WRITING = re.compile(r"[\W_]+")


def _get_address_key(text):
    """An address without what people write in different ways."""
    return _NO_WRITING.sub("", unicodedata.normalize("NFKC", text or "")).lower()


class InvoiceBillingFreshnessMixin(models.AbstractModel):
    """Billing data grow old: who said when that they are still right, and whom to ask.

    They count from the last confirmation, the last verification, or else the creation of the
    customer. After the months that the company sets their owner gets one activity for all of
    their customers, and a click says that they are still right; a ticket manager is asked about
    customers that nobody is in charge of, or whose owner left. The customer's contact can say so
    too, by a link, see ``invoice.billing.confirmation``.

    When the street address of a customer changes that was its billing address as well, the
    customer asks whether the billing address follows, until somebody answers.
    """

    _name = "invoice.billing.freshness.mixin"
    _description = "Customer Whose Billing Data Are Kept Fresh"

    billing_confirmed_on = fields.Datetime(string="Confirmed On", copy=False)
    billing_confirmed_by_id = fields.Many2one("res.partner", string="Confirmed By", copy=False)
    billing_checked_on = fields.Datetime(
        string="Known To Be Right Since", compute="_compute_billing_checked_on", store=True
    )
    billing_to_confirm = fields.Boolean(
        string="To Be Confirmed",
        compute="_compute_billing_to_confirm",
        search="_search_billing_to_confirm",
    )
    billing_address_asked = fields.Boolean(
        copy=False, help="The address changed, and the billing address did not yet follow."
    )
    _address_asked_idx = models.Index("(id) WHERE billing_address_asked IS TRUE")
    billing_address_proposed = fields.Char(compute="_compute_billing_address_proposed")

    # === COMPUTE METHODS === #

    @api.depends("billing_confirmed_on", "billing_verified_on", "create_date")
    def _compute_billing_checked_on(self):
        for partner in self:
            known = [d for d in (partner.billing_confirmed_on, partner.billing_verified_on) if d]
            partner.billing_checked_on = max(known, default=partner.create_date)

    @api.depends("billing_checked_on", "invoice_title", "parent_id", "active")
    @api.depends_context("allowed_company_ids")
    def _compute_billing_to_confirm(self):
        old = self.filtered_domain(self._get_old_domain())
        for partner in self:
            partner.billing_to_confirm = partner in old

    def _search_billing_to_confirm(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._get_old_domain()
        if True in value and False in value:
            return Domain.TRUE
        return domain if True in value else ~domain

    @api.model
    def _get_old_domain(self):
        """Customers to be confirmed in one of the companies that the user works in."""
        return Domain.OR(self._get_to_confirm_domain(company) for company in self.env.companies)

    @api.model
    def _get_to_confirm_domain(self, company):
        """Customers whose billing data nobody confirmed for as long as the company says.

        :rtype: Domain
        """
        months = company.billing_confirm_months
        if not months:
            return Domain.FALSE
        limit = fields.Datetime.now() - relativedelta(months=months)
        return (
            Domain("billing_checked_on", "<", limit)
            & Domain("invoice_title", "!=", False)
            & Domain("parent_id", "=", False)
            & Domain("company_id", "in", (False, company.id))
        )

    @api.depends(*ADDRESS_FIELDS)
    def _compute_billing_address_proposed(self):
        for partner in self:
            partner.billing_address_proposed = partner._get_courier_address()

    # === STREET ADDRESS === #

    @contextmanager
    def _watch_address(self, fnames):
        """Ask whether the billing address follows, where both were the same before.

        :param fnames: names of what is written inside the ``with`` block
        """
        if ADDRESS_FIELDS.isdisjoint(fnames) and "invoice_address" not in fnames:
            yield
            return
        before = {
            partner: (
                partner._get_courier_address(),
                partner.invoice_address,
                partner._is_billing_address_equal(),
            )
            for partner in self
            if partner == partner.commercial_partner_id
        }
        yield
        for partner, (address, billing_address, was_equal) in before.items():
            asked = partner.billing_address_asked
            # A merge writes each field again, with the value that it has.
            is_answered = partner.invoice_address != billing_address
            if partner._is_billing_address_equal() or is_answered:
                is_open = False  # It followed, or somebody wrote what it is to be.
            else:
                is_open = asked or (was_equal and partner._get_courier_address() != address)
            if is_open != asked:
                proven(partner).billing_address_asked = is_open

    def _is_billing_address_equal(self):
        key = _get_address_key(self.invoice_address)
        return bool(key) and key == _get_address_key(self._get_courier_address())

    def action_use_address(self):
        """Make the address the billing address too; what was verified is verified again.

        :raise UserError: if the billing data wait for approval
        """
        for partner in self.filtered("billing_address_asked"):
            partner.write({"invoice_address": partner.billing_address_proposed})
        return True

    def action_keep_billing_address(self):
        """Leave the billing address as it is."""
        self.check_access("write")
        proven(self).write({"billing_address_asked": False})
        return True

    # === CONFIRMATION === #

    def action_confirm_billing(self):
        """Say that the billing data of the customers are still right.

        :raise AccessError: if the user may not change them
        """
        customers = self.commercial_partner_id
        customers.check_access("write")
        customers._confirm_billing(self.env.user.partner_id)
        return True

    def _confirm_billing(self, person):
        """:param res.partner person: who says so"""
        customers = proven(self)
        customers.write(
            {
                "billing_confirmed_on": fields.Datetime.now(),
                "billing_confirmed_by_id": person.id,
            }
        )
        body = self.env._("%s: the billing data are still right.", person.name)
        customers._message_log_batch(bodies=dict.fromkeys(customers.ids, body))
        customers.env["mail.activity"].search(
            [
                ("activity_type_id", "=", self.env.ref(ACTIVITY).id),
                ("user_id", "in", customers._get_people_to_ask().ids),
            ]
        ).user_id._update_billing_activities()

    def action_ask_contact(self):
        """Mail the contact of the customer a link, with which they confirm the billing data.

        :raise UserError: if nobody has an e-mail address, or somebody was asked just now
        """
        self.ensure_one()
        self.check_access("write")
        customer = self.commercial_partner_id
        contact = customer._get_billing_contact()
        if not contact.email:
            raise UserError(
                self.env._(
                    "Nobody at %s has an e-mail address. Enter one on the customer, or add a "
                    "contact.",
                    customer.display_name,
                )
            )
        self.env["invoice.billing.confirmation"]._ask(customer, contact)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%s gets a mail with a link.", contact.name),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _get_people_to_ask(self):
        """Who is asked about the customers: their owners, or managers where they have none.

        :rtype: res.users
        """
        owners = self.user_id.filtered("active")
        if all(partner.user_id in owners for partner in self):
            return owners
        companies = self.env["res.company"].search([("billing_confirm_months", ">", 0)])
        return owners.union(*(company._get_billing_caretaker() for company in companies))

    # === CRON === #

    @api.model
    def _cron_ask_owners(self):
        """Give each owner one activity for all customers whose billing data grew old."""
        users = self._get_owners_to_ask()
        self.env["ir.cron"]._commit_progress(remaining=len(users))
        for user in users:
            try:
                with self.env.cr.savepoint():
                    user._update_billing_activities()
            except Exception:
                _logger.exception("Billing data to be confirmed: %s was not told", user.login)
            if not self.env["ir.cron"]._commit_progress(1):
                break

    @api.model
    def _get_owners_to_ask(self):
        """Owners of old billing data, and those whose activity is still open.

        :rtype: res.users
        """
        activities = self.env["mail.activity"].search(
            [("activity_type_id", "=", self.env.ref(ACTIVITY).id)]
        )
        users = activities.user_id
        for company in self.env["res.company"].search([("billing_confirm_months", ">", 0)]):
            domain = self._get_to_confirm_domain(company) & Domain(
                "user_id.company_id", "=", company.id
            )
            groups = self._read_group(domain, ["user_id"])
            users |= users.union(*(user for [user] in groups))
            if self.search_count(company._get_abandoned_domain(), limit=1):
                users |= company._get_billing_caretaker()
        return users.filtered(lambda user: user.active and not user.share)


class ResCompany(models.Model):
    _inherit = "res.company"

    def _get_billing_caretaker(self):
        """The ticket manager who is asked about customers that are nobody's: one whose main
        company it is, or else one who works there as well.

        :rtype: res.users
        """
        self.ensure_one()
        # sudo: res.groups - users cannot read who is in a group; one of them is told
        managers_sudo = self.env.ref("invoice_crm_addon.group_ticket_manager").sudo().all_user_ids
        return managers_sudo.filtered(
            lambda user: user.active and not user.share and self in user.company_ids
        ).sorted(lambda user: (user.company_id != self, user.id))[:1]

    def _get_abandoned_domain(self):
        """Customers with old billing data that are nobody's, of whom the caretaker is asked.

        Those whom the companies share are asked about once: where data grow old first.

        :rtype: Domain
        """
        self.ensure_one()
        domain = self.env["res.partner"]._get_to_confirm_domain(self) & NO_OWNER
        # sudo: res.company - which one asks depends on no user
        companies_sudo = self.sudo().search([("billing_confirm_months", ">", 0)])
        caring = companies_sudo.filtered(lambda company: company._get_billing_caretaker())
        if self != caring.sorted(lambda company: (company.billing_confirm_months, company.id))[:1]:
            domain &= Domain("company_id", "=", self.id)
        return domain


class ResUsers(models.Model):
    _inherit = "res.users"

    def _update_billing_activities(self):
        """Bring the activity about old billing data in line with the customers of each user."""
        for user in self:
            user._update_billing_activity()

    def _update_billing_activity(self):
        user_sudo = self.sudo()  # sudo: an activity of the program, for the user alone
        company = user_sudo.company_id
        # sudo: own customers, whose names the note says to their owner
        partners_sudo = self.env["res.partner"].sudo().with_company(company)
        domain = partners_sudo._get_to_confirm_domain(company) & Domain(
            "user_id", "=", user_sudo.id
        )
        for cared in user_sudo.company_ids:
            if user_sudo == cared._get_billing_caretaker():
                domain |= cared._get_abandoned_domain()
        count = partners_sudo.search_count(domain)
        activity_type = self.env.ref(ACTIVITY)
        activities_sudo = user_sudo.env["mail.activity"].search(
            [("activity_type_id", "=", activity_type.id), ("user_id", "=", user_sudo.id)]
        )
        if not count:
            activities_sudo.unlink()
            return
        oldest = partners_sudo.search(domain, limit=_NAMED, order="billing_checked_on, id")
        values = user_sudo._prepare_billing_activity(oldest, count)
        if activities_sudo:
            activities_sudo[:1].write(values)
            activities_sudo[1:].unlink()
        else:
            user_sudo.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
                {**values, "activity_type_id": activity_type.id, "user_id": user_sudo.id}
            )

    def _prepare_billing_activity(self, customers, count):
        """Summary and note, in the language of the user.

        :param res.partner customers: those that are named
        :param int count: of how many
        """
        env = self.with_context(lang=self.lang).env
        items = Markup().join(
            Markup('<li><a href="/odoo/res.partner/%s">%s</a></li>') % (c.id, c.display_name)
            for c in customers
        )
        link = Markup('<a href="/odoo/customers-to-confirm">%s</a>') % env._("Open the list")
        more = env._("… and %s more.", count - len(customers)) if count > len(customers) else ""
        return {
            "summary": env._("Billing data to be confirmed: %s customers", count),
            "note": Markup("<p>%s</p><ul>%s</ul><p>%s %s</p>")
            % (
                env._("Are the billing data of these customers still right?"),
                items,
                more,
                link,
            ),
        }
