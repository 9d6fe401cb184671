"""Every page is guarded, or is on the short list of pages that anyone may open."""

import pytest

from app.domain.kernel.permissions import Permission

OPEN_TO_ALL = {
    "static": "style, script and pictures",
    "appbuilder.static": "files of Flask-AppBuilder, of which no page uses any",
}
"""Endpoints of others; a handler of ours says itself why it is open."""


def said_by(handler, name):
    """Return what a decorator noted on a handler, through wrappers and bound methods."""
    while handler is not None:
        found = getattr(handler, name, None)
        if found is not None:
            return found
        handler = getattr(handler, "__wrapped__", None)
    return None


def guard_of(portal, endpoint):
    """Return the permission that an endpoint asks for, from the handler or from its class."""
    handler = portal.view_functions[endpoint]
    attribute = said_by(handler, "guarded_by")
    if attribute is not None:
        views = {type(view).__name__: view for view in portal.appbuilder.baseviews}
        return getattr(views[endpoint.partition(".")[0]], attribute)
    return said_by(handler, "required_permission")


def is_open(portal, endpoint):
    """Tell whether an endpoint needs nobody signed in."""
    reason = said_by(portal.view_functions[endpoint], "open_to")
    return endpoint in OPEN_TO_ALL or (reason is not None and reason != "everybody signed in")


def test_every_route_is_guarded_or_open_on_purpose(portal):
    bare = sorted(
        endpoint
        for endpoint, handler in portal.view_functions.items()
        if endpoint not in OPEN_TO_ALL
        and said_by(handler, "open_to") is None
        and not isinstance(guard_of(portal, endpoint), Permission)
    )
    assert not bare


def test_every_guard_is_of_the_views_own_resource(portal):
    """FAB deletes permissions that a view of the resource does not list."""
    views = {type(view).__name__: view for view in portal.appbuilder.baseviews}
    for endpoint in portal.view_functions:
        permission = guard_of(portal, endpoint) if endpoint not in OPEN_TO_ALL else None
        view = views.get(endpoint.partition(".")[0])
        if permission is not None and view is not None:
            assert f"can_{permission.action}" in view.base_permissions or (
                permission.resource != view.class_permission_name
            ), endpoint


def test_the_open_list_names_only_what_exists(portal):
    assert set(OPEN_TO_ALL) <= set(portal.view_functions)


def test_no_page_of_flask_appbuilder_is_served(portal):
    """Its screens leak rows and look otherwise; only what serves its files remains."""
    own = {"static", "appbuilder.static"}
    modules = {
        endpoint: getattr(said_root(handler), "__module__", "")
        for endpoint, handler in portal.view_functions.items()
        if endpoint not in own
    }
    assert not [e for e, module in modules.items() if module.startswith("flask_appbuilder")]


def said_root(handler):
    """Return the function that somebody wrote, below all wrappers."""
    while getattr(handler, "__wrapped__", None) is not None:
        handler = handler.__wrapped__
    return handler


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_stranger_is_refused_everywhere(portal, client, monkeypatch, method):
    """Without the CSRF check too, which would otherwise refuse before the guards are asked."""
    monkeypatch.setitem(portal.config, "WTF_CSRF_ENABLED", False)
    answered = []
    for rule in portal.url_map.iter_rules():
        if method not in rule.methods or is_open(portal, rule.endpoint):
            continue
        built = rule.build(dict.fromkeys(rule.arguments, 1), append_unknown=False)
        assert built, f"{rule} cannot be built from numbers: say here what it needs"
        answer = client.open(built[1], method=method)
        to_sign_in = answer.status_code in (302, 303) and "/login" in answer.location
        if not to_sign_in and answer.status_code not in (400, 401, 403, 404, 405):
            answered.append(f"{method} {built[1]}: {answer.status}")
    assert not answered
