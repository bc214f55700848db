#!/usr/bin/env python3
"""Draws the pictures of the two example filings: fictional papers and faces, marked as samples.

Needs Pillow and the fonts of Debian's fonts-noto-cjk:  pip install pillow && python3 examples/draw.py
The same pictures come out every time; people, numbers and places are those of the JSON files beside them.
"""
import json
import random
from pathlib import Path

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

HERE = Path(__file__).parent
FONTS = Path("/usr/share/fonts/opentype/noto")
INK, LABEL, RED = (28, 28, 30), (70, 110, 160), (190, 40, 40)


def font(size, bold=False):
    name = "NotoSansCJK-Bold.ttc" if bold else "NotoSansCJK-Regular.ttc"
    return ImageFont.truetype(str(FONTS / name), size, index=2)


def paper(size, ground):
    """A sheet with a faint pattern, so that it looks like something a camera saw."""
    sheet = Image.new("RGB", size, ground)
    pen = ImageDraw.Draw(sheet)
    shade = tuple(max(0, part - 12) for part in ground)
    for y in range(-size[0], size[1], 14):
        pen.line([(0, y), (size[0], y + size[0])], fill=shade, width=1)
    return sheet, pen


def sample(sheet):
    """Nobody shall take it for a real paper."""
    mark = Image.new("RGBA", sheet.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(mark)
    step = sheet.size[0] // 3
    for x in range(0, sheet.size[0], step):
        for y in range(0, sheet.size[1], step // 2):
            pen.text((x + 20, y + 30), "样例 SAMPLE", font=font(34), fill=(120, 120, 120, 70))
    sheet.paste(mark, (0, 0), mark)
    return sheet


def rows(pen, at, lines, size=34, gap=62, label_width=190):
    x, y = at
    for label, text in lines:
        pen.text((x, y), label, font=font(size - 6), fill=LABEL)
        width = 22
        for start in range(0, max(len(text), 1), width):
            pen.text((x + label_width, y - 4), text[start:start + width], font=font(size), fill=INK)
            y += gap if start + width >= len(text) else 48
    return y


def face(sheet, box, ground=(222, 230, 238)):
    """A head with shoulders, cut off at its box like a portrait."""
    x, y, w, h = box
    tile = Image.new("RGB", (w, h), ground)
    pen = ImageDraw.Draw(tile)
    cx = w / 2
    pen.ellipse([cx - w * .42, h * .74, cx + w * .42, h * 1.5], fill=(62, 74, 100))
    pen.rectangle([cx - w * .09, h * .58, cx + w * .09, h * .78], fill=(214, 172, 146))
    pen.ellipse([cx - w * .26, h * .12, cx + w * .26, h * .7], fill=(230, 190, 162))
    pen.pieslice([cx - w * .28, h * .06, cx + w * .28, h * .58], 180, 360, fill=(36, 30, 28))
    for side in (-1, 1):
        ex = cx + side * w * .11
        pen.ellipse([ex - w * .05, h * .4, ex + w * .05, h * .445], fill=(250, 250, 250))
        pen.ellipse([ex - w * .022, h * .4, ex + w * .022, h * .445], fill=(30, 24, 20))
        pen.line([(ex - w * .06, h * .37), (ex + w * .06, h * .365)], fill=(46, 36, 30), width=4)
    pen.line([(cx, h * .44), (cx - w * .03, h * .53), (cx + w * .03, h * .53)], fill=(200, 156, 130), width=4)
    pen.arc([cx - w * .09, h * .54, cx + w * .09, h * .63], 20, 160, fill=(176, 92, 86), width=5)
    sheet.paste(tile, (x, y))


def card_front(name, number, address):
    sheet, pen = paper((1011, 638), (230, 238, 242))
    year, month, day = number[6:10], number[10:12].lstrip("0"), number[12:14].lstrip("0")
    lines = [("姓名", name), ("性别", "男" if int(number[16]) % 2 else "女"), ("出生", f"{year} 年 {month} 月 {day} 日")]
    y = rows(pen, (60, 80), lines, label_width=120)
    pen.text((60, y), "住址", font=font(28), fill=LABEL)
    for start in range(0, len(address), 12):
        pen.text((180, y - 4), address[start:start + 12], font=font(34), fill=INK)
        y += 50
    face(sheet, (690, 90, 250, 320))
    pen.text((60, 545), "公民身份号码", font=font(28), fill=LABEL)
    pen.text((290, 532), number, font=font(46, bold=True), fill=INK)
    return sample(sheet)


def card_back():
    sheet, pen = paper((1011, 638), (232, 236, 232))
    pen.text((300, 90), "居民身份证", font=font(64, bold=True), fill=INK)
    pen.text((300, 180), "样例 不作证明之用", font=font(34), fill=RED)
    rows(pen, (120, 400), [("签发机关", "虚构市公安局示例分局"), ("有效期限", "2020.01.01-2040.01.01")], label_width=200)
    return sample(sheet)


def licence(subject):
    sheet, pen = paper((1500, 1060), (252, 249, 240))
    pen.rectangle([36, 36, 1464, 1024], outline=(190, 150, 80), width=8)
    pen.text((600, 80), "营 业 执 照", font=font(66, bold=True), fill=INK)
    pen.text((100, 200), "统一社会信用代码  " + subject["certificate"]["number"], font=font(36, bold=True), fill=INK)
    rows(pen, (100, 300), [
        ("名称", subject["name"]), ("类型", "有限责任公司（自然人独资）"), ("法定代表人", subject["principal"]["name"]),
        ("注册资本", "壹佰万元整"), ("住所", subject["certificate"]["address"]),
        ("经营范围", "软件开发；技术服务、技术咨询；电子产品销售。"),
    ], size=38, gap=84, label_width=240)
    pen.ellipse([1130, 740, 1380, 990], outline=RED, width=8)
    pen.text((1165, 840), "样例登记机关", font=font(30, bold=True), fill=RED)
    return sample(sheet)


def letter(title, text, name, role="承诺人"):
    sheet, pen = paper((1240, 1650), (253, 253, 250))
    pen.text((620 - 30 * len(title), 150), title, font=font(60, bold=True), fill=INK)
    y = 330
    for start in range(0, len(text), 26):
        pen.text((130, y), text[start:start + 26], font=font(38), fill=INK)
        y += 76
    pen.text((700, y + 180), f"{role}：{name}", font=font(38), fill=INK)
    pen.text((700, y + 260), "2026 年 2 月 25 日", font=font(38), fill=INK)
    return sample(sheet)


def live_face():
    sheet, _ = paper((900, 1200), (250, 250, 250))
    face(sheet, (100, 100, 700, 1000), ground=(250, 250, 250))
    return sheet


def curtain(dark):
    sheet, pen = paper((1600, 1200), (40, 92, 170))
    for x in range(80, 1600, 420):
        for y in range(80, 1200, 260):
            pen.text((x, y), "示例云 ICP备案", font=font(48, bold=True), fill=(235, 242, 252))
    face(sheet, (480, 330, 640, 870), ground=(40, 92, 170))
    if not dark:
        return sheet
    random.seed(7)
    sheet = ImageEnhance.Brightness(sheet).enhance(0.16)
    noise = Image.effect_noise(sheet.size, 18).convert("RGB")
    return Image.blend(sheet, noise, 0.06).filter(ImageFilter.GaussianBlur(2))


def save(sheet, folder, name):
    path = HERE / folder / f"{name}.jpg"
    sheet.save(path, "JPEG", quality=82, optimize=True)
    print(f"{path.relative_to(HERE)}  {path.stat().st_size // 1024} KB")


def read(folder, name):
    return json.loads((HERE / folder / f"{name}.json").read_text(encoding="utf-8"))


def main():
    folder = "enterprise-liaoning"
    subject, service = read(folder, "subject"), read(folder, "services")[0]
    save(licence(subject), folder, "subject-certificate")
    for prefix, person in (("", subject["principal"]), ("service-", service["principal"])):
        paper_ = person["certificate"]
        save(card_front(person["name"], paper_["number"], paper_["address"]), folder, f"{prefix}principal-certificate-front")
        save(card_back(), folder, f"{prefix}principal-certificate-back")
    text = f"兹授权{service['principal']['name']}担任{service['name']}的服务负责人，负责该网站的备案和信息安全工作。"
    signer = subject["principal"]["name"]
    save(letter("网站负责人授权书", text, signer, role="法定代表人"), folder, "service-service-principal-letter")
    save(live_face(), folder, "live-face")

    folder = "person-guangdong"
    person = read(folder, "subject")["principal"]
    paper_ = person["certificate"]
    save(card_front(person["name"], paper_["number"], paper_["address"]), folder, "principal-certificate-front")
    save(card_back(), folder, "principal-certificate-back")
    text = "本人承诺：所提交的备案信息真实、准确、完整，网站内容与备案信息一致，不从事超出备案范围的活动，并承担由此产生的责任。"
    save(letter("备案信息真实性承诺书", text, person["name"]), folder, "filing-commitment")
    save(curtain(dark=True), folder, "curtain-dark")
    save(curtain(dark=False), folder, "curtain")


if __name__ == "__main__":
    main()
