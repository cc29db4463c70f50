import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

registry
    .category("fapiao_outcomes")
    .add("parked", { label: _t("Parked"), color: "info", icon: "fa-pause", order: 15 });
