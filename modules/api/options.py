"""Settings of pictures that API calls give by their addresses. No API call can change them."""

from modules.core.options import option

ADDRESSES_ALLOWED = option(
    "api_enable_requests",
    True,
    label="Allow http:// and https:// URLs for input images in API",
    section="API",
    restrict_api=True,
    help="API calls may give a picture as its address; the program fetches it.",
)
LOCAL_FORBIDDEN = option(
    "api_forbid_local_requests",
    True,
    label="Forbid URLs to local resources",
    section="API",
    restrict_api=True,
    help="Of those, addresses in the own network are refused, so that nobody looks around in it through the program.",
)
USER_AGENT = option(
    "api_useragent",
    "",
    label="User agent for requests",
    section="API",
    restrict_api=True,
    help="What the program calls itself when it fetches a picture; empty is the library's own name.",
)
