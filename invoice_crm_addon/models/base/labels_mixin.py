from odoo import api, models

MODULE = "invoice_crm_addon"
# What people choose fields for: conditions, groups, columns of a file.
CHOICES = ("searchable", "groupable", "exportable")
# Odoo translates the choices of a mixin's field for its own models alone.
MIXINS = {
    "activity_state": "mail.activity.mixin",
    "activity_exception_decoration": "mail.activity.mixin",
}


class InvoiceLabelsMixin(models.AbstractModel):
    """What the fields of a document are called, wherever people choose among them.

    A field that only the program reads has no label in their language, and is not offered. Where
    core's Chinese says something else than core's English – 数量 for a number, 入库 for money that
    came in – the model says it in ``_get_chinese_labels`` and ``_get_chinese_choices``.
    """

    _name = "invoice.labels.mixin"
    _description = "Document With Labels"

    @api.model
    def fields_get(self, allfields: list | None = None, attributes: list | None = None):
        # Remote callers leave a list out as False.
        wanted = (None if names is False else names for names in (allfields, attributes))
        described = super().fields_get(*wanted)
        for fname, description in described.items():
            field = self._fields[fname]
            if not field.export_string_translation and MODULE in field._modules:
                description.update(dict.fromkeys(CHOICES & description.keys(), False))
            if fname in MIXINS and "selection" in description:
                mixin = self.env[MIXINS[fname]].fields_get([fname], ["selection"])
                description["selection"] = mixin[fname]["selection"]
        if (self.env.lang or "").startswith("zh"):
            self._say_in_chinese(described)
        return described

    @api.model
    def _say_in_chinese(self, described):
        for fname, label in self._get_chinese_labels().items():
            if "string" in described.get(fname, ()):
                described[fname]["string"] = label
        for fname, labels in self._get_chinese_choices().items():
            if described.get(fname, {}).get("selection"):
                described[fname]["selection"] = [
                    (value, labels.get(value, label))
                    for value, label in described[fname]["selection"]
                ]

    @api.model
    def _get_chinese_labels(self):
        """Labels of core's fields that read better than core's own.

        :return: translated labels by field
        :rtype: dict[str, str]
        """
        return {}

    @api.model
    def _get_chinese_choices(self):
        """Choices of core's fields that read better than core's own.

        :return: for each field, translated labels by value
        :rtype: dict[str, dict[str, str]]
        """
        return {}
