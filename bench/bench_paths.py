"""How much of the add-on one click crosses: files, functions, and how often it changes file.

A newcomer who follows a click reads so many files, and turns back and forth between them so
often. Only what Python runs is counted: neither views nor the web client.
"""

import pathlib
import sys
from dataclasses import replace
from itertools import pairwise

from fapiao_files import make_document, write

from odoo.fields import Command
from odoo.modules import Manifest

FOLDER = pathlib.Path(Manifest.for_addon("invoice_crm_addon").path)
# The package that reads files is a library of its own: its callers are counted, not its inside.
READER = FOLDER / "fapiao"

env.cr.commit = env.cr.flush
company = env.ref("invoice_crm_addon.demo_company")
users = {name: env.ref(f"invoice_crm_addon.user_{name}") for name in ("sales", "lead", "finance")}
context = {"allowed_company_ids": company.ids, "lang": "zh_CN"}


class Trail:
    """Our functions in the order in which one call enters them."""

    def __init__(self):
        self.calls = []

    def __enter__(self):
        env.flush_all()
        env.invalidate_all()
        sys.setprofile(self._note)
        return self

    def __exit__(self, *_error):
        sys.setprofile(None)

    def _note(self, frame, event, _argument):
        if event != "call":
            return
        code = frame.f_code
        path = pathlib.Path(code.co_filename)
        # A comprehension or a lambda is a part of the function around it.
        is_function = not code.co_name.startswith("<")
        if is_function and path.is_relative_to(FOLDER) and not path.is_relative_to(READER):
            self.calls.append((str(path.relative_to(FOLDER)), code.co_name))

    @property
    def files(self):
        return sorted({path for path, _name in self.calls})

    @property
    def functions(self):
        return len(set(self.calls))

    @property
    def switches(self):
        return sum(before != after for (before, _), (after, _) in pairwise(self.calls))


def as_user(name, records):
    return records.with_user(users[name]).with_context(context)


def make_ticket():
    """A draft of a contract, with what a flow of two stages asks for."""
    partner = env["res.partner"].create({"name": "Paths", "invoice_title": "Paths"})
    contract = env["invoice.contract"].create(
        {
            "name": "Paths",
            "partner_id": partner.id,
            "company_id": company.id,
            "user_id": users["sales"].id,
            "amount_total": 9e5,
        }
    )
    contract.state = "active"
    return as_user("sales", env["invoice.ticket"]).create(
        {
            "partner_id": partner.id,
            "contract_id": contract.id,
            "type_id": env.ref("invoice_crm_addon.ticket_type_receipt").id,
            "line_ids": [Command.create({"name": "Paths", "price_unit": 113.0})],
        }
    )


def make_flow():
    stages = [("One", users["lead"]), ("Two", users["finance"])]
    env["invoice.approval.flow"].create(
        {
            "name": "Paths",
            "sequence": -1,
            "company_id": company.id,
            "res_model": "invoice.ticket",
            "fallback_user_id": users["finance"].id,
            "trigger_fields": ["content"],
            "stage_ids": [
                Command.create(
                    {"name": name, "sequence": number, "user_ids": [Command.set(user.ids)]}
                )
                for number, (name, user) in enumerate(stages)
            ],
        }
    )


def make_file():
    """An e-invoice of the demo company, as an attachment of finance."""
    document = make_document("special", 0)
    document = replace(
        document, seller=replace(document.seller, name=company.name, tax_id=company.vat)
    )
    content = write("XML", document)
    return as_user("finance", env["ir.attachment"]).create({"name": "paths.xml", "raw": content})


def follow():
    """Yield the name of each click, and its trail."""
    make_flow()
    ticket = make_ticket()
    attachment = make_file()
    contract = ticket.contract_id
    clicks = {
        "submit": lambda: ticket.action_submit(),
        "approve 1": lambda: as_user("lead", ticket).action_approve(),
        "approve 2": lambda: as_user("finance", ticket).action_approve(),
        "watched change": lambda: ticket.write({"content": "Other"}),
        "import": lambda: as_user("finance", ticket.browse()).import_fapiao(attachment.ids),
        "ledger read": lambda: as_user("finance", contract).read(["amount_to_ticket"]),
    }
    for name, click in clicks.items():
        # Twice would be another click; what the registry keeps is warmed up by the flow itself.
        with Trail() as trail:
            click()
            env.flush_all()
        yield name, trail


print(f"\n{'click':16}{'files':>8}{'functions':>11}{'switches':>10}")
for name, trail in follow():
    print(f"{name:16}{len(trail.files):8}{trail.functions:11}{trail.switches:10}")
    for path in trail.files:
        print(f"{'':18}{path}")
