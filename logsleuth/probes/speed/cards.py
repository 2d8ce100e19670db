"""What data sheets promise of each card. In: the name that the driver gives. Out: its row, with the source.

Rates of matrix products are those of dense bf16 with fp32 sums (fp16 where the card has no bf16); sheets that tell the
rate with sparsity alone are halved. Bandwidths are of the card's own memory, in 10^9 bytes a second.

What `is_checked` says was found out in November 2026, in public copies of the sheets: the vendor's own pages were out
of reach. Where it is not set, no copy with these very figures was found, or copies disagree; the results say so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

V100_SHEET: Final = (
    "https://images.nvidia.com/content/technologies/volta/pdf/volta-v100-datasheet-update-us-1165301-r5.pdf"
)
T4_SHEET: Final = (
    "https://www.nvidia.com/content/dam/en-zz/Solutions/Data-Center/tesla-t4/t4-tensor-core-datasheet-951643.pdf"
)
A10_SHEET: Final = "https://www.nvidia.com/content/dam/en-zz/Solutions/Data-Center/a10/pdf/a10-datasheet.pdf"
A30_SHEET: Final = "https://www.nvidia.com/en-us/data-center/products/a30-gpu/"
A40_SHEET: Final = "https://images.nvidia.com/content/Solutions/data-center/a40/nvidia-a40-datasheet.pdf"
A100_40_SHEET: Final = (
    "https://www.nvidia.com/content/dam/en-zz/Solutions/Data-Center/a100/pdf/nvidia-a100-datasheet.pdf"
)
A100_SHEET: Final = "https://www.nvidia.com/content/dam/en-zz/Solutions/Data-Center/a100/pdf/nvidia-a100-datasheet-us-nvidia-1758950-r4-web.pdf"
L4_SHEET: Final = "https://www.nvidia.com/en-us/data-center/l4/"
L40_SHEET: Final = "https://www.nvidia.com/en-us/data-center/l40/"
L40S_SHEET: Final = "https://www.nvidia.com/en-us/data-center/l40s/"
H100_SHEET: Final = "https://www.nvidia.com/en-us/data-center/h100/"
H100_PCIE_SHEET: Final = "https://resources.nvidia.com/en-us-tensor-core/nvidia-tensor-core-gpu-datasheet"
H200_SHEET: Final = "https://www.nvidia.com/en-us/data-center/h200/"
GH200_SHEET: Final = "https://resources.nvidia.com/en-us-grace-cpu/grace-hopper-superchip"
B200_SHEET: Final = "https://www.nvidia.com/en-us/data-center/hgx/"
AMPERE_PAPER: Final = "https://www.nvidia.com/content/PDF/nvidia-ampere-ga-102-gpu-architecture-whitepaper-v2.1.pdf"
ADA_PAPER: Final = "https://images.nvidia.com/aem-dam/Solutions/geforce/ada/nvidia-ada-gpu-architecture.pdf"
BLACKWELL_PAPER: Final = (
    "https://images.nvidia.com/aem-dam/Solutions/geforce/blackwell/nvidia-rtx-blackwell-gpu-architecture.pdf"
)
ADA_6000_SHEET: Final = "https://www.nvidia.com/en-us/design-visualization/rtx-6000/"
PRO_6000_SHEET: Final = "https://www.nvidia.com/en-us/products/workstations/professional-desktop-gpus/rtx-pro-6000/"
PRO_6000_SERVER_SHEET: Final = "https://www.nvidia.com/en-us/data-center/rtx-pro-6000-blackwell-server-edition/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One row; a rate of 0 is not in the sheet."""

    name: str
    pattern: str  # of the name that the driver gives, without the vendor
    gbps: float
    tflops: float
    source: str
    is_checked: bool = True


def _card(name: str, pattern: str, gbps: float, tflops: float, source: str) -> Card:
    return Card(name=name, pattern=pattern, gbps=gbps, tflops=tflops, source=source)


def _unchecked(name: str, pattern: str, gbps: float, tflops: float, source: str) -> Card:
    return Card(name=name, pattern=pattern, gbps=gbps, tflops=tflops, source=source, is_checked=False)


# the first pattern that is found in the name counts: the closer ones stand first
CARDS: Final[tuple[Card, ...]] = (
    _card("V100 SXM2", r"V100-SXM2", 900, 125, V100_SHEET),
    _unchecked("V100 PCIe", r"V100-PCIE", 900, 112, V100_SHEET),
    _unchecked("T4", r"\bT4\b", 320, 65, T4_SHEET),
    _card("A10", r"\bA10\b", 600, 125, A10_SHEET),
    _unchecked("A30", r"\bA30\b", 933, 165, A30_SHEET),
    _card("A40", r"\bA40\b", 696, 149.7, A40_SHEET),
    _card("A100 40 GB SXM", r"A100-SXM\d?-40GB", 1555, 312, A100_40_SHEET),
    _card("A100 40 GB PCIe", r"A100-PCI[Ee]-40GB", 1555, 312, A100_40_SHEET),
    _card("A100 80 GB SXM", r"A100-SXM\d?-80GB", 2039, 312, A100_SHEET),
    _card("A100 80 GB PCIe", r"A100 80GB PCIe", 1935, 312, A100_SHEET),
    _card("L4", r"\bL4\b", 300, 121, L4_SHEET),
    _card("L40S", r"\bL40S\b", 864, 362, L40S_SHEET),
    _card("L40", r"\bL40\b", 864, 181, L40_SHEET),
    _unchecked("H100 NVL", r"H100 NVL", 3900, 835.5, H100_SHEET),
    _card("H100 PCIe", r"H100 PCIe", 2000, 756.5, H100_PCIE_SHEET),
    _card("H100 SXM", r"H100 80GB HBM3|H100 SXM5 80GB", 3350, 989.5, H100_SHEET),
    _unchecked("H200 NVL", r"H200 NVL", 4800, 835.5, H200_SHEET),
    _unchecked("GH200 144 GB", r"GH200 144G", 4900, 989.5, GH200_SHEET),
    _card("GH200 96 GB", r"GH200 (?:480GB|120GB|96G)", 4000, 989.5, GH200_SHEET),
    _card("H200 SXM", r"\bH200\b", 4800, 989.5, H200_SHEET),
    _card("B200", r"\bB200\b", 7700, 2250, B200_SHEET),
    _unchecked("RTX 3090", r"RTX 3090$", 936, 71, AMPERE_PAPER),
    _card("RTX 4090", r"RTX 4090$", 1008, 165.2, ADA_PAPER),
    _card("RTX 5090", r"RTX 5090$", 1792, 209.5, BLACKWELL_PAPER),
    _card("RTX A6000", r"RTX A6000", 768, 154.8, AMPERE_PAPER),
    _unchecked("RTX 6000 Ada", r"RTX 6000 Ada", 960, 364.2, ADA_6000_SHEET),
    _unchecked("RTX PRO 6000 server", r"RTX PRO 6000 Blackwell Server", 1597, 0, PRO_6000_SERVER_SHEET),
    _card("RTX PRO 6000", r"RTX PRO 6000 Blackwell", 1792, 0, PRO_6000_SHEET),
)


def card_of(name: str) -> Card | None:
    """The row of the card that the driver calls `name`; a slice of one (MIG) has no row."""
    if "MIG" in name:
        return None
    return next((card for card in CARDS if re.search(card.pattern, name.strip()[:200])), None)
