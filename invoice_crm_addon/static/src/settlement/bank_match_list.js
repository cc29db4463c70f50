import { onWillStart, useEffect } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

const WIZARD = "invoice.bank.statement.wizard";
const GROUPS = ["invoice_crm_addon.group_ticket_finance", "account.group_account_invoice"];

/** The worklist takes statements of banks, dropped on it or chosen with a button. */
export class BankMatchListController extends ListController {
    setup() {
        super.setup();
        this.http = useService("http");
        this.ui = useService("ui");
        this.notification = useService("notification");
        onWillStart(async () => {
            const isMember = await Promise.all(GROUPS.map((group) => user.hasGroup(group)));
            this.canImport = isMember.includes(true);
        });
        useEffect(
            (el) => this.canImport && el && this.listen(el),
            () => [this.rootRef.el]
        );
    }

    listen(el) {
        el.dataset.fapiaoDrop = _t("Drop statements of your bank (Excel, CSV, OFX) here");
        const highlight = (isOn) => el.classList.toggle("o_fapiao_dropping", isOn);
        const listeners = {
            dragover: (ev) => {
                ev.preventDefault();
                highlight(true);
            },
            dragleave: (ev) => !el.contains(ev.relatedTarget) && highlight(false),
            drop: (ev) => {
                ev.preventDefault();
                highlight(false);
                this.take([...ev.dataTransfer.files]);
            },
        };
        for (const [name, listener] of Object.entries(listeners)) {
            el.addEventListener(name, listener);
        }
        return () => {
            for (const [name, listener] of Object.entries(listeners)) {
                el.removeEventListener(name, listener);
            }
        };
    }

    choose() {
        const input = document.createElement("input");
        input.type = "file";
        input.multiple = true;
        input.accept = ".xlsx,.xlsm,.csv,.txt,.tsv,.ofx,.qfx";
        input.addEventListener("change", () => this.take([...input.files]));
        input.click();
    }

    async take(files) {
        if (!files.length) {
            return;
        }
        this.ui.block();
        try {
            const answer = await this.http.post(
                "/web/binary/upload_attachment",
                { csrf_token: odoo.csrf_token, ufile: files, model: WIZARD, id: 0 },
                "text"
            );
            const results = JSON.parse(answer);
            const error = results.error || results.find?.((result) => result.error)?.error;
            if (error) {
                this.notification.add(error, { type: "danger" });
                return;
            }
            const ids = results.map((result) => result.id);
            const action = await this.model.orm.call(WIZARD, "start", [ids]);
            await this.actionService.doAction(action, { onClose: () => this.model.load() });
        } finally {
            this.ui.unblock();
        }
    }
}

registry.category("views").add("invoice_bank_match_list", {
    ...listView,
    Controller: BankMatchListController,
    buttonTemplate: "invoice_crm_addon.BankMatchList.Buttons",
});
