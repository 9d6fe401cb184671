"""What every generated list declares can be kept: sorts are indexed, words are words."""

import pytest
from sqlalchemy import inspect

from app.views.base import PortalModelView


@pytest.fixture
def lists(portal):
    """Return every generated list of the portal."""
    return [view for view in portal.appbuilder.baseviews if isinstance(view, PortalModelView)]


def columns_of(view):
    """Return every column that any tab of a list shows."""
    return [*view.columns, *(column for tab in view.tabs for column in tab.columns or ())]


def indexed(column):
    """Return the column sets of the indexes and unique constraints of the column's table."""
    table = column.class_.__table__
    sets = [[each.name for each in index.columns] for index in table.indexes]
    sets += [[each.name] for each in table.columns if each.unique or each.primary_key]
    return sets


def test_lists_exist(lists):
    assert len(lists) >= 8


def test_every_sort_is_by_an_indexed_column_that_is_never_null(lists):
    for view in lists:
        sides = [getattr(each, "left", None) for each in view.base_where]
        fixed = {side.name for side in sides if hasattr(side, "name")}
        for column in columns_of(view):
            if column.sort is None:
                continue
            assert not column.sort.property.columns[0].nullable, (view.title, column.label)
            name = column.sort.property.columns[0].name
            leads = [
                [each for each in names if each not in fixed][:1] for names in indexed(column.sort)
            ]
            assert [name] in leads, (view.title, column.label)


def test_every_default_sort_is_a_declared_one(lists):
    for view in lists:
        for tab in view.tabs:
            shown = {
                column.key for column in tab.columns or view.columns if column.sort is not None
            }
            assert (tab.default_sort or view.default_sort).removeprefix("-") in shown, view.title


def test_every_record_has_a_name_that_is_not_its_class(lists):
    for view in lists:
        named = type(view).row_name is not PortalModelView.row_name
        named = named or "__str__" in vars(view.datamodel.obj)
        assert named or not view.has_record, view.title


def test_every_list_reads_its_own_table(lists):
    for view in lists:
        assert inspect(view.datamodel.obj).local_table is not None
        assert len({column.label for column in view.columns}) == len(view.columns)
