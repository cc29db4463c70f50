import { _t } from "@web/core/l10n/translation";
import { recordPanels } from "../record_panel/record_panel";

/** Of an approved document, what a change of a field brings about. */
function getApprovalHint(record, fieldName) {
    return fieldName in (record.data.approval_open_fields || {})
        ? _t("Approved: a change of this field has to be approved again.")
        : "";
}

recordPanels
    .add("invoice.ticket", {
        view: "invoice_crm_addon.invoice_ticket_view_form_panel",
        getHint: getApprovalHint,
    })
    .add("invoice.contract", {
        view: "invoice_crm_addon.invoice_contract_view_form_panel",
        getHint: getApprovalHint,
    })
    .add("invoice.shipment", { view: "invoice_crm_addon.invoice_shipment_view_form_panel" })
    .add("invoice.approval.request", {
        view: "invoice_crm_addon.invoice_approval_request_view_form_panel",
    })
    .add("invoice.fapiao.file", {
        view: "invoice_crm_addon.invoice_fapiao_file_view_form_panel",
    });
