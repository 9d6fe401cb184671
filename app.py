"""Run the portal: ``python app.py``, or ``gunicorn app:app``.

``import app`` always means the package beside this file: Python prefers a package to a module
of the same name. Nothing else may be defined here.
"""

from app import create_app

app = create_app()

if __name__ == "__main__":
    app.run(port=app.config["PORT"])
