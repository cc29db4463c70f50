import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { listView } from "@web/views/list/list_view";
import { FileListController } from "../base/file_list_controller";

const WIZARD = "invoice.bank.statement.wizard";

/** The worklist takes statements of banks, dropped on it or chosen with a button. */
export class BankMatchListController extends FileListController {
    get files() {
        return {
            model: WIZARD,
            groups: ["invoice_crm_addon.group_ticket_finance", "account.group_account_invoice"],
            hint: _t("Drop statements of your bank (Excel, CSV, OFX) here"),
            accept: ".xlsx,.xlsm,.csv,.txt,.tsv,.ofx,.qfx",
            multiple: true,
        };
    }

    async open(ids) {
        const action = await this.model.orm.call(WIZARD, "start", [ids]);
        await this.actionService.doAction(action, { onClose: () => this.model.load() });
    }
}

registry.category("views").add("invoice_bank_match_list", {
    ...listView,
    Controller: BankMatchListController,
    buttonTemplate: "invoice_crm_addon.BankMatchList.Buttons",
});
