"""Rows of lists that grow beside the tickets: reminders, statements, bank lines, planned bills,
findings of the data check, batches for the tax bureau, differences explained, the log of exports.

One row of the demo data is cloned in SQL, ``BENCH_ROWS`` times, for 5,000 customers, over two
years. One in fifty is of the salesperson, one in fifty of the lead's department. What is open,
failed or new is one in a hundred.
"""

import os

ROWS = int(os.environ.get("BENCH_ROWS", 100_000))
CUSTOMERS, DAYS = 5000, 730
DAY = f"CURRENT_DATE - (n::bigint * 7919 % {DAYS})::int"


class GrownRows:
    """Makes the rows, in a transaction that nobody commits.

    :param screens: what clones rows, as superuser
    :param company: of the rows
    :param dict users: users by role
    """

    def __init__(self, screens, company, users):
        self.screens, self.env, self.company = screens, screens.env, company
        lead = self.env["hr.employee"].search([("user_id", "=", users["lead"].id)])
        department = lead.department_id[:1]
        other = self.env["hr.department"].create({"name": "Other", "company_id": company.id})
        self.env.flush_all()
        self.people = {
            "user_id": f"CASE n % 50 WHEN 1 THEN {users['sales'].id} ELSE {users['sales2'].id} END",
            "department_id": f"CASE n % 50 WHEN 0 THEN {department.id} ELSE {other.id} END",
        }
        sales, others = users["sales"].id, users["sales2"].id
        self.letters = {
            **self.people,
            "customer_user_id": f"CASE n % 50 WHEN 1 THEN {sales} ELSE {others} END",
        }
        self.partner = self._make_customers()
        self._make_letters()
        self._make_bank_lines(users["finance"])
        self._make_others(users)
        self._analyze()

    def _get_source(self, model, *domain):
        Model = self.env[model].with_context(active_test=False)
        if "company_id" in Model._fields:
            domain = (("company_id", "=", self.company.id), *domain)
        return Model.search(list(domain), limit=1)

    def _clone(self, model, *domain, **values):
        source = self._get_source(model, *domain)
        assert source, f"the demo data have no {model}"
        return self.screens.clone(source._table, ROWS, source, **values)[0]

    def _make_customers(self):
        source = self._get_source("res.partner", ("ticket_ids", "!=", False))
        keys = dict.fromkeys(("vat", "tax_number_key"), "NULL")
        keys |= dict.fromkeys(("name", "complete_name", "billing_name_key"), "'B' || n")
        # Two of twenty seem to be one.
        keys["billing_near_key"] = "'B' || n - n % 20 / 19"
        return self.screens.clone("res_partner", CUSTOMERS, source, **keys)[0]

    def _make_letters(self):
        customer = f"{self.partner} + n % {CUSTOMERS}"
        state = "CASE n % 100 WHEN 7 THEN '{}' ELSE '{}' END"
        self._clone(
            "invoice.reminder",
            **self.letters,
            partner_id=customer,
            date=DAY,
            state=state.format("failed", "sent"),
        )
        self._clone(
            "invoice.account.statement",
            **self.letters,
            partner_id=customer,
            date_to=DAY,
            date_from=f"{DAY} - 30",
            state=state.format("differs", "agreed"),
        )
        self._clone(
            "invoice.reminder.stop",
            partner_id=customer,
            date_from=DAY,
            date_until=f"{DAY} + 10",
        )
        self._clone(
            "invoice.planned.bill",
            **self.people,
            partner_id=customer,
            date=DAY,
            rule_id="NULL",
            milestone_id="NULL",
            state=state.format("planned", "done"),
        )

    def _make_bank_lines(self, finance):
        """Lines that are matched with payments, which have no entries of their own here."""
        journal = self._get_source("account.journal", ("type", "=", "bank"))
        books = self.env["account.bank.statement.line"].with_company(self.company)
        books.create({"journal_id": journal.id, "payment_ref": "Payer", "amount": 1130.0})
        own = self.env(user=finance, context={"allowed_company_ids": self.company.ids}, su=False)
        own["invoice.bank.match"].action_open_worklist()
        own.flush_all()
        match = own["invoice.bank.match"].search([], limit=1).sudo()
        line = self.screens.clone(
            "account_bank_statement_line", ROWS, match.line_id, invoice_import_key="NULL"
        )[0]
        self.screens.clone(
            "invoice_bank_match",
            ROWS,
            match,
            line_id=f"{line} + n",
            date=DAY,
            partner_name="'Payer ' || n % 5000",
            partner_id=f"{self.partner} + n % {CUSTOMERS}",
            proposal_id="NULL",
            state="CASE n % 100 WHEN 7 THEN 'open' ELSE 'matched' END",
        )

    def _make_others(self, users):
        checks = self.env["invoice.check"].search([]).ids
        self._clone(
            "invoice.check.finding",
            **self.people,
            res_model="'res.partner'",
            res_id=f"{self.partner} + n % {CUSTOMERS}",
            check_id=f"(ARRAY{checks})[1 + n / {CUSTOMERS} % {len(checks)}]",
            found_on=DAY,
            state="CASE n % 100 WHEN 7 THEN 'new' ELSE 'gone' END",
        )
        self._clone("invoice.bureau.batch", create_date=DAY)
        self._clone(
            "invoice.bureau.explanation",
            month=f"date_trunc('month', {DAY})",
            fingerprint="'B' || n",
        )
        self.env.cr.execute(
            "INSERT INTO invoice_export_log"
            " (user_id, company_id, res_model, row_count, format, date, create_uid)"
            f" SELECT {users['sales'].id}, {self.company.id}, 'invoice.ticket', 80, 'xlsx', {DAY},"
            f" {users['sales'].id}"
            f" FROM generate_series(0, {ROWS - 1}) AS n"
        )

    def _analyze(self):
        self.screens.analyze(
            "res_partner",
            "invoice_reminder",
            "invoice_account_statement",
            "invoice_reminder_stop",
            "invoice_planned_bill",
            "invoice_bank_match",
            "invoice_check_finding",
            "invoice_bureau_batch",
            "invoice_bureau_explanation",
            "invoice_export_log",
        )
