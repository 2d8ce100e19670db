"""Streams of messages in, what `logsleuth watch` tells out; offsets follow the state."""
