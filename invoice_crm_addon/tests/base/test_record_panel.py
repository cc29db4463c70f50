import ast

from lxml import etree

from odoo.tests import HttpCase, tagged
from odoo.tools.safe_eval import safe_eval

from ..common import TicketCommon

PANELS = {
    "invoice.ticket": "invoice_ticket_view_form_panel",
    "invoice.contract": "invoice_contract_view_form_panel",
    "invoice.shipment": "invoice_shipment_view_form_panel",
    "invoice.approval.request": "invoice_approval_request_view_form_panel",
    "invoice.fapiao.file": "invoice_fapiao_file_view_form_panel",
}
ALWAYS = {"1", "True"}
# What may be chosen, and what a choice may make.
CHOICES = ("no_create", "no_quick_create", "no_create_edit", "no_edit")


def get_terms(nodes, attribute):
    """What each by itself makes a field so, as it is written."""
    terms = set()
    for expression in filter(None, (node.get(attribute) for node in nodes)):
        tree = ast.parse(expression.strip(), mode="eval").body
        is_any = isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.Or)
        terms.update(ast.unparse(term) for term in (tree.values if is_any else [tree]))
    return terms


def get_fields(arch):
    """Nodes of the fields that are shown, rows of other models apart, by name."""
    nodes = {}
    for node in etree.fromstring(arch).iter("field"):
        is_of_rows = any(parent.tag == "field" for parent in node.iterancestors())
        if not is_of_rows and node.get("invisible") not in ALWAYS:
            nodes.setdefault(node.get("name"), []).append(node)
    return nodes


@tagged("post_install", "-at_install")
class TestRecordPanel(TicketCommon, HttpCase):
    def test_every_list_has_a_panel_of_its_own(self):
        """And it is read with one request: what stands in it is in the view."""
        for model, name in PANELS.items():
            with self.subTest(model=model):
                view = self.env.ref(f"invoice_crm_addon.{name}")
                self.assertEqual(view.model, model)
                arch = etree.fromstring(self.env[model].get_view(view.id, "form")["arch"])
                self.assertTrue(arch.xpath("//field[@widget='badge']"), "a chip says the state")
                lists = self.env[model].get_view(view_type="list")["arch"]
                self.assertRegex(etree.fromstring(lists).get("js_class"), "_list$")

    def test_what_is_shown_is_kept_with_the_user(self):
        """On every machine that they work on, as the client asks for it."""
        Settings = self.env["res.users.settings"].with_user(self.sales)
        own = Settings._find_or_create_for_user(self.sales).with_user(self.sales)
        own.set_res_users_settings({"only_filled_models": ["invoice.ticket"]})
        self.authenticate(self.sales.login, self.sales.login)
        response = self.make_jsonrpc_request("/web/session/get_session_info")
        self.assertEqual(response["user_settings"]["only_filled_models"], ["invoice.ticket"])

    def test_a_panel_asks_and_locks_what_the_form_does(self):
        """A field is required, locked, hidden, and chosen from the same records in both."""
        named = self.env["ir.model.data"].search(
            [("module", "=", "invoice_crm_addon"), ("name", "=like", "%\\_view\\_form\\_panel")]
        )
        self.assertEqual(set(named.mapped("name")), set(PANELS.values()))
        for model, name in PANELS.items():
            views = [self.env.ref(f"invoice_crm_addon.{n}") for n in (name[:-6], name)]
            form, panel = (get_fields(view.get_combined_arch()) for view in views)
            for field in panel.keys() & form.keys():
                for node in panel[field]:
                    with self.subTest(model=model, field=field):
                        is_as_strict = any(self._is_as_strict(node, n) for n in form[field])
                        self.assertTrue(is_as_strict, etree.tostring(node, encoding="unicode"))

    def _is_as_strict(self, node, other):
        """Whether a field of a panel lets nothing pass that one of the form does not."""
        # In the panel, a block may say it for the field.
        hidden = get_terms([node, *node.iterancestors()], "invisible")
        if not get_terms([other], "invisible") <= hidden:
            return False
        if node.get("readonly") in ALWAYS:
            return True
        if other.get("readonly") in ALWAYS:
            return False
        options, others = (safe_eval(each.get("options") or "{}") for each in (node, other))
        return (
            get_terms([other], "readonly") <= get_terms([node], "readonly")
            and get_terms([other], "required") <= get_terms([node], "required")
            and all(node.get(key) == other.get(key) for key in ("domain", "context"))
            and all(options.get(key) == others.get(key) for key in CHOICES)
        )

    def test_walk(self):
        self._create_ticket()
        self._create_ticket()
        self.start_tour("/odoo/tickets", "invoice_crm_record_panel", login="ticket_finance")
