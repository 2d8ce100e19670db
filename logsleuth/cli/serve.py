"""`logsleuth serve`: take what log shippers send, and show what broke."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from logsleuth.cli.choices import Body
from logsleuth.cli.options import Patterns, WebhookSecret
from logsleuth.wording import Language

HELP: Final = """Take logs from shippers, analyse them, and show incidents.

\b
logsleuth serve
logsleuth serve --data /var/lib/logsleuth --host 0.0.0.0

Every shipper's protocol is taken on the one port, at its usual path and below
/s/NAME/. What was answered with success is on disk. Once there is a token
('logsleuth token new'), everybody needs one. SIGTERM ends the service in
order. All options can stand in the table [serve] of the user's file.

Exit status: 0 after SIGTERM or Ctrl-C, 2 where it could not start.
"""


def serve(
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="Where everything is kept; else in the user's state.")
    ] = None,
    host: Annotated[
        str | None, typer.Option("--host", metavar="ADDRESS", help="Where to listen; 127.0.0.1 if nothing is said.")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", "-p", min=0, max=65535, help="The port, 0 for any that is free; 8514.")
    ] = None,
    tokens: Annotated[
        Path | None, typer.Option("--tokens", metavar="FILE", help="The tokens, if not DIR/tokens.json.")
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option("--allow-host", metavar="NAME", help="Without tokens: also answer to this name; may repeat."),
    ] = None,
    cert: Annotated[
        Path | None, typer.Option("--cert", metavar="FILE", help="Serve TLS with this certificate.")
    ] = None,
    key: Annotated[Path | None, typer.Option("--key", metavar="FILE", help="Its private key.")] = None,
    client_ca: Annotated[
        Path | None, typer.Option("--client-ca", metavar="FILE", help="Let in only certificates of this authority.")
    ] = None,
    no_redact: Annotated[bool, typer.Option("--no-redact", help="Keep secrets that are found in lines.")] = False,
    retention_days: Annotated[
        float | None, typer.Option("--retention-days", min=0, help="Keep lines for so long; 30.")
    ] = None,
    retention_gb: Annotated[
        float | None, typer.Option("--retention-gb", min=0, help="Keep so many lines, in 10^9 bytes; 20.")
    ] = None,
    webhook: Annotated[
        list[str] | None, typer.Option("--webhook", metavar="URL", help="Post incidents there; may repeat.")
    ] = None,
    body: Annotated[Body | None, typer.Option("--webhook-format", help="The body of what is posted.")] = None,
    secret: WebhookSecret = None,
    syslog_tcp: Annotated[
        str | None, typer.Option("--syslog-tcp", metavar="HOST:PORT", help="Take syslog over TCP there.")
    ] = None,
    syslog_udp: Annotated[
        str | None, typer.Option("--syslog-udp", metavar="HOST:PORT", help="Take syslog over UDP there.")
    ] = None,
    syslog_open: Annotated[
        bool, typer.Option("--syslog-open", help="Take syslog from other machines too: it knows no tokens.")
    ] = False,
    lang: Annotated[Language | None, typer.Option("--lang", help="The language of pages and messages.")] = None,
    patterns: Patterns = None,
) -> None:
    """Take logs from shippers, analyse them, and show incidents."""
    from logsleuth.cli.service import run
    from logsleuth.serve_table import ServeTable

    wish = ServeTable(
        data=data,
        host=host,
        port=port,
        tokens=tokens,
        hosts=tuple(allow_host or ()),
        cert=cert,
        key=key,
        client_ca=client_ca,
        redact=False if no_redact else None,
        retention_days=retention_days,
        retention_gb=retention_gb,
        webhooks=tuple(webhook or ()),
        webhook_format=body.value if body else None,
        webhook_secret=secret,
        syslog_tcp=syslog_tcp,
        syslog_udp=syslog_udp,
        syslog_open=True if syslog_open else None,
    )
    run(wish, language=lang.value if lang else None, patterns=tuple(patterns or ()))
