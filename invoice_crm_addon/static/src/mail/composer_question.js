import { Composer } from "@mail/core/common/composer";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";

// As the full composer has it, see `mail.compose.message`.
const SAYS_ATTACHED =
    /\b(?:attach(?:ed|ment|ments|ing)|enclosed|enclosing|enclosure)\b|附件|附上|随附|随信附|随函附|请查收|請查收/i;
const TO_CUSTOMERS = /^(invoice\..+|res\.partner|sale\.order|account\.move)$/;

patch(Composer.prototype, {
    async sendMessage() {
        const { attachments, composerText, message } = this.props.composer;
        if (
            this.props.type !== "message" ||
            message ||
            attachments.length ||
            !TO_CUSTOMERS.test(this.thread?.model) ||
            !SAYS_ATTACHED.test(composerText)
        ) {
            return super.sendMessage();
        }
        this.env.services.dialog.add(ConfirmationDialog, {
            title: _t("Nothing Is Attached"),
            body: _t("The e-mail says that something is attached, and nothing is."),
            confirmLabel: _t("Send All the Same"),
            confirm: () => super.sendMessage(),
            cancelLabel: _t("Back to the E-Mail"),
            cancel: () => {},
        });
    },
});
