import { Component, xml } from "@odoo/owl";
import { beforeEach, destroy, expect, getFixture, test } from "@odoo/hoot";
import { Deferred, advanceTime, animationFrame, press, queryOne, waitFor } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineMenus,
    defineModels,
    fields,
    getService,
    makeServerError,
    mockService,
    models,
    mountView,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { SelectCreateDialog } from "@web/views/view_dialogs/select_create_dialog";
import { scanner } from "@invoice_crm_addon/scan/scan_service";
import { useScanTarget } from "@invoice_crm_addon/scan/scan_target";

class InvoiceTicket extends models.Model {
    _name = "invoice.ticket";
    name = fields.Char();
    _records = [
        { id: 1, name: "First" },
        { id: 2, name: "Second" },
    ];
    _views = {
        list: `<list><field name="name"/></list>`,
        search: `<search><field name="name"/></search>`,
    };
}

defineMailModels();
defineModels([InvoiceTicket]);

const ACTION = { type: "ir.actions.act_window", res_model: "invoice.ticket" };

class Target extends Component {
    static template = xml`<div/>`;
    static props = {};
    setup() {
        useScanTarget(() => [7]);
    }
}

const { now } = scanner;
let clock = 0;

beforeEach(() => {
    patchWithCleanup(scanner, { now: () => clock });
});

async function mountTickets(app = 1) {
    defineMenus([
        { id: 1, name: "Tickets", xmlid: "invoice_crm_addon.menu_ticket_root" },
        { id: 2, name: "Another", xmlid: "another.menu" },
    ]);
    mockService("action", { doAction: (action) => expect.step(action) });
    await mountView({
        type: "list",
        resModel: "invoice.ticket",
        arch: `<list js_class="record_panel_list"><field name="name"/></list>`,
        searchViewArch: `<search><field name="name"/></search>`,
    });
    getService("menu").setCurrentMenu(app);
}

function mockAnswer(answer) {
    onRpc("invoice.finder", "get_totals", () => ({
        currency_id: 1,
        count: 0,
        issued: 0,
        amount: 0,
        tax: 0,
        parts: [],
    }));
    onRpc("invoice.scanner", "read_code", ({ args }) => {
        expect.step(args);
        return answer();
    });
}

/** Keys, with milliseconds between them: ten, as a scanner types. */
async function scan(text, pace = 10) {
    for (const key of [...text, "Enter"]) {
        clock += pace;
        await press(key);
    }
    await animationFrame();
    await animationFrame();
}

test.tags("desktop");
test("a scanned code opens what it stands for, with the tickets that are selected", async () => {
    mockAnswer(() => ({ action: ACTION }));
    await mountTickets();
    await contains(".o_data_row:eq(1) .o_list_record_selector input").click();
    expect(".o_data_row:eq(1) .o_list_record_selector input").toBeFocused();
    await scan("SF1234567890");
    expect.verifySteps([["SF1234567890", [2]], ACTION]);
});

test.tags("desktop");
test("what is created is asked before", async () => {
    mockAnswer(() => ({ action: ACTION, question: "Create one?" }));
    await mountTickets();
    document.activeElement.blur();
    await scan("01,31,,25");
    expect.verifySteps([["01,31,,25", []]]);
    expect(".modal-body").toHaveText("Create one?");
    await scan("12345678");
    expect(".o_notification").toHaveText(/“12345678” was not read: finish the dialog first/);
    await contains(".modal-footer .btn-primary").click();
    expect.verifySteps([ACTION]);
});

test.tags("desktop");
test("a code that nobody knows is told in a sentence", async () => {
    mockAnswer(() => {
        throw makeServerError({ message: "It is neither this nor that." });
    });
    await mountTickets();
    document.activeElement.blur();
    await scan("hello");
    expect.verifySteps([["hello", []]]);
    expect(".o_notification").toHaveText("It is neither this nor that.");
    expect(".o_error_dialog").toHaveCount(0);
});

test.tags("desktop");
test("the search takes what a person types, and not what a scanner does", async () => {
    mockAnswer(() => ({ action: ACTION }));
    await mountTickets();
    await contains(".o_searchview_input").click();
    await scan("25312000000000000001");
    expect.verifySteps([["25312000000000000001", []], ACTION]);
    expect(".o_searchview_input").toHaveValue("");
    await scan("25312000000000000001", 300);
    expect.verifySteps([]);
});

test.tags("desktop");
test("a dialog that is searched takes itself what is scanned there", async () => {
    mockAnswer(() => ({ action: ACTION }));
    await mountTickets();
    getService("dialog").add(SelectCreateDialog, { resModel: "invoice.ticket" });
    await contains(".o_dialog .o_searchview_input").click();
    for (const key of "25312000000000000001") {
        clock += 10;
        await press(key);
    }
    await animationFrame();
    clock += 10;
    await press("Enter");
    await waitFor(".o_dialog .o_searchview_facet:contains(25312000000000000001)");
    expect.verifySteps([]);
});

/** Keys by when they were pressed, and by when the page hears of each: milliseconds between them. */
async function hear(text, { pressed, heard }) {
    patchWithCleanup(scanner, { now });
    const input = queryOne(".o_searchview_input");
    let timeStamp = 1000;
    for (const key of [...text, "Enter"]) {
        const ev = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
        Object.defineProperty(ev, "timeStamp", { value: (timeStamp += pressed) });
        input.dispatchEvent(ev);
        if (key.length === 1) {
            input.value += key;
            input.dispatchEvent(new InputEvent("input", { bubbles: true }));
        }
        await advanceTime(heard);
    }
}

test.tags("desktop");
test("a page that is busy takes no scanner for a person", async () => {
    mockAnswer(() => ({ action: ACTION }));
    await mountTickets();
    await contains(".o_searchview_input").click();
    await hear("25312000000000000001", { pressed: 10, heard: 300 });
    expect.verifySteps([["25312000000000000001", []], ACTION]);
    expect(".o_searchview_input").toHaveValue("");
});

test.tags("desktop");
test("nor a person for a scanner", async () => {
    mockAnswer(() => ({ action: ACTION }));
    await mountTickets();
    await contains(".o_searchview_input").click();
    await hear("25312000000000000001", { pressed: 300, heard: 1 });
    expect.verifySteps([]);
});

test("a scanner on a slow link is told by what it reads", async () => {
    mockAnswer(() => ({ action: ACTION }));
    await mountTickets();
    await contains(".o_searchview_input").click();
    await scan("25312000000000000001", 80);
    expect.verifySteps([["25312000000000000001", []], ACTION]);
    await scan("somebody", 80); // who types well
    expect.verifySteps([]);
});

test.tags("desktop");
test("codes that come meanwhile are read in turn", async () => {
    const first = new Deferred();
    let isFirst = true;
    mockAnswer(async () => {
        if (isFirst) {
            isFirst = false;
            await first;
        }
        return { action: ACTION };
    });
    await mountTickets();
    document.activeElement.blur();
    await scan("SF1234567890");
    await scan("SF1234567890"); // the same once more
    await scan("SF1234567891");
    expect.verifySteps([["SF1234567890", []]]);
    first.resolve();
    await animationFrame();
    await animationFrame();
    expect.verifySteps([ACTION, ["SF1234567891", []], ACTION]);
});

test.tags("desktop");
test("what came before a question is said not to be read", async () => {
    const first = new Deferred();
    mockAnswer(async () => {
        await first;
        return { action: ACTION, question: "Create one?" };
    });
    await mountTickets();
    document.activeElement.blur();
    await scan("SF1234567890");
    await scan("SF1234567891");
    first.resolve();
    await animationFrame();
    await animationFrame();
    expect.verifySteps([["SF1234567890", []]]);
    expect(".o_notification").toHaveText(/SF1234567891/);
});

test("what is behind a dialog counts again when it is closed", async () => {
    mockAnswer(() => ({ action: ACTION }));
    await mountTickets();
    const dialog = await mountWithCleanup(Target);
    const scan = getService("invoice_scan");
    expect(scan.targets.at(-1)()).toEqual([7]);
    destroy(dialog);
    expect(scan.targets).toHaveLength(1);
    expect(scan.targets.at(-1)()).toEqual([]);
});

test.tags("desktop");
test("other fields and other apps are left alone", async () => {
    mockAnswer(() => ({ action: ACTION }));
    await mountTickets(2);
    document.activeElement.blur();
    await scan("SF1234567890");
    expect.verifySteps([]);
    getService("menu").setCurrentMenu(1);
    const input = document.createElement("input");
    getFixture().append(input);
    input.focus();
    await scan("SF1234567890");
    expect.verifySteps([]);
});
