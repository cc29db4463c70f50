import ast
import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import ormcache, sql

from ..base.tools import forget_rows

# Shapes of a fapiao number: (code, number), from the tax bureau's announcement 2024 no. 11
# (20 digits, no code) and the older VAT invoices (code of 10 or 12 digits, number of 8).
DIGITAL_SHAPE = (re.compile(r""), re.compile(r"\d{20}"))
CODED_SHAPE = (re.compile(r"\d{10}|\d{12}"), re.compile(r"\d{8}"))
NUMBER_SHAPES = {
    "digital": [DIGITAL_SHAPE],
    "coded": [CODED_SHAPE],
    "both": [DIGITAL_SHAPE, CODED_SHAPE],
}

# Billing data that a type can demand.
BILLING_DEMANDS = {
    "none": (),
    "title": ("buyer_name",),
    "title_vat": ("buyer_name", "buyer_vat"),
    "all": (
        "buyer_name",
        "buyer_vat",
        "buyer_address",
        "buyer_phone",
        "buyer_bank_name",
        "buyer_bank_account",
    ),
}
# What an individual has not.
COMPANY_FIELDS = ("buyer_vat", "buyer_bank_name", "buyer_bank_account")
SPECIAL_KINDS = ("digital_special", "special")

# What customers get whose billing data are not as they should be.
POLICIES = [
    ("all", "All tickets"),
    ("draft", "Drafts only"),
    ("nothing", "No tickets"),
]


class InvoiceTicketType(models.Model):
    """A kind of ticket, and what it asks for. A type in use is archived, not deleted."""

    _name = "invoice.ticket.type"
    _inherit = ["invoice.readable.mixin", "invoice.nameable.mixin"]
    _description = "Ticket Type"
    _order = "sequence, id"
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        string="Short Code", required=True, translate=True, help="Shown where space is short."
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Leave empty to use the type in every company."
    )
    color = fields.Integer(
        string="Background Colour",
        help="Marks the tickets of this type in list, kanban and calendar.",
    )

    # fapiao
    is_fapiao = fields.Boolean(
        string="Is a Fapiao", help="The tax bureau numbers it: it needs a valid number to issue."
    )
    number_shape = fields.Selection(
        selection=[
            ("digital", "20 digits (digital)"),
            ("coded", "Code of 10 or 12 digits and number of 8"),
            ("both", "Either of them"),
        ],
        compute="_compute_number_shape",
        store=True,
        readonly=False,
        help="Numbers that tickets of this type take. Other tickets take any number.",
    )
    fapiao_kind = fields.Selection(
        selection=[
            ("digital_special", "Digital, special VAT"),
            ("digital_ordinary", "Digital, ordinary"),
            ("special", "Special VAT, with code"),
            ("ordinary", "Ordinary VAT, with code"),
        ],
        string="Takes E-Invoice Files Of",
        help="Files of this kind that match no ticket become tickets of this type.",
    )

    # what it demands
    billing_requirement = fields.Selection(
        selection=[
            ("none", "Nothing"),
            ("title", "Title"),
            ("title_vat", "Title and tax number"),
            ("all", "All six billing fields"),
        ],
        string="Billing Data Demanded",
        default="title",
        required=True,
    )
    unverified_policy = fields.Selection(
        selection=POLICIES,
        string="Customer Not Verified",
        default="all",
        required=True,
        help="What customers get whose billing data nobody has verified. E-invoice files of what "
        "was issued are always read.",
    )
    incomplete_policy = fields.Selection(
        selection=POLICIES,
        string="Customer Incomplete",
        default="all",
        required=True,
        help="What customers get that lack the billing data which this type demands. The ticket "
        "itself always needs them.",
    )
    contract_required = fields.Boolean(help="Every ticket of this type belongs to a contract.")
    void_policy = fields.Selection(
        selection=[("void", "May be voided"), ("red", "Red letter only")],
        string="To Cancel It",
        default="void",
        required=True,
        help="A digital fapiao is never voided: a negative one, the red letter, cancels it.",
    )
    default_tax_id = fields.Many2one(
        "account.tax",
        company_dependent=True,
        check_company=True,
        domain=[("type_tax_use", "=", "sale"), ("amount_type", "=", "percent")],
        help="Tax of new lines, for the current company.",
    )
    properties_definition = fields.PropertiesDefinition()
    custom_field_ids = fields.One2many(
        "invoice.ticket.type.field", "type_id", string="Custom Fields", copy=True
    )
    ticket_count = fields.Integer(compute="_compute_ticket_count")

    _code_uniq = models.UniqueIndex(
        "(lower(code->>'en_US'), COALESCE(company_id, 0)) WHERE active IS TRUE",
        "Another ticket type has this short code.",
    )

    # === COMPUTE METHODS === #

    @api.depends("is_fapiao")
    def _compute_number_shape(self):
        for ticket_type in self:
            ticket_type.number_shape = ticket_type.is_fapiao and (
                ticket_type.number_shape or "digital"
            )

    def _compute_ticket_count(self):
        counts = dict(
            self.env["invoice.ticket"]._read_group(
                [("type_id", "in", self.ids)], ["type_id"], ["__count"]
            )
        )
        for ticket_type in self:
            ticket_type.ticket_count = counts.get(ticket_type, 0)

    # === CONSTRAINT METHODS === #

    @api.constrains("code", "active", "company_id")
    def _check_code(self):
        """In each language: the index looks at the English code alone."""
        present = self.filtered("active")
        # sudo: invoice.ticket.type - types of all companies
        present = present.sudo()
        others = present.search([("company_id", "in", [False, *present.company_id.ids])])
        for lang, _name in self.env["res.lang"].get_installed() if present else ():
            codes = [
                ((t.code or "").lower(), t.company_id.id) for t in others.with_context(lang=lang)
            ]
            for ticket_type in present.with_context(lang=lang):
                if codes.count(((ticket_type.code or "").lower(), ticket_type.company_id.id)) > 1:
                    raise ValidationError(self.env._("Another ticket type has this short code."))

    @api.constrains("is_fapiao", "number_shape", "void_policy")
    def _check_digital_is_not_voided(self):
        for ticket_type in self:
            if ticket_type.number_shape == "digital" and ticket_type.void_policy == "void":
                raise ValidationError(
                    self.env._(
                        "A digital fapiao cannot be voided, only red-lettered. Choose “Red letter "
                        "only” for the type %s.",
                        ticket_type.name,
                    )
                )

    @api.constrains("properties_definition")
    def _check_custom_fields(self):
        """Custom fields that core lets managers add name documents, and what they choose from."""
        for ticket_type in self:
            for definition in ticket_type.properties_definition or []:
                if hidden := self._get_hidden_of_custom_field(definition):
                    raise ValidationError(
                        self.env._(
                            "The custom field %(field)s chooses by what others may not read: "
                            "%(names)s. Choose by other fields.",
                            field=definition.get("string") or definition["name"],
                            names=", ".join(sorted(hidden)),
                        )
                    )

    @api.model
    def _get_hidden_of_custom_field(self, definition):
        """What a custom field names that it must not: a kind of document, or fields of it.

        :param dict definition: row of the properties definition
        :rtype: set[str]
        """
        model, condition = definition.get("comodel"), definition.get("domain")
        if not model or model not in self.env:
            return set()
        if not self._is_model_nameable(model):
            return {self.env["ir.model"]._get(model).name}
        try:
            domain = ast.literal_eval(condition or "[]")
            return self._get_unnameable_in_domain(model, domain)
        except (ValueError, SyntaxError, TypeError):
            return {condition}

    # === CRUD METHODS === #

    def _auto_init(self):
        # The index of when short codes had no translations is one of text: while it stands, the
        # column cannot become anything else.
        column = sql.table_columns(self.env.cr, self._table).get("code", {})
        if column.get("udt_name") == "varchar":
            sql.drop_index(self.env.cr, f"{self._table}_code_uniq", self._table)
        return super()._auto_init()

    @api.private
    def copy_translations(self, new, excluded=()):
        # A copy has a code of its own, in each language. From outside nobody can name a record.
        return super().copy_translations(new, (*excluded, "code"))

    def copy_data(self, default: dict | None = None):
        # The copies of the custom fields write the definition of the copy.
        default = {"properties_definition": [], **(default or {})}
        vals_list = super().copy_data(default)
        return [
            dict(
                vals,
                name=self.env._("%s (copy)", ticket_type.name),
                code=f"{ticket_type.code}-2",
            )
            for ticket_type, vals in zip(self, vals_list, strict=True)
        ]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # sudo: tickets that the user cannot read use the type too
        Ticket = self.env["invoice.ticket"].sudo().with_context(active_test=False)
        used = Ticket._read_group([("type_id", "in", self.ids)], ["type_id"])
        if used:
            raise UserError(
                self.env._(
                    "Tickets use the type %s. Archive it instead: it can no longer be chosen, and "
                    "the tickets keep it.",
                    ", ".join(ticket_type.name for (ticket_type,) in used),
                )
            )

    # === ACTION METHODS === #

    def action_view_tickets(self):
        """Open the tickets of this type."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_crm_addon.invoice_ticket_action"
        )
        return dict(
            action,
            domain=[("type_id", "=", self.id)],
            context={"default_type_id": self.id},
        )

    # === BUSINESS METHODS === #

    @api.model
    def _get_default(self):
        """The type of a new ticket: the first one of the current company."""
        return self.search(self._check_company_domain(self.env.company), limit=1)

    @api.model
    def _add_defaults(self, vals_list):
        """Values of new tickets with the type that their company proposes.

        It is looked up once, not for each ticket of a batch.
        """
        Ticket = self.env["invoice.ticket"]
        own = Ticket.default_get(["company_id"])["company_id"]
        lacking = {vals.get("company_id") or own for vals in vals_list if "type_id" not in vals}
        types = {id_: Ticket.with_company(id_).default_get(["type_id"]) for id_ in lacking}
        return [{**types.get(vals.get("company_id") or own, {}), **vals} for vals in vals_list]

    def _get_demanded_fields(self, customer):
        """Names of the fields that a ticket of this type must fill in, custom fields apart.

        :param res.partner customer: maybe empty
        :rtype: list[str]
        """
        demanded = ["partner_id", *self._get_demanded_billing(customer)]
        return [*demanded, "contract_id"] if self.contract_required else demanded

    def _get_demanded_billing(self, customer):
        """Names of the ``buyer_*`` fields that a ticket of this type must fill in.

        An individual has neither tax number nor bank to print; a special VAT invoice is for those
        who have.

        :param res.partner customer: maybe empty
        :rtype: list[str]
        """
        demanded = BILLING_DEMANDS[self.billing_requirement or "none"]
        is_company = not customer or customer.commercial_partner_id.is_company
        if is_company or self.fapiao_kind in SPECIAL_KINDS:
            return [*demanded]
        return [fname for fname in demanded if fname not in COMPANY_FIELDS]

    def _get_missing_custom_fields(self, ticket):
        """Labels of the required custom fields that a ticket leaves empty.

        :rtype: list[str]
        """
        if not self.properties_definition:
            return []
        required = self._get_required_custom_fields()
        values = dict(ticket.properties) if required else {}
        return [
            label for label, kind, key in required if self._is_property_empty(kind, values.get(key))
        ]

    @api.model
    def _is_property_empty(self, kind, value):
        """Whether a value leaves a custom field empty; a zero, which Odoo gives as False, not."""
        if kind in ("integer", "float"):
            return value is None
        return kind != "boolean" and not value

    def _sync_custom_fields(self, removed=frozenset()):
        """Bring the properties definition in line with the custom fields.

        :param set removed: names of properties whose custom field is gone
        """
        forget_rows(self.env)
        for ticket_type in self:
            custom_fields = ticket_type.custom_field_ids.sorted(lambda f: (f.sequence, f.id))
            ours = [custom_field._prepare_definition() for custom_field in custom_fields]
            keys = {definition["name"] for definition in ours} | set(removed)
            others = [
                definition
                for definition in ticket_type.properties_definition or []
                if definition["name"] not in keys
            ]
            ticket_type.properties_definition = ours + others

    @ormcache("self.id")
    def _get_required_custom_fields(self):
        """Label, kind and property name of each field that a ticket must fill in.

        Kept in memory: every submission asks for them, and they change rarely.

        :rtype: tuple[tuple]
        """
        self.ensure_one()
        return tuple(
            (custom_field.name, custom_field.kind, custom_field._get_key())
            for custom_field in self.custom_field_ids
            if custom_field.is_required
        )

    def _is_digital_number(self, code, number):
        """Whether a number of this type is that of a digital fapiao."""
        self.ensure_one()
        code_shape, number_shape = DIGITAL_SHAPE
        return bool(
            self.is_fapiao
            and code_shape.fullmatch(code or "")
            and number_shape.fullmatch(number or "")
        )

    def _get_number_problem(self, code, number):
        """What is wrong with a fapiao number of this type.

        :param str code: invoice code, empty for a digital fapiao
        :param str number: invoice number
        :return: a translated sentence, or False
        """
        self.ensure_one()
        if not self.is_fapiao or not (code or number):
            return False
        for code_shape, number_shape in NUMBER_SHAPES[self.number_shape or "both"]:
            if code_shape.fullmatch(code or "") and number_shape.fullmatch(number or ""):
                return False
        shapes = dict(self._fields["number_shape"]._description_selection(self.env))
        return self.env._(
            "The number “%(number)s” does not fit the type %(type)s. Expected: %(shape)s.",
            number=" ".join(filter(None, [code, number])),
            type=self.name,
            shape=shapes[self.number_shape or "both"],
        )
