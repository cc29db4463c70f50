from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..base.words import words
from ..ledger.chain_steps import COLUMNS, KIND_OF

# How many of those that do not fit together a sentence names, for each thing that differs.
MOST_NAMED = 3


class InvoiceTicketableMixin(models.AbstractModel):
    """Tickets made of what they document: of what is left of it, with one click.

    One ticket of several invoices or payments, which have a customer, a currency, a company and a
    contract in common; or one for each of them, as drafts. Whoever may read the document and
    create tickets can do it.
    """

    _inherit = "invoice.ticketable.mixin"

    can_create_ticket = fields.Boolean(compute="_compute_can_create_ticket")

    @api.depends(lambda self: ["amount_to_ticket", *self._get_limit_dependencies()])
    @api.depends_context("uid")
    def _compute_can_create_ticket(self):
        self._compute_can("create_ticket")

    # === CAN === #

    def _get_cannot_create_ticket_reason(self):
        if not self.env["invoice.ticket"].has_access("create"):
            return self.env._("You may not create tickets.")
        if self.currency_id.compare_amounts(self.amount_to_ticket, 0.0) <= 0:
            return words(self.env)._("Nothing of %s is left to ticket.", self.display_name)
        return False

    # === ACTION METHODS === #

    def action_create_ticket(self):
        """Open a new ticket of what is left of the records, with all that is known of them.

        :raise UserError: if one of them cannot be ticketed, or they do not fit on one ticket
        """
        self._check_can("create_ticket")
        self._check_one_ticket()
        return self.env["invoice.ticket"]._open_new(self._prepare_ticket_context())

    def action_create_tickets(self):
        """Create a draft of what is left of each record, and open the drafts.

        :raise UserError: if one of them cannot be ticketed
        """
        self._check_can("create_ticket", claim=True)
        drafts = self.env["invoice.ticket"].create(
            [record._prepare_ticket_values() for record in self]
        )
        return self.env["invoice.ticket"]._open_tickets(drafts)

    def action_split_ticket(self):
        """Open the dialog that divides what is left among several tickets.

        :raise UserError: if the record cannot be ticketed
        """
        self.ensure_one()
        self._check_can("create_ticket")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Split into Tickets"),
            "res_model": "invoice.ticket.split.wizard",
            "views": [(False, "form")],
            "target": "new",
            "context": {f"default_{COLUMNS[KIND_OF[self._name]]}": self.id},
        }

    # === ONE TICKET OF MANY === #

    def _check_one_ticket(self):
        """:raise UserError: if the records differ in what a ticket has only one of"""
        if not self:
            raise UserError(self.env._("Choose what the ticket is for first."))
        if self._name == "sale.order" and len(self) > 1:
            raise UserError(
                self.env._(
                    "A ticket is of one order. Create a ticket for each of them, or one of their "
                    "invoices."
                )
            )
        # sudo: compared, and named to who reads the records
        records_sudo = self.sudo()
        customers = records_sudo.grouped(lambda record: record.partner_id.commercial_partner_id)
        for groups, sentence in (
            (
                records_sudo.grouped("company_id"),
                self.env._("One ticket is of one company. These are of several:"),
            ),
            (customers, self.env._("One ticket is for one customer. These are of several:")),
            (
                records_sudo.grouped("currency_id"),
                self.env._("One ticket is in one currency. These are in several:"),
            ),
            (
                records_sudo.grouped(self._map_making_contracts().get),
                self.env._("One ticket is of one contract. These are of several:"),
            ),
        ):
            if len(groups) > 1:
                message = f"{sentence}\n{self._name_groups(groups)}"
                raise UserError(message)

    @api.model
    def _name_groups(self, groups):
        """What differs, and the records of each: one line for each."""
        lines = []
        for value, records in groups.items():
            names = records[:MOST_NAMED].mapped("display_name")
            names += ["…"] * (len(records) > MOST_NAMED)
            lines.append(f"{value.display_name or '–'}: {', '.join(names)}")
        return "\n".join(lines)

    def _get_making_contracts(self):
        """Contracts of the money that can be ticketed, in superuser mode."""
        # sudo: which ones there are; a ticket takes only what its author may read
        return self.env["invoice.contract"].sudo().union(*self._map_making_contracts().values())

    def _map_making_contracts(self):
        """:rtype: dict[recordset, invoice.contract]"""
        return {
            # sudo: which ones there are; a ticket takes only what its author may read
            record: record.sudo()
            ._get_ticketing_contracts()
            .filtered(lambda contract: contract.state == "active")
            for record in self
        }

    # === VALUES === #

    def _prepare_ticket_lines(self):
        """Values of the lines that document each record as a whole, prices without tax.

        :return: values by record, see ``_prepare_from_source``; none where nothing is known
        :rtype: dict[recordset, list[dict]]
        """
        return {record: [] for record in self}

    def _prepare_left_lines(self):
        """Values of the lines of what is left of the records, one after the other.

        :rtype: list[dict]
        """
        lines, scale = self._prepare_ticket_lines(), self.env["invoice.ticket.line"]._scale_values
        return [
            values
            for record in self
            for values in scale(lines[record], record.amount_to_ticket, record.currency_id)
        ]

    def _prepare_ticket_line_commands(self):
        """Commands that create the lines of what is left of the records."""
        return [Command.create(values) for values in self._prepare_left_lines()]

    def _prepare_allocation_commands(self, fname):
        """Commands that tie a ticket to what is left of the records."""
        return [
            Command.create({fname: record.id, "amount": record.amount_to_ticket}) for record in self
        ]

    def _prepare_common_context(self, user):
        """Defaults of a ticket of the records that all kinds of documents have.

        :param res.users user: who looks after them
        """
        company = self.company_id[:1]
        return {
            # sudo: res.partner - the customer that the records name
            "default_partner_id": self.sudo().partner_id.commercial_partner_id[:1].id,
            "default_company_id": company.id,
            "default_currency_id": self.currency_id[:1].id,
            "default_contract_id": self._get_making_contracts()[:1].id,
            "default_user_id": self.env["invoice.ticket"]._get_owner(user, company).id,
        }

    def _prepare_rest_context(self):
        """Defaults of a ticket of what is left of the record."""
        return self._prepare_ticket_context()

    def _prepare_ticket_values(self):
        """Values of a draft of what is left of the record: those that its form would save."""
        self.ensure_one()
        context = self._prepare_rest_context()
        values = {key.removeprefix("default_"): value for key, value in context.items()}
        if (contract_id := values.get("contract_id")) and not self.env[
            "invoice.ticket"
        ].contract_id.browse(contract_id).has_access("read"):
            # The ticket still belongs to it, along the way of its money.
            values["contract_id"] = False
        return self.env["invoice.ticket"]._add_proposals(values)

    def _prepare_single_line(self, amount, names, context):
        """Values of the one line of a ticket where nothing more is known of its goods.

        The first line of the template that applies says what it is, with its tax.

        :param float amount: tax included
        :param list names: what to call it, if there is no template; the first one that is given
        :param dict context: defaults of the ticket
        """
        values = {key.removeprefix("default_"): value for key, value in context.items()}
        values = {**values, "line_ids": False}
        ticket = self.env["invoice.ticket"].new(values)
        template_line = ticket._get_proposed_template().line_ids[:1]
        line = {}
        if template_line:
            line = template_line._prepare_line_values(
                ticket._get_placeholder_values(), ticket.company_id
            )
        name = line.get("name") or next(filter(None, names), False) or ticket.type_id.name
        return {**line, "name": name, "quantity": 1.0, "price_unit": amount}

    # === SEVERAL TICKETS OF ONE === #

    def _divide_left_lines(self, amounts):
        """Divide what is left among tickets, each with a part of every line.

        :param list amounts: what each ticket comes to, tax included
        :return: amount and values of the lines of each; no lines where nothing is known
        :rtype: list[tuple]
        """
        self.ensure_one()
        divide = self.env["invoice.ticket.line"]._divide_values
        divided = divide(self._prepare_left_lines(), amounts, self.currency_id)
        return list(zip(amounts, divided, strict=True))

    def _prepare_part_values(self, base, amount, lines):
        """Values of a draft of a part of the record.

        :param dict base: values of a ticket of all that is left
        :param float amount: tax included
        :param list lines: values of its lines; without any, one line says what it is for
        """
        values = {**base, "currency_id": self.currency_id.id}
        if not lines:
            context = {f"default_{fname}": value for fname, value in values.items()}
            lines = [self._prepare_single_line(amount, [base.get("content")], context)]
            values["tax_included"] = True
        values["line_ids"] = [Command.create(line) for line in lines]
        if base.get("allocation_ids"):
            fname = COLUMNS[KIND_OF[self._name]]
            values["allocation_ids"] = [Command.create({fname: self.id, "amount": amount})]
        return values
