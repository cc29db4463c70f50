import re

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ...fapiao import parse_billing_qr, parse_licence_qr, parse_qr
from ..base.public_methods import Ids
from ..base.tools import clean_number

# How the couriers number their parcels, as far as it can be told; digits alone are anybody's.
COURIERS = [
    (re.compile(r"SF\d{12,13}"), "shunfeng"),
    (re.compile(r"YT\d{13}"), "yuantong"),
    (re.compile(r"JT\d{13}"), "jtexpress"),
    (re.compile(r"JD[A-Z0-9]{11,18}"), "jd"),
    (re.compile(r"DP[KL]\d{12,15}"), "debangkuaidi"),
    (re.compile(r"[A-Z]{2}\d{9}CN"), "ems"),
    (re.compile(r"7[3-8]\d{12}"), "zhongtong"),
    (re.compile(r"9\d{12}"), "youzhengguonei"),
]
PARCEL = re.compile(r"(?=(?:.*\d){8})[A-Z]{0,4}[A-Z0-9-]{8,30}")


class InvoiceScanner(models.AbstractModel):
    """What a scanned code is, and what the user may do with it.

    Code             Known                 Not known
    =====================================================================================
    invoice          its ticket is opened  a ticket of its type, number and amount is offered
    billing data     the customer          a new customer is offered, all data filled in
    parcel           the parcel            one is started for the selected tickets
    =====================================================================================

    Nobody sees more than they may read, nor is offered what they may not make: a sentence says
    so instead.
    """

    _name = "invoice.scanner"
    _description = "Scanned Codes"

    @api.model
    @api.readonly
    def read_code(self, text: str, ticket_ids: Ids = None):
        """Tell what to do with a code.

        :param str text: what the scanner or the camera read
        :param list ticket_ids: tickets that are selected on the screen, maybe none
        :return: ``action``, which is opened, and ``question``, if it must be asked before
        :rtype: dict
        :raise UserError: if the code is unknown, or what it stands for is not the user's to make
        """
        text = text.replace("\0", "").strip()
        if (content := parse_qr(text)) and content.number:
            return self._read_invoice(content)
        if party := parse_billing_qr(text) or parse_licence_qr(text):
            return self._read_customer(party, text)
        number = (clean_number(text) or "").upper()
        tickets = self.env["invoice.ticket"].browse(ticket_ids or ()).exists()
        if found := self._find_ticket(number) or self._find_shipment(number):
            return {"action": found._get_records_action(name=found._description)}
        if PARCEL.fullmatch(number):
            return self._read_parcel(number, tickets)
        raise UserError(
            self.env._(
                "“%s” is neither the QR code of an invoice or of billing data nor the number of a "
                "parcel.",
                text[:60],
            )
        )

    # === INVOICES === #

    @api.model
    def _find_ticket(self, number, code=""):
        """The ticket of a number that the user may read; of the current company first."""
        if not number or not self.env["invoice.ticket"].has_access("read"):
            return None
        domain = Domain("fapiao_number", "=", number)
        # Without its code, a number of eight digits is that of many.
        if code or len(number) < 20:
            domain &= Domain("fapiao_code", "=", code or False)
        tickets = self.env["invoice.ticket"].search(domain, limit=10)
        return tickets.sorted(lambda t: t.company_id != self.env.company)[:1]

    @api.model
    def _read_invoice(self, content):
        if ticket := self._find_ticket(content.number, content.code):
            return {"action": ticket._get_records_action(name=ticket._description)}
        Ticket = self.env["invoice.ticket"]
        refusal = Ticket._get_cannot_number_reason()
        if refusal or not Ticket.has_access("create"):
            raise UserError(
                self.env._(
                    "None of the tickets that you see has the number %(number)s. %(reason)s",
                    number=content.number,
                    reason=refusal or self.env._("You may not create tickets."),
                )
            )
        return {
            "question": self.env._(
                "No ticket has the number %s. Create one with what the code says?", content.number
            ),
            "action": {
                "type": "ir.actions.act_window",
                "name": Ticket._description,
                "res_model": "invoice.ticket",
                "views": [(False, "form")],
                "context": {
                    f"default_{fname}": value
                    for fname, value in self._prepare_ticket(content).items()
                },
            },
        }

    @api.model
    def _prepare_ticket(self, content):
        values = {
            "fapiao_code": content.code or False,
            "fapiao_number": content.number,
            "check_code": content.check_code or False,
            "issue_date": content.issue_date,
        }
        is_special = bool(content.kind and content.kind.is_special)
        kind = "special" if is_special else "ordinary"
        Type = self.env["invoice.ticket.type"]
        ticket_type = Type.search(
            [
                ("fapiao_kind", "=", f"digital_{kind}" if len(content.number) == 20 else kind),
                *Type._check_company_domain(self.env.company),
            ],
            limit=1,
        )
        if ticket_type:
            values["type_id"] = ticket_type.id
        if content.amount is not None and content.amount_includes_tax is not None:
            values["tax_included"] = content.amount_includes_tax
            # What was sold the code does not say.
            line = {"name": False, "quantity": 1, "price_unit": float(content.amount)}
            values["line_ids"] = [Command.create(line)]
        return values

    # === CUSTOMERS === #

    @api.model
    def _read_customer(self, party, text):
        Partner = self.env["res.partner"]
        if not self.env["invoice.ticket"].has_access("read"):
            raise UserError(self.env._("You may not see customers."))
        customer = Partner._find_buyer(party.tax_id, party.name, self.env.company)
        if customer:
            return {"action": customer._get_records_action(name=customer._description)}
        Wizard = self.env["invoice.billing.paste.wizard"]
        if not (Partner.has_access("create") and Wizard.has_access("create")):
            raise UserError(
                self.env._(
                    "No customer has the billing data of %s, and you may not create customers.",
                    party.name or party.tax_id,
                )
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_crm_addon.invoice_billing_paste_wizard_action_new"
        )
        return {"action": dict(action, context={"default_text": text})}

    # === PARCELS === #

    @api.model
    def _find_shipment(self, number):
        Shipment = self.env["invoice.shipment"]
        if not number or not Shipment.has_access("read"):
            return None
        pattern = re.sub(r"([\\%_])", r"\\\1", number)
        return Shipment.search([("tracking_number", "=ilike", pattern)], limit=1)

    @api.model
    def _read_parcel(self, number, tickets):
        if not self.env["invoice.shipment"].has_access("create"):
            raise UserError(
                self.env._(
                    "None of the parcels that you see has the number %s, and only finance ships.",
                    number,
                )
            )
        if not tickets:
            raise UserError(
                self.env._(
                    "No parcel has the number %s yet. To start one, select the issued tickets that "
                    "it carries, or open one of them, and scan the number again.",
                    number,
                )
            )
        action = tickets.action_ship()
        action["context"]["default_tracking_number"] = number
        if carrier := self._find_carrier(number):
            action["context"]["default_carrier_id"] = carrier.id
        return {"action": action}

    @api.model
    def _find_carrier(self, number):
        """The courier company that numbers parcels so, if only one does."""
        codes = [code for pattern, code in COURIERS if pattern.fullmatch(number)]
        carriers = self.env["invoice.carrier"].search([("code", "in", codes)])
        return carriers if len(carriers) == 1 else carriers.browse()
