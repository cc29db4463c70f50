"""Calls as a hostile, a careless or an outdated client would send them."""

import inspect
import json
import os

from odoo.fields import Command

SEED = int(os.environ.get("FUZZ_SEED") or 20261129)
# Of any kind that JSON can carry, and some that it cannot but Python's parser takes.
HOSTILE = [
    None,
    False,
    True,
    0,
    1,
    -1,
    2**31,
    2**63,
    10**400,
    1.5,
    1e308,
    float("nan"),
    float("inf"),
    "",
    " ",
    "abc",
    "0",
    "١٢",
    "nan",
    "1e400",
    "x" * 3000,
    "nul\0",
    "\ud800",
    "%s %(a)s {0} {a.b}",
    "2026-02-30",
    "0000-00-00 00:00:00",
    "<b onclick='x'>&amp;</b>",
    "' OR 1=1 --",
    [],
    {},
    [[]],
    [None],
    [1, "a"],
    [[6, 0, ["a"]]],
    [[0, 0, {}]],
    [[9, 9, 9]],
    [(1,)],
    {"a": 1},
    {"": None},
    {"id": 1},
    "1,2",
    "res.users,1",
]
OPERATORS = ("=", "!=", "in", "not in", "ilike", "=ilike", "<", ">=", "any", "child_of", "??")


class RandomCalls:
    """Makes up calls, always the same ones for the same seed.

    :param random.Random random: where chance comes from
    :param env: to look at models
    :param dict targets: IDs of records to aim at, by model
    """

    def __init__(self, random, env, targets):
        self.random = random
        self.env = env
        self.targets = targets

    def pick(self, model, name):
        """Arguments for a method as it is called over JSON-RPC, without its context.

        :return: ``args`` and ``kwargs``
        """
        function = getattr(type(self.env[model]), name)
        kwargs = {}
        for parameter in list(inspect.signature(function).parameters.values())[1:]:
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                continue
            is_optional = parameter.default is not parameter.empty
            if self.random.random() < (0.5 if is_optional else 0.03):
                continue
            kwargs[parameter.name] = self.pick_argument(model, parameter.name)
        if self.random.random() < 0.03:
            kwargs["unknown"] = 1
        args = [] if getattr(function, "_api_model", False) else [self.pick_ids(model)]
        return args, kwargs

    def pick_argument(self, model, parameter):
        """A value that fits a parameter by its name, or one that does not fit at all."""
        if self.random.random() < 0.3:
            return self.random.choice(HOSTILE)
        if parameter in ("vals", "values", "default"):
            return self.pick_values(model)
        if parameter == "vals_list":
            return [self.pick_values(model) for _i in range(self.random.randint(1, 2))]
        if parameter in ("domain", "search_domain"):
            return self.pick_domain(model)
        if parameter in ("fields", "fnames", "field_names", "groupby", "allfields", "aggregates"):
            return [self.pick_field(model) for _i in range(self.random.randint(0, 3))]
        if parameter in ("specification", "fields_spec"):
            return {self.pick_field(model): {} for _i in range(self.random.randint(0, 3))}
        if parameter in ("limit", "offset", "res_id") or parameter.endswith("_id"):
            return self.pick_id(self.random.choice(list(self.targets)))
        if parameter == "ids" or parameter.endswith("_ids"):
            return self.pick_ids(model)
        if parameter in ("order", "name", "reason", "comment", "vat", "body"):
            return self.random.choice(["Because", "name", "id desc", "name asc, id"])
        return self.random.choice(HOSTILE)

    def pick_id(self, model):
        known = self.targets.get(model)
        if known and self.random.random() < 0.85:
            return self.random.choice(known)
        return self.random.choice([1, 2, 999999999, 0, -3])

    def pick_ids(self, model):
        draw = self.random.random()
        if draw < 0.1:
            return self.random.choice(HOSTILE)
        return [self.pick_id(model) for _i in range(1 if draw < 0.7 else self.random.randint(0, 4))]

    def pick_field(self, model):
        if self.random.random() < 0.05:
            return self.random.choice(HOSTILE[13:28])
        return self.random.choice(list(self.env[model]._fields))

    def pick_values(self, model, depth=0):
        fields = self.env[model]._fields
        names = self.random.sample(list(fields), min(len(fields), self.random.randint(0, 6)))
        values = {name: self.pick_value(fields[name], depth) for name in names}
        if self.random.random() < 0.05:
            values["no_such_field"] = 1
        return values

    def pick_value(self, field, depth):
        draw = self.random.random()
        if draw < 0.25:
            return self.random.choice(HOSTILE)
        if field.type == "many2one":
            return self.pick_id(field.comodel_name)
        if field.type in ("one2many", "many2many"):
            if depth > 1 or draw < 0.5:
                return [Command.set([self.pick_id(field.comodel_name)])]
            values = self.pick_values(field.comodel_name, depth + 1)
            return [
                Command.create(values),
                Command.update(self.pick_id(field.comodel_name), values),
            ]
        if field.type == "selection":
            options = field.selection if isinstance(field.selection, list) else [("x", "X")]
            return self.random.choice(options)[0]
        return {
            "char": "Text",
            "text": "Text",
            "html": "<p>Text</p>",
            "integer": 3,
            "float": 0.1,
            "monetary": 100.0,
            "boolean": True,
            "date": "2026-01-31",
            "datetime": "2026-01-31 08:00:00",
        }.get(field.type, self.random.choice(HOSTILE))

    def pick_domain(self, model):
        field = self.pick_field(model)
        terms = [
            [field, self.random.choice(OPERATORS), self.random.choice([*HOSTILE, "Text", 3, [3]])]
            for _i in range(self.random.randint(1, 2))
        ]
        return self.random.choice([terms, ["|", *terms], ["!", *terms]])


def describe(call):
    """A call to be pasted into a bug report; long texts are shortened."""
    text = json.dumps(call, ensure_ascii=True, default=str)
    return text if len(text) < 600 else text[:600] + "…"
