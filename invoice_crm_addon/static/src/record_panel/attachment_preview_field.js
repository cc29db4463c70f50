import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** The first page of a file, for a many2one to an attachment; it is asked for only when seen. */
export class AttachmentPreviewField extends Component {
    static template = "invoice_crm_addon.AttachmentPreview";
    static props = { ...standardFieldProps };

    get attachment() {
        return this.props.record.data[this.props.name];
    }

    get url() {
        return `/web/content/${this.attachment.id}`;
    }

    get isImage() {
        return /\.(png|jpe?g|gif|webp)$/i.test(this.attachment.display_name);
    }

    get isPdf() {
        return /\.pdf$/i.test(this.attachment.display_name);
    }
}

registry.category("fields").add("attachment_preview", {
    component: AttachmentPreviewField,
    displayName: _t("Preview of a File"),
    supportedTypes: ["many2one"],
});
