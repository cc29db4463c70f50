from .builder import Builder
from .tables import BILLING_REVIEWS


class Customers(Builder):
    """Billing data of the customers: verified, rejected, waiting."""

    def review_billing_data(self):
        """Salespeople submit the billing data of their customers, the approver decides."""
        for key, age, outcome, comment in BILLING_REVIEWS:
            customer = self.ref(f"customer_{key}")
            submitted_on = self.moment(age, 40)
            self.do(customer.user_id, customer, submitted_on, lambda c: c.action_submit_billing())
            decided_on = self.moment(age, 75, days=1)
            if outcome == "approve":
                self.approve("approver", customer, decided_on, comment)
            elif outcome == "reject":
                self.reject("approver", customer, decided_on, comment)
