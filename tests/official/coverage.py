"""Notes which calls of ouro-py were made, so that a call nobody tried is a failure and not an oversight."""

import functools

from ouro.resources.assets import Assets
from ouro.resources.comments import Comments
from ouro.resources.conversations import Conversations
from ouro.resources.datasets import Datasets
from ouro.resources.files import Files
from ouro.resources.money import Money
from ouro.resources.notifications import Notifications
from ouro.resources.organizations import Organizations
from ouro.resources.posts import Posts
from ouro.resources.quests import Quests
from ouro.resources.routes import Routes
from ouro.resources.services import Services
from ouro.resources.teams import Teams
from ouro.resources.users import Users

RESOURCES = [Assets, Comments, Conversations, Datasets, Files, Money, Notifications, Organizations, Posts, Quests, Routes,
             Services, Teams, Users]

# These make no request: they build content on the client's side.
LOCAL = {"Editor", "Content", "partial", "partial_from_bytes", "partial_from_file"}

CALLED = set()


def watch():
    """From here on every public call is noted."""
    for resource in RESOURCES:
        for name, function in list(vars(resource).items()):
            if callable(function) and not name.startswith("_") and not isinstance(function, (staticmethod, type)):
                setattr(resource, name, noted(resource, name, function))


def noted(resource, name, function):
    @functools.wraps(function)
    def call(*args, **kwargs):
        CALLED.add((resource.__name__, name))
        return function(*args, **kwargs)

    return call


def left_uncalled():
    """Public calls that make requests and were never made."""
    public = {(resource.__name__, name) for resource in RESOURCES for name, function in vars(resource).items()
              if callable(function) and not name.startswith("_") and name not in LOCAL}
    return sorted(".".join(call) for call in public - CALLED)
