import ast

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date, formatLang, mute_logger
from odoo.tools.safe_eval import datetime as safe_datetime
from odoo.tools.safe_eval import dateutil as safe_dateutil
from odoo.tools.safe_eval import safe_eval

from .approval_flow import DEFINITION_GROUPS

# What a condition may be made of: lists, values, and what the condition editor writes for dates.
CONDITION_NODES = (
    ast.Expression,
    ast.List,
    ast.Tuple,
    ast.Constant,
    ast.Name,
    ast.Load,
    ast.UnaryOp,
    ast.USub,
    ast.BinOp,
    ast.Add,
    ast.Sub,
    ast.Call,
    ast.keyword,
    ast.Attribute,
)
CONDITION_NAMES = {"uid", "context_today", "current_date", "datetime", "relativedelta"}
CONDITION_ATTRIBUTES = {
    "combine",
    "date",
    "datetime",
    "now",
    "replace",
    "strftime",
    "time",
    "timedelta",
    "today",
}
# What reading, checking or applying a condition raises if the condition is to blame.
CONDITION_ERRORS = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    SyntaxError,
    ArithmeticError,
    RecursionError,
    MemoryError,
)


class InvoiceApprovalFlow(models.Model):
    """Conditions of flows and stages: read, checked, applied, and put in words."""

    _inherit = "invoice.approval.flow"

    condition_summary = fields.Char(
        string="Applies To", compute="_compute_condition_summary", groups=DEFINITION_GROUPS
    )

    @api.depends("condition", "res_model")
    @api.depends_context("lang")
    def _compute_condition_summary(self):
        for flow in self:
            flow.condition_summary = flow._get_condition_summary(flow.condition)

    # === READ === #

    @api.model
    def _parse_condition(self, condition):
        """A condition as a syntax tree that holds nothing but conditions and their values.

        :param str condition: may be empty
        :rtype: ast.List
        :raise ValueError: if it is something else
        """
        tree = ast.parse((condition or "").strip() or "[]", mode="eval")
        for node in ast.walk(tree):
            is_known = isinstance(node, CONDITION_NODES)
            if isinstance(node, ast.Name):
                is_known = node.id in CONDITION_NAMES
            elif isinstance(node, ast.Attribute):
                is_known = node.attr in CONDITION_ATTRIBUTES
            if not is_known:
                raise ValueError(f"not part of a condition: {ast.unparse(node)}")
        if not isinstance(tree.body, ast.List):
            raise ValueError("a condition is a list")
        return tree.body

    @api.model
    def _evaluate_domain(self, condition, requester):
        """A condition as a domain.

        :param str condition: may use ``uid`` (the requester), ``context_today()``,
            ``datetime`` and ``relativedelta``, as the condition editor writes them
        :param res.users requester: who submits
        :rtype: Domain
        """
        source = ast.unparse(self._parse_condition(condition))
        today = fields.Date.context_today(self)
        names = {
            "uid": requester.id,
            "context_today": lambda: today,
            "current_date": fields.Date.to_string(today),
            "datetime": safe_datetime,
            "relativedelta": safe_dateutil.relativedelta.relativedelta,
        }
        return Domain(safe_eval(source, names))

    # === APPLY === #

    @api.model
    def _apply_condition(self, documents, condition, requester, where):
        """Those of the documents that match a condition.

        :param str where: name of the flow or stage, for the message
        :raise UserError: if the condition names what is no longer there
        """
        try:
            return documents.filtered_domain(self._evaluate_domain(condition, requester))
        except CONDITION_ERRORS as error:
            raise UserError(
                self.env._(
                    "The condition of %s does not work any more. Ask an administrator to build it "
                    "again in the approval flow.",
                    where,
                )
            ) from error

    # === CHECK === #

    def _check_domain(self, condition, where):
        """Check that a condition can be applied to documents of the flow by who writes it.

        :param str where: name of the flow or stage, for the message
        :raise ValidationError: with a sentence that says what to mend
        """
        self.ensure_one()
        try:
            domain = self._evaluate_domain(condition, self.env.user)
        except CONDITION_ERRORS as error:
            raise ValidationError(
                self.env._(
                    "The condition of %s cannot be read. Build it with the condition editor, or "
                    "clear it.",
                    where,
                )
            ) from error
        conditions = list(domain.iter_conditions())
        if unknown := self._get_unknown_fields(conditions):
            raise ValidationError(
                self.env._(
                    "The condition of %(where)s names what the documents do not have: %(names)s. "
                    "Choose other fields.",
                    where=where,
                    names=", ".join(unknown),
                )
            )
        if hidden := self._get_unnameable_in_domain(self.res_model, domain):
            raise ValidationError(
                self.env._(
                    "The condition of %(where)s asks for what others may not read: %(names)s. "
                    "Which documents it applies to would tell them. Choose other fields.",
                    where=where,
                    names=", ".join(sorted(hidden)),
                )
            )
        if any(leaf.operator in ("in", "not in") and not leaf.value for leaf in conditions):
            raise ValidationError(
                self.env._(
                    "A rule in the condition of %s has no value yet. Choose one, or remove the "
                    "rule.",
                    where,
                )
            )
        self._check_domain_works(domain, where)

    def _get_unknown_fields(self, conditions):
        """Names in the conditions of a domain that lead to no field of the documents.

        :rtype: list[str]
        """
        paths = {str(condition.field_expr) for condition in conditions}
        return sorted(path for path in paths if not self._get_path_fields(self.res_model, path)[0])

    def _check_domain_works(self, domain, where):
        """Search with the domain, and apply it to a document, as a submission will."""
        # Constraints run in superuser mode: nobody may ask about what they may not read.
        Document = self.env[self.res_model].sudo(False)
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                Document.search(domain, limit=1)
                # sudo: any document will do, and nothing of it is said
                Document.sudo().search([], limit=1).filtered_domain(domain)
        except AccessError as error:
            raise ValidationError(
                self.env._(
                    "The condition of %s asks for data that you may not read. Choose other fields.",
                    where,
                )
            ) from error
        except (
            *CONDITION_ERRORS,
            UserError,
            psycopg2.DataError,
            psycopg2.ProgrammingError,
        ) as error:
            raise ValidationError(
                self.env._(
                    "The condition of %s does not work on these documents: a value does not suit "
                    "its field, or the field cannot be searched. Build it with the condition "
                    "editor.",
                    where,
                )
            ) from error

    # === WORDS === #

    @api.model
    def _get_path_fields(self, model, path):
        """Fields along a path such as ``partner_id.customer_level_id``.

        :return: the fields, none if the path is wrong, and the name of the last one's model
        :rtype: tuple[list, str]
        """
        found = []
        for name in path.split("."):
            if found and found[-1].type == "properties":
                break  # What follows is one of the custom fields.
            field = model in self.env and self.env[model]._fields.get(name)
            if not field:
                return [], model
            found.append(field)
            model = field.comodel_name if field.relational else model
        return found, model

    def _get_condition_summary(self, condition):
        """A condition in one line, in the reader's language."""
        self.ensure_one()
        phrases = self._describe_condition(self.res_model, condition)
        return " · ".join(phrases) or self.env._("All documents")

    @api.model
    def _split_condition(self, condition):
        """The parts of a condition that must all hold, each a condition.

        :rtype: list[str]
        """
        elements = self._parse_condition(condition).elts
        parts = self._group_elements(elements)
        return [
            ast.unparse(ast.List(leaf, ast.Load()))
            for part in parts
            for leaf in self._flatten_and(part)
        ]

    @api.model
    def _group_elements(self, elements):
        """Cut prefix notation into complete terms: lists of elements.

        :rtype: list[list]
        """
        terms, missing = [], 0
        for element in elements:
            if not missing:
                terms.append([])
                missing = 1
            terms[-1].append(element)
            operator = element.value if isinstance(element, ast.Constant) else None
            missing += {"&": 1, "|": 1, "!": 0}.get(operator, -1)
        return terms

    @api.model
    def _flatten_and(self, term):
        """The terms that a term joins by and, or itself."""
        if not isinstance(term[0], ast.Constant) or term[0].value != "&":
            return [term]
        return [leaf for part in self._group_elements(term[1:]) for leaf in self._flatten_and(part)]

    @api.model
    def _describe_condition(self, model, condition):
        """What must hold, in the reader's language.

        :param str model: name of the model that the condition is about
        :return: one phrase for each part, none if everything matches
        :rtype: list[str]
        """
        try:
            return [
                self._describe_term(model, self._parse_condition(part).elts)
                for part in self._split_condition(condition)
            ]
        except CONDITION_ERRORS:
            return [condition]

    @api.model
    def _describe_term(self, model, term):
        first, *others = term
        if not isinstance(first, ast.Constant):
            return self._describe_leaf(model, first)
        phrases = [self._describe_term(model, part) for part in self._group_elements(others)]
        if first.value == "!":
            return self.env._("not (%s)", phrases[0])
        glue = self.env._(" or ") if first.value == "|" else self.env._(" and ")
        return f"({glue.join(phrases)})"

    @api.model
    def _describe_leaf(self, model, leaf):
        """One condition: label of the field, operator, value."""
        path, operator = (ast.literal_eval(node) for node in leaf.elts[:2])
        found, comodel = self._get_path_fields(model, str(path))
        label = " › ".join(field._description_string(self.env) for field in found) or str(path)
        if operator in ("any", "not any"):
            phrases = self._describe_condition(comodel, ast.unparse(leaf.elts[2]))
            inner = self.env._(" and ").join(phrases)
            return f"{label} {self._get_operator_words(operator)} ({inner})"
        value = self._describe_operand(found[-1] if found else None, leaf.elts[2])
        if value is None:
            is_set = operator in ("!=", "not in")
            return self.env._("%s is set", label) if is_set else self.env._("%s is not set", label)
        return f"{label} {self._get_operator_words(operator)} {value}"

    @api.model
    def _get_operator_words(self, operator):
        return {
            "!=": "≠",
            ">=": "≥",
            "<=": "≤",
            "in": self.env._("is one of"),
            "not in": self.env._("is none of"),
            "like": self.env._("contains"),
            "ilike": self.env._("contains"),
            "not like": self.env._("does not contain"),
            "not ilike": self.env._("does not contain"),
            "=like": self.env._("looks like"),
            "=ilike": self.env._("looks like"),
            "child_of": self.env._("is or belongs to"),
            "parent_of": self.env._("is or contains"),
            "any": self.env._("matches"),
            "not any": self.env._("does not match"),
        }.get(operator, operator)

    @api.model
    def _describe_operand(self, field, node):
        """The value of a condition in words, None if the field is to be empty or filled."""
        try:
            value = ast.literal_eval(node)
        except ValueError:
            # Computed when a document is submitted.
            is_requester = isinstance(node, ast.Name) and node.id == "uid"
            return self.env._("the requester") if is_requester else ast.unparse(node)
        if field is not None and field.type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        if value is False or value is None:
            return None
        if isinstance(value, (list, tuple)):
            words = (self._describe_literal(field, item) for item in value)
            return ", ".join(words) or self.env._("nothing")
        return self._describe_literal(field, value)

    @api.model
    def _describe_literal(self, field, value):
        kind = field.type if field is not None else ""
        if value is False:
            return self.env._("empty")
        if kind == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        if kind == "selection":
            return dict(field._description_selection(self.env)).get(value, str(value))
        if isinstance(value, int) and field is not None and field.relational:
            return self._describe_record(field.comodel_name, value)
        if isinstance(value, float) or kind in ("float", "monetary"):
            return formatLang(self.env, float(value), digits=0 if value == int(value) else 2)
        if kind in ("date", "datetime"):
            return self._describe_date(str(value))
        return str(value)

    @api.model
    def _describe_date(self, value):
        """A date, or one of those that the condition editor names by their distance to today."""
        if value[:1].isdigit():
            return format_date(self.env, value[:10])
        return {
            "today": self.env._("today"),
            "today +1d": self.env._("tomorrow"),
            "today -7d": self.env._("7 days ago"),
            "today -30d": self.env._("30 days ago"),
            "today =1d": self.env._("the first of this month"),
            "today =1d -1m": self.env._("the first of last month"),
            "today =1d -12m": self.env._("the first of this month a year ago"),
            "today =1m =1d": self.env._("the first of this year"),
        }.get(value, value)

    @api.model
    def _describe_record(self, model, id_):
        """Name of a record in a condition, to those who may read it."""
        record = self.env[model].browse(id_).exists()
        return record.display_name if record and record.has_access("read") else f"#{id_}"
