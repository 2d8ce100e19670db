"""The words of a comparison of two runs, in both languages."""

from __future__ import annotations

from typing import Final

from logsleuth.model import Words
from logsleuth.report.phrases import Noun

DIFFERENT: Final = Words(en="The runs differ", zh="两次运行有差异")
ALIKE: Final = Words(en="No relevant difference", zh="没有值得注意的差异")
DIVERGENCE: Final = Words(en="First divergence", zh="首个分歧点")
NEW_DIAGNOSES: Final = Words(en="New diagnoses", zh="新出现的诊断")
GONE_DIAGNOSES: Final = Words(en="Diagnoses of the good run alone", zh="仅正常运行中有的诊断")
SETTINGS: Final = Words(en="Changed configuration", zh="配置与版本的变化")
APPEARED: Final = Words(en="Only in the bad run", zh="仅异常运行中有")
MISSING: Final = Words(en="Missing in the bad run", zh="异常运行中缺失")
CHANGED: Final = Words(en="Changed in rate", zh="频率有变化")
GOOD: Final = Words(en="good", zh="正常")
BAD: Final = Words(en="bad", zh="异常")
AFTER: Final = Words(en="after", zh="之前一步")
EXPECTED: Final = Words(en="the good run went on with", zh="正常运行接下来是")
SKIPPED: Final = Words(en="known, but too early: left out before it", zh="内容已知但出现过早：此前缺少")
REACHED: Final = Words(en="The bad run got as far as", zh="异常运行到达")
TO_EXPECT: Final = Words(en="to be expected", zh="预期")
NOT_TOLD: Final = Words(en="(not told)", zh="（未记录）")
STEPS: Final = Noun(one="step of the good run", many="steps of the good run", zh="个正常运行中的步骤")
