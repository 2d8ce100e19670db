"""Groups the lines nobody needs to read one by one. In: model.Text. Out: model.Template."""

from logsleuth.templates.miner import mine
from logsleuth.templates.shapes import Shape, ShapeTable

__all__ = ["Shape", "ShapeTable", "mine"]
