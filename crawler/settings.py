"""Every Scrapy setting of the project; an operator overrides by `-s NAME=VALUE` or a BAOTINH_* variable."""

import os

from archive.schema import ArchiveError
from crawler import __version__


def number(name: str, default: float) -> float:
    """The environment variable `name` as a number; raises ArchiveError for anything else than one from 0 up."""
    text = os.environ.get(name, str(default))
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise ArchiveError(f"{name}={text}: give a number from 0 up")
    return value


BOT_NAME = "baotinh"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"
COMMANDS_MODULE = "crawler.commands"  # `scrapy crawl` with one clear line instead of a traceback

# Where everything lies, and who answers for the crawl. An honest user agent names a person to write to.
DATA_DIR = os.environ.get("BAOTINH_DATA", "data")
CONTACT = os.environ.get("BAOTINH_CONTACT", "").strip()
USER_AGENT = f"baotinh/{__version__} (+{CONTACT})" if CONTACT else f"baotinh/{__version__}"
CLOCK_OFFSET = 0.0  # seconds added to the clock of captures: only a simulated newspaper needs it
CLOCK_AT = None  # an ISO time at which that clock stands still
BATCH_SIZE = 100  # captures and items a commit
BATCH_SECONDS = 2.0  # at the latest

# Manners: one request a second per host, robots.txt obeyed.
ROBOTSTXT_OBEY = True
DOWNLOAD_DELAY = number("BAOTINH_DELAY", 1)
DOWNLOAD_DELAY_JITTER = 0.2
CONCURRENT_REQUESTS = 64
CONCURRENT_REQUESTS_PER_DOMAIN = 1
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"  # listings name the newest first: fetch them so
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "vi,en;q=0.5",
}

AUTOTHROTTLE_ENABLED = True  # slower where a host is slow; `crawler.manners.Throttle` adds Crawl-delay
AUTOTHROTTLE_START_DELAY = DOWNLOAD_DELAY
AUTOTHROTTLE_MAX_DELAY = 30.0
BACKOFF_SECONDS = 5.0  # before the first retry; doubled up to three times
BACKOFF_MAX = 300.0  # a host that asks for a longer wait ends the run
BREAKER_FAILURES = 8  # in a row
RETRY_HTTP_CODES = [403, 408, 429, 500, 502, 503, 504, 522, 524]  # some papers' 403 passes when asked again
RETRY_PRIORITY_ADJUST = 1  # an address that failed is asked again before others are tried
RUN_REQUESTS = int(number("BAOTINH_RUN_REQUESTS", 2000))  # a source and run; 0: no cap
RUN_BYTES = int(number("BAOTINH_RUN_BYTES", 500 * 2**20))
RUN_RECHECKS = int(number("BAOTINH_RUN_RECHECKS", 500))  # known articles a source and run
RUN_MINUTES = number("BAOTINH_RUN_MINUTES", 60)

# What a stranger may cost us: sizes in bytes, times in seconds.
DOWNLOAD_MAXSIZE = 10 * 2**20
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_TIMEOUT = 30
DOWNLOAD_FAIL_ON_DATALOSS = True
DEPTH_LIMIT = 50
REDIRECT_MAX_TIMES = 5
RETRY_TIMES = 2
URLLENGTH_LIMIT = 2083
DNS_TIMEOUT = 20

# Only http and https, through the handler that captures; nothing else listens or opens.
DOWNLOAD_HANDLERS = {
    "http": "crawler.handlers.WireHandler",
    "https": "crawler.handlers.WireHandler",
    "file": None,
    "data": None,
    "ftp": None,
    "s3": None,
}
DOWNLOAD_VERIFY_CERTIFICATES = True
TWISTED_DNS_RESOLVER = "crawler.resolver.GuardedResolver"
COOKIES_ENABLED = False  # with cookies, a public-suffix list would be fetched from elsewhere
REMOTE_CONTROL_ENABLED = False
TELNETCONSOLE_ENABLED = False
METAREFRESH_ENABLED = False  # a refresh on an article page is an advertisement, not a move
REFERER_ENABLED = True
REFERRER_POLICY = "no-referrer"

ASYNCIO_EVENT_LOOP = "uvloop.Loop" if os.name == "posix" else None

DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "crawler.middlewares.Guard": 50,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "crawler.robots.Robots": 100,
    "crawler.bars.Bars": 540,
    "crawler.manners.BackOff": 550,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "crawler.middlewares.Unpacking": 590,
    "crawler.middlewares.ConditionalGet": 595,  # above Unpacking (590): a stored body is still encoded
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "crawler.middlewares.Redirects": 600,
}
ITEM_PIPELINES = {
    "crawler.pipelines.Validate": 300,
    "crawler.pipelines.Archive": 900,
}
EXTENSIONS = {
    "crawler.extensions.RunLedger": 100,
    "scrapy.extensions.throttle.AutoThrottle": None,
    "crawler.manners.Throttle": 200,
    "crawler.manners.Breaker": 200,
    "crawler.manners.Budget": 200,
    "crawler.extensions.Progress": 500,
}

LOG_LEVEL = os.environ.get("BAOTINH_LOG_LEVEL", "INFO")
LOG_FORMATTER = "crawler.extensions.QuietLogFormatter"
STATS_DUMP = False
