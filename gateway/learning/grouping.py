"""Groups what was not answered, and puts the groups in place of the open suggestions."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from pathlib import Path

from gateway.admin.language.training_files import TrainingFiles
from gateway.conversations.audit.audit_log import AuditEntry
from gateway.conversations.conversation_log import ConversationLog
from gateway.conversations.learn import suggestions
from gateway.conversations.learn.unanswered import unanswered
from gateway.learning.help_questions import read_articles
from gateway.learning.proposals import groups

CONVERSATIONS, MESSAGES = 700, 1000
"""What one grouping reads: the newest conversations with a message that was not understood, and their messages."""


async def group_unanswered(
    log: ConversationLog, training: TrainingFiles, help_folders: tuple[Path, ...], *, days: int, entry: AuditEntry
) -> int:
    """Group the messages of the last days; how many suggestions are open. Raises Unavailable."""
    since = entry.at - timedelta(days=days)
    left = await log.read(partial(unanswered, since=since, conversations=CONVERSATIONS, most=MESSAGES))
    articles = {article_id: questions for article_id, (_, questions) in read_articles(help_folders).items()}
    known = frozenset(training.titles())  # small talk has no title: it is what nothing is taken for
    found = await asyncio.to_thread(groups, left, known=known, articles=articles)
    return await log.write(partial(suggestions.replace_open, groups=found, entry=entry))
