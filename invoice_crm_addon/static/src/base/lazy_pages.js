import { Component, xml } from "@odoo/owl";
import { LazyComponent } from "@web/core/assets";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** Everybody loads the web client, few open these pages: they come when the first one is shown. */
export class LazyPage extends Component {
    static components = { LazyComponent };
    static props = { ...standardActionServiceProps };
    static template = xml`
        <LazyComponent bundle="'invoice_crm_addon.assets_pages'" Component="name" props="props"/>`;

    /** Under which the page is registered there. */
    get name() {
        return this.props.action.tag;
    }
}

export class LazyCustomerInsight extends LazyPage {
    static props = { ...standardWidgetProps };

    get name() {
        return "customer_insight";
    }
}

const actions = registry.category("actions");
actions.add("invoice_settlement", LazyPage);
actions.add("invoice_crm_addon.settlement_page", LazyPage);
actions.add("invoice_crm_addon.vat_sheet", LazyPage);
actions.add("invoice_worklist_overview", LazyPage);
registry.category("view_widgets").add("customer_insight", { component: LazyCustomerInsight });
