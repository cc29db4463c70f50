"""What the demo company sells, in the tax bureau's classification."""

from .builder import Builder
from .tables import PRODUCTS

# Name, short name and usual rates by code.
GOODS = {
    "3040201030000000000": ("软件运维服务", "信息技术服务", "6%, 3%"),
    "3040201010000000000": ("软件开发服务", "信息技术服务", "6%, 3%"),
    "1060201010000000000": ("软件产品", "软件", "13%"),
    "3040602000000000000": ("咨询服务", "鉴证咨询服务", "6%, 3%"),
    "3070201020000000000": ("非学历教育服务", "非学历教育服务", "6%, 3%"),
    "1090511010000000000": ("服务器", "计算机设备", "13%, 3%"),
    "1090512010000000000": ("网络设备", "通信设备", "13%, 3%"),
    "3040502020000000000": ("不动产经营租赁", "经营租赁", "9%, 5%"),
}
# Their codes nobody has looked up yet.
UNCODED = ("used", "deposit", "training")


class Goods(Builder):
    """The list of codes, and most products with theirs."""

    def make_goods(self):
        company = self.ref("demo_company")
        Goods = self.env["invoice.goods.code"].with_company(company)
        known = Goods._find(GOODS, company)
        Goods.create(
            [
                {
                    "code": code,
                    "name": name,
                    "short_name": short_name,
                    "rates": rates,
                    "company_id": company.id,
                }
                for code, (name, short_name, rates) in GOODS.items()
                if code not in known
            ]
        )
        known = Goods._find(GOODS, company)
        for key, product in PRODUCTS.items():
            if key not in UNCODED:
                record = self.ref(f"demo_product_{key}").with_company(company)
                record.goods_code_id = known[product.tax_code]
