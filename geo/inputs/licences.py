"""The licences that data carry, and who is to be credited; LICENSE-DATA.md says the same in words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Licence:
    """One licence.

    Attributes
    ----------
    id : str
        Short name, SPDX where that has one.
    title : str
        As it is written beside the data.
    url : str
        Its text; empty for what has none.
    """

    id: str
    title: str
    url: str = ""


# ODbL 1.0, section 4.2 b: what is made from OpenStreetMap is credited and stays under this licence.
ODBL = Licence("ODbL-1.0", "ODbL 1.0", "https://opendatacommons.org/licenses/odbl/1-0/")
CC_BY = Licence("CC-BY-4.0", "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/")
CC_BY_IGO = Licence("CC-BY-3.0-IGO", "CC BY 3.0 IGO", "https://creativecommons.org/licenses/by/3.0/igo/")
CC_BY_SA = Licence("CC-BY-SA-4.0", "CC BY-SA 4.0", "https://creativecommons.org/licenses/by-sa/4.0/")
PUBLIC_DOMAIN = Licence("public-domain", "public domain")


@dataclass(frozen=True, slots=True)
class Credit:
    """Whom some data come from, and under which licence.

    Attributes
    ----------
    holder : str
        Who is to be credited.
    licence : Licence
        Under which licence.
    """

    holder: str
    licence: Licence

    def __str__(self) -> str:
        return f"{self.holder} ({self.licence.title})"


OPENSTREETMAP = Credit("© OpenStreetMap contributors", ODBL)
WIKIPEDIA = Credit("Wikipedia contributors", CC_BY_SA)
GEONAMES = Credit("GeoNames", CC_BY)
WHOS_ON_FIRST = Credit("Who's On First", CC_BY)
OCHA = Credit("OCHA", CC_BY_IGO)
MOUNDS = Credit("ANE Site Placemarks, O. Pedersen, DOI 10.5281/zenodo.6384045", CC_BY)
NATURAL_EARTH = Credit("Made with Natural Earth", PUBLIC_DOMAIN)
OURSELVES = Credit("the idlib-m4-map contributors", CC_BY)
