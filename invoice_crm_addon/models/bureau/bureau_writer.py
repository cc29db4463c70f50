import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...sheets.bureau_plain import make_plain_template, make_red_list
from ...sheets.bureau_rules import Line, Ticket, check, make_rows
from ...sheets.bureau_template import fill_template, read_template
from ..base.exact_float import to_decimal
from .bureau_faults import get_problem

# Beyond it the tax bureau issues nothing of a workbook, as that says itself.
MOST_ROWS = 5000
# Types whose fapiao the tax bureau issues from a workbook; paper it does not.
DIGITAL = {"digital_special": True, "digital_ordinary": False}


class InvoiceBureauWriter(models.AbstractModel):
    """Says tickets as the tax bureau's workbook has them, and what it would refuse of them."""

    _name = "invoice.bureau.writer"
    _description = "Writer of Workbooks for the Tax Bureau"

    # === CHECK === #

    @api.model
    def _find_problems(self, tickets, company):
        """What the tax bureau would refuse.

        :return: for each ticket a list of sentences, empty if there is nothing to mend
        :rtype: dict[invoice.ticket, list[str]]
        """
        template = read_template(self._get_content(company))
        problems = {}
        for ticket in tickets:
            if ticket.red_of_id:
                problems[ticket] = self._find_red_problems(ticket)
            else:
                found = check(self._translate(ticket), template)
                problems[ticket] = [get_problem(self.env, problem) for problem in found]
        return problems

    @api.model
    def _get_unfit_reason(self, ticket):
        """Why the workbook is not for a ticket at all, or False."""
        if ticket.type_id.fapiao_kind not in DIGITAL:
            return self.env._("Only digital fapiao are issued from a workbook.")
        if ticket.currency_id != ticket.company_id.currency_id:
            return self.env._("The tax bureau issues in the currency of the company only.")
        return False

    @api.model
    def _find_red_problems(self, letter):
        original = letter.red_of_id
        problems = []
        if original.state != "issued" or not original.fapiao_number:
            problems.append(self.env._("The fapiao that it takes back has no number."))
        if not letter.red_reason:
            problems.append(self.env._("The reason of the red letter is missing."))
        return problems

    # === TRANSLATE === #

    @api.model
    def _translate(self, ticket):
        """A ticket as the rules know it.

        :rtype: Ticket
        """
        ticket_type, buyer = ticket.type_id, ticket.partner_id.commercial_partner_id
        return Ticket(
            serial=ticket.name,
            is_special=DIGITAL[ticket_type.fapiao_kind],
            tax_included=ticket.tax_included,
            is_person=bool(buyer) and not buyer.is_company,
            special=ticket_type.special_business or "",
            buyer={
                "name": ticket.buyer_name or "",
                "vat": ticket.buyer_vat or "",
                "address": ticket.buyer_address or "",
                "phone": ticket.buyer_phone or "",
                "bank": ticket.buyer_bank_name or "",
                "account": ticket.buyer_bank_account or "",
                "email": buyer.email or "",
            },
            lines=tuple(self._translate_line(line) for line in ticket.line_ids),
            rows=tuple(row._get_values() for row in self._get_rows(ticket)),
            remark=ticket.name if ticket.company_id.bureau_serial_in_remark else "",
            seller=self._get_seller(ticket.company_id),
            extras=tuple(self._get_extras(ticket)),
        )

    @api.model
    def _get_seller(self, company):
        """What fapiao show of the company beside its name, if it wants them to.

        :rtype: dict[str, str]
        """
        if not company.bureau_shows_seller:
            return {}
        # sudo: res.partner - the company's own data, which its fapiao show to everybody
        partner_sudo = company.sudo().partner_id
        account_sudo = partner_sudo.invoice_bank_account_id or partner_sudo.bank_ids[:1]
        return {
            "address": partner_sudo.invoice_address or partner_sudo.contact_address_inline or "",
            "phone": partner_sudo.invoice_phone or partner_sudo.phone or "",
            "bank": account_sudo.bank_id.name or "",
            "account": account_sudo.acc_number or "",
        }

    @api.model
    def _get_rows(self, ticket):
        """Rows of the business of the type; what another type asked for says nothing."""
        return ticket.special_ids if ticket.type_id.special_business else ticket.special_ids[:0]

    @api.model
    def _translate_line(self, line):
        return Line(
            name=line.name or "",
            code=line.tax_code or "",
            quantity=to_decimal(line.quantity),
            price=to_decimal(line.price_unit),
            untaxed=to_decimal(line.amount_untaxed),
            tax=to_decimal(line.amount_tax),
            rate=to_decimal(line.tax_id.amount) / 100,
            treatment=line.tax_treatment or "taxed",
            policy=line.tax_policy or "",
            specification=line.specification or "",
            unit=line.unit or "",
        )

    @api.model
    def _get_extras(self, ticket):
        """Names and texts of the custom fields that stand on the fapiao."""
        printed = ticket.type_id.custom_field_ids.filtered("is_on_fapiao")
        if not printed:
            return
        values = dict(ticket.properties)
        for custom_field in printed:
            value = values.get(custom_field._get_key())
            if custom_field.kind == "boolean":
                yield custom_field.name, "是" if value else "否"
            elif value or value == 0 and value is not False:
                yield custom_field.name, str(value)

    # === WRITE === #

    @api.model
    def _get_content(self, company):
        """The workbook to fill: the latest of the company, else a plain one of ours."""
        template = self.env["invoice.bureau.template"]._get_current(company)
        return base64.b64decode(template.content) if template else make_plain_template()

    @api.model
    def _write_workbook(self, tickets, company):
        """The workbook of the company with tickets in it.

        :rtype: bytes
        :raise UserError: if it would have more lines than the tax bureau takes
        """
        content = self._get_content(company)
        template = read_template(content)
        rows = make_rows([self._translate(ticket) for ticket in tickets], template)
        if (count := max(map(len, rows.values()))) > MOST_ROWS:
            raise UserError(
                self.env._(
                    "The tax bureau takes %(most)s lines in a workbook, and these tickets have "
                    "%(count)s. Choose fewer of them.",
                    most=MOST_ROWS,
                    count=count,
                )
            )
        return fill_template(content, template, rows)

    @api.model
    def _write_red_list(self, letters):
        """A list of red letters for whoever enters them in the tax bureau.

        :rtype: bytes
        """
        # As the tax bureau calls them, whatever language finance reads.
        reasons = {"01": "开票有误", "02": "销货退回", "03": "服务中止", "04": "销售折让"}
        rows = [
            (
                letter.name,
                letter.red_of_id.fapiao_number or "",
                fields.Date.to_string(letter.red_of_id.issue_date) or "",
                letter.buyer_name or "",
                letter.buyer_vat or "",
                reasons.get(letter.red_reason, ""),
                letter.red_confirmation_number or "",
                letter.amount_untaxed,
                letter.amount_tax,
                letter.amount_total,
            )
            for letter in letters
        ]
        lines = [
            (
                letter.name,
                line.name or "",
                line.tax_code or "",
                line.quantity,
                line.amount_untaxed,
                line.tax_id.amount / 100,
                line.amount_tax,
            )
            for letter in letters
            for line in letter.line_ids
        ]
        return make_red_list(rows, lines)
