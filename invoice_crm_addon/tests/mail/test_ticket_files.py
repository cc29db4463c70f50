from odoo.tests import tagged, users

from ...models.base.proof import proven
from ..common import TicketCommon


class MailingCommon(TicketCommon):
    """Issued tickets with files, and customers with addresses."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.email = "buyer@example.com"

    @classmethod
    def _create_issued(cls, *formats, **values):
        """An issued ticket with a file in each format; the first is its own."""
        ticket = cls._create_ticket(**values)
        cls._issue(ticket)
        batch = cls.env["invoice.fapiao.batch"].sudo()
        for name in formats:
            attachment = cls.env["ir.attachment"].create(
                {
                    "name": f"{ticket.fapiao_number}.{name.lower()}",
                    "raw": f"{name} of {ticket.name}".encode(),
                    "res_model": ticket._name,
                    "res_id": ticket.id,
                }
            )
            batch = batch or proven(batch).create({"company_id": ticket.company_id.id})
            proven(cls.env["invoice.fapiao.file"]).create(
                {
                    "batch_id": batch.id,
                    "name": attachment.name,
                    "attachment_id": attachment.id,
                    "format": name,
                    "company_id": ticket.company_id.id,
                    "outcome": "attached",
                    "ticket_id": ticket.id,
                }
            )
            if not ticket.fapiao_attachment_id:
                proven(ticket).fapiao_attachment_id = attachment
        return ticket


@tagged("post_install", "-at_install")
class TestTicketFiles(MailingCommon):
    """Which files of a ticket go to its customer."""

    def _names(self, ticket):
        files = ticket.with_user(self.sales)._get_files_to_send()[ticket]
        return [attachment.name.rpartition(".")[2] for attachment in files]

    def test_files_that_the_customer_prefers(self):
        ticket = self._create_issued("XML", "OFD", "PDF")
        self.assertEqual(self._names(ticket), ["pdf", "ofd"])
        self.customer.ticket_formats = "ofd_xml"
        self.assertEqual(self._names(ticket), ["ofd", "xml"])
        self.customer.ticket_formats = "pdf_ofd_xml"
        self.assertEqual(self._names(ticket), ["pdf", "ofd", "xml"])

    def test_what_there_is_goes(self):
        ticket = self._create_issued("XML")
        self.assertEqual(self._names(ticket), ["xml"])
        self.assertEqual(ticket._get_missing_formats()[ticket], ["PDF", "OFD"])
        partly = self._create_issued("PDF", "XML")
        self.assertEqual(self._names(partly), ["pdf"])
        self.assertEqual(partly._get_missing_formats()[partly], ["OFD"])
        none = self._create_issued()
        self.assertEqual(self._names(none), [])
        self.assertFalse(none._get_missing_formats()[none])

    def test_file_that_was_taken_back_does_not_go(self):
        ticket = self._create_issued("PDF", "OFD")
        row = ticket.fapiao_file_ids.filtered(lambda f: f.format == "OFD")
        proven(row).outcome = "undecided"
        self.assertEqual(self._names(ticket), ["pdf"])

    def test_contact_of_the_customer_prefers_what_the_customer_does(self):
        contact = self.env["res.partner"].create({"name": "Wang", "parent_id": self.customer.id})
        ticket = self._create_issued("PDF", "OFD", "XML", partner_id=contact.id)
        self.customer.ticket_formats = "xml"
        self.assertEqual(self._names(ticket), ["xml"])

    @users("ticket_lead")
    def test_many_tickets_cost_no_query_each(self):
        tickets = self.env["invoice.ticket"].browse()
        tickets = tickets.concat(*(self._create_issued("PDF", "OFD") for _ in range(6)))
        tickets = tickets.with_user(self.lead)
        counts = []
        for some in (tickets[:2], tickets):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some._get_files_to_send()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)
