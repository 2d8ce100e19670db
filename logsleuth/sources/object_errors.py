"""What went wrong with an object store in, one line out that says what and what to do.

The texts of the library hold addresses, headers and whole answers: of these, only names of errors and a host are kept.
Answers of S3, GCS and Azure name their errors in an XML element, `<Code>NoSuchBucket</Code>`.
"""

from __future__ import annotations

import re
from typing import Final

from logsleuth.lazy import lazy

CODE: Final = lazy(r"<Code>(\w{1,60})</Code>")
STATUS: Final = lazy(r"status code: (\d{3})")
HOST: Final = lazy(r"\b(?:GET|HEAD|PUT|POST|PROPFIND) https?://(?:[^/@\s]*@)?([A-Za-z0-9.:\[\]-]{1,255})")
METADATA: Final = lazy(r"169\.254\.169\.254|169\.254\.170\.2|metadata\.google|token request", re.IGNORECASE)
CREDENTIALS: Final = {
    "s3": 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (of a profile: eval "$(aws configure export-credentials '
    '--format env)"), or AWS_SKIP_SIGNATURE=true for a public bucket',
    "gs": "set GOOGLE_APPLICATION_CREDENTIALS, or GOOGLE_SKIP_SIGNATURE=true for a public bucket",
    "az": "set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY, or AZURE_SKIP_SIGNATURE=true",
}
KINDS: Final = {"s3a": "s3", "abfs": "az", "abfss": "az", "azure": "az"}
REGION: Final = "the bucket is in another region: set AWS_REGION to its own"
BUCKET: Final = "there is no such bucket at this endpoint: check its name, AWS_ENDPOINT_URL and AWS_REGION"
CLOCK: Final = "the clock of this machine is wrong, so the store refuses what it signs: set the clock"
REFUSED: Final = "the store refuses the credentials: {creds}"
DENIED: Final = "access is denied: these credentials need to list the bucket and to get its objects; or {creds}"
UNNAMEABLE: Final = (
    "holds a name that cannot be read (empty parts, . or .., control characters): name a longer prefix, or a pattern"
)
CHANGED: Final = "was changed while it was read; what stands before was read: run it again when nothing writes to it"
CODES: Final = {
    "NoSuchBucket": BUCKET,
    "ContainerNotFound": BUCKET,
    "InvalidBucketName": BUCKET,
    "InvalidAccessKeyId": REFUSED,
    "SignatureDoesNotMatch": REFUSED,
    "InvalidToken": REFUSED,
    "ExpiredToken": "the credentials have expired: get new ones",
    "TokenRefreshRequired": "the credentials have expired: get new ones",
    "AuthenticationFailed": REFUSED,
    "RequestTimeTooSkewed": CLOCK,
    "PermanentRedirect": REGION,
    "AuthorizationHeaderMalformed": REGION,
    "IllegalLocationConstraintException": REGION,
    "InvalidObjectState": "is archived: restore it from its storage class first",
    "PreconditionFailed": CHANGED,
    "InvalidRange": CHANGED,
}
STATUSES: Final = {
    "301": REGION,
    "401": REFUSED,
    "403": DENIED,
    "404": "there is no such object",
    "412": CHANGED,
    "416": CHANGED,
    "429": "the store is asked too often and says so (429): try again later",
}
PHRASES: Final = (
    ("without LOCATION", REGION),
    ("Account must be specified", "no account is named: {creds}"),
    ("dns error", "the name of {host} is not known: check it and AWS_ENDPOINT_URL"),
    ("Connection refused", "{host} refuses connections: check the address and AWS_ENDPOINT_URL"),
    ("ConnectionRefused", "{host} refuses connections: check the address and AWS_ENDPOINT_URL"),
    ("ertificate", "{host} shows a certificate that is not trusted: SSL_CERT_FILE names those that are"),
    ("TimedOut", "{host} did not answer in time: check the network, and try again"),
    ("kind: Timeout", "{host} did not answer in time: check the network, and try again"),
    ("kind: Connect", "{host} cannot be reached: check the address, the network and AWS_ENDPOINT_URL"),
    ("InvalidMessage", "{host} does not speak TLS: check whether the endpoint is http:// or https://"),
    ("Content-Length", "{host} does not tell how long it is: fetch it and pipe it in"),
    ("invalid path", UNNAMEABLE),
    ("empty path segment", UNNAMEABLE),
    ("illegal character", UNNAMEABLE),
    ("invalid segment", UNNAMEABLE),
)
SILENCE: Final = lazy(r"dns error|onnection ?[Rr]efused|TimedOut|kind: (?:Timeout|Connect)")


def explained(error: Exception, root: str) -> str:
    """What `error`, which the library raised for the store `root`, means."""
    said = str(error)
    scheme = root.partition(":")[0]
    creds = CREDENTIALS.get(KINDS.get(scheme, scheme), "the server asks for a login that a URL cannot give")
    host = found[1] if (found := HOST.search(said)) else "the store"
    return _meaning(error, said).format(creds=creds, host=host)


def is_outage(error: Exception) -> bool:
    """Whether another request would fare no better: the store is silent, fails by itself, or knows no credentials."""
    said = str(error)
    if METADATA.search(said):
        return True
    if status := STATUS.search(said):
        return status[1] == "429" or status[1].startswith("5")
    return bool(SILENCE.search(said))


def _meaning(error: Exception, said: str) -> str:
    if METADATA.search(said):
        return "there are no credentials: {creds}"
    code, status = CODE.search(said), STATUS.search(said)
    if code and code[1] in CODES:
        return CODES[code[1]]
    if status and status[1] in STATUSES:
        return STATUSES[status[1]]
    for phrase, meaning in PHRASES:
        if phrase in said:
            return meaning
    if isinstance(error, FileNotFoundError):
        return STATUSES["404"]
    if status:
        return f"the store answers {status[1]}{f' ({code[1]})' if code else ''}, again and again: try again later"
    return f"the store cannot be read ({type(error).__name__})"
