"""JupyterLab without network requests: no news, no check for updates, no catalogue of extensions."""

from pathlib import Path

c = get_config()  # noqa: F821  # Jupyter reads this file and provides it
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"
c.LabApp.app_settings_dir = str(Path(__file__).parent)  # overrides.json
