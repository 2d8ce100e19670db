"""The words of the pages, in both languages."""

from __future__ import annotations

from typing import Final

from logsleuth.live.events import REASON
from logsleuth.model import Words


def _table(rows: str) -> dict[str, Words]:
    """Lines of `key | English | Chinese`."""
    parts = (line.split("|") for line in rows.strip().splitlines())
    return {key.strip(): Words(en=en.strip(), zh=zh.strip()) for key, en, zh in parts}


TEXTS: Final = _table("""
overview | Overview | 概览
incidents | Incidents | 故障
templates | Templates | 日志模板
search | Search | 搜索
sources | Sources | 来源
signatures | Signatures | 特征目录
analyze | Analyze | 分析
skip | Skip to the content | 跳到正文
menu | Pages | 页面
other_language | 中文 | English
live | live | 实时
not_live | not live | 未连接
new_incident | A new incident: | 新故障：
open | open | 未解决
resolved | resolved | 已解决
open_incidents | Open incidents | 未解决的故障
nothing_open | Nothing is broken. | 当前没有故障。
nothing_open_more | New incidents appear here by themselves. | 新故障会自动出现在这里。
nothing_sent | No logs have come yet. | 还没有收到日志。
how_to_send | Point a shipper here, for example with: | 让日志采集器指向这里，例如：
recently_resolved | Lately resolved | 最近解决
critical | critical | 严重
error | error | 错误
warning | warning | 警告
info | info | 信息
all_well | all well | 一切正常
severity | Severity | 级别
what | What | 现象
where | Where | 位置
seen | Seen | 时间
count | Count | 次数
times | times | 次
status | Status | 状态
state | State | 状态
who | Who | 处理人
nobody | nobody yet | 无人处理
acknowledged | acknowledged | 已确认
acknowledged_by | acknowledged by | 已确认：
not_acknowledged | not acknowledged | 未确认
resolved_by | resolved by | 解决人：
by_itself | by itself | 自行恢复
timeline | Timeline | 时间线
window | Window | 时间范围
lines_per_bin | lines | 行数
warnings_errors | warnings and errors | 警告与错误
all_lines | all lines | 所有行
at_most | at most | 最多
chart_incidents | incidents, as long as each was open | 故障及其持续时间
no_lines_in_window | No lines in this time. | 该时段没有日志。
health | Ingest | 接收
ready | takes logs | 正在接收日志
not_ready | takes no logs | 未接收日志
worker_up | analysis runs | 分析进程正常
worker_down | analysis is down | 分析进程已停
lag | not analysed yet | 待分析
spool | spool | 缓冲
lines | lines | 行
lines_last_5 | lines in the last 5 minutes | 行（最近 5 分钟）
bytes | bytes | 字节
refused | refused requests | 个被拒绝的请求
set_aside | batches set aside: the analysis did not get over them | 批无法分析，已搁置
more | more | 更多
all_incidents | All incidents | 全部故障
all_sources | All sources | 全部来源
all_templates | All templates | 全部模板
filter | Filter | 筛选
reset | Reset | 重置
any | any | 任意
class | Class | 类别
node | Node | 节点
source | Source | 来源
tenant | Tenant | 租户
since | Since | 从
until | Until | 到
since_hint | 15m, 1h, 2d or a time in UTC | 15m、1h、2d 或 UTC 时间
none_match | No incident matches. | 没有符合条件的故障。
next | Next page | 下一页
first_page | First page | 第一页
confidence | sure | 把握
summary | Summary | 摘要
cause_chain | What led to what | 因果链
cause | cause | 原因
this | this incident | 本故障
consequences | leads to | 引发
elsewhere | its cause stands elsewhere | 其原因在别处
evidence | Evidence | 证据
evidence_hint | marked lines are the proof, the others stand around them | 标记的行是证据，其余为上下文
not_kept | The lines around are no longer kept. | 上下文已不再保留。
affected | Affected | 受影响者
process | Process | 进程
pid | PID | PID
rank | Rank | Rank
facts | Facts | 事实
remedies | What to do | 怎么办
likely_causes | Likely causes | 可能原因
only_for | only for | 仅适用于
destructive | deletes or stops something: check first | 会删除或停止某些东西：请先确认
copy | copy | 复制
copied | copied | 已复制
probe | Probe | 探测
neighbours | Around the same time | 同一时间附近
no_neighbours | Nothing else within ten minutes. | 前后十分钟内没有其他故障。
history | History | 历史
notes | Notes | 备注
note | Note | 备注
no_notes | No notes. | 还没有备注。
add_note | Add the note | 添加备注
do_acknowledge | Acknowledge | 确认
do_resolve | Resolve | 标记为已解决
do_reopen | Reopen | 重新打开
references | Read more | 参考
first_seen | first | 首次
last_seen | last | 最近
opened | opened | 出现
updated | updated | 更新
noted | wrote a note | 写了备注
resolved-by-hand | resolved by hand | 手动解决
reopened | reopened | 重新打开
by | by | 操作人：
reason | because | 原因：
read_only | You may read, but not decide: the token lacks the right 'manage'. | 您只有读取权限：令牌缺少 manage 权限。
top | Most frequent | 最频繁
new | New | 新出现
new_since | New since | 新出现于
level | Level | 级别
template | Template | 模板
first_line | First line | 首行
rate | Rate | 频率
last_hours | last 2 hours | 最近 2 小时
contains | Contains | 包含
blank | (blank lines) | （空行）
no_templates | No templates. | 没有模板。
find | Find | 查找
text | Text | 文本
is_pattern | as an expression | 作为正则表达式
search_hint | a text, exactly as in the line | 与日志行完全一致的文本
no_hits | Nothing found. | 没有找到。
searched | searched | 已搜索
go_on | Go on searching | 继续搜索
ask_search | Searches the kept lines, the newest first. | 从最新的行开始，搜索保留的日志。
no_sources | No sources. | 没有来源。
last_line | Last line | 最后一行
report | Report | 报告
report_of | Report on this source | 此来源的报告
report_hint | runs the whole analysis over the kept lines | 对保留的日志运行完整分析
last_lines | Last lines | 最后几行
lines_around | Lines around | 附近的行
older | older | 更早
newer | newer | 更新的
samples | What it looks like | 日志中的样子
not_this | What it is not | 容易混淆的情况
related | Related | 相关特征
explains | explains | 会引发
explained_by | explained by | 可能的起因
loses_to | gives way to | 让位于
check_next | Where to look next | 接下来看哪里
upload | Upload logs | 上传日志
upload_hint | Plain, gzip, zstd or an archive, up to 256 MiB. Nothing is kept. | 纯文本、gzip、zstd 或归档，最大 256 MiB
files | Files | 文件
run | Analyze | 开始分析
verdict | Verdict | 结论
incident | Incident | 发生故障
degraded | Works, but worse than it should | 可以工作，但性能低于应有水平
healthy | Healthy: nothing found that broke | 健康：没有发现故障
environment | Environment | 环境
notices | About the reading | 读取说明
also_found | Also found | 另外发现
as_json | JSON | JSON
as_markdown | Markdown | Markdown
as_text | Text | 文本
problem | This cannot be shown | 无法显示
back | Back to the overview | 返回概览
role_root | cause | 原因
role_perf | performance | 性能
role_consequence | consequence | 后果
role_wrapper | consequence | 后果
role_notice | notice | 提示
nearest | Most like it | 最相近的特征
""")


def reason(key: str, language: str) -> str:
    """Why an incident changed."""
    words = REASON.get(key)
    return words.in_language(language) if words else key


def text(key: str, language: str) -> str:
    """The words of a key; raises KeyError for one that there is not."""
    return TEXTS[key].in_language(language)
