import { registry } from "@web/core/registry";
import { formatPercentage } from "@web/views/fields/formatters";

/**
 * A share that something grew by, with its sign: +12.5%. Where there was nothing before, it is
 * empty, while core would say 0%.
 *
 * @param {number | false | null | undefined} value
 * @param {Object} [options] see formatPercentage
 * @returns {string}
 */
export function formatGrowth(value, options = {}) {
    if (typeof value !== "number") {
        return "";
    }
    const sign = value > 0 ? "+" : "";
    return sign + formatPercentage(value, { ...options, digits: [16, 1] });
}

formatGrowth.extractOptions = formatPercentage.extractOptions;

registry.category("formatters").add("growth", formatGrowth);
