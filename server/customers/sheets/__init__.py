"""Files of rows: CSV, TSV and Excel workbooks, read and written row by row, so that no file is ever in memory whole.

form = sheets.sniff(path)
for number, cells in sheets.rows(path, form): …
"""

from server.customers.sheets.sniffing import Form, sniff
from server.customers.sheets.tables import Reading, rows
from server.customers.sheets.writing import Format, Written, writer

__all__ = ["Form", "Format", "Reading", "Written", "rows", "sniff", "writer"]
