"""The detector's residual network: modules named as in the public weights.

It differs from torchvision's `resnet101` in more than names: the stride is in a block's first convolution, the first
pooling may be Caffe's (no padding, partial windows at the far edges), and each convolution holds its own norm.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from bids_vlint.networks.paper.regions.config import DEPTHS, Config


class NormedConv(nn.Conv2d):
    """A convolution without bias, and its batch norm."""

    def __init__(self, inputs: int, outputs: int, size: int, **options: Any) -> None:
        super().__init__(inputs, outputs, size, bias=False, **options)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) to (n, outputs, h / stride, w / stride)."""
        return self.norm(super().forward(x))


class Stem(nn.Module):
    """The first convolution and pooling: a quarter of the size."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.conv1 = NormedConv(3, config.stem_width, 7, stride=2, padding=3)
        self.caffe = config.caffe_pooling

    def forward(self, x: Tensor) -> Tensor:
        """(n, 3, h, w) to (n, stem_width, h / 4, w / 4)."""
        x = functional.relu(self.conv1(x))
        return functional.max_pool2d(x, 3, 2, padding=0 if self.caffe else 1, ceil_mode=self.caffe)


class Block(nn.Module):
    """A bottleneck block."""

    def __init__(
        self, inputs: int, middle: int, outputs: int, *, config: Config, stride: int = 1, dilation: int = 1
    ) -> None:
        super().__init__()
        strides = (stride, 1) if config.stride_in_1x1 else (1, stride)
        around: dict[str, Any] = {"padding": dilation, "dilation": dilation, "groups": config.groups}
        self.conv1 = NormedConv(inputs, middle, 1, stride=strides[0])
        self.conv2 = NormedConv(middle, middle, 3, stride=strides[1], **around)
        self.conv3 = NormedConv(middle, outputs, 1)
        self.shortcut = NormedConv(inputs, outputs, 1, stride=stride) if inputs != outputs else None

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) to (n, outputs, h / stride, w / stride)."""
        y = functional.relu(self.conv1(x))
        y = self.conv3(functional.relu(self.conv2(y)))
        return functional.relu(y + (x if self.shortcut is None else self.shortcut(x)))


def stage(config: Config, number: int, blocks: int, *, stride: int, dilation: int = 1) -> nn.Sequential:
    """Build the stage res2, res3, res4 or res5."""
    outputs = config.res2_width * 2 ** (number - 2)
    middle = config.groups * config.group_width * 2 ** (number - 2)
    inputs = config.stem_width if number == 2 else outputs // 2
    first = Block(inputs, middle, outputs, config=config, stride=stride, dilation=dilation)
    others = [Block(outputs, middle, outputs, config=config, dilation=dilation) for _ in range(blocks - 1)]
    return nn.Sequential(first, *others)


class Backbone(nn.Module):
    """Stem, res2, res3 and res4: features at a sixteenth of the frame's size."""

    stride = 16

    def __init__(self, config: Config) -> None:
        super().__init__()
        blocks = DEPTHS[config.depth]
        self.stem = Stem(config)
        self.res2 = stage(config, 2, blocks[0], stride=1)
        self.res3 = stage(config, 3, blocks[1], stride=2)
        self.res4 = stage(config, 4, blocks[2], stride=2)

    def forward(self, x: Tensor) -> Tensor:
        """(n, 3, h, w) to (n, 4 · res2_width, h / 16, w / 16)."""
        return self.res4(self.res3(self.res2(self.stem(x))))
