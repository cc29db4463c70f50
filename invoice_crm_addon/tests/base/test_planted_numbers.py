import re
from contextlib import suppress

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.mail.tools.discuss import Store

from ..fapiao.common import FapiaoCommon

# Where a number, an address or a phone is planted: what it says there, and who may find it.
# "turn" decides on the change now, "approver" did before. The original of an e-invoice is what
# the customer gets: it is read by who reads the ticket, whatever else masks its number.
PLACES = {
    "verified": ("6222 0210 0111 0001", "finance manager finance_other turn"),
    "old": ("6222021001110002", "finance manager finance_other turn"),
    "new": ("6222021001110003", "finance manager finance_other turn"),
    "bank": ("6222021001110004", "finance manager finance_other"),
    "archived": ("6222021001110005", "finance manager finance_other"),
    "ticket": ("6222021001110006", "finance manager"),
    "file": ("6222021001110007", "finance manager"),
    "remark": ("6222021001110008", "finance manager finance_other"),
    "counterparty": ("6222021001110010", "finance manager"),
    "purpose": ("6222021001110011", "finance manager"),
    "foreign counterparty": ("6222021001110012", "finance_other"),
    "foreign account": ("6222021001110009", "finance_other"),
    "foreign address": ("77 Planted Alley", "finance_other"),
    "foreign phone": ("010-55512345", "finance_other"),
    "foreign reason": ("Refused for a planted reason", "finance_other"),
}
# Models of core in which something of ours may stand; to these come all of our own.
CORE_MODELS = (
    "res.partner",
    "res.partner.bank",
    "mail.message",
    "mail.tracking.value",
    "mail.activity",
    "mail.followers",
    "mail.notification",
    "ir.attachment",
)
# The content of an attachment: see the table.
ORIGINAL = ("raw", "datas", "db_datas", "index_content")
# Types of fields that can be searched by a text.
GUESSED = ("char", "text", "html", "many2one", "one2many", "many2many")
NONSENSE = "nothing says this"
# What cannot be asked for, or not with such a value.
REFUSALS = (AccessError, UserError, ValidationError, ValueError, NotImplementedError)


@tagged("post_install", "-at_install")
class TestPlantedNumbers(FapiaoCommon):
    """Numbers are planted wherever one is kept; each role looks for them wherever it can."""

    ROLES_LOOKING = (
        "sales lead approver turn finance manager auditor portal outsider finance_other".split()
    )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={"lang": "en_US"})
        cls.turn = cls._create_user("turn", ["base.group_user"])
        cls.first_ids = {
            name: cls.env[name]
            .sudo()
            .with_context(active_test=False)
            .search([], limit=1, order="id desc")
            .id
            for name in cls._get_models()
        }
        cls.texts = {place: text for place, (text, _roles) in PLACES.items()}
        cls._plant_accounts()
        cls._plant_change()
        cls._plant_ticket()
        cls._plant_files()
        cls._plant_foreign()
        cls._plant_statements()
        cls.cr.precommit.run()
        # Exports are for everybody here: what they hold is the question.
        cls.env.ref("base.group_allow_export").user_ids |= cls.env["res.users"].union(
            *(getattr(cls, role) for role in cls.ROLES_LOOKING if role != "portal")
        )
        cls.env.flush_all()
        cls.env.invalidate_all()

    # === PLANT === #

    @classmethod
    def _create_customer(cls, name, number, **values):
        return cls.env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "country_id": cls.env.ref("base.cn").id,
                "invoice_title": name,
                "invoice_bank_name": cls.bank.name,
                "invoice_bank_acc_number": number,
                "user_id": cls.sales.id,
                **values,
            }
        )

    @classmethod
    def _verify(cls, customer, *users):
        customer.with_user(cls.sales).action_submit_billing()
        for user in users:
            customer.approval_request_id.with_user(user).action_approve()

    @classmethod
    def _plant_accounts(cls):
        flow = cls._create_flow("res.partner", [cls.approver, cls.turn])
        flow.trigger_fields = ["invoice_bank_account_id", "invoice_address"]
        cls.verified = cls._create_customer("Verified", cls.texts["verified"])
        cls._verify(cls.verified, cls.approver)
        other = cls._create_customer("With Accounts", False)
        accounts = [
            {"partner_id": other.id, "acc_number": cls.texts[place], "bank_id": cls.bank.id}
            for place in ("bank", "archived")
        ]
        kept, archived = cls.env["res.partner.bank"].create(accounts)
        archived.active = False
        # The history of an account tells its numbers.
        kept.acc_number = "1" + cls.texts["bank"]
        kept.acc_number = cls.texts["bank"]

    @classmethod
    def _plant_change(cls):
        cls.changed = cls._create_customer("Changed", cls.texts["old"])
        cls._verify(cls.changed, cls.approver, cls.turn)
        cls.changed.with_user(cls.sales).invoice_bank_acc_number = cls.texts["new"]
        cls.changed.approval_request_id.with_user(cls.approver).action_approve()

    @classmethod
    def _plant_ticket(cls):
        cls._create_flow("invoice.ticket", [cls.approver, cls.turn])
        customer = cls._create_customer("Ticket Customer", False)
        ticket = cls._create_ticket(
            type_id=cls.type_receipt.id,
            partner_id=customer.id,
            buyer_name="Ticket Customer",
            buyer_bank_name=cls.bank.name,
            buyer_bank_account=cls.texts["ticket"],
            department_id=cls.department_a.id,
        )
        ticket.with_user(cls.sales).action_submit()
        ticket.approval_request_id.with_user(cls.approver).action_approve()

    @classmethod
    def _plant_files(cls):
        bank = (
            f"<BuyerBankName>{cls.bank.name}</BuyerBankName>"
            f"<BuyerBankAccNum>{cls.texts['file']}</BuyerBankAccNum></BuyerInformation>"
        )
        cls._create_customer("Remarkable", cls.texts["remark"])
        remark = f"Pay from {cls.texts['remark']}"
        for index, (total, buyer) in enumerate(
            (
                ("1130.00", cls.buyer),
                ("1131.00", ("Remarkable", "")),
                ("1130.00", ("Remarkable", "")),
            )
        ):
            number = f"2611000000000000{index:04d}"
            content = cls._build(cls, number, total=total, buyer=buyer, remark=remark)
            content = content.replace(b"</BuyerInformation>", bank.encode())
            attachment = (
                cls.env["ir.attachment"]
                .with_user(cls.finance)
                .create({"name": "planted.xml", "raw": content})
            )
            cls.env["invoice.ticket"].with_user(cls.finance).import_fapiao(attachment.ids)

    @classmethod
    def _plant_foreign(cls):
        """Records of another company, which nobody but its people may read."""
        customer = cls._create_customer(
            "Foreign",
            cls.texts["foreign account"],
            company_id=cls.company_other.id,
            invoice_address=cls.texts["foreign address"],
            invoice_phone=cls.texts["foreign phone"],
            street=cls.texts["foreign address"],
            phone=cls.texts["foreign phone"],
            user_id=cls.finance_other.id,
        )
        cls._create_flow(
            "invoice.ticket",
            [cls.finance_other],
            company_id=cls.company_other.id,
            own_step="allowed",
            fallback_user_id=cls.env.ref("base.user_root").id,
        )
        ticket = cls._create_ticket(
            type_id=cls.type_receipt.id,
            partner_id=customer.id,
            company_id=cls.company_other.id,
            user_id=cls.finance_other.id,
            note=cls.texts["foreign address"],
            content=cls.texts["foreign phone"],
        )
        ticket.with_user(cls.finance_other).action_submit()
        ticket.approval_request_id.with_user(cls.finance_other).action_reject(
            cls.texts["foreign reason"]
        )
        ticket.with_user(cls.finance_other).message_post(body=cls.texts["foreign address"])

    @classmethod
    def _plant_statements(cls):
        """Lines of banks: one that is booked, one that waits, one of another company."""
        for company, finance, places in (
            (cls.company, cls.finance, ("counterparty", "purpose")),
            (cls.company_other, cls.finance_other, ("foreign counterparty",) * 2),
        ):
            cls.env.user.company_ids |= company
            journal = cls._setup_bank(company, f"11000666000000000{company.id:02d}")
            cls.customer.with_company(company).property_account_receivable_id = cls.env[
                "account.account"
            ].search(
                [("account_type", "=", "asset_receivable"), ("company_ids", "in", company.ids)],
                limit=1,
            )
            values = {
                "journal_id": journal.id,
                "date": "2026-11-02",
                "partner_name": cls.customer.name,
                "account_number": cls.texts[places[0]],
                "payment_ref": f"From {cls.texts[places[1]]}",
            }
            lines = (
                cls.env["account.bank.statement.line"]
                .with_company(company)
                .create([{**values, "amount": 7.0}, {**values, "amount": 8.0}])
            )
            Match = cls.env["invoice.bank.match"].with_context(allowed_company_ids=company.ids)
            matches = Match._take_in(lines)
            matches[0].with_user(finance).action_accept()

    # === LOOK === #

    @classmethod
    def _get_models(cls):
        """Our models that keep something, and those of core; views of the database among them."""
        ours = [
            name
            for name, Model in cls.env.registry.items()
            if not (Model._abstract or Model._transient)
            and Model._original_module == "invoice_crm_addon"
        ]
        return [*ours, *CORE_MODELS]

    def _search(self, Model):
        """What was planted, as far as the user reads it; where rows are no records, all."""
        domain = [("id", ">", self.first_ids[Model._name] or 0)] if Model._auto else []
        return Model.with_context(active_test=False).search(domain)

    def _look(self, user):
        """Everything that a user can get hold of: a label and a text, again and again."""
        for name in self._get_models():
            Model = self.env[name].with_user(user).with_context(active_test=False)
            try:
                records, described = self._search(Model), Model.fields_get()
            except REFUSALS:
                continue
            if name == "ir.attachment":
                described = {f: d for f, d in described.items() if f not in ORIGINAL}
            yield from self._look_into_records(records, described)
            yield from self._look_into_groups(records, described)
            yield from self._guess(records, described)
        yield from self._look_at_reports(user)
        messages = self._search(self.env["mail.message"].with_user(user))
        yield "chatter", Store().add(messages).get_result()

    def _look_into_records(self, records, described):
        model = records._name
        for fname, description in described.items():
            with suppress(*REFUSALS):
                yield f"{model}.{fname} read", records.read([fname])
            if description["type"] in ("one2many", "many2many"):
                with suppress(*REFUSALS):
                    names = records.web_read({fname: {"fields": {"display_name": {}}}})
                    yield f"{model}.{fname} web_read", names
            if description.get("exportable", True) and (records._auto or fname != "id"):
                with suppress(*REFUSALS):
                    yield f"{model}.{fname} export", records.export_data([fname])["datas"]
        with suppress(*REFUSALS):
            yield f"{model} name_search", records.name_search("", [("id", "in", records.ids)])

    def _look_into_groups(self, records, described):
        domain = [("id", "in", records.ids)]
        for fname, description in described.items():
            if description.get("groupable"):
                with suppress(*REFUSALS), self.cr.savepoint():
                    groups = records.formatted_read_group(domain, [fname], ["__count"])
                    yield f"{records._name}.{fname} group", groups

    def _guess(self, records, described):
        """What is found by its number is known: the answer stands for the number."""
        fnames = [
            fname
            for fname, description in described.items()
            if description.get("searchable") and description["type"] in GUESSED
        ]
        for fname in fnames:
            # Asked for all of them at once first, since nothing is found mostly.
            if self._is_found(records, fname, *self.texts.values()):
                for place, text in self.texts.items():
                    if self._is_found(records, fname, text):
                        yield f"{records._name}.{fname} ilike {place}", text

    def _is_found(self, records, fname, *texts):
        guesses = Domain.OR([(fname, "ilike", text)] for text in texts)
        with suppress(*REFUSALS), self.cr.savepoint():
            found = records.search(Domain("id", "in", records.ids) & guesses)
            # What is found by whatever one asks for tells nothing.
            return bool(found - found.search([("id", "in", found.ids), (fname, "ilike", NONSENSE)]))
        return False

    def _look_at_reports(self, user):
        reports = self.env["ir.actions.report"].search(
            [("report_name", "=like", "invoice_crm_addon.%")]
        )
        self.assertTrue(reports)
        for report in reports:
            Model = self.env[report.model].with_user(user)
            for record in self._search(Model) if Model.has_access("read") else ():
                with suppress(*REFUSALS):
                    html = (
                        self.env["ir.actions.report"]
                        .with_user(user)
                        ._render_qweb_html(report.report_name, record.ids)[0]
                    )
                    yield f"report {report.report_name}", html.decode()

    # === TEST === #

    def test_everything_is_planted(self):
        """Where the database keeps the numbers: what the roles do not find is there."""
        for table, column, place in (
            ("res_partner_bank", "acc_number", "verified"),
            ("res_partner_bank", "acc_number", "archived"),
            ("invoice_approval_request", "old_values", "old"),
            ("res_partner_bank", "acc_number", "new"),
            ("mail_tracking_value", "new_value_char", "bank"),
            ("invoice_ticket", "buyer_bank_account", "ticket"),
            ("invoice_ticket", "buyer_bank_account", "file"),
            ("invoice_fapiao_file", "document", "file"),
            ("invoice_fapiao_file", "document", "remark"),
            ("ir_attachment", "index_content", "remark"),
            ("invoice_bank_match", "account_number", "counterparty"),
            ("invoice_bank_match", "label", "purpose"),
            ("invoice_bank_match", "account_number", "foreign counterparty"),
            ("res_partner", "invoice_address", "foreign address"),
            ("invoice_ticket", "content", "foreign phone"),
            ("invoice_approval_decision", "comment", "foreign reason"),
            ("mail_message", "body", "foreign address"),
        ):
            with self.subTest(table=table, column=column, place=place):
                query = SQL(
                    "SELECT 1 FROM %s WHERE %s::text LIKE %s",
                    SQL.identifier(table),
                    SQL.identifier(column),
                    f"%{self.texts[place]}%",
                )
                self.assertTrue(self.env.execute_query(query))

    def _squeeze(self, text):
        """Numbers as they are compared: however they are grouped."""
        return re.sub(r"(?<=\d)[ -](?=\d)", "", text)

    def _find(self, user):
        """Where a user finds what, by place.

        :rtype: dict[str, list[str]]
        """
        wanted = {place: self._squeeze(text) for place, text in self.texts.items()}
        found = {}
        for label, content in self._look(user):
            text = self._squeeze(str(content))
            for place, marker in wanted.items():
                if marker in text:
                    found.setdefault(place, []).append(label)
        return found

    def _check(self, role):
        found = self._find(getattr(self, role))
        for place, (_text, roles) in PLACES.items():
            with self.subTest(role=role, place=place):
                where = list(dict.fromkeys(found.get(place, [])))
                if role in roles.split():
                    self.assertTrue(where, "planted, and for this role to see")
                else:
                    self.assertFalse(where)


def _one_test_for_each_role(test_class):
    for role in test_class.ROLES_LOOKING:

        def test(self, role=role):
            self._check(role)

        setattr(test_class, f"test_{role}", test)


_one_test_for_each_role(TestPlantedNumbers)
