"""What can be read in a picture."""

from xml.etree import ElementTree as ET


def words(picture):
    """Return every text of the picture."""
    return [e.text for e in ET.fromstring(picture.svg).iter() if e.tag.endswith("}text")]
