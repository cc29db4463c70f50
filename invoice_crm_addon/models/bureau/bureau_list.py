import hashlib

from odoo import api, fields, models

from ...bureau_list import read_list
from ...bureau_list.values import clean_tax_id
from ...sheets import SheetError
from ..base.words import words

#: A list that is larger is read by the job: some thousand rows.
FOREGROUND_SIZE = 400 * 1024


class InvoiceBureauList(models.Model):
    """A file of the tax bureau's list of all fapiao (全量发票查询导出结果), and what came of it.

    What our companies issued becomes what the bureau says of a month; fapiao of others to us are
    counted and left alone. The same list once more changes nothing. A list that says more of a
    fapiao than what is there – voided, red-lettered, another amount – updates it; one that was
    exported earlier does not make it valid again.

    Finance drops lists where e-invoice files are dropped, and reads them with auditors. Nobody
    writes here but by that.
    """

    _name = "invoice.bureau.list"
    _inherit = ["invoice.names.mixin"]
    _description = "Tax Bureau List"
    _order = "id desc"

    name = fields.Char(string="File", required=True)
    file_id = fields.Many2one(
        "invoice.fapiao.file",
        string="E-Invoice Upload",
        index="btree_not_null",
        ondelete="set null",
    )
    attachment_id = fields.Many2one(related="file_id.attachment_id")
    file_data = fields.Binary(related="file_id.file_data", string="Original")
    sha256 = fields.Char(string="SHA-256")
    user_id = fields.Many2one(
        "res.users", string="Read By", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    date_from = fields.Date(string="From")
    date_to = fields.Date(string="To")
    months = fields.Char(help="Months of which the list names fapiao that we issued.")
    month_ids = fields.Many2many("invoice.bureau.month", string="Months Named", copy=False)
    our_count = fields.Integer(string="Issued by Us")
    new_count = fields.Integer(string="Newly Listed")
    updated_count = fields.Integer(string="Brought Up to Date")
    unchanged_count = fields.Integer(string="Unchanged")
    incoming_count = fields.Integer(
        string="Issued to Us", help="Of other sellers, or of companies that you may not see."
    )
    faulty_count = fields.Integer(string="Not Taken")
    destroyed_count = fields.Integer(
        string="Number Destroyed", help="A spreadsheet saved the number as 2.63E+19."
    )
    faults = fields.Json(groups="base.group_system")

    # === READ === #

    @api.model
    def _take_file(self, file, content):
        """Read a list that was dropped.

        :param invoice.fapiao.file file: as which it came
        :param bytes content: of the file
        :rtype: invoice.bureau.list
        :raise UserError: if it cannot be read
        """
        self.env["invoice.fapiao.translator"]._check_finance()
        # sudo: users have no right to write here but by dropping a list
        list_sudo = self.sudo().create(
            {
                "name": file.name,
                "file_id": file.id,
                "sha256": hashlib.sha256(content).hexdigest(),
                "user_id": self.env.uid,
                "company_id": self.env.company.id,
            }
        )
        companies = self._get_companies()
        upsert = self.env["invoice.bureau.fapiao"]._start_upsert(list_sudo, companies)
        try:
            summary = read_list(content, set(companies), upsert.take)
        except SheetError as error:
            raise self._get_sheet_error(error) from error
        # What is of one company is for its readers, wherever it was dropped.
        owners = {company for company, _day in upsert.months}
        list_sudo.write(
            {
                "company_id": owners.pop() if len(owners) == 1 else self.env.company.id,
                "date_from": upsert.date_from,
                "date_to": upsert.date_to,
                "months": ", ".join(sorted({f"{day:%Y-%m}" for _company, day in upsert.months})),
                "our_count": summary.ours,
                "new_count": upsert.new_count,
                "updated_count": upsert.updated_count,
                "unchanged_count": summary.ours - upsert.new_count - upsert.updated_count,
                "incoming_count": summary.incoming,
                "faulty_count": summary.faulty,
                "destroyed_count": summary.destroyed,
                "faults": [vars(fault) for fault in summary.faults],
            }
        )
        upsert.finish()
        list_sudo.issued_count = len(self._settle_batches(upsert.changed_ids))
        return list_sudo.with_env(self.env)

    @api.model
    def _get_companies(self):
        """Companies of the user by their tax number.

        :rtype: dict[str, int]
        """
        # sudo: res.company - tax numbers of companies for which the user works
        companies_sudo = self.env.user.sudo().company_ids
        return {clean_tax_id(c.vat): c.id for c in companies_sudo if c.vat}

    # === TEXT === #

    def _get_result_text(self):
        """What came of the list, in a sentence that is kept.

        :rtype: Words
        """
        self.ensure_one()
        make = words(self.env)
        if not self.our_count and not self.faulty_count:
            return make._(
                "Tax bureau list: none of its %s fapiao was issued by a company of yours. Is the "
                "tax number of your company entered?",
                self.incoming_count,
            )
        parts = [
            make._(
                "Tax bureau list of %(months)s: %(new)s new, %(updated)s updated, %(unchanged)s "
                "unchanged.",
                months=self.months or "–",
                new=self.new_count,
                updated=self.updated_count,
                unchanged=self.unchanged_count,
            )
        ]
        if self.incoming_count:
            parts.append(make._("%s were issued to you, and left alone.", self.incoming_count))
        if self.destroyed_count:
            parts.append(
                make._(
                    "%s have a number that a spreadsheet destroyed: export the list anew.",
                    self.destroyed_count,
                )
            )
        if others := self.faulty_count - self.destroyed_count:
            parts.append(make._("%s rows could not be taken, see the list.", others))
        return make.join(" ", parts)
