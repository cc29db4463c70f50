from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain

#: What Odoo writes by itself beside a document, and nobody made.
BESIDE = ("bus.", "discuss.", "ir.", "mail.")
# Where Odoo keeps by name what a person did not make; no add-on has this name.
SAMPLES = "__ticket_samples__"


class InvoiceSamples(models.AbstractModel):
    """A few customers, a contract and drafts, to try things out on a company's own database.

    They are loaded once a company. Nothing of them is submitted or issued, so that they are in no
    report; lists and worklists of drafts show them. Removing takes exactly them; what somebody made
    of them since is real, and keeps them.
    """

    _name = "invoice.samples"
    _description = "Sample Documents"

    @api.model
    def _check_admin(self):
        if not self.env.user.has_group("base.group_system"):
            raise AccessError(self.env._("Only administrators load and remove sample documents."))

    @api.model
    def _get_names(self):
        """Names of what was loaded for the current company.

        :rtype: ir.model.data
        """
        # sudo: ir.model.data - nobody else reads the names that we gave
        return (
            self.env["ir.model.data"]
            .sudo()
            .search(
                [
                    ("module", "=", SAMPLES),
                    ("name", "=like", f"company\\_{self.env.company.id}\\_%"),
                ]
            )
        )

    @api.model
    def _get_samples(self, model):
        """Samples of the current company of a model, archived ones too."""
        names = self._get_names().filtered(lambda name: name.model == model)
        return self.env[model].browse(names.mapped("res_id")).exists()

    # === LOAD === #

    @api.model
    def load_samples(self):
        """Make the samples of the current company.

        :raise AccessError: if the caller is no administrator
        :raise UserError: if they are there already
        """
        self._check_admin()
        if self._get_names():
            raise UserError(self.env._("The sample documents are loaded already."))
        made = {}
        # Written in the language of whoever loads them.
        customers = self.env["res.partner"].create(
            [
                {
                    "name": name,
                    "invoice_title": name,
                    "is_company": is_company,
                    "customer_rank": 1,
                    "company_id": self.env.company.id,
                    "country_id": self.env.ref("base.cn").id,
                }
                for name, is_company in (
                    (self.env._("Sample: Trading Company"), True),
                    (self.env._("Sample: Technology Company"), True),
                    (self.env._("Sample: Private Person"), False),
                )
            ]
        )
        made["customer"] = customers
        contract = self.env["invoice.contract"].create(
            {
                "name": self.env._("Sample: Yearly Service"),
                "partner_id": customers[0].id,
                "company_id": self.env.company.id,
                "amount_total": 12000.0,
            }
        )
        made["contract"] = contract
        made["ticket"] = self.env["invoice.ticket"].create(
            [
                self._prepare_ticket(customers[0], 3000.0, contract_id=contract.id),
                self._prepare_ticket(customers[1], 1130.0),
                self._prepare_ticket(customers[2], 200.0),
            ]
        )
        self._keep_names(made)
        return True

    @api.model
    def _prepare_ticket(self, customer, price, **values):
        name = self.env._("Sample: Consulting")
        line = Command.create({"name": name, "price_unit": price})
        return {
            "partner_id": customer.id,
            "company_id": self.env.company.id,
            "content": name,
            "line_ids": [line],
            **values,
        }

    @api.model
    def _keep_names(self, made):
        # sudo: ir.model.data - by these names the samples are found again
        self.env["ir.model.data"].sudo().create(
            [
                {
                    "module": SAMPLES,
                    "name": f"company_{self.env.company.id}_{kind}_{index}",
                    "model": records._name,
                    "res_id": record.id,
                    "noupdate": True,
                }
                for kind, records in made.items()
                for index, record in enumerate(records)
            ]
        )

    # === REMOVE === #

    @api.model
    def remove_samples(self):
        """Delete the samples of the current company, and nothing else.

        :raise AccessError: if the caller is no administrator
        :raise UserError: if a sample was submitted, or real documents hang on one
        """
        self._check_admin()
        names = self._get_names()
        if not names:
            raise UserError(self.env._("There are no sample documents of this company."))
        tickets = self._get_samples("invoice.ticket")
        contracts = self._get_samples("invoice.contract")
        customers = self._get_samples("res.partner")
        for documents in (tickets, contracts):
            if used := documents.filtered(self._is_used):
                raise UserError(self._say_used(used))
        if real := self._find_hanging(tickets, contracts, customers):
            raise UserError(
                self.env._(
                    "These documents belong to sample customers or contracts: %s. Move or delete "
                    "them first.",
                    ", ".join(real),
                )
            )
        tickets.unlink()
        contracts.unlink()
        customers.unlink()
        names.exists().unlink()
        return True

    @api.model
    def _is_used(self, document):
        return document.state != "draft" or bool(document.approval_request_ids)

    @api.model
    def _say_used(self, documents):
        return self.env._(
            "Somebody submitted these samples, and what was submitted is kept: %s. They stay.",
            ", ".join(documents.mapped("display_name")),
        )

    @api.model
    def _find_hanging(self, *samples):
        """Names of what hangs on the samples and is none itself, a few of each kind.

        Any add-on may have documents that hang on customers: all are asked.
        """
        by_model = {records._name: records for records in samples}
        hanging = []
        for name, fnames in self._get_links(by_model).items():
            own = by_model.get(name, self.env[name])
            # sudo: documents of any kind and company keep the samples, whoever may read them
            Model = self.env[name].sudo().with_context(active_test=False)
            domain = Domain.OR(self._get_link_domain(Model, fname, by_model) for fname in fnames)
            found = Model.search(domain & Domain("id", "not in", own.ids), limit=5)
            hanging += found.mapped("display_name")
        return list(dict.fromkeys(hanging))

    @api.model
    def _get_link_domain(self, Model, fname, by_model):
        field = Model._fields[fname]
        domain = Domain(fname, "in", by_model[field.comodel_name].ids)
        # A bank account is archived when somebody deletes it, and goes with its customer.
        if field.ondelete == "cascade" and Model._active_name:
            domain &= Domain(Model._active_name, "=", True)
        return domain

    @api.model
    def _get_links(self, by_model):
        """Stored fields by which a record hangs on one of the models, by the name of its model.

        Lines and the like, which go with their document, do not hang on it.
        """
        links = {}
        for name, Model in self.env.registry.items():
            if Model._abstract or Model._transient or not Model._auto or name.startswith(BESIDE):
                continue
            if fnames := [
                fname
                for fname, field in Model._fields.items()
                if field.type == "many2one"
                and field.store
                and not field.company_dependent
                and field.comodel_name in by_model
                and (field.comodel_name == "res.partner" or field.ondelete != "cascade")
            ]:
                links[name] = fnames
        return links
