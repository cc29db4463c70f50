import re

from lxml import etree

from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from ..common import TicketCommon

QUICK = {
    "invoice.ticket": ("my", "my_department", "this_month", "overdue"),
    "invoice.contract": ("my", "my_department", "this_month", "overdue"),
    "invoice.shipment": ("my", "my_department", "this_month", "overdue"),
    "invoice.approval.request": ("my_requests", "my_department", "this_month", "overdue"),
    "invoice.fapiao.file": ("mine", "my_department", "this_month", "overdue"),
}


@tagged("post_install", "-at_install")
class TestQuickFilters(TicketCommon):
    def test_everywhere(self):
        """The four everyday filters stand above each list, and the server takes them."""
        for model, names in QUICK.items():
            view = self.env[model].get_view(view_type="search")
            arch = etree.fromstring(view["arch"])
            for name in names:
                with self.subTest(model=model, filter=name):
                    [node] = arch.xpath(f"//filter[@name='{name}']")
                    domain = safe_eval(node.get("domain"), {"uid": self.sales.id})
                    self.env[model].with_user(self.finance).search(domain)

    def test_my_department(self):
        """Documents of one's own department and those below, and of no other."""
        Department = self.env["hr.department"]
        own = Department.create({"name": "Own"})
        below = Department.create({"name": "Below", "parent_id": own.id})
        other = Department.create({"name": "Other"})
        self.finance.employee_ids.unlink()
        self.env["hr.employee"].create(
            {"name": "F", "user_id": self.finance.id, "department_id": own.id}
        )
        tickets = self._create_ticket() + self._create_ticket() + self._create_ticket()
        for ticket, department in zip(tickets, own + below + other, strict=True):
            ticket.department_id = department
        Ticket = self.env["invoice.ticket"].with_user(self.finance)
        ours = [("id", "in", tickets.ids)]
        found = Ticket.search([*ours, ("is_my_department", "=", True)])
        self.assertEqual(found, tickets[:2])
        self.assertEqual(found.mapped("is_my_department"), [True, True])
        self.assertEqual(Ticket.search([*ours, ("is_my_department", "=", False)]), tickets[2])

    def test_nobody_without_department(self):
        self.finance.employee_ids.unlink()
        self._create_ticket()
        Ticket = self.env["invoice.ticket"].with_user(self.finance)
        self.assertFalse(Ticket.search([("is_my_department", "=", True)]))

    def test_columns_go_the_way_of_a_ticket(self):
        """And not by the letters of the statuses."""
        tickets = self._create_ticket() + self._create_ticket()
        self._approve(tickets[0])
        Ticket = self.env["invoice.ticket"].with_context(read_group_expand=True)
        groups = Ticket.web_read_group(
            [("id", "in", tickets.ids)], ["status"], [], auto_unfold=True
        )["groups"]
        self.assertEqual([group["status"] for group in groups], ["draft", "approved"])

    def test_empty_lists_show_what_is_missing(self):
        """Parcels are no money, whatever somebody copied."""
        pictures = {
            "invoice.shipment": {"parcel"},
            "invoice.contract": {"contract"},
            "sale.order": {"contract"},
            "invoice.account.statement": {"report"},
            "invoice.reminder": {"customer"},
            "invoice.reminder.plan": {"customer"},
            "invoice.reminder.stop": {"customer"},
            "invoice.ticket.excess": {"ticket"},
        }
        names = self.env["ir.model.data"].search(
            [("module", "=", "invoice_crm_addon"), ("model", "=", "ir.actions.act_window")]
        )
        actions = self.env["ir.actions.act_window"].browse(names.mapped("res_id")).exists()
        actions = actions.filtered(lambda a: a.res_model in pictures)
        self.assertLessEqual(
            {"invoice.shipment", "invoice.reminder"}, set(actions.mapped("res_model"))
        )
        for action in actions:
            shown = set(re.findall(r"o_empty_(\w+)", action.help or ""))
            self.assertLessEqual(shown, pictures[action.res_model], action.xml_id)
