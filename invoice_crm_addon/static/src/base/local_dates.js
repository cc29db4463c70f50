import { DateTimePicker } from "@web/core/datetime/datetime_picker";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { patch } from "@web/core/utils/patch";
import { CalendarController } from "@web/views/calendar/calendar_controller";
import { calendarView } from "@web/views/calendar/calendar_view";

const { DateTime, Interval } = luxon;
export const MONTH = { year: "numeric", month: "long" };

/** Core puts the year last in every language, after a bare number in Chinese; not in our app. */
export function isYearFirst() {
    return document.body.classList.contains("o_invoice_app") && /^zh\b/.test(user.lang || "");
}

patch(DateTimePicker.prototype, {
    onWillRender() {
        super.onWillRender();
        if (this.state.precision === "days" && isYearFirst()) {
            this.title = this.state.focusDate.toLocaleString(MONTH);
        }
    },
});

/** A calendar that calls days, weeks and months as the language of the user does. */
export class LocalCalendarController extends CalendarController {
    get currentDate() {
        return super.currentDate && ` - ${this.currentMonth}`;
    }

    get dayHeader() {
        return this.date.toLocaleString(DateTime.DATE_FULL);
    }

    get weekHeader() {
        const { rangeStart, rangeEnd } = this.model;
        return Interval.fromDateTimes(rangeStart, rangeEnd).toLocaleString(MONTH);
    }

    get currentMonth() {
        return this.date.toLocaleString(MONTH);
    }
}

registry.category("views").add("local_calendar", {
    ...calendarView,
    Controller: LocalCalendarController,
});
