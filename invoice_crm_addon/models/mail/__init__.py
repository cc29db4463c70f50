from . import customer_mailing_mixin
