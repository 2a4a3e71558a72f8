"""Legacy name: pictures in tags. The code is in `modules/enhance/interrogate/`."""

from PIL.Image import Image as _Image

from modules.app.interrogate import DEEPBOORU as _DEEPBOORU
from modules.app.interrogate import describe_now as _describe_now


class DeepDanbooru:
    """What tags pictures; called within a job."""

    def tag(self, pil_image: _Image) -> str:
        """Return the tags of a picture, as the settings want them written."""
        return _describe_now(_DEEPBOORU, pil_image)


model = DeepDanbooru()
