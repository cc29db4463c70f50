"""The screens of the product: what make screenshots opens, as whom, and what it clicks."""

from typing import NamedTuple

#: The menu of our app; what hangs below it is found in the running product.
APP = "invoice_crm_addon.menu_ticket_root"
#: Who opens a menu: the first of them who sees it.
LOGINS = ("finance", "manager", "auditor", "admin")
#: Menus that show more to somebody else.
MENU_LOGINS = {
    "menu_ticket_to_approve": "approver",
    "menu_ticket_decided_by_me": "approver",
    "menu_ticket_my": "sales",
    "menu_ticket_my_requests": "sales",
    "menu_ticket_customer_new": "sales",
}
#: Roles whose home page is a screen of its own.
HOMES = ("sales", "lead", "approver", "finance", "manager", "auditor")
#: Views that a menu shows beside its first one.
VIEWS = ("kanban", "calendar", "pivot", "graph")

CELL = ".o_data_cell:not(.o_handle_cell)"
ROW = f".o_data_row {CELL}"
FULL_FORM = ".o_record_panel_open"


class Picture(NamedTuple):
    """A picture that is shown somewhere: in README and on the Apps page, or in the manual.

    :param str name: of its file
    :param str login: who takes it
    :param str path: address; empty, it goes on where the one before it ended
    :param tuple clicks: selectors, one after the other
    """

    name: str
    login: str
    path: str
    clicks: tuple = ()


#: A contract that is active, a parcel that arrived.
ACTIVE = DELIVERED = ".o_data_row:has(.text-bg-success)"
#: A month whose list of the tax bureau was dropped.
LISTED = ".o_data_row:has(.o_data_cell[name=list_count]:not(:text-is('0')))"
CUSTOMER_ROW = ".o_data_row:has-text('恒泽') .o_data_cell[name=complete_name]"
APP_PAGE = (
    Picture("customer", "sales", "/odoo/ticket-customers", (CUSTOMER_ROW, "a[name=tickets]")),
    Picture("billing", "sales", "", ("a[name=billing]",)),
    Picture("tickets", "finance", "/odoo/tickets"),
    Picture("calendar", "finance", "", (".o_switch_view.o_calendar", ".o_calendar_button_prev")),
    Picture("ticket", "finance", "/odoo/tickets-to-issue", (f"{ROW}[name=name]", FULL_FORM)),
    Picture(
        "contract",
        "manager",
        "/odoo/invoice-contracts",
        (f"{ACTIVE} .o_data_cell[name=name]", FULL_FORM),
    ),
    Picture("approval", "approver", "/odoo/tickets-to-approve", (f"{ROW}[name=name]",)),
    Picture("types", "manager", "/odoo/ticket-types"),
)
MANUAL = (
    Picture("home", "sales", "/odoo/tickets-overview"),
    Picture("billing", "sales", "/odoo/ticket-customers", (CUSTOMER_ROW, "a[name=billing]")),
    Picture(
        "contract",
        "sales",
        "/odoo/invoice-contracts",
        (f"{ACTIVE} .o_data_cell[name=name]", FULL_FORM),
    ),
    Picture("ticket", "finance", "/odoo/tickets-to-issue", (f"{ROW}[name=name]", FULL_FORM)),
    Picture("tickets", "finance", "/odoo/tickets", (f"{ROW}[name=name]",)),
    Picture("approval", "approver", "/odoo/tickets-to-approve", (f"{ROW}[name=name]",)),
    Picture("files", "finance", "/odoo/e-invoice-files"),
    Picture("shipment", "finance", "/odoo/ticket-shipments", (f"{DELIVERED} {CELL}",)),
    Picture("receivables", "finance", "/odoo/receivables"),
    Picture("reminders", "finance", "/odoo/reminders-sent"),
    Picture("vat", "finance", "/odoo/vat-return"),
    Picture("batch", "finance", "/odoo/bureau-batches", (ROW,)),
    Picture("month", "finance", "/odoo/bureau-months", (f"{LISTED} {CELL}",)),
    Picture("findings", "finance", "/odoo/data-findings", (".o_group_header",)),
    Picture("flow", "manager", "/odoo/approval-flows", (ROW,)),
)
