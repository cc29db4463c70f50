from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

# Where Odoo keeps by name what a person did not make; no add-on has this name.
SAMPLES = "__ticket_samples__"


class InvoiceSamples(models.AbstractModel):
    """A few customers, a contract and drafts, to try things out on a company's own database.

    They are loaded once a company. Nothing of them is submitted or issued, so that they are in no
    figure. Removing takes exactly them; what somebody made of them since is real, and keeps them.
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
    def _find_hanging(self, tickets, contracts, customers):
        """Names of what hangs on the samples and is none itself, a few of each kind."""
        family = self.env["res.partner"].with_context(active_test=False)
        family = family.search([("id", "child_of", customers.ids)])
        hanging = [(family - customers).mapped("display_name")] if family - customers else []
        for model, domain in (
            (
                "invoice.ticket",
                ["|", ("partner_id", "in", family.ids), ("contract_id", "in", contracts.ids)],
            ),
            ("invoice.contract", [("partner_id", "in", family.ids)]),
            ("sale.order", [("partner_id", "in", family.ids)]),
            ("account.move", [("partner_id", "in", family.ids)]),
            ("account.payment", [("partner_id", "in", family.ids)]),
            ("invoice.shipment", [("partner_id", "in", family.ids)]),
        ):
            # sudo: documents of any kind and company keep the samples, whoever may read them
            Model = self.env[model].sudo().with_context(active_test=False)
            own = {"invoice.ticket": tickets, "invoice.contract": contracts}.get(model)
            found = Model.search([*domain, ("id", "not in", own.ids if own else [])], limit=5)
            hanging.append(found.mapped("display_name"))
        return [name for names in hanging for name in names]
