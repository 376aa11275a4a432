"""`python -m gateway.privacy.export_command ID…`: the gateway's part of `promobot customer export`, as JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from functools import partial
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from common.base_settings import PREFIX
from common.settings_file import load_settings_files
from gateway.conversations.database import open_database, upgrade_tables
from gateway.privacy.conversation_export import export_conversations
from gateway.settings import Settings


def main(words: list[str] | None = None) -> int:
    """Print the conversations; 1 with one line on stderr if the log cannot be opened."""
    parser = argparse.ArgumentParser(prog="python -m gateway.privacy.export_command", description="Conversations.")
    parser.add_argument("customer_ids", nargs="+", metavar="ID", help="identifiers of one person")
    arguments = parser.parse_args(words)
    load_settings_files()
    try:
        found = asyncio.run(_export(arguments.customer_ids))
    except (SQLAlchemyError, OSError) as error:
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        print(f"the conversation log cannot be opened: {reason}", file=sys.stderr)
        return 1
    print(json.dumps(found))
    return 0


async def _export(customer_ids: list[str]) -> dict[str, Any]:
    # The address alone: exporting needs none of the gateway's secrets.
    url = os.environ.get(f"{PREFIX}GATEWAY_DATABASE_URL", Settings.model_fields["gateway_database_url"].default)
    database = open_database(url)
    try:
        await upgrade_tables(database)
        return await database.read(partial(export_conversations, customer_ids=customer_ids))
    finally:
        await database.close()


if __name__ == "__main__":
    sys.exit(main())
