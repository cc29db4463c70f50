from dateutil.relativedelta import relativedelta

from ..models.base.proof import proven
from .builder import Builder

#: Customers with a statement of last month: who answered, what, and the balance by their books.
ANSWERS = {
    "lanqi": ("agreed", "沈佳宁", "", ""),
    "hengze": ("differs", "钱芳", "上月末支付的货款对账单中没有体现，请核对。", "0"),
    "limu": None,
    "haixuan": None,
}


class Statements(Builder):
    """Statements of account of last month: two that customers answered, two that are to be sent."""

    def make_statements(self):
        """Of four customers, one agrees and one differs; two statements wait to be sent.

        No e-mail leaves: it would fail where no mail server is set up. Who answered was given
        the statement by hand, as the history says.
        """
        company = self.ref("demo_company")
        today = self.day(0)
        first, last = (
            today + relativedelta(months=-1, day=1),
            today + relativedelta(months=-1, day=31),
        )
        customers = self.env["res.partner"].union(*(self.ref(f"customer_{key}") for key in ANSWERS))
        Statement = self.as_user("finance", self.env["invoice.account.statement"])
        owners = Statement._find_customers(company, first, last, customers.with_env(Statement.env))
        statements = Statement._prepare(company, owners, first, last)
        statements._refresh_figures()
        by_customer = {statement.partner_id.id: statement for statement in statements}
        for key, answer in ANSWERS.items():
            statement = by_customer[self.ref(f"customer_{key}").id]
            if answer:
                statement.state = "sent"
                statement._message_log(body="演示数据：对账单已当面交给客户，没有发出邮件。")
                statement._answer(*answer)
                answered_on = self.moment_of_day(last + relativedelta(days=2), 200)
                proven(statement).answered_on = answered_on
