import { Component } from "@odoo/owl";
import { AvatarCardPopover } from "@mail/discuss/web/avatar_card/avatar_card_popover";
import { _t } from "@web/core/l10n/translation";
import { usePopover } from "@web/core/popover/popover_hook";
import { imageUrl } from "@web/core/utils/urls";

/** Face and name of somebody who takes part in an approval; a click on the face shows more. */
export class ApprovalPerson extends Component {
    static template = "invoice_crm_addon.ApprovalPerson";
    static props = {
        person: {
            type: Object,
            shape: {
                user_id: Number,
                name: String,
                for: { type: [String, { value: false }], optional: true },
                "*": true,
            },
        },
    };

    setup() {
        this.card = usePopover(AvatarCardPopover);
    }

    get name() {
        const { name, for: principal } = this.props.person;
        return principal ? _t("%(person)s for %(principal)s", { person: name, principal }) : name;
    }

    get imageUrl() {
        return imageUrl("res.users", this.props.person.user_id, "avatar_128");
    }

    openCard(ev) {
        if (!this.card.isOpen) {
            this.card.open(ev.currentTarget, { id: this.props.person.user_id });
        }
    }
}
