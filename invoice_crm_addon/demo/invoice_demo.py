from passlib.hash import pbkdf2_sha512

from odoo import api, models
from odoo.fields import Domain

from .accounting import Accounting
from .builder import MODULE, Builder
from .bureau import Bureau
from .checks import Checks
from .contracts import Contracts
from .customers import Customers
from .fapiao import Files
from .goods import Goods
from .reminders import Reminders
from .statements import Statements
from .tickets import Tickets

LOGINS = ("sales", "sales2", "lead", "approver", "finance", "manager", "auditor")
# How the XML ids of demo records begin.
RECORD_KINDS = ("demo", "customer", "user")


class InvoiceDemo(models.AbstractModel):
    """Makes the demo documents by the real actions, each under the user whose work it is.

    Only the dates are put back afterwards, in superuser mode: documents, approvals and messages
    tell the last twelve months. The same day gives the same data.
    """

    _name = "invoice.demo"
    _description = "Demo Data of Tickets"

    @api.model
    def _setup_language(self):
        """Activate Chinese, with the terms of what is installed."""
        if not self.env["res.lang"]._get_data(code="zh_CN"):
            self.env["res.lang"]._activate_lang("zh_CN")
            installed = self.env["ir.module.module"].search([("state", "=", "installed")])
            installed._update_translations(["zh_CN"])
        # Odoo would do so after the demo data, which are written in Chinese.
        self.env.ref(f"base.module_{MODULE}")._update_translations(["zh_CN"])

    @api.model
    def _setup_passwords(self):
        """Make each login its own password.

        As everybody knows them, a costly hash protects nothing, and seven take five seconds.
        Odoo hashes each again, at full cost, when its user first logs in.
        """
        hasher = pbkdf2_sha512.using(rounds=1000)
        for login in LOGINS:
            user = self.env.ref(f"{MODULE}.user_{login}")
            user._set_encrypted_password(user.id, hasher.hash(login))

    @api.model
    def _populate(self):
        """Make billing reviews, contracts, tickets, parcels and collections, once."""
        Goods(self.env).make_goods()
        if Builder(self.env).ref("demo_contract_erp"):
            return
        contracts, tickets = Contracts(self.env), Tickets(self.env)
        Customers(self.env).review_billing_data()
        contracts.make_contracts()
        tickets.make_tickets()
        tickets.make_parcels()
        Accounting(self.env).make_collections()
        Files(self.env).drop_files()
        contracts.end_contracts()
        checks = Checks(self.env)
        checks.check_before()
        Bureau(self.env).make_desk()
        Reminders(self.env).remind()
        Statements(self.env).make_statements()
        checks.check_now()
        tickets.mark_notifications_read()
        # Nobody is told today what happened in the past.
        self.env["invoice.approval.notice"].search([("request_id", "!=", False)]).unlink()

    @api.model
    def _setup_accounting(self):
        """Give the demo company its books."""
        Accounting(self.env).set_up()

    @api.model
    def _setup_products(self):
        """Tax the products of the demo company."""
        Accounting(self.env).tax_products()

    @api.model
    def _setup_ticket_types(self):
        """Give the ticket types their taxes in the demo company."""
        Accounting(self.env).tax_ticket_types()

    @api.model
    def _forget_records(self):
        """For an uninstall hook: let the demo records go on without the module.

        The books refer to them, so they cannot be deleted with it; Odoo would try one by one.
        """
        names = Domain.OR(Domain("name", "=like", f"{kind}\\_%") for kind in RECORD_KINDS)
        records = self.env["ir.model.data"].search(names & Domain("module", "=", MODULE))
        records.unlink()
