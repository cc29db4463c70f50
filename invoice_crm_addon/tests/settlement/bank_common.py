import csv
import io

from odoo.fields import Command

from ..common import TicketCommon

HEAD = ["交易日期", "对方户名", "对方账号", "收入金额", "支出金额", "摘要", "交易流水号"]


class BankCommon(TicketCommon):
    """A company with books, a bank journal with its account number, and open invoices."""

    OWN = "1100066600000000001"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "lang": "en_US"})
        cls.bank_journal = cls._setup_bank(cls.company, cls.OWN)
        cls.sale_journal = cls._setup_books(cls.company).filtered(lambda j: j.type == "sale")[:1]
        cls.other_customer = cls.env["res.partner"].create(
            {"name": "上海样品科技有限公司", "is_company": True}
        )
        if not cls.other_customer.property_account_receivable_id:
            receivable = cls.customer.with_company(cls.company).property_account_receivable_id
            cls.other_customer.with_company(cls.company).property_account_receivable_id = receivable

    @classmethod
    def _create_invoice(cls, amount, customer=None, due="2026-10-01", **values):
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (customer or cls.customer).id,
                "journal_id": cls.sale_journal.id,
                "company_id": cls.company.id,
                "currency_id": cls.currency.id,
                "invoice_date": "2026-09-01",
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Goods", "quantity": 1, "price_unit": amount, "tax_ids": []}
                    )
                ],
                **values,
            }
        )
        move.action_post()
        return move

    @classmethod
    def _make_csv(cls, *rows, head=None, above=()):
        """:param rows: day, name, account, amount, text, serial"""
        file = io.StringIO()
        writer = csv.writer(file)
        writer.writerows(above)
        writer.writerow(head or HEAD)
        for day, name, account, amount, text, serial in rows:
            income, expense = ("", -amount) if amount < 0 else (amount, "")
            writer.writerow([day, name, account, income, expense, text, serial])
        return file.getvalue().encode("gb18030")

    @classmethod
    def _open_wizard(cls, *contents, user=None, names=None):
        user = user or cls.finance
        env = cls.env(user=user)
        attachments = env["ir.attachment"].create(
            [
                {"name": f"statement{number}.csv", "raw": content}
                for number, content in enumerate(contents)
            ]
        )
        wizard = env["invoice.bank.statement.wizard"].create(
            {"attachment_ids": [Command.set(attachments.ids)]}
        )
        wizard.action_look()
        return wizard

    @classmethod
    def _import(cls, *rows, user=None, **options):
        """Import rows as one file into the bank journal.

        :return: rows of the worklist, in the order of the file
        """
        wizard = cls._open_wizard(cls._make_csv(*rows, **options), user=user)
        wizard.file_ids.filtered(lambda file: not file.journal_id).journal_id = cls.bank_journal
        known = cls.env["invoice.bank.match"].search([])
        wizard.action_import()
        return (cls.env["invoice.bank.match"].search([]) - known).sorted("id")


def delete_bank_traces(registry, name):
    """Take away what tests of real transactions left of a journal and a customer of this name."""
    journal = "(SELECT id FROM account_journal WHERE name->>'en_US' = %s)"
    items = f"(SELECT id FROM account_move_line WHERE journal_id IN {journal})"
    with registry.cursor() as cr:
        for query in (
            f"DELETE FROM account_partial_reconcile WHERE debit_move_id IN {items}",
            f"DELETE FROM account_payment WHERE journal_id IN {journal}",
            f"DELETE FROM account_move WHERE journal_id IN {journal}",
            f"DELETE FROM account_bank_statement WHERE journal_id IN {journal}",
            f"DELETE FROM account_payment_method_line WHERE journal_id IN {journal}",
            "DELETE FROM account_journal WHERE name->>'en_US' = %s",
            "DELETE FROM res_partner WHERE name = %s",
        ):
            cr.execute(query, [name])
