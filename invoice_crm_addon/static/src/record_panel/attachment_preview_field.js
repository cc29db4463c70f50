import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/**
 * The first page of a file, for a many2one to an attachment; it is asked for only when seen.
 *
 * With the option `all`, the other files of the record can be chosen beside it.
 */
export class AttachmentPreviewField extends Component {
    static template = "invoice_crm_addon.AttachmentPreview";
    static props = { ...standardFieldProps, all: { type: Boolean, optional: true } };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ files: [], chosen: false });
        onWillStart(() => this.loadFiles(this.props));
        onWillUpdateProps((props) => this.loadFiles(props));
    }

    /** A record is read anew when something of it changed: a file may have come or gone. */
    async loadFiles({ all, name, record }) {
        if (!all || !record.resId || this.loadedFor === record.data[name]) {
            return;
        }
        this.loadedFor = record.data[name];
        const domain = [
            ["res_model", "=", record.resModel],
            ["res_id", "=", record.resId],
        ];
        this.state.files = await this.orm.searchRead("ir.attachment", domain, ["display_name"], {
            order: "id",
        });
    }

    get attachment() {
        const { files, chosen } = this.state;
        return files.find(({ id }) => id === chosen) || this.props.record.data[this.props.name];
    }

    get url() {
        return `/web/content/${this.attachment.id}`;
    }

    get isImage() {
        return /\.(png|jpe?g|gif|webp|bmp)$/i.test(this.attachment.display_name);
    }

    get isPdf() {
        return /\.pdf$/i.test(this.attachment.display_name);
    }
}

registry.category("fields").add("attachment_preview", {
    component: AttachmentPreviewField,
    displayName: _t("Preview of a File"),
    supportedTypes: ["many2one"],
    extractProps: ({ options }) => ({ all: Boolean(options.all) }),
});
