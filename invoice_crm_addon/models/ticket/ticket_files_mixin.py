from odoo import models


class InvoiceTicketFilesMixin(models.AbstractModel):
    """Ticket with the files that go to its customer."""

    _name = "invoice.ticket.files.mixin"
    _description = "Ticket With Files for the Customer"

    def _get_files_to_send(self):
        """Files of each ticket for its customer, in the formats that the customer prefers.

        What there is of them goes, in the order of preference; of none of them, the file which is
        the ticket's own, whatever its format. Empty for tickets that have no e-invoice file.

        :rtype: dict[invoice.ticket, ir.attachment]
        """
        files = {}
        for ticket, by_format in self._get_files_by_format().items():
            wanted = ticket._get_wanted_formats()
            chosen = [by_format[name] for name in wanted if name in by_format]
            attachments = self.env["ir.attachment"].concat(*(chosen or [*by_format.values()][:1]))
            files[ticket] = attachments
        return files

    def _get_missing_formats(self):
        """Formats that the customer prefers and of which each ticket has no file, if it has any.

        :rtype: dict[invoice.ticket, list[str]]
        """
        return {
            ticket: by_format
            and [name for name in ticket._get_wanted_formats() if name not in by_format]
            for ticket, by_format in self._get_files_by_format().items()
        }

    def _get_files_by_format(self):
        """The latest file of each ticket in each format, its own before all others.

        :rtype: dict[invoice.ticket, dict[str, ir.attachment]]
        """
        taken = self.env["invoice.fapiao.file"]._get_taken_outcomes()
        result = {}
        # sudo: invoice.fapiao.file - who reads a ticket may read the files that it took
        for ticket, ticket_sudo in zip(self, self.sudo(), strict=True):
            rows_sudo = ticket_sudo.fapiao_file_ids.filtered(lambda f: f.attachment_id)
            formats = {row.attachment_id: row.format or "" for row in rows_sudo}
            own = ticket_sudo.fapiao_attachment_id
            files = own.concat(*(row.attachment_id for row in rows_sudo if row.outcome in taken))
            by_format = {}
            for attachment in files:
                name = formats.get(attachment) or (attachment.name or "").rpartition(".")[2]
                by_format.setdefault(name.upper(), attachment.with_env(self.env))
            result[ticket] = by_format
        return result

    def _get_file_hints(self):
        """What a sender should know of the files of each ticket; those without are left out.

        :rtype: dict[invoice.ticket, str]
        """
        hints = {}
        missing = self._get_missing_formats()
        for ticket, by_format in self._get_files_by_format().items():
            if not by_format:
                if not ticket.is_receipt:
                    hints[ticket] = self.env._("%s has no e-invoice file.", ticket.display_name)
            elif missing[ticket]:
                hints[ticket] = self.env._(
                    "The customer wants %(wanted)s of %(ticket)s; there is no %(missing)s.",
                    wanted=", ".join(ticket._get_wanted_formats()),
                    ticket=ticket.display_name,
                    missing=", ".join(missing[ticket]),
                )
        return hints

    def _get_wanted_formats(self):
        """:rtype: list[str]"""
        # sudo: res.partner - only the formats that the customer prefers
        return self.sudo().partner_id.commercial_partner_id._get_ticket_formats()
