"""The words of the reports themselves, in both languages."""

from __future__ import annotations

from typing import Final

from logsleuth.model import Role, Severity, Verdict, Words

VERDICTS: Final = {
    Verdict.INCIDENT: Words(en="Incident", zh="发生故障"),
    Verdict.DEGRADED: Words(en="Works, but worse than it should", zh="可以工作，但性能下降"),
    Verdict.HEALTHY: Words(en="Healthy: nothing found that broke", zh="健康：没有发现故障"),
}
ROLES: Final = {
    Role.ROOT: Words(en="first cause", zh="首要原因"),
    Role.CONSEQUENCE: Words(en="consequence", zh="后果"),
    Role.PERF: Words(en="performance", zh="性能"),
    Role.NOTICE: Words(en="notice", zh="提示"),
    Role.WRAPPER: Words(en="consequence", zh="后果"),
}
SEVERITIES: Final = {
    Severity.CRITICAL: Words(en="critical", zh="致命"),
    Severity.ERROR: Words(en="error", zh="错误"),
    Severity.WARNING: Words(en="warning", zh="警告"),
    Severity.INFO: Words(en="info", zh="信息"),
}
SURE: Final = Words(en="sure", zh="把握")
EVIDENCE: Final = Words(en="Evidence", zh="证据")
CAUSES: Final = Words(en="Likely causes", zh="可能原因")
REMEDIES: Final = Words(en="What to do", zh="处理办法")
EXPLAINS: Final = Words(en="Explains", zh="由此引起")
SEEN: Final = Words(en="Seen", zh="出现")
TIMES: Final = Words(en="times", zh="次")
FACTS: Final = Words(en="Facts", zh="事实")
MORE: Final = Words(en="Also", zh="另外")
AFTER: Final = Words(en="Follows from", zh="源于")
DESTRUCTIVE: Final = Words(en="deletes or stops something: check first", zh="会删除或停止某些东西：请先确认")
ONLY: Final = Words(en="only for", zh="仅适用于")
REFERENCES: Final = Words(en="Read more", zh="参考")
READ: Final = Words(en="Read", zh="已读取")
LINES: Final = Words(en="lines", zh="行")
SOURCES: Final = Words(en="sources", zh="个来源")
ERRORS: Final = Words(en="errors", zh="条错误")
WARNINGS: Final = Words(en="warnings", zh="条警告")
TEMPLATES: Final = Words(en="templates", zh="个模板")
ENVIRONMENT: Final = Words(en="Environment", zh="环境")
NOTICES: Final = Words(en="About the reading", zh="读取说明")
NOT_SHOWN: Final = Words(en="more; --format json has them all", zh="项未显示；--format json 给出全部")
WHAT_HAPPENED: Final = Words(en="What happened", zh="发生了什么")
STEPS: Final = Words(en="How to reproduce, and what was tried", zh="复现步骤与已尝试的办法")
FILL_IN: Final = Words(en="(to be filled in)", zh="（待填写）")
