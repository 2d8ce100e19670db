"""The words of the reports themselves, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from logsleuth.model import Outcome, Role, Verdict, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """Something that is counted."""

    one: str
    many: str
    zh: str

    def counted(self, number: int, language: str) -> str:
        """`1 line`, `2,000 lines`, or the same in Chinese."""
        if language == "zh":
            return f"{number:,} {self.zh}"
        return f"{number:,} {self.one if number == 1 else self.many}"


LINE: Final = Noun(one="line", many="lines", zh="行")
SOURCE: Final = Noun(one="source", many="sources", zh="个来源")
ERROR: Final = Noun(one="error line", many="error lines", zh="条错误")
WARNING: Final = Noun(one="warning", many="warnings", zh="条警告")
TIME: Final = Noun(one="time", many="times", zh="次")
CAUSE: Final = Noun(one="first cause", many="first causes", zh="个首要原因")
ALIKE: Final = Noun(one="more like it", many="more like it", zh="行类似")
MORE: Final = Noun(one="more", many="more", zh="项未显示")

VERDICTS: Final = {
    Verdict.INCIDENT: Words(en="Incident", zh="发生故障"),
    Verdict.DEGRADED: Words(en="Works, but worse than it should", zh="可以工作，但性能低于应有水平"),
    Verdict.HEALTHY: Words(en="Healthy: nothing found that broke", zh="健康：没有发现故障"),
}
EMPTY: Final = Words(en="Nothing to judge: what was read is empty", zh="无从判断：读到的内容为空")
LIKELIEST_FIRST: Final = Words(en="the likeliest first", zh="最可能的在前")
CAUSE_ELSEWHERE: Final = Words(
    en="the log shows what followed; the cause is not in it", zh="日志只记录了后果，原因不在其中"
)
LOOK_ELSEWHERE: Final = Words(
    en="This only reports that something else failed. Add the logs of the other processes, ranks and nodes, "
    "and the kernel log, of the minutes before: logsleuth analyze FILE FILE...",
    zh="这只说明别处已经出错。请一并分析其他进程、rank、节点以及内核此前几分钟的日志：logsleuth analyze FILE FILE...",
)
NOT_KNOWN: Final = Words(
    en="No signature knows this failure yet. The lines above are where to start; --format issue writes a bug report.",
    zh="特征目录还不认识这个故障。请从上面几行入手；--format issue 可生成问题报告。",
)
UNKNOWN: Final = Words(en="Unknown failure", zh="未知故障")
NO_KNOWN_AMONG: Final = Words(
    en="no known failure among them; --format json lists their kinds",
    zh="其中没有已知故障；--format json 按模板列出",
)
ROLES: Final = {
    Role.ROOT: Words(en="cause", zh="原因"),
    Role.CONSEQUENCE: Words(en="consequence", zh="后果"),
    Role.PERF: Words(en="performance", zh="性能"),
    Role.NOTICE: Words(en="notice", zh="提示"),
    Role.WRAPPER: Words(en="consequence", zh="后果"),
}
COLON: Final = Words(en=": ", zh="：")
SURE: Final = Words(en="sure", zh="把握")
UNTIL: Final = Words(en="to", zh="至")
EVIDENCE: Final = Words(en="Evidence", zh="证据")
SAME_AT: Final = Words(en="the same at", zh="相同内容另见")
CAUSES: Final = Words(en="Likely causes", zh="可能原因")
PROBE: Final = Words(en="On this machine", zh="在本机上")
REMEDIES: Final = Words(en="What to do", zh="处理办法")
EXPLAINS: Final = Words(en="Explains", zh="由此引起")
ALSO: Final = Words(en="Also found", zh="另外发现")
DESTRUCTIVE: Final = Words(en="deletes or stops something: check first", zh="会删除或停止某些东西：请先确认")
ONLY: Final = Words(en="only for", zh="仅适用于")
REFERENCES: Final = Words(en="Read more", zh="参考")
ENVIRONMENT: Final = Words(en="Environment", zh="环境")
IN_JSON: Final = Words(en="--format json has them all", zh="--format json 给出全部")
NOTICES: Final = Words(en="About the reading", zh="读取说明")

YOUR_ENVIRONMENT: Final = Words(en="Your current environment", zh="当前环境")
CONFIGURATION: Final = Words(en="Configuration", zh="配置")
BUG: Final = Words(en="Describe the bug", zh="问题描述")
STEPS: Final = Words(en="How to reproduce, and what was tried", zh="复现步骤与已尝试的办法")
TO_DO: Final = Words(
    en="(to be filled in: the command that was run, what was expected, what was tried)",
    zh="（待填写：所运行的命令、预期结果、已尝试的办法）",
)
ADD_ENVIRONMENT: Final = Words(
    en="(read from the log; add the output of `vllm collect-env`)", zh="（读自日志；请补充 `vllm collect-env` 的输出）"
)
BEFORE_POSTING: Final = Words(
    en="Written by logsleuth from a log: remove what must not become public before posting.",
    zh="由 logsleuth 根据日志生成：发布前请删除不宜公开的内容。",
)
NEAREST: Final = Words(en="Most like it are (logsleuth explain ID)", zh="最相近的特征（logsleuth explain ID）")

SHARED: Final = Noun(one="shared event", many="shared events", zh="个共同事件")
CLOCK_ZONE: Final = Words(en="another time zone; ", zh="时区不同；")
CLOCK_AHEAD: Final = Words(
    en="{source}: its clock runs {by} ahead of that of {reference} ({zone}{known} agree within {spread}); "
    "the order of what happened allows for it",
    zh="{source}：其时钟比 {reference} 快 {by}（{zone}{known}，相差不超过 {spread}）；先后顺序已据此校正",
)
CLOCK_BEHIND: Final = Words(
    en="{source}: its clock runs {by} behind that of {reference} ({zone}{known} agree within {spread}); "
    "the order of what happened allows for it",
    zh="{source}：其时钟比 {reference} 慢 {by}（{zone}{known}，相差不超过 {spread}）；先后顺序已据此校正",
)
OUTCOMES: Final = {
    Outcome.CONFIRMED: Words(en="confirmed", zh="已复现"),
    Outcome.REFUTED: Words(en="refuted", zh="已排除"),
    Outcome.INCONCLUSIVE: Words(en="inconclusive", zh="无法判定"),
    Outcome.SKIPPED: Words(en="skipped", zh="已跳过"),
}
