"""Watches logs that go on. In: blocks and the time. Out: events about incidents, alerts, a state to go on from."""
