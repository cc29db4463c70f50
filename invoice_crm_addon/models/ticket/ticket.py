from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..base.proof import proven
from ..base.tools import clean_number

# Number and date of the issued document: finance enters them, before and when it is issued.
FAPIAO_NUMBERS = {"fapiao_code", "fapiao_number", "check_code", "red_confirmation_number"}
FAPIAO_FIELDS = FAPIAO_NUMBERS | {"issue_date"}
FINANCE = "invoice_crm_addon.group_ticket_finance"


class InvoiceTicket(models.Model):
    """A tax invoice, receipt or voucher for a customer.

    State      Meaning                                     Next
    =====================================================================================
    draft      being written                               pending, approved (no flow)
    pending    waits for approval                          approved, draft (rejected, withdrawn)
    approved   finance may issue it                        issued, draft (reset)
    issued     has its number and date; content is frozen  voided
    voided     kept in the register, out of every figure   –
    =====================================================================================

    Action     Group        Restriction
    =====================================================================================
    Submit     User         own draft; department's with department rights
    Issue      Finance      approved; a fapiao needs a number of its type's shape
    Void       Finance      issued, with a reason; never where the type says red letter only
    Red letter Finance      issued, not itself red, something left to take back; with a reason
    Reissue    User         voided or red-lettered, at least partly, and not reissued yet
    Send       User         issued
    Reset      User         approved, not issued
    =====================================================================================
    """

    _name = "invoice.ticket"
    _description = "Ticket"
    _inherit = [
        "invoice.found.by.name.mixin",
        "mail.thread.main.attachment",
        "mail.activity.mixin",
        "invoice.responsible.mixin",
        "invoice.ticket.policy.mixin",
        "invoice.ticket.payment.mixin",
        "invoice.buyer.mixin",
        "invoice.approval.mixin",
        "invoice.approval.reader.mixin",
        "invoice.ticket.ledger.mixin",
        "invoice.ticket.documents.mixin",
        "invoice.red.letter.mixin",
        "invoice.ticket.quota.mixin",
        "invoice.ticket.template.mixin",
        "invoice.ticket.figures.mixin",
        "invoice.ticket.reminder.mixin",
        "invoice.ticket.files.mixin",
        "invoice.ticket.mailing.mixin",
        "invoice.ticket.plan.mixin",
        "invoice.ticket.bureau.mixin",
        "invoice.ticket.month.mixin",
    ]
    _order = "id desc"
    _rec_names_search = ["name", "fapiao_number", "buyer_name", "partner_id.complete_name"]
    _check_company_auto = True

    _guarded_fields = (
        "name",
        "state",
        "issue_user_id",
        "mailing_ids",
        "amount_approved",
        "path_ids",
        "sent_on",
        "fapiao_attachment_id",
        "shipment_ids",
        "quota_override_reason",
        "quota_override_user_id",
        "quota_override_partner_id",
        "quota_override_amount",
        "bureau_state",
    )

    name = fields.Char(
        string="Reference",
        required=True,
        default=lambda self: self.env._("New"),
        copy=False,
        index="trigram",
    )
    active = fields.Boolean(default=True)
    type_id = fields.Many2one(
        "invoice.ticket.type",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        default=lambda self: self.env["invoice.ticket.type"]._get_default(),
        domain="['|', ('company_id', '=', False), ('company_id', 'parent_of', company_id)]",
        tracking=True,
    )
    type_color = fields.Integer(related="type_id.color", string="Type Colour")
    is_fapiao = fields.Boolean(related="type_id.is_fapiao")
    number_shape = fields.Selection(related="type_id.number_shape")
    special_business = fields.Selection(related="type_id.special_business")
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("pending", "Waiting for Approval"),
            ("approved", "Approved"),
            ("issued", "Issued"),
            ("voided", "Voided"),
        ],
        default="draft",
        required=True,
        index=True,
    )
    status = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("pending", "Waiting for Approval"),
            ("approved", "Approved"),
            ("issued", "Issued"),
            ("sent", "Sent"),
            ("to_pay", "To Be Paid"),
            ("partial", "Partly Paid"),
            ("paid", "Paid"),
            ("voided", "Voided"),
            ("partial_red", "Partly Red-Lettered"),
            ("red", "Red-Lettered"),
        ],
        compute="_compute_status",
        store=True,
        index=True,
        group_expand="_order_statuses",
        help="The one word that says where the ticket stands.",
    )

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )

    # what it documents
    content = fields.Char(index="trigram", help="What the ticket is for, in a few words.")
    note = fields.Text()
    properties = fields.Properties(
        string="Custom Fields", definition="type_id.properties_definition", copy=True
    )

    # amounts, of any state: what is added up is in invoice.ticket.figures.mixin
    tax_included = fields.Boolean(
        string="Prices Include Tax",
        compute="_compute_tax_included",
        store=True,
        readonly=False,
        precompute=True,
        help="Unit prices of the lines contain the tax.",
    )
    line_ids = fields.One2many("invoice.ticket.line", "ticket_id", string="Lines", copy=True)
    amount_untaxed = fields.Monetary(
        string="Untaxed Amount", compute="_compute_amounts", store=True, aggregator=None
    )
    amount_tax = fields.Monetary(
        string="Tax Amount", compute="_compute_amounts", store=True, aggregator=None
    )
    amount_total = fields.Monetary(
        string="Total", compute="_compute_amounts", store=True, tracking=True, aggregator=None
    )
    contract_currency_id = fields.Many2one(
        related="contract_id.currency_id", string="Contract Currency"
    )
    amount_contract = fields.Monetary(
        string="Total in Contract Currency",
        compute="_compute_amount_contract",
        currency_field="contract_currency_id",
        store=True,
        aggregator=None,
        compute_sudo=True,
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    amount_company = fields.Monetary(
        string="Total in Company Currency",
        compute="_compute_amount_company",
        currency_field="company_currency_id",
        store=True,
        aggregator=None,
        compute_sudo=True,
        help="At the rate of the day of issue. Zero while there is no rate of the currency.",
    )

    # the issued document
    fapiao_code = fields.Char(
        copy=False,
        help="10 or 12 digits at the top of an older fapiao. A digital fapiao has none.",
    )
    fapiao_number = fields.Char(
        string="Number",
        copy=False,
        index="trigram",
        tracking=True,
        help="As the tax bureau gave it: 20 digits on a digital fapiao, 8 on one with a code.",
    )
    check_code = fields.Char(
        copy=False,
        help="20 digits on an ordinary fapiao with a code; the last six prove it genuine when it "
        "is looked up at the tax bureau.",
    )
    issue_date = fields.Date(
        copy=False,
        index=True,
        tracking=True,
        help="Day that is printed on the fapiao. The tax is due for its month.",
    )
    issue_user_id = fields.Many2one("res.users", string="Issued By", copy=False)
    fapiao_attachment_id = fields.Many2one(
        "ir.attachment",
        string="E-Invoice File",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    # delivery
    shipment_ids = fields.Many2many(
        "invoice.shipment", "invoice_shipment_ticket_rel", "ticket_id", "shipment_id", copy=False
    )
    shipping_state = fields.Selection(
        selection=[
            ("none", "Not Shipped"),
            ("shipping", "On Its Way"),
            ("delivered", "Delivered"),
            ("problem", "Problem"),
        ],
        compute="_compute_shipping_state",
        store=True,
        compute_sudo=True,
    )
    sent_on = fields.Datetime(string="E-Mailed On", copy=False)

    # Red letters and originals have numbers of their own; a voided number stays taken.
    _fapiao_uniq = models.UniqueIndex(
        "(company_id, COALESCE(fapiao_code, ''), fapiao_number) WHERE fapiao_number IS NOT NULL",
        "Another ticket has this fapiao number.",
    )
    _list_idx = models.Index("(company_id, id DESC) WHERE active IS TRUE")
    # The counts of the search panel; figures by month are in invoice.ticket.figures.mixin.
    _status_idx = models.Index("(company_id, status) WHERE active IS TRUE")
    _type_idx = models.Index("(company_id, type_id) WHERE active IS TRUE")
    # The same counts of what approvals asked somebody about; archived tickets are found by it too.
    _approval_reader_idx = models.Index(
        "(approval_audience_id, company_id, active, status, type_id) "
        "WHERE approval_audience_id IS NOT NULL"
    )
    _partner_state_idx = models.Index("(partner_id, state)")
    _partner_newest_idx = models.Index(
        "(partner_id, id DESC) INCLUDE (company_id) WHERE active IS TRUE"
    )
    _archived_idx = models.Index("(id) WHERE active IS NOT TRUE")
    _unpaid_idx = models.Index(
        "(company_id, date_due) "
        "WHERE state = 'issued' AND (payment_state <> 'paid' OR payment_state IS NULL)"
    )
    # Worklists, see invoice.worklist; what waits to be issued is found by its state. Little is
    # open of what a department has ever written: whose it is stands in the index as well.
    _open_idx = models.Index(
        "(company_id, date_due) INCLUDE (currency_id, type_id, amount_open, active, "
        "user_id, department_id, approval_audience_id) "
        "WHERE state = 'issued' AND amount_due > 0"
    )
    _unrated_idx = models.Index("(currency_id) WHERE amount_company = 0 AND amount_total <> 0")

    # === COMPUTE METHODS === #

    @api.depends("company_id")
    def _compute_tax_included(self):
        for ticket in self:
            # The prices of a saved ticket keep their meaning.
            proposed = ticket.company_id.ticket_tax_included
            ticket.tax_included = ticket.tax_included if ticket._origin else proposed

    @api.depends("line_ids.amount_untaxed", "line_ids.amount_tax")
    def _compute_amounts(self):
        for ticket in self:
            ticket.amount_untaxed = sum(ticket.line_ids.mapped("amount_untaxed"))
            ticket.amount_tax = sum(ticket.line_ids.mapped("amount_tax"))
            ticket.amount_total = ticket.amount_untaxed + ticket.amount_tax

    @api.depends("amount_total", "currency_id", "contract_id.currency_id", "issue_date")
    def _compute_amount_contract(self):
        today = fields.Date.context_today(self)
        foreign = self.filtered(
            lambda t: t.contract_id and t.contract_id.currency_id != t.currency_id
        )
        unrated = foreign.filtered(lambda t: t._get_unrated_of(t.contract_id.currency_id))
        unrated.amount_contract = 0.0
        for ticket in self - unrated:
            currency = ticket.contract_id.currency_id
            ticket.amount_contract = currency and ticket.currency_id._convert(
                ticket.amount_total, currency, ticket.company_id, ticket.issue_date or today
            )

    @api.depends("amount_total", "currency_id", "company_id", "issue_date")
    def _compute_amount_company(self):
        today = fields.Date.context_today(self)
        unrated = self._get_unrated()
        unrated.amount_company = 0.0
        for ticket in self - unrated:
            company = ticket.company_id
            currency = ticket.currency_id or company.currency_id
            ticket.amount_company = company and currency._convert(
                ticket.amount_total, company.currency_id, company, ticket.issue_date or today
            )

    @api.depends("shipment_ids.state", "shipment_ids.has_left")
    def _compute_shipping_state(self):
        for ticket in self:
            # A number that was typed moves no parcel.
            states = set(ticket.shipment_ids.filtered("has_left").mapped("state"))
            if "delivered" in states:
                ticket.shipping_state = "delivered"
            elif states & {"problem", "returned"}:
                ticket.shipping_state = "problem"
            else:
                ticket.shipping_state = "shipping" if states else "none"

    @api.depends("state", "payment_state", "shipping_state", "sent_on", "amount_valid")
    def _compute_status(self):
        for ticket in self:
            if ticket.state != "issued":
                ticket.status = ticket.state
            elif ticket.amount_valid != ticket.amount_total:
                is_whole = ticket.currency_id.is_zero(ticket.amount_valid)
                ticket.status = "red" if is_whole else "partial_red"
            elif ticket.payment_state in ("paid", "partial"):
                ticket.status = ticket.payment_state
            elif ticket.sent_on or ticket.shipping_state in ("shipping", "delivered"):
                ticket.status = "sent" if ticket.red_of_id else "to_pay"
            else:
                ticket.status = "issued"

    @api.model
    def _order_statuses(self, statuses, domain):
        """Columns of a kanban view in the order in which a ticket goes through them."""
        order = [value for value, _label in self._fields["status"].selection]
        return sorted(statuses, key=order.index)

    # === CONSTRAINT METHODS === #

    @api.constrains("fapiao_code", "fapiao_number", "type_id")
    def _check_fapiao_number(self):
        for ticket in self:
            problem = ticket.type_id._get_number_problem(ticket.fapiao_code, ticket.fapiao_number)
            if problem:
                raise ValidationError(problem)

    @api.constrains("contract_id", "sale_order_id", "partner_id")
    def _check_customer(self):
        for ticket in self.filtered("partner_id"):
            for source in filter(None, (ticket.contract_id, ticket.sale_order_id)):
                source._check_customers_of(ticket)
            ticket.allocation_ids._check_customer()

    # === CRUD METHODS === #

    @api.model
    def default_get(self, fields: list[str]):
        values = super().default_get(fields)
        self._clean_numbers(values)
        if commands := values.get("line_ids"):
            values["line_ids"] = self.line_ids._complete_commands(commands)
        return values

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = self.type_id._add_defaults(self._add_level_types(vals_list))
        for vals in vals_list:
            self._clean_numbers(vals)
            self._check_fapiao_rights(vals)
        tickets = super().create(vals_list)
        for ticket, vals in zip(tickets, vals_list, strict=True):
            proven(ticket)._complete_buyer(vals)
        tickets._assign_names()
        return tickets

    def write(self, vals):
        vals = dict(vals)
        self._clean_numbers(vals)
        self._check_fapiao_rights(vals)
        return super().write(vals)

    def onchange(self, values: dict, field_names: list[str], fields_spec: dict):
        """Show the custom fields of the type as soon as it is chosen.

        Core compares values only, and fields that are still empty look unchanged to it.
        """
        result = super().onchange(values, field_names, fields_spec)
        answer = result["value"]
        if "properties" in fields_spec and (not field_names or "type_id" in field_names):
            ticket_type = answer.get("type_id") or values.get("type_id")
            type_id = ticket_type["id"] if isinstance(ticket_type, dict) else ticket_type
            [fresh] = self.new({"type_id": type_id}).web_read({"properties": {}})
            answer["properties"] = answer.get("properties") or fresh["properties"]
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        for ticket in self:
            if ticket.state != "draft":
                raise UserError(
                    self.env._("%s is not a draft and must be kept.", ticket.display_name)
                )

    @api.model
    def _clean_numbers(self, vals):
        for fname in FAPIAO_NUMBERS:
            if fname in vals:
                vals[fname] = clean_number(vals[fname])

    def _assign_names(self):
        """Number the tickets, with one query for a whole batch of a company."""
        for company, tickets in proven(self).grouped("company_id").items():
            names = self.env["ir.sequence"]._next_codes("invoice.ticket", company, len(tickets))
            for ticket, name in zip(tickets, names, strict=True):
                ticket.name = name

    # === MAIL === #

    def _mail_get_partner_fields(self, introspect_fields=False):
        return ["partner_id"]

    def _mail_get_partners(self, introspect_fields=False):
        """Mails go to the contact who answers for the customer's billing data."""
        partners = super()._mail_get_partners(introspect_fields)
        for ticket in self:
            contact = ticket.partner_id.commercial_partner_id.invoice_contact_id
            if contact.active and contact.email:
                partners[ticket.id] = contact
        return partners
