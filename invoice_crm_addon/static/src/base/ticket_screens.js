import { registry } from "@web/core/registry";
import { listView } from "@web/views/list/list_view";
import "../fapiao/ticket_views";
import "../record_panel/record_panel_list";
import { withWholeColumns } from "../record_panel/whole_columns";
import "../only_filled/filled_form";
import { withScanTarget } from "../scan/scan_target";
import { findable, withFindBar } from "../find/find_bar";
import { TicketTotals } from "../find/ticket_totals";

const CUSTOMER = "partner_id";

findable
    .add("invoice.ticket", {
        fields: [CUSTOMER, "type_id", "issue_date", "contract_id", "department_id"],
        Totals: TicketTotals,
    })
    .add("invoice.contract", { fields: [CUSTOMER, "date_signed", "state"] })
    .add("invoice.shipment", { fields: [CUSTOMER, "carrier_id", "date_shipped"] })
    .add("invoice.approval.request", { fields: ["requester_id", CUSTOMER, "state"] })
    .add("invoice.fapiao.file", { fields: ["buyer_name", "issue_date", "outcome"] })
    .add("res.partner", { fields: ["customer_level_id", "user_id", "city"] });

const views = registry.category("views");
const names = [
    "record_panel_list",
    "invoice_ticket_list",
    "invoice_ticket_kanban",
    "invoice_fapiao_file_list",
    "invoice_fapiao_file_kanban",
];
for (const name of names) {
    views.add(name, withScanTarget(withFindBar(views.get(name))), { force: true });
}
views.add("filled_form", withScanTarget(views.get("filled_form")), { force: true });
views.add(
    "invoice_customer_list",
    withFindBar({ ...listView, Renderer: withWholeColumns(listView.Renderer) })
);
