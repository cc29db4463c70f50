import { localization as l10n } from "@web/core/l10n/localization";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { insertThousandsSep } from "@web/core/utils/numbers";
import { FloatField, floatField } from "@web/views/fields/float/float_field";
import { InvalidNumberError } from "@web/views/fields/parsers";

const DECIMALS = 13;

/**
 * All decimals of a number that say something, without exponent: 0.00000001, not 1e-8.
 *
 * @param {number} value
 * @returns {string}
 */
export function toPlainText(value) {
    const [mantissa, exponent = "0"] = Math.abs(value).toString().split("e");
    const [integer, decimals = ""] = mantissa.split(".");
    let digits = integer + decimals;
    let point = integer.length + Number(exponent);
    if (point < 1) {
        digits = "0".repeat(1 - point) + digits;
        point = 1;
    }
    digits = digits.padEnd(point, "0");
    const fraction = digits.slice(point, point + DECIMALS).replace(/0+$/, "");
    return (value < 0 ? "-" : "") + digits.slice(0, point) + (fraction && `.${fraction}`);
}

/** Quantity or unit price of up to 13 decimals: shown and taken as it is, or refused. */
export class ExactFloatField extends FloatField {
    setup() {
        super.setup();
        this.notification = useService("notification");
    }

    get formattedValue() {
        if (this.value === false) {
            return "";
        }
        const [integer, fraction] = toPlainText(this.value).split(".");
        const grouped = insertThousandsSep(integer, l10n.thousandsSep, l10n.grouping);
        return fraction ? grouped + l10n.decimalPoint + fraction : grouped;
    }

    /** @throws {InvalidNumberError} if the number would not be kept as it was typed */
    parse(text) {
        const value = super.parse(text);
        const digits = (number) => number.replace(/\D/g, "").replace(/^0+/, "");
        const [integer, fraction = ""] = text.split(l10n.decimalPoint);
        const typed = digits(integer + fraction.slice(0, DECIMALS).replace(/0+$/, ""));
        if (typed.length > 15 && typed !== digits(toPlainText(value))) {
            this.notification.add(
                _t("%s has more digits than can be kept exactly. Round it to 15 digits in all.", text),
                { type: "danger" }
            );
            throw new InvalidNumberError(text);
        }
        return value;
    }
}

registry.category("fields").add("exact_float", {
    ...floatField,
    component: ExactFloatField,
    supportedTypes: ["float"],
});
