"""Accepts the entries named on standard input, one after the other, and prints how many seconds that took.

The official SDK in a plain loop, as its documentation shows it; what `reviewing.rs` measures the desk against.
"""

import sys
import time

from ouro import Ouro

quest = sys.argv[1]
entries = sys.stdin.read().split()
client = Ouro()
begun = time.monotonic()
for entry in entries:
    client.quests.review_entry(quest, entry, status="accepted")
print(time.monotonic() - begun)
