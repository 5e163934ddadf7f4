#!/usr/bin/env python3
"""The input and the answer of the quick start.

  page.py draw PREFIX [--turn DEGREES]    writes PREFIX.png and PREFIX.npy
  page.py answer OUTPUT.npy               prints what the model says

The input is a page of text: the README of this repository, set in the font
that Pillow ships, turned clockwise by some quarters of a circle. The model tells
by how many degrees. What is done to the pixels is what the model was trained
with: shorter side to 256, the middle 224 x 224 of it, ImageNet's mean and
deviation per channel.
"""
import argparse
import pathlib

import numpy
from PIL import Image, ImageDraw, ImageFont

REPO = pathlib.Path(__file__).resolve().parents[2]
LABELS = ("0", "90", "180", "270")  # the model's metadata entry "character"
MEAN = numpy.array([0.485, 0.456, 0.406], numpy.float32)
DEVIATION = numpy.array([0.229, 0.224, 0.225], numpy.float32)


def draw_page(text):
    page = Image.new("RGB", (600, 600), (250, 248, 242))
    pen = ImageDraw.Draw(page)
    font = ImageFont.load_default(size=21)
    words, line, y = text.split(), "", 30
    for word in words:
        if pen.textlength(f"{line} {word}", font=font) > 540:
            pen.text((30, y), line, fill=(25, 25, 30), font=font)
            line, y = word, y + 34
            if y > 550:
                break
        else:
            line = f"{line} {word}".strip()
    return page


def to_input(page):
    scale = 256 / min(page.size)
    page = page.resize([round(side * scale) for side in page.size], Image.Resampling.LANCZOS)
    left, top = ((side - 224) // 2 for side in page.size)
    page = page.crop((left, top, left + 224, top + 224))
    pixels = numpy.asarray(page, numpy.float32) / 255
    return ((pixels - MEAN) / DEVIATION).transpose(2, 0, 1)[None].astype(numpy.float32)


def draw(prefix, turn):
    text = (REPO / "README.md").read_text(encoding="utf-8")
    page = draw_page(text).rotate(-turn, expand=True)
    page.save(f"{prefix}.png")
    numpy.save(f"{prefix}.npy", to_input(page))


def answer(path):
    scores = numpy.load(path).reshape(-1)
    for index in numpy.argsort(-scores):
        print(f"  turned by {LABELS[index]:>3} degrees: {100 * scores[index]:5.1f} %")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("draw")
    command.add_argument("prefix")
    command.add_argument("--turn", type=int, choices=(0, 90, 180, 270), default=90)
    command = commands.add_parser("answer")
    command.add_argument("output")
    arguments = parser.parse_args()
    if arguments.command == "draw":
        draw(arguments.prefix, arguments.turn)
    else:
        answer(arguments.output)


if __name__ == "__main__":
    main()
