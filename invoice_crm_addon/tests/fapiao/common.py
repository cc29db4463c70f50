import io
import zipfile
from importlib.util import find_spec

from ...fapiao.apart import end_apart
from ..common import TicketCommon
from .fapiao_files import build_xml

CAN_READ_PDF = all(map(find_spec, ("pdfminer", "pypdfium2", "zxingcpp")))
CRON = "invoice_crm_addon.ir_cron_fapiao_files"
NUMBER = "26110000000000000001"


class FapiaoCommon(TicketCommon):
    """Files of the customer's invoice, and the ways in which they come in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(end_apart)
        cls.seller = (cls.company.name, cls.company.vat)
        cls.buyer = (cls.customer.invoice_title, cls.customer.vat)

    def _build(self, number=NUMBER, **values):
        seller = values.pop("seller", self.seller)
        buyer = values.pop("buyer", self.buyer)
        return build_xml(number, seller, buyer, **values)

    def _attach(self, content, name="invoice.xml", user=None):
        return (
            self.env["ir.attachment"]
            .with_user(user or self.finance)
            .create({"name": name, "raw": content})
        )

    def _import(self, *contents):
        attachments = self.env["ir.attachment"].concat(*map(self._attach, contents))
        results = self.env["invoice.ticket"].with_user(self.finance).import_fapiao(attachments.ids)
        self.assertEqual([result["attachment_id"] for result in results], attachments.ids)
        return results

    def _import_one(self, content):
        (result,) = self._import(content)
        return result, self.env["invoice.ticket"].browse(result["ticket_id"] or [])

    def _drop(self, *contents, user=None, **target):
        """Drop files as finance does on a screen, and read them like the panel.

        :return: the file records, in their order
        """
        attachments = [self._attach(content, name=f"{i}.xml") for i, content in enumerate(contents)]
        return self._read(self.env["ir.attachment"].concat(*attachments), user, **target)

    def _read(self, attachments, user=None, **target):
        """Read attachments as the panel does.

        :param target: ``ticket_id`` or ``partner_id`` on which they were dropped
        """
        batches = self.env["invoice.fapiao.batch"].with_user(user or self.finance)
        progress = batches.start(attachments.ids, **target)
        batch = batches.browse(progress["id"])
        if not progress["in_background"]:
            rows = progress["files"]
            while rows:
                row = rows.pop(0)
                if row["outcome"] == "waiting":
                    found = batch.file_ids.browse(row["id"]).action_read()
                    rows += [other for other in found if other["id"] != row["id"]]
        return batch.file_ids.sorted("id")

    def _approved(self, **values):
        ticket = self._create_ticket(**values)
        self._approve(ticket)
        return ticket

    def _zip(self, parts):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, content)
        return stream.getvalue()

    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref(CRON).method_direct_trigger()
        self.env.invalidate_all()
