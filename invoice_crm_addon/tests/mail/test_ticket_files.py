from odoo.tests import tagged, users

from ...models.base.proof import proven
from .common import MailingCommon


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
            self.env.flush_all()
            self.env.transaction.reset()
            before = self.env.cr.sql_log_count
            some._get_files_to_send()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)
