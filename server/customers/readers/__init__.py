"""Values as people and other systems write them: dates with 和暦 and Excel's serials, amounts, telephones, yes and no.

Each reader takes a cell as it came (text, number, date, None) and gives None (or "") for an empty one. What cannot be
read raises `Unreadable` with words that go behind the name of the field.
"""

from server.customers.readers.addresses import read_email, read_phone, read_postal_code
from server.customers.readers.amounts import read_amount, read_number, read_whole
from server.customers.readers.choices import read_choice, read_flag, read_list, read_notices_by, read_sex
from server.customers.readers.dates import TOKYO, Order, read_date, read_moment
from server.customers.readers.text import Unreadable, is_empty, plain, read_text

__all__ = [
    "TOKYO",
    "Order",
    "Unreadable",
    "is_empty",
    "plain",
    "read_amount",
    "read_choice",
    "read_date",
    "read_email",
    "read_flag",
    "read_list",
    "read_moment",
    "read_notices_by",
    "read_number",
    "read_phone",
    "read_postal_code",
    "read_sex",
    "read_text",
    "read_whole",
]
