import { Component, onWillStart, useState } from "@odoo/owl";
import { router } from "@web/core/browser/router";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { formatMonetary } from "@web/views/fields/formatters";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const { DateTime } = luxon;

/**
 * The list of sales of the VAT return for a month. Each figure opens the list behind it.
 */
export class VatSheet extends Component {
    static template = "invoice_crm_addon.VatSheet";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.columns = ["special", "other", "unissued", "total"];
        // Who comes back from a list finds the month that they left.
        const { vat_month, vat_company } = router.current;
        const asked = this.props.action.params?.month ? this.props.action.params : null;
        const { month, companyId } = this.props.state ||
            asked || { month: vat_month, companyId: vat_company };
        this.state = useState({
            page: null,
            month: month || null,
            companyId: Number(companyId) || null,
        });
        useSetupAction({
            getLocalState: () => ({ month: this.state.month, companyId: this.state.companyId }),
        });
        onWillStart(() => this.load());
        this.env.config.setDisplayName(_t("VAT Return: Sales"));
    }

    async load() {
        const args = [this.state.month, this.state.companyId];
        const page = await this.keepLast.add(
            this.orm.call("invoice.vat.sheet", "get_page", args, { context: user.context })
        );
        this.state.page = page;
        this.state.month = page.month;
        this.state.companyId = page.company_id;
        router.pushState({ vat_month: page.month, vat_company: page.company_id });
    }

    setMonth(month) {
        if (month) {
            this.state.month = month;
            return this.load();
        }
    }

    move(months) {
        const month = DateTime.fromFormat(this.state.month, "yyyy-MM").plus({ months });
        return this.setMonth(month.setLocale("en").toFormat("yyyy-MM", { numberingSystem: "latn" }));
    }

    setCompany(id) {
        this.state.companyId = id;
        return this.load();
    }

    // --- What is shown ---

    get rows() {
        return this.state.page.sections.flatMap((section) => [
            { ...section.total, isSection: true },
            ...section.rows,
        ]);
    }

    get isEmpty() {
        const { total, below } = this.state.page;
        return ![...Object.values(total.cells), ...below.map((row) => row.amounts)].flat().some(Boolean);
    }

    format(amount) {
        return amount ? formatMonetary(amount, { currencyId: this.state.page.currency_id }) : "–";
    }

    getGross(row) {
        return row.cells.total[0] + row.cells.total[1];
    }

    // --- Ways out ---

    async open(line, column) {
        const { month, companyId } = this.state;
        const args = [month, companyId, line, column || null];
        this.action.doAction(await this.orm.call("invoice.vat.sheet", "action_open_figure", args));
    }

    get sheetUrl() {
        return `/invoice_crm_addon/vat_sheet/${this.state.month}/${this.state.companyId}`;
    }
}

registry.category("lazy_components").add("invoice_crm_addon.vat_sheet", VatSheet);
