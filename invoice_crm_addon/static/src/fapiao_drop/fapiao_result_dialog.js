import { Component } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

const OUTCOMES = {
    issued: { label: _t("Issued"), color: "success" },
    created: { label: _t("Created"), color: "success" },
    attached: { label: _t("Attached"), color: "info" },
    duplicate: { label: _t("Already there"), color: "secondary" },
    undecided: { label: _t("Needs you"), color: "warning" },
    refused: { label: _t("Refused"), color: "danger" },
};

/** One line for each file: what became of it, and the ticket that it led to. */
export class FapiaoResultDialog extends Component {
    static template = "invoice_crm_addon.FapiaoResultDialog";
    static components = { Dialog };
    static props = { results: Array, close: Function };

    setup() {
        this.action = useService("action");
        this.title = _t("E-Invoice Files");
    }

    getOutcome(result) {
        return OUTCOMES[result.outcome];
    }

    openTicket(result) {
        this.props.close();
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "invoice.ticket",
            res_id: result.ticket_id,
            views: [[false, "form"]],
        });
    }
}
