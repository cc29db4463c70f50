from odoo import fields, models

DEFAULT_FORMATS = "pdf_ofd"


class InvoiceCustomerMailingMixin(models.AbstractModel):
    """Customer who gets tickets by e-mail, and how."""

    _name = "invoice.customer.mailing.mixin"
    _description = "Customer Who Gets Tickets by E-Mail"

    # A key names the formats, parted by underscores, the most wanted first.
    ticket_formats = fields.Selection(
        selection=[
            ("pdf", "PDF"),
            ("ofd", "OFD"),
            ("xml", "XML"),
            ("pdf_ofd", "PDF and OFD"),
            ("pdf_xml", "PDF and XML"),
            ("ofd_xml", "OFD and XML"),
            ("pdf_ofd_xml", "PDF, OFD and XML"),
        ],
        string="Files of Tickets",
        help="Formats in which the customer wants e-invoices by e-mail. Empty: PDF and OFD. Where "
        "a ticket has none of them, the file goes that there is.",
    )

    def _get_ticket_formats(self):
        """Formats in the order of preference, as files name theirs.

        :rtype: list[str]
        """
        return (self.ticket_formats or DEFAULT_FORMATS).upper().split("_")
