import { expect, test } from "@odoo/hoot";
import {
    animationFrame,
    click,
    press,
    queryAllTexts,
    queryFirst,
    queryOne,
    waitFor,
} from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    getService,
    makeServerError,
    models,
    mountView,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { SelectCreateDialog } from "@web/views/view_dialogs/select_create_dialog";
import { WebClient } from "@web/webclient/webclient";
import { recordPanels } from "@invoice_crm_addon/record_panel/record_panel";

class Depot extends models.Model {
    name = fields.Char();
    _records = [{ id: 1, name: "North" }];
}

class Piece extends models.Model {
    name = fields.Char();
    parcel_id = fields.Many2one({ relation: "parcel" });
    quantity = fields.Float();
    amount = fields.Float({ digits: [16, 2] });
    _records = [
        { id: 1, parcel_id: 1, name: "技术服务费（二季度）", quantity: 12, amount: 11490000.5 },
    ];
}

class Parcel extends models.Model {
    name = fields.Char({ required: true });
    city = fields.Char();
    weight = fields.Integer();
    depot_id = fields.Many2one({ relation: "depot" });
    origin_id = fields.Many2one({ relation: "depot", readonly: true });
    piece_ids = fields.One2many({ relation: "piece", relation_field: "parcel_id", readonly: true });
    _records = [
        { id: 1, name: "First", city: "Beijing", depot_id: 1, origin_id: 1, piece_ids: [1] },
        { id: 2, name: "Second", city: "Shanghai" },
        { id: 3, name: "Third" },
    ];
    _views = {
        form: `
            <form js_class="filled_form">
                <header><button name="action_send" type="object" string="Send" class="btn-primary"/></header>
                <sheet>
                    <group>
                        <field name="name"/>
                        <field name="city"/>
                        <field name="weight" readonly="1"/>
                        <field name="depot_id"/>
                        <field name="origin_id"/>
                    </group>
                    <field name="piece_ids">
                        <list>
                            <field name="name"/>
                            <field name="quantity"/>
                            <field name="amount"/>
                        </list>
                    </field>
                </sheet>
                <chatter/>
            </form>`,
    };
}

defineMailModels();
defineModels([Depot, Parcel, Piece]);
// Kept with the settings of the user.
onRpc("res.users.settings", "set_res_users_settings", ({ kwargs }) => kwargs.new_settings);

const LIST = `<list js_class="record_panel_list"><field name="name"/></list>`;
const field = (name) => `.o_record_panel .o_field_widget[name=${name}]`;

async function mountParcels(params = {}) {
    await mountView({ type: "list", resModel: "parcel", arch: LIST, ...params });
}

test("a click shows the record beside the list with one request, and the list stays", async () => {
    onRpc("parcel", "web_read", ({ args }) => expect.step(`read ${args[0]}`));
    onRpc("parcel", "web_search_read", () => expect.step("list"));
    await mountParcels({ selectRecord: () => expect.step("form") });
    await contains(".o_data_row:eq(0) .o_data_cell").click();
    expect(".o_record_panel_title").toHaveText("First");
    expect(".o_content > .o_list_renderer .o_data_row").toHaveCount(3);
    expect(".o_record_panel_row").toHaveText("First");
    expect.verifySteps(["list", "read 1"]);
});

test("a long record scrolls below its heading, also beside a search panel", async () => {
    await mountParcels({
        searchViewArch: `<search><searchpanel><field name="depot_id" enable_counters="1"/></searchpanel></search>`,
    });
    await contains(".o_data_row:eq(0) .o_data_cell").click();
    expect(".o_content > .o_search_panel").toHaveCount(1);
    queryOne(".o_record_panel .o_form_sheet").style.height = "5000px";
    const { clientHeight, scrollHeight } = queryOne(".o_content:has(> .o_record_panel)");
    expect(scrollHeight).toBe(clientHeight);
    expect(queryOne(".o_record_panel").offsetHeight).toBe(clientHeight);
});

test("arrow keys move on, Escape closes, a button opens the form", async () => {
    await mountParcels({ selectRecord: (resId) => expect.step(`form ${resId}`) });
    await contains(".o_data_row:eq(0) .o_data_cell").click();
    await press("ArrowDown");
    await animationFrame();
    expect(".o_record_panel_title").toHaveText("Second");
    await contains(".o_record_panel_open").click();
    expect.verifySteps(["form 2"]);
    await contains(".o_data_row:eq(1) .o_data_cell").focus();
    await press("Escape");
    await animationFrame();
    expect(".o_record_panel").toHaveCount(0);
});

test("the box that chooses a row leaves the keys to the panel", async () => {
    await mountParcels();
    await contains(".o_data_row:eq(0) .o_data_cell").click();
    await contains(".o_data_row:eq(0) .o_list_record_selector input").focus();
    await press("ArrowDown");
    await animationFrame();
    expect(".o_record_panel_title").toHaveText("Second");
    await contains(".o_data_row:eq(1) .o_list_record_selector input").focus();
    await press("Escape");
    await animationFrame();
    expect(".o_record_panel").toHaveCount(0);
});

test("Ctrl-click opens the form beside, and no panel", async () => {
    await mountParcels({
        selectRecord: (resId, { newWindow }) => expect.step(`form ${resId} ${Boolean(newWindow)}`),
    });
    await contains(".o_data_row:eq(0) .o_data_cell").click({ ctrlKey: true });
    expect(".o_record_panel").toHaveCount(0);
    expect.verifySteps(["form 1 true"]);
});

test("one field is changed in place, and saved alone", async () => {
    Parcel._onChanges = { city: (record) => (record.name = "Proposed") };
    onRpc("parcel", "web_save", ({ args }) => expect.step(args[1]));
    await mountParcels();
    await contains(".o_data_row:eq(0) .o_data_cell").click();
    expect(`${field("city")} input`).toHaveCount(0);
    await contains(field("city")).click();
    await contains(`${field("city")} input`).edit("Xi'an", { confirm: false });
    await press("Enter");
    await animationFrame();
    expect.verifySteps([{ city: "Xi'an" }]);
    expect(field("city")).toHaveText("Xi'an");
    expect(`${field("city")} input`).toHaveCount(0);
});

test("Escape leaves a field as it was", async () => {
    onRpc("parcel", "web_save", () => expect.step("save"));
    await mountParcels();
    await contains(".o_data_row:eq(0) .o_data_cell").click();
    await contains(field("city")).click();
    await contains(`${field("city")} input`).edit("Xi'an", { confirm: false });
    await press("Escape");
    await animationFrame();
    expect(field("city")).toHaveText("Beijing");
    expect(field("city")).toBeFocused(); // Tab goes on from there
    expect(".o_record_panel").toHaveCount(1);
    expect.verifySteps([]);
});

test("what the server says stands beside the field, and the record is not left", async () => {
    onRpc("parcel", "web_save", () => {
        throw makeServerError({ message: "No parcels go there." });
    });
    await mountParcels();
    await contains(".o_data_row:eq(0) .o_data_cell").click();
    await contains(field("city")).click();
    await contains(`${field("city")} input`).edit("Atlantis", { confirm: false });
    await contains(".o_panel_field_save").click();
    expect(".o_panel_field_error").toHaveText("No parcels go there.");
    await contains(".o_data_row:eq(1) .o_data_cell").click();
    expect(".o_record_panel_title").toHaveText("First");
    expect(`${field("city")} input`).toHaveValue("Atlantis");
});

test("keys of the buttons are theirs, and a primary button does not take the keyboard", async () => {
    onRpc("parcel", "web_save", () => expect.step("save"));
    onRpc("parcel", "action_send", () => expect.step("send"));
    await mountParcels();
    await contains(".o_data_row:eq(0) .o_data_cell").click();
    expect(".o_record_panel button[name=action_send]").not.toBeFocused();
    await contains(field("city")).click();
    await contains(`${field("city")} input`).edit("Xi'an", { confirm: false });
    await contains(".o_panel_field_cancel").focus();
    await press("Enter");
    await animationFrame();
    expect(field("city")).toHaveText("Beijing");
    expect.verifySteps([]);
});

test("an action saves what is open before, and is not run if that is refused", async () => {
    let isRefused = true;
    onRpc("parcel", "web_save", ({ args }) => {
        expect.step(args[1]);
        if (isRefused) {
            throw makeServerError({ message: "No parcels go there." });
        }
    });
    onRpc("parcel", "action_send", () => {
        expect.step("send");
        return true;
    });
    await mountParcels();
    await contains(".o_data_row:eq(0) .o_data_cell").click();
    await contains(field("city")).click();
    await contains(`${field("city")} input`).edit("Xi'an", { confirm: false });
    await contains(".o_record_panel button[name=action_send]").click();
    await animationFrame();
    expect.verifySteps([{ city: "Xi'an" }]);
    expect(".o_panel_field_error").toHaveText("No parcels go there.");
    isRefused = false;
    await contains(".o_record_panel button[name=action_send]").click();
    await waitFor(".o_record_panel:not(:has(.o_panel_field_edited))");
    expect.verifySteps([{ city: "Xi'an" }, "send"]);
});

test("rows of folded groups are passed over, a record in two groups is two rows", async () => {
    await mountParcels({ groupBy: ["city"] });
    await contains(".o_group_header:eq(1)").click();
    await contains(".o_group_header:eq(0)").click();
    await contains(".o_data_row:eq(0) .o_data_cell").click();
    expect(".o_record_panel_header small").toHaveText("1 / 2");
    await contains(".o_group_header:eq(1)").click();
    expect(".o_record_panel_header small").toHaveText("1 / 1");
});

test("in a dialog that chooses a record, a click chooses it", async () => {
    Parcel._views.list = LIST;
    Parcel._views.search = "<search/>";
    await mountWithCleanup(WebClient);
    getService("dialog").add(SelectCreateDialog, {
        resModel: "parcel",
        multiSelect: false,
        onSelected: (ids) => expect.step(ids),
    });
    await contains(".modal .o_data_row:eq(1) .o_data_cell").click();
    await animationFrame();
    expect(".o_record_panel").toHaveCount(0);
    expect.verifySteps([[2]]);
});

test("what may not be changed does not invite, and what has a price says it", async () => {
    recordPanels.add("parcel", { getHint: (record, name) => `${name} is watched.` });
    await mountParcels();
    await contains(".o_data_row:eq(0) .o_data_cell").click();
    expect(field("city")).toHaveClass("o_panel_field_open");
    expect(field("weight")).not.toHaveClass("o_panel_field_open");
    await contains(field("weight")).click();
    expect(`${field("weight")} input`).toHaveCount(0);
    await contains(field("city")).click();
    expect(`${field("city")} [role=status]`).toHaveText("city is watched.");
    recordPanels.remove("parcel");
});

test("only what is filled in is shown, and that is remembered", async () => {
    await mountParcels();
    await contains(".o_data_row:eq(2) .o_data_cell").click();
    expect(field("city")).toBeVisible();
    await contains(".o_record_panel .o_only_filled_switch").click();
    expect(field("city")).not.toBeVisible();
    expect(queryAllTexts(".o_record_panel .o_form_label:visible")).toEqual(["Name", "Weight"]);
    await contains(".o_data_row:eq(1) .o_data_cell").click();
    expect(field("city")).toBeVisible();
    expect(".o_record_panel").toHaveClass("o_only_filled");
    await contains(".o_record_panel .o_only_filled_switch").click();
});

test("a record that leaves the list makes room for the next", async () => {
    await mountParcels({ domain: [["city", "!=", "Nowhere"]] });
    await contains(".o_data_row:eq(1) .o_data_cell").click();
    await contains(field("city")).click();
    await contains(`${field("city")} input`).edit("Nowhere", { confirm: false });
    await press("Enter");
    await animationFrame();
    await animationFrame();
    expect(".o_data_row").toHaveCount(2);
    expect(".o_record_panel_title").toHaveText("Third");
});

test("messages are loaded when they are asked for", async () => {
    onRpc("/mail/thread/data", () => expect.step("messages"));
    await mountParcels();
    await contains(".o_data_row:eq(0) .o_data_cell").click();
    expect(".o_record_panel .o-mail-Chatter").toHaveCount(0);
    expect.verifySteps([]);
    await contains(".o_record_panel_messages").click();
    await waitFor(".o_record_panel .o-mail-Chatter");
});

test("the edge is moved by keys, and says where it stands", async () => {
    await mountParcels();
    await contains(".o_data_row:eq(0) .o_data_cell").click();
    const edge = queryOne(".o_record_panel_handle");
    const before = Number(edge.getAttribute("aria-valuenow"));
    edge.focus();
    await press("ArrowLeft");
    await animationFrame();
    expect(edge).toHaveAttribute("aria-valuenow", `${before + 40}`);
    await press("Home");
    await animationFrame();
    expect(edge).toHaveAttribute("aria-valuenow", edge.getAttribute("aria-valuemin"));
    expect(".o_record_panel").toHaveStyle({ width: "320px" });
});

test("keys that are typed before the input is there are not lost", async () => {
    onRpc("parcel", "web_save", ({ args }) => expect.step(args[1]));
    await mountParcels();
    await contains(".o_data_row:eq(0) .o_data_cell").click();
    await click(field("city"));
    await press(["Control", "a"]);
    await press("C");
    await press("N");
    expect(`${field("city")} input`).toHaveCount(0);
    await animationFrame();
    expect(`${field("city")} input`).toHaveValue("CN");
    await press("Enter");
    await animationFrame();
    expect.verifySteps([{ city: "CN" }]);
});

test("a link is changed by a click where it can be, and followed elsewhere", async () => {
    onRpc("get_formview_action", () => {
        expect.step("open");
        return { type: "ir.actions.act_window_close" };
    });
    await mountParcels();
    await contains(".o_data_row:eq(0) .o_data_cell").click();
    await contains(`${field("depot_id")} a`).click();
    expect(`${field("depot_id")} input`).toHaveValue("North");
    expect(`${field("depot_id")} .o_external_button`).toHaveCount(1);
    expect.verifySteps([]);
    await press("Escape");
    await press("Escape");
    await animationFrame();
    await contains(`${field("origin_id")} a`).click();
    expect(`${field("origin_id")} input`).toHaveCount(0);
    expect.verifySteps(["open"]);
});

test("the browser opens a link beside with Ctrl", async () => {
    await mountParcels();
    await contains(".o_data_row:eq(0) .o_data_cell").click();
    const link = queryOne(`${field("depot_id")} a`);
    link.addEventListener("click", () => expect.step("told"));
    const ctrlClick = new MouseEvent("click", { bubbles: true, cancelable: true, ctrlKey: true });
    // Stopped on its way down: only the browser follows it.
    link.dispatchEvent(ctrlClick);
    await animationFrame();
    expect.verifySteps([]);
    expect(ctrlClick.defaultPrevented).toBe(false);
    expect(`${field("depot_id")} input`).toHaveCount(0);
});

test("a field that cannot be empty says so itself, and nobody else does", async () => {
    onRpc("parcel", "web_save", () => expect.step("save"));
    await mountParcels();
    await contains(".o_data_row:eq(0) .o_data_cell").click();
    await contains(field("name")).click();
    await contains(`${field("name")} input`).edit("", { confirm: false });
    await press("Enter");
    await animationFrame();
    expect(".o_panel_field_error").toHaveText("This field cannot be empty.");
    expect(".o_notification").toHaveCount(0);
    await press("Escape");
    await animationFrame();
    expect(field("name")).toHaveText("First");
    expect.verifySteps([]);
});

test("one field is saved while another one is still empty", async () => {
    Parcel._records[2].name = false;
    onRpc("parcel", "web_save", ({ args }) => expect.step(args[1]));
    await mountParcels();
    await contains(".o_data_row:eq(2) .o_data_cell").click();
    await contains(field("city")).click();
    await contains(`${field("city")} input`).edit("Xi'an", { confirm: false });
    await press("Enter");
    await animationFrame();
    expect.verifySteps([{ city: "Xi'an" }]);
});

test("rows take the width of the panel, whatever it was before", async () => {
    await mountParcels();
    await contains(".o_data_row:eq(0) .o_data_cell").click();
    const edge = queryOne(".o_record_panel_handle");
    for (const key of ["Home", "End", "Home"]) {
        edge.focus();
        await press(key);
        await animationFrame();
        for (const selector of [".o_list_renderer", ".o_record_panel_body"]) {
            const box = queryOne(`.o_record_panel ${selector}`);
            expect(box.scrollWidth).toBe(box.clientWidth);
        }
        const amount = queryFirst(".o_record_panel td.o_data_cell.o_list_number");
        expect(amount.scrollWidth).toBe(amount.clientWidth);
    }
});

test("optional columns make way for the panel", async () => {
    const optional = ["city", "weight", "depot_id"].map(
        (name) => `<field name="${name}" optional="show" width="60px"/>`
    );
    optional.push(`<field name="origin_id" class="o_column_makes_way" width="700px"/>`);
    await mountParcels({
        arch: `<list js_class="record_panel_list"><field name="name"/>${optional.join("")}</list>`,
    });
    expect(".o_list_renderer th[data-name]").toHaveCount(5);
    await contains(".o_data_row:eq(0) .o_data_cell").click();
    await animationFrame();
    expect(".o_content > .o_list_renderer th[data-name=name]").toHaveCount(1);
    expect(".o_content > .o_list_renderer th[data-name=origin_id]").toHaveCount(0);
    await contains(".o_record_panel_close").click();
    expect(".o_list_renderer th[data-name]").toHaveCount(5);
});

test("a column for what stands seldom there is shown where it does", async () => {
    const arch = `
        <list js_class="record_panel_list">
            <field name="name"/><field name="city" class="o_column_if_filled"/>
        </list>`;
    await mountParcels({ arch });
    expect("th[data-name=city]").toHaveCount(1);
});

test("a column for what stands seldom there is left out where it does not", async () => {
    const arch = `
        <list js_class="record_panel_list">
            <field name="name"/><field name="city" class="o_column_if_filled"/>
        </list>`;
    await mountParcels({ arch, domain: [["id", "=", 3]] });
    expect("th[data-name=city]").toHaveCount(0);
});
