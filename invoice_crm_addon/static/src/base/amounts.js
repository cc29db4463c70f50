import { getCurrency } from "@web/core/currency";
import { user } from "@web/core/user";
import { formatFloat, formatMonetary } from "@web/views/fields/formatters";

const WAN = 1e4;
const YI = 1e8;

/** Whether figures are read by ten thousands (万) and not by thousands. */
export function readsWan() {
    return /^zh\b/.test(user.lang || "");
}

/** The characters themselves: catalogues have no say in where digits are cut. */
function getUnits() {
    return /^zh-(TW|HK|Hant)/.test(user.lang) ? ["萬", "億"] : ["万", "亿"];
}

/**
 * A large number as Chinese people write it, "" for one that is read as it is.
 *
 * 12 345.6 is 1.23万; less than 10 000 has no unit.
 */
export function formatWan(value) {
    // What would be rounded to 10 000万 is 1亿.
    const size = Math.abs(value);
    const isYi = size >= YI - WAN / 200;
    if (size < WAN) {
        return "";
    }
    const [wan, yi] = getUnits();
    const number = formatFloat(value / (isYi ? YI : WAN), { digits: [16, 2], trailingZeros: false });
    return `${number}${isYi ? yi : wan}`;
}

/**
 * An amount for a tile, a bar or an axis, where the exact one is said beside it.
 *
 * @param {number} value
 * @param {Object} [options]
 * @param {number} [options.currencyId] none for a number without symbol
 * @param {boolean} [options.isExact] whether other languages, which would write k and M, have
 *  room for all digits
 */
export function formatShort(value, { currencyId, isExact = false } = {}) {
    const currency = currencyId && getCurrency(currencyId);
    const wan = readsWan() && formatWan(value);
    if (!wan) {
        const options = readsWan() || isExact ? {} : { humanReadable: true, minDigits: 3 };
        return currency
            ? formatMonetary(value, { currencyId, ...options })
            : formatFloat(value, { digits: [16, 0], ...options });
    }
    if (!currency) {
        return wan;
    }
    const { symbol, position } = currency;
    return position === "after" ? `${wan}\u00a0${symbol}` : `${symbol}\u00a0${wan}`;
}
