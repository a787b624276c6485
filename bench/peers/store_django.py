"""The tables as models of Django, on psycopg2."""

import common

django = common.need("django", "python3-django")
common.need("psycopg2", "python3-psycopg2")

from django.conf import settings  # noqa: E402

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql"}},
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()

from django.db import connections, models  # noqa: E402
from django.utils import timezone  # noqa: E402

VERSION = f"Django {django.get_version()}, {common.python_version()}"


class Goods(models.Model):
    name = models.CharField(max_length=200)
    slug = models.TextField()
    description = models.TextField()
    price = models.DecimalField(max_digits=10, decimal_places=2)
    stock = models.IntegerField(default=0)
    is_active = models.BooleanField(default=True)
    category = models.IntegerField()
    weight = models.FloatField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True
        app_label = "store"


class Product(Goods):
    class Meta:
        app_label = "store"
        db_table = "store_product"


class Delivery(Goods):
    class Meta:
        app_label = "store"
        db_table = "store_delivery"


class Account(models.Model):
    owner = models.CharField(max_length=100)
    balance = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        app_label = "store"
        db_table = "store_account"


def connect(server):
    """Django opens the connection of a thread when the thread first uses it."""
    connections["default"].settings_dict.update(
        NAME=server.database, USER=server.user, HOST=server.host, PORT=server.port
    )


def row_of(product):
    return (
        product.id,
        product.name,
        product.slug,
        product.description,
        product.price,
        product.stock,
        product.is_active,
        product.category,
        product.weight,
        product.created_at,
    )


def get(number):
    product = Product.objects.get(pk=number)
    common.check(product.id, number)
    return product


def list_50(category):
    found = Product.objects.filter(is_active=True, category=category)
    products = list(found.order_by("-created_at")[: common.LIST_LENGTH])
    common.check(len(products), common.LIST_LENGTH)
    return products


def list_all(_):
    products = list(Product.objects.all())
    common.check(len(products), common.PRODUCT_COUNT)
    return products


def create(values):
    name, slug, description, price, stock, is_active, category, weight = values
    return Delivery.objects.create(
        name=name,
        slug=slug,
        description=description,
        price=price,
        stock=stock,
        is_active=is_active,
        category=category,
        weight=weight,
    ).id


def change(amount, number):
    changed = Account.objects.filter(pk=number).update(balance=models.F("balance") + amount)
    common.check(changed, 1)


def update(number):
    change(common.ADDED, number)


def transaction(number):
    with django.db.transaction.atomic():
        balance = Account.objects.get(pk=number).balance
        amount = common.transfer_amount(balance)
        change(-amount, number)
        change(amount, number + common.ACCOUNT_COUNT // 2)
    return balance


CASES = {
    "get": get,
    "get-64-on-4": get,
    "list-50": list_50,
    "list-all": list_all,
    "create": create,
    "update": update,
    "transaction": transaction,
}
