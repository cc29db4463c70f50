from itertools import count

from odoo.fields import Command

from odoo.addons.base.tests.common import BaseCommon

GROUP = "invoice_crm_addon.group_ticket_{}".format


class TicketCommon(BaseCommon):
    """People, customers and documents for the tests of this module.

    The tests work in a company of their own, in CNY, without a chart of accounts, beside
    whatever the database holds. Each role is a user whose login is ``ticket_<role>``, so
    that a demo database does not get in the way:

    Attribute      Department  Group
    =====================================================================================
    sales          A           user: own documents
    colleague      A           user: own documents
    sales2         B           user: own documents
    lead           A           department's documents
    finance        –           finance
    manager        –           administrator
    auditor        –           internal user and auditor
    approver       –           internal user, nothing else
    outsider       –           internal user, nothing else
    finance_other  –           finance of ``company_other``
    portal         –           portal user of ``customer``
    public         –           the public user
    =====================================================================================
    """

    ROLES = {
        "sales": [GROUP("user")],
        "colleague": [GROUP("user")],
        "sales2": [GROUP("user")],
        "lead": [GROUP("department")],
        "finance": [GROUP("finance")],
        "manager": [GROUP("manager")],
        "auditor": ["base.group_user", GROUP("auditor")],
        "approver": ["base.group_user"],
        "outsider": ["base.group_user"],
    }
    MEMBERS = {"sales": "A", "colleague": "A", "lead": "A", "sales2": "B"}
    BANK_ACCOUNT = "6222021001116245702"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.numbers = count(1)
        cls._setup_companies()
        cls._setup_people()
        cls._setup_customers()
        cls._setup_ticket_types()

    # === SETUP === #

    @classmethod
    def setup_independent_company(cls, **kwargs):
        return cls._create_ticket_company("Ticket Test Company", "91110108MA01TEST18")

    @classmethod
    def _create_ticket_company(cls, name, vat):
        currency = cls._enable_currency("CNY")
        return cls.env["res.company"].create(
            {
                "name": name,
                "vat": vat,
                "country_id": cls.env.ref("base.cn").id,
                "currency_id": currency.id,
            }
        )

    @classmethod
    def _setup_companies(cls):
        cls.company_other = cls._create_ticket_company("Other Company", "91310000MA1FTEST1X")
        cls.env.user.company_ids |= cls.company_other
        cls.tax_13 = cls._create_tax(13)
        cls.tax_6 = cls._create_tax(6)
        cls.tax_other = cls._create_tax(13, cls.company_other)

    @classmethod
    def _create_tax(cls, rate, company=None, **values):
        company = company or cls.company
        group = cls.env["account.tax.group"].create(
            {
                "name": f"VAT {rate} %",
                "company_id": company.id,
                "country_id": company.country_id.id,
            }
        )
        return (
            cls.env["account.tax"]
            .with_company(company)
            .create(
                {
                    "name": f"VAT {rate} %",
                    "amount": rate,
                    "amount_type": "percent",
                    "type_tax_use": "sale",
                    "company_id": company.id,
                    "country_id": company.country_id.id,
                    "tax_group_id": group.id,
                    **values,
                }
            )
        )

    @classmethod
    def _setup_people(cls):
        # The day is one for all who work in a test.
        cls.env.user.tz = "UTC"
        Department = cls.env["hr.department"]
        cls.department_a, cls.department_b = Department.create(
            [{"name": f"Department {x}", "company_id": cls.company.id} for x in "AB"]
        )
        departments = {"A": cls.department_a, "B": cls.department_b}
        people = [
            *((role, groups, cls.company) for role, groups in cls.ROLES.items()),
            ("finance_other", [GROUP("finance")], cls.company_other),
            ("portal", ["base.group_portal"], cls.company),
        ]
        # All at once, since every class of tests begins with this.
        users = cls.env["res.users"].create([cls._prepare_user(*person) for person in people])
        for (role, _groups, _company), user in zip(people, users, strict=True):
            setattr(cls, role, user)
        cls.env["hr.employee"].create(
            [
                {
                    "name": role,
                    "user_id": getattr(cls, role).id,
                    "company_id": cls.company.id,
                    "department_id": departments[department].id,
                }
                for role, department in cls.MEMBERS.items()
            ]
        )
        cls.public = cls.env.ref("base.public_user")

    @classmethod
    def _create_user(cls, role, groups, company=None):
        return cls.env["res.users"].create(cls._prepare_user(role, groups, company or cls.company))

    @classmethod
    def _prepare_user(cls, role, groups, company):
        """Values of a user whose password is the login."""
        login = f"ticket_{role}"
        return {
            "login": login,
            "password": login,
            "name": role.replace("_", " ").title(),
            "email": f"{role}@ticket.example.com",
            "group_ids": [Command.set([cls.env.ref(group).id for group in groups])],
            "company_id": company.id,
            "company_ids": [Command.set(company.ids)],
            "tz": "UTC",
        }

    @classmethod
    def _speak_english(cls):
        """Let the tests of a class speak English, where the database speaks something else.

        For ``setUpClass`` only: an environment that is made within a test is forgotten by the
        transaction when that ends, and what it has in its cache is not cleared with the rest.
        """
        cls.env = cls.env(context={**cls.env.context, "lang": "en_US"})
        cls._let_people_read_english()

    @classmethod
    def _let_people_read_english(cls):
        cls.env["res.lang"]._activate_lang("en_US")
        people = cls.env["res.users"].union(*(getattr(cls, role) for role in cls.ROLES))
        (people.partner_id | cls.customer | cls.portal.partner_id).lang = "en_US"

    @classmethod
    def _setup_customers(cls):
        cls.bank = cls.env["res.bank"].create({"name": "ICBC Beijing Haidian"})
        cls.customer = cls.env["res.partner"].create(
            {
                "name": "Beijing Example Trading",
                "is_company": True,
                "country_id": cls.env.ref("base.cn").id,
                "vat": "91110108MA00TEST2K",
                "invoice_title": "Beijing Example Trading Co., Ltd.",
                "invoice_address": "1 Zhongguancun Street, Haidian, Beijing",
                "invoice_phone": "010-62345678",
                "invoice_bank_name": cls.bank.name,
                "invoice_bank_acc_number": cls.BANK_ACCOUNT,
            }
        )
        cls.bank_account = cls.customer.invoice_bank_account_id
        cls.portal.partner_id.parent_id = cls.customer

    @classmethod
    def _setup_ticket_types(cls):
        def ref(name):
            return cls.env.ref(f"invoice_crm_addon.ticket_type_{name}")

        cls.type_digital_special = ref("digital_special")
        cls.type_digital_ordinary = ref("digital_ordinary")
        cls.type_special = ref("special")
        cls.type_ordinary = ref("ordinary")
        cls.type_receipt = ref("receipt")
        cls.type_voucher = ref("voucher")

    # === RECORDS === #

    @classmethod
    def _prepare_ticket_values(cls, **values):
        """Values of a digital fapiao with one line of 1,130.00 yuan, 13 % tax included."""
        company = cls.env["res.company"].browse(values.get("company_id", cls.company.id))
        tax = cls.tax_other if company == cls.company_other else cls.tax_13
        return {
            "type_id": cls.type_digital_special.id,
            "partner_id": cls.customer.id,
            "company_id": company.id,
            "user_id": cls.sales.id,
            "tax_included": True,
            "line_ids": [
                Command.create({"name": "Consulting", "price_unit": 1130.0, "tax_id": tax.id})
            ],
            **values,
        }

    @classmethod
    def _create_ticket(cls, **values):
        """A draft of ``sales``, in superuser mode."""
        return cls.env["invoice.ticket"].create(cls._prepare_ticket_values(**values))

    @classmethod
    def _create_contract(cls, **values):
        """A draft contract of ``sales`` over 11,300.00 yuan, in superuser mode."""
        return cls.env["invoice.contract"].create(
            {
                "name": "Annual service",
                "partner_id": cls.customer.id,
                "company_id": cls.company.id,
                "currency_id": cls.currency.id,
                "user_id": cls.sales.id,
                "amount_total": 11300.0,
                **values,
            }
        )

    @classmethod
    def _create_flow(cls, model, stages, **values):
        """An approval flow that comes before all others.

        :param str model: name of the model that it applies to
        :param list stages: for each stage its approvers (``res.users``), or a dict of values
        """
        commands = []
        for index, stage in enumerate(stages, start=1):
            if not isinstance(stage, dict):
                stage = {"user_ids": [Command.set(stage.ids)]}
            commands.append(Command.create({"name": f"Stage {index}", "sequence": index, **stage}))
        return cls.env["invoice.approval.flow"].create(
            {
                "name": f"Flow of {model}",
                "sequence": -1,
                "company_id": cls.company.id,
                "res_model": model,
                "fallback_user_id": cls.manager.id,
                "stage_ids": commands,
                **values,
            }
        )

    @classmethod
    def _setup_books(cls, company):
        """The few accounts and journals that invoices and payments need.

        :return: a sale and a bank journal
        """
        journals = cls.env["account.journal"].search([("company_id", "=", company.id)])
        if journals:
            return journals
        receivable, outstanding, income = (
            cls.env["account.account"]
            .with_company(company)
            .create(
                [
                    {"name": "Receivable", "code": "1122", "account_type": "asset_receivable"},
                    {"name": "Outstanding", "code": "1002", "account_type": "asset_current"},
                    {"name": "Income", "code": "6001", "account_type": "income"},
                ]
            )
        )
        outstanding.reconcile = True
        company.transfer_account_id = outstanding
        cls.customer.with_company(company).property_account_receivable_id = receivable
        return (
            cls.env["account.journal"]
            .with_company(company)
            .create(
                [
                    {
                        "name": "Sales",
                        "code": "TSAL",
                        "type": "sale",
                        "default_account_id": income.id,
                        "company_id": company.id,
                    },
                    {"name": "Bank", "code": "TBNK", "type": "bank", "company_id": company.id},
                ]
            )
        )

    @classmethod
    def _setup_bank(cls, company, number):
        """:return: the bank journal of the company, which takes statements of the account"""
        journal = cls._setup_books(company).filtered(lambda j: j.type == "bank")[:1]
        if not journal.suspense_account_id:
            journal.suspense_account_id = (
                cls.env["account.account"]
                .with_company(company)
                .create({"name": "Suspense", "code": "100299", "account_type": "asset_current"})
            )
        journal.bank_account_id = cls.env["res.partner.bank"].create(
            {"acc_number": number, "partner_id": company.partner_id.id, "company_id": company.id}
        )
        return journal

    @classmethod
    def _create_payment(cls, post=True, **values):
        """A collection of 1,130.00 yuan."""
        company = cls.env["res.company"].browse(values.get("company_id", cls.company.id))
        journal = cls._setup_books(company).filtered(lambda j: j.type == "bank")
        payment = (
            cls.env["account.payment"]
            .with_company(company)
            .create(
                {
                    "partner_id": cls.customer.id,
                    "partner_type": "customer",
                    "payment_type": "inbound",
                    "amount": 1130.0,
                    "journal_id": journal.id,
                    **values,
                }
            )
        )
        if post:
            payment.action_post()
        return payment

    @classmethod
    def _create_shipment(cls, tickets, **values):
        """A parcel with issued tickets of one customer and company."""
        return cls.env["invoice.shipment"].create(
            {
                "carrier_id": cls.env.ref("invoice_crm_addon.carrier_sf").id,
                "tracking_number": f"SF{next(cls.numbers):013d}",
                "partner_id": tickets.partner_id.commercial_partner_id.id,
                "company_id": tickets.company_id.id,
                "ticket_ids": [Command.set(tickets.ids)],
                **values,
            }
        )

    # === STEPS === #

    @classmethod
    def _submit(cls, documents):
        """Submit drafts, each by the user in charge of it."""
        for document in documents:
            document.with_user(document.user_id).action_submit()

    @classmethod
    def _approve(cls, documents):
        """Bring documents through all steps of their approval; drafts are submitted first."""
        cls._submit(documents.filtered(lambda document: document.state == "draft"))
        for request in documents.approval_request_id:
            while request.state == "pending":
                approver = request.waiting_user_ids[0]
                request.with_user(approver).action_approve()

    @classmethod
    def _issue(cls, ticket, number=None):
        """Issue a ticket, as finance of its company; what is not approved yet is first.

        :param str number: default: the next of the numbers that the tests give
        """
        cls._approve(ticket.filtered(lambda t: t.state in ("draft", "pending")))
        finance = cls.finance_other if ticket.company_id == cls.company_other else cls.finance
        ticket_as_finance = ticket.with_user(finance)
        if ticket.is_fapiao:
            ticket_as_finance.write(cls._prepare_fapiao_values(ticket, number))
        ticket_as_finance.action_issue()

    @classmethod
    def _prepare_fapiao_values(cls, ticket, number=None):
        if ticket.number_shape == "digital":
            return {"fapiao_number": number or f"2611{next(cls.numbers):016d}"}
        return {
            "fapiao_code": "1100201130",
            "fapiao_number": number or f"{next(cls.numbers):08d}",
        }
