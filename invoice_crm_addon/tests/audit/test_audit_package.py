import csv
import hashlib
import io
import zipfile
from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ...models.audit.audit_archive import make_file_name
from ..fapiao.common import FapiaoCommon
from ..ledger.common import LedgerCommon

PACKAGE, WIZARD = "invoice.audit.package", "invoice.audit.wizard"


@tagged("post_install", "-at_install")
class TestAuditPackage(FapiaoCommon, LedgerCommon, HttpCase):
    """What an audit needs comes as one zip, with hashes that hold, and the same each time."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_flow("invoice.ticket", [cls.approver])
        cls.today = date.today()
        cls.ticket = cls._create_ticket(content="=1+1")
        cls._issue(cls.ticket)
        cls.voided = cls._create_ticket(type_id=cls.type_ordinary.id)
        cls._issue(cls.voided)
        cls.voided.with_user(cls.finance).action_void("Wrong title")
        cls.draft = cls._create_ticket()
        content = cls._build(cls, "26110000000000009001", total="1130.00", buyer=cls.buyer)
        cls.content = content
        attachment = (
            cls.env["ir.attachment"]
            .with_user(cls.finance)
            .create({"name": "../e invoice.xml", "raw": content})
        )
        cls.env["invoice.ticket"].with_user(cls.finance).import_fapiao(attachment.ids)
        cls.file = cls.env["invoice.fapiao.file"].search(
            [("sha256", "=", hashlib.sha256(content).hexdigest())]
        )
        cls.file.ticket_id.sudo().flush_recordset()
        cls.env.flush_all()

    def _ask(self, user=None, first=None, last=None):
        wizard = (
            self.env[WIZARD]
            .with_user(user or self.auditor)
            .create({"date_from": first or date(2020, 1, 1), "date_to": last or date(2030, 12, 31)})
        )
        action = wizard.action_confirm()
        return self.env[PACKAGE].browse(action["res_id"])

    def _make(self, **values):
        package = self._ask(**values)
        self.assertEqual(package.state, "waiting")
        with self.enter_registry_test_mode():
            self.env.ref("invoice_crm_addon.ir_cron_audit_package").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(package.state, "done", package.message)
        return package

    def _open(self, package):
        return zipfile.ZipFile(io.BytesIO(package.sudo().attachment_id.raw))

    def _read(self, archive, name):
        text = archive.read(name).decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text, newline="")))

    def test_content_and_hashes(self):
        package = self._make()
        content = package.sudo().attachment_id.raw
        self.assertEqual(package.sha256, hashlib.sha256(content).hexdigest())
        self.assertEqual(package.file_size, len(content))
        archive = self._open(package)
        self.assertIsNone(archive.testzip())
        index = self._read(archive, "index.csv")[1:]
        listed = {name: (int(size), sha256) for name, size, sha256, _note in index}
        self.assertEqual({*listed, "index.csv", "index.html"}, set(archive.namelist()))
        for name, (size, sha256) in listed.items():
            member = archive.read(name)
            self.assertEqual((len(member), hashlib.sha256(member).hexdigest()), (size, sha256))
            self.assertIn(sha256, archive.read("index.html").decode())
        numbers = {row[1] for row in self._read(archive, "registers/tickets.csv")}
        self.assertLessEqual({self.ticket.name, self.voided.name}, numbers)
        self.assertNotIn(self.draft.name, numbers)
        corrections = self._read(archive, "registers/corrections.csv")
        self.assertIn("Wrong title", str(corrections))
        decisions = self._read(archive, "approvals/decisions.csv")
        seals = set(self.ticket.approval_request_ids.sudo().decision_ids.mapped("seal"))
        self.assertLessEqual(seals, {row[-1] for row in decisions})
        self.assertNotIn("broken", str(self._read(archive, "approvals/seals.csv")))

    def test_files_as_they_came(self):
        archive = self._open(self._make())
        self.assertTrue(self.file.ticket_id)
        [name] = [name for name in archive.namelist() if name.startswith("files/")]
        folder = make_file_name(self.file.ticket_id.name)
        self.assertEqual(name, f"files/{folder}/{self.file.id}-e-invoice.xml")
        self.assertEqual(archive.read(name), self.content)
        self.assertNotIn(self.BANK_ACCOUNT, self._join_registers(archive))

    def test_what_red_letters_take_back_is_a_number(self):
        """Spreadsheets add it up; an apostrophe in front would make a text of it."""
        blue = self._create_ticket()
        self._issue(blue)
        blue.with_user(self.finance).action_red("Wrong", red_reason="01")
        red = blue.red_ids
        self._approve(red)
        self._issue(red)
        archive = self._open(self._make())
        [row] = [r for r in self._read(archive, "registers/tickets.csv") if r[1] == red.name]
        self.assertIn("-1130.00", row)
        lines = self._read(archive, "registers/ticket_lines.csv")
        [line] = [row for row in lines if red.name in row[1]]
        self.assertIn("-1130.00", line)
        self.assertFalse([cell for row in lines for cell in row if cell.startswith("'-")])
        # What people typed is no number.
        tickets = archive.read("registers/ticket_lines.csv").decode()
        self.assertNotIn(",=1+1", tickets)

    def test_names_that_tables_and_paths_would_misread(self):
        """What people typed stays one cell and one text; a file that came twice is there twice."""
        name = '=HYPERLINK("x"),\n@"North" & <South>'
        self.ticket.partner_id.sudo().name = name
        twin = self.file.sudo().copy({"name": "../e invoice.xml"})
        archive = self._open(self._make())
        names = archive.namelist()
        self.assertEqual(len(names), len(set(names)))
        files = [archive.read(n) for n in names if n.startswith("files/")]
        self.assertEqual(files, [self.content] * 2, twin)
        header, *rows = self._read(archive, "registers/tickets.csv")
        self.assertEqual({len(row) for row in rows}, {len(header)})
        self.assertIn(f"'{name}", [row for row in rows if row[1] == self.ticket.name][0])
        self.assertNotIn("<South>", archive.read("index.html").decode())

    def test_period_without_anything(self):
        package = self._make(first=date(2001, 1, 1), last=date(2001, 1, 31))
        self.assertEqual((package.ticket_count, package.file_count), (0, 0))
        archive = self._open(package)
        [header] = self._read(archive, "registers/tickets.csv")
        self.assertIn("ID", header)
        self.assertFalse([n for n in archive.namelist() if n.startswith("files/")])

    def test_changes_that_were_approved_again(self):
        self._create_flow("invoice.contract", [self.approver], trigger_fields=["note"])
        contract = self._create_contract(note="Paid in advance")
        self._approve(contract)
        contract.with_user(self.sales).note = "Paid in arrears"
        request = contract.approval_request_ids.filtered("changes")
        changes = self._read(self._open(self._make()), "approvals/changes.csv")
        [[_id, _label, _row, old, new]] = [row for row in changes if row[0] == str(request.id)]
        self.assertEqual((old, new), ("Paid in advance", "Paid in arrears"))

    def _join_registers(self, archive):
        return "".join(
            archive.read(name).decode() for name in archive.namelist() if name.endswith(".csv")
        )

    def test_changed_file_and_broken_seal_are_told(self):
        # sudo: what nobody can do but in the database
        decision_sudo = self.ticket.approval_request_ids.sudo().decision_ids[:1]
        self.env.cr.execute(
            "UPDATE invoice_approval_decision SET comment = 'other' WHERE id = %s",
            [decision_sudo.id],
        )
        self.env.cr.execute(
            "UPDATE invoice_fapiao_file SET sha256 = 'ff' WHERE id = %s", [self.file.id]
        )
        self.env.invalidate_all()
        archive = self._open(self._make())
        self.assertIn("broken", str(self._read(archive, "approvals/seals.csv")))
        self.assertIn("not as it came", str(self._read(archive, "index.csv")))

    def test_deleted_file_is_told(self):
        """A file beside the ticket's own can be deleted, and its row stays."""
        self.env.cr.execute(
            "UPDATE invoice_fapiao_file SET attachment_id = NULL WHERE id = %s", [self.file.id]
        )
        self.env.invalidate_all()
        self.assertIn(self.file.outcome, ("issued", "created", "attached"))
        package = self._make()
        [row] = [
            row
            for row in self._read(self._open(package), "index.csv")
            if row[0].startswith("files/")
        ]
        self.assertEqual((row[1], package.file_count), ("0", 1))
        self.assertIn("missing", row[3])

    def test_same_data_same_file(self):
        first = self._make()
        # Wherever whoever asks for it is.
        self.auditor.tz = "America/New_York"
        second = self._make()
        self.assertEqual(first.sha256, second.sha256)
        self.assertEqual(first.attachment_id.sudo().raw, second.attachment_id.sudo().raw)
        self.ticket.sudo().note = "Not in the registers"
        self.voided.sudo().flush_recordset()
        self.env.cr.execute(
            "UPDATE invoice_ticket SET fapiao_number = '99999999' WHERE id = %s", [self.voided.id]
        )
        self.env.invalidate_all()
        self.assertNotEqual(self._make().sha256, first.sha256)

    def test_paid_and_never_ticketed(self):
        """Collections and customer invoices of the period, whether a ticket names them or not."""
        invoice = self._create_invoice(1000.0)
        paid = self._pay(invoice, 130.0)
        ticketed = self._create_payment()
        line = {"payment_id": ticketed.id, "amount": 1130.0}
        self._issue(self._create_ticket(allocation_ids=[Command.create(line)]))
        bare = self._create_payment(amount=50.0)
        draft = self._create_payment(amount=60.0, post=False)
        old = self._create_payment(amount=70.0, date=date(2019, 12, 31))
        for user in (self.auditor, self.manager):
            archive = self._open(self._make(user=user))
            rows = self._read(archive, "registers/collections.csv")
            by_id = {row[0]: dict(zip(rows[0], row, strict=True)) for row in rows[1:]}
            self.assertNotIn(str(draft.id), by_id)
            self.assertNotIn(str(old.id), by_id)
            self.assertIn(str(paid.id), by_id)
            for payment, done, left in ((ticketed, 1130, 0), (bare, 0, 50)):
                row = by_id[str(payment.id)]
                self.assertEqual((float(row["Ticketed"]), float(row["To Ticket"])), (done, left))
            names = self._read(archive, "registers/payments.csv")
            self.assertNotIn(bare.name, str(names), "tied ones only")
            rows = self._read(archive, "registers/customer_invoices.csv")
            [row] = [row for row in rows[1:] if row[0] == str(invoice.id)]
            row = dict(zip(rows[0], row, strict=True))
            self.assertEqual((row["Number"], row["Amount Due"]), (invoice.name, "1000.00"))
            rows = self._read(archive, "registers/reconciliations.csv")
            partials = invoice.line_ids.matched_credit_ids
            self.assertLessEqual({str(partials.id)}, {row[0] for row in rows[1:]})

    def test_headings_are_unique(self):
        """In whichever language: elsewhere two fields share a word."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env.cr.execute(
            "UPDATE ir_model_fields SET field_description = field_description || %s"
            " WHERE model = 'invoice.ticket' AND name IN ('state', 'status')",
            ['{"fr_FR": "Situation"}'],
        )
        self.env.registry.clear_all_caches()
        for lang in ("en_US", "fr_FR"):
            self.env = self.env(context={**self.env.context, "lang": lang})
            archive = self._open(self._make())
            tables = [name for name in archive.namelist() if name.endswith(".csv")]
            for name in tables:
                header = self._read(archive, name)[0]
                self.assertEqual(len(header), len(set(header)), (lang, name))
        header = self._read(archive, "registers/tickets.csv")[0]
        self.assertLessEqual({"Situation (state)", "Situation (status)"}, set(header))

    def test_period(self):
        package = self._make(first=date(2001, 1, 1), last=date(2001, 12, 31))
        self.assertEqual((package.ticket_count, package.file_count), (0, 0))
        self.assertEqual(len(self._read(self._open(package), "registers/tickets.csv")), 1)

    def test_edge_of_the_month_is_that_of_the_company(self):
        """Half past midnight in Shanghai is the day before in UTC and where the auditor is."""
        self.company.partner_id.tz = "Asia/Shanghai"
        self.auditor.tz = "America/New_York"
        self.env.cr.execute(
            "UPDATE invoice_ticket SET issue_date = '2026-03-10', void_date = '2026-04-30 16:30'"
            " WHERE id = %s",
            [self.voided.id],
        )
        self.env.invalidate_all()
        for first, last, is_in in (
            (date(2026, 4, 1), date(2026, 4, 30), False),
            (date(2026, 5, 1), date(2026, 5, 31), True),
        ):
            archive = self._open(self._make(first=first, last=last))
            tickets = self._read(archive, "registers/tickets.csv")
            self.assertEqual(self.voided.name in {row[1] for row in tickets}, is_in, first)
            corrections = self._read(archive, "registers/corrections.csv")[1:]
            self.assertEqual([row[1] for row in corrections], ["2026-05-01"] if is_in else [])

    def test_rights(self):
        package = self._make()
        for user in (self.sales, self.finance, self.outsider, self.portal):
            with self.assertRaises(AccessError):
                self._ask(user)
            with self.assertRaises(AccessError):
                self.env[PACKAGE].with_user(user)._start(self.today, self.today, self.company)
            with self.assertRaises(AccessError):
                package.with_user(user).read(["sha256"])
            with self.assertRaises(AccessError):
                package.sudo().attachment_id.with_user(user).read(["raw"])
        for user in (self.manager, self.auditor):
            mine = package.with_user(user)
            self.assertTrue(mine.action_download()["url"])
            for attempt in (
                lambda mine=mine: mine.write({"sha256": "0"}),
                lambda mine=mine: mine.unlink(),
                lambda mine=mine: mine.copy(),
            ):
                with self.assertRaises(AccessError):
                    attempt()
        wizard = self.env[WIZARD].with_user(self.auditor)
        with self.assertRaisesRegex(AccessError, "may not read"):
            wizard.create({"company_id": self.company_other.id})
        self.auditor.sudo().company_ids |= self.company_other
        asked = wizard.create({"company_id": self.company_other.id})
        with self.assertRaisesRegex(UserError, "switched on"):
            asked.with_context(allowed_company_ids=self.company.ids).action_confirm()
        with self.assertRaisesRegex(UserError, "Swap the days"):
            self._ask(first=date(2026, 2, 1), last=date(2026, 1, 1))

    def test_auditor_who_left(self):
        package = self._ask()
        self.auditor.sudo().active = False
        with self.enter_registry_test_mode():
            self.env.ref("invoice_crm_addon.ir_cron_audit_package").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(package.state, "failed")
        self.assertIn("may not ask", str(package.message))

    @mute_logger("odoo.addons.invoice_crm_addon.models.audit.audit_package")
    def test_one_that_fails_stops_nobody(self):
        packages = self._ask() | self._ask()
        Package = type(self.env[PACKAGE])
        make = Package._make

        def fail_first(package):
            if package == packages[0]:
                raise ValueError("nobody foresaw this")
            make(package)

        with patch.object(Package, "_make", fail_first), self.enter_registry_test_mode():
            self.env.ref("invoice_crm_addon.ir_cron_audit_package").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(packages.mapped("state"), ["failed", "done"])
        with self.assertRaisesRegex(UserError, "could not be made"):
            packages[0].with_user(self.auditor).action_download()

    def test_download(self):
        package = self._make()
        self.authenticate("ticket_auditor", "ticket_auditor")
        response = self.url_open(f"/invoice_crm_addon/audit/{package.id}")
        self.assertEqual(response.status_code, 200)
        self.assertEqual(hashlib.sha256(response.content).hexdigest(), package.sha256)
        entry = self.env["invoice.export.log"].search([("format", "=", "zip")], limit=1)
        self.assertEqual((entry.user_id, entry.res_model), (self.auditor, PACKAGE))
        self.assertIn(package.sha256, entry.condition)
        for login in ("ticket_sales", "ticket_finance"):
            self.authenticate(login, login)
            response = self.url_open(f"/invoice_crm_addon/audit/{package.id}")
            self.assertEqual(response.status_code, 404)
