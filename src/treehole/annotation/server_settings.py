"""What a local server is told when it starts: whom it serves, and what it keeps to itself."""

import os
from pathlib import Path

from treehole.annotation.connection import TOKEN_VARIABLE
from treehole.annotation.forms import annotation_folder

HOST = "127.0.0.1"
"""Nobody but this machine can reach it."""
EMAIL = "operator@localhost.local"
"""The first account; no mail is ever sent there."""

_PASSED_ON = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "DJANGO_DB")
_PASSED_ON_FAMILIES = ("LABEL_STUDIO_", "POSTGRE_")
"""What the server sees of the environment; it takes bare names such as PORT and DEBUG for its own.
"""
_SETTINGS = {
    "LABEL_STUDIO_COLLECT_ANALYTICS": "false",
    "LABEL_STUDIO_LATEST_VERSION_CHECK": "false",
    "LABEL_STUDIO_SENTRY_DSN": "",
    "LABEL_STUDIO_FRONTEND_SENTRY_DSN": "",
    "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
    "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
}
"""Nothing is told to anybody, and nobody signs up without a link."""

_DEFAULTS = {
    "LABEL_STUDIO_ALLOWED_HOSTS": f"{HOST},localhost",
    "LABEL_STUDIO_CORS_ALLOW_ALL_ORIGINS": "false",
}
"""Pages of other sites, open in the same browser, get nothing from it."""

ACCOUNT = """
import json, os, sys
import label_studio
sys.path.insert(0, os.path.dirname(label_studio.__file__))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "label_studio.core.settings.label_studio")
import django
django.setup()
from django.db import transaction
from organizations.models import Organization
from rest_framework.authtoken.models import Token
from users.models import User
told = json.load(sys.stdin)
with transaction.atomic():
    user = User.objects.filter(email=told["email"]).first()
    if user is None:
        user = User.objects.create_superuser(told["email"], told["password"])
    elif told["renew"]:
        user.set_password(told["password"])
    organization = Organization.objects.first() or Organization.create_organization(
        created_by=user, title="Label Studio"
    )
    organization.add_user(user)
    organization.jwt.legacy_api_tokens_enabled = True
    organization.jwt.save()
    user.is_active = True
    user.active_organization = organization
    user.save()
    Token.objects.filter(user=user).delete()
    Token.objects.create(user=user, key=told["token"])
"""
"""Run by the server's own Python: makes the account, or gives it the token that we have."""


def variables(data: Path) -> dict[str, str]:
    """The environment of the server's process.

    Args:
        data: Where its database and files are.
    """
    passed_on = {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or name.startswith(_PASSED_ON_FAMILIES)
    }
    passed_on.pop(TOKEN_VARIABLE, None)
    ours = {**_SETTINGS, "LABEL_STUDIO_BASE_DATA_DIR": str(data.resolve())}
    keymap = annotation_folder() / "keymap.json"
    if keymap.is_file():
        ours["LABEL_STUDIO_EDITOR_KEYMAP"] = keymap.read_text("utf-8")
    return {**_DEFAULTS, **passed_on, **ours, "PYTHONUNBUFFERED": "1"}
