import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

OPTION_SEPARATORS = re.compile(r"[,，、;；\n]+")


class InvoiceTicketTypeField(models.Model):
    """A custom field of a ticket type.

    It is a row of the type's properties definition that an administrator can edit in a list.
    Properties that were added on a ticket itself, as core Odoo lets managers do, stay.
    """

    _name = "invoice.ticket.type.field"
    _inherit = ["invoice.readable.mixin"]
    _description = "Custom Field of a Ticket Type"
    _order = "type_id, sequence, id"

    type_id = fields.Many2one("invoice.ticket.type", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Label", required=True)
    kind = fields.Selection(
        selection=[
            ("char", "Text"),
            ("selection", "Choice"),
            ("integer", "Whole Number"),
            ("float", "Decimal Number"),
            ("boolean", "Yes or No"),
            ("date", "Date"),
            ("datetime", "Date and Time"),
        ],
        string="Holds",
        default="char",
        required=True,
    )
    options = fields.Char(string="Choices", help="Separated by commas, for a choice.")
    is_required = fields.Boolean(
        string="Required", help="Must be filled in before a ticket is submitted."
    )

    # === CONSTRAINT METHODS === #

    @api.constrains("kind", "options")
    def _check_options(self):
        for custom_field in self:
            if custom_field.kind == "selection" and len(custom_field._get_options()) < 2:
                raise ValidationError(
                    self.env._(
                        "Give at least two choices, separated by commas, for the field %s.",
                        custom_field.name,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        custom_fields = super().create(vals_list)
        custom_fields.type_id._sync_custom_fields()
        return custom_fields

    def write(self, vals):
        types, keys = self.type_id, {custom_field._get_key() for custom_field in self}
        result = super().write(vals)
        keys -= {custom_field._get_key() for custom_field in self}
        (types | self.type_id)._sync_custom_fields(removed=keys)
        return result

    def unlink(self):
        types = self.type_id
        keys = {custom_field._get_key() for custom_field in self}
        result = super().unlink()
        types._sync_custom_fields(removed=keys)
        return result

    # === BUSINESS METHODS === #

    def _get_key(self):
        """Name of the property: values survive a new label, but not another kind."""
        self.ensure_one()
        return f"field_{self.id}_{self.kind}"

    def _get_options(self):
        labels = map(str.strip, OPTION_SEPARATORS.split(self.options or ""))
        return list(dict.fromkeys(filter(None, labels)))

    def _prepare_definition(self):
        """The row of the properties definition."""
        self.ensure_one()
        definition = {"name": self._get_key(), "string": self.name, "type": self.kind}
        if self.kind == "selection":
            definition["selection"] = [[option, option] for option in self._get_options()]
        return definition
