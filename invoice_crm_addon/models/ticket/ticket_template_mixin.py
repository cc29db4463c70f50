from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import format_date, get_lang

TEXTS = ("content", "note")
LINE_FIELDS = ("product_id", "name", "quantity", "price_unit", "tax_id")


class InvoiceTicketTemplateMixin(models.AbstractModel):
    """Tickets that a template fills.

    It fills what is empty and what a template filled before, never what somebody typed. The
    ticket remembers what was filled, so that another template, or a contract that is chosen
    later, replaces just that. See ``invoice.ticket.template`` for the one that is proposed.
    """

    _name = "invoice.ticket.template.mixin"
    _description = "Document That a Template Fills"

    template_id = fields.Many2one(
        "invoice.ticket.template",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        copy=False,
        domain="['|', ('company_id', '=', False), ('company_id', 'parent_of', company_id)]",
        help="Fills what is empty and what the template before filled; what you typed stays.",
    )
    template_filled = fields.Json(copy=False, export_string_translation=False)

    # === CRUD METHODS === #

    @api.model
    def _add_level_types(self, vals_list):
        """Values of new tickets with the type of the customer's level, where none is given."""
        if "default_type_id" in self.env.context:
            return vals_list
        customers = {
            index: vals["partner_id"]
            for index, vals in enumerate(vals_list)
            if "type_id" not in vals and isinstance(vals.get("partner_id"), int)
        }
        if not customers:
            return vals_list
        known = set(self.env["res.partner"].browse(set(customers.values())).exists().ids)
        result = list(vals_list)
        for index, partner_id in customers.items():
            if partner_id in known:
                partner = self.env["res.partner"].browse(partner_id).with_prefetch(known)
                company = self.env["res.company"].browse(vals_list[index].get("company_id"))
                if level_type := partner._get_level_ticket_type(company or self.env.company):
                    result[index] = {**vals_list[index], "type_id": level_type.id}
        return result

    # === ONCHANGE METHODS === #

    @api.onchange("partner_id", "contract_id", "sale_order_id", "company_id")
    def _onchange_template_proposal(self):
        if self.red_of_id:
            return
        if self._origin:
            # Nothing is proposed any more, but what a template filled follows.
            if self.template_id:
                self._fill_from_template()
            return
        filled = self._get_filled()
        proposed = self._get_proposed_template()
        if self.template_id.id in (False, filled.get("proposed")):
            self.template_id = proposed
            filled["proposed"] = proposed.id
        level_type = self.partner_id._get_level_ticket_type(self.company_id)
        self._fill_type(level_type, filled)
        self.template_filled = filled
        self._fill_from_template()

    @api.onchange("template_id")
    def _onchange_template_id(self):
        self._fill_from_template()

    # === ACTION METHODS === #

    def action_save_as_template(self):
        """Make a template of the ticket, and open it.

        :raise AccessError: if the user is no administrator of tickets
        """
        self.ensure_one()
        self.check_access("read")
        Template = self.env["invoice.ticket.template"]
        Template.check_access("create")
        template = Template.create(
            {
                "name": self.content or self.type_id.name,
                "company_id": self.company_id.id,
                "type_id": self.type_id.id,
                "content": self._escape_braces(self.content),
                "note": self._escape_braces(self.note),
                "line_ids": [
                    Command.create(
                        {
                            "product_id": line.product_id.id,
                            "name": self._escape_braces(line.name),
                            "quantity": line.quantity,
                            "price_unit": line.price_unit,
                            "tax_id": line.tax_id.id,
                        }
                    )
                    for line in self.line_ids
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": template._name,
            "res_id": template.id,
            "views": [(False, "form")],
        }

    @api.model
    def _escape_braces(self, text):
        """Braces that somebody typed on a ticket are no placeholders."""
        return text and text.replace("{", "(").replace("}", ")")

    # === TEMPLATE === #

    @api.model
    def _add_proposals(self, values):
        """Values of a ticket that is made without its form, with all that the form fills in.

        :param dict values: of the ticket, with commands for its rows
        :return: these, with template, type, texts and lines where they say nothing
        :rtype: dict
        """
        ticket = self.new(values)
        ticket._onchange_template_proposal()
        template = ticket.template_id
        proposed = {fname: ticket[fname] for fname in (*TEXTS, "template_filled")}
        proposed |= {f: ticket[f].id for f in ("template_id", "type_id") if ticket[f]}
        if template and not values.get("line_ids"):
            placeholders = ticket._get_placeholder_values()
            proposed["line_ids"] = [
                Command.create(line._prepare_line_values(placeholders, ticket.company_id))
                for line in template.line_ids
            ]
        return {**values, **proposed}

    def _get_proposed_template(self):
        """The first template that applies: order, contract, customer, level.

        :rtype: invoice.ticket.template
        """
        # sudo: only the template is taken; orders and contracts of others propose theirs too
        ticket_sudo = self.sudo()
        customer = ticket_sudo.partner_id.commercial_partner_id
        templates_sudo = ticket_sudo.template_id.browse().concat(
            ticket_sudo._get_documented_orders().ticket_template_id,
            ticket_sudo.contract_id.ticket_template_id,
            customer.ticket_template_id,
            customer.customer_level_id.template_id,
        )
        return templates_sudo._get_offered(self.company_id).sudo(False)

    def _get_filled(self):
        """What a template filled, by field; whatever a caller may have sent in its place."""
        filled = self.template_filled
        return dict(filled) if isinstance(filled, dict) else {}

    def _fill_from_template(self):
        """Fill what is empty or was filled by a template, and remember it."""
        filled = self._get_filled()
        template = self.template_id
        locked = self.locked_fields or {}
        values = self._get_placeholder_values()
        texts = template._prepare_texts(values) if template else {}
        for fname in TEXTS:
            if fname not in locked and self[fname] in (False, "", filled.get(fname)):
                self[fname] = filled[fname] = texts.get(fname, False)
        if template:
            self._fill_type(template.type_id, filled)
        if "line_ids" not in locked:
            self._fill_lines(template, values, filled)
        self.template_filled = filled

    def _fill_type(self, ticket_type, filled):
        """Take a type over, unless somebody chose one."""
        defaults = {self.env["invoice.ticket.type"].with_company(self.company_id)._get_default().id}
        is_open = self.type_id.id in (defaults | {False, filled.get("type_id")})
        if ticket_type and is_open and "type_id" not in (self.locked_fields or {}):
            self.type_id = ticket_type
            filled["type_id"] = ticket_type.id

    def _fill_lines(self, template, values, filled):
        """Replace lines that a template brought and nobody changed."""
        if self.line_ids and self._get_line_marks() != filled.get("lines"):
            return
        rows = [line._prepare_line_values(values, self.company_id) for line in template.line_ids]
        if not rows and not self.line_ids:
            return
        self.line_ids = [Command.clear(), *map(Command.create, rows)]
        filled["lines"] = self._get_line_marks()

    def _get_line_marks(self):
        """What is compared of the lines, as JSON keeps it."""
        return [
            [line[f].id if f in ("product_id", "tax_id") else line[f] for f in LINE_FIELDS]
            for line in self.line_ids
        ]

    def _get_placeholder_values(self):
        # sudo: only the names that the ticket itself is to show
        ticket_sudo = self.sudo()
        contract = ticket_sudo.contract_id
        date = self.issue_date or fields.Date.context_today(self)
        return {
            "contract_number": contract.number,
            "contract": contract.name,
            "customer": ticket_sudo.partner_id.commercial_partner_id.name,
            "order": ticket_sudo.sale_order_id.name,
            "salesperson": ticket_sudo.user_id.name,
            **self._get_date_placeholders(date),
        }

    @api.model
    def _get_date_placeholders(self, date):
        """Text by placeholder that tells of a day."""
        if get_lang(self.env).code.startswith("zh"):
            period = f"{date.year}年{date.month}月"
        else:
            period = format_date(self.env, date, date_format="MMMM yyyy")
        return {
            "period": period,
            "year": str(date.year),
            "month": str(date.month),
            "date": format_date(self.env, date),
        }
