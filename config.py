"""Settings, read from the environment. Every setting has one name, one default and one meaning."""

import os
import secrets
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent


def _home() -> Path:
    return Path(os.environ.get("PORTAL_HOME", ROOT / "var"))


def _kept_secret(name: str, home: Path) -> str:
    """Return the secret of ``name``, made on first use and kept, for development only."""
    file = home / f"{name.lower()}.txt"
    if not file.exists():
        home.mkdir(parents=True, exist_ok=True)
        temporary = file.with_suffix(f".{os.getpid()}")
        temporary.write_text(secrets.token_urlsafe(32), encoding="utf-8")
        temporary.chmod(0o600)
        try:
            os.link(temporary, file)  # the first process wins; nobody reads half a secret
        except FileExistsError:
            pass
        temporary.unlink()
    return file.read_text(encoding="utf-8")


def _needed(name: str, env: str) -> str:
    """Return what the environment says; only outside production may it say nothing."""
    value = os.environ.get(name, "")
    if not value and env == "production":
        raise RuntimeError(f"Set {name}: production does not start without it.")
    return value


def _secret(name: str, env: str, home: Path) -> str:
    return _needed(name, env) or _kept_secret(name, home)


def _listed(name: str) -> list[str]:
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


def _database_url(home: Path) -> str:
    url = os.environ.get("DATABASE_URL") or f"sqlite:///{home / 'hallmark.db'}"
    for plain in ("postgres://", "postgresql://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url


def settings(overrides: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the settings of one portal: the environment's, then ``overrides``.

    PORTAL_ENV        development (default), testing or production
    PORTAL_HOME       folder of the embedded database, files and secrets (./var)
    PORT              port of the web process (8080)
    DATABASE_URL      SQLite file in PORTAL_HOME, or postgresql://…
    REDIS_URL         queue on Redis; otherwise in an SQLite file in PORTAL_HOME
    STORAGE_URL       local folder in PORTAL_HOME, or s3://bucket/prefix?endpoint_url=…
    MAIL_URL          smtp://user:password@host:port?starttls=1; empty keeps letters in the portal
    MAIL_FROM         sender of letters
    MAIL_DOMAIN       domain of registrations@ and other senders by purpose; that of MAIL_FROM
    BOUNCE_MAIL_URL   mailbox of bounces+…@MAIL_DOMAIN, where letters to learners come back to:
                      imaps://user:password@host/INBOX, imap://…?starttls=1 or maildir:///folder
    BOUNCE_SECRET     what a mail service proves itself with at /mail/bounces; empty: no such page
    GATEWAY_URL       address of the built-in test gateway, and GATEWAY_SECRET that it signs with
    STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET, STRIPE_API_BASE   card payment by Stripe Checkout
    PUBLIC_URL        every link is made from it, never from the Host header
    TRUSTED_HOSTS     names this portal answers to, comma separated; TRUSTED_PROXIES how many
                      proxies stand before it
    JOB_LEASE         seconds that a worker may be silent before its job goes to another (120)
    SECRET_KEY        signs sessions and tokens; made and kept in PORTAL_HOME outside production
    SEAL_KEYS         seals PDFs: an RSA key with its certificate, then earlier certificates
    CREDENTIAL_KEYS   signs credentials and QR codes: an Ed25519 key, then earlier public keys.
                      Both are PEM texts, or names of PEM files with commas between; the first
                      private key is the current one. Outside production keys are made and kept
                      in PORTAL_HOME/keys, and `flask portal rotate-keys` makes new ones
    """
    env = os.environ.get("PORTAL_ENV", "development")
    home = _home()
    port = int(os.environ.get("PORT", "8080"))
    public = os.environ.get("PUBLIC_URL", f"http://localhost:{port}").rstrip("/")
    values: dict[str, Any] = {
        "PORTAL_ENV": env,
        "PORTAL_HOME": home,
        "PORT": port,
        "DATABASE_URL": _database_url(home),
        "REDIS_URL": os.environ.get("REDIS_URL", ""),
        "STORAGE_URL": os.environ.get("STORAGE_URL", ""),
        "MAIL_URL": os.environ.get("MAIL_URL", ""),
        "MAIL_FROM": os.environ.get("MAIL_FROM", "no-reply@hallmark.example"),
        "MAIL_DOMAIN": os.environ.get("MAIL_DOMAIN", ""),
        "BOUNCE_MAIL_URL": os.environ.get("BOUNCE_MAIL_URL", ""),
        "BOUNCE_SECRET": os.environ.get("BOUNCE_SECRET", ""),
        "GATEWAY_URL": os.environ.get("GATEWAY_URL", "http://localhost:8081"),
        "STRIPE_SECRET_KEY": os.environ.get("STRIPE_SECRET_KEY", ""),
        "STRIPE_WEBHOOK_SECRET": os.environ.get("STRIPE_WEBHOOK_SECRET", ""),
        "STRIPE_API_BASE": os.environ.get("STRIPE_API_BASE", ""),
        "PUBLIC_URL": public,
        "TRUSTED_HOSTS": _listed("TRUSTED_HOSTS") or None,
        "TRUSTED_PROXIES": int(os.environ.get("TRUSTED_PROXIES", "0")),
        "JOB_LEASE": float(os.environ.get("JOB_LEASE", "120")),
    }
    values.update(overrides or {})
    values.setdefault("SECRET_KEY", _secret("SECRET_KEY", values["PORTAL_ENV"], home))
    for name in ("SEAL_KEYS", "CREDENTIAL_KEYS"):
        values.setdefault(name, _needed(name, values["PORTAL_ENV"]))
    if values["STRIPE_SECRET_KEY"] or values["PORTAL_ENV"] == "production":
        values.setdefault("GATEWAY_SECRET", "")  # the test gateway is not used
    else:
        secret = _secret("GATEWAY_SECRET", values["PORTAL_ENV"], home)
        values.setdefault("GATEWAY_SECRET", secret)
    return values | _of_extensions(values)


def _of_extensions(values: dict[str, Any]) -> dict[str, Any]:
    """Return what the extensions want to be told, in their own names."""
    secure = values["PUBLIC_URL"].startswith("https://")
    return {
        "SQLALCHEMY_DATABASE_URI": values["DATABASE_URL"],
        "FAB_ROLES": {"Admin": []},
        "FAB_CREATE_DB": False,
        "FAB_UPDATE_PERMS": False,
        "FAB_ADD_SECURITY_VIEWS": False,
        "FAB_BASE_TEMPLATE": "portal/base.html",
        "FAB_API_SWAGGER_UI": False,
        "FAB_SAFE_REDIRECT_HOSTS": [],
        "APP_NAME": "Hallmark",
        "LANGUAGES": {"en": {"flag": "gb", "name": "English"}},
        "BABEL_DEFAULT_LOCALE": "en",
        "WTF_CSRF_TIME_LIMIT": None,
        "SESSION_COOKIE_NAME": "hallmark",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": secure,
        "PERMANENT_SESSION_LIFETIME": 12 * 3600,
        "MAX_CONTENT_LENGTH": 60 * 1024 * 1024,
        "RATELIMIT_ENABLED": False,  # our limits are counted in the database
    } | {key: value for key, value in values.items() if key.isupper()}
