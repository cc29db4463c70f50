from unittest.mock import patch

from odoo.addons.base.models.ir_mail_server import IrMail_Server, extract_rfc2822_addresses

from ...models.base.proof import proven
from ..common import TicketCommon


def _take(server, message, *args, **kwargs):
    """Take an e-mail as a mail server does, if somebody is to get it."""
    assert extract_rfc2822_addresses(message["To"] or ""), server.NO_VALID_RECIPIENT
    return message["Message-Id"]


class MailingCommon(TicketCommon):
    """Issued tickets with files, customers with addresses, and a mail server that takes all."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.email = "buyer@example.com"
        for name, stand_in in (
            ("_disable_send", lambda server: False),
            ("_connect__", lambda server, *args, **kwargs: None),
            ("send_email", _take),
        ):
            cls.startClassPatcher(patch.object(IrMail_Server, name, stand_in))

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
