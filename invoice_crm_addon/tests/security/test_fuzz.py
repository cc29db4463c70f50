import inspect
import json
import os
import random
import re

from odoo.tests import HttpCase, tagged
from odoo.tools import SQL, mute_logger

from .common import SecurityCommon
from .random_calls import SEED, RandomCalls, describe

#: In ``make test``; ``make fuzz ROUNDS=… SEED=…`` says more and others.
ROUNDS = int(os.environ.get("FUZZ_ROUNDS") or 1500)

MARKER, MARKED_ACCOUNT, MARKED_AMOUNT = "Zinnober-4711", "6217000099998888777", 76543.21
# Of a colleague's records, in another department.
COLLEAGUES_MARKER, COLLEAGUES_ACCOUNT = "Ultramarin-0815", "6217000011112222333"
COLLEAGUES_AMOUNT = 65432.19
# What everybody of a company reads of it.
COMMON = ("invoice.approval.flow", "invoice.ticket.type", "res.partner")
# Texts that decide what a row is, and not what people read in it.
STRUCTURE = re.compile(r"model|state|code|type|lang|tz|kind|mimetype|checksum|store_fname|seal|key")
OUR_FRAME = re.compile(r'File "[^"]*/invoice_crm_addon/(?!tests/)[^"]*"')
CLEAN = re.compile(r"odoo\.exceptions\.|werkzeug\.exceptions\.")

# What each of them must not be told.
THEIRS = (MARKER, MARKED_ACCOUNT, str(MARKED_AMOUNT))
COLLEAGUES = (COLLEAGUES_MARKER, COLLEAGUES_ACCOUNT, str(COLLEAGUES_AMOUNT))
SECRETS = {
    "sales": THEIRS + COLLEAGUES,
    "lead": THEIRS + COLLEAGUES,
    "outsider": THEIRS + COLLEAGUES,
    "portal": THEIRS + COLLEAGUES,
    "approver": THEIRS,
    "finance": THEIRS,
    "manager": THEIRS,
    "auditor": THEIRS,
    "finance_other": COLLEAGUES,
    "administrator": (),
}
ROLES = tuple(SECRETS)
# Who only reads, and what of it core keeps: tables. Rows of another company stay for everybody.
READERS = {
    "portal": set(),
    "auditor": {"invoice_approval_delegation", "mail_followers", "mail_message", "mail_mail"},
}
# What says something of the user's own session, and no document.
SESSION = re.compile(
    r"bus_|res_device|mail_notif|mail_push|res_users_|mail_compose|.*_wizard|discuss_|base_import"
)


@tagged("post_install", "-at_install")
class TestFuzz(SecurityCommon, HttpCase):
    """Every public method, called with anything by everybody, over both of Odoo's protocols.

    Whatever comes in, the answer is a result or a sentence; no traceback runs through our code;
    nothing of records that the caller may not read is said, and none of them changes.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls._create_user(
            "administrator", ["base.group_system", "base.group_user"]
        )
        cls.approver_stage = cls._create_flow("invoice.ticket", [cls.approver])
        cls.mine = cls._create_targets(cls.sales, cls.company)
        cls.theirs = cls._create_targets(cls.finance_other, cls.company_other)
        del cls.theirs["invoice.ticket.type"]
        cls.colleagues = {
            model: records
            for model, records in cls._create_targets(cls.sales2, cls.company).items()
            if model not in COMMON
        }
        cls._plant_more()
        cls._plant(cls.theirs, MARKER, MARKED_ACCOUNT, MARKED_AMOUNT)
        cls._plant(cls.colleagues, COLLEAGUES_MARKER, COLLEAGUES_ACCOUNT, COLLEAGUES_AMOUNT)
        cls.targets = {
            model: [
                record_id
                for records in (cls.mine, cls.theirs, cls.colleagues)
                for record_id in records.get(model, cls.env[model]).ids
            ]
            for model in {**cls.mine, **cls.theirs}
        }
        cls.methods = cls._get_methods()
        cls.env.flush_all()

    @classmethod
    def _plant_more(cls):
        """An account, a message and a file of the other company."""
        partner = cls.theirs["res.partner"]
        account = cls.env["res.partner.bank"].create(
            {
                "partner_id": partner.id,
                "acc_number": MARKED_ACCOUNT,
                "company_id": cls.company_other.id,
            }
        )
        cls.theirs["res.partner.bank"] = account
        cls.theirs["invoice.ticket"][0].message_post(body=MARKER)
        cls.theirs["mail.message"] = cls.theirs["invoice.ticket"].message_ids
        cls.theirs["ir.attachment"] = cls.env["ir.attachment"].create(
            {
                "name": MARKER,
                "raw": MARKER.encode(),
                "res_model": "invoice.ticket",
                "res_id": cls.theirs["invoice.ticket"].ids[0],
            }
        )
        cls.env.flush_all()

    @classmethod
    def _plant(cls, targets, marker, account, amount):
        """Write into every text, account number and amount of records."""
        for records in targets.values():
            if records._transient or records._name in ("mail.message", "ir.attachment"):
                continue
            for name, field in records._fields.items():
                if not field.store or field.translate or field.company_dependent:
                    continue
                if field.type in ("char", "text", "html") and not STRUCTURE.search(name):
                    value = SQL("%s || '-' || id", marker)
                    if name == "acc_number" or name.endswith("_account"):
                        value = SQL("%s", account)
                elif field.type == "monetary":
                    value = SQL("%s", amount)
                else:
                    continue
                cls.env.cr.execute(
                    SQL(
                        "UPDATE %s SET %s = %s WHERE id IN %s",
                        SQL.identifier(records._table),
                        SQL.identifier(name),
                        value,
                        tuple(records.ids),
                    )
                )
        cls.env.invalidate_all()

    @classmethod
    def _get_methods(cls):
        """Public methods: all of our models' own, and what our classes define on core's."""
        defined = {
            (model, name) for model, name in cls._get_own_methods() if not name.startswith("_")
        }
        ours = {
            name
            for name, model_class in cls.env.registry.items()
            if model_class._original_module == "invoice_crm_addon"
        }
        cores = {
            "account.move",
            "account.payment",
            "ir.attachment",
            "res.company",
            "res.config.settings",
            "res.partner",
            "res.partner.bank",
            "sale.order",
        }
        methods = {(model, name) for model, name in defined if model in ours or model in cores}
        inherited = set()
        for model in ours:
            model_class = cls.env.registry[model]
            for name, _function in inspect.getmembers(model_class, inspect.isfunction):
                if not name.startswith("_") and not any(
                    getattr(getattr(parent, name, None), "_api_private", False)
                    for parent in model_class.mro()
                ):
                    inherited.add((model, name))
        return {"own": sorted(methods), "inherited": sorted(inherited - methods)}

    # === CALLS === #

    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)
        self.calls = RandomCalls(self.random, self.env, self.targets)
        self.openers, self.keys = {}, {}
        for role in ROLES:
            user = getattr(self, role)
            self.session = None  # else the session of the role before is ended
            self.authenticate(user.login, user.login)
            self.openers[role] = self.opener
            if role != "portal":
                self.keys[role] = (
                    self.env["res.users.apikeys"].with_user(user).sudo()._generate("rpc", "x", None)
                )
        self.env.flush_all()

    def _call_rpc(self, role, model, name, args, kwargs):
        """:return: the error's name, its traceback and the whole answer"""
        params = {"model": model, "method": name, "args": args, "kwargs": kwargs}
        answer = self._post(role, f"/web/dataset/call_kw/{model}/{name}", {"params": params})
        error = answer.json().get("error") if answer.status_code == 200 else {}
        data = error and error.get("data") or {}
        return data.get("name", ""), data.get("debug", ""), answer.text

    def _call_json2(self, role, model, name, args, kwargs):
        body = {**kwargs, **({"ids": args[0]} if args else {})}
        headers = {"Authorization": f"Bearer {self.keys[role]}"}
        answer = self._post(role, f"/json/2/{model}/{name}", body, headers)
        data = {}
        if answer.status_code >= 400 and "json" in answer.headers.get("Content-Type", ""):
            data = answer.json()
        return data.get("name", ""), data.get("debug", ""), answer.text

    def _post(self, role, url, body, headers=()):
        self.opener = self.openers[role]
        return self.url_open(
            url,
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **dict(headers)},
            timeout=60,
        )

    # === STATE === #

    def _get_digests(self):
        """What the rows of the other company are, in one number each."""
        parts = [
            SQL(
                "SELECT %s, md5(string_agg(t::text, '|' ORDER BY id)) FROM %s t WHERE id IN %s",
                records._table,
                SQL.identifier(records._table),
                tuple(records.ids),
            )
            for records in self.theirs.values()
            if not records._transient
        ]
        return dict(self.env.execute_query(SQL(" UNION ALL ").join(parts)))

    # === TESTS === #

    def test_what_is_looked_for_would_be_found(self):
        """Who may read the other company's records is told the markers, and changes them."""
        ticket = self.theirs["invoice.ticket"][0]
        self.authenticate(self.finance_other.login, self.finance_other.login)
        self.openers["other"] = self.opener
        before = self._get_digests()
        *_error, text = self._call_rpc("other", ticket._name, "read", [ticket.ids], {})
        for marker in (MARKER, str(MARKED_AMOUNT)):
            self.assertIn(marker, text)
        account = self.theirs["res.partner.bank"]
        arguments = {"fields": ["acc_number"]}
        *_error, text = self._call_rpc("other", account._name, "read", [account.ids], arguments)
        self.assertIn(MARKED_ACCOUNT, text)
        self._call_rpc("other", ticket._name, "write", [ticket.ids, {"note": "Changed"}], {})
        self.assertNotEqual(self._get_digests()["invoice_ticket"], before["invoice_ticket"])

    @mute_logger("odoo", "odoo.http", "odoo.addons.rpc.controllers.json2", "odoo.sql_db")
    def test_any_call_of_anybody_is_answered(self):
        self.findings, before = [], self._get_digests()
        for index in range(ROUNDS):
            role = self.random.choice(ROLES)
            kind = "own" if self.random.random() < 0.6 else "inherited"
            model, name = self.random.choice(self.methods[kind])
            args, kwargs = self.calls.pick(model, name)
            if self.random.random() < 0.1:
                kwargs["context"] = {
                    f"default_{self.calls.pick_field(model)}": self.calls.pick_argument(model, ""),
                    "active_test": False,
                }
            call = self._call_json2 if role in self.keys and index % 3 == 0 else self._call_rpc
            self._try(call, role, model, name, args, kwargs, before)
        # Half a surrogate pair cannot be written into a report.
        found = ascii("\n".join(self.findings[:40])).replace("\\n", "\n")
        self.assertFalse(len(self.findings), f"{len(self.findings)} findings:\n{found}")

    def _try(self, call, role, model, name, args, kwargs, before):
        touched = self._get_touched()
        savepoint = self.env.cr.savepoint()
        try:
            error, traceback, text = call(role, model, name, args, kwargs)
            written = self._get_touched() - touched
            after = self._get_digests() if written else before
            tables = [table for table in written if self._is_forbidden(role, table)]
            contents = self._get_contents(tables)
        finally:
            savepoint.close(rollback=True)
        if written:
            self.registry.clear_all_caches()
        shown = f"{role}: {describe([model, name, args, kwargs])}"
        if OUR_FRAME.search(traceback) and not CLEAN.match(error):
            lines = traceback.strip().splitlines()
            frames = [line.strip() for line in lines if "/invoice_crm_addon/" in line]
            self.findings.append(f"[traceback] {shown}\n    {lines[-1][:200]}\n    {frames[-1]}")
        for marker in SECRETS[role]:
            if marker in text:
                at = text.index(marker)
                self.findings.append(f"[told] {shown}\n    …{text[max(0, at - 150) : at + 40]}")
        # What was written and taken back by the call itself counts as nothing.
        own = role == "finance_other"  # these are their rows
        changed = [table for table in before if after[table] != before[table] and not own]
        changed += [t for t, text in self._get_contents(tables).items() if text != contents[t]]
        self.findings += [f"[changed {table}] {shown}" for table in changed]

    def _is_forbidden(self, role, table):
        return role in READERS and table not in READERS[role] and not SESSION.match(table)
