"""500 orders as an office keeps them (示意): two title rows, a heading of two rows, merged cells, times of every kind.

Seeded; all of it is invented. Beside the 500 orders stand a hidden row's, empty rows and a total.
"""

from __future__ import annotations

import io
import random
from datetime import datetime, timedelta

import openpyxl

from app.hotline.cells import EPOCH

ORDERS = 500
GAZETTEER = """kind,code,name,parent,aliases,x,y,address
compound,c1,示意北里小区,,北里;示意北里社区大院,40,360,西街道北里路8号
compound,c2,示意花园,,,60,60,
compound,c3,示意东苑,,,330,330,
building,c1-1,1号楼,c1,,20,380,
building,c1-2,2号楼,c1,,80,380,
building,c1-12,12号楼,c1,,20,220,
unit,c1-2-3,3单元,c1-2,,82,382,
shop,s1,示意便民超市,,,120,120,
landmark,l1,示意文化广场,,,160,260,
"""
SURE = ["示意北里小区1号楼", "示意区西街道北里２号楼３单元５０１", "示意北里十二号楼301室", "示意花园", "示意北里2#-3-402",
        "示意便民超市门口", "示意文化广场附近", "北里路8号院1号楼"]  # fmt: skip
UNSURE = ["示意北里小区7号楼", "北里路9号", "", "不知道什么地方", "示意华园旁边", "示意北里"]
CATEGORIES = ["市容环卫/暴露垃圾", "噪音", "其他事项", "生活噪音"]
HEAD = [
    [
        "工单编号",
        "受理时间",
        "办理时限",
        "诉求人",
        None,
        "诉求分类",
        "诉求内容",
        "诉求地址",
        "承办单位",
        "回访",
        None,
        None,
    ],
    [None, None, None, "姓名", "联系电话", None, None, None, None, "是否响应", "是否解决", "是否满意"],
]


def points() -> str:
    """Return the gazetteer's file, in degrees."""
    from tests import tiny_town

    lines = GAZETTEER.strip().split("\n")
    told = [lines[0].replace(",x,y,", ",lon,lat,")]
    for line in lines[1:]:
        parts = line.split(",")
        lon, lat = tiny_town.lonlat(float(parts[5]), float(parts[6]))
        told.append(",".join([*parts[:5], f"{lon:.7f}", f"{lat:.7f}", parts[7]]))
    return "\n".join(told) + "\n"


def when(number: int, at: datetime) -> object:
    """Return a time as offices write it."""
    return [
        at, (at - EPOCH).total_seconds() / 86_400, f"{at.year}/{at.month}/{at.day} {at.hour}:{at:%M}",
        f"{at.year}年{at.month}月{at.day}日{at.hour}时{at.minute}分", at.strftime("%Y-%m-%d %H:%M:%S"),
        at.strftime("%Y-%m-%d %H:%M").translate({ord(str(d)): chr(0xFF10 + d) for d in range(10)}),
    ][number % 6]  # fmt: skip


def workbook(seed: int = 3) -> bytes:
    """Return the file."""
    chance = random.Random(seed)
    book = openpyxl.Workbook()
    book.active.title = "说明"
    book.active.append(["本表为示意数据"])
    sheet = book.create_sheet("工单")
    sheet.append(["示意街道12345热线工单台账"])
    sheet.append(["（示意）填报单位：西街道", None, None, "填报日期：2026-01-31"])
    for row in HEAD:
        sheet.append(row)
    sheet.merge_cells("A1:L1")
    sheet.merge_cells("D3:E3")
    sheet.merge_cells("J3:L3")
    for letter in "ABCFGHI":
        sheet.merge_cells(f"{letter}3:{letter}4")
    start = datetime(2026, 1, 5, 8, 30)  # noqa: DTZ001  # as in a cell
    for number in range(ORDERS):
        at = start + timedelta(minutes=37 * number)
        own: object = 202_601_000_000 + number if number % 4 else f"京示{202_601_000_000 + number}"
        address = chance.choice(SURE if number % 5 else UNSURE)
        content = f"居民反映问题（示意）第{number}件"
        if number % 9 == 0:
            content = content.encode("gbk").decode("latin-1")
        if number == 77:
            content = '=HYPERLINK("http://example.org","示意")'
        cell_content = content if number != 77 else None
        sheet.append([
            own, when(number, at), when(number + 1, at + timedelta(days=7)), "示意人", 13_800_000_000 + number,
            chance.choice(CATEGORIES), cell_content, address, "west-office 示意", *chance.choice([("是", "是", "满意"), ("是", "否", "不满意"), ("否", None, None)]),
        ])  # fmt: skip
        if number == 77:
            sheet.cell(sheet.max_row, 7).value = "+1+2 像公式的内容（示意）"
        if number % 100 == 50:
            sheet.append([None] * 12)
        if number == 123:
            sheet.row_dimensions[sheet.max_row].hidden = True
    last = sheet.max_row
    sheet.merge_cells(start_row=last - 4, end_row=last, start_column=9, end_column=9)
    sheet.append(["合计", None, None, None, None, None, f"{ORDERS}件"])
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()
