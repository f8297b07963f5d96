"""What the demo's shop sells. The pictures are drawn by the page itself, from a shape and two glazes."""

from __future__ import annotations

from typing import NamedTuple


class Ware(NamedTuple):
    """One thing on the shelf. `shape` names its drawing in the shop's template."""

    ja: str
    en: str
    price: int
    shape: str
    body: str
    glaze: str


GOODS = (
    Ware("白磁の湯呑み", "White porcelain cup", 2_200, "cup", "#ece8dd", "#cfd8d6"),
    Ware("瑠璃釉の飯碗", "Lapis rice bowl", 2_860, "bowl", "#d9cdb8", "#2f4b82"),
    Ware("織部の角皿", "Oribe square plate", 3_300, "plate", "#cbb892", "#54744f"),
    Ware("粉引の急須", "Kohiki teapot", 8_800, "pot", "#e6dccb", "#b9a68a"),
    Ware("飴釉のマグ", "Amber mug", 2_750, "mug", "#8a5a2c", "#c8924f"),
    Ware("黒釉の花入", "Black glazed vase", 5_500, "vase", "#3a3a3c", "#6f7477"),
)
