import hashlib
from collections import Counter
from datetime import datetime, time, timedelta, timezone
from decimal import Decimal

from odoo import models
from odoo.fields import Domain
from odoo.tools import split_every

from .audit_archive import make_file_name

# Outcomes of files that stay with their ticket.
KEPT = ("issued", "created", "attached")
# Records that are in memory at once.
BATCH = 500

TICKET_FIELDS = """name type_id state status fapiao_code fapiao_number issue_date issue_user_id
    partner_id buyer_name buyer_vat contract_id user_id department_id currency_id amount_untaxed
    amount_tax amount_total amount_company payment_state amount_paid amount_due date_due red_of_id
    red_reason red_confirmation_number reissue_of_id void_date void_user_id void_reason
    create_date""".split()
LINE_FIELDS = """ticket_id name specification tax_code quantity unit price_unit tax_treatment tax_id
    amount_untaxed amount_tax amount_total""".split()
CORRECTION_FIELDS = """date kind ticket_id number original_date red_id red_number
    red_confirmation_number red_reason reason user_id new_id partner_id currency_id amount_untaxed
    amount_tax amount_total""".split()
CONTRACT_FIELDS = """number name partner_id state currency_id amount_total date_signed date_start
    date_end user_id department_id""".split()
SHIPMENT_FIELDS = """tracking_number carrier_id partner_id state date_shipped delivered_on signed_by
    ticket_ids""".split()
EVENT_FIELDS = "shipment_id date state location description signed_by".split()
PATH_FIELDS = """ticket_id is_issued anchor amount amount_paid payment_id move_id sale_order_id
    contract_id""".split()
PAYMENT_FIELDS = "name date partner_id amount currency_id state".split()
COLLECTION_FIELDS = """name date partner_id payment_type amount currency_id state memo
    payment_reference invoice_contract_id amount_ticketed amount_in_progress
    amount_to_ticket""".split()
INVOICE_FIELDS = """name invoice_date invoice_date_due move_type partner_id ref invoice_origin
    currency_id amount_untaxed amount_tax amount_total amount_residual state payment_state
    amount_ticketed amount_in_progress amount_to_ticket""".split()
RECONCILIATION_FIELDS = """max_date debit_move_id credit_move_id company_currency_id
    amount debit_currency_id debit_amount_currency credit_currency_id
    credit_amount_currency""".split()
REQUEST_FIELDS = """name res_model res_id cycle is_change flow_name flow_version summary amount
    currency_id requester_id create_date state date_decided last_seal""".split()
STEP_FIELDS = """request_id sequence name rule minimum approver_ids state note date_reached
    date_done""".split()
DECISION_FIELDS = """request_id step_id user_id for_user_id target_user_id decision comment date
    hours_waited seal""".split()


class InvoiceAuditPackage(models.Model):
    """What stands in the package: registers, approvals with their seals, files."""

    _inherit = "invoice.audit.package"

    def _write_archive(self, archive):
        """Write all of it, always in the same order.

        :return: numbers for the package
        :rtype: dict
        """
        tickets = self._get_tickets()
        contracts = self._get_contracts(tickets)
        requests = self._get_requests(tickets, contracts)
        facts = [
            (self.env._("Company"), self.company_id.name),
            (self.env._("Period"), f"{self.date_from} – {self.date_to}"),
            (self.env._("Times"), "UTC"),
        ]
        for name, records, fnames, note in self._get_registers(tickets, contracts, requests):
            count = self._write_register(archive, name, records, fnames, note)
            facts.append((note, count))
        facts.append((self.env._("Changed values"), self._write_changes(archive, requests)))
        problems = self._write_seals(archive, requests)
        facts.append((self.env._("Approvals whose seal is broken"), problems))
        file_count, differing = self._write_files(archive, tickets)
        facts.append((self.env._("E-invoice files"), file_count))
        facts.append((self.env._("Of which missing, or not as they came"), differing))
        archive.close(self.env._("Audit package"), facts, self._get_index_labels())
        return {"ticket_count": len(tickets), "file_count": file_count}

    def _get_index_labels(self):
        return {
            "name": self.env._("File"),
            "size": self.env._("Bytes"),
            "sha256": "SHA-256",
            "note": self.env._("Content"),
        }

    # === SCOPE === #

    def _in_period(self, fname, is_moment=False):
        """Condition that a day, or a moment, lies in the period."""
        first, last = self.date_from, self.date_to
        if is_moment:
            # Days as they are where the company works.
            first, last = (
                self.env.tz.localize(datetime.combine(day, time.min))
                .astimezone(timezone.utc)
                .replace(tzinfo=None)
                for day in (first, last + timedelta(days=1))
            )
            return Domain(fname, ">=", first) & Domain(fname, "<", last)
        return Domain(fname, ">=", first) & Domain(fname, "<=", last)

    def _search_all(self, model, domain):
        domain &= Domain("company_id", "=", self.company_id.id)
        return self.env[model].search(domain, order="id")

    def _get_tickets(self):
        """Issued, voided or taken back in the period."""
        numbered = Domain("state", "in", ("issued", "voided"))
        touched = self._in_period("issue_date") | self._in_period("void_date", is_moment=True)
        return self._search_all("invoice.ticket", numbered & touched)

    def _get_contracts(self, tickets):
        """Signed in the period, or with tickets of it."""
        signed = self._in_period("date_signed") & Domain("state", "!=", "draft")
        return self._search_all(
            "invoice.contract", signed | Domain("ticket_ids", "in", tickets.ids)
        )

    def _get_requests(self, tickets, contracts):
        """Of these documents, and whatever else was asked for or decided in the period."""
        domain = self._in_period("create_date", is_moment=True)
        domain |= self._in_period("date_decided", is_moment=True)
        for documents in (tickets, contracts):
            domain |= Domain("res_model", "=", documents._name) & Domain(
                "res_id", "in", documents.ids
            )
        return self._search_all("invoice.approval.request", domain)

    def _get_collections(self):
        """What customers paid, or were paid back, in the period, ticketed or not."""
        domain = Domain("partner_type", "=", "customer") & Domain("state", "!=", "draft")
        return self._search_all("account.payment", domain & self._in_period("date"))

    def _get_invoices(self):
        """Customer invoices and credit notes of the period, also those that were cancelled."""
        domain = Domain("move_type", "in", ("out_invoice", "out_refund", "out_receipt"))
        domain &= Domain("state", "!=", "draft") & self._in_period("invoice_date")
        return self._search_all("account.move", domain)

    def _get_reconciliations(self, invoices):
        """What was matched with the invoices, whenever it was."""
        # sudo: account.partial.reconcile - of invoices that the reader may read
        Partial_sudo = self.env["account.partial.reconcile"].sudo()
        of_invoices = Domain("debit_move_id.move_id", "in", invoices.ids)
        of_invoices |= Domain("credit_move_id.move_id", "in", invoices.ids)
        return Partial_sudo.search(of_invoices, order="id")

    # === REGISTERS === #

    def _get_registers(self, tickets, contracts, requests):
        """Name, records, fields and content of each table."""
        of_tickets = Domain("ticket_id", "in", tickets.ids)
        lines = self._search_all("invoice.ticket.line", of_tickets)
        corrections = self._search_all("invoice.correction.register", self._in_period("date"))
        shipped = Domain("ticket_ids", "in", tickets.ids) | self._in_period("date_shipped")
        shipments = self._search_all("invoice.shipment", shipped)
        events = self.env["invoice.shipment.event"].search(
            [("shipment_id", "in", shipments.ids)], order="id"
        )
        paths = self._search_all("invoice.ticket.path", of_tickets)
        of_requests = [("request_id", "in", requests.ids)]
        steps = self.env["invoice.approval.step"].search(of_requests, order="id")
        decisions = self.env["invoice.approval.decision"].search(of_requests, order="id")
        # sudo: account.payment - day and amount of what tickets of the period document
        payments_sudo = paths.sudo().payment_id.sorted("id")
        invoices = self._get_invoices()
        return [
            ("registers/tickets", tickets, TICKET_FIELDS, self.env._("Tickets")),
            ("registers/ticket_lines", lines, LINE_FIELDS, self.env._("Lines of the tickets")),
            (
                "registers/corrections",
                corrections,
                CORRECTION_FIELDS,
                self.env._("Voids and red letters"),
            ),
            ("registers/contracts", contracts, CONTRACT_FIELDS, self.env._("Contracts")),
            ("registers/shipments", shipments, SHIPMENT_FIELDS, self.env._("Shipments")),
            ("registers/shipment_events", events, EVENT_FIELDS, self.env._("Shipment events")),
            ("registers/ties", paths, PATH_FIELDS, self.env._("What tickets document")),
            ("registers/payments", payments_sudo, PAYMENT_FIELDS, self.env._("Payments tied")),
            (
                "registers/collections",
                self._get_collections(),
                COLLECTION_FIELDS,
                self.env._("Collections of the period, with what is ticketed of them"),
            ),
            (
                "registers/customer_invoices",
                invoices,
                INVOICE_FIELDS,
                self.env._("Customer invoices of the period"),
            ),
            (
                "registers/reconciliations",
                self._get_reconciliations(invoices),
                RECONCILIATION_FIELDS,
                self.env._("What was matched with the customer invoices"),
            ),
            ("approvals/requests", requests, REQUEST_FIELDS, self.env._("Approvals")),
            ("approvals/steps", steps, STEP_FIELDS, self.env._("Steps of the approvals")),
            (
                "approvals/decisions",
                decisions,
                DECISION_FIELDS,
                self.env._("Decisions, with their seals"),
            ),
        ]

    def _write_register(self, archive, name, records, fnames, note):
        described = records.fields_get(fnames, ["string", "selection"])
        choices = {f: dict(d["selection"]) for f, d in described.items() if "selection" in d}
        shown = [fname for fname in fnames if fname in described]
        header = self._make_header(shown, described)
        rows = (
            [record.id, *(self._get_text(record, fname, choices) for fname in shown)]
            for record in self._read_in_batches(records, shown)
        )
        return archive.add_table(f"{name}.csv", header, rows, note)

    @staticmethod
    def _make_header(fnames, described):
        """A heading for each field; programs find a column by it, so no two are the same."""
        counts = Counter(described[fname]["string"] for fname in fnames)
        headings = ((fname, described[fname]["string"]) for fname in fnames)
        return [
            "ID",
            *(
                f"{label} ({fname})" if counts[label] > 1 or label == "ID" else label
                for fname, label in headings
            ),
        ]

    def _read_in_batches(self, records, fnames=()):
        for ids in split_every(BATCH, records.ids):
            batch = records.browse(ids)
            if fnames:
                batch.fetch(fnames)
            yield from batch
            # Nothing of it stays in memory.
            self.env.invalidate_all()

    def _get_text(self, record, fname, choices):
        """A value as a text or a number; numbers and days are the same in each language.

        A number is none that looks like a formula: what a red letter takes back is negative.
        """
        field, value = record._fields[fname], record[fname]
        if field.type == "boolean":
            return "1" if value else "0"
        if field.type == "monetary":
            currency = record[field.get_currency_field(record)]
            return Decimal(f"{value or 0.0:.{currency.decimal_places if currency else 2}f}")
        if field.type in ("integer", "float", "many2one_reference"):
            return value or 0
        if not value:
            return ""
        if field.type == "selection":
            return choices[fname].get(value, value)
        if field.type == "datetime":
            return f"{value:%Y-%m-%d %H:%M:%S}"
        if field.relational:
            # sudo: the names of what the document names
            return "; ".join(value.sudo().sorted("id").mapped("display_name"))
        return str(value)

    def _write_changes(self, archive, requests):
        """Old and new values of what was approved again.

        :return: number of them
        """
        labels = [
            self.env._("Approval"),
            self.env._("Field"),
            self.env._("Row"),
            self.env._("Old Value"),
            self.env._("New Value"),
        ]
        rows = (
            [request.id, *(str(change[key] or "") for key in ("label", "row", "old", "new"))]
            for request in self._read_in_batches(requests, ["changes"])
            for change in request._get_change_rows()
        )
        note = self.env._("Changed values")
        return archive.add_table("approvals/changes.csv", labels, rows, note)

    def _write_seals(self, archive, requests):
        """Whether each approval still is what was decided.

        :return: number of those that are not
        """
        problems = {}
        for ids in split_every(BATCH, requests.ids):
            # sudo: seals cover values that nobody reads
            found = requests.browse(ids).sudo()._get_seal_problems()
            problems |= {request.id: str(problem) for request, problem in found.items()}
            self.env.invalidate_all()
        labels = [self.env._("Approval"), self.env._("Seal"), self.env._("Problem")]
        good, broken = self.env._("whole"), self.env._("broken")
        rows = (
            [id_, broken if id_ in problems else good, problems.get(id_, "")]
            for id_ in requests.ids
        )
        archive.add_table("approvals/seals.csv", labels, rows, self.env._("Check of the seals"))
        return len(problems)

    # === FILES === #

    def _write_files(self, archive, tickets):
        """The e-invoice files of the tickets as they came.

        :return: number of files, and of those that are missing or changed
        """
        # Of those that were kept, also one that somebody deleted since: it is told as missing.
        kept = Domain("attachment_id", "!=", False) | Domain("outcome", "in", KEPT)
        files = self.env["invoice.fapiao.file"].search(
            Domain("ticket_id", "in", tickets.ids) & kept, order="id"
        )
        differing = 0
        for ids in split_every(BATCH, files.ids):
            for file in files.browse(ids):
                # sudo: ir.attachment - whoever may read the file's row reads the file
                attachment_sudo = file.sudo().attachment_id
                content = attachment_sudo.raw or b""
                note = file.ticket_id.display_name
                if (
                    not attachment_sudo
                    or file.sha256
                    and hashlib.sha256(content).hexdigest() != file.sha256
                ):
                    note = self.env._("%s: not as it came, or missing", note)
                    differing += 1
                folder = make_file_name(file.ticket_id.name)
                name = f"files/{folder}/{file.id}-{make_file_name(file.name)}"
                archive.add_file(name, content, note)
                attachment_sudo.invalidate_recordset()
            self.env.invalidate_all()
        return len(files), differing
