from datetime import date

from ..ledger.common import LedgerCommon


class StatementCommon(LedgerCommon):
    """A customer of ``sales`` with an e-mail address, and its statement of March 2026."""

    FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._speak_english()
        cls.customer.write({"user_id": cls.sales.id, "email": "books@customer.example.com"})
        cls.portal.partner_id.parent_id = False
        outstanding = cls.env["account.account"].search(
            [("code", "=", "1002"), ("company_ids", "in", cls.company.ids)]
        )
        cls.bank = cls._setup_books(cls.company).filtered(lambda journal: journal.type == "bank")
        cls.bank.inbound_payment_method_line_ids.payment_account_id = outstanding
        cls.bank.outbound_payment_method_line_ids.payment_account_id = outstanding
        cls.Statement = cls.env["invoice.account.statement"]

    @classmethod
    def _create_customer(cls, name, **values):
        values = {"is_company": True, "user_id": cls.sales.id, **values}
        account = cls.customer.with_company(cls.company).property_account_receivable_id
        customer = cls.env["res.partner"].create({"name": name, **values})
        customer.with_company(cls.company).property_account_receivable_id = account
        return customer

    @classmethod
    def _bill(cls, day="2026-03-10", price=1000.0, **values):
        return cls._create_invoice(
            price,
            **{
                "invoice_date": day,
                "invoice_date_due": day,
                "invoice_payment_term_id": False,
                **values,
            },
        )

    def _prepare(self, customers=None, user=None, first=None, last=None):
        """Drafts with their figures."""
        first, last = first or self.FIRST, last or self.LAST
        Statement = self.Statement.with_user(user or self.finance)
        owners = Statement._find_customers(self.company, first, last, customers or self.customer)
        statements = Statement._prepare(self.company, owners, first, last)
        statements._refresh_figures()
        return statements

    def _send(self, customers=None, user=None, **kwargs):
        """Statements that wait for the answer."""
        statements = self._prepare(customers, user, **kwargs)
        statements._deliver()
        return statements

    def _open_wizard(self, user, customers=None):
        Wizard = self.env["invoice.account.statement.wizard"].with_user(user)
        Wizard = Wizard.with_company(self.company)
        if customers is None:
            action = Wizard.action_open_all()
        else:
            action = customers.with_env(Wizard.env).action_send_statements()
        wizard = Wizard.browse(action["res_id"])
        wizard.write({"date_from": self.FIRST, "date_to": self.LAST})
        wizard.action_preview()
        return wizard
