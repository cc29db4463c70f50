import { Component, onWillStart, useState } from "@odoo/owl";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { formatMonetary } from "@web/views/fields/formatters";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/**
 * What is open of a customer, on one page: choose what is paid, register it by core's dialogs,
 * write the receipt. The server reads what the user may read, and checks every action itself.
 */
export class SettlementPage extends Component {
    static template = "invoice_crm_addon.SettlementPage";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.partnerId = this.props.action.context.active_id;
        this.state = useState({ page: null, chosen: {} });
        this.display = { controlPanel: {} };
        onWillStart(() => this.load());
    }

    get titles() {
        return {
            order: _t("Orders to Invoice or to Ticket"),
            item: _t("Open Invoices"),
            invoice: _t("Open Invoices"),
            credit: _t("On Account"),
            ticket: _t("Tickets Not Paid"),
            payment: _t("Latest Payments"),
        };
    }

    /** What the open amount of a section is called. */
    getOpenTitle(section) {
        return { order: _t("Open"), credit: _t("Not Used Up") }[section.kind] || _t("To Pay");
    }

    hasDue(section) {
        return ["item", "invoice", "ticket"].includes(section.kind);
    }

    async load() {
        if (this.partnerId) {
            this.state.page = await this.call("get_page");
            this.state.chosen = {};
            this.env.config.setDisplayName(_t("Settle: %s", this.state.page.partner.name));
        }
    }

    call(method, ...args) {
        return this.orm.call("invoice.settlement", method, [this.partnerId, ...args]);
    }

    // What is chosen

    isChoosable(section) {
        return this.state.page.rights.pay && ["item", "credit"].includes(section.kind);
    }

    isAllChosen(section) {
        return section.rows.every((row) => this.state.chosen[row.id]);
    }

    choose(row) {
        this.state.chosen[row.id] = !this.state.chosen[row.id];
    }

    chooseAll(section) {
        const isChosen = !this.isAllChosen(section);
        for (const row of section.rows) {
            this.state.chosen[row.id] = isChosen;
        }
    }

    getChosenRows(kind) {
        const section = this.state.page.sections.find((section) => section.kind === kind);
        return section ? section.rows.filter((row) => this.state.chosen[row.id]) : [];
    }

    getChosenIds(kind) {
        return this.getChosenRows(kind).map((row) => row.id);
    }

    /** Sums of what is chosen, one of each currency. */
    getChosenSums(kind) {
        const sums = {};
        for (const row of this.getChosenRows(kind)) {
            sums[row.currency_id] = (sums[row.currency_id] || 0) + row.open;
        }
        return Object.entries(sums).map(([id, open]) => this.formatAmount(open, Number(id)));
    }

    // Actions

    async openDialog(method, ...args) {
        const before = new Set(this.getPaymentIds());
        await this.action.doAction(await this.call(method, ...args), {
            onClose: async () => {
                await this.load();
                this.offerReceipts(this.getPaymentIds().filter((id) => !before.has(id)));
            },
        });
    }

    registerPayment() {
        return this.openDialog("register_payment", this.getChosenIds("item"));
    }

    createPaymentLink() {
        return this.openDialog("create_payment_link", this.getChosenIds("item"));
    }

    async useCredits() {
        const ids = [this.getChosenIds("item"), this.getChosenIds("credit")];
        const paid = await this.call("use_credits", ...ids);
        this.notification.add(_t("%s paid in full.", paid), { type: "success" });
        await this.load();
    }

    async payOrder(row) {
        await this.action.doAction(await this.call("pay_order", row.id));
    }

    getPaymentIds() {
        const section = this.state.page.sections.find((section) => section.kind === "payment");
        return section
            ? section.rows.filter((row) => row.can_create_receipt).map((row) => row.id)
            : [];
    }

    offerReceipts(paymentIds) {
        if (!paymentIds.length) {
            return;
        }
        const close = this.notification.add(_t("The payment is registered."), {
            type: "success",
            buttons: [
                {
                    name: _t("Write Receipt"),
                    primary: true,
                    onClick: () => {
                        close();
                        this.createReceipts(paymentIds);
                    },
                },
            ],
        });
    }

    async createReceipts(paymentIds) {
        await this.action.doAction(
            await this.orm.call("account.payment", "action_create_receipt", [paymentIds])
        );
    }

    open(model, id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }

    // Format

    formatAmount(amount, currencyId) {
        return formatMonetary(amount, { currencyId });
    }

    formatDate(value) {
        return value ? formatDate(deserializeDate(value)) : "";
    }
}

registry.category("lazy_components").add("invoice_settlement", SettlementPage);
