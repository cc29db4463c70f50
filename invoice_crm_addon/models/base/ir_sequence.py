from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class IrSequence(models.Model):
    _inherit = "ir.sequence"

    @api.model
    def _next_codes(self, code, company, count):
        """Draw numbers for a batch of records of one company.

        :param str code: code of the sequence
        :param res.company company: its own sequence goes before the shared one
        :param int count: how many numbers are needed
        :return: the formatted numbers, in order
        :rtype: list[str]
        :raise UserError: if there is no such sequence
        """
        # sudo: who may create a document draws its number
        sequence_sudo = self.sudo().search(
            [("code", "=", code), ("company_id", "in", (company.id, False))],
            order="company_id",
            limit=1,
        )
        if not sequence_sudo:
            raise UserError(
                self.env._("The sequence %s is missing. Ask an administrator to restore it.", code)
            )
        return sequence_sudo._next_batch(count)

    def _next_batch(self, count):
        """Draw ``count`` numbers; with a standard sequence in one query.

        :rtype: list[str]
        """
        self.ensure_one()
        if self.implementation != "standard" or self.use_date_range:
            return [self.next_by_id() for _index in range(count)]
        rows = self.env.execute_query(
            SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)",
                f"ir_sequence_{self.id:03d}",
                count,
            )
        )
        return [self.get_next_char(number) for (number,) in rows]
