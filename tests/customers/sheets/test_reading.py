"""Files are read as they come: whatever the character set, what parts the cells, and what Excel made of it."""

# ruff: noqa: DTZ001  # spreadsheets know no time zones
from __future__ import annotations

import codecs
import contextlib
import io
import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from server.customers import sheets
from server.errors import Invalid

TEXT = '氏名,会社名,備考\r\n髙橋 ①郎,㈱山手,"一行目\r\n二行目, ""引用"""\r\n斎藤 花子,有限会社デモ,～\r\n'
CELLS = [
    ["氏名", "会社名", "備考"],
    ["髙橋 ①郎", "㈱山手", '一行目\r\n二行目, "引用"'],
    ["斎藤 花子", "有限会社デモ", "～"],
]


def read(path: Path) -> list[list[Any]]:
    return [cells for _, cells in sheets.rows(path, sheets.sniff(path))]


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b""), ("utf-8", codecs.BOM_UTF8), ("cp932", b""), ("utf-16-le", codecs.BOM_UTF16_LE),
     ("utf-16-be", codecs.BOM_UTF16_BE), ("utf-16-le", b"")],
)  # fmt: skip
def test_every_character_set_of_japan_is_told_by_the_bytes(tmp_path: Path, encoding: str, mark: bytes) -> None:
    path = tmp_path / "customers"
    path.write_bytes(mark + TEXT.encode(encoding))
    assert read(path) == CELLS


def test_older_character_sets_too(tmp_path: Path) -> None:
    text = "氏名,住所\n山田 太郎,東京都千代田区丸の内一丁目\n鈴木 花子,北海道札幌市中央区\n"
    for encoding in ("euc_jp", "iso2022_jp"):
        path = tmp_path / encoding
        path.write_bytes(text.encode(encoding))
        assert read(path)[1] == ["山田 太郎", "東京都千代田区丸の内一丁目"], encoding


def test_half_width_kana_in_cp932_are_no_reason_to_think_of_another_set(tmp_path: Path) -> None:
    path = tmp_path / "half.csv"
    path.write_bytes("氏名,フリガナ\r\n山田 太郎,ﾔﾏﾀﾞ ﾀﾛｳ\r\n佐藤 花子,ｻﾄｳ ﾊﾅｺ\r\n".encode("cp932"))
    assert read(path)[2] == ["佐藤 花子", "ｻﾄｳ ﾊﾅｺ"]


def test_a_broken_byte_does_not_change_the_character_set(tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(("氏名,番号\n" + "山田,1\n" * 50).encode() + b"\xff\n")
    assert sheets.sniff(path).encoding == "utf-8"
    assert "\ufffd" in read(path)[-1][0]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_what_parts_the_cells_is_told_by_the_rows(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "file"
    path.write_text(
        delimiter.join(["a", "b, c" if delimiter != "," else "b", "d"]) + "\n" + delimiter.join("123") + "\n"
    )
    assert sheets.sniff(path).delimiter == delimiter


def test_excels_own_word_for_the_delimiter_is_no_row(tmp_path: Path) -> None:
    path = tmp_path / "sep.csv"
    path.write_text("sep=;\r\na;b\r\n1;2\r\n")
    form = sheets.sniff(path)
    assert (form.delimiter, form.header) == (";", 2)


def test_rows_keep_their_numbers_when_empty_ones_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "gaps.csv"
    path.write_text("a,b\n\n,\n1,2\n")
    assert list(sheets.rows(path, sheets.sniff(path))) == [(1, ["a", "b"]), (4, ["1", "2"])]


def test_a_quotation_mark_that_nobody_closes_is_said_with_its_row(tmp_path: Path) -> None:
    path = tmp_path / "open.csv"
    path.write_text('a,b\n1,2\n3,"' + "x,y\n" * 400_000)
    with pytest.raises(Invalid, match="after row 2"):
        list(sheets.rows(path, sheets.sniff(path)))


def test_workbooks_are_read_with_their_dates_and_without_furigana(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "顧客"
    sheet.append(["氏名", "生年月日", "登録", "時刻", "会員番号", "金額", "会員", "割合", "式"])
    rich = CellRichText("山田 ", TextBlock(InlineFont(b=True), "太郎"))
    sheet.append([rich, date(1980, 4, 1), datetime(2025, 11, 1, 9, 30), time(9, 30), 42, 12.5, True, 0.5, "=1+1"])
    sheet["A4"], sheet["C4"] = " 前後 ", "あ\nい"
    sheet["B2"].number_format = '[$-411]ggge"年"m"月"d"日"'
    sheet["E2"].number_format = "00000"
    sheet["H2"].number_format = "0.00%"
    hidden = book.create_sheet("隠し")
    hidden.sheet_state = "hidden"
    book.create_sheet("注文").append(["x"])
    path = tmp_path / "book.xlsx"
    book.save(path)
    form = sheets.sniff(path)
    assert (form.kind, form.sheet, form.sheets) == ("workbook", "顧客", ["顧客", "注文"])
    rows = list(sheets.rows(path, form))
    assert rows[1] == (
        2,
        ["山田 太郎", datetime(1980, 4, 1), datetime(2025, 11, 1, 9, 30), time(9, 30), 42, 12.5, True, 0.5],
    )
    assert rows[2] == (4, [" 前後 ", None, "あ\nい"])


def test_shared_strings_are_looked_up_without_their_furigana(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["x", "y", "z"])
    book.save(path)
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    parts["xl/sharedStrings.xml"] = (
        f'<sst {space}><si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh><phoneticPr fontId="1"/></si>'
        "<si><r><t>山田 </t></r><r><rPr><b/></rPr><t>太郎_x000D_</t></r></si></sst>"
    ).encode()
    rows = "".join(f'<row><c t="s"><v>{n % 2}</v></c><c/><c t="s"><v>{(n + 1) % 2}</v></c></row>' for n in range(3))
    parts["xl/worksheets/sheet1.xml"] = f"<worksheet {space}><sheetData>{rows}</sheetData></worksheet>".encode()
    with zipfile.ZipFile(path, "w") as file:
        for name, body in parts.items():
            file.writestr(name, body)
    assert read(path) == [
        ["東京", None, "山田 太郎\r"],
        ["山田 太郎\r", None, "東京"],
        ["東京", None, "山田 太郎\r"],
    ]


def test_workbooks_that_count_from_1904(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    assert book.active is not None
    book.active.append([date(2025, 11, 1)])
    path = tmp_path / "mac.xlsx"
    book.save(path)
    assert read(path) == [[datetime(2025, 11, 1)]]


@pytest.mark.parametrize(
    ("body", "words"),
    [(b"", "has nothing in it"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old", "save it as .xlsx"),
     (b"%PDF-1.7", "is neither"),
     (b"PK\x03\x04broken", "is neither")],
)  # fmt: skip
def test_what_is_no_table_is_said(tmp_path: Path, body: bytes, words: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(body)
    with pytest.raises(Invalid) as caught:
        sheets.sniff(path)
    assert words in caught.value.fields["file"]


def test_a_workbook_with_a_trap_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "trap.xlsx"
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["x"])
    book.save(path)
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    trap = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet><sheetData/></worksheet>'
    parts["xl/worksheets/sheet1.xml"] = trap
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        for name, body in parts.items():
            file.writestr(name, body)
    path.write_bytes(held.getvalue())
    with pytest.raises(Invalid, match="document type"):
        read(path)


def test_of_a_workbook_that_is_none_nothing_stays_open(tmp_path: Path) -> None:
    path = tmp_path / "customers.xlsx"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("xl/workbook.xml", "no workbook")
    before = _open_files()
    with pytest.raises(Invalid):
        sheets.sniff(path)
    assert _open_files() <= before


def _open_files() -> set[str]:
    """The files that this process has open; one without a name is told from others by its number."""
    found: set[str] = set()
    for each in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found.add(f"{each.readlink()} {each.stat().st_ino}")
    return {file for file in found if file.startswith("/")}
