"""Who may do what with which records: the table that test_rights.py tries, cell by cell."""

from odoo.exceptions import AccessError
from odoo.fields import Command

from .rights_desk import DESK_ACTIONS, DESK_RIGHTS, DESK_SHARED, DESK_STATES, DESK_VALUES

SCOPES = {
    "o": "their own",
    "d": "their department's",
    "c": "their company's other",
    "x": "another company's",
}

# Who may do what, and with whose records. A cell names the records with which it works:
#   o  own                                        d  of a colleague in department A
#   c  of department B, or shared by all people   x  of another company
# Everything else is refused. Documents that an approver was asked to decide on are rows of
# their own (asked_…). "other" is finance of the other company; x is theirs.
RIGHTS = """
                      sales lead finance manager auditor approver outsider other portal public
ticket.read             o    od    odc     odc     odc      -        -       x     -      -
ticket.create           o    od    odc     odc      -       -        -       x     -      -
ticket.write            o    od    odc     odc      -       -        -       x     -      -
ticket.unlink           o    od    odc     odc      -       -        -       x     -      -
ticket.copy             o    od    odc     odc      -       -        -       x     -      -
ticket.submit           o    od    odc     odc      -       -        -       x     -      -
ticket.reset            o    od    odc     odc      -       -        -       x     -      -
ticket.issue            -     -    odc     odc      -       -        -       x     -      -
ticket.void             -     -    odc     odc      -       -        -       x     -      -
ticket.void_dialog      -     -    odc     odc      -       -        -       x     -      -
ticket.red              -     -    odc     odc      -       -        -       x     -      -
ticket.reissue          o    od    odc     odc      -       -        -       x     -      -
ticket.send             o    od    odc     odc      -       -        -       x     -      -
ticket.ship             -     -    odc     odc      -       -        -       x     -      -
ticket.number           -     -    odc     odc      -       -        -       x     -      -
ticket.new_customer     o    od    odc     odc      -       -        -       x     -      -
ticket.import           -     -     c       c       -       -        -       c     -      -

line.read               o    od    odc     odc     odc      -        -       x     -      -
line.create             o    od    odc     odc      -       -        -       x     -      -
line.write              o    od    odc     odc      -       -        -       x     -      -
line.unlink             o    od    odc     odc      -       -        -       x     -      -

allocation.read         o    od    odc     odc     odc      -        -       x     -      -
allocation.create       o    od    odc     odc      -       -        -       x     -      -
allocation.write        o    od    odc     odc      -       -        -       x     -      -
allocation.unlink       o    od    odc     odc      -       -        -       x     -      -

contract.read           o    od    odc     odc     odc      -        -       x     -      -
contract.create         o    od    odc     odc      -       -        -       x     -      -
contract.write          o    od    odc     odc      -       -        -       x     -      -
contract.unlink         o    od    odc     odc      -       -        -       x     -      -
contract.submit         o    od    odc     odc      -       -        -       x     -      -
contract.close          o    od    odc     odc      -       -        -       x     -      -
contract.reopen         -     -     -      odc      -       -        -       -     -      -
contract.cancel         o    od    odc     odc      -       -        -       x     -      -
contract.reset          o    od    odc     odc      -       -        -       x     -      -

milestone.read          o    od    odc     odc     odc      -        -       x     -      -
milestone.create        o    od    odc     odc      -       -        -       x     -      -
milestone.write         o    od    odc     odc      -       -        -       x     -      -
milestone.unlink        o    od    odc     odc      -       -        -       x     -      -

rule.read               o    od    odc     odc     odc      -        -       x     -      -
rule.create             o    od    odc     odc      -       -        -       x     -      -
rule.write              o    od    odc     odc      -       -        -       x     -      -
rule.unlink             o    od    odc     odc      -       -        -       x     -      -

bill.read               o    od    odc     odc     odc      -        -       x     -      -
bill.create             -     -     -       -       -       -        -       -     -      -
bill.write              -     -     -       -       -       -        -       -     -      -
bill.unlink             -     -     -       -       -       -        -       -     -      -
bill.make               o    od    odc     odc      -       -        -       x     -      -
bill.skip               o    od    odc     odc      -       -        -       x     -      -
bill.take_back          o    od    odc     odc      -       -        -       x     -      -

shipment.read           o    od    odc     odc     odc      -        -       x     -      -
shipment.create         -     -    odc     odc      -       -        -       x     -      -
shipment.write          -     -    odc     odc      -       -        -       x     -      -
shipment.unlink         -     -    odc     odc      -       -        -       x     -      -

event.read              o    od    odc     odc     odc      -        -       x     -      -
event.create            -     -    odc     odc      -       -        -       x     -      -
event.write             -     -    odc     odc      -       -        -       x     -      -
event.unlink            -     -    odc     odc      -       -        -       x     -      -

asked_ticket.read       o    od    odc     odc     odc      dc       -       x     -      -
asked_line.read         o    od    odc     odc     odc      dc       -       x     -      -
asked_ticket.write      o    od    odc     odc      -       -        -       x     -      -
asked_ticket.unlink     -     -     -       -       -       -        -       -     -      -
asked_line.write        -     -     -       -       -       -        -       -     -      -

request.read            o    od    odc     odc     odc     odc       o       x     -      -
request.create          -     -     -       -       -       -        -       -     -      -
request.write           -     -     -       -       -       -        -       -     -      -
request.unlink          -     -     -       -       -       -        -       -     -      -
request.verify          o    od    odc     odc     odc     odc       o       x     -      -
request.approve         -     -     -       -       -       dc       -       -     -      -
request.reject          -     -     -       -       -       dc       -       -     -      -
request.return          -     -     -       -       -       dc       -       -     -      -
request.transfer        -     -     -       -       -       dc       -       -     -      -
request.add_before      -     -     -       -       -       dc       -       -     -      -
request.add_after       -     -     -       -       -       dc       -       -     -      -
request.remind          o     o     o      odc      -       o        o       x     -      -
request.withdraw        o     o     o      odc      -       o        o       x     -      -
request.approve_dialog  -     -     -       -       -       dc       -       -     -      -
request.reject_dialog   -     -     -       -       -       dc       -       -     -      -
request.return_dialog   -     -     -       -       -       dc       -       -     -      -
request.transfer_dialog -     -     -       -       -       dc       -       -     -      -
request.add_dialog      -     -     -       -       -       dc       -       -     -      -
request.withdraw_dialog o     o     o      odc      -       o        o       x     -      -

step.read               o    od    odc     odc     odc     odc       o       x     -      -
step.create             -     -     -       -       -       -        -       -     -      -
step.write              -     -     -       -       -       -        -       -     -      -
step.unlink             -     -     -       -       -       -        -       -     -      -

decision.read           o    od    odc     odc     odc     odc       o       x     -      -
decision.create         -     -     -       -       -       -        -       -     -      -
decision.write          -     -     -       -       -       -        -       -     -      -
decision.unlink         -     -     -       -       -       -        -       -     -      -

notice.read             -     -     -      odc      -       -        -       -     -      -
notice.create           -     -     -       -       -       -        -       -     -      -
notice.write            -     -     -       -       -       -        -       -     -      -
notice.unlink           -     -     -       -       -       -        -       -     -      -

delegation.read         o     o     o      odc     odc      o        o       x     -      -
delegation.create       o     o     o      odc      -       o        o       x     -      -
delegation.write        o     o     o      odc      -       o        o       x     -      -
delegation.unlink       o     o     o      odc      -       o        o       x     -      -

type.read               c     c     c       c       c       c        c      cx     -      -
type.create             -     -     -       c       -       -        -       -     -      -
type.write              -     -     -       c       -       -        -       -     -      -
type.unlink             -     -     -       c       -       -        -       -     -      -

custom_field.read       c     c     c       c       c       c        c      cx     -      -
custom_field.create     -     -     -       c       -       -        -       -     -      -
custom_field.write      -     -     -       c       -       -        -       -     -      -
custom_field.unlink     -     -     -       c       -       -        -       -     -      -

carrier.read            c     c     c       c       c       c        c       c     -      -
carrier.create          -     -     -       c       -       -        -       -     -      -
carrier.write           -     -     -       c       -       -        -       -     -      -
carrier.unlink          -     -     -       c       -       -        -       -     -      -

flow.read               c     c     c       c       c       c        c       x     -      -
flow.create             -     -     -       c       -       -        -       -     -      -
flow.write              -     -     -       c       -       -        -       -     -      -
flow.unlink             -     -     -       c       -       -        -       -     -      -

stage.read              -     -     -       c       c       -        -       -     -      -
stage.create            -     -     -       c       -       -        -       -     -      -
stage.write             -     -     -       c       -       -        -       -     -      -
stage.unlink            -     -     -       c       -       -        -       -     -      -

lane.read               -     -     -       c       c       -        -       -     -      -
lane.create             -     -     -       c       -       -        -       -     -      -
lane.write              -     -     -       c       -       -        -       -     -      -
lane.unlink             -     -     -       c       -       -        -       -     -      -

version.read            -     -     -       c       c       -        -       -     -      -
version.create          -     -     -       -       -       -        -       -     -      -
version.write           -     -     -       -       -       -        -       -     -      -
version.unlink          -     -     -       -       -       -        -       -     -      -

level.read              c     c     c       c       c       c        c       c     -      -
level.create            -     -     -       c       -       -        -       -     -      -
level.write             -     -     -       c       -       -        -       -     -      -
level.unlink            -     -     -       c       -       -        -       -     -      -

partner.read            c     c     c       c       c       c        c      cx     -      -
partner.write           c     c     c       c       -       -        -      cx     -      -
partner.see_account     -     -     c       c       -       -        -      cx     -      -
partner.set_account     c     c     c       c       -       -        -      cx     -      -
partner.give_level      -     -     c       c       -       -        -      cx     -      -
partner.submit_billing  c     c     c       c       -       -        -      cx     -      -
partner.confirm_billing c     c     c       c       -       -        -      cx     -      -
partner.keep_address    c     c     c       c       -       -        -      cx     -      -
partner.settle          c     c     c       c       c       -        -      cx     -      -

payment.receipt         o    od    odc     odc      -       -        -       x     -      -

bank_line.read          -     -     c       c       c       -        -       x     -      -
bank_line.create        -     -     -       -       -       -        -       -     -      -
bank_line.write         -     -     -       -       -       -        -       -     -      -
bank_line.unlink        -     -     -       -       -       -        -       -     -      -
bank_line.see_account   -     -     c       c       -       -        -       x     -      -
bank_line.accept        -     -     c       c       -       -        -       x     -      -
bank_line.choose        -     -     c       c       -       -        -       x     -      -
bank_line.choose_dialog -     -     c       c       -       -        -       x     -      -
bank_line.set_aside     -     -     c       c       -       -        -       x     -      -
bank_line.propose       -     -     c       c       -       -        -       x     -      -
bank_line.undo          -     -     c       c       -       -        -       x     -      -
bank_line.statement     -     -     c       c       -       -        -       c     -      -

bank_proposal.read      -     -     c       c       c       -        -       x     -      -
bank_proposal.create    -     -     -       -       -       -        -       -     -      -
bank_proposal.write     -     -     -       -       -       -        -       -     -      -
bank_proposal.unlink    -     -     -       -       -       -        -       -     -      -
bank_proposal.accept    -     -     c       c       -       -        -       x     -      -

export_log.read         -     -     -       c       c       -        -       -     -      -
export_log.create       -     -     -       -       -       -        -       -     -      -
export_log.write        -     -     -       -       -       -        -       -     -      -
export_log.unlink       -     -     -       -       -       -        -       -     -      -

audit_package.read      -     -     -       c       c       -        -       -     -      -
audit_package.create    -     -     -       -       -       -        -       -     -      -
audit_package.write     -     -     -       -       -       -        -       -     -      -
audit_package.unlink    -     -     -       -       -       -        -       -     -      -
audit_package.download  -     -     -       c       c       -        -       -     -      -
audit_package.ask       -     -     -       c       c       -        -       -     -      -

bureau_list.read        -     -     c       c       c       -        -       x     -      -
bureau_list.create      -     -     -       -       -       -        -       -     -      -
bureau_list.write       -     -     -       -       -       -        -       -     -      -
bureau_list.unlink      -     -     -       -       -       -        -       -     -      -

bureau_fapiao.read      -     -     c       c       c       -        -       x     -      -
bureau_fapiao.create    -     -     -       -       -       -        -       -     -      -
bureau_fapiao.write     -     -     -       -       -       -        -       -     -      -
bureau_fapiao.unlink    -     -     -       -       -       -        -       -     -      -

bureau_month.read       -     -     c       c       c       -        -       x     -      -
bureau_month.create     -     -     -       -       -       -        -       -     -      -
bureau_month.write      -     -     -       -       -       -        -       -     -      -
bureau_month.unlink     -     -     -       -       -       -        -       -     -      -
bureau_month.close      -     -     c       c       -       -        -       x     -      -
bureau_month.export     -     -     c       c       c       -        -       x     -      -

bureau_closing.read     -     -     c       c       c       -        -       x     -      -
bureau_closing.create   -     -     -       -       -       -        -       -     -      -
bureau_closing.write    -     -     -       -       -       -        -       -     -      -
bureau_closing.unlink   -     -     -       -       -       -        -       -     -      -

bureau_row.explain      -     -     c       c       -       -        -       x     -      -

bureau_reason.read      -     -     c       c       c       -        -       x     -      -
bureau_reason.create    -     -     -       -       -       -        -       -     -      -
bureau_reason.write     -     -     -       -       -       -        -       -     -      -
bureau_reason.unlink    -     -     -       -       -       -        -       -     -      -
bureau_reason.take_back -     -     c       c       -       -        -       x     -      -

vat_sheet.open          -     -     c       c       c       -        -       x     -      -

ticket.to_bureau        -     -    odc     odc      -       -        -       x     -      -

special.read            o    od    odc     odc     odc      -        -       x     -      -
special.create          o    od    odc     odc      -       -        -       x     -      -
special.write           o    od    odc     odc      -       -        -       x     -      -
special.unlink          o    od    odc     odc      -       -        -       x     -      -

goods_code.read         c     c     c       c       c       c        c       x     -      -
goods_code.create       -     -     c       c       -       -        -       x     -      -
goods_code.write        -     -     c       c       -       -        -       x     -      -
goods_code.unlink       -     -     c       c       -       -        -       x     -      -

bureau_template.read    -     -     c       c       c       -        -       x     -      -
bureau_template.create  -     -     c       c       -       -        -       x     -      -
bureau_template.write   -     -     c       c       -       -        -       x     -      -
bureau_template.unlink  -     -     -       -       -       -        -       -     -      -

bureau_batch.read       -     -     c       c       c       -        -       x     -      -
bureau_batch.create     -     -     -       -       -       -        -       -     -      -
bureau_batch.write      -     -     -       -       -       -        -       -     -      -
bureau_batch.unlink     -     -     -       -       -       -        -       -     -      -
bureau_batch.download   -     -     c       c       -       -        -       x     -      -
bureau_batch.cancel     -     -     c       c       -       -        -       x     -      -

bureau_item.read        -     -     c       c       c       -        -       x     -      -
bureau_item.create      -     -     -       -       -       -        -       -     -      -
bureau_item.write       -     -     -       -       -       -        -       -     -      -
bureau_item.unlink      -     -     -       -       -       -        -       -     -      -
bureau_item.take_out    -     -     c       c       -       -        -       x     -      -
bureau_item.refuse      -     -     c       c       -       -        -       x     -      -
bureau_item.refuse_dialog -   -     c       c       -       -        -       x     -      -
"""
RIGHTS += DESK_RIGHTS

SHARED = (
    *DESK_SHARED,
    "type",
    "custom_field",
    "carrier",
    "flow",
    "stage",
    "lane",
    "version",
    "level",
    "partner",
    "bank_line",
    "bank_proposal",
    "export_log",
    "audit_package",
    "bureau_list",
    "bureau_fapiao",
    "bureau_month",
    "bureau_closing",
    "bureau_row",
    "bureau_reason",
    "vat_sheet",
    "goods_code",
    "bureau_template",
    "bureau_batch",
    "bureau_item",
)
# Shared by all companies, so that there is none of another one.
COMMON = ("carrier.", "level.", "check.", "ticket.import", "bank_line.statement")
# Not even superuser mode changes these.
FINAL = ("decision.write", "export_log.write")
# A harmless value that the model lets its people write.
WRITE_VALUES = {
    **DESK_VALUES,
    "ticket": {"note": "Changed"},
    "line": {"specification": "Changed"},
    "allocation": {"amount": 2.0},
    "contract": {"note": "Changed"},
    "milestone": {"name": "Changed"},
    "rule": {"name": "Changed"},
    "bill": {"name": "Changed"},
    "shipment": {"note": "Changed"},
    "event": {"location": "Changed"},
    "asked_ticket": {"note": "Changed"},
    "asked_line": {"specification": "Changed"},
    "request": {"flow_name": "Changed"},
    "step": {"name": "Changed"},
    "decision": {"comment": "Changed"},
    "notice": {"kind": "remind"},
    "delegation": {"reason": "Changed"},
    "type": {"sequence": 99},
    "custom_field": {"sequence": 99},
    "carrier": {"phone": "95338"},
    "flow": {"sequence": 99},
    "stage": {"sequence": 99},
    "lane": {"amount": 5.0},
    "version": {"number": 99},
    "level": {"name": "Changed"},
    "bank_line": {"partner_name": "Changed"},
    "bank_proposal": {"sequence": 99},
    "export_log": {"row_count": 99},
    "audit_package": {"sha256": "99"},
    "special": {"place": "Changed"},
    "goods_code": {"short_name": "Changed"},
    "bureau_template": {"active": False},
    "bureau_batch": {"state": "settled"},
    "bureau_item": {"reason": "Changed"},
    "bureau_list": {"months": "2026-01"},
    "bureau_fapiao": {"buyer_name": "Changed"},
    "bureau_month": {"date": "2025-01-01"},
    "bureau_closing": {"seal": "99"},
    "bureau_reason": {"note": "Changed"},
    "partner": {"invoice_title": "Changed", "vat": "91310115MA1K4LFD7T"},
}
# State that a row needs, and the record on which it works if not the one that it names.
STATES = {
    **DESK_STATES,
    "ticket.reset": ("ticket", "approved"),
    "ticket.issue": ("ticket", "approved"),
    "ticket.number": ("ticket", "approved"),
    "ticket.void": ("issued", "issued"),
    "ticket.void_dialog": ("issued", "issued"),
    "ticket.red": ("issued", "issued"),
    "ticket.reissue": ("issued", "voided"),
    "ticket.send": ("issued", "issued"),
    "ticket.ship": ("issued", "issued"),
    "contract.close": ("contract", "active"),
    "contract.reopen": ("contract", "closed"),
    "contract.reset": ("contract", "cancelled"),
    "bank_line.undo": ("booked_line", "matched"),
}


def _confirm(record, model, **values):
    """Answer a dialog of the module."""
    return record.env[model].create(values).action_confirm()


def _get_somebody(request):
    """Somebody who can be asked about each of the requests."""
    return request.env["res.users"].sudo().search([("login", "=", "ticket_somebody")]).id


def _see_account(partner):
    """Read the account number, whole."""
    [values] = partner.read(["invoice_bank_acc_number"])
    if "*" in values["invoice_bank_acc_number"]:
        raise AccessError("Only the last digits")


def _import_statement(line):
    """Look at a statement that the user uploads."""
    attachment = line.env["ir.attachment"].create({"name": "new.csv", "raw": b"x"})
    line.env["invoice.bank.statement.wizard"].start(attachment.ids)


def _ask_for_package(package):
    """Ask for the package once more."""
    company = package.sudo().company_id
    wizard = package.env["invoice.audit.wizard"].create({"company_id": company.id})
    wizard.action_confirm()


ACTIONS = {
    **DESK_ACTIONS,
    "ticket.copy": lambda ticket: ticket.copy(),
    "ticket.submit": lambda ticket: ticket.action_submit(),
    "ticket.reset": lambda ticket: ticket.action_reset(),
    "ticket.issue": lambda ticket: ticket.action_issue(),
    "ticket.void": lambda ticket: ticket.action_void("Wrong title"),
    "ticket.void_dialog": lambda ticket: _confirm(
        ticket,
        "invoice.ticket.cancel.wizard",
        ticket_ids=[Command.set(ticket.ids)],
        action="void",
        reason="Wrong title",
    ),
    "ticket.red": lambda ticket: ticket.action_red("Wrong title"),
    "ticket.reissue": lambda ticket: ticket.action_reissue(),
    "ticket.send": lambda ticket: ticket.action_send(),
    "ticket.ship": lambda ticket: ticket.action_ship(),
    "ticket.number": lambda ticket: ticket.write({"fapiao_number": f"2699{ticket.id:016d}"}),
    "ticket.new_customer": lambda ticket: ticket.action_create_customer(),
    "ticket.import": lambda ticket: ticket.import_fapiao([]),
    "contract.submit": lambda contract: contract.action_submit(),
    "contract.close": lambda contract: contract.action_close(),
    "contract.reopen": lambda contract: contract.action_reopen(),
    "contract.cancel": lambda contract: contract.action_cancel(),
    "contract.reset": lambda contract: contract.action_reset(),
    "request.approve": lambda request: request.action_approve("Agreed"),
    "request.reject": lambda request: request.action_reject("Too much"),
    "request.withdraw": lambda request: request.action_withdraw("Mistake"),
    "request.verify": lambda request: request.action_verify(),
    "request.remind": lambda request: request.action_remind(),
    "request.return": lambda request: request.action_return(
        "Too fast", request.sudo().step_ids[:1].id
    ),
    "request.transfer": lambda request: request.action_transfer(_get_somebody(request)),
    "request.add_before": lambda request: request.action_add_approver(_get_somebody(request)),
    "request.add_after": lambda request: request.action_add_approver(
        _get_somebody(request), "after"
    ),
    "partner.see_account": _see_account,
    "partner.set_account": lambda partner: partner.write(
        {"invoice_bank_acc_number": "9988776655443322"}
    ),
    "partner.give_level": lambda partner: partner.write(
        {"customer_level_id": partner.env["invoice.customer.level"].search([], limit=1).id}
    ),
    "partner.submit_billing": lambda partner: partner.action_submit_billing(),
    "partner.confirm_billing": lambda partner: partner.action_confirm_billing(),
    "partner.keep_address": lambda partner: partner.action_keep_billing_address(),
    "partner.settle": lambda partner: partner.env["invoice.settlement"].get_page(partner.id),
    "payment.receipt": lambda payment: payment.action_create_receipt(),
    "bill.make": lambda bill: bill.action_make(),
    "bill.skip": lambda bill: bill.action_skip("Free"),
    "bill.take_back": lambda bill: (bill.action_skip("Free"), bill.action_take_back()),
    "bank_line.see_account": lambda line: line.read(["account_number", "label"]),
    "bank_line.accept": lambda line: line.action_accept(),
    "bank_line.choose": lambda line: line.action_choose(),
    "bank_line.choose_dialog": lambda line: (
        line.env["invoice.bank.match.wizard"]
        .create({"match_id": line.id, "partner_id": line.sudo().partner_id.id})
        .action_book()
    ),
    "bank_line.set_aside": lambda line: line.action_set_aside(),
    "bank_line.propose": lambda line: line.action_propose(),
    "bank_line.undo": lambda line: line.action_undo(),
    "bank_line.statement": _import_statement,
    "bank_proposal.accept": lambda proposal: proposal.action_accept(),
    "audit_package.download": lambda package: package.action_download(),
    "audit_package.ask": _ask_for_package,
    "ticket.to_bureau": lambda ticket: ticket.action_send_to_bureau(),
    "bureau_batch.download": lambda batch: batch.action_download(),
    "bureau_batch.cancel": lambda batch: batch.action_cancel(),
    "bureau_item.take_out": lambda item: item.action_take_out(),
    "bureau_item.refuse": lambda item: item.action_refuse("No"),
    "bureau_item.refuse_dialog": lambda item: _confirm(
        item,
        "invoice.bureau.refuse.wizard",
        item_ids=[Command.set(item.ids)],
        reason="No",
    ),
    "bureau_month.close": lambda month: month.action_close(),
    "bureau_month.export": lambda month: month.action_export(),
    "bureau_row.explain": lambda row: row.action_explain("outside", "Branch"),
    "bureau_reason.take_back": lambda explanation: explanation.action_take_back(),
    "vat_sheet.open": lambda company: company.env["invoice.vat.sheet"].get_page(
        "2026-01", company.id
    ),
}
for _action in ("approve", "reject", "return", "transfer", "add", "withdraw"):
    ACTIONS[f"request.{_action}_dialog"] = lambda request, action=_action: _confirm(
        request,
        "invoice.approval.decision.wizard",
        request_ids=[Command.set(request.ids)],
        action=action,
        comment="Mistake",
        user_id=_get_somebody(request),
    )
