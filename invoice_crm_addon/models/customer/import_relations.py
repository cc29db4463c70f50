"""What the cells of a row name: levels, countries and users, which are there or are a fault."""

from odoo.fields import Domain

from ..ticket.ticket import FINANCE


class Relations:
    """Finds the records that rows name.

    :param env: environment of whoever imports
    :param Wording say: makes sentences
    :param dict headings: label of a column by its name, as the file has it
    """

    def __init__(self, env, say, headings):
        self.env = env
        self.say = say
        self.headings = headings

    def load(self, rows):
        """Look up once what any of the rows names.

        :param list rows: values by column
        """
        named = {
            name: {row[name] for row in rows if name in row}
            for name in ("country", "level", "salesperson")
        }
        self.levels = self._load_levels() if named["level"] else {}
        self.countries = self._load_countries() if named["country"] else {}
        self.users = self._load_users(named["salesperson"])
        self.sets_levels = self.env.user.has_group(FINANCE)

    def _load_levels(self):
        levels = self.env["invoice.customer.level"].search([])
        return self._index_names(levels)

    def _load_countries(self):
        countries = self.env["res.country"].search([])
        known = self._index_names(countries)
        known.update((country.code.casefold(), country) for country in countries if country.code)
        return known

    def _index_names(self, records):
        """Records by their names in each language that is installed."""
        found = {}
        installed = [code for code, _name in self.env["res.lang"].get_installed()]
        # In English a file may be as well where nobody has the language.
        for code in dict.fromkeys([*installed, "en_US"]):
            for record in records.with_context(lang=code):
                for name in (record.name, record.display_name):
                    found.setdefault(name.strip().casefold(), record.with_env(self.env))
        return found

    def _load_users(self, texts):
        if not texts:
            return {}
        found = self.env["res.users"].search(
            Domain("share", "=", False)
            & Domain("company_ids", "in", self.env.company.ids)
            & (Domain("name", "in", list(texts)) | Domain("login", "in", list(texts)))
        )
        users = {text: found.filtered(lambda u, t=text: u.login == t) for text in texts}
        return {
            text: user or found.filtered(lambda u, t=text: u.name == t)
            for text, user in users.items()
        }

    def find_named(self, row, partner, faults):
        """Values of fields that name other records, where the customer has others.

        :param list faults: gets a sentence for each that cannot be found, or not be given
        :rtype: dict
        """
        values = {}
        if text := row.get("level"):
            level = self.levels.get(text.casefold())
            if not level:
                faults.append(
                    self.say._(
                        "There is no customer level “%s”. Enter one that there is, or leave the "
                        "cell empty.",
                        text,
                    )
                )
            elif level != partner.customer_level_id:
                if not self.sets_levels:
                    faults.append(
                        self.say._(
                            "Only finance gives customers a level. Leave “%s” empty.",
                            self.headings["level"],
                        )
                    )
                values["customer_level_id"] = level.id
        if text := row.get("country"):
            country = self.countries.get(text.casefold())
            if not country:
                faults.append(
                    self.say._(
                        "There is no country “%s”. Enter its name or its code, such as CN.", text
                    )
                )
            elif country != partner.country_id:
                values["country_id"] = country.id
        if text := row.get("salesperson"):
            user = self.users[text]
            if len(user) != 1:
                faults.append(self._get_user_fault(text, user))
            elif user != partner.user_id:
                values["user_id"] = user.id
        return values

    def _get_user_fault(self, text, users):
        if users:
            return self.say._("Several users are called “%s”. Enter the login of one.", text)
        return self.say._(
            "There is no user “%s” in the company. Enter the name or the login of one, or leave "
            "the cell empty.",
            text,
        )
