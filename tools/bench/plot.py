"""Draws how long peers take relative to bornc, as an SVG without dependencies.

A row per model, a panel per group of peers, a mark per peer: form and colour tell peers
apart, also without colours. Light or dark is as the reader has it.
"""
import math

import results

# Okabe and Ito's colours, the blue and the vermilion lighter on dark; a form for each.
PEERS = {
    "onnxruntime": ("#0072b2", "#56b4e9", "circle"),
    "openvino": ("#d55e00", "#ff8c42", "square"),
    "mnn": ("#b0508a", "#e39ac4", "diamond"),
    "ncnn": ("#008563", "#2fc79b", "up"),
    "iree": ("#b07a00", "#f0b93a", "down"),
    "webgpu": ("#0072b2", "#56b4e9", "cross"),
}
PANELS = (("cpu", 0), ("vulkan", 0))
TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)

WIDTH, LABELS, GAP, EDGE = 960, 272, 26, 18
ROW, TOP = 24, 122
CLOSE, CROWD = 10, 4.5  # marks this close lie this far above and below their row's middle
STYLE = """\
  text { font: 13px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328; }
  .title { font-size: 17px; font-weight: 600; }
  .head { font-weight: 600; }
  .soft, .tick { fill: #59636e; }
  .tick, .soft { font-size: 12px; }
  .end { text-anchor: end; }
  .middle { text-anchor: middle; }
  .page { fill: #ffffff; stroke: #d1d9e0; }
  .band { fill: #f3f5f8; }
  .faster { fill: #b3261e; fill-opacity: 0.10; }
  .grid { stroke: #d1d9e0; }
  .one { stroke: #1f2328; stroke-width: 2; }
  .reach { stroke: #8c959f; stroke-opacity: 0.55; }
  .mark { stroke: #ffffff; stroke-width: 1; }
"""
DARK = """\
    text { fill: #e6edf3; }
    .soft, .tick { fill: #9aa4af; }
    .page { fill: #0d1117; stroke: #3d444d; }
    .band { fill: #161c24; }
    .faster { fill: #ff7b72; fill-opacity: 0.16; }
    .grid { stroke: #30363d; }
    .one { stroke: #e6edf3; }
    .mark { stroke: #0d1117; }
"""


def form(kind, x, y, size=5.5):
    def polygon(*points):
        return '<polygon points="{}"'.format(
            " ".join(f"{x + a * size:.1f},{y + b * size:.1f}" for a, b in points))
    match kind:
        case "circle":
            return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{0.92 * size:.1f}"'
        case "square":
            return polygon((-.85, -.85), (.85, -.85), (.85, .85), (-.85, .85))
        case "diamond":
            return polygon((0, -1.15), (1.15, 0), (0, 1.15), (-1.15, 0))
        case "up":
            return polygon((0, -1.1), (1.1, .85), (-1.1, .85))
        case "down":
            return polygon((0, 1.1), (1.1, -.85), (-1.1, -.85))
    half = ((-.38, -1), (.38, -1), (.38, -.38), (1, -.38), (1, .38), (.38, .38))
    return polygon(*half, *((-a, -b) for a, b in half))


def mark(name, x, y, said):
    maker = results.split(name)[0]
    return (f'{form(PEERS[maker][2], x, y)} class="mark {maker}"><title>{said}</title>'
            f'</{"circle" if PEERS[maker][2] == "circle" else "polygon"}>')


def text(x, y, words, kind=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{words}</text>'


def line(x1, y1, x2, y2, kind):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def number(value):
    return f"{value:.2f}" if value < 1 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


class Panel:
    """The marks of a group of peers, between two edges of the picture."""

    def __init__(self, data, key):
        self.label = results.GROUPS[key]
        self.names = [name for name in results.group(data, key) if name != results.ours(name)]
        self.rows = [{name: value for name in self.names if (value := results.ratio(row, name))}
                     for row in data["results"]]
        found = [value for row in self.rows for value in row.values()]
        self.low = min([0.8, *(value * 0.9 for value in found)])
        self.high = max([2, *(value * 1.15 for value in found)])
        self.means = {name: results.mean(values) for name in self.names
                      if (values := results.ratios(data["results"], name))}

    def span(self):
        return math.log(self.high / self.low)

    def place(self, left, right):
        self.left, self.right = left, right

    def x(self, value):
        return self.left + (self.right - self.left) * math.log(value / self.low) / self.span()

    def axis(self, bottom):
        shapes = [f'<rect x="{self.left:.1f}" y="{TOP - 6}" width="{self.x(1) - self.left:.1f}" '
                  f'height="{bottom - TOP + 6:.1f}" class="faster"/>',
                  text(self.left, TOP - 32, self.label, "head")]
        last = -math.inf
        for tick in TICKS:
            x = self.x(tick)
            if not self.low <= tick <= self.high:
                continue
            shapes.append(line(x, TOP - 6, x, bottom, "one" if tick == 1 else "grid"))
            if x - last > 28:
                shapes.append(text(x, TOP - 12, f"{tick:g}×", "tick middle"))
                last = x
        return shapes

    def marks(self, values, y, label):
        shapes = []
        if values:
            reach = [self.x(value) for value in (1, *values.values())]
            shapes.append(line(min(reach), y, max(reach), y, "reach"))
        for name, x, aside in self.aside(values):
            said = f"{label}, {results.title(name)}: {number(values[name])} times bornc's time"
            shapes.append(mark(name, x, y + aside, said))
        return shapes

    def aside(self, values):
        """(name, x, how far beside the row's middle), so that no mark hides another."""
        crowds = []
        for x, name in sorted((self.x(value), name) for name, value in values.items()):
            if not crowds or x - crowds[-1][-1][0] >= CLOSE:
                crowds.append([])
            crowds[-1].append((x, name))
        for crowd in crowds:
            reach = 0 if len(crowd) == 1 else CROWD if len(crowd) == 2 else 1.4 * CROWD
            step = 2 * reach / max(1, len(crowd) - 1)
            yield from ((name, x, i * step - reach) for i, (x, name) in enumerate(crowd))


def legend(panels, y):
    shapes = [line(EDGE + 1, y - 13, EDGE + 1, y + 4, "one"), text(EDGE + 10, y, "bornc")]
    x, known = EDGE + 76, set()
    for name in (name for panel in panels for name in panel.names):
        maker = results.split(name)[0]
        if maker not in known:
            known.add(maker)
            words = results.MAKERS[maker]
            shapes += [mark(name, x, y - 4.5, words), text(x + 12, y, words)]
            x += 42 + 7 * len(words)
    return shapes


def svg(data):
    """The picture of all models that bornc ran on the CPU."""
    data = data | {"results": [row for row in data["results"] if results.median(row, "bornc-cpu")]}
    panels = [panel for key in PANELS if (panel := Panel(data, key)).means]
    order = sorted(range(len(data["results"])), key=lambda i: min(
        panels[0].rows[i].values(), default=math.inf))
    height = TOP + ROW * (len(order) + 1) + 56
    bottom = TOP + ROW * (len(order) + 1) + 10
    # Narrower panels get their share of the width, but stay legible.
    room = WIDTH - LABELS - EDGE - GAP * (len(panels) - 1)
    weights = [max(panel.span(), 0.5 * sum(other.span() for other in panels) / len(panels))
               for panel in panels]
    left = LABELS
    for panel, weight in zip(panels, weights):
        panel.place(left, left + room * weight / sum(weights))
        left = panel.right + GAP
    shapes = [f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8" '
              'class="page"/>',
              text(EDGE, 32, "Time per inference, bornc on the same device = 1", "title"),
              *legend(panels, 60)]
    for at in range(0, len(order), 2):
        shapes.append(f'<rect x="{EDGE - 8}" y="{TOP + ROW * at}" width="{WIDTH - 2 * EDGE + 16}" '
                      f'height="{ROW}" class="band"/>')
    for panel in panels:
        shapes += panel.axis(bottom)
    shapes.append(text(LABELS - 16, TOP - 12, "bornc, CPU", "tick end"))
    for at, index in enumerate(order):
        y, row = TOP + ROW * (at + 0.5), data["results"][index]
        shapes += [text(EDGE, y + 4.5, row["model"]), text(
            LABELS - 16, y + 4.5, f"{number(results.median(row, 'bornc-cpu'))} ms", "soft end")]
        for panel in panels:
            shapes += panel.marks(panel.rows[index], y, row["model"])
    y = TOP + ROW * (len(order) + 0.5) + 6
    shapes += [line(EDGE - 8, y - ROW / 2 - 3, WIDTH - EDGE + 8, y - ROW / 2 - 3, "grid"),
               text(EDGE, y + 4.5, "geometric mean", "head")]
    for panel in panels:
        shapes += panel.marks(panel.means, y, "geometric mean")
    shapes.append(text(EDGE, height - 16, "Right of the line: slower than bornc. Shaded: faster. "
                       "No mark: it cannot run the model, or its result is wrong. Logarithmic.",
                       "soft"))
    light = "".join(f"  .{name} {{ fill: {row[0]}; }}\n" for name, row in PEERS.items())
    dark = "".join(f"    .{name} {{ fill: {row[1]}; }}\n" for name, row in PEERS.items())
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            f'width="{WIDTH}" height="{height}" role="img">\n'
            "<title>Time per inference relative to bornc, per model and peer</title>\n"
            f"<style>\n{STYLE}{light}"
            f"  @media (prefers-color-scheme: dark) {{\n{DARK}{dark}  }}\n</style>\n"
            + "\n".join(shapes) + "\n</svg>\n")
