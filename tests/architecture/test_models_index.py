from flask_appbuilder import Model

from app import models


def mapped_here():
    return {
        mapper.class_
        for mapper in Model.registry.mappers
        if mapper.class_.__module__.startswith("app.")
    }


def test_the_index_names_every_table_class():
    assert {found.__name__ for found in mapped_here()} == set(models.__all__)


def test_every_name_of_the_index_is_its_class():
    assert {getattr(models, name) for name in models.__all__} == mapped_here()


def test_every_table_class_declares_whose_rows_it_holds():
    bare = sorted(found.__name__ for found in mapped_here() if not hasattr(found, "__scope__"))
    assert not bare
