"""Files for Excel open there as they were meant."""

# ruff: noqa: DTZ001  # spreadsheets know no time zones
from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl

from server.customers import sheets
from server.customers.sheets import writing
from server.customers.sheets.writing import stand_in


def test_cp932_keeps_what_it_has_and_counts_what_it_has_not() -> None:
    file = sheets.writer("csv", "cp932", ["氏名", "会社名"])
    text = (file.rows([["髙橋 ①郎", "㈱山手"], ["𠮷野〜🎉", "Café −é"]]) + file.end()).decode("cp932")
    assert text == "氏名,会社名\r\n髙橋 ①郎,㈱山手\r\n吉野～〓,Cafe －e\r\n"
    assert file.strange == {"𠮷": 1, "🎉": 1, "é": 2}
    assert [stand_in(char) for char in "𠮷¢🎉é\u200b"] == ["吉", "￠", "〓", "e", ""]


def test_utf_8_has_the_mark_that_excel_wants_and_no_formulas() -> None:
    file = sheets.writer("csv", "utf-8-sig", ["a", "b"])
    body = file.rows([["=1+1", -5], ["@x", Decimal("1.50")], [None, True]]) + file.end()
    assert body.startswith(b"\xef\xbb\xbf") and body.count(b"\xef\xbb\xbf") == 1
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    assert rows == [["a", "b"], ["'=1+1", "-5"], ["'@x", "1.50"], ["", "1"]]
    assert writing.unguarded("'=1+1") == "=1+1" and writing.unguarded("'90s") == "'90s"


def test_a_file_without_rows_has_its_header() -> None:
    for format in ("csv", "tsv", "xlsx"):
        file = sheets.writer(format, "utf-8-sig", ["a", "b"])  # type: ignore[arg-type]
        assert len(file.end()) > 5


def test_workbooks_open_with_their_types(tmp_path: Path) -> None:
    file = sheets.writer("xlsx", "", ["氏名", "生年月日", "登録", "金額", "番号", "式"])
    path = tmp_path / "out.xlsx"
    row = ["山田 <太郎> & 子", date(1980, 4, 1), datetime(2025, 11, 1, 9, 30, 5), Decimal("12.5"), "00042", "=1+1"]
    path.write_bytes(file.rows([row]) + file.rows([["\x01🎉\nい", None, None, 10**17, True, 3]]) + file.end())
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    rows = [[cell.value for cell in each] for each in sheet.rows]
    assert rows[1] == [
        "山田 <太郎> & 子", datetime(1980, 4, 1), datetime(2025, 11, 1, 9, 30, 5), 12.5, "00042", "=1+1",
    ]  # fmt: skip
    assert sheet["F2"].data_type in ("s", "inlineStr"), "a text, and no formula"
    assert rows[2] == ["🎉\nい", None, None, str(10**17), True, 3]
    again = [cells for _, cells in sheets.rows(path, sheets.sniff(path))]
    assert again[1][:5] == ["山田 <太郎> & 子", datetime(1980, 4, 1), datetime(2025, 11, 1, 9, 30, 5), 12.5, "00042"]


def test_a_sheet_that_is_full_is_followed_by_another(tmp_path: Path) -> None:
    before, writing.MOST_ROWS = writing.MOST_ROWS, 3
    try:
        file = sheets.writer("xlsx", "", ["a"])
        path = tmp_path / "many.xlsx"
        path.write_bytes(file.rows([[n] for n in range(5)]) + file.end())
    finally:
        writing.MOST_ROWS = before
    book = openpyxl.load_workbook(path)
    assert [[cell.value for cell in row] for sheet in book for row in sheet.rows] == [
        ["a"], [0], [1], ["a"], [2], [3], ["a"], [4],
    ]  # fmt: skip
