from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..base.tools import clean_number

# Tickets that hold part of the amount that they document. A red letter frees its amount once
# it is issued, not before.
HOLDING_STATES = ("pending", "approved", "issued")
# Number and date of the issued document: finance enters them, before and when it is issued.
FAPIAO_FIELDS = {"fapiao_code", "fapiao_number", "check_code", "issue_date"}
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
    Red letter Finance      issued, not itself red, no red letter yet; with a reason
    Reissue    User         voided or red-lettered, not reissued yet
    Send       User         issued
    Reset      User         approved, not issued
    =====================================================================================
    """

    _name = "invoice.ticket"
    _description = "Ticket"
    _inherit = [
        "mail.thread.main.attachment",
        "mail.activity.mixin",
        "invoice.approval.mixin",
    ]
    _order = "id desc"
    _rec_names_search = ["name", "fapiao_number", "buyer_name", "partner_id.name"]
    _check_company_auto = True

    _guarded_fields = (
        "name",
        "state",
        "reissue_of_id",
        "red_of_id",
        "void_reason",
        "void_user_id",
        "void_date",
        "issue_user_id",
        "sent_on",
        "fapiao_attachment_id",
        "shipment_ids",
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
        default=lambda self: self._default_type_id(),
        domain="['|', ('company_id', '=', False), ('company_id', 'parent_of', company_id)]",
        tracking=True,
    )
    type_color = fields.Integer(related="type_id.color", string="Type Colour")
    is_fapiao = fields.Boolean(related="type_id.is_fapiao")
    number_shape = fields.Selection(related="type_id.number_shape")
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
            ("red", "Red-Lettered"),
        ],
        compute="_compute_status",
        store=True,
        index=True,
        help="The one word that says where the ticket stands.",
    )

    # organisation
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="In Charge",
        default=lambda self: self.env.user,
        index=True,
        domain=[("share", "=", False)],
        tracking=True,
    )
    department_id = fields.Many2one(
        "hr.department",
        compute="_compute_department_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        check_company=True,
        tracking=True,
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
    contract_id = fields.Many2one(
        "invoice.contract",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('partner_id', '=?', partner_id), ('state', '=', 'active')]",
        tracking=True,
    )
    sale_order_id = fields.Many2one(
        "sale.order", index="btree_not_null", ondelete="set null", check_company=True
    )
    allocation_ids = fields.One2many(
        "invoice.ticket.allocation", "ticket_id", string="Documents", copy=False
    )
    content = fields.Char(help="What the ticket is for, in a few words.")
    note = fields.Text()
    properties = fields.Properties(
        string="Custom Fields", definition="type_id.properties_definition", copy=True
    )

    # amounts
    tax_included = fields.Boolean(
        string="Prices Include Tax",
        default=lambda self: self.env.company.ticket_tax_included,
        help="Unit prices of the lines contain the tax.",
    )
    line_ids = fields.One2many("invoice.ticket.line", "ticket_id", string="Lines", copy=True)
    amount_untaxed = fields.Monetary(
        string="Untaxed Amount", compute="_compute_amounts", store=True
    )
    amount_tax = fields.Monetary(string="Tax Amount", compute="_compute_amounts", store=True)
    amount_total = fields.Monetary(
        string="Total", compute="_compute_amounts", store=True, tracking=True
    )
    contract_currency_id = fields.Many2one(
        related="contract_id.currency_id", string="Contract Currency"
    )
    amount_contract = fields.Monetary(
        string="Total in Contract Currency",
        compute="_compute_amount_contract",
        currency_field="contract_currency_id",
        store=True,
        compute_sudo=True,
    )
    amount_paid = fields.Monetary(compute="_compute_payment", store=True)
    amount_due = fields.Monetary(compute="_compute_payment", store=True)
    payment_state = fields.Selection(
        selection=[("not_paid", "Not Paid"), ("partial", "Partly Paid"), ("paid", "Paid")],
        compute="_compute_payment",
        store=True,
    )
    date_due = fields.Date(string="Due Date")

    # the issued document
    fapiao_code = fields.Char(copy=False)
    fapiao_number = fields.Char(string="Number", copy=False, index="trigram", tracking=True)
    check_code = fields.Char(copy=False)
    issue_date = fields.Date(copy=False, index=True, tracking=True)
    issue_user_id = fields.Many2one("res.users", string="Issued By", copy=False)
    fapiao_attachment_id = fields.Many2one(
        "ir.attachment",
        string="E-Invoice File",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    # corrections
    void_reason = fields.Text(string="Reason", copy=False)
    void_user_id = fields.Many2one("res.users", string="Voided By", copy=False)
    void_date = fields.Datetime(string="Voided On", copy=False)
    reissue_of_id = fields.Many2one("invoice.ticket", index="btree_not_null", copy=False)
    reissue_ids = fields.One2many("invoice.ticket", "reissue_of_id", string="Reissued As")
    red_of_id = fields.Many2one(
        "invoice.ticket", string="Red Letter Of", index="btree_not_null", copy=False
    )
    red_ids = fields.One2many("invoice.ticket", "red_of_id", string="Red Letters")

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
    _partner_state_idx = models.Index("(partner_id, state)")

    # === DEFAULT METHODS === #

    def _default_type_id(self):
        company = self.env.company
        return self.env["invoice.ticket.type"].search(
            [*self.env["invoice.ticket.type"]._check_company_domain(company)], limit=1
        )

    # === COMPUTE METHODS === #

    @api.depends("company_id")
    def _compute_currency_id(self):
        for ticket in self:
            ticket.currency_id = (ticket.company_id or self.env.company).currency_id

    @api.depends("user_id")
    def _compute_department_id(self):
        for ticket in self:
            department_sudo = ticket.user_id.sudo()._get_ticket_department(ticket.company_id)
            ticket.department_id = department_sudo or ticket.department_id

    @api.depends("line_ids.amount_untaxed", "line_ids.amount_tax")
    def _compute_amounts(self):
        for ticket in self:
            ticket.amount_untaxed = sum(ticket.line_ids.mapped("amount_untaxed"))
            ticket.amount_tax = sum(ticket.line_ids.mapped("amount_tax"))
            ticket.amount_total = ticket.amount_untaxed + ticket.amount_tax

    @api.depends("amount_total", "currency_id", "contract_id.currency_id", "issue_date")
    def _compute_amount_contract(self):
        today = fields.Date.context_today(self)
        for ticket in self:
            currency = ticket.contract_id.currency_id
            ticket.amount_contract = currency and ticket.currency_id._convert(
                ticket.amount_total, currency, ticket.company_id, ticket.issue_date or today
            )

    @api.depends("amount_total", "allocation_ids.amount_paid")
    def _compute_payment(self):
        for ticket in self:
            # A ticket may name an invoice and the payment of that invoice: it is paid once.
            paid = min(
                abs(sum(ticket.allocation_ids.mapped("amount_paid"))), abs(ticket.amount_total)
            )
            ticket.amount_paid = -paid if ticket.amount_total < 0 else paid
            ticket.amount_due = ticket.amount_total - ticket.amount_paid
            if ticket.currency_id.is_zero(paid):
                ticket.payment_state = "not_paid"
            elif ticket.currency_id.is_zero(ticket.amount_due):
                ticket.payment_state = "paid"
            else:
                ticket.payment_state = "partial"

    @api.depends("shipment_ids.state")
    def _compute_shipping_state(self):
        for ticket in self:
            states = set(ticket.shipment_ids.mapped("state"))
            if "delivered" in states:
                ticket.shipping_state = "delivered"
            elif states & {"problem", "returned"}:
                ticket.shipping_state = "problem"
            else:
                ticket.shipping_state = "shipping" if states else "none"

    @api.depends("state", "payment_state", "shipping_state", "sent_on", "date_due", "red_ids.state")
    def _compute_status(self):
        for ticket in self:
            if ticket.state != "issued":
                ticket.status = ticket.state
            elif "issued" in ticket.red_ids.mapped("state"):
                ticket.status = "red"
            elif ticket.payment_state in ("paid", "partial"):
                ticket.status = ticket.payment_state
            elif ticket.sent_on or ticket.shipping_state in ("shipping", "delivered"):
                ticket.status = "to_pay" if ticket.date_due else "sent"
            else:
                ticket.status = "issued"

    @api.depends("name", "fapiao_number")
    def _compute_display_name(self):
        for ticket in self:
            number = f" ({ticket.fapiao_number})" if ticket.fapiao_number else ""
            ticket.display_name = f"{ticket.name or ''}{number}"

    # === CONSTRAINT METHODS === #

    @api.constrains("fapiao_code", "fapiao_number", "type_id")
    def _check_fapiao_number(self):
        for ticket in self:
            problem = ticket.type_id._get_number_problem(ticket.fapiao_code, ticket.fapiao_number)
            if problem:
                raise ValidationError(problem)

    @api.constrains("contract_id", "partner_id")
    def _check_contract_customer(self):
        for ticket in self.filtered(lambda t: t.contract_id and t.partner_id):
            contract_sudo = ticket.contract_id.sudo()
            customer = contract_sudo.partner_id.commercial_partner_id
            if customer != ticket.partner_id.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "The contract %(contract)s belongs to %(customer)s. Choose a contract of "
                        "this customer, or none.",
                        contract=contract_sudo.display_name,
                        customer=customer.name,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        # The default is looked up once, not for each ticket of a batch.
        if any("type_id" not in vals for vals in vals_list):
            default = self.default_get(["type_id"])
            vals_list = [{**default, **vals} for vals in vals_list]
        for vals in vals_list:
            self._clean_numbers(vals)
            self._check_fapiao_rights(vals)
        tickets = super().create(vals_list)
        for ticket, vals in zip(tickets, vals_list, strict=True):
            ticket.sudo()._complete_buyer(vals)
        tickets._assign_names()
        return tickets

    def write(self, vals):
        vals = dict(vals)
        self._clean_numbers(vals)
        self._check_fapiao_rights(vals)
        return super().write(vals)

    def onchange(self, values, field_names, fields_spec):
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
        for fname in ("fapiao_code", "fapiao_number", "check_code"):
            if fname in vals:
                vals[fname] = clean_number(vals[fname])

    def _check_fapiao_rights(self, vals):
        """:raise AccessError: if a caller outside finance sets or clears number or date of issue"""
        if self.env.su or not any(
            vals[fname] or any(self._is_changed_by(fname, vals[fname]))
            for fname in vals.keys() & FAPIAO_FIELDS
        ):
            return
        if not self.env.user.has_group(FINANCE):
            raise AccessError(
                self.env._("Only finance enters the number and the date of an issued ticket.")
            )

    # === GUARD === #

    @api.model
    def _get_content_fields(self):
        """Names of the fields that say what the ticket is about: frozen once it is no draft.

        :rtype: list[str]
        """
        return [
            "type_id",
            "partner_id",
            "buyer_name",
            "buyer_vat",
            "buyer_address",
            "buyer_phone",
            "buyer_bank_name",
            "buyer_bank_account",
            "contract_id",
            "company_id",
            "currency_id",
            "content",
            "tax_included",
            "properties",
            "sale_order_id",
            "line_ids",
        ]

    @api.model
    def _get_approval_trigger_fields(self):
        return [
            "line_ids",
            "type_id",
            "partner_id",
            "contract_id",
            "content",
            "tax_included",
            "buyer_name",
            "buyer_vat",
            "buyer_address",
            "buyer_phone",
            "buyer_bank_name",
            "date_due",
            "properties",
            "user_id",
            "note",
        ]

    @api.model
    def _get_approval_row_fields(self):
        return {
            "line_ids": [
                "name",
                "product_id",
                "specification",
                "unit",
                "quantity",
                "price_unit",
                "tax_id",
                "tax_code",
            ]
        }

    @api.model
    def _get_approval_row_extras(self):
        amounts = ["is_from_document", "document_untaxed", "document_tax"]
        return [*super()._get_approval_row_extras(), *amounts]

    @api.model
    def _get_readable_fields(self):
        return super()._get_readable_fields() | {"contract_id"}

    @api.model
    def _get_lock_dependencies(self):
        return [*super()._get_lock_dependencies(), "red_of_id", "active"]

    @api.model
    def _get_lockable_fields(self):
        return super()._get_lockable_fields() | FAPIAO_FIELDS | {*self._get_content_fields()}

    def _get_state_locks(self):
        locks = super()._get_state_locks()
        is_finance = self.env.user.has_group(FINANCE)
        if self.red_of_id:
            reason = self.env._("A red letter repeats the ticket that it cancels.")
            locks.update(dict.fromkeys([*self._get_content_fields(), "allocation_ids"], reason))
        elif self.state != "draft":
            reason = self.env._(
                "It is no draft any more. Withdraw or reset it first; once issued, void or "
                "reissue it."
            )
            locks.update(dict.fromkeys(self._get_content_fields(), reason))
            # Finance reconciles at any time.
            if self.state == "voided" or not is_finance:
                locks["allocation_ids"] = reason
        if not self.partner_id and not self.red_of_id:
            # Of an e-invoice whose customer was unknown, somebody finds out later.
            locks.pop("partner_id", None)
        if not is_finance:
            reason = self.env._("Finance enters it.")
            locks.update(dict.fromkeys(FAPIAO_FIELDS, reason))
        elif self.state not in ("draft", "approved"):
            reason = self.env._("It is entered before the ticket is issued, once it is approved.")
            locks.update(dict.fromkeys(FAPIAO_FIELDS, reason))
        if self.active and self.state != "draft":
            locks["active"] = self.env._("Only drafts are archived; others stay in sight.")
        return locks

    def _assign_names(self):
        """Number the tickets, with one query for a whole batch of a company."""
        for company, tickets in self.sudo().grouped("company_id").items():
            names = self.env["ir.sequence"]._next_codes("invoice.ticket", company, len(tickets))
            for ticket, name in zip(tickets, names, strict=True):
                ticket.name = name

    # === ACCESS === #

    def _mail_get_partner_fields(self, introspect_fields=False):
        return ["partner_id"]
