"""Runs every check against a fresh `questdesk serve`, prints what fails, and how many passed and failed."""

import asyncio
import logging
import os
import sys
import time
import traceback

# A developer's own settings must not lead a check to another server.
for name in [name for name in os.environ if name.startswith("OURO_")]:
    del os.environ[name]

import coverage  # noqa: E402

coverage.watch()

import sdk_assets  # noqa: E402, F401
import sdk_people  # noqa: E402, F401
import sdk_quests  # noqa: E402, F401
from mcp_tools import drive  # noqa: E402
from world import CHECKS, World  # noqa: E402


def where(error):
    """The line of ours that failed, without the place of this folder."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if os.path.dirname(frame.filename) == os.path.dirname(os.path.abspath(__file__))]
    return f"{os.path.basename(ours[-1].filename)}:{ours[-1].lineno}: {ours[-1].line}" if ours else "?"


def main():
    logging.disable(logging.CRITICAL)
    began = time.monotonic()
    only = sys.argv[2:]
    passed, failed = [], []

    def report(name, error):
        (failed if error else passed).append(name)
        if error:
            while isinstance(error, BaseExceptionGroup):
                error = error.exceptions[0]
            print(f"FAILED {name}\n  {where(error)}\n  {type(error).__name__}: {error}")

    world = World(sys.argv[1])
    try:
        for check in CHECKS:
            if only and check.__name__ not in only:
                continue
            name = f"ouro-py: {check.__name__}"
            try:
                check(world)
                report(name, None)
            except Exception as error:
                report(name, error)
        if not only:
            left = coverage.left_uncalled()
            report("ouro-py: every call", AssertionError(f"never called: {', '.join(left)}") if left else None)
        if not only or "mcp" in only:
            asyncio.run(drive(world, report))
    finally:
        world.stop()
    print(f"official clients: {len(passed)} passed, {len(failed)} failed in {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
